/* The runner's own AEAD_AES_256_CBC_HMAC_SHA_512 over OpenSSL: key wrapping for `!keydoc`, opening for `$$decryptsTo`.
 * It shares nothing with the reference on purpose: it is the second opinion. It is no library for production: no wiping, no
 * pooling, and nothing here is secret. */
#ifndef FLP_RUNNER_AEAD_H
#define FLP_RUNNER_AEAD_H

#include <bson/bson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
   FLP_AEAD_KEY = 96,  /* 32 for the tag, 32 for the cipher, 32 for the deterministic IV */
   FLP_AEAD_IV = 16,
   FLP_AEAD_TAG = 32,
   FLP_AEAD_MIN = FLP_AEAD_IV + 16 + FLP_AEAD_TAG,
   FLP_BLOB_HEADER = 18, /* blob subtype, 16 bytes of key id, BSON type: the associated data of a value */
};

/* Bytes that `seal` gives for a plaintext of this length. */
size_t flp_aead_sealed_len(size_t plain_len);

/* The IV of deterministic encryption: first 16 bytes of HMAC-SHA-512(key[64:96], aad || bits(aad) || plain). */
bool flp_aead_deterministic_iv(const uint8_t key[FLP_AEAD_KEY],
                               const uint8_t *aad,
                               size_t aad_len,
                               const uint8_t *plain,
                               size_t plain_len,
                               uint8_t iv[FLP_AEAD_IV]);

/* `out` has room for flp_aead_sealed_len(plain_len). False only when OpenSSL fails. */
bool flp_aead_seal(const uint8_t key[FLP_AEAD_KEY],
                   const uint8_t iv[FLP_AEAD_IV],
                   const uint8_t *aad,
                   size_t aad_len,
                   const uint8_t *plain,
                   size_t plain_len,
                   uint8_t *out);

/* `out` has room for `len` bytes. On failure `why` names the check that failed: a constant text. */
bool flp_aead_open(const uint8_t key[FLP_AEAD_KEY],
                   const uint8_t *aad,
                   size_t aad_len,
                   const uint8_t *sealed,
                   size_t len,
                   uint8_t *out,
                   size_t *out_len,
                   const char **why);

/* What a blob of BinData subtype 6 with first byte 1 or 2 holds. */
typedef struct {
   uint8_t algorithm; /* 1 deterministic, 2 random */
   uint8_t key_id[16];
   uint8_t bson_type;
   bson_t value; /* one element, named `v` */
} flp_opened_t;

/* Opens a blob and rebuilds its value. `opened` is to be cleaned up only after success. */
bool flp_blob_open(const uint8_t key[FLP_AEAD_KEY], const uint8_t *blob, size_t len, flp_opened_t *opened, const char **why);
void flp_opened_cleanup(flp_opened_t *opened);

#endif
