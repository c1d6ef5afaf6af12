/* The arguments of `fleproof run`. */
#ifndef FLP_RUNNER_RUN_OPTIONS_H
#define FLP_RUNNER_RUN_OPTIONS_H

#include "runner/subject.h"

typedef struct {
   flp_strings_t paths;    /* scenario files and folders; empty: all that are installed */
   flp_strings_t suts;     /* as given to --sut */
   flp_strings_t keep;     /* -k: one must fit, if there is any */
   flp_strings_t drop;     /* --not: none may fit */
   flp_level_t level;      /* the weakest that runs */
   size_t jobs;
   int64_t timeout_ms;
   int64_t seed;
   bool fail_fast, hazards, from_stdin, quiet, fix;
   uint64_t fail_alloc;    /* allocations of each case that fail in turn; UINT64_MAX: every; 0: none */
   char *report_dir;
   bool help;
} flp_run_options_t;

/* False: a message was printed; the exit code is that of wrong usage. Clean up in any case. */
bool flp_run_options_parse(int argc, char **argv, flp_run_options_t *options);
void flp_run_options_cleanup(flp_run_options_t *options);
void flp_run_options_help(void);

/* Does the case pass -k, --not and --level? */
bool flp_run_options_select(const flp_run_options_t *options, const flp_case_t *the_case);
/* Is everything selected? Then an expected failure that no case fits is stale. */
bool flp_run_options_unfiltered(const flp_run_options_t *options);

#endif
