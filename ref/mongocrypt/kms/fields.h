/* A small document of known fields (a provider's credentials, a key encryption key), read by a table: which fields, of which kind, in
 * which order they are checked. A field outside the table is an error, and is looked for last. Values may be secrets: they are wiped. */
#ifndef FLP_KMS_FIELDS_H
#define FLP_KMS_FIELDS_H

#include "ref/base/bytes.h"
#include "ref/base/status.h"

typedef enum {
   FLP_FIELD_TEXT,           /* UTF-8 string */
   FLP_FIELD_SECRET,         /* binary, or a string of base64; never empty */
   FLP_FIELD_ENDPOINT,       /* kept as host[:port] */
   FLP_FIELD_ENDPOINT_NO_DOT /* the same for KMIP: a host without a dot will do */
} flp_field_kind_t;

typedef struct {
   const char *name;
   flp_field_kind_t kind;
   bool required;
   int missing; /* error row for absent or of another type: an flp_error_t */
} flp_field_rule_t;

#define FLP_MAX_FIELDS 6u

/* Zeroed memory is an empty valid value. `present` has bit i for rule i: an empty string is present. */
typedef struct {
   flp_buf_t values[FLP_MAX_FIELDS];
   uint32_t present;
} flp_fields_t;

/* How a document is read. */
typedef struct {
   const flp_field_rule_t *rules; /* in the order in which they are checked */
   size_t n_rules;
   const char *const *others; /* names that the caller reads by itself; ends in NULL */
   int unknown;               /* error row for a field that is in neither list: an flp_error_t */
   const char *what;          /* names the document in errors */
   flp_view_t provider;       /* id of the provider, for errors */
} flp_fields_spec_t;

/* All values by their rules. `document` must be valid BSON; `fields` must be zeroed. Surplus fields are for flp_fields_known. */
bool flp_fields_read(flp_fields_t *fields, flp_view_t document, const flp_fields_spec_t *spec, flp_status_t *status);
/* One value by one rule, for fields that are read apart. `out` must be empty. `found` tells whether it is there. */
bool flp_field_read(flp_buf_t *out, bool *found, flp_view_t document, const flp_field_rule_t *rule, const flp_fields_spec_t *spec,
                    flp_status_t *status);
/* Is there a field outside `rules` and `others`? Then an error. */
bool flp_fields_known(flp_view_t document, const flp_fields_spec_t *spec, flp_status_t *status);
bool flp_fields_has(const flp_fields_t *fields, size_t rule);
flp_view_t flp_fields_view(const flp_fields_t *fields, size_t rule); /* valid until cleanup */
void flp_fields_cleanup(flp_fields_t *fields);

#endif
