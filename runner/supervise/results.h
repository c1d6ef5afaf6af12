/* What a run found: a verdict for each case and subject, in the order of the cases whatever the order of arrival. */
#ifndef FLP_RUNNER_SUPERVISE_RESULTS_H
#define FLP_RUNNER_SUPERVISE_RESULTS_H

#include "ref/base/bytes.h"
#include "runner/judge/judge.h"

#define FLP_N_VERDICTS 6

typedef struct {
   bool known;             /* the case ran, or was refused, on this subject */
   flp_verdict_t verdict;
   flp_buf_t lines;        /* the transcript; empty if the case was not sent */
} flp_result_t;

typedef struct {
   const flp_cases_t *cases;       /* borrowed */
   const flp_subject_t *subjects;  /* borrowed */
   size_t n_subjects;
   flp_result_t *items;            /* cases x subjects */
} flp_results_t;

bool flp_results_init(flp_results_t *results, const flp_cases_t *cases, const flp_subject_t *subjects, size_t n_subjects);
void flp_results_cleanup(flp_results_t *results);

flp_result_t *flp_results_at(const flp_results_t *results, size_t the_case, size_t subject);
/* Takes the verdict (it is left empty), copies the lines. A case that is given twice keeps its first verdict,
 * unless a later one breaks the run and the first did not. */
const flp_result_t *flp_results_take(flp_results_t *results, size_t the_case, size_t subject, flp_verdict_t *verdict, flp_view_t lines);

/* Does it count against the run? */
bool flp_verdict_breaks(const flp_verdict_t *verdict);

/* Numbers of a subject, of one area or (NULL) of all; `advisory` counts the failures that do not break the run: they are in `fail` too. */
typedef struct {
   size_t of[FLP_N_VERDICTS];
   size_t advisory;
   size_t total;
} flp_counts_t;
flp_counts_t flp_results_count(const flp_results_t *results, size_t subject, const char *area);
/* Cases that have a verdict on at least one subject. */
bool flp_results_ran(const flp_results_t *results, size_t the_case);

#endif
