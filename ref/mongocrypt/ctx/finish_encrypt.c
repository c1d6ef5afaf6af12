/* Finalize of an encrypt context: the original command where there was nothing to do; else the analysed one with a ciphertext in the
 * place of each marking, in one allocation, and what the server needs beside it. API sheet 3.6, CMD-5. */
#include "ref/mongocrypt/ctx/kinds.h"
#include "ref/mongocrypt/ctx/seal.h"
#include "ref/mongocrypt/ctx/value.h"
#include "ref/mongocrypt/errors.h"
#include "ref/mongocrypt/schema/analysis.h"
#include "ref/mongocrypt/schema/marking.h"

#include <string.h>

/* `$db` as an element: type, name, length of the text, its NUL. */
static const char db_name[] = "$db";
#define DB_FRAME_LEN (1u + sizeof db_name + 4u + 1u)

/* --- markings become ciphertexts ----------------------------------------------------------------------------------------- */

static uint8_t *put(uint8_t *to, const uint8_t *from, size_t len)
{
   if (len > 0) {
      memcpy(to, from, len);
   }
   return to + len;
}

/* The most that the output can be: a value is shorter than the marking that it is in. */
static size_t bound(const mongocrypt_ctx_t *ctx)
{
   const flp_sites_t *sites = &ctx->of.encrypt.sites;
   size_t len = ctx->of.encrypt.result.len + DB_FRAME_LEN + ctx->of.encrypt.db.len;
   for (size_t i = 0; i < sites->n; i++) {
      len += flp_blob_len(sites->items[i].value_len);
   }
   return len;
}

/* Types are not looked at, query analysis did; but there must be something to seal. */
static bool check_value(const flp_marking_t *marking, flp_status_t *status)
{
   const char *algorithm = flp_algorithm_name(marking->deterministic ? FLP_ALGORITHM_DETERMINISTIC : FLP_ALGORITHM_RANDOM);
   return marking->v.value.len > 0 ||
          flp_error(status, FLP_E134,
                    FLP_FACTS(flp_fact_text("bson_type", flp_bson_type_name(marking->v.type)), flp_fact_text("algorithm", algorithm)));
}

/* Writes the binary that stands for a marking; `value` is the marking's. Returns its length, 0 after an error. */
static size_t seal_site(mongocrypt_ctx_t *ctx, flp_crypto_state_t *state, const flp_site_t *site, const uint8_t *value, uint8_t *to)
{
   flp_marking_t marking;
   flp_buf_t storage = {0};
   flp_view_t plain = {0};
   size_t blob_len = 0;
   flp_view_t blob = flp_view(value + FLP_BINARY_HEAD_LEN, site->value_len - FLP_BINARY_HEAD_LEN);
   if (!flp_marking_read(&marking, blob, &ctx->status) || !check_value(&marking, &ctx->status)) {
      goto done;
   }
   if (!flp_value_normal_view(&marking.v, &storage, &plain)) {
      flp_error_memory(&ctx->status, "value", marking.v.value.len);
      goto done;
   }
   blob_len = flp_blob_len(plain.len);
   flp_write_u32_le(to, (uint32_t)blob_len);
   to[FLP_BINARY_HEAD_LEN - 1] = FLP_BINARY_ENCRYPTED;
   if (!flp_blob_seal(state, site->request->key, marking.deterministic ? FLP_ALGORITHM_DETERMINISTIC : FLP_ALGORITHM_RANDOM, marking.v.type,
                      plain, to + FLP_BINARY_HEAD_LEN, &ctx->status)) {
      blob_len = 0;
   }
done:
   flp_buf_cleanup(&storage);
   return blob_len == 0 ? 0 : FLP_BINARY_HEAD_LEN + blob_len;
}

/* In the order of the document, which is that of random IVs. */
static bool lay_out(mongocrypt_ctx_t *ctx, flp_crypto_state_t *state, flp_buf_t *out)
{
   flp_sites_t *sites = &ctx->of.encrypt.sites;
   const flp_view_t result = flp_view_of(&ctx->of.encrypt.result);
   const uint8_t *from = result.data;
   uint8_t *to = out->data;
   size_t container = 0;
   for (size_t i = 0; i < sites->n; i++) {
      const flp_site_t *site = &sites->items[i];
      const uint8_t *value = result.data + site->value_at;
      container = flp_sites_note_moves(sites, container, i, (to - out->data) - (from - result.data));
      to = put(to, from, (size_t)(value - from));
      size_t len = seal_site(ctx, state, site, value, to);
      if (len == 0) {
         return false;
      }
      to += len;
      from = value + site->value_len;
      sites->containers[site->container].grows += (int64_t)len - (int64_t)site->value_len;
   }
   to = put(to, from, (size_t)(result.data + result.len - from));
   flp_sites_set_lengths(sites, out->data);
   out->len = (size_t)(to - out->data);
   return true;
}

static bool check_len(const flp_buf_t *out, flp_status_t *status)
{
   if (out->len <= FLP_MAX_DOCUMENT_LEN) {
      return true;
   }
   return flp_error(status, FLP_LIMIT_EXCEEDED,
                    FLP_FACTS(flp_fact_text("limit", "document_len"), flp_fact_int("value", (int64_t)out->len),
                              flp_fact_int("max", FLP_MAX_DOCUMENT_LEN)));
}

static bool seal_all(mongocrypt_ctx_t *ctx, flp_buf_t *out)
{
   if (!flp_buf_reserve(out, bound(ctx))) {
      return flp_error_memory(&ctx->status, "result", bound(ctx));
   }
   flp_crypto_state_t *state = flp_crypto_take(&ctx->crypt->crypto, &ctx->status);
   bool ok = state && lay_out(ctx, state, out) && check_len(out, &ctx->status);
   flp_crypto_give(&ctx->crypt->crypto, state);
   return ok;
}

/* --- what the server needs ------------------------------------------------------------------------------------------------ */

/* Does the document hold a payload of Queryable Encryption, ours or one of the caller's? */
static bool has_payload(flp_view_t document)
{
   static const bool payloads[] = {[4] = true, [5] = true, [10] = true, [11] = true, [12] = true, [13] = true, [18] = true};
   flp_bson_walk_t walk;
   flp_bson_element_t element;
   flp_bson_walk_init(&walk, document);
   while (flp_bson_walk_next(&walk, &element)) {
      uint8_t subtype = 0;
      if (element.type != FLP_BSON_BINARY || element.in_scope) {
         continue;
      }
      flp_view_t blob = flp_bson_binary_view(element.value, &subtype);
      if (subtype == FLP_BINARY_ENCRYPTED && blob.len > 0 && blob.data[0] < sizeof payloads && payloads[blob.data[0]]) {
         return true;
      }
   }
   return false;
}

/* Puts encryptionInformation in. */
static bool inform(mongocrypt_ctx_t *ctx, flp_view_t document, flp_buf_t *out)
{
   const flp_key_names_t names = {.find = flp_encrypt_key_of_name, .user = ctx};
   return flp_server_command(&ctx->of.encrypt.schemas, &ctx->of.encrypt.command, document, has_payload(document), &names, out,
                             &ctx->status);
}

static bool has_db(const flp_buf_t *document)
{
   flp_bson_element_t element;
   return flp_bson_find(flp_view_of(document), db_name, &element);
}

/* Query analysis did not get `$db`, so it cannot have given it back. */
static bool append_db(mongocrypt_ctx_t *ctx, flp_buf_t *document)
{
   const flp_view_t db = flp_view_of(&ctx->of.encrypt.db);
   uint8_t len[4];
   if (!flp_buf_reserve(document, document->len + DB_FRAME_LEN + db.len)) {
      return flp_error_memory(&ctx->status, "result", document->len + DB_FRAME_LEN + db.len);
   }
   document->len--; /* the NUL comes last */
   flp_write_u32_le(len, (uint32_t)db.len + 1);
   bool ok = flp_buf_append_byte(document, FLP_BSON_STRING) && flp_buf_append(document, flp_view(db_name, sizeof db_name)) &&
             flp_buf_append(document, flp_view(len, sizeof len)) && flp_buf_append(document, db) && flp_buf_append_byte(document, 0) &&
             flp_buf_append_byte(document, 0);
   flp_write_u32_le(document->data, (uint32_t)document->len);
   return ok && check_len(document, &ctx->status);
}

/* The analysed command for the server. */
static bool finish_result(mongocrypt_ctx_t *ctx, bool informs)
{
   flp_buf_t sealed = {0};
   bool ok = seal_all(ctx, &sealed);
   if (ok && informs) {
      ok = inform(ctx, flp_view_of(&sealed), &ctx->output);
   } else if (ok) {
      flp_buf_take(&ctx->output, &sealed);
   }
   flp_buf_cleanup(&sealed);
   return ok && (!has_db(&ctx->input) || has_db(&ctx->output) || append_db(ctx, &ctx->output));
}

FLP_ACTION(finish_encrypt)
{
   const bool informs = flp_schemas_have_fields(&ctx->of.encrypt.schemas);
   if (!informs && (!ctx->of.encrypt.has_result || ctx->broker.n_requests == 0)) {
      *io->out = flp_view_of(&ctx->input);
      return true;
   }
   if (!(ctx->of.encrypt.has_result ? finish_result(ctx, informs) : inform(ctx, flp_view_of(&ctx->input), &ctx->output))) {
      return false;
   }
   *io->out = flp_view_of(&ctx->output);
   return true;
}
