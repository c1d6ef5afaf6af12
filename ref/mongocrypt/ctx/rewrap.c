/* Many data keys get another wrapping: every document that the caller finds by its own filter is opened, or found in the key cache, and
 * wrapped again, under a new key encryption key or under its own. Rules RW-1 to RW-9; local providers. */
#include "ref/base/doc_writer.h"
#include "ref/mongocrypt/bson_check.h"
#include "ref/mongocrypt/ctx/kinds.h"
#include "ref/mongocrypt/ctx/wrapping.h"
#include "ref/mongocrypt/errors.h"

/* What one key takes in the result beside its wrapped bytes and the id of its provider: so exact that as many keys as a context may have
 * fit into a document. */
#define ENTRY_LEN 88u

FLP_GUARD(no_key_fed)
{
   return ctx->broker.n_fed == 0;
}

bool flp_ctx_rewrap_many_datakey_init(mongocrypt_ctx_t *ctx, flp_view_t filter, bool is_null)
{
   if (is_null) { /* told before the context counts as initialised (CTX-3) */
      return flp_ctx_refuse_null(ctx, FLP_E145, "rewrap_many_datakey_init", "filter");
   }
   if (!flp_ctx_begin(ctx, FLP_CTX_REWRAP, FLP_INIT_REWRAP)) {
      return false;
   }
   if (!flp_broker_take_any(&ctx->broker, filter, &ctx->status)) { /* not looked at: it is the caller's query (RW-1) */
      return flp_ctx_fail(ctx);
   }
   return flp_ctx_start(ctx);
}

static const flp_kek_t *kek_of(const mongocrypt_ctx_t *ctx, const flp_fed_key_t *fed)
{
   return ctx->opts.has_kek ? &ctx->opts.kek : &fed->key->kek;
}

/* The wrapped keys wait in ctx->input, one behind the other. */
FLP_ACTION(wrap_keys)
{
   (void)io;
   const size_t len = ctx->broker.n_fed * FLP_WRAPPED_LEN;
   flp_crypto_state_t *state = NULL;
   bool ok = false;
   if (!flp_buf_reserve(&ctx->input, len)) {
      flp_error_memory(&ctx->status, "wrapped keys", len);
      goto done;
   }
   state = flp_crypto_take(&ctx->crypt->crypto, &ctx->status);
   ok = state != NULL;
   for (const flp_fed_key_t *fed = ctx->broker.fed; fed && ok; fed = fed->next) {
      ok = flp_ctx_wrap(ctx, kek_of(ctx, fed), fed->key->id, fed->key->secret, state, ctx->input.data + ctx->input.len);
      ctx->input.len += FLP_WRAPPED_LEN;
   }
done:
   flp_crypto_give(&ctx->crypt->crypto, state);
   return ok;
}

static size_t result_len(const mongocrypt_ctx_t *ctx)
{
   size_t len = ENTRY_LEN;
   for (const flp_fed_key_t *fed = ctx->broker.fed; fed; fed = fed->next) {
      len += ENTRY_LEN + FLP_WRAPPED_LEN + kek_of(ctx, fed)->provider.len;
   }
   return len;
}

/* RW-6. */
static void write_key(flp_doc_writer_t *writer, const mongocrypt_ctx_t *ctx, const flp_fed_key_t *fed, size_t i)
{
   char key[24];
   flp_doc_open(writer, flp_doc_index(i, key), false);
   flp_doc_binary(writer, "keyMaterial", 0, flp_view(ctx->input.data + i * FLP_WRAPPED_LEN, FLP_WRAPPED_LEN));
   flp_kek_write(kek_of(ctx, fed), writer, "masterKey");
   flp_doc_binary(writer, "_id", 4, flp_view(fed->key->id, FLP_KEY_ID_LEN));
   flp_doc_close(writer);
}

FLP_ACTION(finish_rewrap)
{
   flp_doc_writer_t writer = {0};
   size_t i = 0;
   flp_doc_begin(&writer, result_len(ctx));
   flp_doc_open(&writer, "v", true);
   for (const flp_fed_key_t *fed = ctx->broker.fed; fed; fed = fed->next) {
      write_key(&writer, ctx, fed, i);
      i++;
   }
   flp_doc_close(&writer);
   if (!flp_bson_finish(&writer, &ctx->output, "wrapped keys", &ctx->status)) {
      return false;
   }
   *io->out = flp_view_of(&ctx->output);
   return true;
}

/* Before there are keys this kind has no finalize (RW-3): another error than a wrong state. */
FLP_ACTION(refuse_finalize)
{
   (void)io;
   return flp_error(&ctx->status, FLP_E174,
                    FLP_FACTS(flp_fact_text("call", "finalize"), flp_fact_text("ctx", flp_init_name(FLP_INIT_REWRAP))));
}
