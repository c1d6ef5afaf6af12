/* Defect: after an error of memory in a call its handle gives no contexts any more. */
#include "../defect.h"

static mongocrypt_t *last_handle, *spoiled;

EXPORT mongocrypt_ctx_t *mongocrypt_ctx_new(mongocrypt_t *crypt)
{
   last_handle = crypt;
   return crypt == spoiled ? NULL : NEXT(mongocrypt_ctx_new)(crypt);
}

EXPORT bool mongocrypt_ctx_finalize(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *out)
{
   const bool ok = NEXT(mongocrypt_ctx_finalize)(ctx, out);
   spoiled = ok ? spoiled : last_handle;
   return ok;
}

EXPORT void mongocrypt_destroy(mongocrypt_t *crypt)
{
   spoiled = NULL;
   NEXT(mongocrypt_destroy)(crypt);
}
