/* Wraps a data key under a key encryption key that this context may use: for new data keys and for those that get another wrapping. */
#ifndef FLP_CTX_WRAPPING_H
#define FLP_CTX_WRAPPING_H

#include "ref/mongocrypt/crypto/wrap.h"
#include "ref/mongocrypt/ctx/ctx.h"

/* `key_id` goes into errors; NULL for a key that has none yet. */
bool flp_ctx_wrap(mongocrypt_ctx_t *ctx, const flp_kek_t *kek, const uint8_t *key_id, const uint8_t secret[FLP_SECRET_LEN],
                  flp_crypto_state_t *state, uint8_t out[FLP_WRAPPED_LEN]);

#endif
