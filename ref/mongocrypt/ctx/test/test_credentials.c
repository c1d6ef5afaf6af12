/* Credentials on demand: when the state NEED_KMS_CREDENTIALS comes, what may be given there, and what it is good for. */
#include "ref/mongocrypt/ctx/test/support_drive.h"
#include "ref/mongocrypt/test/json.h"

#define ZEROS_16 "AAAAAAAAAAAAAAAAAAAAAA"
#define KEY_OF_ZEROS "{'key':{'$binary':{'base64':'" ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 "AAAAAAAAAAAAAAAAAA','subType':'00'}}}"
#define KEY_OF_OTHERS "{'key':" JSON_KEY "}"

static mongocrypt_t *handle_of(const char *json)
{
   flp_buf_t providers = from_json(json);
   mongocrypt_t *crypt = drive_handle_with(flp_view_of(&providers));
   flp_buf_cleanup(&providers);
   assert_non_null(crypt);
   return crypt;
}

static bool provide(mongocrypt_ctx_t *ctx, const char *json)
{
   flp_buf_t providers = from_json(json);
   mongocrypt_binary_t in = drive_in(flp_view_of(&providers));
   bool ok = mongocrypt_ctx_provide_kms_providers(ctx, &in);
   flp_buf_cleanup(&providers); /* nothing may point into it */
   return ok;
}

static bool feed(mongocrypt_ctx_t *ctx)
{
   mongocrypt_binary_t in = drive_in(drive_key_doc());
   return mongocrypt_ctx_mongo_feed(ctx, &in);
}

static mongocrypt_ctx_t *explicit_x(mongocrypt_t *crypt)
{
   return drive_explicit(crypt, DETERMINISTIC, drive_text_doc("v", "x"));
}

static void they_are_asked_for_right_before_keys(void **state)
{
   flp_view_t result;
   (void)state;
   mongocrypt_t *crypt = handle_of("{'aws':{}, 'local':" KEY_OF_ZEROS "}");
   mongocrypt_ctx_t *ctx = explicit_x(crypt);
   assert_int_equal(mongocrypt_ctx_state(ctx), MONGOCRYPT_CTX_NEED_KMS_CREDENTIALS); /* although the key is of another provider */
   assert_true(provide(ctx, "{'aws':{}}"));
   assert_int_equal(mongocrypt_ctx_state(ctx), MONGOCRYPT_CTX_NEED_MONGO_KEYS);
   assert_true(drive_to_end(ctx, &result));
   assert_true(flp_view_equal(result, drive_binary_doc("v", 6, drive_sealed_x())));
   mongocrypt_ctx_destroy(ctx);
   ctx = explicit_x(crypt);
   assert_int_equal(mongocrypt_ctx_state(ctx), MONGOCRYPT_CTX_READY); /* the key is cached */
   mongocrypt_ctx_destroy(ctx);
   ctx = mongocrypt_ctx_new(crypt);
   mongocrypt_binary_t in = drive_in(drive_text_doc("v", "x"));
   assert_true(mongocrypt_ctx_decrypt_init(ctx, &in));
   assert_int_equal(mongocrypt_ctx_state(ctx), MONGOCRYPT_CTX_READY); /* nothing to open */
   mongocrypt_ctx_destroy(ctx);
   mongocrypt_destroy(crypt);
}

static void they_count_before_those_of_the_handle_and_for_one_context(void **state)
{
   (void)state;
   mongocrypt_t *crypt = handle_of("{'aws':{}, 'local':" KEY_OF_OTHERS "}");
   mongocrypt_ctx_t *ctx = explicit_x(crypt);
   assert_true(provide(ctx, "{'gcp':{'accessToken':'t'}}"));
   assert_false(feed(ctx));
   drive_assert_error(ctx, "HMAC validation failure");
   mongocrypt_ctx_destroy(ctx);
   ctx = explicit_x(crypt);
   mongocrypt_ctx_t *other = drive_explicit(crypt, RANDOM, drive_text_doc("v", "x"));
   assert_true(provide(ctx, "{'local':" KEY_OF_ZEROS "}"));
   assert_true(provide(other, "{'local':" KEY_OF_OTHERS "}"));
   assert_true(feed(ctx));
   assert_false(feed(other));
   mongocrypt_ctx_destroy(ctx);
   mongocrypt_ctx_destroy(other);
   mongocrypt_destroy(crypt);
}

static void what_was_not_given_is_missed_when_it_is_needed(void **state)
{
   (void)state;
   mongocrypt_t *crypt = handle_of("{'aws':{}}");
   mongocrypt_ctx_t *ctx = explicit_x(crypt);
   assert_true(provide(ctx, "{'local':{}, 'local:n':" KEY_OF_ZEROS "}"));
   assert_false(feed(ctx));
   drive_assert_error(ctx, "[PROVIDER_NOT_CONFIGURED provider=local key_id=61616161-6161-6161-6161-616161616161]");
   mongocrypt_ctx_destroy(ctx);
   mongocrypt_destroy(crypt);
}

static const struct {
   const char *json, *error;
} refused[] = {
   {"{}", "no kms provider set [PROVIDER_NONE]"},
   {"{'local':1}", "[FIELD_REQUIRED what=kms_providers field=local want=object got=int]"},
   {"{'vault':{}}", "[PROVIDER_UNKNOWN_TYPE provider=vault]"},
   {"{'local:n':{}}", "[PROVIDER_EMPTY provider=local:n]"},
   {"{'local':{'key':'Zm9v'}}", "[LOCAL_KEY_LENGTH length=3 want=96]"},
   {"{'local':" KEY_OF_ZEROS ", 'vault':{}}", "[PROVIDER_UNKNOWN_TYPE provider=vault]"},
};

static void what_is_refused_ends_the_context(void **state)
{
   (void)state;
   mongocrypt_t *crypt = handle_of("{'local':{}}");
   for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
      mongocrypt_ctx_t *ctx = explicit_x(crypt);
      assert_false(provide(ctx, refused[i].json));
      drive_assert_error(ctx, refused[i].error);
      assert_int_equal(mongocrypt_ctx_state(ctx), MONGOCRYPT_CTX_ERROR);
      assert_false(provide(ctx, "{'local':" KEY_OF_ZEROS "}")); /* no second try */
      drive_assert_error(ctx, "[STATE_WRONG call=provide_kms_providers state=ERROR want=NEED_KMS_CREDENTIALS]");
      mongocrypt_ctx_destroy(ctx);
   }
   mongocrypt_ctx_t *ctx = explicit_x(crypt);
   assert_false(mongocrypt_ctx_provide_kms_providers(ctx, NULL));
   drive_assert_error(ctx, "[ARGUMENT_NULL call=provide_kms_providers argument=kms_providers_definition]");
   mongocrypt_ctx_destroy(ctx);
   ctx = explicit_x(crypt);
   mongocrypt_binary_t in = drive_in(flp_view("\6\0\0\0\0", 5));
   assert_false(mongocrypt_ctx_provide_kms_providers(ctx, &in));
   drive_assert_error(ctx, "[BSON_INVALID what=kms_providers");
   mongocrypt_ctx_destroy(ctx);
   mongocrypt_destroy(crypt);
}

static mongocrypt_ctx_t *data_key(mongocrypt_t *crypt, const char *kek)
{
   flp_buf_t option = from_json(kek);
   mongocrypt_binary_t in = drive_in(flp_view_of(&option));
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(crypt);
   assert_true(mongocrypt_ctx_setopt_key_encryption_key(ctx, &in));
   flp_buf_cleanup(&option);
   assert_true(mongocrypt_ctx_datakey_init(ctx));
   return ctx;
}

static void a_data_key_asks_only_for_its_own_provider(void **state)
{
   flp_view_t result;
   (void)state;
   mongocrypt_t *crypt = handle_of("{'local':{}, 'local:n':" KEY_OF_ZEROS "}");
   mongocrypt_ctx_t *ctx = data_key(crypt, "{'provider':'local:n'}");
   assert_int_equal(mongocrypt_ctx_state(ctx), MONGOCRYPT_CTX_READY);
   mongocrypt_ctx_destroy(ctx);
   ctx = data_key(crypt, "{'provider':'local'}");
   assert_int_equal(mongocrypt_ctx_state(ctx), MONGOCRYPT_CTX_NEED_KMS_CREDENTIALS);
   assert_true(provide(ctx, "{'local':" KEY_OF_OTHERS "}"));
   assert_int_equal(mongocrypt_ctx_state(ctx), MONGOCRYPT_CTX_READY);
   assert_true(drive_to_end(ctx, &result));
   mongocrypt_ctx_destroy(ctx);
   ctx = data_key(crypt, "{'provider':'local'}");
   assert_false(provide(ctx, "{'local':{}, 'aws':{'accessKeyId':'a','secretAccessKey':'b'}}"));
   drive_assert_error(ctx, "[PROVIDER_NOT_CONFIGURED provider=local]");
   mongocrypt_ctx_destroy(ctx);
   mongocrypt_destroy(crypt);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(they_are_asked_for_right_before_keys),
      cmocka_unit_test(they_count_before_those_of_the_handle_and_for_one_context),
      cmocka_unit_test(what_was_not_given_is_missed_when_it_is_needed),
      cmocka_unit_test(what_is_refused_ends_the_context),
      cmocka_unit_test(a_data_key_asks_only_for_its_own_provider),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
