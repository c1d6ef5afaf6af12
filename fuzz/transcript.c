// fuzz: runner
/* A transcript from a subject that lies, through the judge. Byte 0: bits 0-4 choose the case and the subject, bit 5 says that the host
 * died, bit 6 that nonce and number are put in front of each line here, so that changes get behind the frame. Whatever comes: a verdict,
 * the same one twice, and no `pass` beside a difference or without a whole transcript. Rules: docs/transcript.md, docs/verdicts.md. */
#include "fuzz/support/text_mutate.h"
#include "fuzz/support/transcript_cases.h"
#include "runner/judge/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

FLP_FUZZ_TEXT_INPUT(1)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NONCE "n0"

static flp_cases_t cases;
static char feature[] = "auto_encryption";
static char *features[] = {feature};
static char class_name[] = "KEY_NOT_FOUND", text[] = "not all keys", reason[] = "known", pattern[] = "fuzz/transcript/re*";
static flp_error_text_t texts[] = {{.class_name = class_name, .text = text}};
static flp_expected_failure_t failures[] = {{.id = pattern, .reason = reason, .message = class_name}};
static flp_subject_t subjects[] = {
   {.foreign = false, .lacks = {.items = features, .len = 1}},
   {.foreign = true, .error_texts = texts, .n_error_texts = 1, .expected_failures = failures, .n_expected_failures = 1},
};

static void check(bool holds)
{
   if (!holds) {
      abort();
   }
}

static void load(void)
{
   flp_refusals_t refusals = {0};
   if (cases.len == 0) {
      check(flp_cases_parse(flp_fuzz_cases, sizeof flp_fuzz_cases - 1, "fuzz/transcript.yml", &cases, &refusals));
      flp_refusals_cleanup(&refusals);
   }
}

/* Each line that begins an object gets nonce and number behind its brace. */
static char *numbered(const char *lines, size_t len, size_t *out_len)
{
   enum { HEAD = 48, LINES = 256 };
   char *out = malloc(len + (size_t)HEAD * LINES);
   size_t at = 0, seq = 0;
   check(out != NULL);
   for (size_t i = 0; i < len; i++) {
      out[at++] = lines[i];
      if (lines[i] == '{' && (i == 0 || lines[i - 1] == '\n') && seq < LINES) {
         at +=
            (size_t)snprintf(out + at, HEAD, "\"nonce\":\"" NONCE "\",\"seq\":%zu%s", seq, i + 1 < len && lines[i + 1] != '}' ? "," : "");
         seq++;
      }
   }
   *out_len = at;
   return out;
}

static bool same(const flp_verdict_t *a, const flp_verdict_t *b)
{
   bool equal = a->kind == b->kind && a->n_differences == b->n_differences && !a->cause == !b->cause;
   for (size_t i = 0; equal && i < a->n_differences; i++) {
      equal = strcmp(a->differences[i].why, b->differences[i].why) == 0;
   }
   return equal;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
   if (size < 1) {
      return 0;
   }
   load();
   unsigned choice = data[0] & 0x1Fu;
   const flp_case_t *c = &cases.items[choice % cases.len];
   const flp_subject_t *subject = &subjects[choice / cases.len % 2];
   flp_transcript_t transcript = {.lines = (const char *)data + 1, .len = size - 1, .nonce = NONCE, .files_dir = "/nowhere"};
   char *made = NULL;
   if (data[0] & 0x40) {
      made = numbered(transcript.lines, transcript.len, &transcript.len);
      transcript.lines = made;
   }
   if (data[0] & 0x20) {
      transcript.died = "crash(SIGSEGV)";
      transcript.last_call = "ctx_finalize";
   }
   flp_verdict_t verdict = {0}, again = {0};
   flp_judge(c, subject, &transcript, &verdict);
   flp_judge(c, subject, &transcript, &again);
   check(verdict.kind <= FLP_VERDICT_ERROR && flp_verdict_name(verdict.kind) && same(&verdict, &again));
   if (verdict.kind == FLP_VERDICT_PASS) {
      check(verdict.n_differences == 0 && !verdict.cause && !transcript.died && transcript.len > 0);
   }
   if (verdict.kind == FLP_VERDICT_FAIL) {
      check(verdict.n_differences > 0 || verdict.cause);
   }
   for (size_t i = 0; i < verdict.n_differences; i++) {
      check(verdict.differences[i].why && verdict.differences[i].at);
   }
   flp_verdict_cleanup(&verdict);
   flp_verdict_cleanup(&again);
   free(made);
   return 0;
}
