/* Reads subjects/<name>.yml into a subject, and finds its library. The table of fields below is the format; the YAML layer of the
 * grammar reports line and column. Says nothing about what a subject does: that is proven by its host. */
#include "runner/subject.h"

#include "runner/grammar/fields.h"
#include "runner/grammar/yaml.h"

#include <dirent.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- small things ---- */

int flp_version_compare(const char *a, const char *b)
{
   for (;;) {
      char *end_a, *end_b;
      long x = strtol(a, &end_a, 10), y = strtol(b, &end_b, 10);
      if (x != y) {
         return x < y ? -1 : 1;
      }
      bool more_a = end_a != a && *end_a == '.', more_b = end_b != b && *end_b == '.';
      if (!more_a && !more_b) {
         return 0;
      }
      a = more_a ? end_a + 1 : "";
      b = more_b ? end_b + 1 : "";
   }
}

bool flp_version_readable(const char *text)
{
   size_t major = text ? strspn(text, "0123456789") : 0;
   return major > 0 && text[major] == '.' && text[major + 1] >= '0' && text[major + 1] <= '9';
}

void flp_strings_cleanup(flp_strings_t *strings)
{
   for (size_t i = 0; i < strings->len; i++) {
      free(strings->items[i]);
   }
   free(strings->items);
   *strings = (flp_strings_t){0};
}

bool flp_strings_add(flp_strings_t *strings, const char *text)
{
   char **items = realloc(strings->items, (strings->len + 1) * sizeof *items);
   if (!items) {
      return false;
   }
   strings->items = items;
   items[strings->len] = strdup(text);
   if (!items[strings->len]) {
      return false;
   }
   strings->len++;
   return true;
}

void flp_subject_cleanup(flp_subject_t *subject)
{
   char *const texts[] = {subject->name,          subject->file,    subject->absent_reason, subject->like,
                          subject->texts_version, subject->version, subject->proof};
   for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
      free(texts[i]);
   }
   flp_strings_cleanup(&subject->find);
   flp_strings_cleanup(&subject->lacks);
   flp_strings_cleanup(&subject->missing_symbols);
   for (size_t i = 0; i < subject->n_error_texts; i++) {
      free(subject->error_texts[i].class_name);
      free(subject->error_texts[i].text);
      free(subject->error_texts[i].call);
   }
   free(subject->error_texts);
   for (size_t i = 0; i < subject->n_expected_failures; i++) {
      flp_expected_failure_t *entry = &subject->expected_failures[i];
      free(entry->id);
      free(entry->reason);
      free(entry->message);
      free(entry->since);
      free(entry->until);
   }
   free(subject->expected_failures);
   memset(subject, 0, sizeof *subject);
}

/* ---- the format ---- */

typedef struct {
   flp_subject_t *subject;
   flp_report_t *report;
} reading_t;

typedef struct {
   const char *name;
   bool required;
   bool (*read)(reading_t *r, const flp_node_t *value, const flp_path_t *path, void *into);
} field_t;

static bool read_text(reading_t *r, const flp_node_t *value, const flp_path_t *path, void *into)
{
   char **text = into;
   if (value->kind != FLP_NODE_SCALAR || value->tag || value->len == 0) {
      return flp_refuse(r->report, FIELD_TYPE, value, path, "a text is needed here");
   }
   free(*text);
   *text = strdup(value->text);
   return *text != NULL;
}

static bool read_texts(reading_t *r, const flp_node_t *value, const flp_path_t *path, void *into)
{
   flp_strings_t *strings = into;
   if (value->kind != FLP_NODE_LIST) {
      return flp_refuse(r->report, FIELD_TYPE, value, path, "a list of texts is needed here");
   }
   for (size_t i = 0; i < value->n; i++) {
      flp_path_t at = {.up = path, .index = i};
      if (value->items[i]->kind != FLP_NODE_SCALAR) {
         return flp_refuse(r->report, FIELD_TYPE, value->items[i], &at, "a text is needed here");
      }
      if (!flp_strings_add(strings, value->items[i]->text)) {
         return false;
      }
   }
   return true;
}

/* A misspelt feature would be declared for ever and never met; a misspelt class would be what no case expects. */
static bool check_word(reading_t *r, const char *list, const flp_node_t *value, const flp_path_t *path)
{
   const flp_words_t *words = flp_words_find(list);
   flp_nearest_t nearest = {0};
   for (size_t k = 0; words->words[k]; k++) {
      if (strcmp(words->words[k], value->text) == 0) {
         return true;
      }
      flp_nearest_try(&nearest, value->text, words->words[k]);
   }
   return flp_refuse(r->report, NOT_IN_LIST, value, path, "`%s` is no %s that a case can name%s%s", value->text, list,
                     nearest.best ? "; did you mean " : "; see docs/grammar.md", nearest.best ? nearest.best : "");
}

static bool read_features(reading_t *r, const flp_node_t *value, const flp_path_t *path, void *into)
{
   bool ok = read_texts(r, value, path, into);
   for (size_t i = 0; ok && i < value->n; i++) {
      flp_path_t at = {.up = path, .index = i};
      ok = check_word(r, "feature", value->items[i], &at);
   }
   return ok;
}

static bool read_class(reading_t *r, const flp_node_t *value, const flp_path_t *path, void *into)
{
   return read_text(r, value, path, into) && check_word(r, "class", value, path);
}

static bool read_bool(reading_t *r, const flp_node_t *value, const flp_path_t *path, void *into)
{
   bool *flag = into;
   *flag = flp_node_is(value, "true");
   return *flag || flp_node_is(value, "false") || flp_refuse(r->report, FIELD_TYPE, value, path, "true or false is needed here");
}

static bool read_format(reading_t *r, const flp_node_t *value, const flp_path_t *path, void *into)
{
   (void)into;
   return flp_node_is(value, "1") || flp_refuse(r->report, FORMAT, value, path, "this program reads format 1");
}

/* `into[i]` belongs to `fields[i]`. */
static bool read_map(reading_t *r, const flp_node_t *map, const flp_path_t *path, const field_t *fields, size_t n, void *const *into)
{
   bool ok = true;
   if (map->kind != FLP_NODE_MAP) {
      return flp_refuse(r->report, FIELD_TYPE, map, path, "a mapping is needed here");
   }
   for (size_t k = 0; k < map->n; k++) {
      flp_path_t at = {.up = path, .name = map->keys[k]->text};
      size_t f = 0;
      while (f < n && strcmp(fields[f].name, map->keys[k]->text) != 0) {
         f++;
      }
      if (f == n) {
         ok = flp_refuse(r->report, UNKNOWN_FIELD, map->keys[k], &at, "a subject file has no field %s", map->keys[k]->text);
      } else {
         ok = fields[f].read(r, map->items[k], &at, into[f]) && ok;
      }
   }
   for (size_t f = 0; f < n; f++) {
      if (fields[f].required && !flp_node_get(map, fields[f].name)) {
         ok = flp_refuse(r->report, FIELD_MISSING, map, path, "the field %s is missing", fields[f].name);
      }
   }
   return ok;
}

static bool read_errors(reading_t *r, const flp_node_t *value, const flp_path_t *path, void *into)
{
   static const field_t fields[] = {{"class", true, read_class}, {"text", true, read_text}, {"call", false, read_text}};
   flp_subject_t *s = r->subject;
   (void)into;
   if (value->kind != FLP_NODE_LIST) {
      return flp_refuse(r->report, FIELD_TYPE, value, path, "a list of {class, text, call} is needed here");
   }
   s->error_texts = calloc(value->n + 1, sizeof *s->error_texts);
   if (!s->error_texts) {
      return false;
   }
   bool ok = true;
   for (size_t i = 0; i < value->n; i++) {
      flp_path_t at = {.up = path, .index = i};
      flp_error_text_t *row = &s->error_texts[s->n_error_texts++];
      ok = read_map(r, value->items[i], &at, fields, 3, (void *const[]){&row->class_name, &row->text, &row->call}) && ok;
   }
   return ok;
}

/* `area/topic/` at least must stand before a wildcard: an entry speaks of cases, not of everything. */
static bool bounded(const char *id)
{
   size_t literal = strcspn(id, "*?");
   const char *slash = memchr(id, '/', literal);
   return id[literal] == '\0' || (slash && memchr(slash + 1, '/', literal - (size_t)(slash + 1 - id)));
}

static bool read_expected_failures(reading_t *r, const flp_node_t *value, const flp_path_t *path, void *into)
{
   static const field_t fields[] = {
      {"id", true, read_text},     {"reason", true, read_text}, {"message", true, read_text},
      {"since", false, read_text}, {"until", false, read_text},
   };
   flp_subject_t *s = r->subject;
   (void)into;
   if (value->kind != FLP_NODE_LIST) {
      return flp_refuse(r->report, FIELD_TYPE, value, path, "a list of {id, reason, message, since, until} is needed here");
   }
   s->expected_failures = calloc(value->n + 1, sizeof *s->expected_failures);
   if (!s->expected_failures) {
      return false;
   }
   bool ok = true;
   for (size_t i = 0; i < value->n; i++) {
      flp_path_t at = {.up = path, .index = i};
      flp_expected_failure_t *e = &s->expected_failures[s->n_expected_failures++];
      e->line = value->items[i]->line;
      ok = read_map(r, value->items[i], &at, fields, 5, (void *const[]){&e->id, &e->reason, &e->message, &e->since, &e->until}) && ok;
      if (e->id && !bounded(e->id)) {
         ok = flp_refuse(r->report, FIELD_PATTERN, value->items[i], &at, "%s is too wide: two whole segments must stand before a wildcard",
                         e->id);
      }
   }
   return ok;
}

static bool read_file(flp_subject_t *subject, const char *path, const char *shown, char **declared_name, char **absent,
                      flp_refusals_t *refusals)
{
   static const field_t fields[] = {
      {"format", true, read_format}, {"name", true, read_text},
      {"find", true, read_texts},    {"foreign", false, read_bool},
      {"version", false, read_text}, {"lacks", true, read_features},
      {"errors", true, read_errors}, {"expected_failures", true, read_expected_failures},
      {"absent", true, read_text},
   };
   flp_arena_t arena = {0};
   flp_report_t report;
   reading_t r = {.subject = subject, .report = &report};
   flp_report_begin(&report, refusals, shown);
   const flp_node_t *root = flp_yaml_load(path, &arena, &report);
   bool ok = root && read_map(&r, root, NULL, fields, sizeof fields / sizeof fields[0],
                              (void *const[]){NULL, declared_name, &subject->find, &subject->foreign, &subject->texts_version,
                                              &subject->lacks, NULL, NULL, absent});
   flp_arena_cleanup(&arena);
   return ok;
}

/* ---- finding ---- */

/* `${lib}/` at the start stands for the folder of installed libraries. */
static char *first_match(const char *pattern, const char *lib_dir)
{
   static const char lib[] = "${lib}/";
   char *full = NULL, *found = NULL;
   glob_t paths;
   bool inside = strncmp(pattern, lib, sizeof lib - 1) == 0;
   if (asprintf(&full, "%s%s", inside ? lib_dir : "", inside ? pattern + sizeof lib - 1 : pattern) < 0) {
      return NULL;
   }
   if (glob(full, 0, NULL, &paths) == 0) {
      found = paths.gl_pathc > 0 ? strdup(paths.gl_pathv[0]) : NULL;
      globfree(&paths);
   }
   free(full);
   return found;
}

bool flp_subject_load(const flp_subject_places_t *places, const char *name, const char *file, const char *like, flp_subject_t *subject,
                      flp_refusals_t *refusals)
{
   bool ok = false;
   char *path = NULL, *shown = NULL, *declared_name = NULL, *absent = NULL;
   subject->name = strdup(name);
   subject->file = file ? strdup(file) : NULL;
   subject->like = like ? strdup(like) : NULL;
   subject->foreign = true;
   if (!like) {
      ok = true;
      goto done;
   }
   bool own_file = flp_subject_is_file(like);
   if (own_file ? asprintf(&path, "%s", like) < 0 || asprintf(&shown, "%s", like) < 0
                : asprintf(&path, "%s/%s.yml", places->subjects_dir, like) < 0 || asprintf(&shown, "subjects/%s.yml", like) < 0) {
      goto done;
   }
   if (!read_file(subject, path, shown, &declared_name, &absent, refusals)) {
      goto done;
   }
   for (size_t i = 0; !subject->file && i < subject->find.len; i++) {
      subject->file = first_match(subject->find.items[i], places->lib_dir);
   }
   if (!subject->file) {
      subject->absent_reason = absent;
      absent = NULL;
   }
   ok = true;
done:
   free(path);
   free(shown);
   free(declared_name);
   free(absent);
   return ok;
}

bool flp_subject_is_file(const char *like)
{
   return strchr(like, '/') != NULL;
}

bool flp_subject_known(const flp_subject_places_t *places, const char *name)
{
   flp_strings_t names = {0};
   bool known = false;
   if (flp_subject_names(places, &names)) {
      for (size_t i = 0; i < names.len; i++) {
         known = known || strcmp(names.items[i], name) == 0;
      }
   }
   flp_strings_cleanup(&names);
   return known;
}

static int compare_names(const void *a, const void *b)
{
   const char *x = *(char *const *)a, *y = *(char *const *)b;
   int rank = (strcmp(y, "reference") == 0) - (strcmp(x, "reference") == 0);
   return rank != 0 ? rank : strcmp(x, y);
}

bool flp_subject_names(const flp_subject_places_t *places, flp_strings_t *names)
{
   bool ok = true;
   DIR *dir = opendir(places->subjects_dir);
   if (!dir) {
      return false;
   }
   for (struct dirent *entry = readdir(dir); ok && entry; entry = readdir(dir)) {
      size_t len = strlen(entry->d_name);
      if (len > 4 && strcmp(entry->d_name + len - 4, ".yml") == 0) {
         entry->d_name[len - 4] = '\0';
         ok = flp_strings_add(names, entry->d_name);
      }
   }
   closedir(dir);
   if (names->len > 1) {
      qsort(names->items, names->len, sizeof *names->items, compare_names);
   }
   return ok;
}

/* ---- borrowing ---- */

static long version_rank(const char *version)
{
   char *end;
   long major = strtol(version, &end, 10);
   long minor = *end == '.' ? strtol(end + 1, NULL, 10) : 0;
   return major * 1000 + minor;
}

bool flp_subject_borrow_texts(const flp_subject_places_t *places, flp_subject_t *subject, flp_refusals_t *refusals)
{
   flp_strings_t names = {0};
   long best = -1;
   bool ok = flp_subject_names(places, &names);
   for (size_t i = 0; ok && i < names.len; i++) {
      flp_subject_t other = {0};
      ok = flp_subject_load(places, names.items[i], "", names.items[i], &other, refusals);
      if (ok && other.texts_version && subject->version) {
         long distance = labs(version_rank(other.texts_version) - version_rank(subject->version));
         if (best < 0 || distance < best) {
            flp_error_text_t *rows = subject->error_texts;
            size_t n = subject->n_error_texts;
            best = distance;
            subject->error_texts = other.error_texts;
            subject->n_error_texts = other.n_error_texts;
            other.error_texts = rows;
            other.n_error_texts = n;
         }
      }
      flp_subject_cleanup(&other);
   }
   flp_strings_cleanup(&names);
   return ok;
}
