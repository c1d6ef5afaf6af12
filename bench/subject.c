/* A library under measurement: loaded by dlopen, driven through its public functions only. */
#include "bench/bench.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void flp_bench_die(const char *where, const char *what)
{
   fprintf(stderr, "bench: %s: %s\n", where, what);
   exit(3);
}

static const uint8_t local_kek[FLP_KEY_LEN];

static mongocrypt_binary_t view(const flp_bytes_t *bytes)
{
   return (mongocrypt_binary_t){.data = bytes->data, .len = bytes->len};
}

static void die_of_ctx(const flp_bench_subject_t *s, mongocrypt_ctx_t *ctx, const char *doing)
{
   mongocrypt_status_t *status = s->api.status_new();
   s->api.ctx_status(ctx, status);
   const char *message = s->api.status_message(status, NULL);
   fprintf(stderr, "bench: %s: %s: %s\n", s->name, doing, message ? message : "no message");
   exit(3);
}

bool flp_bench_subject_load(flp_bench_subject_t *subject, const char *name, const char *file, bool hooked)
{
   *subject = (flp_bench_subject_t){.name = name, .file = file};
   void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
   if (!library) {
      return false;
   }
#define X(function)                                                                                                                        \
   *(void **)(&subject->api.function) = dlsym(library, "mongocrypt_" #function);                                                           \
   if (!subject->api.function) {                                                                                                           \
      flp_bench_die(file, "lacks mongocrypt_" #function);                                                                                  \
   }
   FLP_BENCH_FUNCTIONS(X)
#undef X
   subject->crypt = subject->api.new();
   flp_bytes_t kek = {.data = (uint8_t *)local_kek, .len = sizeof local_kek};
   mongocrypt_binary_t binary = view(&kek);
   if ((hooked && !flp_bench_set_hooks(&subject->api, subject->crypt)) ||
       !subject->api.setopt_kms_provider_local(subject->crypt, &binary) || !subject->api.init(subject->crypt)) {
      flp_bench_die(file, "init failed");
   }
   return true;
}

void flp_bench_subject_destroy(flp_bench_subject_t *subject)
{
   if (subject->crypt) {
      subject->api.destroy(subject->crypt);
   }
   subject->crypt = NULL;
}

/* Drives a context to its end; feeds the key document when asked. The caches of the libraries expire in real time. */
static void finish(const flp_bench_subject_t *s, mongocrypt_ctx_t *ctx, const flp_bench_key_t *key, flp_bytes_t *out)
{
   if (s->api.ctx_state(ctx) == MONGOCRYPT_CTX_NEED_MONGO_KEYS) {
      mongocrypt_binary_t document = view(&key->key_document);
      if (!s->api.ctx_mongo_feed(ctx, &document) || !s->api.ctx_mongo_done(ctx)) {
         die_of_ctx(s, ctx, "feeding the key document");
      }
   }
   mongocrypt_binary_t result = {0};
   if (s->api.ctx_state(ctx) != MONGOCRYPT_CTX_READY || !s->api.ctx_finalize(ctx, &result)) {
      die_of_ctx(s, ctx, "finalize");
   }
   if (out) {
      out->len = result.len;
      out->data = malloc(result.len);
      if (!out->data) {
         flp_bench_die(s->name, "out of memory");
      }
      memcpy(out->data, result.data, result.len);
   }
   s->api.ctx_destroy(ctx);
}

void flp_bench_make_key(const flp_bench_subject_t *s, const uint8_t key[FLP_KEY_LEN], flp_bench_key_t *out)
{
   /* {keyMaterial: binary of 96 bytes} */
   enum { HEAD = 4 + 1 + sizeof "keyMaterial" + 4 + 1, LEN = HEAD + FLP_KEY_LEN + 1 };
   uint8_t option[LEN] = {LEN, 0, 0, 0, 5};
   memcpy(option + 5, "keyMaterial", sizeof "keyMaterial");
   option[HEAD - 5] = FLP_KEY_LEN;
   memcpy(option + HEAD, key, FLP_KEY_LEN);
   mongocrypt_ctx_t *ctx = s->api.ctx_new(s->crypt);
   mongocrypt_binary_t binary = {.data = option, .len = LEN};
   if (!s->api.ctx_setopt_masterkey_local(ctx) || !s->api.ctx_setopt_key_material(ctx, &binary) || !s->api.ctx_datakey_init(ctx)) {
      die_of_ctx(s, ctx, "making a data key");
   }
   finish(s, ctx, NULL, &out->key_document);
   /* `_id` comes first: 4 bytes of length, type, "_id\0", 4 of length, subtype */
   memcpy(out->key_id, out->key_document.data + 4 + 1 + 4 + 5, sizeof out->key_id);
   out->key = key;
}

void flp_bench_encrypt(const flp_bench_subject_t *s, const flp_bench_key_t *key, bool deterministic, const flp_bytes_t *message,
                       flp_bytes_t *out)
{
   mongocrypt_ctx_t *ctx = s->api.ctx_new(s->crypt);
   mongocrypt_binary_t id = {.data = (void *)key->key_id, .len = sizeof key->key_id};
   mongocrypt_binary_t binary = view(message);
   const char *algorithm = deterministic ? MONGOCRYPT_ALGORITHM_DETERMINISTIC_STR : MONGOCRYPT_ALGORITHM_RANDOM_STR;
   if (!s->api.ctx_setopt_key_id(ctx, &id) || !s->api.ctx_setopt_algorithm(ctx, algorithm, -1) ||
       !s->api.ctx_explicit_encrypt_init(ctx, &binary)) {
      die_of_ctx(s, ctx, "explicit encrypt");
   }
   finish(s, ctx, key, out);
}

void flp_bench_decrypt(const flp_bench_subject_t *s, const flp_bench_key_t *key, bool explicit_message, const flp_bytes_t *document,
                       flp_bytes_t *out)
{
   mongocrypt_ctx_t *ctx = s->api.ctx_new(s->crypt);
   mongocrypt_binary_t binary = view(document);
   bool ok = explicit_message ? s->api.ctx_explicit_decrypt_init(ctx, &binary) : s->api.ctx_decrypt_init(ctx, &binary);
   if (!ok) {
      die_of_ctx(s, ctx, "decrypt");
   }
   finish(s, ctx, key, out);
}
