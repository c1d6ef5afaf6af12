/* Defect: it tries again until there is memory, and after the one failure there never is. */
#include "../defect.h"

EXPORT bool mongocrypt_ctx_finalize(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *out)
{
   void *block = malloc(24);
   for (volatile bool waits = !block; waits;) {
   }
   free(block);
   return NEXT(mongocrypt_ctx_finalize)(ctx, out);
}
