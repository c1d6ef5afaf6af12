/* A data key wrapped by a local key encryption key: the AEAD without associated data, 160 bytes. Formats sheet, section 4. */
#ifndef FLP_CRYPTO_WRAP_H
#define FLP_CRYPTO_WRAP_H

#include "ref/mongocrypt/crypto/crypto.h"

#define FLP_WRAPPED_LEN 160u

/* Draws the IV. */
bool flp_wrap_data_key(flp_crypto_state_t *state, const uint8_t kek[FLP_SECRET_LEN], const uint8_t secret[FLP_SECRET_LEN],
                       uint8_t out[FLP_WRAPPED_LEN], flp_status_t *status);

/* `key_id` and `provider` go into errors. */
bool flp_unwrap_data_key(flp_crypto_state_t *state, const uint8_t kek[FLP_SECRET_LEN], flp_view_t wrapped, const uint8_t *key_id,
                         flp_view_t provider, uint8_t out[FLP_SECRET_LEN], flp_status_t *status);

#endif
