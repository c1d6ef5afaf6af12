/* The two exchanges with mongocryptd: its wire version, where that decides something, and the analysed command with its markings. Each
 * marking asks for a key; what becomes of it is in finish_encrypt.c. API sheet 3.6. */
#include "ref/base/doc_writer.h"
#include "ref/mongocrypt/bson_check.h"
#include "ref/mongocrypt/ctx/kinds.h"
#include "ref/mongocrypt/errors.h"
#include "ref/mongocrypt/schema/analysis.h"
#include "ref/mongocrypt/schema/marking.h"

#include <string.h>

/* --- the wire version -------------------------------------------------------------------------------------------------- */

FLP_GUARD(asks_wire_version)
{
   const flp_command_t *command = &ctx->of.encrypt.command;
   return !ctx->of.encrypt.knows_wire_version && !ctx->crypt->bypass_query_analysis &&
          (flp_command_is(command, FLP_COMMAND_NEW_FOR_ANALYSIS) || ctx->of.encrypt.schemas.n > 1);
}

FLP_ACTION(tell_is_master)
{
   flp_doc_writer_t writer = {0};
   flp_buf_t command = {0};
   flp_doc_begin(&writer, 32);
   flp_doc_int32(&writer, "isMaster", 1);
   return flp_doc_finish(&writer, &command) ? flp_told_take(&ctx->of.encrypt.told, &command, io->out, &ctx->status)
                                            : flp_error_memory(&ctx->status, "isMaster", 32);
}

FLP_ACTION(feed_wire_version)
{
   flp_bson_element_t version;
   if (!flp_bson_check_find(io->in, "maxWireVersion", &version, FLP_E188, "isMaster", &ctx->status)) {
      return false;
   }
   if (version.type != FLP_BSON_INT32) {
      bool absent = version.type == FLP_BSON_END;
      return flp_error(&ctx->status, absent ? FLP_E184 : FLP_E185,
                       FLP_FACTS(flp_fact_text("what", "isMaster"), flp_fact_text("field", "maxWireVersion"), flp_fact_text("want", "int"),
                                 flp_fact_text("got", absent ? "absent" : flp_bson_type_name(version.type))));
   }
   ctx->of.encrypt.wire_version = (int32_t)flp_read_u32_le(version.value.data);
   return true;
}

/* What was not told counts as 0. */
FLP_ACTION(end_wire_version)
{
   (void)io;
   int32_t version = ctx->of.encrypt.wire_version;
   ctx->of.encrypt.knows_wire_version = true;
   if (ctx->of.encrypt.schemas.n > 1 && version < FLP_WIRE_VERSION_MANY) {
      return flp_error(&ctx->status, FLP_E186, FLP_FACTS(flp_fact_int("have", version), flp_fact_int("need", FLP_WIRE_VERSION_MANY)));
   }
   return true;
}

FLP_GUARD(analysis_too_old)
{
   return ctx->of.encrypt.knows_wire_version && flp_command_is(&ctx->of.encrypt.command, FLP_COMMAND_NEW_FOR_ANALYSIS) &&
          ctx->of.encrypt.wire_version < FLP_WIRE_VERSION_CREATE;
}

/* --- the analysed command ---------------------------------------------------------------------------------------------- */

/* The fields of a reply that count; the first of each name. */
typedef struct {
   flp_bson_element_t requires; /* schemaRequiresEncryption */
   flp_bson_element_t has;      /* hasEncryptedPlaceholders: so spelled, and so never met in practice */
   flp_bson_element_t result;
} reply_t;

static bool read_reply(flp_view_t document, reply_t *reply, flp_status_t *status)
{
   const struct {
      const char *name;
      flp_bson_element_t *element;
   } fields[] = {
      {"schemaRequiresEncryption", &reply->requires},
      {"hasEncryptedPlaceholders", &reply->has},
      {"result", &reply->result},
   };
   flp_bson_walk_t walk;
   flp_bson_element_t element;
   *reply = (reply_t){.requires = {.type = FLP_BSON_END}, .has = {.type = FLP_BSON_END}, .result = {.type = FLP_BSON_END}};
   bool more = flp_bson_walk_init(&walk, document);
   while (more) {
      more = flp_bson_walk_next(&walk, &element);
      for (size_t i = 0; more && element.depth == 1 && element.type != FLP_BSON_END && i < sizeof fields / sizeof fields[0]; i++) {
         if (fields[i].element->type == FLP_BSON_END && flp_view_equal_text(element.key, fields[i].name)) {
            *fields[i].element = element;
         }
      }
   }
   return walk.reason ? flp_bson_refuse(&walk, FLP_E188, "markings", status) : true;
}

/* False by its own words: absent counts as true, and so does what is neither a number nor a boolean nor null. */
static bool says_no(const flp_bson_element_t *element)
{
   double number;
   switch (element->type) {
   case FLP_BSON_NULL:
   case FLP_BSON_UNDEFINED:
      return true;
   case FLP_BSON_BOOL:
      return element->value.data[0] == 0;
   case FLP_BSON_INT32:
      return flp_read_u32_le(element->value.data) == 0;
   case FLP_BSON_INT64:
      return flp_read_u64_le(element->value.data) == 0;
   case FLP_BSON_DOUBLE: {
      uint64_t bits = flp_read_u64_le(element->value.data);
      memcpy(&number, &bits, sizeof number);
      return number >= 0.0 && number <= 0.0;
   }
   default:
      return false;
   }
}

/* For flp_sites_collect. */
static bool judge(void *user, flp_view_t blob, flp_key_request_t **request, flp_status_t *status)
{
   mongocrypt_ctx_t *ctx = user;
   flp_marking_t marking;
   switch (blob.data[0]) {
   case FLP_MARKING_SUBTYPE:
      break;
   case FLP_MARKING_SUBTYPE_QUERYABLE:
      return flp_error(status, FLP_UNSUPPORTED, FLP_FACTS(flp_fact_text("feature", "queryable")));
   default:
      return true; /* a ciphertext that was there before */
   }
   return flp_marking_read(&marking, blob, status) &&
          flp_broker_request(&ctx->broker, marking.by_name ? FLP_INDEX_NAME : FLP_INDEX_ID,
                             marking.by_name ? marking.key_alt_name : marking.key_id, request, status);
}

/* The last result wins; the keys that earlier ones asked for stay asked for. */
static bool take_result(mongocrypt_ctx_t *ctx, flp_view_t result)
{
   const flp_sites_rule_t rule = {.malformed = FLP_E188, .what = "markings", .judge = judge, .user = ctx};
   flp_sites_cleanup(&ctx->of.encrypt.sites);
   flp_buf_cleanup(&ctx->of.encrypt.result);
   if (!flp_buf_copy(&ctx->of.encrypt.result, result)) {
      return flp_error_memory(&ctx->status, "markings", result.len);
   }
   ctx->of.encrypt.has_result = true;
   return flp_sites_collect(&ctx->of.encrypt.sites, flp_view_of(&ctx->of.encrypt.result), &rule, &ctx->status);
}

/* Keys are looked for in the cache at once: one that expires before mongo_done stays (CA-1). */
FLP_ACTION(feed_markings)
{
   reply_t reply;
   if (!read_reply(io->in, &reply, &ctx->status)) {
      return false;
   }
   if (says_no(&reply.requires) || says_no(&reply.has)) {
      return true;
   }
   if (reply.result.type != FLP_BSON_DOCUMENT) {
      bool absent = reply.result.type == FLP_BSON_END;
      return flp_error(&ctx->status, absent ? FLP_E189 : FLP_E190,
                       FLP_FACTS(flp_fact_text("what", "markings"), flp_fact_text("field", "result"), flp_fact_text("want", "object"),
                                 flp_fact_text("got", absent ? "absent" : flp_bson_type_name(reply.result.type))));
   }
   return take_result(ctx, reply.result.value) && flp_do_ask_cache(ctx, io);
}

/* Without any reply there is nothing to encrypt (CTX-11). The key filter of an earlier round has been told and is kept. */
FLP_ACTION(end_markings)
{
   (void)io;
   ctx->of.encrypt.analysed = true;
   return ctx->broker.filter.len == 0 || flp_told_take(&ctx->of.encrypt.told, &ctx->broker.filter, NULL, &ctx->status);
}
