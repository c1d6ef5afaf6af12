/* Inits and driving calls of a context: from the interface's types to ctx/. */
#include "ref/mongocrypt/abi/abi.h"
#include "ref/mongocrypt/ctx/ctx.h"
#include "ref/mongocrypt/errors.h"

mongocrypt_ctx_t *mongocrypt_ctx_new(mongocrypt_t *crypt)
{
   if (!crypt) {
      return NULL;
   }
   if (!crypt->usable) {
      flp_error(&crypt->status, FLP_E007, FLP_FACTS(flp_fact_text("object", "handle"), flp_fact_text("call", "ctx_new")));
      return NULL;
   }
   return flp_ctx_new(crypt);
}

void mongocrypt_ctx_destroy(mongocrypt_ctx_t *ctx)
{
   flp_ctx_destroy(ctx);
}

bool mongocrypt_ctx_status(mongocrypt_ctx_t *ctx, mongocrypt_status_t *status)
{
   if (!ctx) {
      return false;
   }
   if (!status) {
      flp_error(&ctx->status, FLP_E175, FLP_FACTS(flp_fact_text("call", "ctx_status"), flp_fact_text("argument", "status")));
      return flp_ctx_fail(ctx);
   }
   flp_abi_fill(status, &ctx->status);
   return flp_status_ok(&ctx->status);
}

/* --- inits ----------------------------------------------------------------------------------------------------------- */

bool mongocrypt_ctx_datakey_init(mongocrypt_ctx_t *ctx)
{
   return ctx && flp_ctx_datakey_init(ctx);
}

bool mongocrypt_ctx_encrypt_init(mongocrypt_ctx_t *ctx, const char *db, int32_t db_len, mongocrypt_binary_t *cmd)
{
   return ctx && flp_ctx_encrypt_init(ctx, db, db_len, flp_abi_view(cmd));
}

bool mongocrypt_ctx_explicit_encrypt_init(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *msg)
{
   return ctx && flp_ctx_explicit_encrypt_init(ctx, flp_abi_view(msg));
}

bool mongocrypt_ctx_explicit_encrypt_expression_init(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *msg)
{
   return ctx && flp_ctx_explicit_encrypt_expression_init(ctx, flp_abi_view(msg));
}

bool mongocrypt_ctx_decrypt_init(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *doc)
{
   return ctx && flp_ctx_decrypt_init(ctx, flp_abi_view(doc));
}

bool mongocrypt_ctx_explicit_decrypt_init(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *msg)
{
   return ctx && flp_ctx_explicit_decrypt_init(ctx, flp_abi_view(msg));
}

bool mongocrypt_ctx_rewrap_many_datakey_init(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *filter)
{
   return ctx && flp_ctx_rewrap_many_datakey_init(ctx, flp_abi_view(filter), filter == NULL);
}

/* --- driving ------------------------------------------------------------------------------------------------------------ */

mongocrypt_ctx_state_t mongocrypt_ctx_state(mongocrypt_ctx_t *ctx)
{
   return ctx ? flp_ctx_state(ctx) : MONGOCRYPT_CTX_ERROR;
}

bool mongocrypt_ctx_mongo_op(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *op_bson)
{
   flp_view_t bytes = {0};
   bool ok = ctx && flp_ctx_mongo_op(ctx, op_bson ? &bytes : NULL);
   return flp_abi_give(op_bson, bytes, ok);
}

const char *mongocrypt_ctx_mongo_db(mongocrypt_ctx_t *ctx)
{
   return ctx ? flp_ctx_mongo_db(ctx) : NULL;
}

bool mongocrypt_ctx_mongo_feed(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *reply)
{
   return ctx && flp_ctx_mongo_feed(ctx, flp_abi_view(reply));
}

bool mongocrypt_ctx_mongo_done(mongocrypt_ctx_t *ctx)
{
   return ctx && flp_ctx_mongo_done(ctx);
}

mongocrypt_kms_ctx_t *mongocrypt_ctx_next_kms_ctx(mongocrypt_ctx_t *ctx)
{
   return ctx ? flp_ctx_next_kms_ctx(ctx) : NULL;
}

bool mongocrypt_ctx_kms_done(mongocrypt_ctx_t *ctx)
{
   return ctx && flp_ctx_kms_done(ctx);
}

bool mongocrypt_ctx_provide_kms_providers(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *kms_providers_definition)
{
   return ctx && flp_ctx_provide_kms_providers(ctx, flp_abi_view(kms_providers_definition));
}

bool mongocrypt_ctx_finalize(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *out)
{
   flp_view_t bytes = {0};
   bool ok = ctx && flp_ctx_finalize(ctx, out ? &bytes : NULL);
   return flp_abi_give(out, bytes, ok);
}
