/* The catalogue against the cases: each folder of spec-tests/meta/catalogue is a small root, and the first line of its
 * rules/rules.yml says what is refused in it: `# refuses: ID FILE line N`, or nothing. Run from the root of the project. */
#include "runner/grammar/refusal.h"
#include "runner/grammar/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *const folders[] = {"good", "rule-twice", "rule-unknown", "rule-without-case", "exception-stale", "topic-without-case"};

typedef struct {
   char *root;
   flp_catalogue_t catalogue;
   flp_cases_t cases;
   flp_refusals_t refusals;
} loaded_t;

static loaded_t load(const char *folder, bool whole)
{
   loaded_t l = {.root = bson_strdup_printf("spec-tests/meta/catalogue/%s", folder)};
   const char *paths[] = {l.root};
   flp_cases_load(paths, 1, l.root, &l.cases, &l.refusals);
   flp_catalogue_load(l.root, &l.catalogue, &l.refusals);
   flp_catalogue_check(&l.catalogue, &l.cases, whole, &l.refusals);
   return l;
}

static void loaded_cleanup(loaded_t *l)
{
   flp_catalogue_cleanup(&l->catalogue);
   flp_cases_cleanup(&l->cases);
   flp_refusals_cleanup(&l->refusals);
   bson_free(l->root);
}

static void check_folder(const char *folder, bool *seen)
{
   char first[256] = "", id[64] = "", name[64] = "";
   unsigned line = 0;
   loaded_t l = load(folder, true);
   char *path = bson_strdup_printf("%s/rules/rules.yml", l.root);
   FILE *file = fopen(path, "r");
   assert_non_null(file);
   assert_non_null(fgets(first, sizeof first, file));
   fclose(file);
   bson_free(path);
   if (strcmp(first, "# refuses: nothing\n") == 0) {
      assert_int_equal(l.refusals.len, 0);
   } else {
      assert_int_equal(sscanf(first, "# refuses: %63s %63s line %u", id, name, &line), 3);
      assert_int_equal(l.refusals.len, 1);
      assert_string_equal(l.refusals.items[0].id, id);
      assert_string_equal(l.refusals.items[0].file, name);
      assert_int_equal(l.refusals.items[0].line, line);
   }
   for (size_t i = 0; i < FLP_N_REFUSALS; i++) {
      seen[i] = seen[i] || strcmp(flp_refusal_rows[i].id, id) == 0;
   }
   loaded_cleanup(&l);
}

static void every_refusal_of_the_catalogue_has_a_folder(void **state)
{
   (void)state;
   bool seen[FLP_N_REFUSALS] = {false};
   for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
      check_folder(folders[i], seen);
   }
   for (size_t i = 0; i < FLP_N_REFUSALS; i++) {
      if (strcmp(flp_refusal_rows[i].layer, "catalogue") == 0 && !seen[i]) {
         fail_msg("no folder of spec-tests/meta/catalogue is refused for %s", flp_refusal_rows[i].id);
      }
   }
}

static void a_part_of_the_cases_says_nothing_of_rules_without_a_case(void **state)
{
   (void)state;
   static const char *const quiet[] = {"rule-without-case", "exception-stale", "topic-without-case"};
   for (size_t i = 0; i < sizeof quiet / sizeof *quiet; i++) {
      loaded_t l = load(quiet[i], false);
      assert_int_equal(l.refusals.len, 0);
      loaded_cleanup(&l);
   }
   loaded_t l = load("rule-unknown", false);
   assert_int_equal(l.refusals.len, 1);
   loaded_cleanup(&l);
}

static void the_catalogue_is_read_in_order(void **state)
{
   (void)state;
   loaded_t l = load("good", true);
   assert_int_equal(l.catalogue.n_rules, 1);
   assert_int_equal(l.catalogue.n_topics, 2);
   const flp_rule_t *rule = flp_catalogue_find(&l.catalogue, "R-DEC-001");
   assert_non_null(rule);
   assert_string_equal(rule->source, "DEC-1");
   assert_string_equal(rule->level, "must");
   assert_null(rule->exception);
   assert_null(flp_catalogue_find(&l.catalogue, "R-DEC-002"));
   assert_string_equal(l.catalogue.topics[0].cases.items[0], "decrypt/plain/*");
   assert_non_null(l.catalogue.topics[1].reason);
   loaded_cleanup(&l);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_refusal_of_the_catalogue_has_a_folder),
      cmocka_unit_test(a_part_of_the_cases_says_nothing_of_rules_without_a_case),
      cmocka_unit_test(the_catalogue_is_read_in_order),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
