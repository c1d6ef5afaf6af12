/* JSON of a vector file to nodes. Its texts are data: nothing in them is a placeholder or a matcher. */
#include "runner/grammar/vectors.h"

#include "runner/grammar/plain.h"

#include <jansson.h>
#include <string.h>

enum { MAX_JSON_DEPTH = 64 };

struct flp_vector_file {
   flp_vector_file_t *next;
   const char *name;
   const flp_node_t *cases; /* a list of maps */
};

void flp_vectors_init(flp_vectors_t *vectors, const char *dir)
{
   *vectors = (flp_vectors_t){.dir = dir};
}

void flp_vectors_cleanup(flp_vectors_t *vectors)
{
   flp_arena_cleanup(&vectors->arena);
   vectors->files = NULL;
}

static flp_node_t *text_node(flp_arena_t *arena, const char *text, size_t len, bool plain)
{
   flp_node_t *node = flp_node_scalar(arena, NULL, text, len, plain);
   node->literal = true;
   return node;
}

static const flp_node_t *real_node(flp_arena_t *arena, double number)
{
   /* Shortest text that our own grammar reads as a decimal; others by the wrapper. */
   const char *text = flp_arena_format(arena, "%.17g", number);
   if (flp_plain_read(text, strlen(text)).kind == FLP_PLAIN_DOUBLE) {
      return text_node(arena, text, strlen(text), true);
   }
   flp_node_t *map = flp_node_many(arena, NULL, FLP_NODE_MAP, 1);
   map->keys[0] = text_node(arena, "$numberDouble", strlen("$numberDouble"), false);
   map->items[0] = text_node(arena, text, strlen(text), false);
   return map;
}

static const flp_node_t *to_node(flp_arena_t *arena, json_t *json, unsigned depth)
{
   const char *key = NULL;
   json_t *value = NULL;
   size_t i = 0;
   flp_node_t *node = NULL;
   if (depth > MAX_JSON_DEPTH) {
      return text_node(arena, "null", 4, true);
   }
   switch (json_typeof(json)) {
   case JSON_OBJECT:
      node = flp_node_many(arena, NULL, FLP_NODE_MAP, json_object_size(json));
      json_object_foreach(json, key, value)
      {
         node->keys[i] = text_node(arena, key, strlen(key), false);
         node->items[i++] = to_node(arena, value, depth + 1);
      }
      return node;
   case JSON_ARRAY:
      node = flp_node_many(arena, NULL, FLP_NODE_LIST, json_array_size(json));
      json_array_foreach(json, i, value)
      {
         node->items[i] = to_node(arena, value, depth + 1);
      }
      return node;
   case JSON_STRING:
      return text_node(arena, json_string_value(json), json_string_length(json), false);
   case JSON_INTEGER: {
      const char *text = flp_arena_format(arena, "%" JSON_INTEGER_FORMAT, json_integer_value(json));
      return text_node(arena, text, strlen(text), true);
   }
   case JSON_REAL:
      return real_node(arena, json_real_value(json));
   case JSON_TRUE:
      return text_node(arena, "true", 4, true);
   case JSON_FALSE:
      return text_node(arena, "false", 5, true);
   default:
      return text_node(arena, "null", 4, true);
   }
}

static bool simple_name(const char *name)
{
   return *name && *name != '.' && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == strlen(name);
}

static const flp_node_t *load(flp_vectors_t *vectors, const char *name, const flp_node_t *at, const flp_path_t *path, flp_report_t *report)
{
   for (const flp_vector_file_t *f = vectors->files; f; f = f->next) {
      if (strcmp(f->name, name) == 0) {
         return f->cases;
      }
   }
   if (!simple_name(name)) {
      flp_refuse(report, VECTOR_FILE, at, path, "`%s` is no plain file name; name a file of vectors/", name);
      return NULL;
   }
   json_error_t error;
   char *file = bson_strdup_printf("%s/%s", vectors->dir, name);
   json_t *json = json_load_file(file, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
   bson_free(file);
   json_t *cases = json_object_get(json, "cases");
   if (!json_is_array(cases)) {
      flp_refuse(report, VECTOR_FILE, at, path, "vectors/%s cannot be used: %s", name,
                 json ? "it has no list `cases`; name another file" : error.text);
      json_decref(json);
      return NULL;
   }
   flp_vector_file_t *entry = flp_arena_take(&vectors->arena, sizeof *entry);
   entry->name = flp_arena_text(&vectors->arena, name, strlen(name));
   entry->cases = to_node(&vectors->arena, cases, 0);
   entry->next = vectors->files;
   vectors->files = entry;
   json_decref(json);
   return entry->cases;
}

/* A field that is absent equals nothing, not even null. */
static bool selected(const flp_node_t *item, const flp_node_t *where)
{
   for (size_t i = 0; where && i < where->n; i++) {
      const flp_node_t *have = flp_node_get(item, where->keys[i]->text), *want = where->items[i];
      if (!have || have->kind != FLP_NODE_SCALAR || want->kind != FLP_NODE_SCALAR || have->plain != want->plain) {
         bool same_text = have && have->kind == FLP_NODE_SCALAR && want->kind == FLP_NODE_SCALAR && !have->plain &&
                          flp_plain_read(want->text, want->len).kind == FLP_PLAIN_STRING;
         if (!same_text) {
            return false;
         }
      }
      if (have->len != want->len || memcmp(have->text, want->text, have->len) != 0) {
         return false;
      }
   }
   return true;
}

const flp_node_t *flp_vectors_axis(flp_vectors_t *vectors, const flp_node_t *node, const flp_path_t *path, flp_report_t *report)
{
   const flp_node_t *file = node->kind == FLP_NODE_MAP ? flp_node_get(node, "file") : node;
   const flp_node_t *where = flp_node_get(node, "where");
   if (!file || file->kind != FLP_NODE_SCALAR || (where && where->kind != FLP_NODE_MAP) ||
       (node->kind == FLP_NODE_MAP && node->n != (where ? 2u : 1u))) {
      flp_refuse(report, TAG_VALUE, node, path, "!vectors takes a file name, or {file: NAME, where: {field: value}}; write it so");
      return NULL;
   }
   const flp_node_t *cases = load(vectors, file->text, node, path, report);
   if (!cases) {
      return NULL;
   }
   flp_node_t *map = flp_node_many(&vectors->arena, node, FLP_NODE_MAP, cases->n);
   map->n = 0;
   for (size_t i = 0; i < cases->n; i++) {
      const flp_node_t *name = flp_node_get(cases->items[i], "name");
      if (!name || name->kind != FLP_NODE_SCALAR) {
         flp_refuse(report, VECTOR_FILE, node, path, "case %zu of vectors/%s has no name; name another file", i, file->text);
         return NULL;
      }
      if (selected(cases->items[i], where)) {
         map->keys[map->n] = name;
         map->items[map->n++] = cases->items[i];
      }
   }
   if (map->n == 0) {
      flp_refuse(report, VECTOR_FILE, node, path, "no case of vectors/%s fits; name other fields in `where`", file->text);
      return NULL;
   }
   return map;
}
