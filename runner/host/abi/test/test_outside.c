/* Time, chance and memory while a call is under way, and while none is. */
#include "runner/host/abi/outside.h"

#include <openssl/rand.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static const int64_t now_ms = 1767225600123;

static int64_t read_ms(clockid_t id)
{
   struct timespec t;
   assert_int_equal(clock_gettime(id, &t), 0);
   return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void armed_clocks_stand_still_until_moved(void **unused)
{
   (void)unused;
   flp_outside_start(now_ms, 1, "a");
   flp_outside.armed = true;
   assert_int_equal(read_ms(CLOCK_REALTIME), now_ms);
   const int64_t monotonic = read_ms(CLOCK_MONOTONIC);
   flp_outside_advance_ns(60LL * 1000 * 1000 * 1000);
   assert_int_equal(read_ms(CLOCK_REALTIME), now_ms + 60000);
   assert_int_equal(read_ms(CLOCK_MONOTONIC), monotonic + 60000);
   struct timeval tv;
   gettimeofday(&tv, NULL);
   assert_int_equal(tv.tv_sec, (now_ms + 60000) / 1000);
   assert_int_equal(time(NULL), (now_ms + 60000) / 1000);
   flp_outside.armed = false;
   assert_int_equal(flp_outside_clock_ms(), 60000);
}

static void armed_sleeps_move_the_clock_and_cost_nothing(void **unused)
{
   (void)unused;
   flp_outside_start(now_ms, 1, "a");
   flp_outside.armed = true;
   const struct timespec hour = {.tv_sec = 3600};
   assert_int_equal(nanosleep(&hour, NULL), 0);
   assert_int_equal(usleep(500000), 0);
   const struct timespec bad = {.tv_nsec = 1000000000};
   assert_int_equal(nanosleep(&bad, NULL), -1);
   flp_outside.armed = false;
   assert_int_equal(flp_outside_clock_ms(), 3600500);
}

static void the_clock_never_wraps(void **unused)
{
   (void)unused;
   flp_outside_start(INT64_MAX, 1, "a");
   flp_outside_advance_ns(INT64_MAX);
   flp_outside_advance_ns(INT64_MAX);
   flp_outside_advance_ns(-1);
   flp_outside.armed = true;
   assert_true(read_ms(CLOCK_REALTIME) > 0);
   flp_outside.armed = false;
   flp_outside_start(-1500, 1, "a");
   flp_outside.armed = true;
   struct timespec t;
   clock_gettime(CLOCK_REALTIME, &t);
   flp_outside.armed = false;
   assert_int_equal(t.tv_sec, -2);
   assert_int_equal(t.tv_nsec, 500000000);
}

static void unarmed_time_is_real(void **unused)
{
   (void)unused;
   flp_outside_start(0, 1, "a");
   assert_true(read_ms(CLOCK_REALTIME) > 1600000000000);
   assert_true(time(NULL) > 1600000000);
}

static void armed_chance_follows_seed_and_id(void **unused)
{
   (void)unused;
   static const struct {
      uint64_t seed;
      const char *id;
      bool same;
   } rows[] = {{1, "a", true}, {2, "a", false}, {1, "b", false}};
   uint8_t first[40], other[40];
   flp_outside_start(now_ms, 1, "a");
   flp_outside.armed = true;
   assert_int_equal(RAND_bytes(first, sizeof first), 1);
   flp_outside.armed = false;
   for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
      flp_outside_start(now_ms, rows[i].seed, rows[i].id);
      flp_outside.armed = true;
      RAND_bytes(other, sizeof other);
      flp_outside.armed = false;
      assert_true((memcmp(first, other, sizeof first) == 0) == rows[i].same);
   }
   flp_outside_start(now_ms, 1, "a");
   assert_int_equal(RAND_bytes(other, sizeof other), 1); /* not armed: from the kernel */
   assert_memory_not_equal(first, other, sizeof first);
}

static void bytes_that_the_case_gives_come_first(void **unused)
{
   (void)unused;
   static const uint8_t given[5] = {9, 8, 7, 6, 5};
   static const uint8_t too_many[FLP_MAX_SCRIPTED_RANDOM + 1];
   uint8_t seeded[8], got[13];
   flp_outside_start(now_ms, 1, "a");
   flp_outside_random(seeded, sizeof seeded);
   flp_outside_start(now_ms, 1, "a");
   assert_false(flp_outside_script_random(too_many, sizeof too_many));
   assert_true(flp_outside_script_random(given, sizeof given));
   flp_outside_random(got, 2);
   flp_outside_random(got + 2, 11);
   assert_memory_equal(got, given, sizeof given);
   assert_memory_equal(got + 5, seeded, sizeof seeded);
   assert_true(flp_outside_script_random(given, sizeof given));
   flp_outside_start(now_ms, 1, "a");
   flp_outside_random(got, sizeof seeded);
   assert_memory_equal(got, seeded, sizeof seeded); /* a new case begins without them */
}

static void only_the_nth_allocation_of_a_call_fails(void **unused)
{
   (void)unused;
   if (!FLP_HOST_COUNTS_ALLOCATIONS) {
      print_message("skipped: a sanitizer owns the allocator\n");
      skip();
   }
   void *blocks[4] = {NULL};
   flp_outside_fail_at(2);
   void *outside = malloc(1);
   flp_outside.armed = true;
   blocks[0] = malloc(10);
   blocks[1] = calloc(1, 10);
   blocks[2] = realloc(NULL, 10);
   const int aligned = posix_memalign(&blocks[3], 64, 10);
   flp_outside.armed = false;
   assert_non_null(outside);
   assert_non_null(blocks[0]);
   assert_null(blocks[1]);
   assert_non_null(blocks[2]);
   assert_int_equal(aligned, 0);
   assert_int_equal((uintptr_t)blocks[3] % 64, 0);
   assert_true(flp_outside.failed);
   assert_int_equal(flp_outside.allocations, 4);
   for (size_t i = 0; i < 4; i++) {
      free(blocks[i]);
   }
   free(outside);
   flp_outside_fail_at(0);
}

static void secrets_are_seen_in_moved_and_freed_blocks(void **unused)
{
   (void)unused;
   static const uint8_t secret[16] = "0123456789abcde";
   if (!FLP_HOST_COUNTS_ALLOCATIONS) {
      print_message("skipped: a sanitizer owns the allocator\n");
      skip();
   }
   for (int wiped = 0; wiped < 2; wiped++) {
      flp_outside_forget_secrets();
      assert_true(flp_outside_plant(secret, sizeof secret));
      uint8_t *block = malloc(100);
      memset(block, wiped, 100);
      if (!wiped) {
         memcpy(block + 50, secret, sizeof secret);
      }
      flp_outside.armed = true;
      uint8_t *moved = realloc(block, 5000);
      flp_outside.armed = false;
      assert_true(flp_outside.leaked[0] == !wiped);
      assert_true(wiped || memcmp(moved + 50, secret, sizeof secret) == 0);
      free(moved);
   }
   flp_outside_forget_secrets();
}

static void blocks_are_the_subjects_until_they_are_freed(void **unused)
{
   (void)unused;
   static void *volatile blocks[40000];
   if (!FLP_HOST_COUNTS_ALLOCATIONS) {
      print_message("skipped: a sanitizer owns the allocator\n");
      skip();
   }
   const int64_t before = flp_outside.live;
   const size_t n = sizeof blocks / sizeof blocks[0];
   void *ours = malloc(1);
   flp_outside.armed = true;
   for (size_t i = 0; i < n; i++) {
      blocks[i] = malloc(16);
   }
   flp_outside.armed = false;
   assert_int_equal(flp_outside.live - before, n);
   for (size_t i = 0; i < n; i += 2) {
      free(blocks[i]); /* by whomever */
   }
   assert_int_equal(flp_outside.live - before, n / 2);
   flp_outside.armed = true;
   for (size_t i = 1; i < n; i += 2) {
      blocks[i] = realloc(blocks[i], 5000); /* moved or not it is one block */
   }
   free(ours);
   flp_outside.armed = false;
   assert_int_equal(flp_outside.live - before, n / 2);
   for (size_t i = 1; i < n; i += 2) {
      free(blocks[i]);
   }
   assert_int_equal(flp_outside.live, before);
}

static void a_moment_comes_back(void **unused)
{
   (void)unused;
   uint8_t first[20], again[20];
   flp_outside_start(now_ms, 1, "a");
   assert_true(flp_outside_script_random((const uint8_t *)"abcdefgh", 8));
   flp_outside_random(again, 3);
   flp_outside_advance_ns(5000000);
   const flp_moment_t moment = flp_outside_now();
   flp_outside_random(first, sizeof first);
   flp_outside_advance_ns(7000000);
   flp_outside_return(&moment);
   flp_outside_random(again, sizeof again);
   assert_memory_equal(first, again, sizeof first);
   assert_int_equal(flp_outside_clock_ms(), 5);
}

static void a_century_passes_on_one_clock_only(void **unused)
{
   (void)unused;
   struct timespec wall, steady, later, same;
   flp_outside_start(now_ms, 1, "a");
   flp_outside.armed = true;
   clock_gettime(CLOCK_REALTIME, &wall);
   clock_gettime(CLOCK_MONOTONIC, &steady);
   flp_outside_age();
   clock_gettime(CLOCK_REALTIME, &same);
   clock_gettime(CLOCK_MONOTONIC, &later);
   flp_outside.armed = false;
   assert_int_equal(wall.tv_sec, same.tv_sec);
   assert_true(later.tv_sec - steady.tv_sec > 90LL * 365 * 86400);
   flp_outside_start(now_ms, 1, "a");
   flp_outside.armed = true;
   clock_gettime(CLOCK_MONOTONIC, &later);
   flp_outside.armed = false;
   assert_int_equal(later.tv_sec, steady.tv_sec);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(armed_clocks_stand_still_until_moved),
      cmocka_unit_test(armed_sleeps_move_the_clock_and_cost_nothing),
      cmocka_unit_test(the_clock_never_wraps),
      cmocka_unit_test(unarmed_time_is_real),
      cmocka_unit_test(armed_chance_follows_seed_and_id),
      cmocka_unit_test(bytes_that_the_case_gives_come_first),
      cmocka_unit_test(only_the_nth_allocation_of_a_call_fails),
      cmocka_unit_test(secrets_are_seen_in_moved_and_freed_blocks),
      cmocka_unit_test(blocks_are_the_subjects_until_they_are_freed),
      cmocka_unit_test(a_moment_comes_back),
      cmocka_unit_test(a_century_passes_on_one_clock_only),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
