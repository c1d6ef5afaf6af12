/* How a call is driven: rounds, answers, faults, KMS requests, endings, sweeps. The subject is the fake of support_fake.c. */
#include "runner/host/abi/test/support_fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static json_t *run(const char *rest)
{
   char plan[4096];
   snprintf(plan, sizeof plan, "{" FAKE_HANDLE ", " FAKE_CALL "%s}", rest);
   return fake_run(fake_host(), plan);
}

/* Runs with `fake` as the test set it. */
static json_t *run_as_set(flp_host_t *host, const char *rest)
{
   char plan[4096];
   snprintf(plan, sizeof plan, "{" FAKE_HANDLE ", " FAKE_CALL "%s}", rest);
   return fake_run(host, plan);
}

static int64_t number(const json_t *event, const char *key)
{
   return json_integer_value(json_object_get(event, key));
}

static void a_call_ends_with_its_result(void **unused)
{
   (void)unused;
   json_t *events = run(", \"exchange\": [{\"ask\": {}}, " FAKE_KEYS "]");
   assert_int_equal(json_array_size(events), 6); /* begin ask answer outcome journal end */
   const json_t *ask = fake_event(events, "ask", 0);
   assert_string_equal(fake_text(ask, "state"), "NEED_MONGO_KEYS");
   assert_true(strlen(fake_text(ask, "op")) > 20);
   const json_t *answer = fake_event(events, "answer", 0);
   assert_string_equal(fake_text(answer, "kind"), "keys");
   assert_int_equal(json_array_size(json_object_get(answer, "given")), 2);
   assert_true(json_is_true(json_object_get(answer, "done")));
   const json_t *outcome = fake_event(events, "outcome", 0);
   assert_string_equal(fake_text(outcome, "state"), "DONE");
   assert_true(json_is_string(json_object_get(outcome, "result")));
   assert_true(json_is_null(json_object_get(outcome, "error")));
   assert_int_equal(fake.feeds, 2);
   assert_int_equal(fake.contexts, 0);
   assert_int_equal(fake.handles, 0);
   assert_int_equal(json_array_size(json_object_get(fake_event(events, "journal", 0), "entries")), 1);
   json_decref(events);
}

static void inputs_are_overwritten_after_the_call(void **unused)
{
   (void)unused;
   if (!FLP_HOST_COUNTS_ALLOCATIONS) {
      print_message("skipped: a sanitizer reports the look at freed memory by itself\n");
      skip();
   }
   json_t *events = run(", \"exchange\": [" FAKE_KEYS "]");
   assert_non_null(fake.kept);
   assert_int_equal(fake.kept_copy[0], 12); /* it was a document of 12 bytes ... */
   /* ... and where it was there is something else now. The allocator may have used the first bytes again; none is what it was. */
   assert_memory_not_equal(fake.kept, fake.kept_copy, sizeof fake.kept_copy);
   json_decref(events);
}

static void a_failed_feed_ends_without_done(void **unused)
{
   (void)unused;
   flp_host_t *host = fake_host();
   fake.refuses_feed = true;
   json_t *events = run_as_set(host, ", \"exchange\": [" FAKE_KEYS "]");
   const json_t *outcome = fake_event(events, "outcome", 0);
   assert_string_equal(fake_text(outcome, "state"), "ERROR");
   assert_string_equal(fake_text(outcome, "failed"), "ctx_mongo_feed");
   assert_string_equal(fake_text(json_object_get(outcome, "error"), "message"), "feed refused");
   assert_true(json_is_null(json_object_get(fake_event(events, "answer", 0), "done")));
   assert_int_equal(fake.feeds, 1);
   json_decref(events);
}

static void a_refused_option_ends_before_init(void **unused)
{
   (void)unused;
   flp_host_t *host = fake_host();
   fake.refuses_option = true;
   json_t *events = run_as_set(host, "");
   assert_string_equal(fake_text(fake_event(events, "outcome", 0), "failed"), "ctx_setopt_key_id");
   json_decref(events);
}

static void a_refused_handle_is_a_setup_event(void **unused)
{
   (void)unused;
   flp_host_t *host = fake_host();
   fake.refuses_init = true;
   json_t *events = run_as_set(host, "");
   const json_t *setup = fake_event(events, "setup", 0);
   assert_string_equal(fake_text(setup, "phase"), "init");
   assert_string_equal(fake_text(json_object_get(setup, "error"), "message"), "init refused");
   assert_int_equal(fake_count(events, "outcome"), 0);
   assert_int_equal(fake.handles, 0);
   json_decref(events);
   events = fake_run(fake_host(), "{\"handle\": {\"schema_map\": {}}, " FAKE_CALL "}");
   setup = fake_event(events, "setup", 0);
   assert_string_equal(fake_text(setup, "phase"), "setopt schema_map");
   assert_int_equal(number(json_object_get(setup, "error"), "type"), -1); /* the fake does not export it */
   json_decref(events);
}

static void rounds_without_answer_stop_the_call(void **unused)
{
   (void)unused;
   static const struct {
      const char *rest, *reason;
   } rows[] = {
      {", \"exchange\": []", "unanswered"},
      {", \"exchange\": [{\"ask\": {}}]", "unanswered"},
      {", \"exchange\": [{\"ask\": {}}, {\"ask\": {}}, " FAKE_KEYS "]", "unanswered"},
      {", \"exchange\": [{\"answer\": {\"markings\": {\"ok\": 1}}}]", "mismatch"},
   };
   for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
      json_t *events = run(rows[i].rest);
      assert_string_equal(fake_text(fake_event(events, "stopped", 0), "reason"), rows[i].reason);
      assert_int_equal(fake_count(events, "outcome"), 0);
      assert_int_equal(fake.feeds, 0);
      json_decref(events);
   }
}

static void live_keys_come_from_the_vault(void **unused)
{
   (void)unused;
   json_t *events = run(", \"world\": {\"key_vault\": [{\"_id\": 1}, "
                        "{\"_id\": {\"$binary\": {\"base64\": \"YWFhYWFhYWFhYWFhYWFhYQ==\", \"subType\": \"04\"}}}]}");
   assert_int_equal(json_array_size(json_object_get(fake_event(events, "answer", 0), "given")), 1);
   json_decref(events);
   flp_host_t *host = fake_host();
   fake.wrong_filter = true;
   events = run_as_set(host, "");
   assert_string_equal(fake_text(fake_event(events, "stopped", 0), "reason"), "refused");
   assert_non_null(strstr(fake_text(fake_event(events, "stopped", 0), "why"), "$or"));
   json_decref(events);
}

/* How long the one live reply is, as text; -1: there is none. */
static int collection_given(flp_host_t *host)
{
   json_t *events = fake_run(host, "{" FAKE_HANDLE ", \"call\": {\"encrypt\": {\"db\": \"db\", \"cmd\": {\"find\": \"c\"}}}, "
                                   "\"world\": {\"collections\": {\"db.c\": {\"options\": {\"n\": 1}}, \"other.c\": {}}}}");
   const json_t *given = json_object_get(fake_event(events, "answer", 0), "given");
   const char *text = json_string_value(json_array_get(given, 0));
   const int len = json_array_size(given) == 1 ? (int)strlen(text) : -1;
   json_decref(events);
   return len;
}

static void live_collections_lie_in_the_database_that_is_asked(void **unused)
{
   (void)unused;
   const int with_option = collection_given(fake_host()); /* of the command: db.c */
   flp_host_t *host = fake_host();
   fake.odd_state = 8;
   const int without = collection_given(host); /* of mongo_db: other.c */
   assert_true(with_option > without && without > 0);
}

static void what_the_world_cannot_play_is_said(void **unused)
{
   (void)unused;
   flp_host_t *host = fake_host();
   fake.odd_state = 2;
   json_t *events = run_as_set(host, "");
   assert_string_equal(fake_text(fake_event(events, "stopped", 0), "reason"), "no_role");
   assert_string_equal(fake_text(fake_event(events, "stopped", 0), "state"), "NEED_MONGO_MARKINGS");
   json_decref(events);
}

static void odd_states_do_not_hang(void **unused)
{
   (void)unused;
   flp_host_t *host = fake_host();
   fake.stuck = true;
   json_t *events = run_as_set(host, ", \"exchange\": [" FAKE_KEYS "]");
   assert_string_equal(fake_text(fake_event(events, "stopped", 0), "reason"), "endless");
   json_decref(events);
   host = fake_host();
   fake.odd_state = 77;
   events = run_as_set(host, "");
   assert_string_equal(fake_text(fake_event(events, "stopped", 0), "reason"), "unknown_state");
   assert_string_equal(fake_text(fake_event(events, "stopped", 0), "state"), "UNKNOWN(77)");
   json_decref(events);
}

static void faults_change_what_is_given(void **unused)
{
   (void)unused;
   static const struct {
      const char *fault;
      size_t given;
      bool done;
   } rows[] = {
      {"{\"action\": \"drop\", \"nth\": 1}", 1, true},        {"{\"action\": \"drop\"}", 0, true},
      {"{\"action\": \"repeat\", \"nth\": 2}", 3, true},      {"{\"action\": \"replace\", \"nth\": 2, \"with\": {}}", 2, true},
      {"{\"action\": \"cut\", \"after_bytes\": 7}", 2, true}, {"{\"action\": \"reorder\"}", 2, true},
      {"{\"action\": \"delay\", \"ms\": 5}", 2, true},
   };
   for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
      char rest[512];
      snprintf(rest, sizeof rest, ", \"exchange\": [{\"answer\": {\"keys\": [{\"a\": 1}, {\"b\": 2}], \"fault\": %s}}]", rows[i].fault);
      json_t *events = run(rest);
      const json_t *answer = fake_event(events, "answer", 0);
      assert_int_equal(json_array_size(json_object_get(answer, "given")), rows[i].given);
      assert_int_equal(fake.feeds, rows[i].given);
      assert_true(json_is_true(json_object_get(answer, "done")) == rows[i].done);
      assert_non_null(strstr(rows[i].fault, fake_text(answer, "fault")));
      json_decref(events);
   }
   json_t *events = run(", \"exchange\": [{\"answer\": {\"keys\": [], \"fault\": {\"action\": \"no_done\"}}}]");
   assert_true(json_is_null(json_object_get(fake_event(events, "answer", 0), "done")));
   assert_int_equal(fake_count(events, "ask"), 2);
   json_decref(events);
   events = run(", \"exchange\": [{\"answer\": {\"keys\": [], \"fault\": {\"action\": \"reset\"}}}]"); /* no connection to break here */
   assert_int_equal(fake_count(events, "problem"), 1);
   json_decref(events);
   events = run(", \"exchange\": [{\"answer\": {\"keys\": [], \"fault\": {\"action\": \"explode\"}}}]");
   assert_int_equal(fake_count(events, "problem"), 1);
   json_decref(events);
}

#define KMS_EXCHANGE(answers) ", \"exchange\": [" FAKE_KEYS ", " answers "]"

static void kms_replies_are_fed_as_they_are_wanted(void **unused)
{
   (void)unused;
   flp_host_t *host = fake_host();
   fake.needs_kms = true;
   json_t *events = run_as_set(host, KMS_EXCHANGE("{\"answer\": {\"kms\": [\"0123456789 and more\"]}}"));
   const json_t *request = json_array_get(json_object_get(fake_event(events, "ask", 1), "kms"), 0);
   assert_string_equal(fake_text(request, "endpoint"), "kms.example:443");
   assert_string_equal(fake_text(request, "provider"), "aws");
   assert_string_equal(fake_text(request, "message"), "UE9TVCBtZQ==");
   assert_int_equal(fake.kms_feeds, 3); /* 4 + 4 + 2 bytes: what it does not want stays outside */
   assert_string_equal(fake_text(fake_event(events, "outcome", 0), "state"), "DONE");
   assert_int_equal(flp_outside_clock_ms(), 2000); /* it said: wait */
   json_decref(events);
}

static void a_short_kms_reply_is_unfinished(void **unused)
{
   (void)unused;
   flp_host_t *host = fake_host();
   fake.needs_kms = true;
   json_t *events =
      run_as_set(host, KMS_EXCHANGE("{\"answer\": {\"kms\": [\"0123456789\"], \"fault\": {\"action\": \"cut\", \"after_bytes\": 6}}}"));
   assert_string_equal(fake_text(fake_event(events, "outcome", 0), "failed"), "ctx_kms_done");
   assert_true(json_is_false(json_object_get(fake_event(events, "answer", 1), "done")));
   json_decref(events);
}

static void a_request_that_is_handed_out_again_is_the_next_round(void **unused)
{
   (void)unused;
   flp_host_t *host = fake_host();
   fake.needs_kms = true;
   fake.retries = 1;
   json_t *events = run_as_set(host, KMS_EXCHANGE("{\"answer\": {\"kms\": [\"0123456789\"]}}, {\"answer\": {\"kms\": [\"0123456789\"]}}"));
   assert_int_equal(fake_count(events, "ask"), 3);
   assert_true(json_is_null(json_object_get(fake_event(events, "answer", 1), "done")));
   assert_true(json_is_true(json_object_get(fake_event(events, "answer", 2), "done")));
   assert_string_equal(fake_text(fake_event(events, "outcome", 0), "state"), "DONE");
   json_decref(events);
}

static void a_reset_is_told_to_the_request(void **unused)
{
   (void)unused;
   flp_host_t *host = fake_host();
   fake.needs_kms = true;
   json_t *events = run_as_set(host, KMS_EXCHANGE("{\"answer\": {\"fault\": {\"action\": \"reset\"}}}"));
   assert_int_equal(fake.kms_fails, 1);
   assert_string_equal(fake_text(fake_event(events, "outcome", 0), "failed"), "kms_ctx_fail");
   assert_string_equal(fake_text(json_object_get(fake_event(events, "outcome", 0), "error"), "message"), "network");
   json_decref(events);
}

static void a_split_sweep_tries_every_offset(void **unused)
{
   (void)unused;
   flp_host_t *host = fake_host();
   fake.needs_kms = true;
   json_t *events = run_as_set(host, KMS_EXCHANGE("{\"answer\": {\"kms\": [\"0123456789\"], \"split\": \"every\"}}"));
   const json_t *sweep = fake_event(events, "sweep", 0);
   assert_string_equal(fake_text(sweep, "kind"), "split");
   assert_int_equal(number(sweep, "points"), 9);
   assert_true(json_is_null(json_object_get(sweep, "differs")));
   assert_true(json_is_null(json_object_get(fake_event(events, "answer", 1), "offset")));
   json_decref(events);
}

static void a_split_sweep_keeps_the_first_difference(void **unused)
{
   (void)unused;
   flp_host_t *host = fake_host();
   fake.needs_kms = true;
   fake.split_defect = 3;
   json_t *events = run_as_set(host, KMS_EXCHANGE("{\"answer\": {\"kms\": [\"0123456789\"], \"split\": \"every\"}}"));
   assert_int_equal(number(fake_event(events, "sweep", 0), "differs"), 3);
   assert_int_equal(number(fake_event(events, "answer", 1), "offset"), 3);
   assert_string_equal(fake_text(json_array_get(events, json_array_size(events) - 1), "ev"), "end");
   json_decref(events);
}

static void an_allocation_sweep_fails_each_in_turn(void **unused)
{
   (void)unused;
   if (!FLP_HOST_COUNTS_ALLOCATIONS) {
      print_message("skipped: a sanitizer owns the allocator\n");
      skip();
   }
   json_t *events = run(", \"exchange\": [" FAKE_KEYS "], \"fail_alloc\": \"every\"");
   const json_t *sweep = fake_event(events, "sweep", 0);
   const json_t *outcomes = json_object_get(sweep, "outcomes");
   assert_string_equal(fake_text(sweep, "kind"), "fail_alloc");
   assert_int_equal(number(sweep, "points"), 2); /* the context, the result */
   assert_int_equal(json_array_size(outcomes), 2);
   assert_string_equal(fake_text(json_object_get(json_array_get(outcomes, 0), "event"), "failed"), "ctx_new");
   assert_string_equal(fake_text(json_object_get(json_array_get(outcomes, 1), "event"), "failed"), "ctx_finalize");
   assert_string_equal(fake_text(fake_event(events, "outcome", 0), "state"), "DONE"); /* kept is the run in which none fails */
   json_decref(events);
   events = run(", \"exchange\": [" FAKE_KEYS "], \"fail_alloc\": 2");
   assert_string_equal(fake_text(fake_event(events, "outcome", 0), "failed"), "ctx_finalize");
   assert_int_equal(fake_count(events, "sweep"), 0);
   json_decref(events);
}

static void time_and_chance_start_again_with_every_case(void **unused)
{
   (void)unused;
   flp_host_t *host = fake_host();
   static const char plan[] = "{" FAKE_HANDLE ", " FAKE_CALL ", \"exchange\": [" FAKE_KEYS "]}";
   json_t *first = fake_run_as(host, "a/one", plan);
   json_t *again = fake_run_as(host, "a/one", plan);
   json_t *other = fake_run_as(host, "a/two", plan);
   const char *result = fake_text(fake_event(first, "outcome", 0), "result");
   assert_string_equal(result, fake_text(fake_event(again, "outcome", 0), "result"));
   assert_string_not_equal(result, fake_text(fake_event(other, "outcome", 0), "result"));
   json_decref(first);
   json_decref(again);
   json_decref(other);
}

static void calls_share_a_handle_and_the_clock_moves_between(void **unused)
{
   (void)unused;
   static const char plan[] = "{" FAKE_HANDLE ", \"calls\": [{" FAKE_CALL ", \"exchange\": [" FAKE_KEYS "]}, {\"clock\": \"+2min\"}, "
                              "{\"clock\": 1}, {" FAKE_CALL ", \"exchange\": [" FAKE_KEYS "]}]}";
   json_t *events = fake_run(fake_host(), plan);
   assert_int_equal(number(fake_event(events, "clock", 0), "advance_ms"), 120000);
   assert_int_equal(number(fake_event(events, "clock", 1), "clock_ms"), 120001);
   assert_int_equal(number(fake_event(events, "outcome", 1), "call"), 3);
   json_decref(events);
   events = fake_run(fake_host(), "{" FAKE_HANDLE ", \"calls\": [{\"clock\": \"-1s\"}]}");
   assert_int_equal(fake_count(events, "problem"), 1);
   json_decref(events);
}

static void planted_secrets_are_seen_where_they_are_freed(void **unused)
{
   (void)unused;
   static const uint8_t shown[24] = "a secret of some length";
   static const uint8_t hidden[24] = "a secret that is wiped.";
   if (!FLP_HOST_COUNTS_ALLOCATIONS) {
      print_message("skipped: a sanitizer owns the allocator\n");
      skip();
   }
   flp_host_t *host = fake_host();
   fake.secret = shown;
   fake.secret_len = sizeof shown;
   assert_true(flp_outside_plant(hidden, sizeof hidden));
   assert_true(flp_outside_plant(shown, sizeof shown));
   assert_false(flp_outside_plant(shown, 15)); /* too short to be sure */
   json_t *events = run_as_set(host, ", \"exchange\": [" FAKE_KEYS "]");
   assert_int_equal(fake_count(events, "leak"), 1);
   assert_int_equal(number(fake_event(events, "leak", 0), "what"), 1);
   assert_string_equal(fake_text(fake_event(events, "leak", 0), "fn"), "ctx_finalize");
   json_decref(events);
   fake.secret = NULL;
   events = run_as_set(host, ", \"exchange\": [" FAKE_KEYS "]");
   assert_int_equal(fake_count(events, "leak"), 0);
   json_decref(events);
   flp_outside_forget_secrets();
}

static void plans_that_mean_nothing_are_problems(void **unused)
{
   (void)unused;
   static const char *const plans[] = {
      "{" FAKE_HANDLE "}",
      "{" FAKE_HANDLE ", \"call\": {\"dance\": {}}}",
      "{" FAKE_HANDLE ", \"call\": {\"explicit_encrypt\": {\"colour\": 1}}}",
      "{" FAKE_HANDLE ", \"call\": {\"explicit_encrypt\": {\"key_id\": 1}}}",
      "{" FAKE_HANDLE ", " FAKE_CALL ", \"exchange\": {}}",
      "{\"handle\": {\"colour\": 1}, " FAKE_CALL "}",
      "{\"world\": {\"key_vault\": 1}, " FAKE_HANDLE ", " FAKE_CALL "}",
   };
   for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
      json_t *events = fake_run(fake_host(), plans[i]);
      assert_int_equal(fake_count(events, "problem"), 1);
      assert_int_equal(fake_count(events, "end"), 1);
      json_decref(events);
   }
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_call_ends_with_its_result),
      cmocka_unit_test(inputs_are_overwritten_after_the_call),
      cmocka_unit_test(a_failed_feed_ends_without_done),
      cmocka_unit_test(a_refused_option_ends_before_init),
      cmocka_unit_test(a_refused_handle_is_a_setup_event),
      cmocka_unit_test(rounds_without_answer_stop_the_call),
      cmocka_unit_test(live_keys_come_from_the_vault),
      cmocka_unit_test(live_collections_lie_in_the_database_that_is_asked),
      cmocka_unit_test(what_the_world_cannot_play_is_said),
      cmocka_unit_test(odd_states_do_not_hang),
      cmocka_unit_test(faults_change_what_is_given),
      cmocka_unit_test(kms_replies_are_fed_as_they_are_wanted),
      cmocka_unit_test(a_short_kms_reply_is_unfinished),
      cmocka_unit_test(a_request_that_is_handed_out_again_is_the_next_round),
      cmocka_unit_test(a_reset_is_told_to_the_request),
      cmocka_unit_test(a_split_sweep_tries_every_offset),
      cmocka_unit_test(a_split_sweep_keeps_the_first_difference),
      cmocka_unit_test(an_allocation_sweep_fails_each_in_turn),
      cmocka_unit_test(time_and_chance_start_again_with_every_case),
      cmocka_unit_test(calls_share_a_handle_and_the_clock_moves_between),
      cmocka_unit_test(planted_secrets_are_seen_where_they_are_freed),
      cmocka_unit_test(plans_that_mean_nothing_are_problems),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
