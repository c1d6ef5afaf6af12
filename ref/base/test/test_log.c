/* One message at a time, to whoever was set last. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ref/base/log.h"

#include <string.h>

typedef struct {
   unsigned calls;
   unsigned inside; /* calls that have begun and not ended */
   unsigned most_inside;
} seen_t;

static void note(uint32_t level, const char *message, uint32_t len, void *user)
{
   seen_t *seen = user;
   seen->inside++;
   seen->most_inside = seen->inside > seen->most_inside ? seen->inside : seen->most_inside;
   assert_int_equal(level, FLP_LOG_WARNING);
   assert_int_equal(len, strlen(message));
   seen->calls++;
   seen->inside--;
}

static void without_a_handler_messages_go_nowhere(void **state)
{
   flp_log_t log;
   seen_t seen = {0};
   (void)state;
   assert_true(flp_log_init(&log));
   flp_log_write(&log, FLP_LOG_WARNING, "lost");
   flp_log_set(&log, note, &seen);
   flp_log_write(&log, FLP_LOG_WARNING, "kept");
   flp_log_set(&log, NULL, NULL);
   flp_log_write(&log, FLP_LOG_WARNING, "lost");
   assert_int_equal(seen.calls, 1);
   flp_log_cleanup(&log);
}

static void *write_many(void *log)
{
   for (int i = 0; i < 1000; i++) {
      flp_log_write(log, FLP_LOG_WARNING, "from a thread");
   }
   return NULL;
}

static void messages_of_several_threads_do_not_mix(void **state)
{
   flp_log_t log;
   seen_t seen = {0};
   pthread_t threads[4];
   (void)state;
   assert_true(flp_log_init(&log));
   flp_log_set(&log, note, &seen);
   for (size_t i = 0; i < 4; i++) {
      assert_int_equal(pthread_create(&threads[i], NULL, write_many, &log), 0);
   }
   for (size_t i = 0; i < 4; i++) {
      pthread_join(threads[i], NULL);
   }
   assert_int_equal(seen.calls, 4000);
   assert_int_equal(seen.most_inside, 1);
   flp_log_cleanup(&log);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(without_a_handler_messages_go_nowhere),
      cmocka_unit_test(messages_of_several_threads_do_not_mix),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
