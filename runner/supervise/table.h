/* What a person sees of a run: one line of progress, the table area x subject, and what needs attention. */
#ifndef FLP_RUNNER_SUPERVISE_TABLE_H
#define FLP_RUNNER_SUPERVISE_TABLE_H

#include "runner/supervise/results.h"

#include <stdio.h>

void flp_table_print(FILE *out, const flp_results_t *results);
/* One line for each subject whose allocations were made to fail. */
void flp_sweeps_print(FILE *out, const flp_results_t *results);
/* Every verdict that breaks the run, with its first difference. */
void flp_troubles_print(FILE *out, const flp_results_t *results);

/* Only on a terminal; `total` 0 clears the line. */
void flp_progress(size_t done, size_t total);

#endif
