/* The collection info cache, with a clock of the test's own. */
#include "ref/mongocrypt/schema/collinfo_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static int64_t now_ms = 1000;

/* The library reads time through this symbol. */
int clock_gettime(clockid_t id, struct timespec *out)
{
   (void)id;
   *out = (struct timespec){.tv_sec = (time_t)(now_ms / 1000), .tv_nsec = (long)(now_ms % 1000) * 1000000};
   return 0;
}

static flp_collinfo_cache_t cache;
static flp_status_t status;

static int set_up(void **unused)
{
   (void)unused;
   memset(&cache, 0, sizeof cache);
   flp_status_reset(&status);
   return flp_collinfo_cache_init(&cache) ? 0 : 1;
}

static int tear_down(void **unused)
{
   (void)unused;
   flp_collinfo_cache_cleanup(&cache);
   flp_collinfo_cache_cleanup(&cache); /* twice is fine */
   return 0;
}

static void add(const char *ns, const char *document)
{
   assert_true(flp_collinfo_cache_add(&cache, flp_view_text(ns), flp_view_text(document), &status));
}

/* NULL: no entry is expected. */
static void assert_has(const char *ns, const char *document)
{
   bool found = false;
   flp_buf_t got = {0};
   assert_true(flp_collinfo_cache_ask(&cache, flp_view_text(ns), &found, &got, &status));
   assert_int_equal(found, document != NULL);
   assert_true(flp_view_equal_text(flp_view_of(&got), document ? document : ""));
   flp_buf_cleanup(&got);
}

static void a_document_is_found_by_its_namespace(void **unused)
{
   (void)unused;
   add("db.a", "one");
   add("db.b", "two");
   assert_has("db.a", "one");
   assert_has("db.b", "two");
   assert_has("db.A", NULL);
   assert_has("db.", NULL);
}

static void that_there_is_no_collection_is_remembered_too(void **unused)
{
   (void)unused;
   add("db.none", "");
   assert_has("db.none", "");
}

static void the_same_namespace_is_replaced_and_young_again(void **unused)
{
   (void)unused;
   add("db.a", "one");
   add("db.b", "two");
   now_ms += 40000;
   add("db.a", "new");
   assert_has("db.a", "new");
   now_ms += 40000;
   assert_has("db.a", "new");
   assert_has("db.b", NULL);
   assert_ptr_equal(cache.oldest, cache.newest);
}

static void an_entry_as_old_as_the_limit_is_still_there_and_an_older_one_is_not(void **unused)
{
   (void)unused;
   add("db.a", "one");
   now_ms += FLP_COLLINFO_EXPIRATION_MS;
   assert_has("db.a", "one");
   now_ms += 1;
   assert_has("db.a", NULL);
   assert_null(cache.oldest); /* dropped, not only hidden */
}

static void adding_drops_what_is_too_old(void **unused)
{
   (void)unused;
   add("db.a", "one");
   now_ms += FLP_COLLINFO_EXPIRATION_MS + 1;
   add("db.b", "two");
   assert_ptr_equal(cache.oldest, cache.newest);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_document_is_found_by_its_namespace, set_up, tear_down),
      cmocka_unit_test_setup_teardown(that_there_is_no_collection_is_remembered_too, set_up, tear_down),
      cmocka_unit_test_setup_teardown(the_same_namespace_is_replaced_and_young_again, set_up, tear_down),
      cmocka_unit_test_setup_teardown(an_entry_as_old_as_the_limit_is_still_there_and_an_older_one_is_not, set_up, tear_down),
      cmocka_unit_test_setup_teardown(adding_drops_what_is_too_old, set_up, tear_down),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
