/* Opening many sealed texts: check every tag, then decrypt. Texts of one key stand side by side in the arena as IV || S and go through
 * the cipher in one call; what comes out in place of each IV is garbage, because CBC decrypts a block with the one before it, and is
 * the room before the plaintext. Formats sheet 1.4; padding is read as leniently as the official library does ([LAX] there). */
#include "ref/mongocrypt/crypto/aead.h"
#include "ref/mongocrypt/crypto/layout.h"
#include "ref/mongocrypt/errors.h"

#include <stdlib.h>
#include <string.h>

/* From here on a copy into the arena costs more than a call of the cipher. */
#define ALONE_MIN 4096u
#define PIECE_LEN 16384u /* a multiple of the block that fits into a first-level cache */

typedef enum { OPEN_OK, OPEN_SHORT, OPEN_TAG, OPEN_BLOCKS, OPEN_PADDING } defect_t;

static flp_view_t iv_and_body(const flp_open_item_t *item)
{
   return flp_view(item->sealed.data, item->sealed.len - FLP_TAG_LEN);
}

static size_t body_len(const flp_open_item_t *item)
{
   return item->sealed.len - FLP_TAG_LEN - FLP_BLOCK_LEN;
}

static bool fail(const flp_open_item_t *item, defect_t defect, flp_status_t *status)
{
   const flp_open_label_t *label = &item->label;
   const flp_fact_t key_id = flp_fact_uuid("key_id", label->key_id);
   const flp_fact_t provider = {.name = "provider", .kind = FLP_FACT_VIEW, .view = label->provider};
   const flp_fact_t length = flp_fact_int("length", (int64_t)item->sealed.len);
   switch (defect) {
   case OPEN_SHORT:
      return flp_error(status, FLP_E220, FLP_FACTS(flp_fact_text("reason", "too_small"), length, key_id));
   case OPEN_TAG:
      return flp_error(status, FLP_E219, FLP_FACTS(flp_fact_text("what", label->what), key_id, provider));
   case OPEN_BLOCKS:
      return flp_error(status, FLP_BLOCK_SIZE, FLP_FACTS(flp_fact_text("reason", "block_size"), length, key_id));
   case OPEN_PADDING:
      return flp_error(status, FLP_PADDING_MALFORMED, FLP_FACTS(flp_fact_text("reason", "padding"), length, key_id));
   case OPEN_OK:
      break;
   }
   return true;
}

/* False only when the back end failed. */
static bool verify(flp_crypto_state_t *state, const flp_open_item_t *item, defect_t *defect, flp_status_t *status)
{
   if (item->sealed.len < FLP_SEALED_MIN) {
      *defect = OPEN_SHORT;
      return true;
   }
   uint8_t mac[FLP_MAC_LEN];
   if (!flp_aead_tag(state, item->key, item->associated, iv_and_body(item), mac, status)) {
      return false;
   }
   bool fits = flp_secret_equal(mac, item->sealed.data + item->sealed.len - FLP_TAG_LEN, FLP_TAG_LEN);
   flp_wipe(mac, sizeof mac);
   if (!fits) {
      *defect = OPEN_TAG;
   } else {
      *defect = body_len(item) % FLP_BLOCK_LEN == 0 ? OPEN_OK : OPEN_BLOCKS;
   }
   return true;
}

/* Items in the order of work: those of one key together, so that keys are loaded once. */
static int by_key(const void *a, const void *b)
{
   const flp_open_item_t *x = *(flp_open_item_t *const *)a;
   const flp_open_item_t *y = *(flp_open_item_t *const *)b;
   if (x->key != y->key) {
      return (uintptr_t)x->key < (uintptr_t)y->key ? -1 : 1;
   }
   return x < y ? -1 : x > y;
}

static void arrange(flp_open_item_t *items, size_t n_items, flp_open_item_t **order)
{
   bool one_key = true;
   for (size_t i = 0; i < n_items; i++) {
      order[i] = &items[i];
      one_key = one_key && items[i].key == items[0].key;
   }
   if (!one_key) {
      qsort(order, n_items, sizeof(flp_open_item_t *), by_key);
   }
}

static bool verify_all(flp_crypto_state_t *state, flp_open_item_t **order, size_t n_items, flp_status_t *status)
{
   const flp_open_item_t *first = NULL;
   defect_t first_defect = OPEN_OK;
   for (size_t i = 0; i < n_items; i++) {
      defect_t defect = OPEN_OK;
      if (!verify(state, order[i], &defect, status)) {
         return false;
      }
      if (defect != OPEN_OK && (!first || order[i] < first)) {
         first = order[i];
         first_defect = defect;
      }
   }
   return first ? fail(first, first_defect, status) : true;
}

/* Gives every item its place, in the order of work, and one byte of room behind the last. */
static bool make_arena(const flp_crypto_state_t *state, flp_open_item_t **order, size_t n_items, flp_buf_t *arena, flp_status_t *status)
{
   size_t len = 1;
   for (size_t i = 0; i < n_items; i++) {
      order[i]->waits = order[i]->may_wait && flp_crypto_batches(state) && body_len(order[i]) >= ALONE_MIN;
      len += order[i]->waits ? 0 : FLP_OPEN_MARGIN + body_len(order[i]);
   }
   if (!flp_buf_reserve(arena, len)) {
      return flp_error_memory(status, "opened values", len);
   }
   arena->len = len; /* all of it is wiped on cleanup */
   uint8_t *at = arena->data;
   for (size_t i = 0; i < n_items; i++) {
      if (!order[i]->waits) {
         order[i]->plain = at + FLP_OPEN_MARGIN;
         at += FLP_OPEN_MARGIN + body_len(order[i]);
      }
   }
   return true;
}

/* The last block says how long the plaintext is; the one before it is its IV. */
static bool decrypt_last(flp_crypto_state_t *state, flp_open_item_t *item, flp_status_t *status)
{
   const uint8_t *last = item->sealed.data + item->sealed.len - FLP_TAG_LEN - FLP_BLOCK_LEN;
   return flp_crypto_cbc_decrypt(state, item->key + FLP_ENC_KEY_AT, last - FLP_BLOCK_LEN, flp_view(last, FLP_BLOCK_LEN), item->last,
                                 status);
}

/* Piece by piece, so that each is moved and decrypted while it is near. The cipher goes on from piece to piece by itself. */
bool flp_aead_open_waiting(flp_crypto_state_t *state, const flp_open_item_t *item, uint8_t *out, flp_status_t *status)
{
   const uint8_t *from = item->sealed.data + FLP_BLOCK_LEN;
   size_t left = body_len(item) - FLP_BLOCK_LEN;
   const size_t tail = item->plain_len - left;
   uint8_t first_iv[FLP_BLOCK_LEN];
   const uint8_t *iv = memcpy(first_iv, item->sealed.data, FLP_BLOCK_LEN); /* the first piece may be moved over it */
   while (left > 0) {
      size_t n = left < PIECE_LEN ? left : PIECE_LEN;
      memmove(out, from, n);
      if (!flp_crypto_cbc_decrypt(state, item->key + FLP_ENC_KEY_AT, iv, flp_view(out, n), out, status)) {
         return false;
      }
      iv = NULL;
      out += n;
      from += n;
      left -= n;
   }
   memcpy(out, item->last, tail);
   return true;
}

static bool decrypt_alone(flp_crypto_state_t *state, const flp_open_item_t *item, flp_status_t *status)
{
   return flp_crypto_cbc_decrypt(state, item->key + FLP_ENC_KEY_AT, item->sealed.data,
                                 flp_view(item->sealed.data + FLP_BLOCK_LEN, body_len(item)), item->plain, status);
}

static bool goes_alone(const flp_crypto_state_t *state, const flp_open_item_t *item)
{
   return !flp_crypto_batches(state) || body_len(item) >= ALONE_MIN;
}

/* Decrypts items from `from` that share a key and stand side by side; returns how many, or 0 on failure. */
static size_t decrypt_run(flp_crypto_state_t *state, flp_open_item_t **order, size_t from, size_t n_items, flp_status_t *status)
{
   if (order[from]->waits) {
      return decrypt_last(state, order[from], status) ? 1 : 0;
   }
   if (goes_alone(state, order[from])) {
      return decrypt_alone(state, order[from], status) ? 1 : 0;
   }
   uint8_t *start = order[from]->plain - FLP_OPEN_MARGIN;
   uint8_t *end = start;
   size_t n = 0;
   while (from + n < n_items && order[from + n]->key == order[from]->key && !goes_alone(state, order[from + n])) {
      flp_view_t in = iv_and_body(order[from + n]);
      memcpy(end, in.data, in.len);
      end += in.len;
      n++;
   }
   const flp_view_t run = flp_view(start, (size_t)(end - start));
   return flp_crypto_cbc_decrypt(state, order[from]->key + FLP_ENC_KEY_AT, NULL, run, start, status) ? n : 0;
}

static bool strip_padding(flp_open_item_t *items, size_t n_items, flp_status_t *status)
{
   for (size_t i = 0; i < n_items; i++) {
      size_t len = body_len(&items[i]);
      uint8_t padding = items[i].waits ? items[i].last[FLP_BLOCK_LEN - 1] : items[i].plain[len - 1];
      if (padding > FLP_BLOCK_LEN) {
         return fail(&items[i], OPEN_PADDING, status);
      }
      items[i].plain_len = len - padding;
   }
   return true;
}

bool flp_aead_open(flp_crypto_state_t *state, flp_open_item_t *items, size_t n_items, flp_buf_t *arena, flp_status_t *status)
{
   bool ok = false;
   flp_open_item_t *one = NULL;
   flp_open_item_t **order = n_items > 1 ? malloc(n_items * sizeof(flp_open_item_t *)) : &one;
   if (!order) {
      return flp_error_memory(status, "order of values", n_items * sizeof(flp_open_item_t *));
   }
   arrange(items, n_items, order);
   if (!verify_all(state, order, n_items, status) || !make_arena(state, order, n_items, arena, status)) {
      goto done;
   }
   for (size_t i = 0; i < n_items;) {
      size_t n = decrypt_run(state, order, i, n_items, status);
      if (n == 0) {
         goto done;
      }
      i += n;
   }
   ok = strip_padding(items, n_items, status);
done:
   if (!ok) {
      flp_buf_cleanup(arena);
   }
   if (order != &one) {
      free(order);
   }
   return ok;
}
