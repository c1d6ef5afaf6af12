// fuzz: ref
/* A ciphertext of subtype 6, through explicit decrypt. Byte 0 chooses: bit 0 puts our key id in, bit 1 seals the bytes again with the right
 * MAC key, so that half of what the engine tries gets behind the tag. Rules R-DEC-*; formats: value encryption. */
#include "fuzz/support/support.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
   if (size < 1 || size > 4096) {
      return 0;
   }
   mongocrypt_t *handle = flp_fuzz_handle();
   uint8_t *blob = malloc(size);
   size_t blob_len = size - 1, len = 0;
   if (!blob) {
      return 0;
   }
   memcpy(blob, data + 1, blob_len);
   if ((data[0] & 1) && blob_len > FLP_FUZZ_ID_LEN) {
      memcpy(blob + 1, flp_fuzz_key_id, FLP_FUZZ_ID_LEN);
   }
   if (data[0] & 2) {
      flp_fuzz_seal_again(blob, blob_len);
   }
   uint8_t *message = flp_fuzz_message(blob, blob_len, &len);
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(handle);
   flp_fuzz_init(ctx, mongocrypt_ctx_explicit_decrypt_init, message, len);
   flp_fuzz_drive(ctx, NULL, 0);
   free(message);
   free(blob);
   return 0;
}
