/* The KMS providers document (rules KP-1 to KP-12): what is read, then each way to be wrong. */
#include "ref/mongocrypt/kms/providers.h"
#include "ref/mongocrypt/test/json.h"

static bool add(flp_kms_providers_t *providers, const char *json, flp_status_t *status)
{
   flp_buf_t document = from_json(json);
   bool ok = flp_kms_providers_add(providers, flp_view_of(&document), status);
   flp_buf_cleanup(&document); /* nothing may point into it */
   return ok;
}

static void all_five_kinds_are_read(void **state)
{
   flp_kms_providers_t providers = {0};
   flp_status_t status = {0};
   (void)state;
   assert_true(add(&providers,
                   "{'aws':{'accessKeyId':'id','secretAccessKey':'secret','sessionToken':'token'},"
                   " 'azure':{'tenantId':'t','clientId':'c','clientSecret':'s','identityPlatformEndpoint':'https://login.example.com/x'},"
                   " 'gcp':{'email':'e','privateKey':'Zm9v'}, 'kmip':{'endpoint':'localhost'}, 'local':{'key':" JSON_KEY "},"
                   " 'gcp:two':{'accessToken':'bearer'}}",
                   &status));
   const flp_kms_provider_t *aws = flp_kms_providers_find(&providers, flp_view_text("aws"));
   assert_true(flp_view_equal_text(flp_fields_view(&aws->fields, FLP_AWS_SESSION_TOKEN), "token"));
   const flp_kms_provider_t *azure = flp_kms_providers_find(&providers, flp_view_text("azure"));
   assert_true(flp_view_equal_text(flp_fields_view(&azure->fields, FLP_AZURE_IDENTITY_ENDPOINT), "login.example.com"));
   const flp_kms_provider_t *gcp = flp_kms_providers_find(&providers, flp_view_text("gcp"));
   assert_true(flp_view_equal_text(flp_fields_view(&gcp->fields, FLP_GCP_PRIVATE_KEY), "foo"));
   assert_false(flp_fields_has(&gcp->fields, FLP_GCP_ENDPOINT));
   const flp_kms_provider_t *named = flp_kms_providers_find(&providers, flp_view_text("gcp:two"));
   assert_true(named->named && named->token_only && named->type == FLP_KMS_GCP);
   assert_true(flp_view_equal_text(flp_view_of(&named->access_token), "bearer"));
   const flp_kms_provider_t *local = flp_kms_providers_find(&providers, flp_view_text("local"));
   assert_int_equal(flp_kms_provider_local_key(local).len, FLP_LOCAL_KEY_LEN);
   assert_null(flp_kms_providers_find(&providers, flp_view_text("loca")));
   assert_null(flp_kms_providers_find(&providers, flp_view_text("gcp:Two")));
   flp_kms_providers_cleanup(&providers);
   assert_int_equal(providers.n, 0);
}

static void empty_means_later_and_can_be_filled(void **state)
{
   flp_kms_providers_t providers = {0};
   flp_status_t status = {0};
   (void)state;
   assert_null(flp_kms_providers_on_demand(&providers));
   assert_true(add(&providers, "{'aws':{}}", &status));
   const flp_kms_provider_t *aws = flp_kms_providers_on_demand(&providers);
   assert_true(aws->on_demand && !aws->configured);
   assert_true(flp_kms_providers_add_aws(&providers, flp_view_text("id"), flp_view_text(""), &status));
   assert_true(add(&providers, "{'aws':{}}", &status)); /* rule KP-8, in either order */
   assert_true(aws->on_demand && aws->configured);
   assert_int_equal(providers.n, 1);
   flp_kms_providers_cleanup(&providers);
}

static const flp_kms_provider_t *choose(const flp_kms_providers_t *given, const flp_kms_providers_t *own, const char *id)
{
   return flp_kms_providers_choose(&(flp_kms_choice_t){.given = given, .own = own}, flp_view_text(id));
}

static void what_a_context_was_given_comes_first(void **state)
{
   flp_kms_providers_t own = {0}, given = {0};
   flp_status_t status = {0};
   (void)state;
   assert_true(add(&own, "{'aws':{}, 'gcp':{'accessToken':'own'}, 'gcp:n':{'accessToken':'own'}, 'local':{'key':" JSON_KEY "}}", &status));
   assert_null(choose(&given, &own, "aws")); /* a promise is no credential */
   assert_true(add(&given, "{'aws':{'accessKeyId':'id','secretAccessKey':'s'}, 'gcp':{'accessToken':'given'}, 'local':{}}", &status));
   assert_true(add(&given, "{'gcp:n':{'accessToken':'given'}, 'gcp:m':{'accessToken':'given'}}", &status));
   assert_ptr_equal(choose(&given, &own, "aws"), flp_kms_providers_find(&given, flp_view_text("aws")));
   assert_ptr_equal(choose(&given, &own, "gcp"), flp_kms_providers_find(&given, flp_view_text("gcp")));
   assert_ptr_equal(choose(&given, &own, "local"), flp_kms_providers_find(&own, flp_view_text("local")));
   assert_ptr_equal(choose(&given, &own, "gcp:n"), flp_kms_providers_find(&own, flp_view_text("gcp:n"))); /* CRED-6 */
   assert_null(choose(&given, &own, "gcp:m"));
   assert_null(choose(&given, &own, "azure"));
   flp_kms_providers_cleanup(&given);
   flp_kms_providers_cleanup(&own);
}

static const struct {
   const char *json, *class_name, *part;
} wrong[] = {
   {"{'aws': 1}", "FIELD_REQUIRED", "expected BSON document for field `aws`, got int [FIELD_REQUIRED what=kms_providers field=aws"},
   {"{'aws': []}", "FIELD_REQUIRED", "got=array"},
   {"{'vault': {}}", "PROVIDER_UNKNOWN_TYPE", "unrecognized type"},
   {"{'a': {}}", "PROVIDER_UNKNOWN_TYPE", "provider=a]"}, /* rule KP-10: the whole type or none */
   {"{'': {}}", "PROVIDER_UNKNOWN_TYPE", "provider=]"},
   {"{'AWS': {}}", "PROVIDER_UNKNOWN_TYPE", "provider=AWS]"},
   {"{'aws:': {}}", "PROVIDER_NAME_INVALID", "empty name"},
   {"{'aws:a-b': {}}", "PROVIDER_NAME_INVALID", "unsupported character in name of KMS provider `aws:a-b` at offset 5"},
   {"{'aws:a:b': {}}", "PROVIDER_NAME_INVALID", "offset=5"},
   {"{'aws:n': {}}", "PROVIDER_EMPTY", "Unexpected empty document for named KMS provider"},
   {"{'aws': {'accessKeyId': 'a'}}", "FIELD_REQUIRED", "Failed to parse KMS provider `aws`: expected UTF-8 secretAccessKey"},
   {"{'aws': {'secretAccessKey': 'a'}}", "FIELD_REQUIRED", "expected UTF-8 accessKeyId"},
   {"{'aws': {'accessKeyId': 'a', 'secretAccessKey': 'b', 'sessionToken': 1}}", "FIELD_REQUIRED", "got=int"},
   {"{'aws': {'accessKeyId': 'a', 'secretAccessKey': 'b', 'x': 1}}", "FIELD_UNKNOWN", "Unexpected field: 'x'"},
   {"{'azure': {'accessToken': 't', 'tenantId': 'x'}}", "FIELD_UNKNOWN", "Unexpected field: 'tenantId'"},
   {"{'azure': {'tenantId': 't', 'clientId': 'c'}}", "FIELD_REQUIRED", "expected UTF-8 clientSecret"},
   {"{'azure': {'tenantId': 't', 'clientId': 'c', 'clientSecret': 's', 'identityPlatformEndpoint': 'host'}}", "ENDPOINT_INVALID",
    "expected dot separator in host"},
   {"{'gcp': {'privateKey': 'Zm9v'}}", "FIELD_REQUIRED", "expected UTF-8 email"},
   {"{'gcp': {'email': 'e'}}", "FIELD_REQUIRED", "expected UTF-8 or binary privateKey"},
   {"{'gcp': {'email': 'e', 'privateKey': '!'}}", "BASE64_INVALID", "unable to parse base64 from UTF-8 field privateKey"},
   {"{'kmip': {'x': 1}}", "FIELD_REQUIRED", "expected endpoint endpoint"},
   {"{'local': {'x': 1}}", "FIELD_REQUIRED", "expected UTF-8 or binary key"},
   {"{'local': {'key': ''}}", "BASE64_INVALID", "unable to parse base64"},
   {"{'local': {'key': {'$binary':{'base64':'','subType':'00'}}}}", "FIELD_REQUIRED", "got=binData"},
   {"{'local': {'key': 'Zg==', 'x': 1}}", "LOCAL_KEY_LENGTH", "local key must be 96 bytes, got 1 [LOCAL_KEY_LENGTH length=1 want=96]"},
   {"{'local': {'key': " JSON_KEY ", 'x': 1}}", "FIELD_UNKNOWN", "Failed to parse KMS provider `local`"},
   {"{'aws': {'accessKeyId': 'a\\u0000b', 'secretAccessKey': 'b'}}", "FIELD_REQUIRED", "invalid%20UTF-8"},
};

static void each_way_to_be_wrong_has_its_error(void **state)
{
   (void)state;
   for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
      flp_kms_providers_t providers = {0};
      flp_status_t status = {0};
      assert_false(add(&providers, wrong[i].json, &status));
      assert_error(&status, wrong[i].class_name, wrong[i].part);
      flp_kms_providers_cleanup(&providers);
   }
}

static void a_provider_is_configured_once(void **state)
{
   static const struct {
      const char *first, *second, *class_name;
   } cases[] = {
      {"{'kmip':{'endpoint':'x'}}", "{'kmip':{'endpoint':'y'}}", "OPTION_TWICE"},
      {"{'kmip:a':{'endpoint':'x'}}", "{'kmip:a':{'endpoint':'y'}}", "DUPLICATE_NAME"},
      {"{'kmip':{'endpoint':'x'}}", "{'kmip:a':{'endpoint':'y'}}", NULL},
   };
   (void)state;
   for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
      flp_kms_providers_t providers = {0};
      flp_status_t status = {0};
      assert_true(add(&providers, cases[i].first, &status));
      bool again = add(&providers, cases[i].second, &status);
      assert_int_equal(again, cases[i].class_name == NULL);
      if (!again) {
         assert_error(&status, cases[i].class_name, "provider");
      }
      flp_kms_providers_cleanup(&providers);
   }
}

static void the_superseded_setters_follow_the_same_rules(void **state)
{
   flp_kms_providers_t providers = {0};
   flp_status_t status = {0};
   uint8_t key[FLP_LOCAL_KEY_LEN] = {1};
   (void)state;
   assert_false(flp_kms_providers_add_local(&providers, flp_view(key, 95), &status));
   assert_error(&status, "LOCAL_KEY_LENGTH", "length=95");
   flp_status_reset(&status);
   assert_true(flp_kms_providers_add_local(&providers, flp_view(key, sizeof key), &status));
   assert_false(flp_kms_providers_add_local(&providers, flp_view(NULL, 0), &status)); /* twice comes before everything */
   assert_error(&status, "OPTION_TWICE", "local kms provider already set");
   flp_status_reset(&status);
   assert_false(add(&providers, "{'local':{'key':" JSON_KEY "}}", &status));
   assert_error(&status, "OPTION_TWICE", "local KMS provider already set");
   flp_status_reset(&status);
   assert_false(flp_kms_providers_add_aws(&providers, flp_view_text("id"), flp_view(NULL, 0), &status));
   assert_error(&status, "OPTION_INVALID", "invalid aws secret access key");
   assert_null(flp_kms_providers_find(&providers, flp_view_text("aws")));
   flp_status_reset(&status);
   assert_true(flp_kms_providers_add_aws(&providers, flp_view_text("id"), flp_view_text(""), &status));
   assert_false(flp_kms_providers_add_aws(&providers, flp_view(NULL, 0), flp_view(NULL, 0), &status));
   assert_error(&status, "OPTION_TWICE", "aws kms provider already set");
   flp_kms_providers_cleanup(&providers);
}

static void bytes_that_are_no_document_say_where(void **state)
{
   flp_kms_providers_t providers = {0};
   flp_status_t status = {0};
   (void)state;
   assert_false(flp_kms_providers_add(&providers, flp_view("\x06\0\0\0\0\0", 6), &status));
   assert_error(&status, "BSON_INVALID", "invalid BSON [BSON_INVALID what=kms_providers offset=4]");
   flp_kms_providers_cleanup(&providers);
}

static void errors_hold_no_secret(void **state)
{
   flp_kms_providers_t providers = {0};
   flp_status_t status = {0};
   (void)state;
   assert_false(add(&providers, "{'local':{'key':'c2VjcmV0c2VjcmV0!'}}", &status));
   assert_null(strstr(status.message, "c2VjcmV0"));
   flp_status_reset(&status);
   assert_false(add(&providers, "{'aws':{'accessKeyId':'secretid','secretAccessKey':'verysecret','x':'hidden'}}", &status));
   assert_null(strstr(status.message, "secretid"));
   assert_null(strstr(status.message, "verysecret"));
   assert_null(strstr(status.message, "hidden"));
   flp_kms_providers_cleanup(&providers);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_five_kinds_are_read),
      cmocka_unit_test(empty_means_later_and_can_be_filled),
      cmocka_unit_test(what_a_context_was_given_comes_first),
      cmocka_unit_test(each_way_to_be_wrong_has_its_error),
      cmocka_unit_test(a_provider_is_configured_once),
      cmocka_unit_test(the_superseded_setters_follow_the_same_rules),
      cmocka_unit_test(bytes_that_are_no_document_say_where),
      cmocka_unit_test(errors_hold_no_secret),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
