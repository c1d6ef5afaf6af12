/* Crypto hooks on OpenSSL's EVP. They are for libraries without cryptography of their own and for cases about hooks; a figure measured
 * through them says as much about these hooks as about the library. While a hook runs, the outside is the host's again. */
#include "runner/host/abi/hooks.h"

#include "runner/host/abi/gate.h"
#include "runner/host/abi/outside.h"

#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/x509.h>
#include <string.h>

enum { KEY_LEN = 32 };

static flp_status_set_fn_t status_set;

void flp_hooks_init(flp_status_set_fn_t set)
{
   status_set = set;
}

static bool fail(void *status, const char *text)
{
   if (status_set != NULL) {
      status_set(status, 1, 1, text, -1);
   }
   return false;
}

/* --- ciphers: one context a thread and purpose ---------------------------------------------------------------------------------- */

typedef struct {
   EVP_CIPHER_CTX *ctx;
   uint8_t key[KEY_LEN];
   bool keyed;
} cipher_t;

typedef const EVP_CIPHER *(*cipher_name_t)(void);

static bool run_cipher(cipher_t *cipher, cipher_name_t name, bool encrypt, const flp_abi_binary_t *key, const flp_abi_binary_t *iv,
                       const flp_abi_binary_t *in, flp_abi_binary_t *out, uint32_t *written, void *status)
{
   int n = 0, rest = 0;
   if (key->len != KEY_LEN || in->len > out->len || in->len > INT32_MAX) {
      return fail(status, "host hook: key or output has the wrong length");
   }
   if (cipher->ctx == NULL) {
      cipher->ctx = EVP_CIPHER_CTX_new();
   }
   const bool same = cipher->keyed && memcmp(cipher->key, key->data, KEY_LEN) == 0;
   cipher->keyed = false;
   const EVP_CIPHER *type = same ? NULL : name();
   if (cipher->ctx == NULL ||
       !EVP_CipherInit_ex(cipher->ctx, type, NULL, same ? NULL : key->data, iv == NULL ? NULL : iv->data, encrypt ? 1 : 0) ||
       !EVP_CIPHER_CTX_set_padding(cipher->ctx, 0)) {
      return fail(status, "host hook: the cipher could not be set up");
   }
   memcpy(cipher->key, key->data, KEY_LEN);
   cipher->keyed = true;
   if (!EVP_CipherUpdate(cipher->ctx, out->data, &n, in->data, (int)in->len) ||
       !EVP_CipherFinal_ex(cipher->ctx, (uint8_t *)out->data + n, &rest)) {
      cipher->keyed = false;
      return fail(status, "host hook: the cipher refused the input");
   }
   *written = (uint32_t)(n + rest);
   return true;
}

#define CIPHER_HOOK(hook_name, type, encrypt)                                                                                              \
   static bool hook_name(void *ctx, flp_abi_binary_t *key, flp_abi_binary_t *iv, flp_abi_binary_t *in, flp_abi_binary_t *out,              \
                         uint32_t *written, void *status)                                                                                  \
   {                                                                                                                                       \
      static _Thread_local cipher_t cipher;                                                                                                \
      (void)ctx;                                                                                                                           \
      const bool armed = flp_outside.armed;                                                                                                \
      flp_outside.armed = false;                                                                                                           \
      const bool ok = run_cipher(&cipher, type, encrypt, key, iv, in, out, written, status);                                               \
      flp_outside.armed = armed;                                                                                                           \
      return ok;                                                                                                                           \
   }

CIPHER_HOOK(cbc_encrypt, EVP_aes_256_cbc, true)
CIPHER_HOOK(cbc_decrypt, EVP_aes_256_cbc, false)
CIPHER_HOOK(ctr_encrypt, EVP_aes_256_ctr, true)
CIPHER_HOOK(ctr_decrypt, EVP_aes_256_ctr, false)
CIPHER_HOOK(ecb_encrypt, EVP_aes_256_ecb, true)

/* --- hashes --------------------------------------------------------------------------------------------------------------------- */

static bool run_hmac(EVP_MAC_CTX **ctx, const char *digest, size_t want, const flp_abi_binary_t *key, const flp_abi_binary_t *in,
                     flp_abi_binary_t *out, void *status)
{
   size_t n = 0;
   if (out->len < want) {
      return fail(status, "host hook: room for the HMAC is too small");
   }
   if (*ctx == NULL) {
      EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
      *ctx = mac == NULL ? NULL : EVP_MAC_CTX_new(mac);
      EVP_MAC_free(mac);
      const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("digest", (char *)(uintptr_t)digest, 0), OSSL_PARAM_construct_end()};
      if (*ctx != NULL && !EVP_MAC_CTX_set_params(*ctx, params)) {
         EVP_MAC_CTX_free(*ctx);
         *ctx = NULL;
      }
   }
   if (*ctx == NULL || !EVP_MAC_init(*ctx, key->data, key->len, NULL) || !EVP_MAC_update(*ctx, in->data, in->len) ||
       !EVP_MAC_final(*ctx, out->data, &n, out->len) || n != want) {
      return fail(status, "host hook: HMAC failed");
   }
   return true;
}

#define HMAC_HOOK(hook_name, digest, len)                                                                                                  \
   static bool hook_name(void *ctx, flp_abi_binary_t *key, flp_abi_binary_t *in, flp_abi_binary_t *out, void *status)                      \
   {                                                                                                                                       \
      static _Thread_local EVP_MAC_CTX *mac;                                                                                               \
      (void)ctx;                                                                                                                           \
      const bool armed = flp_outside.armed;                                                                                                \
      flp_outside.armed = false;                                                                                                           \
      const bool ok = run_hmac(&mac, digest, len, key, in, out, status);                                                                   \
      flp_outside.armed = armed;                                                                                                           \
      return ok;                                                                                                                           \
   }

HMAC_HOOK(hmac_sha_512, "SHA512", 64)
HMAC_HOOK(hmac_sha_256, "SHA256", 32)

static bool sha_256(void *ctx, flp_abi_binary_t *in, flp_abi_binary_t *out, void *status)
{
   (void)ctx;
   const bool armed = flp_outside.armed;
   flp_outside.armed = false;
   unsigned n = 0;
   const bool ok = out->len >= 32 && EVP_Digest(in->data, in->len, out->data, &n, EVP_sha256(), NULL);
   flp_outside.armed = armed;
   return ok || fail(status, "host hook: SHA-256 failed");
}

static bool random_bytes(void *ctx, flp_abi_binary_t *out, uint32_t count, void *status)
{
   (void)ctx;
   if (count > out->len) {
      return fail(status, "host hook: room for random bytes is too small");
   }
   flp_outside_random(out->data, count);
   return true;
}

/* key: PKCS#8 in DER; the signature has 256 bytes, so the key is RSA-2048. */
static bool sign_rsa(void *ctx, flp_abi_binary_t *key, flp_abi_binary_t *in, flp_abi_binary_t *out, void *status)
{
   (void)ctx;
   const bool armed = flp_outside.armed;
   flp_outside.armed = false;
   bool ok = false;
   const unsigned char *der = key->data;
   size_t n = out->len;
   EVP_MD_CTX *md = EVP_MD_CTX_new();
   EVP_PKEY *pkey = d2i_AutoPrivateKey(NULL, &der, (long)key->len);
   if (md != NULL && pkey != NULL && EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, pkey) > 0 &&
       EVP_DigestSign(md, out->data, &n, in->data, in->len) > 0) {
      ok = true;
   }
   EVP_PKEY_free(pkey);
   EVP_MD_CTX_free(md);
   flp_outside.armed = armed;
   return ok || fail(status, "host hook: signing failed");
}

/* --- failing forms, and the log --------------------------------------------------------------------------------------------------- */

static const char failing_text[] = "host hook: fails because the case says so";

static bool failing_crypto(void *ctx, flp_abi_binary_t *key, flp_abi_binary_t *iv, flp_abi_binary_t *in, flp_abi_binary_t *out,
                           uint32_t *written, void *status)
{
   (void)ctx, (void)key, (void)iv, (void)in, (void)out, (void)written;
   return fail(status, failing_text);
}

static bool failing_hmac(void *ctx, flp_abi_binary_t *key, flp_abi_binary_t *in, flp_abi_binary_t *out, void *status)
{
   (void)ctx, (void)key, (void)in, (void)out;
   return fail(status, failing_text);
}

static bool failing_hash(void *ctx, flp_abi_binary_t *in, flp_abi_binary_t *out, void *status)
{
   (void)ctx, (void)in, (void)out;
   return fail(status, failing_text);
}

static bool failing_random(void *ctx, flp_abi_binary_t *out, uint32_t count, void *status)
{
   (void)ctx, (void)out, (void)count;
   return fail(status, failing_text);
}

static void log_nothing(int level, const char *message, uint32_t message_len, void *ctx)
{
   (void)level, (void)message, (void)message_len, (void)ctx;
}

typedef void (*function_t)(void);

static const struct {
   const char *param;
   flp_abi_kind_t kind;
   function_t own;
   function_t failing;
} hooks[] = {
   {"aes_256_cbc_encrypt", FLP_ABI_CRYPTO_FN, (function_t)cbc_encrypt, (function_t)failing_crypto},
   {"aes_256_cbc_decrypt", FLP_ABI_CRYPTO_FN, (function_t)cbc_decrypt, (function_t)failing_crypto},
   {"random", FLP_ABI_RANDOM_FN, (function_t)random_bytes, (function_t)failing_random},
   {"hmac_sha_512", FLP_ABI_HMAC_FN, (function_t)hmac_sha_512, (function_t)failing_hmac},
   {"hmac_sha_256", FLP_ABI_HMAC_FN, (function_t)hmac_sha_256, (function_t)failing_hmac},
   {"sha_256", FLP_ABI_HASH_FN, (function_t)sha_256, (function_t)failing_hash},
   {"aes_256_ctr_encrypt", FLP_ABI_CRYPTO_FN, (function_t)ctr_encrypt, (function_t)failing_crypto},
   {"aes_256_ctr_decrypt", FLP_ABI_CRYPTO_FN, (function_t)ctr_decrypt, (function_t)failing_crypto},
   {"aes_256_ecb_encrypt", FLP_ABI_CRYPTO_FN, (function_t)ecb_encrypt, (function_t)failing_crypto},
   {"sign_rsaes_pkcs1_v1_5", FLP_ABI_HMAC_FN, (function_t)sign_rsa, (function_t)failing_hmac},
   {"log_fn", FLP_ABI_LOG_FN, (function_t)log_nothing, (function_t)log_nothing},
};

void (*flp_hook(const char *param, flp_abi_kind_t kind, bool failing))(void)
{
   for (size_t i = 0; i < sizeof hooks / sizeof hooks[0]; i++) {
      if (hooks[i].kind == kind && strcmp(hooks[i].param, param) == 0) {
         return failing ? hooks[i].failing : hooks[i].own;
      }
   }
   return NULL;
}
