/* The handle's side of cryptography: setters of hooks, the pool of states, and the way to the back end. */
#include "ref/mongocrypt/crypto/backend.h"
#include "ref/mongocrypt/errors.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>

bool flp_crypto_init(flp_crypto_t *crypto, flp_status_t *status)
{
   pthread_mutex_init(&crypto->lock, NULL);
   crypto->aes_256_cbc = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
   crypto->sha_512 = EVP_MD_fetch(NULL, "SHA2-512", NULL);
   if (!crypto->aes_256_cbc || !crypto->sha_512) {
      ERR_clear_error();
      return flp_error(status, FLP_OUT_OF_MEMORY, FLP_FACTS(flp_fact_text("what", "native crypto")));
   }
   return true;
}

static void destroy_state(flp_crypto_state_t *state)
{
   state->backend->close(state);
   flp_wipe(state, sizeof *state);
   free(state);
}

void flp_crypto_cleanup(flp_crypto_t *crypto)
{
   while (crypto->idle) {
      flp_crypto_state_t *state = crypto->idle;
      crypto->idle = state->next;
      destroy_state(state);
   }
   EVP_CIPHER_free(crypto->aes_256_cbc);
   EVP_MD_free(crypto->sha_512);
   crypto->aes_256_cbc = NULL;
   crypto->sha_512 = NULL;
   pthread_mutex_destroy(&crypto->lock);
}

static bool missing(const char *hook, flp_error_t row, flp_status_t *status)
{
   return flp_error(status, row, FLP_FACTS(flp_fact_text("hook", hook)));
}

bool flp_crypto_set_hooks(flp_crypto_t *crypto, const flp_hooks_t *six, flp_status_t *status)
{
   const struct {
      const char *name;
      bool given;
   } wanted[] = {
      {FLP_HOOK_CBC_ENCRYPT, six->cbc_encrypt != NULL}, {FLP_HOOK_CBC_DECRYPT, six->cbc_decrypt != NULL},
      {FLP_HOOK_RANDOM, six->random != NULL},           {FLP_HOOK_HMAC_512, six->hmac_sha_512 != NULL},
      {FLP_HOOK_HMAC_256, six->hmac_sha_256 != NULL},   {FLP_HOOK_SHA_256, six->sha_256 != NULL},
   };
   flp_hooks_t *hooks = &crypto->hooks;
   hooks->enabled = true;
   hooks->context = six->context;
   hooks->cbc_encrypt = six->cbc_encrypt;
   hooks->cbc_decrypt = six->cbc_decrypt;
   hooks->random = six->random;
   hooks->hmac_sha_512 = six->hmac_sha_512;
   hooks->hmac_sha_256 = six->hmac_sha_256;
   hooks->sha_256 = six->sha_256;
   for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
      if (!wanted[i].given) {
         return missing(wanted[i].name, FLP_E022, status);
      }
   }
   return true;
}

bool flp_crypto_set_ctr(flp_crypto_t *crypto, mongocrypt_crypto_fn encrypt, mongocrypt_crypto_fn decrypt, flp_status_t *status)
{
   if (!encrypt || !decrypt) {
      return missing(encrypt ? FLP_HOOK_CTR_DECRYPT : FLP_HOOK_CTR_ENCRYPT, FLP_E023, status);
   }
   crypto->hooks.ctr_encrypt = encrypt;
   crypto->hooks.ctr_decrypt = decrypt;
   return true;
}

bool flp_crypto_set_ecb(flp_crypto_t *crypto, mongocrypt_crypto_fn encrypt, flp_status_t *status)
{
   if (!encrypt) {
      return missing(FLP_HOOK_ECB_ENCRYPT, FLP_E024, status);
   }
   crypto->hooks.ecb_encrypt = encrypt;
   return true;
}

bool flp_crypto_set_sign(flp_crypto_t *crypto, mongocrypt_hmac_fn sign, void *context, flp_status_t *status)
{
   if (crypto->hooks.sign) {
      return flp_error(status, FLP_E025, FLP_FACTS(flp_fact_text("option", "crypto_hook_sign_rsaes_pkcs1_v1_5")));
   }
   crypto->hooks.sign = sign;
   crypto->hooks.sign_context = context;
   return true;
}

static flp_crypto_state_t *take_idle(flp_crypto_t *crypto)
{
   pthread_mutex_lock(&crypto->lock);
   flp_crypto_state_t *state = crypto->idle;
   if (state) {
      crypto->idle = state->next;
      state->next = NULL;
   }
   pthread_mutex_unlock(&crypto->lock);
   return state;
}

flp_crypto_state_t *flp_crypto_take(flp_crypto_t *crypto, flp_status_t *status)
{
   flp_crypto_state_t *state = take_idle(crypto);
   if (state) {
      return state;
   }
   state = calloc(1, sizeof *state);
   if (!state) {
      flp_error_memory(status, "crypto state", sizeof *state);
      return NULL;
   }
   state->crypto = crypto;
   state->backend = crypto->hooks.enabled ? &flp_backend_hooks : &flp_backend_openssl;
   if (!state->backend->open(state, status)) {
      destroy_state(state);
      return NULL;
   }
   return state;
}

void flp_crypto_give(flp_crypto_t *crypto, flp_crypto_state_t *state)
{
   if (!state) {
      return;
   }
   pthread_mutex_lock(&crypto->lock);
   state->next = crypto->idle;
   crypto->idle = state;
   pthread_mutex_unlock(&crypto->lock);
}

bool flp_crypto_random(flp_crypto_state_t *state, uint8_t *out, size_t len, flp_status_t *status)
{
   return state->backend->random(state, out, len, status);
}

bool flp_crypto_hmac_sha_512(flp_crypto_state_t *state, const uint8_t key[32], const flp_view_t *parts, size_t n_parts,
                             uint8_t out[FLP_MAC_LEN], flp_status_t *status)
{
   return state->backend->hmac_sha_512(state, key, parts, n_parts, out, status);
}

bool flp_crypto_cbc_encrypt(flp_crypto_state_t *state, const uint8_t key[32], const uint8_t iv[FLP_BLOCK_LEN], flp_view_t in, uint8_t *out,
                            flp_status_t *status)
{
   return state->backend->cbc(state, true, key, iv, in, out, status);
}

bool flp_crypto_cbc_decrypt(flp_crypto_state_t *state, const uint8_t key[32], const uint8_t *iv, flp_view_t in, uint8_t *out,
                            flp_status_t *status)
{
   return state->backend->cbc(state, false, key, iv, in, out, status);
}

bool flp_crypto_batches(const flp_crypto_state_t *state)
{
   return state->backend->batches;
}
