/* `fleproof run`: loads cases and subjects, lets the engine judge, writes the report folder, prints the table, decides the exit code. */
#include "runner/verbs/verbs.h"

#include "runner/abi_table.h"
#include "runner/paths.h"
#include "runner/supervise/engine.h"
#include "runner/supervise/folder.h"
#include "runner/supervise/host.h"
#include "runner/supervise/results.h"
#include "runner/supervise/table.h"
#include "runner/verbs/chosen.h"
#include "runner/verbs/run_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRESS_MS 50 /* a terminal is slower than a host */

typedef struct {
   flp_run_options_t options;
   char *subjects_dir, *lib_dir, *root, *host;
   flp_cases_t cases;
   flp_subjects_t subjects;
   flp_results_t results;
   flp_engine_t *engine;
   size_t done, total; /* verdicts */
   int64_t shown_ms;   /* when progress was last shown */
   bool unknown_id;    /* --stdin gave an id that no case has */
   size_t *by_id;      /* indices of cases, sorted by id */
} run_t;

/* ---- verdicts as they come ---- */

static void on_verdict(void *user, size_t subject, size_t the_case, flp_verdict_t *verdict, flp_view_t lines)
{
   run_t *run = user;
   const flp_result_t *result = flp_results_take(&run->results, the_case, subject, verdict, lines);
   run->done++;
   if (run->options.from_stdin) {
      flp_verdict_print(stdout, &run->cases.items[the_case], &run->subjects.items[subject], &result->verdict);
      fflush(stdout);
   } else if (!run->options.quiet && flp_raw_now_ms() - run->shown_ms >= PROGRESS_MS) {
      run->shown_ms = flp_raw_now_ms();
      flp_progress(run->done, run->total);
   }
   if (run->options.fail_fast && flp_verdict_breaks(&result->verdict)) {
      flp_engine_drop_queue(run->engine);
   }
}

/* ---- loading ---- */

static size_t live_subjects(const run_t *run)
{
   size_t n = 0;
   for (size_t s = 0; s < run->subjects.len; s++) {
      n += run->subjects.items[s].file != NULL;
   }
   return n;
}

static void print_absent(const run_t *run)
{
   for (size_t s = 0; s < run->subjects.len; s++) {
      const flp_subject_t *subject = &run->subjects.items[s];
      if (!subject->file) {
         fprintf(run->options.from_stdin ? stderr : stdout, "%s: absent: %s\n", subject->name, subject->absent_reason);
      }
   }
}

static int load_cases(run_t *run)
{
   flp_refusals_t refusals = {0};
   const char *all[] = {run->root};
   bool given = run->options.paths.len > 0;
   const char *const *paths = given ? (const char *const *)run->options.paths.items : all;
   bool ok = flp_cases_load(paths, given ? run->options.paths.len : 1, run->root, &run->cases, &refusals);
   if (!ok) {
      flp_refusals_print(&refusals);
      fprintf(stderr, "fleproof run: %zu refusals: nothing was run\n", refusals.len);
   }
   flp_refusals_cleanup(&refusals);
   return ok ? 0 : FLP_EXIT_USAGE;
}

/* Subjects that came without `like` get the error texts of the nearest version now that their version is known. */
static int borrow_texts(run_t *run, const flp_subject_places_t *places)
{
   int code = 0;
   for (size_t s = 0; s < run->subjects.len; s++) {
      flp_subject_t *subject = &run->subjects.items[s];
      flp_refusals_t refusals = {0};
      if (!subject->like && subject->proven && !flp_subject_borrow_texts(places, subject, &refusals)) {
         flp_refusals_print(&refusals);
         code = FLP_EXIT_HARNESS;
      }
      flp_refusals_cleanup(&refusals);
   }
   return code;
}

/* A library without a function of the first release is none of ours: all its verdicts would be `unsupported`, and the run a success. */
static bool is_libmongocrypt(const flp_subject_t *subject)
{
   static const char first_release[] = "1.0.0";
   static const size_t told_at_most = 6;
   size_t n = 0;
   for (size_t i = 0; subject->proven && i < subject->missing_symbols.len; i++) {
      const char *name = subject->missing_symbols.items[i];
      const flp_abi_function_t *function = flp_abi_find(name);
      if (!function || strcmp(function->since, first_release) != 0) {
         continue;
      }
      if (n == 0) {
         fprintf(stderr, "fleproof run: %s: %s is no libmongocrypt: it lacks %s", subject->name, subject->file, name);
      } else if (n < told_at_most) {
         fprintf(stderr, ", %s", name);
      }
      n++;
   }
   if (n > told_at_most) {
      fprintf(stderr, " and %zu more", n - told_at_most);
   }
   if (n > 0) {
      fputc('\n', stderr);
   }
   return n == 0;
}

static int start(run_t *run)
{
   char *why = NULL;
   flp_subject_places_t places = {.subjects_dir = run->subjects_dir, .lib_dir = run->lib_dir};
   int code = load_cases(run);
   if (code == 0) {
      code = flp_subjects_choose(&places, &run->options.suts, &run->subjects);
   }
   if (code == 0 && live_subjects(run) == 0) {
      print_absent(run);
      fputs("fleproof run: no subject was found: nothing was judged\n", stderr);
      code = FLP_EXIT_HARNESS;
   }
   if (code != 0) {
      return code;
   }
   if (!flp_folder_prepare(run->options.report_dir, run->subjects.items, run->subjects.len, &why)) {
      fprintf(stderr, "fleproof run: %s\n", why ? why : "no memory");
      free(why);
      return FLP_EXIT_HARNESS;
   }
   flp_engine_options_t options = {
      .host_program = run->host,
      .report_dir = run->options.report_dir,
      .jobs = run->options.jobs,
      .timeout_ms = run->options.timeout_ms,
      .seed = run->options.seed,
      .hazards = run->options.hazards,
   };
   if (!flp_results_init(&run->results, &run->cases, run->subjects.items, run->subjects.len)) {
      return FLP_EXIT_HARNESS;
   }
   run->engine = flp_engine_new(&options, &run->cases, run->subjects.items, run->subjects.len, on_verdict, run);
   code = run->engine ? 0 : FLP_EXIT_HARNESS;
   for (size_t s = 0; run->engine && s < run->subjects.len; s++) {
      code = is_libmongocrypt(&run->subjects.items[s]) ? code : FLP_EXIT_USAGE;
   }
   return code == 0 ? borrow_texts(run, &places) : code;
}

/* ---- running ---- */

/* What judges nothing is no success: a gate would stay open when a pattern no longer fits. */
static int nothing_judged(void)
{
   fputs("fleproof run: no case was selected: nothing was judged\n", stderr);
   return FLP_EXIT_USAGE;
}

static int run_selected(run_t *run)
{
   for (size_t c = 0; c < run->cases.len; c++) {
      if (!flp_run_options_select(&run->options, &run->cases.items[c])) {
         continue;
      }
      if (!flp_engine_submit(run->engine, c)) {
         return FLP_EXIT_HARNESS;
      }
      run->total += live_subjects(run);
   }
   if (run->total == 0) {
      return nothing_judged();
   }
   while (!flp_engine_idle(run->engine)) {
      flp_engine_step(run->engine, -1);
   }
   return 0;
}

static const flp_cases_t *sorted_cases; /* for the comparison of qsort, set once */

static int compare_ids(const void *a, const void *b)
{
   return strcmp(sorted_cases->items[*(const size_t *)a].id, sorted_cases->items[*(const size_t *)b].id);
}

static int compare_key(const void *key, const void *item)
{
   return strcmp(key, sorted_cases->items[*(const size_t *)item].id);
}

static bool sort_ids(run_t *run)
{
   run->by_id = calloc(run->cases.len ? run->cases.len : 1, sizeof *run->by_id);
   for (size_t c = 0; run->by_id && c < run->cases.len; c++) {
      run->by_id[c] = c;
   }
   sorted_cases = &run->cases;
   if (run->by_id) {
      qsort(run->by_id, run->cases.len, sizeof *run->by_id, compare_ids);
   }
   return run->by_id != NULL;
}

static bool take_id(run_t *run, const char *id)
{
   const size_t *found = bsearch(id, run->by_id, run->cases.len, sizeof *run->by_id, compare_key);
   if (found) {
      return flp_engine_submit(run->engine, *found);
   }
   run->unknown_id = true;
   for (size_t s = 0; s < run->subjects.len; s++) {
      if (run->subjects.items[s].file) {
         flp_unknown_case_print(stdout, id, &run->subjects.items[s]);
      }
   }
   fflush(stdout);
   return true;
}

/* Whole lines of `input` become cases; what is left of it stays. */
static bool take_lines(run_t *run, flp_buf_t *input, bool at_end)
{
   size_t from = 0;
   bool ok = true;
   while (ok && from < input->len) {
      uint8_t *newline = memchr(input->data + from, '\n', input->len - from);
      if (!newline && !at_end) {
         break;
      }
      size_t to = newline ? (size_t)(newline - input->data) : input->len;
      char *id = strndup((const char *)input->data + from, to - from);
      ok = id && (id[0] == '\0' || take_id(run, id));
      free(id);
      from = to + (newline ? 1 : 0);
   }
   if (from > 0) {
      memmove(input->data, input->data + from, input->len - from);
      input->len -= from;
   }
   return ok;
}

static int run_stdin(run_t *run)
{
   flp_buf_t input = {0};
   char chunk[4096];
   bool open = true, ok = sort_ids(run);
   while (ok && (open || !flp_engine_idle(run->engine))) {
      if (!flp_engine_step(run->engine, open ? STDIN_FILENO : -1)) {
         continue;
      }
      ssize_t n = read(STDIN_FILENO, chunk, sizeof chunk);
      if (n < 0 && errno == EINTR) {
         continue;
      }
      open = n > 0;
      ok = flp_buf_append(&input, flp_view(chunk, n > 0 ? (size_t)n : 0)) && take_lines(run, &input, !open);
   }
   flp_buf_cleanup(&input);
   if (ok && run->done == 0 && !run->unknown_id) {
      return nothing_judged();
   }
   return ok ? 0 : FLP_EXIT_HARNESS;
}

/* ---- the end ---- */

/* Did the run come across a case of this entry? A hazard that was not allowed to run does not count. */
static bool entry_met(const run_t *run, size_t subject, const flp_expected_failure_t *entry, bool *exists)
{
   bool met = false;
   for (size_t c = 0; c < run->cases.len && !met; c++) {
      const flp_case_t *the_case = &run->cases.items[c];
      if (flp_glob_match(entry->id, the_case->id)) {
         bool held_back = !run->options.hazards && flp_judge_is_hazard(the_case, &run->subjects.items[subject]);
         *exists = true;
         met = flp_results_at(&run->results, c, subject)->known && !held_back;
      }
   }
   return met;
}

/* Expected failures that never ran although their case was there. Returns how many. */
static size_t print_stale(const run_t *run)
{
   size_t n = 0;
   for (size_t s = 0; s < run->subjects.len; s++) {
      const flp_subject_t *subject = &run->subjects.items[s];
      bool ran = subject->proven && !flp_engine_broken(run->engine, s);
      for (size_t i = 0; ran && i < subject->n_expected_failures; i++) {
         const flp_expected_failure_t *entry = &subject->expected_failures[i];
         bool too_old = entry->since && flp_version_compare(subject->version, entry->since) < 0;
         bool too_new = entry->until && flp_version_compare(subject->version, entry->until) > 0;
         bool exists = false, met = entry_met(run, s, entry, &exists);
         if (entry->used || too_old || too_new || (!met && (exists || !flp_run_options_unfiltered(&run->options)))) {
            continue;
         }
         bool own_file = flp_subject_is_file(subject->like);
         fprintf(stderr, "%s%s%s:%u: the expected failure %s %s: take it out\n", own_file ? "" : "subjects/", subject->like,
                 own_file ? "" : ".yml", entry->line, entry->id, met ? "never ran" : "fits no case");
         n++;
      }
   }
   return n;
}

static size_t print_bad_exits(const run_t *run)
{
   size_t n = 0;
   for (size_t s = 0; s < run->subjects.len; s++) {
      const char *how = flp_engine_bad_exit(run->engine, s);
      const char *broken = flp_engine_broken(run->engine, s);
      if (how) {
         fprintf(stderr, "%s: a host ended badly when it was told to leave: %s (see hosts/%s.log in the report folder)\n",
                 run->subjects.items[s].name, how, run->subjects.items[s].name);
         n++;
      }
      if (broken) {
         fprintf(stderr, "%s: %s\n", run->subjects.items[s].name, broken);
      }
   }
   return n;
}

/* Without a version that can be read every case with `since` is `unsupported`: too much to let pass in silence. */
static size_t print_unreadable_versions(const run_t *run)
{
   size_t n = 0;
   for (size_t s = 0; s < run->subjects.len; s++) {
      const flp_subject_t *subject = &run->subjects.items[s];
      if (subject->proven && !flp_version_readable(subject->version)) {
         fprintf(stderr, "%s: its version \"%s\" cannot be read as one (like 1.8.0): cases with `since` or `until` mean nothing here\n",
                 subject->name, subject->version);
         n++;
      }
   }
   return n;
}

static int exit_code(const run_t *run, size_t troubles)
{
   int code = troubles > 0 ? FLP_EXIT_UNEXPECTED : FLP_EXIT_EXPECTED;
   for (size_t s = 0; s < run->subjects.len; s++) {
      if (flp_engine_broken(run->engine, s) && !flp_engine_broken_by_subject(run->engine, s)) {
         return FLP_EXIT_HARNESS;
      }
      for (size_t c = 0; c < run->cases.len; c++) {
         const flp_result_t *result = flp_results_at(&run->results, c, s);
         if (!result->known) {
            continue;
         }
         if (result->verdict.kind == FLP_VERDICT_ERROR) {
            return FLP_EXIT_HARNESS;
         }
         if (flp_verdict_breaks(&result->verdict)) {
            code = FLP_EXIT_UNEXPECTED;
         }
      }
   }
   return run->unknown_id ? FLP_EXIT_USAGE : code;
}

static bool write_folder(const run_t *run, int code)
{
   char *why = NULL;
   size_t n = run->subjects.len;
   size_t *hosts = calloc(n ? n : 1, sizeof *hosts);
   flp_view_t *headers = calloc(n ? n : 1, sizeof *headers);
   bool ok = hosts && headers;
   for (size_t s = 0; ok && s < n; s++) {
      hosts[s] = flp_engine_hosts(run->engine, s);
      headers[s] = flp_engine_header(run->engine, s);
   }
   flp_run_facts_t facts = {.seed = run->options.seed, .jobs = run->options.jobs, .hosts = hosts, .headers = headers, .exit_code = code};
   ok = ok && flp_folder_write(run->options.report_dir, &run->results, &facts, &why);
   if (!ok) {
      fprintf(stderr, "fleproof run: %s\n", why ? why : "no memory");
   }
   free(why);
   free(hosts);
   free(headers);
   return ok;
}

static int finish(run_t *run)
{
   bool talks = !run->options.from_stdin && !run->options.quiet;
   flp_engine_stop(run->engine);
   if (talks) {
      flp_progress(0, 0);
   }
   size_t troubles = print_bad_exits(run) + print_stale(run) + print_unreadable_versions(run);
   int code = exit_code(run, troubles);
   if (!write_folder(run, code)) {
      code = FLP_EXIT_HARNESS;
   }
   if (talks) {
      flp_troubles_print(stdout, &run->results);
      flp_table_print(stdout, &run->results);
   }
   print_absent(run);
   return code;
}

int flp_verb_run(int argc, char **argv)
{
   run_t run = {.done = 0};
   int code = FLP_EXIT_USAGE;
   if (!flp_run_options_parse(argc, argv, &run.options)) {
      goto done;
   }
   if (run.options.help) {
      flp_run_options_help();
      code = FLP_EXIT_EXPECTED;
      goto done;
   }
   run.subjects_dir = flp_paths_share("subjects");
   run.root = flp_paths_share("spec-tests");
   run.lib_dir = flp_paths_lib("");
   run.host = flp_paths_lib("host-abi");
   if (!run.subjects_dir || !run.root || !run.lib_dir || !run.host) {
      code = FLP_EXIT_HARNESS;
      goto done;
   }
   code = start(&run);
   if (code == 0) {
      code = run.options.from_stdin ? run_stdin(&run) : run_selected(&run);
   }
   if (code == 0) {
      code = finish(&run);
   }
done:
   flp_engine_destroy(run.engine);
   flp_results_cleanup(&run.results);
   flp_subjects_cleanup(&run.subjects);
   flp_cases_cleanup(&run.cases);
   flp_run_options_cleanup(&run.options);
   free(run.by_id);
   free(run.subjects_dir);
   free(run.root);
   free(run.lib_dir);
   free(run.host);
   return code;
}
