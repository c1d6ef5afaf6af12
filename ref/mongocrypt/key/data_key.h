/* A data key that was opened: its id, its alternate names, the key encryption key of its document, its 96 secret bytes. Never changes
 * after it was made, so threads share it without a lock; the last holder wipes it. */
#ifndef FLP_KEY_DATA_KEY_H
#define FLP_KEY_DATA_KEY_H

#include "ref/mongocrypt/crypto/crypto.h"
#include "ref/mongocrypt/kms/kek.h"

#include <stdatomic.h>

#define FLP_KEY_ID_LEN 16u

typedef struct {
   atomic_uint holders;
   uint8_t id[FLP_KEY_ID_LEN];
   flp_buf_t *names; /* in the order of the document; text without NUL */
   size_t n_names;
   flp_kek_t kek;
   uint8_t secret[FLP_SECRET_LEN];
} flp_data_key_t;

/* One holder. Takes `names` (the array and its buffers) and `kek`, left empty on success. NULL when memory is short. */
flp_data_key_t *flp_data_key_new(const uint8_t id[FLP_KEY_ID_LEN], flp_buf_t **names, size_t *n_names, flp_kek_t *kek,
                                 const uint8_t secret[FLP_SECRET_LEN]);
flp_data_key_t *flp_data_key_hold(flp_data_key_t *key); /* one holder more; returns key */
void flp_data_key_drop(flp_data_key_t *key);            /* one holder less; NULL is fine */

void flp_names_destroy(flp_buf_t *names, size_t n_names);

#endif
