/* Named material against values published with the API's fixed test values, and the AEAD against a published vector. */
#include "runner/material/material.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

static size_t from_base64(const char *text, uint8_t *out)
{
   size_t len = strlen(text);
   int n = EVP_DecodeBlock(out, (const unsigned char *)text, (int)len);
   assert_true(n > 0);
   return (size_t)n - (text[len - 1] == '=') - (text[len - 2] == '=');
}

static size_t from_hex(const char *text, uint8_t *out)
{
   size_t n = strlen(text) / 2;
   for (size_t i = 0; i < n; i++) {
      unsigned byte = 0;
      assert_int_equal(sscanf(text + 2 * i, "%2x", &byte), 1);
      out[i] = (uint8_t)byte;
   }
   return n;
}

/* The wrapped data key that the sheet of the API prints for 96 zero bytes and the labels below `api/appendix-b`. */
static const char appendix_b_material[] =
   "gisEIpT5H6sKkvaGgWyqBGzwvsrTQEuy/zxaS8XLjO89ept5mV2JwtlajMKWR8GTx9WpNJRimN6fhHuUKECtLF8srBUhdWvkQszBv+moPJCpr/kXspFZPv8l7H71"
   "U7zFZwfMqJCLYHXOhY5ug2x4VEV3ogmhxVsui4LIhhStJSU5lp0UAkkeb/25lJ3NJLI/iFQiri8RzCWoh9tgeshE+Q==";
static const char appendix_b_x[] =
   "AWFhYWFhYWFhYWFhYWFhYWECIYC38EV0ekONNrUQyOtwTxT7f9NckS1N/bcS6GDbmbICGcubgOe6aqUkIz7dmglJf7ywfPwAqW2BSywrZhwvtA==";

static void a_key_document_has_the_published_bytes(void **state)
{
   (void)state;
   uint8_t kek[FLP_AEAD_KEY] = {0}, expected[256];
   size_t n = from_base64(appendix_b_material, expected);
   bson_t doc = BSON_INITIALIZER;
   bson_iter_t iter;
   bson_subtype_t subtype;
   uint32_t len = 0;
   const uint8_t *bytes = NULL;

   assert_true(flp_material_keydoc(&(flp_keydoc_t){.name = "api/appendix-b", .kek = kek}, &doc));
   assert_true(bson_iter_init_find(&iter, &doc, "keyMaterial"));
   bson_iter_binary(&iter, &subtype, &len, &bytes);
   assert_int_equal(len, n);
   assert_memory_equal(bytes, expected, n);

   static const char *const order[] = {"_id", "keyMaterial", "creationDate", "updateDate", "status", "masterKey"};
   assert_true(bson_iter_init(&iter, &doc));
   for (size_t i = 0; i < 6; i++) {
      assert_true(bson_iter_next(&iter));
      assert_string_equal(bson_iter_key(&iter), order[i]);
   }
   assert_false(bson_iter_next(&iter));
   bson_destroy(&doc);
}

static void a_published_blob_opens_and_seals_again(void **state)
{
   (void)state;
   uint8_t key[FLP_AEAD_KEY], blob[128], sealed[128], iv[FLP_AEAD_IV];
   size_t n = from_base64(appendix_b_x, blob);
   const char *why = NULL;
   flp_opened_t opened;
   bson_iter_t iter;

   flp_material_data_key("api/appendix-b", key);
   assert_true(flp_blob_open(key, blob, n, &opened, &why));
   assert_int_equal(opened.algorithm, 1);
   assert_int_equal(opened.key_id[15], 0x61);
   assert_true(bson_iter_init_find(&iter, &opened.value, "v"));
   assert_string_equal(bson_iter_utf8(&iter, NULL), "x");
   flp_opened_cleanup(&opened);

   const uint8_t plain[] = {2, 0, 0, 0, 'x', 0};
   assert_true(flp_aead_deterministic_iv(key, blob, FLP_BLOB_HEADER, plain, sizeof plain, iv));
   assert_true(flp_aead_seal(key, iv, blob, FLP_BLOB_HEADER, plain, sizeof plain, sealed));
   assert_int_equal(n, FLP_BLOB_HEADER + flp_aead_sealed_len(sizeof plain));
   assert_memory_equal(sealed, blob + FLP_BLOB_HEADER, n - FLP_BLOB_HEADER);
}

static void every_changed_byte_of_a_blob_is_noticed(void **state)
{
   (void)state;
   uint8_t key[FLP_AEAD_KEY], blob[128];
   size_t n = from_base64(appendix_b_x, blob);
   const char *why = NULL;
   flp_opened_t opened;

   flp_material_data_key("api/appendix-b", key);
   for (size_t i = 0; i < n; i++) {
      blob[i] ^= 0x40;
      why = NULL;
      assert_false(flp_blob_open(key, blob, n, &opened, &why));
      assert_non_null(why);
      blob[i] ^= 0x40;
   }
   for (size_t len = 0; len < n; len++) {
      assert_false(flp_blob_open(key, blob, len, &opened, &why));
   }
}

/* draft-mcgrew-aead-aes-cbc-hmac-sha2-05, section 5.4; the key is made longer by the third that the draft does not have. */
static void the_vector_of_the_draft_is_reproduced(void **state)
{
   (void)state;
   uint8_t key[FLP_AEAD_KEY] = {0}, iv[16], aad[64], plain[256], expected[256], sealed[256];
   for (uint8_t i = 0; i < 64; i++) {
      key[i] = i;
   }
   from_hex("1af38c2dc2b96ffdd86694092341bc04", iv);
   size_t aad_len = from_hex("546865207365636f6e64207072696e6369706c65206f662041756775737465204b6572636b686f666673", aad);
   static const char text[] = "A cipher system must not be required to be secret, and it must be able to fall into the hands of the "
                              "enemy without inconvenience";
   size_t plain_len = strlen(text);
   memcpy(plain, text, plain_len);
   size_t n = from_hex("1af38c2dc2b96ffdd86694092341bc044affaaadb78c31c5da4b1b590d10ffbd3dd8d5d302423526912da037ecbcc7bd822c301dd67c373b"
                       "ccb584ad3e9279c2e6d12a1374b77f077553df829410446b36ebd97066296ae6427ea75c2e0846a11a09ccf5370dc80bfecbad28c73f09b3"
                       "a3b75e662a2594410ae496b2e2e6609e31e6e02cc837f053d21f37ff4f51950bbe2638d09dd7a4930930806d0703b1f6",
                       expected);
   assert_int_equal(flp_aead_sealed_len(plain_len), n + 32);
   assert_true(flp_aead_seal(key, iv, aad, aad_len, plain, plain_len, sealed));
   assert_memory_equal(sealed, expected, n);

   const char *why = NULL;
   uint8_t opened[256];
   size_t opened_len = 0;
   assert_true(flp_aead_open(key, aad, aad_len, sealed, n + 32, opened, &opened_len, &why));
   assert_int_equal(opened_len, plain_len);
   assert_memory_equal(opened, plain, plain_len);
}

/* KEK 000102..5f, IV 00..0f, data key 6465..c3: the worked example of the wrap under a local key. */
static void the_worked_example_of_wrapping_is_reproduced(void **state)
{
   (void)state;
   uint8_t kek[96], iv[16], dek[96], expected[160], sealed[160];
   for (uint8_t i = 0; i < 96; i++) {
      kek[i] = i;
      dek[i] = (uint8_t)(100 + i);
   }
   memcpy(iv, kek, sizeof iv);
   from_hex("000102030405060708090a0b0c0d0e0f900d27c0344c5264df42fddb15088eb99dc8f99e4e1759d6b02bf59efabe13609f517926e94f83baf32aafbda990"
            "0323c6223ac670666aaf9da17ccfa275c0e865814de0af711e6b1ba4994ad339d934db01219941b2adba2b5b4c7266748934b093aa3cf83ecaa4f4a440c6"
            "6187c904ab6a70ff0213557b5a71153a7f9c24c86664435c914f744618e388685482bb9b",
            expected);
   assert_true(flp_aead_seal(kek, iv, NULL, 0, dek, sizeof dek, sealed));
   assert_memory_equal(sealed, expected, sizeof expected);
}

static void names_give_different_streams_and_ids_are_version_4(void **state)
{
   (void)state;
   uint8_t a[96], b[96], id[16];
   flp_material_key("local-1", a);
   flp_material_key("local-2", b);
   assert_memory_not_equal(a, b, 96);
   flp_material_data_key("local-1", b);
   assert_memory_not_equal(a, b, 96);
   flp_material_uuid("local-1", id);
   assert_int_equal(id[6] >> 4, 4);
   assert_int_equal(id[8] >> 6, 2);
}

static void parts_of_a_key_document_can_be_exchanged(void **state)
{
   (void)state;
   uint8_t kek[FLP_AEAD_KEY] = {0};
   bson_t doc = BSON_INITIALIZER;
   bson_t *names = BCON_NEW("0", "one");
   bson_t *set = BCON_NEW("status", BCON_UTF8("odd"), "extra", BCON_INT32(1));
   bson_t *unset = BCON_NEW("0", "creationDate");
   bson_iter_t iter;

   assert_true(flp_material_keydoc(
      &(flp_keydoc_t){.name = "n", .kek = kek, .provider = "local:x", .alt_names = names, .set = set, .unset = unset}, &doc));
   assert_false(bson_has_field(&doc, "creationDate"));
   assert_true(bson_iter_init_find(&iter, &doc, "status") && BSON_ITER_HOLDS_UTF8(&iter));
   assert_true(bson_has_field(&doc, "extra"));
   assert_true(bson_iter_init_find(&iter, &doc, "keyAltNames") && BSON_ITER_HOLDS_ARRAY(&iter));
   bson_iter_t in;
   assert_true(bson_iter_init(&iter, &doc) && bson_iter_find_descendant(&iter, "masterKey.provider", &in));
   assert_string_equal(bson_iter_utf8(&in, NULL), "local:x");
   bson_destroy(names);
   bson_destroy(set);
   bson_destroy(unset);
   bson_destroy(&doc);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_key_document_has_the_published_bytes),       cmocka_unit_test(a_published_blob_opens_and_seals_again),
      cmocka_unit_test(every_changed_byte_of_a_blob_is_noticed),      cmocka_unit_test(the_vector_of_the_draft_is_reproduced),
      cmocka_unit_test(the_worked_example_of_wrapping_is_reproduced), cmocka_unit_test(names_give_different_streams_and_ids_are_version_4),
      cmocka_unit_test(parts_of_a_key_document_can_be_exchanged),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
