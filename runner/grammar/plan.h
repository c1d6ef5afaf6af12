/* What the host gets of a case: nothing that is expected. */
#ifndef FLP_GRAMMAR_PLAN_H
#define FLP_GRAMMAR_PLAN_H

#include <bson/bson.h>

/* Appends to `plan` what the field table lets through of a finished case. */
void flp_plan_cut(const bson_t *doc, bson_t *plan);

#endif
