/* One loop for every kind of context: the heart of any binding of libmongocrypt. The world is a folder: providers.json, a file for
 * each option and for the kind of context (see main), and for each question <kind>.<n>.json (documents, one after the other) or
 * kms.<n>.http (bytes), n counting from 1. A file that is not there is an answer without documents, or a connection that broke. */
#include <bson/bson.h>
#include <mongocrypt.h>
#include <stdio.h>

/* Newer than libmongocrypt 1.7. Weak, so that this file also links to an older library and sees what is missing. */
#define MAYBE __attribute__((weak))
enum { NEED_COLLINFO_WITH_DB = 8 };
MAYBE const char *mongocrypt_ctx_mongo_db(mongocrypt_ctx_t *ctx);
MAYBE int64_t mongocrypt_kms_ctx_usleep(mongocrypt_kms_ctx_t *kms);
MAYBE bool mongocrypt_kms_ctx_feed_with_retry(mongocrypt_kms_ctx_t *kms, mongocrypt_binary_t *bytes, bool *should_retry);
MAYBE bool mongocrypt_kms_ctx_fail(mongocrypt_kms_ctx_t *kms);
MAYBE bool mongocrypt_setopt_enable_multiple_collinfo(mongocrypt_t *crypt);
MAYBE void mongocrypt_setopt_use_need_mongo_collinfo_with_db_state(mongocrypt_t *crypt);

typedef bool (*document_fn)(mongocrypt_ctx_t *, mongocrypt_binary_t *);
static mongocrypt_t *library;
static int rounds[9]; /* by state: how often it was answered */
static const char *folder, *const kinds[9] = {"", "collinfo", "markings", "keys", "kms", "", "", "credentials", "collinfo"};

/* Gives every document of a file to a function. The library copies: document and binary may go at once. */
static bool give_file(mongocrypt_ctx_t *ctx, const char *name, document_fn function)
{
   char path[4096];
   snprintf(path, sizeof path, "%s/%s.json", folder, name);
   bson_json_reader_t *reader = bson_json_reader_new_from_file(path, NULL);
   bson_t doc = BSON_INITIALIZER;
   bool ok = true;
   while (ok && reader && bson_json_reader_read(reader, &doc, NULL) == 1) {
      mongocrypt_binary_t *bin = mongocrypt_binary_new_from_data((uint8_t *)bson_get_data(&doc), doc.len);
      ok = function(ctx, bin);
      mongocrypt_binary_destroy(bin);
      bson_reinit(&doc);
   }
   bson_destroy(&doc);
   bson_json_reader_destroy(reader);
   return ok;
}

static bool answer_documents(mongocrypt_ctx_t *ctx, int state, document_fn function)
{
   char name[64];
   snprintf(name, sizeof name, "%s.%d", kinds[state], ++rounds[state]);
   return give_file(ctx, name, function);
}

static void show(FILE *to, const char *what, const char *db, mongocrypt_binary_t *bin)
{
   bson_t doc;
   bool is_doc = bson_init_static(&doc, mongocrypt_binary_data(bin), mongocrypt_binary_len(bin));
   char *json = is_doc ? bson_as_canonical_extended_json(&doc, NULL) : NULL;
   fprintf(to, "%s %s%s\n", what, db, json ? json : "nothing");
   bson_free(json);
}

static bool answer_mongo(mongocrypt_ctx_t *ctx, int state)
{
   mongocrypt_binary_t *op = mongocrypt_binary_new();
   bool ok = mongocrypt_ctx_mongo_op(ctx, op); /* a filter or a command; the bytes are the context's */
   if (ok) { show(stderr, kinds[state], state == NEED_COLLINFO_WITH_DB ? mongocrypt_ctx_mongo_db(ctx) : "", op); }
   mongocrypt_binary_destroy(op);
   return ok && answer_documents(ctx, state, mongocrypt_ctx_mongo_feed) && mongocrypt_ctx_mongo_done(ctx);
}

static bool answer_kms(mongocrypt_ctx_t *ctx)
{
   bool ok = true;
   for (mongocrypt_kms_ctx_t *kms; ok && (kms = mongocrypt_ctx_next_kms_ctx(ctx)) != NULL;) {
      char path[4096];
      uint8_t chunk[1024];
      const char *endpoint = "";
      bool again = false;
      ok = mongocrypt_kms_ctx_endpoint(kms, &endpoint);
      fprintf(stderr, "kms: %s in %lld us\n", endpoint, mongocrypt_kms_ctx_usleep ? (long long)mongocrypt_kms_ctx_usleep(kms) : 0);
      snprintf(path, sizeof path, "%s/kms.%d.http", folder, ++rounds[MONGOCRYPT_CTX_NEED_KMS]);
      FILE *reply = fopen(path, "rb"); /* a binding: sleep, connect with TLS, send mongocrypt_kms_ctx_message */
      for (uint32_t want; ok && !again && (want = mongocrypt_kms_ctx_bytes_needed(kms)) > 0;) {
         size_t got = reply ? fread(chunk, 1, want < sizeof chunk ? want : sizeof chunk, reply) : 0;
         mongocrypt_binary_t *bin = mongocrypt_binary_new_from_data(chunk, (uint32_t)got);
         if (got == 0) { /* the connection broke: may the request be sent again? */
            ok = again = mongocrypt_kms_ctx_fail && mongocrypt_kms_ctx_fail(kms);
         } else if (mongocrypt_kms_ctx_feed_with_retry) {
            ok = mongocrypt_kms_ctx_feed_with_retry(kms, bin, &again);
         } else {
            ok = mongocrypt_kms_ctx_feed(kms, bin);
         }
         mongocrypt_binary_destroy(bin);
      }
      if (reply) { fclose(reply); }
   }
   return ok && mongocrypt_ctx_kms_done(ctx);
}

static bool run(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *result)
{
   for (bool ok = true; ok;) {
      int state = (int)mongocrypt_ctx_state(ctx);
      switch (state) {
      case MONGOCRYPT_CTX_NEED_MONGO_COLLINFO:
      case NEED_COLLINFO_WITH_DB:
      case MONGOCRYPT_CTX_NEED_MONGO_MARKINGS:
      case MONGOCRYPT_CTX_NEED_MONGO_KEYS: ok = answer_mongo(ctx, state); break;
      case MONGOCRYPT_CTX_NEED_KMS: ok = answer_kms(ctx); break;
      case MONGOCRYPT_CTX_NEED_KMS_CREDENTIALS: ok = answer_documents(ctx, state, mongocrypt_ctx_provide_kms_providers); break;
      case MONGOCRYPT_CTX_READY: ok = mongocrypt_ctx_finalize(ctx, result); break; /* bytes live as long as the context */
      case MONGOCRYPT_CTX_DONE: return true;
      default: return false; /* MONGOCRYPT_CTX_ERROR: see mongocrypt_ctx_status */
      }
   }
   return false;
}

static bool providers(mongocrypt_ctx_t *c, mongocrypt_binary_t *doc) { return !c && mongocrypt_setopt_kms_providers(library, doc); }
static bool schema_map(mongocrypt_ctx_t *c, mongocrypt_binary_t *doc) { return !c && mongocrypt_setopt_schema_map(library, doc); }
static bool encrypt(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *cmd) { return mongocrypt_ctx_encrypt_init(ctx, "db", -1, cmd); }
static bool datakey(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *kek)
{
   return mongocrypt_ctx_setopt_key_encryption_key(ctx, kek) && mongocrypt_ctx_datakey_init(ctx);
}
static bool explicit_encrypt(mongocrypt_ctx_t *c, mongocrypt_binary_t *msg)
{
   return mongocrypt_ctx_setopt_algorithm(c, MONGOCRYPT_ALGORITHM_DETERMINISTIC_STR, -1) && mongocrypt_ctx_explicit_encrypt_init(c, msg);
}

int main(int argc, char **argv)
{
   folder = argc > 1 ? argv[1] : ".";
   library = mongocrypt_new();
   mongocrypt_setopt_use_need_kms_credentials_state(library);
   if (mongocrypt_setopt_enable_multiple_collinfo) { mongocrypt_setopt_enable_multiple_collinfo(library); }
   if (mongocrypt_setopt_use_need_mongo_collinfo_with_db_state) { mongocrypt_setopt_use_need_mongo_collinfo_with_db_state(library); }
   bool ok = give_file(NULL, "providers", providers) && give_file(NULL, "schema_map", schema_map) && mongocrypt_init(library);
   mongocrypt_ctx_t *ctx = ok ? mongocrypt_ctx_new(library) : NULL;
   mongocrypt_binary_t *result = mongocrypt_binary_new();
   mongocrypt_status_t *status = mongocrypt_status_new();
   ok = ok && give_file(ctx, "key_alt_name", mongocrypt_ctx_setopt_key_alt_name) && give_file(ctx, "datakey", datakey) &&
        give_file(ctx, "explicit_encrypt", explicit_encrypt) && give_file(ctx, "encrypt", encrypt) &&
        give_file(ctx, "decrypt", mongocrypt_ctx_decrypt_init) && give_file(ctx, "new_key", mongocrypt_ctx_setopt_key_encryption_key) &&
        give_file(ctx, "rewrap", mongocrypt_ctx_rewrap_many_datakey_init) && run(ctx, result);
   (void)(ctx ? mongocrypt_ctx_status(ctx, status) : mongocrypt_status(library, status));
   if (ok) { show(stdout, "result", "", result); }
   if (!ok) { fprintf(stderr, "error: %s\n", mongocrypt_status_message(status, NULL)); }
   mongocrypt_status_destroy(status);
   mongocrypt_binary_destroy(result);
   mongocrypt_ctx_destroy(ctx);
   mongocrypt_destroy(library);
   return ok ? 0 : 1;
}
