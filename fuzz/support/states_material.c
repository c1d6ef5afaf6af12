/* See the header. */
#include "fuzz/support/states_material.h"

#include "fuzz/support/check.h"
#include "fuzz/support/support.h"

#include <bson/bson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOKUP "{'$lookup':{'from':'d','as':'x','pipeline':[]}}"

flp_material_t flp_fuzz_materials[FLP_FUZZ_MATERIALS] = {
   {.name = "empty", .json = "{}"},
   {.name = "value", .json = "{'v':'x'}"},
   {.name = "key_doc"},
   {.name = "other_key_doc"},
   {.name = "key_id"},
   {.name = "sealed"},
   {.name = "marked"},
   {.name = "unmarked", .json = "{'schemaRequiresEncryption':false,'result':{},'ok':1}"},
   {.name = "hello", .json = "{'maxWireVersion':26,'ok':1}"},
   {.name = "old_hello", .json = "{'maxWireVersion':8,'ok':1}"},
   {.name = "collinfo", .json = "{'name':'c','type':'collection','options':{'validator':{'$jsonSchema':" FLP_FUZZ_SCHEMA "}}}"},
   {.name = "other_collinfo", .json = "{'name':'d','type':'collection','options':{}}"},
   {.name = "view", .json = "{'name':'c','type':'view','options':{}}"},
   {.name = "find", .json = "{'find':'c','filter':{'a':'x'},'$db':'db'}"},
   {.name = "find_fields", .json = "{'find':'e','filter':{}}"},
   {.name = "aggregate", .json = "{'aggregate':'c','pipeline':[" LOOKUP "],'cursor':{}}"},
   {.name = "create", .json = "{'create':'c'}"},
   {.name = "bulk", .json = "{'bulkWrite':1,'ops':[{'insert':0,'document':{'a':'x'}}],'nsInfo':[{'ns':'other.c'}]}"},
   {.name = "compact", .json = "{'compactStructuredEncryptionData':'e'}"},
   {.name = "ping", .json = "{'ping':1}"},
   {.name = "local", .json = "{'provider':'local'}"},
   {.name = "named", .json = "{'provider':'local:n'}"},
   {.name = "aws", .json = "{'provider':'aws','region':'r','key':'k'}"},
   {.name = "promise", .json = "{'local':{}}"},
   {.name = "credentials", .json = "{'local':{'key':'" FLP_FUZZ_ZEROS FLP_FUZZ_ZEROS "'}}"},
   {.name = "other_credentials", .json = "{'aws':{'accessKeyId':'a','secretAccessKey':'b'},'gcp:n':{'accessToken':'t'}}"},
   {.name = "alt_name", .json = "{'keyAltName':'n'}"},
   {.name = "key_material"},
   {.name = "range", .json = "{'min':0,'max':9,'sparsity':{'$numberLong':'1'},'trimFactor':1}"},
   {.name = "text", .json = "{'caseSensitive':true,'diacriticSensitive':true,'prefix':{'strMinQueryLength':2,'strMaxQueryLength':8}}"},
};
const char *const flp_fuzz_algorithms[FLP_FUZZ_ALGORITHMS] = {
   MONGOCRYPT_ALGORITHM_DETERMINISTIC_STR, MONGOCRYPT_ALGORITHM_RANDOM_STR, "Indexed", "Unindexed", "Range", "nonsense"};

static flp_material_t *material(const char *name)
{
   for (size_t i = 0; i < FLP_FUZZ_MATERIALS; i++) {
      if (strcmp(flp_fuzz_materials[i].name, name) == 0) {
         return &flp_fuzz_materials[i];
      }
   }
   abort();
}

static void keep(flp_material_t *to, const uint8_t *bytes, size_t len)
{
   to->bytes = malloc(len);
   CHECK(to->bytes);
   memcpy(to->bytes, bytes, len);
   to->len = len;
}

void flp_fuzz_keep_json(flp_material_t *to)
{
   bson_error_t error;
   char *text = strdup(to->json);
   for (char *c = text; *c; c++) {
      *c = *c == '\'' ? '"' : *c;
   }
   bson_t *document = bson_new_from_json((const uint8_t *)text, -1, &error);
   CHECK(document);
   keep(to, bson_get_data(document), document->len);
   bson_destroy(document);
   free(text);
}

static void keep_binary(flp_material_t *to, const char *field, bson_subtype_t subtype, const uint8_t *bytes, size_t len)
{
   bson_t document = BSON_INITIALIZER;
   BSON_APPEND_BINARY(&document, field, subtype, bytes, (uint32_t)len);
   keep(to, bson_get_data(&document), document.len);
   bson_destroy(&document);
}

static void keep_result(flp_material_t *to, mongocrypt_ctx_t *ctx)
{
   mongocrypt_binary_t *out = mongocrypt_binary_new();
   CHECK(mongocrypt_ctx_finalize(ctx, out));
   keep(to, mongocrypt_binary_data(out), mongocrypt_binary_len(out));
   mongocrypt_binary_destroy(out);
   mongocrypt_ctx_destroy(ctx);
}

/* The value "x" as analysis marks it for the key of the targets. */
static void make_marked(void)
{
   uint8_t blob[128] = {0};
   bson_t marking = BSON_INITIALIZER, reply = BSON_INITIALIZER, result, filter;
   BSON_APPEND_UTF8(&marking, "v", "x");
   BSON_APPEND_INT32(&marking, "a", 1);
   BSON_APPEND_BINARY(&marking, "ki", BSON_SUBTYPE_UUID, flp_fuzz_key_id, FLP_FUZZ_ID_LEN);
   memcpy(blob + 1, bson_get_data(&marking), marking.len);
   BSON_APPEND_DOCUMENT_BEGIN(&reply, "result", &result);
   BSON_APPEND_UTF8(&result, "find", "c");
   BSON_APPEND_DOCUMENT_BEGIN(&result, "filter", &filter);
   BSON_APPEND_BINARY(&filter, "a", BSON_SUBTYPE_ENCRYPTED, blob, marking.len + 1);
   bson_append_document_end(&result, &filter);
   bson_append_document_end(&reply, &result);
   keep(material("marked"), bson_get_data(&reply), reply.len);
   bson_destroy(&marking);
   bson_destroy(&reply);
}

void flp_fuzz_make_materials(void)
{
   size_t len = 0;
   const uint8_t *key_doc = flp_fuzz_key_document(&len);
   keep(material("key_doc"), key_doc, len);
   keep(material("key_id"), flp_fuzz_key_id, FLP_FUZZ_ID_LEN);
   keep_binary(material("key_material"), "keyMaterial", BSON_SUBTYPE_BINARY, flp_fuzz_key, FLP_FUZZ_KEY_LEN);
   for (size_t i = 0; i < FLP_FUZZ_MATERIALS; i++) {
      if (flp_fuzz_materials[i].json) {
         flp_fuzz_keep_json(&flp_fuzz_materials[i]);
      }
   }
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(flp_fuzz_handle());
   CHECK(mongocrypt_ctx_setopt_masterkey_local(ctx) && mongocrypt_ctx_datakey_init(ctx));
   keep_result(material("other_key_doc"), ctx);
   ctx = mongocrypt_ctx_new(flp_fuzz_handle());
   CHECK(flp_fuzz_init(ctx, mongocrypt_ctx_setopt_key_id, flp_fuzz_key_id, FLP_FUZZ_ID_LEN));
   CHECK(mongocrypt_ctx_setopt_algorithm(ctx, flp_fuzz_algorithms[0], -1));
   CHECK(flp_fuzz_init(ctx, mongocrypt_ctx_explicit_encrypt_init, material("value")->bytes, material("value")->len));
   CHECK(flp_fuzz_init(ctx, mongocrypt_ctx_mongo_feed, key_doc, len) && mongocrypt_ctx_mongo_done(ctx));
   keep_result(material("sealed"), ctx);
   make_marked();
}

const flp_material_t *flp_fuzz_material(const char *name)
{
   return material(name);
}
