/* The collections role. It knows the two filters that a client of libmongocrypt sends; another one is refused and says why. A collection
 * is told as a server tells it: name, type, options, info, and the index on _id; one that the case gives raw is given as it lies there,
 * and what is wrong in it is the subject's to find. Unlike a server it gives no uuid. */
#include "mocks/mongod/collections.h"

#include "ref/base/doc_writer.h"

#include <string.h>

typedef struct {
   bson_iter_t one;   /* on the name; only if !several */
   bson_iter_t names; /* inside the array of names */
   bool several;
} filter_t;

static bool same_name(const bson_iter_t *wanted, flp_view_t name)
{
   uint32_t len = 0;
   const char *text = bson_iter_utf8(wanted, &len);
   return flp_view_equal(flp_view(text, len), name);
}

/* A name is text, and not empty. */
static bool check_name(const bson_iter_t *name, flp_answer_t *answer)
{
   if (!BSON_ITER_HOLDS_UTF8(name)) {
      flp_answer_refuse(answer, "a name in the filter is not text");
      return false;
   }
   if (same_name(name, flp_view(NULL, 0))) {
      flp_answer_refuse(answer, "a name in the filter is empty");
      return false;
   }
   return true;
}

static bool parse_list(const bson_iter_t *value, filter_t *filter, flp_answer_t *answer)
{
   bson_iter_t it;
   if (!bson_iter_recurse(value, &it) || !bson_iter_next(&it) || strcmp(bson_iter_key(&it), "$in") != 0 || !BSON_ITER_HOLDS_ARRAY(&it) ||
       !bson_iter_recurse(&it, &filter->names)) {
      flp_answer_refuse(answer, "`name` in a filter of listCollections is text or `{$in: [...]}`");
      return false;
   }
   if (bson_iter_next(&it)) {
      flp_answer_refuse(answer, "beside `$in` stands `%.40s`: the filter has `{$in: [...]}` only", bson_iter_key(&it));
      return false;
   }
   filter->several = true;
   bson_iter_t names = filter->names;
   size_t n = 0;
   for (; bson_iter_next(&names); n++) {
      if (!check_name(&names, answer)) {
         return false;
      }
   }
   if (n == 0) {
      flp_answer_refuse(answer, "the `$in` of the filter is empty: nothing is asked for");
   }
   return n > 0;
}

static bool parse(const bson_t *doc, filter_t *filter, flp_answer_t *answer)
{
   bson_iter_t it;
   if (!bson_iter_init(&it, doc) || !bson_iter_next(&it) || strcmp(bson_iter_key(&it), "name") != 0) {
      flp_answer_refuse(answer, "a filter of listCollections begins with `name`");
      return false;
   }
   const bson_iter_t value = it;
   if (bson_iter_next(&it)) {
      flp_answer_refuse(answer, "a filter of listCollections has `name` only, not `%.40s`", bson_iter_key(&it));
      return false;
   }
   if (BSON_ITER_HOLDS_DOCUMENT(&value)) {
      return parse_list(&value, filter, answer);
   }
   filter->one = value;
   return check_name(&value, answer);
}

static bool wants(const filter_t *filter, flp_view_t name)
{
   if (!filter->several) {
      return same_name(&filter->one, name);
   }
   bson_iter_t names = filter->names;
   while (bson_iter_next(&names)) {
      if (same_name(&names, name)) {
         return true;
      }
   }
   return false;
}

/* The name behind `db.`; false: the namespace lies in another database. */
static bool in_database(const char *namespace, flp_view_t db, flp_view_t *name)
{
   const char *dot = strchr(namespace, '.');
   if (dot == NULL || !flp_view_equal(flp_view(namespace, (size_t)(dot - namespace)), db)) {
      return false;
   }
   *name = flp_view_text(dot + 1);
   return true;
}

static bool tell(const bson_iter_t *collection, flp_view_t name, flp_buf_t *out)
{
   static const uint8_t empty[] = {5, 0, 0, 0, 0};
   flp_doc_writer_t w = {0};
   flp_view_t type = flp_view_text("collection"), options = flp_view(empty, sizeof empty);
   bson_iter_t it;
   if (bson_iter_recurse(collection, &it)) {
      while (bson_iter_next(&it)) {
         if (strcmp(bson_iter_key(&it), "type") == 0 && BSON_ITER_HOLDS_UTF8(&it)) {
            uint32_t len = 0;
            const char *text = bson_iter_utf8(&it, &len);
            type = flp_view(text, len);
         } else if (strcmp(bson_iter_key(&it), "options") == 0) {
            flp_bytes_of_value(&it, &options);
         }
      }
   }
   const bool view = flp_view_equal_text(type, "view");
   flp_doc_begin(&w, 160 + name.len + type.len + options.len);
   flp_doc_text(&w, "name", name);
   flp_doc_text(&w, "type", type);
   flp_doc_document(&w, "options", options);
   flp_doc_open(&w, "info", false);
   flp_doc_bool(&w, "readOnly", view);
   flp_doc_close(&w);
   if (!view) {
      flp_doc_open(&w, "idIndex", false);
      flp_doc_int32(&w, "v", 2);
      flp_doc_open(&w, "key", false);
      flp_doc_int32(&w, "_id", 1);
      flp_doc_close(&w);
      flp_doc_text(&w, "name", flp_view_text("_id_"));
      flp_doc_close(&w);
   }
   return flp_doc_finish(&w, out);
}

static bool add(const bson_iter_t *collection, flp_view_t name, flp_answer_t *answer)
{
   flp_view_t raw;
   flp_buf_t made = {0};
   if (BSON_ITER_HOLDS_BINARY(collection)) {
      return flp_bytes_of_value(collection, &raw) && flp_answer_add(answer, raw);
   }
   const bool ok = BSON_ITER_HOLDS_DOCUMENT(collection) && tell(collection, name, &made) && flp_answer_add_take(answer, &made);
   flp_buf_cleanup(&made);
   return ok;
}

void flp_collections_answer(const flp_world_t *world, const flp_question_t *question, flp_answer_t *answer)
{
   bson_t doc, collections;
   filter_t filter = {0};
   bson_iter_t it;
   flp_view_t name;
   if (!question->has_db || question->db.len == 0) {
      flp_answer_refuse(answer, "a listCollections needs a database");
      return;
   }
   if (!flp_bson_valid(question->op, NULL, NULL, NULL) || !bson_init_static(&doc, question->op.data, question->op.len)) {
      flp_answer_refuse(answer, "the filter is not a BSON document");
      return;
   }
   if (!parse(&doc, &filter, answer) || world->collections.len == 0) {
      return;
   }
   if (!bson_init_static(&collections, world->collections.data, world->collections.len) || !bson_iter_init(&it, &collections)) {
      return;
   }
   while (bson_iter_next(&it)) {
      if (in_database(bson_iter_key(&it), question->db, &name) && wants(&filter, name) && !add(&it, name, answer)) {
         flp_answer_refuse(answer, "no memory for the answer, or a collection of the world that is none");
         return;
      }
   }
}
