/* Measures the reference, another library and the bound in one interleaved run; prints medians of ratios with quartiles, writes JSON.
 * Usage: bench --reference FILE [--other FILE] [--rounds N] [--json FILE]. Times move with the machine: only ratios are to be quoted. */
#include "bench/bench.h"

#include <bson/bson.h>
#include <getopt.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS_DEFAULT = 11, ROUNDS_MAX = 999, CONTESTANTS = 4, REPEATS_MIN = 4 };
static const double slice_ns = 20e6; /* one measurement of one contestant */

typedef struct {
   const char *name;
   const char *what;
   enum { DECRYPT_DOCUMENT, DECRYPT_VALUE, ENCRYPT_DETERMINISTIC, ENCRYPT_RANDOM } op;
   uint32_t n_fields, value_len;
   unsigned threads;
} workload_t;

static const workload_t workloads[] = {
   {"decrypt_1500", "document of 1,500 deterministic strings of 10 bytes", DECRYPT_DOCUMENT, 1500, 10, 1},
   {"decrypt_1500_two_threads", "the same, two threads on one handle", DECRYPT_DOCUMENT, 1500, 10, 2},
   {"decrypt_10_mib", "document of ten strings of 1 MiB", DECRYPT_DOCUMENT, 10, 1u << 20, 1},
   {"explicit_decrypt", "one string of 10 bytes", DECRYPT_VALUE, 1, 10, 1},
   {"explicit_encrypt_deterministic", "one string of 10 bytes", ENCRYPT_DETERMINISTIC, 1, 10, 1},
   {"explicit_encrypt_random", "one string of 10 bytes", ENCRYPT_RANDOM, 1, 10, 1},
};

/* What a workload works on: the same bytes for every contestant. */
typedef struct {
   const workload_t *workload;
   const flp_bench_key_t *key;
   flp_bytes_t plain;    /* {v: value} or the document of all values */
   flp_bytes_t sealed;   /* the same, encrypted */
   flp_field_t *fields;  /* ciphertexts inside sealed */
   uint8_t *scratch, *out;
} material_t;

typedef struct {
   const char *name;
   const flp_bench_subject_t *subject; /* or NULL: */
   flp_bound_t *bound[2];              /* one a thread */
   bool batch;
} contestant_t;

static double now_ns(void)
{
   struct timespec t;
   clock_gettime(CLOCK_MONOTONIC, &t);
   return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static flp_bytes_t take_bson(bson_t *doc)
{
   uint32_t len = 0;
   uint8_t *data = bson_destroy_with_steal(doc, true, &len);
   return (flp_bytes_t){.data = data, .len = len};
}

static char *make_value(uint32_t i, uint32_t len)
{
   char *value = malloc(len + 1);
   if (!value) {
      flp_bench_die("material", "out of memory");
   }
   char digits[16];
   int n = snprintf(digits, sizeof digits, "%08u", i);
   memset(value, 'a' + (int)(i % 26), len);
   memcpy(value, digits, len < (uint32_t)n ? len : (uint32_t)n);
   value[len] = '\0';
   return value;
}

static bson_iter_t find(const flp_bytes_t *bytes, bson_t *doc, const char *field)
{
   bson_iter_t iter;
   if (!bson_init_static(doc, bytes->data, bytes->len) || !bson_iter_init_find(&iter, doc, field)) {
      flp_bench_die("material", "result is not the document that was expected");
   }
   return iter;
}

static void make_material(const flp_bench_subject_t *s, const workload_t *w, const flp_bench_key_t *key, material_t *m)
{
   *m = (material_t){.workload = w, .key = key};
   bson_t *plain = bson_new(), *sealed = bson_new();
   for (uint32_t i = 0; i < w->n_fields; i++) {
      char name[16];
      snprintf(name, sizeof name, w->op == DECRYPT_DOCUMENT ? "f%u" : "v", i);
      char *value = make_value(i, w->value_len);
      bson_t message = BSON_INITIALIZER, reply;
      bson_append_utf8(&message, "v", 1, value, (int)w->value_len);
      bson_append_utf8(plain, name, -1, value, (int)w->value_len);
      flp_bytes_t in = {.data = (uint8_t *)bson_get_data(&message), .len = message.len}, out;
      flp_bench_encrypt(s, key, true, &in, &out);
      bson_iter_t iter = find(&out, &reply, "v");
      bson_append_iter(sealed, name, -1, &iter);
      bson_destroy(&message);
      free(out.data);
      free(value);
   }
   m->plain = take_bson(plain);
   m->sealed = take_bson(sealed);
   m->fields = calloc(w->n_fields, sizeof *m->fields);
   m->scratch = malloc(2 * (size_t)m->sealed.len);
   m->out = malloc(2 * (size_t)m->sealed.len);
   bson_t doc;
   bson_iter_t iter;
   bson_subtype_t subtype;
   if (!m->fields || !m->scratch || !m->out || !bson_init_static(&doc, m->sealed.data, m->sealed.len) || !bson_iter_init(&iter, &doc)) {
      flp_bench_die("material", "out of memory");
   }
   for (size_t i = 0; bson_iter_next(&iter); i++) {
      bson_iter_binary(&iter, &subtype, &m->fields[i].len, &m->fields[i].blob);
   }
}

static void material_cleanup(material_t *m)
{
   bson_free(m->plain.data);
   bson_free(m->sealed.data);
   free(m->fields);
   free(m->scratch);
   free(m->out);
}

static void run_bound(const material_t *m, const contestant_t *c, unsigned thread)
{
   const workload_t *w = m->workload;
   uint8_t *out = m->out + thread * (size_t)m->sealed.len;
   if (w->op == ENCRYPT_DETERMINISTIC || w->op == ENCRYPT_RANDOM) {
      uint8_t head[FLP_BLOB_HEAD];
      memcpy(head, m->fields[0].blob, sizeof head);
      head[0] = w->op == ENCRYPT_RANDOM ? 2 : 1;
      /* the value of {v: string}: length, bytes, NUL */
      flp_bound_seal(c->bound[thread], w->op == ENCRYPT_DETERMINISTIC, head, m->plain.data + 7, w->value_len + 5, out);
   } else if (c->batch) {
      flp_bound_open_batch(c->bound[thread], m->fields, w->n_fields, m->scratch + thread * (size_t)m->sealed.len, out);
   } else {
      flp_bound_open_each(c->bound[thread], m->fields, w->n_fields, out);
   }
}

static void run_once(const material_t *m, const contestant_t *c, unsigned thread, flp_bytes_t *out)
{
   if (!c->subject) {
      run_bound(m, c, thread);
      return;
   }
   switch (m->workload->op) {
   case DECRYPT_DOCUMENT:
   case DECRYPT_VALUE:
      flp_bench_decrypt(c->subject, m->key, m->workload->op == DECRYPT_VALUE, &m->sealed, out);
      break;
   case ENCRYPT_DETERMINISTIC:
   case ENCRYPT_RANDOM:
      flp_bench_encrypt(c->subject, m->key, m->workload->op == ENCRYPT_DETERMINISTIC, &m->plain, out);
      break;
   }
}

/* A result that is wrong makes its time worthless: each contestant is checked before it is measured. */
static void check_once(const material_t *m, const contestant_t *c)
{
   const workload_t *w = m->workload;
   bool deterministic = w->op == ENCRYPT_DETERMINISTIC;
   if (!c->subject) {
      run_bound(m, c, 0);
      bool right = true;
      if (deterministic) {
         right = memcmp(m->out, m->fields[0].blob, m->fields[0].len) == 0;
      } else if (w->op != ENCRYPT_RANDOM) {
         /* string of the first field: behind its IV block when batched */
         right = memcmp(m->out + (c->batch ? FLP_IV_LEN : 0) + 4, m->plain.data + (w->op == DECRYPT_DOCUMENT ? 12 : 11), w->value_len) == 0;
      }
      if (!right) {
         flp_bench_die(c->name, "wrong result");
      }
      return;
   }
   flp_bytes_t got = {0}, opened = {0};
   run_once(m, c, 0, &got);
   const flp_bytes_t *want = deterministic ? &m->sealed : &m->plain;
   if (w->op == ENCRYPT_RANDOM) {
      flp_bench_decrypt(c->subject, m->key, true, &got, &opened);
   }
   const flp_bytes_t *have = w->op == ENCRYPT_RANDOM ? &opened : &got;
   if (have->len != want->len || memcmp(have->data, want->data, want->len) != 0) {
      flp_bench_die(c->name, "wrong result");
   }
   free(got.data);
   free(opened.data);
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
      run_once(job->material, job->contestant, job->thread, NULL);
   }
   return NULL;
}

/* Nanoseconds for one operation, all threads together. One goes before, unmeasured: heap and caches are then the contestant's own, not
 * what its neighbour left. */
static double measure(const material_t *m, const contestant_t *c, unsigned repeats)
{
   unsigned n = m->workload->threads;
   job_t jobs[2];
   pthread_t threads[2];
   run_once(m, c, 0, NULL);
   double start = now_ns();
   for (unsigned i = 0; i < n; i++) {
      jobs[i] = (job_t){.material = m, .contestant = c, .thread = i, .repeats = repeats};
      if (n == 1) {
         run_job(&jobs[i]);
      } else if (pthread_create(&threads[i], NULL, run_job, &jobs[i]) != 0) {
         flp_bench_die("threads", "cannot start");
      }
   }
   for (unsigned i = 0; n > 1 && i < n; i++) {
      pthread_join(threads[i], NULL);
   }
   return (now_ns() - start) / ((double)repeats * n);
}

static int compare(const void *a, const void *b)
{
   double x = *(const double *)a, y = *(const double *)b;
   return (x > y) - (x < y);
}

static double quantile(const double *values, size_t n, double q)
{
   double sorted[ROUNDS_MAX];
   memcpy(sorted, values, n * sizeof *values);
   qsort(sorted, n, sizeof *sorted, compare);
   return sorted[(size_t)((double)(n - 1) * q + 0.5)];
}

/* Ratio b/a a round: how many times faster a is than b. */
static void add_ratio(json_t *into, const char *name, const double *a, const double *b, size_t n)
{
   double ratios[ROUNDS_MAX];
   for (size_t i = 0; i < n; i++) {
      ratios[i] = b[i] / a[i];
   }
   double low = quantile(ratios, n, 0.25), middle = quantile(ratios, n, 0.5), high = quantile(ratios, n, 0.75);
   json_object_set_new(into, name, json_pack("{s:f, s:f, s:f}", "q1", low, "median", middle, "q3", high));
   printf("  %-28s %6.2f   (%.2f to %.2f)\n", name, middle, low, high);
}

static json_t *run_workload(const workload_t *w, const contestant_t *contestants, size_t n, const flp_bench_key_t *key, size_t rounds)
{
   static double times[CONTESTANTS][ROUNDS_MAX];
   material_t m;
   unsigned repeats[CONTESTANTS];
   make_material(contestants[0].subject, w, key, &m);
   for (size_t i = 0; i < n; i++) {
      check_once(&m, &contestants[i]);
      double one = measure(&m, &contestants[i], 1);
      double wanted = slice_ns / (one * w->threads);
      repeats[i] = wanted < REPEATS_MIN ? REPEATS_MIN : (unsigned)wanted;
   }
   for (size_t r = 0; r < rounds; r++) {
      for (size_t i = 0; i < n; i++) {
         times[i][r] = measure(&m, &contestants[i], repeats[i]);
      }
   }
   printf("%s: %s\n", w->name, w->what);
   json_t *row = json_object(), *medians = json_object(), *ratios = json_object();
   for (size_t i = 0; i < n; i++) {
      double median = quantile(times[i], rounds, 0.5);
      json_object_set_new(medians, contestants[i].name, json_real(median));
      printf("  %-28s %10.0f ns\n", contestants[i].name, median);
   }
   for (size_t i = 1; i < n; i++) {
      char name[64];
      snprintf(name, sizeof name, "reference to %s", contestants[i].name);
      add_ratio(ratios, name, times[0], times[i], rounds);
   }
   json_object_set_new(row, "ns", medians);
   json_object_set_new(row, "ratios", ratios);
   material_cleanup(&m);
   return row;
}

static const char *usage = "usage: bench --reference FILE [--other NAME=FILE] [--rounds N] [--json FILE]\n";

int main(int argc, char **argv)
{
   static const struct option options[] = {{"reference", required_argument, NULL, 'r'}, {"other", required_argument, NULL, 'o'},
                                           {"rounds", required_argument, NULL, 'n'},    {"json", required_argument, NULL, 'j'},
                                           {NULL, 0, NULL, 0}};
   const char *reference = NULL, *json_file = NULL;
   char *other = NULL, *other_file = NULL;
   long rounds = ROUNDS_DEFAULT;
   for (int c = 0; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
      if (c == 'r') {
         reference = optarg;
      } else if (c == 'o') {
         other = optarg;
      } else if (c == 'n') {
         rounds = strtol(optarg, NULL, 10);
      } else if (c == 'j') {
         json_file = optarg;
      } else {
         fputs(usage, stderr);
         return 2;
      }
   }
   other_file = other ? strchr(other, '=') : NULL;
   if (!reference || (other && !other_file) || rounds < 1 || rounds > ROUNDS_MAX) {
      fputs(usage, stderr);
      return 2;
   }
   flp_bench_subject_t subjects[2] = {{0}};
   contestant_t contestants[CONTESTANTS] = {{.name = "reference", .subject = &subjects[0]}};
   size_t n = 1;
   if (!flp_bench_subject_load(&subjects[0], "reference", reference)) {
      flp_bench_die(reference, "cannot be loaded");
   }
   if (other) {
      *other_file = '\0';
      if (flp_bench_subject_load(&subjects[1], other, other_file + 1)) {
         contestants[n++] = (contestant_t){.name = other, .subject = &subjects[1]};
      } else {
         printf("%s: absent: %s cannot be loaded, so there is no figure for it\n", other, other_file + 1);
      }
   }
   uint8_t key_bytes[FLP_KEY_LEN];
   for (size_t i = 0; i < sizeof key_bytes; i++) {
      key_bytes[i] = (uint8_t)(i * 7 + 1);
   }
   for (size_t batch = 0; batch < 2; batch++) {
      contestants[n++] = (contestant_t){.name = batch ? "bound_batch" : "bound",
                                        .bound = {flp_bound_new(key_bytes), flp_bound_new(key_bytes)}, .batch = batch != 0};
   }
   flp_bench_key_t key;
   flp_bench_make_key(&subjects[0], key_bytes, &key);
   json_t *report = json_object(), *rows = json_object();
   for (size_t i = 0; i < sizeof workloads / sizeof workloads[0]; i++) {
      json_object_set_new(rows, workloads[i].name, run_workload(&workloads[i], contestants, n, &key, (size_t)rounds));
   }
   json_object_set_new(report, "rounds", json_integer(rounds));
   json_object_set_new(report, "workloads", rows);
   if (json_file && json_dump_file(report, json_file, JSON_INDENT(1) | JSON_REAL_PRECISION(6)) != 0) {
      flp_bench_die(json_file, "cannot be written");
   }
   json_decref(report);
   for (size_t i = n - 2; i < n; i++) {
      flp_bound_destroy(contestants[i].bound[0]);
      flp_bound_destroy(contestants[i].bound[1]);
   }
   free(key.key_document.data);
   flp_bench_subject_destroy(&subjects[0]);
   flp_bench_subject_destroy(&subjects[1]);
   return 0;
}
