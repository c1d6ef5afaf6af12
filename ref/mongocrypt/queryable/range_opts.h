/* Range options of explicit Queryable Encryption: read and validated; what they mean for a payload is not said here. */
#ifndef FLP_QUERYABLE_RANGE_OPTS_H
#define FLP_QUERYABLE_RANGE_OPTS_H

#include "ref/base/bytes.h"
#include "ref/base/status.h"

typedef struct {
   bool set;
   flp_buf_t document; /* a copy; `min` and `max` point into it */
   uint8_t min_type;   /* BSON type, 0 if absent */
   uint8_t max_type;
   flp_view_t min;
   flp_view_t max;
   int64_t sparsity;   /* 2 if absent */
   bool has_precision;
   int32_t precision;
   bool has_trim_factor;
   int32_t trim_factor;
} flp_range_opts_t;

/* opts must be zeroed; the document need not be valid. */
bool flp_range_opts_parse(flp_range_opts_t *opts, flp_view_t document, flp_status_t *status);
void flp_range_opts_cleanup(flp_range_opts_t *opts);

#endif
