/* What is planted and where it may not stand: one row for each way out, and for what looks like a leak but is public or meant so. */
#include "runner/judge/test/made.h"

#include "runner/material/material.h"

static const flp_subject_t reference = {.foreign = false};

/* %K in a case is `!key local-1`; %W the wrapped data key of local-1; in an event %G is the first third of the
 * first as hex, %H that of the second unwrapped. */
#define HANDLE "\"handle\": {\"kms_providers\": {\"local\": {\"key\": %K}}}, \"world\": {\"key_vault\": [{\"keyMaterial\": %W}]}, "
#define EXPLICIT(value) "{" HANDLE "\"call\": {\"explicit_encrypt\": {\"value\": {\"v\": " value "}}}, \"expect\": {}}"
#define ENCRYPT                                                                                                                            \
   "{" HANDLE "\"call\": {\"encrypt\": {\"db\": \"db\", \"cmd\": {\"insert\": \"c\", \"s\": \"secret words\"}}}, \"expect\": {}}"
#define ASK_IN(state, op) "{\"ev\":\"ask\",\"call\":0,\"round\":0,\"state\":\"" state "\",\"op\":\"<" op ">\",\"db\":null}"
#define ASK(op) ASK_IN("NEED_MONGO_KEYS", op)
#define ANSWER_OF(kind, given)                                                                                                             \
   "{\"ev\":\"answer\",\"call\":0,\"round\":0,\"kind\":\"" kind "\",\"given\":[" given                                                     \
   "],\"returns\":[true],\"fault\":null,\"offset\":null,\"done\":true}"
#define ANSWER ANSWER_OF("keys", "")
#define DONE_WITH(result) "{\"ev\":\"outcome\",\"call\":0,\"state\":\"DONE\",\"result\":\"<" result ">\",\"error\":null,\"failed\":null}"
#define ERROR_WITH(message)                                                                                                                \
   "{\"ev\":\"outcome\",\"call\":0,\"state\":\"ERROR\",\"result\":null,\"error\":{\"type\":1,\"code\":1,\"message\":\"" message "\"},"     \
   "\"failed\":\"ctx_mongo_done\"}"
/* A marking of {v: "secret words"}; the base64 of 00 and that document. */
#define MARKING "{\"$binary\": {\"base64\": \"ABkAAAACdgANAAAAc2VjcmV0IHdvcmRzAAA=\", \"subType\": \"06\"}}"

typedef struct {
   const char *what, *json;
   const char *events[8];
   const char *at, *why; /* of the first difference; NULL: it passes */
} row_t;

static const row_t rows[] = {
   {"nothing leaks", EXPLICIT("\"secret words\""), {BEGIN, ASK("{\"a\":1}"), ANSWER, DONE_WITH("{\"v\":1}"), END}, NULL, NULL},
   {"a value in the filter",
    EXPLICIT("\"secret words\""),
    {BEGIN, ASK("{\"a\":\"the secret words\"}"), ANSWER, DONE_WITH("{\"v\":1}"), END},
    "calls.0.round.0",
    "leak: the value of an explicit encryption stands in the filter, in clear"},
   {"a short value in the filter",
    EXPLICIT("\"hello\""),
    {BEGIN, ASK("{\"a\":\"hello\"}"), ANSWER, DONE_WITH("{\"v\":1}"), END},
    "calls.0.round.0",
    "leak: the value of an explicit encryption stands in the filter, in clear"},
   {"a value in the filter for collections",
    EXPLICIT("\"secret words\""),
    {BEGIN, ASK_IN("NEED_MONGO_COLLINFO", "{\"a\":\"secret words\"}"), ANSWER, DONE_WITH("{\"v\":1}"), END},
    "calls.0.round.0",
    "the filter"},
   {"a value deep inside, in the result",
    EXPLICIT("{\"a\": [{\"b\": \"secret words\"}]}"),
    {BEGIN, DONE_WITH("{\"v\":\"secret words\"}"), END},
    "calls.0.outcome",
    "leak: the value of an explicit encryption stands in the result, in clear"},
   {"a number of many bytes in the result",
    EXPLICIT("{\"$numberLong\": \"1234567890123456789\"}"),
    {BEGIN, DONE_WITH("{\"v\":{\"$numberLong\": \"1234567890123456789\"}}"), END},
    "calls.0.outcome",
    "the result"},
   {"a small number is nothing",
    EXPLICIT("{\"$numberLong\": \"7\"}"),
    {BEGIN, DONE_WITH("{\"v\":{\"$numberLong\": \"7\"}}"), END},
    NULL,
    NULL},
   {"padding is nothing", EXPLICIT("\"aaaaaaaaaaaa\""), {BEGIN, DONE_WITH("{\"v\":\"aaaaaaaaaaaa\"}"), END}, NULL, NULL},
   {"what the case says in clear is public",
    "{\"world\": {\"x\": \"secret words\"}, \"call\": {\"explicit_encrypt\": {\"value\": {\"v\": \"secret words\"}}}, \"expect\": {}}",
    {BEGIN, ASK("{\"a\":\"secret words\"}"), ANSWER, DONE_WITH("{\"v\":1}"), END},
    NULL,
    NULL},
   {"the same value planted twice is not public by that",
    "{\"calls\": [{\"call\": {\"explicit_encrypt\": {\"value\": {\"v\": \"secret words\"}}}, \"expect\": {}}, "
    "{\"call\": {\"explicit_encrypt\": {\"value\": {\"v\": \"secret words\"}}}, \"expect\": {}}]}",
    {BEGIN, DONE_WITH("{\"v\":\"secret words\"}"),
     "{\"ev\":\"outcome\",\"call\":1,\"state\":\"DONE\",\"result\":\"<{\"v\":1}>\",\"error\":null,\"failed\":null}", END},
    "calls.0.outcome",
    "the result"},
   {"a decryption gives the value of another call",
    "{\"calls\": [{\"call\": {\"explicit_encrypt\": {\"value\": {\"v\": \"secret words\"}}}, \"expect\": {}}, "
    "{\"call\": {\"explicit_decrypt\": {\"value\": {\"v\": 1}}}, \"expect\": {}}]}",
    {BEGIN, DONE_WITH("{\"v\":1}"),
     "{\"ev\":\"outcome\",\"call\":1,\"state\":\"DONE\",\"result\":\"<{\"v\":\"secret words\"}>\",\"error\":null,\"failed\":null}", END},
    NULL,
    NULL},
   {"a field path of an expression is no value",
    "{\"call\": {\"explicit_encrypt_expression\": {\"value\": {\"v\": {\"$gt\": [\"$longfieldname\", 5]}}}}, \"expect\": {}}",
    {BEGIN, DONE_WITH("{\"v\":\"$longfieldname\"}"), END},
    NULL,
    NULL},
   {"the command for query analysis holds plaintext by design",
    ENCRYPT,
    {BEGIN, ASK_IN("NEED_MONGO_MARKINGS", "{\"s\":\"secret words\"}"), ANSWER_OF("markings", "\"<{\"result\": {\"s\": " MARKING "}}>\""),
     DONE_WITH("{\"s\":1}"), END},
    NULL,
    NULL},
   {"a marked plaintext in the result",
    ENCRYPT,
    {BEGIN, ANSWER_OF("markings", "\"<{\"result\": {\"s\": " MARKING "}}>\""), DONE_WITH("{\"s\":\"secret words\"}"), END},
    "calls.0.outcome",
    "leak: the plaintext of a marking stands in the result, in clear"},
   {"a marking that stays as it is",
    ENCRYPT,
    {BEGIN, ANSWER_OF("markings", "\"<{\"result\": {\"s\": " MARKING "}}>\""), DONE_WITH("{\"s\": " MARKING "}"), END},
    "calls.0.outcome",
    "the result"},
   {"a marked plaintext in the filter",
    ENCRYPT,
    {BEGIN, ANSWER_OF("markings", "\"<{\"result\": {\"s\": " MARKING "}}>\""), ASK("{\"s\":\"secret words\"}"), ANSWER,
     DONE_WITH("{\"s\":1}"), END},
    "calls.0.round.0",
    "leak: the plaintext of a marking stands in the filter, in clear"},
   {"a plaintext that stands in clear beside its marking",
    ENCRYPT,
    {BEGIN, ANSWER_OF("markings", "\"<{\"result\": {\"t\": \"secret words\", \"s\": " MARKING "}}>\""),
     DONE_WITH("{\"t\":\"secret words\",\"s\":1}"), END},
    NULL,
    NULL},
   {"a value in an error",
    EXPLICIT("\"secret words\""),
    {BEGIN, ERROR_WITH("cannot encrypt secret words"), END},
    "calls.0.outcome",
    "leak: the value of an explicit encryption stands in the error message, in clear"},
   {"a data key in an error, as hex",
    EXPLICIT("1"),
    {BEGIN, ERROR_WITH("key %H is bad"), END},
    "calls.0.outcome",
    "leak: a data key stands in the error message, as hex"},
   {"a value in a request, as base64 behind one other byte",
    EXPLICIT("\"secret words\""),
    {BEGIN,
     "{\"ev\":\"ask\",\"call\":0,\"round\":0,\"state\":\"NEED_KMS\",\"op\":null,\"db\":null,\"kms\":[{\"endpoint\":\"e\",\"provider\":\"p\","
     "\"message\":\"az1lSE5sWTNKbGRDQjNiM0prY3c9PQ==\"}]}",
     ANSWER, DONE_WITH("{\"v\":1}"), END},
    "calls.0.round.0",
    "leak: the value of an explicit encryption stands in the request to the KMS, as base64"},
   {"a local key that a step gives, in an error as hex",
    "{\"steps\": [{\"setopt_kms_provider_local\": {\"crypt\": \"h\", \"key\": %K}}]}",
    {BEGIN,
     "{\"ev\":\"step\",\"i\":0,\"fn\":\"setopt_kms_provider_local\",\"returns\":false,\"out\":null,\"state\":null,"
     "\"error\":{\"type\":1,\"code\":1,\"message\":\"bad key %G\"}}",
     END},
    "steps.0",
    "leak: a local key stands in the error message, as hex"},
   {"a value in a step's error",
    "{\"steps\": [{\"ctx_explicit_encrypt_init\": {\"ctx\": \"c\", \"msg\": {\"v\": \"secret words\"}}}]}",
    {BEGIN,
     "{\"ev\":\"step\",\"i\":0,\"fn\":\"ctx_explicit_encrypt_init\",\"returns\":false,\"out\":null,\"state\":null,"
     "\"error\":{\"type\":1,\"code\":1,\"message\":\"secret words\"}}",
     END},
    "steps.0",
    "the error message"},
};

static char *with_material(const char *template)
{
   uint8_t kek[FLP_AEAD_KEY], dek[FLP_AEAD_KEY], iv[FLP_AEAD_IV] = {1}, wrapped[160];
   char *out = NULL;
   size_t len = 0;
   FILE *file = open_memstream(&out, &len);
   flp_material_key("local-1", kek);
   flp_material_data_key("local-1", dek);
   assert_int_equal(flp_aead_sealed_len(sizeof dek), sizeof wrapped);
   assert_true(flp_aead_seal(kek, iv, NULL, 0, dek, sizeof dek, wrapped));
   for (const char *at = template; *at; at++) {
      char *base64 = NULL;
      if (*at != '%') {
         fputc(*at, file);
         continue;
      }
      at++;
      if (*at == 'G' || *at == 'H') {
         for (int i = 0; i < 32; i++) {
            fprintf(file, "%02x", *at == 'G' ? kek[i] : dek[i]);
         }
         continue;
      }
      base64 = *at == 'K' ? base64_of(kek, sizeof kek) : base64_of(wrapped, sizeof wrapped);
      fprintf(file, "{\"$binary\": {\"base64\": \"%s\", \"subType\": \"00\"}}", base64);
      free(base64);
   }
   fclose(file);
   return out;
}

static void check_row(const row_t *row)
{
   flp_verdict_t verdict;
   char *json = with_material(row->json);
   char *events[8] = {NULL};
   const char *told[9] = {NULL};
   for (size_t i = 0; i < 8 && row->events[i]; i++) {
      told[i] = events[i] = with_material(row->events[i]);
   }
   made_judge(json, &reference, told, &verdict);
   const flp_difference_t *first = verdict.n_differences ? &verdict.differences[0] : NULL;
   bool leaks = first && strncmp(first->why, "leak: ", 6) == 0;
   if (verdict.cause || (row->at != NULL) != leaks) {
      fail_msg("%s: %s %s %s", row->what, flp_verdict_name(verdict.kind), verdict.reason ? verdict.reason : "", first ? first->why : "");
   }
   if (row->at && (strcmp(first->at, row->at) != 0 || !strstr(first->why, row->why) || first->actual || first->expected)) {
      fail_msg("%s: at %s: %s", row->what, first->at, first->why);
   }
   flp_verdict_cleanup(&verdict);
   for (size_t i = 0; i < 8; i++) {
      free(events[i]);
   }
   free(json);
}

static void what_leaks_is_told_and_what_is_public_is_not(void **state)
{
   (void)state;
   for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
      check_row(&rows[i]);
   }
}

int main(void)
{
   const struct CMUnitTest tests[] = {cmocka_unit_test(what_leaks_is_told_and_what_is_public_is_not)};
   return cmocka_run_group_tests(tests, NULL, NULL);
}
