/* Re-wrapping many data keys: the arguments are checked, the rest is not built. */
#include "ref/mongocrypt/ctx/kinds.h"
#include "ref/mongocrypt/errors.h"

bool flp_ctx_rewrap_many_datakey_init(mongocrypt_ctx_t *ctx, flp_view_t filter, bool is_null)
{
   (void)filter;  /* not looked at: it is the caller's query (RW-1) */
   if (is_null) { /* told before the context counts as initialised (CTX-3) */
      return flp_ctx_refuse_null(ctx, FLP_E145, "rewrap_many_datakey_init", "filter");
   }
   return flp_ctx_begin(ctx, FLP_CTX_NONE, FLP_INIT_REWRAP) && flp_ctx_unsupported(ctx, "rewrap");
}
