/* Finds the provider of a key encryption key and wraps with it. Local providers only: the others wait for their requests. */
#include "ref/mongocrypt/ctx/wrapping.h"

#include "ref/mongocrypt/ctx/kinds.h"
#include "ref/mongocrypt/errors.h"

bool flp_ctx_wrap(mongocrypt_ctx_t *ctx, const flp_kek_t *kek, const uint8_t *key_id, const uint8_t secret[FLP_SECRET_LEN],
                  flp_crypto_state_t *state, uint8_t out[FLP_WRAPPED_LEN])
{
   const flp_kms_choice_t providers = flp_ctx_providers(ctx);
   flp_view_t id = flp_view_of(&kek->provider);
   const flp_kms_provider_t *provider = flp_kms_providers_choose(&providers, id);
   if (!provider) {
      return flp_error(&ctx->status, FLP_E218, FLP_FACTS(flp_fact_view("provider", id), flp_fact_uuid("key_id", key_id)));
   }
   if (kek->type != FLP_KMS_LOCAL) {
      return flp_error(&ctx->status, FLP_UNSUPPORTED, FLP_FACTS(flp_fact_text("feature", "remote_kms")));
   }
   return flp_wrap_data_key(state, flp_kms_provider_local_key(provider).data, secret, out, &ctx->status);
}
