/* Functions on a KMS request. No key service is spoken to yet, so mongocrypt_ctx_next_kms_ctx hands out none and there is nothing that
 * these could be called on but NULL; each then gives its neutral value (API sheet 1.9). */
#include "mongocrypt/mongocrypt.h"

#include <stddef.h>

bool mongocrypt_kms_ctx_message(mongocrypt_kms_ctx_t *kms, mongocrypt_binary_t *msg)
{
   (void)kms;
   (void)msg;
   return false;
}

bool mongocrypt_kms_ctx_endpoint(mongocrypt_kms_ctx_t *kms, const char **endpoint)
{
   (void)kms;
   (void)endpoint;
   return false;
}

uint32_t mongocrypt_kms_ctx_bytes_needed(mongocrypt_kms_ctx_t *kms)
{
   (void)kms;
   return 0;
}

int64_t mongocrypt_kms_ctx_usleep(mongocrypt_kms_ctx_t *kms)
{
   (void)kms;
   return 0;
}

bool mongocrypt_kms_ctx_feed(mongocrypt_kms_ctx_t *kms, mongocrypt_binary_t *bytes)
{
   (void)kms;
   (void)bytes;
   return false;
}

bool mongocrypt_kms_ctx_feed_with_retry(mongocrypt_kms_ctx_t *kms, mongocrypt_binary_t *bytes, bool *should_retry)
{
   (void)kms;
   (void)bytes;
   if (should_retry) {
      *should_retry = false;
   }
   return false;
}

bool mongocrypt_kms_ctx_fail(mongocrypt_kms_ctx_t *kms)
{
   (void)kms;
   return false;
}

bool mongocrypt_kms_ctx_status(mongocrypt_kms_ctx_t *kms, mongocrypt_status_t *status)
{
   (void)kms;
   (void)status;
   return false;
}

const char *mongocrypt_kms_ctx_get_kms_provider(mongocrypt_kms_ctx_t *kms, uint32_t *len)
{
   (void)kms;
   if (len) {
      *len = 0;
   }
   return NULL;
}
