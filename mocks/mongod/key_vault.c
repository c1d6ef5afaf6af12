/* The key vault role. It knows one filter, the one that drivers send; a filter of another shape is refused and says why, because a mock
 * that takes anything proves nothing. Documents are given as they lie there: what is wrong in them is the subject's to find. */
#include "mocks/mongod/key_vault.h"

#include "ref/base/bson_walk.h"

#include <string.h>

typedef struct {
   bson_iter_t ids;   /* inside the array of ids */
   bson_iter_t names; /* inside the array of alternate names */
} filter_t;

/* `value` is `{$in: [...]}` and nothing else. */
static bool in_list(const bson_iter_t *value, bson_iter_t *list)
{
   bson_iter_t it;
   return BSON_ITER_HOLDS_DOCUMENT(value) && bson_iter_recurse(value, &it) && bson_iter_next(&it) &&
          strcmp(bson_iter_key(&it), "$in") == 0 && BSON_ITER_HOLDS_ARRAY(&it) && bson_iter_recurse(&it, list) && !bson_iter_next(&it);
}

/* The next branch of `$or` is `{field: {$in: [...]}}` and nothing else. */
static bool branch(bson_iter_t *branches, const char *field, bson_iter_t *list)
{
   bson_iter_t it;
   return bson_iter_next(branches) && BSON_ITER_HOLDS_DOCUMENT(branches) && bson_iter_recurse(branches, &it) && bson_iter_next(&it) &&
          strcmp(bson_iter_key(&it), field) == 0 && in_list(&it, list) && !bson_iter_next(&it);
}

static bool is_uuid(const bson_iter_t *value, const uint8_t **bytes)
{
   bson_subtype_t subtype;
   uint32_t len;
   if (!BSON_ITER_HOLDS_BINARY(value)) {
      return false;
   }
   bson_iter_binary(value, &subtype, &len, bytes);
   return subtype == BSON_SUBTYPE_UUID && len == 16;
}

static bool parse(const bson_t *doc, filter_t *filter, flp_answer_t *answer)
{
   bson_iter_t it, branches;
   if (!bson_iter_init(&it, doc) || !bson_iter_next(&it) || strcmp(bson_iter_key(&it), "$or") != 0 || !BSON_ITER_HOLDS_ARRAY(&it) ||
       !bson_iter_recurse(&it, &branches)) {
      flp_answer_refuse(answer, "a filter of the key vault begins with `$or: [...]`");
      return false;
   }
   if (bson_iter_next(&it)) {
      flp_answer_refuse(answer, "a filter of the key vault has `$or` only, not `%.40s`", bson_iter_key(&it));
      return false;
   }
   if (!branch(&branches, "_id", &filter->ids)) {
      flp_answer_refuse(answer, "the first branch of `$or` must be `{_id: {$in: [...]}}`");
      return false;
   }
   if (!branch(&branches, "keyAltNames", &filter->names)) {
      flp_answer_refuse(answer, "the second branch of `$or` must be `{keyAltNames: {$in: [...]}}`");
      return false;
   }
   if (bson_iter_next(&branches)) {
      flp_answer_refuse(answer, "`$or` has two branches, not more");
      return false;
   }
   bson_iter_t ids = filter->ids, names = filter->names;
   const uint8_t *bytes;
   while (bson_iter_next(&ids)) {
      if (!is_uuid(&ids, &bytes)) {
         flp_answer_refuse(answer, "an `_id` in the filter is not a UUID (binary of subtype 4 and 16 bytes)");
         return false;
      }
   }
   while (bson_iter_next(&names)) {
      if (!BSON_ITER_HOLDS_UTF8(&names)) {
         flp_answer_refuse(answer, "a name in the filter is not text");
         return false;
      }
   }
   return true;
}

static bool wants_id(const filter_t *filter, const bson_iter_t *id)
{
   const uint8_t *have, *want;
   bson_iter_t ids = filter->ids;
   if (!is_uuid(id, &have)) {
      return false;
   }
   while (bson_iter_next(&ids)) {
      if (is_uuid(&ids, &want) && memcmp(have, want, 16) == 0) {
         return true;
      }
   }
   return false;
}

static bool wants_name(const filter_t *filter, const bson_iter_t *name)
{
   uint32_t have_len = 0, want_len = 0;
   bson_iter_t names = filter->names;
   if (!BSON_ITER_HOLDS_UTF8(name)) {
      return false;
   }
   const char *have = bson_iter_utf8(name, &have_len);
   while (bson_iter_next(&names)) {
      const char *want = bson_iter_utf8(&names, &want_len);
      if (have_len == want_len && memcmp(have, want, have_len) == 0) {
         return true;
      }
   }
   return false;
}

static bool matches(const filter_t *filter, const bson_iter_t *key_document)
{
   bson_iter_t it, names;
   if (!BSON_ITER_HOLDS_DOCUMENT(key_document) || !bson_iter_recurse(key_document, &it)) {
      return false;
   }
   while (bson_iter_next(&it)) {
      const char *field = bson_iter_key(&it);
      if (strcmp(field, "_id") == 0 && wants_id(filter, &it)) {
         return true;
      }
      if (strcmp(field, "keyAltNames") != 0) {
         continue;
      }
      /* As in a query: an array matches by an element, text by itself. */
      if (wants_name(filter, &it)) {
         return true;
      }
      if (BSON_ITER_HOLDS_ARRAY(&it) && bson_iter_recurse(&it, &names)) {
         while (bson_iter_next(&names)) {
            if (wants_name(filter, &names)) {
               return true;
            }
         }
      }
   }
   return false;
}

void flp_key_vault_answer(const flp_world_t *world, const flp_question_t *question, flp_answer_t *answer)
{
   bson_t doc, vault;
   filter_t filter;
   bson_iter_t it;
   if (!flp_bson_valid(question->op, NULL, NULL, NULL) || !bson_init_static(&doc, question->op.data, question->op.len)) {
      flp_answer_refuse(answer, "the filter is not a BSON document");
      return;
   }
   if (!parse(&doc, &filter, answer) || world->key_vault.len == 0) {
      return;
   }
   if (!bson_init_static(&vault, world->key_vault.data, world->key_vault.len) || !bson_iter_init(&it, &vault)) {
      return;
   }
   while (bson_iter_next(&it)) {
      flp_view_t bytes;
      if (matches(&filter, &it) && flp_bytes_of_value(&it, &bytes) && !flp_answer_add(answer, bytes)) {
         flp_answer_refuse(answer, "no memory for the answer");
         return;
      }
   }
}
