/* The bound, pinned: for each field one EVP_DecryptInit_ex with a new IV, one update, EVP_MAC_init with a NULL key, updates, final.
 * Algorithms are fetched and keys are set once. The batching bound opens all fields with one update over every IV||S. */
#include "bench/bench.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

struct flp_bound {
   EVP_CIPHER_CTX *decrypt, *encrypt;
   EVP_MAC_CTX *mac, *iv_mac;
};

static const uint8_t aad_bits[8] = {0, 0, 0, 0, 0, 0, 0, 8 * FLP_BLOB_HEAD};

static EVP_MAC_CTX *mac_new(const uint8_t key[32])
{
   EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
   EVP_MAC_CTX *ctx = hmac ? EVP_MAC_CTX_new(hmac) : NULL;
   char digest[] = "SHA512";
   OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("digest", digest, 0), OSSL_PARAM_construct_end()};
   if (!ctx || !EVP_MAC_init(ctx, key, 32, params)) {
      flp_bench_die("bound", "no HMAC");
   }
   EVP_MAC_free(hmac);
   return ctx;
}

flp_bound_t *flp_bound_new(const uint8_t key[FLP_KEY_LEN])
{
   flp_bound_t *bound = calloc(1, sizeof *bound);
   EVP_CIPHER *cbc = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
   if (!bound || !cbc) {
      flp_bench_die("bound", "no memory or no AES");
   }
   bound->decrypt = EVP_CIPHER_CTX_new();
   bound->encrypt = EVP_CIPHER_CTX_new();
   if (!EVP_DecryptInit_ex(bound->decrypt, cbc, NULL, key + 32, NULL) || !EVP_EncryptInit_ex(bound->encrypt, cbc, NULL, key + 32, NULL)) {
      flp_bench_die("bound", "cannot set the key");
   }
   EVP_CIPHER_CTX_set_padding(bound->decrypt, 0);
   EVP_CIPHER_CTX_set_padding(bound->encrypt, 0);
   EVP_CIPHER_free(cbc);
   bound->mac = mac_new(key);
   bound->iv_mac = mac_new(key + 64);
   return bound;
}

void flp_bound_destroy(flp_bound_t *bound)
{
   EVP_CIPHER_CTX_free(bound->decrypt);
   EVP_CIPHER_CTX_free(bound->encrypt);
   EVP_MAC_CTX_free(bound->mac);
   EVP_MAC_CTX_free(bound->iv_mac);
   free(bound);
}

/* Tag input: head || IV || S || bits of head. head, IV and S lie together in a blob. */
static void make_tag(EVP_MAC_CTX *mac, const uint8_t *blob, size_t len, uint8_t tag[64])
{
   size_t tag_len = 0;
   if (!EVP_MAC_init(mac, NULL, 0, NULL) || !EVP_MAC_update(mac, blob, len) || !EVP_MAC_update(mac, aad_bits, sizeof aad_bits) ||
       !EVP_MAC_final(mac, tag, &tag_len, 64)) {
      flp_bench_die("bound", "HMAC failed");
   }
}

static void check_tag(flp_bound_t *bound, const flp_field_t *field)
{
   uint8_t tag[64];
   make_tag(bound->mac, field->blob, field->len - FLP_MAC_LEN, tag);
   if (CRYPTO_memcmp(tag, field->blob + field->len - FLP_MAC_LEN, FLP_MAC_LEN) != 0) {
      flp_bench_die("bound", "tag does not fit");
   }
}

void flp_bound_open_each(flp_bound_t *bound, const flp_field_t *fields, size_t n_fields, uint8_t *out)
{
   for (size_t i = 0; i < n_fields; i++) {
      const uint8_t *iv = fields[i].blob + FLP_BLOB_HEAD;
      int sealed_len = (int)(fields[i].len - FLP_BLOB_HEAD - FLP_IV_LEN - FLP_MAC_LEN);
      int n = 0;
      check_tag(bound, &fields[i]);
      if (!EVP_DecryptInit_ex(bound->decrypt, NULL, NULL, NULL, iv) ||
          !EVP_DecryptUpdate(bound->decrypt, out, &n, iv + FLP_IV_LEN, sealed_len)) {
         flp_bench_die("bound", "AES failed");
      }
      out += n;
   }
}

void flp_bound_open_batch(flp_bound_t *bound, const flp_field_t *fields, size_t n_fields, uint8_t *scratch, uint8_t *out)
{
   size_t total = 0;
   for (size_t i = 0; i < n_fields; i++) {
      size_t part = fields[i].len - FLP_BLOB_HEAD - FLP_MAC_LEN;
      check_tag(bound, &fields[i]);
      memcpy(scratch + total, fields[i].blob + FLP_BLOB_HEAD, part);
      total += part;
   }
   static const uint8_t zero[FLP_IV_LEN];
   int n = 0;
   if (!EVP_DecryptInit_ex(bound->decrypt, NULL, NULL, NULL, zero) || !EVP_DecryptUpdate(bound->decrypt, out, &n, scratch, (int)total)) {
      flp_bench_die("bound", "AES failed");
   }
}

void flp_bound_seal(flp_bound_t *bound, bool deterministic, const uint8_t head[FLP_BLOB_HEAD], const uint8_t *plain, uint32_t len,
                    uint8_t *out)
{
   uint8_t *iv = out + FLP_BLOB_HEAD;
   uint8_t tag[64];
   size_t tag_len = 0;
   uint32_t padding = 16 - len % 16;
   int n = 0;
   memcpy(out, head, FLP_BLOB_HEAD);
   if (deterministic) {
      if (!EVP_MAC_init(bound->iv_mac, NULL, 0, NULL) || !EVP_MAC_update(bound->iv_mac, head, FLP_BLOB_HEAD) ||
          !EVP_MAC_update(bound->iv_mac, aad_bits, sizeof aad_bits) || !EVP_MAC_update(bound->iv_mac, plain, len) ||
          !EVP_MAC_final(bound->iv_mac, tag, &tag_len, sizeof tag)) {
         flp_bench_die("bound", "HMAC failed");
      }
      memcpy(iv, tag, FLP_IV_LEN);
   } else if (RAND_bytes(iv, FLP_IV_LEN) != 1) {
      flp_bench_die("bound", "no randomness");
   }
   uint8_t *sealed = iv + FLP_IV_LEN;
   memcpy(sealed, plain, len);
   memset(sealed + len, (int)padding, padding);
   if (!EVP_EncryptInit_ex(bound->encrypt, NULL, NULL, NULL, iv) ||
       !EVP_EncryptUpdate(bound->encrypt, sealed, &n, sealed, (int)(len + padding))) {
      flp_bench_die("bound", "AES failed");
   }
   make_tag(bound->mac, out, FLP_BLOB_HEAD + FLP_IV_LEN + (size_t)n, tag);
   memcpy(sealed + n, tag, FLP_MAC_LEN);
}
