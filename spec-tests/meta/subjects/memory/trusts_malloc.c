/* Defect: it writes into a block without asking whether there is one. */
#include "../defect.h"

EXPORT bool mongocrypt_ctx_finalize(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *out)
{
   volatile char *block = malloc(24);
   block[0] = 1;
   free((void *)block);
   return NEXT(mongocrypt_ctx_finalize)(ctx, out);
}
