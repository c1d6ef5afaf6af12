/* Finalize of a decrypt context. All tags are checked before anything is decrypted, and all short values are opened before the output
 * exists; then its exact size is known, and it is laid out once: bytes between the places are copied, values are put in place (long
 * ones are decrypted there), lengths of the documents around are set. It is given out only when all of it is right. */
#include "ref/mongocrypt/bson_check.h"
#include "ref/mongocrypt/crypto/aead.h"
#include "ref/mongocrypt/ctx/kinds.h"
#include "ref/mongocrypt/ctx/sites.h"
#include "ref/mongocrypt/errors.h"

#include <stdlib.h>
#include <string.h>

/* Frame of the document that an opened value is checked in: length, type, empty name. It is written into the room before the value. */
#define FRAME_LEN 6u

/* What one attempt works with. */
typedef struct {
   mongocrypt_ctx_t *ctx;
   flp_crypto_state_t *state;
   flp_open_item_t *items;
   bool surplus; /* a long value turned out shorter than its plaintext: the size of the output was wrong */
} attempt_t;

/* From places to items. Returns how many there are before the first that says that its value has type 0. */
static size_t make_items(const mongocrypt_ctx_t *ctx, flp_open_item_t *items, bool may_wait)
{
   for (size_t i = 0; i < ctx->of.decrypt.n_sites; i++) {
      const flp_site_t *site = &ctx->of.decrypt.sites[i];
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
         .may_wait = may_wait,
      };
   }
   return ctx->of.decrypt.n_sites;
}

static uint8_t type_of(const flp_open_item_t *item)
{
   return item->associated.data[FLP_BLOB_TYPE_AT];
}

/* Is what was opened a value of its type? A frame is put around it: FRAME_LEN bytes before and one behind are overwritten. The length of
 * the value may be less than that of the plaintext: of surplus elements nothing is kept [LAX]. */
static bool check_value(const flp_open_item_t *item, uint8_t *plain, size_t *value_len, flp_status_t *status)
{
   uint8_t *frame = plain - FRAME_LEN;
   size_t len = FRAME_LEN + item->plain_len + 1;
   flp_write_u32_le(frame, (uint32_t)len);
   frame[4] = type_of(item);
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

static bool check_values(const attempt_t *attempt)
{
   for (size_t i = 0; i < attempt->ctx->of.decrypt.n_sites; i++) {
      flp_open_item_t *item = &attempt->items[i];
      size_t value_len = 0;
      if (item->waits) {
         continue;
      }
      if (!check_value(item, item->plain, &value_len, &attempt->ctx->status)) {
         return false;
      }
      item->plain_len = value_len;
   }
   return true;
}

/* Decrypts a long value to where it stands in the output. The bytes before it are already there and are put back; what follows is
 * written later, and at least the closing byte of a document does. */
static bool open_in_place(attempt_t *attempt, const flp_open_item_t *item, uint8_t *to)
{
   uint8_t before[FRAME_LEN];
   size_t value_len = 0;
   if (!flp_aead_open_waiting(attempt->state, item, to, &attempt->ctx->status)) {
      return false;
   }
   memcpy(before, to - FRAME_LEN, FRAME_LEN);
   bool ok = check_value(item, to, &value_len, &attempt->ctx->status);
   memcpy(to - FRAME_LEN, before, FRAME_LEN);
   attempt->surplus = ok && value_len != item->plain_len;
   return ok && !attempt->surplus;
}

static int64_t growth(const flp_site_t *site, const flp_open_item_t *item)
{
   return (int64_t)item->plain_len - (int64_t)site->value_len;
}

/* How much every container grows; the outermost includes all. */
static void sum_growth(mongocrypt_ctx_t *ctx, const flp_open_item_t *items)
{
   flp_container_t *containers = ctx->of.decrypt.containers;
   for (size_t i = 0; i < ctx->of.decrypt.n_containers; i++) {
      containers[i].grows = 0;
   }
   for (size_t i = 0; i < ctx->of.decrypt.n_sites; i++) {
      const flp_site_t *site = &ctx->of.decrypt.sites[i];
      containers[site->container].grows += growth(site, &items[i]);
   }
   for (size_t i = ctx->of.decrypt.n_containers - 1; i > 0; i--) {
      containers[containers[i].parent].grows += containers[i].grows;
   }
}

static uint8_t *put(uint8_t *to, const void *bytes, size_t len)
{
   if (len > 0) {
      memcpy(to, bytes, len);
   }
   return to + len;
}

/* Writes the length of every container whose first place is `site`, now that it is known where they stand. */
static size_t write_lengths(const mongocrypt_ctx_t *ctx, size_t next, uint32_t site, int64_t shift)
{
   while (next < ctx->of.decrypt.n_containers && ctx->of.decrypt.containers[next].first_site == site) {
      const flp_container_t *container = &ctx->of.decrypt.containers[next];
      uint32_t old_len = flp_read_u32_le(ctx->input.data + container->at);
      flp_write_u32_le(ctx->output.data + ((int64_t)container->at + shift), (uint32_t)((int64_t)old_len + container->grows));
      next++;
   }
   return next;
}

static bool put_value(attempt_t *attempt, const flp_open_item_t *item, uint8_t **to)
{
   if (item->waits) {
      uint8_t *place = *to;
      *to += item->plain_len;
      return open_in_place(attempt, item, place);
   }
   *to = put(*to, item->plain, item->plain_len);
   return true;
}

static bool lay_out(attempt_t *attempt)
{
   mongocrypt_ctx_t *ctx = attempt->ctx;
   sum_growth(ctx, attempt->items);
   const size_t len = (size_t)((int64_t)ctx->input.len + ctx->of.decrypt.containers[0].grows);
   if (!flp_buf_reserve(&ctx->output, len)) {
      return flp_error_memory(&ctx->status, "decrypted document", len);
   }
   ctx->output.len = len;
   uint8_t *to = ctx->output.data;
   const uint8_t *from = ctx->input.data;
   size_t container = 0;
   int64_t shift = 0;
   for (size_t i = 0; i < ctx->of.decrypt.n_sites; i++) {
      const flp_site_t *site = &ctx->of.decrypt.sites[i];
      const flp_open_item_t *item = &attempt->items[i];
      const uint8_t type = type_of(item);
      const uint8_t *element = ctx->input.data + site->at;
      const uint8_t *value = ctx->input.data + site->value_at;
      to = put(to, from, (size_t)(element - from));
      container = write_lengths(ctx, container, (uint32_t)i, shift);
      to = put(to, &type, 1);
      to = put(to, element + 1, (size_t)(value - element - 1)); /* the name */
      if (!put_value(attempt, item, &to)) {
         return false;
      }
      from = value + site->value_len;
      shift += growth(site, item);
   }
   put(to, from, (size_t)(ctx->input.data + ctx->input.len - from));
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

static bool run_attempt(attempt_t *attempt, bool may_wait)
{
   mongocrypt_ctx_t *ctx = attempt->ctx;
   const size_t n_sites = ctx->of.decrypt.n_sites;
   const size_t n_items = make_items(ctx, attempt->items, may_wait);
   flp_buf_t arena = {0};
   bool ok = n_items == 0 || flp_aead_open(attempt->state, attempt->items, n_items, &arena, &ctx->status);
   if (ok && n_items < n_sites) {
      const uint8_t *key_id = ctx->of.decrypt.sites[n_items].request->key->id;
      ok = flp_error(&ctx->status, FLP_E221, FLP_FACTS(flp_fact_text("reason", "type"), flp_fact_uuid("key_id", key_id)));
   }
   ok = ok && check_values(attempt) && lay_out(attempt);
   if (!ok) {
      flp_buf_cleanup(&ctx->output);
   }
   wipe_items(attempt->items, n_items);
   flp_buf_cleanup(&arena);
   return ok;
}

/* One value needs no list of items on the heap. */
#define FEW 1u

static bool reveal(mongocrypt_ctx_t *ctx)
{
   flp_open_item_t few[FEW];
   const size_t n_sites = ctx->of.decrypt.n_sites;
   attempt_t attempt = {.ctx = ctx, .items = n_sites <= FEW ? few : malloc(n_sites * sizeof(flp_open_item_t))};
   bool ok = false;
   if (!attempt.items) {
      return flp_error_memory(&ctx->status, "values", n_sites * sizeof(flp_open_item_t));
   }
   attempt.state = flp_crypto_take(&ctx->crypt->crypto, &ctx->status);
   if (attempt.state) {
      ok = run_attempt(&attempt, true) || (attempt.surplus && run_attempt(&attempt, false));
   }
   flp_crypto_give(&ctx->crypt->crypto, attempt.state);
   if (attempt.items != few) {
      free(attempt.items);
   }
   return ok;
}

bool flp_decrypt_finalize(mongocrypt_ctx_t *ctx, flp_ctx_io_t *io)
{
   if (ctx->of.decrypt.n_sites == 0) {
      *io->out = flp_view_of(&ctx->input);
      return true;
   }
   if (!reveal(ctx)) {
      return false;
   }
   *io->out = flp_view_of(&ctx->output);
   return true;
}
