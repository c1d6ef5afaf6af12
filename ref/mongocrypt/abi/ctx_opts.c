/* The setters of a context: each calls the one in ctx/opts and puts its error into the context (rules CTX-7 and CTX-8). */
#include "ref/mongocrypt/abi/abi.h"
#include "ref/mongocrypt/ctx/ctx.h"
#include "ref/mongocrypt/errors.h"

#include <string.h>

/* May the setter be asked at all? In state ERROR only to hear that it is too late, which is said even then. */
static bool begin(mongocrypt_ctx_t *ctx, flp_status_t *status)
{
   flp_status_reset(status); /* not zeroed: a setter is too short for a kilobyte of zeros */
   if (!ctx || (!flp_ctx_may_set(ctx) && !ctx->initialized)) {
      return false;
   }
   ctx->opts.closed = ctx->initialized;
   return true;
}

/* Keeps the error. An earlier one stays, unless this one says that the setter came after init (CTX-8). */
static bool end(mongocrypt_ctx_t *ctx, const flp_status_t *status)
{
   if (flp_status_ok(status)) {
      return true;
   }
   bool late = strcmp(status->class_name, flp_error_class(FLP_E058)) == 0;
   if (late || flp_status_ok(&ctx->status)) {
      flp_status_copy(&ctx->status, status);
   }
   return flp_ctx_fail(ctx);
}

/* The two ids say nothing in state ERROR (CTX-8). */
static bool begin_id(mongocrypt_ctx_t *ctx, flp_status_t *status)
{
   return begin(ctx, status) && flp_ctx_may_set(ctx);
}

bool mongocrypt_ctx_setopt_key_id(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *key_id)
{
   flp_status_t status;
   if (!begin_id(ctx, &status)) {
      return false;
   }
   flp_opts_set_key_id(&ctx->opts, flp_abi_view(key_id), &status);
   return end(ctx, &status);
}

bool mongocrypt_ctx_setopt_index_key_id(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *key_id)
{
   flp_status_t status;
   if (!begin_id(ctx, &status)) {
      return false;
   }
   flp_opts_set_index_key_id(&ctx->opts, flp_abi_view(key_id), &status);
   return end(ctx, &status);
}

bool mongocrypt_ctx_setopt_key_alt_name(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *key_alt_name)
{
   flp_status_t status;
   if (!begin(ctx, &status)) {
      return false;
   }
   flp_opts_add_key_alt_name(&ctx->opts, flp_abi_view(key_alt_name), &status);
   return end(ctx, &status);
}

bool mongocrypt_ctx_setopt_key_material(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *key_material)
{
   flp_status_t status;
   if (!begin(ctx, &status)) {
      return false;
   }
   flp_opts_set_key_material(&ctx->opts, flp_abi_view(key_material), &status);
   return end(ctx, &status);
}

bool mongocrypt_ctx_setopt_algorithm(mongocrypt_ctx_t *ctx, const char *algorithm, int len)
{
   flp_status_t status;
   bool len_ok = false;
   if (!begin(ctx, &status)) {
      return false;
   }
   flp_view_t text = flp_abi_text(algorithm, len, &len_ok);
   flp_opts_set_algorithm(&ctx->opts, text, len_ok, &status);
   return end(ctx, &status);
}

bool mongocrypt_ctx_setopt_query_type(mongocrypt_ctx_t *ctx, const char *query_type, int len)
{
   flp_status_t status;
   bool len_ok = false;
   if (!begin(ctx, &status)) {
      return false;
   }
   flp_view_t text = flp_abi_text(query_type, len, &len_ok);
   flp_opts_set_query_type(&ctx->opts, text, len_ok, &status);
   return end(ctx, &status);
}

bool mongocrypt_ctx_setopt_contention_factor(mongocrypt_ctx_t *ctx, int64_t contention_factor)
{
   flp_status_t status;
   if (!begin(ctx, &status)) {
      return false;
   }
   flp_opts_set_contention_factor(&ctx->opts, contention_factor, &status);
   return end(ctx, &status);
}

bool mongocrypt_ctx_setopt_algorithm_range(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *opts)
{
   flp_status_t status;
   if (!begin(ctx, &status)) {
      return false;
   }
   flp_opts_set_range(&ctx->opts, flp_abi_view(opts), &status);
   return end(ctx, &status);
}

bool mongocrypt_ctx_setopt_algorithm_text(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *opts)
{
   flp_status_t status;
   if (!begin(ctx, &status)) {
      return false;
   }
   flp_opts_set_text(&ctx->opts, flp_abi_view(opts), &status);
   return end(ctx, &status);
}

/* A length of 0 is refused as such; -1 with an empty text is not, because it was measured. */
bool mongocrypt_ctx_setopt_masterkey_aws(mongocrypt_ctx_t *ctx, const char *region, int32_t region_len, const char *cmk, int32_t cmk_len)
{
   flp_status_t status;
   bool region_ok = false;
   bool cmk_ok = false;
   if (!begin(ctx, &status)) {
      return false;
   }
   flp_view_t region_text = flp_abi_text(region, region_len, &region_ok);
   flp_view_t cmk_text = flp_abi_text(cmk, cmk_len, &cmk_ok);
   flp_opts_set_kek_aws(&ctx->opts, region_text, region_ok && region_len != 0, cmk_text, cmk_ok && cmk_len != 0, &status);
   return end(ctx, &status);
}

bool mongocrypt_ctx_setopt_masterkey_aws_endpoint(mongocrypt_ctx_t *ctx, const char *endpoint, int32_t endpoint_len)
{
   flp_status_t status;
   bool len_ok = false;
   if (!begin(ctx, &status)) {
      return false;
   }
   flp_view_t text = flp_abi_text(endpoint, endpoint_len, &len_ok);
   flp_opts_set_kek_aws_endpoint(&ctx->opts, text, len_ok, &status);
   return end(ctx, &status);
}

bool mongocrypt_ctx_setopt_masterkey_local(mongocrypt_ctx_t *ctx)
{
   flp_status_t status;
   if (!begin(ctx, &status)) {
      return false;
   }
   flp_opts_set_kek_local(&ctx->opts, &status);
   return end(ctx, &status);
}

bool mongocrypt_ctx_setopt_key_encryption_key(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *bin)
{
   flp_status_t status;
   if (!begin(ctx, &status)) {
      return false;
   }
   flp_opts_set_kek(&ctx->opts, flp_abi_view(bin), &status);
   return end(ctx, &status);
}
