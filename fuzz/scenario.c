// fuzz: runner
/* A scenario file from anybody, through the loader. Refused or not: what is refused says where, what is taken is whole, and nothing that is
 * expected reaches the plan. Rules: docs/grammar.md. */
#include "fuzz/support/text_mutate.h"
#include "runner/grammar/case.h"

#include <stdlib.h>

FLP_FUZZ_TEXT_INPUT(0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
   if (!holds) {
      abort();
   }
}

static void check_case(const flp_case_t *c)
{
   size_t offset = 0;
   check(c->id && c->id[0] && c->area && c->line > 0 && c->rules.len > 0);
   check(bson_validate(&c->doc, BSON_VALIDATE_UTF8 | BSON_VALIDATE_UTF8_ALLOW_NULL, &offset));
   check(bson_validate(&c->plan, BSON_VALIDATE_UTF8 | BSON_VALIDATE_UTF8_ALLOW_NULL, &offset));
   check(bson_has_field(&c->doc, "id") && !bson_has_field(&c->plan, "expect"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
   flp_cases_t cases = {0};
   flp_refusals_t refusals = {0};
   bool ok = flp_cases_parse((const char *)data, size, "fuzz.yml", &cases, &refusals);
   check(ok == (refusals.len == 0) && (ok || cases.len == 0));
   for (size_t i = 0; i < cases.len; i++) {
      check_case(&cases.items[i]);
   }
   for (size_t i = 0; i < refusals.len; i++) {
      check(refusals.items[i].message && refusals.items[i].message[0] && refusals.items[i].id);
   }
   flp_cases_cleanup(&cases);
   flp_refusals_cleanup(&refusals);
   return 0;
}
