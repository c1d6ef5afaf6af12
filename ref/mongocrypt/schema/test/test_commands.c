/* Which commands are known, and which collection each is about. */
#include "ref/mongocrypt/schema/commands.h"
#include "ref/mongocrypt/test/json.h"

static flp_status_t status;
static flp_command_t command;
static flp_buf_t document;

/* Reads a command given as JSON for the database `db`. The views stay valid until the next call. */
static bool read_command(const char *json)
{
   flp_status_reset(&status);
   flp_buf_cleanup(&document);
   document = from_json(json);
   return flp_command_read(&command, flp_view_text("db"), flp_view_of(&document), &status);
}

static int tear_down(void **unused)
{
   (void)unused;
   flp_buf_cleanup(&document);
   return 0;
}

static void assert_about(const char *json, const char *db, const char *coll)
{
   if (!read_command(json)) {
      fail_msg("%s: %s", json, status.message);
   }
   assert_true(flp_view_equal_text(command.db, db));
   assert_true(flp_view_equal_text(command.coll, coll));
}

static void assert_refused(const char *json, const char *class_name, const char *part)
{
   assert_false(read_command(json));
   assert_error(&status, class_name, part);
}

static void the_collection_is_the_value_of_the_first_field(void **unused)
{
   (void)unused;
   assert_about("{'find':'c','filter':{}}", "db", "c");
   assert_about("{'insert':'a.b'}", "db", "a.b");
   assert_about("{'explain':{'find':'c'},'verbosity':'x'}", "db", "c");
   assert_about("{'explain':{'nonsense':'c'}}", "db", "c"); /* CMD-1: its name is not looked at */
   assert_true(flp_command_is(&command, FLP_COMMAND_EXPLAIN));
}

static void bulk_write_names_its_collection_in_ns_info(void **unused)
{
   (void)unused;
   assert_about("{'bulkWrite':1,'ops':[],'nsInfo':[{'x':1,'ns':'other.a.b'}]}", "other", "a.b");
   assert_about("{'bulkWrite':'ignored','nsInfo':{'0':{'ns':'q.'}}}", "q", "");
   assert_refused("{'bulkWrite':1}", "COMMAND_INVALID", "failed to find namespace");
   assert_refused("{'bulkWrite':1,'nsInfo':[]}", "COMMAND_INVALID", "failed to find namespace");
   assert_refused("{'bulkWrite':1,'nsInfo':[['ns']]}", "COMMAND_INVALID", "failed to find namespace");
   assert_refused("{'bulkWrite':1,'nsInfo':[{'ns':1}]}", "COMMAND_INVALID", "expected namespace to be UTF8");
   assert_refused("{'bulkWrite':1,'nsInfo':[{'ns':''}]}", "COMMAND_INVALID", "expected namespace to contain dot");
   assert_refused("{'bulkWrite':1,'nsInfo':[{'ns':'d.\\u0000'}]}", "COMMAND_INVALID", "null byte");
   assert_refused("{'bulkWrite':1,'nsInfo':[{'ns':'d.c'},1]}", "COMMAND_INVALID", "found more than one");
}

static void case_counts_but_for_is_master(void **unused)
{
   (void)unused;
   assert_about("{'ISMASTER':1}", "db", "");
   assert_true(flp_command_is(&command, FLP_COMMAND_BYPASSED));
   assert_refused("{'HELLO':1}", "COMMAND_UNSUPPORTED", "command=HELLO");
   assert_refused("{'Find':'c'}", "COMMAND_UNSUPPORTED", "command not supported for auto encryption: Find");
   assert_refused("{'findandmodify':'c'}", "COMMAND_UNSUPPORTED", "command=findandmodify");
}

static void what_is_no_collection_is_refused(void **unused)
{
   (void)unused;
   assert_refused("{'aggregate':1}", "COMMAND_INVALID", "non-collection command not supported for auto encryption: aggregate");
   assert_refused("{'find':''}", "COMMAND_INVALID", "empty collection name on command: find");
   assert_refused("{'find':'a\\u0000b'}", "COMMAND_INVALID", "null byte");
   assert_refused("{'explain':1}", "COMMAND_INVALID", "explain value is not a document");
   assert_refused("{'explain':['find']}", "COMMAND_INVALID", "explain value is not a document");
   assert_refused("{'explain':{}}", "COMMAND_INVALID", "invalid empty BSON");
   assert_refused("{'explain':{'ping':1}}", "COMMAND_INVALID", "auto encryption: explain");
   assert_refused("{'explain':{'find':''}}", "COMMAND_INVALID", "empty collection name");
}

static void traits_tell_what_is_special(void **unused)
{
   (void)unused;
   static const struct {
      const char *json;
      unsigned traits;
      flp_informs_t informs;
      const char *tokens;
   } table[] = {
      {"{'find':'c'}", 0, FLP_INFORMS_OF_PAYLOADS, NULL},
      {"{'update':'c'}", 0, FLP_INFORMS_ALWAYS, NULL},
      {"{'aggregate':'c'}", FLP_COMMAND_PIPELINE, FLP_INFORMS_OF_PAYLOADS, NULL},
      {"{'create':'c'}", FLP_COMMAND_NEW_FOR_ANALYSIS | FLP_COMMAND_HOLDS_SCHEMA | FLP_COMMAND_MAKES_COLLECTION, FLP_INFORMS_NEVER, NULL},
      {"{'createIndexes':'c'}", FLP_COMMAND_NEW_FOR_ANALYSIS, FLP_INFORMS_NEVER, NULL},
      {"{'collMod':'c'}", FLP_COMMAND_HOLDS_SCHEMA, FLP_INFORMS_NEVER, NULL},
      {"{'compactStructuredEncryptionData':'c'}", FLP_COMMAND_TOKENS, FLP_INFORMS_OF_RANGE_OR_TEXT, "compactionTokens"},
      {"{'cleanupStructuredEncryptionData':'c'}", FLP_COMMAND_TOKENS, FLP_INFORMS_NEVER, "cleanupTokens"},
      {"{'ping':1}", FLP_COMMAND_BYPASSED, FLP_INFORMS_NEVER, NULL},
   };
   for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
      assert_true(read_command(table[i].json));
      assert_int_equal(command.rule->traits, table[i].traits);
      assert_int_equal(command.rule->informs, table[i].informs);
      assert_true(!table[i].tokens == !command.rule->tokens);
      assert_true(!table[i].tokens || strcmp(table[i].tokens, command.rule->tokens) == 0);
   }
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(the_collection_is_the_value_of_the_first_field, tear_down),
      cmocka_unit_test_teardown(bulk_write_names_its_collection_in_ns_info, tear_down),
      cmocka_unit_test_teardown(case_counts_but_for_is_master, tear_down),
      cmocka_unit_test_teardown(what_is_no_collection_is_refused, tear_down),
      cmocka_unit_test_teardown(traits_tell_what_is_special, tear_down),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
