/* Loads a scenario from a text: it is written to a file of the test, loaded, and the file removed. */
#ifndef FLP_GRAMMAR_TEST_LOADED_H
#define FLP_GRAMMAR_TEST_LOADED_H

#include "runner/grammar/case.h"

typedef struct {
   flp_cases_t cases;
   flp_refusals_t refusals;
   bool ok;
} loaded_t;

loaded_t load_text(const char *text);
/* Fails the test when anything was refused. */
loaded_t load_good(const char *text);
void loaded_cleanup(loaded_t *loaded);

/* Canonical extended JSON of what stands at a path of a document. Owned. Fails the test when there is nothing. */
char *json_at(const bson_t *doc, const char *path);
bool has(const bson_t *doc, const char *path);
/* Compares and frees. */
void assert_json(const bson_t *doc, const char *path, const char *expected);

#endif
