/* Defect: an automatic encryption ends in the command as it was given, its values in clear. */
#include "defect.h"

static mongocrypt_ctx_t *encrypting;
FORGET_WITH_ITS_END(encrypting)

static uint8_t given[4096];
static uint32_t given_len;

EXPORT bool mongocrypt_ctx_encrypt_init(mongocrypt_ctx_t *ctx, const char *db, int32_t db_len, mongocrypt_binary_t *cmd)
{
   encrypting = NULL;
   if (cmd && cmd->len <= sizeof given) {
      encrypting = ctx;
      given_len = cmd->len;
      memcpy(given, cmd->data, cmd->len);
   }
   return NEXT(mongocrypt_ctx_encrypt_init)(ctx, db, db_len, cmd);
}

EXPORT bool mongocrypt_ctx_finalize(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *out)
{
   bool ok = NEXT(mongocrypt_ctx_finalize)(ctx, out);
   if (ok && ctx == encrypting) {
      out->data = given;
      out->len = given_len;
   }
   return ok;
}
