/* Damages the harness: a decryption overwrites the host's heap. */
#include "defect.h"

#include <unistd.h>

REMEMBER_DECRYPTION

EXPORT bool mongocrypt_ctx_finalize(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *out)
{
   bool ok = NEXT(mongocrypt_ctx_finalize)(ctx, out);
   if (ctx == decrypting) {
      volatile uint8_t *block = malloc(64), *end = sbrk(0);
      for (volatile uint8_t *at = block; at < end; at++) {
         *at = 0xA5;
      }
   }
   return ok;
}
