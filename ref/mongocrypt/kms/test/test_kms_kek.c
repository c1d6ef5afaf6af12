/* Key encryption keys: read in any order of fields, written in one (rule DK-6), refused with the field that is wrong. */
#include "ref/mongocrypt/kms/kek.h"
#include "ref/mongocrypt/test/json.h"

static bool parse(flp_kek_t *kek, const char *json, flp_status_t *status)
{
   flp_buf_t document = from_json(json);
   bool ok = flp_kek_parse(kek, flp_view_of(&document), "masterKey", status);
   flp_buf_cleanup(&document);
   return ok;
}

static const struct {
   const char *given, *written;
} good[] = {
   {"{'provider':'local'}", "{'k':{'provider':'local'}}"},
   {"{'provider':'local:a_1'}", "{'k':{'provider':'local:a_1'}}"},
   {"{'key':'k','endpoint':'https://a.b:1/x','region':'r','provider':'aws'}",
    "{'k':{'provider':'aws','region':'r','key':'k','endpoint':'a.b:1'}}"},
   {"{'keyVersion':'v','keyName':'n','keyVaultEndpoint':'a.b','provider':'azure'}",
    "{'k':{'provider':'azure','keyVaultEndpoint':'a.b','keyName':'n','keyVersion':'v'}}"},
   {"{'endpoint':'a.b','keyVersion':'v','keyName':'n','keyRing':'r','location':'l','projectId':'p','provider':'gcp:x'}",
    "{'k':{'provider':'gcp:x','projectId':'p','location':'l','keyRing':'r','keyName':'n','keyVersion':'v','endpoint':'a.b'}}"},
   {"{'keyId':'1','delegated':true,'endpoint':'localhost','provider':'kmip'}",
    "{'k':{'provider':'kmip','endpoint':'localhost','delegated':true,'keyId':'1'}}"},
   {"{'delegated':false,'provider':'kmip'}", "{'k':{'provider':'kmip'}}"},
   {"{'provider':'aws','region':'','key':''}", "{'k':{'provider':'aws','region':'','key':''}}"},
};

static void what_is_read_is_written_in_one_order(void **state)
{
   (void)state;
   for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
      flp_kek_t kek = {0};
      flp_status_t status = {0};
      flp_doc_writer_t writer = {0};
      flp_buf_t written = {0};
      flp_buf_t want = from_json(good[i].written);
      if (!parse(&kek, good[i].given, &status)) {
         fail_msg("%s: %s", good[i].given, status.message);
      }
      flp_doc_begin(&writer, 0);
      flp_kek_write(&kek, &writer, "k");
      assert_true(flp_doc_finish(&writer, &written));
      assert_int_equal(written.len, want.len);
      assert_memory_equal(written.data, want.data, want.len);
      flp_buf_cleanup(&written);
      flp_buf_cleanup(&want);
      flp_kek_cleanup(&kek);
   }
}

static const struct {
   const char *json, *class_name, *part;
} wrong[] = {
   {"{}", "FIELD_REQUIRED", "expected UTF-8 provider [FIELD_REQUIRED what=masterKey field=provider want=string got=absent]"},
   {"{'provider':1}", "FIELD_REQUIRED", "got=int"},
   {"{'provider':'vault'}", "PROVIDER_UNKNOWN_TYPE", "unrecognized KMS provider `vault`"},
   {"{'provider':'a'}", "PROVIDER_UNKNOWN_TYPE", "provider=a]"},
   {"{'provider':'aws:'}", "PROVIDER_UNKNOWN_TYPE", "provider=aws:]"},
   {"{'provider':'local:a-b'}", "PROVIDER_UNKNOWN_TYPE", "provider=local:a-b]"},
   {"{'provider':'aws'}", "FIELD_REQUIRED", "expected UTF-8 key "}, /* key comes before region */
   {"{'provider':'aws','key':'k'}", "FIELD_REQUIRED", "expected UTF-8 region"},
   {"{'provider':'aws','key':'k','region':'r','endpoint':'host'}", "ENDPOINT_INVALID", "expected dot separator in host"},
   {"{'provider':'azure'}", "FIELD_REQUIRED", "expected endpoint keyVaultEndpoint"},
   {"{'provider':'azure','keyVaultEndpoint':'a.b'}", "FIELD_REQUIRED", "expected UTF-8 keyName"},
   {"{'provider':'gcp','endpoint':1}", "FIELD_REQUIRED", "expected UTF-8 endpoint"}, /* endpoint comes first */
   {"{'provider':'gcp','projectId':'p','location':'l','keyRing':'r'}", "FIELD_REQUIRED", "expected UTF-8 keyName"},
   {"{'provider':'kmip','delegated':1}", "FIELD_REQUIRED", "expected bool delegated"},
   {"{'provider':'local','x':1}", "FIELD_UNKNOWN", "Unexpected field: 'x'"},
   {"{'provider':'local','delegated':true}", "FIELD_UNKNOWN", "Unexpected field: 'delegated'"},
};

static void each_way_to_be_wrong_has_its_error(void **state)
{
   (void)state;
   for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
      flp_kek_t kek = {0};
      flp_status_t status = {0};
      assert_false(parse(&kek, wrong[i].json, &status));
      assert_error(&status, wrong[i].class_name, wrong[i].part);
      flp_kek_cleanup(&kek);
   }
}

/* The superseded setters may be called endpoint first: then there is a field, but no provider yet. */
static void an_endpoint_without_a_provider_is_cleaned_up_too(void **state)
{
   (void)state;
   flp_kek_t kek = {0};
   flp_status_t status = {0};
   assert_true(flp_kek_set_aws_endpoint(&kek, flp_view_text("a.b"), &status));
   flp_kek_cleanup(&kek);
   assert_null(kek.fields.values[FLP_KEK_AWS_ENDPOINT].data);
   assert_int_equal(kek.fields.present, 0);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_read_is_written_in_one_order),
      cmocka_unit_test(each_way_to_be_wrong_has_its_error),
      cmocka_unit_test(an_endpoint_without_a_provider_is_cleaned_up_too),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
