/* Defect: keys stay in the cache for an hour, whatever the limit. */
#include "defect.h"

EXPORT bool mongocrypt_init(mongocrypt_t *crypt)
{
   return NEXT(mongocrypt_setopt_key_expiration)(crypt, 3600 * 1000) && NEXT(mongocrypt_init)(crypt);
}
