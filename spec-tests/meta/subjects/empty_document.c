/* Defect: a decryption says OK and gives an empty document. */
#include "defect.h"

REMEMBER_DECRYPTION

EXPORT bool mongocrypt_ctx_finalize(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *out)
{
   static uint8_t empty[] = {5, 0, 0, 0, 0};
   bool ok = NEXT(mongocrypt_ctx_finalize)(ctx, out);
   if (ok && ctx == decrypting) {
      out->data = empty;
      out->len = sizeof empty;
   }
   return ok;
}
