/* A message is a text with facts in their places and a tag behind it; the tag is whole whatever happens to the text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ref/base/status.h"

#include <string.h>

static void a_message_ends_in_its_tag(void **state)
{
   flp_status_t status = {0};
   const uint8_t id[16] = "aaaaaaaaaaaaaaa";
   const flp_fact_t facts[] = {flp_fact_uuid("key_id", id), flp_fact_int("missing", 2), flp_fact_text("unknown", NULL)};
   (void)state;
   assert_false(flp_status_fail(&status, "KEY_NOT_FOUND", "{missing} keys, {unknown}", facts, 3));
   assert_string_equal(status.message, "2 keys, ? [KEY_NOT_FOUND key_id=61616161-6161-6161-6161-616161616100 missing=2]");
   assert_int_equal(status.len, strlen(status.message));
   assert_int_equal(status.type, 1);
   assert_int_equal(status.code, 1);
   assert_string_equal(status.class_name, "KEY_NOT_FOUND");
}

static void the_first_error_stays(void **state)
{
   flp_status_t status = {0};
   (void)state;
   flp_status_fail(&status, "FIRST", "one", NULL, 0);
   flp_status_fail(&status, "SECOND", "two", NULL, 0);
   assert_string_equal(status.message, "one [FIRST]");
   flp_status_reset(&status);
   assert_true(flp_status_ok(&status));
   assert_string_equal(status.message, "");
}

static void values_are_escaped_in_the_tag(void **state)
{
   flp_status_t status = {0};
   const flp_fact_t facts[] = {flp_fact_view("name", flp_view("a b=%[]\n\x7F\xC3\xA4", 11))};
   (void)state;
   flp_status_fail(&status, "CLASS", "<{name}>", facts, 1);
   assert_string_equal(status.message, "<a b=%[]??\xC3\xA4> [CLASS name=a%20b%3D%25%5B%5D%0A%7F\xC3\xA4]");
}

static void invalid_bytes_reach_neither_text_nor_tag(void **state)
{
   flp_status_t status = {0};
   const flp_fact_t facts[] = {flp_fact_view("name", flp_view("a\xFF", 2))};
   (void)state;
   flp_status_fail(&status, "CLASS", "<{name}>", facts, 1);
   assert_string_equal(status.message, "<a?> [CLASS name=a%FF]");
}

static void long_values_are_cut_between_characters(void **state)
{
   for (size_t shift = 0; shift < 4; shift++) {
      char value[400];
      flp_status_t status = {0};
      memset(value, 'x', shift);
      for (size_t at = shift; at + 3 <= sizeof value; at += 3) {
         memcpy(value + at, "\xE2\x82\xAC", 3);
      }
      size_t len = shift + (sizeof value - shift) / 3 * 3;
      const flp_fact_t facts[] = {flp_fact_view("name", flp_view(value, len))};
      flp_status_fail(&status, "CLASS", "{name}{name}", facts, 1);
      assert_true(flp_utf8_valid(flp_view(status.message, status.len), false));
      const char *tag = strstr(status.message, " [CLASS name=");
      assert_non_null(tag);
      assert_string_equal(status.message + status.len - 4, "...]");
      assert_true(status.message + status.len - tag <= (long)(sizeof " [CLASS name=...]" - 1 + FLP_MAX_FACT_LEN));
   }
   (void)state;
}

static void the_tag_is_whole_behind_a_text_that_was_cut(void **state)
{
   char text[2000];
   flp_status_t status = {0};
   const flp_fact_t facts[] = {flp_fact_int("n", 7)};
   (void)state;
   memset(text, 't', sizeof text - 1);
   text[sizeof text - 1] = '\0';
   flp_status_fail(&status, "CLASS", text, facts, 1);
   assert_string_equal(status.message + status.len - strlen(" [CLASS n=7]"), " [CLASS n=7]");
}

static void a_foreign_error_keeps_its_type_and_text(void **state)
{
   flp_status_t status = {0};
   flp_status_t copy = {0};
   (void)state;
   flp_status_fail_foreign(&status, 2, 77, flp_view_text("device gone"), "HOOK_FAILED", NULL, 0);
   flp_status_copy(&copy, &status);
   assert_int_equal(copy.type, 2);
   assert_int_equal(copy.code, 77);
   assert_string_equal(copy.message, "device gone [HOOK_FAILED]");
   flp_status_reset(&status);
   flp_status_fail_foreign(&status, 0, 0, flp_view_text(""), "HOOK_FAILED", NULL, 0);
   assert_false(flp_status_ok(&status)); /* a failure is a failure, whatever its author said */
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_message_ends_in_its_tag),
      cmocka_unit_test(the_first_error_stays),
      cmocka_unit_test(values_are_escaped_in_the_tag),
      cmocka_unit_test(invalid_bytes_reach_neither_text_nor_tag),
      cmocka_unit_test(long_values_are_cut_between_characters),
      cmocka_unit_test(the_tag_is_whole_behind_a_text_that_was_cut),
      cmocka_unit_test(a_foreign_error_keeps_its_type_and_text),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
