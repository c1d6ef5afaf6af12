/* Decryption of documents: places at every depth, what is left alone, what is refused, and that nothing is revealed unless all fits. */
#include "ref/mongocrypt/ctx/test/support_drive.h"

#include "ref/base/doc_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static mongocrypt_ctx_t *begin(flp_view_t doc)
{
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(drive_crypt);
   mongocrypt_binary_t in = drive_in(doc);
   assert_non_null(ctx);
   mongocrypt_ctx_decrypt_init(ctx, &in);
   return ctx;
}

/* Fills in a value: sealed, or as it will be when it is opened. */
static void put_x(flp_doc_writer_t *writer, const char *key, bool sealed)
{
   if (sealed) {
      flp_doc_binary(writer, key, 6, drive_sealed_x());
   } else {
      flp_doc_text(writer, key, flp_view_text("x"));
   }
}

/* A document with values in it at several depths, in arrays, and beside containers without any. */
static flp_buf_t nested(bool sealed)
{
   flp_doc_writer_t writer = {0};
   flp_buf_t out = {0};
   flp_doc_begin(&writer, 0);
   flp_doc_open(&writer, "nothing", false);
   flp_doc_int32(&writer, "i", 1);
   flp_doc_close(&writer);
   put_x(&writer, "top", sealed);
   flp_doc_open(&writer, "array", true);
   put_x(&writer, "0", sealed);
   flp_doc_open(&writer, "1", false);
   flp_doc_open(&writer, "deep", true);
   flp_doc_bool(&writer, "0", true);
   put_x(&writer, "1", sealed);
   put_x(&writer, "2", sealed);
   flp_doc_close(&writer);
   flp_doc_close(&writer);
   flp_doc_int32(&writer, "2", 2);
   flp_doc_close(&writer);
   flp_doc_open(&writer, "late", false);
   flp_doc_open(&writer, "inner", false);
   put_x(&writer, "x", sealed);
   flp_doc_close(&writer);
   put_x(&writer, "y", sealed);
   flp_doc_close(&writer);
   flp_doc_text(&writer, "end", flp_view_text("end"));
   assert_true(flp_doc_finish(&writer, &out));
   return out;
}

static void values_at_every_depth_are_opened_and_lengths_set_right(void **unused)
{
   (void)unused;
   flp_buf_t sealed = nested(true), plain = nested(false);
   flp_view_t result;
   mongocrypt_ctx_t *ctx = begin(flp_view_of(&sealed));
   memset(sealed.data, 0xFF, sealed.len); /* the input was copied */
   assert_true(drive_to_end(ctx, &result));
   assert_int_equal(result.len, plain.len);
   assert_memory_equal(result.data, plain.data, plain.len);
   mongocrypt_ctx_destroy(ctx);
   flp_buf_cleanup(&sealed);
   flp_buf_cleanup(&plain);
}

static void a_document_without_ciphertext_comes_back_as_it_is(void **unused)
{
   (void)unused;
   flp_buf_t plain = nested(false);
   flp_view_t result;
   mongocrypt_ctx_t *ctx = begin(flp_view_of(&plain));
   assert_int_equal(mongocrypt_ctx_state(ctx), MONGOCRYPT_CTX_READY);
   assert_true(drive_to_end(ctx, &result));
   assert_int_equal(result.len, plain.len);
   assert_memory_equal(result.data, plain.data, plain.len);
   mongocrypt_ctx_destroy(ctx);
   flp_buf_cleanup(&plain);
}

static void a_binary_with_any_other_first_byte_is_left_alone(void **unused)
{
   (void)unused;
   static const uint8_t candidates[] = {1, 2, 4, 6, 7, 9, 11, 14, 15, 16, 17};
   for (unsigned first = 0; first < 256; first++) {
      uint8_t blob[100] = {(uint8_t)first};
      flp_view_t doc = drive_binary_doc("v", 6, flp_view(blob, sizeof blob)), result;
      mongocrypt_ctx_t *ctx = begin(doc);
      if (!memchr(candidates, (int)first, sizeof candidates)) {
         assert_true(drive_to_end(ctx, &result));
         assert_true(flp_view_equal(result, doc));
      } else if (first > 2) {
         drive_assert_error(ctx, "[UNSUPPORTED feature=queryable]");
      } else {
         assert_int_equal(mongocrypt_ctx_state(ctx), MONGOCRYPT_CTX_NEED_MONGO_KEYS);
      }
      mongocrypt_ctx_destroy(ctx);
   }
}

static void an_empty_binary_and_another_subtype_are_left_alone(void **unused)
{
   (void)unused;
   flp_view_t result;
   mongocrypt_ctx_t *ctx = begin(drive_binary_doc("v", 6, flp_view("", 0)));
   assert_true(drive_to_end(ctx, &result));
   mongocrypt_ctx_destroy(ctx);
   ctx = begin(drive_binary_doc("v", 5, drive_sealed_x()));
   assert_true(drive_to_end(ctx, &result));
   mongocrypt_ctx_destroy(ctx);
}

static void a_scope_is_not_entered(void **unused)
{
   (void)unused;
   uint8_t value[512];
   flp_view_t inner = drive_binary_doc("v", 6, drive_sealed_x()), result;
   size_t len = 4 + 5 + inner.len;
   flp_write_u32_le(value, (uint32_t)len);
   memcpy(value + 4, "\1\0\0\0", 5);
   memcpy(value + 9, inner.data, inner.len);
   flp_view_t doc = drive_doc("code", FLP_BSON_CODE_WITH_SCOPE, flp_view(value, len));
   mongocrypt_ctx_t *ctx = begin(doc);
   assert_int_equal(mongocrypt_ctx_state(ctx), MONGOCRYPT_CTX_READY);
   assert_true(drive_to_end(ctx, &result));
   assert_true(flp_view_equal(result, doc));
   mongocrypt_ctx_destroy(ctx);
}

static void eighteen_bytes_are_too_small_at_once_and_nineteen_at_finalize(void **unused)
{
   (void)unused;
   flp_view_t sealed = drive_sealed_x(), result;
   mongocrypt_ctx_t *ctx = begin(drive_binary_doc("v", 6, flp_view(sealed.data, 18)));
   drive_assert_error(ctx, "[CIPHERTEXT_MALFORMED reason=too_small length=18]");
   mongocrypt_ctx_destroy(ctx);
   for (size_t len = 19; len < 18 + 64; len++) {
      ctx = begin(drive_binary_doc("v", 6, flp_view(sealed.data, len)));
      assert_false(drive_to_end(ctx, &result));
      drive_assert_error(ctx, "ciphertext too small");
      mongocrypt_ctx_destroy(ctx);
   }
}

static void every_changed_byte_is_noticed(void **unused)
{
   (void)unused;
   flp_view_t sealed = drive_sealed_x(), result;
   for (size_t at = 0; at < sealed.len; at++) {
      uint8_t changed[256];
      memcpy(changed, sealed.data, sealed.len);
      changed[at] ^= at == 0 ? 3 : 1; /* of the first byte only 1 and 2 mean this kind */
      mongocrypt_ctx_t *ctx = begin(drive_binary_doc("v", 6, flp_view(changed, sealed.len)));
      assert_false(drive_to_end(ctx, &result));
      drive_assert_error(ctx, at >= 1 && at <= 16 ? "does not match any requests" : "[AUTHENTICATION_FAILED what=value key_id=61616161-");
      assert_int_equal(mongocrypt_ctx_state(ctx), MONGOCRYPT_CTX_ERROR);
      mongocrypt_ctx_destroy(ctx);
   }
}

static void type_byte_0_cannot_be_authenticated(void **unused)
{
   (void)unused;
   uint8_t changed[256];
   flp_view_t sealed = drive_sealed_x(), result;
   memcpy(changed, sealed.data, sealed.len);
   changed[17] = 0;
   mongocrypt_ctx_t *ctx = begin(drive_binary_doc("v", 6, flp_view(changed, sealed.len)));
   assert_false(drive_to_end(ctx, &result));
   drive_assert_error(ctx, "associated data");
   mongocrypt_ctx_destroy(ctx);
}

static void a_document_cut_or_changed_anywhere_never_crashes(void **unused)
{
   (void)unused;
   flp_buf_t sealed = nested(true);
   for (size_t len = 0; len < sealed.len; len++) {
      mongocrypt_ctx_t *ctx = begin(flp_view(sealed.data, len));
      drive_assert_error(ctx, "[BSON_INVALID what=doc offset=");
      mongocrypt_ctx_destroy(ctx);
   }
   for (size_t at = 0; at < sealed.len; at++) {
      for (unsigned bit = 0; bit < 8; bit++) {
         flp_view_t result;
         sealed.data[at] ^= (uint8_t)(1u << bit);
         mongocrypt_ctx_t *ctx = begin(flp_view_of(&sealed));
         if (mongocrypt_ctx_state(ctx) != MONGOCRYPT_CTX_ERROR) {
            drive_to_end(ctx, &result);
         }
         mongocrypt_ctx_destroy(ctx);
         sealed.data[at] ^= (uint8_t)(1u << bit);
      }
   }
   flp_buf_cleanup(&sealed);
}

/* A binary value of `len` bytes, then `surplus` more bytes. */
static flp_buf_t binary_value(size_t len, flp_view_t surplus)
{
   flp_buf_t out = {0};
   assert_true(flp_buf_reserve(&out, 5 + len + surplus.len));
   flp_write_u32_le(out.data, (uint32_t)len);
   out.data[4] = 0;
   for (size_t i = 0; i < len; i++) {
      out.data[5 + i] = (uint8_t)(i * 7 + len);
   }
   out.len = 5 + len;
   assert_true(flp_buf_append(&out, surplus));
   return out;
}

/* Two values, long and short in turn, around a plain field; both with what is sealed behind the value. */
static void check_lengths(size_t len_a, size_t len_b, flp_view_t surplus)
{
   flp_buf_t a = binary_value(len_a, surplus), b = binary_value(len_b, surplus), sealed_doc = {0}, plain_doc = {0};
   flp_buf_t sealed_a = drive_seal(FLP_BSON_BINARY, flp_view_of(&a)), sealed_b = drive_seal(FLP_BSON_BINARY, flp_view_of(&b));
   flp_doc_writer_t sealed = {0}, plain = {0};
   flp_view_t result;
   flp_doc_begin(&sealed, 0);
   flp_doc_binary(&sealed, "", 6, flp_view_of(&sealed_a)); /* an empty name: nothing stands before the value but its frame */
   flp_doc_open(&sealed, "d", false);
   flp_doc_int32(&sealed, "i", 1);
   flp_doc_binary(&sealed, "b", 6, flp_view_of(&sealed_b));
   flp_doc_close(&sealed);
   flp_doc_begin(&plain, 0);
   flp_doc_raw(&plain, FLP_BSON_BINARY, flp_view("", 0), flp_view(a.data, 5 + len_a));
   flp_doc_open(&plain, "d", false);
   flp_doc_int32(&plain, "i", 1);
   flp_doc_raw(&plain, FLP_BSON_BINARY, flp_view("b", 1), flp_view(b.data, 5 + len_b));
   flp_doc_close(&plain);
   assert_true(flp_doc_finish(&sealed, &sealed_doc) && flp_doc_finish(&plain, &plain_doc));
   mongocrypt_ctx_t *ctx = begin(flp_view_of(&sealed_doc));
   if (!drive_to_end(ctx, &result)) {
      fail_msg("%zu and %zu bytes: %s", len_a, len_b, drive_error(ctx));
   }
   assert_int_equal(result.len, plain_doc.len);
   assert_memory_equal(result.data, plain_doc.data, plain_doc.len);
   mongocrypt_ctx_destroy(ctx);
   for (flp_buf_t **buf = (flp_buf_t *[]){&a, &b, &sealed_a, &sealed_b, &sealed_doc, &plain_doc, NULL}; *buf; buf++) {
      flp_buf_cleanup(*buf);
   }
}

static void long_and_short_values_of_every_padding_are_opened(void **unused)
{
   (void)unused;
   static const size_t lengths[] = {0, 1, 10, 11, 4070, 4074, 4075, 4076, 4090, 4091, 4092, 70000};
   const size_t n = sizeof lengths / sizeof lengths[0];
   for (size_t i = 0; i < n * n; i++) {
      check_lengths(lengths[i / n], lengths[i % n], flp_view("", 0));
   }
   for (size_t len = 5000; len < 5020; len++) {
      check_lengths(len, len, flp_view("", 0));
   }
}

/* The first element wins [LAX]: for a long value the size of the output was wrong at first. */
static void a_surplus_element_behind_a_value_is_left_out(void **unused)
{
   (void)unused;
   const flp_view_t surplus = flp_view("\x08x\0\1", 4);
   check_lengths(10, 10, surplus);
   check_lengths(10, 9000, surplus);
   check_lengths(9000, 10, surplus);
   check_lengths(9000, 70000, surplus);
}

/* What is opened in the output is checked there, and nothing of it is given out. */
static void a_long_value_that_is_none_is_refused(void **unused)
{
   (void)unused;
   flp_buf_t value = binary_value(9000, flp_view("\x55x\0", 3));
   flp_buf_t sealed = drive_seal(FLP_BSON_BINARY, flp_view_of(&value)), doc = {0};
   flp_doc_writer_t writer = {0};
   flp_view_t result;
   flp_doc_begin(&writer, 0);
   flp_doc_binary(&writer, "v", 6, flp_view_of(&sealed));
   assert_true(flp_doc_finish(&writer, &doc));
   mongocrypt_ctx_t *ctx = begin(flp_view_of(&doc));
   assert_false(drive_to_end(ctx, &result));
   drive_assert_error(ctx, "malformed encrypted bson: unknown type [CIPHERTEXT_MALFORMED");
   mongocrypt_ctx_destroy(ctx);
   flp_buf_cleanup(&value);
   flp_buf_cleanup(&sealed);
   flp_buf_cleanup(&doc);
}

/* `levels` documents in one another, the innermost with a sealed value. */
static flp_buf_t tower(size_t levels)
{
   flp_view_t leaf = drive_binary_doc("v", 6, drive_sealed_x());
   flp_buf_t out = {0};
   size_t len = leaf.len + (levels - 1) * 8;
   assert_true(flp_buf_reserve(&out, len));
   for (size_t i = 1; i < levels; i++) {
      uint8_t head[7];
      flp_write_u32_le(head, (uint32_t)(len - (i - 1) * 8));
      memcpy(head + 4, "\3d", 3);
      assert_true(flp_buf_append(&out, flp_view(head, sizeof head)));
   }
   assert_true(flp_buf_append(&out, leaf));
   for (size_t i = 1; i < levels; i++) {
      assert_true(flp_buf_append_byte(&out, 0));
   }
   return out;
}

static void a_thousand_levels_are_handled_and_one_more_is_refused(void **unused)
{
   (void)unused;
   flp_view_t result;
   flp_buf_t high = tower(1000);
   mongocrypt_ctx_t *ctx = begin(flp_view_of(&high));
   assert_true(drive_to_end(ctx, &result));
   assert_int_equal(flp_read_u32_le(result.data), result.len);
   mongocrypt_ctx_destroy(ctx);
   flp_buf_cleanup(&high);
   high = tower(1001);
   ctx = begin(flp_view_of(&high));
   drive_assert_error(ctx, "[LIMIT_EXCEEDED limit=document_depth value=1001 max=1000]");
   mongocrypt_ctx_destroy(ctx);
   flp_buf_cleanup(&high);
}

static void a_document_of_the_largest_size_is_handled_and_a_longer_one_refused(void **unused)
{
   (void)unused;
   enum { LARGEST = 16 * 1024 * 1024 + 16 * 1024 };
   uint8_t *doc = calloc(1, LARGEST + 1);
   flp_view_t result;
   assert_non_null(doc);
   flp_write_u32_le(doc, LARGEST);
   doc[4] = FLP_BSON_BINARY;
   doc[5] = 'b';
   flp_write_u32_le(doc + 7, LARGEST - 13);
   mongocrypt_ctx_t *ctx = begin(flp_view(doc, LARGEST));
   assert_true(drive_to_end(ctx, &result));
   assert_int_equal(result.len, LARGEST);
   mongocrypt_ctx_destroy(ctx);
   flp_write_u32_le(doc, LARGEST + 1);
   flp_write_u32_le(doc + 7, LARGEST - 12);
   ctx = begin(flp_view(doc, LARGEST + 1));
   drive_assert_error(ctx, "[LIMIT_EXCEEDED limit=document_len value=16793601 max=16793600]");
   mongocrypt_ctx_destroy(ctx);
   free(doc);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, drive_set_up, drive_tear_down)
   const struct CMUnitTest tests[] = {
      TEST(values_at_every_depth_are_opened_and_lengths_set_right),
      TEST(a_document_without_ciphertext_comes_back_as_it_is),
      TEST(a_binary_with_any_other_first_byte_is_left_alone),
      TEST(an_empty_binary_and_another_subtype_are_left_alone),
      TEST(a_scope_is_not_entered),
      TEST(eighteen_bytes_are_too_small_at_once_and_nineteen_at_finalize),
      TEST(every_changed_byte_is_noticed),
      TEST(type_byte_0_cannot_be_authenticated),
      TEST(a_document_cut_or_changed_anywhere_never_crashes),
      TEST(long_and_short_values_of_every_padding_are_opened),
      TEST(a_surplus_element_behind_a_value_is_left_out),
      TEST(a_long_value_that_is_none_is_refused),
      TEST(a_thousand_levels_are_handled_and_one_more_is_refused),
      TEST(a_document_of_the_largest_size_is_handled_and_a_longer_one_refused),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
