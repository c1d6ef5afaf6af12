/* Single ABI calls: named handles, arguments by kind, what is written of results, and what is cleaned up. */
#include "runner/host/abi/test/support_fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static json_t *run(const char *steps)
{
   char plan[4096];
   snprintf(plan, sizeof plan, "{" FAKE_HANDLE ", \"steps\": [%s]}", steps);
   return fake_run(fake_host(), plan);
}

static const json_t *field(const json_t *events, size_t step, const char *key)
{
   return json_object_get(fake_event(events, "step", step), key);
}

static void results_are_written_by_their_kind(void **unused)
{
   (void)unused;
   json_t *events =
      run("{\"status_new\": {}, \"as\": \"s\"}, {\"status_type\": {\"status\": \"s\"}}, "
          "{\"status_set\": {\"status\": \"s\", \"type\": \"KMS\", \"code\": 7, \"message\": \"text\"}}, "
          "{\"status_type\": {\"status\": \"s\"}}, {\"status_code\": {\"status\": \"s\"}}, "
          "{\"status_message\": {\"status\": \"s\"}}, {\"status_message\": {\"status\": \"s\", \"len\": null}}, "
          "{\"crypt_shared_lib_version\": {\"crypt\": \"handle\"}}, "
          "{\"binary_new_from_data\": {\"data\": {\"$binary\": {\"base64\": \"YWJj\", \"subType\": \"00\"}}}, \"as\": \"b\"}, "
          "{\"binary_data\": {\"binary\": \"b\"}}, {\"binary_data\": {\"binary\": null}}, {\"ctx_new\": {\"crypt\": \"handle\"}}");
   assert_string_equal(json_string_value(field(events, 0, "returns")), "s");
   assert_string_equal(json_string_value(field(events, 1, "returns")), "OK");
   assert_true(json_is_null(field(events, 2, "returns")));
   assert_string_equal(json_string_value(field(events, 3, "returns")), "KMS");
   assert_int_equal(json_integer_value(field(events, 4, "returns")), 7);
   assert_string_equal(json_string_value(field(events, 5, "returns")), "text");
   assert_int_equal(json_integer_value(json_object_get(field(events, 5, "out"), "len")), 4);
   assert_int_equal(json_object_size(field(events, 6, "out")), 0);
   assert_string_equal(json_string_value(field(events, 7, "returns")), "18446744073709551615");
   assert_string_equal(json_string_value(field(events, 9, "returns")), "YWJj"); /* its bytes live until the end of the case */
   assert_true(json_is_null(field(events, 10, "returns")));
   assert_string_equal(json_string_value(field(events, 11, "returns")), "unnamed");
   json_decref(events);
}

static void errors_are_read_from_the_first_object(void **unused)
{
   (void)unused;
   json_t *events =
      run("{\"ctx_new\": {\"crypt\": \"handle\"}, \"as\": \"c\"}, "
          "{\"ctx_setopt_key_id\": {\"ctx\": \"c\", \"key_id\": {\"$binary\": {\"base64\": \"YQ==\", \"subType\": \"00\"}}}, "
          "\"read_state\": true}, {\"ctx_new\": {\"crypt\": null}}, {\"ctx_setopt_query_type\": {\"ctx\": \"c\", \"query_type\": \"x\"}}");
   assert_true(json_is_false(field(events, 1, "returns")));
   assert_string_equal(fake_text(field(events, 1, "error"), "message"), "id has not 16 bytes");
   assert_string_equal(json_string_value(field(events, 1, "state")), "ERROR");
   assert_null(field(events, 0, "state"));
   assert_true(json_is_null(field(events, 2, "returns")));
   assert_true(json_is_null(field(events, 2, "error")));
   assert_int_equal(json_integer_value(json_object_get(field(events, 3, "error"), "type")), -1);
   assert_string_equal(fake_text(field(events, 3, "error"), "message"), "not exported: mongocrypt_ctx_setopt_query_type");
   json_decref(events);
}

static void texts_have_the_length_that_is_asked_for(void **unused)
{
   (void)unused;
   static const struct {
      const char *text, *seen;
      int32_t len;
   } rows[] = {
      {"\"abc\"", "abc", 3},
      {"{\"text\": \"abc\", \"len\": -1}", "abc", -1},
      {"{\"text\": \"abc\", \"len\": 2}", "ab", 2},
   };
   for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
      char steps[256];
      snprintf(steps, sizeof steps,
               "{\"ctx_new\": {\"crypt\": \"handle\"}, \"as\": \"c\"}, {\"ctx_setopt_algorithm\": {\"ctx\": \"c\", \"algorithm\": %s}}",
               rows[i].text);
      json_t *events = run(steps);
      assert_string_equal(fake.option_text, rows[i].seen);
      assert_int_equal(fake.option_len, rows[i].len);
      json_decref(events);
   }
}

static void named_binaries_serve_as_inputs_and_outputs(void **unused)
{
   (void)unused;
   json_t *events =
      run("{\"binary_new_from_data\": {\"data\": {\"a\": 1}}, \"as\": \"b\"}, {\"ctx_new\": {\"crypt\": \"handle\"}, \"as\": \"c\"}, "
          "{\"ctx_mongo_op\": {\"ctx\": \"c\", \"op_bson\": \"b\"}}, {\"binary_data\": {\"binary\": \"b\"}}, "
          "{\"ctx_mongo_feed\": {\"ctx\": \"c\", \"reply\": \"b\"}}");
   assert_string_equal(json_string_value(field(events, 3, "returns")), fake_text(field(events, 2, "out"), "op_bson"));
   assert_int_equal(fake.feeds, 1);
   json_decref(events);
}

static void what_is_left_is_destroyed(void **unused)
{
   (void)unused;
   json_t *events = run(
      "{\"new\": {}, \"as\": \"h\"}, {\"ctx_new\": {\"crypt\": \"handle\"}, \"as\": \"c\"}, {\"ctx_new\": {\"crypt\": \"h\"}, \"as\": \"c\"}, "
      "{\"status_new\": {}}, {\"binary_new_from_data\": {\"data\": {}}}");
   assert_int_equal(fake.handles, 0);
   assert_int_equal(fake.contexts, 0);
   assert_int_equal(fake.binaries, 0);
   json_decref(events);
   /* A handle that was destroyed is forgotten, the one of the case too. */
   events = run(
      "{\"ctx_new\": {\"crypt\": \"handle\"}, \"as\": \"c\"}, {\"ctx_destroy\": {\"ctx\": \"c\"}}, {\"destroy\": {\"crypt\": \"handle\"}}, "
      "{\"ctx_state\": {\"ctx\": \"c\"}}");
   assert_int_equal(fake.handles, 0);
   assert_int_equal(fake.contexts, 0);
   assert_int_equal(fake_count(events, "step"), 3);
   assert_non_null(strstr(fake_text(fake_event(events, "problem", 0), "why"), "names no handle"));
   json_decref(events);
}

static void steps_need_no_handle_of_the_case(void **unused)
{
   (void)unused;
   json_t *events = fake_run(fake_host(), "{\"steps\": [{\"version\": {}}, {\"clock\": \"+1s\"}, {\"version\": {}}]}");
   assert_string_equal(fake_text(fake_event(events, "step", 0), "returns"), "1.2.3fake");
   assert_int_equal(json_integer_value(field(events, 1, "i")), 2);
   assert_int_equal(fake_count(events, "clock"), 1);
   json_decref(events);
}

static void steps_that_mean_nothing_are_problems(void **unused)
{
   (void)unused;
   static const char *const steps[] = {
      "{\"dance\": {}}",
      "{\"ctx_state\": {\"ctx\": \"nobody\"}}",
      "{\"ctx_state\": {}}",
      "{\"ctx_state\": {\"ctx\": \"handle\"}}",
      "{\"setopt_retry_kms\": {\"crypt\": \"handle\", \"enable\": 1}}",
      "{\"setopt_crypto_hooks\": {\"crypt\": \"handle\", \"aes_256_cbc_encrypt\": \"maybe\"}}",
      "{\"as\": \"x\"}",
      "7",
   };
   for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
      json_t *events = run(steps[i]);
      assert_int_equal(fake_count(events, "problem"), 1);
      assert_int_equal(fake_count(events, "step"), 0);
      json_decref(events);
   }
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(results_are_written_by_their_kind),
      cmocka_unit_test(errors_are_read_from_the_first_object),
      cmocka_unit_test(texts_have_the_length_that_is_asked_for),
      cmocka_unit_test(named_binaries_serve_as_inputs_and_outputs),
      cmocka_unit_test(what_is_left_is_destroyed),
      cmocka_unit_test(steps_need_no_handle_of_the_case),
      cmocka_unit_test(steps_that_mean_nothing_are_problems),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
