/* One interleaved run: round by round each contestant in turn, so that a drift of the machine meets all alike. A figure is the median of
 * the ratios of the rounds, with its quartiles. */
#include "bench/measure.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { THREADS_MAX = 2, REPEATS_MIN = 4 };
static const double slice_ns = 20e6; /* one measurement of one contestant */

static double now_ns(void)
{
   struct timespec t;
   clock_gettime(CLOCK_MONOTONIC, &t);
   return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

typedef struct {
   const material_t *material;
   const contestant_t *contestant;
   unsigned thread, repeats;
} job_t;

static void *run_job(void *argument)
{
   const job_t *job = argument;
   for (unsigned i = 0; i < job->repeats; i++) {
      flp_run_once(job->material, job->contestant, job->thread, NULL);
   }
   return NULL;
}

/* Nanoseconds for one operation, all threads together. One goes before, unmeasured: heap and caches are then the contestant's own, not
 * what its neighbour left. */
static double measure(const material_t *m, const contestant_t *c, unsigned n_threads, unsigned repeats)
{
   job_t jobs[THREADS_MAX];
   pthread_t threads[THREADS_MAX];
   flp_run_once(m, c, 0, NULL);
   double start = now_ns();
   for (unsigned i = 0; i < n_threads; i++) {
      jobs[i] = (job_t){.material = m, .contestant = c, .thread = i, .repeats = repeats};
      if (n_threads == 1) {
         run_job(&jobs[i]);
      } else if (pthread_create(&threads[i], NULL, run_job, &jobs[i]) != 0) {
         flp_bench_die("threads", "cannot start");
      }
   }
   for (unsigned i = 0; n_threads > 1 && i < n_threads; i++) {
      pthread_join(threads[i], NULL);
   }
   return (now_ns() - start) / ((double)repeats * n_threads);
}

/* --- figures ------------------------------------------------------------------------------------------------------ */

static int compare(const void *a, const void *b)
{
   double x = *(const double *)a, y = *(const double *)b;
   return (x > y) - (x < y);
}

static double quantile(const double *values, size_t n, double q)
{
   double sorted[FLP_ROUNDS_MAX];
   memcpy(sorted, values, n * sizeof *values);
   qsort(sorted, n, sizeof *sorted, compare);
   return sorted[(size_t)((double)(n - 1) * q + 0.5)];
}

static void add_figure(json_t *into, const char *name, const double *ratios, size_t n)
{
   double low = quantile(ratios, n, 0.25), middle = quantile(ratios, n, 0.5), high = quantile(ratios, n, 0.75);
   json_object_set_new(into, name, json_pack("{s:f, s:f, s:f}", "q1", low, "median", middle, "q3", high));
   printf("  %-34s %6.2f   (%.2f to %.2f)\n", name, middle, low, high);
}

/* b/a a round: how many times faster a is than b. */
static void add_ratio(json_t *into, const char *name, const double *a, const double *b, size_t n)
{
   double ratios[FLP_ROUNDS_MAX];
   for (size_t i = 0; i < n; i++) {
      ratios[i] = b[i] / a[i];
   }
   add_figure(into, name, ratios, n);
}

typedef struct {
   double one[FLP_CONTESTANTS_MAX][FLP_ROUNDS_MAX]; /* on one thread: only where the workload has two */
   double all[FLP_CONTESTANTS_MAX][FLP_ROUNDS_MAX];
} times_t;

/* How much of the bound's own scaling from one thread to two the first contestant has, in the same round. */
static void add_scaling(json_t *into, const times_t *times, const contestant_t *contestants, size_t n, size_t rounds)
{
   double scaling[FLP_ROUNDS_MAX];
   for (size_t i = 0; i < n; i++) {
      if (strcmp(contestants[i].name, "bound") == 0) {
         for (size_t r = 0; r < rounds; r++) {
            scaling[r] = times->one[0][r] / times->all[0][r] / (times->one[i][r] / times->all[i][r]);
         }
         add_figure(into, "scaling, of the bound's own", scaling, rounds);
      }
   }
}

static void take_times(times_t *times, const material_t *m, const contestant_t *contestants, size_t n, size_t rounds)
{
   const unsigned n_threads = m->workload->threads;
   unsigned repeats[FLP_CONTESTANTS_MAX];
   for (size_t i = 0; i < n; i++) {
      double wanted = slice_ns / (measure(m, &contestants[i], n_threads, 1) * n_threads);
      repeats[i] = wanted < REPEATS_MIN ? REPEATS_MIN : (unsigned)wanted;
   }
   for (size_t r = 0; r < rounds; r++) {
      for (size_t i = 0; i < n; i++) {
         if (n_threads > 1) {
            times->one[i][r] = measure(m, &contestants[i], 1, repeats[i]);
         }
         times->all[i][r] = measure(m, &contestants[i], n_threads, repeats[i]);
      }
   }
}

json_t *flp_measure(const workload_t *w, const contestant_t *contestants, size_t n, const flp_bench_key_t *key, size_t rounds)
{
   static times_t times;
   material_t m;
   flp_material_make(contestants[0].subject, w, key, &m);
   for (size_t i = 0; i < n; i++) {
      flp_check_once(&m, &contestants[i]);
   }
   take_times(&times, &m, contestants, n, rounds);
   flp_material_cleanup(&m);

   printf("%s: %s\n", w->name, w->what);
   json_t *row = json_object(), *medians = json_object(), *ratios = json_object();
   for (size_t i = 0; i < n; i++) {
      double median = quantile(times.all[i], rounds, 0.5);
      json_object_set_new(medians, contestants[i].name, json_real(median));
      printf("  %-34s %10.0f ns\n", contestants[i].name, median);
   }
   for (size_t i = 1; i < n; i++) {
      char name[96];
      snprintf(name, sizeof name, "%s to %s%s", contestants[0].name, contestants[i].name,
               contestants[i].apart ? " (our hooks, apart)" : "");
      add_ratio(ratios, name, times.all[0], times.all[i], rounds);
   }
   if (w->threads > 1) {
      add_scaling(ratios, &times, contestants, n, rounds);
   }
   json_object_set_new(row, "ns", medians);
   json_object_set_new(row, "ratios", ratios);
   return row;
}
