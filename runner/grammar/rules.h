/* The rule catalogue (spec-tests/rules): reads it and holds it against the cases. */
#ifndef FLP_GRAMMAR_RULES_H
#define FLP_GRAMMAR_RULES_H

#include "runner/grammar/case.h"

typedef struct {
   char *id, *level, *rule, *source;
   char *exception; /* why no case proves it, or NULL */
   char *file;
   unsigned line;
} flp_rule_t;

typedef struct {
   char *id, *topic;
   char *reason; /* why no case is about it, or NULL */
   flp_strings_t cases;
   char *file;
   unsigned line;
} flp_topic_t;

typedef struct {
   flp_rule_t *rules; /* in the order of files and of the text */
   size_t n_rules;
   flp_topic_t *topics;
   size_t n_topics;
} flp_catalogue_t;

/* Reads every `.yml` below ROOT/rules. A folder that is not there is an empty catalogue. False after a refusal. */
bool flp_catalogue_load(const char *root, flp_catalogue_t *catalogue, flp_refusals_t *refusals);
void flp_catalogue_cleanup(flp_catalogue_t *catalogue);

/* NULL if there is none. */
const flp_rule_t *flp_catalogue_find(const flp_catalogue_t *catalogue, const char *id);

/* Every case names rules that exist; with `whole`, when all cases are here, every rule has a case or an exception but not both, and
 * every pattern of a topic fits a case. False after a refusal. */
bool flp_catalogue_check(const flp_catalogue_t *catalogue, const flp_cases_t *cases, bool whole, flp_refusals_t *refusals);

#endif
