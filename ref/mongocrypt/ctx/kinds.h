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

/* Ends an init: enters the first state by event START. */
bool flp_ctx_start(mongocrypt_ctx_t *ctx);

/* Guards and actions of states.def. An action that tells something sets `io->out`, a view into the context. */
#define FLP_GUARD(name) bool flp_when_##name(const mongocrypt_ctx_t *ctx)
#define FLP_ACTION(name) bool flp_do_##name(mongocrypt_ctx_t *ctx, flp_ctx_io_t *io)

/* ctx.c */
FLP_GUARD(keys_at_hand);
FLP_ACTION(ask_cache);
FLP_ACTION(tell_key_filter);
FLP_ACTION(feed_key);
FLP_ACTION(end_keys);

/* credentials.c */
FLP_GUARD(credentials_on_demand);
FLP_GUARD(provider_on_demand);
FLP_ACTION(provide);

/* Where this context looks for providers. */
flp_kms_choice_t flp_ctx_providers(const mongocrypt_ctx_t *ctx);

/* datakey.c, explicit_encrypt.c, reveal.c */
FLP_ACTION(wrap_data_key);
FLP_ACTION(provide_and_wrap);
FLP_ACTION(finish_data_key);
FLP_ACTION(finish_explicit);
FLP_ACTION(finish_decrypt);

/* rewrap.c */
FLP_GUARD(no_key_fed);
FLP_ACTION(wrap_keys);
FLP_ACTION(finish_rewrap);
FLP_ACTION(refuse_finalize);

/* encrypt.c */
FLP_GUARD(bypassed);
FLP_GUARD(collinfo_wanted);
FLP_GUARD(collinfo_wanted_elsewhere);
FLP_GUARD(fields_name_keys);
FLP_GUARD(takes_tokens);
FLP_GUARD(analysis_bypassed);
FLP_GUARD(analysis_to_come);
FLP_ACTION(look_up_schemas);
FLP_ACTION(tell_collinfo_filter);
FLP_ACTION(tell_db);
FLP_ACTION(feed_collinfo);
FLP_ACTION(end_collinfo);
FLP_ACTION(ask_field_names);
FLP_ACTION(refuse_tokens);
FLP_ACTION(tell_analysis);

/* markings.c, finish_encrypt.c */
FLP_GUARD(asks_wire_version);
FLP_GUARD(analysis_too_old);
FLP_ACTION(tell_is_master);
FLP_ACTION(feed_wire_version);
FLP_ACTION(end_wire_version);
FLP_ACTION(feed_markings);
FLP_ACTION(end_markings);
FLP_ACTION(finish_encrypt);

/* Id of a key that was asked for by name, NULL if it is not there. `user` is an encrypt context. */
const uint8_t *flp_encrypt_key_of_name(flp_view_t name, void *user);

/* Free what these kinds hold; nothing for other kinds. */
void flp_decrypt_cleanup(mongocrypt_ctx_t *ctx);
void flp_encrypt_cleanup(mongocrypt_ctx_t *ctx);

/* For what is not built: an error of class UNSUPPORTED. */
bool flp_ctx_unsupported(mongocrypt_ctx_t *ctx, const char *feature);

#endif
