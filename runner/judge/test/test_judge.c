/* The verdict: conversations, steps, what is not built, what is known to fail, and transcripts that are none. */
#include "runner/judge/test/made.h"

static char lacks_rewrap[] = "rewrap";
static char *lacks[] = {lacks_rewrap};
static const flp_subject_t reference = {.foreign = false, .lacks = {.items = lacks, .len = 1}};
static const flp_subject_t foreign = {.foreign = true};

#define ASK "{\"ev\":\"ask\",\"call\":0,\"round\":0,\"state\":\"NEED_MONGO_KEYS\",\"op\":\"<{\"a\":1}>\",\"db\":null}"
#define ANSWER                                                                                                                             \
   "{\"ev\":\"answer\",\"call\":0,\"round\":0,\"kind\":\"keys\",\"given\":[],\"returns\":[],\"fault\":null,\"offset\":null,\"done\":true}"
#define DONE_WITH(result) "{\"ev\":\"outcome\",\"call\":0,\"state\":\"DONE\",\"result\":\"" result "\",\"error\":null,\"failed\":null}"
#define ERROR_WITH(message)                                                                                                                \
   "{\"ev\":\"outcome\",\"call\":0,\"state\":\"ERROR\",\"result\":null,\"error\":{\"type\":1,\"code\":1,\"message\":\"" message "\"},"     \
   "\"failed\":\"ctx_mongo_done\"}"
#define CASE(exchange, expect) "{\"call\": {\"decrypt\": {}}, \"exchange\": " exchange ", \"expect\": " expect "}"
#define TOLD "[{\"ask\": {\"state\": \"NEED_MONGO_KEYS\", \"op\": {\"a\": 1}}}, {\"answer\": {\"keys\": []}}]"

typedef struct {
   const char *what, *json;
   const char *events[8];
   const char *at, *actual; /* of the first difference; NULL: it passes */
} row_t;

static const row_t rows[] = {
   {"as told", CASE(TOLD, "{\"result\": {\"x\": 1}}"), {BEGIN, ASK, ANSWER, DONE_WITH("<{\"x\":1}>"), END}, NULL, NULL},
   {"another filter",
    CASE("[{\"ask\": {\"op\": {\"a\": 2}}}, {\"answer\": {\"keys\": []}}]", "{\"state\": \"DONE\"}"),
    {BEGIN, ASK, ANSWER, DONE_WITH("<{\"x\":1}>"), END},
    "exchange.0.ask.op.a",
    "1"},
   {"another state",
    CASE("[{\"ask\": {\"state\": \"NEED_KMS\"}}, {\"answer\": {\"keys\": []}}]", "{\"state\": \"DONE\"}"),
    {BEGIN, ASK, ANSWER, DONE_WITH("<{\"x\":1}>"), END},
    "exchange.0.ask.state",
    "NEED_MONGO_KEYS"},
   {"another result", CASE(TOLD, "{\"result\": {\"x\": 2}}"), {BEGIN, ASK, ANSWER, DONE_WITH("<{\"x\":1}>"), END}, "expect.result.x", "1"},
   {"no round may come",
    CASE("[]", "{\"state\": \"DONE\"}"),
    {BEGIN, ASK, ANSWER, DONE_WITH("<{\"x\":1}>"), END},
    "exchange",
    "NEED_MONGO_KEYS"},
   {"a round that never came", CASE(TOLD, "{\"state\": \"DONE\"}"), {BEGIN, DONE_WITH("<{\"x\":1}>"), END}, "exchange.0", NULL},
   {"any round, live",
    "{\"call\": {\"decrypt\": {}}, \"expect\": {\"state\": \"DONE\"}}",
    {BEGIN, ASK, ANSWER, DONE_WITH("<{\"x\":1}>"), END},
    NULL,
    NULL},
   {"an error that nobody expects",
    CASE(TOLD, "{\"result\": {\"x\": 1}}"),
    {BEGIN, ASK, ANSWER, ERROR_WITH("no [KEY_NOT_FOUND]"), END},
    "expect",
    "KEY_NOT_FOUND"},
   {"an error without any expectation",
    "{\"call\": {\"decrypt\": {}}}",
    {BEGIN, ERROR_WITH("no [KEY_NOT_FOUND]"), END},
    "expect",
    "KEY_NOT_FOUND"},
   {"the error that is expected",
    CASE(TOLD, "{\"error\": {\"class\": \"KEY_NOT_FOUND\", \"facts\": {\"missing\": 1}}}"),
    {BEGIN, ASK, ANSWER, ERROR_WITH("no [KEY_NOT_FOUND missing=1]"), END},
    NULL,
    NULL},
   {"another class",
    CASE(TOLD, "{\"error\": {\"class\": \"BSON_INVALID\"}}"),
    {BEGIN, ASK, ANSWER, ERROR_WITH("no [KEY_NOT_FOUND]"), END},
    "expect.error.class",
    "KEY_NOT_FOUND"},
   {"another fact",
    CASE(TOLD, "{\"error\": {\"class\": \"KEY_NOT_FOUND\", \"facts\": {\"missing\": 2}}}"),
    {BEGIN, ASK, ANSWER, ERROR_WITH("no [KEY_NOT_FOUND missing=1]"), END},
    "expect.error.facts.missing",
    "1"},
   {"a missing fact",
    CASE(TOLD, "{\"error\": {\"class\": \"KEY_NOT_FOUND\", \"facts\": {\"missing\": 2}}}"),
    {BEGIN, ASK, ANSWER, ERROR_WITH("no [KEY_NOT_FOUND]"), END},
    "expect.error.facts.missing",
    NULL},
   {"no tag",
    CASE(TOLD, "{\"error\": {\"class\": \"KEY_NOT_FOUND\"}}"),
    {BEGIN, ASK, ANSWER, ERROR_WITH("no"), END},
    "expect.error.class",
    "unmapped"},
   {"success where an error is expected",
    CASE(TOLD, "{\"error\": {\"class\": \"KEY_NOT_FOUND\"}}"),
    {BEGIN, ASK, ANSWER, DONE_WITH("<{\"x\":1}>"), END},
    "expect.error",
    NULL},
   {"no end and no error",
    "{\"call\": {\"decrypt\": {}}}",
    {BEGIN, "{\"ev\":\"outcome\",\"call\":0,\"state\":\"ERROR\",\"result\":null,\"error\":null,\"failed\":null}", END},
    "expect",
    "ERROR"},
   {"the last ask stays open",
    CASE("[{\"ask\": {\"op\": {\"a\": 1}}}]", "{\"state\": \"NEED_MONGO_KEYS\"}"),
    {BEGIN, ASK, "{\"ev\":\"stopped\",\"call\":0,\"round\":0,\"state\":\"NEED_MONGO_KEYS\",\"reason\":\"unanswered\",\"why\":null}", END},
    NULL,
    NULL},
   {"an answer is missing",
    CASE("[]", "{\"state\": \"DONE\"}"),
    {BEGIN, ASK, "{\"ev\":\"stopped\",\"call\":0,\"round\":0,\"state\":\"NEED_MONGO_KEYS\",\"reason\":\"unanswered\",\"why\":null}", END},
    "exchange",
    "NEED_MONGO_KEYS"},
   {"an answer of another kind",
    CASE("[{\"answer\": {\"kms\": []}}]", "{\"state\": \"DONE\"}"),
    {BEGIN, ASK, "{\"ev\":\"stopped\",\"call\":0,\"round\":0,\"state\":\"NEED_MONGO_KEYS\",\"reason\":\"mismatch\",\"why\":null}", END},
    "exchange",
    "NEED_MONGO_KEYS"},
   {"the handle failed",
    CASE(TOLD, "{\"state\": \"DONE\"}"),
    {BEGIN, "{\"ev\":\"setup\",\"phase\":\"init\",\"error\":{\"type\":1,\"code\":1,\"message\":\"no [PROVIDER_NONE]\"}}", END},
    "handle",
    "PROVIDER_NONE"},
   {"the handle should fail",
    CASE("[]", "{\"error\": {\"class\": \"PROVIDER_NONE\"}}"),
    {BEGIN, "{\"ev\":\"setup\",\"phase\":\"init\",\"error\":{\"type\":1,\"code\":1,\"message\":\"no [PROVIDER_NONE]\"}}", END},
    NULL,
    NULL},
   {"the journal",
    "{\"call\": {\"decrypt\": {}}, \"expect\": {\"journal\": [{\"kind\": \"keys\", \"op\": {\"a\": 1}}]}}",
    {BEGIN, ASK, ANSWER, DONE_WITH("<{\"x\":1}>"),
     "{\"ev\":\"journal\",\"entries\":[{\"n\":0,\"kind\":\"keys\",\"op\":\"<{\"a\":2}>\",\"fault\":null,\"refused\":null}]}", END},
    "expect.journal.0.op.a",
    "2"},
   {"a reply that may be parted anywhere",
    "{\"call\": {\"decrypt\": {}}}",
    {BEGIN, DONE_WITH("<{\"x\":1}>"), "{\"ev\":\"sweep\",\"kind\":\"split\",\"points\":9,\"differs\":4}", END},
    "split.4",
    NULL},
   {"a secret that was released",
    "{\"call\": {\"decrypt\": {}}}",
    {BEGIN, DONE_WITH("<{\"x\":1}>"), "{\"ev\":\"leak\",\"call\":0,\"fn\":\"ctx_finalize\",\"what\":0}", END},
    "secrets.0",
    NULL},
   /* steps */
   {"a step returns true unless told",
    "{\"steps\": [{\"init\": {}}]}",
    {BEGIN, "{\"ev\":\"step\",\"i\":0,\"fn\":\"init\",\"returns\":true,\"out\":{},\"error\":null}", END},
    NULL,
    NULL},
   {"a step fails",
    "{\"steps\": [{\"init\": {}}]}",
    {BEGIN,
     "{\"ev\":\"step\",\"i\":0,\"fn\":\"init\",\"returns\":false,\"out\":{},\"error\":{\"type\":1,\"code\":1,\"message\":\"x [PROVIDER_NONE]\"}}",
     END},
    "steps.0.init.returns",
    "false"},
   {"a step should fail and does",
    "{\"steps\": [{\"init\": {}, \"error\": {\"class\": \"PROVIDER_NONE\"}}]}",
    {BEGIN,
     "{\"ev\":\"step\",\"i\":0,\"fn\":\"init\",\"returns\":false,\"out\":{},\"error\":{\"type\":1,\"code\":1,\"message\":\"x [PROVIDER_NONE]\"}}",
     END},
    NULL,
    NULL},
   {"a step should fail and does not",
    "{\"steps\": [{\"init\": {}, \"error\": {\"class\": \"PROVIDER_NONE\"}}]}",
    {BEGIN, "{\"ev\":\"step\",\"i\":0,\"fn\":\"init\",\"returns\":true,\"out\":{},\"error\":null}", END},
    "steps.0.init.returns",
    "true"},
   {"no context where one is expected",
    "{\"steps\": [{\"ctx_new\": {}, \"as\": \"c\"}]}",
    {BEGIN, "{\"ev\":\"step\",\"i\":0,\"fn\":\"ctx_new\",\"returns\":null,\"out\":{},\"error\":null}", END},
    "steps.0.ctx_new.returns",
    "null"},
   {"bytes and numbers of a step",
    "{\"steps\": [{\"binary_len\": {}, \"returns\": 4}, {\"binary_data\": {}, \"returns\": {\"$binary\": {\"base64\": \"AAECAw==\","
    " \"subType\": \"04\"}}}, "
    "{\"ctx_finalize\": {}, \"out\": {\"out\": {\"x\": 1}}, \"state\": \"DONE\"}]}",
    {BEGIN, "{\"ev\":\"step\",\"i\":0,\"fn\":\"binary_len\",\"returns\":4,\"out\":{},\"error\":null}",
     "{\"ev\":\"step\",\"i\":1,\"fn\":\"binary_data\",\"returns\":\"AAECAw==\",\"out\":{},\"error\":null}",
     "{\"ev\":\"step\",\"i\":2,\"fn\":\"ctx_finalize\",\"returns\":true,\"out\":{\"out\":\"<{\"x\":1}>\"},\"state\":\"DONE\",\"error\":null}",
     END},
    NULL,
    NULL},
   {"another output",
    "{\"steps\": [{\"ctx_finalize\": {}, \"out\": {\"out\": {\"x\": 1}}}]}",
    {BEGIN, "{\"ev\":\"step\",\"i\":0,\"fn\":\"ctx_finalize\",\"returns\":true,\"out\":{\"out\":\"<{\"x\":2}>\"},\"error\":null}", END},
    "steps.0.ctx_finalize.out.out.x",
    "2"},
   {"a status type by number or name",
    "{\"steps\": [{\"status_type\": {}, \"returns\": 1}]}",
    {BEGIN, "{\"ev\":\"step\",\"i\":0,\"fn\":\"status_type\",\"returns\":\"CLIENT\",\"out\":{},\"error\":null}", END},
    NULL,
    NULL},
};

static void a_case_passes_or_its_first_difference_is_named(void **state)
{
   (void)state;
   for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
      flp_verdict_t verdict;
      made_judge(rows[i].json, &reference, rows[i].events, &verdict);
      print_message("    %s\n", rows[i].what);
      if (rows[i].at) {
         assert_difference(&verdict, rows[i].at, rows[i].actual);
      } else {
         if (verdict.n_differences > 0) {
            fail_msg("%s: at %s: %s", rows[i].what, verdict.differences[0].at, verdict.differences[0].why);
         }
         assert_null(verdict.cause);
         assert_string_equal(flp_verdict_name(verdict.kind), "pass");
      }
      flp_verdict_cleanup(&verdict);
   }
}

static void an_error_that_cannot_be_read_is_not_called_a_success(void **state)
{
   (void)state;
   static const char *const events[] = {
      BEGIN, "{\"ev\":\"outcome\",\"call\":0,\"state\":\"ERROR\",\"result\":null,\"error\":null,\"failed\":\"ctx_new\"}", END, NULL};
   flp_verdict_t verdict;
   made_judge(CASE("[]", "{\"error\": {\"class\": \"KEY_NOT_FOUND\"}}"), &reference, events, &verdict);
   assert_difference(&verdict, "expect.error", NULL);
   assert_string_equal(verdict.differences[0].why,
                       "the call failed in ctx_new, but the subject gave no error to read: its status is NULL or says OK");
   flp_verdict_cleanup(&verdict);
}

/* ---- what is not built ---- */

static const char *verdict_of(const char *json, const flp_subject_t *subject, const char *const *events, char *reason, size_t size)
{
   flp_verdict_t verdict;
   made_judge(json, subject, events, &verdict);
   snprintf(reason, size, "%s", verdict.reason ? verdict.reason : "");
   const char *name = flp_verdict_name(verdict.kind);
   flp_verdict_cleanup(&verdict);
   return name;
}

static void lacking_is_unsupported_only_if_declared(void **state)
{
   (void)state;
   char reason[256];
   const char *plain = CASE(TOLD, "{\"state\": \"DONE\"}");
   const char *const declared[] = {BEGIN, ERROR_WITH("no [UNSUPPORTED feature=rewrap]"), END, NULL};
   const char *const undeclared[] = {BEGIN, ERROR_WITH("no [UNSUPPORTED feature=queryable]"), END, NULL};
   const char *const late[] = {BEGIN, "{\"ev\":\"ask\",\"call\":0,\"round\":0,\"state\":\"NEED_KMS\",\"op\":null}",
                               ERROR_WITH("no [UNSUPPORTED feature=rewrap]"), END, NULL};
   assert_string_equal(verdict_of(plain, &reference, declared, reason, sizeof reason), "unsupported");
   assert_string_equal(reason, "lacks rewrap");
   assert_string_equal(verdict_of(plain, &reference, undeclared, reason, sizeof reason), "fail");
   assert_string_equal(verdict_of(plain, &reference, late, reason, sizeof reason), "fail"); /* it went wrong before */
   assert_string_equal(verdict_of(CASE("[]", "{\"error\": {\"class\": \"UNSUPPORTED\"}}"), &reference, declared, reason, sizeof reason),
                       "pass");
}

static void declared_but_working_is_stale(void **state)
{
   (void)state;
   char reason[256];
   const char *const works[] = {BEGIN, DONE_WITH("<{\"x\":1}>"), END, NULL};
   assert_string_equal(verdict_of("{\"needs\": [\"rewrap\"], \"call\": {\"rewrap\": {}}}", &reference, works, reason, sizeof reason),
                       "xpass");
   assert_non_null(strstr(reason, "rewrap"));
   assert_string_equal(verdict_of("{\"needs\": [\"rewrap\"], \"call\": {\"rewrap\": {}}}", &foreign, works, reason, sizeof reason), "pass");
}

static void a_role_that_the_world_lacks_is_unsupported(void **state)
{
   (void)state;
   char reason[256];
   const char *const events[] = {
      BEGIN, ASK, "{\"ev\":\"stopped\",\"call\":0,\"round\":0,\"state\":\"NEED_KMS\",\"reason\":\"no_role\",\"why\":null}", END, NULL};
   assert_string_equal(verdict_of("{\"call\": {\"decrypt\": {}}}", &foreign, events, reason, sizeof reason), "unsupported");
}

static void a_function_that_is_not_exported_is_unsupported(void **state)
{
   (void)state;
   char reason[256];
   const char *const events[] = {
      BEGIN,
      "{\"ev\":\"step\",\"i\":0,\"fn\":\"ctx_mongo_db\",\"returns\":null,\"out\":{},\"error\":{\"type\":-1,\"code\":0,"
      "\"message\":\"not exported: x\"}}",
      END, NULL};
   assert_string_equal(verdict_of("{\"steps\": [{\"ctx_mongo_db\": {}, \"returns\": \"x\"}]}", &foreign, events, reason, sizeof reason),
                       "unsupported");
   assert_string_equal(reason, "not exported: x");
}

static void a_problem_of_the_host_is_an_error_unless_the_subject_went_wrong_before(void **state)
{
   (void)state;
   char reason[256];
   const char *json = "{\"steps\": [{\"init\": {}}, {\"ctx_new\": {}}]}";
   const char *const harness[] = {BEGIN, "{\"ev\":\"step\",\"i\":0,\"fn\":\"init\",\"returns\":true,\"out\":{},\"error\":null}",
                                  "{\"ev\":\"problem\",\"why\":\"no handle\"}", END, NULL};
   const char *const subject[] = {BEGIN, "{\"ev\":\"step\",\"i\":0,\"fn\":\"init\",\"returns\":false,\"out\":{},\"error\":null}",
                                  "{\"ev\":\"problem\",\"why\":\"no handle\"}", END, NULL};
   assert_string_equal(verdict_of(json, &reference, harness, reason, sizeof reason), "error");
   assert_string_equal(reason, "no handle");
   assert_string_equal(verdict_of(json, &reference, subject, reason, sizeof reason), "fail");
}

/* ---- known to fail ---- */

static void an_expected_failure_must_fail_and_in_the_same_way(void **state)
{
   (void)state;
   static char id[] = "area/topic/*", why[] = "it is so", message[] = "another class";
   static flp_expected_failure_t entry = {.id = id, .reason = why, .message = message};
   const flp_subject_t subject = {.foreign = true, .expected_failures = &entry, .n_expected_failures = 1};
   const char *json = CASE(TOLD, "{\"error\": {\"class\": \"KEY_NOT_FOUND\"}}");
   const char *const fails[] = {BEGIN, ASK, ANSWER, ERROR_WITH("another class"), END, NULL};
   const char *const differently[] = {BEGIN, ASK, ANSWER, ERROR_WITH("what else"), END, NULL};
   const char *const passes[] = {BEGIN, ASK, ANSWER, ERROR_WITH("no [KEY_NOT_FOUND]"), END, NULL};
   char reason[256];
   assert_string_equal(verdict_of(json, &subject, fails, reason, sizeof reason), "xfail");
   assert_string_equal(reason, "it is so");
   assert_string_equal(verdict_of(json, &subject, differently, reason, sizeof reason), "fail");
   assert_non_null(strstr(reason, "differently"));
   assert_string_equal(verdict_of(json, &subject, passes, reason, sizeof reason), "xpass");
}

/* ---- levels ---- */

static void only_must_decides_on_a_foreign_subject(void **state)
{
   (void)state;
   static flp_case_t c;
   const char *const events[] = {BEGIN, ERROR_WITH("no"), END, NULL};
   char *lines = made_lines(events);
   flp_transcript_t transcript = {.lines = lines, .len = strlen(lines), .nonce = MADE_NONCE};
   made_case(&c, "{\"call\": {\"decrypt\": {}}}");
   for (int level = 0; level < 3; level++) {
      flp_verdict_t verdict;
      c.level = (flp_level_t)level;
      flp_judge(&c, &foreign, &transcript, &verdict);
      assert_string_equal(flp_verdict_name(verdict.kind), "fail");
      assert_int_equal(verdict.advisory, level > 0);
      flp_verdict_cleanup(&verdict);
      flp_judge(&c, &reference, &transcript, &verdict);
      assert_false(verdict.advisory);
      flp_verdict_cleanup(&verdict);
   }
   made_case_end(&c);
   free(lines);
}

/* ---- refused before ---- */

static void what_a_subject_cannot_take_is_refused_with_the_reason(void **state)
{
   (void)state;
   static char version[] = "1.7.2", since[] = "1.13.0", until[] = "1.6.9", clock[] = "clock", symbol[] = "symbol:mongocrypt_ctx_mongo_db";
   static char missing[] = "mongocrypt_ctx_mongo_db";
   static char *missing_symbols[] = {missing};
   flp_subject_t old = {.foreign = true, .version = version, .missing_symbols = {.items = missing_symbols, .len = 1}};
   static char *needs_clock[] = {clock}, *needs_symbol[] = {symbol};
   const struct {
      flp_case_t c;
      bool hazards;
      const char *reason;
   } cases[] = {
      {{.since = since}, false, "needs 1.13.0, has 1.7.2"},
      {{.until = until}, false, "holds until 1.6.9, has 1.7.2"},
      {{.needs = {.items = needs_clock, .len = 1}}, false, "virtual clock"},
      {{.needs = {.items = needs_symbol, .len = 1}}, false, "mongocrypt_ctx_mongo_db"},
      {{.hazard = true}, false, "--hazards"},
      {{.hazard = true}, true, NULL},
      {{.since = version}, false, NULL},
   };
   for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
      flp_verdict_t verdict = {.kind = FLP_VERDICT_PASS};
      static flp_case_t c;
      c = cases[i].c;
      bson_init(&c.plan);
      assert_int_equal(flp_judge_refuses(&c, &old, cases[i].hazards, &verdict), cases[i].reason != NULL);
      if (cases[i].reason) {
         assert_string_equal(flp_verdict_name(verdict.kind), "unsupported");
         assert_non_null(strstr(verdict.reason, cases[i].reason));
      }
      flp_verdict_cleanup(&verdict);
      bson_destroy(&c.plan);
   }
}

/* ---- deaths and garbage ---- */

static void a_death_is_a_failure_with_its_cause(void **state)
{
   (void)state;
   static flp_case_t c;
   flp_verdict_t verdict;
   made_case(&c, "{\"call\": {\"decrypt\": {}}}");
   flp_transcript_t transcript = {.lines = "", .nonce = MADE_NONCE, .died = "crash(SIGSEGV)", .last_call = "ctx_finalize"};
   flp_judge(&c, &reference, &transcript, &verdict);
   assert_string_equal(flp_verdict_name(verdict.kind), "fail");
   assert_string_equal(verdict.cause, "crash(SIGSEGV)");
   assert_non_null(strstr(verdict.reason, "ctx_finalize"));
   flp_verdict_cleanup(&verdict);
   transcript.alone_passes = true;
   flp_judge(&c, &reference, &transcript, &verdict);
   assert_string_equal(flp_verdict_name(verdict.kind), "fail");
   assert_non_null(strstr(verdict.reason, "did not happen again alone: an earlier case may have corrupted the host"));
   flp_verdict_cleanup(&verdict);
   made_case_end(&c);
}

#define N "{\"nonce\":\"n0\",\"seq\":"
static const char *const garbage[] = {
   "",
   "\n",
   "x\n",
   "[]\n",
   "{}\n",
   "\xff\xfe\n",
   N "0,\"ev\":\"begin\",\"id\":\"area/topic/case\"}\n",                                                          /* no end */
   N "0,\"ev\":\"begin\",\"id\":\"area/topic/case\"}\n" N "1,\"ev\":\"end\",\"calls\":1}",                        /* half a line */
   N "0,\"ev\":\"begin\",\"id\":\"other\"}\n" N "1,\"ev\":\"end\",\"calls\":1}\n",                                /* another case */
   N "0,\"ev\":\"begin\",\"id\":\"area/topic/case\"}\n" N "2,\"ev\":\"end\",\"calls\":1}\n",                      /* a gap */
   N "0,\"ev\":\"begin\",\"id\":\"area/topic/case\"}\n{\"nonce\":\"n1\",\"seq\":1,\"ev\":\"end\",\"calls\":1}\n", /* another nonce */
   N "0,\"ev\":\"begin\",\"id\":\"area/topic/case\"}\n" N "1,\"ev\":\"ende\",\"calls\":1}\n",                     /* another word */
   N "0,\"ev\":\"begin\",\"id\":\"area/topic/case\"}\n" N "1,\"ev\":\"end\"}\n",                                  /* a field is missing */
   N "0,\"ev\":\"begin\",\"id\":\"area/topic/case\"}\n" N "1,\"ev\":\"end\",\"calls\":\"1\"}\n",                  /* of another type */
   N "0,\"ev\":\"begin\",\"id\":\"area/topic/case\"}\n" N "1,\"ev\":\"end\",\"calls\":1}\n",                      /* no outcome */
   N "0,\"ev\":\"begin\",\"id\":\"area/topic/case\"}\n" N "1,\"ev\":\"begin\",\"id\":\"area/topic/case\"}\n" N
     "2,\"ev\":\"end\",\"calls\":1}\n",
   N "0,\"ev\":\"begin\",\"id\":\"area/topic/case\"}\n" N "1,\"ev\":\"end\",\"calls\":1}\n" N "2,\"ev\":\"end\",\"calls\":1}\n",
   N "0,\"ev\":\"begin\",\"id\":\"area/topic/case\"}\n" N
     "1,\"ev\":\"outcome\",\"call\":0,\"state\":\"DONE\",\"result\":\"!\",\"error\":null}\n" N
     "2,\"ev\":\"end\",\"calls\":1}\n", /* no base64 */
   N "0,\"ev\":\"begin\",\"id\":\"area/topic/case\"}\n" N
     "1,\"ev\":\"outcome\",\"call\":0,\"state\":\"DONE\",\"result\":{\"len\":1,\"sha256\":\"0\",\"file\":\"../x\"},\"error\":null}\n" N
     "2,\"ev\":\"end\",\"calls\":1}\n",
   N "0,\"ev\":\"begin\",\"id\":\"area/topic/case\"}\n" N
     "1,\"ev\":\"outcome\",\"call\":0,\"state\":\"DONE\",\"result\":null,\"error\":null}\n" N
     "2,\"ev\":\"outcome\",\"call\":1,\"state\":\"DONE\",\"result\":null,\"error\":null}\n" N
     "3,\"ev\":\"end\",\"calls\":1}\n", /* a call too many */
};

static void what_is_no_transcript_is_garbage_and_never_passes(void **state)
{
   (void)state;
   static flp_case_t c;
   made_case(&c, "{\"call\": {\"decrypt\": {}}, \"expect\": {\"result\": {\"$$any\": true}}}");
   for (size_t i = 0; i < sizeof garbage / sizeof garbage[0]; i++) {
      flp_verdict_t verdict;
      flp_transcript_t transcript = {.lines = garbage[i], .len = strlen(garbage[i]), .nonce = MADE_NONCE};
      flp_judge(&c, &reference, &transcript, &verdict);
      if (verdict.kind != FLP_VERDICT_FAIL || !verdict.cause || strcmp(verdict.cause, "garbage") != 0 || !verdict.reason) {
         fail_msg("row %zu is %s %s", i, flp_verdict_name(verdict.kind), verdict.cause ? verdict.cause : "");
      }
      flp_verdict_cleanup(&verdict);
   }
   made_case_end(&c);
}

/* A good transcript with one byte changed, everywhere: no crash, and no pass where the frame is touched. */
static void a_changed_byte_never_hurts(void **state)
{
   (void)state;
   static flp_case_t c;
   const char *const events[] = {BEGIN, ASK, ANSWER, DONE_WITH("<{\"x\":1}>"), END, NULL};
   char *lines = made_lines(events);
   size_t len = strlen(lines);
   made_case(&c, CASE(TOLD, "{\"result\": {\"x\": 1}}"));
   for (size_t i = 0; i < len; i++) {
      static const char bytes[] = {'\0', '\n', '"', '}', '9', (char)0xff};
      for (size_t b = 0; b < sizeof bytes; b++) {
         flp_verdict_t verdict;
         char kept = lines[i];
         lines[i] = bytes[b];
         flp_transcript_t transcript = {.lines = lines, .len = len, .nonce = MADE_NONCE};
         flp_judge(&c, &reference, &transcript, &verdict);
         flp_verdict_cleanup(&verdict);
         lines[i] = kept;
      }
   }
   made_case_end(&c);
   free(lines);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_error_that_cannot_be_read_is_not_called_a_success),
      cmocka_unit_test(a_case_passes_or_its_first_difference_is_named),
      cmocka_unit_test(lacking_is_unsupported_only_if_declared),
      cmocka_unit_test(declared_but_working_is_stale),
      cmocka_unit_test(a_role_that_the_world_lacks_is_unsupported),
      cmocka_unit_test(a_function_that_is_not_exported_is_unsupported),
      cmocka_unit_test(a_problem_of_the_host_is_an_error_unless_the_subject_went_wrong_before),
      cmocka_unit_test(an_expected_failure_must_fail_and_in_the_same_way),
      cmocka_unit_test(only_must_decides_on_a_foreign_subject),
      cmocka_unit_test(what_a_subject_cannot_take_is_refused_with_the_reason),
      cmocka_unit_test(a_death_is_a_failure_with_its_cause),
      cmocka_unit_test(what_is_no_transcript_is_garbage_and_never_passes),
      cmocka_unit_test(a_changed_byte_never_hurts),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
