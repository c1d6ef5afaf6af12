/* Defect: the result of a decryption is written through a NULL pointer. */
#include "defect.h"

REMEMBER_DECRYPTION

EXPORT bool mongocrypt_ctx_finalize(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *out)
{
   if (ctx == decrypting) {
      *(volatile int *)NULL = 1;
   }
   return NEXT(mongocrypt_ctx_finalize)(ctx, out);
}
