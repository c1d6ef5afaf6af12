/* Which options an init allows, as tables of rules in the order in which they are checked (API sheet 3.2 and 3.7).
 * Arguments of the init itself (documents, values) are not looked at here. */
#ifndef FLP_CTX_CHECKS_H
#define FLP_CTX_CHECKS_H

#include "ref/mongocrypt/ctx/opts.h"

typedef struct _mongocrypt_t flp_handle_t; /* handle.h */

typedef enum {
   FLP_INIT_ENCRYPT,
   FLP_INIT_DECRYPT, /* explicit_decrypt too */
   FLP_INIT_EXPLICIT_DECRYPT,
   FLP_INIT_EXPLICIT_ENCRYPT,
   FLP_INIT_EXPLICIT_EXPRESSION,
   FLP_INIT_DATAKEY,
   FLP_INIT_REWRAP,
   FLP_INIT_KINDS,
} flp_init_kind_t;

/* All rules on options that come before the arguments of the init: 3.2 for every kind, then rules 1 to 10 of 3.7 for the explicit ones. */
bool flp_ctx_opts_check(const flp_ctx_opts_t *opts, flp_init_kind_t kind, const flp_handle_t *handle, flp_status_t *status);

/* Rule 13 of 3.7, for the explicit kinds, after the message was checked: only an expression may have a range query. */
bool flp_ctx_query_check(const flp_ctx_opts_t *opts, flp_init_kind_t kind, flp_status_t *status);

/* What a setter or an init is called in errors (fact `init=`). */
const char *flp_init_name(flp_init_kind_t kind);

#endif
