/* A BSON value on its way into a ciphertext: which types may be encrypted, and the bytes that are sealed. Formats sheet 1.8. */
#ifndef FLP_CTX_VALUE_H
#define FLP_CTX_VALUE_H

#include "ref/base/bson_walk.h"
#include "ref/mongocrypt/ctx/opts.h"

/* E134 to E136. FLP_ALGORITHM_NONE stands for queryable encryption: only what no algorithm takes is refused. */
bool flp_value_may_encrypt(const flp_bson_element_t *value, flp_algorithm_t algorithm, flp_status_t *status);

/* The value bytes in their normal form, so that equal values give equal bytes. The element must come from a walk; `out` must be empty.
 * False only when memory is short. */
bool flp_value_normalise(const flp_bson_element_t *value, flp_buf_t *out);

/* The same as a view: of the element itself where there is but one spelling, else of `storage`, which is emptied first. */
bool flp_value_normal_view(const flp_bson_element_t *value, flp_buf_t *storage, flp_view_t *out);

#endif
