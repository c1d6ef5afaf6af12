/* A handle's life through the interface (rules INIT-1 to INIT-8, MAP-3, CS-11, CTX-7, CTX-8). */
#include "ref/mongocrypt/test/json.h"

#include "mongocrypt/mongocrypt.h"

static bool give(mongocrypt_t *crypt, bool (*setter)(mongocrypt_t *, mongocrypt_binary_t *), const char *json)
{
   flp_buf_t document = from_json(json);
   mongocrypt_binary_t binary = {document.data, (uint32_t)document.len};
   bool ok = setter(crypt, &binary);
   flp_buf_cleanup(&document);
   return ok;
}

static mongocrypt_t *with_local(void)
{
   mongocrypt_t *crypt = mongocrypt_new();
   assert_true(give(crypt, mongocrypt_setopt_kms_providers, "{'local':{'key':" JSON_KEY "}}"));
   return crypt;
}

static void assert_says(mongocrypt_t *crypt, const char *part)
{
   mongocrypt_status_t *status = mongocrypt_status_new();
   assert_false(mongocrypt_status(crypt, status));
   const char *message = mongocrypt_status_message(status, NULL);
   if (!strstr(message, part)) {
      fail_msg("expected `%s`, got: %s", part, message);
   }
   mongocrypt_status_destroy(status);
}

static void assert_ctx_says(mongocrypt_ctx_t *ctx, const char *part)
{
   mongocrypt_status_t *status = mongocrypt_status_new();
   assert_false(mongocrypt_ctx_status(ctx, status));
   const char *message = mongocrypt_status_message(status, NULL);
   if (!strstr(message, part)) {
      fail_msg("expected `%s`, got: %s", part, message);
   }
   mongocrypt_status_destroy(status);
}

static void the_version_names_the_release_of_the_interface(void **state)
{
   uint32_t len = 0;
   const char *version = mongocrypt_version(&len);
   (void)state;
   assert_int_equal(len, strlen(version));
   assert_memory_equal(version, MONGOCRYPT_VERSION "+fleproof.", strlen(MONGOCRYPT_VERSION "+fleproof."));
   assert_true(mongocrypt_is_crypto_available());
}

static void a_handle_is_initialised_once(void **state)
{
   mongocrypt_t *crypt = with_local();
   (void)state;
   assert_true(mongocrypt_init(crypt));
   assert_false(mongocrypt_init(crypt));
   assert_says(crypt, "already initialized [ALREADY_INITIALIZED object=handle]");
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(crypt); /* what works goes on working */
   assert_non_null(ctx);
   mongocrypt_ctx_destroy(ctx);
   mongocrypt_destroy(crypt);
}

static void a_failed_setter_is_remembered_by_init(void **state)
{
   mongocrypt_t *crypt = with_local();
   (void)state;
   assert_false(mongocrypt_setopt_key_expiration(crypt, UINT64_MAX));
   assert_false(mongocrypt_setopt_schema_map(crypt, NULL)); /* the first one stays */
   assert_false(mongocrypt_init(crypt));
   assert_says(crypt, "got 18446744073709551615 [OPTION_RANGE option=key_expiration value=18446744073709551615");
   assert_null(mongocrypt_ctx_new(crypt));
   mongocrypt_destroy(crypt);
}

static void no_context_comes_before_init(void **state)
{
   mongocrypt_t *crypt = with_local();
   (void)state;
   assert_null(mongocrypt_ctx_new(crypt));
   assert_says(crypt, "uninitialized crypt [NOT_INITIALIZED object=handle call=ctx_new]");
   assert_false(mongocrypt_init(crypt));
   mongocrypt_destroy(crypt);
}

static void setters_come_before_init(void **state)
{
   static const char *const options[] = {"log_handler",
                                         "retry_kms",
                                         "enable_multiple_collinfo",
                                         "kms_provider_aws",
                                         "kms_provider_local",
                                         "kms_providers",
                                         "schema_map",
                                         "encrypted_field_config_map",
                                         "use_range_v2",
                                         "key_expiration",
                                         "crypto_hooks",
                                         "aes_256_ctr",
                                         "aes_256_ecb",
                                         "crypto_hook_sign_rsaes_pkcs1_v1_5",
                                         "use_need_kms_credentials_state",
                                         "use_need_mongo_collinfo_with_db_state",
                                         "bypass_query_analysis",
                                         "append_crypt_shared_lib_search_path",
                                         "set_crypt_shared_lib_path_override"};
   (void)state;
   for (int i = 0; i < 19; i++) {
      mongocrypt_t *crypt = with_local();
      bool ok = false;
      assert_true(mongocrypt_init(crypt));
      // clang-format off
      switch (i) {
      case 0: ok = mongocrypt_setopt_log_handler(crypt, NULL, NULL); break;
      case 1: ok = mongocrypt_setopt_retry_kms(crypt, true); break;
      case 2: ok = mongocrypt_setopt_enable_multiple_collinfo(crypt); break;
      case 3: ok = mongocrypt_setopt_kms_provider_aws(crypt, NULL, -1, NULL, -1); break;
      case 4: ok = mongocrypt_setopt_kms_provider_local(crypt, NULL); break;
      case 5: ok = mongocrypt_setopt_kms_providers(crypt, NULL); break;
      case 6: ok = mongocrypt_setopt_schema_map(crypt, NULL); break;
      case 7: ok = mongocrypt_setopt_encrypted_field_config_map(crypt, NULL); break;
      case 8: ok = mongocrypt_setopt_use_range_v2(crypt); break;
      case 9: ok = mongocrypt_setopt_key_expiration(crypt, 1); break;
      case 10: ok = mongocrypt_setopt_crypto_hooks(crypt, NULL, NULL, NULL, NULL, NULL, NULL, NULL); break;
      case 11: ok = mongocrypt_setopt_aes_256_ctr(crypt, NULL, NULL, NULL); break;
      case 12: ok = mongocrypt_setopt_aes_256_ecb(crypt, NULL, NULL); break;
      case 13: ok = mongocrypt_setopt_crypto_hook_sign_rsaes_pkcs1_v1_5(crypt, NULL, NULL); break;
      case 14: mongocrypt_setopt_use_need_kms_credentials_state(crypt); break;
      case 15: mongocrypt_setopt_use_need_mongo_collinfo_with_db_state(crypt); break;
      case 16: mongocrypt_setopt_bypass_query_analysis(crypt); break;
      case 17: mongocrypt_setopt_append_crypt_shared_lib_search_path(crypt, "."); break;
      default: mongocrypt_setopt_set_crypt_shared_lib_path_override(crypt, "."); break;
      }
      // clang-format on
      assert_false(ok);
      char part[160];
      snprintf(part, sizeof part, "options cannot be set after initialization: %s [OPTION_AFTER_INIT option=%s object=handle]", options[i],
               options[i]);
      assert_says(crypt, part);
      mongocrypt_destroy(crypt);
   }
}

static void the_two_maps_may_not_share_a_namespace(void **state)
{
   mongocrypt_t *crypt = with_local();
   (void)state;
   assert_true(give(crypt, mongocrypt_setopt_schema_map, "{'db.a':1,'db.both':{'x':{}},'x':1}"));
   assert_true(give(crypt, mongocrypt_setopt_encrypted_field_config_map, "{'db.b':{'db.a':1},'db.both':{}}"));
   assert_false(mongocrypt_init(crypt));
   assert_says(crypt, "db.both is present in both schema_map and encrypted_field_config_map [NAMESPACE_IN_BOTH_MAPS ns=db.both]");
   mongocrypt_destroy(crypt);
}

static void a_map_is_set_once(void **state)
{
   mongocrypt_t *crypt = with_local();
   (void)state;
   assert_true(give(crypt, mongocrypt_setopt_schema_map, "{}"));
   assert_false(give(crypt, mongocrypt_setopt_schema_map, "{}"));
   assert_says(crypt, "already set schema map [OPTION_TWICE option=schema_map]");
   mongocrypt_destroy(crypt);
}

/* {"":{"":{...}}}, a document in each. */
static void documents_have_limits_with_names(void **state)
{
   (void)state;
   for (uint32_t extra = 0; extra < 2; extra++) {
      uint32_t depth = 1000 + extra;
      uint32_t len = depth * 7 - 2;
      uint8_t *bytes = calloc(1, len);
      for (uint32_t level = 0; level < depth; level++) {
         flp_write_u32_le(bytes + level * 6, len - level * 7);
         bytes[level * 6 + 4] = level + 1 < depth ? 3 : 0;
      }
      mongocrypt_t *crypt = with_local();
      mongocrypt_binary_t binary = {bytes, len};
      assert_int_equal(mongocrypt_setopt_schema_map(crypt, &binary), extra == 0);
      if (extra == 1) {
         assert_says(crypt, "[LIMIT_EXCEEDED limit=document_depth value=1001 max=1000]");
      }
      mongocrypt_destroy(crypt);
      free(bytes);
   }
}

static void empty_providers_need_the_opt_in(void **state)
{
   (void)state;
   for (int opt_in = 0; opt_in < 2; opt_in++) {
      mongocrypt_t *crypt = mongocrypt_new();
      assert_true(give(crypt, mongocrypt_setopt_kms_providers, "{'gcp':{}}"));
      if (opt_in) {
         mongocrypt_setopt_use_need_kms_credentials_state(crypt);
      }
      assert_int_equal(mongocrypt_init(crypt), opt_in == 1);
      if (!opt_in) {
         assert_says(crypt, "on-demand credentials not enabled");
      }
      mongocrypt_destroy(crypt);
   }
}

static void count_warnings(mongocrypt_log_level_t level, const char *message, uint32_t len, void *user)
{
   assert_int_equal(level, MONGOCRYPT_LOG_LEVEL_WARNING);
   assert_int_equal(len, strlen(message));
   (*(int *)user)++;
}

static void crypt_shared_is_declined(void **state)
{
   static const struct {
      bool search, override, bypass, ok;
      int warnings;
   } cases[] = {
      {false, false, false, true, 0},
      {true, false, false, true, 1},
      {false, true, false, false, 1},
      {true, true, true, true, 0},
   };
   (void)state;
   for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
      mongocrypt_t *crypt = with_local();
      int warnings = 0;
      uint32_t len = 5;
      assert_true(mongocrypt_setopt_log_handler(crypt, count_warnings, &warnings));
      if (cases[i].search) {
         mongocrypt_setopt_append_crypt_shared_lib_search_path(crypt, "$SYSTEM");
      }
      if (cases[i].override) {
         mongocrypt_setopt_set_crypt_shared_lib_path_override(crypt, "first.so");
         mongocrypt_setopt_set_crypt_shared_lib_path_override(crypt, "second.so");
      }
      if (cases[i].bypass) {
         mongocrypt_setopt_bypass_query_analysis(crypt);
      }
      assert_int_equal(mongocrypt_init(crypt), cases[i].ok);
      assert_int_equal(warnings, cases[i].warnings);
      if (!cases[i].ok) {
         assert_says(crypt, "[UNSUPPORTED feature=crypt_shared]");
      }
      assert_null(mongocrypt_crypt_shared_lib_version_string(crypt, &len));
      assert_int_equal(len, 0);
      assert_true(mongocrypt_crypt_shared_lib_version(crypt) == 0);
      mongocrypt_destroy(crypt);
   }
}

static void legacy_credentials_are_checked_as_text(void **state)
{
   static const struct {
      const char *id;
      int32_t id_len;
      const char *secret;
      int32_t secret_len;
      const char *part; /* NULL: accepted */
   } cases[] = {
      {"id", -1, "secret", 3, NULL},
      {"", 0, "", -1, NULL},
      {NULL, -1, "s", -1, "invalid aws access key id"},
      {"id", -2, "s", -1, "invalid aws access key id"},
      {"i\0d", 3, "s", -1, "invalid aws access key id"},
      {"id", -1, NULL, 0, "invalid aws secret access key"},
      {"id", -1, "\xFF", -1, "invalid aws secret access key"},
   };
   (void)state;
   for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
      mongocrypt_t *crypt = mongocrypt_new();
      bool ok = mongocrypt_setopt_kms_provider_aws(crypt, cases[i].id, cases[i].id_len, cases[i].secret, cases[i].secret_len);
      assert_int_equal(ok, cases[i].part == NULL);
      if (!ok) {
         assert_says(crypt, cases[i].part);
      } else {
         assert_false(mongocrypt_setopt_kms_provider_aws(crypt, "a", -1, "b", -1));
         assert_says(crypt, "aws kms provider already set [OPTION_TWICE option=kms_provider_aws provider=aws]");
      }
      mongocrypt_destroy(crypt);
   }
}

static void a_late_setter_is_told_so_even_after_an_error(void **state)
{
   mongocrypt_t *crypt = with_local();
   (void)state;
   assert_true(mongocrypt_init(crypt));
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(crypt);
   assert_false(mongocrypt_ctx_setopt_key_id(ctx, NULL));
   assert_false(mongocrypt_ctx_setopt_algorithm(ctx, "nonsense", -1)); /* the first error stays */
   assert_ctx_says(ctx, "option must be non-NULL");
   mongocrypt_ctx_destroy(ctx);
   ctx = mongocrypt_ctx_new(crypt);
   assert_false(mongocrypt_ctx_decrypt_init(ctx, NULL));
   assert_ctx_says(ctx, "invalid doc");
   mongocrypt_binary_t id = {.data = (uint8_t[16]){0}, .len = 16};
   assert_false(mongocrypt_ctx_setopt_key_id(ctx, &id));
   assert_false(mongocrypt_ctx_setopt_index_key_id(ctx, &id));
   assert_ctx_says(ctx, "invalid doc");
   assert_false(mongocrypt_ctx_setopt_algorithm(ctx, "nonsense", -1)); /* unless it comes too late: rule CTX-8 */
   assert_ctx_says(ctx, "annot set options after init");
   mongocrypt_ctx_destroy(ctx);
   mongocrypt_destroy(crypt);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_version_names_the_release_of_the_interface),
      cmocka_unit_test(a_handle_is_initialised_once),
      cmocka_unit_test(a_failed_setter_is_remembered_by_init),
      cmocka_unit_test(no_context_comes_before_init),
      cmocka_unit_test(setters_come_before_init),
      cmocka_unit_test(the_two_maps_may_not_share_a_namespace),
      cmocka_unit_test(a_map_is_set_once),
      cmocka_unit_test(documents_have_limits_with_names),
      cmocka_unit_test(empty_providers_need_the_opt_in),
      cmocka_unit_test(crypt_shared_is_declined),
      cmocka_unit_test(legacy_credentials_are_checked_as_text),
      cmocka_unit_test(a_late_setter_is_told_so_even_after_an_error),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
