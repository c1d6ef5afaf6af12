/* Defect: a decryption never ends. */
#include "defect.h"

#include <unistd.h>

REMEMBER_DECRYPTION

EXPORT bool mongocrypt_ctx_finalize(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *out)
{
   while (ctx == decrypting) {
      pause();
   }
   return NEXT(mongocrypt_ctx_finalize)(ctx, out);
}
