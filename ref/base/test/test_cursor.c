/* A cursor never reads behind the end, and a read that fails takes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ref/base/cursor.h"

static void it_reads_to_the_end_and_not_further(void **state)
{
   flp_cursor_t cursor = flp_cursor(flp_view_text("ab"));
   uint8_t byte = 0;
   (void)state;
   assert_true(flp_cursor_byte(&cursor, &byte));
   assert_int_equal(byte, 'a');
   assert_int_equal(flp_cursor_left(&cursor), 1);
   assert_true(flp_cursor_byte(&cursor, &byte));
   assert_false(flp_cursor_byte(&cursor, &byte));
   assert_int_equal(byte, 'b');
}

static void until_passes_the_stop_and_fails_without_one(void **state)
{
   flp_cursor_t cursor = flp_cursor(flp_view_text("aws:name"));
   flp_view_t before = {0};
   (void)state;
   assert_true(flp_cursor_until(&cursor, ':', &before));
   assert_true(flp_view_equal_text(before, "aws"));
   assert_true(flp_view_equal_text(flp_cursor_rest(&cursor), "name"));
   assert_false(flp_cursor_until(&cursor, ':', &before));
   assert_true(flp_view_equal_text(flp_cursor_rest(&cursor), "name"));
}

static void nothing_is_a_text_too(void **state)
{
   flp_cursor_t cursor = flp_cursor(flp_view(NULL, 0));
   flp_view_t before = {0};
   (void)state;
   assert_false(flp_cursor_until(&cursor, ':', &before));
   assert_int_equal(flp_cursor_rest(&cursor).len, 0);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_reads_to_the_end_and_not_further),
      cmocka_unit_test(until_passes_the_stop_and_fails_without_one),
      cmocka_unit_test(nothing_is_a_text_too),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
