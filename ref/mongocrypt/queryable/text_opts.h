/* Text options of explicit Queryable Encryption (algorithm `string`): read and validated. */
#ifndef FLP_QUERYABLE_TEXT_OPTS_H
#define FLP_QUERYABLE_TEXT_OPTS_H

#include "ref/base/bytes.h"
#include "ref/base/status.h"

typedef struct {
   bool set;
   bool has_max_length;
   int32_t max_length; /* substring only */
   int32_t min_query_length;
   int32_t max_query_length;
} flp_text_search_t;

typedef struct {
   bool set;
   bool case_sensitive;
   bool diacritic_sensitive;
   flp_text_search_t prefix;
   flp_text_search_t suffix;
   flp_text_search_t substring;
} flp_text_opts_t;

/* opts must be zeroed; the document need not be valid. Owns nothing. */
bool flp_text_opts_parse(flp_text_opts_t *opts, flp_view_t document, flp_status_t *status);

#endif
