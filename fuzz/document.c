// fuzz: ref
/* A whole document, through decrypt: BSON from a hostile server. Rules R-DEC-001 to 005, and the limits of documents.
 * Sixteen bytes of `a` or `b` become our key id, so that inputs can hold ciphertexts that open; those behind `a` are sealed again, those
 * behind `b` stay as they are. */
#include "fuzz/support/bson_mutate.h"
#include "fuzz/support/support.h"

#include <stdlib.h>
#include <string.h>

FLP_FUZZ_BSON_INPUT(0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Sixteen equal bytes at `at`? Then which, else 0. */
static uint8_t marker(const uint8_t *at)
{
   bool equal = (at[0] == 'a' || at[0] == 'b') && memcmp(at, at + 1, FLP_FUZZ_ID_LEN - 1) == 0;
   return equal ? at[0] : 0;
}

static void put_ids(uint8_t *document, size_t size)
{
   for (size_t i = 0; i + FLP_FUZZ_ID_LEN <= size; i++) {
      uint8_t found = marker(document + i);
      if (found) {
         memcpy(document + i, flp_fuzz_key_id, FLP_FUZZ_ID_LEN);
      }
      if (found == 'a') {
         flp_fuzz_seal_ciphertext(document, size, i);
      }
   }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(flp_fuzz_handle());
   uint8_t *document = malloc(size ? size : 1);
   if (document) {
      if (size > 0) {
         memcpy(document, data, size);
      }
      put_ids(document, size);
      flp_fuzz_init(ctx, mongocrypt_ctx_decrypt_init, document, size);
   }
   flp_fuzz_drive(ctx, NULL, 0);
   free(document);
   return 0;
}
