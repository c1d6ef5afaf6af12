/* A ciphertext of one value: subtype, key id, BSON type of the value, sealed value. Formats sheet 1.7. */
#ifndef FLP_CTX_SEAL_H
#define FLP_CTX_SEAL_H

#include "ref/mongocrypt/ctx/opts.h"
#include "ref/mongocrypt/key/data_key.h"

#define FLP_BLOB_ID_AT 1u
#define FLP_BLOB_TYPE_AT 17u
#define FLP_BLOB_HEAD_LEN 18u
#define FLP_BLOB_MIN 19u

size_t flp_blob_len(size_t plain_len);

/* Writes flp_blob_len(plain.len) bytes. `plain` are the value's bytes in their normal form (value.h); none at all is an error. */
bool flp_blob_seal(flp_crypto_state_t *state, const flp_data_key_t *key, flp_algorithm_t algorithm, uint8_t bson_type, flp_view_t plain,
                   uint8_t *blob, flp_status_t *status);

#endif
