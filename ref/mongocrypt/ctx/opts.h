/* The options of a context: one setter each, which checks in the order of the API sheet (3.3) and says what is wrong. Whether an option
 * is allowed at all is checks.h. Knows no context: the caller says by `closed` that init was called, and keeps the error. */
#ifndef FLP_CTX_OPTS_H
#define FLP_CTX_OPTS_H

#include "ref/mongocrypt/kms/kek.h"
#include "ref/mongocrypt/queryable/range_opts.h"
#include "ref/mongocrypt/queryable/text_opts.h"

#define FLP_UUID_LEN 16u
#define FLP_KEY_MATERIAL_LEN 96u

typedef enum { FLP_ALGORITHM_NONE = 0, FLP_ALGORITHM_DETERMINISTIC = 1, FLP_ALGORITHM_RANDOM = 2 } flp_algorithm_t;

typedef enum {
   FLP_INDEX_UNSET = 0,
   FLP_INDEX_NONE = 1, /* algorithm `Unindexed` */
   FLP_INDEX_EQUALITY = 2,
   FLP_INDEX_RANGE = 3,
   FLP_INDEX_STRING = 5,
} flp_index_type_t;

typedef enum {
   FLP_QUERY_UNSET = 0,
   FLP_QUERY_EQUALITY = 1,
   FLP_QUERY_RANGE = 2,
   FLP_QUERY_PREFIX = 4,
   FLP_QUERY_SUFFIX = 5,
   FLP_QUERY_SUBSTRING = 6,
   FLP_QUERY_PREFIX_PREVIEW = 7,
   FLP_QUERY_SUFFIX_PREVIEW = 8,
   FLP_QUERY_SUBSTRING_PREVIEW = 9,
} flp_query_type_t;

/* Zeroed memory is a valid value: nothing set. */
typedef struct {
   bool closed; /* an init was called: most setters refuse */

   bool has_key_id;
   uint8_t key_id[FLP_UUID_LEN];
   bool has_index_key_id;
   uint8_t index_key_id[FLP_UUID_LEN];

   flp_buf_t *key_alt_names; /* text without NUL, in the order of setting; may be empty strings */
   size_t n_key_alt_names;
   size_t cap_key_alt_names;

   flp_buf_t key_material; /* 96 bytes, or empty: not set. Secret. */

   flp_algorithm_t algorithm;
   flp_index_type_t index_type;
   flp_query_type_t query_type;
   bool has_contention_factor;
   int64_t contention_factor;
   flp_range_opts_t range;
   flp_text_opts_t text;

   flp_kek_t kek;
   bool has_kek;          /* a master key was set by one of the three ways */
   bool aws_endpoint_first; /* masterkey_aws_endpoint before masterkey_aws: `kek` is not complete (HZ-2) */
} flp_ctx_opts_t;

/* `data` with data NULL means that the caller gave NULL. Texts: the caller has measured them (rule LEN-1); `len_ok` is false for a
 * length below -1. */
bool flp_opts_set_key_id(flp_ctx_opts_t *opts, flp_view_t data, flp_status_t *status);
bool flp_opts_set_index_key_id(flp_ctx_opts_t *opts, flp_view_t data, flp_status_t *status);
bool flp_opts_add_key_alt_name(flp_ctx_opts_t *opts, flp_view_t document, flp_status_t *status);
bool flp_opts_set_key_material(flp_ctx_opts_t *opts, flp_view_t document, flp_status_t *status);
bool flp_opts_set_algorithm(flp_ctx_opts_t *opts, flp_view_t text, bool len_ok, flp_status_t *status);
bool flp_opts_set_query_type(flp_ctx_opts_t *opts, flp_view_t text, bool len_ok, flp_status_t *status);
bool flp_opts_set_contention_factor(flp_ctx_opts_t *opts, int64_t value, flp_status_t *status);
bool flp_opts_set_range(flp_ctx_opts_t *opts, flp_view_t document, flp_status_t *status);
bool flp_opts_set_text(flp_ctx_opts_t *opts, flp_view_t document, flp_status_t *status);
bool flp_opts_set_kek(flp_ctx_opts_t *opts, flp_view_t document, flp_status_t *status);
bool flp_opts_set_kek_local(flp_ctx_opts_t *opts, flp_status_t *status);
bool flp_opts_set_kek_aws(flp_ctx_opts_t *opts, flp_view_t region, bool region_len_ok, flp_view_t cmk, bool cmk_len_ok,
                          flp_status_t *status);
bool flp_opts_set_kek_aws_endpoint(flp_ctx_opts_t *opts, flp_view_t endpoint, bool len_ok, flp_status_t *status);

/* Names as setters take them, for messages; "none" for unset. */
const char *flp_algorithm_name(flp_algorithm_t algorithm);
const char *flp_index_type_name(flp_index_type_t index_type);
const char *flp_query_type_name(flp_query_type_t query_type);

void flp_opts_cleanup(flp_ctx_opts_t *opts);

#endif
