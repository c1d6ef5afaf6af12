/* AES-256-CBC, then HMAC-SHA-512 cut to 32 bytes, each step written as plainly as OpenSSL allows. */
#include "runner/material/aead.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

typedef struct {
   const uint8_t *data;
   size_t len;
} part_t;

/* The count of bits of the associated data, 64 bits big-endian: it stands in both HMAC inputs. */
static void bit_count(size_t len, uint8_t out[8])
{
   uint64_t bits = (uint64_t)len * 8;
   for (int i = 7; i >= 0; i--) {
      out[i] = (uint8_t)(bits & 0xff);
      bits >>= 8;
   }
}

static bool hmac_sha512(const uint8_t key[32], const part_t *parts, size_t n_parts, uint8_t out[64])
{
   bool ok = false;
   size_t len = 0;
   EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, NULL, key, 32);
   EVP_MD_CTX *md = EVP_MD_CTX_new();

   if (!pkey || !md || EVP_DigestSignInit(md, NULL, EVP_sha512(), NULL, pkey) != 1) {
      goto done;
   }
   for (size_t i = 0; i < n_parts; i++) {
      if (parts[i].len > 0 && EVP_DigestSignUpdate(md, parts[i].data, parts[i].len) != 1) {
         goto done;
      }
   }
   len = 64;
   ok = EVP_DigestSignFinal(md, out, &len) == 1 && len == 64;
done:
   EVP_MD_CTX_free(md);
   EVP_PKEY_free(pkey);
   return ok;
}

/* With `padding` the cipher adds or checks PKCS#7; opening does its own, laxer, check. */
static bool cbc(bool encrypt, bool padding, const uint8_t key[32], const uint8_t iv[16], const uint8_t *in, size_t len, uint8_t *out)
{
   bool ok = false;
   int n = 0, tail = 0;
   EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

   if (!ctx || len > INT_MAX - 16 || EVP_CipherInit_ex(ctx, EVP_aes_256_cbc(), NULL, key, iv, encrypt ? 1 : 0) != 1) {
      goto done;
   }
   EVP_CIPHER_CTX_set_padding(ctx, padding ? 1 : 0);
   ok = EVP_CipherUpdate(ctx, out, &n, in, (int)len) == 1 && EVP_CipherFinal_ex(ctx, out + n, &tail) == 1;
done:
   EVP_CIPHER_CTX_free(ctx);
   return ok;
}

size_t flp_aead_sealed_len(size_t plain_len)
{
   return FLP_AEAD_IV + 16 * (plain_len / 16 + 1) + FLP_AEAD_TAG;
}

bool flp_aead_deterministic_iv(const uint8_t key[FLP_AEAD_KEY], const uint8_t *aad, size_t aad_len, const uint8_t *plain, size_t plain_len,
                               uint8_t iv[FLP_AEAD_IV])
{
   uint8_t bits[8], mac[64];
   bit_count(aad_len, bits);
   const part_t parts[] = {{aad, aad_len}, {bits, sizeof bits}, {plain, plain_len}};
   if (!hmac_sha512(key + 64, parts, 3, mac)) {
      return false;
   }
   memcpy(iv, mac, FLP_AEAD_IV);
   return true;
}

bool flp_aead_seal(const uint8_t key[FLP_AEAD_KEY], const uint8_t iv[FLP_AEAD_IV], const uint8_t *aad, size_t aad_len, const uint8_t *plain,
                   size_t plain_len, uint8_t *out)
{
   uint8_t bits[8], mac[64];
   size_t body = 16 * (plain_len / 16 + 1);

   memcpy(out, iv, FLP_AEAD_IV);
   if (!cbc(true, true, key + 32, iv, plain, plain_len, out + FLP_AEAD_IV)) {
      return false;
   }
   bit_count(aad_len, bits);
   const part_t parts[] = {{aad, aad_len}, {out, FLP_AEAD_IV + body}, {bits, sizeof bits}};
   if (!hmac_sha512(key, parts, 3, mac)) {
      return false;
   }
   memcpy(out + FLP_AEAD_IV + body, mac, FLP_AEAD_TAG);
   return true;
}

bool flp_aead_open(const uint8_t key[FLP_AEAD_KEY], const uint8_t *aad, size_t aad_len, const uint8_t *sealed, size_t len, uint8_t *out,
                   size_t *out_len, const char **why)
{
   uint8_t bits[8], mac[64];

   if (len < FLP_AEAD_MIN) {
      *why = "it is shorter than an IV, one block and a tag";
      return false;
   }
   size_t body = len - FLP_AEAD_IV - FLP_AEAD_TAG;
   bit_count(aad_len, bits);
   const part_t parts[] = {{aad, aad_len}, {sealed, FLP_AEAD_IV + body}, {bits, sizeof bits}};
   if (!hmac_sha512(key, parts, 3, mac)) {
      *why = "OpenSSL failed to compute the tag";
      return false;
   }
   if (CRYPTO_memcmp(mac, sealed + len - FLP_AEAD_TAG, FLP_AEAD_TAG) != 0) {
      *why = "the tag does not fit: another key, or changed bytes";
      return false;
   }
   if (body % 16 != 0) {
      *why = "the ciphertext is not a whole number of blocks";
      return false;
   }
   if (!cbc(false, false, key + 32, sealed, sealed + FLP_AEAD_IV, body, out)) {
      *why = "OpenSSL failed to decrypt";
      return false;
   }
   /* Only the last byte counts, and 0 drops nothing: what released libraries do. */
   uint8_t pad = out[body - 1];
   if (pad > 16) {
      *why = "the padding is malformed";
      return false;
   }
   *out_len = body - pad;
   return true;
}

/* A document of one element named `v`, from a type byte and the bytes of a value. */
static bool rebuild(uint8_t type, const uint8_t *plain, size_t len, bson_t *out)
{
   size_t total = 4 + 1 + 2 + len + 1;
   if (total > INT32_MAX) {
      return false;
   }
   uint8_t *doc = bson_malloc(total);
   for (int i = 0; i < 4; i++) {
      doc[i] = (uint8_t)((total >> (8 * i)) & 0xff);
   }
   doc[4] = type;
   doc[5] = 'v';
   doc[6] = 0;
   if (len > 0) {
      memcpy(doc + 7, plain, len);
   }
   doc[total - 1] = 0;

   bson_t view;
   bson_iter_t iter;
   bool ok = bson_init_static(&view, doc, total) && bson_validate(&view, BSON_VALIDATE_NONE, NULL) && bson_iter_init(&iter, &view) &&
             bson_iter_next(&iter);
   if (ok) {
      bson_copy_to(&view, out);
   }
   bson_free(doc);
   return ok;
}

bool flp_blob_open(const uint8_t key[FLP_AEAD_KEY], const uint8_t *blob, size_t len, flp_opened_t *opened, const char **why)
{
   bool ok = false;
   size_t plain_len = 0;
   uint8_t *plain = NULL;

   if (len < FLP_BLOB_HEADER + FLP_AEAD_MIN) {
      *why = "the blob is too short to hold a header and a sealed value";
      return false;
   }
   if (blob[0] != 1 && blob[0] != 2) {
      *why = "its first byte is neither 1 (deterministic) nor 2 (random)";
      return false;
   }
   plain = bson_malloc(len);
   if (!flp_aead_open(key, blob, FLP_BLOB_HEADER, blob + FLP_BLOB_HEADER, len - FLP_BLOB_HEADER, plain, &plain_len, why)) {
      goto done;
   }
   if (!rebuild(blob[17], plain, plain_len, &opened->value)) {
      *why = "what it holds is no BSON value of the type in its header";
      goto done;
   }
   opened->algorithm = blob[0];
   memcpy(opened->key_id, blob + 1, sizeof opened->key_id);
   opened->bson_type = blob[17];
   ok = true;
done:
   bson_free(plain);
   return ok;
}

void flp_opened_cleanup(flp_opened_t *opened)
{
   bson_destroy(&opened->value);
}
