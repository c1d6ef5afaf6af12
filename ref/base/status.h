/* Outcome of an operation: type, code, and a text that ends in a tag ` [CLASS name=value ...]`.
 * Fixed storage: reporting that memory is short needs no memory. What the classes are is said elsewhere. */
#ifndef FLP_BASE_STATUS_H
#define FLP_BASE_STATUS_H

#include "ref/base/bytes.h"
#include "ref/base/limits.h"

/* Zeroed memory is a valid OK status. type 0 is OK; other types and codes are the caller's. */
typedef struct {
   uint32_t type;
   uint32_t code;
   const char *class_name; /* of the error; static text. NULL when OK */
   size_t len;             /* of message, without its NUL */
   char message[FLP_MAX_STATUS_TEXT + FLP_MAX_STATUS_TAG + 1];
} flp_status_t;

/* One `name=value` of a tag, borrowed during the call that takes it. */
typedef struct {
   const char *name;
   enum { FLP_FACT_VIEW, FLP_FACT_INT, FLP_FACT_UUID } kind;
   flp_view_t view;
   int64_t number;
} flp_fact_t;

flp_fact_t flp_fact_view(const char *name, flp_view_t value);
flp_fact_t flp_fact_text(const char *name, const char *value); /* NULL: the fact is not known and is left out */
flp_fact_t flp_fact_int(const char *name, int64_t value);
flp_fact_t flp_fact_uuid(const char *name, const uint8_t uuid[16]);

/* Fails once: a status that already holds an error keeps it. `text` may name facts as `{name}`: they are put in place, unescaped but
 * for control bytes. The tag is complete even where the text had to be cut. Returns false, so callers can `return` it. */
bool flp_status_fail(flp_status_t *status, const char *class_name, const char *text, const flp_fact_t *facts, size_t n_facts);

/* A text of somebody else (a hook) with our tag behind it. */
bool flp_status_fail_foreign(flp_status_t *status, uint32_t type, uint32_t code, flp_view_t text, const char *class_name,
                             const flp_fact_t *facts, size_t n_facts);

bool flp_status_ok(const flp_status_t *status);
void flp_status_reset(flp_status_t *status);
void flp_status_copy(flp_status_t *out, const flp_status_t *status);

#endif
