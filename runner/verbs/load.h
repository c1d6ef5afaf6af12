/* What the verbs that only read scenarios have in common: the paths of the command line, or the installation's. */
#ifndef FLP_RUNNER_VERBS_LOAD_H
#define FLP_RUNNER_VERBS_LOAD_H

#include "runner/grammar/case.h"

typedef struct {
   char *root; /* of the scenarios of this installation */
   flp_cases_t cases;
   flp_refusals_t refusals;
} flp_loaded_t;

/* Loads the paths; without any, the root. False if anything was refused. Cleanup is due in any case. */
bool flp_load(char **paths, int n_paths, flp_loaded_t *loaded);
void flp_loaded_cleanup(flp_loaded_t *loaded);

#endif
