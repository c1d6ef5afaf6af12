/* Memory runs short at every possible place of the way of a command through this room: a clean error each time, and nothing is lost.
 * The test's own malloc, calloc and realloc; void under a sanitizer, which owns the allocator. */
#include "ref/mongocrypt/schema/analysis.h"
#include "ref/mongocrypt/test/json.h"
#include "ref/mongocrypt/test/short_memory.h"

static flp_buf_t document, schema_map, efc_map, collinfo;

static const uint8_t *id_of(flp_view_t name, void *user)
{
   (void)name;
   (void)user;
   return (const uint8_t *)"aaaaaaaaaaaaaaaa";
}

/* Two maps, the cache, listCollections and its end, both commands that are written. */
static bool go(flp_schemas_t *schemas, flp_collinfo_cache_t *cache, flp_buf_t *filter, flp_buf_t *out, flp_status_t *status)
{
   static const flp_key_names_t names = {.find = id_of};
   flp_command_t command;
   flp_schemas_t again = {0};
   flp_view_t view = flp_view_of(&document);
   flp_schema_sources_t sources = {.schema_map = flp_view_of(&schema_map), .efc_map = flp_view_of(&efc_map), .cache = cache};
   bool ok = flp_command_read(&command, flp_view_text("db"), view, status) && flp_schemas_of_command(schemas, &command, view, status) &&
             flp_schemas_look_up(schemas, &command, view, &sources, status) && flp_schemas_filter(schemas, filter, status) &&
             flp_schemas_feed(schemas, flp_view_of(&collinfo), cache, status) && flp_schemas_end(schemas, cache, status) &&
             flp_schemas_of_command(&again, &command, view, status) && flp_schemas_look_up(&again, &command, view, &sources, status) &&
             flp_analysis_command(&again, &command, view, FLP_WIRE_VERSION_MIXED, &names, out, status);
   if (ok) {
      flp_buf_cleanup(out);
      ok = flp_server_command(schemas, &command, view, true, &names, out, status);
   }
   flp_schemas_cleanup(&again);
   return ok;
}

static bool run(unsigned long n, flp_status_t *status)
{
   flp_schemas_t schemas = {0};
   flp_collinfo_cache_t cache = {0};
   flp_buf_t filter = {0}, out = {0};
   failed = false;
   left = n;
   armed = true;
   bool ok = flp_collinfo_cache_init(&cache) && go(&schemas, &cache, &filter, &out, status);
   left = 0;
   flp_schemas_cleanup(&schemas);
   flp_buf_cleanup(&filter);
   flp_buf_cleanup(&out);
   flp_collinfo_cache_cleanup(&cache);
   armed = false;
   return ok;
}

static void every_allocation_may_fail(void **unused)
{
   (void)unused;
   SKIP_WITHOUT_ALLOCATOR();
   document = from_json("{'aggregate':'a','pipeline':[{'$lookup':{'from':'b'}},{'$lookup':{'from':'c'}},{'$lookup':{'from':'d'}}]}");
   schema_map = from_json("{'db.b':{'x':1}}");
   efc_map = from_json("{'db.c':{'fields':[{'keyAltName':'m','path':'p'},{'keyAltName':'n','path':'p'}]}}");
   collinfo = from_json("{'name':'a','options':{'validator':{'$jsonSchema':{'x':1}}}}");
   unsigned long n = 0;
   held = 0;
   do {
      flp_status_t status = {0};
      n++;
      bool ok = run(n, &status);
      if (!ok) {
         assert_true(failed);
         assert_error(&status, "OUT_OF_MEMORY", "out of memory");
      }
      assert_int_equal(held, 0);
   } while (failed);
   assert_true(n > 20);
   print_message("%lu allocations failed in turn\n", n - 1);
   flp_buf_cleanup(&document);
   flp_buf_cleanup(&schema_map);
   flp_buf_cleanup(&efc_map);
   flp_buf_cleanup(&collinfo);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_allocation_may_fail),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
