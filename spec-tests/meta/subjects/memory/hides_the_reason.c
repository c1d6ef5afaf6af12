/* Defect: it goes on with half of the work where memory is short: the result is empty, and nobody is told. */
#include "../defect.h"

EXPORT bool mongocrypt_ctx_finalize(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *out)
{
   static uint8_t empty[5] = {5};
   void *block = malloc(24);
   const bool ok = NEXT(mongocrypt_ctx_finalize)(ctx, out);
   if (ok && !block) {
      struct {
         void *data;
         uint32_t len;
      } *bytes = (void *)out;
      bytes->data = empty;
      bytes->len = sizeof empty;
   }
   free(block);
   return ok;
}
