/* The command for query analysis and for the server, byte for byte. What is expected was measured on the official library 1.20.5. */
#include "ref/mongocrypt/schema/analysis.h"
#include "ref/mongocrypt/test/json.h"

#define UUID_A "{'$binary':{'base64':'YWFhYWFhYWFhYWFhYWFhYQ==','subType':'04'}}"
#define STATES(coll) "'escCollection':'enxcol_." coll ".esc','ecocCollection':'enxcol_." coll ".ecoc'"
#define INFORMED(schemas) "'encryptionInformation':{'type':1,'schema':{" schemas "}}"
#define EMPTY_E "'db.e':{'fields':[]," STATES("e") "}"

static flp_status_t status;
static flp_command_t command;
static flp_schemas_t schemas;
static flp_collinfo_cache_t cache;
static flp_buf_t document, out;

static const uint8_t *id_of(flp_view_t name, void *user)
{
   (void)user;
   return flp_view_equal_text(name, "n") ? (const uint8_t *)"aaaaaaaaaaaaaaaa" : NULL;
}
static const flp_key_names_t names = {.find = id_of};

static int set_up(void **unused)
{
   (void)unused;
   memset(&cache, 0, sizeof cache);
   return flp_collinfo_cache_init(&cache) ? 0 : 1;
}

static int tear_down(void **unused)
{
   (void)unused;
   flp_schemas_cleanup(&schemas);
   flp_collinfo_cache_cleanup(&cache);
   flp_buf_cleanup(&document);
   flp_buf_cleanup(&out);
   return 0;
}

/* Reads a command; collections that neither map knows do not exist. */
static void take(const char *json, const char *schema_map_json, const char *efc_map_json)
{
   flp_buf_t schema_map = from_json(schema_map_json);
   flp_buf_t efc_map = from_json(efc_map_json);
   flp_schema_sources_t sources = {.schema_map = flp_view_of(&schema_map), .efc_map = flp_view_of(&efc_map), .cache = &cache};
   flp_status_reset(&status);
   flp_buf_cleanup(&document);
   flp_schemas_cleanup(&schemas);
   document = from_json(json);
   flp_view_t view = flp_view_of(&document);
   bool ok = flp_command_read(&command, flp_view_text("db"), view, &status) && flp_schemas_of_command(&schemas, &command, view, &status) &&
             flp_schemas_look_up(&schemas, &command, view, &sources, &status) && flp_schemas_end(&schemas, &cache, &status);
   if (!ok) {
      fail_msg("%s: %s", json, status.message);
   }
   flp_buf_cleanup(&schema_map);
   flp_buf_cleanup(&efc_map);
}

static bool analyse(int32_t wire_version)
{
   flp_buf_cleanup(&out);
   return flp_analysis_command(&schemas, &command, flp_view_of(&document), wire_version, &names, &out, &status);
}

/* `result_json` NULL: nothing was to be encrypted. */
static bool serve(const char *result_json, bool has_payload)
{
   flp_buf_t result = {0};
   if (result_json) {
      result = from_json(result_json);
   }
   flp_buf_cleanup(&out);
   flp_status_reset(&status);
   bool ok = flp_server_command(&schemas, &command, flp_view_of(result_json ? &result : &document), has_payload, &names, &out, &status);
   flp_buf_cleanup(&result);
   return ok;
}

static void assert_out(bool ok, const char *json)
{
   if (!ok) {
      fail_msg("%s", status.message);
   }
   bson_t got;
   flp_buf_t want = from_json(json);
   assert_true(bson_init_static(&got, out.data, out.len));
   if (!flp_view_equal(flp_view_of(&out), flp_view_of(&want))) {
      fail_msg("got %s", bson_as_relaxed_extended_json(&got, NULL));
   }
   flp_buf_cleanup(&want);
}

static void assert_fails(bool ok, const char *class_name, const char *part)
{
   assert_false(ok);
   assert_error(&status, class_name, part);
   assert_int_equal(out.len, 0);
}

static void one_collection_gets_its_json_schema(void **unused)
{
   (void)unused;
   take("{'find':'s','$db':'db','a':1}", "{'db.s':{'x':1}}", "{}");
   assert_out(analyse(0), "{'find':'s','a':1,'jsonSchema':{'x':1},'isRemoteSchema':false}");
   take("{'find':'none','a':{'$db':1}}", "{}", "{}");
   assert_out(analyse(0), "{'find':'none','a':{'$db':1},'jsonSchema':{},'isRemoteSchema':true}");
   take("{'create':'s','validator':{'$jsonSchema':{'y':1}}}", "{'db.s':{'x':1}}", "{}");
   assert_out(analyse(17), "{'create':'s','validator':{'$jsonSchema':{'y':1}},'jsonSchema':{'y':1},'isRemoteSchema':true}");
   take("{'explain':{'find':'s','$db':'q'},'verbosity':'v','$db':'db'}", "{'db.s':{'x':1}}", "{}");
   assert_out(analyse(0), "{'explain':{'find':'s','$db':'q'},'verbosity':'v','jsonSchema':{'x':1},'isRemoteSchema':false}");
   take("{'bulkWrite':1,'nsInfo':[{'ns':'q.s'}],'z':1,'$db':'admin'}", "{'q.s':{'x':1}}", "{}");
   assert_out(analyse(0), "{'bulkWrite':1,'nsInfo':[{'ns':'q.s'}],'z':1,'jsonSchema':{'x':1},'isRemoteSchema':false}");
}

static void several_collections_get_theirs_by_name(void **unused)
{
   (void)unused;
   take("{'aggregate':'c','pipeline':[{'$lookup':{'from':'d'}}],'$db':'db','cursor':{}}", "{'db.d':{'x':1}}", "{}");
   assert_out(analyse(26),
              "{'aggregate':'c','pipeline':[{'$lookup':{'from':'d'}}],'cursor':{},'csfleEncryptionSchemas':{'db.c':{'jsonSchema':{},"
              "'isRemoteSchema':false},'db.d':{'jsonSchema':{'x':1},'isRemoteSchema':false}}}");
}

static void encrypted_fields_go_into_encryption_information(void **unused)
{
   (void)unused;
   take("{'find':'e','$db':'db','encryptionInformation':1}", "{}",
        "{'db.e':{'a':1,'fields':[{'keyId':" UUID_A ",'path':'p'}],'ecocCollection':'x','b':2}}");
   assert_out(analyse(0), "{'find':'e','encryptionInformation':1," INFORMED(
                             "'db.e':{'a':1,'fields':[{'keyId':" UUID_A
                             ",'path':'p'}],'ecocCollection':'x','b':2,'escCollection':'enxcol_.e.esc'}") "}");
   take("{'find':'e'}", "{}", "{'db.e':{'fields':[{'keyId':" UUID_A ",'path':'p','queries':[{'queryType':'prefix'}]}]}}");
   assert_out(analyse(0),
              "{'find':'e'," INFORMED("'db.e':{'fields':[{'keyId':" UUID_A
                                      ",'path':'p','queries':[{'queryType':'prefix'}]}]," STATES("e") ",'strEncodeVersion':1}") "}");
   take("{'find':'e'}", "{}", "{'db.e':{'fields':[{'keyAltName':'n','path':'p'},{'keyId':" UUID_A ",'path':'q'}]}}");
   assert_out(analyse(0), "{'find':'e'," INFORMED("'db.e':{'fields':[{'path':'p','keyId':" UUID_A "},{'keyId':" UUID_A
                                                  ",'path':'q'}]," STATES("e") "}") "}");
}

static void a_name_that_is_not_known_is_refused(void **unused)
{
   (void)unused;
   take("{'find':'e'}", "{}", "{'db.e':{'fields':[{'keyAltName':'other','path':'p'}]}}");
   assert_fails(analyse(0), "KEY_NOT_FOUND", "Could not find key by keyAltName: other [KEY_NOT_FOUND key_alt_name=other]");
   assert_fails(serve(NULL, true), "KEY_NOT_FOUND", "key_alt_name=other");
}

static void both_kinds_need_a_newer_mongocryptd(void **unused)
{
   (void)unused;
   static const char cmd[] = "{'aggregate':'c','pipeline':[{'$lookup':{'from':'d'}},{'$lookup':{'from':'e'}}]}";
   take(cmd, "{'db.d':{'x':1}}", "{'db.e':{'fields':[]}}");
   assert_fails(analyse(26), "WIRE_VERSION_TOO_OLD", "[WIRE_VERSION_TOO_OLD have=26 need=27 ns=db.d]");
   flp_status_reset(&status);
   assert_out(analyse(27), "{'aggregate':'c','pipeline':[{'$lookup':{'from':'d'}},{'$lookup':{'from':'e'}}]," INFORMED(
                              "'db.c':{" STATES("c") ",'fields':[]}," EMPTY_E) ",'csfleEncryptionSchemas':{'db.d':{'jsonSchema':{'x':1},"
                                                                               "'isRemoteSchema':false}}}");
   take(cmd, "{}", "{'db.e':{'fields':[]},'db.c':{'fields':[]}}");
   assert_out(analyse(26), "{'aggregate':'c','pipeline':[{'$lookup':{'from':'d'}},{'$lookup':{'from':'e'}}]," INFORMED(
                              "'db.c':{'fields':[]," STATES("c") "},'db.d':{" STATES("d") ",'fields':[]}," EMPTY_E) "}");
}

static void bulk_write_has_it_inside_ns_info(void **unused)
{
   (void)unused;
   take("{'bulkWrite':1,'$db':'admin','nsInfo':[{'ns':'db.e','b':1}],'z':1}", "{}", "{}");
   assert_out(analyse(0), "{'bulkWrite':1,'z':1,'nsInfo':[{'ns':'db.e','b':1," INFORMED("'db.e':{" STATES("e") ",'fields':[]}") "}]}");
   take("{'bulkWrite':1,'$db':'admin','nsInfo':{'0':{'ns':'db.e'}},'z':1}", "{}", "{'db.e':{'fields':[]}}");
   assert_out(analyse(0), "{'bulkWrite':1,'z':1,'nsInfo':[{'ns':'db.e'," INFORMED(EMPTY_E) "}]}");
   take("{'bulkWrite':1,'$db':'admin','encryptionInformation':4,'nsInfo':[{'ns':'db.e','encryptionInformation':1,'b':1}]}", "{}",
        "{'db.e':{'fields':[]}}");
   assert_fails(analyse(0), "COMMAND_INVALID", "unexpected `encryptionInformation` present in input `nsInfo`");
   assert_out(serve(NULL, false),
              "{'bulkWrite':1,'$db':'admin','encryptionInformation':4,'nsInfo':[{'ns':'db.e','b':1," INFORMED(EMPTY_E) "}]}");
   assert_out(serve("{'bulkWrite':1,'nsInfo':[{'ns':'x'}],'z':1}", false),
              "{'bulkWrite':1,'z':1,'nsInfo':[{'ns':'x'," INFORMED(EMPTY_E) "}]}");
   assert_fails(serve("{'x':1}", false), "COMMAND_INVALID", "expected one namespace in `bulkWrite`, but found zero");
   assert_fails(serve("{'nsInfo':[{'ns':'x'},1]}", false), "COMMAND_INVALID", "found more than one");
}

static void explain_has_it_inside_for_the_server_only(void **unused)
{
   (void)unused;
   take("{'explain':{'find':'e','encryptionInformation':1,'q':1},'encryptionInformation':2,'$db':'db'}", "{}", "{'db.e':{'fields':[]}}");
   assert_out(analyse(0), "{'explain':{'find':'e','encryptionInformation':1,'q':1},'encryptionInformation':2," INFORMED(EMPTY_E) "}");
   assert_out(serve(NULL, false), "{'explain':{'find':'e','q':1," INFORMED(EMPTY_E) "},'encryptionInformation':2,'$db':'db'}");
   assert_out(serve("{'z':1,'explain':{'find':'e'}}", false), "{'explain':{'find':'e'," INFORMED(EMPTY_E) "},'z':1}");
   assert_fails(serve("{'x':1}", false), "COMMAND_INVALID", "no `explain` document"); /* the official library ends the process here */
   assert_fails(serve("{'explain':1}", false), "COMMAND_INVALID", "no `explain` document");
}

static void the_server_is_informed_as_the_command_needs_it(void **unused)
{
   (void)unused;
   static const struct {
      const char *name;
      bool plain, payload; /* informed without and with a payload */
   } table[] = {
      {"find", false, true},
      {"aggregate", false, true},
      {"distinct", false, true},
      {"count", false, true},
      {"insert", false, true},
      {"update", true, true},
      {"delete", true, true},
      {"findAndModify", true, true},
      {"createIndexes", false, false},
      {"collMod", false, false},
      {"create", false, false},
      {"cleanupStructuredEncryptionData", false, false},
      {"compactStructuredEncryptionData", false, false},
   };
   char json[200], informed[400], bare[100];
   for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
      snprintf(json, sizeof json, "{'%s':'e','encryptionInformation':1,'$db':'db'}", table[i].name);
      snprintf(bare, sizeof bare, "{'%s':'e','$db':'db'}", table[i].name);
      snprintf(informed, sizeof informed, "{'%s':'e','$db':'db'," INFORMED(EMPTY_E) "}", table[i].name);
      take(json, "{}", "{'db.e':{'fields':[]}}");
      assert_out(serve(NULL, false), table[i].plain ? informed : bare);
      assert_out(serve(NULL, true), table[i].payload ? informed : bare);
   }
   take("{'compactStructuredEncryptionData':'e'}", "{}",
        "{'db.e':{'fields':[{'keyId':" UUID_A ",'path':'p','queries':{'queryType':'range'}}]}}");
   assert_out(serve(NULL, false),
              "{'compactStructuredEncryptionData':'e'," INFORMED("'db.e':{'fields':[{'keyId':" UUID_A
                                                                 ",'path':'p','queries':{'queryType':'range'}}]," STATES("e") "}") "}");
}

static void an_empty_result_is_no_command(void **unused)
{
   (void)unused;
   take("{'update':'e'}", "{}", "{'db.e':{'fields':[]}}");
   assert_fails(serve("{}", false), "COMMAND_INVALID", "unexpected empty BSON for command [COMMAND_INVALID reason=empty]");
   take("{'find':'e'}", "{}", "{'db.e':{'fields':[]}}");
   assert_out(serve("{}", false), "{}"); /* nothing is written into it */
   take("{'create':'e'}", "{}", "{'db.e':{'fields':[]}}");
   assert_out(serve("{}", false), "{}");
}

static void names_matter_where_their_ids_are_written(void **unused)
{
   (void)unused;
   static const char unknown[] = "{'db.e':{'fields':[{'keyAltName':'other','path':'p'}]}}";
   take("{'find':'e'}", "{}", unknown);
   assert_out(serve(NULL, false), "{'find':'e'}");
   assert_fails(serve(NULL, true), "KEY_NOT_FOUND", "key_alt_name=other");
   take("{'explain':{'find':'e'}}", "{}", unknown);
   assert_fails(serve(NULL, false), "KEY_NOT_FOUND", "key_alt_name=other");
   take("{'bulkWrite':1,'nsInfo':[{'ns':'db.e'}]}", "{}", unknown);
   assert_fails(serve(NULL, false), "KEY_NOT_FOUND", "key_alt_name=other");
}

static void create_has_the_version_of_its_text_queries(void **unused)
{
   (void)unused;
   static const char text[] = "{'db.e':{'strEncodeVersion':1,'fields':[]}}";
   take("{'create':'e','encryptedFields':{'fields':[]},'z':1}", "{}", text);
   assert_out(serve(NULL, false), "{'create':'e','z':1,'encryptedFields':{'fields':[],'strEncodeVersion':1}}");
   take("{'create':'e','encryptedFields':{'strEncodeVersion':1},'z':1}", "{}", text);
   assert_out(serve(NULL, false), "{'create':'e','encryptedFields':{'strEncodeVersion':1},'z':1}");
   take("{'create':'e','encryptedFields':{'strEncodeVersion':2}}", "{}", text);
   assert_fails(serve(NULL, false), "ENCODE_VERSION_UNSUPPORTED", "'strEncodeVersion' of 2 does not match");
   take("{'create':'e','encryptedFields':{'strEncodeVersion':1}}", "{}", "{'db.e':{'fields':[]}}");
   assert_fails(serve(NULL, false), "ENCODE_VERSION_UNSUPPORTED", "'strEncodeVersion' of 1 does not match");
   take("{'create':'e','encryptedFields':{'strEncodeVersion':'1'}}", "{}", text);
   assert_fails(serve(NULL, false), "FIELD_REQUIRED", "field=encryptedFields.strEncodeVersion want=int got=string");
   take("{'create':'e','encryptedFields':1}", "{}", text);
   assert_fails(serve(NULL, false), "FIELD_REQUIRED", "field=encryptedFields want=object got=int");
   take("{'create':'e','encryptedFields':{'fields':[]},'z':1}", "{}", "{'db.e':{'fields':[]}}");
   assert_out(serve(NULL, false), "{'create':'e','encryptedFields':{'fields':[]},'z':1}");
   take("{'create':'e','z':1}", "{}", text);
   assert_out(serve(NULL, false), "{'create':'e','z':1}");
}

static void names_in_the_fields_of_create_become_ids_for_analysis(void **unused)
{
   (void)unused;
   take("{'create':'e','encryptedFields':{'q':1,'fields':[{'keyAltName':'n','path':'p'}]},'z':1}", "{}", "{}");
   assert_out(analyse(17), "{'create':'e','z':1," INFORMED("'db.e':{'q':1,'fields':[{'path':'p','keyId':" UUID_A
                                                           "}]," STATES("e") "}") ",'encryptedFields':{"
                                                                                  "'q':1,'fields':[{'path':'p','keyId':" UUID_A "}]}}");
   take("{'create':'e','encryptedFields':{'fields':[{'keyAltName':'other','path':'p'}]}}", "{}", "{'db.e':{'fields':[]}}");
   assert_fails(analyse(17), "KEY_NOT_FOUND", "key_alt_name=other");
   take("{'create':'e','encryptedFields':{'fields':[{'keyAltName':'n','path':'p'}],'q':1}}", "{}", "{}");
   assert_out(analyse(17), "{'create':'e'," INFORMED("'db.e':{'fields':[{'path':'p','keyId':" UUID_A
                                                     "}],'q':1," STATES("e") "}") ",'encryptedFields':{"
                                                                                  "'q':1,'fields':[{'path':'p','keyId':" UUID_A "}]}}");
   take("{'create':'e','validator':{'$jsonSchema':{}},'encryptedFields':{'fields':[{'keyAltName':'other','path':'p'}]}}", "{}", "{}");
   assert_fails(analyse(17), "KEY_NOT_FOUND", "key_alt_name=other");
   take("{'create':'e','encryptedFields':{'fields':[1,'keyAltName']},'z':1}", "{}", "{'db.e':{'fields':[]}}");
   assert_out(analyse(17), "{'create':'e','encryptedFields':{'fields':[1,'keyAltName']},'z':1," INFORMED(EMPTY_E) "}");
}

/* The command fits, but not with its schema. */
static void what_becomes_too_long_is_refused(void **unused)
{
   (void)unused;
   flp_buf_t padding = {0};
   flp_doc_writer_t writer = {0};
   take("{'find':'s'}", "{'db.s':{'x':1}}", "{}");
   assert_true(flp_buf_reserve(&padding, FLP_MAX_DOCUMENT_LEN - 40));
   memset(padding.data, 'x', FLP_MAX_DOCUMENT_LEN - 40);
   flp_doc_begin(&writer, 0);
   flp_doc_text(&writer, "find", flp_view(padding.data, FLP_MAX_DOCUMENT_LEN - 40));
   flp_buf_cleanup(&document);
   assert_true(flp_doc_finish(&writer, &document));
   flp_buf_cleanup(&padding);
   assert_fails(analyse(0), "LIMIT_EXCEEDED", "limit=document_len");
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(one_collection_gets_its_json_schema, set_up, tear_down),
      cmocka_unit_test_setup_teardown(several_collections_get_theirs_by_name, set_up, tear_down),
      cmocka_unit_test_setup_teardown(encrypted_fields_go_into_encryption_information, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_name_that_is_not_known_is_refused, set_up, tear_down),
      cmocka_unit_test_setup_teardown(both_kinds_need_a_newer_mongocryptd, set_up, tear_down),
      cmocka_unit_test_setup_teardown(bulk_write_has_it_inside_ns_info, set_up, tear_down),
      cmocka_unit_test_setup_teardown(explain_has_it_inside_for_the_server_only, set_up, tear_down),
      cmocka_unit_test_setup_teardown(the_server_is_informed_as_the_command_needs_it, set_up, tear_down),
      cmocka_unit_test_setup_teardown(an_empty_result_is_no_command, set_up, tear_down),
      cmocka_unit_test_setup_teardown(names_matter_where_their_ids_are_written, set_up, tear_down),
      cmocka_unit_test_setup_teardown(create_has_the_version_of_its_text_queries, set_up, tear_down),
      cmocka_unit_test_setup_teardown(names_in_the_fields_of_create_become_ids_for_analysis, set_up, tear_down),
      cmocka_unit_test_setup_teardown(what_becomes_too_long_is_refused, set_up, tear_down),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
