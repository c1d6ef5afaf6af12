/* Defect: the value that is to be encrypted stands in the filter for the key vault. */
#include "defect.h"

static mongocrypt_ctx_t *encrypting;
FORGET_WITH_ITS_END(encrypting)

static uint8_t leaked[4096];
static uint32_t leaked_len;

EXPORT bool mongocrypt_ctx_explicit_encrypt_init(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *msg)
{
   encrypting = NULL;
   if (msg && msg->len >= 5 && msg->len <= sizeof leaked / 2) {
      encrypting = ctx;
      leaked_len = msg->len;
      memcpy(leaked, msg->data, msg->len);
   }
   return NEXT(mongocrypt_ctx_explicit_encrypt_init)(ctx, msg);
}

/* filter + message: the elements of one behind those of the other. */
EXPORT bool mongocrypt_ctx_mongo_op(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *op_bson)
{
   static uint8_t both[sizeof leaked];
   bool ok = NEXT(mongocrypt_ctx_mongo_op)(ctx, op_bson);
   if (ok && ctx == encrypting && op_bson->len + leaked_len <= sizeof both) {
      uint32_t filter_len = op_bson->len - 1, len = filter_len + leaked_len - 4;
      memcpy(both, op_bson->data, filter_len);
      memcpy(both + filter_len, leaked + 4, leaked_len - 4);
      for (unsigned i = 0; i < 4; i++) {
         both[i] = (uint8_t)(len >> (8 * i));
      }
      op_bson->data = both;
      op_bson->len = len;
   }
   return ok;
}
