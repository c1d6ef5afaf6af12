/* An intent-to-encrypt marking of query analysis: a binary of subtype 6 whose first byte is 0, then a document. API sheet 3.6. */
#ifndef FLP_SCHEMA_MARKING_H
#define FLP_SCHEMA_MARKING_H

#include "ref/base/bson_walk.h"
#include "ref/mongocrypt/errors.h"

#define FLP_MARKING_SUBTYPE 0u
#define FLP_MARKING_SUBTYPE_QUERYABLE 3u

/* Views point into the marking. */
typedef struct {
   bool deterministic;
   flp_view_t key_id; /* 16 bytes, or empty: by name */
   flp_view_t key_alt_name;
   bool by_name;
   flp_bson_element_t v;
} flp_marking_t;

/* `blob` is the whole binary, its first byte 0. Errors E191 to E199. */
bool flp_marking_read(flp_marking_t *marking, flp_view_t blob, flp_status_t *status);

#endif
