/* Defect: a key that is not found is reported as a failed authentication. */
#include "defect.h"

EXPORT bool mongocrypt_ctx_status(mongocrypt_ctx_t *ctx, mongocrypt_status_t *status)
{
   bool ok = NEXT(mongocrypt_ctx_status)(ctx, status);
   const char *message = ok || !status ? NULL : NEXT(mongocrypt_status_message)(status, NULL);
   if (message && strstr(message, "[KEY_NOT_FOUND")) {
      NEXT(mongocrypt_status_set)
      (status, MONGOCRYPT_STATUS_ERROR_CLIENT, 1, "HMAC validation failure [AUTHENTICATION_FAILED what=value]", -1);
   }
   return ok;
}
