/* The fake subject. It allocates, draws random bytes and reads the clock by the names that the host owns. */
#include "runner/host/abi/test/support_fake.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

fake_t fake;

typedef struct {
   uint32_t type, code;
   char message[64];
} status_t;

typedef struct {
   status_t status;
} crypt_t;

typedef struct {
   status_t status;
   uint32_t got;
   bool again;
} kms_t;

typedef struct {
   crypt_t *crypt;
   status_t status;
   uint32_t state;
   bool handed_out;
   kms_t kms;
   int retries;
   uint64_t result_marker;
   uint8_t result[128];
   uint32_t result_len;
} ctx_t;

/* Made before any call: while a call is under way an allocation of libbson may be the one that fails, and libbson would abort. */
static bson_t *filter, *wrong_filter, *collinfo_filter;

enum { REPLY_LEN = 10, PIECE = 4 };

static bool fail(status_t *status, const char *text)
{
   status->type = status->code = 1;
   snprintf(status->message, sizeof status->message, "%s", text);
   return false;
}

static const char *version(uint32_t *len)
{
   if (len != NULL) {
      *len = 9;
   }
   return "1.2.3fake";
}

static status_t *status_new(void)
{
   fake.statuses++;
   return calloc(1, sizeof(status_t));
}

static void status_destroy(status_t *status)
{
   fake.statuses -= status != NULL;
   free(status);
}

static void status_set(status_t *status, uint32_t type, uint32_t code, const char *message, int32_t len)
{
   const size_t n = len < 0 ? strlen(message) : (size_t)len;
   status->type = type;
   status->code = code;
   snprintf(status->message, sizeof status->message, "%.*s", (int)n, message);
}

static uint32_t status_type(status_t *status)
{
   return status->type;
}

static uint32_t status_code(status_t *status)
{
   return status->code;
}

static const char *status_message(status_t *status, uint32_t *len)
{
   if (len != NULL) {
      *len = (uint32_t)strlen(status->message);
   }
   return status->type == 0 ? NULL : status->message;
}

static crypt_t *crypt_new(void)
{
   if (fake.at_new != NULL) {
      fake.at_new();
   }
   fake.handles++;
   return calloc(1, sizeof(crypt_t));
}

static void crypt_destroy(crypt_t *crypt)
{
   fake.handles -= crypt != NULL;
   free(crypt);
}

static bool crypt_status(crypt_t *crypt, status_t *out)
{
   *out = crypt->status;
   return out->type == 0;
}

static bool setopt_kms_providers(crypt_t *crypt, flp_abi_binary_t *providers)
{
   return providers->len > 5 || fail(&crypt->status, "no provider at all");
}

static bool init(crypt_t *crypt)
{
   return !fake.refuses_init || fail(&crypt->status, "init refused");
}

static ctx_t *ctx_new(crypt_t *crypt)
{
   ctx_t *ctx = crypt == NULL ? NULL : calloc(1, sizeof *ctx);
   if (ctx == NULL) {
      if (crypt != NULL) {
         fail(&crypt->status, "no memory for a context");
      }
      return NULL;
   }
   fake.contexts++;
   ctx->crypt = crypt;
   ctx->retries = fake.retries;
   return ctx;
}

static void ctx_destroy(ctx_t *ctx)
{
   if (ctx != NULL) {
      fake.contexts--;
   }
   free(ctx);
}

static bool ctx_status(ctx_t *ctx, status_t *out)
{
   *out = ctx->status;
   return out->type == 0;
}

static bool setopt_key_id(ctx_t *ctx, flp_abi_binary_t *id)
{
   if (fake.refuses_option) {
      return fail(&ctx->status, "option refused");
   }
   return id->len == 16 || fail(&ctx->status, "id has not 16 bytes");
}

static bool setopt_algorithm(ctx_t *ctx, const char *text, int32_t len)
{
   (void)ctx;
   const size_t n = len < 0 ? strlen(text) : (size_t)len;
   snprintf(fake.option_text, sizeof fake.option_text, "%.*s", (int)n, text);
   fake.option_len = len;
   return true;
}

static bool explicit_encrypt_init(ctx_t *ctx, flp_abi_binary_t *msg)
{
   ctx->state = fake.odd_state != 0 ? (uint32_t)fake.odd_state : 3;
   return msg != NULL;
}

/* Asks for the info of `c`; with odd_state 8 in the database that mongo_db names. */
static bool encrypt_init(ctx_t *ctx, const char *db, int32_t db_len, flp_abi_binary_t *cmd)
{
   (void)db_len;
   ctx->state = fake.odd_state != 0 ? (uint32_t)fake.odd_state : 1;
   return db != NULL && cmd != NULL;
}

static const char *mongo_db(ctx_t *ctx)
{
   (void)ctx;
   return "other";
}

static uint32_t ctx_state(ctx_t *ctx)
{
   return ctx->state;
}

static bool mongo_op(ctx_t *ctx, flp_abi_binary_t *out)
{
   const bool collinfo = ctx->state == 1 || ctx->state == 8;
   const bson_t *op = collinfo ? collinfo_filter : fake.wrong_filter ? wrong_filter : filter;
   out->data = (void *)(uintptr_t)bson_get_data(op);
   out->len = op->len;
   return true;
}

static bool mongo_feed(ctx_t *ctx, flp_abi_binary_t *reply)
{
   fake.feeds++;
   fake.kept = reply->data;
   memcpy(fake.kept_copy, reply->data, sizeof fake.kept_copy);
   return !fake.refuses_feed || fail(&ctx->status, "feed refused");
}

static bool mongo_done(ctx_t *ctx)
{
   ctx->state = fake.needs_kms ? 4 : 5;
   return true;
}

static kms_t *next_kms_ctx(ctx_t *ctx)
{
   if (ctx->handed_out && !ctx->kms.again) {
      return NULL;
   }
   ctx->handed_out = true;
   ctx->kms.again = false;
   return &ctx->kms;
}

static bool kms_message(kms_t *kms, flp_abi_binary_t *out)
{
   (void)kms;
   static char message[] = "POST me";
   *out = (flp_abi_binary_t){message, sizeof message - 1};
   return true;
}

static bool kms_endpoint(kms_t *kms, const char **out)
{
   (void)kms;
   *out = "kms.example:443";
   return true;
}

static const char *kms_provider(kms_t *kms, uint32_t *len)
{
   (void)kms;
   *len = 3;
   return "awsome"; /* the length says where it ends */
}

static uint32_t kms_bytes_needed(kms_t *kms)
{
   const uint32_t left = REPLY_LEN - kms->got;
   return left < PIECE ? left : PIECE;
}

static int64_t kms_usleep(kms_t *kms)
{
   (void)kms;
   return 2000000;
}

/* The context around a request; there is one each. */
static ctx_t *ctx_of(kms_t *kms)
{
   return (ctx_t *)(void *)((char *)kms - offsetof(ctx_t, kms));
}

static bool kms_feed(kms_t *kms, flp_abi_binary_t *bytes)
{
   fake.kms_feeds++;
   if (kms->got + bytes->len > REPLY_LEN) {
      return fail(&kms->status, "fed too much");
   }
   if (kms->got == 0 && bytes->len == fake.split_defect) {
      ctx_of(kms)->result_marker = 1;
   }
   kms->got += bytes->len;
   if (kms->got == REPLY_LEN && ctx_of(kms)->retries > 0) {
      ctx_of(kms)->retries--;
      kms->got = 0;
      kms->again = true;
   }
   return true;
}

static bool kms_fail(kms_t *kms)
{
   fake.kms_fails++;
   return fail(&kms->status, "network");
}

static bool kms_status(kms_t *kms, status_t *out)
{
   *out = kms->status;
   return out->type == 0;
}

static bool kms_done(ctx_t *ctx)
{
   ctx->state = 5;
   return ctx->kms.got == REPLY_LEN || fail(&ctx->status, "unfinished");
}

static bool setopt_key_encryption_key(ctx_t *ctx, flp_abi_binary_t *document)
{
   return (fake.makes_keys && document->len > 5) || fail(&ctx->status, "no data keys here");
}

static bool datakey_init(ctx_t *ctx)
{
   ctx->state = 5;
   return true;
}

static bool finalize(ctx_t *ctx, flp_abi_binary_t *out)
{
   unsigned char random[8] = {0};
   struct timespec now = {0};
   void *block = malloc(256);
   if (block == NULL) {
      return fail(&ctx->status, "no memory for the result");
   }
   memset(block, 0, 256);
   if (fake.secret != NULL) {
      memcpy((char *)block + 64, fake.secret, fake.secret_len);
   }
   __asm__ __volatile__("" : : "r"(block) : "memory"); /* else what is written just before free is not written */
   free(block);
   if (!fake.own_random) {
      RAND_bytes(random, sizeof random);
   }
   if (!fake.own_clock) {
      clock_gettime(CLOCK_REALTIME, &now);
   }
   bson_t result = BSON_INITIALIZER; /* small enough to need no heap */
   BSON_APPEND_BINARY(&result, "random", BSON_SUBTYPE_BINARY, random, sizeof random);
   BSON_APPEND_DATE_TIME(&result, "creationDate", (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
   BSON_APPEND_INT64(&result, "marker", (int64_t)ctx->result_marker);
   memcpy(ctx->result, bson_get_data(&result), result.len);
   ctx->result_len = result.len;
   bson_destroy(&result);
   *out = (flp_abi_binary_t){ctx->result, ctx->result_len};
   ctx->state = fake.stuck ? 5 : 6;
   return true;
}

static flp_abi_binary_t *binary_new_from_data(void *data, uint32_t len)
{
   flp_abi_binary_t *binary = malloc(sizeof *binary);
   fake.binaries++;
   *binary = (flp_abi_binary_t){data, len};
   return binary;
}

static void *binary_data(flp_abi_binary_t *binary)
{
   return binary == NULL ? NULL : binary->data;
}

static void binary_destroy(flp_abi_binary_t *binary)
{
   fake.binaries -= binary != NULL;
   free(binary);
}

static uint64_t crypt_shared_lib_version(crypt_t *crypt)
{
   (void)crypt;
   return UINT64_MAX;
}

typedef void (*function_t)(void);

static const struct {
   const char *name;
   function_t function;
} functions[] = {
   {"version", (function_t)version},
   {"status_new", (function_t)status_new},
   {"status_destroy", (function_t)status_destroy},
   {"status_set", (function_t)status_set},
   {"status_type", (function_t)status_type},
   {"status_code", (function_t)status_code},
   {"status_message", (function_t)status_message},
   {"new", (function_t)crypt_new},
   {"destroy", (function_t)crypt_destroy},
   {"status", (function_t)crypt_status},
   {"setopt_kms_providers", (function_t)setopt_kms_providers},
   {"init", (function_t)init},
   {"crypt_shared_lib_version", (function_t)crypt_shared_lib_version},
   {"ctx_new", (function_t)ctx_new},
   {"ctx_destroy", (function_t)ctx_destroy},
   {"ctx_status", (function_t)ctx_status},
   {"ctx_setopt_key_id", (function_t)setopt_key_id},
   {"ctx_setopt_algorithm", (function_t)setopt_algorithm},
   {"ctx_explicit_encrypt_init", (function_t)explicit_encrypt_init},
   {"ctx_encrypt_init", (function_t)encrypt_init},
   {"ctx_mongo_db", (function_t)mongo_db},
   {"ctx_setopt_key_encryption_key", (function_t)setopt_key_encryption_key},
   {"ctx_datakey_init", (function_t)datakey_init},
   {"ctx_state", (function_t)ctx_state},
   {"ctx_mongo_op", (function_t)mongo_op},
   {"ctx_mongo_feed", (function_t)mongo_feed},
   {"ctx_mongo_done", (function_t)mongo_done},
   {"ctx_next_kms_ctx", (function_t)next_kms_ctx},
   {"ctx_kms_done", (function_t)kms_done},
   {"ctx_finalize", (function_t)finalize},
   {"kms_ctx_message", (function_t)kms_message},
   {"kms_ctx_endpoint", (function_t)kms_endpoint},
   {"kms_ctx_get_kms_provider", (function_t)kms_provider},
   {"kms_ctx_bytes_needed", (function_t)kms_bytes_needed},
   {"kms_ctx_usleep", (function_t)kms_usleep},
   {"kms_ctx_feed", (function_t)kms_feed},
   {"kms_ctx_fail", (function_t)kms_fail},
   {"kms_ctx_status", (function_t)kms_status},
   {"binary_new_from_data", (function_t)binary_new_from_data},
   {"binary_data", (function_t)binary_data},
   {"binary_destroy", (function_t)binary_destroy},
};

flp_host_t *fake_host(void)
{
   static flp_library_t library;
   static flp_host_t host;
   static flp_page_t page;
   static const uint8_t id[16] = {'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a'};
   fake = (fake_t){0};
   if (filter == NULL) {
      collinfo_filter = BCON_NEW("name", BCON_UTF8("c"));
      wrong_filter = BCON_NEW("_id", BCON_INT32(1));
      filter = BCON_NEW("$or", "[", "{", "_id", "{", "$in", "[", BCON_BIN(BSON_SUBTYPE_UUID, id, 16), "]", "}", "}", "{", "keyAltNames",
                        "{", "$in", "[", "]", "}", "}", "]");
   }
   if (library.handle == NULL) {
      library.handle = &library;
      flp_library_describe(&library);
      for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
         library.symbols[flp_abi_find(functions[i].name) - flp_abi_functions] = functions[i].function;
      }
      flp_gate_init(&host.gate, &library, &page);
   }
   flp_outside_forget_secrets();
   flp_outside.count_allocations = true;
   return &host;
}

static json_t *run_frame(flp_host_t *host, flp_frame_t frame, const char *plan)
{
   bson_error_t error;
   bson_t *parsed = bson_new_from_json((const uint8_t *)plan, -1, &error);
   if (parsed == NULL) {
      fprintf(stderr, "test plan: %s\n%s\n", error.message, plan);
      abort();
   }
   bson_t *whole = BCON_NEW("plan", BCON_DOCUMENT(parsed));
   frame.nonce = "nonce";
   frame.now_ms = 1767225600000;
   frame.seed = 1;
   bson_iter_init_find(&frame.plan, whole, "plan");
   flp_run_case(host, &frame);

   const flp_lines_t *lines = &host->lines[0];
   json_t *events = json_array();
   for (size_t at = 0, seq = 0; at < lines->len; seq++) {
      const char *start = lines->data + at;
      const char *end = memchr(start, '\n', lines->len - at);
      json_t *event = end == NULL ? NULL : json_loadb(start, (size_t)(end - start), JSON_REJECT_DUPLICATES, NULL);
      if (event == NULL || strcmp(fake_text(event, "nonce"), "nonce") != 0 ||
          json_integer_value(json_object_get(event, "seq")) != (json_int_t)seq) {
         fprintf(stderr, "bad line: %.*s\n", (int)(lines->len - at), start);
         abort();
      }
      json_array_append_new(events, event);
      at += (size_t)(end - start) + 1;
   }
   bson_destroy(whole);
   bson_destroy(parsed);
   return events;
}

json_t *fake_run_as(flp_host_t *host, const char *id, const char *plan)
{
   return run_frame(host, (flp_frame_t){.id = id}, plan);
}

json_t *fake_sweep(flp_host_t *host, const char *plan, uint64_t points, bool forks)
{
   return run_frame(host, (flp_frame_t){.id = "a/case", .sweeps = true, .points = points, .forks = forks}, plan);
}

json_t *fake_run(flp_host_t *host, const char *plan)
{
   return fake_run_as(host, "a/case", plan);
}

const json_t *fake_event(const json_t *events, const char *kind, size_t n)
{
   for (size_t i = 0; i < json_array_size(events); i++) {
      const json_t *event = json_array_get(events, i);
      if (strcmp(fake_text(event, "ev"), kind) == 0 && n-- == 0) {
         return event;
      }
   }
   return NULL;
}

size_t fake_count(const json_t *events, const char *kind)
{
   size_t n = 0;
   while (fake_event(events, kind, n) != NULL) {
      n++;
   }
   return n;
}

const char *fake_text(const json_t *event, const char *key)
{
   const char *text = json_string_value(json_object_get(event, key));
   return text == NULL ? "" : text;
}
