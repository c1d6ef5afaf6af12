/* Finalize of a decrypt context. All tags are checked and all values opened before the output exists; then its exact size is known,
 * and it is laid out once: bytes between the places are copied, values are put in place, lengths of the documents around are set. */
#include "ref/mongocrypt/crypto/aead.h"
#include "ref/mongocrypt/ctx/kinds.h"
#include "ref/mongocrypt/ctx/sites.h"
#include "ref/mongocrypt/errors.h"

#include <stdlib.h>
#include <string.h>

/* Frame of the document that an opened value is checked in: length, type, empty name. It is written into the room before the value. */
#define FRAME_LEN 6u

/* From places to items. Returns how many there are before the first that says that its value has type 0. */
static size_t make_items(const mongocrypt_ctx_t *ctx, flp_open_item_t *items)
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
      };
   }
   return ctx->of.decrypt.n_sites;
}

static bool open_items(mongocrypt_ctx_t *ctx, flp_open_item_t *items, size_t n_items, flp_buf_t *arena)
{
   flp_crypto_t *crypto = &ctx->crypt->crypto;
   flp_crypto_state_t *state = flp_crypto_take(crypto, &ctx->status);
   bool ok = state && flp_aead_open(state, items, n_items, arena, &ctx->status);
   flp_crypto_give(crypto, state);
   return ok;
}

/* Is what was opened a value of its type? `plain_len` becomes the length of the value: of surplus elements nothing is kept [LAX]. */
static bool check_value(flp_open_item_t *item, uint8_t type, flp_status_t *status)
{
   uint8_t *frame = item->plain - FRAME_LEN;
   size_t len = FRAME_LEN + item->plain_len + 1;
   flp_write_u32_le(frame, (uint32_t)len);
   frame[4] = type;
   frame[5] = 0;
   item->plain[item->plain_len] = 0;

   flp_bson_walk_t walk;
   flp_bson_element_t element;
   bool more = flp_bson_walk_init(&walk, flp_view(frame, len)) && flp_bson_walk_next(&walk, &element);
   if (more) {
      item->plain_len = element.value.len;
   }
   while (more) {
      more = flp_bson_walk_next(&walk, &element);
   }
   if (walk.limit) {
      return flp_error(status, FLP_LIMIT_EXCEEDED, FLP_FACTS(flp_fact_text("limit", walk.limit)));
   }
   if (walk.reason) {
      return flp_error(status, FLP_VALUE_MALFORMED,
                       FLP_FACTS(flp_fact_text("reason", walk.reason), flp_fact_uuid("key_id", item->label.key_id)));
   }
   return true;
}

static bool check_values(mongocrypt_ctx_t *ctx, flp_open_item_t *items)
{
   for (size_t i = 0; i < ctx->of.decrypt.n_sites; i++) {
      if (!check_value(&items[i], items[i].associated.data[FLP_BLOB_TYPE_AT], &ctx->status)) {
         return false;
      }
   }
   return true;
}

static int64_t growth(const flp_site_t *site, const flp_open_item_t *item)
{
   return (int64_t)item->plain_len - (int64_t)site->value_len;
}

/* How much every container grows; the outermost includes all. */
static void sum_growth(mongocrypt_ctx_t *ctx, const flp_open_item_t *items)
{
   flp_container_t *containers = ctx->of.decrypt.containers;
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

static bool lay_out(mongocrypt_ctx_t *ctx, const flp_open_item_t *items)
{
   sum_growth(ctx, items);
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
      const uint8_t *element = ctx->input.data + site->at;
      const uint8_t *value = ctx->input.data + site->value_at;
      to = put(to, from, (size_t)(element - from));
      container = write_lengths(ctx, container, (uint32_t)i, shift);
      to = put(to, &items[i].associated.data[FLP_BLOB_TYPE_AT], 1);
      to = put(to, element + 1, (size_t)(value - element - 1)); /* the name */
      to = put(to, items[i].plain, items[i].plain_len);
      from = value + site->value_len;
      shift += growth(site, &items[i]);
   }
   put(to, from, (size_t)(ctx->input.data + ctx->input.len - from));
   return true;
}

static bool reveal(mongocrypt_ctx_t *ctx)
{
   bool ok = false;
   flp_buf_t arena = {0};
   size_t n_sites = ctx->of.decrypt.n_sites;
   flp_open_item_t *items = calloc(n_sites, sizeof *items);
   if (!items) {
      return flp_error_memory(&ctx->status, "values", n_sites * sizeof *items);
   }
   size_t n_items = make_items(ctx, items);
   if (n_items > 0 && !open_items(ctx, items, n_items, &arena)) {
      goto done;
   }
   if (n_items < n_sites) {
      flp_error(&ctx->status, FLP_E221,
                FLP_FACTS(flp_fact_text("reason", "type"), flp_fact_uuid("key_id", ctx->of.decrypt.sites[n_items].request->key->id)));
      goto done;
   }
   ok = check_values(ctx, items) && lay_out(ctx, items);
done:
   flp_buf_cleanup(&arena);
   free(items);
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
