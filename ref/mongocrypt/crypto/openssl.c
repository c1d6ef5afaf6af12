/* The native back end. Algorithms were fetched once for the handle and contexts are kept with the state: a value costs no allocation.
 * What fails here fails because OpenSSL could get no memory or no entropy. */
/* HMAC_CTX is marked deprecated in OpenSSL 3; it is OpenSSL's own HMAC without the layer of parameters that EVP_MAC puts around it, and
 * costs a tenth less for a short value (docs/performance.md). */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "ref/mongocrypt/crypto/backend.h"
#include "ref/mongocrypt/errors.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>
#include <sys/mman.h>

static bool fail(flp_status_t *status, const char *what)
{
   ERR_clear_error(); /* the queue belongs to the caller's thread */
   return flp_error(status, FLP_OUT_OF_MEMORY, FLP_FACTS(flp_fact_text("what", what)));
}

static void open_random_page(flp_crypto_state_t *state)
{
   void *page = mmap(NULL, sizeof(flp_random_page_t), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
   if (page == MAP_FAILED) {
      return;
   }
   if (madvise(page, sizeof(flp_random_page_t), MADV_WIPEONFORK) != 0) {
      munmap(page, sizeof(flp_random_page_t));
      return;
   }
   state->random = page;
}

static bool open_state(flp_crypto_state_t *state, flp_status_t *status)
{
   for (size_t i = 0; i < 2; i++) {
      state->ciphers[i].context = EVP_CIPHER_CTX_new();
      state->macs[i].context = HMAC_CTX_new();
      if (!state->ciphers[i].context || !state->macs[i].context) {
         return fail(status, "crypto state");
      }
   }
   open_random_page(state);
   return true;
}

static void close_state(flp_crypto_state_t *state)
{
   for (size_t i = 0; i < 2; i++) {
      EVP_CIPHER_CTX_free(state->ciphers[i].context);
      HMAC_CTX_free(state->macs[i].context);
   }
   if (state->random) {
      flp_wipe(state->random, sizeof *state->random);
      munmap(state->random, sizeof *state->random);
   }
}

static bool draw(uint8_t *out, size_t len, flp_status_t *status)
{
   if (len > INT_MAX || RAND_bytes(out, (int)len) != 1) {
      return fail(status, "random bytes");
   }
   return true;
}

/* A draw from the source costs more than the MAC of a value, so many are drawn at once; a used byte is wiped at once. */
static bool random_bytes(flp_crypto_state_t *state, uint8_t *out, size_t len, flp_status_t *status)
{
   flp_random_page_t *page = state->random;
   if (!page) {
      return draw(out, len, status);
   }
   while (len > 0) {
      if (page->left == 0) {
         if (!draw(page->bytes, sizeof page->bytes, status)) {
            return false;
         }
         page->left = sizeof page->bytes;
      }
      size_t n = len < page->left ? len : page->left;
      uint8_t *from = page->bytes + sizeof page->bytes - page->left;
      memcpy(out, from, n);
      flp_wipe(from, n);
      page->left -= n;
      out += n;
      len -= n;
   }
   return true;
}

/* The slot that holds the key, else the one that was used longest ago. */
static flp_mac_slot_t *mac_slot(flp_crypto_state_t *state, const uint8_t *key, bool *loaded)
{
   unsigned newest = state->newest_mac;
   *loaded = true;
   for (unsigned i = 0; i < 2; i++) {
      unsigned at = (newest + i) & 1u;
      if (state->macs[at].keyed && flp_secret_equal(state->macs[at].key, key, 32)) {
         state->newest_mac = at;
         return &state->macs[at];
      }
   }
   *loaded = false;
   state->newest_mac = newest ^ 1u;
   return &state->macs[state->newest_mac];
}

/* Every update of a MAC walks through four layers of OpenSSL: parts that are short together are joined first. */
#define JOIN_MAX 256u

static bool are_short(const flp_view_t *parts, size_t n_parts)
{
   size_t room = JOIN_MAX;
   for (size_t i = 0; i < n_parts; i++) {
      if (parts[i].len > room) {
         return false;
      }
      room -= parts[i].len;
   }
   return true;
}

static bool update_joined(HMAC_CTX *context, const flp_view_t *parts, size_t n_parts)
{
   uint8_t joined[JOIN_MAX];
   size_t len = 0;
   for (size_t i = 0; i < n_parts; i++) {
      if (parts[i].len > 0) {
         memcpy(joined + len, parts[i].data, parts[i].len);
         len += parts[i].len;
      }
   }
   const bool ok = HMAC_Update(context, joined, len) == 1;
   flp_wipe(joined, len);
   return ok;
}

static bool update(HMAC_CTX *context, const flp_view_t *parts, size_t n_parts)
{
   if (are_short(parts, n_parts)) {
      return update_joined(context, parts, n_parts);
   }
   for (size_t i = 0; i < n_parts; i++) {
      if (parts[i].len > 0 && HMAC_Update(context, parts[i].data, parts[i].len) != 1) {
         return false;
      }
   }
   return true;
}

static bool hmac_sha_512(flp_crypto_state_t *state, const uint8_t *key, const flp_view_t *parts, size_t n_parts, uint8_t *out,
                         flp_status_t *status)
{
   bool loaded = false;
   flp_mac_slot_t *slot = mac_slot(state, key, &loaded);
   slot->keyed = false;
   if (HMAC_Init_ex(slot->context, loaded ? NULL : key, loaded ? 0 : 32, loaded ? NULL : state->crypto->sha_512, NULL) != 1) {
      return fail(status, "HMAC");
   }
   unsigned len = 0;
   if (!update(slot->context, parts, n_parts)) {
      return fail(status, "HMAC");
   }
   if (HMAC_Final(slot->context, out, &len) != 1 || len != FLP_MAC_LEN) {
      return fail(status, "HMAC");
   }
   if (!loaded) {
      memcpy(slot->key, key, 32);
   }
   slot->keyed = true;
   return true;
}

static bool load(flp_cipher_slot_t *slot, const flp_crypto_t *crypto, bool encrypt, const uint8_t *key, const uint8_t *iv)
{
   static const uint8_t any_iv[FLP_BLOCK_LEN];
   bool loaded = slot->keyed && flp_secret_equal(slot->key, key, 32);
   if (loaded && !iv) {
      return true; /* goes on where the last value ended: only the first block of the result depends on that */
   }
   slot->keyed = false;
   iv = iv ? iv : any_iv;
   if (EVP_CipherInit_ex2(slot->context, loaded ? NULL : crypto->aes_256_cbc, loaded ? NULL : key, iv, encrypt ? 1 : 0, NULL) != 1) {
      return false;
   }
   if (!loaded) {
      EVP_CIPHER_CTX_set_padding(slot->context, 0);
      memcpy(slot->key, key, 32);
   }
   slot->keyed = true;
   return true;
}

static bool cbc(flp_crypto_state_t *state, bool encrypt, const uint8_t *key, const uint8_t *iv, flp_view_t in, uint8_t *out,
                flp_status_t *status)
{
   flp_cipher_slot_t *slot = &state->ciphers[encrypt ? 1 : 0];
   int len = 0;
   if (in.len > INT_MAX || !load(slot, state->crypto, encrypt, key, iv) ||
       EVP_CipherUpdate(slot->context, out, &len, in.data, (int)in.len) != 1 || (size_t)len != in.len) {
      slot->keyed = false;
      return fail(status, "AES-256-CBC");
   }
   return true;
}

const flp_backend_t flp_backend_openssl = {
   .batches = true,
   .open = open_state,
   .close = close_state,
   .random = random_bytes,
   .hmac_sha_512 = hmac_sha_512,
   .cbc = cbc,
};
