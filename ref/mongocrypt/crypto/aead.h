/* AEAD_AES_256_CBC_HMAC_SHA_512 with a key of 96 bytes (MAC, ENC, IV key), as the first generation of client-side encryption uses it:
 * sealing one value, opening many at once. Formats sheet, section 1.
 * Opening has two phases: every tag of a batch is checked before a single byte is decrypted. */
#ifndef FLP_CRYPTO_AEAD_H
#define FLP_CRYPTO_AEAD_H

#include "ref/mongocrypt/crypto/crypto.h"

#define FLP_TAG_LEN 32u
#define FLP_SEALED_MIN (FLP_BLOCK_LEN + FLP_BLOCK_LEN + FLP_TAG_LEN) /* IV, one block, tag */

/* Bytes that sealing gives: IV, padded ciphertext, tag. */
size_t flp_aead_sealed_len(size_t plain_len);

/* The IV that makes equal values give equal bytes. */
bool flp_aead_derive_iv(flp_crypto_state_t *state, const uint8_t key[FLP_SECRET_LEN], flp_view_t associated, flp_view_t plain,
                        uint8_t iv[FLP_BLOCK_LEN], flp_status_t *status);

/* `out` has flp_aead_sealed_len(plain.len) bytes. An empty plain is refused. */
bool flp_aead_seal(flp_crypto_state_t *state, const uint8_t key[FLP_SECRET_LEN], flp_view_t associated, const uint8_t iv[FLP_BLOCK_LEN],
                   flp_view_t plain, uint8_t *out, flp_status_t *status);

/* What is opened, for errors: a value by its key, or a data key under a provider. */
typedef struct {
   const char *what; /* "value" or "data_key" */
   const uint8_t *key_id;
   flp_view_t provider; /* data NULL: not known */
} flp_open_label_t;

/* One sealed text. Before and behind `plain` there is room that may be overwritten, one item after the other: FLP_OPEN_MARGIN bytes
 * before, one byte behind. */
#define FLP_OPEN_MARGIN FLP_BLOCK_LEN

typedef struct {
   const uint8_t *key; /* 96 bytes; equal pointers mean equal keys */
   flp_open_label_t label;
   flp_view_t associated;
   flp_view_t sealed;
   bool may_wait;  /* in: a long text may be decrypted later, straight to where it will stand */
   bool waits;     /* out: it was checked, its length is known, but `plain` is NULL: call flp_aead_open_waiting */
   uint8_t *plain; /* out: in the arena */
   size_t plain_len;
   uint8_t last[FLP_BLOCK_LEN]; /* of one that waits: its last block, opened; wiped by the caller */
} flp_open_item_t;

/* Opens all or none. `arena` must be empty and owns the plaintexts; cleaning it up wipes them. Of several defects the first item's wins,
 * and a tag that does not fit comes before a padding that is wrong. */
bool flp_aead_open(flp_crypto_state_t *state, flp_open_item_t *items, size_t n_items, flp_buf_t *arena, flp_status_t *status);

/* Decrypts an item that waits: `out` gets its plain_len bytes. `out` may lie before the sealed text and reach into it. */
bool flp_aead_open_waiting(flp_crypto_state_t *state, const flp_open_item_t *item, uint8_t *out, flp_status_t *status);

#endif
