/* The caller's status and binary objects (rules OWN-1, OWN-6, LEN-3, LEN-4, STS-1 to STS-5). */
#include "ref/mongocrypt/abi/abi.h"
#include "ref/mongocrypt/test/json.h"

static void a_new_status_is_ok_and_silent(void **state)
{
   mongocrypt_status_t *status = mongocrypt_status_new();
   uint32_t len = 77;
   (void)state;
   assert_true(mongocrypt_status_ok(status));
   assert_int_equal(mongocrypt_status_type(status), MONGOCRYPT_STATUS_OK);
   assert_int_equal(mongocrypt_status_code(status), 0);
   assert_null(mongocrypt_status_message(status, &len));
   assert_int_equal(len, 77); /* left alone */
   mongocrypt_status_destroy(status);
}

static void the_length_of_a_message_counts_its_nul(void **state)
{
   static const struct {
      int32_t len;
      const char *want;
   } cases[] = {{-1, "hello"}, {-5, "hello"}, {6, "hello"}, {5, "hell"}, {1, ""}, {0, ""}};
   mongocrypt_status_t *status = mongocrypt_status_new();
   (void)state;
   for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
      uint32_t len = 0;
      mongocrypt_status_set(status, MONGOCRYPT_STATUS_ERROR_KMS, 42, "hello", cases[i].len);
      assert_string_equal(mongocrypt_status_message(status, &len), cases[i].want);
      assert_int_equal(len, strlen(cases[i].want));
      assert_int_equal(mongocrypt_status_type(status), MONGOCRYPT_STATUS_ERROR_KMS);
      assert_int_equal(mongocrypt_status_code(status), 42);
   }
   mongocrypt_status_destroy(status);
}

static void ok_with_a_code_keeps_the_code_and_hides_the_message(void **state)
{
   mongocrypt_status_t *status = mongocrypt_status_new();
   (void)state;
   mongocrypt_status_set(status, MONGOCRYPT_STATUS_OK, 9, "text", -1);
   assert_int_equal(mongocrypt_status_code(status), 9);
   assert_null(mongocrypt_status_message(status, NULL));
   mongocrypt_status_destroy(status);
}

static void messages_have_any_length(void **state)
{
   mongocrypt_status_t *status = mongocrypt_status_new();
   size_t len = 100000;
   char *text = malloc(len + 1);
   (void)state;
   memset(text, 'x', len);
   text[len] = '\0';
   mongocrypt_status_set(status, MONGOCRYPT_STATUS_ERROR_CLIENT, 1, text, -1);
   assert_string_equal(mongocrypt_status_message(status, NULL), text);
   /* a status may be set from its own message */
   mongocrypt_status_set(status, MONGOCRYPT_STATUS_ERROR_CLIENT, 2, mongocrypt_status_message(status, NULL) + 10, -1);
   assert_string_equal(mongocrypt_status_message(status, NULL), text + 10);
   mongocrypt_status_set(status, MONGOCRYPT_STATUS_ERROR_CLIENT, 3, "short", -1);
   mongocrypt_status_set(status, MONGOCRYPT_STATUS_ERROR_CLIENT, 3, mongocrypt_status_message(status, NULL) + 1, -1);
   assert_string_equal(mongocrypt_status_message(status, NULL), "hort");
   mongocrypt_status_destroy(status);
   free(text);
}

static void a_status_outlives_its_handle(void **state)
{
   mongocrypt_t *crypt = mongocrypt_new();
   mongocrypt_status_t *status = mongocrypt_status_new();
   (void)state;
   assert_false(mongocrypt_init(crypt));
   assert_false(mongocrypt_status(crypt, status));
   mongocrypt_destroy(crypt);
   assert_string_equal(mongocrypt_status_message(status, NULL), "no kms provider set [PROVIDER_NONE]");
   assert_int_equal(mongocrypt_status_code(status), 1);
   mongocrypt_status_destroy(status);
}

static void asking_a_good_handle_clears_the_status(void **state)
{
   mongocrypt_t *crypt = mongocrypt_new();
   mongocrypt_status_t *status = mongocrypt_status_new();
   (void)state;
   mongocrypt_status_set(status, MONGOCRYPT_STATUS_ERROR_KMS, 3, "old", -1);
   assert_true(mongocrypt_status(crypt, status));
   assert_int_equal(mongocrypt_status_code(status), 0);
   assert_true(mongocrypt_status_ok(status));
   assert_false(mongocrypt_status(crypt, NULL)); /* an error by itself */
   assert_false(mongocrypt_status(crypt, status));
   assert_non_null(strstr(mongocrypt_status_message(status, NULL), "argument 'out' is required"));
   mongocrypt_status_destroy(status);
   mongocrypt_destroy(crypt);
}

static void a_binary_is_a_view(void **state)
{
   uint8_t bytes[4] = {1, 2, 3, 4};
   mongocrypt_binary_t *binary = mongocrypt_binary_new();
   (void)state;
   assert_null(mongocrypt_binary_data(binary));
   assert_int_equal(mongocrypt_binary_len(binary), 0);
   mongocrypt_binary_destroy(binary);
   binary = mongocrypt_binary_new_from_data(bytes, 4);
   assert_ptr_equal(mongocrypt_binary_data(binary), bytes);
   assert_int_equal(mongocrypt_binary_len(binary), 4);
   mongocrypt_binary_destroy(binary);
   assert_int_equal(bytes[0], 1);
   binary = mongocrypt_binary_new_from_data(NULL, 4); /* hazard HZ-6 */
   assert_null(mongocrypt_binary_data(binary));
   assert_int_equal(mongocrypt_binary_len(binary), 0);
   mongocrypt_binary_destroy(binary);
}

static void texts_are_measured_by_one_rule(void **state)
{
   bool ok = false;
   (void)state;
   assert_int_equal(flp_abi_text("abc", -1, &ok).len, 3);
   assert_true(ok);
   assert_int_equal(flp_abi_text("abc", 2, &ok).len, 2);
   assert_int_equal(flp_abi_text("abc", 0, &ok).len, 0);
   assert_non_null(flp_abi_text("abc", 0, &ok).data);
   assert_null(flp_abi_text(NULL, -1, &ok).data);
   assert_true(ok);
   assert_null(flp_abi_text("abc", -2, &ok).data);
   assert_false(ok);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_new_status_is_ok_and_silent),
      cmocka_unit_test(the_length_of_a_message_counts_its_nul),
      cmocka_unit_test(ok_with_a_code_keeps_the_code_and_hides_the_message),
      cmocka_unit_test(messages_have_any_length),
      cmocka_unit_test(a_status_outlives_its_handle),
      cmocka_unit_test(asking_a_good_handle_clears_the_status),
      cmocka_unit_test(a_binary_is_a_view),
      cmocka_unit_test(texts_are_measured_by_one_rule),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
