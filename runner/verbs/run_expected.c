/* What a run says about the entries of `expected_failures`: those that are stale break it, and --fix has them corrected. Decides what is to
 * be changed in a subject's file; the file itself is changed line by line in Python (reports/fix.py). No entry is ever added. */
#include "runner/verbs/run.h"

#include "runner/judge/differences.h"
#include "runner/paths.h"
#include "runner/verbs/verbs.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The cases of one entry, counted by how they ended. */
typedef struct {
   size_t passes, fits, differs;
   const char *text;  /* of the first that fails differently; borrowed */
   bool one_text;     /* the others that fail differently say it too */
   const char *stale; /* why it is, or NULL */
} entry_found_t;

/* ---- stale entries ---- */

/* Did the run come across a case of this entry? A hazard that was not allowed to run does not count. */
static bool entry_met(const flp_run_t *run, size_t subject, const flp_expected_failure_t *entry, bool *exists, bool *held_back)
{
   bool met = false;
   for (size_t c = 0; c < run->cases.len; c++) {
      const flp_case_t *the_case = &run->cases.items[c];
      if (flp_glob_match(entry->id, the_case->id)) {
         bool held = !run->options.hazards && flp_judge_is_hazard(the_case, &run->subjects.items[subject]);
         *exists = true;
         *held_back = *held_back || held;
         met = met || (flp_results_at(&run->results, c, subject)->known && !held);
      }
   }
   return met;
}

/* Why the entry says nothing any more, or NULL. */
static const char *why_stale(const flp_run_t *run, size_t s, const flp_expected_failure_t *entry, bool used, bool *held_back)
{
   const flp_subject_t *subject = &run->subjects.items[s];
   bool too_old = entry->since && flp_version_compare(subject->version, entry->since) < 0;
   bool too_new = entry->until && flp_version_compare(subject->version, entry->until) > 0;
   bool exists = false, met = entry_met(run, s, entry, &exists, held_back);
   if (used || too_old || too_new) {
      return NULL;
   }
   if (met) {
      return "never ran";
   }
   return !exists && flp_run_options_unfiltered(&run->options) ? "fits no case" : NULL;
}

/* What a failing verdict says in words that an entry can hold. */
static const char *text_of(const flp_verdict_t *verdict)
{
   if (verdict->cause) {
      return verdict->cause;
   }
   return verdict->n_differences > 0 ? verdict->differences[0].why : NULL;
}

static entry_found_t find_entry(const flp_run_t *run, size_t s, const flp_expected_failure_t *entry, bool *held_back)
{
   entry_found_t found = {.one_text = true};
   for (size_t c = 0; c < run->cases.len; c++) {
      const flp_result_t *result = flp_results_at(&run->results, c, s);
      const flp_verdict_t *verdict = &result->verdict;
      if (!result->known || verdict->entry != entry) {
         continue;
      }
      if (verdict->kind != FLP_VERDICT_FAIL) {
         found.passes += verdict->kind == FLP_VERDICT_XPASS;
         found.fits += verdict->kind == FLP_VERDICT_XFAIL;
         continue;
      }
      found.differs++;
      found.text = found.text ? found.text : text_of(verdict);
      found.one_text = found.one_text && found.text && found.text[0] && flp_verdict_says(verdict, found.text);
   }
   found.stale = why_stale(run, s, entry, found.passes + found.fits + found.differs > 0, held_back);
   return found;
}

static bool is_judged(const flp_run_t *run, size_t s)
{
   return run->subjects.items[s].proven && !flp_engine_broken(run->engine, s);
}

/* `subjects/NAME.yml`, or the path that was given. malloc'ed. */
static char *shown_file(const flp_subject_t *subject)
{
   return flp_subject_is_file(subject->like) ? flp_text_format("%s", subject->like) : flp_text_format("subjects/%s.yml", subject->like);
}

size_t flp_run_stale(const flp_run_t *run)
{
   size_t n = 0;
   for (size_t s = 0; s < run->subjects.len; s++) {
      const flp_subject_t *subject = &run->subjects.items[s];
      for (size_t i = 0; is_judged(run, s) && i < subject->n_expected_failures; i++) {
         const flp_expected_failure_t *entry = &subject->expected_failures[i];
         bool held_back = false;
         entry_found_t found = find_entry(run, s, entry, &held_back);
         if (found.stale) {
            char *file = shown_file(subject);
            fprintf(stderr, "%s:%u: the expected failure %s %s: take it out\n", file ? file : "", entry->line, entry->id, found.stale);
            free(file);
            n++;
         }
      }
   }
   return n;
}

/* ---- --fix ---- */

static int refuse(const char *format, const char *what, const char *more)
{
   fputs("fleproof run: --fix changes nothing: ", stderr);
   fprintf(stderr, format, what, more);
   fputc('\n', stderr);
   return FLP_EXIT_USAGE;
}

/* Two subjects on one file would give two answers. */
static const char *shared_file(const flp_run_t *run)
{
   for (size_t s = 0; s < run->subjects.len; s++) {
      for (size_t k = 0; run->subjects.items[s].like && k < s; k++) {
         const char *other = run->subjects.items[k].like;
         if (other && strcmp(run->subjects.items[s].like, other) == 0) {
            return other;
         }
      }
   }
   return NULL;
}

/* 0, or an exit code: the run does not know enough about this subject. */
static int check_known(const flp_run_t *run, size_t s)
{
   const flp_subject_t *subject = &run->subjects.items[s];
   if (flp_engine_broken(run->engine, s)) {
      return refuse("not all cases of %s were run: %s", subject->name, flp_engine_broken(run->engine, s));
   }
   if (!flp_version_readable(subject->version)) {
      return refuse("the version of %s cannot be read%s", subject->name, "");
   }
   for (size_t c = 0; c < run->cases.len; c++) {
      const flp_result_t *result = flp_results_at(&run->results, c, s);
      if (!result->known || result->verdict.kind == FLP_VERDICT_ERROR) {
         return refuse("the harness failed on %s in %s: the run is not whole", subject->name, run->cases.items[c].id);
      }
   }
   for (size_t i = 0; i < subject->n_expected_failures; i++) {
      bool held_back = false;
      find_entry(run, s, &subject->expected_failures[i], &held_back);
      if (held_back) {
         return refuse("cases of the entry %s of %s may crash a library and were not run: add --hazards", subject->expected_failures[i].id,
                       subject->name);
      }
   }
   return 0;
}

/* The edit of one entry, or NULL where there is none; `open` counts the entries that a person has to look at. */
static json_t *edit_of(const char *file, const flp_expected_failure_t *entry, size_t index, const entry_found_t *found, size_t *open)
{
   const char *drop = found->stale;
   bool rewrite = found->differs > 0 && found->passes + found->fits == 0 && found->one_text;
   if (found->passes > 0 && found->fits + found->differs == 0) {
      drop = "passes";
   }
   if (!drop && !rewrite) {
      if (found->passes + found->differs > 0) {
         printf("%s:%u: %s is left as it is: of its cases %zu pass, %zu fail as it says and %zu differently: narrow it by hand\n", file,
                entry->line, entry->id, found->passes, found->fits, found->differs);
         (*open)++;
      }
      return NULL;
   }
   return json_pack("{s:I, s:I, s:s, s:s, s:s?, s:s?}", "index", (json_int_t)index, "line", (json_int_t)entry->line, "id", entry->id,
                    "message", entry->message, "drop", drop, "rewrite", drop ? NULL : found->text);
}

/* Does every verdict that breaks the run belong to an entry? Those of entries that stay as they are were counted as open. */
static bool others_are_as_expected(const flp_run_t *run)
{
   for (size_t c = 0; c < run->cases.len; c++) {
      for (size_t s = 0; s < run->subjects.len; s++) {
         const flp_result_t *result = flp_results_at(&run->results, c, s);
         if (result->known && flp_verdict_breaks(&result->verdict) && !result->verdict.entry) {
            return false;
         }
      }
   }
   return true;
}

static json_t *edits_of(const flp_run_t *run, size_t s, size_t *open)
{
   const flp_subject_t *subject = &run->subjects.items[s];
   bool own_file = flp_subject_is_file(subject->like);
   char *shown = shown_file(subject);
   char *path = own_file ? flp_text_format("%s", subject->like) : flp_text_format("%s/%s.yml", run->subjects_dir, subject->like);
   json_t *edits = json_array();
   for (size_t i = 0; shown && i < subject->n_expected_failures; i++) {
      bool held_back = false;
      entry_found_t found = find_entry(run, s, &subject->expected_failures[i], &held_back);
      json_t *edit = edit_of(shown, &subject->expected_failures[i], i, &found, open);
      if (edit) {
         json_array_append_new(edits, edit);
      }
   }
   json_t *file = json_pack("{s:s, s:s, s:o}", "path", path ? path : "", "shown", shown ? shown : "", "edits", edits);
   free(shown);
   free(path);
   return file;
}

static int hand_over(const flp_run_t *run, json_t *files, int code)
{
   char verb[] = "fix";
   char *words[] = {verb, run->options.report_dir, NULL};
   char *path = flp_text_format("%s/fix.json", run->options.report_dir);
   json_t *plan = json_pack("{s:O, s:i}", "files", files, "exit", code);
   bool ok = path && plan && json_dump_file(plan, path, JSON_INDENT(1)) == 0;
   free(path);
   json_decref(plan);
   if (!ok) {
      fputs("fleproof run: --fix: the report folder cannot be written\n", stderr);
      return FLP_EXIT_HARNESS;
   }
   return flp_verb_handover(2, words);
}

int flp_run_fix(const flp_run_t *run, bool troubles)
{
   size_t open = 0;
   int code = 0;
   const char *shared = shared_file(run);
   if (shared) {
      return refuse("two subjects share the file %s: take one of them%s", shared, "");
   }
   for (size_t s = 0; code == 0 && s < run->subjects.len; s++) {
      code = run->subjects.items[s].file ? check_known(run, s) : 0;
   }
   if (code != 0) {
      return code;
   }
   json_t *files = json_array();
   for (size_t s = 0; s < run->subjects.len; s++) {
      const flp_subject_t *subject = &run->subjects.items[s];
      if (subject->file && subject->like) {
         json_array_append_new(files, edits_of(run, s, &open));
      } else {
         printf("%s: its file is left alone: %s\n", subject->name, subject->file ? "it has none (like=SUBJECT gives one)" : "it is absent");
      }
   }
   code = hand_over(run, files, troubles || open > 0 || !others_are_as_expected(run) ? FLP_EXIT_UNEXPECTED : FLP_EXIT_EXPECTED);
   json_decref(files);
   return code;
}
