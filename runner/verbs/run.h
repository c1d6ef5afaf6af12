/* One run, as its two ways share it: cases chosen by options (run.c), or by ids on stdin (run_stdin.c). */
#ifndef FLP_RUNNER_VERBS_RUN_H
#define FLP_RUNNER_VERBS_RUN_H

#include "runner/supervise/engine.h"
#include "runner/supervise/results.h"
#include "runner/verbs/chosen.h"
#include "runner/verbs/run_options.h"

typedef struct {
   flp_run_options_t options;
   char *subjects_dir, *lib_dir, *root, *host;
   flp_cases_t cases;
   flp_subjects_t subjects;
   flp_results_t results;
   flp_engine_t *engine;
   size_t done, total; /* verdicts */
   int64_t shown_ms;   /* when progress was last shown */
   bool cut_short;     /* --fail-fast left cases out */
   bool unknown_id;    /* --stdin gave an id that no case has */
   size_t *by_id;      /* indices of cases, sorted by id */
} flp_run_t;

/* Case ids in, one a line; verdict lines come by the engine's callback. 0, or an exit code. */
int flp_run_stdin(flp_run_t *run);

/* Tells of expected failures that fit no case, or never ran although their case was there. Returns how many. */
size_t flp_run_stale(const flp_run_t *run);
/* --fix: entries that are stale or pass go, changed messages are taken over, or nothing is changed at all: the exit code. `troubles` are those
 * of the run that no entry is about. Replaces this program. */
int flp_run_fix(const flp_run_t *run, bool troubles);

/* What judges nothing is no success: a gate would stay open when a pattern no longer fits. Says so; the exit code. */
int flp_run_nothing_judged(void);

#endif
