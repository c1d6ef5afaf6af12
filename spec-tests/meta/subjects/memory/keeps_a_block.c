/* Defect: each handle leaves a block behind, also when nothing fails. */
#include "../defect.h"

EXPORT void mongocrypt_destroy(mongocrypt_t *crypt)
{
   void *volatile block = malloc(24);
   (void)block;
   NEXT(mongocrypt_destroy)(crypt);
}
