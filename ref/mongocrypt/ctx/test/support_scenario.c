/* See the header. */
#include "ref/mongocrypt/ctx/test/support_scenario.h"

#include "ref/base/bson_walk.h"
#include "ref/mongocrypt/test/json.h"

#define ZEROS_24 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define LOCAL "{'local':{'key':{'$binary':{'base64':'" ZEROS_24 ZEROS_24 ZEROS_24 ZEROS_24 "','subType':'00'}}}}"

/* Marks the value "x" for deterministic encryption with the key of 16 letters a. */
#define MARKING "AC4AAAACdgACAAAAeAAQYQABAAAABWtpABAAAAAEYWFhYWFhYWFhYWFhYWFhYQA="
#define MARKED                                                                                                                             \
   "{'hasEncryptedPlaceholders':true,'schemaRequiresEncryption':true,"                                                                     \
   "'result':{'find':'c','filter':{'v':{'$binary':{'base64':'" MARKING "','subType':'06'}}}},'ok':1}"
#define UNMARKED "{'hasEncryptedPlaceholders':false,'schemaRequiresEncryption':false,'result':{},'ok':1}"

/* Into storage that the next call overwrites. */
static flp_view_t json_view(const char *json)
{
   static uint8_t storage[2048];
   flp_buf_t document = from_json(json);
   assert_true(document.len <= sizeof storage);
   memcpy(storage, document.data, document.len);
   flp_view_t view = flp_view(storage, document.len);
   flp_buf_cleanup(&document);
   return view;
}

mongocrypt_t *scenario_handle(const scenario_t *scenario)
{
   mongocrypt_t *crypt = mongocrypt_new();
   mongocrypt_binary_t in = drive_in(json_view(scenario->providers ? scenario->providers : LOCAL));
   assert_true(mongocrypt_setopt_kms_providers(crypt, &in));
   if (scenario->on_demand) {
      mongocrypt_setopt_use_need_kms_credentials_state(crypt);
   }
   if (scenario->multiple_collinfo) {
      assert_true(mongocrypt_setopt_enable_multiple_collinfo(crypt));
   }
   if (scenario->collinfo_with_db) {
      mongocrypt_setopt_use_need_mongo_collinfo_with_db_state(crypt);
   }
   if (scenario->bypass_analysis) {
      mongocrypt_setopt_bypass_query_analysis(crypt);
   }
   if (scenario->schema_map) {
      in = drive_in(json_view(scenario->schema_map));
      assert_true(mongocrypt_setopt_schema_map(crypt, &in));
   }
   if (scenario->efc_map) {
      in = drive_in(json_view(scenario->efc_map));
      assert_true(mongocrypt_setopt_encrypted_field_config_map(crypt, &in));
   }
   if (!mongocrypt_init(crypt)) {
      fail_msg("%s: init of the handle failed", scenario->name);
   }
   return crypt;
}

static mongocrypt_ctx_t *begin_wrapping(const scenario_t *scenario, mongocrypt_ctx_t *ctx)
{
   mongocrypt_binary_t in;
   if (scenario->input) {
      in = drive_in(json_view(scenario->input));
      assert_true(mongocrypt_ctx_setopt_key_encryption_key(ctx, &in));
   }
   in = drive_in(json_view("{'a':1}"));
   scenario->kind == FOR_DATAKEY ? mongocrypt_ctx_datakey_init(ctx) : mongocrypt_ctx_rewrap_many_datakey_init(ctx, &in);
   return ctx;
}

mongocrypt_ctx_t *scenario_begin(const scenario_t *scenario, mongocrypt_t *crypt)
{
   mongocrypt_binary_t in;
   if (scenario->kind == FOR_EXPLICIT) {
      return drive_explicit(crypt, DETERMINISTIC, drive_text_doc("v", "x"));
   }
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(crypt);
   if (scenario->kind == FOR_DECRYPT) {
      in = drive_in(scenario->input ? json_view(scenario->input) : drive_binary_doc("v", 6, drive_sealed_x()));
      mongocrypt_ctx_decrypt_init(ctx, &in);
      return ctx;
   }
   if (scenario->kind == FOR_ENCRYPT) {
      in = drive_in(json_view(scenario->input));
      mongocrypt_ctx_encrypt_init(ctx, "db", -1, &in);
      return ctx;
   }
   return begin_wrapping(scenario, ctx);
}

static bool asks_for_hello(mongocrypt_ctx_t *ctx)
{
   flp_bson_element_t element;
   mongocrypt_binary_t out = {0};
   return mongocrypt_ctx_mongo_op(ctx, &out) && flp_bson_find(flp_view(out.data, out.len), "isMaster", &element);
}

static flp_view_t hello(int wire_version)
{
   static uint8_t storage[] = "\x1d\0\0\0\x10maxWireVersion\0\x1a\0\0\0\0";
   flp_write_u32_le(storage + 20, wire_version ? (uint32_t)wire_version : 26);
   return flp_view(storage, 25);
}

static flp_view_t reply(const scenario_t *scenario, mongocrypt_ctx_t *ctx)
{
   switch (mongocrypt_ctx_state(ctx)) {
   case MONGOCRYPT_CTX_NEED_MONGO_COLLINFO:
   case MONGOCRYPT_CTX_NEED_MONGO_COLLINFO_WITH_DB:
      return json_view(scenario->collinfo ? scenario->collinfo : "{'name':'c','type':'collection','options':{}}");
   case MONGOCRYPT_CTX_NEED_MONGO_MARKINGS:
      return asks_for_hello(ctx) ? hello(scenario->wire_version) : json_view(scenario->marked ? MARKED : UNMARKED);
   default:
      return scenario->efc_map ? drive_named_key_doc() : drive_key_doc();
   }
}

drive_inputs_t scenario_inputs(const scenario_t *scenario, mongocrypt_ctx_t *ctx)
{
   static uint8_t storage[2048];
   flp_view_t given = json_view(scenario->given ? scenario->given : LOCAL);
   memcpy(storage, given.data, given.len);
   return (drive_inputs_t){.credentials = flp_view(storage, given.len), .reply = reply(scenario, ctx)};
}

static bool has_answer(const scenario_t *scenario, mongocrypt_ctx_state_t state)
{
   if (state == MONGOCRYPT_CTX_NEED_MONGO_MARKINGS) {
      return true;
   }
   return state == MONGOCRYPT_CTX_NEED_MONGO_KEYS ? !scenario->no_keys : scenario->collinfo != NULL;
}

bool scenario_step(const scenario_t *scenario, mongocrypt_ctx_t *ctx)
{
   drive_inputs_t inputs = scenario_inputs(scenario, ctx);
   mongocrypt_ctx_state_t state = mongocrypt_ctx_state(ctx);
   switch (state) {
   case MONGOCRYPT_CTX_NEED_KMS_CREDENTIALS:
      return drive_call("provide_kms_providers", ctx, &inputs);
   case MONGOCRYPT_CTX_READY:
      return drive_call("finalize", ctx, &inputs);
   case MONGOCRYPT_CTX_NEED_MONGO_COLLINFO:
   case MONGOCRYPT_CTX_NEED_MONGO_COLLINFO_WITH_DB:
   case MONGOCRYPT_CTX_NEED_MONGO_MARKINGS:
   case MONGOCRYPT_CTX_NEED_MONGO_KEYS:
      if (state == MONGOCRYPT_CTX_NEED_MONGO_COLLINFO_WITH_DB && !drive_call("mongo_db", ctx, &inputs)) {
         return false;
      }
      return drive_call("mongo_op", ctx, &inputs) && (!has_answer(scenario, state) || drive_call("mongo_feed", ctx, &inputs)) &&
             drive_call("mongo_done", ctx, &inputs);
   default:
      return false;
   }
}
