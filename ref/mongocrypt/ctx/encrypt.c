/* Automatic encryption: the arguments are checked, the rest is not built. */
#include "ref/mongocrypt/bson_check.h"
#include "ref/mongocrypt/ctx/kinds.h"
#include "ref/mongocrypt/errors.h"

#include <string.h>

#define EMPTY_DOCUMENT_LEN 5u

static bool refuse_db(mongocrypt_ctx_t *ctx, const char *reason)
{
   flp_error(&ctx->status, FLP_E146, FLP_FACTS(flp_fact_text("option", "db"), flp_fact_text("reason", reason)));
   return flp_ctx_fail(ctx);
}

static bool check_db(mongocrypt_ctx_t *ctx, const char *db, int32_t db_len)
{
   if (db_len < -1) {
      return refuse_db(ctx, "length");
   }
   flp_view_t text = flp_view(db, db_len == -1 ? strlen(db) : (size_t)db_len);
   if (text.len == 0) {
      return refuse_db(ctx, "empty");
   }
   return flp_utf8_valid(text, false) ? true : refuse_db(ctx, "utf8");
}

static bool check_command(mongocrypt_ctx_t *ctx, flp_view_t cmd)
{
   if (!cmd.data) {
      return flp_ctx_refuse_null(ctx, FLP_E147, "encrypt_init", "cmd");
   }
   if (!flp_bson_check(cmd, FLP_E148, "command", &ctx->status)) {
      return flp_ctx_fail(ctx);
   }
   if (cmd.len == EMPTY_DOCUMENT_LEN) {
      flp_error(&ctx->status, FLP_E149, FLP_FACTS(flp_fact_text("reason", "empty")));
      return flp_ctx_fail(ctx);
   }
   return true;
}

bool flp_ctx_encrypt_init(mongocrypt_ctx_t *ctx, const char *db, int32_t db_len, flp_view_t cmd)
{
   if (!db) { /* told before the context counts as initialised (CTX-3) */
      flp_status_reset(&ctx->status);
      return refuse_db(ctx, "null");
   }
   if (!flp_ctx_begin(ctx, FLP_CTX_NONE, FLP_INIT_ENCRYPT) || !check_command(ctx, cmd) || !check_db(ctx, db, db_len)) {
      return false;
   }
   return flp_ctx_unsupported(ctx, "auto_encryption");
}
