/* Axes and placeholders. Nodes are never changed: what differs is copied, what does not is shared. */
#include "runner/grammar/matrix.h"

#include "runner/grammar/fields.h"
#include "runner/grammar/plain.h"
#include "runner/grammar/yaml.h"

#include <string.h>

/* Ids end in `[axis=value,...]` and globs know `*` and `?`: a value that holds such a character would make an id unreadable. */
static bool can_be_shown(const flp_node_t *text)
{
   if (text->len == 0 || strlen(text->text) != text->len) {
      return false;
   }
   for (size_t i = 0; i < text->len; i++) {
      unsigned char c = (unsigned char)text->text[i];
      if (c <= ' ' || c == 0x7f || strchr(",=[]*?", c)) {
         return false;
      }
   }
   return true;
}

static bool show(flp_axis_t *axis, const flp_node_t *text, const flp_path_t *path, flp_report_t *report)
{
   if (!can_be_shown(text)) {
      return flp_refuse(report, AXIS_VALUE, text, path,
                        "`%s` cannot stand in an id: no spaces and none of , = [ ] * ?; make the axis a mapping and give it a name",
                        text->text);
   }
   for (size_t i = 0; i < axis->n; i++) {
      if (strcmp(axis->shown[i], text->text) == 0) {
         return flp_refuse(report, AXIS_VALUE_TWICE, text, path, "`%s` stands twice in this axis; ids would be the same", text->text);
      }
   }
   axis->shown[axis->n] = text->text;
   return true;
}

static bool read_axis(flp_axis_t *axis, const flp_node_t *node, const flp_path_t *path, flp_arena_t *arena, flp_vectors_t *vectors,
                      flp_report_t *report)
{
   if (node->tag) {
      if (strcmp(node->tag, "!vectors") != 0) {
         return flp_refuse(report, TAG_VALUE, node, path, "an axis is a list, a mapping or !vectors; write it so");
      }
      node = flp_vectors_axis(vectors, node, path, report);
      if (!node) {
         return false;
      }
   }
   if (node->kind == FLP_NODE_SCALAR) {
      return flp_refuse(report, FIELD_TYPE, node, path, "an axis is a list of scalars, a mapping or !vectors; write it so");
   }
   if (node->n == 0) {
      return flp_refuse(report, EMPTY, node, path, "the axis has no values; give it some, or remove it");
   }
   if (node->placeholder) {
      return flp_refuse(report, UNKNOWN_AXIS, node, path, "a value of an axis cannot refer to an axis; write it out");
   }
   axis->shown = flp_arena_take(arena, node->n * sizeof *axis->shown);
   axis->values = flp_arena_take(arena, node->n * sizeof *axis->values);
   for (size_t i = 0; i < node->n; i++) {
      bool list = node->kind == FLP_NODE_LIST;
      flp_path_t here = {.up = path, .name = list ? NULL : node->keys[i]->text, .index = i};
      if (list && (node->items[i]->kind != FLP_NODE_SCALAR || node->items[i]->tag)) {
         return flp_refuse(report, FIELD_TYPE, node->items[i], &here,
                           "a list of an axis holds scalars only; make the axis a mapping and give the value a name");
      }
      if (!show(axis, list ? node->items[i] : node->keys[i], &here, report)) {
         return false;
      }
      axis->values[axis->n++] = node->items[i];
   }
   return true;
}

bool flp_matrix_read(flp_matrix_t *matrix, const flp_node_t *node, const flp_path_t *path, flp_arena_t *arena, flp_vectors_t *vectors,
                     flp_report_t *report)
{
   size_t total = 1;
   *matrix = (flp_matrix_t){0};
   if (!node) {
      return true;
   }
   if (node->kind != FLP_NODE_MAP || node->tag) {
      return flp_refuse(report, FIELD_TYPE, node, path, "a mapping of axes is wanted here");
   }
   if (node->n == 0) {
      return flp_refuse(report, EMPTY, node, path, "the matrix has no axis; remove it");
   }
   for (size_t i = 0; i < node->n; i++) {
      flp_path_t here = {.up = path, .name = node->keys[i]->text};
      if (!flp_pattern_fits(flp_pattern_find("axis"), node->keys[i]->text)) {
         return flp_refuse(report, FIELD_PATTERN, node->keys[i], &here, "an axis is named by %s", flp_pattern_find("axis")->words);
      }
      if (matrix->n == FLP_MATRIX_MAX_AXES) {
         return flp_refuse(report, MATRIX_TOO_LARGE, node->keys[i], &here, "more than %d axes; split the case", FLP_MATRIX_MAX_AXES);
      }
      flp_axis_t *axis = &matrix->axes[matrix->n++];
      axis->name = node->keys[i]->text;
      axis->at = node->keys[i];
      if (!read_axis(axis, node->items[i], &here, arena, vectors, report)) {
         return false;
      }
      total *= axis->n;
      if (total > FLP_MATRIX_MAX_CASES) {
         return flp_refuse(report, MATRIX_TOO_LARGE, node->keys[i], &here, "more than %d combinations; split the case",
                           FLP_MATRIX_MAX_CASES);
      }
   }
   return true;
}

bool flp_matrix_next(flp_matrix_t *matrix)
{
   for (size_t i = matrix->n; i > 0; i--) {
      if (++matrix->axes[i - 1].pick < matrix->axes[i - 1].n) {
         return true;
      }
      matrix->axes[i - 1].pick = 0;
   }
   return false;
}

char *flp_matrix_suffix(const flp_matrix_t *matrix)
{
   bson_string_t *out = bson_string_new("");
   for (size_t i = 0; i < matrix->n; i++) {
      const flp_axis_t *axis = &matrix->axes[i];
      bson_string_append_printf(out, "%s%s=%s", i == 0 ? "[" : ",", axis->name, axis->shown[axis->pick]);
   }
   if (matrix->n > 0) {
      bson_string_append(out, "]");
   }
   return bson_string_free(out, false);
}

bool flp_matrix_all_used(const flp_matrix_t *matrix, const flp_path_t *path, flp_report_t *report)
{
   bool ok = true;
   for (size_t i = 0; i < matrix->n; i++) {
      const flp_axis_t *axis = &matrix->axes[i];
      flp_path_t here = {.up = path, .name = axis->name};
      if (!axis->used) {
         ok = flp_refuse(report, UNUSED_AXIS, axis->at, &here, "nothing in the case takes ${%s}; use it, or remove the axis", axis->name);
      }
   }
   return ok;
}

/* One placeholder: `name(.field)*` of `len` bytes. NULL after a refusal. */
static const flp_node_t *look_up(flp_matrix_t *matrix, const char *name, size_t len, const flp_node_t *at, const flp_path_t *path,
                                 flp_report_t *report)
{
   const char *dot = memchr(name, '.', len);
   size_t axis_len = dot ? (size_t)(dot - name) : len;
   flp_axis_t *axis = NULL;
   flp_nearest_t nearest = {0};
   char *word = bson_strndup(name, axis_len);
   for (size_t i = 0; i < matrix->n && !axis; i++) {
      if (strcmp(matrix->axes[i].name, word) == 0) {
         axis = &matrix->axes[i];
      }
      flp_nearest_try(&nearest, word, matrix->axes[i].name);
   }
   bson_free(word);
   if (!axis) {
      flp_refuse(report, UNKNOWN_AXIS, at, path, "the matrix has no axis `%.*s`; %s%s", (int)axis_len, name,
                 nearest.best ? "did you mean " : "a literal `${` is written `$${`", nearest.best ? nearest.best : "");
      return NULL;
   }
   axis->used = true;
   const flp_node_t *value = axis->values[axis->pick];
   for (size_t from = axis_len; from < len && value;) {
      const char *field = name + from + 1;
      const char *end = memchr(field, '.', len - from - 1);
      size_t field_len = end ? (size_t)(end - field) : len - from - 1;
      char *key = bson_strndup(field, field_len);
      int64_t index = 0;
      if (value->kind == FLP_NODE_LIST) {
         bool is_index = flp_plain_integer(key, field_len, &index) && index >= 0 && (uint64_t)index < value->n;
         value = is_index ? value->items[index] : NULL;
      } else {
         value = flp_node_get(value, key);
      }
      bson_free(key);
      from += 1 + field_len;
   }
   if (!value) {
      flp_refuse(report, AXIS_FIELD, at, path, "the value `%s` of the axis has nothing at `%.*s`; every value must have it",
                 axis->shown[axis->pick], (int)len, name);
   }
   return value;
}

/* The end of the placeholder that begins at `open` (after `${`), or NULL after a refusal. */
static const char *closing(const char *open, const char *end, const flp_node_t *at, const flp_path_t *path, flp_report_t *report)
{
   const char *close = memchr(open, '}', (size_t)(end - open));
   if (!close || close == open) {
      flp_refuse(report, PLACEHOLDER, at, path, "`${` without a name and `}`; write ${axis} or ${axis.field}, or `$${` for a literal `${`");
      return NULL;
   }
   return close;
}

static const flp_node_t *place_in_text(flp_matrix_t *matrix, const flp_node_t *node, const flp_path_t *path, flp_arena_t *arena,
                                       flp_report_t *report)
{
   bson_string_t *out = NULL;
   const char *at = node->text, *end = node->text + node->len, *close = NULL;
   flp_node_t *made = NULL;

   if (strlen(node->text) != node->len) {
      flp_refuse(report, PLACEHOLDER, node, path, "a placeholder in a text with NUL; give such bytes with !hex");
      return NULL;
   }
   /* Exactly one placeholder: the value itself, at the place where it is used. */
   if (strncmp(at, "${", 2) == 0 && !node->tag) {
      close = closing(at + 2, end, node, path, report);
      if (!close) {
         return NULL;
      }
      if (close + 1 == end) {
         const flp_node_t *value = look_up(matrix, at + 2, (size_t)(close - at - 2), node, path, report);
         if (!value) {
            return NULL;
         }
         made = flp_arena_take(arena, sizeof *made);
         *made = *value;
         made->line = node->line;
         made->column = node->column;
         return made;
      }
   }
   out = bson_string_new("");
   while (at < end) {
      const char *dollar = memchr(at, '$', (size_t)(end - at));
      const char *stop = dollar ? dollar : end;
      bson_string_append_printf(out, "%.*s", (int)(stop - at), at);
      at = stop;
      if (end - at >= 3 && memcmp(at, "$${", 3) == 0) {
         bson_string_append(out, "${");
         at += 3;
      } else if (end - at >= 2 && memcmp(at, "${", 2) == 0) {
         close = closing(at + 2, end, node, path, report);
         const flp_node_t *value = close ? look_up(matrix, at + 2, (size_t)(close - at - 2), node, path, report) : NULL;
         if (!value) {
            goto done;
         }
         if (value->kind != FLP_NODE_SCALAR || value->tag || strlen(value->text) != value->len) {
            flp_refuse(report, PLACEHOLDER, node, path, "`%.*s` is no plain text, so it cannot stand inside of a text; let it stand alone",
                       (int)(close - at + 1), at);
            goto done;
         }
         bson_string_append(out, value->text);
         at = close + 1;
      } else if (at < end) {
         bson_string_append(out, "$");
         at++;
      }
   }
   made = flp_node_scalar(arena, node, out->str, out->len, false);
   made->tag = node->tag;
   made->defaulted = node->defaulted;
done:
   bson_string_free(out, true);
   return made;
}

const flp_node_t *flp_matrix_place(flp_matrix_t *matrix, const flp_node_t *node, const flp_path_t *path, flp_arena_t *arena,
                                   flp_report_t *report)
{
   if (!node->placeholder) {
      return node;
   }
   if (node->kind == FLP_NODE_SCALAR) {
      return place_in_text(matrix, node, path, arena, report);
   }
   bool ok = true, map = node->kind == FLP_NODE_MAP, keys_changed = false;
   flp_node_t *made = flp_node_many(arena, node, node->kind, node->n);
   made->tag = node->tag;
   for (size_t i = 0; i < node->n; i++) {
      flp_path_t here = {.up = path, .name = map ? node->keys[i]->text : NULL, .index = i};
      if (map && node->keys[i]->placeholder) {
         const flp_node_t *key = flp_matrix_place(matrix, node->keys[i], &here, arena, report);
         if (key && (key->kind != FLP_NODE_SCALAR || key->tag || strlen(key->text) != key->len)) {
            flp_refuse(report, KEY_NOT_TEXT, node->keys[i], &here, "this placeholder gives no text, so it cannot be a key");
            key = NULL;
         }
         ok = ok && key;
         made->keys[i] = key;
         keys_changed = true;
      } else if (map) {
         made->keys[i] = node->keys[i];
      }
      made->items[i] = flp_matrix_place(matrix, node->items[i], &here, arena, report);
      ok = ok && made->items[i];
   }
   if (ok && keys_changed) {
      ok = flp_yaml_unique_keys(made, path, report);
   }
   return ok ? made : NULL;
}
