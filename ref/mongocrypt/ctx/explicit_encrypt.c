/* Encrypts one value that the caller names. API sheet 3.7. Queryable algorithms end, after every check of their arguments, in
 * UNSUPPORTED. */
#include "ref/base/doc_writer.h"
#include "ref/mongocrypt/bson_check.h"
#include "ref/mongocrypt/crypto/aead.h"
#include "ref/mongocrypt/ctx/kinds.h"
#include "ref/mongocrypt/ctx/sites.h"
#include "ref/mongocrypt/ctx/value.h"
#include "ref/mongocrypt/errors.h"

#include <string.h>

#define RESULT_FRAME_LEN 13u /* of {v: binary} */

static size_t blob_len(size_t plain_len)
{
   return FLP_BLOB_HEAD_LEN + flp_aead_sealed_len(plain_len);
}

/* Checks of the message, 11 to 13 of 3.7. */
static bool read_message(mongocrypt_ctx_t *ctx, flp_view_t msg, flp_init_kind_t init, flp_bson_element_t *v)
{
   flp_status_t *status = &ctx->status;
   if (!msg.data) {
      const char *call = init == FLP_INIT_EXPLICIT_ENCRYPT ? "explicit_encrypt_init" : "explicit_encrypt_expression_init";
      return flp_error(status, FLP_E131, FLP_FACTS(flp_fact_text("call", call), flp_fact_text("argument", "msg")));
   }
   if (!flp_bson_check_find(msg, "v", v, FLP_E132, "msg", status)) {
      return false;
   }
   if (v->type == FLP_BSON_END) {
      return flp_error(status, FLP_E133,
                       FLP_FACTS(flp_fact_text("what", "msg"), flp_fact_text("field", "v"), flp_fact_text("got", "absent")));
   }
   return flp_value_may_encrypt(v, ctx->opts.algorithm, status) && flp_ctx_query_check(&ctx->opts, init, status);
}

static bool take_value(mongocrypt_ctx_t *ctx, const flp_bson_element_t *v)
{
   if (!flp_value_normalise(v, &ctx->input)) {
      return flp_error_memory(&ctx->status, "value", v->value.len);
   }
   ctx->of.encrypt.bson_type = v->type;
   size_t len = RESULT_FRAME_LEN + blob_len(ctx->input.len);
   if (len > FLP_MAX_DOCUMENT_LEN) {
      return flp_error(
         &ctx->status, FLP_LIMIT_EXCEEDED,
         FLP_FACTS(flp_fact_text("limit", "document_len"), flp_fact_int("value", (int64_t)len), flp_fact_int("max", FLP_MAX_DOCUMENT_LEN)));
   }
   return true;
}

static bool request_key(mongocrypt_ctx_t *ctx)
{
   const flp_ctx_opts_t *opts = &ctx->opts;
   flp_key_request_t **request = &ctx->of.encrypt.request;
   if (opts->has_key_id) {
      return flp_broker_request(&ctx->broker, FLP_INDEX_ID, flp_view(opts->key_id, FLP_UUID_LEN), request, &ctx->status);
   }
   return flp_broker_request(&ctx->broker, FLP_INDEX_NAME, flp_view_of(&opts->key_alt_names[0]), request, &ctx->status);
}

static bool init(mongocrypt_ctx_t *ctx, flp_view_t msg, flp_init_kind_t kind)
{
   flp_bson_element_t v;
   if (!flp_ctx_begin(ctx, FLP_CTX_EXPLICIT_ENCRYPT, kind)) {
      return false;
   }
   if (!read_message(ctx, msg, kind, &v)) {
      return flp_ctx_fail(ctx);
   }
   if (ctx->opts.index_type != FLP_INDEX_UNSET) {
      return flp_ctx_unsupported(ctx, "queryable");
   }
   if (!take_value(ctx, &v) || !request_key(ctx)) {
      return flp_ctx_fail(ctx);
   }
   return flp_ctx_start(ctx);
}

bool flp_ctx_explicit_encrypt_init(mongocrypt_ctx_t *ctx, flp_view_t msg)
{
   return init(ctx, msg, FLP_INIT_EXPLICIT_ENCRYPT);
}

bool flp_ctx_explicit_encrypt_expression_init(mongocrypt_ctx_t *ctx, flp_view_t msg)
{
   return init(ctx, msg, FLP_INIT_EXPLICIT_EXPRESSION);
}

/* Fills the blob: head, then the sealed value. */
static bool seal(mongocrypt_ctx_t *ctx, const flp_data_key_t *key, uint8_t *blob)
{
   bool deterministic = ctx->opts.algorithm == FLP_ALGORITHM_DETERMINISTIC;
   blob[0] = (uint8_t)ctx->opts.algorithm; /* the algorithm's number is the blob subtype */
   memcpy(blob + 1, key->id, FLP_UUID_LEN);
   blob[FLP_BLOB_HEAD_LEN - 1] = ctx->of.encrypt.bson_type;

   flp_view_t head = flp_view(blob, FLP_BLOB_HEAD_LEN);
   flp_view_t plain = flp_view_of(&ctx->input);
   uint8_t iv[FLP_BLOCK_LEN];
   flp_crypto_t *crypto = &ctx->crypt->crypto;
   flp_crypto_state_t *state = flp_crypto_take(crypto, &ctx->status);
   bool ok = state &&
             (deterministic ? flp_aead_derive_iv(state, key->secret, head, plain, iv, &ctx->status)
                            : flp_crypto_random(state, iv, sizeof iv, &ctx->status)) &&
             flp_aead_seal(state, key->secret, head, iv, plain, blob + FLP_BLOB_HEAD_LEN, &ctx->status);
   flp_crypto_give(crypto, state);
   return ok;
}

FLP_ACTION(finish_explicit)
{
   size_t len = blob_len(ctx->input.len);
   flp_doc_writer_t writer = {0};
   flp_doc_begin(&writer, RESULT_FRAME_LEN + len);
   uint8_t *blob = flp_doc_binary_space(&writer, "v", 6, len);
   if (!blob || !seal(ctx, ctx->of.encrypt.request->key, blob)) {
      flp_doc_cleanup(&writer);
      return blob ? false : flp_error_memory(&ctx->status, "result", RESULT_FRAME_LEN + len);
   }
   if (!flp_doc_finish(&writer, &ctx->output)) {
      return flp_error_memory(&ctx->status, "result", RESULT_FRAME_LEN + len);
   }
   *io->out = flp_view_of(&ctx->output);
   return true;
}
