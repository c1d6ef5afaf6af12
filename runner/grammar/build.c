/* Mappings against the field table: known fields, required ones, those that exclude each other, and what a table cannot say. */
#include "runner/grammar/build.h"

#include <string.h>

const flp_field_t *flp_build_field(flp_values_t *v, const char *shape, const flp_node_t *key, const flp_path_t *path)
{
   const flp_field_t *field = flp_field_find(shape, key->text);
   if (field) {
      return field;
   }
   const flp_shape_t *s = flp_shape_find(shape);
   flp_path_t here = {.up = path, .name = key->text};
   flp_nearest_t nearest = {0};
   bson_string_t *all = bson_string_new("");
   for (const flp_field_t *f = flp_field_next(s, NULL); f; f = flp_field_next(s, f)) {
      flp_nearest_try(&nearest, key->text, f->name);
      bson_string_append_printf(all, " %s", f->name);
   }
   flp_refuse(v->report, UNKNOWN_FIELD, key, &here, "no such field; %s%s",
              nearest.best ? "did you mean " : "here may stand:", nearest.best ? nearest.best : all->str);
   bson_string_free(all, true);
   return NULL;
}

/* The names of a group, for a message: `call`, `calls`, `steps`. */
static char *names_of_group(const flp_shape_t *shape, char group)
{
   bson_string_t *out = bson_string_new("");
   for (const flp_field_t *f = flp_field_next(shape, NULL); f; f = flp_field_next(shape, f)) {
      if (f->group == group) {
         bson_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "", f->name);
      }
   }
   return bson_string_free(out, false);
}

static bool group_holds(flp_values_t *v, const flp_shape_t *shape, char group, const flp_node_t *node, const flp_path_t *path)
{
   size_t n = 0;
   const flp_node_t *last = node;
   for (const flp_field_t *f = flp_field_next(shape, NULL); f; f = flp_field_next(shape, f)) {
      n += f->group == group && flp_node_get(node, f->name) ? 1 : 0;
   }
   bool exactly = group >= 'A' && group <= 'Z';
   if (n == 1 || (n == 0 && !exactly)) {
      return true;
   }
   for (size_t i = 0; i < node->n && n > 1; i++) {
      const flp_field_t *field = flp_field_find(shape->name, node->keys[i]->text);
      last = field && field->group == group ? node->keys[i] : last;
   }
   char *names = names_of_group(shape, group);
   if (exactly) {
      flp_refuse(v->report, EXACTLY_ONE, last, path, "exactly one of these must stand here, not %s: %s", n == 0 ? "none" : "several",
                 names);
   } else {
      flp_refuse(v->report, AT_MOST_ONE, last, path, "only one of these may stand here: %s", names);
   }
   bson_free(names);
   return false;
}

bool flp_build_complete(flp_values_t *v, const char *shape_name, const flp_node_t *node, const flp_path_t *path)
{
   bool ok = true;
   const flp_shape_t *shape = flp_shape_find(shape_name);
   char seen[8] = {0};
   size_t n_seen = 0;

   if (node->n < shape->at_least) {
      return flp_refuse(v->report, EMPTY, node, path, "the mapping is empty; put something in, or leave it out");
   }
   for (const flp_field_t *field = flp_field_next(shape, NULL); field; field = flp_field_next(shape, field)) {
      flp_path_t here = {.up = path, .name = field->name};
      const flp_node_t *value = flp_node_get(node, field->name);
      if ((field->flags & FLP_FIELD_REQUIRED) && !value) {
         ok = flp_refuse(v->report, FIELD_MISSING, node, &here, "this field must stand here: %s", field->doc);
      }
      if (field->needs && value && !flp_node_get(node, field->needs)) {
         ok = flp_refuse(v->report, NEEDS_FIELD, value, &here, "it means something only beside `%s`; add that, or remove it", field->needs);
      }
      if (field->group && !strchr(seen, field->group) && n_seen + 1 < sizeof seen) {
         seen[n_seen++] = field->group;
         ok = group_holds(v, shape, field->group, node, path) && ok;
      }
   }
   return ok;
}

/* What an action needs beside it, and what may stand beside it. */
static bool check_fault(flp_values_t *v, const flp_node_t *node, const flp_path_t *path)
{
   static const struct {
      const char *field, *action;
      bool needed;
   } rows[] = {{"after_bytes", "cut", true}, {"with", "replace", true}, {"ms", "delay", true}, {"times", "repeat", false}};
   const flp_node_t *action = flp_node_get(node, "action");
   for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
      bool fitting = flp_node_is(action, rows[i].action);
      const flp_node_t *value = flp_node_get(node, rows[i].field);
      flp_path_t here = {.up = path, .name = rows[i].field};
      if (fitting && rows[i].needed && !value) {
         return flp_refuse(v->report, FAULT_FIELDS, action, path, "the action %s needs `%s`; add it", rows[i].action, rows[i].field);
      }
      if (value && !fitting) {
         return flp_refuse(v->report, FAULT_FIELDS, value, &here, "`%s` belongs to the action %s; remove it", rows[i].field,
                           rows[i].action);
      }
   }
   return true;
}

static bool check_answer(flp_values_t *v, const flp_node_t *node, const flp_path_t *path)
{
   const flp_node_t *split = flp_node_get(node, "split"), *kms = flp_node_get(node, "kms");
   bool bytes = kms && kms->kind == FLP_NODE_LIST && kms->n > 0;
   for (size_t i = 0; bytes && i < kms->n; i++) {
      bytes = kms->items[i]->kind == FLP_NODE_SCALAR || flp_value_is_bytes(kms->items[i]);
   }
   return !split || !kms || bytes ||
          flp_refuse(v->report, SPLIT_NEEDS_BYTES, split, path,
                     "replies are parted at byte offsets, so they must be given as text or bytes");
}

static bool check_case(flp_values_t *v, const flp_node_t *node, const flp_path_t *path)
{
   static const char *const outcomes[] = {"state", "result", "error"};
   const flp_node_t *expect = flp_node_get(node, "expect");
   for (size_t i = 0; expect && !flp_node_get(node, "call") && i < sizeof outcomes / sizeof *outcomes; i++) {
      const flp_node_t *value = flp_node_get(expect, outcomes[i]);
      flp_path_t here = {.up = path, .name = "expect"};
      if (value) {
         return flp_refuse(v->report, EXPECT_MISPLACED, value, &here,
                           "`%s` is the outcome of one call; put it beside that call or step, only `journal` is of the whole case",
                           outcomes[i]);
      }
   }
   return true;
}

static const struct {
   const char *shape;
   bool (*check)(flp_values_t *v, const flp_node_t *node, const flp_path_t *path);
} meanings[] = {{"fault", check_fault}, {"answer", check_answer}, {"case", check_case}};

bool flp_build_shape(flp_values_t *v, const char *shape, bson_t *out, const flp_node_t *node, const flp_path_t *path)
{
   bool ok = true;
   const flp_path_t defaults = {.name = "defaults"};
   if (node->kind != FLP_NODE_MAP || node->tag || flp_value_is_wrapper(node)) {
      return flp_refuse(v->report, FIELD_TYPE, node, path, "a mapping is wanted here: %s", flp_shape_find(shape)->doc);
   }
   for (size_t i = 0; i < node->n; i++) {
      const flp_node_t *key = node->keys[i];
      flp_path_t here = {.up = key->defaulted ? &defaults : path, .name = key->text};
      const flp_field_t *field = flp_build_field(v, shape, key, here.up);
      ok = field && flp_build_value(v, field, out, node->items[i], &here) && ok;
   }
   ok = flp_build_complete(v, shape, node, path) && ok;
   for (size_t i = 0; ok && i < sizeof meanings / sizeof *meanings; i++) {
      if (strcmp(meanings[i].shape, shape) == 0) {
         ok = meanings[i].check(v, node, path);
      }
   }
   return ok;
}

/* Is one of the two paths the other, or above it? */
static bool overlap(const char *a, const char *b)
{
   size_t n = strlen(a) < strlen(b) ? strlen(a) : strlen(b);
   return strncmp(a, b, n) == 0 && (a[n] == '\0' || a[n] == '.') && (b[n] == '\0' || b[n] == '.');
}

bool flp_build_same_as(flp_values_t *v, const bson_t *doc)
{
   bool ok = true;
   for (const flp_same_as_t *same = v->same_as; same; same = same->next) {
      bson_iter_t iter, found;
      flp_path_t here = {.name = same->field};
      if (!bson_iter_init(&iter, doc) || !bson_iter_find_descendant(&iter, same->node->text, &found)) {
         ok = flp_refuse(v->report, SAME_AS_PATH, same->node, &here,
                         "the case has nothing at `%s`; paths begin at the root of the case, as call.encrypt.cmd", same->node->text);
      } else if (overlap(same->node->text, same->own)) {
         ok =
            flp_refuse(v->report, SAME_AS_PATH, same->node, &here,
                       "`%s` is this very place, or holds it, or lies in it: nothing but the matcher stands there; name the value that is "
                       "meant",
                       same->node->text);
      }
   }
   return ok;
}
