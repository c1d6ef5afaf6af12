/* Every call in every state that a context can reach, for every kind: what it returns, where it leads, what it says. And data keys. */
#include "ref/mongocrypt/ctx/test/support_drive.h"

#include "ref/base/bson_walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* --- the calls --- */

static bool op(mongocrypt_ctx_t *ctx)
{
   mongocrypt_binary_t out = {0};
   return mongocrypt_ctx_mongo_op(ctx, &out);
}

static bool op_null(mongocrypt_ctx_t *ctx)
{
   return mongocrypt_ctx_mongo_op(ctx, NULL);
}

static bool feed(mongocrypt_ctx_t *ctx)
{
   mongocrypt_binary_t in = drive_in(drive_key_doc());
   return mongocrypt_ctx_mongo_feed(ctx, &in);
}

static bool feed_null(mongocrypt_ctx_t *ctx)
{
   return mongocrypt_ctx_mongo_feed(ctx, NULL);
}

static bool next_kms(mongocrypt_ctx_t *ctx)
{
   return mongocrypt_ctx_next_kms_ctx(ctx) != NULL;
}

static bool provide(mongocrypt_ctx_t *ctx)
{
   mongocrypt_binary_t in = drive_in(flp_view("\5\0\0\0\0", 5));
   return mongocrypt_ctx_provide_kms_providers(ctx, &in);
}

static bool finalize(mongocrypt_ctx_t *ctx)
{
   mongocrypt_binary_t out = {0};
   return mongocrypt_ctx_finalize(ctx, &out);
}

static bool mongo_db(mongocrypt_ctx_t *ctx)
{
   return mongocrypt_ctx_mongo_db(ctx) != NULL;
}

static const struct {
   const char *name;
   bool (*make)(mongocrypt_ctx_t *ctx);
} calls[] = {
   {"mongo_op", op},
   {"mongo_feed", feed},
   {"mongo_done", mongocrypt_ctx_mongo_done},
   {"mongo_db", mongo_db},
   {"next_kms_ctx", next_kms},
   {"kms_done", mongocrypt_ctx_kms_done},
   {"provide_kms_providers", provide},
   {"finalize", finalize},
};
enum { N_CALLS = sizeof calls / sizeof calls[0] };

/* --- contexts at their places --- */

typedef enum { DATAKEY, EXPLICIT, DECRYPT, N_KINDS } kind_t;
typedef enum { AT_KEYS, AT_READY, AT_DONE, N_PLACES } place_t;

static mongocrypt_ctx_t *begin(kind_t kind)
{
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(drive_crypt);
   if (kind == EXPLICIT) {
      mongocrypt_ctx_destroy(ctx);
      return drive_explicit(drive_crypt, DETERMINISTIC, drive_text_doc("v", "x"));
   }
   if (kind == DECRYPT) {
      mongocrypt_binary_t in = drive_in(drive_binary_doc("v", 6, drive_sealed_x()));
      assert_true(mongocrypt_ctx_decrypt_init(ctx, &in));
      return ctx;
   }
   assert_true(mongocrypt_ctx_setopt_masterkey_local(ctx));
   assert_true(mongocrypt_ctx_datakey_init(ctx));
   return ctx;
}

static mongocrypt_ctx_t *bring(kind_t kind, place_t place)
{
   mongocrypt_ctx_t *ctx = begin(kind);
   if (kind != DATAKEY && place > AT_KEYS) {
      assert_true(feed(ctx) && mongocrypt_ctx_mongo_done(ctx));
   }
   if (place == AT_DONE) {
      assert_true(finalize(ctx));
   }
   return ctx;
}

/* Where a call leads: the table of the library, written down once more by hand. -1: a wrong state. */
static int leads_to(kind_t kind, place_t place, const char *call)
{
   if (place == AT_KEYS && kind != DATAKEY) {
      if (strcmp(call, "mongo_op") == 0 || strcmp(call, "mongo_feed") == 0) {
         return MONGOCRYPT_CTX_NEED_MONGO_KEYS;
      }
   }
   return place == AT_READY && strcmp(call, "finalize") == 0 ? MONGOCRYPT_CTX_DONE : -1;
}

static void every_call_in_every_state_is_decided(void **unused)
{
   (void)unused;
   static const char *const names[N_PLACES] = {"NEED_MONGO_KEYS", "READY", "DONE"};
   for (kind_t kind = DATAKEY; kind < N_KINDS; kind++) {
      for (place_t place = kind == DATAKEY ? AT_READY : AT_KEYS; place < N_PLACES; place++) {
         for (size_t i = 0; i < N_CALLS; i++) {
            mongocrypt_destroy(drive_crypt); /* a fresh one: no key is cached */
            drive_crypt = drive_handle();
            mongocrypt_ctx_t *ctx = bring(kind, place);
            int next = leads_to(kind, place, calls[i].name);
            if (place == AT_KEYS && strcmp(calls[i].name, "mongo_done") == 0) {
               assert_false(calls[i].make(ctx));
               drive_assert_error(ctx, "[KEY_NOT_FOUND key_id=61616161-6161-6161-6161-616161616161 missing=1]");
            } else if (next < 0) {
               char tag[128];
               snprintf(tag, sizeof tag, "[STATE_WRONG call=%s state=%s want=", calls[i].name, names[place]);
               assert_false(calls[i].make(ctx));
               drive_assert_error(ctx, tag);
               assert_int_equal(mongocrypt_ctx_state(ctx), MONGOCRYPT_CTX_ERROR);
            } else {
               assert_true(calls[i].make(ctx));
               assert_int_equal(mongocrypt_ctx_state(ctx), next);
            }
            mongocrypt_ctx_destroy(ctx);
         }
      }
   }
}

static void before_an_init_every_call_spoils_the_context(void **unused)
{
   (void)unused;
   for (size_t i = 0; i < N_CALLS; i++) {
      mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(drive_crypt);
      char tag[128];
      snprintf(tag, sizeof tag, "uninitialized: %s [NOT_INITIALIZED object=ctx call=%s]", calls[i].name, calls[i].name);
      assert_false(calls[i].make(ctx));
      drive_assert_error(ctx, tag);
      assert_false(mongocrypt_ctx_datakey_init(ctx));
      mongocrypt_ctx_destroy(ctx);
   }
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(drive_crypt);
   assert_int_equal(mongocrypt_ctx_state(ctx), MONGOCRYPT_CTX_ERROR);
   drive_assert_error(ctx, "[NOT_INITIALIZED object=ctx call=state]");
   mongocrypt_ctx_destroy(ctx);
}

static void after_an_error_the_first_message_stays(void **unused)
{
   (void)unused;
   for (size_t i = 0; i < N_CALLS; i++) {
      mongocrypt_ctx_t *ctx = begin(DECRYPT);
      assert_false(finalize(ctx));
      assert_false(calls[i].make(ctx));
      /* one call speaks in every state but its own */
      drive_assert_error(ctx,
                         strcmp(calls[i].name, "provide_kms_providers") == 0 ? "call=provide_kms_providers state=ERROR" : "call=finalize");
      mongocrypt_ctx_destroy(ctx);
   }
}

static void a_null_of_the_caller_is_told(void **unused)
{
   (void)unused;
   mongocrypt_ctx_t *ctx = begin(DECRYPT);
   assert_false(op_null(ctx));
   drive_assert_error(ctx, "[ARGUMENT_NULL call=mongo_op argument=out]");
   assert_false(feed_null(ctx));
   drive_assert_error(ctx, "[ARGUMENT_NULL call=mongo_feed argument=reply]");
   assert_false(mongocrypt_ctx_finalize(ctx, NULL));
   drive_assert_error(ctx, "[ARGUMENT_NULL call=finalize argument=out]");
   mongocrypt_ctx_destroy(ctx);
}

static void the_filter_is_the_same_at_every_call(void **unused)
{
   (void)unused;
   mongocrypt_binary_t first = {0}, second = {0};
   mongocrypt_ctx_t *ctx = begin(DECRYPT);
   assert_true(mongocrypt_ctx_mongo_op(ctx, &first));
   assert_true(feed(ctx));
   assert_true(mongocrypt_ctx_mongo_op(ctx, &second));
   assert_ptr_equal(first.data, second.data);
   assert_int_equal(first.len, second.len);
   mongocrypt_ctx_destroy(ctx);
}

static void what_finalize_gave_stays_readable_after_a_second_one_failed(void **unused)
{
   (void)unused;
   flp_view_t result;
   mongocrypt_ctx_t *ctx = begin(DECRYPT);
   assert_true(drive_to_end(ctx, &result));
   assert_false(finalize(ctx));
   assert_int_equal(mongocrypt_ctx_state(ctx), MONGOCRYPT_CTX_ERROR);
   assert_true(flp_view_equal(result, drive_text_doc("v", "x")));
   mongocrypt_ctx_destroy(ctx);
}

static void a_second_init_is_an_error(void **unused)
{
   (void)unused;
   mongocrypt_ctx_t *ctx = begin(DATAKEY);
   assert_false(mongocrypt_ctx_datakey_init(ctx));
   drive_assert_error(ctx, "cannot double initialize [ALREADY_INITIALIZED object=ctx]");
   mongocrypt_ctx_destroy(ctx);
}

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

static void what_is_not_built_says_so_after_its_arguments_were_checked(void **unused)
{
   (void)unused;
   mongocrypt_binary_t empty = drive_in(flp_view("\5\0\0\0\0", 5));
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(drive_crypt);
   assert_false(mongocrypt_ctx_encrypt_init(ctx, NULL, -1, &empty));
   drive_assert_error(ctx, "[OPTION_INVALID option=db");
   mongocrypt_ctx_destroy(ctx);
   ctx = mongocrypt_ctx_new(drive_crypt);
   assert_false(mongocrypt_ctx_encrypt_init(ctx, "db", -1, &empty));
   drive_assert_error(ctx, "[COMMAND_INVALID reason=empty]");
   mongocrypt_ctx_destroy(ctx);
   ctx = mongocrypt_ctx_new(drive_crypt);
   mongocrypt_binary_t find = drive_in(drive_text_doc("find", "c"));
   assert_false(mongocrypt_ctx_encrypt_init(ctx, "", -1, &find));
   drive_assert_error(ctx, "[OPTION_INVALID option=db reason=empty]");
   mongocrypt_ctx_destroy(ctx);
   ctx = mongocrypt_ctx_new(drive_crypt);
   assert_false(mongocrypt_ctx_encrypt_init(ctx, "db", -1, &find));
   drive_assert_error(ctx, "[UNSUPPORTED feature=auto_encryption]");
   mongocrypt_ctx_destroy(ctx);
   ctx = mongocrypt_ctx_new(drive_crypt);
   assert_false(mongocrypt_ctx_rewrap_many_datakey_init(ctx, NULL));
   drive_assert_error(ctx, "[ARGUMENT_NULL call=rewrap_many_datakey_init argument=filter]");
   mongocrypt_ctx_destroy(ctx);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, drive_set_up, drive_tear_down)
   const struct CMUnitTest tests[] = {
      TEST(every_call_in_every_state_is_decided),
      TEST(before_an_init_every_call_spoils_the_context),
      TEST(after_an_error_the_first_message_stays),
      TEST(a_null_of_the_caller_is_told),
      TEST(the_filter_is_the_same_at_every_call),
      TEST(what_finalize_gave_stays_readable_after_a_second_one_failed),
      TEST(a_second_init_is_an_error),
      TEST(a_new_data_key_has_its_fields_in_order),
      TEST(given_key_material_comes_back),
      TEST(what_is_not_built_says_so_after_its_arguments_were_checked),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
