/* See the header. */
#include "ref/mongocrypt/ctx/test/support_encrypt.h"

#include "ref/mongocrypt/test/json.h"

static void give_map(bool (*set)(mongocrypt_t *, mongocrypt_binary_t *), const char *json)
{
   if (json) {
      flp_buf_t map = from_json(json);
      mongocrypt_binary_t in = drive_in(flp_view_of(&map));
      assert_true(set(drive_crypt, &in));
      flp_buf_cleanup(&map);
   }
}

/* A fresh handle, so that nothing is cached. */
void auto_handle(auto_options_t options)
{
   static const uint8_t zeros[96];
   mongocrypt_binary_t key = drive_in(flp_view(zeros, sizeof zeros));
   mongocrypt_destroy(drive_crypt);
   drive_crypt = mongocrypt_new();
   assert_true(mongocrypt_setopt_kms_provider_local(drive_crypt, &key));
   give_map(mongocrypt_setopt_schema_map, options.schema_map);
   give_map(mongocrypt_setopt_encrypted_field_config_map, options.efc_map);
   if (options.multiple) {
      assert_true(mongocrypt_setopt_enable_multiple_collinfo(drive_crypt));
   }
   if (options.with_db) {
      mongocrypt_setopt_use_need_mongo_collinfo_with_db_state(drive_crypt);
   }
   if (options.bypass) {
      mongocrypt_setopt_bypass_query_analysis(drive_crypt);
   }
   assert_true(mongocrypt_init(drive_crypt));
}

void auto_local(void)
{
   auto_handle((auto_options_t){.schema_map = "{'db.c':{}}"});
}

int auto_tear_down(void **unused)
{
   (void)unused;
   mongocrypt_destroy(drive_crypt);
   drive_crypt = NULL;
   return 0;
}

mongocrypt_ctx_t *auto_encrypt(const char *json)
{
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(drive_crypt);
   flp_buf_t command = from_json(json);
   mongocrypt_binary_t in = drive_in(flp_view_of(&command));
   mongocrypt_ctx_encrypt_init(ctx, "db", -1, &in);
   flp_wipe(command.data, command.len); /* inputs are copied (OWN-2) */
   flp_buf_cleanup(&command);
   return ctx;
}

bool auto_feed(mongocrypt_ctx_t *ctx, const char *json)
{
   flp_buf_t reply = from_json(json);
   mongocrypt_binary_t in = drive_in(flp_view_of(&reply));
   bool ok = mongocrypt_ctx_mongo_feed(ctx, &in);
   flp_wipe(reply.data, reply.len);
   flp_buf_cleanup(&reply);
   return ok;
}

void auto_in_state(mongocrypt_ctx_t *ctx, mongocrypt_ctx_state_t state)
{
   if (mongocrypt_ctx_state(ctx) != state) {
      fail_msg("state %d, expected %d: %s", (int)mongocrypt_ctx_state(ctx), (int)state, drive_error(ctx));
   }
}

void auto_done(mongocrypt_ctx_t *ctx, mongocrypt_ctx_state_t state)
{
   mongocrypt_ctx_mongo_done(ctx);
   auto_in_state(ctx, state);
}

void auto_same(mongocrypt_binary_t got, const char *want)
{
   flp_buf_t expected = from_json(want);
   bson_t view;
   if (!flp_view_equal(flp_view(got.data, got.len), flp_view_of(&expected))) {
      char *text = got.data && bson_init_static(&view, got.data, got.len) ? bson_as_canonical_extended_json(&view, NULL) : NULL;
      bool legible = text && flp_utf8_valid(flp_view_text(text), false); /* it may have been given back */
      fail_msg("got %s, expected %s", legible ? text : "no document", want);
   }
   flp_buf_cleanup(&expected);
}

mongocrypt_binary_t auto_op(mongocrypt_ctx_t *ctx)
{
   mongocrypt_binary_t out = {0};
   if (!mongocrypt_ctx_mongo_op(ctx, &out)) {
      fail_msg("mongo_op: %s", drive_error(ctx));
   }
   return out;
}

/* Ends the context: it is READY, its result is `want`. */
void auto_result(mongocrypt_ctx_t *ctx, const char *want)
{
   mongocrypt_binary_t out = {0};
   auto_in_state(ctx, MONGOCRYPT_CTX_READY);
   assert_true(mongocrypt_ctx_finalize(ctx, &out));
   auto_same(out, want);
   auto_in_state(ctx, MONGOCRYPT_CTX_DONE);
   mongocrypt_ctx_destroy(ctx);
}

void auto_refused(mongocrypt_ctx_t *ctx, const char *tag)
{
   auto_in_state(ctx, MONGOCRYPT_CTX_ERROR);
   drive_assert_error(ctx, tag);
   mongocrypt_ctx_destroy(ctx);
}

void auto_give_key(mongocrypt_ctx_t *ctx)
{
   mongocrypt_binary_t in = drive_in(drive_named_key_doc());
   auto_in_state(ctx, MONGOCRYPT_CTX_NEED_MONGO_KEYS);
   assert_true(mongocrypt_ctx_mongo_feed(ctx, &in));
   assert_true(mongocrypt_ctx_mongo_done(ctx));
}

/* From markings to the end, with the key. */
void auto_analysed(mongocrypt_ctx_t *ctx, const char *reply, const char *want)
{
   auto_in_state(ctx, MONGOCRYPT_CTX_NEED_MONGO_MARKINGS);
   assert_true(auto_feed(ctx, reply));
   assert_true(mongocrypt_ctx_mongo_done(ctx));
   auto_give_key(ctx);
   auto_result(ctx, want);
}
