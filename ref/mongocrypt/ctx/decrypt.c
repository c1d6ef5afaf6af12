/* Decrypts a document, or one value: the init walks the input once, checks it, and notes every place where a value is to be opened.
 * What is done with the places at finalize is in reveal.c. Rules DEC-1 to DEC-8. */
#include "ref/mongocrypt/bson_check.h"
#include "ref/mongocrypt/ctx/kinds.h"
#include "ref/mongocrypt/ctx/seal.h"
#include "ref/mongocrypt/errors.h"

/* What a first byte of a binary of subtype 6 means for decryption; all others are left as they are. */
typedef enum { PASS, OPEN, QUERYABLE } treatment_t;

static const treatment_t treatments[] = {
   [1] = OPEN,       [2] = OPEN,       [4] = QUERYABLE,  [6] = QUERYABLE,  [7] = QUERYABLE,  [9] = QUERYABLE,
   [11] = QUERYABLE, [14] = QUERYABLE, [15] = QUERYABLE, [16] = QUERYABLE, [17] = QUERYABLE,
};

/* For flp_sites_collect. */
static bool judge(void *user, flp_view_t blob, flp_key_request_t **request, flp_status_t *status)
{
   mongocrypt_ctx_t *ctx = user;
   const uint8_t kind = blob.data[0];
   switch (kind < sizeof treatments / sizeof treatments[0] ? treatments[kind] : PASS) {
   case PASS:
      return true;
   case QUERYABLE:
      return flp_error(status, FLP_UNSUPPORTED, FLP_FACTS(flp_fact_text("feature", "queryable")));
   case OPEN:
      break;
   }
   if (blob.len < FLP_BLOB_MIN) {
      return flp_error(status, FLP_E144, FLP_FACTS(flp_fact_text("reason", "too_small"), flp_fact_int("length", (int64_t)blob.len)));
   }
   return flp_broker_request(&ctx->broker, FLP_INDEX_ID, flp_view(blob.data + FLP_BLOB_ID_AT, FLP_UUID_LEN), request, status);
}

static bool copy_and_collect(mongocrypt_ctx_t *ctx, flp_view_t doc, flp_error_t malformed, const char *what)
{
   if (doc.len > FLP_MAX_DOCUMENT_LEN) {
      return flp_bson_check(doc, malformed, what, &ctx->status); /* refused before memory is taken for it */
   }
   if (!flp_buf_copy(&ctx->input, doc)) {
      return flp_error_memory(&ctx->status, what, doc.len);
   }
   const flp_sites_rule_t rule = {.malformed = malformed, .what = what, .judge = judge, .user = ctx};
   return flp_sites_collect(&ctx->of.decrypt.sites, flp_view_of(&ctx->input), &rule, &ctx->status);
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
      flp_sites_cleanup(&ctx->of.decrypt.sites);
   }
}
