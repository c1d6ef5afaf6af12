/* Files to cases: defaults merged, matrices multiplied, everything checked and built. */
#include "runner/grammar/build.h"
#include "runner/grammar/files.h"
#include "runner/grammar/matrix.h"
#include "runner/grammar/plan.h"
#include "runner/grammar/yaml.h"
#include "runner/paths.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A set of texts, open addressing; texts are borrowed. */
typedef struct {
   const char **slots;
   size_t room, n;
} ids_t;

typedef struct {
   flp_cases_t *cases;
   flp_refusals_t *refusals;
   char *vectors_dir;
   flp_vectors_t vectors;
   flp_arena_t names; /* of `ids`: those of a refused file are gone before the next is read */
   ids_t ids;
   const char *root;
} load_t;

/* One file on its way. */
typedef struct {
   load_t *load;
   flp_arena_t arena;
   flp_report_t report;
   const char *area; /* folder below the root that ids must begin with, or NULL; in the arena */
   const flp_node_t *defaults;
   flp_cases_t made;
   size_t bytes; /* of the documents of `made` */
} file_t;

static uint64_t hash(const char *text)
{
   uint64_t h = 14695981039346656037u;
   for (; *text; text++) {
      h = (h ^ (unsigned char)*text) * 1099511628211u;
   }
   return h;
}

/* False if it is there already. */
static bool ids_add(ids_t *ids, const char *id)
{
   if (2 * (ids->n + 1) > ids->room) {
      ids_t bigger = {.room = ids->room ? 2 * ids->room : 1024};
      bigger.slots = bson_malloc0(bigger.room * sizeof *bigger.slots);
      for (size_t i = 0; i < ids->room; i++) {
         if (ids->slots[i]) {
            ids_add(&bigger, ids->slots[i]);
         }
      }
      bson_free(ids->slots);
      *ids = bigger;
   }
   size_t at = hash(id) & (ids->room - 1);
   for (; ids->slots[at]; at = (at + 1) & (ids->room - 1)) {
      if (strcmp(ids->slots[at], id) == 0) {
         return false;
      }
   }
   ids->slots[at] = id;
   ids->n++;
   return true;
}

static void strings_cleanup(flp_strings_t *strings)
{
   for (size_t i = 0; i < strings->len; i++) {
      bson_free(strings->items[i]);
   }
   bson_free(strings->items);
}

static void case_cleanup(flp_case_t *c)
{
   bson_free(c->id);
   bson_free(c->area);
   bson_free(c->file);
   bson_free(c->since);
   bson_free(c->until);
   bson_free(c->breaks);
   bson_free(c->mend);
   bson_free(c->explain);
   strings_cleanup(&c->rules);
   strings_cleanup(&c->needs);
   bson_destroy(&c->doc);
   bson_destroy(&c->plan);
}

void flp_cases_cleanup(flp_cases_t *cases)
{
   for (size_t i = 0; i < cases->len; i++) {
      case_cleanup(&cases->items[i]);
   }
   free(cases->items);
   *cases = (flp_cases_t){0};
}

/* libbson's documents know their own address: they are stolen, not copied, and lie on 128 bytes. */
static void move_case(flp_case_t *to, flp_case_t *from)
{
   memcpy(to, from, offsetof(flp_case_t, doc));
   bson_steal(&to->doc, &from->doc);
   bson_steal(&to->plan, &from->plan);
}

static void push(flp_cases_t *cases, size_t *room, flp_case_t *c)
{
   if (cases->len == *room) {
      size_t more = *room ? 2 * *room : 16;
      flp_case_t *items = aligned_alloc(_Alignof(flp_case_t), more * sizeof *items);
      if (!items) {
         fprintf(stderr, "fleproof: no memory for %zu cases\n", more);
         abort();
      }
      for (size_t i = 0; i < cases->len; i++) {
         move_case(&items[i], &cases->items[i]);
      }
      free(cases->items);
      cases->items = items;
      *room = more;
   }
   move_case(&cases->items[cases->len++], c);
}

static char *text_of(const bson_t *doc, const char *field)
{
   bson_iter_t iter;
   return bson_iter_init_find(&iter, doc, field) && BSON_ITER_HOLDS_UTF8(&iter) ? bson_strdup(bson_iter_utf8(&iter, NULL)) : NULL;
}

static void strings_of(const bson_t *doc, const char *field, flp_strings_t *out)
{
   bson_iter_t iter, item;
   if (!bson_iter_init_find(&iter, doc, field) || !bson_iter_recurse(&iter, &item)) {
      return;
   }
   while (bson_iter_next(&item)) {
      out->items = bson_realloc(out->items, (out->len + 1) * sizeof *out->items);
      out->items[out->len++] = bson_strdup(bson_iter_utf8(&item, NULL));
   }
}

static bool holds(const flp_strings_t *strings, const char *text)
{
   for (size_t i = 0; i < strings->len; i++) {
      if (strcmp(strings->items[i], text) == 0) {
         return true;
      }
   }
   return false;
}

/* Takes `doc`. */
static void fill_case(const file_t *f, const flp_node_t *node, bson_t *doc, const char *suffix, flp_case_t *c)
{
   char *id = text_of(doc, "id"), *level = text_of(doc, "level"), *isolation = text_of(doc, "isolation");
   c->id = bson_strdup_printf("%s%s", id, suffix);
   c->area = bson_strndup(id, strcspn(id, "/"));
   c->file = bson_strdup(f->report.file);
   c->line = node->line;
   c->level = level && strcmp(level, "should") == 0 ? FLP_LEVEL_SHOULD
              : level && strcmp(level, "may") == 0  ? FLP_LEVEL_MAY
                                                    : FLP_LEVEL_MUST;
   strings_of(doc, "rules", &c->rules);
   strings_of(doc, "needs", &c->needs);
   c->since = text_of(doc, "since");
   c->until = text_of(doc, "until");
   c->breaks = text_of(doc, "breaks");
   c->mend = text_of(doc, "mend");
   c->explain = text_of(doc, "explain");
   c->own_host = isolation && strcmp(isolation, "own") == 0;
   c->hazard = holds(&c->needs, "hazards");
   bson_steal(&c->doc, doc);
   bson_init(&c->plan);
   flp_plan_cut(&c->doc, &c->plan);
   bson_free(id);
   bson_free(level);
   bson_free(isolation);
}

static bool in_area(file_t *f, const flp_node_t *node, const char *id, const flp_path_t *path)
{
   const flp_node_t *at = flp_node_get(node, "id");
   flp_path_t here = {.up = path, .name = "id"};
   size_t n = f->area ? strlen(f->area) : 0;
   return !f->area || (strncmp(id, f->area, n) == 0 && id[n] == '/') ||
          flp_refuse(&f->report, AREA_FOLDER, at ? at : node, &here, "the file lies in `%s`, so its ids begin with `%s/`; move the case",
                     f->area, f->area);
}

/* What a case is called must fit a line of a terminal, and the name of a file. */
static bool short_enough(file_t *f, const flp_node_t *id, const char *suffix, const flp_path_t *path)
{
   static const size_t max = 250;
   flp_path_t here = {.up = path, .name = "id"};
   size_t n = id->len + strlen(suffix);
   return n <= max ||
          flp_refuse(&f->report, AXIS_VALUE, id, &here,
                     "with the values of its axes this id has %zu bytes, over the limit of %zu; give the values short names", n, max);
}

/* One combination of the matrix. */
static bool make_case(file_t *f, flp_matrix_t *matrix, const flp_node_t *merged, const flp_path_t *path, size_t *room)
{
   const flp_node_t *node = flp_matrix_place(matrix, merged, path, &f->arena, &f->report);
   if (!node) {
      return false;
   }
   flp_values_t v = {
      .arena = &f->arena, .report = &f->report, .handle = flp_node_get(node, "handle"), .left = FLP_VALUES_MAX_FILE - f->bytes};
   bson_t doc = BSON_INITIALIZER;
   bool ok = flp_build_shape(&v, "case", &doc, node, path) && flp_build_same_as(&v, &doc);
   const flp_node_t *id = flp_node_get(node, "id");
   char *suffix = flp_matrix_suffix(matrix);
   ok = ok && in_area(f, node, id->text, path) && short_enough(f, id, suffix, path);
   /* A document that libbson could not make longer was not refused anywhere else. */
   if ((!ok && flp_report_clean(&f->report)) || (ok && f->bytes + doc.len > FLP_VALUES_MAX_FILE)) {
      ok = flp_refuse(&f->report, CASES_TOO_LARGE, merged, path, "the cases of a file hold at most %d MiB; make fewer or smaller ones",
                      FLP_VALUES_MAX_FILE >> 20);
   }
   f->bytes += ok ? doc.len : 0;
   if (ok) {
      flp_case_t c = {0};
      fill_case(f, merged, &doc, suffix, &c);
      push(&f->made, room, &c);
   } else {
      bson_destroy(&doc);
   }
   bson_free(suffix);
   return ok;
}

/* Does a default say nothing in this case? It has the field itself, or another of the same group, or lacks what the field needs. */
static bool pointless(const file_t *f, const flp_node_t *node, const char *name)
{
   const flp_field_t *field = flp_field_find("case", name);
   if (!field || flp_node_get(node, name)) {
      return true;
   }
   for (size_t i = 0; field->group && i < node->n; i++) {
      const flp_field_t *other = flp_field_find("case", node->keys[i]->text);
      if (other && other->group == field->group) {
         return true;
      }
   }
   return field->needs && !flp_node_get(node, field->needs) &&
          (!flp_node_get(f->defaults, field->needs) || pointless(f, node, field->needs));
}

/* The case's own fields in their order, then those of `defaults`; `matrix` apart. */
static const flp_node_t *merge(file_t *f, const flp_node_t *node, const flp_node_t **matrix)
{
   size_t extra = f->defaults ? f->defaults->n : 0;
   flp_node_t *made = flp_node_many(&f->arena, node, FLP_NODE_MAP, node->n + extra);
   made->n = 0;
   *matrix = NULL;
   for (size_t pass = 0; pass < 2; pass++) {
      const flp_node_t *from = pass == 0 ? node : f->defaults;
      for (size_t i = 0; from && i < from->n; i++) {
         flp_node_t *key = flp_arena_take(&f->arena, sizeof *key);
         *key = *from->keys[i];
         key->defaulted = pass == 1;
         if (pass == 1 && pointless(f, node, key->text)) {
            continue;
         }
         if (strcmp(key->text, "matrix") == 0) {
            *matrix = from->items[i];
            continue;
         }
         made->keys[made->n] = key;
         made->items[made->n++] = from->items[i];
         made->placeholder = made->placeholder || from->items[i]->placeholder || key->placeholder;
      }
   }
   return made;
}

static bool make_cases(file_t *f, const flp_node_t *node, const flp_path_t *path, size_t *room)
{
   flp_matrix_t matrix;
   const flp_node_t *axes = NULL;
   flp_path_t at_matrix = {.up = path, .name = "matrix"};
   if (node->kind != FLP_NODE_MAP || node->tag) {
      return flp_refuse(&f->report, FIELD_TYPE, node, path, "a case is a mapping");
   }
   const flp_node_t *merged = merge(f, node, &axes);
   if (!flp_matrix_read(&matrix, axes, &at_matrix, &f->arena, &f->load->vectors, &f->report)) {
      return false;
   }
   bool ok = true, more = true;
   for (; more && ok; more = flp_matrix_next(&matrix)) {
      ok = make_case(f, &matrix, merged, path, room);
   }
   return ok && flp_matrix_all_used(&matrix, &at_matrix, &f->report);
}

static bool read_defaults(file_t *f, const flp_node_t *root)
{
   const flp_path_t path = {.name = "defaults"};
   flp_values_t v = {.arena = &f->arena, .report = &f->report};
   f->defaults = flp_node_get(root, "defaults");
   if (!f->defaults) {
      return true;
   }
   if (f->defaults->kind != FLP_NODE_MAP || f->defaults->tag) {
      return flp_refuse(&f->report, FIELD_TYPE, f->defaults, &path, "a mapping of fields of a case is wanted here");
   }
   bool ok = true;
   for (size_t i = 0; i < f->defaults->n; i++) {
      const flp_field_t *field = flp_build_field(&v, "case", f->defaults->keys[i], &path);
      flp_path_t here = {.up = &path, .name = f->defaults->keys[i]->text};
      if (field && (field->flags & FLP_FIELD_OWN)) {
         field = NULL;
         flp_refuse(&f->report, UNKNOWN_FIELD, f->defaults->keys[i], &here, "every case has its own `%s`; remove it here", here.name);
      }
      ok = ok && field;
   }
   return ok;
}

static void read_root(file_t *f, const flp_node_t *root)
{
   size_t room = 0;
   flp_values_t v = {.arena = &f->arena, .report = &f->report};
   if (root->kind != FLP_NODE_MAP || root->tag) {
      flp_refuse(&f->report, FIELD_TYPE, root, NULL, "a scenario file is a mapping: format, topic, defaults, cases");
      return;
   }
   bool ok = read_defaults(f, root);
   for (size_t i = 0; i < root->n; i++) {
      bson_t ignored = BSON_INITIALIZER;
      flp_path_t here = {.name = root->keys[i]->text};
      const flp_field_t *field = flp_build_field(&v, "file", root->keys[i], NULL);
      if (field && strcmp(field->name, "cases") != 0) {
         flp_build_value(&v, field, &ignored, root->items[i], &here);
      }
      bson_destroy(&ignored);
   }
   flp_build_complete(&v, "file", root, NULL);
   const flp_node_t *cases = flp_node_get(root, "cases");
   flp_path_t at_cases = {.name = "cases"};
   if (cases && (cases->kind != FLP_NODE_LIST || cases->tag || cases->n == 0)) {
      cases->kind == FLP_NODE_LIST && !cases->tag
         ? flp_refuse(&f->report, EMPTY, cases, &at_cases, "the list is empty; a file holds at least one case")
         : flp_refuse(&f->report, FIELD_TYPE, cases, &at_cases, "a list of cases is wanted here");
      return;
   }
   /* Refusals of what every case shares would come again with each case. */
   for (size_t i = 0; cases && ok && i < cases->n; i++) {
      flp_path_t here = {.up = &at_cases, .index = i};
      make_cases(f, cases->items[i], &here, &room);
   }
}

static void refuse_twice(file_t *f)
{
   for (size_t i = 0; i < f->made.len; i++) {
      const flp_case_t *c = &f->made.items[i];
      if (!ids_add(&f->load->ids, flp_arena_text(&f->load->names, c->id, strlen(c->id)))) {
         flp_refuse_at(&f->report, FLP_REFUSE_ID_TWICE, c->line, 1, NULL, "another case has the id `%s` already; give this one another",
                       c->id);
      }
   }
}

/* The folder right below the root; a file that lies in no such folder may hold any area. */
static const char *area_of(file_t *f)
{
   const char *slash = strchr(f->report.file, '/');
   bool below = f->load->root && f->report.file[0] != '/' && slash;
   return below ? flp_arena_text(&f->arena, f->report.file, (size_t)(slash - f->report.file)) : NULL;
}

/* `root` may be NULL after a refusal. A file with a refusal adds no case. */
static void finish_file(file_t *f, const flp_node_t *root, size_t *room)
{
   if (root) {
      read_root(f, root);
   }
   if (flp_report_clean(&f->report)) {
      refuse_twice(f);
   }
   for (size_t i = 0; i < f->made.len; i++) {
      if (flp_report_clean(&f->report)) {
         push(f->load->cases, room, &f->made.items[i]);
      } else {
         case_cleanup(&f->made.items[i]);
      }
   }
   free(f->made.items);
   flp_arena_cleanup(&f->arena);
}

static void load_file(load_t *load, const char *path, size_t *room)
{
   file_t f = {.load = load};
   const char *shown = flp_files_shown(path, load->root);
   flp_report_begin(&f.report, load->refusals, shown);
   f.area = shown != path ? area_of(&f) : NULL;
   finish_file(&f, flp_yaml_load(path, &f.arena, &f.report), room);
}

static void load_begin(load_t *load, const char *root, flp_cases_t *cases, flp_refusals_t *refusals)
{
   *cases = (flp_cases_t){0};
   /* Vectors lie beside the scenarios, in a source tree and in an installation. */
   *load = (load_t){.cases = cases, .refusals = refusals, .root = root};
   const char *others = getenv("FLEPROOF_VECTORS");
   load->vectors_dir = others && *others ? bson_strdup(others)
                       : root            ? bson_strdup_printf("%s/../vectors", root)
                                         : flp_paths_share("vectors");
   flp_vectors_init(&load->vectors, load->vectors_dir);
}

static void load_end(load_t *load)
{
   flp_vectors_cleanup(&load->vectors);
   flp_arena_cleanup(&load->names);
   bson_free(load->ids.slots);
   bson_free(load->vectors_dir);
}

bool flp_cases_load(const char *const *paths, size_t n_paths, const char *root, flp_cases_t *cases, flp_refusals_t *refusals)
{
   load_t load;
   flp_files_t files = {0};
   size_t before = refusals->len, room = 0;
   load_begin(&load, root, cases, refusals);
   for (size_t i = 0; i < n_paths; i++) {
      flp_files_find(&files, paths[i], refusals);
   }
   for (size_t i = 0; i < files.len; i++) {
      load_file(&load, files.items[i], &room);
   }
   flp_files_cleanup(&files);
   load_end(&load);
   return refusals->len == before;
}

bool flp_cases_parse(const char *bytes, size_t len, const char *name, flp_cases_t *cases, flp_refusals_t *refusals)
{
   load_t load;
   size_t before = refusals->len, room = 0;
   load_begin(&load, NULL, cases, refusals);
   file_t f = {.load = &load};
   flp_report_begin(&f.report, refusals, name);
   finish_file(&f, flp_yaml_parse(bytes, len, &f.arena, &f.report), &room);
   load_end(&load);
   return refusals->len == before;
}
