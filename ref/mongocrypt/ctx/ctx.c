/* Drives contexts. The table below says what every call does in every state; a pair that it lacks is a wrong state. Rules CTX-1 to
 * CTX-11. */
#include "ref/mongocrypt/ctx/ctx.h"

#include "ref/mongocrypt/ctx/kinds.h"
#include "ref/mongocrypt/errors.h"

#include <stdlib.h>
#include <string.h>

#define STATE(name) MONGOCRYPT_CTX_##name

typedef enum {
   EVENT_START, /* an init has succeeded */
   EVENT_MONGO_OP,
   EVENT_MONGO_DB,
   EVENT_MONGO_FEED,
   EVENT_MONGO_DONE,
   EVENT_NEXT_KMS_CTX,
   EVENT_KMS_DONE,
   EVENT_PROVIDE,
   EVENT_FINALIZE,
} event_t;

/* For errors: the call, and the state that it is made for. */
static const struct {
   const char *call;
   const char *wants;
} events[] = {
   [EVENT_START] = {"init", "none"},
   [EVENT_MONGO_OP] = {"mongo_op", "NEED_MONGO_KEYS"},
   [EVENT_MONGO_DB] = {"mongo_db", "NEED_MONGO_COLLINFO_WITH_DB"},
   [EVENT_MONGO_FEED] = {"mongo_feed", "NEED_MONGO_KEYS"},
   [EVENT_MONGO_DONE] = {"mongo_done", "NEED_MONGO_KEYS"},
   [EVENT_NEXT_KMS_CTX] = {"next_kms_ctx", "NEED_KMS"},
   [EVENT_KMS_DONE] = {"kms_done", "NEED_KMS"},
   [EVENT_PROVIDE] = {"provide_kms_providers", "NEED_KMS_CREDENTIALS"},
   [EVENT_FINALIZE] = {"finalize", "READY"},
};

static const char *const state_names[] = {
   [STATE(ERROR)] = "ERROR",
   [STATE(NEED_MONGO_COLLINFO)] = "NEED_MONGO_COLLINFO",
   [STATE(NEED_MONGO_MARKINGS)] = "NEED_MONGO_MARKINGS",
   [STATE(NEED_MONGO_KEYS)] = "NEED_MONGO_KEYS",
   [STATE(NEED_KMS)] = "NEED_KMS",
   [STATE(READY)] = "READY",
   [STATE(DONE)] = "DONE",
   [STATE(NEED_KMS_CREDENTIALS)] = "NEED_KMS_CREDENTIALS",
   [STATE(NEED_MONGO_COLLINFO_WITH_DB)] = "NEED_MONGO_COLLINFO_WITH_DB",
};

const char *flp_ctx_state_name(mongocrypt_ctx_state_t state)
{
   size_t at = (size_t)state;
   return at < sizeof state_names / sizeof state_names[0] ? state_names[at] : "unknown";
}

/* --- guards and actions that several kinds share ----------------------------------------------------------------- */

static bool keys_missing(const mongocrypt_ctx_t *ctx)
{
   return ctx->broker.n_missing > 0;
}

static bool before_keys(mongocrypt_ctx_t *ctx, flp_ctx_io_t *io)
{
   (void)io;
   return flp_ctx_credentials_check(ctx->crypt, &ctx->status);
}

static bool ask_keys(mongocrypt_ctx_t *ctx, flp_ctx_io_t *io)
{
   return flp_broker_filter(&ctx->broker, io->out, &ctx->status);
}

static bool feed_key(mongocrypt_ctx_t *ctx, flp_ctx_io_t *io)
{
   const flp_key_env_t env = {.providers = &ctx->crypt->providers, .cache = &ctx->crypt->key_cache, .crypto = &ctx->crypt->crypto};
   return flp_broker_feed(&ctx->broker, io->in, &env, &ctx->status);
}

static bool end_keys(mongocrypt_ctx_t *ctx, flp_ctx_io_t *io)
{
   (void)io;
   return flp_broker_done(&ctx->broker, &ctx->status);
}

/* --- the table -------------------------------------------------------------------------------------------------- */

#define USES_KEYS (FLP_CTX_EXPLICIT_ENCRYPT | FLP_CTX_DECRYPT)

static const struct {
   unsigned kinds;
   mongocrypt_ctx_state_t state;
   event_t event;
   bool (*guard)(const mongocrypt_ctx_t *ctx);
   bool (*action)(mongocrypt_ctx_t *ctx, flp_ctx_io_t *io);
   mongocrypt_ctx_state_t next;
} table[] = {
   /* kinds, state, event, guard, action, next: the first row that fits counts. Failure of an action leads to ERROR. */
   {FLP_CTX_DATAKEY, STATE(DONE), EVENT_START, NULL, NULL, STATE(READY)},
   {FLP_CTX_DATAKEY, STATE(READY), EVENT_FINALIZE, NULL, flp_datakey_finalize, STATE(DONE)},

   {USES_KEYS, STATE(DONE), EVENT_START, keys_missing, before_keys, STATE(NEED_MONGO_KEYS)},
   {USES_KEYS, STATE(DONE), EVENT_START, NULL, NULL, STATE(READY)},
   {USES_KEYS, STATE(NEED_MONGO_KEYS), EVENT_MONGO_OP, NULL, ask_keys, STATE(NEED_MONGO_KEYS)},
   {USES_KEYS, STATE(NEED_MONGO_KEYS), EVENT_MONGO_FEED, NULL, feed_key, STATE(NEED_MONGO_KEYS)},
   {USES_KEYS, STATE(NEED_MONGO_KEYS), EVENT_MONGO_DONE, NULL, end_keys, STATE(READY)},
   {FLP_CTX_EXPLICIT_ENCRYPT, STATE(READY), EVENT_FINALIZE, NULL, flp_explicit_encrypt_finalize, STATE(DONE)},
   {FLP_CTX_DECRYPT, STATE(READY), EVENT_FINALIZE, NULL, flp_decrypt_finalize, STATE(DONE)},
};

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

static bool wrong_state(mongocrypt_ctx_t *ctx, event_t event)
{
   const char *state = flp_ctx_state_name(ctx->state);
   flp_status_reset(&ctx->status); /* for the one call that speaks even after an error */
   flp_error(
      &ctx->status, FLP_E173,
      FLP_FACTS(flp_fact_text("call", events[event].call), flp_fact_text("state", state), flp_fact_text("want", events[event].wants)));
   return flp_ctx_fail(ctx);
}

static bool dispatch(mongocrypt_ctx_t *ctx, event_t event, flp_ctx_io_t *io)
{
   for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
      if ((table[i].kinds & ctx->kind) == 0 || table[i].state != ctx->state || table[i].event != event ||
          (table[i].guard && !table[i].guard(ctx))) {
         continue;
      }
      if (table[i].action && !table[i].action(ctx, io)) {
         return flp_ctx_fail(ctx);
      }
      ctx->state = table[i].next;
      return true;
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

static bool drive(mongocrypt_ctx_t *ctx, event_t event, flp_ctx_io_t *io)
{
   if (!check_initialized(ctx, events[event].call)) {
      return false;
   }
   return ctx->state == STATE(ERROR) ? false : dispatch(ctx, event, io);
}

/* A NULL of the caller is told even in state ERROR. */
static bool drive_out(mongocrypt_ctx_t *ctx, event_t event, flp_view_t *out)
{
   flp_ctx_io_t io = {.out = out};
   if (ctx->initialized && !out) {
      return flp_ctx_refuse_null(ctx, FLP_E175, events[event].call, "out");
   }
   return drive(ctx, event, &io);
}

/* --- entry points ----------------------------------------------------------------------------------------------- */

mongocrypt_ctx_t *flp_ctx_new(mongocrypt_t *crypt)
{
   mongocrypt_ctx_t *ctx = malloc(sizeof *ctx);
   if (!ctx) {
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
   flp_broker_cleanup(&ctx->broker);
   flp_opts_cleanup(&ctx->opts);
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
   if (!flp_broker_ask_cache(&ctx->broker, &ctx->crypt->key_cache, &ctx->status)) {
      return flp_ctx_fail(ctx);
   }
   flp_ctx_io_t io = {0};
   return dispatch(ctx, EVENT_START, &io);
}

mongocrypt_ctx_state_t flp_ctx_state(mongocrypt_ctx_t *ctx)
{
   check_initialized(ctx, "state");
   return ctx->state;
}

bool flp_ctx_mongo_op(mongocrypt_ctx_t *ctx, flp_view_t *out)
{
   return drive_out(ctx, EVENT_MONGO_OP, out);
}

const char *flp_ctx_mongo_db(mongocrypt_ctx_t *ctx)
{
   flp_ctx_io_t io = {0};
   drive(ctx, EVENT_MONGO_DB, &io);
   return NULL;
}

bool flp_ctx_mongo_feed(mongocrypt_ctx_t *ctx, flp_view_t bytes)
{
   flp_ctx_io_t io = {.in = bytes};
   if (ctx->initialized && !bytes.data) {
      return flp_ctx_refuse_null(ctx, FLP_E176, events[EVENT_MONGO_FEED].call, "reply");
   }
   return drive(ctx, EVENT_MONGO_FEED, &io);
}

bool flp_ctx_mongo_done(mongocrypt_ctx_t *ctx)
{
   flp_ctx_io_t io = {0};
   return drive(ctx, EVENT_MONGO_DONE, &io);
}

mongocrypt_kms_ctx_t *flp_ctx_next_kms_ctx(mongocrypt_ctx_t *ctx)
{
   flp_ctx_io_t io = {0};
   drive(ctx, EVENT_NEXT_KMS_CTX, &io);
   return NULL;
}

bool flp_ctx_kms_done(mongocrypt_ctx_t *ctx)
{
   flp_ctx_io_t io = {0};
   return drive(ctx, EVENT_KMS_DONE, &io);
}

bool flp_ctx_provide_kms_providers(mongocrypt_ctx_t *ctx, flp_view_t bytes)
{
   flp_ctx_io_t io = {.in = bytes};
   return check_initialized(ctx, events[EVENT_PROVIDE].call) && dispatch(ctx, EVENT_PROVIDE, &io);
}

bool flp_ctx_finalize(mongocrypt_ctx_t *ctx, flp_view_t *out)
{
   return drive_out(ctx, EVENT_FINALIZE, out);
}
