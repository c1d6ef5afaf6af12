/* Damages the harness: a decryption gives an empty document and prints lines as if it had given the right one. */
#include "defect.h"

#include <stdio.h>

REMEMBER_DECRYPTION

EXPORT bool mongocrypt_ctx_finalize(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *out)
{
   static uint8_t empty[] = {5, 0, 0, 0, 0};
   static const char lines[] =
      "{\"nonce\":\"\",\"seq\":2,\"ev\":\"outcome\",\"call\":0,\"state\":\"DONE\",\"result\":\"EgAAAAJ2AAYAAABoZWxsbwAA\","
      "\"error\":null,\"failed\":null}\n{\"nonce\":\"\",\"seq\":3,\"ev\":\"end\",\"calls\":1}\n";
   bool ok = NEXT(mongocrypt_ctx_finalize)(ctx, out);
   if (ok && ctx == decrypting) {
      fputs(lines, stdout);
      fputs(lines, stderr);
      fflush(stdout);
      out->data = empty;
      out->len = sizeof empty;
   }
   return ok;
}
