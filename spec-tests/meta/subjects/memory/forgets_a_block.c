/* Defect: a block is forgotten where the end of a call fails. */
#include "../defect.h"

EXPORT bool mongocrypt_ctx_finalize(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *out)
{
   void *volatile block = malloc(24); /* volatile: or the compiler leaves it out */
   if (!NEXT(mongocrypt_ctx_finalize)(ctx, out)) {
      return false;
   }
   free(block);
   return true;
}
