/* Credentials that a context is given by its caller, because the handle has only the promise of some. Rules CRED-1 to CRED-8. */
#include "ref/mongocrypt/ctx/kinds.h"

/* Of any provider: whether it is the one that will be needed is not looked at (T6). */
FLP_GUARD(credentials_on_demand)
{
   return ctx->crypt->need_kms_credentials && flp_kms_providers_on_demand(&ctx->crypt->providers) != NULL;
}

FLP_GUARD(provider_on_demand)
{
   const flp_kms_provider_t *provider = flp_kms_providers_find(&ctx->crypt->providers, flp_view_of(&ctx->opts.kek.provider));
   return provider && provider->on_demand;
}

/* Whether what is needed was given is seen when it is needed (CRED-7). */
FLP_ACTION(provide)
{
   if (!io->in.data) {
      return flp_error(&ctx->status, FLP_E215,
                       FLP_FACTS(flp_fact_text("call", "provide_kms_providers"), flp_fact_text("argument", "kms_providers_definition")));
   }
   if (!flp_kms_providers_add(&ctx->given, io->in, &ctx->status)) {
      return false;
   }
   return ctx->given.n > 0 ? true : flp_error(&ctx->status, FLP_E216, FLP_NO_FACTS); /* CRED-4 */
}

flp_kms_choice_t flp_ctx_providers(const mongocrypt_ctx_t *ctx)
{
   return (flp_kms_choice_t){.given = &ctx->given, .own = &ctx->crypt->providers};
}
