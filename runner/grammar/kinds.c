/* One function a kind of field. */
#include "runner/grammar/build.h"
#include "runner/grammar/extjson.h"

#include <string.h>

typedef struct {
   flp_values_t *v;
   const flp_field_t *field;
   bson_t *out;
   const flp_node_t *node;
   const flp_path_t *path;
} call_t;

static bool wrong_kind(const call_t *c)
{
   return flp_refuse(c->v->report, FIELD_TYPE, c->node, c->path, "%s is wanted here", flp_kind_wanted(c->field->kind));
}

bool flp_build_text(flp_values_t *v, const flp_node_t *node, const flp_path_t *path, const char *wanted)
{
   if (!flp_value_text(v, node, path, wanted)) {
      return false;
   }
   return strlen(node->text) == node->len || flp_refuse(v->report, FIELD_TYPE, node, path, "this text may not hold NUL; leave it out");
}

bool flp_build_integer(flp_values_t *v, int64_t min, int64_t max, const char *wanted, const flp_node_t *node, const flp_path_t *path,
                       int64_t *out)
{
   flp_plain_t plain = {0};
   /* {$numberLong: ...} writes an int64 on purpose; as the value of a field it is the same number. */
   if (node->kind == FLP_NODE_MAP && flp_value_is_wrapper(node) &&
       (strcmp(node->keys[0]->text, "$numberLong") == 0 || strcmp(node->keys[0]->text, "$numberInt") == 0) &&
       node->items[0]->kind == FLP_NODE_SCALAR && flp_plain_integer(node->items[0]->text, node->items[0]->len, &plain.integer)) {
      plain.kind = FLP_PLAIN_INT;
   } else if (node->kind == FLP_NODE_SCALAR && !node->tag && !flp_value_scalar(v, node, path, &plain)) {
      return false;
   }
   if (plain.kind != FLP_PLAIN_INT) {
      return flp_refuse(v->report, FIELD_TYPE, node, path, "%s is wanted here", wanted);
   }
   if (plain.integer < min || plain.integer > max) {
      return flp_refuse(v->report, NUMBER_RANGE, node, path, "%lld is out of range; %s is wanted here", (long long)plain.integer, wanted);
   }
   *out = plain.integer;
   return true;
}

bool flp_build_document(flp_values_t *v, const char *name, bson_t *out, const flp_node_t *node, const flp_path_t *path)
{
   if (!flp_value_is_document(node) && !flp_value_is_bytes(node)) {
      return flp_refuse(v->report, FIELD_TYPE, node, path, "a mapping, or bytes given raw, is wanted here");
   }
   return flp_value_append(v, FLP_PLACE_GIVEN, out, name, node, path);
}

static bool append_int(const call_t *c, int64_t min)
{
   int64_t n = 0;
   return flp_build_integer(c->v, min, INT64_MAX, flp_kind_wanted(c->field->kind), c->node, c->path, &n) &&
          bson_append_int64(c->out, c->field->name, -1, n);
}

static bool build_format(const call_t *c)
{
   return flp_node_is(c->node, "1") && c->node->plain
             ? true
             : flp_refuse(c->v->report, FORMAT, c->node, c->path, "this program reads format 1 only; write `format: 1`");
}

static bool build_text(const call_t *c)
{
   return flp_build_text(c->v, c->node, c->path, "a text") &&
          bson_append_utf8(c->out, c->field->name, -1, c->node->text, (int)c->node->len);
}

static bool fits(const call_t *c, const flp_node_t *node, const flp_path_t *path)
{
   const flp_pattern_t *pattern = flp_pattern_find(c->field->of);
   if (!flp_build_text(c->v, node, path, pattern->words)) {
      return false;
   }
   /* Before the expression, which takes its time on long texts. */
   if (pattern->max > 0 && node->len > pattern->max) {
      return flp_refuse(c->v->report, FIELD_PATTERN, node, path, "this text has %zu bytes, and at most %zu are taken here; shorten it",
                        node->len, pattern->max);
   }
   return flp_pattern_fits(pattern, node->text) ||
          flp_refuse(c->v->report, FIELD_PATTERN, node, path, "`%s` has not the form that is wanted here: %s", node->text, pattern->words);
}

static bool build_pattern(const call_t *c)
{
   return fits(c, c->node, c->path) && bson_append_utf8(c->out, c->field->name, -1, c->node->text, (int)c->node->len);
}

typedef bool (*item_fn)(const call_t *c, bson_t *list, const char *key, const flp_node_t *item, const flp_path_t *path);

static bool build_list(const call_t *c, bool some, item_fn append)
{
   bson_t list;
   bool ok = true;
   char index[16];
   const char *key = NULL;
   if (c->node->kind != FLP_NODE_LIST || c->node->tag) {
      return wrong_kind(c);
   }
   if (some && c->node->n == 0) {
      return flp_refuse(c->v->report, EMPTY, c->node, c->path, "the list is empty; put something in, or leave the field out");
   }
   bson_append_array_begin(c->out, c->field->name, -1, &list);
   for (size_t i = 0; i < c->node->n; i++) {
      flp_path_t here = {.up = c->path, .index = i};
      bson_uint32_to_string((uint32_t)i, &key, index, sizeof index);
      ok = append(c, &list, key, c->node->items[i], &here) && ok;
   }
   bson_append_array_end(c->out, &list);
   return ok;
}

static bool item_pattern(const call_t *c, bson_t *list, const char *key, const flp_node_t *item, const flp_path_t *path)
{
   return fits(c, item, path) && bson_append_utf8(list, key, -1, item->text, (int)item->len);
}

static bool item_text(const call_t *c, bson_t *list, const char *key, const flp_node_t *item, const flp_path_t *path)
{
   return flp_build_text(c->v, item, path, "a text") && bson_append_utf8(list, key, -1, item->text, (int)item->len);
}

static bool item_document(const call_t *c, bson_t *list, const char *key, const flp_node_t *item, const flp_path_t *path)
{
   return flp_build_document(c->v, key, list, item, path);
}

static bool item_shape(const call_t *c, bson_t *list, const char *key, const flp_node_t *item, const flp_path_t *path)
{
   bson_t child;
   bson_append_document_begin(list, key, -1, &child);
   bool ok = flp_build_shape(c->v, c->field->of, &child, item, path);
   bson_append_document_end(list, &child);
   return ok;
}

static bool item_reply(const call_t *c, bson_t *list, const char *key, const flp_node_t *item, const flp_path_t *path)
{
   if (item->kind == FLP_NODE_SCALAR && !item->tag) {
      return flp_value_text(c->v, item, path, "a reply: text, bytes or {status, body, headers}") &&
             bson_append_utf8(list, key, -1, item->text, (int)item->len);
   }
   return flp_value_is_bytes(item) ? flp_value_append(c->v, FLP_PLACE_GIVEN, list, key, item, path) : item_shape(c, list, key, item, path);
}

static bool build_patterns(const call_t *c)
{
   return build_list(c, true, item_pattern);
}

static bool build_texts(const call_t *c)
{
   return build_list(c, true, item_text);
}

static bool build_documents(const call_t *c)
{
   return build_list(c, false, item_document);
}

static bool build_shapes(const call_t *c)
{
   return build_list(c, false, item_shape);
}

static bool build_some_shapes(const call_t *c)
{
   return build_list(c, true, item_shape);
}

static bool refuse_word(const call_t *c, const flp_words_t *words)
{
   static const size_t told_at_most = 12;
   flp_nearest_t nearest = {0};
   bson_string_t *all = bson_string_new("");
   for (size_t i = 0; words->words[i]; i++) {
      flp_nearest_try(&nearest, c->node->text, words->words[i]);
      if (i < told_at_most) {
         bson_string_append_printf(all, " %s", words->words[i]);
      } else if (i == told_at_most) {
         bson_string_append(all, " ... (all in docs/grammar.md)");
      }
   }
   flp_refuse(c->v->report, NOT_IN_LIST, c->node, c->path, "`%s` is none of the words taken here; %s%s", c->node->text,
              nearest.best ? "did you mean " : "they are", nearest.best ? nearest.best : all->str);
   bson_string_free(all, true);
   return false;
}

static bool build_word(const call_t *c)
{
   const flp_words_t *words = flp_words_find(c->field->of);
   if (!flp_build_text(c->v, c->node, c->path, "a word")) {
      return false;
   }
   for (size_t i = 0; words->words[i]; i++) {
      if (strcmp(words->words[i], c->node->text) == 0) {
         return bson_append_utf8(c->out, c->field->name, -1, c->node->text, (int)c->node->len);
      }
   }
   return refuse_word(c, words);
}

static bool build_bool(const call_t *c)
{
   flp_plain_t plain = {0};
   if (c->node->kind == FLP_NODE_SCALAR && !c->node->tag && !flp_value_scalar(c->v, c->node, c->path, &plain)) {
      return false;
   }
   return plain.kind == FLP_PLAIN_BOOL ? bson_append_bool(c->out, c->field->name, -1, plain.boolean) : wrong_kind(c);
}

static bool build_int(const call_t *c)
{
   return append_int(c, INT64_MIN);
}

static bool build_count(const call_t *c)
{
   return append_int(c, 0);
}

static bool build_positive(const call_t *c)
{
   return append_int(c, 1);
}

static bool build_count_or_every(const call_t *c)
{
   return flp_node_is(c->node, "every") ? bson_append_utf8(c->out, c->field->name, -1, "every", -1) : append_int(c, 1);
}

/* Read from the raw text: `+60` alone would be a number of another schema. */
static bool build_duration(const call_t *c)
{
   static const struct {
      const char *unit;
      int64_t ms;
   } units[] = {{"", 1}, {"ms", 1}, {"s", 1000}, {"min", 60000}};
   int64_t n = 0;
   if (c->node->kind == FLP_NODE_SCALAR && !c->node->tag && c->node->text[0] == '+') {
      size_t digits = strspn(c->node->text + 1, "0123456789");
      for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
         if (strcmp(c->node->text + 1 + digits, units[i].unit) == 0 && flp_plain_integer(c->node->text + 1, digits, &n) &&
             n <= INT64_MAX / 1000000) {
            return bson_append_int64(c->out, c->field->name, -1, n * units[i].ms);
         }
      }
   }
   return flp_refuse(c->v->report, FIELD_PATTERN, c->node, c->path, "%s is wanted here", flp_kind_wanted(c->field->kind));
}

static bool build_date(const call_t *c)
{
   int64_t ms = 0;
   const flp_wrapper_t *wrapper = flp_wrapper_of(c->node);
   if (wrapper && strcmp(c->node->keys[0]->text, "$date") == 0) {
      return flp_wrapper_append(c->v, wrapper, c->out, c->field->name, c->node, c->path);
   }
   if (c->node->kind != FLP_NODE_SCALAR || c->node->tag) {
      return wrong_kind(c);
   }
   if (!flp_value_text(c->v, c->node, c->path, flp_kind_wanted(c->field->kind))) {
      return false;
   }
   return flp_value_iso_date(c->node->text, &ms) ? bson_append_date_time(c->out, c->field->name, -1, ms)
                                                 : flp_refuse(c->v->report, DATE, c->node, c->path,
                                                              "`%s` is no date; write it like "
                                                              "2026-01-01T00:00:00Z",
                                                              c->node->text);
}

static bool build_algorithm(const call_t *c)
{
   static const struct {
      const char *name, *text;
   } names[] = {{"deterministic", "AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic"}, {"random", "AEAD_AES_256_CBC_HMAC_SHA_512-Random"}};
   for (size_t i = 0; i < 2; i++) {
      if (flp_node_is(c->node, names[i].name)) {
         return bson_append_utf8(c->out, c->field->name, -1, names[i].text, -1);
      }
   }
   return build_text(c);
}

static bool build_binary(const call_t *c)
{
   return flp_value_is_bytes(c->node) ? flp_value_append(c->v, FLP_PLACE_GIVEN, c->out, c->field->name, c->node, c->path) : wrong_kind(c);
}

static bool build_document(const call_t *c)
{
   return flp_build_document(c->v, c->field->name, c->out, c->node, c->path);
}

static bool build_document_or_list(const call_t *c)
{
   return c->node->kind == FLP_NODE_LIST ? build_documents(c) : build_document(c);
}

static bool live(const call_t *c)
{
   return flp_node_is(c->node, "live");
}

static bool append_live(const call_t *c)
{
   return bson_append_utf8(c->out, c->field->name, -1, "live", -1);
}

static bool build_document_or_live(const call_t *c)
{
   return live(c) ? append_live(c) : build_document(c);
}

static bool build_documents_or_live(const call_t *c)
{
   return live(c) ? append_live(c) : build_documents(c);
}

static bool build_replies(const call_t *c)
{
   return live(c) ? append_live(c) : build_list(c, false, item_reply);
}

static bool build_any(const call_t *c)
{
   return flp_value_append(c->v, FLP_PLACE_GIVEN, c->out, c->field->name, c->node, c->path);
}

static bool build_compared(const call_t *c)
{
   return flp_value_append(c->v, FLP_PLACE_COMPARED, c->out, c->field->name, c->node, c->path);
}

static bool build_compared_map(const call_t *c)
{
   return c->node->kind == FLP_NODE_MAP && !c->node->tag ? build_compared(c) : wrong_kind(c);
}

static bool build_facts(const call_t *c)
{
   if (c->node->kind != FLP_NODE_MAP || c->node->tag) {
      return wrong_kind(c);
   }
   for (size_t i = 0; i < c->node->n; i++) {
      flp_path_t here = {.up = c->path, .name = c->node->keys[i]->text};
      if (c->node->items[i]->kind != FLP_NODE_SCALAR && !flp_value_is_bytes(c->node->items[i])) {
         return flp_refuse(c->v->report, FIELD_TYPE, c->node->items[i], &here, "a fact is a scalar, or a key id by !uuid; write its text");
      }
   }
   return build_compared(c);
}

static bool build_shape(const call_t *c)
{
   bson_t child;
   bson_append_document_begin(c->out, c->field->name, -1, &child);
   bool ok = flp_build_shape(c->v, c->field->of, &child, c->node, c->path);
   bson_append_document_end(c->out, &child);
   return ok;
}

/* Keys are data here, and have a form all the same. A wrapper of extended JSON is bytes or nothing. */
static bool build_namespaces(const call_t *c)
{
   const flp_pattern_t *pattern = flp_pattern_find("namespace");
   bson_t all;
   bool ok = true;
   if (c->node->kind != FLP_NODE_MAP || c->node->tag) {
      return wrong_kind(c);
   }
   bson_append_document_begin(c->out, c->field->name, -1, &all);
   for (size_t i = 0; i < c->node->n; i++) {
      const flp_node_t *key = c->node->keys[i], *item = c->node->items[i];
      flp_path_t here = {.up = c->path, .name = key->text};
      if (!flp_pattern_fits(pattern, key->text)) {
         ok = flp_refuse(c->v->report, FIELD_PATTERN, key, &here, "`%s` is no namespace; write %s", key->text, pattern->words);
      } else if (flp_value_is_bytes(item)) {
         ok = flp_value_append(c->v, FLP_PLACE_GIVEN, &all, key->text, item, &here) && ok;
      } else {
         ok = item_shape(c, &all, key->text, item, &here) && ok;
      }
   }
   bson_append_document_end(c->out, &all);
   return ok;
}

static bool build_steps(const call_t *c)
{
   return flp_build_steps(c->v, c->out, c->node, c->path);
}

/* `matrix` and `defaults` have done their work before a case is built. */
static bool build_nothing(const call_t *c)
{
   (void)c;
   return true;
}

static bool (*const builders[FLP_N_KINDS])(const call_t *c) = {
   [FLP_KIND_FORMAT] = build_format,
   [FLP_KIND_TEXT] = build_text,
   [FLP_KIND_PATTERN] = build_pattern,
   [FLP_KIND_PATTERNS] = build_patterns,
   [FLP_KIND_WORD] = build_word,
   [FLP_KIND_TEXTS] = build_texts,
   [FLP_KIND_BOOL] = build_bool,
   [FLP_KIND_INT] = build_int,
   [FLP_KIND_COUNT] = build_count,
   [FLP_KIND_POSITIVE] = build_positive,
   [FLP_KIND_COUNT_OR_EVERY] = build_count_or_every,
   [FLP_KIND_DURATION] = build_duration,
   [FLP_KIND_DATE] = build_date,
   [FLP_KIND_ALGORITHM] = build_algorithm,
   [FLP_KIND_BINARY] = build_binary,
   [FLP_KIND_DOCUMENT] = build_document,
   [FLP_KIND_DOCUMENTS] = build_documents,
   [FLP_KIND_DOCUMENT_OR_LIST] = build_document_or_list,
   [FLP_KIND_DOCUMENT_OR_LIVE] = build_document_or_live,
   [FLP_KIND_DOCUMENTS_OR_LIVE] = build_documents_or_live,
   [FLP_KIND_REPLIES] = build_replies,
   [FLP_KIND_VALUE] = build_any,
   [FLP_KIND_COMPARED] = build_compared,
   [FLP_KIND_COMPARED_MAP] = build_compared_map,
   [FLP_KIND_FACTS] = build_facts,
   [FLP_KIND_NAMESPACES] = build_namespaces,
   [FLP_KIND_SHAPE] = build_shape,
   [FLP_KIND_SHAPES] = build_shapes,
   [FLP_KIND_SOME_SHAPES] = build_some_shapes,
   [FLP_KIND_STEPS] = build_steps,
   [FLP_KIND_MATRIX] = build_nothing,
   [FLP_KIND_DEFAULTS] = build_nothing,
};

bool flp_build_value(flp_values_t *v, const flp_field_t *field, bson_t *out, const flp_node_t *node, const flp_path_t *path)
{
   return builders[field->kind](&(call_t){v, field, out, node, path});
}
