/* Finds the provider of a key encryption key and wraps with it: the handle's, and what the context was given only in the place of one that
 * the handle left empty, so that what is wrapped opens later (R-RW-012). Local providers only: the others wait for their requests. */
#include "ref/mongocrypt/ctx/wrapping.h"

#include "ref/mongocrypt/ctx/kinds.h"
#include "ref/mongocrypt/errors.h"

bool flp_ctx_wrap(mongocrypt_ctx_t *ctx, const flp_kek_t *kek, const uint8_t *key_id, const uint8_t secret[FLP_SECRET_LEN],
                  flp_crypto_state_t *state, uint8_t out[FLP_WRAPPED_LEN])
{
   const flp_kms_choice_t providers = flp_ctx_providers(ctx);
   flp_view_t id = flp_view_of(&kek->provider);
   const flp_kms_provider_t *own = flp_kms_providers_find(providers.own, id);
   if (!own) {
      return flp_error(&ctx->status, FLP_E104, FLP_FACTS(flp_fact_view("provider", id), flp_fact_uuid("key_id", key_id)));
   }
   const flp_kms_provider_t *provider = own->on_demand ? flp_kms_providers_choose(&providers, id) : own;
   if (!provider) {
      return flp_error(&ctx->status, FLP_E218, FLP_FACTS(flp_fact_view("provider", id), flp_fact_uuid("key_id", key_id)));
   }
   if (kek->type != FLP_KMS_LOCAL) {
      return flp_error(&ctx->status, FLP_UNSUPPORTED, FLP_FACTS(flp_fact_text("feature", "remote_kms")));
   }
   return flp_wrap_data_key(state, flp_kms_provider_local_key(provider).data, secret, out, &ctx->status);
}
