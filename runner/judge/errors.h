/* What an error message says: its class and facts, by the tag at its end or by the subject's map of texts. */
#ifndef FLP_RUNNER_JUDGE_ERRORS_H
#define FLP_RUNNER_JUDGE_ERRORS_H

#include "runner/judge/judge.h"

#define FLP_MAX_ERROR_FACTS 8u
#define FLP_UNMAPPED "unmapped" /* the class of a text that nothing maps */

typedef struct {
   char name[48];
   char value[512];  /* unescaped */
} flp_error_fact_t;

typedef struct {
   char class_name[64];
   bool tagged;      /* the class comes from a tag: facts that are not there are missing, not unknown */
   size_t n_facts;
   flp_error_fact_t facts[FLP_MAX_ERROR_FACTS];
} flp_error_view_t;

/* `failed` is the ABI function that failed, without `mongocrypt_`, or NULL. `message` may be NULL. */
void flp_error_classify(const flp_subject_t *subject, const char *message, const char *failed, flp_error_view_t *error);

/* NULL if the fact is not there. */
const char *flp_error_fact(const flp_error_view_t *error, const char *name);

#endif
