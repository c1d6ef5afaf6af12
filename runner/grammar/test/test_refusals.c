/* Every refusal of the loader has a file in spec-tests/meta/invalid, and every file is refused as its first line says:
 * `# refuses: ID line N field PATH layer: LAYER [grow: BYTES]`. Run from the root of the project. */
#include "runner/grammar/files.h"
#include "runner/grammar/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char root[] = "spec-tests/meta/invalid";

typedef struct {
   char id[64], field[160], layer[16];
   unsigned line;
   size_t grow; /* the file is padded to so many bytes before it is read: 0 as it is */
} expected_t;

static expected_t read_expected(const char *path)
{
   expected_t e = {0};
   char first[512] = "";
   FILE *file = fopen(path, "r");
   assert_non_null(file);
   assert_non_null(fgets(first, sizeof first, file));
   fclose(file);
   const char *text = strncmp(first, "\xEF\xBB\xBF", 3) == 0 ? first + 3 : first; /* which one file is about */
   int n = sscanf(text, "# refuses: %63s line %u field %159s layer: %15s grow: %zu", e.id, &e.line, e.field, e.layer, &e.grow);
   if (n < 4) {
      fail_msg("%s: the first line does not say what is refused", path);
   }
   return e;
}

static void load_grown(const char *path, size_t grow, flp_refusals_t *refusals)
{
   flp_arena_t arena = {0};
   flp_report_t report;
   char *bytes = malloc(grow);
   assert_non_null(bytes);
   memset(bytes, '\n', grow);
   FILE *file = fopen(path, "r");
   assert_non_null(file);
   assert_true(fread(bytes, 1, grow, file) > 0);
   fclose(file);
   flp_report_begin(&report, refusals, path);
   assert_null(flp_yaml_parse(bytes, grow, &arena, &report));
   flp_arena_cleanup(&arena);
   free(bytes);
}

static void check_file(const char *path, bool *seen)
{
   expected_t e = read_expected(path);
   flp_cases_t cases = {0};
   flp_refusals_t refusals = {0};
   if (e.grow > 0) {
      load_grown(path, e.grow, &refusals);
   } else {
      if (flp_cases_load(&path, 1, root, &cases, &refusals)) {
         fail_msg("%s: is not refused", path);
      }
   }
   assert_int_equal(cases.len, 0);
   assert_true(refusals.len > 0);
   const flp_refusal_t *r = &refusals.items[0];
   bool as_said = strcmp(r->id, e.id) == 0 && r->line == e.line && strcmp(*r->field ? r->field : "-", e.field) == 0 && r->column > 0;
   if (!as_said || refusals.len != 1) {
      fail_msg("%s: expected only %s in line %u at %s, but %zu refusals, the first %s in line %u at %s: %s", path, e.id, e.line, e.field,
               refusals.len, r->id, r->line, r->field, r->message);
   }
   /* What is wrong, then what to do. */
   assert_non_null(strstr(r->message, " "));
   for (size_t i = 0; i < FLP_N_REFUSALS; i++) {
      if (strcmp(flp_refusal_rows[i].id, e.id) == 0) {
         seen[i] = true;
         if (strcmp(flp_refusal_rows[i].layer, e.layer) != 0) {
            fail_msg("%s: layer %s, but the table says %s", path, e.layer, flp_refusal_rows[i].layer);
         }
      }
   }
   flp_refusals_cleanup(&refusals);
   flp_cases_cleanup(&cases);
}

static void every_refusal_has_a_file_that_is_refused_so(void **state)
{
   (void)state;
   bool seen[FLP_N_REFUSALS] = {false};
   flp_files_t files = {0};
   flp_refusals_t refusals = {0};
   assert_true(flp_files_find(&files, root, &refusals));
   assert_true(files.len > 0);
   for (size_t i = 0; i < files.len; i++) {
      check_file(files.items[i], seen);
   }
   for (size_t i = 0; i < FLP_N_REFUSALS; i++) {
      /* A path that cannot be read is no file: the next test has it. The catalogue has a test of its own. */
      bool elsewhere = i == FLP_REFUSE_FILE_UNREADABLE || strcmp(flp_refusal_rows[i].layer, "catalogue") == 0;
      if (!seen[i] && !elsewhere) {
         fail_msg("no file of %s is refused for %s: %s", root, flp_refusal_rows[i].id, flp_refusal_rows[i].text);
      }
   }
   flp_files_cleanup(&files);
   flp_refusals_cleanup(&refusals);
}

static void a_path_that_cannot_be_read_is_refused(void **state)
{
   (void)state;
   const char *path = "spec-tests/meta/there-is-no-such-file.yml";
   flp_cases_t cases = {0};
   flp_refusals_t refusals = {0};
   assert_false(flp_cases_load(&path, 1, NULL, &cases, &refusals));
   assert_int_equal(refusals.len, 1);
   assert_string_equal(refusals.items[0].id, "FILE_UNREADABLE");
   assert_non_null(strstr(refusals.items[0].message, "No such file"));
   flp_refusals_cleanup(&refusals);
   flp_cases_cleanup(&cases);
}

static void a_refused_file_does_not_hide_another(void **state)
{
   (void)state;
   const char *paths[] = {"spec-tests/meta/invalid/unknown-field.yml", "spec-tests/meta/valid-pass"};
   flp_cases_t cases = {0};
   flp_refusals_t refusals = {0};
   assert_false(flp_cases_load(paths, 2, "spec-tests", &cases, &refusals));
   assert_int_equal(refusals.len, 1);
   assert_true(cases.len > 0);
   flp_refusals_cleanup(&refusals);
   flp_cases_cleanup(&cases);
}

static void the_nearest_word_is_found_and_a_far_one_is_not(void **state)
{
   (void)state;
   flp_nearest_t nearest = {0};
   flp_nearest_try(&nearest, "expct", "exchange");
   flp_nearest_try(&nearest, "expct", "expect");
   assert_string_equal(nearest.best, "expect");
   nearest = (flp_nearest_t){0};
   flp_nearest_try(&nearest, "zzz", "expect");
   assert_null(nearest.best);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_refusal_has_a_file_that_is_refused_so),
      cmocka_unit_test(a_path_that_cannot_be_read_is_refused),
      cmocka_unit_test(a_refused_file_does_not_hide_another),
      cmocka_unit_test(the_nearest_word_is_found_and_a_far_one_is_not),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
