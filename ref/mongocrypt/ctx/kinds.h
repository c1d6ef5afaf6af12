/* What the kinds of contexts give to the state table, and what they take from it. Internal to this folder. */
#ifndef FLP_CTX_KINDS_H
#define FLP_CTX_KINDS_H

#include "ref/mongocrypt/ctx/ctx.h"
#include "ref/mongocrypt/errors.h"

/* What a driving call brings and takes. */
typedef struct {
   flp_view_t in;
   flp_view_t *out;
} flp_ctx_io_t;

/* Checks that come first in every init: not twice, not after an error, options (API sheet 3.2). From here on options are closed. */
bool flp_ctx_begin(mongocrypt_ctx_t *ctx, flp_ctx_kind_t kind, flp_init_kind_t init);

/* A NULL of the caller: told whatever was before. Returns false. */
bool flp_ctx_refuse_null(mongocrypt_ctx_t *ctx, flp_error_t row, const char *call, const char *argument);

/* Ends an init: asks the key cache for all requests at once and enters the first state. */
bool flp_ctx_start(mongocrypt_ctx_t *ctx);

/* Actions of state READY. On success `io->out` is a view into the context. */
bool flp_datakey_finalize(mongocrypt_ctx_t *ctx, flp_ctx_io_t *io);
bool flp_explicit_encrypt_finalize(mongocrypt_ctx_t *ctx, flp_ctx_io_t *io);
bool flp_decrypt_finalize(mongocrypt_ctx_t *ctx, flp_ctx_io_t *io);

/* Frees what the decrypt kind holds. */
void flp_decrypt_cleanup(mongocrypt_ctx_t *ctx);

/* For what is not built: an error of class UNSUPPORTED. */
bool flp_ctx_unsupported(mongocrypt_ctx_t *ctx, const char *feature);

#endif
