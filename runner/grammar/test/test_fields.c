/* The field table in itself, and against docs/grammar.md: whatever the table names exists, and whatever it takes is documented. */
#include "runner/abi_table.h"
#include "runner/grammar/fields.h"
#include "runner/grammar/refusal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void every_name_in_the_table_leads_somewhere(void **state)
{
   (void)state;
   for (size_t i = 0; i < flp_n_fields; i++) {
      const flp_field_t *f = &flp_fields[i];
      assert_non_null(flp_shape_find(f->shape));
      assert_non_null(flp_kind_wanted(f->kind));
      assert_true(strlen(f->doc) > 3 && f->doc[strlen(f->doc) - 1] == '.');
      switch (f->kind) {
      case FLP_KIND_SHAPE:
      case FLP_KIND_SHAPES:
      case FLP_KIND_SOME_SHAPES:
      case FLP_KIND_NAMESPACES:
      case FLP_KIND_REPLIES:
         assert_non_null(flp_shape_find(f->of));
         break;
      case FLP_KIND_PATTERN:
      case FLP_KIND_PATTERNS:
         assert_non_null(flp_pattern_find(f->of));
         break;
      case FLP_KIND_WORD:
         assert_non_null(flp_words_find(f->of));
         break;
      default:
         assert_null(f->of);
      }
      if (f->needs) {
         assert_non_null(flp_field_find(f->shape, f->needs));
      }
   }
}

static void what_a_case_can_need_holds_every_feature(void **state)
{
   (void)state;
   const flp_words_t *features = flp_words_find("feature");
   for (size_t i = 0; features->words[i]; i++) {
      assert_true(flp_pattern_fits(flp_pattern_find("need"), features->words[i]));
   }
}

static void no_field_stands_twice_in_a_shape(void **state)
{
   (void)state;
   size_t seen = 0;
   for (size_t s = 0; s < flp_n_shapes; s++) {
      const flp_shape_t *shape = &flp_shapes[s];
      for (const flp_field_t *a = flp_field_next(shape, NULL); a; a = flp_field_next(shape, a)) {
         seen += strcmp(a->shape, shape->name) == 0 ? 1 : 0;
         for (const flp_field_t *b = flp_field_next(shape, a); b; b = flp_field_next(shape, b)) {
            assert_string_not_equal(a->name, b->name);
         }
      }
   }
   /* Rows of a shape that do not stand together would be passed over. */
   assert_int_equal(seen, flp_n_fields);
}

static void no_side_field_of_a_step_is_a_function(void **state)
{
   (void)state;
   for (size_t i = 0; i < FLP_ABI_N_FUNCTIONS; i++) {
      assert_null(flp_field_find("step", flp_abi_functions[i].name));
      assert_ptr_equal(flp_abi_find(flp_abi_functions[i].name), &flp_abi_functions[i]);
   }
   assert_non_null(flp_abi_find("mongocrypt_ctx_new"));
   assert_null(flp_abi_find("mongocrypt_"));
   assert_null(flp_abi_find(""));
}

static void patterns_fit_what_they_should(void **state)
{
   (void)state;
   static const struct {
      const char *pattern, *text;
      bool fits;
   } rows[] = {
      {"id", "a/b/c", true},
      {"id", "a", false},
      {"id", "a/b[x]", false},
      {"id", "A/b", false},
      {"id", "a//b", false},
      {"rule", "R-DEC-001", true},
      {"rule", "R-DEC-1", false},
      {"version", "1.13.0", true},
      {"version", "1.13", false},
      {"need", "clock", true},
      {"need", "symbol:mongocrypt_init", true},
      {"need", "symbol:init", false},
      {"need", "clocks", false},
      {"namespace", "db.c", true},
      {"namespace", "db.system.views", true},
      {"namespace", "db", false},
      {"namespace", "db.", false},
      {"namespace", ".c", false},
      {"namespace", "$db.c", false},
      {"axis", "a1_b", true},
      {"axis", "1a", false},
      {"handle_name", "c", true},
      {"handle_name", "", false},
   };
   for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
      if (flp_pattern_fits(flp_pattern_find(rows[i].pattern), rows[i].text) != rows[i].fits) {
         fail_msg("pattern %s and `%s`", rows[i].pattern, rows[i].text);
      }
   }
}

static char *read_page(void)
{
   FILE *file = fopen("docs/grammar.md", "r");
   assert_non_null(file);
   char *text = calloc(1, 1 << 20);
   assert_non_null(text);
   assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
   fclose(file);
   return text;
}

static void the_page_names_every_field_word_and_refusal(void **state)
{
   (void)state;
   char *page = read_page(), wanted[160];
   for (size_t i = 0; i < flp_n_fields; i++) {
      snprintf(wanted, sizeof wanted, "`%s`", flp_fields[i].name);
      if (!strstr(page, wanted)) {
         fail_msg("docs/grammar.md does not name %s (of %s)", wanted, flp_fields[i].shape);
      }
   }
   for (size_t i = 0; i < flp_n_words; i++) {
      for (size_t j = 0; flp_words[i].words[j]; j++) {
         assert_non_null(strstr(page, flp_words[i].words[j]));
      }
   }
   for (size_t i = 0; i < FLP_N_REFUSALS; i++) {
      snprintf(wanted, sizeof wanted, "| `%s` | %s | %s |", flp_refusal_rows[i].id, flp_refusal_rows[i].layer, flp_refusal_rows[i].text);
      if (!strstr(page, wanted)) {
         fail_msg("docs/grammar.md lacks the line %s", wanted);
      }
   }
   free(page);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_name_in_the_table_leads_somewhere),  cmocka_unit_test(no_field_stands_twice_in_a_shape),
      cmocka_unit_test(no_side_field_of_a_step_is_a_function),    cmocka_unit_test(patterns_fit_what_they_should),
      cmocka_unit_test(what_a_case_can_need_holds_every_feature), cmocka_unit_test(the_page_names_every_field_word_and_refusal),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
