/* The key cache, with a clock of the test's own: what is found, for how long, and what pushes what out. */
#include "ref/mongocrypt/key/cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
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

static flp_key_cache_t cache;
static flp_status_t status;

static int set_up(void **unused)
{
   (void)unused;
   memset(&cache, 0, sizeof cache);
   flp_status_reset(&status);
   return flp_key_cache_init(&cache) ? 0 : 1;
}

static int tear_down(void **unused)
{
   (void)unused;
   flp_key_cache_cleanup(&cache);
   return 0;
}

/* Adds a key whose id is 16 times `id`, with up to two names. */
static void add(uint8_t id, const char *name_a, const char *name_b)
{
   uint8_t id_bytes[FLP_KEY_ID_LEN], secret[FLP_SECRET_LEN];
   memset(id_bytes, id, sizeof id_bytes);
   memset(secret, id, sizeof secret);
   const char *given[] = {name_a, name_b};
   flp_buf_t *names = calloc(2, sizeof *names);
   size_t n_names = 0;
   assert_non_null(names);
   for (size_t i = 0; i < 2; i++) {
      if (given[i]) {
         assert_true(flp_buf_copy(&names[n_names], flp_view_text(given[i])));
         n_names++;
      }
   }
   flp_kek_t none = {0};
   flp_data_key_t *key = flp_data_key_new(id_bytes, &names, &n_names, &none, secret);
   assert_non_null(key);
   assert_true(flp_key_cache_add(&cache, key, &status));
   flp_data_key_drop(key); /* the cache holds it now */
}

/* First byte of the key that answers, 0 for none. */
static unsigned ask(flp_index_kind_t kind, flp_view_t wanted)
{
   flp_key_question_t question = {.kind = kind, .wanted = wanted};
   flp_key_cache_ask(&cache, &question, 1);
   unsigned found = question.key ? question.key->secret[0] : 0;
   flp_data_key_drop(question.key);
   return found;
}

static unsigned by_id(uint8_t id)
{
   uint8_t bytes[FLP_KEY_ID_LEN];
   memset(bytes, id, sizeof bytes);
   return ask(FLP_INDEX_ID, flp_view(bytes, sizeof bytes));
}

static unsigned by_name(const char *name)
{
   return ask(FLP_INDEX_NAME, flp_view_text(name));
}

static void a_key_is_found_by_its_id_and_by_every_name(void **unused)
{
   (void)unused;
   add(1, "a", "b");
   assert_int_equal(by_id(1), 1);
   assert_int_equal(by_name("a"), 1);
   assert_int_equal(by_name("b"), 1);
   assert_int_equal(by_name("A"), 0); /* case counts (KV-8) */
   assert_int_equal(by_name("c"), 0);
   assert_int_equal(by_id(2), 0);
}

static void a_name_of_16_bytes_is_not_an_id(void **unused)
{
   (void)unused;
   add('a', "bbbbbbbbbbbbbbbb", NULL);
   assert_int_equal(by_name("aaaaaaaaaaaaaaaa"), 0);
   assert_int_equal(by_id('b'), 0);
}

static void an_entry_as_old_as_the_limit_is_still_there_and_an_older_one_is_not(void **unused)
{
   (void)unused;
   add(1, NULL, NULL);
   now_ms += 60000;
   assert_int_equal(by_id(1), 1);
   now_ms += 1;
   assert_int_equal(by_id(1), 0);
   assert_null(cache.oldest); /* dropped, not only hidden */
}

static void with_limit_0_nothing_grows_old(void **unused)
{
   (void)unused;
   cache.expiration_ms = 0;
   add(1, NULL, NULL);
   now_ms += INT64_C(1) << 40;
   assert_int_equal(by_id(1), 1);
}

static void the_largest_limit_is_no_problem(void **unused)
{
   (void)unused;
   cache.expiration_ms = INT64_MAX;
   add(1, NULL, NULL);
   now_ms += 1;
   assert_int_equal(by_id(1), 1);
}

static void only_what_is_too_old_is_dropped(void **unused)
{
   (void)unused;
   add(1, NULL, NULL);
   now_ms += 40000;
   add(2, NULL, NULL);
   now_ms += 20001;
   assert_int_equal(by_id(1), 0);
   assert_int_equal(by_id(2), 2);
}

static void a_new_entry_pushes_out_all_that_share_its_id_or_a_name(void **unused)
{
   (void)unused;
   add(1, "a", NULL);
   add(2, "b", NULL);
   add(3, "c", NULL);
   add(4, "a", "b");
   assert_int_equal(by_id(1), 0);
   assert_int_equal(by_id(2), 0);
   assert_int_equal(by_id(3), 3);
   assert_int_equal(by_name("a"), 4);
   add(4, NULL, NULL); /* the same id without names: the names are gone with the old entry */
   assert_int_equal(by_name("a"), 0);
   assert_int_equal(by_id(4), 4);
}

static void whoever_holds_a_key_keeps_it_when_the_cache_forgets(void **unused)
{
   (void)unused;
   uint8_t id[FLP_KEY_ID_LEN];
   memset(id, 1, sizeof id);
   flp_key_question_t question = {.kind = FLP_INDEX_ID, .wanted = flp_view(id, sizeof id)};
   add(1, "a", NULL);
   flp_key_cache_ask(&cache, &question, 1);
   now_ms += 100000;
   assert_int_equal(by_id(1), 0);
   assert_int_equal(question.key->secret[95], 1);
   assert_memory_equal(question.key->names[0].data, "a", 1);
   flp_data_key_drop(question.key);
}

static void thousands_of_keys_are_found_and_forgotten(void **unused)
{
   (void)unused;
   char name[32];
   for (unsigned i = 0; i < 5000; i++) {
      snprintf(name, sizeof name, "name %u", i);
      uint8_t id[FLP_KEY_ID_LEN] = {(uint8_t)i, (uint8_t)(i >> 8), 1};
      uint8_t secret[FLP_SECRET_LEN] = {(uint8_t)(i | 1)};
      flp_buf_t *names = calloc(1, sizeof *names);
      size_t n_names = 1;
      assert_true(flp_buf_copy(&names[0], flp_view_text(name)));
      flp_kek_t none = {0};
      flp_data_key_t *key = flp_data_key_new(id, &names, &n_names, &none, secret);
      assert_true(flp_key_cache_add(&cache, key, &status));
      flp_data_key_drop(key);
   }
   for (unsigned i = 0; i < 5000; i++) {
      snprintf(name, sizeof name, "name %u", i);
      assert_int_equal(by_name(name), (uint8_t)(i | 1));
   }
   now_ms += 60001;
   assert_int_equal(by_name("name 7"), 0);
   assert_int_equal(cache.index.n_nodes, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
   const struct CMUnitTest tests[] = {
      TEST(a_key_is_found_by_its_id_and_by_every_name),
      TEST(a_name_of_16_bytes_is_not_an_id),
      TEST(an_entry_as_old_as_the_limit_is_still_there_and_an_older_one_is_not),
      TEST(with_limit_0_nothing_grows_old),
      TEST(the_largest_limit_is_no_problem),
      TEST(only_what_is_too_old_is_dropped),
      TEST(a_new_entry_pushes_out_all_that_share_its_id_or_a_name),
      TEST(whoever_holds_a_key_keeps_it_when_the_cache_forgets),
      TEST(thousands_of_keys_are_found_and_forgotten),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
