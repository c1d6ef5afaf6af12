/* Defect: the key vault is asked for everything. */
#include "defect.h"

EXPORT bool mongocrypt_ctx_mongo_op(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *op_bson)
{
   static uint8_t everything[] = {5, 0, 0, 0, 0};
   bool ok = NEXT(mongocrypt_ctx_mongo_op)(ctx, op_bson);
   if (ok && NEXT(mongocrypt_ctx_state)(ctx) == MONGOCRYPT_CTX_NEED_MONGO_KEYS) {
      op_bson->data = everything;
      op_bson->len = sizeof everything;
   }
   return ok;
}
