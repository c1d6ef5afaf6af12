/* Automatic encryption through the public functions: what is asked for in which order, and what init refuses. */
#include "ref/mongocrypt/ctx/test/support_encrypt.h"

#include "ref/mongocrypt/test/json.h"

/* --- the usual way ------------------------------------------------------------------------------------------------------- */

static void a_bypassed_command_is_ready_at_once(void **unused)
{
   (void)unused;
   auto_local();
   auto_result(auto_encrypt("{'ping':1,'$db':'other'}"), "{'ping':1,'$db':'other'}");
}

static void a_command_with_a_local_schema_goes_to_analysis(void **unused)
{
   (void)unused;
   auto_local();
   mongocrypt_ctx_t *ctx = auto_encrypt("{'find':'c','filter':{'a':'x'}}");
   auto_same(auto_op(ctx), "{'find':'c','filter':{'a':'x'},'jsonSchema':{},'isRemoteSchema':false}");
   assert_ptr_equal(auto_op(ctx).data, auto_op(ctx).data); /* made once (OWN-10) */
   auto_analysed(ctx, "{'result':{'find':'c','filter':{'a':" MARKED_X "}},'ok':1}", "{'find':'c','filter':{'a':" SEALED_X "}}");
}

static void a_schema_of_the_server_is_asked_for_and_remembered(void **unused)
{
   (void)unused;
   auto_handle((auto_options_t){0});
   mongocrypt_ctx_t *ctx = auto_encrypt("{'find':'c'}");
   auto_in_state(ctx, MONGOCRYPT_CTX_NEED_MONGO_COLLINFO);
   auto_same(auto_op(ctx), "{'name':'c'}");
   assert_true(auto_feed(ctx, "{'name':'c','options':{'validator':{'$jsonSchema':{'title':'t'}}}}"));
   auto_done(ctx, MONGOCRYPT_CTX_NEED_MONGO_MARKINGS);
   auto_same(auto_op(ctx), "{'find':'c','jsonSchema':{'title':'t'},'isRemoteSchema':true}");
   auto_done(ctx, MONGOCRYPT_CTX_READY);
   mongocrypt_ctx_destroy(ctx);
   ctx = auto_encrypt("{'count':'c'}");
   auto_in_state(ctx, MONGOCRYPT_CTX_NEED_MONGO_MARKINGS);
   mongocrypt_ctx_destroy(ctx);
}

static void another_database_is_told(void **unused)
{
   (void)unused;
   auto_handle((auto_options_t){0});
   auto_refused(auto_encrypt("{'bulkWrite':1,'ops':[],'nsInfo':[{'ns':'o.c.d'}]}"), "[COLLECTIONS_NOT_ENABLED command=bulkWrite ns=o.c.d]");
   auto_handle((auto_options_t){.with_db = true});
   mongocrypt_ctx_t *ctx = auto_encrypt("{'bulkWrite':1,'ops':[],'nsInfo':[{'ns':'o.c.d'}]}");
   auto_in_state(ctx, MONGOCRYPT_CTX_NEED_MONGO_COLLINFO_WITH_DB);
   const char *db = mongocrypt_ctx_mongo_db(ctx);
   auto_same(auto_op(ctx), "{'name':'c.d'}");
   assert_ptr_not_equal(mongocrypt_ctx_mongo_db(ctx), NULL);
   assert_int_equal(strcmp(db, "o"), 0); /* until the context is destroyed (OWN-4) */
   auto_done(ctx, MONGOCRYPT_CTX_NEED_MONGO_MARKINGS);
   assert_null(mongocrypt_ctx_mongo_db(ctx));
   auto_refused(ctx, "[STATE_WRONG call=mongo_db");
   ctx = auto_encrypt("{'find':'c'}"); /* always in the database of the command */
   auto_in_state(ctx, MONGOCRYPT_CTX_NEED_MONGO_COLLINFO);
   mongocrypt_ctx_destroy(ctx);
}

static void bypassing_analysis_gives_the_command_back(void **unused)
{
   (void)unused;
   auto_handle((auto_options_t){.bypass = true});
   mongocrypt_ctx_t *ctx = auto_encrypt("{'find':'c','$db':'x'}");
   auto_in_state(ctx, MONGOCRYPT_CTX_NEED_MONGO_COLLINFO);
   auto_done(ctx, MONGOCRYPT_CTX_READY);
   auto_result(ctx, "{'find':'c','$db':'x'}");
   auto_result(auto_encrypt("{'create':'d'}"), "{'create':'d'}"); /* no wire version either (S12) */
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
      auto_handle((auto_options_t){.schema_map = "{'db.c':1}"}); /* read only if it is needed */
      mongocrypt_ctx_t *ctx = auto_encrypt("{'createIndexes':'d'}");
      auto_same(auto_op(ctx), "{'isMaster':1}");
      assert_true(!rows[i].reply || auto_feed(ctx, rows[i].reply));
      auto_done(ctx, i == 2 ? MONGOCRYPT_CTX_NEED_MONGO_COLLINFO : rows[i].next);
      mongocrypt_ctx_destroy(ctx);
      ctx = auto_encrypt("{'create':'d'}");
      assert_true(!rows[i].reply || auto_feed(ctx, rows[i].reply));
      auto_done(ctx, rows[i].next);
      mongocrypt_ctx_destroy(ctx);
   }
}

static void a_wire_version_is_an_int32(void **unused)
{
   (void)unused;
   auto_local();
   mongocrypt_ctx_t *ctx = auto_encrypt("{'create':'c'}");
   assert_false(auto_feed(ctx, "{'maxWireVersion':{'$numberLong':'17'}}"));
   auto_refused(ctx, "[FIELD_REQUIRED what=isMaster field=maxWireVersion want=int got=long]");
   ctx = auto_encrypt("{'create':'c'}");
   assert_true(auto_feed(ctx, "{'maxWireVersion':16}") && auto_feed(ctx, "{'maxWireVersion':17}")); /* the last counts */
   auto_done(ctx, MONGOCRYPT_CTX_NEED_MONGO_MARKINGS);
   mongocrypt_ctx_destroy(ctx);
   ctx = auto_encrypt("{'create':'c'}");
   assert_false(auto_feed(ctx, "{}"));
   auto_refused(ctx, "got=absent]");
}

static const char lookup[] = "{'aggregate':'c','pipeline':[{'$lookup':{'from':'d','as':'x','pipeline':[]}}],'cursor':{}}";

static void several_collections_need_the_opt_in_and_a_new_mongocryptd(void **unused)
{
   (void)unused;
   auto_handle((auto_options_t){0});
   auto_refused(auto_encrypt(lookup), "[COLLECTIONS_NOT_ENABLED command=aggregate ns=db.d]");
   auto_handle((auto_options_t){.multiple = true});
   mongocrypt_ctx_t *ctx = auto_encrypt(lookup);
   assert_true(auto_feed(ctx, "{'maxWireVersion':25}"));
   assert_false(mongocrypt_ctx_mongo_done(ctx));
   auto_refused(ctx, "[WIRE_VERSION_TOO_OLD have=25 need=26]");
   ctx = auto_encrypt(lookup);
   assert_false(mongocrypt_ctx_mongo_done(ctx));
   auto_refused(ctx, "[WIRE_VERSION_TOO_OLD have=0 need=26]");
}

static void the_filter_shrinks_and_older_ones_stay_readable(void **unused)
{
   (void)unused;
   auto_handle((auto_options_t){.multiple = true});
   mongocrypt_ctx_t *ctx = auto_encrypt(lookup);
   mongocrypt_binary_t is_master = auto_op(ctx);
   assert_true(auto_feed(ctx, "{'maxWireVersion':26}"));
   auto_done(ctx, MONGOCRYPT_CTX_NEED_MONGO_COLLINFO);
   mongocrypt_binary_t both = auto_op(ctx);
   assert_true(auto_feed(ctx, "{'name':'d'}"));
   mongocrypt_binary_t one = auto_op(ctx);
   assert_ptr_equal(auto_op(ctx).data, one.data);
   auto_done(ctx, MONGOCRYPT_CTX_NEED_MONGO_MARKINGS);
   auto_same(is_master, "{'isMaster':1}");
   auto_same(both, "{'name':{'$in':['c','d']}}");
   auto_same(one, "{'name':'c'}");
   mongocrypt_ctx_destroy(ctx);
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
   auto_local();
   flp_buf_t command = from_json("{'nonsense':1}");
   mongocrypt_binary_t in = drive_in(flp_view_of(&command)), empty = drive_in(flp_view("\5\0\0\0\0", 5));
   for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
      mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(drive_crypt);
      assert_false(mongocrypt_ctx_encrypt_init(ctx, rows[i].db, rows[i].len, &in));
      drive_assert_error(ctx, "[OPTION_INVALID option=db ");
      drive_assert_error(ctx, rows[i].tag);
      mongocrypt_ctx_destroy(ctx);
   }
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(drive_crypt);
   assert_false(mongocrypt_ctx_encrypt_init(ctx, "", -1, &empty));
   auto_refused(ctx, "[COMMAND_INVALID reason=empty]");
   ctx = mongocrypt_ctx_new(drive_crypt);
   assert_false(mongocrypt_ctx_encrypt_init(ctx, "db", -1, &in));
   auto_refused(ctx, "[COMMAND_UNSUPPORTED command=nonsense]");
   flp_buf_cleanup(&command);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, auto_tear_down)
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
      TEST(the_name_of_a_database_is_checked_after_the_command),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
