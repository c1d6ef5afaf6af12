/* `fleproof doctor`: what is here, what the known subjects prove, and which cases of each area they cannot run, with the reasons. */
#include "runner/verbs/verbs.h"

#include "runner/judge/differences.h"
#include "runner/paths.h"
#include "runner/supervise/engine.h"
#include "runner/supervise/folder.h"
#include "runner/verbs/chosen.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_REASONS 16u

typedef struct {
   char *text;
   size_t cases;
} reason_t;

typedef struct {
   reason_t items[MAX_REASONS];
   size_t len, cases, refused;
} reasons_t;

static void print_file(const char *what, const char *path, const char *advice)
{
   bool there = access(path, R_OK) == 0;
   printf("  %-10s %s%s%s\n", what, path, there ? "" : "  MISSING: ", there ? "" : advice);
}

static void print_command(const char *name, const char *advice)
{
   const char *dirs = getenv("PATH");
   char *copy = strdup(dirs ? dirs : "");
   char *rest = copy;
   for (char *dir = strsep(&rest, ":"); dir; dir = strsep(&rest, ":")) {
      char *path = flp_text_format("%s/%s", dir, name);
      bool there = path && access(path, X_OK) == 0;
      if (there) {
         printf("  %-10s %s\n", name, path);
      }
      free(path);
      if (there) {
         free(copy);
         return;
      }
   }
   free(copy);
   printf("  %-10s MISSING: %s\n", name, advice);
}

static void print_installed(const char *host, const char *lib_dir, const char *root)
{
   char *packages = flp_text_format("%spython", lib_dir);
   puts("installed:");
   print_file("host", host, "run make");
   print_file("scenarios", root, "run make");
   print_file("packages", packages ? packages : "python", "run make setup; report and explain need it");
   print_command("python3", "install python3; report and explain need it");
   free(packages);
}

static void print_subject(const flp_subject_t *subject, const char *broken)
{
   printf("%s:\n", subject->name);
   if (!subject->file) {
      printf("  absent: %s\n", subject->absent_reason);
      return;
   }
   printf("  library    %s\n", subject->file);
   if (broken) {
      printf("  BROKEN: %s\n", broken);
      return;
   }
   printf("  version    %s\n", subject->version);
   printf("  proofs     %s: clock %s, random %s, allocation %s\n", subject->proof, subject->clock_virtual ? "virtual" : "real",
          subject->random_seeded ? "seeded" : "real", subject->alloc_counted ? "counted" : "not counted");
   printf("  crypto     %s%s\n", subject->native_crypto ? "its own" : "none of its own",
          subject->hooks ? ", driven by the host's hooks on OpenSSL" : "");
   for (size_t i = 0; i < subject->missing_symbols.len; i++) {
      printf("%s%s%s", i == 0 ? "  not exported: " : ", ", subject->missing_symbols.items[i],
             i + 1 == subject->missing_symbols.len ? "\n" : "");
   }
   for (size_t i = 0; i < subject->lacks.len; i++) {
      printf("%s%s%s", i == 0 ? "  declared as lacking: " : ", ", subject->lacks.items[i], i + 1 == subject->lacks.len ? "\n" : "");
   }
}

/* ---- areas ---- */

static void add_reason(reasons_t *reasons, char *text)
{
   for (size_t i = 0; text && i < reasons->len; i++) {
      if (strcmp(reasons->items[i].text, text) == 0) {
         reasons->items[i].cases++;
         free(text);
         return;
      }
   }
   if (text && reasons->len < MAX_REASONS) {
      reasons->items[reasons->len++] = (reason_t){.text = text, .cases = 1};
   } else {
      free(text);
   }
}

static char *reason_for(const flp_case_t *c, const flp_subject_t *subject)
{
   flp_verdict_t verdict = {.kind = FLP_VERDICT_PASS};
   if (flp_judge_refuses(c, subject, false, &verdict)) {
      char *reason = verdict.reason;
      verdict.reason = NULL;
      flp_verdict_cleanup(&verdict);
      return reason;
   }
   for (size_t i = 0; i < c->needs.len; i++) {
      for (size_t k = 0; k < subject->lacks.len; k++) {
         if (strcmp(c->needs.items[i], subject->lacks.items[k]) == 0) {
            return flp_text_format("lacks %s", c->needs.items[i]);
         }
      }
   }
   return NULL;
}

static void print_area(const flp_cases_t *cases, const flp_subject_t *subject, const char *area)
{
   reasons_t reasons = {.len = 0};
   for (size_t c = 0; c < cases->len; c++) {
      if (strcmp(cases->items[c].area, area) != 0) {
         continue;
      }
      char *reason = reason_for(&cases->items[c], subject);
      reasons.cases++;
      reasons.refused += reason != NULL;
      add_reason(&reasons, reason);
   }
   if (reasons.refused > 0) {
      printf("  %-12s %zu of %zu cases unsupported on %s\n", area, reasons.refused, reasons.cases, subject->name);
   }
   for (size_t i = 0; i < reasons.len; i++) {
      printf("  %-12s   %zu: %s\n", "", reasons.items[i].cases, reasons.items[i].text);
      free(reasons.items[i].text);
   }
}

static bool seen_before(const flp_cases_t *cases, size_t the_case)
{
   for (size_t c = 0; c < the_case; c++) {
      if (strcmp(cases->items[c].area, cases->items[the_case].area) == 0) {
         return true;
      }
   }
   return false;
}

static int print_areas(const char *root, const flp_subjects_t *subjects)
{
   flp_cases_t cases = {0};
   flp_refusals_t refusals = {0};
   const char *paths[] = {root};
   int code = 0;
   if (flp_cases_load(paths, 1, root, &cases, &refusals)) {
      puts("areas (what is known before a run; a subject may also say UNSUPPORTED while it runs):");
      for (size_t c = 0; c < cases.len; c++) {
         for (size_t s = 0; !seen_before(&cases, c) && s < subjects->len; s++) {
            if (subjects->items[s].proven) {
               print_area(&cases, &subjects->items[s], cases.items[c].area);
            }
         }
      }
   } else {
      printf("scenarios: %zu refusals: run fleproof validate\n", refusals.len);
      code = FLP_EXIT_UNEXPECTED;
   }
   flp_refusals_cleanup(&refusals);
   flp_cases_cleanup(&cases);
   return code;
}

/* ---- the verb ---- */

static void ignore_verdict(void *user, size_t subject, size_t the_case, flp_verdict_t *verdict, flp_view_t lines)
{
   (void)user;
   (void)subject;
   (void)the_case;
   (void)verdict;
   (void)lines;
}

/* The folder for the logs of the hosts; two levels deep and known by name. */
static void remove_folder(const char *dir)
{
   DIR *handle = opendir(dir);
   if (!handle) {
      return;
   }
   for (struct dirent *entry = readdir(handle); entry; entry = readdir(handle)) {
      if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
         continue;
      }
      if (unlinkat(dirfd(handle), entry->d_name, 0) != 0) {
         char *path = flp_text_format("%s/%s", dir, entry->d_name);
         if (path && rmdir(path) != 0) {
            remove_folder(path);
         }
         free(path);
      }
   }
   closedir(handle);
   rmdir(dir);
}

/* Starts one host for each subject, for its header. Returns the exit code. */
static int examine(const char *host, const char *dir, flp_subjects_t *subjects)
{
   const flp_cases_t none = {0};
   flp_engine_options_t options = {.host_program = host, .report_dir = dir, .jobs = 1, .timeout_ms = 10000, .seed = 1};
   flp_engine_t *engine = flp_engine_new(&options, &none, subjects->items, subjects->len, ignore_verdict, NULL);
   int code = engine ? 0 : FLP_EXIT_HARNESS;
   for (size_t s = 0; engine && s < subjects->len; s++) {
      const char *broken = flp_engine_broken(engine, s);
      print_subject(&subjects->items[s], broken);
      code = broken ? FLP_EXIT_HARNESS : code;
   }
   if (engine) {
      flp_engine_stop(engine);
   }
   flp_engine_destroy(engine);
   return code;
}

static int usage(int argc, char **argv)
{
   if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
      puts("usage: fleproof doctor\nTells what is installed, which libraries were found, and what is unsupported and why.");
      return FLP_EXIT_EXPECTED;
   }
   fputs("fleproof doctor: it takes no arguments\n", stderr);
   return FLP_EXIT_USAGE;
}

int flp_verb_doctor(int argc, char **argv)
{
   if (argc > 1) {
      return usage(argc, argv);
   }
   char *subjects_dir = flp_paths_share("subjects"), *root = flp_paths_share("spec-tests");
   char *lib_dir = flp_paths_lib(""), *host = flp_paths_lib("host-abi");
   const char *temporary = getenv("TMPDIR");
   char *dir = flp_text_format("%s/fleproof-doctor-XXXXXX", temporary && temporary[0] ? temporary : P_tmpdir);
   char *why = NULL;
   flp_strings_t all = {0};
   flp_subjects_t subjects = {0};
   flp_subject_places_t places = {.subjects_dir = subjects_dir, .lib_dir = lib_dir};
   int code = FLP_EXIT_HARNESS;
   if (!dir || !mkdtemp(dir)) {
      fputs("fleproof doctor: no temporary folder can be made\n", stderr);
      goto done;
   }
   print_installed(host, lib_dir, root);
   code = flp_subjects_choose(&places, &all, &subjects);
   if (code == 0 && !flp_folder_prepare(dir, subjects.items, subjects.len, &why)) {
      fprintf(stderr, "fleproof doctor: %s\n", why ? why : "no memory");
      code = FLP_EXIT_HARNESS;
   }
   if (code == 0) {
      code = examine(host, dir, &subjects);
   }
   if (code == 0) {
      code = print_areas(root, &subjects);
   }
   remove_folder(dir);
done:
   free(why);
   flp_subjects_cleanup(&subjects);
   free(subjects_dir);
   free(root);
   free(lib_dir);
   free(host);
   free(dir);
   return code;
}
