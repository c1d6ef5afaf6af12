/* Drives contexts. states.def says what every call does in every state; a pair that it lacks is a wrong state. Rules CTX-1 to
 * CTX-11. */
#include "ref/mongocrypt/ctx/ctx.h"

#include "ref/mongocrypt/ctx/kinds.h"
#include "ref/mongocrypt/ctx/states.h"
#include "ref/mongocrypt/errors.h"

#include <stdlib.h>
#include <string.h>

#define STATE(name) MONGOCRYPT_CTX_##name

/* --- guards and actions that several kinds share ----------------------------------------------------------------- */

bool flp_when_keys_at_hand(const mongocrypt_ctx_t *ctx)
{
   return ctx->broker.n_missing == 0;
}

bool flp_do_ask_cache(mongocrypt_ctx_t *ctx, flp_ctx_io_t *io)
{
   (void)io;
   return flp_broker_ask_cache(&ctx->broker, &ctx->crypt->key_cache, &ctx->status);
}

bool flp_do_tell_key_filter(mongocrypt_ctx_t *ctx, flp_ctx_io_t *io)
{
   return flp_broker_filter(&ctx->broker, io->out, &ctx->status);
}

bool flp_do_feed_key(mongocrypt_ctx_t *ctx, flp_ctx_io_t *io)
{
   const flp_key_env_t env = {.providers = flp_ctx_providers(ctx), .cache = &ctx->crypt->key_cache, .crypto = &ctx->crypt->crypto};
   return flp_broker_feed(&ctx->broker, io->in, &env, &ctx->status);
}

bool flp_do_end_keys(mongocrypt_ctx_t *ctx, flp_ctx_io_t *io)
{
   (void)io;
   return flp_broker_done(&ctx->broker, &ctx->status);
}

/* --- errors that lead to ERROR --------------------------------------------------------------------------------------- */

bool flp_ctx_fail(mongocrypt_ctx_t *ctx)
{
   ctx->state = STATE(ERROR);
   return false;
}

bool flp_ctx_unsupported(mongocrypt_ctx_t *ctx, const char *feature)
{
   flp_error(&ctx->status, FLP_UNSUPPORTED, FLP_FACTS(flp_fact_text("feature", feature)));
   return flp_ctx_fail(ctx);
}

static bool wrong_state(mongocrypt_ctx_t *ctx, flp_event_t event)
{
   char wants[FLP_MAX_FACT_LEN + 1];
   const char *state = flp_ctx_state_name(ctx->state);
   flp_status_reset(&ctx->status); /* for the one call that speaks even after an error */
   flp_error(&ctx->status, FLP_E173,
             FLP_FACTS(flp_fact_text("call", flp_event_name(event)), flp_fact_text("state", state),
                       flp_fact_text("want", flp_event_wants(event, ctx->kind, wants, sizeof wants))));
   return flp_ctx_fail(ctx);
}

/* --- obeying the table ------------------------------------------------------------------------------------------------ */

static bool dispatch(mongocrypt_ctx_t *ctx, flp_event_t event, flp_ctx_io_t *io)
{
   const flp_state_row_t *row = flp_state_find(ctx, (flp_place_t)ctx->state, event);
   while (row) {
      if (row->action && !row->action(ctx, io)) {
         return flp_ctx_fail(ctx);
      }
      if (row->next < FLP_STATES) {
         ctx->state = (mongocrypt_ctx_state_t)row->next;
         return true;
      }
      row = flp_state_find(ctx, row->next, FLP_ON_PASS); /* a test sees that every crossroads has a way out for every kind */
   }
   return wrong_state(ctx, event);
}

/* Before an init every driving call spoils the context, even this call's own earlier error is overwritten (CTX-2, CTX-3). */
static bool check_initialized(mongocrypt_ctx_t *ctx, const char *call)
{
   if (ctx->initialized) {
      return true;
   }
   flp_status_reset(&ctx->status);
   flp_error(&ctx->status, FLP_E100, FLP_FACTS(flp_fact_text("object", "ctx"), flp_fact_text("call", call)));
   return flp_ctx_fail(ctx);
}

bool flp_ctx_refuse_null(mongocrypt_ctx_t *ctx, flp_error_t row, const char *call, const char *argument)
{
   flp_status_reset(&ctx->status);
   flp_error(&ctx->status, row, FLP_FACTS(flp_fact_text("call", call), flp_fact_text("argument", argument)));
   return flp_ctx_fail(ctx);
}

static bool drive(mongocrypt_ctx_t *ctx, flp_event_t event, flp_ctx_io_t *io)
{
   if (!check_initialized(ctx, flp_event_name(event))) {
      return false;
   }
   return ctx->state == STATE(ERROR) ? false : dispatch(ctx, event, io);
}

/* A NULL of the caller is told even in state ERROR. */
static bool drive_out(mongocrypt_ctx_t *ctx, flp_event_t event, flp_view_t *out, const char *argument)
{
   flp_ctx_io_t io = {.out = out};
   if (ctx->initialized && !out) {
      return flp_ctx_refuse_null(ctx, FLP_E175, flp_event_name(event), argument);
   }
   return drive(ctx, event, &io);
}

/* --- entry points ----------------------------------------------------------------------------------------------- */

mongocrypt_ctx_t *flp_ctx_new(mongocrypt_t *crypt)
{
   mongocrypt_ctx_t *ctx = malloc(sizeof *ctx);
   if (!ctx) {
      flp_handle_forget_error(crypt);
      flp_error_memory(&crypt->status, "ctx", sizeof *ctx);
      return NULL;
   }
   memset(ctx, 0, offsetof(struct _mongocrypt_ctx_t, status));
   flp_status_reset(&ctx->status);
   ctx->crypt = crypt;
   ctx->state = STATE(DONE);
   return ctx;
}

void flp_ctx_destroy(mongocrypt_ctx_t *ctx)
{
   if (!ctx) {
      return;
   }
   flp_decrypt_cleanup(ctx);
   flp_encrypt_cleanup(ctx);
   flp_broker_cleanup(&ctx->broker);
   flp_opts_cleanup(&ctx->opts);
   flp_kms_providers_cleanup(&ctx->given);
   flp_buf_cleanup(&ctx->input);
   flp_buf_cleanup(&ctx->output);
   free(ctx);
}

bool flp_ctx_may_set(const mongocrypt_ctx_t *ctx)
{
   return ctx->state != STATE(ERROR);
}

bool flp_ctx_begin(mongocrypt_ctx_t *ctx, flp_ctx_kind_t kind, flp_init_kind_t init)
{
   if (ctx->initialized) {
      flp_status_reset(&ctx->status);
      flp_error(&ctx->status, FLP_E101, FLP_FACTS(flp_fact_text("object", "ctx")));
      return flp_ctx_fail(ctx);
   }
   ctx->initialized = true;
   ctx->opts.closed = true;
   if (ctx->state == STATE(ERROR)) {
      return false; /* an option had failed */
   }
   ctx->kind = kind;
   return flp_ctx_opts_check(&ctx->opts, init, ctx->crypt, &ctx->status) ? true : flp_ctx_fail(ctx);
}

bool flp_ctx_start(mongocrypt_ctx_t *ctx)
{
   flp_ctx_io_t io = {0};
   return dispatch(ctx, FLP_ON_START, &io);
}

mongocrypt_ctx_state_t flp_ctx_state(mongocrypt_ctx_t *ctx)
{
   check_initialized(ctx, "state");
   return ctx->state;
}

bool flp_ctx_mongo_op(mongocrypt_ctx_t *ctx, flp_view_t *out)
{
   return drive_out(ctx, FLP_ON_MONGO_OP, out, "op_bson");
}

const char *flp_ctx_mongo_db(mongocrypt_ctx_t *ctx)
{
   flp_view_t text = {0};
   flp_ctx_io_t io = {.out = &text};
   return drive(ctx, FLP_ON_MONGO_DB, &io) ? (const char *)text.data : NULL;
}

bool flp_ctx_mongo_feed(mongocrypt_ctx_t *ctx, flp_view_t bytes)
{
   flp_ctx_io_t io = {.in = bytes};
   if (ctx->initialized && !bytes.data) {
      return flp_ctx_refuse_null(ctx, FLP_E176, flp_event_name(FLP_ON_MONGO_FEED), "reply");
   }
   return drive(ctx, FLP_ON_MONGO_FEED, &io);
}

bool flp_ctx_mongo_done(mongocrypt_ctx_t *ctx)
{
   flp_ctx_io_t io = {0};
   return drive(ctx, FLP_ON_MONGO_DONE, &io);
}

mongocrypt_kms_ctx_t *flp_ctx_next_kms_ctx(mongocrypt_ctx_t *ctx)
{
   flp_ctx_io_t io = {0};
   drive(ctx, FLP_ON_NEXT_KMS_CTX, &io);
   return NULL;
}

bool flp_ctx_kms_done(mongocrypt_ctx_t *ctx)
{
   flp_ctx_io_t io = {0};
   return drive(ctx, FLP_ON_KMS_DONE, &io);
}

bool flp_ctx_provide_kms_providers(mongocrypt_ctx_t *ctx, flp_view_t bytes)
{
   flp_ctx_io_t io = {.in = bytes};
   return check_initialized(ctx, flp_event_name(FLP_ON_PROVIDE_KMS_PROVIDERS)) && dispatch(ctx, FLP_ON_PROVIDE_KMS_PROVIDERS, &io);
}

bool flp_ctx_finalize(mongocrypt_ctx_t *ctx, flp_view_t *out)
{
   return drive_out(ctx, FLP_ON_FINALIZE, out, "out");
}
