/* The walker meets every element in order and stops at the first byte that cannot be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ref/base/bson_walk.h"

#include <stdlib.h>
#include <string.h>

/* {a: 1, b: {c: "x"}} */
static const uint8_t nested[] = {29, 0, 0, 0, 0x10, 'a', 0, 1, 0, 0, 0, 0x03, 'b', 0, 14, 0, 0, 0, 0x02, 'c', 0, 2, 0, 0, 0, 'x', 0, 0, 0};

static flp_view_t nested_view(uint8_t storage[sizeof nested])
{
   memcpy(storage, nested, sizeof nested);
   return flp_view(storage, sizeof nested);
}

static void elements_come_in_order_with_their_depth(void **state)
{
   uint8_t storage[sizeof nested];
   flp_bson_walk_t walk;
   flp_bson_element_t element;
   (void)state;
   assert_true(flp_bson_walk_init(&walk, nested_view(storage)));
   assert_true(flp_bson_walk_next(&walk, &element));
   assert_true(flp_view_equal_text(element.key, "a"));
   assert_int_equal(element.type, FLP_BSON_INT32);
   assert_int_equal(element.depth, 1);
   assert_int_equal(element.offset, 4);
   assert_true(flp_bson_walk_next(&walk, &element));
   assert_int_equal(element.type, FLP_BSON_DOCUMENT);
   assert_true(flp_bson_walk_next(&walk, &element));
   assert_true(flp_view_equal_text(element.key, "c"));
   assert_int_equal(element.depth, 2);
   assert_true(flp_view_equal_text(flp_bson_text_view(element.value), "x"));
   assert_true(flp_bson_walk_next(&walk, &element));
   assert_int_equal(element.type, FLP_BSON_END);
   assert_int_equal(element.depth, 1);
   assert_false(flp_bson_walk_next(&walk, &element));
   assert_null(walk.reason);
}

static void a_container_can_be_left_out(void **state)
{
   uint8_t storage[sizeof nested];
   flp_bson_walk_t walk;
   flp_bson_element_t element;
   (void)state;
   assert_true(flp_bson_walk_init(&walk, nested_view(storage)));
   flp_bson_walk_next(&walk, &element);
   flp_bson_walk_next(&walk, &element);
   flp_bson_walk_skip(&walk);
   assert_false(flp_bson_walk_next(&walk, &element));
   assert_null(walk.reason);
   assert_true(flp_bson_find(nested_view(storage), "b", &element));
   assert_false(flp_bson_find(nested_view(storage), "c", &element)); /* the outermost level only */
}

static void every_cut_and_every_changed_length_is_found_or_harmless(void **state)
{
   uint8_t storage[sizeof nested];
   (void)state;
   nested_view(storage);
   for (size_t len = 0; len < sizeof nested; len++) {
      uint8_t *exact = malloc(len == 0 ? 1 : len); /* so that a tool sees a read behind the end */
      memcpy(exact, storage, len);
      assert_false(flp_bson_valid(flp_view(exact, len), NULL, NULL, NULL));
      free(exact);
   }
   for (size_t at = 0; at < sizeof nested; at++) {
      for (int value = 0; value < 256; value++) {
         nested_view(storage);
         storage[at] = (uint8_t)value;
         uint32_t offset = 0;
         const char *reason = NULL;
         bool valid = flp_bson_valid(flp_view(storage, sizeof storage), &offset, &reason, NULL);
         assert_int_equal(valid, reason == NULL);
         assert_true(offset <= sizeof storage);
      }
   }
}

static const struct {
   const char *what;
   uint8_t bytes[32];
   uint8_t len;
} broken[] = {
   {"no length", {0}, 3},
   {"length too small", {4, 0, 0, 0, 0}, 5},
   {"length too large", {6, 0, 0, 0, 0}, 5},
   {"no end", {5, 0, 0, 0, 1}, 5},
   {"a zero byte too early", {6, 0, 0, 0, 0, 0}, 6},
   {"unknown type", {8, 0, 0, 0, 0x14, 'a', 0, 0}, 8},
   {"key without end", {7, 0, 0, 0, 0x0A, 'a', 0}, 7},
   {"string of length 0", {12, 0, 0, 0, 2, 'a', 0, 0, 0, 0, 0, 0}, 12},
   {"string over the end", {13, 0, 0, 0, 2, 'a', 0, 3, 0, 0, 0, 'x', 0}, 13},
   {"boolean of 2", {9, 0, 0, 0, 8, 'a', 0, 2, 0}, 9},
   {"old binary with another length", {18, 0, 0, 0, 5, 'a', 0, 5, 0, 0, 0, 2, 2, 0, 0, 0, 'x', 0}, 18},
   {"binary with a negative length", {13, 0, 0, 0, 5, 'a', 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0}, 13},
   {"regular expression without options", {10, 0, 0, 0, 0x0B, 'a', 0, 'x', 'y', 0}, 10},
};

static void defects_have_a_reason(void **state)
{
   (void)state;
   for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
      const char *reason = NULL;
      bool valid = flp_bson_valid(flp_view(broken[i].bytes, broken[i].len), NULL, &reason, NULL);
      if (valid) {
         fail_msg("accepted: %s", broken[i].what);
      }
      assert_non_null(reason);
   }
}

/* {"":{"":{...}}}, `depth` documents. */
static uint8_t *nest(size_t depth, size_t *len)
{
   *len = depth * 5 + (depth - 1) * 2;
   uint8_t *bytes = calloc(1, *len);
   for (size_t level = 0; level < depth; level++) {
      uint8_t *at = bytes + level * 6;
      flp_write_u32_le(at, (uint32_t)(*len - level * 7));
      if (level + 1 < depth) {
         at[4] = FLP_BSON_DOCUMENT;
      }
   }
   return bytes;
}

static void a_thousand_levels_are_walked_and_one_more_is_not(void **state)
{
   (void)state;
   for (size_t extra = 0; extra < 2; extra++) {
      size_t len = 0;
      const char *limit = NULL;
      uint8_t *bytes = nest(FLP_MAX_DOCUMENT_DEPTH + extra, &len);
      assert_int_equal(flp_bson_valid(flp_view(bytes, len), NULL, NULL, &limit), extra == 0);
      if (extra == 1) {
         assert_string_equal(limit, "document_depth");
      }
      free(bytes);
   }
}

static void the_longest_document_is_walked_and_one_byte_more_is_not(void **state)
{
   (void)state;
   for (size_t extra = 0; extra < 2; extra++) {
      size_t len = FLP_MAX_DOCUMENT_LEN + extra;
      const char *limit = NULL;
      uint8_t *bytes = calloc(1, len);
      assert_non_null(bytes);
      flp_write_u32_le(bytes, (uint32_t)len);
      bytes[4] = FLP_BSON_BINARY;
      bytes[5] = 'b';
      flp_write_u32_le(bytes + 7, (uint32_t)(len - 13));
      assert_int_equal(flp_bson_valid(flp_view(bytes, len), NULL, NULL, &limit), extra == 0);
      if (extra == 1) {
         assert_string_equal(limit, "document_len");
      }
      free(bytes);
   }
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(elements_come_in_order_with_their_depth),
      cmocka_unit_test(a_container_can_be_left_out),
      cmocka_unit_test(every_cut_and_every_changed_length_is_found_or_harmless),
      cmocka_unit_test(defects_have_a_reason),
      cmocka_unit_test(a_thousand_levels_are_walked_and_one_more_is_not),
      cmocka_unit_test(the_longest_document_is_walked_and_one_byte_more_is_not),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
