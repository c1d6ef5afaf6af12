/* Automatic encryption through the public functions: what becomes of the replies of query analysis, and what finalize gives. */
#include "ref/mongocrypt/ctx/test/support_encrypt.h"

#include "ref/mongocrypt/test/json.h"

/* --- replies of query analysis --------------------------------------------------------------------------------------------- */

static void markings_are_replaced_at_every_depth_but_not_in_scopes(void **unused)
{
   (void)unused;
   auto_local();
   auto_analysed(auto_encrypt("{'update':'c'}"),
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
   auto_local();
   for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++) {
      mongocrypt_ctx_t *ctx = auto_encrypt("{'find':'c','$db':'x'}");
      assert_true(auto_feed(ctx, replies[i]));
      auto_done(ctx, MONGOCRYPT_CTX_READY);
      auto_result(ctx, "{'find':'c','$db':'x'}");
   }
   mongocrypt_ctx_t *ctx = auto_encrypt("{'find':'c','$db':'x'}"); /* no reply at all */
   auto_done(ctx, MONGOCRYPT_CTX_READY);
   auto_result(ctx, "{'find':'c','$db':'x'}");
}

static void other_words_count_as_yes(void **unused)
{
   (void)unused;
   static const char *const words[] = {"''", "'false'", "{}", "[]", "1", "-1.5", "true", "{'$numberLong':'1'}", "{'$minKey':1}"};
   for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
      char reply[400];
      snprintf(reply, sizeof reply, "{'schemaRequiresEncryption':%s,'hasEncryptionPlaceholders':false,'result':{'a':%s}}", words[i],
               MARKED_X);
      auto_local();
      auto_analysed(auto_encrypt("{'find':'c'}"), reply, "{'a':" SEALED_X "}");
   }
}

static void the_last_result_counts_and_keys_stay_asked_for(void **unused)
{
   (void)unused;
   auto_local();
   mongocrypt_ctx_t *ctx = auto_encrypt("{'find':'c'}");
   assert_true(auto_feed(ctx, "{'result':{'a':" MARKED_X "}}"));
   auto_analysed(ctx, "{'result':{'b':[" MARKED_X "]}}", "{'b':[" SEALED_X "]}");
   auto_local();
   ctx = auto_encrypt("{'find':'c'}");
   assert_true(auto_feed(ctx, "{'result':{'a':" MARKED_X "}}"));
   auto_analysed(ctx, "{'result':{'z':1}}", "{'z':1}");
   auto_local();
   ctx = auto_encrypt("{'find':'c'}");
   assert_true(auto_feed(ctx, "{'result':{'a':" MARKED_X "}}"));
   auto_analysed(ctx, "{'schemaRequiresEncryption':false}", "{'a':" SEALED_X "}");
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
   };
   for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
      auto_local();
      mongocrypt_ctx_t *ctx = auto_encrypt("{'find':'c'}");
      assert_false(auto_feed(ctx, rows[i].reply));
      auto_refused(ctx, rows[i].tag);
   }
   mongocrypt_ctx_t *ctx = auto_encrypt("{'find':'c'}");
   mongocrypt_binary_t broken = drive_in(flp_view("\5\0\0\0\1", 5));
   assert_false(mongocrypt_ctx_mongo_feed(ctx, &broken));
   auto_refused(ctx, "malformed BSON [BSON_INVALID what=markings offset=4]");
}

static void a_value_without_bytes_cannot_be_sealed(void **unused)
{
   (void)unused;
   mongocrypt_binary_t out = {0};
   auto_local();
   mongocrypt_ctx_t *ctx = auto_encrypt("{'find':'c'}");
   assert_true(auto_feed(ctx, "{'result':{'a':" MARKED_NULL "}}"));
   auto_done(ctx, MONGOCRYPT_CTX_NEED_MONGO_KEYS);
   auto_give_key(ctx);
   assert_false(mongocrypt_ctx_finalize(ctx, &out));
   auto_refused(ctx, "[VALUE_TYPE_REFUSED bson_type=null algorithm=AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic]");
}

static void a_key_is_looked_for_when_its_marking_comes(void **unused)
{
   (void)unused;
   auto_local();
   mongocrypt_ctx_t *early = auto_encrypt("{'find':'c'}");
   assert_true(auto_feed(early, "{'result':{'a':" MARKED_X "}}"));
   auto_analysed(auto_encrypt("{'find':'c'}"), "{'result':{'a':" MARKED_X "}}", "{'a':" SEALED_X "}");
   auto_done(early, MONGOCRYPT_CTX_NEED_MONGO_KEYS);
   mongocrypt_ctx_destroy(early);
   mongocrypt_ctx_t *late = auto_encrypt("{'find':'c'}");
   assert_true(auto_feed(late, "{'result':{'a':" MARKED_X "}}"));
   auto_done(late, MONGOCRYPT_CTX_READY);
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
      auto_local();
      auto_analysed(auto_encrypt(rows[i].command), rows[i].marked, rows[i].want);
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
   auto_handle((auto_options_t){.efc_map = "{'db.c':" FIELDS_BY_NAME "}"});
   mongocrypt_ctx_t *ctx = auto_encrypt("{'update':'c'}");
   auto_in_state(ctx, MONGOCRYPT_CTX_NEED_MONGO_KEYS);
   mongocrypt_binary_t first = auto_op(ctx);
   auto_give_key(ctx);
   auto_in_state(ctx, MONGOCRYPT_CTX_NEED_MONGO_MARKINGS);
   auto_same(auto_op(ctx), "{'update':'c'," INFORMATION "}");
   assert_true(auto_feed(ctx, "{'result':{'update':'c','a':{'$binary':{'base64':"
                              "'AC4AAAACdgACAAAAeAAQYQABAAAABWtpABAAAAAEYmJiYmJiYmJiYmJiYmJiYgA=','subType':'06'}}}}"));
   auto_done(ctx, MONGOCRYPT_CTX_NEED_MONGO_KEYS); /* a second round, for the marking */
   auto_same(auto_op(ctx),
             "{'$or':[{'_id':{'$in':[{'$binary':{'base64':'YmJiYmJiYmJiYmJiYmJiYg==','subType':'04'}}]}},{'keyAltNames':{'$in':[]}}]}");
   auto_same(first, "{'$or':[{'_id':{'$in':[]}},{'keyAltNames':{'$in':['n']}}]}");
   mongocrypt_ctx_destroy(ctx);
   ctx = auto_encrypt("{'update':'c','$db':'x'}"); /* the key is cached now */
   auto_in_state(ctx, MONGOCRYPT_CTX_NEED_MONGO_MARKINGS);
   assert_true(auto_feed(ctx, "{'result':{'update':'c','a':" MARKED_X "}}"));
   auto_done(ctx, MONGOCRYPT_CTX_READY);
   auto_result(ctx, "{'update':'c','a':" SEALED_X "," INFORMATION ",'$db':'db'}");
}

static void names_of_fields_that_the_server_tells_are_looked_up_only_from_the_cache(void **unused)
{
   (void)unused;
   auto_handle((auto_options_t){0});
   mongocrypt_binary_t out = {0};
   mongocrypt_ctx_t *ctx = auto_encrypt("{'find':'c'}");
   assert_true(auto_feed(ctx, "{'name':'c','options':{'encryptedFields':" FIELDS_BY_NAME "}}"));
   auto_done(ctx, MONGOCRYPT_CTX_NEED_MONGO_MARKINGS);
   assert_false(mongocrypt_ctx_mongo_op(ctx, &out));
   auto_refused(ctx, "[KEY_NOT_FOUND key_alt_name=n");
   ctx = auto_encrypt("{'find':'c'}");
   auto_give_key(ctx);
   auto_same(auto_op(ctx), "{'find':'c'," INFORMATION "}");
   mongocrypt_ctx_destroy(ctx);
}

static void a_collection_with_encrypted_fields_informs_the_server(void **unused)
{
   (void)unused;
#define PAYLOAD(byte) "{'find':'c','a':{'$binary':{'base64':'" byte "','subType':'06'}}"
   auto_handle((auto_options_t){.efc_map = "{'db.c':" FIELDS "}", .bypass = true});
   auto_result(auto_encrypt("{'find':'c'}"), "{'find':'c'}");
   auto_result(auto_encrypt(PAYLOAD("Cw==") "}"), PAYLOAD("Cw==") "," INFORMATION "}"); /* 11 */
   auto_result(auto_encrypt(PAYLOAD("Dg==") "}"), PAYLOAD("Dg==") "}");                 /* 14 is what the server stores */
   auto_result(auto_encrypt("{'update':'c','$db':'x'}"), "{'update':'c','$db':'x'," INFORMATION "}");
   auto_refused(auto_encrypt("{'compactStructuredEncryptionData':'c'}"), "[UNSUPPORTED feature=queryable]");
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
   auto_local();
   mongocrypt_ctx_t *ctx = auto_encrypt("{'find':'c'}");
   mongocrypt_binary_t in = drive_in(flp_view_of(&reply)), out = {0};
   if (!mongocrypt_ctx_mongo_feed(ctx, &in)) {
      fail_msg("%s", drive_error(ctx));
   }
   auto_done(ctx, MONGOCRYPT_CTX_NEED_MONGO_KEYS);
   auto_give_key(ctx);
   assert_false(mongocrypt_ctx_finalize(ctx, &out));
   auto_refused(ctx, "[LIMIT_EXCEEDED limit=document_len value=");
   flp_buf_cleanup(&reply);
   flp_buf_cleanup(&marking);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, auto_tear_down)
   const struct CMUnitTest tests[] = {
      TEST(markings_are_replaced_at_every_depth_but_not_in_scopes),
      TEST(what_says_no_and_what_marks_nothing_leave_the_command_as_it_was),
      TEST(other_words_count_as_yes),
      TEST(the_last_result_counts_and_keys_stay_asked_for),
      TEST(replies_that_are_none_are_refused),
      TEST(a_value_without_bytes_cannot_be_sealed),
      TEST(a_key_is_looked_for_when_its_marking_comes),
      TEST(the_database_is_appended_where_the_command_had_it),
      TEST(keys_that_fields_name_come_first),
      TEST(names_of_fields_that_the_server_tells_are_looked_up_only_from_the_cache),
      TEST(a_collection_with_encrypted_fields_informs_the_server),
      TEST(a_result_beyond_the_limit_is_refused),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
