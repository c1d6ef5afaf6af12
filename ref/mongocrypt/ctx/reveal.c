/* Finalize of a decrypt context. All tags are checked before anything is decrypted, and all short values are opened and checked apart.
 * Then the output takes the place of the input, in the one block of memory that holds it: what is opened is shorter than what was
 * sealed, so the writer never overtakes the reader. Long values are decrypted where they will stand. Lengths of the documents around
 * are set last. The output is given out only when all of it is right. */
#include "ref/mongocrypt/bson_check.h"
#include "ref/mongocrypt/crypto/aead.h"
#include "ref/mongocrypt/ctx/kinds.h"
#include "ref/mongocrypt/ctx/seal.h"
#include "ref/mongocrypt/errors.h"

#include <stdlib.h>
#include <string.h>

/* Frame of the document that an opened value is checked in: length, type, empty name. It is written into the room before the value. */
#define FRAME_LEN 6u

/* What the functions here work with. */
typedef struct {
   mongocrypt_ctx_t *ctx;
   flp_crypto_state_t *state;
   flp_open_item_t *items;
} work_t;

/* From places to items. Returns how many there are before the first that says that its value has type 0. */
static size_t make_items(const mongocrypt_ctx_t *ctx, flp_open_item_t *items)
{
   for (size_t i = 0; i < ctx->of.decrypt.sites.n; i++) {
      const flp_site_t *site = &ctx->of.decrypt.sites.items[i];
      const uint8_t *blob = ctx->input.data + site->value_at + FLP_BINARY_HEAD_LEN;
      size_t blob_len = site->value_len - FLP_BINARY_HEAD_LEN;
      const flp_data_key_t *key = site->request->key;
      if (blob[FLP_BLOB_TYPE_AT] == 0) {
         return i;
      }
      items[i] = (flp_open_item_t){
         .key = key->secret,
         .label = {.what = "value", .key_id = key->id},
         .associated = flp_view(blob, FLP_BLOB_HEAD_LEN),
         .sealed = flp_view(blob + FLP_BLOB_HEAD_LEN, blob_len - FLP_BLOB_HEAD_LEN),
         .may_wait = true,
      };
   }
   return ctx->of.decrypt.sites.n;
}

static uint8_t type_of(const flp_open_item_t *item)
{
   return item->associated.data[FLP_BLOB_TYPE_AT];
}

/* Is what was opened a value of its type? A frame is put around it: FRAME_LEN bytes before and one behind are overwritten. The length of
 * the value may be less than that of the plaintext: of surplus elements nothing is kept [LAX]. */
static bool check_value(const flp_open_item_t *item, uint8_t type, uint8_t *plain, size_t *value_len, flp_status_t *status)
{
   uint8_t *frame = plain - FRAME_LEN;
   size_t len = FRAME_LEN + item->plain_len + 1;
   flp_write_u32_le(frame, (uint32_t)len);
   frame[4] = type;
   frame[5] = 0;
   plain[item->plain_len] = 0;

   flp_bson_walk_t walk;
   flp_bson_element_t element;
   bool more = flp_bson_walk_init(&walk, flp_view(frame, len)) && flp_bson_walk_next(&walk, &element);
   *value_len = more ? element.value.len : 0;
   while (more) {
      more = flp_bson_walk_next(&walk, &element);
   }
   if (walk.limit) {
      return flp_bson_refuse(&walk, FLP_VALUE_MALFORMED, "value", status);
   }
   if (walk.reason) {
      return flp_error(status, FLP_VALUE_MALFORMED,
                       FLP_FACTS(flp_fact_text("reason", walk.reason), flp_fact_uuid("key_id", item->label.key_id)));
   }
   return true;
}

static bool check_values(const work_t *work)
{
   for (size_t i = 0; i < work->ctx->of.decrypt.sites.n; i++) {
      flp_open_item_t *item = &work->items[i];
      size_t value_len = 0;
      if (item->waits) {
         continue;
      }
      if (!check_value(item, type_of(item), item->plain, &value_len, &work->ctx->status)) {
         return false;
      }
      item->plain_len = value_len;
   }
   return true;
}

/* Decrypts a long value to where it will stand. The bytes before it are already output and are put back; the byte behind it belongs to
 * what the reader has passed. Its blob is overwritten, so the type comes from the caller. */
static bool open_in_place(work_t *work, const flp_open_item_t *item, uint8_t type, uint8_t *to, size_t *value_len)
{
   uint8_t before[FRAME_LEN];
   if (!flp_aead_open_waiting(work->state, item, to, &work->ctx->status)) {
      return false;
   }
   memcpy(before, to - FRAME_LEN, FRAME_LEN);
   bool ok = check_value(item, type, to, value_len, &work->ctx->status);
   memcpy(to - FRAME_LEN, before, FRAME_LEN);
   if (ok) {
      flp_wipe(to + *value_len, item->plain_len - *value_len); /* surplus: what is written next may not cover it */
   }
   return ok;
}

/* Moves bytes down; returns what follows them. */
static uint8_t *put(uint8_t *to, const uint8_t *from, size_t len)
{
   if (to != from && len > 0) {
      memmove(to, from, len);
   }
   return to + len;
}

static bool put_value(work_t *work, const flp_open_item_t *item, uint8_t type, uint8_t *to, size_t *value_len)
{
   if (item->waits) {
      return open_in_place(work, item, type, to, value_len);
   }
   put(to, item->plain, item->plain_len);
   *value_len = item->plain_len;
   return true;
}

static bool lay_out(work_t *work)
{
   mongocrypt_ctx_t *ctx = work->ctx;
   uint8_t *to = ctx->input.data;
   const uint8_t *from = to;
   flp_sites_t *sites = &ctx->of.decrypt.sites;
   size_t container = 0;
   for (size_t i = 0; i < sites->n; i++) {
      const flp_site_t *site = &sites->items[i];
      const uint8_t *element = ctx->input.data + site->at;
      const uint8_t *value = ctx->input.data + site->value_at;
      const uint8_t type = type_of(&work->items[i]);
      size_t value_len = 0;
      to = put(to, from, (size_t)(element - from));
      container = flp_sites_note_moves(sites, container, i, to - element);
      *to = type;
      to = put(to + 1, element + 1, (size_t)(value - element - 1)); /* the name */
      if (!put_value(work, &work->items[i], type, to, &value_len)) {
         return false;
      }
      to += value_len;
      from = value + site->value_len;
      sites->containers[site->container].grows += (int64_t)value_len - (int64_t)site->value_len;
   }
   to = put(to, from, (size_t)(ctx->input.data + ctx->input.len - from));
   flp_sites_set_lengths(sites, ctx->input.data);
   ctx->input.len = (size_t)(to - ctx->input.data); /* what is left behind it is ciphertext */
   return true;
}

/* Wipes what long values left with their items. */
static void wipe_items(flp_open_item_t *items, size_t n_items)
{
   for (size_t i = 0; i < n_items; i++) {
      if (items[i].waits) {
         flp_wipe(items[i].last, sizeof items[i].last);
      }
   }
}

static bool open_all(work_t *work)
{
   mongocrypt_ctx_t *ctx = work->ctx;
   const size_t n_sites = ctx->of.decrypt.sites.n;
   const size_t n_items = make_items(ctx, work->items);
   flp_buf_t arena = {0};
   bool ok = n_items == 0 || flp_aead_open(work->state, work->items, n_items, &arena, &ctx->status);
   if (ok && n_items < n_sites) {
      const uint8_t *key_id = ctx->of.decrypt.sites.items[n_items].request->key->id;
      ok = flp_error(&ctx->status, FLP_E221, FLP_FACTS(flp_fact_text("reason", "type"), flp_fact_uuid("key_id", key_id)));
   }
   ok = ok && check_values(work);
   if (ok) {
      ctx->of.decrypt.revealed = true; /* from here on the input is no input any more */
      ok = lay_out(work);
   }
   wipe_items(work->items, n_items);
   flp_buf_cleanup(&arena);
   return ok;
}

/* One value needs no list of items on the heap. */
#define FEW 1u

FLP_ACTION(finish_decrypt)
{
   flp_open_item_t few[FEW];
   const size_t n_sites = ctx->of.decrypt.sites.n;
   if (n_sites == 0) {
      *io->out = flp_view_of(&ctx->input);
      return true;
   }
   work_t work = {.ctx = ctx, .items = n_sites <= FEW ? few : malloc(n_sites * sizeof(flp_open_item_t))};
   if (!work.items) {
      return flp_error_memory(&ctx->status, "values", n_sites * sizeof(flp_open_item_t));
   }
   work.state = flp_crypto_take(&ctx->crypt->crypto, &ctx->status);
   const bool ok = work.state && open_all(&work);
   flp_crypto_give(&ctx->crypt->crypto, work.state);
   if (work.items != few) {
      free(work.items);
   }
   if (ok) {
      *io->out = flp_view_of(&ctx->input);
   }
   return ok;
}
