/* The matchers, each with a value that fits and the nearest one that does not. */
#include "runner/judge/test/made.h"

#include "runner/judge/match.h"
#include "runner/material/aead.h"
#include "runner/material/material.h"

typedef struct {
   const char *expected, *actual;
   bool fits;
   const char *at; /* of the difference, below `v` */
} row_t;

static const row_t rows[] = {
   /* exactly: types, order, nothing more and nothing less */
   {"{\"v\": 1}", "{\"v\": 1}", true, NULL},
   {"{\"v\": 1}", "{\"v\": {\"$numberLong\": \"1\"}}", false, ""},
   {"{\"v\": {\"a\": 1, \"b\": 2}}", "{\"v\": {\"a\": 1, \"b\": 2}}", true, NULL},
   {"{\"v\": {\"a\": 1, \"b\": 2}}", "{\"v\": {\"b\": 2, \"a\": 1}}", false, "a"},
   {"{\"v\": {\"a\": 1}}", "{\"v\": {\"a\": 1, \"b\": 2}}", false, "b"},
   {"{\"v\": {\"a\": 1, \"b\": 2}}", "{\"v\": {\"a\": 1}}", false, "b"},
   {"{\"v\": [1, {\"a\": [2, 3]}]}", "{\"v\": [1, {\"a\": [2, 4]}]}", false, "1.a.1"},
   {"{\"v\": {}}", "{\"v\": []}", false, ""},
   {"{\"v\": \"x\"}", "{\"v\": \"x\\u0000\"}", false, ""},
   {"{\"v\": {\"$binary\": {\"base64\": \"AAA=\", \"subType\": \"06\"}}}",
    "{\"v\": {\"$binary\": {\"base64\": \"AAA=\", \"subType\": \"00\"}}}", false, ""},
   /* $$any, $$type, $$len */
   {"{\"v\": {\"$$any\": true}}", "{\"v\": null}", true, NULL},
   {"{\"v\": {\"a\": {\"$$any\": true}}}", "{\"v\": {}}", false, "a"},
   {"{\"v\": {\"$$type\": \"binData\"}}", "{\"v\": {\"$binary\": {\"base64\": \"\", \"subType\": \"00\"}}}", true, NULL},
   {"{\"v\": {\"$$type\": \"string\"}}", "{\"v\": 1}", false, ""},
   {"{\"v\": {\"$$len\": 2}}", "{\"v\": {\"$binary\": {\"base64\": \"AAA=\", \"subType\": \"06\"}}}", true, NULL},
   {"{\"v\": {\"$$len\": 2}}", "{\"v\": [1, 2, 3]}", false, ""},
   {"{\"v\": {\"$$len\": 2}}", "{\"v\": \"ab\"}", true, NULL},
   {"{\"v\": {\"$$len\": 1}}", "{\"v\": 1}", false, ""},
   /* $$match: named fields at every depth */
   {"{\"v\": {\"$$match\": {\"a\": {\"b\": 1}}}}", "{\"v\": {\"x\": 0, \"a\": {\"y\": 0, \"b\": 1}}}", true, NULL},
   {"{\"v\": {\"$$match\": {\"a\": {\"b\": 1}}}}", "{\"v\": {\"a\": {\"b\": 2}}}", false, "a.b"},
   {"{\"v\": {\"$$match\": {\"a\": 1}}}", "{\"v\": {\"b\": 1}}", false, "a"},
   {"{\"v\": {\"$$match\": {\"a\": [{\"b\": 1}]}}}", "{\"v\": {\"a\": [{\"b\": 1, \"c\": 2}]}}", true, NULL},
   {"{\"v\": {\"$$match\": {\"a\": [{\"b\": 1}]}}}", "{\"v\": {\"a\": [{\"b\": 1}, 2]}}", false, "a.1"},
   /* $$unordered: the same multiset; a loose element never takes what a strict one needs */
   {"{\"v\": {\"$$unordered\": [1, 2, 2]}}", "{\"v\": [2, 1, 2]}", true, NULL},
   {"{\"v\": {\"$$unordered\": [1, 2, 2]}}", "{\"v\": [2, 1, 1]}", false, ""},
   {"{\"v\": {\"$$unordered\": [{\"$$any\": true}, 1]}}", "{\"v\": [1, 5]}", true, NULL},
   {"{\"v\": {\"$$unordered\": [1]}}", "{\"v\": [1, 1]}", false, ""},
   /* $$sameAs: bytes of the case */
   {"{\"v\": {\"$$sameAs\": \"call.encrypt.cmd\"}}", "{\"v\": {\"find\": \"c\"}}", true, NULL},
   {"{\"v\": {\"$$sameAs\": \"call.encrypt.cmd\"}}", "{\"v\": {\"find\": \"d\"}}", false, ""},
   {"{\"v\": {\"$$sameAs\": \"call.nowhere\"}}", "{\"v\": 1}", false, ""},
   /* literals, operators, and what is no matcher */
   {"{\"v\": {\"$$$any\": 1}}", "{\"v\": {\"$$any\": 1}}", true, NULL},
   {"{\"v\": {\"$$$any\": 1}}", "{\"v\": {\"$$$any\": 1}}", false, "$$any"},
   {"{\"v\": {\"$or\": [1]}}", "{\"v\": {\"$or\": [1]}}", true, NULL},
   {"{\"v\": {\"$$nothing\": 1}}", "{\"v\": 1}", false, ""},
   /* $$decryptsTo on what is no ciphertext */
   {"{\"v\": {\"$$decryptsTo\": {\"key\": \"local-1\", \"value\": 1}}}", "{\"v\": \"clear\"}", false, ""},
   {"{\"v\": {\"$$decryptsTo\": {\"key\": \"local-1\", \"value\": 1}}}",
    "{\"v\": {\"$binary\": {\"base64\": \"AAA=\", \"subType\": \"06\"}}}", false, ""},
};

static void a_value_fits_or_the_place_is_named(void **state)
{
   (void)state;
   static flp_case_t c;
   made_case(&c, "{\"call\": {\"encrypt\": {\"cmd\": {\"find\": \"c\"}}}}");
   for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
      flp_matching_t matching = {.the_case = &c};
      flp_differences_t differences;
      bson_t expected, actual;
      bson_iter_t e, a;
      assert_true(bson_init_from_json(&expected, rows[i].expected, -1, NULL));
      assert_true(bson_init_from_json(&actual, rows[i].actual, -1, NULL));
      assert_true(bson_iter_init_find(&e, &expected, "v"));
      assert_true(bson_iter_init_find(&a, &actual, "v"));
      flp_differences_init(&differences, "R-TEST-001");
      bool fits = flp_match(&matching, &e, &a, &differences);
      if (fits != rows[i].fits || differences.len != (fits ? 0u : 1u)) {
         fail_msg("row %zu: %s against %s: %d, %zu differences", i, rows[i].expected, rows[i].actual, fits, differences.len);
      }
      if (!fits) {
         assert_string_equal(differences.items[0].at, rows[i].at);
         assert_string_equal(differences.items[0].rule, "R-TEST-001");
      }
      flp_differences_cleanup(&differences);
      bson_destroy(&expected);
      bson_destroy(&actual);
   }
   made_case_end(&c);
}

/* A deterministic blob of the string `x` with the data key of NAME. */
static size_t seal(const char *name, const char *id_of, uint8_t *blob)
{
   uint8_t key[FLP_AEAD_KEY], iv[FLP_AEAD_IV];
   const uint8_t plain[] = {2, 0, 0, 0, 'x', 0};
   flp_material_data_key(name, key);
   blob[0] = 1;
   flp_material_uuid(id_of, blob + 1);
   blob[17] = 2;
   assert_true(flp_aead_deterministic_iv(key, blob, FLP_BLOB_HEADER, plain, sizeof plain, iv));
   assert_true(flp_aead_seal(key, iv, blob, FLP_BLOB_HEADER, plain, sizeof plain, blob + FLP_BLOB_HEADER));
   return FLP_BLOB_HEADER + flp_aead_sealed_len(sizeof plain);
}

static bool decrypts(const char *json, const uint8_t *blob, size_t len)
{
   static flp_case_t c;
   flp_matching_t matching = {.the_case = &c};
   bson_t expected, actual = BSON_INITIALIZER;
   bson_iter_t e, a;
   made_case(&c, "{}");
   assert_true(bson_init_from_json(&expected, json, -1, NULL));
   bson_append_binary(&actual, "v", 1, (bson_subtype_t)6, blob, (uint32_t)len);
   assert_true(bson_iter_init_find(&e, &expected, "v") && bson_iter_init_find(&a, &actual, "v"));
   bool ok = flp_match(&matching, &e, &a, NULL);
   bson_destroy(&expected);
   bson_destroy(&actual);
   made_case_end(&c);
   return ok;
}

static void a_ciphertext_is_opened_with_the_named_key_and_its_value_compared(void **state)
{
   (void)state;
   uint8_t blob[256];
   size_t len = seal("local-1", "local-1", blob);
   assert_true(decrypts("{\"v\": {\"$$decryptsTo\": {\"key\": \"local-1\", \"value\": \"x\"}}}", blob, len));
   assert_true(decrypts("{\"v\": {\"$$decryptsTo\": {\"key\": \"local-1\", \"value\": {\"$$type\": \"string\"}}}}", blob, len));
   assert_false(decrypts("{\"v\": {\"$$decryptsTo\": {\"key\": \"local-1\", \"value\": \"y\"}}}", blob, len));
   assert_false(decrypts("{\"v\": {\"$$decryptsTo\": {\"key\": \"local-2\", \"value\": \"x\"}}}", blob, len));
   blob[len - 1] ^= 1;
   assert_false(decrypts("{\"v\": {\"$$decryptsTo\": {\"key\": \"local-1\", \"value\": \"x\"}}}", blob, len));
}

static void a_ciphertext_that_names_another_key_id_does_not_fit(void **state)
{
   (void)state;
   uint8_t blob[256];
   size_t len = seal("local-1", "local-2", blob);
   assert_false(decrypts("{\"v\": {\"$$decryptsTo\": {\"key\": \"local-1\", \"value\": \"x\"}}}", blob, len));
}

static void bytes_that_are_no_document_are_shown_as_a_binary(void **state)
{
   (void)state;
   flp_value_t value = {.set = false};
   flp_value_from_bytes(&value, (const uint8_t *)"\x05\0\0\0\1", 5);
   char *shown = flp_show_value(&value);
   assert_non_null(strstr(shown, "$binary"));
   free(shown);
   flp_value_from_bytes(&value, (const uint8_t *)"\x05\0\0\0\0", 5);
   shown = flp_show_value(&value);
   assert_string_equal(shown, "{  }");
   free(shown);
   flp_value_cleanup(&value);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_value_fits_or_the_place_is_named),
      cmocka_unit_test(a_ciphertext_is_opened_with_the_named_key_and_its_value_compared),
      cmocka_unit_test(a_ciphertext_that_names_another_key_id_does_not_fit),
      cmocka_unit_test(bytes_that_are_no_document_are_shown_as_a_binary),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
