/* Damages the harness: a decryption ends the process, with status 0. */
#include "defect.h"

REMEMBER_DECRYPTION

EXPORT bool mongocrypt_ctx_finalize(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *out)
{
   if (ctx == decrypting) {
      exit(0);
   }
   return NEXT(mongocrypt_ctx_finalize)(ctx, out);
}
