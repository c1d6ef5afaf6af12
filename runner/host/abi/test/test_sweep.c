/* A whole case with each of its allocations failing once: what is told of a point, here and in a child, and what is left behind. The
 * subject is the fake of support_fake.c. */
#include "runner/host/abi/test/support_fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const char call[] = "{" FAKE_HANDLE ", " FAKE_CALL ", \"exchange\": [" FAKE_KEYS "]}";
static const char steps[] =
   "{" FAKE_HANDLE ", \"steps\": [{\"ctx_new\": {\"crypt\": \"handle\"}, \"as\": \"c\"}, {\"ctx_destroy\": {\"ctx\": \"c\"}}]}";

static bool sanitizer_owns_memory(void)
{
   if (!FLP_HOST_COUNTS_ALLOCATIONS) {
      print_message("skipped: a sanitizer owns the allocator\n");
   }
   return !FLP_HOST_COUNTS_ALLOCATIONS;
}

static json_int_t number(const json_t *object, const char *field)
{
   return json_integer_value(json_object_get(object, field));
}

/* The points of all outcomes in which `field` of `event` is `text`. */
static json_int_t points_with(const json_t *sweep, const char *field, const char *text)
{
   json_int_t n = 0;
   size_t i;
   const json_t *outcome;
   json_array_foreach(json_object_get(sweep, "outcomes"), i, outcome)
   {
      const json_t *event = json_object_get(outcome, "event");
      if (json_is_object(event) && strcmp(fake_text(event, field), text) == 0) {
         n += number(outcome, "points");
      }
   }
   return n;
}

static json_int_t all_points(const json_t *sweep)
{
   json_int_t n = 0;
   size_t i;
   const json_t *outcome;
   json_array_foreach(json_object_get(sweep, "outcomes"), i, outcome)
   {
      n += number(outcome, "points");
   }
   return n;
}

static void every_allocation_of_the_case_fails_once(void **unused)
{
   (void)unused;
   if (sanitizer_owns_memory()) {
      skip();
   }
   flp_host_t *host = fake_host();
   for (int forks = 0; forks < 2; forks++) {
      json_t *events = fake_sweep(host, call, 0, forks);
      const json_t *sweep = fake_event(events, "sweep", 0);
      assert_int_equal(number(sweep, "points"), number(sweep, "allocations"));
      assert_int_equal(all_points(sweep), number(sweep, "points"));
      assert_int_equal(points_with(sweep, "phase", "new"), 1);
      assert_int_equal(points_with(sweep, "failed", "ctx_new"), 1);
      assert_int_equal(points_with(sweep, "failed", "ctx_finalize"), 1);
      assert_string_equal(fake_text(fake_event(events, "outcome", 0), "state"), "DONE"); /* kept is the run in which none fails */
      assert_int_equal(fake_count(events, "left"), 0);
      json_decref(events);
   }
}

static void what_failed_is_done_again(void **unused)
{
   (void)unused;
   if (sanitizer_owns_memory()) {
      skip();
   }
   flp_host_t *host = fake_host();
   for (int i = 0; i < 2; i++) {
      json_t *events = fake_sweep(host, i == 0 ? call : steps, 0, false);
      size_t k;
      const json_t *outcome;
      json_array_foreach(json_object_get(fake_event(events, "sweep", 0), "outcomes"), k, outcome)
      {
         const json_t *again = json_object_get(outcome, "again");
         assert_int_equal(json_is_array(again), json_is_object(json_object_get(outcome, "event")));
         assert_int_equal(json_array_size(again), 0);
         assert_int_equal(number(outcome, "left"), 0);
      }
      json_decref(events);
   }
}

static void so_many_points_are_spread(void **unused)
{
   (void)unused;
   if (sanitizer_owns_memory()) {
      skip();
   }
   json_t *events = fake_sweep(fake_host(), call, 2, false);
   const json_t *sweep = fake_event(events, "sweep", 0);
   assert_int_equal(number(sweep, "points"), 2);
   assert_true(number(sweep, "allocations") > 2);
   assert_int_equal(all_points(sweep), 2);
   json_decref(events);
}

static void die_without_memory(void)
{
   void *volatile block = malloc(8);
   if (block == NULL) {
      abort();
   }
   free(block);
}

static void a_death_in_a_child_is_told(void **unused)
{
   (void)unused;
   if (sanitizer_owns_memory()) {
      skip();
   }
   flp_host_t *host = fake_host();
   fake.at_new = die_without_memory;
   json_t *events = fake_sweep(host, call, 0, true);
   const json_t *first = json_array_get(json_object_get(fake_event(events, "sweep", 0), "outcomes"), 0);
   assert_string_equal(fake_text(first, "died"), "crash(SIGABRT)");
   assert_int_equal(number(first, "points"), 1);
   assert_string_equal(fake_text(json_array_get(events, json_array_size(events) - 1), "ev"), "end"); /* the host lives */
   json_decref(events);
}

static void *volatile kept;

static void keep_a_block(void)
{
   kept = malloc(8);
}

static void keep_one_block(void)
{
   kept = kept == NULL ? malloc(8) : kept;
}

static void a_block_that_is_left_every_time_is_told(void **unused)
{
   (void)unused;
   if (sanitizer_owns_memory()) {
      skip();
   }
   flp_host_t *host = fake_host();
   fake.at_new = keep_a_block;
   json_t *events = fake_run(host, call);
   assert_int_equal(number(fake_event(events, "left", 0), "blocks"), 1);
   json_decref(events);
   kept = NULL;
   fake.at_new = keep_one_block; /* made once, and kept for ever: a cache */
   events = fake_run(host, call);
   assert_int_equal(fake_count(events, "left"), 0);
   json_decref(events);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_allocation_of_the_case_fails_once),
      cmocka_unit_test(what_failed_is_done_again),
      cmocka_unit_test(so_many_points_are_spread),
      cmocka_unit_test(a_death_in_a_child_is_told),
      cmocka_unit_test(a_block_that_is_left_every_time_is_told),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
