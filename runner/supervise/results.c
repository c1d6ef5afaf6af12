/* The table of results. Only stores and counts. */
#include "runner/supervise/results.h"

#include <stdlib.h>
#include <string.h>

bool flp_results_init(flp_results_t *results, const flp_cases_t *cases, const flp_subject_t *subjects, size_t n_subjects)
{
   size_t n = cases->len * n_subjects;
   *results = (flp_results_t){.cases = cases, .subjects = subjects, .n_subjects = n_subjects};
   results->items = calloc(n ? n : 1, sizeof *results->items);
   return results->items != NULL;
}

void flp_results_cleanup(flp_results_t *results)
{
   size_t n = results->items ? results->cases->len * results->n_subjects : 0;
   for (size_t i = 0; i < n; i++) {
      flp_verdict_cleanup(&results->items[i].verdict);
      flp_buf_cleanup(&results->items[i].lines);
   }
   free(results->items);
   results->items = NULL;
}

flp_result_t *flp_results_at(const flp_results_t *results, size_t the_case, size_t subject)
{
   return &results->items[the_case * results->n_subjects + subject];
}

const flp_result_t *flp_results_take(flp_results_t *results, size_t the_case, size_t subject, flp_verdict_t *verdict, flp_view_t lines)
{
   flp_result_t *result = flp_results_at(results, the_case, subject);
   if (!result->known || (flp_verdict_breaks(verdict) && !flp_verdict_breaks(&result->verdict))) {
      flp_verdict_cleanup(&result->verdict);
      flp_buf_cleanup(&result->lines);
      result->known = true;
      result->verdict = *verdict;
      memset(verdict, 0, sizeof *verdict);
      flp_buf_copy(&result->lines, lines);
   }
   return result;
}

bool flp_verdict_breaks(const flp_verdict_t *verdict)
{
   switch (verdict->kind) {
   case FLP_VERDICT_FAIL:
      return !verdict->advisory;
   case FLP_VERDICT_XPASS:
   case FLP_VERDICT_ERROR:
      return true;
   case FLP_VERDICT_PASS:
   case FLP_VERDICT_UNSUPPORTED:
   case FLP_VERDICT_XFAIL:
      return false;
   }
   return true;
}

flp_counts_t flp_results_count(const flp_results_t *results, size_t subject, const char *area)
{
   flp_counts_t counts = {.total = 0};
   for (size_t c = 0; c < results->cases->len; c++) {
      const flp_result_t *result = flp_results_at(results, c, subject);
      if (!result->known || (area && strcmp(results->cases->items[c].area, area) != 0)) {
         continue;
      }
      counts.of[result->verdict.kind]++;
      counts.total++;
      counts.advisory += result->verdict.kind == FLP_VERDICT_FAIL && result->verdict.advisory;
   }
   return counts;
}

bool flp_results_ran(const flp_results_t *results, size_t the_case)
{
   for (size_t s = 0; s < results->n_subjects; s++) {
      if (flp_results_at(results, the_case, s)->known) {
         return true;
      }
   }
   return false;
}
