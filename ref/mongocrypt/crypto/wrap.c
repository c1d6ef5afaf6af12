/* Wraps and unwraps data keys. */
#include "ref/mongocrypt/crypto/wrap.h"

#include "ref/mongocrypt/crypto/aead.h"
#include "ref/mongocrypt/errors.h"

#include <string.h>

bool flp_wrap_data_key(flp_crypto_state_t *state, const uint8_t kek[FLP_SECRET_LEN], const uint8_t secret[FLP_SECRET_LEN],
                       uint8_t out[FLP_WRAPPED_LEN], flp_status_t *status)
{
   uint8_t iv[FLP_BLOCK_LEN];
   return flp_crypto_random(state, iv, sizeof iv, status) &&
          flp_aead_seal(state, kek, flp_view(NULL, 0), iv, flp_view(secret, FLP_SECRET_LEN), out, status);
}

static bool wrong_length(flp_error_t row, size_t length, size_t want, const uint8_t *key_id, flp_view_t provider, flp_status_t *status)
{
   return flp_error(status, row,
                    FLP_FACTS(flp_fact_view("provider", provider), flp_fact_uuid("key_id", key_id), flp_fact_int("length", (int64_t)length),
                              flp_fact_int("want", (int64_t)want)));
}

bool flp_unwrap_data_key(flp_crypto_state_t *state, const uint8_t kek[FLP_SECRET_LEN], flp_view_t wrapped, const uint8_t *key_id,
                         flp_view_t provider, uint8_t out[FLP_SECRET_LEN], flp_status_t *status)
{
   if (wrapped.len < FLP_SEALED_MIN) { /* hazard HZ-1 */
      return wrong_length(FLP_KEY_LENGTH, wrapped.len, FLP_WRAPPED_LEN, key_id, provider, status);
   }
   flp_open_item_t item = {
      .key = kek,
      .label = {.what = "data_key", .key_id = key_id, .provider = provider},
      .sealed = wrapped,
   };
   flp_buf_t arena = {0};
   bool ok = flp_aead_open(state, &item, 1, &arena, status);
   if (ok && item.plain_len != FLP_SECRET_LEN) {
      ok = wrong_length(FLP_E248, item.plain_len, FLP_SECRET_LEN, key_id, provider, status);
   }
   if (ok) {
      memcpy(out, item.plain, FLP_SECRET_LEN);
   }
   flp_buf_cleanup(&arena);
   return ok;
}
