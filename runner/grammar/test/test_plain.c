/* Plain scalars: what is a number, what is a text, and what must be quoted. */
#include "runner/grammar/plain.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static flp_plain_t read_plain(const char *text)
{
   return flp_plain_read(text, strlen(text));
}

static void words_and_numbers_have_their_types(void **state)
{
   (void)state;
   assert_int_equal(read_plain("null").kind, FLP_PLAIN_NULL);
   assert_true(read_plain("true").boolean);
   assert_int_equal(read_plain("false").kind, FLP_PLAIN_BOOL);
   assert_false(read_plain("false").boolean);
   assert_int_equal(read_plain("0").integer, 0);
   assert_int_equal(read_plain("-12").integer, -12);
   assert_true(read_plain("9223372036854775807").integer == INT64_MAX);
   assert_true(read_plain("-9223372036854775808").integer == INT64_MIN);
   assert_true(read_plain("1.5").number > 1.49 && read_plain("1.5").number < 1.51);
   assert_int_equal(read_plain("-0.0").kind, FLP_PLAIN_DOUBLE);
}

static void what_does_not_fit_is_too_large(void **state)
{
   (void)state;
   assert_int_equal(read_plain("9223372036854775808").kind, FLP_PLAIN_TOO_LARGE);
   assert_int_equal(read_plain("-9223372036854775809").kind, FLP_PLAIN_TOO_LARGE);
   assert_int_equal(read_plain("99999999999999999999999999").kind, FLP_PLAIN_TOO_LARGE);
   char text[402];
   memset(text, '9', 399);
   strcpy(text + 399, ".0");
   assert_int_equal(read_plain(text).kind, FLP_PLAIN_TOO_LARGE);
}

static void what_another_schema_reads_differently_is_ambiguous(void **state)
{
   (void)state;
   static const char *const texts[] = {
      "",     "~",    "Null",  "NULL",  "yes",  "Yes",  "NO",    "on",       "Off",   "y",     "N",     "True",   "FALSE", "0x10",
      "0X1F", "-0x1", "010",   "00",    "0o17", "0b11", "+1",    "+1.5",     "-0",    "1e3",   "1.5e3", "1E-3",   ".5",    "5.",
      "-.5",  ".inf", "-.inf", "+.INF", ".nan", ".NaN", "1_000", "12:30:45", "12:30", "1_0.5", "01.5",  "1:30.5", "=",     "<<",
   };
   for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
      if (read_plain(texts[i]).kind != FLP_PLAIN_AMBIGUOUS) {
         fail_msg("`%s` is not ambiguous", texts[i]);
      }
   }
}

static void all_else_is_text(void **state)
{
   (void)state;
   static const char *const texts[] = {"yess",     "nope",     "-",    "--1",        "1.13.0",   "2026-01-01T00:00:00Z",
                                       "+60s",     "1ms",      "a:b",  "0x",         "0xg",      "1-2",
                                       "deadbeef", "12:345",   "12:",  "_1",         ".",        "..",
                                       "e3",       "1e",       "$ref", "R-COLL-012", "infinity", "nan",
                                       "1.2.3.4",  "127.0.0.1"};
   for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
      if (read_plain(texts[i]).kind != FLP_PLAIN_STRING) {
         fail_msg("`%s` is no text but kind %d", texts[i], (int)read_plain(texts[i]).kind);
      }
   }
}

static void embedded_nul_ends_nothing(void **state)
{
   (void)state;
   assert_int_equal(flp_plain_read("1\0"
                                   "2",
                                   3)
                       .kind,
                    FLP_PLAIN_STRING);
   assert_int_equal(flp_plain_read("true\0", 5).kind, FLP_PLAIN_STRING);
}

static void the_locale_does_not_matter(void **state)
{
   (void)state;
   static const char *const commas[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "fr_FR"};
   for (size_t i = 0; i < sizeof commas / sizeof *commas && !setlocale(LC_ALL, commas[i]); i++) {
   }
   double d = 0;
   assert_true(flp_plain_decimal("1.5", 3, &d));
   assert_true(d > 1.49 && d < 1.51);
   assert_false(flp_plain_decimal("1,5", 3, &d));
   setlocale(LC_ALL, "C");
}

static void exponents_are_taken_only_where_a_decimal_is_asked_for(void **state)
{
   (void)state;
   double d = 0;
   assert_true(flp_plain_decimal("1e3", 3, &d) && d > 999.9 && d < 1000.1);
   assert_true(flp_plain_decimal("-1.5E-3", 7, &d));
   assert_false(flp_plain_decimal("1e", 2, &d));
   assert_false(flp_plain_decimal("0x1", 3, &d));
   assert_false(flp_plain_decimal("1e999", 5, &d));
   assert_false(flp_plain_decimal("inf", 3, &d));
   assert_false(flp_plain_decimal(" 1", 2, &d));
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(words_and_numbers_have_their_types),
      cmocka_unit_test(what_does_not_fit_is_too_large),
      cmocka_unit_test(what_another_schema_reads_differently_is_ambiguous),
      cmocka_unit_test(all_else_is_text),
      cmocka_unit_test(embedded_nul_ends_nothing),
      cmocka_unit_test(the_locale_does_not_matter),
      cmocka_unit_test(exponents_are_taken_only_where_a_decimal_is_asked_for),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
