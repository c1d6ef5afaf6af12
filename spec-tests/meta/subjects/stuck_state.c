/* Defect: a decryption asks for its keys again and again. */
#include "defect.h"

REMEMBER_DECRYPTION

EXPORT bool mongocrypt_ctx_mongo_done(mongocrypt_ctx_t *ctx)
{
   return ctx == decrypting || NEXT(mongocrypt_ctx_mongo_done)(ctx);
}
