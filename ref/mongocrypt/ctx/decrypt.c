/* Decrypts a document, or one value: the init walks the input once, checks it, and notes every place where a value is to be opened.
 * What is done with the places at finalize is in reveal.c. Rules DEC-1 to DEC-8. */
#include "ref/mongocrypt/bson_check.h"
#include "ref/mongocrypt/ctx/kinds.h"
#include "ref/mongocrypt/ctx/sites.h"
#include "ref/mongocrypt/errors.h"

#include <stdlib.h>

#define NO_CONTAINER UINT32_MAX

/* What a first byte of a binary of subtype 6 means for decryption; all others are left as they are. */
typedef enum { PASS, OPEN, QUERYABLE } treatment_t;

static const treatment_t treatments[] = {
   [1] = OPEN,       [2] = OPEN,       [4] = QUERYABLE,  [6] = QUERYABLE,  [7] = QUERYABLE,  [9] = QUERYABLE,
   [11] = QUERYABLE, [14] = QUERYABLE, [15] = QUERYABLE, [16] = QUERYABLE, [17] = QUERYABLE,
};

static treatment_t treatment_of(const flp_bson_element_t *element, flp_view_t *blob)
{
   uint8_t subtype = 0;
   if (element->type != FLP_BSON_BINARY || element->in_scope) {
      return PASS;
   }
   *blob = flp_bson_binary_view(element->value, &subtype);
   if (subtype != 6 || blob->len == 0 || blob->data[0] >= sizeof treatments / sizeof treatments[0]) {
      return PASS;
   }
   return treatments[blob->data[0]];
}

/* The documents that are open during the walk. One becomes a container once a place is found inside. */
typedef struct {
   uint32_t at;
   uint32_t container;
} open_t;

/* Makes room for one more. False when memory is short. */
static bool grow(void **items, size_t *cap, size_t n, size_t size)
{
   if (n < *cap) {
      return true;
   }
   size_t bigger = *cap == 0 ? 16 : *cap * 2;
   void *moved = realloc(*items, bigger * size);
   if (!moved) {
      return false;
   }
   *items = moved;
   *cap = bigger;
   return true;
}

static bool add_container(mongocrypt_ctx_t *ctx, open_t *open, uint32_t parent)
{
   void *items = ctx->of.decrypt.containers;
   if (!grow(&items, &ctx->of.decrypt.cap_containers, ctx->of.decrypt.n_containers, sizeof(flp_container_t))) {
      return flp_error_memory(&ctx->status, "places to open", sizeof(flp_container_t));
   }
   ctx->of.decrypt.containers = items;
   open->container = (uint32_t)ctx->of.decrypt.n_containers;
   ctx->of.decrypt.containers[open->container] =
      (flp_container_t){.at = open->at, .parent = parent, .first_site = (uint32_t)ctx->of.decrypt.n_sites};
   ctx->of.decrypt.n_containers++;
   return true;
}

/* Every open document down to `depth` becomes a container. */
static bool add_containers(mongocrypt_ctx_t *ctx, open_t *open, uint32_t depth)
{
   uint32_t known = depth;
   while (known > 0 && open[known].container == NO_CONTAINER) {
      known--;
   }
   for (uint32_t at = known + 1; at <= depth; at++) {
      if (!add_container(ctx, &open[at], at == 1 ? 0 : open[at - 1].container)) {
         return false;
      }
   }
   return true;
}

static bool add_site(mongocrypt_ctx_t *ctx, const flp_bson_element_t *element, flp_view_t blob, open_t *open)
{
   if (blob.len < FLP_BLOB_MIN) {
      return flp_error(&ctx->status, FLP_E144, FLP_FACTS(flp_fact_text("reason", "too_small"), flp_fact_int("length", (int64_t)blob.len)));
   }
   void *items = ctx->of.decrypt.sites;
   if (!grow(&items, &ctx->of.decrypt.cap_sites, ctx->of.decrypt.n_sites, sizeof(flp_site_t))) {
      return flp_error_memory(&ctx->status, "places to open", sizeof(flp_site_t));
   }
   ctx->of.decrypt.sites = items;
   flp_key_request_t *request = NULL;
   if (!add_containers(ctx, open, element->depth) ||
       !flp_broker_request(&ctx->broker, FLP_INDEX_ID, flp_view(blob.data + FLP_BLOB_ID_AT, FLP_UUID_LEN), &request, &ctx->status)) {
      return false;
   }
   ctx->of.decrypt.sites[ctx->of.decrypt.n_sites] = (flp_site_t){
      .at = element->offset,
      .value_at = (uint32_t)(element->value.data - ctx->input.data),
      .value_len = (uint32_t)element->value.len,
      .container = open[element->depth].container,
      .request = request,
   };
   ctx->of.decrypt.n_sites++;
   return true;
}

static bool opens_document(const flp_bson_element_t *element)
{
   return element->type == FLP_BSON_DOCUMENT || element->type == FLP_BSON_ARRAY;
}

/* Walks the input: valid BSON, and every place noted. */
static bool collect(mongocrypt_ctx_t *ctx, flp_error_t malformed, const char *what)
{
   flp_bson_walk_t walk;
   flp_bson_element_t element;
   open_t open[FLP_MAX_DOCUMENT_DEPTH + 2];
   open[0] = (open_t){.container = 0}; /* ends the search for a known one */
   open[1] = (open_t){.at = 0, .container = NO_CONTAINER};
   bool more = flp_bson_walk_init(&walk, flp_view_of(&ctx->input));
   while (more) {
      more = flp_bson_walk_next(&walk, &element);
      if (!more || element.type == FLP_BSON_END) {
         continue;
      }
      if (opens_document(&element)) {
         uint32_t at = (uint32_t)(element.value.data - ctx->input.data);
         open[element.depth + 1] = (open_t){.at = at, .container = NO_CONTAINER};
         continue;
      }
      flp_view_t blob = {0};
      treatment_t treatment = treatment_of(&element, &blob);
      if (treatment == QUERYABLE) {
         return flp_error(&ctx->status, FLP_UNSUPPORTED, FLP_FACTS(flp_fact_text("feature", "queryable")));
      }
      if (treatment == OPEN && !add_site(ctx, &element, blob, open)) {
         return false;
      }
   }
   return walk.reason ? flp_bson_refuse(&walk, malformed, what, &ctx->status) : true;
}

static bool copy_and_collect(mongocrypt_ctx_t *ctx, flp_view_t doc, flp_error_t malformed, const char *what)
{
   if (doc.len > FLP_MAX_DOCUMENT_LEN) {
      return flp_bson_check(doc, malformed, what, &ctx->status); /* refused before memory is taken for it */
   }
   if (!flp_buf_copy(&ctx->input, doc)) {
      return flp_error_memory(&ctx->status, what, doc.len);
   }
   return collect(ctx, malformed, what);
}

static bool init(mongocrypt_ctx_t *ctx, flp_view_t doc, flp_error_t malformed, const char *what)
{
   return copy_and_collect(ctx, doc, malformed, what) ? flp_ctx_start(ctx) : flp_ctx_fail(ctx);
}

bool flp_ctx_decrypt_init(mongocrypt_ctx_t *ctx, flp_view_t doc)
{
   if (!flp_ctx_begin(ctx, FLP_CTX_DECRYPT, FLP_INIT_DECRYPT)) {
      return false;
   }
   return doc.data ? init(ctx, doc, FLP_E143, "doc") : flp_ctx_refuse_null(ctx, FLP_E142, "decrypt_init", "doc");
}

static bool check_message(flp_view_t msg, flp_status_t *status)
{
   flp_bson_element_t v;
   uint8_t subtype = 0;
   if (!flp_bson_check_find(msg, "v", &v, FLP_E138, "msg", status)) {
      return false;
   }
   if (v.type == FLP_BSON_END) {
      return flp_error(status, FLP_E139,
                       FLP_FACTS(flp_fact_text("what", "msg"), flp_fact_text("field", "v"), flp_fact_text("got", "absent")));
   }
   if (v.type != FLP_BSON_BINARY) {
      return flp_error(status, FLP_E140,
                       FLP_FACTS(flp_fact_text("what", "msg"), flp_fact_text("field", "v"), flp_fact_text("want", "binData"),
                                 flp_fact_text("got", flp_bson_type_name(v.type))));
   }
   flp_view_t blob = flp_bson_binary_view(v.value, &subtype);
   if (subtype != 6) {
      return flp_error(status, FLP_E141, FLP_FACTS(flp_fact_text("reason", "subtype"), flp_fact_int("length", (int64_t)blob.len)));
   }
   return true;
}

/* Here the message is checked before the context counts as initialised (CTX-3), and its defect is told whatever was before. */
bool flp_ctx_explicit_decrypt_init(mongocrypt_ctx_t *ctx, flp_view_t msg)
{
   flp_status_t found;
   flp_status_reset(&found);
   if (!msg.data) {
      return flp_ctx_refuse_null(ctx, FLP_E137, "explicit_decrypt_init", "msg");
   }
   if (!check_message(msg, &found)) {
      flp_status_copy(&ctx->status, &found);
      return flp_ctx_fail(ctx);
   }
   return flp_ctx_begin(ctx, FLP_CTX_DECRYPT, FLP_INIT_EXPLICIT_DECRYPT) && init(ctx, msg, FLP_E138, "msg");
}

void flp_decrypt_cleanup(mongocrypt_ctx_t *ctx)
{
   if (ctx->kind == FLP_CTX_DECRYPT) {
      if (!ctx->of.decrypt.revealed) {
         ctx->input.len = 0; /* nothing in it was ever secret: not worth a pass over 16 MiB */
      }
      free(ctx->of.decrypt.sites);
      free(ctx->of.decrypt.containers);
      ctx->of.decrypt.sites = NULL;
      ctx->of.decrypt.containers = NULL;
   }
}
