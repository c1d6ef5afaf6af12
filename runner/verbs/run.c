/* `fleproof run`: loads cases and subjects, lets the engine judge, writes the report folder, prints the table, decides the exit code.
 * Cases named on stdin are in run_stdin.c. */
#include "runner/verbs/verbs.h"

#include "runner/abi_table.h"
#include "runner/paths.h"
#include "runner/supervise/engine.h"
#include "runner/supervise/folder.h"
#include "runner/supervise/host.h"
#include "runner/supervise/results.h"
#include "runner/supervise/table.h"
#include "runner/verbs/chosen.h"
#include "runner/verbs/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRESS_MS 50 /* a terminal is slower than a host */

/* ---- verdicts as they come ---- */

static void on_verdict(void *user, size_t subject, size_t the_case, flp_verdict_t *verdict, flp_view_t lines)
{
   flp_run_t *run = user;
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
      run->cut_short = true;
      flp_engine_drop_queue(run->engine);
   }
}

/* ---- loading ---- */

static size_t live_subjects(const flp_run_t *run)
{
   size_t n = 0;
   for (size_t s = 0; s < run->subjects.len; s++) {
      n += run->subjects.items[s].file != NULL;
   }
   return n;
}

static void print_absent(const flp_run_t *run)
{
   for (size_t s = 0; s < run->subjects.len; s++) {
      const flp_subject_t *subject = &run->subjects.items[s];
      if (!subject->file) {
         fprintf(run->options.from_stdin ? stderr : stdout, "%s: absent: %s\n", subject->name, subject->absent_reason);
      }
   }
}

static int load_cases(flp_run_t *run)
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
static int borrow_texts(flp_run_t *run, const flp_subject_places_t *places)
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

/* No host of this subject starts, and that is not the subject's doing: every case would be an `error`. */
static bool can_be_loaded(const flp_run_t *run, size_t s)
{
   const char *broken = flp_engine_broken(run->engine, s);
   if (!broken || flp_engine_broken_by_subject(run->engine, s)) {
      return true;
   }
   fprintf(stderr, "fleproof run: %s: %s\n", run->subjects.items[s].name, broken);
   return false;
}

static int start(flp_run_t *run)
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
      .fail_alloc = run->options.fail_alloc,
   };
   if (!flp_results_init(&run->results, &run->cases, run->subjects.items, run->subjects.len)) {
      return FLP_EXIT_HARNESS;
   }
   run->engine = flp_engine_new(&options, &run->cases, run->subjects.items, run->subjects.len, on_verdict, run);
   code = run->engine ? 0 : FLP_EXIT_HARNESS;
   for (size_t s = 0; run->engine && s < run->subjects.len; s++) {
      code = is_libmongocrypt(&run->subjects.items[s]) ? code : FLP_EXIT_USAGE;
   }
   for (size_t s = 0; run->engine && s < run->subjects.len; s++) {
      code = can_be_loaded(run, s) ? code : FLP_EXIT_HARNESS;
   }
   return code == 0 ? borrow_texts(run, &places) : code;
}

/* ---- running ---- */

int flp_run_nothing_judged(void)
{
   fputs("fleproof run: no case was selected: nothing was judged\n", stderr);
   return FLP_EXIT_USAGE;
}

static int run_selected(flp_run_t *run)
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
      return flp_run_nothing_judged();
   }
   while (!flp_engine_idle(run->engine)) {
      flp_engine_step(run->engine, -1);
   }
   return 0;
}

/* ---- the end ---- */

static size_t print_bad_exits(const flp_run_t *run)
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
static size_t print_unreadable_versions(const flp_run_t *run)
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

static int exit_code(const flp_run_t *run, size_t troubles)
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

static bool write_folder(const flp_run_t *run, int code)
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
   flp_selection_t selection = {
      .paths = &run->options.paths,
      .keep = &run->options.keep,
      .drop = &run->options.drop,
      .subjects = &run->options.suts,
      .level = run->options.level,
      .hazards = run->options.hazards,
      .from_stdin = run->options.from_stdin,
      .cut_short = run->cut_short,
   };
   flp_run_facts_t facts = {
      .selection = selection,
      .seed = run->options.seed,
      .jobs = run->options.jobs,
      .hosts = hosts,
      .headers = headers,
      .exit_code = code,
   };
   ok = ok && flp_folder_write(run->options.report_dir, &run->results, &facts, &why);
   if (!ok) {
      fprintf(stderr, "fleproof run: %s\n", why ? why : "no memory");
   }
   free(why);
   free(hosts);
   free(headers);
   return ok;
}

static int finish(flp_run_t *run)
{
   bool talks = !run->options.from_stdin && !run->options.quiet;
   flp_engine_stop(run->engine);
   if (talks) {
      flp_progress(0, 0);
   }
   size_t troubles = print_bad_exits(run) + print_unreadable_versions(run);
   int code = exit_code(run, troubles + flp_run_stale(run));
   if (!write_folder(run, code)) {
      code = FLP_EXIT_HARNESS;
   }
   if (talks) {
      flp_troubles_print(stdout, &run->results);
      flp_table_print(stdout, &run->results);
      flp_sweeps_print(stdout, &run->results);
   }
   print_absent(run);
   return run->options.fix ? flp_run_fix(run, troubles > 0) : code;
}

int flp_verb_run(int argc, char **argv)
{
   flp_run_t run = {.done = 0};
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
      code = run.options.from_stdin ? flp_run_stdin(&run) : run_selected(&run);
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
