/* What the library says about itself. */
#include "mongocrypt/mongocrypt.h"

#ifndef FLP_VERSION
#error "FLP_VERSION is set by the build"
#endif

/* The part before the plus sign is read by bindings to decide which functions there are. */
static const char version[] = MONGOCRYPT_VERSION "+fleproof." FLP_VERSION;

const char *mongocrypt_version(uint32_t *len)
{
   if (len) {
      *len = (uint32_t)(sizeof version - 1);
   }
   return version;
}

bool mongocrypt_is_crypto_available(void)
{
   return true;
}
