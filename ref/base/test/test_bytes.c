/* Bytes: growth, ownership, UTF-8 and comparison, read as a manual. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ref/base/bytes.h"

#include <string.h>

static void a_buffer_grows_and_keeps_what_it_holds(void **state)
{
   flp_buf_t buf = {0};
   (void)state;
   for (int i = 0; i < 1000; i++) {
      assert_true(flp_buf_append_byte(&buf, (uint8_t)i));
   }
   assert_int_equal(buf.len, 1000);
   assert_int_equal(buf.data[999], 999 & 0xFF);
   flp_buf_cleanup(&buf);
   assert_null(buf.data);
   flp_buf_cleanup(&buf);
}

static void take_leaves_an_empty_source(void **state)
{
   flp_buf_t from = {0};
   flp_buf_t to = {0};
   (void)state;
   assert_true(flp_buf_copy(&from, flp_view_text("abc")));
   flp_buf_take(&to, &from);
   assert_int_equal(from.len, 0);
   assert_null(from.data);
   assert_true(flp_view_equal_text(flp_view_of(&to), "abc"));
   flp_buf_cleanup(&to);
}

static void an_impossible_size_leaves_the_buffer_as_it_was(void **state)
{
   flp_buf_t buf = {0};
   (void)state;
   assert_true(flp_buf_append_byte(&buf, 7));
   assert_false(flp_buf_append(&buf, flp_view("x", SIZE_MAX)));
   assert_int_equal(buf.len, 1);
   assert_int_equal(buf.data[0], 7);
   flp_buf_cleanup(&buf);
}

static void case_is_ignored_for_ascii_letters_only(void **state)
{
   (void)state;
   assert_true(flp_view_equal_text_nocase(flp_view_text("InDexed"), "indexed"));
   assert_false(flp_view_equal_text_nocase(flp_view_text("indexe"), "indexed"));
   assert_false(flp_view_equal_text_nocase(flp_view_text("[ndexed"), "{ndexed"));
}

static void utf8_is_the_shortest_form_below_the_last_plane(void **state)
{
   static const struct {
      const char *text;
      bool valid;
   } cases[] = {
      {"plain", true},
      {"\xC3\xA4", true},
      {"\xE2\x82\xAC", true},
      {"\xF4\x8F\xBF\xBF", true},
      {"\x80", false},
      {"\xC3", false},
      {"\xC0\xAF", false},
      {"\xE0\x80\xAF", false},
      {"\xED\xA0\x80", false},
      {"\xF4\x90\x80\x80", false},
      {"\xF8\x88\x80\x80", false},
      {"a\xFF", false},
   };
   (void)state;
   for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
      assert_int_equal(flp_utf8_valid(flp_view_text(cases[i].text), false), cases[i].valid);
   }
   assert_false(flp_utf8_valid(flp_view("a\0b", 3), false));
   assert_true(flp_utf8_valid(flp_view("a\0b", 3), true));
}

static void secrets_compare_by_content(void **state)
{
   uint8_t a[64] = {0};
   uint8_t b[64] = {0};
   (void)state;
   assert_true(flp_secret_equal(a, b, sizeof a));
   for (size_t i = 0; i < sizeof a; i++) {
      b[i] = 1;
      assert_false(flp_secret_equal(a, b, sizeof a));
      b[i] = 0;
   }
}

static void numbers_are_little_endian(void **state)
{
   uint8_t bytes[8];
   (void)state;
   flp_write_u64_le(bytes, 0x0807060504030201u);
   for (uint8_t i = 0; i < 8; i++) {
      assert_int_equal(bytes[i], i + 1);
   }
   assert_true(flp_read_u64_le(bytes) == 0x0807060504030201u);
   assert_int_equal(flp_read_u32_le(bytes), 0x04030201);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_buffer_grows_and_keeps_what_it_holds),
      cmocka_unit_test(take_leaves_an_empty_source),
      cmocka_unit_test(an_impossible_size_leaves_the_buffer_as_it_was),
      cmocka_unit_test(case_is_ignored_for_ascii_letters_only),
      cmocka_unit_test(utf8_is_the_shortest_form_below_the_last_plane),
      cmocka_unit_test(secrets_compare_by_content),
      cmocka_unit_test(numbers_are_little_endian),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
