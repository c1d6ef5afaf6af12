/* A context: one piece of work, driven through its states by the caller. Here: what all kinds share, the entry points of the exported
 * functions, and the table of states (ctx.c). Each kind has its own file.
 * Ownership: inputs are copied before a call returns; outputs live in the context until it is destroyed (OWN-2, OWN-3).
 * Errors: every function here stores its error in the context, moves it to state ERROR and returns false (STS-6). */
#ifndef FLP_CTX_CTX_H
#define FLP_CTX_CTX_H

#include "ref/mongocrypt/ctx/checks.h"
#include "ref/mongocrypt/ctx/opts.h"
#include "ref/mongocrypt/ctx/sites.h"
#include "ref/mongocrypt/ctx/told.h"
#include "ref/mongocrypt/handle.h"
#include "ref/mongocrypt/key/broker.h"
#include "ref/mongocrypt/schema/schemas.h"

#include "mongocrypt/mongocrypt.h"

/* Kinds as bits, so that a row of the state table can name several. */
typedef enum {
   FLP_CTX_NONE = 0, /* no init yet */
   FLP_CTX_DATAKEY = 1,
   FLP_CTX_EXPLICIT_ENCRYPT = 2,
   FLP_CTX_DECRYPT = 4, /* of a document or of one value */
   FLP_CTX_ENCRYPT = 8, /* of a command */
   FLP_CTX_REWRAP = 16,
} flp_ctx_kind_t;

struct _mongocrypt_ctx_t {
   mongocrypt_t *crypt; /* borrowed: outlives the context (OWN-8) */
   flp_ctx_kind_t kind;
   mongocrypt_ctx_state_t state; /* DONE until an init (CTX-1) */
   bool initialized;
   flp_ctx_opts_t opts;
   flp_kms_providers_t given; /* credentials for this context alone */
   flp_key_broker_t broker;
   flp_buf_t input;  /* the document given at init; for explicit encryption the value in its sealed form, for data keys the wrapped ones */
   flp_buf_t output; /* what finalize returned, but for decryption: there it is in `input` */
   union {
      struct {
         flp_key_request_t *request;
         uint8_t bson_type;
      } value;
      struct {
         flp_sites_t sites; /* in `input` */
         bool revealed;     /* `input` has become output, or was on the way to it: it holds plaintext */
      } decrypt;
      struct {
         flp_buf_t db;          /* of the command, as given */
         flp_command_t command; /* views into `input` and `db` */
         flp_schemas_t schemas;
         bool knows_wire_version;
         bool analysed;
         bool has_result;
         int32_t wire_version; /* of mongocryptd; 0: not told */
         flp_buf_t result;     /* the command as query analysis marked it */
         flp_sites_t sites;    /* in `result` */
         flp_buf_t analysis;   /* the command for query analysis, made once (OWN-10) */
         flp_told_t *told;
      } encrypt;
   } of;                /* by kind */
   flp_status_t status; /* last: its text need not be zeroed */
};

/* NULL when memory is short: then, and only then, the status of the handle is set. The handle is initialised. */
mongocrypt_ctx_t *flp_ctx_new(mongocrypt_t *crypt);
void flp_ctx_destroy(mongocrypt_ctx_t *ctx); /* NULL is fine */

/* Moves to ERROR and returns false. For callers that have put an error in `ctx->status`. */
bool flp_ctx_fail(mongocrypt_ctx_t *ctx);

/* May an option be set now? False after an error (CTX-8); whether it is too late is for opts.h. */
bool flp_ctx_may_set(const mongocrypt_ctx_t *ctx);

/* Inits. The view is what the caller gave: data NULL if the binary or its data is NULL. */
bool flp_ctx_datakey_init(mongocrypt_ctx_t *ctx);
bool flp_ctx_explicit_encrypt_init(mongocrypt_ctx_t *ctx, flp_view_t msg);
bool flp_ctx_explicit_encrypt_expression_init(mongocrypt_ctx_t *ctx, flp_view_t msg);
bool flp_ctx_decrypt_init(mongocrypt_ctx_t *ctx, flp_view_t doc);
bool flp_ctx_explicit_decrypt_init(mongocrypt_ctx_t *ctx, flp_view_t msg);
bool flp_ctx_encrypt_init(mongocrypt_ctx_t *ctx, const char *db, int32_t db_len, flp_view_t cmd);
bool flp_ctx_rewrap_many_datakey_init(mongocrypt_ctx_t *ctx, flp_view_t filter, bool is_null); /* is_null: the binary itself is */

/* Driving. `out` NULL is an error of the caller (E175), `bytes.data` NULL too (E176, E215). Views are valid until destroy. */
mongocrypt_ctx_state_t flp_ctx_state(mongocrypt_ctx_t *ctx);
bool flp_ctx_mongo_op(mongocrypt_ctx_t *ctx, flp_view_t *out);
const char *flp_ctx_mongo_db(mongocrypt_ctx_t *ctx);
bool flp_ctx_mongo_feed(mongocrypt_ctx_t *ctx, flp_view_t bytes);
bool flp_ctx_mongo_done(mongocrypt_ctx_t *ctx);
mongocrypt_kms_ctx_t *flp_ctx_next_kms_ctx(mongocrypt_ctx_t *ctx);
bool flp_ctx_kms_done(mongocrypt_ctx_t *ctx);
bool flp_ctx_provide_kms_providers(mongocrypt_ctx_t *ctx, flp_view_t bytes);
bool flp_ctx_finalize(mongocrypt_ctx_t *ctx, flp_view_t *out);

/* Name of a state as the header has it, without its prefix: "NEED_MONGO_KEYS". */
const char *flp_ctx_state_name(mongocrypt_ctx_state_t state);

#endif
