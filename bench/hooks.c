/* Cryptography for a library that has none of its own: OpenSSL with live contexts, one set a thread. What is measured through them says
 * as much about these hooks as about the library, so such figures stand apart. */
#include "bench/bench.h"

#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <string.h>

enum { KEY = 32, WAYS = 2 };

static _Thread_local struct {
   EVP_CIPHER_CTX *ciphers[WAYS];
   uint8_t cipher_keys[WAYS][KEY];
   EVP_MAC_CTX *macs[WAYS]; /* SHA-512 with two keys: of the tag and of the IV */
   uint8_t mac_keys[WAYS][KEY];
   unsigned newest;
} live;

static bool cbc(bool encrypt, const mongocrypt_binary_t *key, const mongocrypt_binary_t *iv, const mongocrypt_binary_t *in,
                mongocrypt_binary_t *out, uint32_t *written)
{
   EVP_CIPHER_CTX **ctx = &live.ciphers[encrypt];
   bool same = *ctx && memcmp(live.cipher_keys[encrypt], key->data, KEY) == 0;
   int n = 0;
   if (!*ctx) {
      *ctx = EVP_CIPHER_CTX_new();
   }
   if (!EVP_CipherInit_ex(*ctx, same ? NULL : EVP_aes_256_cbc(), NULL, same ? NULL : key->data, iv->data, encrypt)) {
      return false;
   }
   EVP_CIPHER_CTX_set_padding(*ctx, 0);
   memcpy(live.cipher_keys[encrypt], key->data, KEY);
   bool ok = EVP_CipherUpdate(*ctx, out->data, &n, in->data, (int)in->len) == 1;
   *written = (uint32_t)n;
   return ok;
}

static bool cbc_encrypt(void *ctx, mongocrypt_binary_t *key, mongocrypt_binary_t *iv, mongocrypt_binary_t *in, mongocrypt_binary_t *out,
                        uint32_t *written, mongocrypt_status_t *status)
{
   (void)ctx;
   (void)status;
   return cbc(true, key, iv, in, out, written);
}

static bool cbc_decrypt(void *ctx, mongocrypt_binary_t *key, mongocrypt_binary_t *iv, mongocrypt_binary_t *in, mongocrypt_binary_t *out,
                        uint32_t *written, mongocrypt_status_t *status)
{
   (void)ctx;
   (void)status;
   return cbc(false, key, iv, in, out, written);
}

static bool random_bytes(void *ctx, mongocrypt_binary_t *out, uint32_t count, mongocrypt_status_t *status)
{
   (void)ctx;
   (void)status;
   return RAND_bytes(out->data, (int)count) == 1;
}

static EVP_MAC_CTX *mac_new(void)
{
   EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
   EVP_MAC_CTX *mac = EVP_MAC_CTX_new(hmac);
   char digest[] = "SHA512";
   OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("digest", digest, 0), OSSL_PARAM_construct_end()};
   EVP_MAC_CTX_set_params(mac, params);
   EVP_MAC_free(hmac);
   return mac;
}

static bool hmac_sha_512(void *ctx, mongocrypt_binary_t *key, mongocrypt_binary_t *in, mongocrypt_binary_t *out,
                         mongocrypt_status_t *status)
{
   (void)ctx;
   (void)status;
   unsigned at = live.newest;
   bool same = live.macs[at] && memcmp(live.mac_keys[at], key->data, KEY) == 0;
   if (!same) {
      at ^= 1u;
      same = live.macs[at] && memcmp(live.mac_keys[at], key->data, KEY) == 0;
   }
   if (!live.macs[at]) {
      live.macs[at] = mac_new();
   }
   live.newest = at;
   memcpy(live.mac_keys[at], key->data, KEY);
   size_t len = 0;
   return EVP_MAC_init(live.macs[at], same ? NULL : key->data, same ? 0 : KEY, NULL) == 1 &&
          EVP_MAC_update(live.macs[at], in->data, in->len) == 1 && EVP_MAC_final(live.macs[at], out->data, &len, out->len) == 1;
}

/* Asked for by the interface; nothing that is measured here uses it. */
static bool hmac_sha_256(void *ctx, mongocrypt_binary_t *key, mongocrypt_binary_t *in, mongocrypt_binary_t *out,
                         mongocrypt_status_t *status)
{
   (void)ctx;
   (void)status;
   return EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key->data, key->len, in->data, in->len, out->data, out->len, NULL) != NULL;
}

static bool sha_256(void *ctx, mongocrypt_binary_t *in, mongocrypt_binary_t *out, mongocrypt_status_t *status)
{
   (void)ctx;
   (void)status;
   return EVP_Q_digest(NULL, "SHA256", NULL, in->data, in->len, out->data, NULL) == 1;
}

bool flp_bench_set_hooks(const flp_api_t *api, mongocrypt_t *crypt)
{
   return api->setopt_crypto_hooks(crypt, cbc_encrypt, cbc_decrypt, random_bytes, hmac_sha_512, hmac_sha_256, sha_256, NULL);
}
