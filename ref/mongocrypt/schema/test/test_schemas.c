/* Where schemas come from, which collections a command names, and the talk about listCollections. */
#include "ref/mongocrypt/schema/schemas.h"

#include "ref/base/doc_writer.h"
#include "ref/mongocrypt/test/json.h"

static flp_status_t status;
static flp_command_t command;
static flp_schemas_t schemas;
static flp_collinfo_cache_t cache;
static flp_buf_t document, schema_map, efc_map, filter;

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
   flp_buf_cleanup(&schema_map);
   flp_buf_cleanup(&efc_map);
   flp_buf_cleanup(&filter);
   return 0;
}

static void set_maps(const char *schema_map_json, const char *efc_map_json)
{
   flp_buf_cleanup(&schema_map);
   flp_buf_cleanup(&efc_map);
   schema_map = from_json(schema_map_json);
   efc_map = from_json(efc_map_json);
}

static bool gather(const char *json)
{
   flp_status_reset(&status);
   flp_buf_cleanup(&document);
   flp_schemas_cleanup(&schemas);
   document = from_json(json);
   return flp_command_read(&command, flp_view_text("db"), flp_view_of(&document), &status) &&
          flp_schemas_of_command(&schemas, &command, flp_view_of(&document), &status);
}

static bool look_up(const char *json)
{
   flp_schema_sources_t sources = {.schema_map = flp_view_of(&schema_map), .efc_map = flp_view_of(&efc_map), .cache = &cache};
   return gather(json) && flp_schemas_look_up(&schemas, &command, flp_view_of(&document), &sources, &status);
}

static bool feed(const char *json)
{
   flp_buf_t collinfo = from_json(json);
   bool ok = flp_schemas_feed(&schemas, flp_view_of(&collinfo), &cache, &status);
   flp_buf_cleanup(&collinfo);
   return ok;
}

static void assert_fails(bool ok, const char *class_name, const char *part)
{
   assert_false(ok);
   assert_error(&status, class_name, part);
   flp_status_reset(&status);
}

static void assert_fine(bool ok)
{
   if (!ok) {
      fail_msg("%s", status.message);
   }
}

/* The namespaces in their order, with a space between. */
static void assert_gathers(const char *json, const char *namespaces)
{
   char got[200] = "";
   assert_fine(gather(json));
   for (size_t i = 0; i < schemas.n; i++) {
      snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", i > 0 ? " " : "", (const char *)schemas.items[i].ns.data);
   }
   assert_string_equal(got, namespaces);
}

static void assert_filter(const char *json)
{
   flp_buf_t want = from_json(json);
   assert_fine(flp_schemas_filter(&schemas, &filter, &status));
   assert_true(flp_view_equal(flp_view_of(&filter), flp_view_of(&want)));
   flp_buf_cleanup(&want);
}

/* The only schema: its kind, isRemoteSchema and document (NULL: none). */
static void assert_is(flp_schema_kind_t kind, bool remote, const char *json)
{
   assert_int_equal(schemas.n, 1);
   assert_int_equal(schemas.items[0].kind, kind);
   assert_int_equal(schemas.items[0].remote, remote);
   flp_buf_t want = {0};
   if (json) {
      want = from_json(json);
   }
   assert_true(flp_view_equal(flp_view_of(&schemas.items[0].document), flp_view_of(&want)));
   flp_buf_cleanup(&want);
}

static void a_pipeline_names_collections_in_order_and_each_once(void **unused)
{
   (void)unused;
   assert_gathers("{'find':'c','pipeline':[{'$lookup':{'from':'x'}}]}", "db.c");
   assert_gathers("{'aggregate':'c'}", "db.c");
   assert_gathers("{'aggregate':'c','pipeline':[{'$lookup':{'from':'c'}},{'$lookup':{'from':'d'}},{'$lookup':{'from':'d'}}]}", "db.c db.d");
   assert_gathers("{'aggregate':'c','pipeline':[{'$lookup':{'pipeline':[{'$lookup':{'from':'b'}}],'from':'a'}}]}", "db.c db.b db.a");
   assert_gathers("{'aggregate':'c','pipeline':[{'$facet':{'x':[{'$unionWith':{'coll':'u','pipeline':[{'$facet':{'y':[{'$lookup':"
                  "{'from':'l'}}]}}]}}],'z':[]}}]}",
                  "db.c db.u db.l");
   assert_gathers("{'aggregate':'c','pipeline':[{'$graphLookup':{'from':'g'}},{'$merge':{'into':'m'}},{'$out':'o'}]}", "db.c");
   assert_gathers("{'aggregate':'c','pipeline':[{'a':1,'$lookup':{'from':'x'}}]}", "db.c"); /* only the first name of a stage counts */
   assert_gathers("{'aggregate':'c','pipeline':[{'$match':{'$lookup':{'from':'x'},'pipeline':[{'$lookup':{'from':'y'}}]}}]}", "db.c");
   assert_gathers("{'explain':{'aggregate':'c','pipeline':[{'$lookup':{'from':'x'}}]}}", "db.c"); /* AGG-1 */
}

static void a_pipeline_that_cannot_be_read_says_where(void **unused)
{
   (void)unused;
   static const struct {
      const char *pipeline, *part;
   } table[] = {
      {"1", "aggregate.pipeline: failed to recurse pipeline"},
      {"{'0':{'a':1}}", "[PIPELINE_INVALID field=pipeline]"},
      {"[{'a':1},1]", "aggregate.pipeline.1: failed to recurse stage: not a document with a name [PIPELINE_INVALID index=1]"},
      {"[{}]", "failed to recurse stage"},
      {"[['$lookup']]", "failed to recurse stage"},
      {"[{'$lookup':1}]", "aggregate.pipeline.0.$lookup: failed to recurse $lookup"},
      {"[{'$facet':[]}]", "failed to recurse $facet"},
      {"[{'$unionWith':'c'}]", "failed to recurse $unionWith: not a document [PIPELINE_INVALID stage=$unionWith field=$unionWith index=0]"},
      {"[{'a':1},{'$lookup':{'from':{}}}]", "expected string for 'from' field [PIPELINE_INVALID stage=$lookup field=from index=1]"},
      {"[{'$unionWith':{'coll':1}}]", "expected string for 'coll' field"},
      {"[{'$lookup':{'from':'a\\u0000b'}}]", "'from' collection name must not contain an embedded null byte"},
      {"[{'$lookup':{'pipeline':{}}}]", "aggregate.pipeline.0.$lookup.pipeline: failed to recurse pipeline"},
      {"[{'$facet':{'a b':1}}]", "aggregate.pipeline.0.$facet.a?b: failed to recurse pipeline"},
      {"[{'$facet':{'x':[{'a':1},{'$unionWith':{'pipeline':[{'b':1},{'c':1},2]}}]}}]",
       "aggregate.pipeline.0.$facet.x.1.$unionWith.pipeline.2: failed to recurse stage"},
   };
   char json[400];
   for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
      snprintf(json, sizeof json, "{'aggregate':'c','pipeline':%s}", table[i].pipeline);
      assert_fails(gather(json), "PIPELINE_INVALID", table[i].part);
   }
}

/* Nested as deeply as a document may be, with a name at the bottom; and with a path longer than what is told. */
static void depth_costs_no_stack(void **unused)
{
   (void)unused;
   enum { LEVELS = 330 };
   flp_doc_writer_t writer = {0};
   flp_buf_t inner = {0};
   flp_doc_begin(&writer, 0);
   flp_doc_text(&writer, "from", flp_view_text("deep"));
   assert_true(flp_doc_finish(&writer, &inner));
   for (size_t i = 0; i < LEVELS - 1; i++) {
      flp_doc_begin(&writer, 0);
      flp_doc_open(&writer, "pipeline", true);
      flp_doc_open(&writer, "0", false);
      flp_doc_document(&writer, "$lookup", flp_view_of(&inner));
      flp_doc_close(&writer);
      flp_doc_close(&writer);
      flp_buf_cleanup(&inner);
      assert_true(flp_doc_finish(&writer, &inner));
   }
   flp_doc_begin(&writer, 0);
   flp_doc_text(&writer, "aggregate", flp_view_text("c"));
   flp_doc_open(&writer, "pipeline", true);
   flp_doc_open(&writer, "0", false);
   flp_doc_document(&writer, "$lookup", flp_view_of(&inner));
   flp_doc_close(&writer);
   flp_doc_close(&writer);
   assert_true(flp_doc_finish(&writer, &document));
   flp_buf_cleanup(&inner);
   flp_status_reset(&status);
   assert_true(flp_command_read(&command, flp_view_text("db"), flp_view_of(&document), &status));
   assert_fine(flp_schemas_of_command(&schemas, &command, flp_view_of(&document), &status));
   assert_int_equal(schemas.n, 2);
   assert_string_equal((const char *)schemas.items[1].ns.data, "db.deep");
}

static void collections_have_a_limit(void **unused)
{
   (void)unused;
   char name[16];
   flp_status_reset(&status);
   for (unsigned i = 0; i < FLP_MAX_COLLECTIONS; i++) {
      snprintf(name, sizeof name, "c%u", i);
      assert_true(flp_schemas_add(&schemas, flp_view_text("db"), flp_view_text(name), &status));
   }
   assert_true(flp_schemas_add(&schemas, flp_view_text("db"), flp_view_text("c7"), &status)); /* is there already */
   assert_fails(flp_schemas_add(&schemas, flp_view_text("db"), flp_view_text("more"), &status), "LIMIT_EXCEEDED",
                "limit=collections value=1001 max=1000");
}

static void the_first_source_that_knows_counts(void **unused)
{
   (void)unused;
   set_maps("{'db.c':{'map':1},'db.both':{'map':1}}", "{'db.both':{'fields':[]}}");
   assert_fine(look_up("{'find':'c'}"));
   assert_is(FLP_SCHEMA_JSON, false, "{'map':1}");
   assert_fine(look_up("{'find':'both'}"));
   assert_is(FLP_SCHEMA_FIELDS, false, "{'fields':[]}");
   assert_fine(look_up("{'create':'c','validator':{'$jsonSchema':{'own':1}},'encryptedFields':{'fields':[]}}"));
   assert_is(FLP_SCHEMA_JSON, true, "{'own':1}");
   assert_fine(look_up("{'create':'c','encryptedFields':{'fields':[]}}"));
   assert_is(FLP_SCHEMA_FIELDS, false, "{'fields':[]}");
   assert_fine(look_up("{'create':'new','validator':{'x':1}}"));
   assert_is(FLP_SCHEMA_NONE, true, NULL);
   assert_fine(look_up("{'create':'new','validator':[{'$jsonSchema':{}}]}"));
   assert_is(FLP_SCHEMA_NONE, true, NULL);
   assert_fine(look_up("{'collMod':'new','validator':{'x':1}}"));
   assert_is(FLP_SCHEMA_WANTED, true, NULL);
   assert_fine(look_up("{'collMod':'new','validator':{'x':1,'$jsonSchema':{'own':1}}}"));
   assert_is(FLP_SCHEMA_JSON, true, "{'own':1}");
   assert_fine(look_up("{'find':'new','validator':{'$jsonSchema':{'own':1}}}")); /* only of create and collMod */
   assert_is(FLP_SCHEMA_WANTED, true, NULL);
}

static void what_is_no_schema_is_told_when_it_is_used(void **unused)
{
   (void)unused;
   set_maps("{'db.c':1,'db.a':[]}", "{'db.f':1,'db.g':{}}");
   assert_fine(look_up("{'find':'other'}"));
   assert_fails(look_up("{'find':'c'}"), "SCHEMA_MAP_INVALID", "[SCHEMA_MAP_INVALID option=schema_map ns=db.c]");
   assert_fails(look_up("{'find':'a'}"), "SCHEMA_MAP_INVALID", "failed to read schema from schema map");
   assert_fails(look_up("{'find':'f'}"), "SCHEMA_MAP_INVALID", "option=encrypted_field_config_map ns=db.f");
   assert_fails(look_up("{'find':'g'}"), "FIELD_REQUIRED", "unable to find 'fields'");
   assert_fails(look_up("{'create':'x','validator':{'$jsonSchema':1}}"), "SCHEMA_MAP_INVALID", "failed to read schema");
   assert_fails(look_up("{'create':'x','encryptedFields':1}"), "SCHEMA_MAP_INVALID", "failed to read encryptedFields");
}

static void results_come_in_any_order_and_what_does_not_come_has_no_schema(void **unused)
{
   (void)unused;
   set_maps("{'db.b':{'map':1}}", "{}");
   assert_fine(look_up("{'aggregate':'a','pipeline':[{'$lookup':{'from':'b'}},{'$lookup':{'from':'c'}},{'$lookup':{'from':'d'}}]}"));
   assert_filter("{'name':{'$in':['a','c','d']}}");
   assert_fine(feed("{'name':'d','options':{'validator':{'$jsonSchema':{'d':1}}}}"));
   assert_filter("{'name':{'$in':['a','c']}}");
   assert_fine(feed("{'name':'a','options':{'encryptedFields':{'fields':[]}}}"));
   assert_filter("{'name':'c'}");
   assert_true(flp_schemas_wanted(&schemas));
   assert_true(flp_schemas_have_fields(&schemas));
   assert_fine(flp_schemas_end(&schemas, &cache, &status));
   assert_false(flp_schemas_wanted(&schemas));
   assert_int_equal(schemas.items[2].kind, FLP_SCHEMA_NONE);
   assert_int_equal(schemas.items[3].kind, FLP_SCHEMA_JSON);
   assert_true(schemas.items[0].fed);
   assert_false(schemas.items[1].fed);
   assert_fails(flp_schemas_filter(&schemas, &filter, &status), "COLLINFO_UNEXPECTED", "reason=all_fed");
   assert_fine(look_up("{'aggregate':'c','pipeline':[{'$lookup':{'from':'d'}}]}")); /* both are remembered */
   assert_int_equal(schemas.items[0].kind, FLP_SCHEMA_NONE);
   assert_int_equal(schemas.items[1].kind, FLP_SCHEMA_JSON);
}

static void a_result_that_was_not_asked_for_is_refused(void **unused)
{
   (void)unused;
   set_maps("{'db.b':{'map':1}}", "{}");
   assert_fine(look_up("{'aggregate':'a','pipeline':[{'$lookup':{'from':'b'}}]}"));
   assert_fails(feed("{'name':'x'}"), "COLLINFO_UNEXPECTED", "[COLLINFO_UNEXPECTED ns=db.x reason=not_requested]");
   assert_fails(feed("{'name':'b'}"), "COLLINFO_UNEXPECTED", "unexpected duplicate collinfo result"); /* the map knows it */
   assert_fine(feed("{'name':'a'}"));
   assert_fails(feed("{'name':'a'}"), "COLLINFO_UNEXPECTED", "[COLLINFO_UNEXPECTED ns=db.a reason=duplicate]");
}

static void each_defect_of_a_result_has_its_error_also_from_the_cache(void **unused)
{
   (void)unused;
   static const struct {
      const char *json, *class_name, *part;
      bool cached;
   } table[] = {
      {"{}", "FIELD_REQUIRED", "failed to find 'name'", false},
      {"{'name':'c\\u0000d'}", "COLLINFO_UNEXPECTED", "must not contain an embedded null byte", false},
      {"{'name':1}", "FIELD_REQUIRED", "what=collinfo field=name want=string got=int", false},
      {"{'name':'c','type':'view','options':1}", "COLLECTION_IS_VIEW", "[COLLECTION_IS_VIEW ns=db.c]", true},
      {"{'name':'c','options':{'encryptedFields':[]}}", "FIELD_REQUIRED", "expected document for 'options.encryptedFields'", true},
      {"{'name':'c','options':{'encryptedFields':{},'validator':{'$jsonSchema':1}}}", "FIELD_REQUIRED", "unable to find 'fields'", true},
      {"{'name':'c','options':{'validator':{'a':1,'$jsonSchema':null}}}", "FIELD_REQUIRED", "unable to copy '$jsonSchema'", true},
      {"{'name':'c','options':{'validator':{'$jsonSchema':{},'a':{'$jsonSchema':{}}}}}", NULL, NULL, false},
      {"{'name':'c','type':'View','options':1}", NULL, NULL, false},
      {"{'name':'c','type':1,'options':{'validator':[{'$jsonSchema':1}]}}", NULL, NULL, false},
   };
   set_maps("{}", "{}");
   for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
      flp_collinfo_cache_cleanup(&cache);
      set_up(NULL);
      assert_fine(look_up("{'find':'c'}"));
      if (!table[i].class_name) {
         assert_fine(feed(table[i].json));
         continue;
      }
      assert_fails(feed(table[i].json), table[i].class_name, table[i].part);
      if (table[i].cached) {
         assert_fails(look_up("{'find':'c'}"), table[i].class_name, table[i].part);
      }
   }
}

/* A document with the same name twice cannot be written as JSON. */
static void two_schemas_in_one_validator_are_refused(void **unused)
{
   (void)unused;
   flp_doc_writer_t writer = {0};
   flp_buf_t collinfo = {0};
   set_maps("{}", "{}");
   assert_fine(look_up("{'find':'c'}"));
   flp_doc_begin(&writer, 0);
   flp_doc_text(&writer, "name", flp_view_text("c"));
   flp_doc_open(&writer, "options", false);
   flp_doc_open(&writer, "validator", false);
   for (int i = 0; i < 2; i++) {
      flp_doc_open(&writer, "$jsonSchema", false);
      flp_doc_close(&writer);
   }
   flp_doc_close(&writer);
   flp_doc_close(&writer);
   assert_true(flp_doc_finish(&writer, &collinfo));
   assert_fails(flp_schemas_feed(&schemas, flp_view_of(&collinfo), &cache, &status), "DUPLICATE_NAME", "duplicate `$jsonSchema` fields");
   flp_buf_cleanup(&collinfo);
}

static void bytes_that_are_no_document_are_refused(void **unused)
{
   (void)unused;
   set_maps("{}", "{}");
   assert_fine(look_up("{'find':'c'}"));
   assert_fails(flp_schemas_feed(&schemas, flp_view("\5\0\0\0\1", 5), &cache, &status), "BSON_INVALID", "what=collinfo");
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_pipeline_names_collections_in_order_and_each_once, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_pipeline_that_cannot_be_read_says_where, set_up, tear_down),
      cmocka_unit_test_setup_teardown(depth_costs_no_stack, set_up, tear_down),
      cmocka_unit_test_setup_teardown(collections_have_a_limit, set_up, tear_down),
      cmocka_unit_test_setup_teardown(the_first_source_that_knows_counts, set_up, tear_down),
      cmocka_unit_test_setup_teardown(what_is_no_schema_is_told_when_it_is_used, set_up, tear_down),
      cmocka_unit_test_setup_teardown(results_come_in_any_order_and_what_does_not_come_has_no_schema, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_result_that_was_not_asked_for_is_refused, set_up, tear_down),
      cmocka_unit_test_setup_teardown(each_defect_of_a_result_has_its_error_also_from_the_cache, set_up, tear_down),
      cmocka_unit_test_setup_teardown(two_schemas_in_one_validator_are_refused, set_up, tear_down),
      cmocka_unit_test_setup_teardown(bytes_that_are_no_document_are_refused, set_up, tear_down),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
