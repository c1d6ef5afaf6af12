/* Many data keys get another wrapping: what is asked for, what comes out, which keys and credentials are used. */
#include "ref/base/bson_walk.h"
#include "ref/mongocrypt/crypto/wrap.h"
#include "ref/mongocrypt/ctx/test/support_drive.h"
#include "ref/mongocrypt/test/json.h"

static uint8_t others[96];
static flp_crypto_t crypto;
static flp_crypto_state_t *state;

static mongocrypt_t *handle_of(const char *json)
{
   flp_buf_t providers = from_json(json);
   mongocrypt_t *made = drive_handle_with(flp_view_of(&providers));
   flp_buf_cleanup(&providers);
   assert_non_null(made);
   return made;
}

#define KEY_OF_OTHERS "{'key':" JSON_KEY "}"

static mongocrypt_ctx_t *begin(mongocrypt_t *handle, const char *kek)
{
   static const char filter[] = "the caller's own";
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(handle);
   mongocrypt_binary_t in;
   if (kek) {
      flp_buf_t option = from_json(kek);
      in = drive_in(flp_view_of(&option));
      assert_true(mongocrypt_ctx_setopt_key_encryption_key(ctx, &in));
      flp_buf_cleanup(&option);
   }
   in = drive_in(flp_view(filter, sizeof filter));
   mongocrypt_ctx_rewrap_many_datakey_init(ctx, &in);
   return ctx;
}

/* A key document that this library made of 96 times `secret`. */
typedef struct {
   uint8_t bytes[512];
   size_t len;
   size_t id_at;
} key_doc_t;

static const uint8_t *doc_id(const key_doc_t *doc)
{
   return doc->bytes + doc->id_at;
}

static key_doc_t make_key(uint8_t secret, const char *kek)
{
   uint8_t material[96];
   key_doc_t doc;
   flp_view_t result;
   flp_bson_element_t id;
   uint8_t subtype = 0;
   memset(material, secret, sizeof material);
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(drive_crypt);
   mongocrypt_binary_t in = drive_in(drive_binary_doc("keyMaterial", 0, flp_view(material, sizeof material)));
   assert_true(mongocrypt_ctx_setopt_key_material(ctx, &in));
   in = drive_in(drive_text_doc("provider", kek));
   assert_true(mongocrypt_ctx_setopt_key_encryption_key(ctx, &in));
   assert_true(mongocrypt_ctx_datakey_init(ctx));
   assert_true(drive_to_end(ctx, &result));
   assert_true(result.len <= sizeof doc.bytes);
   assert_true(flp_bson_find(result, "_id", &id));
   memcpy(doc.bytes, result.data, result.len);
   doc.len = result.len;
   doc.id_at = (size_t)(flp_bson_binary_view(id.value, &subtype).data - result.data);
   mongocrypt_ctx_destroy(ctx);
   return doc;
}

static bool feed(mongocrypt_ctx_t *ctx, const key_doc_t *doc)
{
   mongocrypt_binary_t in = drive_in(flp_view(doc->bytes, doc->len));
   return mongocrypt_ctx_mongo_feed(ctx, &in);
}

/* One key of the result: its fields in their order, and the secret behind them. */
static void assert_key(flp_view_t entry, const key_doc_t *doc, uint8_t secret, const char *provider)
{
   uint8_t opened[FLP_SECRET_LEN], subtype = 9, want[FLP_SECRET_LEN];
   flp_status_t status = {0};
   flp_bson_walk_t walk;
   flp_bson_element_t element;
   memset(want, secret, sizeof want);
   flp_bson_walk_init(&walk, entry);
   assert_true(flp_bson_walk_next(&walk, &element));
   assert_true(flp_view_equal_text(element.key, "keyMaterial"));
   flp_view_t wrapped = flp_bson_binary_view(element.value, &subtype);
   assert_int_equal(subtype, 0);
   assert_true(flp_unwrap_data_key(state, others, wrapped, doc_id(doc), flp_view_text(provider), opened, &status));
   assert_memory_equal(opened, want, sizeof want);
   assert_true(flp_bson_walk_next(&walk, &element));
   assert_true(flp_view_equal_text(element.key, "masterKey"));
   assert_true(flp_bson_walk_next(&walk, &element));
   assert_true(flp_view_equal_text(element.key, "provider"));
   assert_true(flp_view_equal_text(flp_bson_text_view(element.value), provider));
   assert_true(flp_bson_walk_next(&walk, &element));
   assert_int_equal(element.type, FLP_BSON_END);
   assert_true(flp_bson_walk_next(&walk, &element));
   assert_true(flp_view_equal_text(element.key, "_id"));
   flp_view_t got_id = flp_bson_binary_view(element.value, &subtype);
   assert_int_equal(subtype, 4);
   assert_true(flp_view_equal(got_id, flp_view(doc_id(doc), 16)));
   assert_false(flp_bson_walk_next(&walk, &element));
   assert_null(walk.reason);
}

static flp_view_t key_at(flp_view_t result, const char *i)
{
   flp_bson_element_t element;
   assert_true(flp_bson_find(result, "v", &element));
   return flp_bson_find(element.value, i, &element) ? element.value : flp_view(NULL, 0);
}

static flp_view_t finish(mongocrypt_ctx_t *ctx)
{
   flp_view_t result = {0};
   assert_true(mongocrypt_ctx_mongo_done(ctx));
   assert_int_equal(mongocrypt_ctx_state(ctx), MONGOCRYPT_CTX_READY);
   assert_true(drive_to_end(ctx, &result));
   assert_int_equal(mongocrypt_ctx_state(ctx), MONGOCRYPT_CTX_DONE);
   return result;
}

static key_doc_t first, second; /* wrapped by `local` and by `local:n` */

static int set_up(void **unused)
{
   (void)unused;
   flp_status_t status = {0};
   memset(&crypto, 0, sizeof crypto);
   memset(others, 'a', sizeof others);
   drive_crypt = handle_of("{'aws':{'accessKeyId':'a','secretAccessKey':'b'}, 'local':" KEY_OF_OTHERS ", 'local:n':" KEY_OF_OTHERS "}");
   state = flp_crypto_init(&crypto, &status) ? flp_crypto_take(&crypto, &status) : NULL;
   first = make_key(11, "local");
   second = make_key(22, "local:n");
   return state ? 0 : 1;
}

static int tear_down(void **unused)
{
   (void)unused;
   flp_crypto_give(&crypto, state);
   flp_crypto_cleanup(&crypto);
   mongocrypt_destroy(drive_crypt);
   return 0;
}

static void keys_keep_their_secret_under_a_new_key_encryption_key(void **unused)
{
   (void)unused;
   mongocrypt_binary_t filter = {0};
   mongocrypt_ctx_t *ctx = begin(drive_crypt, "{'provider':'local:n'}");
   assert_int_equal(mongocrypt_ctx_state(ctx), MONGOCRYPT_CTX_NEED_MONGO_KEYS);
   assert_true(mongocrypt_ctx_mongo_op(ctx, &filter));
   assert_int_equal(filter.len, sizeof "the caller's own");
   assert_memory_equal(filter.data, "the caller's own", filter.len);
   assert_true(feed(ctx, &first));
   assert_true(feed(ctx, &second));
   flp_view_t result = finish(ctx);
   assert_key(key_at(result, "0"), &first, 11, "local:n");
   assert_key(key_at(result, "1"), &second, 22, "local:n");
   assert_null(key_at(result, "2").data);
   mongocrypt_ctx_destroy(ctx);
}

static void without_a_new_one_each_key_keeps_its_own(void **unused)
{
   (void)unused;
   mongocrypt_ctx_t *ctx = begin(drive_crypt, NULL);
   assert_true(feed(ctx, &first));
   assert_true(feed(ctx, &second));
   flp_view_t result = finish(ctx);
   assert_key(key_at(result, "0"), &first, 11, "local");
   assert_key(key_at(result, "1"), &second, 22, "local:n");
   mongocrypt_ctx_destroy(ctx);
}

static void opened_keys_are_cached_and_known_ones_come_from_there(void **unused)
{
   (void)unused;
   mongocrypt_ctx_t *ctx = begin(drive_crypt, NULL);
   assert_true(feed(ctx, &first));
   mongocrypt_ctx_destroy(ctx); /* it was cached when it was fed */
   mongocrypt_ctx_t *other = mongocrypt_ctx_new(drive_crypt);
   mongocrypt_binary_t in = drive_in(flp_view(doc_id(&first), 16));
   assert_true(mongocrypt_ctx_setopt_key_id(other, &in));
   assert_true(mongocrypt_ctx_setopt_algorithm(other, DETERMINISTIC, -1));
   in = drive_in(drive_text_doc("v", "x"));
   assert_true(mongocrypt_ctx_explicit_encrypt_init(other, &in));
   assert_int_equal(mongocrypt_ctx_state(other), MONGOCRYPT_CTX_READY);
   mongocrypt_ctx_destroy(other);
   key_doc_t broken = first;
   broken.bytes[doc_id(&first) + 16 + 50 - first.bytes] ^= 1; /* in the key material: nobody looks */
   ctx = begin(drive_crypt, NULL);
   assert_true(feed(ctx, &broken));
   assert_true(feed(ctx, &second));
   flp_view_t result = finish(ctx);
   assert_key(key_at(result, "0"), &second, 22, "local:n");
   assert_key(key_at(result, "1"), &first, 11, "local");
   mongocrypt_ctx_destroy(ctx);
}

static void without_documents_it_is_done_and_has_no_result(void **unused)
{
   (void)unused;
   mongocrypt_binary_t out = {0};
   mongocrypt_ctx_t *ctx = begin(drive_crypt, NULL);
   assert_true(mongocrypt_ctx_mongo_done(ctx));
   assert_int_equal(mongocrypt_ctx_state(ctx), MONGOCRYPT_CTX_DONE);
   assert_false(mongocrypt_ctx_finalize(ctx, &out));
   drive_assert_error(ctx, "not applicable to context of kind rewrap_many_datakey [CALL_NOT_APPLICABLE call=finalize");
   mongocrypt_ctx_destroy(ctx);
}

static void credentials_are_asked_for_at_once_and_serve_both_ways(void **unused)
{
   (void)unused;
   mongocrypt_t *handle = handle_of("{'local':{}}");
   flp_buf_t given = from_json("{'local':" KEY_OF_OTHERS "}");
   mongocrypt_binary_t in = drive_in(flp_view_of(&given));
   mongocrypt_ctx_t *ctx = begin(handle, "{'provider':'local'}");
   assert_int_equal(mongocrypt_ctx_state(ctx), MONGOCRYPT_CTX_NEED_KMS_CREDENTIALS);
   assert_true(mongocrypt_ctx_provide_kms_providers(ctx, &in));
   assert_true(feed(ctx, &first));
   assert_key(key_at(finish(ctx), "0"), &first, 11, "local");
   mongocrypt_ctx_destroy(ctx);
   flp_buf_cleanup(&given);
   given = from_json("{'gcp':{'accessToken':'t'}}");
   in = drive_in(flp_view_of(&given));
   ctx = begin(handle, "{'provider':'local'}");
   assert_true(mongocrypt_ctx_provide_kms_providers(ctx, &in));
   assert_true(feed(ctx, &first)); /* known from before */
   assert_false(mongocrypt_ctx_mongo_done(ctx));
   drive_assert_error(ctx, "[PROVIDER_NOT_CONFIGURED provider=local key_id=");
   mongocrypt_ctx_destroy(ctx);
   flp_buf_cleanup(&given);
   mongocrypt_destroy(handle);
}

static void what_needs_a_server_is_not_built(void **unused)
{
   (void)unused;
   mongocrypt_ctx_t *ctx = begin(drive_crypt, "{'provider':'aws','key':'k','region':'r'}");
   assert_true(feed(ctx, &first));
   assert_false(mongocrypt_ctx_mongo_done(ctx));
   drive_assert_error(ctx, "[UNSUPPORTED feature=remote_kms]");
   mongocrypt_ctx_destroy(ctx);
   ctx = begin(drive_crypt, "{'provider':'gcp','projectId':'p','location':'l','keyRing':'r','keyName':'n'}");
   drive_assert_error(ctx, "[PROVIDER_NOT_CONFIGURED provider=gcp]");
   mongocrypt_ctx_destroy(ctx);
}

/* A provider whose name is as long as a quarter of a document: four keys under it are one too many. */
static void a_result_that_no_document_could_hold_is_refused(void **unused)
{
   (void)unused;
   enum { NAME = 4 * 1024 * 1024 };
   static const char before[] = "{'local':{'key':" JSON_KEY "},'local:", kek_before[] = "{'provider':'local:";
   char *json = malloc(NAME + 1024), *kek = malloc(NAME + 64);
   assert_true(json && kek);
   memset(json, 'n', NAME + sizeof before);
   memcpy(json, before, sizeof before - 1);
   strcpy(json + sizeof before - 1 + NAME, "':" KEY_OF_OTHERS "}");
   memset(kek, 'n', NAME + sizeof kek_before);
   memcpy(kek, kek_before, sizeof kek_before - 1);
   strcpy(kek + sizeof kek_before - 1 + NAME, "'}");
   mongocrypt_t *handle = handle_of(json);
   mongocrypt_ctx_t *ctx = begin(handle, kek);
   mongocrypt_binary_t out = {0};
   key_doc_t doc = first;
   for (uint8_t i = 0; i < 5; i++) {
      doc.bytes[doc.id_at] = i;
      assert_true(feed(ctx, &doc));
   }
   assert_true(mongocrypt_ctx_mongo_done(ctx));
   assert_false(mongocrypt_ctx_finalize(ctx, &out));
   drive_assert_error(ctx, "[LIMIT_EXCEEDED limit=document_len ");
   mongocrypt_ctx_destroy(ctx);
   mongocrypt_destroy(handle);
   free(json);
   free(kek);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
   const struct CMUnitTest tests[] = {
      TEST(keys_keep_their_secret_under_a_new_key_encryption_key), TEST(without_a_new_one_each_key_keeps_its_own),
      TEST(opened_keys_are_cached_and_known_ones_come_from_there), TEST(without_documents_it_is_done_and_has_no_result),
      TEST(credentials_are_asked_for_at_once_and_serve_both_ways), TEST(what_needs_a_server_is_not_built),
      TEST(a_result_that_no_document_could_hold_is_refused),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
