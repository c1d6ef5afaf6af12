/* Before and after the comparison: what is not run at all, and what is known to fail.
 * Also the small things of a verdict: its names and its end. */
#include "runner/judge/judging.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *flp_verdict_name(flp_verdict_kind_t kind)
{
   static const char *const names[] = {"pass", "fail", "unsupported", "xfail", "xpass", "error"};
   return (size_t)kind < sizeof names / sizeof names[0] ? names[kind] : "error";
}

void flp_verdict_cleanup(flp_verdict_t *verdict)
{
   flp_differences_t differences = {.items = verdict->differences, .len = verdict->n_differences};
   flp_differences_cleanup(&differences);
   free(verdict->cause);
   free(verdict->reason);
   memset(verdict, 0, sizeof *verdict);
}

/* ---- refused before it is sent ---- */

static bool has_symbol(const flp_subject_t *subject, const char *name)
{
   for (size_t i = 0; i < subject->missing_symbols.len; i++) {
      const char *missing = subject->missing_symbols.items[i];
      const char *bare = strncmp(missing, "mongocrypt_", 11) == 0 ? missing + 11 : missing;
      if (strcmp(missing, name) == 0 || strcmp(bare, name) == 0) {
         return false;
      }
   }
   return true;
}

static bool clock_is_virtual(const flp_subject_t *s)
{
   return s->clock_virtual;
}

static bool random_is_seeded(const flp_subject_t *s)
{
   return s->random_seeded;
}

static bool alloc_is_counted(const flp_subject_t *s)
{
   return s->alloc_counted;
}

static bool crypto_is_native(const flp_subject_t *s)
{
   return s->native_crypto;
}

static bool hooks_are_possible(const flp_subject_t *s)
{
   return has_symbol(s, "mongocrypt_setopt_crypto_hooks");
}

static const struct {
   const char *need;
   bool (*has)(const flp_subject_t *);
   const char *reason;
} needs[] = {
   {"clock", clock_is_virtual, "needs a virtual clock, and the subject does not take the host's"},
   {"random", random_is_seeded, "needs seeded randomness, and the subject does not take the host's"},
   {"alloc", alloc_is_counted, "needs counted allocations, and the host does not count them here"},
   {"native_crypto", crypto_is_native, "needs the subject's own cryptography"},
   {"hooks", hooks_are_possible, "needs crypto hooks"},
};

static char *unmet_need(const flp_case_t *c, const flp_subject_t *subject)
{
   for (size_t i = 0; i < c->needs.len; i++) {
      const char *need = c->needs.items[i];
      for (size_t k = 0; k < sizeof needs / sizeof needs[0]; k++) {
         if (strcmp(need, needs[k].need) == 0 && !needs[k].has(subject)) {
            return flp_text_format("%s", needs[k].reason);
         }
      }
      if (strncmp(need, "symbol:", 7) == 0 && !has_symbol(subject, need + 7)) {
         return flp_text_format("needs %s, which the subject does not export", need + 7);
      }
   }
   return NULL;
}

/* Allocation failures end the process in libraries that do not promise otherwise. */
bool flp_judge_is_hazard(const flp_case_t *c, const flp_subject_t *subject)
{
   bson_iter_t iter, item;
   if (c->hazard) {
      return true;
   }
   if (!subject->foreign) {
      return false;
   }
   if (bson_has_field(&c->plan, "fail_alloc")) {
      return true;
   }
   if (bson_iter_init_find(&iter, &c->plan, "calls") && bson_iter_recurse(&iter, &item)) {
      bson_iter_t field;
      while (bson_iter_next(&item)) {
         if (flp_field(&item, "fail_alloc", &field)) {
            return true;
         }
      }
   }
   return false;
}

bool flp_judge_refuses(const flp_case_t *c, const flp_subject_t *subject, bool hazards, flp_verdict_t *verdict)
{
   char *reason = NULL;
   const char *version = subject->version ? subject->version : "0";
   if (c->since && flp_version_compare(version, c->since) < 0) {
      reason = flp_text_format("needs %s, has %s", c->since, version);
   } else if (c->until && flp_version_compare(version, c->until) > 0) {
      reason = flp_text_format("holds until %s, has %s", c->until, version);
   } else if (!hazards && flp_judge_is_hazard(c, subject)) {
      reason = flp_text_format("may crash a released library: run with --hazards");
   } else {
      reason = unmet_need(c, subject);
   }
   if (!reason) {
      return false;
   }
   memset(verdict, 0, sizeof *verdict);
   verdict->kind = FLP_VERDICT_UNSUPPORTED;
   verdict->reason = reason;
   return true;
}

/* ---- known to fail ---- */

static bool speaks_of(const flp_expected_failure_t *entry, const flp_case_t *c, const flp_subject_t *subject)
{
   const char *version = subject->version ? subject->version : "0";
   if (!flp_glob_match(entry->id, c->id)) {
      return false;
   }
   if (entry->since && flp_version_compare(version, entry->since) < 0) {
      return false;
   }
   return !entry->until || flp_version_compare(version, entry->until) <= 0;
}

static bool contains(const char *text, const char *part)
{
   return text && strstr(text, part) != NULL;
}

bool flp_verdict_says(const flp_verdict_t *verdict, const char *text)
{
   if (contains(verdict->cause, text)) {
      return true;
   }
   if (verdict->n_differences == 0) {
      return false;
   }
   const flp_difference_t *first = &verdict->differences[0];
   return contains(first->actual, text) || contains(first->why, text);
}

void flp_judge_expected_failures(const flp_case_t *c, const flp_subject_t *subject, flp_verdict_t *verdict)
{
   if (verdict->kind != FLP_VERDICT_PASS && verdict->kind != FLP_VERDICT_FAIL) {
      return;
   }
   for (size_t i = 0; i < subject->n_expected_failures; i++) {
      const flp_expected_failure_t *entry = &subject->expected_failures[i];
      if (!speaks_of(entry, c, subject)) {
         continue;
      }
      verdict->entry = entry;
      free(verdict->reason);
      if (verdict->kind == FLP_VERDICT_PASS) {
         verdict->kind = FLP_VERDICT_XPASS;
         verdict->reason = flp_text_format("expected to fail (%s), but it passes: take the entry out", entry->reason);
      } else if (flp_verdict_says(verdict, entry->message)) {
         verdict->kind = FLP_VERDICT_XFAIL;
         verdict->advisory = false;
         verdict->reason = flp_text_format("%s", entry->reason);
      } else {
         verdict->advisory = false;
         verdict->reason = flp_text_format("expected to fail with \"%s\" (%s), but it fails differently", entry->message, entry->reason);
      }
      return;
   }
}
