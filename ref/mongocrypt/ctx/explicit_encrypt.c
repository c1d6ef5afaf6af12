/* Encrypts one value that the caller names. API sheet 3.7. Queryable algorithms end, after every check of their arguments, in
 * UNSUPPORTED. */
#include "ref/base/doc_writer.h"
#include "ref/mongocrypt/bson_check.h"
#include "ref/mongocrypt/ctx/kinds.h"
#include "ref/mongocrypt/ctx/seal.h"
#include "ref/mongocrypt/ctx/value.h"
#include "ref/mongocrypt/errors.h"

#define RESULT_FRAME_LEN 13u /* of {v: binary} */

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
   ctx->of.value.bson_type = v->type;
   size_t len = RESULT_FRAME_LEN + flp_blob_len(ctx->input.len);
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
   flp_key_request_t **request = &ctx->of.value.request;
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

static bool seal(mongocrypt_ctx_t *ctx, uint8_t *blob)
{
   flp_crypto_t *crypto = &ctx->crypt->crypto;
   flp_crypto_state_t *state = flp_crypto_take(crypto, &ctx->status);
   bool ok = state && flp_blob_seal(state, ctx->of.value.request->key, ctx->opts.algorithm, ctx->of.value.bson_type,
                                    flp_view_of(&ctx->input), blob, &ctx->status);
   flp_crypto_give(crypto, state);
   return ok;
}

FLP_ACTION(finish_explicit)
{
   size_t len = flp_blob_len(ctx->input.len);
   flp_doc_writer_t writer = {0};
   flp_doc_begin(&writer, RESULT_FRAME_LEN + len);
   uint8_t *blob = flp_doc_binary_space(&writer, "v", 6, len);
   if (!blob || !seal(ctx, blob)) {
      flp_doc_cleanup(&writer);
      return blob ? false : flp_error_memory(&ctx->status, "result", RESULT_FRAME_LEN + len);
   }
   if (!flp_doc_finish(&writer, &ctx->output)) {
      return flp_error_memory(&ctx->status, "result", RESULT_FRAME_LEN + len);
   }
   *io->out = flp_view_of(&ctx->output);
   return true;
}
