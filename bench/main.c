/* Measures the reference, other libraries and the bound in one interleaved run; prints medians of ratios with quartiles, writes JSON.
 * Times move with the machine: only ratios are to be quoted. */
#include "bench/measure.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS_DEFAULT = 15, SUBJECTS_MAX = FLP_CONTESTANTS_MAX - 2 };

static const char usage[] = "usage: bench --reference FILE [--other NAME=FILE] [--hooked NAME=FILE] [--rounds N] [--json FILE]\n"
                            "  --hooked  a library without cryptography of its own: driven by hooks on OpenSSL, its figures stand apart\n";

typedef struct {
   flp_bench_subject_t subjects[SUBJECTS_MAX];
   contestant_t contestants[FLP_CONTESTANTS_MAX];
   size_t n_subjects, n;
   long rounds;
   const char *json_file;
} run_t;

/* NAME=FILE. A library that is absent is a printed line; one that is there and cannot be used ends the program. */
static bool add_library(run_t *run, char *text, bool hooked)
{
   char *file = strchr(text, '=');
   if (!file || run->n_subjects == SUBJECTS_MAX) {
      return false;
   }
   *file++ = '\0';
   flp_bench_subject_t *subject = &run->subjects[run->n_subjects];
   if (!flp_bench_subject_load(subject, text, file, hooked)) {
      printf("%s: absent: %s cannot be loaded, so there is no figure for it\n", text, file);
      return true;
   }
   run->n_subjects++;
   run->contestants[run->n++] = (contestant_t){.name = text, .subject = subject, .apart = hooked};
   return true;
}

static bool read_arguments(run_t *run, int argc, char **argv)
{
   static const struct option options[] = {{"reference", required_argument, NULL, 'r'}, {"other", required_argument, NULL, 'o'},
                                           {"hooked", required_argument, NULL, 'k'},    {"rounds", required_argument, NULL, 'n'},
                                           {"json", required_argument, NULL, 'j'},      {NULL, 0, NULL, 0}};
   bool ok = true;
   for (int c = 0; ok && (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
      switch (c) {
      case 'r':
         ok = run->n == 0 && flp_bench_subject_load(&run->subjects[0], "reference", optarg, false);
         run->contestants[0] = (contestant_t){.name = "reference", .subject = &run->subjects[0]};
         run->n = run->n_subjects = 1;
         break;
      case 'o':
      case 'k':
         ok = run->n > 0 && add_library(run, optarg, c == 'k');
         break;
      case 'n':
         run->rounds = strtol(optarg, NULL, 10);
         break;
      case 'j':
         run->json_file = optarg;
         break;
      default:
         ok = false;
      }
   }
   return ok && run->n > 0 && optind == argc && run->rounds > 0 && run->rounds <= FLP_ROUNDS_MAX;
}

static void add_bounds(run_t *run, const uint8_t key[FLP_KEY_LEN])
{
   static const char *const names[] = {"bound", "bound_batch"};
   for (size_t i = 0; i < 2; i++) {
      run->contestants[run->n++] = (contestant_t){.name = names[i], .bound = {flp_bound_new(key), flp_bound_new(key)}, .batch = i == 1};
   }
}

static void cleanup(run_t *run)
{
   for (size_t i = 0; i < run->n; i++) {
      for (size_t thread = 0; !run->contestants[i].subject && thread < 2; thread++) {
         flp_bound_destroy(run->contestants[i].bound[thread]);
      }
   }
   for (size_t i = 0; i < run->n_subjects; i++) {
      flp_bench_subject_destroy(&run->subjects[i]);
   }
}

int main(int argc, char **argv)
{
   static run_t run = {.rounds = ROUNDS_DEFAULT};
   if (!read_arguments(&run, argc, argv)) {
      fputs(usage, stderr);
      return 2;
   }
   uint8_t key_bytes[FLP_KEY_LEN];
   for (size_t i = 0; i < sizeof key_bytes; i++) {
      key_bytes[i] = (uint8_t)(i * 7 + 1);
   }
   flp_bench_key_t key;
   add_bounds(&run, key_bytes);
   flp_bench_make_key(&run.subjects[0], key_bytes, &key);
   json_t *rows = json_object();
   for (size_t i = 0; i < flp_n_workloads; i++) {
      json_object_set_new(rows, flp_workloads[i].name, flp_measure(&flp_workloads[i], run.contestants, run.n, &key, (size_t)run.rounds));
   }
   json_t *report = json_pack("{s:I, s:o}", "rounds", (json_int_t)run.rounds, "workloads", rows);
   if (run.json_file && json_dump_file(report, run.json_file, JSON_INDENT(1) | JSON_REAL_PRECISION(6)) != 0) {
      flp_bench_die(run.json_file, "cannot be written");
   }
   json_decref(report);
   free(key.key_document.data);
   cleanup(&run);
   return 0;
}
