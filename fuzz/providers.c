// fuzz: ref
/* A KMS providers document, then init. Rules R-KP-*. */
#include "fuzz/support/bson_mutate.h"
#include "fuzz/support/support.h"

FLP_FUZZ_BSON_INPUT(0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
   flp_fuzz_try_handle_option(mongocrypt_setopt_kms_providers, data, size);
   return 0;
}
