/* Automatic encryption of a command, up to the question for query analysis: which collections, their schemas, the keys that encrypted
 * fields name. What analysis answers is in markings.c, the end in finish_encrypt.c. API sheet 3.4 to 3.6. */
#include "ref/mongocrypt/bson_check.h"
#include "ref/mongocrypt/ctx/kinds.h"
#include "ref/mongocrypt/errors.h"
#include "ref/mongocrypt/schema/analysis.h"

#include <string.h>

#define EMPTY_DOCUMENT_LEN 5u

/* --- init -------------------------------------------------------------------------------------------------------------- */

static bool refuse_db(flp_status_t *status, const char *reason)
{
   return flp_error(status, FLP_E146, FLP_FACTS(flp_fact_text("option", "db"), flp_fact_text("reason", reason)));
}

static bool take_db(mongocrypt_ctx_t *ctx, const char *db, int32_t db_len)
{
   if (db_len < -1) {
      return refuse_db(&ctx->status, "length");
   }
   flp_view_t text = flp_view(db, db_len == -1 ? strlen(db) : (size_t)db_len);
   if (text.len == 0) {
      return refuse_db(&ctx->status, "empty");
   }
   if (!flp_utf8_valid(text, false)) {
      return refuse_db(&ctx->status, "utf8");
   }
   if (memchr(text.data, '.', text.len)) {
      return refuse_db(&ctx->status, "dot");
   }
   return flp_buf_copy(&ctx->of.encrypt.db, text) ? true : flp_error_memory(&ctx->status, "db", text.len);
}

static bool take_command(mongocrypt_ctx_t *ctx, flp_view_t cmd)
{
   if (!flp_bson_check(cmd, FLP_E148, "command", &ctx->status)) {
      return false;
   }
   if (cmd.len == EMPTY_DOCUMENT_LEN) {
      return flp_error(&ctx->status, FLP_E149, FLP_FACTS(flp_fact_text("reason", "empty")));
   }
   return flp_buf_copy(&ctx->input, cmd) ? true : flp_error_memory(&ctx->status, "command", cmd.len);
}

static bool read_command(mongocrypt_ctx_t *ctx)
{
   flp_command_t *command = &ctx->of.encrypt.command;
   flp_schemas_t *schemas = &ctx->of.encrypt.schemas;
   flp_view_t document = flp_view_of(&ctx->input);
   if (!flp_command_read(command, flp_view_of(&ctx->of.encrypt.db), document, &ctx->status)) {
      return false;
   }
   if (flp_command_is(command, FLP_COMMAND_BYPASSED)) {
      return true;
   }
   if (!flp_schemas_of_command(schemas, command, document, &ctx->status)) {
      return false;
   }
   if (schemas->n > 1 && !ctx->crypt->multiple_collinfo) {
      return flp_error(&ctx->status, FLP_E160,
                       FLP_FACTS(flp_fact_text("command", command->rule->name), flp_fact_view("ns", flp_view_of(&schemas->items[1].ns))));
   }
   return true;
}

bool flp_ctx_encrypt_init(mongocrypt_ctx_t *ctx, const char *db, int32_t db_len, flp_view_t cmd)
{
   if (!db) { /* told before the context counts as initialised (CTX-3) */
      flp_status_reset(&ctx->status);
      refuse_db(&ctx->status, "null");
      return flp_ctx_fail(ctx);
   }
   if (!flp_ctx_begin(ctx, FLP_CTX_ENCRYPT, FLP_INIT_ENCRYPT)) {
      return false;
   }
   if (!cmd.data) {
      return flp_ctx_refuse_null(ctx, FLP_E147, "encrypt_init", "cmd");
   }
   return take_command(ctx, cmd) && take_db(ctx, db, db_len) && read_command(ctx) ? flp_ctx_start(ctx) : flp_ctx_fail(ctx);
}

void flp_encrypt_cleanup(mongocrypt_ctx_t *ctx)
{
   if (ctx->kind == FLP_CTX_ENCRYPT) {
      flp_buf_cleanup(&ctx->of.encrypt.db);
      flp_buf_cleanup(&ctx->of.encrypt.analysis);
      flp_buf_cleanup(&ctx->of.encrypt.result);
      flp_schemas_cleanup(&ctx->of.encrypt.schemas);
      flp_sites_cleanup(&ctx->of.encrypt.sites);
      flp_told_destroy(ctx->of.encrypt.told);
   }
}

/* --- schemas ----------------------------------------------------------------------------------------------------------- */

FLP_GUARD(bypassed)
{
   return flp_command_is(&ctx->of.encrypt.command, FLP_COMMAND_BYPASSED);
}

FLP_GUARD(collinfo_wanted)
{
   return flp_schemas_wanted(&ctx->of.encrypt.schemas);
}

/* Only such a command may name another database. */
FLP_GUARD(collinfo_wanted_elsewhere)
{
   return flp_command_is(&ctx->of.encrypt.command, FLP_COMMAND_NS_INFO) && flp_schemas_wanted(&ctx->of.encrypt.schemas);
}

/* Not before the wire version of mongocryptd is known: the cache may have filled meanwhile, and an old one needs no schema. */
FLP_ACTION(look_up_schemas)
{
   (void)io;
   mongocrypt_t *crypt = ctx->crypt;
   const flp_command_t *command = &ctx->of.encrypt.command;
   flp_schemas_t *schemas = &ctx->of.encrypt.schemas;
   const flp_schema_sources_t sources = {
      .schema_map = flp_view_of(&crypt->schema_map), .efc_map = flp_view_of(&crypt->efc_map), .cache = &crypt->collinfo_cache};
   if (!flp_schemas_look_up(schemas, command, flp_view_of(&ctx->input), &sources, &ctx->status)) {
      return false;
   }
   if (flp_when_collinfo_wanted_elsewhere(ctx) && !crypt->collinfo_with_db) {
      return flp_error(&ctx->status, FLP_E159,
                       FLP_FACTS(flp_fact_text("command", command->rule->name), flp_fact_view("ns", flp_view_of(&schemas->items[0].ns))));
   }
   return true;
}

FLP_ACTION(tell_collinfo_filter)
{
   flp_buf_t filter = {0};
   return flp_schemas_filter(&ctx->of.encrypt.schemas, &filter, &ctx->status) &&
          flp_told_take(&ctx->of.encrypt.told, &filter, io->out, &ctx->status);
}

/* A text of C: with a NUL behind it. */
FLP_ACTION(tell_db)
{
   flp_buf_t text = {0};
   flp_view_t db = ctx->of.encrypt.command.db;
   if (!flp_buf_reserve(&text, db.len + 1) || !flp_buf_append(&text, db) || !flp_buf_append_byte(&text, 0)) {
      flp_buf_cleanup(&text);
      return flp_error_memory(&ctx->status, "db", db.len + 1);
   }
   return flp_told_take(&ctx->of.encrypt.told, &text, io->out, &ctx->status);
}

FLP_ACTION(feed_collinfo)
{
   return flp_schemas_feed(&ctx->of.encrypt.schemas, io->in, &ctx->crypt->collinfo_cache, &ctx->status);
}

FLP_ACTION(end_collinfo)
{
   (void)io;
   return flp_schemas_end(&ctx->of.encrypt.schemas, &ctx->crypt->collinfo_cache, &ctx->status);
}

/* --- on the way to query analysis -------------------------------------------------------------------------------------- */

/* Names that the server tells in this very context are not looked up (S16); from the cache they are, as measured. */
static bool names_keys(const flp_schema_t *schema)
{
   return schema->kind == FLP_SCHEMA_FIELDS && !schema->fed && schema->fields.n_names > 0;
}

FLP_GUARD(fields_name_keys)
{
   const flp_schemas_t *schemas = &ctx->of.encrypt.schemas;
   for (size_t i = 0; i < schemas->n; i++) {
      if (names_keys(&schemas->items[i])) {
         return true;
      }
   }
   return false;
}

static bool request_name(flp_view_t name, void *user)
{
   mongocrypt_ctx_t *ctx = user;
   flp_key_request_t *unused = NULL;
   return flp_broker_request(&ctx->broker, FLP_INDEX_NAME, name, &unused, &ctx->status);
}

FLP_ACTION(ask_field_names)
{
   const flp_schemas_t *schemas = &ctx->of.encrypt.schemas;
   for (size_t i = 0; i < schemas->n; i++) {
      const flp_schema_t *schema = &schemas->items[i];
      if (names_keys(schema) && !flp_encrypted_fields_names(flp_view_of(&schema->document), request_name, ctx)) {
         return false;
      }
   }
   return flp_do_ask_cache(ctx, io);
}

FLP_GUARD(takes_tokens)
{
   return flp_command_is(&ctx->of.encrypt.command, FLP_COMMAND_TOKENS) && flp_schemas_have_fields(&ctx->of.encrypt.schemas);
}

FLP_ACTION(refuse_tokens)
{
   (void)io;
   return flp_ctx_unsupported(ctx, "queryable");
}

FLP_GUARD(analysis_bypassed)
{
   return ctx->crypt->bypass_query_analysis;
}

FLP_GUARD(analysis_to_come)
{
   return !ctx->of.encrypt.analysed;
}

const uint8_t *flp_encrypt_key_of_name(flp_view_t name, void *user)
{
   const mongocrypt_ctx_t *ctx = user;
   const flp_key_request_t *request = flp_index_find(&ctx->broker.requests, FLP_INDEX_NAME, name);
   return request && request->key ? request->key->id : NULL;
}

FLP_ACTION(tell_analysis)
{
   const flp_key_names_t names = {.find = flp_encrypt_key_of_name, .user = ctx};
   flp_buf_t *analysis = &ctx->of.encrypt.analysis;
   if (analysis->len == 0 && !flp_analysis_command(&ctx->of.encrypt.schemas, &ctx->of.encrypt.command, flp_view_of(&ctx->input),
                                                   ctx->of.encrypt.wire_version, &names, analysis, &ctx->status)) {
      return false;
   }
   *io->out = flp_view_of(analysis);
   return true;
}
