/* New data keys: the document that finalize gives, and that the given key material is in it. */
#include "ref/mongocrypt/ctx/test/support_drive.h"

#include "ref/base/bson_walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* The fields of a new key document in their order, and its id. */
static void a_new_data_key_has_its_fields_in_order(void **unused)
{
   (void)unused;
   static const char *const want[] = {"_id", "keyAltNames", "keyMaterial", "creationDate", "updateDate", "status", "masterKey"};
   flp_view_t result;
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(drive_crypt);
   mongocrypt_binary_t name;
   for (const char *const *text = (const char *const[]){"b", "a", "c", NULL}; *text; text++) {
      name = drive_in(drive_text_doc("keyAltName", *text));
      assert_true(mongocrypt_ctx_setopt_key_alt_name(ctx, &name));
   }
   assert_true(mongocrypt_ctx_setopt_masterkey_local(ctx));
   assert_true(mongocrypt_ctx_datakey_init(ctx));
   assert_true(drive_to_end(ctx, &result));

   flp_bson_walk_t walk;
   flp_bson_element_t element;
   size_t n = 0, n_names = 0;
   char names[4] = "";
   assert_true(flp_bson_walk_init(&walk, result));
   while (flp_bson_walk_next(&walk, &element)) {
      if (element.type == FLP_BSON_END) {
         continue;
      }
      if (element.depth == 1) {
         assert_true(n < sizeof want / sizeof want[0]);
         assert_true(flp_view_equal_text(element.key, want[n]));
         n++;
      } else if (n == 2) {
         names[n_names] = (char)flp_bson_text_view(element.value).data[0];
         n_names++;
      }
   }
   assert_null(walk.reason);
   assert_int_equal(n, sizeof want / sizeof want[0]);
   assert_string_equal(names, "cab"); /* last set, first written */

   uint8_t subtype = 0;
   assert_true(flp_bson_find(result, "_id", &element));
   flp_view_t id = flp_bson_binary_view(element.value, &subtype);
   assert_int_equal(subtype, 4);
   assert_int_equal(id.len, 16);
   assert_int_equal(id.data[6] & 0xF0, 0x40);
   assert_int_equal(id.data[8] & 0xC0, 0x80);
   assert_true(flp_bson_find(result, "keyMaterial", &element));
   assert_int_equal(flp_bson_binary_view(element.value, &subtype).len, 160);
   assert_int_equal(subtype, 0);
   mongocrypt_ctx_destroy(ctx);
}

static void given_key_material_comes_back(void **unused)
{
   (void)unused;
   uint8_t material[96];
   memset(material, 'k', sizeof material);
   flp_view_t key_doc, sealed;
   mongocrypt_ctx_t *make = mongocrypt_ctx_new(drive_crypt);
   mongocrypt_binary_t in = drive_in(drive_binary_doc("keyMaterial", 0, flp_view(material, sizeof material)));
   assert_true(mongocrypt_ctx_setopt_key_material(make, &in));
   assert_true(mongocrypt_ctx_setopt_masterkey_local(make));
   assert_true(mongocrypt_ctx_datakey_init(make));
   assert_true(drive_to_end(make, &key_doc));

   flp_bson_element_t id;
   uint8_t subtype = 0;
   assert_true(flp_bson_find(key_doc, "_id", &id));
   mongocrypt_binary_t key_id = drive_in(flp_bson_binary_view(id.value, &subtype));
   mongocrypt_binary_t reply = drive_in(key_doc);
   mongocrypt_ctx_t *use = mongocrypt_ctx_new(drive_crypt);
   in = drive_in(drive_text_doc("v", "x"));
   assert_true(mongocrypt_ctx_setopt_key_id(use, &key_id));
   assert_true(mongocrypt_ctx_setopt_algorithm(use, DETERMINISTIC, -1));
   assert_true(mongocrypt_ctx_explicit_encrypt_init(use, &in));
   assert_int_equal(mongocrypt_ctx_state(use), MONGOCRYPT_CTX_NEED_MONGO_KEYS); /* making a key does not cache it (DK-8) */
   assert_true(mongocrypt_ctx_mongo_feed(use, &reply));
   assert_true(mongocrypt_ctx_mongo_done(use));
   assert_true(drive_to_end(use, &sealed));
   mongocrypt_ctx_destroy(use);
   mongocrypt_ctx_destroy(make);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, drive_set_up, drive_tear_down)
   const struct CMUnitTest tests[] = {
      TEST(a_new_data_key_has_its_fields_in_order),
      TEST(given_key_material_comes_back),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
