/* Makes, shares and wipes opened data keys. */
#include "ref/mongocrypt/key/data_key.h"

#include <stdlib.h>
#include <string.h>

flp_data_key_t *flp_data_key_new(const uint8_t id[FLP_KEY_ID_LEN], flp_buf_t **names, size_t *n_names, flp_kek_t *kek,
                                 const uint8_t secret[FLP_SECRET_LEN])
{
   flp_data_key_t *key = malloc(sizeof *key);
   if (!key) {
      return NULL;
   }
   atomic_init(&key->holders, 1);
   memcpy(key->id, id, FLP_KEY_ID_LEN);
   memcpy(key->secret, secret, FLP_SECRET_LEN);
   key->names = *names;
   key->n_names = *n_names;
   key->kek = *kek;
   *names = NULL;
   *n_names = 0;
   *kek = (flp_kek_t){0};
   return key;
}

flp_data_key_t *flp_data_key_hold(flp_data_key_t *key)
{
   atomic_fetch_add_explicit(&key->holders, 1, memory_order_relaxed);
   return key;
}

void flp_data_key_drop(flp_data_key_t *key)
{
   if (!key || atomic_fetch_sub_explicit(&key->holders, 1, memory_order_acq_rel) != 1) {
      return;
   }
   flp_names_destroy(key->names, key->n_names);
   flp_kek_cleanup(&key->kek);
   flp_wipe(key, sizeof *key);
   free(key);
}

void flp_names_destroy(flp_buf_t *names, size_t n_names)
{
   for (size_t i = 0; i < n_names; i++) {
      flp_buf_cleanup(&names[i]);
   }
   free(names);
}
