/* One row a matcher: its name, what it takes, and the check. */
#include "runner/grammar/matchers.h"

#include <string.h>

const char *const flp_matcher_names[] = {"$$any", "$$type", "$$len", "$$match", "$$unordered", "$$sameAs", "$$decryptsTo", NULL};

bool flp_matcher_word(const char *text)
{
   return strncmp(text, "$$", 2) == 0 && text[2] != '$';
}

static bool takes_anything(flp_values_t *v, const flp_node_t *argument)
{
   (void)v;
   (void)argument;
   return true;
}

static bool takes_type(flp_values_t *v, const flp_node_t *argument)
{
   (void)v;
   static const char *const types[] = {
      "double",    "string",    "object",     "array",   "binData",
      "undefined", "objectId",  "bool",       "date",    "null",
      "regex",     "dbPointer", "javascript", "symbol",  "javascriptWithScope",
      "int",       "timestamp", "long",       "decimal", "minKey",
      "maxKey",    "document",  "binary",     "int32",   "int64",
      "boolean",
   };
   for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
      if (flp_node_is(argument, types[i])) {
         return true;
      }
   }
   return false;
}

static bool takes_length(flp_values_t *v, const flp_node_t *argument)
{
   (void)v;
   int64_t n = 0;
   return argument->kind == FLP_NODE_SCALAR && argument->plain && flp_plain_integer(argument->text, argument->len, &n) && n >= 0;
}

static bool takes_mapping(flp_values_t *v, const flp_node_t *argument)
{
   (void)v;
   return flp_value_is_document(argument);
}

static bool takes_list(flp_values_t *v, const flp_node_t *argument)
{
   (void)v;
   return argument->kind == FLP_NODE_LIST && !argument->tag;
}

static bool takes_path(flp_values_t *v, const flp_node_t *argument)
{
   (void)v;
   return argument->kind == FLP_NODE_SCALAR && !argument->tag && argument->len > 0;
}

static bool takes_key_and_value(flp_values_t *v, const flp_node_t *argument)
{
   (void)v;
   const flp_node_t *key = flp_node_get(argument, "key");
   return argument->kind == FLP_NODE_MAP && !argument->tag && argument->n == 2 && key && key->kind == FLP_NODE_SCALAR && !key->tag &&
          key->len > 0 && flp_node_get(argument, "value");
}

static const struct {
   const char *name, *wanted;
   bool (*takes)(flp_values_t *v, const flp_node_t *argument);
} rows[] = {
   {"$$any", "anything", takes_anything},
   {"$$type", "the name of a BSON type, as $type of the server has it", takes_type},
   {"$$len", "a count from 0", takes_length},
   {"$$match", "a mapping", takes_mapping},
   {"$$unordered", "a list", takes_list},
   {"$$sameAs", "a path from the root of the case, as call.encrypt.cmd", takes_path},
   {"$$decryptsTo", "{key: NAME, value: VALUE}", takes_key_and_value},
};

static bool unknown(flp_values_t *v, const flp_node_t *word, const flp_path_t *path)
{
   flp_nearest_t nearest = {0};
   for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
      flp_nearest_try(&nearest, word->text, rows[i].name);
   }
   return flp_refuse(v->report, UNKNOWN_MATCHER, word, path, "`%s` is no matcher; %s%s", word->text,
                     nearest.best ? "did you mean " : "a literal text is written with one `$` more", nearest.best ? nearest.best : "");
}

/* From the root of the case: without `cases[n]` or `defaults`. */
static void path_in_case(const flp_path_t *path, bson_string_t *out)
{
   bool root = !path->up || (!path->name && !path->up->up);
   if (root) {
      return;
   }
   path_in_case(path->up, out);
   bson_string_append(out, out->len > 0 ? "." : "");
   if (path->name) {
      bson_string_append(out, path->name);
   } else {
      bson_string_append_printf(out, "%zu", path->index);
   }
}

static void remember_path(flp_values_t *v, const flp_node_t *argument, const flp_path_t *path)
{
   flp_same_as_t *same = flp_arena_take(v->arena, sizeof *same);
   char *field = flp_path_text(path);
   bson_string_t *own = bson_string_new("");
   path_in_case(path, own);
   same->node = argument;
   same->own = flp_arena_text(v->arena, own->str, own->len);
   same->field = flp_arena_text(v->arena, field, strlen(field));
   same->next = v->same_as;
   v->same_as = same;
   bson_string_free(own, true);
   bson_free(field);
}

bool flp_matcher_append(flp_values_t *v, bson_t *out, const char *key, const flp_node_t *node, const flp_path_t *path)
{
   const flp_node_t *word = NULL;
   size_t row = 0;
   for (size_t i = 0; i < node->n && !word; i++) {
      word = flp_matcher_word(node->keys[i]->text) ? node->keys[i] : NULL;
   }
   while (row < sizeof rows / sizeof *rows && strcmp(rows[row].name, word->text) != 0) {
      row++;
   }
   if (row == sizeof rows / sizeof *rows) {
      return unknown(v, word, path);
   }
   if (node->n != 1) {
      return flp_refuse(v->report, MATCHER_CONTENT, word, path, "%s has other fields beside it; a matcher stands alone in its mapping",
                        word->text);
   }
   const flp_node_t *argument = node->items[0];
   if (!rows[row].takes(v, argument)) {
      return flp_refuse(v->report, MATCHER_CONTENT, argument, path, "%s takes %s; write it so", word->text, rows[row].wanted);
   }
   if (rows[row].takes == takes_path) {
      remember_path(v, argument, path);
   }
   bson_t child;
   flp_path_t here = {.up = path, .name = word->text};
   bson_append_document_begin(out, key, -1, &child);
   bool ok = flp_value_append(v, FLP_PLACE_COMPARED, &child, word->text, argument, &here);
   bson_append_document_end(out, &child);
   return ok;
}
