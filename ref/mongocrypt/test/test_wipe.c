/* No block goes back to the allocator with a secret in it. This program's own free and realloc look at every block first: data key
 * thirds, key encryption key, access token and plaintext are planted, each beginning with one rare byte, so one memchr a block is enough.
 * A library built without its wipe trips this (spec-tests/meta/mutants.toml). Void under a sanitizer, which owns the allocator. */
#include "ref/base/doc_writer.h"

#include <mongocrypt/mongocrypt.h>

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ref/mongocrypt/test/allocator.h"

enum { MARK = 0x7F, THIRD = 32, KEY = 96, PLAIN = 24, TOKEN = 24 };

/* Static memory only: a copy of our own on the heap would report itself. */
static uint8_t data_key[KEY], kek[KEY], plaintext[PLAIN], token[TOKEN];

static const char *leaked; /* the first secret that was seen in a block */
static unsigned long blocks_seen;

#if OWNS_ALLOCATOR
static const struct {
   const char *name;
   const uint8_t *bytes;
   size_t len;
} secrets[] = {
   {"MAC key of the data key", data_key, THIRD},
   {"encryption key of the data key", data_key + THIRD, THIRD},
   {"IV key of the data key", data_key + 2 * THIRD, THIRD},
   {"MAC key of the key encryption key", kek, THIRD},
   {"encryption key of the key encryption key", kek + THIRD, THIRD},
   {"access token", token, TOKEN},
   {"plaintext", plaintext, PLAIN},
};

static void look_at(void *block)
{
   const uint8_t *at = block;
   size_t left = malloc_usable_size(block);
   blocks_seen++;
   while (!leaked && left > 0 && (at = memchr(at, MARK, left)) != NULL) {
      left = malloc_usable_size(block) - (size_t)(at - (const uint8_t *)block);
      for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
         if (left >= secrets[i].len && memcmp(at, secrets[i].bytes, secrets[i].len) == 0) {
            leaked = secrets[i].name;
         }
      }
      at++;
      left--;
   }
}

void free(void *block)
{
   if (block) {
      look_at(block);
      __libc_free(block);
   }
}

void *realloc(void *block, size_t size)
{
   if (!block) {
      return __libc_malloc(size);
   }
   size_t old = malloc_usable_size(block);
   void *moved = __libc_malloc(size ? size : 1);
   if (moved) {
      memcpy(moved, block, old < size ? old : size);
      free(block);
   }
   return moved;
}
#endif

/* Ascending text behind the mark: no zero byte, no second mark, each secret its own. */
static void plant(uint8_t *secret, size_t len, size_t piece, uint8_t seed)
{
   for (size_t i = 0; i < len; i++) {
      secret[i] = (uint8_t)('!' + (i * 5 + seed) % 90);
   }
   for (size_t i = 0; i < len; i += piece) {
      secret[i] = MARK;
      secret[i + 1] = (uint8_t)(seed + i);
   }
}

static int setup(void **state)
{
   (void)state;
   plant(data_key, KEY, THIRD, 3);
   plant(kek, KEY, THIRD, 17);
   plant(plaintext, PLAIN, PLAIN, 40);
   plant(token, TOKEN, TOKEN, 71);
   return 0;
}

static bool give(mongocrypt_ctx_t *ctx, bool (*call)(mongocrypt_ctx_t *, mongocrypt_binary_t *), flp_view_t bytes)
{
   mongocrypt_binary_t binary = {.data = (void *)bytes.data, .len = (uint32_t)bytes.len};
   return call(ctx, &binary);
}

/* {local: {key: kek}}, and a token. */
static flp_buf_t make_providers(void)
{
   flp_doc_writer_t writer = {0};
   flp_buf_t providers = {0};
   flp_doc_begin(&writer, 256);
   flp_doc_open(&writer, "local", false);
   flp_doc_binary(&writer, "key", 0, flp_view(kek, KEY));
   flp_doc_close(&writer);
   flp_doc_open(&writer, "azure", false);
   flp_doc_text(&writer, "accessToken", flp_view(token, TOKEN));
   flp_doc_close(&writer);
   assert_true(flp_doc_finish(&writer, &providers));
   return providers;
}

static mongocrypt_t *make_handle(flp_view_t providers)
{
   mongocrypt_t *crypt = mongocrypt_new();
   mongocrypt_binary_t binary = {.data = (void *)providers.data, .len = (uint32_t)providers.len};
   mongocrypt_setopt_use_need_kms_credentials_state(crypt);
   assert_true(mongocrypt_setopt_kms_providers(crypt, &binary));
   assert_true(mongocrypt_init(crypt));
   return crypt;
}

/* Drives to the end; the result is copied into static storage, because plaintext of ours would be found on the heap. */
static size_t finish(mongocrypt_ctx_t *ctx, flp_view_t key_document, uint8_t out[1024])
{
   size_t len = 0;
   if (mongocrypt_ctx_state(ctx) == MONGOCRYPT_CTX_NEED_MONGO_KEYS && give(ctx, mongocrypt_ctx_mongo_feed, key_document)) {
      mongocrypt_ctx_mongo_done(ctx);
   }
   mongocrypt_binary_t result = {0};
   if (mongocrypt_ctx_state(ctx) == MONGOCRYPT_CTX_READY && mongocrypt_ctx_finalize(ctx, &result)) {
      len = result.len;
      assert_true(len <= 1024);
      memcpy(out, result.data, len);
   }
   mongocrypt_ctx_destroy(ctx);
   return len;
}

static flp_view_t make_key_document(mongocrypt_t *crypt)
{
   static uint8_t document[1024];
   flp_doc_writer_t writer = {0};
   flp_buf_t option = {0};
   flp_doc_begin(&writer, 128);
   flp_doc_binary(&writer, "keyMaterial", 0, flp_view(data_key, KEY));
   assert_true(flp_doc_finish(&writer, &option));
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(crypt);
   assert_true(mongocrypt_ctx_setopt_masterkey_local(ctx));
   assert_true(give(ctx, mongocrypt_ctx_setopt_key_material, flp_view_of(&option)));
   assert_true(mongocrypt_ctx_datakey_init(ctx));
   size_t len = finish(ctx, flp_view(NULL, 0), document);
   assert_true(len > 0);
   flp_buf_cleanup(&option);
   return flp_view(document, len);
}

static size_t encrypt(mongocrypt_t *crypt, flp_view_t key_document, const char *algorithm, uint8_t out[1024])
{
   flp_doc_writer_t writer = {0};
   flp_buf_t message = {0};
   flp_doc_begin(&writer, 128);
   flp_doc_binary(&writer, "v", 0, flp_view(plaintext, PLAIN));
   assert_true(flp_doc_finish(&writer, &message));
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(crypt);
   assert_true(give(ctx, mongocrypt_ctx_setopt_key_id, flp_view(key_document.data + 14, 16)));
   assert_true(mongocrypt_ctx_setopt_algorithm(ctx, algorithm, -1));
   assert_true(give(ctx, mongocrypt_ctx_explicit_encrypt_init, flp_view_of(&message)));
   size_t len = finish(ctx, key_document, out);
   flp_buf_cleanup(&message);
   return len;
}

/* {find: "c", v: the plaintext} */
static flp_buf_t make_command(void)
{
   flp_doc_writer_t writer = {0};
   flp_buf_t command = {0};
   flp_doc_begin(&writer, 128);
   flp_doc_text(&writer, "find", flp_view_text("c"));
   flp_doc_binary(&writer, "v", 0, flp_view(plaintext, PLAIN));
   assert_true(flp_doc_finish(&writer, &command));
   return command;
}

/* {result: {v: a marking of the plaintext}} */
static flp_buf_t make_markings(flp_view_t key_document)
{
   flp_doc_writer_t writer = {0};
   flp_buf_t marking = {0}, blob = {0}, markings = {0};
   flp_doc_begin(&writer, 128);
   flp_doc_binary(&writer, "v", 0, flp_view(plaintext, PLAIN));
   flp_doc_int32(&writer, "a", 2);
   flp_doc_binary(&writer, "ki", 4, flp_view(key_document.data + 14, 16));
   assert_true(flp_doc_finish(&writer, &marking));
   assert_true(flp_buf_append_byte(&blob, 0) && flp_buf_append(&blob, flp_view_of(&marking)));
   flp_doc_begin(&writer, 256);
   flp_doc_open(&writer, "result", false);
   flp_doc_binary(&writer, "v", 6, flp_view_of(&blob));
   flp_doc_close(&writer);
   assert_true(flp_doc_finish(&writer, &markings));
   flp_buf_cleanup(&blob);
   flp_buf_cleanup(&marking);
   return markings;
}

/* Asks and answers all; two replies of query analysis, so that the first is given up. */
static size_t encrypt_command(mongocrypt_t *crypt, flp_view_t key_document, uint8_t out[1024])
{
   flp_buf_t command = make_command(), markings = make_markings(key_document);
   mongocrypt_binary_t in = {.data = command.data, .len = (uint32_t)command.len}, question = {0};
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(crypt);
   assert_true(mongocrypt_ctx_encrypt_init(ctx, "db", -1, &in));
   assert_true(mongocrypt_ctx_mongo_done(ctx)); /* no such collection */
   assert_true(mongocrypt_ctx_mongo_op(ctx, &question));
   assert_true(give(ctx, mongocrypt_ctx_mongo_feed, flp_view_of(&markings)));
   assert_true(give(ctx, mongocrypt_ctx_mongo_feed, flp_view_of(&markings)));
   assert_true(mongocrypt_ctx_mongo_done(ctx));
   flp_buf_cleanup(&command);
   flp_buf_cleanup(&markings);
   return finish(ctx, key_document, out);
}

static size_t decrypt(mongocrypt_t *crypt, flp_view_t key_document, flp_view_t document)
{
   static uint8_t opened[1024];
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(crypt);
   assert_true(give(ctx, mongocrypt_ctx_decrypt_init, document));
   return finish(ctx, key_document, opened);
}

/* Credentials given to the context alone, on a handle that has only the promise of some; then every key under the same key again. */
static size_t rewrap(flp_view_t key_document, uint8_t out[1024])
{
   static const uint8_t promise[] = "\x11\0\0\0\3local\0\5\0\0\0\0"; /* a NUL follows: the literal's own */
   flp_buf_t providers = make_providers();
   mongocrypt_t *crypt = make_handle(flp_view(promise, 0x11));
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(crypt);
   assert_true(give(ctx, mongocrypt_ctx_rewrap_many_datakey_init, flp_view("\5\0\0\0\0", 5)));
   assert_true(give(ctx, mongocrypt_ctx_provide_kms_providers, flp_view_of(&providers)));
   flp_buf_cleanup(&providers);
   size_t len = finish(ctx, key_document, out);
   mongocrypt_destroy(crypt);
   return len;
}

static void expect_clean(const char *after)
{
   if (leaked) {
      fail_msg("after %s a block was released with the %s in it", after, leaked);
   }
}

static void test_no_block_is_released_with_a_secret_in_it(void **state)
{
   (void)state;
   static uint8_t sealed[1024];
   SKIP_WITHOUT_ALLOCATOR();
   flp_buf_t providers = make_providers();
   mongocrypt_t *crypt = make_handle(flp_view_of(&providers));
   flp_buf_cleanup(&providers);
   expect_clean("making a handle");
   flp_view_t key_document = make_key_document(crypt);
   expect_clean("making a data key");
   assert_true(encrypt(crypt, key_document, MONGOCRYPT_ALGORITHM_DETERMINISTIC_STR, sealed) > 0);
   expect_clean("deterministic encryption");
   size_t len = encrypt(crypt, key_document, MONGOCRYPT_ALGORITHM_RANDOM_STR, sealed);
   assert_true(len > 0);
   expect_clean("random encryption");
   assert_true(decrypt(crypt, key_document, flp_view(sealed, len)) > 0);
   expect_clean("decryption");
   sealed[len - 2] ^= 1;
   assert_int_equal(decrypt(crypt, key_document, flp_view(sealed, len)), 0);
   expect_clean("a refused decryption");
   assert_true(encrypt_command(crypt, key_document, sealed) > 0);
   expect_clean("automatic encryption");
   assert_true(rewrap(key_document, sealed) > 0);
   expect_clean("re-wrapping with credentials on demand");
   mongocrypt_destroy(crypt);
   expect_clean("destroying the handle");
   assert_true(blocks_seen > 20);
}

static void test_the_look_finds_a_secret_that_is_left(void **state)
{
   (void)state;
   SKIP_WITHOUT_ALLOCATOR();
   uint8_t *block = malloc(200);
   assert_non_null(block);
   memset(block, 'x', 200);
   memcpy(block + 77, data_key + THIRD, THIRD);
   leaked = NULL;
   free(block);
   assert_non_null(leaked);
   leaked = NULL;
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_no_block_is_released_with_a_secret_in_it),
      cmocka_unit_test(test_the_look_finds_a_secret_that_is_left),
   };
   return cmocka_run_group_tests(tests, setup, NULL);
}
