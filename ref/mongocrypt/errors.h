/* The errors of the library, one table (errors.def): row, class, text, facts.
 * Use: `return flp_error(status, FLP_E110, FLP_FACTS(flp_fact_text("option", "key_id")));` */
#ifndef FLP_MONGOCRYPT_ERRORS_H
#define FLP_MONGOCRYPT_ERRORS_H

#include "ref/base/status.h"

typedef enum {
#define ROW(id, class_name, text, facts) FLP_##id,
#include "ref/mongocrypt/errors.def"
#undef ROW
   FLP_ERROR_ROWS
} flp_error_t;

/* A list of facts for the two functions below; `FLP_NO_FACTS` for none. */
#define FLP_FACTS(...) (const flp_fact_t[]){__VA_ARGS__}, sizeof((const flp_fact_t[]){__VA_ARGS__}) / sizeof(flp_fact_t)
#define FLP_NO_FACTS NULL, 0

/* Fills status from the row and returns false. A fact that the row does not list is left out of the tag. */
bool flp_error(flp_status_t *status, flp_error_t row, const flp_fact_t *facts, size_t n_facts);

/* A fixed form of the one error that can happen anywhere. */
bool flp_error_memory(flp_status_t *status, const char *what, size_t size);

/* A text of `prefix` before an error that is already in status (`Failed to parse KMS provider ...: `). Returns false. */
bool flp_error_prefix(flp_status_t *status, const char *prefix);

const char *flp_error_class(flp_error_t row);

#endif
