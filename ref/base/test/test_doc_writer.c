/* What the writer writes, the walker reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ref/base/doc_writer.h"

#include <string.h>

static void a_document_of_every_kind_of_value_is_valid(void **state)
{
   flp_doc_writer_t writer = {0};
   flp_buf_t out = {0};
   flp_bson_element_t element;
   (void)state;
   flp_doc_begin(&writer, 0);
   flp_doc_text(&writer, "text", flp_view_text("x"));
   flp_doc_binary(&writer, "bytes", 4, flp_view("0123456789abcdef", 16));
   flp_doc_int32(&writer, "int", -1);
   flp_doc_date(&writer, "date", 1234567890123);
   flp_doc_bool(&writer, "bool", true);
   flp_doc_open(&writer, "list", true);
   for (size_t i = 0; i < 12; i++) {
      char key[24];
      flp_doc_text(&writer, flp_doc_index(i, key), flp_view_text("item"));
   }
   flp_doc_close(&writer);
   assert_true(flp_doc_finish(&writer, &out));
   assert_true(flp_bson_valid(flp_view_of(&out), NULL, NULL, NULL));
   assert_true(flp_bson_find(flp_view_of(&out), "date", &element));
   assert_true(flp_read_u64_le(element.value.data) == 1234567890123u);
   assert_true(flp_bson_find(flp_view_of(&out), "list", &element));
   assert_true(flp_bson_find(element.value, "11", &element));
   flp_buf_cleanup(&out);
}

static void the_right_hint_makes_one_allocation(void **state)
{
   flp_doc_writer_t writer = {0};
   flp_buf_t out = {0};
   (void)state;
   flp_doc_begin(&writer, 12);
   const uint8_t *first = writer.buf.data;
   flp_doc_int32(&writer, "a", 1);
   assert_true(flp_doc_finish(&writer, &out));
   assert_int_equal(out.len, 12);
   assert_ptr_equal(out.data, first);
   flp_buf_cleanup(&out);
}

static void failure_is_sticky_and_leaves_nothing(void **state)
{
   flp_doc_writer_t writer = {0};
   flp_buf_t out = {0};
   (void)state;
   flp_doc_begin(&writer, 0);
   for (size_t i = 0; i < FLP_DOC_WRITER_DEPTH + 3; i++) {
      flp_doc_open(&writer, "deep", false);
   }
   flp_doc_int32(&writer, "a", 1);
   assert_false(flp_doc_finish(&writer, &out));
   assert_null(out.data);
   assert_null(writer.buf.data);
}

static void the_longest_document_is_a_limit_here_too(void **state)
{
   flp_doc_writer_t writer = {0};
   flp_buf_t out = {0};
   static const uint8_t zeros[1024 * 1024];
   (void)state;
   flp_doc_begin(&writer, 0);
   for (size_t i = 0; i < 17; i++) {
      flp_doc_binary(&writer, "b", 0, flp_view(zeros, sizeof zeros));
   }
   assert_false(flp_doc_finish(&writer, &out));
   assert_null(out.data);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_document_of_every_kind_of_value_is_valid),
      cmocka_unit_test(the_right_hint_makes_one_allocation),
      cmocka_unit_test(failure_is_sticky_and_leaves_nothing),
      cmocka_unit_test(the_longest_document_is_a_limit_here_too),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
