/* What a context has told its caller, where the answer changes from call to call: kept until the context is destroyed (OWN-3). The same
 * bytes are kept once. Internal to this folder. */
#ifndef FLP_CTX_TOLD_H
#define FLP_CTX_TOLD_H

#include "ref/mongocrypt/errors.h"

typedef struct flp_told_t flp_told_t; /* a list; NULL is an empty one */

/* Takes `bytes`, which is left empty in either case. `out` may be NULL. */
bool flp_told_take(flp_told_t **told, flp_buf_t *bytes, flp_view_t *out, flp_status_t *status);
void flp_told_destroy(flp_told_t *told);

#endif
