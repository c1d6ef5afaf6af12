/* See the header. */
#include "ref/mongocrypt/ctx/test/support_calls.h"

#include <stdlib.h>
#include <string.h>

static bool mongo_op(mongocrypt_ctx_t *ctx, const drive_inputs_t *inputs)
{
   (void)inputs;
   mongocrypt_binary_t out = {0};
   return mongocrypt_ctx_mongo_op(ctx, &out);
}

static bool mongo_db(mongocrypt_ctx_t *ctx, const drive_inputs_t *inputs)
{
   (void)inputs;
   return mongocrypt_ctx_mongo_db(ctx) != NULL;
}

static bool mongo_feed(mongocrypt_ctx_t *ctx, const drive_inputs_t *inputs)
{
   mongocrypt_binary_t in = drive_in(inputs->reply);
   return mongocrypt_ctx_mongo_feed(ctx, &in);
}

static bool mongo_done(mongocrypt_ctx_t *ctx, const drive_inputs_t *inputs)
{
   (void)inputs;
   return mongocrypt_ctx_mongo_done(ctx);
}

static bool next_kms_ctx(mongocrypt_ctx_t *ctx, const drive_inputs_t *inputs)
{
   (void)inputs;
   return mongocrypt_ctx_next_kms_ctx(ctx) != NULL;
}

static bool kms_done(mongocrypt_ctx_t *ctx, const drive_inputs_t *inputs)
{
   (void)inputs;
   return mongocrypt_ctx_kms_done(ctx);
}

static bool provide_kms_providers(mongocrypt_ctx_t *ctx, const drive_inputs_t *inputs)
{
   mongocrypt_binary_t in = drive_in(inputs->credentials);
   return mongocrypt_ctx_provide_kms_providers(ctx, &in);
}

static bool finalize(mongocrypt_ctx_t *ctx, const drive_inputs_t *inputs)
{
   (void)inputs;
   mongocrypt_binary_t out = {0};
   return mongocrypt_ctx_finalize(ctx, &out);
}

const drive_call_t drive_calls[DRIVE_CALLS] = {
   {"mongo_op", mongo_op},
   {"mongo_db", mongo_db},
   {"mongo_feed", mongo_feed},
   {"mongo_done", mongo_done},
   {"next_kms_ctx", next_kms_ctx},
   {"kms_done", kms_done},
   {"provide_kms_providers", provide_kms_providers},
   {"finalize", finalize},
};

bool drive_call(const char *name, mongocrypt_ctx_t *ctx, const drive_inputs_t *inputs)
{
   for (size_t i = 0; i < DRIVE_CALLS; i++) {
      if (strcmp(drive_calls[i].name, name) == 0) {
         return drive_calls[i].make(ctx, inputs);
      }
   }
   abort();
}
