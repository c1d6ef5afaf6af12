/* What sealing and opening share: where the parts of a key are, and the input of the tag. Internal to this folder. */
#ifndef FLP_CRYPTO_LAYOUT_H
#define FLP_CRYPTO_LAYOUT_H

#include "ref/mongocrypt/crypto/crypto.h"

#define FLP_MAC_KEY_AT 0u
#define FLP_ENC_KEY_AT 32u
#define FLP_IV_KEY_AT 64u

/* AL: how many bits of associated data, big-endian. */
static inline void flp_write_bit_count(uint8_t out[8], size_t len)
{
   uint64_t bits = (uint64_t)len * 8;
   for (unsigned i = 0; i < 8; i++) {
      out[i] = (uint8_t)(bits >> (56 - 8 * i));
   }
}

/* The tag is the first half of this MAC. Here the count stands last. */
static inline bool flp_aead_tag(flp_crypto_state_t *state, const uint8_t *key, flp_view_t associated, flp_view_t iv_and_body,
                                uint8_t mac[FLP_MAC_LEN], flp_status_t *status)
{
   uint8_t bits[8];
   flp_write_bit_count(bits, associated.len);
   const flp_view_t parts[] = {associated, iv_and_body, flp_view(bits, sizeof bits)};
   return flp_crypto_hmac_sha_512(state, key + FLP_MAC_KEY_AT, parts, 3, mac, status);
}

#endif
