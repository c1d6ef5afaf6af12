/* For unit tests that run a vector file: one cmocka test for each of its cases. Header-only, so that tests of every part may use it.
 * The files lie in `vectors/` (tests run from the root of the tree), or where the environment variable FLEPROOF_VECTORS says.
 * It does not know what a case means: the test gives one function for all of a file. */
#ifndef FLP_BASE_TEST_VECTORS_H
#define FLP_BASE_TEST_VECTORS_H

#include "ref/base/bytes.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct {
   struct CMUnitTest *tests;
   size_t n;
   json_t *files[8];
   size_t n_files;
} vectors_t;

/* Why the test cannot take a case, or NULL. */
typedef const char *(*vector_filter_t)(const json_t *row);

/* Cases that are left out are counted by their reason; a line says how many. */
static inline void vectors_say(const char *file, const char *const *reasons, size_t count)
{
   for (size_t i = 0; i < count; i++) {
      size_t same = 0, before = 0;
      for (size_t k = 0; reasons[i] && k < count; k++) {
         same += reasons[k] == reasons[i];
         before += k < i && reasons[k] == reasons[i];
      }
      if (same > 0 && before == 0) {
         printf("# skip: %zu of %s: %s\n", same, file, reasons[i]);
      }
   }
}

/* Loads `name` and appends one test a case that `why_not` (or NULL) lets through; `run` gets the case as *state. Ends the program where
 * the file cannot be used. */
static inline void vectors_add(vectors_t *vectors, const char *name, CMUnitTestFunction run, vector_filter_t why_not)
{
   char path[512];
   json_error_t error;
   const char *folder = getenv("FLEPROOF_VECTORS");
   snprintf(path, sizeof path, "%s/%s", folder ? folder : "vectors", name);
   json_t *file = json_load_file(path, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
   json_t *cases = json_object_get(file, "cases"), *row = NULL;
   size_t i = 0, count = json_array_size(cases);
   if (count == 0 || (json_int_t)count != json_integer_value(json_object_get(file, "count"))) {
      fprintf(stderr, "%s: %s\n", path, file ? "count and cases do not agree" : error.text);
      exit(1);
   }
   vectors->tests = realloc(vectors->tests, (vectors->n + count) * sizeof *vectors->tests);
   const char **reasons = calloc(count, sizeof *reasons);
   vectors->files[vectors->n_files++] = file;
   json_array_foreach(cases, i, row)
   {
      reasons[i] = why_not ? why_not(row) : NULL;
      if (!reasons[i]) {
         vectors->tests[vectors->n++] = (struct CMUnitTest){
            .name = json_string_value(json_object_get(row, "name")), .test_func = run, .initial_state = row};
      }
   }
   vectors_say(name, reasons, count);
   free(reasons);
}

static inline int vectors_run(vectors_t *vectors, const char *name, CMFixtureFunction set_up, CMFixtureFunction tear_down)
{
   const int failed = _cmocka_run_group_tests(name, vectors->tests, vectors->n, set_up, tear_down);
   for (size_t i = 0; i < vectors->n_files; i++) {
      json_decref(vectors->files[i]);
   }
   free(vectors->tests);
   return failed;
}

/* --- fields of a case ---------------------------------------------------------------------------------------------------- */

static inline const char *vector_text(const json_t *row, const char *field)
{
   const char *text = json_string_value(json_object_get(row, field));
   if (!text) {
      fail_msg("the case has no text `%s`", field);
      abort();
   }
   return text;
}

static inline bool vector_has(const json_t *row, const char *field)
{
   return json_is_string(json_object_get(row, field));
}

static inline bool vector_valid(const json_t *row)
{
   return json_is_true(json_object_get(row, "valid"));
}

/* Bytes of a hexadecimal field, none for null or a field that is absent. In a block of exactly their size, so that a sanitizer sees
 * what reads behind them. The caller cleans up. */
static inline flp_buf_t vector_bytes(const json_t *row, const char *field)
{
   flp_buf_t out = {0};
   const char *text = json_string_value(json_object_get(row, field));
   size_t len = text ? strlen(text) / 2 : 0;
   assert_true(flp_buf_reserve(&out, len));
   for (size_t i = 0; i < len; i++) {
      const char pair[3] = {text[2 * i], text[2 * i + 1], '\0'};
      out.data[i] = (uint8_t)strtoul(pair, NULL, 16);
   }
   out.len = len;
   return out;
}

static inline void assert_vector(const json_t *row, const char *field, const uint8_t *actual, size_t len)
{
   flp_buf_t want = vector_bytes(row, field);
   assert_true(vector_has(row, field));
   assert_int_equal(len, want.len);
   if (len > 0) {
      assert_memory_equal(actual, want.data, len);
   }
   flp_buf_cleanup(&want);
}

#endif
