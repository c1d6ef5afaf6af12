// fuzz: ref
/* A whole document, through decrypt: BSON from a hostile server. Rules R-DEC-001 to 005, and the limits of documents.
 * Sixteen bytes of `a` become our key id, so that seeds can hold ciphertexts that open. */
#include "fuzz/support/support.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t marker[FLP_FUZZ_ID_LEN] = {'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a'};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(flp_fuzz_handle());
   uint8_t *document = malloc(size ? size : 1);
   if (document) {
      if (size > 0) {
         memcpy(document, data, size);
      }
      for (size_t i = 0; i + sizeof marker <= size; i++) {
         if (memcmp(document + i, marker, sizeof marker) == 0) {
            memcpy(document + i, flp_fuzz_key_id, sizeof marker);
            flp_fuzz_seal_ciphertext(document, size, i);
         }
      }
      flp_fuzz_init(ctx, mongocrypt_ctx_decrypt_init, document, size);
   }
   flp_fuzz_drive(ctx, NULL, 0);
   free(document);
   return 0;
}
