/* A new data key. Made and wrapped at init; its id and dates are of the moment of finalize. Rules DK-1 to DK-9; local provider. */
#include "ref/base/clock.h"
#include "ref/base/doc_writer.h"
#include "ref/mongocrypt/ctx/kinds.h"
#include "ref/mongocrypt/ctx/wrapping.h"
#include "ref/mongocrypt/errors.h"

#include <string.h>

static bool make_secret(const mongocrypt_ctx_t *ctx, flp_crypto_state_t *state, uint8_t secret[FLP_SECRET_LEN], flp_status_t *status)
{
   if (ctx->opts.key_material.len == FLP_SECRET_LEN) {
      memcpy(secret, ctx->opts.key_material.data, FLP_SECRET_LEN);
      return true;
   }
   return flp_crypto_random(state, secret, FLP_SECRET_LEN, status);
}

/* The wrapped key waits in ctx->input for finalize. */
FLP_ACTION(wrap_data_key)
{
   (void)io;
   uint8_t secret[FLP_SECRET_LEN];
   bool ok = false;
   flp_crypto_state_t *state = flp_crypto_take(&ctx->crypt->crypto, &ctx->status);
   if (!state) {
      return false;
   }
   if (!flp_buf_reserve(&ctx->input, FLP_WRAPPED_LEN)) {
      flp_error_memory(&ctx->status, "wrapped key", FLP_WRAPPED_LEN);
      goto done;
   }
   ctx->input.len = FLP_WRAPPED_LEN;
   ok = make_secret(ctx, state, secret, &ctx->status) && flp_ctx_wrap(ctx, &ctx->opts.kek, NULL, secret, state, ctx->input.data);
done:
   flp_wipe(secret, sizeof secret);
   flp_crypto_give(&ctx->crypt->crypto, state);
   return ok;
}

FLP_ACTION(provide_and_wrap)
{
   return flp_do_provide(ctx, io) && flp_do_wrap_data_key(ctx, io);
}

bool flp_ctx_datakey_init(mongocrypt_ctx_t *ctx)
{
   return flp_ctx_begin(ctx, FLP_CTX_DATAKEY, FLP_INIT_DATAKEY) && flp_ctx_start(ctx);
}

/* A random UUID: version 4, variant 1. */
static bool make_id(mongocrypt_ctx_t *ctx, uint8_t id[FLP_UUID_LEN])
{
   flp_crypto_state_t *state = flp_crypto_take(&ctx->crypt->crypto, &ctx->status);
   bool ok = state && flp_crypto_random(state, id, FLP_UUID_LEN, &ctx->status);
   flp_crypto_give(&ctx->crypt->crypto, state);
   if (ok) {
      id[6] = (uint8_t)(0x40u | (id[6] & 0x0Fu));
      id[8] = (uint8_t)(0x80u | (id[8] & 0x3Fu));
   }
   return ok;
}

/* Last set, first written (DK-5). */
static void write_names(const flp_ctx_opts_t *opts, flp_doc_writer_t *writer)
{
   char key[24];
   if (opts->n_key_alt_names == 0) {
      return;
   }
   flp_doc_open(writer, "keyAltNames", true);
   for (size_t i = 0; i < opts->n_key_alt_names; i++) {
      const flp_buf_t *name = &opts->key_alt_names[opts->n_key_alt_names - 1 - i];
      flp_doc_text(writer, flp_doc_index(i, key), flp_view_of(name));
   }
   flp_doc_close(writer);
}

FLP_ACTION(finish_data_key)
{
   uint8_t id[FLP_UUID_LEN];
   if (!make_id(ctx, id)) {
      return false;
   }
   size_t hint = 512;
   for (size_t i = 0; i < ctx->opts.n_key_alt_names; i++) {
      hint += ctx->opts.key_alt_names[i].len + 32;
   }
   if (hint > FLP_MAX_DOCUMENT_LEN) {
      return flp_error(&ctx->status, FLP_LIMIT_EXCEEDED,
                       FLP_FACTS(flp_fact_text("limit", "document_len"), flp_fact_int("value", (int64_t)hint),
                                 flp_fact_int("max", FLP_MAX_DOCUMENT_LEN)));
   }
   const int64_t now_ms = flp_clock_epoch_ms();
   flp_doc_writer_t writer = {0};
   flp_doc_begin(&writer, hint);
   flp_doc_binary(&writer, "_id", 4, flp_view(id, sizeof id));
   write_names(&ctx->opts, &writer);
   flp_doc_binary(&writer, "keyMaterial", 0, flp_view_of(&ctx->input));
   flp_doc_date(&writer, "creationDate", now_ms);
   flp_doc_date(&writer, "updateDate", now_ms);
   flp_doc_int32(&writer, "status", 0);
   flp_kek_write(&ctx->opts.kek, &writer, "masterKey");
   if (!flp_doc_finish(&writer, &ctx->output)) {
      return flp_error_memory(&ctx->status, "key document", hint);
   }
   *io->out = flp_view_of(&ctx->output);
   return true;
}
