/* The cryptography of a handle: which back end serves it (OpenSSL, or the caller's hooks), what was fetched for it once, and a pool of
 * working states. A state holds live cipher and MAC contexts and prepared random bytes; whoever works takes one for a whole batch, never
 * for one value: one lock a batch. Rules H-1 to H-10.
 * A state keeps the schedule of the key that it used last; all are wiped with the handle. */
#ifndef FLP_CRYPTO_CRYPTO_H
#define FLP_CRYPTO_CRYPTO_H

#include "ref/base/status.h"

#include "mongocrypt/mongocrypt.h"

#include <pthread.h>

#define FLP_SECRET_LEN 96u /* a data key or a key encryption key: three keys of 32 bytes */
#define FLP_BLOCK_LEN 16u
#define FLP_MAC_LEN 64u

/* Hooks of the caller; a NULL is a hook that was not set. All get `context`, but for `sign`. */
typedef struct {
   bool enabled; /* the attempt to set the six turns native CBC, random and HMAC off, even when it fails (H-1) */
   mongocrypt_crypto_fn cbc_encrypt;
   mongocrypt_crypto_fn cbc_decrypt;
   mongocrypt_random_fn random;
   mongocrypt_hmac_fn hmac_sha_512;
   mongocrypt_hmac_fn hmac_sha_256;
   mongocrypt_hash_fn sha_256;
   void *context;
   mongocrypt_crypto_fn ctr_encrypt;
   mongocrypt_crypto_fn ctr_decrypt;
   mongocrypt_crypto_fn ecb_encrypt;
   mongocrypt_hmac_fn sign;
   void *sign_context;
} flp_hooks_t;

typedef struct flp_crypto_state_t flp_crypto_state_t;

typedef struct {
   flp_hooks_t hooks;
   struct evp_cipher_st *aes_256_cbc;
   struct evp_md_st *sha_512;
   pthread_mutex_t lock; /* guards `idle` */
   flp_crypto_state_t *idle;
} flp_crypto_t;

/* Fetches what the native back end needs. False: out of memory, or an OpenSSL without AES and HMAC. `crypto` must be zeroed; cleanup
 * is needed in either case. */
bool flp_crypto_init(flp_crypto_t *crypto, flp_status_t *status);
void flp_crypto_cleanup(flp_crypto_t *crypto);

/* Setters, before any state is taken. The first NULL of the six is an error, in the order of the arguments. */
bool flp_crypto_set_hooks(flp_crypto_t *crypto, const flp_hooks_t *six, flp_status_t *status); /* takes the six and `context` */
bool flp_crypto_set_ctr(flp_crypto_t *crypto, mongocrypt_crypto_fn encrypt, mongocrypt_crypto_fn decrypt, flp_status_t *status);
bool flp_crypto_set_ecb(flp_crypto_t *crypto, mongocrypt_crypto_fn encrypt, flp_status_t *status);
bool flp_crypto_set_sign(flp_crypto_t *crypto, mongocrypt_hmac_fn sign, void *context, flp_status_t *status); /* once only */

/* A state for one thread until it is given back; NULL when memory is short (status is set). `give` accepts NULL. */
flp_crypto_state_t *flp_crypto_take(flp_crypto_t *crypto, flp_status_t *status);
void flp_crypto_give(flp_crypto_t *crypto, flp_crypto_state_t *state);

/* Names of the hooks, for errors: what the setter calls them. */
#define FLP_HOOK_CBC_ENCRYPT "aes_256_cbc_encrypt"
#define FLP_HOOK_CBC_DECRYPT "aes_256_cbc_decrypt"
#define FLP_HOOK_RANDOM "random"
#define FLP_HOOK_HMAC_512 "hmac_sha_512"
#define FLP_HOOK_HMAC_256 "hmac_sha_256"
#define FLP_HOOK_SHA_256 "sha_256"
#define FLP_HOOK_CTR_ENCRYPT "aes_256_ctr_encrypt"
#define FLP_HOOK_CTR_DECRYPT "aes_256_ctr_decrypt"
#define FLP_HOOK_ECB_ENCRYPT "aes_256_ecb_encrypt"

/* --- primitives: what AEAD is made of ------------------------------------------------------------------------- */

/* Fills out. Native: from the state's prepared bytes. Hooks: one call of exactly that length. */
bool flp_crypto_random(flp_crypto_state_t *state, uint8_t *out, size_t len, flp_status_t *status);

/* Up to four parts, hashed as if they were joined. Key of 32 bytes, out of 64. */
bool flp_crypto_hmac_sha_512(flp_crypto_state_t *state, const uint8_t key[32], const flp_view_t *parts, size_t n_parts,
                             uint8_t out[FLP_MAC_LEN], flp_status_t *status);

/* Whole blocks without padding; `in` and `out` may be the same, or apart. For decrypting, iv NULL means that
 * the text goes on where the last one under this key ended, or that the first block of the result does not matter. Native only. */
bool flp_crypto_cbc_encrypt(flp_crypto_state_t *state, const uint8_t key[32], const uint8_t iv[FLP_BLOCK_LEN], flp_view_t in, uint8_t *out,
                            flp_status_t *status);
bool flp_crypto_cbc_decrypt(flp_crypto_state_t *state, const uint8_t key[32], const uint8_t *iv, flp_view_t in, uint8_t *out,
                            flp_status_t *status);

/* True where many values of one key are better decrypted in one call (their first blocks are then garbage to be skipped). */
bool flp_crypto_batches(const flp_crypto_state_t *state);

#endif
