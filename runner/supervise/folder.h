/* The report folder of docs/report.md: results.jsonl, cases.jsonl, transcripts. The pages beside them are made elsewhere. */
#ifndef FLP_RUNNER_SUPERVISE_FOLDER_H
#define FLP_RUNNER_SUPERVISE_FOLDER_H

#include "runner/supervise/results.h"

#include <stdio.h>

/* Makes the folder with its parts and removes what an older run wrote there. False: `why` (malloc'ed) tells. */
bool flp_folder_prepare(const char *dir, const flp_subject_t *subjects, size_t n_subjects, char **why);

/* What was asked to run. Borrowed. Whoever compares two runs must know which cases could not be there. */
typedef struct {
   const flp_strings_t *paths, *keep, *drop;
   const flp_strings_t *subjects; /* as given to --sut; empty: all that are known */
   flp_level_t level;
   bool hazards;
   bool from_stdin;               /* only the ids that came */
   bool cut_short;                /* --fail-fast left cases out */
} flp_selection_t;

typedef struct {
   flp_selection_t selection;
   int64_t seed;
   size_t jobs;
   const size_t *hosts;       /* for each subject */
   const flp_view_t *headers; /* the header line of each subject's host */
   int exit_code;
} flp_run_facts_t;

/* Writes everything. The footer comes last: a file without it was not finished. */
bool flp_folder_write(const char *dir, const flp_results_t *results, const flp_run_facts_t *facts, char **why);

/* One verdict line, without a place of its transcript. */
void flp_verdict_print(FILE *out, const flp_case_t *the_case, const flp_subject_t *subject, const flp_verdict_t *verdict);
/* The same for an id that no case has. */
void flp_unknown_case_print(FILE *out, const char *id, const flp_subject_t *subject);

#endif
