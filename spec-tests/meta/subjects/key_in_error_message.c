/* Defect: error messages of contexts begin with a third of the local key, as hex. */
#include "defect.h"

#include <stdio.h>

enum { KEY = 96, THIRD = 32 };
static char hex[2 * THIRD + 1];

EXPORT bool mongocrypt_setopt_kms_providers(mongocrypt_t *crypt, mongocrypt_binary_t *providers)
{
   static const unsigned char head[] = {KEY, 0, 0, 0, 0}; /* length and subtype of a binary */
   const unsigned char *found = memmem(providers->data, providers->len, head, sizeof head);
   hex[0] = '\0';
   for (unsigned i = 0; found && i < THIRD; i++) {
      snprintf(hex + 2 * i, 3, "%02x", found[sizeof head + i]);
   }
   return NEXT(mongocrypt_setopt_kms_providers)(crypt, providers);
}

EXPORT bool mongocrypt_ctx_status(mongocrypt_ctx_t *ctx, mongocrypt_status_t *out)
{
   char text[1024];
   bool ok = NEXT(mongocrypt_ctx_status)(ctx, out);
   if (!mongocrypt_status_ok(out)) {
      int len = snprintf(text, sizeof text, "%s %s", hex, mongocrypt_status_message(out, NULL));
      mongocrypt_status_set(out, mongocrypt_status_type(out), mongocrypt_status_code(out), text, len + 1);
   }
   return ok;
}
