/* Explicit encryption and decryption through the public functions: the round trip first, then types, normal forms and refusals. */
#include "ref/mongocrypt/ctx/test/support_drive.h"

#include "ref/base/bson_walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static flp_view_t payload_of(flp_view_t result)
{
   flp_bson_element_t v;
   uint8_t subtype = 0;
   assert_true(flp_bson_find(result, "v", &v));
   assert_int_equal(v.type, FLP_BSON_BINARY);
   flp_view_t payload = flp_bson_binary_view(v.value, &subtype);
   assert_int_equal(subtype, 6);
   return payload;
}

static void deterministic_encryption_gives_the_bytes_of_the_official_library(void **unused)
{
   (void)unused;
   flp_view_t result, want = drive_sealed_x();
   mongocrypt_ctx_t *ctx = drive_explicit(drive_crypt, DETERMINISTIC, drive_text_doc("v", "x"));
   assert_int_equal(mongocrypt_ctx_state(ctx), MONGOCRYPT_CTX_NEED_MONGO_KEYS);
   assert_true(drive_to_end(ctx, &result));
   assert_int_equal(mongocrypt_ctx_state(ctx), MONGOCRYPT_CTX_DONE);
   flp_view_t payload = payload_of(result);
   assert_int_equal(payload.len, want.len);
   assert_memory_equal(payload.data, want.data, want.len);
   mongocrypt_ctx_destroy(ctx);
}

static void a_cached_key_is_not_asked_for(void **unused)
{
   (void)unused;
   flp_view_t result;
   mongocrypt_ctx_t *first = drive_explicit(drive_crypt, DETERMINISTIC, drive_text_doc("v", "x"));
   assert_true(drive_to_end(first, &result));
   mongocrypt_ctx_t *second = drive_explicit(drive_crypt, DETERMINISTIC, drive_text_doc("v", "x"));
   assert_int_equal(mongocrypt_ctx_state(second), MONGOCRYPT_CTX_READY);
   mongocrypt_ctx_destroy(first);
   mongocrypt_ctx_destroy(second);
}

static const struct {
   const char *name;
   uint8_t type;
   const char *value;
   size_t len;
   bool random;
   bool deterministic;
   const char *normal; /* NULL: the value itself */
   size_t normal_len;
} values[] = {
   {"double", FLP_BSON_DOUBLE, "12345678", 8, true, false, NULL, 0},
   {"string", FLP_BSON_STRING, "\4\0\0\0a\0b\0", 8, true, true, NULL, 0},
   {"document", FLP_BSON_DOCUMENT, "\5\0\0\0\0", 5, true, false, NULL, 0},
   {"array", FLP_BSON_ARRAY, "\5\0\0\0\0", 5, true, false, NULL, 0},
   {"binary", FLP_BSON_BINARY, "\2\0\0\0\0ab", 7, true, true, NULL, 0},
   {"binary of subtype 2", FLP_BSON_BINARY, "\6\0\0\0\2\2\0\0\0ab", 11, true, true, NULL, 0},
   {"binary of subtype 6", FLP_BSON_BINARY, "\1\0\0\0\6\1", 6, false, false, NULL, 0},
   {"undefined", FLP_BSON_UNDEFINED, "", 0, false, false, NULL, 0},
   {"object id", FLP_BSON_OBJECT_ID, "123456789012", 12, true, true, NULL, 0},
   {"bool", FLP_BSON_BOOL, "\1", 1, true, false, NULL, 0},
   {"date", FLP_BSON_DATE, "12345678", 8, true, true, NULL, 0},
   {"null", FLP_BSON_NULL, "", 0, false, false, NULL, 0},
   {"regex", FLP_BSON_REGEX, "a\0ixs\0", 6, true, true, "a\0isx\0", 6},
   {"regex with options that nobody knows", FLP_BSON_REGEX, "a\0qizi\0", 7, true, true, "a\0i\0", 4},
   {"pointer", FLP_BSON_DB_POINTER,
    "\2\0\0\0a\0"
    "123456789012",
    18, true, true, NULL, 0},
   {"pointer with an inner NUL", FLP_BSON_DB_POINTER,
    "\4\0\0\0a\0b\0"
    "123456789012",
    20, true, true,
    "\2\0\0\0a\0"
    "123456789012",
    18},
   {"code", FLP_BSON_CODE, "\4\0\0\0a\0b\0", 8, true, true, "\2\0\0\0a\0", 6},
   {"symbol", FLP_BSON_SYMBOL, "\4\0\0\0a\0b\0", 8, true, true, NULL, 0},
   {"code with scope", FLP_BSON_CODE_WITH_SCOPE, "\x11\0\0\0\4\0\0\0a\0b\0\5\0\0\0\0", 17, true, false, "\x0F\0\0\0\2\0\0\0a\0\5\0\0\0\0",
    15},
   {"int32", FLP_BSON_INT32, "1234", 4, true, true, NULL, 0},
   {"timestamp", FLP_BSON_TIMESTAMP, "12345678", 8, true, true, NULL, 0},
   {"int64", FLP_BSON_INT64, "12345678", 8, true, true, NULL, 0},
   {"decimal128", FLP_BSON_DECIMAL128, "1234567890123456", 16, true, false, NULL, 0},
   {"minKey", FLP_BSON_MIN_KEY, "", 0, false, false, NULL, 0},
   {"maxKey", FLP_BSON_MAX_KEY, "", 0, false, false, NULL, 0},
};

/* Encrypts row i; if that is allowed, decrypts it and compares with the normal form. */
static void round_trip(size_t i, const char *algorithm, bool allowed)
{
   flp_view_t sealed, opened;
   mongocrypt_ctx_t *ctx = drive_explicit(drive_crypt, algorithm, drive_doc("v", values[i].type, flp_view(values[i].value, values[i].len)));
   if (!allowed) {
      drive_assert_error(ctx, "[VALUE_TYPE_REFUSED bson_type=");
      mongocrypt_ctx_destroy(ctx);
      return;
   }
   if (!drive_to_end(ctx, &sealed)) {
      fail_msg("%s: %s", values[i].name, drive_error(ctx));
   }
   mongocrypt_ctx_t *back = mongocrypt_ctx_new(drive_crypt);
   mongocrypt_binary_t in = drive_in(sealed);
   assert_true(mongocrypt_ctx_explicit_decrypt_init(back, &in));
   assert_true(drive_to_end(back, &opened));
   flp_view_t want = values[i].normal ? flp_view(values[i].normal, values[i].normal_len) : flp_view(values[i].value, values[i].len);
   flp_view_t want_doc = drive_doc("v", values[i].type, want);
   if (!flp_view_equal(opened, want_doc)) {
      fail_msg("%s does not come back", values[i].name);
   }
   mongocrypt_ctx_destroy(back);
   mongocrypt_ctx_destroy(ctx);
}

static void every_type_is_encrypted_or_refused_by_the_table(void **unused)
{
   (void)unused;
   for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
      round_trip(i, RANDOM, values[i].random);
      round_trip(i, DETERMINISTIC, values[i].deterministic);
   }
}

static void random_encryption_of_equal_values_differs(void **unused)
{
   (void)unused;
   flp_view_t a, b;
   mongocrypt_ctx_t *first = drive_explicit(drive_crypt, RANDOM, drive_text_doc("v", "x"));
   assert_true(drive_to_end(first, &a));
   mongocrypt_ctx_t *second = drive_explicit(drive_crypt, RANDOM, drive_text_doc("v", "x"));
   assert_true(drive_to_end(second, &b));
   assert_int_equal(a.len, b.len);
   assert_memory_not_equal(a.data, b.data, a.len);
   mongocrypt_ctx_destroy(first);
   mongocrypt_ctx_destroy(second);
}

static void the_message_is_checked(void **unused)
{
   (void)unused;
   static const struct {
      const char *msg;
      size_t len;
      const char *error;
   } rows[] = {
      {NULL, 0, "[ARGUMENT_NULL call=explicit_encrypt_init argument=msg]"},
      {"\5\0\0", 3, "[BSON_INVALID what=msg offset="},
      {"\5\0\0\0\0", 5, "[FIELD_REQUIRED what=msg field=v got=absent]"},
   };
   for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
      mongocrypt_ctx_t *ctx = drive_explicit(drive_crypt, RANDOM, flp_view(rows[i].msg, rows[i].len));
      drive_assert_error(ctx, rows[i].error);
      assert_int_equal(mongocrypt_ctx_state(ctx), MONGOCRYPT_CTX_ERROR);
      mongocrypt_ctx_destroy(ctx);
   }
}

static void queryable_algorithms_are_not_built(void **unused)
{
   (void)unused;
   mongocrypt_ctx_t *ctx = drive_explicit(drive_crypt, MONGOCRYPT_ALGORITHM_UNINDEXED_STR, drive_text_doc("v", "x"));
   drive_assert_error(ctx, "[UNSUPPORTED feature=queryable]");
   mongocrypt_ctx_destroy(ctx);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, drive_set_up, drive_tear_down)
   const struct CMUnitTest tests[] = {
      TEST(deterministic_encryption_gives_the_bytes_of_the_official_library),
      TEST(a_cached_key_is_not_asked_for),
      TEST(every_type_is_encrypted_or_refused_by_the_table),
      TEST(random_encryption_of_equal_values_differs),
      TEST(the_message_is_checked),
      TEST(queryable_algorithms_are_not_built),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
