// fuzz: ref
/* A KMS providers document, then init. Rules R-KP-*. */
#include "fuzz/support/support.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
   uint8_t *bytes = malloc(size ? size : 1);
   mongocrypt_t *handle = mongocrypt_new();
   mongocrypt_status_t *status = mongocrypt_status_new();
   if (bytes && handle && status) {
      if (size > 0) {
         memcpy(bytes, data, size);
      }
      mongocrypt_binary_t *binary = mongocrypt_binary_new_from_data(bytes, (uint32_t)size);
      mongocrypt_setopt_kms_providers(handle, binary);
      memset(bytes, 0xDD, size);
      mongocrypt_binary_destroy(binary);
      bool ok = mongocrypt_init(handle);
      if (mongocrypt_status(handle, status) != ok) {
         abort(); /* init and the status must agree */
      }
   }
   mongocrypt_status_destroy(status);
   mongocrypt_destroy(handle);
   free(bytes);
   return 0;
}
