/* What several setters of context options say. All return false when they say it. */
#ifndef FLP_CTX_OPTS_SAID_H
#define FLP_CTX_OPTS_SAID_H

#include "ref/mongocrypt/ctx/opts.h"
#include "ref/mongocrypt/errors.h"

/* Are options still taken? */
bool flp_opts_open(const flp_ctx_opts_t *opts, const char *option, flp_status_t *status);

bool flp_opts_twice(flp_error_t row, const char *option, flp_status_t *status);
bool flp_opts_null(flp_error_t row, const char *call, const char *argument, flp_status_t *status);
bool flp_opts_invalid(flp_error_t row, const char *option, const char *reason, flp_status_t *status);

#endif
