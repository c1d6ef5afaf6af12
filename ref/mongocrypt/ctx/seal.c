/* Seals one value, the same way for what the caller names and for what query analysis has marked. */
#include "ref/mongocrypt/ctx/seal.h"

#include "ref/mongocrypt/crypto/aead.h"

#include <string.h>

size_t flp_blob_len(size_t plain_len)
{
   return FLP_BLOB_HEAD_LEN + flp_aead_sealed_len(plain_len);
}

bool flp_blob_seal(flp_crypto_state_t *state, const flp_data_key_t *key, flp_algorithm_t algorithm, uint8_t bson_type, flp_view_t plain,
                   uint8_t *blob, flp_status_t *status)
{
   blob[0] = (uint8_t)algorithm; /* the algorithm's number is the blob subtype */
   memcpy(blob + FLP_BLOB_ID_AT, key->id, FLP_UUID_LEN);
   blob[FLP_BLOB_TYPE_AT] = bson_type;

   flp_view_t head = flp_view(blob, FLP_BLOB_HEAD_LEN);
   uint8_t iv[FLP_BLOCK_LEN];
   return (algorithm == FLP_ALGORITHM_DETERMINISTIC ? flp_aead_derive_iv(state, key->secret, head, plain, iv, status)
                                                    : flp_crypto_random(state, iv, sizeof iv, status)) &&
          flp_aead_seal(state, key->secret, head, iv, plain, blob + FLP_BLOB_HEAD_LEN, status);
}
