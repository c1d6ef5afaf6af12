/* The setters of context options: the order of their checks is part of the interface, so each table row breaks two rules at once. */
#include "ref/mongocrypt/ctx/opts.h"
#include "ref/mongocrypt/test/json.h"

static const uint8_t id[FLP_UUID_LEN] = {1};

static void key_ids_are_taken_once(void **state)
{
   flp_ctx_opts_t opts = {0};
   flp_status_t status = {0};
   (void)state;
   assert_false(flp_opts_set_key_id(&opts, flp_view(id, 15), &status));
   assert_error(&status, "OPTION_INVALID", "expected 16 byte UUID, got 15 bytes [OPTION_INVALID option=key_id");
   flp_status_reset(&status);
   assert_true(flp_opts_set_key_id(&opts, flp_view(id, 16), &status));
   assert_true(flp_opts_set_index_key_id(&opts, flp_view(id, 16), &status));
   opts.closed = true;
   assert_false(flp_opts_set_key_id(&opts, flp_view(NULL, 0), &status)); /* NULL, then twice, then too late */
   assert_error(&status, "ARGUMENT_NULL", "option must be non-NULL");
   flp_status_reset(&status);
   assert_false(flp_opts_set_index_key_id(&opts, flp_view(id, 3), &status));
   assert_error(&status, "OPTION_TWICE", "option already set [OPTION_TWICE option=index_key_id]");
   flp_opts_cleanup(&opts);
}

static void names_are_kept_in_the_order_of_setting(void **state)
{
   flp_ctx_opts_t opts = {0};
   flp_status_t status = {0};
   static const char *const given[] = {"b", "", "a", "c", "d", "e", "f", "g", "h"};
   (void)state;
   for (size_t i = 0; i < 9; i++) {
      char json[64];
      snprintf(json, sizeof json, "{'keyAltName':'%s'}", given[i]);
      flp_buf_t document = from_json(json);
      assert_true(flp_opts_add_key_alt_name(&opts, flp_view_of(&document), &status));
      flp_buf_cleanup(&document);
   }
   assert_int_equal(opts.n_key_alt_names, 9);
   for (size_t i = 0; i < 9; i++) {
      assert_true(flp_view_equal_text(flp_view_of(&opts.key_alt_names[i]), given[i]));
   }
   flp_opts_cleanup(&opts);
   flp_opts_cleanup(&opts);
}

static const struct {
   const char *json, *class_name, *part;
} names[] =
   {
      {"{}", "BSON_INVALID", "invalid bson"},
      {"{'x':'a'}", "FIELD_REQUIRED", "must have field 'keyAltName'"},
      {"{'x':1,'keyAltName':'a'}", "FIELD_REQUIRED", "must have field"}, /* it is the first field or none */
      {"{'keyAltName':1}", "FIELD_REQUIRED", "keyAltName expected to be UTF8"},
      {"{'keyAltName':'a\\u0000b'}", "FIELD_REQUIRED", "invalid%20UTF-8"},
      {"{'keyAltName':'known','x':1}", "DUPLICATE_NAME", "duplicate keyAltNames found"}, /* before the surplus field */
      {"{'keyAltName':'a','x':1}", "FIELD_UNKNOWN", "unrecognized field 'x'"},
},
  materials[] = {
     {"{}", "BSON_INVALID", "invalid bson"},
     {"{'x':1}", "FIELD_REQUIRED", "must have field 'keyMaterial'"},
     {"{'keyMaterial':'a'}", "FIELD_REQUIRED", "must be binary data"},
     {"{'keyMaterial':{'$binary':{'base64':'YQ==','subType':'00'}},'x':1}", "KEY_MATERIAL_LENGTH",
      "has length 1 [KEY_MATERIAL_LENGTH length=1"},
     {"{'keyMaterial':" JSON_KEY ",'x':1}", "FIELD_UNKNOWN", "unrecognized field 'x'"},
};

static void wrong_name_and_material_documents_are_told_apart(void **state)
{
   (void)state;
   for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
      flp_ctx_opts_t opts = {0};
      flp_status_t status = {0};
      flp_buf_t known = from_json("{'keyAltName':'known'}");
      flp_buf_t document = from_json(names[i].json);
      assert_true(flp_opts_add_key_alt_name(&opts, flp_view_of(&known), &status));
      assert_false(flp_opts_add_key_alt_name(&opts, flp_view_of(&document), &status));
      assert_error(&status, names[i].class_name, names[i].part);
      assert_int_equal(opts.n_key_alt_names, 1);
      flp_buf_cleanup(&known);
      flp_buf_cleanup(&document);
      flp_opts_cleanup(&opts);
   }
   for (size_t i = 0; i < sizeof materials / sizeof materials[0]; i++) {
      flp_ctx_opts_t opts = {0};
      flp_status_t status = {0};
      flp_buf_t document = from_json(materials[i].json);
      assert_false(flp_opts_set_key_material(&opts, flp_view_of(&document), &status));
      assert_error(&status, materials[i].class_name, materials[i].part);
      assert_int_equal(opts.key_material.len, 0);
      flp_buf_cleanup(&document);
      flp_opts_cleanup(&opts);
   }
}

static const struct {
   const char *text;
   flp_algorithm_t algorithm;
   flp_index_type_t index_type;
   const char *class_name; /* NULL: accepted */
} algorithms[] = {
   {"AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic", FLP_ALGORITHM_DETERMINISTIC, FLP_INDEX_UNSET, NULL},
   {"aead_aes_256_cbc_hmac_sha_512-RANDOM", FLP_ALGORITHM_RANDOM, FLP_INDEX_UNSET, NULL},
   {"indexed", FLP_ALGORITHM_NONE, FLP_INDEX_EQUALITY, NULL},
   {"Unindexed", FLP_ALGORITHM_NONE, FLP_INDEX_NONE, NULL},
   {"RANGE", FLP_ALGORITHM_NONE, FLP_INDEX_RANGE, NULL},
   {"String", FLP_ALGORITHM_NONE, FLP_INDEX_STRING, NULL},
   {"RangePreview", FLP_ALGORITHM_NONE, FLP_INDEX_UNSET, "OPTION_DEPRECATED"},
   {"TextPreview", FLP_ALGORITHM_NONE, FLP_INDEX_UNSET, "OPTION_DEPRECATED"},
   {"AEAD_AES_256_CBC_HMAC_SHA_512-Deterministi", FLP_ALGORITHM_NONE, FLP_INDEX_UNSET, "OPTION_UNKNOWN_VALUE"},
   {"", FLP_ALGORITHM_NONE, FLP_INDEX_UNSET, "OPTION_UNKNOWN_VALUE"},
   {"equality", FLP_ALGORITHM_NONE, FLP_INDEX_UNSET, "OPTION_UNKNOWN_VALUE"},
};

static void algorithms_are_found_by_name_without_regard_to_case(void **state)
{
   (void)state;
   for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++) {
      flp_ctx_opts_t opts = {0};
      flp_status_t status = {0};
      bool ok = flp_opts_set_algorithm(&opts, flp_view_text(algorithms[i].text), true, &status);
      assert_int_equal(ok, algorithms[i].class_name == NULL);
      assert_int_equal(opts.algorithm, algorithms[i].algorithm);
      assert_int_equal(opts.index_type, algorithms[i].index_type);
      if (!ok) {
         assert_error(&status, algorithms[i].class_name, "option=algorithm");
         continue;
      }
      assert_false(flp_opts_set_algorithm(&opts, flp_view(NULL, 0), false, &status)); /* twice comes before both */
      assert_error(&status, "OPTION_TWICE", "already set algorithm");
   }
}

static void the_last_query_type_wins(void **state)
{
   flp_ctx_opts_t opts = {0};
   flp_status_t status = {0};
   (void)state;
   assert_true(flp_opts_set_query_type(&opts, flp_view_text("substringPreview"), true, &status));
   assert_int_equal(opts.query_type, FLP_QUERY_SUBSTRING_PREVIEW);
   assert_true(flp_opts_set_query_type(&opts, flp_view_text("EQUALITY"), true, &status));
   assert_int_equal(opts.query_type, FLP_QUERY_EQUALITY);
   assert_false(flp_opts_set_query_type(&opts, flp_view_text("rangePreview"), true, &status));
   assert_error(&status, "OPTION_DEPRECATED", "'rangePreview' is deprecated, use 'range'");
   flp_status_reset(&status);
   assert_false(flp_opts_set_query_type(&opts, flp_view(NULL, 0), false, &status));
   assert_error(&status, "OPTION_INVALID", "query_type string length");
   flp_status_reset(&status);
   assert_false(flp_opts_set_query_type(&opts, flp_view(NULL, 0), true, &status));
   assert_error(&status, "ARGUMENT_NULL", "null query_type");
   assert_int_equal(opts.query_type, FLP_QUERY_EQUALITY);
}

/* One letter a setter: K document, L local, A aws, E endpoint of aws. */
static bool apply(flp_ctx_opts_t *opts, char setter, flp_status_t *status)
{
   flp_buf_t document;
   bool ok;
   switch (setter) {
   case 'K':
      document = from_json("{'provider':'aws','key':'k','region':'r'}");
      ok = flp_opts_set_kek(opts, flp_view_of(&document), status);
      flp_buf_cleanup(&document);
      return ok;
   case 'L':
      return flp_opts_set_kek_local(opts, status);
   case 'A':
      return flp_opts_set_kek_aws(opts, flp_view_text("r"), true, flp_view_text("k"), true, status);
   default:
      return flp_opts_set_kek_aws_endpoint(opts, flp_view_text("a.b"), true, status);
   }
}

static void a_master_key_is_set_in_one_way(void **state)
{
   static const struct {
      const char *setters, *class_name, *part; /* the last setter fails, or class NULL */
   } cases[] = {
      {"K", NULL, NULL},
      {"KE", NULL, NULL},
      {"AE", NULL, NULL},
      {"E", NULL, NULL},
      {"KK", "OPTION_TWICE", "key encryption key already set"},
      {"LK", "OPTION_TWICE", "key encryption key already set"},
      {"EK", "OPTION_TWICE", "key encryption key already set"},
      {"KL", "OPTION_TWICE", "master key already set"},
      {"LA", "OPTION_TWICE", "master key already set"},
      {"EA", "OPTION_TWICE", "already set"},
      {"EE", "OPTION_TWICE", "already set masterkey endpoint"},
      {"AEE", "OPTION_TWICE", "already set masterkey endpoint"},
      {"LE", "OPTION_CONFLICT", "endpoint prohibited"},
   };
   (void)state;
   for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
      flp_ctx_opts_t opts = {0};
      flp_status_t status = {0};
      size_t n = strlen(cases[i].setters);
      for (size_t at = 0; at < n; at++) {
         bool ok = apply(&opts, cases[i].setters[at], &status);
         assert_int_equal(ok, at + 1 < n || !cases[i].class_name);
      }
      if (cases[i].class_name) {
         assert_error(&status, cases[i].class_name, cases[i].part);
      }
      flp_opts_cleanup(&opts);
   }
}

static void an_endpoint_alone_is_no_master_key(void **state)
{
   flp_ctx_opts_t opts = {0};
   flp_status_t status = {0};
   (void)state;
   assert_true(apply(&opts, 'E', &status));
   assert_false(opts.has_kek);
   assert_true(opts.aws_endpoint_first);
   flp_opts_cleanup(&opts);
}

static void nothing_is_set_after_init(void **state)
{
   flp_ctx_opts_t opts = {.closed = true};
   flp_status_t status = {0};
   flp_view_t none = flp_view(NULL, 0);
   (void)state;
#define LATE(call)                                                                                                                         \
   assert_false(call);                                                                                                                     \
   assert_error(&status, "OPTION_AFTER_INIT", "annot set options after init");                                                             \
   flp_status_reset(&status)
   LATE(flp_opts_set_key_id(&opts, flp_view(id, 15), &status));
   LATE(flp_opts_add_key_alt_name(&opts, none, &status));
   LATE(flp_opts_set_key_material(&opts, none, &status));
   LATE(flp_opts_set_algorithm(&opts, none, false, &status));
   LATE(flp_opts_set_query_type(&opts, none, false, &status));
   LATE(flp_opts_set_contention_factor(&opts, 1, &status));
   LATE(flp_opts_set_range(&opts, none, &status));
   LATE(flp_opts_set_text(&opts, none, &status));
   LATE(flp_opts_set_kek(&opts, none, &status));
   LATE(flp_opts_set_kek_local(&opts, &status));
   LATE(flp_opts_set_kek_aws(&opts, none, false, none, false, &status));
   LATE(flp_opts_set_kek_aws_endpoint(&opts, none, false, &status));
   assert_false(opts.has_contention_factor);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(key_ids_are_taken_once),
      cmocka_unit_test(names_are_kept_in_the_order_of_setting),
      cmocka_unit_test(wrong_name_and_material_documents_are_told_apart),
      cmocka_unit_test(algorithms_are_found_by_name_without_regard_to_case),
      cmocka_unit_test(the_last_query_type_wins),
      cmocka_unit_test(a_master_key_is_set_in_one_way),
      cmocka_unit_test(an_endpoint_alone_is_no_master_key),
      cmocka_unit_test(nothing_is_set_after_init),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
