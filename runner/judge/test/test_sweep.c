/* What is said of allocations that failed: clean errors, blocks left behind, secrets, spoiled handles, deaths; and of memory that a case
 * does not give back. First the reference, of which all is demanded, then a library that promises nothing. */
#include "runner/judge/test/made.h"

static const flp_subject_t reference = {.foreign = false};
static const flp_subject_t foreign = {.foreign = true};

#define CASE "{\"call\": {\"decrypt\": {}}, \"expect\": {\"state\": \"DONE\"}}"
#define DONE_WITH(result) "{\"ev\":\"outcome\",\"call\":0,\"state\":\"DONE\",\"result\":\"" result "\",\"error\":null,\"failed\":null}"
/* Outcomes of failed allocations. */
#define SWEEP(outcomes) "{\"ev\":\"sweep\",\"kind\":\"fail_alloc\",\"points\":9,\"outcomes\":[" outcomes "]}"
#define POINT(first, event, left, leaked_in, again)                                                                                        \
   "{\"first\":" first ",\"points\":1,\"event\":" event ",\"left\":" left ",\"leaked_in\":" leaked_in ",\"again\":" again                  \
   ",\"died\":null,\"call\":null}"
#define DEATH(first, died)                                                                                                                 \
   "{\"first\":" first ",\"points\":1,\"event\":null,\"left\":0,\"leaked_in\":null,\"again\":null,\"died\":\"" died                        \
   "\",\"call\":\"ctx_new\"}"
#define ENDED_WITH(message)                                                                                                                \
   "{\"event\":\"end\",\"call\":0,\"state\":\"ERROR\",\"result\":null,\"error\":{\"type\":1,\"code\":1,\"message\":\"" message             \
   "\"},\"failed\":\"ctx_new\"}"
#define MEMORY_ERROR ENDED_WITH("no [OUT_OF_MEMORY what=x size=1]")
#define BSON_ERROR ENDED_WITH("no [BSON_INVALID]")
#define OTHER_BYTES "{\"event\":\"end\",\"call\":0,\"state\":\"DONE\",\"result\":\"<{\"x\":2}>\",\"error\":null,\"failed\":null}"

typedef struct {
   const char *what;
   const char *events[8];
   const char *at, *actual; /* of the first difference; NULL: it passes */
} row_t;

static const row_t rows[] = {
   {"a failed allocation ends in a clean error, or changes nothing, or what is expected still comes",

    {BEGIN, DONE_WITH("<{\"x\":1}>"),
     SWEEP(POINT("1", MEMORY_ERROR, "0", "null", "[]") "," POINT("2", "null", "0", "null", "null") "," POINT("3", OTHER_BYTES, "0", "null",
                                                                                                             "[" OTHER_BYTES "]")),
     END},
    NULL,
    NULL},
   {"a failed allocation with another error",

    {BEGIN, DONE_WITH("<{\"x\":1}>"), SWEEP(POINT("7", BSON_ERROR, "0", "null", "[]")), END},
    "fail_alloc.7",
    "BSON_INVALID"},
   {"a failed allocation that leaves blocks behind",

    {BEGIN, DONE_WITH("<{\"x\":1}>"), SWEEP(POINT("8", MEMORY_ERROR, "2", "null", "[]")), END},
    "fail_alloc.8",
    NULL},
   {"a failed allocation that shows a secret",

    {BEGIN, DONE_WITH("<{\"x\":1}>"), SWEEP(POINT("9", MEMORY_ERROR, "0", "\"ctx_destroy\"", "[]")), END},
    "fail_alloc.9",
    NULL},
   {"a failed allocation that spoils the handle",

    {BEGIN, DONE_WITH("<{\"x\":1}>"), SWEEP(POINT("10", MEMORY_ERROR, "0", "null", "[" BSON_ERROR "]")), END},
    "fail_alloc.10",
    "BSON_INVALID"},
   {"a failed allocation that ends the process",

    {BEGIN, DONE_WITH("<{\"x\":1}>"), SWEEP(DEATH("11", "crash(SIGABRT)")), END},
    "fail_alloc.11",
    "crash(SIGABRT)"},
   {"blocks that stay allocated",

    {BEGIN, DONE_WITH("<{\"x\":1}>"), "{\"ev\":\"left\",\"blocks\":3}", END},
    "left",
    NULL},
};

static void of_the_reference_everything_is_demanded(void **state)
{
   (void)state;
   for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
      flp_verdict_t verdict;
      print_message("  %s\n", rows[i].what);
      made_judge(CASE, &reference, rows[i].events, &verdict);
      if (rows[i].at) {
         assert_difference(&verdict, rows[i].at, rows[i].actual);
      } else {
         assert_string_equal(flp_verdict_name(verdict.kind), "pass");
      }
      flp_verdict_cleanup(&verdict);
   }
}

static void what_failed_allocations_do_to_a_foreign_subject_is_counted(void **state)
{
   (void)state;
   static const char sweep[] = SWEEP(POINT("1", MEMORY_ERROR, "0", "null", "[]") "," POINT("2", BSON_ERROR, "0", "null", "[]") "," POINT(
      "3", "null", "1", "null",
      "null") "," DEATH("4", "crash(SIGABRT)") "," DEATH("5", "hang") "," DEATH("6", "crash(SIGABRT)") "," POINT("7", "null", "0", "null",
                                                                                                                 "null"));
   const char *const events[] = {BEGIN, DONE_WITH("<{\"x\":1}>"), sweep, "{\"ev\":\"left\",\"blocks\":3}", END, NULL};
   flp_verdict_t verdict;
   made_judge("{\"call\": {\"decrypt\": {}}}", &foreign, events, &verdict);
   assert_string_equal(flp_verdict_name(verdict.kind), "unsupported");
   assert_non_null(strstr(verdict.reason, "of 7, 3 ended the process"));
   assert_int_equal(verdict.sweep.points, 7);
   assert_int_equal(verdict.sweep.unharmed, 1);
   assert_int_equal(verdict.sweep.errors, 1);
   assert_int_equal(verdict.sweep.unclean, 1);
   assert_int_equal(verdict.sweep.left, 1);
   assert_string_equal(verdict.sweep.deaths[0].cause, "crash(SIGABRT)");
   assert_int_equal(verdict.sweep.deaths[0].n, 2);
   assert_string_equal(verdict.sweep.deaths[1].cause, "hang");
   flp_verdict_cleanup(&verdict);
   const char *const fine[] = {BEGIN, DONE_WITH("<{\"x\":1}>"), SWEEP(POINT("1", "null", "0", "null", "null")), END, NULL};
   made_judge("{\"call\": {\"decrypt\": {}}}", &foreign, fine, &verdict);
   assert_string_equal(flp_verdict_name(verdict.kind), "pass");
   flp_verdict_cleanup(&verdict);
}

/* Handles keep their first error, and a status keeps the last; neither is news when the steps are done again. */
static void an_error_that_was_there_before_is_none_of_the_failure(void **state)
{
   (void)state;
   static const char json[] =
      "{\"steps\": [{\"init\": {}, \"error\": {\"class\": \"PROVIDER_NONE\"}}, {\"setopt_schema_map\": {}}, {\"status\": {}}]}";
#define STEP(i, fn, returns, error) "{\"ev\":\"step\",\"i\":" i ",\"fn\":\"" fn "\",\"returns\":" returns ",\"out\":{},\"error\":" error "}"
#define AGAIN(i, fn, returns, error)                                                                                                       \
   "{\"event\":\"step\",\"i\":" i ",\"fn\":\"" fn "\",\"returns\":" returns ",\"out\":{},\"error\":" error "}"
#define SAID(message) "{\"type\":1,\"code\":1,\"message\":\"" message "\"}"
   static const struct {
      const char *sweep;
      bool passes;
   } table[] = {
      {SWEEP(POINT("1", AGAIN("1", "setopt_schema_map", "false", SAID("x [PROVIDER_NONE]")), "0", "null", "[]")), true},
      {SWEEP(POINT("2", AGAIN("1", "setopt_schema_map", "false", SAID("y [BSON_INVALID]")), "0", "null", "[]")), false},
      {SWEEP(POINT("3", AGAIN("0", "init", "false", SAID("no [OUT_OF_MEMORY]")), "0", "null",
                   "[" AGAIN("2", "status", "false", SAID("no [OUT_OF_MEMORY]")) "]")),
       true},
      {SWEEP(POINT("4", AGAIN("0", "init", "false", SAID("no [OUT_OF_MEMORY]")), "0", "null",
                   "[" AGAIN("1", "setopt_schema_map", "false", SAID("no [OUT_OF_MEMORY]")) "]")),
       false},
      {SWEEP(POINT("5", AGAIN("0", "new", "null", "null"), "0", "null", "[]")), true},
      {SWEEP(POINT("6", AGAIN("0", "ctx_next_kms_ctx", "null", "null"), "0", "null", "[]")), false},
   };
   for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
      const char *const events[] = {BEGIN,
                                    STEP("0", "init", "false", SAID("x [PROVIDER_NONE]")),
                                    STEP("1", "setopt_schema_map", "true", "null"),
                                    STEP("2", "status", "true", "null"),
                                    table[i].sweep,
                                    END,
                                    NULL};
      flp_verdict_t verdict;
      made_judge(json, &reference, events, &verdict);
      assert_string_equal(flp_verdict_name(verdict.kind), table[i].passes ? "pass" : "fail");
      flp_verdict_cleanup(&verdict);
   }
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(of_the_reference_everything_is_demanded),
      cmocka_unit_test(what_failed_allocations_do_to_a_foreign_subject_is_counted),
      cmocka_unit_test(an_error_that_was_there_before_is_none_of_the_failure),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
