// fuzz: ref
/* A whole document, through decrypt: BSON from a hostile server. Rules R-DEC-001 to 005, and the limits of documents. */
#include "fuzz/support/support.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(flp_fuzz_handle());
   flp_fuzz_init(ctx, mongocrypt_ctx_decrypt_init, data, size);
   flp_fuzz_drive(ctx, NULL, 0);
   return 0;
}
