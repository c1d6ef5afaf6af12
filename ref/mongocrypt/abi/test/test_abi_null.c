/* NULL everywhere: no call crashes, each gives false or its neutral value (API sheet 1.9, hazards HZ-4 to HZ-6). */
#include "ref/mongocrypt/test/json.h"

#include "mongocrypt/mongocrypt.h"

static void functions_on_nothing_say_no(void **state)
{
   uint32_t len = 5;
   bool flag = true;
   const char *text = "kept";
   mongocrypt_binary_t out = {NULL, 0};
   (void)state;
   assert_int_equal(mongocrypt_binary_len(NULL), 0);
   assert_null(mongocrypt_binary_data(NULL));
   mongocrypt_binary_destroy(NULL);
   mongocrypt_status_set(NULL, MONGOCRYPT_STATUS_ERROR_CLIENT, 1, "x", -1);
   assert_false(mongocrypt_status_ok(NULL));
   assert_int_equal(mongocrypt_status_type(NULL), MONGOCRYPT_STATUS_ERROR_CLIENT);
   assert_int_equal(mongocrypt_status_code(NULL), 0);
   assert_null(mongocrypt_status_message(NULL, &len));
   mongocrypt_status_destroy(NULL);

   assert_false(mongocrypt_init(NULL));
   assert_false(mongocrypt_status(NULL, NULL));
   mongocrypt_destroy(NULL);
   assert_false(mongocrypt_setopt_log_handler(NULL, NULL, NULL));
   assert_false(mongocrypt_setopt_retry_kms(NULL, true));
   assert_false(mongocrypt_setopt_enable_multiple_collinfo(NULL));
   assert_false(mongocrypt_setopt_kms_provider_aws(NULL, NULL, -1, NULL, -1));
   assert_false(mongocrypt_setopt_kms_provider_local(NULL, NULL));
   assert_false(mongocrypt_setopt_kms_providers(NULL, NULL));
   assert_false(mongocrypt_setopt_schema_map(NULL, NULL));
   assert_false(mongocrypt_setopt_encrypted_field_config_map(NULL, NULL));
   mongocrypt_setopt_append_crypt_shared_lib_search_path(NULL, NULL);
   mongocrypt_setopt_set_crypt_shared_lib_path_override(NULL, NULL);
   mongocrypt_setopt_use_need_kms_credentials_state(NULL);
   mongocrypt_setopt_use_need_mongo_collinfo_with_db_state(NULL);
   mongocrypt_setopt_bypass_query_analysis(NULL);
   assert_false(mongocrypt_setopt_use_range_v2(NULL));
   assert_false(mongocrypt_setopt_key_expiration(NULL, 1));
   assert_null(mongocrypt_crypt_shared_lib_version_string(NULL, &len));
   assert_int_equal(len, 0);
   assert_true(mongocrypt_crypt_shared_lib_version(NULL) == 0);
   assert_false(mongocrypt_setopt_crypto_hooks(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL));
   assert_false(mongocrypt_setopt_aes_256_ctr(NULL, NULL, NULL, NULL));
   assert_false(mongocrypt_setopt_aes_256_ecb(NULL, NULL, NULL));
   assert_false(mongocrypt_setopt_crypto_hook_sign_rsaes_pkcs1_v1_5(NULL, NULL, NULL));

   assert_null(mongocrypt_ctx_new(NULL));
   assert_false(mongocrypt_ctx_status(NULL, NULL));
   mongocrypt_ctx_destroy(NULL);
   assert_false(mongocrypt_ctx_setopt_key_id(NULL, NULL));
   assert_false(mongocrypt_ctx_setopt_key_alt_name(NULL, NULL));
   assert_false(mongocrypt_ctx_setopt_key_material(NULL, NULL));
   assert_false(mongocrypt_ctx_setopt_algorithm(NULL, NULL, -1));
   assert_false(mongocrypt_ctx_setopt_masterkey_aws(NULL, NULL, -1, NULL, -1));
   assert_false(mongocrypt_ctx_setopt_masterkey_aws_endpoint(NULL, NULL, -1));
   assert_false(mongocrypt_ctx_setopt_masterkey_local(NULL));
   assert_false(mongocrypt_ctx_setopt_key_encryption_key(NULL, NULL));
   assert_false(mongocrypt_ctx_setopt_contention_factor(NULL, 1));
   assert_false(mongocrypt_ctx_setopt_index_key_id(NULL, NULL));
   assert_false(mongocrypt_ctx_setopt_query_type(NULL, NULL, -1));
   assert_false(mongocrypt_ctx_setopt_algorithm_range(NULL, NULL));
   assert_false(mongocrypt_ctx_setopt_algorithm_text(NULL, NULL));
   assert_false(mongocrypt_ctx_encrypt_init(NULL, NULL, -1, NULL));
   assert_false(mongocrypt_ctx_decrypt_init(NULL, NULL));
   assert_false(mongocrypt_ctx_explicit_encrypt_init(NULL, NULL));
   assert_false(mongocrypt_ctx_explicit_encrypt_expression_init(NULL, NULL));
   assert_false(mongocrypt_ctx_explicit_decrypt_init(NULL, NULL));
   assert_false(mongocrypt_ctx_datakey_init(NULL));
   assert_false(mongocrypt_ctx_rewrap_many_datakey_init(NULL, NULL));
   assert_int_equal(mongocrypt_ctx_state(NULL), MONGOCRYPT_CTX_ERROR);
   assert_false(mongocrypt_ctx_mongo_op(NULL, &out));
   assert_null(mongocrypt_ctx_mongo_db(NULL));
   assert_false(mongocrypt_ctx_mongo_feed(NULL, NULL));
   assert_false(mongocrypt_ctx_mongo_done(NULL));
   assert_null(mongocrypt_ctx_next_kms_ctx(NULL));
   assert_false(mongocrypt_ctx_kms_done(NULL));
   assert_false(mongocrypt_ctx_provide_kms_providers(NULL, NULL));
   assert_false(mongocrypt_ctx_finalize(NULL, &out));

   assert_false(mongocrypt_kms_ctx_message(NULL, &out));
   assert_false(mongocrypt_kms_ctx_endpoint(NULL, &text));
   assert_int_equal(mongocrypt_kms_ctx_bytes_needed(NULL), 0);
   assert_true(mongocrypt_kms_ctx_usleep(NULL) == 0);
   assert_false(mongocrypt_kms_ctx_feed(NULL, NULL));
   assert_false(mongocrypt_kms_ctx_feed_with_retry(NULL, NULL, &flag));
   assert_false(flag);
   assert_false(mongocrypt_kms_ctx_feed_with_retry(NULL, NULL, NULL));
   assert_false(mongocrypt_kms_ctx_fail(NULL));
   assert_false(mongocrypt_kms_ctx_status(NULL, NULL));
   assert_null(mongocrypt_kms_ctx_get_kms_provider(NULL, NULL));
   assert_null(out.data);
   assert_string_equal(text, "kept");
}

/* Runs one call on a fresh context of a good handle and looks for the error. */
static void check(int call, const char *part)
{
   uint8_t key[96] = {0};
   mongocrypt_binary_t key_binary = {key, sizeof key};
   mongocrypt_binary_t no_data = {NULL, 7};
   mongocrypt_t *crypt = mongocrypt_new();
   mongocrypt_status_t *status = mongocrypt_status_new();
   assert_true(mongocrypt_setopt_kms_provider_local(crypt, &key_binary));
   assert_true(mongocrypt_init(crypt));
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(crypt);
   bool ok = true;
   // clang-format off
   switch (call) {
   case 0: ok = mongocrypt_ctx_setopt_key_id(ctx, &no_data); break;
   case 1: ok = mongocrypt_ctx_setopt_key_alt_name(ctx, &no_data); break;
   case 2: ok = mongocrypt_ctx_setopt_key_material(ctx, NULL); break;
   case 3: ok = mongocrypt_ctx_setopt_algorithm(ctx, NULL, 5); break;
   case 4: ok = mongocrypt_ctx_setopt_query_type(ctx, NULL, 5); break;
   case 5: ok = mongocrypt_ctx_setopt_algorithm_range(ctx, NULL); break;
   case 6: ok = mongocrypt_ctx_setopt_algorithm_text(ctx, &no_data); break;
   case 7: ok = mongocrypt_ctx_setopt_key_encryption_key(ctx, NULL); break;
   case 8: ok = mongocrypt_ctx_setopt_masterkey_aws(ctx, NULL, 3, "k", -1); break;
   case 9: ok = mongocrypt_ctx_setopt_masterkey_aws_endpoint(ctx, NULL, 3); break;
   case 10: ok = mongocrypt_ctx_status(ctx, NULL); break;
   case 11: ok = mongocrypt_ctx_decrypt_init(ctx, NULL); break;
   default: ok = mongocrypt_ctx_explicit_decrypt_init(ctx, &no_data); break;
   }
   // clang-format on
   assert_false(ok);
   assert_false(mongocrypt_ctx_status(ctx, status));
   if (!strstr(mongocrypt_status_message(status, NULL), part)) {
      fail_msg("call %d: expected `%s`, got: %s", call, part, mongocrypt_status_message(status, NULL));
   }
   assert_int_equal(mongocrypt_ctx_state(ctx), MONGOCRYPT_CTX_ERROR);
   mongocrypt_status_destroy(status);
   mongocrypt_ctx_destroy(ctx);
   mongocrypt_destroy(crypt);
}

static void a_null_argument_is_an_error_that_names_the_call(void **state)
{
   static const char *const parts[] = {"ARGUMENT_NULL call=ctx_setopt_key_id",
                                       "ARGUMENT_NULL call=ctx_setopt_key_alt_name",
                                       "ARGUMENT_NULL call=ctx_setopt_key_material",
                                       "ARGUMENT_NULL call=ctx_setopt_algorithm",
                                       "ARGUMENT_NULL call=ctx_setopt_query_type",
                                       "ARGUMENT_NULL call=ctx_setopt_algorithm_range",
                                       "ARGUMENT_NULL call=ctx_setopt_algorithm_text",
                                       "ARGUMENT_NULL call=ctx_setopt_key_encryption_key",
                                       "OPTION_INVALID option=masterkey_aws",
                                       "ENDPOINT_INVALID field=masterkey_aws_endpoint",
                                       "invalid NULL output [ARGUMENT_NULL call=ctx_status",
                                       "invalid doc [ARGUMENT_NULL",
                                       "invalid msg [ARGUMENT_NULL"};
   (void)state;
   for (int call = 0; call < (int)(sizeof parts / sizeof parts[0]); call++) {
      check(call, parts[call]);
   }
}

static void a_null_option_of_the_handle_fails_init(void **state)
{
   (void)state;
   for (int call = 0; call < 3; call++) {
      mongocrypt_t *crypt = mongocrypt_new();
      mongocrypt_status_t *status = mongocrypt_status_new();
      switch (call) {
      case 0:
         mongocrypt_setopt_kms_providers(crypt, NULL);
         break;
      case 1:
         mongocrypt_setopt_append_crypt_shared_lib_search_path(crypt, NULL);
         break;
      default:
         mongocrypt_setopt_set_crypt_shared_lib_path_override(crypt, NULL);
         break;
      }
      assert_false(mongocrypt_init(crypt));
      assert_false(mongocrypt_status(crypt, status));
      assert_non_null(strstr(mongocrypt_status_message(status, NULL), "[ARGUMENT_NULL call=setopt_"));
      mongocrypt_status_destroy(status);
      mongocrypt_destroy(crypt);
   }
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(functions_on_nothing_say_no),
      cmocka_unit_test(a_null_argument_is_an_error_that_names_the_call),
      cmocka_unit_test(a_null_option_of_the_handle_fails_init),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
