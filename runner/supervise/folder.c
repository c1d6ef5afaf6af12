/* Writes the report folder with jansson; keys come in the order in which they are set, so the same run gives the same bytes. */
#include "runner/supervise/folder.h"

#include "runner/judge/differences.h"
#include "runner/supervise/extended.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef FLP_VERSION
#define FLP_VERSION "0.0.0"
#endif

/* ---- values ---- */

/* Text that is not UTF-8 cannot stand in JSON: its other bytes are shown as `?`. */
static json_t *text_or_null(const char *text)
{
   if (!text) {
      return json_null();
   }
   json_t *value = json_string(text);
   if (value) {
      return value;
   }
   char *copy = strdup(text);
   for (char *c = copy; c && *c; c++) {
      *c = (unsigned char)*c < 0x80 ? *c : '?';
   }
   value = json_string(copy ? copy : "");
   free(copy);
   return value;
}

static void set(json_t *object, const char *key, json_t *value)
{
   json_object_set_new(object, key, value);
}

static json_t *texts(const flp_strings_t *strings)
{
   json_t *array = json_array();
   for (size_t i = 0; i < strings->len; i++) {
      json_array_append_new(array, text_or_null(strings->items[i]));
   }
   return array;
}

static const char *level_name(flp_level_t level)
{
   static const char *const names[] = {"must", "should", "may"};
   return names[level];
}

static json_t *difference_json(const flp_difference_t *difference)
{
   json_t *object = json_object();
   set(object, "at", text_or_null(difference->at ? difference->at : ""));
   set(object, "rule", text_or_null(difference->rule));
   set(object, "expected", text_or_null(difference->expected));
   set(object, "actual", text_or_null(difference->actual));
   set(object, "why", text_or_null(difference->why ? difference->why : "differs"));
   return object;
}

typedef struct {
   size_t offset, len;
   bool set;
} span_t;

static json_t *sweep_json(const flp_sweep_t *sweep)
{
   json_t *deaths = json_object();
   for (size_t i = 0; i < FLP_MAX_DEATHS && sweep->deaths[i].n > 0; i++) {
      set(deaths, sweep->deaths[i].cause, json_integer((json_int_t)sweep->deaths[i].n));
   }
   return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "points", (json_int_t)sweep->points, "unharmed", (json_int_t)sweep->unharmed,
                    "errors", (json_int_t)sweep->errors, "unclean", (json_int_t)sweep->unclean, "left", (json_int_t)sweep->left, "spoiled",
                    (json_int_t)sweep->spoiled, "deaths", deaths);
}

static json_t *verdict_json(const flp_case_t *the_case, const flp_subject_t *subject, const flp_verdict_t *verdict, const span_t *span)
{
   json_t *object = json_object();
   json_t *differences = json_array();
   json_t *place = json_null();
   for (size_t i = 0; i < verdict->n_differences; i++) {
      json_array_append_new(differences, difference_json(&verdict->differences[i]));
   }
   if (span && span->set) {
      char *file = flp_text_format("transcripts/%s.jsonl", subject->name);
      place = json_object();
      set(place, "file", text_or_null(file));
      set(place, "offset", json_integer((json_int_t)span->offset));
      set(place, "length", json_integer((json_int_t)span->len));
      free(file);
   }
   set(object, "ev", json_string("verdict"));
   set(object, "case", text_or_null(the_case->id));
   set(object, "area", text_or_null(the_case->area));
   set(object, "subject", text_or_null(subject->name));
   set(object, "level", json_string(level_name(the_case->level)));
   set(object, "verdict", json_string(flp_verdict_name(verdict->kind)));
   set(object, "cause", text_or_null(verdict->cause));
   set(object, "advisory", json_boolean(verdict->advisory));
   set(object, "reason", text_or_null(verdict->reason));
   set(object, "differences", differences);
   set(object, "transcript", place);
   if (verdict->sweep.points > 0) {
      set(object, "fail_alloc", sweep_json(&verdict->sweep));
   }
   return object;
}

static bool put_line(FILE *out, json_t *object)
{
   bool ok = object && json_dumpf(object, out, JSON_COMPACT) == 0 && fputc('\n', out) != EOF;
   json_decref(object);
   return ok;
}

void flp_verdict_print(FILE *out, const flp_case_t *the_case, const flp_subject_t *subject, const flp_verdict_t *verdict)
{
   put_line(out, verdict_json(the_case, subject, verdict, NULL));
}

void flp_unknown_case_print(FILE *out, const char *id, const flp_subject_t *subject)
{
   char *copy = strdup(id);
   char reason[] = "there is no case with this id";
   char area[] = "unknown";
   flp_case_t the_case = {.id = copy, .area = area};
   flp_verdict_t verdict = {.kind = FLP_VERDICT_ERROR, .reason = reason};
   put_line(out, verdict_json(&the_case, subject, &verdict, NULL));
   free(copy);
}

/* ---- header, footer, cases ---- */

static json_t *subject_json(const flp_subject_t *subject, size_t hosts)
{
   json_t *object = json_object();
   bool proven = subject->proven;
   set(object, "name", text_or_null(subject->name));
   set(object, "file", text_or_null(subject->file));
   set(object, "version", text_or_null(subject->version));
   set(object, "clock", proven ? json_string(subject->clock_virtual ? "virtual" : "real") : json_null());
   set(object, "random", proven ? json_string(subject->random_seeded ? "seeded" : "real") : json_null());
   set(object, "alloc", proven ? json_string(subject->alloc_counted ? "counted" : "real") : json_null());
   set(object, "native_crypto", proven ? json_boolean(subject->native_crypto) : json_null());
   set(object, "hooks", proven ? json_boolean(subject->hooks) : json_null());
   set(object, "lacks", texts(&subject->lacks));
   set(object, "foreign", json_boolean(subject->foreign));
   set(object, "absent", text_or_null(subject->file ? NULL : subject->absent_reason));
   set(object, "hosts", json_integer((json_int_t)hosts));
   return object;
}

/* Names only of the subjects: the files stand in the header already. */
static json_t *subject_names(const flp_strings_t *given)
{
   json_t *array = json_array();
   for (size_t i = 0; i < given->len; i++) {
      json_array_append_new(array, json_stringn(given->items[i], strcspn(given->items[i], "=,")));
   }
   return array;
}

static json_t *selection_json(const flp_selection_t *selection)
{
   json_t *object = json_object();
   set(object, "paths", texts(selection->paths));
   set(object, "keep", texts(selection->keep));
   set(object, "drop", texts(selection->drop));
   set(object, "subjects", subject_names(selection->subjects));
   set(object, "level", json_string(level_name(selection->level)));
   set(object, "hazards", json_boolean(selection->hazards));
   set(object, "stdin", json_boolean(selection->from_stdin));
   set(object, "cut_short", json_boolean(selection->cut_short));
   return object;
}

static json_t *header_json(const flp_results_t *results, const flp_run_facts_t *facts)
{
   json_t *object = json_object();
   json_t *subjects = json_array();
   for (size_t s = 0; s < results->n_subjects; s++) {
      json_array_append_new(subjects, subject_json(&results->subjects[s], facts->hosts[s]));
   }
   set(object, "ev", json_string("header"));
   set(object, "format", json_integer(1));
   set(object, "fleproof", json_string(FLP_VERSION));
   set(object, "seed", json_integer(facts->seed));
   set(object, "jobs", json_integer((json_int_t)facts->jobs));
   set(object, "selection", selection_json(&facts->selection));
   set(object, "subjects", subjects);
   return object;
}

static json_t *footer_json(const flp_results_t *results, const flp_run_facts_t *facts, size_t cases, size_t lines)
{
   json_t *object = json_object();
   json_t *all = json_object();
   for (size_t s = 0; s < results->n_subjects; s++) {
      flp_counts_t counts = flp_results_count(results, s, NULL);
      json_t *one = json_object();
      for (int v = 0; v < FLP_N_VERDICTS; v++) {
         set(one, flp_verdict_name((flp_verdict_kind_t)v), json_integer((json_int_t)counts.of[v]));
      }
      set(all, results->subjects[s].name, one);
   }
   set(object, "ev", json_string("footer"));
   set(object, "complete", json_true());
   set(object, "cases", json_integer((json_int_t)cases));
   set(object, "lines", json_integer((json_int_t)lines));
   set(object, "counts", all);
   set(object, "exit", json_integer(facts->exit_code));
   return object;
}

static json_t *case_json(const flp_case_t *c)
{
   json_t *object = json_object();
   set(object, "id", text_or_null(c->id));
   set(object, "area", text_or_null(c->area));
   set(object, "file", text_or_null(c->file));
   set(object, "line", json_integer(c->line));
   set(object, "level", json_string(level_name(c->level)));
   set(object, "rules", texts(&c->rules));
   set(object, "since", text_or_null(c->since));
   set(object, "until", text_or_null(c->until));
   set(object, "needs", texts(&c->needs));
   set(object, "explain", text_or_null(c->explain));
   set(object, "breaks", text_or_null(c->breaks));
   set(object, "mend", text_or_null(c->mend));
   set(object, "case", flp_extended_json(&c->doc));
   return object;
}

/* ---- files ---- */

static FILE *open_in(const char *dir, const char *name)
{
   char *path = flp_text_format("%s/%s", dir, name);
   FILE *file = path ? fopen(path, "we") : NULL;
   free(path);
   return file;
}

static bool close_file(FILE *file, bool ok)
{
   return file && fclose(file) == 0 && ok;
}

/* Spans of the transcripts of one subject, indexed by case. */
static bool write_transcripts(const char *dir, const flp_results_t *results, size_t subject, flp_view_t header, span_t *spans)
{
   char *name = flp_text_format("transcripts/%s.jsonl", results->subjects[subject].name);
   FILE *file = name ? open_in(dir, name) : NULL;
   bool ok = file != NULL;
   size_t offset = header.len;
   free(name);
   ok = ok && (header.len == 0 || fwrite(header.data, 1, header.len, file) == header.len);
   for (size_t c = 0; ok && c < results->cases->len; c++) {
      const flp_buf_t *lines = &flp_results_at(results, c, subject)->lines;
      if (lines->len == 0) {
         continue;
      }
      ok = fwrite(lines->data, 1, lines->len, file) == lines->len;
      spans[c * results->n_subjects + subject] = (span_t){.offset = offset, .len = lines->len, .set = true};
      offset += lines->len;
      if (lines->data[lines->len - 1] != '\n') { /* a host that died in mid-line */
         ok = ok && fputc('\n', file) != EOF;
         offset++;
      }
   }
   return close_file(file, ok);
}

static bool write_cases(const char *dir, const flp_results_t *results)
{
   FILE *file = open_in(dir, "cases.jsonl");
   bool ok = file != NULL;
   for (size_t c = 0; ok && c < results->cases->len; c++) {
      ok = !flp_results_ran(results, c) || put_line(file, case_json(&results->cases->items[c]));
   }
   return close_file(file, ok);
}

static bool write_results(const char *dir, const flp_results_t *results, const flp_run_facts_t *facts, const span_t *spans)
{
   FILE *file = open_in(dir, "results.jsonl");
   bool ok = file && put_line(file, header_json(results, facts));
   size_t cases = 0, lines = 0;
   for (size_t c = 0; ok && c < results->cases->len; c++) {
      cases += flp_results_ran(results, c);
      for (size_t s = 0; ok && s < results->n_subjects; s++) {
         const flp_result_t *result = flp_results_at(results, c, s);
         if (result->known) {
            const span_t *span = &spans[c * results->n_subjects + s];
            ok = put_line(file, verdict_json(&results->cases->items[c], &results->subjects[s], &result->verdict, span));
            lines++;
         }
      }
   }
   ok = ok && put_line(file, footer_json(results, facts, cases, lines));
   return close_file(file, ok);
}

bool flp_folder_write(const char *dir, const flp_results_t *results, const flp_run_facts_t *facts, char **why)
{
   size_t n = results->cases->len * results->n_subjects;
   span_t *spans = calloc(n ? n : 1, sizeof *spans);
   bool ok = spans != NULL;
   for (size_t s = 0; ok && s < results->n_subjects; s++) {
      ok = write_transcripts(dir, results, s, facts->headers[s], spans);
   }
   ok = ok && write_cases(dir, results) && write_results(dir, results, facts, spans);
   if (!ok) {
      *why = flp_text_format("the report folder %s cannot be written: %s", dir, strerror(errno));
   }
   free(spans);
   return ok;
}

/* ---- the folder itself ---- */

static bool make_folder(const char *path)
{
   char *copy = strdup(path);
   bool ok = copy != NULL;
   for (char *slash = copy ? strchr(copy + 1, '/') : NULL; ok && slash; slash = strchr(slash + 1, '/')) {
      *slash = '\0';
      ok = mkdir(copy, 0755) == 0 || errno == EEXIST;
      *slash = '/';
   }
   ok = ok && (mkdir(path, 0755) == 0 || errno == EEXIST);
   free(copy);
   return ok;
}

static void remove_files_of(const char *path)
{
   DIR *dir = opendir(path);
   if (!dir) {
      return;
   }
   for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
      if (entry->d_name[0] != '.') {
         unlinkat(dirfd(dir), entry->d_name, 0); /* folders stay */
      }
   }
   closedir(dir);
}

static bool prepare_part(const char *dir, const char *part)
{
   char *path = flp_text_format("%s/%s", dir, part);
   bool ok = path && make_folder(path);
   if (ok) {
      remove_files_of(path);
   }
   free(path);
   return ok;
}

static void remove_old(const char *dir)
{
   static const char *const files[] = {"results.jsonl", "cases.jsonl", "junit.xml", "summary.md", "fix.json"};
   for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
      char *path = flp_text_format("%s/%s", dir, files[i]);
      if (path) {
         unlink(path);
      }
      free(path);
   }
}

bool flp_folder_prepare(const char *dir, const flp_subject_t *subjects, size_t n_subjects, char **why)
{
   bool ok = make_folder(dir);
   if (ok) {
      remove_old(dir);
   }
   ok = ok && prepare_part(dir, "transcripts") && prepare_part(dir, "hosts");
   for (size_t s = 0; ok && s < n_subjects; s++) {
      char *part = flp_text_format("transcripts/%s.files", subjects[s].name);
      ok = part && prepare_part(dir, part);
      free(part);
   }
   if (!ok) {
      *why = flp_text_format("the report folder %s cannot be made: %s", dir, strerror(errno));
   }
   return ok;
}
