/* Sealing: formats sheet 1.3. Opening is in open.c. */
#include "ref/mongocrypt/crypto/aead.h"

#include "ref/mongocrypt/crypto/layout.h"
#include "ref/mongocrypt/errors.h"

#include <string.h>

size_t flp_aead_sealed_len(size_t plain_len)
{
   return FLP_BLOCK_LEN + FLP_BLOCK_LEN * (plain_len / FLP_BLOCK_LEN + 1) + FLP_TAG_LEN;
}

bool flp_aead_derive_iv(flp_crypto_state_t *state, const uint8_t key[FLP_SECRET_LEN], flp_view_t associated, flp_view_t plain,
                        uint8_t iv[FLP_BLOCK_LEN], flp_status_t *status)
{
   uint8_t bits[8], mac[FLP_MAC_LEN];
   flp_write_bit_count(bits, associated.len);
   const flp_view_t parts[] = {associated, flp_view(bits, sizeof bits), plain}; /* here the count stands in the middle */
   bool ok = flp_crypto_hmac_sha_512(state, key + FLP_IV_KEY_AT, parts, 3, mac, status);
   if (ok) {
      memcpy(iv, mac, FLP_BLOCK_LEN);
   }
   flp_wipe(mac, sizeof mac);
   return ok;
}

bool flp_aead_seal(flp_crypto_state_t *state, const uint8_t key[FLP_SECRET_LEN], flp_view_t associated, const uint8_t iv[FLP_BLOCK_LEN],
                   flp_view_t plain, uint8_t *out, flp_status_t *status)
{
   if (plain.len == 0) {
      return flp_error(status, FLP_PLAINTEXT_EMPTY, FLP_FACTS(flp_fact_int("length", 0)));
   }
   size_t padding = FLP_BLOCK_LEN - plain.len % FLP_BLOCK_LEN;
   uint8_t *body = out + FLP_BLOCK_LEN;
   size_t body_len = plain.len + padding;
   memmove(body, plain.data, plain.len);
   memset(body + plain.len, (int)padding, padding);
   memcpy(out, iv, FLP_BLOCK_LEN);
   uint8_t mac[FLP_MAC_LEN];
   if (!flp_crypto_cbc_encrypt(state, key + FLP_ENC_KEY_AT, iv, flp_view(body, body_len), body, status) ||
       !flp_aead_tag(state, key, associated, flp_view(out, FLP_BLOCK_LEN + body_len), mac, status)) {
      flp_wipe(out, FLP_BLOCK_LEN + body_len); /* the plaintext may still stand there */
      return false;
   }
   memcpy(body + body_len, mac, FLP_TAG_LEN);
   return true;
}
