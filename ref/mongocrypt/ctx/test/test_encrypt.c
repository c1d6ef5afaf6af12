/* Automatic encryption through the public functions: what is asked for in which order, what becomes of markings, what finalize gives. */
#include "ref/mongocrypt/ctx/test/support_drive.h"

#include "ref/base/bson_walk.h"
#include "ref/mongocrypt/test/json.h"

#include <mongocrypt/mongocrypt.h>

#define KEY_ID "{'$binary':{'base64':'YWFhYWFhYWFhYWFhYWFhYQ==','subType':'04'}}"
/* {v: "x", a: 1, ki: <the key>} behind a zero byte */
#define MARKED_X "{'$binary':{'base64':'AC4AAAACdgACAAAAeAAQYQABAAAABWtpABAAAAAEYWFhYWFhYWFhYWFhYWFhYQA=','subType':'06'}}"
/* The same with v: null */
#define MARKED_NULL "{'$binary':{'base64':'ACgAAAAKdgAQYQABAAAABWtpABAAAAAEYWFhYWFhYWFhYWFhYWFhYQA=','subType':'06'}}"
#define SEALED_X                                                                                                                           \
   "{'$binary':{'base64':'AWFhYWFhYWFhYWFhYWFhYWECIYC38EV0ekONNrUQyOtwTxT7f9NckS1N/bcS6GDbmbICGcubgOe6aqUkIz7dmglJf7ywfPwAqW2BSywrZhwvtA=" \
   "=','subType':'06'}}"

/* --- help --------------------------------------------------------------------------------------------------------------- */

typedef struct {
   const char *schema_map;
   const char *efc_map;
   bool multiple, with_db, bypass;
} options_t;

static mongocrypt_t *used;

static void give_map(bool (*set)(mongocrypt_t *, mongocrypt_binary_t *), const char *json)
{
   if (json) {
      flp_buf_t map = from_json(json);
      mongocrypt_binary_t in = drive_in(flp_view_of(&map));
      assert_true(set(used, &in));
      flp_buf_cleanup(&map);
   }
}

/* A fresh handle, so that nothing is cached. */
static void handle(options_t options)
{
   static const uint8_t zeros[96];
   mongocrypt_binary_t key = drive_in(flp_view(zeros, sizeof zeros));
   mongocrypt_destroy(used);
   used = mongocrypt_new();
   assert_true(mongocrypt_setopt_kms_provider_local(used, &key));
   give_map(mongocrypt_setopt_schema_map, options.schema_map);
   give_map(mongocrypt_setopt_encrypted_field_config_map, options.efc_map);
   if (options.multiple) {
      assert_true(mongocrypt_setopt_enable_multiple_collinfo(used));
   }
   if (options.with_db) {
      mongocrypt_setopt_use_need_mongo_collinfo_with_db_state(used);
   }
   if (options.bypass) {
      mongocrypt_setopt_bypass_query_analysis(used);
   }
   assert_true(mongocrypt_init(used));
}

static void local(void)
{
   handle((options_t){.schema_map = "{'db.c':{}}"});
}

static int tear_down(void **unused)
{
   (void)unused;
   mongocrypt_destroy(used);
   used = NULL;
   return 0;
}

static mongocrypt_ctx_t *encrypt(const char *json)
{
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(used);
   flp_buf_t command = from_json(json);
   mongocrypt_binary_t in = drive_in(flp_view_of(&command));
   mongocrypt_ctx_encrypt_init(ctx, "db", -1, &in);
   flp_wipe(command.data, command.len); /* inputs are copied (OWN-2) */
   flp_buf_cleanup(&command);
   return ctx;
}

static bool feed(mongocrypt_ctx_t *ctx, const char *json)
{
   flp_buf_t reply = from_json(json);
   mongocrypt_binary_t in = drive_in(flp_view_of(&reply));
   bool ok = mongocrypt_ctx_mongo_feed(ctx, &in);
   flp_wipe(reply.data, reply.len);
   flp_buf_cleanup(&reply);
   return ok;
}

static void in_state(mongocrypt_ctx_t *ctx, mongocrypt_ctx_state_t state)
{
   if (mongocrypt_ctx_state(ctx) != state) {
      fail_msg("state %d, expected %d: %s", (int)mongocrypt_ctx_state(ctx), (int)state, drive_error(ctx));
   }
}

static void done(mongocrypt_ctx_t *ctx, mongocrypt_ctx_state_t state)
{
   mongocrypt_ctx_mongo_done(ctx);
   in_state(ctx, state);
}

static void same(mongocrypt_binary_t got, const char *want)
{
   flp_buf_t expected = from_json(want);
   bson_t view;
   if (!flp_view_equal(flp_view(got.data, got.len), flp_view_of(&expected))) {
      char *text = got.data && bson_init_static(&view, got.data, got.len) ? bson_as_canonical_extended_json(&view, NULL) : NULL;
      fail_msg("got %s, expected %s", text ? text : "nothing", want);
   }
   flp_buf_cleanup(&expected);
}

static mongocrypt_binary_t op(mongocrypt_ctx_t *ctx)
{
   mongocrypt_binary_t out = {0};
   if (!mongocrypt_ctx_mongo_op(ctx, &out)) {
      fail_msg("mongo_op: %s", drive_error(ctx));
   }
   return out;
}

/* Ends the context: it is READY, its result is `want`. */
static void result(mongocrypt_ctx_t *ctx, const char *want)
{
   mongocrypt_binary_t out = {0};
   in_state(ctx, MONGOCRYPT_CTX_READY);
   assert_true(mongocrypt_ctx_finalize(ctx, &out));
   same(out, want);
   in_state(ctx, MONGOCRYPT_CTX_DONE);
   mongocrypt_ctx_destroy(ctx);
}

static void refused(mongocrypt_ctx_t *ctx, const char *tag)
{
   in_state(ctx, MONGOCRYPT_CTX_ERROR);
   drive_assert_error(ctx, tag);
   mongocrypt_ctx_destroy(ctx);
}

static void give_key(mongocrypt_ctx_t *ctx)
{
   mongocrypt_binary_t in = drive_in(drive_named_key_doc());
   in_state(ctx, MONGOCRYPT_CTX_NEED_MONGO_KEYS);
   assert_true(mongocrypt_ctx_mongo_feed(ctx, &in));
   assert_true(mongocrypt_ctx_mongo_done(ctx));
}

/* From markings to the end, with the key. */
static void analysed(mongocrypt_ctx_t *ctx, const char *reply, const char *want)
{
   in_state(ctx, MONGOCRYPT_CTX_NEED_MONGO_MARKINGS);
   assert_true(feed(ctx, reply));
   assert_true(mongocrypt_ctx_mongo_done(ctx));
   give_key(ctx);
   result(ctx, want);
}

/* --- the usual way ------------------------------------------------------------------------------------------------------- */

static void a_bypassed_command_is_ready_at_once(void **unused)
{
   (void)unused;
   local();
   result(encrypt("{'ping':1,'$db':'other'}"), "{'ping':1,'$db':'other'}");
}

static void a_command_with_a_local_schema_goes_to_analysis(void **unused)
{
   (void)unused;
   local();
   mongocrypt_ctx_t *ctx = encrypt("{'find':'c','filter':{'a':'x'}}");
   same(op(ctx), "{'find':'c','filter':{'a':'x'},'jsonSchema':{},'isRemoteSchema':false}");
   assert_ptr_equal(op(ctx).data, op(ctx).data); /* made once (OWN-10) */
   analysed(ctx, "{'result':{'find':'c','filter':{'a':" MARKED_X "}},'ok':1}", "{'find':'c','filter':{'a':" SEALED_X "}}");
}

static void a_schema_of_the_server_is_asked_for_and_remembered(void **unused)
{
   (void)unused;
   handle((options_t){0});
   mongocrypt_ctx_t *ctx = encrypt("{'find':'c'}");
   in_state(ctx, MONGOCRYPT_CTX_NEED_MONGO_COLLINFO);
   same(op(ctx), "{'name':'c'}");
   assert_true(feed(ctx, "{'name':'c','options':{'validator':{'$jsonSchema':{'title':'t'}}}}"));
   done(ctx, MONGOCRYPT_CTX_NEED_MONGO_MARKINGS);
   same(op(ctx), "{'find':'c','jsonSchema':{'title':'t'},'isRemoteSchema':true}");
   done(ctx, MONGOCRYPT_CTX_READY);
   mongocrypt_ctx_destroy(ctx);
   ctx = encrypt("{'count':'c'}");
   in_state(ctx, MONGOCRYPT_CTX_NEED_MONGO_MARKINGS);
   mongocrypt_ctx_destroy(ctx);
}

static void another_database_is_told(void **unused)
{
   (void)unused;
   handle((options_t){0});
   refused(encrypt("{'bulkWrite':1,'ops':[],'nsInfo':[{'ns':'o.c.d'}]}"), "[COLLECTIONS_NOT_ENABLED command=bulkWrite ns=o.c.d]");
   handle((options_t){.with_db = true});
   mongocrypt_ctx_t *ctx = encrypt("{'bulkWrite':1,'ops':[],'nsInfo':[{'ns':'o.c.d'}]}");
   in_state(ctx, MONGOCRYPT_CTX_NEED_MONGO_COLLINFO_WITH_DB);
   const char *db = mongocrypt_ctx_mongo_db(ctx);
   same(op(ctx), "{'name':'c.d'}");
   assert_ptr_not_equal(mongocrypt_ctx_mongo_db(ctx), NULL);
   assert_string_equal(db, "o"); /* until the context is destroyed (OWN-4) */
   done(ctx, MONGOCRYPT_CTX_NEED_MONGO_MARKINGS);
   assert_null(mongocrypt_ctx_mongo_db(ctx));
   refused(ctx, "[STATE_WRONG call=mongo_db");
   ctx = encrypt("{'find':'c'}"); /* always in the database of the command */
   in_state(ctx, MONGOCRYPT_CTX_NEED_MONGO_COLLINFO);
   mongocrypt_ctx_destroy(ctx);
}

static void bypassing_analysis_gives_the_command_back(void **unused)
{
   (void)unused;
   handle((options_t){.bypass = true});
   mongocrypt_ctx_t *ctx = encrypt("{'find':'c','$db':'x'}");
   in_state(ctx, MONGOCRYPT_CTX_NEED_MONGO_COLLINFO);
   done(ctx, MONGOCRYPT_CTX_READY);
   result(ctx, "{'find':'c','$db':'x'}");
   result(encrypt("{'create':'d'}"), "{'create':'d'}"); /* no wire version either (S12) */
}

/* --- the wire version ---------------------------------------------------------------------------------------------------- */

static void an_old_mongocryptd_does_not_get_what_it_does_not_know(void **unused)
{
   (void)unused;
   static const struct {
      const char *reply;
      mongocrypt_ctx_state_t next;
   } rows[] = {
      {NULL, MONGOCRYPT_CTX_READY},
      {"{'maxWireVersion':16}", MONGOCRYPT_CTX_READY},
      {"{'maxWireVersion':17}", MONGOCRYPT_CTX_NEED_MONGO_MARKINGS},
   };
   for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
      handle((options_t){.schema_map = "{'db.c':1}"}); /* read only if it is needed */
      mongocrypt_ctx_t *ctx = encrypt("{'createIndexes':'d'}");
      same(op(ctx), "{'isMaster':1}");
      assert_true(!rows[i].reply || feed(ctx, rows[i].reply));
      done(ctx, i == 2 ? MONGOCRYPT_CTX_NEED_MONGO_COLLINFO : rows[i].next);
      mongocrypt_ctx_destroy(ctx);
      ctx = encrypt("{'create':'d'}");
      assert_true(!rows[i].reply || feed(ctx, rows[i].reply));
      done(ctx, rows[i].next);
      mongocrypt_ctx_destroy(ctx);
   }
}

static void a_wire_version_is_an_int32(void **unused)
{
   (void)unused;
   local();
   mongocrypt_ctx_t *ctx = encrypt("{'create':'c'}");
   assert_false(feed(ctx, "{'maxWireVersion':{'$numberLong':'17'}}"));
   refused(ctx, "[FIELD_REQUIRED what=isMaster field=maxWireVersion want=int got=long]");
   ctx = encrypt("{'create':'c'}");
   assert_true(feed(ctx, "{'maxWireVersion':16}") && feed(ctx, "{'maxWireVersion':17}")); /* the last counts */
   done(ctx, MONGOCRYPT_CTX_NEED_MONGO_MARKINGS);
   mongocrypt_ctx_destroy(ctx);
   ctx = encrypt("{'create':'c'}");
   assert_false(feed(ctx, "{}"));
   refused(ctx, "got=absent]");
}

static const char lookup[] = "{'aggregate':'c','pipeline':[{'$lookup':{'from':'d','as':'x','pipeline':[]}}],'cursor':{}}";

static void several_collections_need_the_opt_in_and_a_new_mongocryptd(void **unused)
{
   (void)unused;
   handle((options_t){0});
   refused(encrypt(lookup), "[COLLECTIONS_NOT_ENABLED command=aggregate ns=db.d]");
   handle((options_t){.multiple = true});
   mongocrypt_ctx_t *ctx = encrypt(lookup);
   assert_true(feed(ctx, "{'maxWireVersion':25}"));
   assert_false(mongocrypt_ctx_mongo_done(ctx));
   refused(ctx, "[WIRE_VERSION_TOO_OLD have=25 need=26]");
   ctx = encrypt(lookup);
   assert_false(mongocrypt_ctx_mongo_done(ctx));
   refused(ctx, "[WIRE_VERSION_TOO_OLD have=0 need=26]");
}

static void the_filter_shrinks_and_older_ones_stay_readable(void **unused)
{
   (void)unused;
   handle((options_t){.multiple = true});
   mongocrypt_ctx_t *ctx = encrypt(lookup);
   mongocrypt_binary_t is_master = op(ctx);
   assert_true(feed(ctx, "{'maxWireVersion':26}"));
   done(ctx, MONGOCRYPT_CTX_NEED_MONGO_COLLINFO);
   mongocrypt_binary_t both = op(ctx);
   assert_true(feed(ctx, "{'name':'d'}"));
   mongocrypt_binary_t one = op(ctx);
   assert_ptr_equal(op(ctx).data, one.data);
   done(ctx, MONGOCRYPT_CTX_NEED_MONGO_MARKINGS);
   same(is_master, "{'isMaster':1}");
   same(both, "{'name':{'$in':['c','d']}}");
   same(one, "{'name':'c'}");
   mongocrypt_ctx_destroy(ctx);
}

/* --- replies of query analysis --------------------------------------------------------------------------------------------- */

static void markings_are_replaced_at_every_depth_but_not_in_scopes(void **unused)
{
   (void)unused;
   local();
   analysed(encrypt("{'update':'c'}"),
            "{'result':{'a':[" MARKED_X ",{'b':[[" MARKED_X "]]},1],'c':{'$code':'f','$scope':{'d':" MARKED_X "}},'e':" SEALED_X
            ",'f':{'$binary':{'base64':'AAAA','subType':'00'}},'g':{'$binary':{'base64':'','subType':'06'}},'h':{'i':{'j':{}}}}}",
            "{'a':[" SEALED_X ",{'b':[[" SEALED_X "]]},1],'c':{'$code':'f','$scope':{'d':" MARKED_X "}},'e':" SEALED_X
            ",'f':{'$binary':{'base64':'AAAA','subType':'00'}},'g':{'$binary':{'base64':'','subType':'06'}},'h':{'i':{'j':{}}}}");
}

static void what_says_no_and_what_marks_nothing_leave_the_command_as_it_was(void **unused)
{
   (void)unused;
   static const char *const replies[] = {
      "{'result':{}}",
      "{'result':{'find':'c','other':1}}",
      "{'schemaRequiresEncryption':false}",
      "{'schemaRequiresEncryption':false,'result':5}",
      "{'schemaRequiresEncryption':0,'result':{'a':" MARKED_X "}}",
      "{'schemaRequiresEncryption':{'$numberLong':'0'},'result':{'a':" MARKED_X "}}",
      "{'schemaRequiresEncryption':-0.0,'result':{'a':" MARKED_X "}}",
      "{'schemaRequiresEncryption':null,'result':{'a':" MARKED_X "}}",
      "{'schemaRequiresEncryption':{'$undefined':true},'result':{'a':" MARKED_X "}}",
      "{'hasEncryptedPlaceholders':false,'result':{'a':" MARKED_X "}}",
      "{'schemaRequiresEncryption':true,'hasEncryptedPlaceholders':false,'result':{'a':" MARKED_X "}}",
   };
   local();
   for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++) {
      mongocrypt_ctx_t *ctx = encrypt("{'find':'c','$db':'x'}");
      assert_true(feed(ctx, replies[i]));
      done(ctx, MONGOCRYPT_CTX_READY);
      result(ctx, "{'find':'c','$db':'x'}");
   }
   mongocrypt_ctx_t *ctx = encrypt("{'find':'c','$db':'x'}"); /* no reply at all */
   done(ctx, MONGOCRYPT_CTX_READY);
   result(ctx, "{'find':'c','$db':'x'}");
}

static void other_words_count_as_yes(void **unused)
{
   (void)unused;
   static const char *const words[] = {"''", "'false'", "{}", "[]", "1", "-1.5", "true", "{'$numberLong':'1'}", "{'$minKey':1}"};
   for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
      char reply[400];
      snprintf(reply, sizeof reply, "{'schemaRequiresEncryption':%s,'hasEncryptionPlaceholders':false,'result':{'a':%s}}", words[i],
               MARKED_X);
      local();
      analysed(encrypt("{'find':'c'}"), reply, "{'a':" SEALED_X "}");
   }
}

static void the_last_result_counts_and_keys_stay_asked_for(void **unused)
{
   (void)unused;
   local();
   mongocrypt_ctx_t *ctx = encrypt("{'find':'c'}");
   assert_true(feed(ctx, "{'result':{'a':" MARKED_X "}}"));
   analysed(ctx, "{'result':{'b':[" MARKED_X "]}}", "{'b':[" SEALED_X "]}");
   local();
   ctx = encrypt("{'find':'c'}");
   assert_true(feed(ctx, "{'result':{'a':" MARKED_X "}}"));
   analysed(ctx, "{'result':{'z':1}}", "{'z':1}");
   local();
   ctx = encrypt("{'find':'c'}");
   assert_true(feed(ctx, "{'result':{'a':" MARKED_X "}}"));
   analysed(ctx, "{'schemaRequiresEncryption':false}", "{'a':" SEALED_X "}");
}

static void replies_that_are_none_are_refused(void **unused)
{
   (void)unused;
   static const struct {
      const char *reply;
      const char *tag;
   } rows[] = {
      {"{'ok':1}", "[FIELD_REQUIRED what=markings field=result want=object got=absent]"},
      {"{'result':[]}", "[FIELD_REQUIRED what=markings field=result want=object got=array]"},
      {"{'result':{'a':{'$binary':{'base64':'AAA=','subType':'06'}}}}", "[MARKING_INVALID"},
      {"{'result':{'a':{'$binary':{'base64':'AwUAAAAA','subType':'06'}}}}", "[UNSUPPORTED feature=queryable]"},
      {"{'result':{'a':" MARKED_NULL "}}", "[VALUE_TYPE_REFUSED bson_type=null algorithm=AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic]"},
   };
   for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
      local();
      mongocrypt_ctx_t *ctx = encrypt("{'find':'c'}");
      assert_false(feed(ctx, rows[i].reply));
      refused(ctx, rows[i].tag);
   }
   mongocrypt_ctx_t *ctx = encrypt("{'find':'c'}");
   mongocrypt_binary_t broken = drive_in(flp_view("\5\0\0\0\1", 5));
   assert_false(mongocrypt_ctx_mongo_feed(ctx, &broken));
   refused(ctx, "malformed BSON [BSON_INVALID what=markings offset=4]");
}

static void a_key_is_looked_for_when_its_marking_comes(void **unused)
{
   (void)unused;
   local();
   mongocrypt_ctx_t *early = encrypt("{'find':'c'}");
   assert_true(feed(early, "{'result':{'a':" MARKED_X "}}"));
   analysed(encrypt("{'find':'c'}"), "{'result':{'a':" MARKED_X "}}", "{'a':" SEALED_X "}");
   done(early, MONGOCRYPT_CTX_NEED_MONGO_KEYS);
   mongocrypt_ctx_destroy(early);
   mongocrypt_ctx_t *late = encrypt("{'find':'c'}");
   assert_true(feed(late, "{'result':{'a':" MARKED_X "}}"));
   done(late, MONGOCRYPT_CTX_READY);
   mongocrypt_ctx_destroy(late);
}

/* --- finalize -------------------------------------------------------------------------------------------------------------- */

static void the_database_is_appended_where_the_command_had_it(void **unused)
{
   (void)unused;
   static const struct {
      const char *command, *marked, *want;
   } rows[] = {
      {"{'find':'c','$db':'x'}", "{'result':{'a':" MARKED_X "}}", "{'a':" SEALED_X ",'$db':'db'}"},
      {"{'find':'c','$db':5}", "{'result':{'a':" MARKED_X "}}", "{'a':" SEALED_X ",'$db':'db'}"},
      {"{'find':'c','$db':'x'}", "{'result':{'$db':7,'a':" MARKED_X "}}", "{'$db':7,'a':" SEALED_X "}"},
      {"{'find':'c','f':{'$db':1}}", "{'result':{'a':" MARKED_X "}}", "{'a':" SEALED_X "}"},
      {"{'find':'c','$db':'x'}", "{'result':{'f':{'$db':1},'a':" MARKED_X "}}", "{'f':{'$db':1},'a':" SEALED_X ",'$db':'db'}"},
   };
   for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
      local();
      analysed(encrypt(rows[i].command), rows[i].marked, rows[i].want);
   }
}

#define FIELDS_BY_NAME "{'fields':[{'path':'p','bsonType':'string','keyAltName':'n'}]}"
#define FIELDS "{'fields':[{'path':'p','bsonType':'string','keyId':" KEY_ID "}]}"
#define INFORMATION                                                                                                                        \
   "'encryptionInformation':{'type':1,'schema':{'db.c':{'fields':[{'path':'p','bsonType':'string','keyId':" KEY_ID                         \
   "}],'escCollection':'enxcol_.c.esc','ecocCollection':'enxcol_.c.ecoc'}}}"

static void keys_that_fields_name_come_first(void **unused)
{
   (void)unused;
   handle((options_t){.efc_map = "{'db.c':" FIELDS_BY_NAME "}"});
   mongocrypt_ctx_t *ctx = encrypt("{'update':'c'}");
   in_state(ctx, MONGOCRYPT_CTX_NEED_MONGO_KEYS);
   mongocrypt_binary_t first = op(ctx);
   give_key(ctx);
   in_state(ctx, MONGOCRYPT_CTX_NEED_MONGO_MARKINGS);
   same(op(ctx), "{'update':'c'," INFORMATION "}");
   assert_true(feed(ctx, "{'result':{'update':'c','a':{'$binary':{'base64':"
                         "'AC4AAAACdgACAAAAeAAQYQABAAAABWtpABAAAAAEYmJiYmJiYmJiYmJiYmJiYgA=','subType':'06'}}}}"));
   done(ctx, MONGOCRYPT_CTX_NEED_MONGO_KEYS); /* a second round, for the marking */
   same(op(ctx), "{'$or':[{'_id':{'$in':[{'$binary':{'base64':'YmJiYmJiYmJiYmJiYmJiYg==','subType':'04'}}]}},{'keyAltNames':{'$in':[]}}]}");
   same(first, "{'$or':[{'_id':{'$in':[]}},{'keyAltNames':{'$in':['n']}}]}");
   mongocrypt_ctx_destroy(ctx);
   ctx = encrypt("{'update':'c','$db':'x'}"); /* the key is cached now */
   in_state(ctx, MONGOCRYPT_CTX_NEED_MONGO_MARKINGS);
   assert_true(feed(ctx, "{'result':{'update':'c','a':" MARKED_X "}}"));
   done(ctx, MONGOCRYPT_CTX_READY);
   result(ctx, "{'update':'c','a':" SEALED_X "," INFORMATION ",'$db':'db'}");
}

static void names_of_fields_that_the_server_tells_are_looked_up_only_from_the_cache(void **unused)
{
   (void)unused;
   handle((options_t){0});
   mongocrypt_binary_t out = {0};
   mongocrypt_ctx_t *ctx = encrypt("{'find':'c'}");
   assert_true(feed(ctx, "{'name':'c','options':{'encryptedFields':" FIELDS_BY_NAME "}}"));
   done(ctx, MONGOCRYPT_CTX_NEED_MONGO_MARKINGS);
   assert_false(mongocrypt_ctx_mongo_op(ctx, &out));
   refused(ctx, "[KEY_NOT_FOUND key_alt_name=n");
   ctx = encrypt("{'find':'c'}");
   give_key(ctx);
   same(op(ctx), "{'find':'c'," INFORMATION "}");
   mongocrypt_ctx_destroy(ctx);
}

static void a_collection_with_encrypted_fields_informs_the_server(void **unused)
{
   (void)unused;
#define PAYLOAD(byte) "{'find':'c','a':{'$binary':{'base64':'" byte "','subType':'06'}}"
   handle((options_t){.efc_map = "{'db.c':" FIELDS "}", .bypass = true});
   result(encrypt("{'find':'c'}"), "{'find':'c'}");
   result(encrypt(PAYLOAD("Cw==") "}"), PAYLOAD("Cw==") "," INFORMATION "}"); /* 11 */
   result(encrypt(PAYLOAD("Dg==") "}"), PAYLOAD("Dg==") "}");                 /* 14 is what the server stores */
   result(encrypt("{'update':'c','$db':'x'}"), "{'update':'c','$db':'x'," INFORMATION "}");
   refused(encrypt("{'compactStructuredEncryptionData':'c'}"), "[UNSUPPORTED feature=queryable]");
}

static void a_result_beyond_the_limit_is_refused(void **unused)
{
   (void)unused;
   enum { MARKINGS = 260000, ELEMENT = 61 };
   static const char reply_head[] = "\3result"; /* with its NUL */
   flp_buf_t marking = from_json("{'f':" MARKED_X "}");
   flp_view_t element = flp_view(marking.data + 4, marking.len - 5);
   flp_buf_t reply = {0};
   const size_t inner = 4 + MARKINGS * element.len + 1;
   assert_true(flp_buf_reserve(&reply, inner + 20));
   reply.len = 4;
   flp_buf_append(&reply, flp_view(reply_head, sizeof reply_head));
   size_t at = reply.len;
   reply.len += 4;
   for (size_t i = 0; i < MARKINGS; i++) {
      flp_buf_append(&reply, element);
   }
   flp_buf_append(&reply, flp_view("\0", 2));
   flp_write_u32_le(reply.data + at, (uint32_t)inner);
   flp_write_u32_le(reply.data, (uint32_t)reply.len);
   local();
   mongocrypt_ctx_t *ctx = encrypt("{'find':'c'}");
   mongocrypt_binary_t in = drive_in(flp_view_of(&reply)), out = {0};
   if (!mongocrypt_ctx_mongo_feed(ctx, &in)) {
      fail_msg("%s", drive_error(ctx));
   }
   done(ctx, MONGOCRYPT_CTX_NEED_MONGO_KEYS);
   give_key(ctx);
   assert_false(mongocrypt_ctx_finalize(ctx, &out));
   refused(ctx, "[LIMIT_EXCEEDED limit=document_len value=");
   flp_buf_cleanup(&reply);
   flp_buf_cleanup(&marking);
}

/* --- init -------------------------------------------------------------------------------------------------------------------- */

static void the_name_of_a_database_is_checked_after_the_command(void **unused)
{
   (void)unused;
   static const struct {
      const char *db;
      int32_t len;
      const char *tag;
   } rows[] = {
      {"", -1, "reason=empty]"},   {"db", 0, "reason=empty]"}, {"db", -2, "reason=length]"}, {"\xff", -1, "reason=utf8]"},
      {"a\0b", 3, "reason=utf8]"}, {"a.b", -1, "reason=dot]"}, {NULL, -1, "reason=null]"},
   };
   local();
   flp_buf_t command = from_json("{'nonsense':1}");
   mongocrypt_binary_t in = drive_in(flp_view_of(&command)), empty = drive_in(flp_view("\5\0\0\0\0", 5));
   for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
      mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(used);
      assert_false(mongocrypt_ctx_encrypt_init(ctx, rows[i].db, rows[i].len, &in));
      drive_assert_error(ctx, "[OPTION_INVALID option=db ");
      drive_assert_error(ctx, rows[i].tag);
      mongocrypt_ctx_destroy(ctx);
   }
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(used);
   assert_false(mongocrypt_ctx_encrypt_init(ctx, "", -1, &empty));
   refused(ctx, "[COMMAND_INVALID reason=empty]");
   ctx = mongocrypt_ctx_new(used);
   assert_false(mongocrypt_ctx_encrypt_init(ctx, "db", -1, &in));
   refused(ctx, "[COMMAND_UNSUPPORTED command=nonsense]");
   flp_buf_cleanup(&command);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, tear_down)
   const struct CMUnitTest tests[] = {
      TEST(a_bypassed_command_is_ready_at_once),
      TEST(a_command_with_a_local_schema_goes_to_analysis),
      TEST(a_schema_of_the_server_is_asked_for_and_remembered),
      TEST(another_database_is_told),
      TEST(bypassing_analysis_gives_the_command_back),
      TEST(an_old_mongocryptd_does_not_get_what_it_does_not_know),
      TEST(a_wire_version_is_an_int32),
      TEST(several_collections_need_the_opt_in_and_a_new_mongocryptd),
      TEST(the_filter_shrinks_and_older_ones_stay_readable),
      TEST(markings_are_replaced_at_every_depth_but_not_in_scopes),
      TEST(what_says_no_and_what_marks_nothing_leave_the_command_as_it_was),
      TEST(other_words_count_as_yes),
      TEST(the_last_result_counts_and_keys_stay_asked_for),
      TEST(replies_that_are_none_are_refused),
      TEST(a_key_is_looked_for_when_its_marking_comes),
      TEST(the_database_is_appended_where_the_command_had_it),
      TEST(keys_that_fields_name_come_first),
      TEST(names_of_fields_that_the_server_tells_are_looked_up_only_from_the_cache),
      TEST(a_collection_with_encrypted_fields_informs_the_server),
      TEST(a_result_beyond_the_limit_is_refused),
      TEST(the_name_of_a_database_is_checked_after_the_command),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
