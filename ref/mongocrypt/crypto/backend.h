/* What a back end of crypto/ is: a table of functions over one working state. Internal to this folder. */
#ifndef FLP_CRYPTO_BACKEND_H
#define FLP_CRYPTO_BACKEND_H

#include "ref/mongocrypt/crypto/crypto.h"

typedef struct {
   bool batches; /* see flp_crypto_batches */
   bool (*open)(flp_crypto_state_t *state, flp_status_t *status);
   void (*close)(flp_crypto_state_t *state); /* safe after a failed open */
   bool (*random)(flp_crypto_state_t *state, uint8_t *out, size_t len, flp_status_t *status);
   bool (*hmac_sha_512)(flp_crypto_state_t *state, const uint8_t *key, const flp_view_t *parts, size_t n_parts, uint8_t *out,
                        flp_status_t *status);
   /* iv NULL, for decrypting only: any will do */
   bool (*cbc)(flp_crypto_state_t *state, bool encrypt, const uint8_t *key, const uint8_t *iv, flp_view_t in, uint8_t *out,
               flp_status_t *status);
} flp_backend_t;

extern const flp_backend_t flp_backend_openssl;
extern const flp_backend_t flp_backend_hooks;

struct evp_cipher_ctx_st;
struct hmac_ctx_st;

/* A live context and the key that it holds, so that the next value under the same key need not load it again. */
typedef struct {
   struct evp_cipher_ctx_st *context;
   uint8_t key[32];
   bool keyed;
} flp_cipher_slot_t;

typedef struct {
   struct hmac_ctx_st *context;
   uint8_t key[32];
   bool keyed;
} flp_mac_slot_t;

/* Random bytes drawn ahead, in a page that a forked child finds zeroed: `left` is then 0 and the child draws its own. */
typedef struct {
   size_t left; /* unused bytes, at the end of `bytes` */
   uint8_t bytes[1024];
} flp_random_page_t;

struct flp_crypto_state_t {
   flp_crypto_state_t *next; /* in the pool */
   const flp_crypto_t *crypto;
   const flp_backend_t *backend;
   /* OpenSSL */
   flp_cipher_slot_t ciphers[2]; /* decrypt, encrypt */
   flp_mac_slot_t macs[2];       /* sealing needs two keys: of the tag and of the deterministic IV */
   unsigned newest_mac;
   flp_random_page_t *random; /* NULL: the system has no such page, every draw goes to the source */
   /* hooks */
   flp_buf_t scratch; /* parts joined for a hook that takes one view; empty between calls */
};

#endif
