/* Eight threads share one handle: 2,000 mixed operations each, and every 50 the clock jumps past the life of the key cache.
 * Run under ThreadSanitizer (make sanitize); results are checked as well. Rules TH-1, TH-5, CA-1, CA-2 of the API sheet.
 * Not a unit test: it takes seconds under a sanitizer. */
#include <mongocrypt/mongocrypt.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 8, OPERATIONS = 2000, EXPIRE_EVERY = 50, EXPIRE_SECONDS = 61, KEY_LEN = 96, SLOTS = 6 };

/* The library's clock is ours: it moves on when a thread says so, never by waiting. */
static atomic_long skipped_seconds;

int clock_gettime(clockid_t id, struct timespec *out)
{
   long result = syscall(SYS_clock_gettime, id, out);
   out->tv_sec += atomic_load(&skipped_seconds);
   return (int)result;
}

static mongocrypt_t *handle, *promised; /* the second has only the promise of credentials */
/* {local: {key: 96 zeros}} */
enum { PROVIDERS_LEN = 123 };
static uint8_t providers[PROVIDERS_LEN] = {PROVIDERS_LEN,      0, 0, 0, 3, 'l', 'o', 'c', 'a', 'l',    0,
                                           PROVIDERS_LEN - 12, 0, 0, 0, 5, 'k', 'e', 'y', 0,   KEY_LEN};

static uint8_t key_document[1024];
static uint32_t key_document_len;
static uint8_t key_id[16];

static _Noreturn void die(const char *what)
{
   fprintf(stderr, "stress: %s\n", what);
   exit(1);
}

static bool give(mongocrypt_ctx_t *ctx, bool (*call)(mongocrypt_ctx_t *, mongocrypt_binary_t *), const uint8_t *data, uint32_t len)
{
   uint8_t *copy = malloc(len);
   if (!copy) {
      die("out of memory");
   }
   memcpy(copy, data, len);
   mongocrypt_binary_t *binary = mongocrypt_binary_new_from_data(copy, len);
   bool ok = call(ctx, binary);
   mongocrypt_binary_destroy(binary);
   free(copy);
   return ok;
}

static void answer(mongocrypt_ctx_t *ctx, const uint8_t *reply, uint32_t len)
{
   if (!give(ctx, mongocrypt_ctx_mongo_feed, reply, len) || !mongocrypt_ctx_mongo_done(ctx)) {
      die("a reply was refused");
   }
}

/* Gives credentials and feeds the key when they are asked for. The result is copied to out; its length is returned, 0 for a context that failed. */
static uint32_t finish(mongocrypt_ctx_t *ctx, uint8_t out[1024])
{
   uint32_t len = 0;
   if (mongocrypt_ctx_state(ctx) == MONGOCRYPT_CTX_NEED_KMS_CREDENTIALS &&
       !give(ctx, mongocrypt_ctx_provide_kms_providers, providers, sizeof providers)) {
      die("credentials were refused");
   }
   if (mongocrypt_ctx_state(ctx) == MONGOCRYPT_CTX_NEED_MONGO_KEYS &&
       (!give(ctx, mongocrypt_ctx_mongo_feed, key_document, key_document_len) || !mongocrypt_ctx_mongo_done(ctx))) {
      die("the key document was refused");
   }
   mongocrypt_binary_t *result = mongocrypt_binary_new();
   if (mongocrypt_ctx_state(ctx) == MONGOCRYPT_CTX_READY && mongocrypt_ctx_finalize(ctx, result)) {
      len = mongocrypt_binary_len(result);
      if (len > 1024) {
         die("result is too long");
      }
      memcpy(out, mongocrypt_binary_data(result), len);
   }
   mongocrypt_binary_destroy(result);
   mongocrypt_ctx_destroy(ctx);
   return len;
}

static uint32_t encrypt(mongocrypt_t *crypt, const char *algorithm, const uint8_t *message, uint32_t len, uint8_t out[1024])
{
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(crypt);
   give(ctx, mongocrypt_ctx_setopt_key_id, key_id, sizeof key_id);
   mongocrypt_ctx_setopt_algorithm(ctx, algorithm, -1);
   give(ctx, mongocrypt_ctx_explicit_encrypt_init, message, len);
   return finish(ctx, out);
}

static uint32_t decrypt(const uint8_t *document, uint32_t len, uint8_t out[1024])
{
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(handle);
   give(ctx, mongocrypt_ctx_decrypt_init, document, len);
   return finish(ctx, out);
}

static uint32_t make_data_key(uint8_t out[1024])
{
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(handle);
   mongocrypt_ctx_setopt_masterkey_local(ctx);
   mongocrypt_ctx_datakey_init(ctx);
   return finish(ctx, out);
}

/* Of both handles in turn: cached keys are shared, credentials are not. */
static uint32_t rewrap(unsigned i, uint8_t out[1024])
{
   static const uint8_t filter[] = {5, 0, 0, 0, 0};
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(i % 2 == 0 ? handle : promised);
   mongocrypt_ctx_setopt_masterkey_local(ctx);
   give(ctx, mongocrypt_ctx_rewrap_many_datakey_init, filter, sizeof filter);
   return finish(ctx, out);
}

static bool init_encrypt(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *command)
{
   return mongocrypt_ctx_encrypt_init(ctx, "db", -1, command);
}

/* The command's own value is marked: the result is what explicit encryption gives. Collections are shared, and so is their cache. */
static uint32_t encrypt_command(unsigned i, const uint8_t *message, uint8_t out[1024])
{
   /* {find: "c?"}, {name: "c?"} and {result: {v: marking}} with {v: "?????", a: 1, ki: key id} in it */
   uint8_t command[] = "\x12\0\0\0\2find\0\3\0\0\0c?\0"; /* a NUL follows: the literal's own */
   uint8_t collinfo[] = "\x12\0\0\0\2name\0\3\0\0\0c?\0";
   uint8_t marked[] = "\x4d\0\0\0\3result\0\x40\0\0\0\5v\0\x33\0\0\0\6\0\x32\0\0\0\2v\0\6\0\0\0?????\0\x10"
                      "a\0\1\0\0\0\5ki\0\x10\0\0\0\4????????????????\0\0";
   enum { COLLECTIONS = 7, DIGIT = 15, VALUE = 36, KEY_ID = 58 };
   command[DIGIT] = collinfo[DIGIT] = (uint8_t)('0' + i % COLLECTIONS);
   memcpy(marked + VALUE, message + 11, 5);
   memcpy(marked + KEY_ID, key_id, sizeof key_id);
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(i % 5 == 0 ? promised : handle);
   give(ctx, init_encrypt, command, sizeof command);
   if (mongocrypt_ctx_state(ctx) == MONGOCRYPT_CTX_NEED_MONGO_COLLINFO) {
      answer(ctx, collinfo, sizeof collinfo);
   }
   if (mongocrypt_ctx_state(ctx) != MONGOCRYPT_CTX_NEED_MONGO_MARKINGS) {
      die("analysis was not asked");
   }
   answer(ctx, marked, sizeof marked);
   return finish(ctx, out);
}

static void *work(void *argument)
{
   unsigned number = *(const unsigned *)argument;
   uint8_t message[] = "\x12\0\0\0\x02v\0\x06\0\0\0hello\0"; /* {v: "hello"} */
   uint8_t sealed[1024], opened[1024], first[1024] = {0};
   uint32_t first_len = 0;
   message[11] = (uint8_t)('a' + number); /* each thread its own value */
   for (unsigned i = 0; i < OPERATIONS; i++) {
      if (i % EXPIRE_EVERY == 0) {
         atomic_fetch_add(&skipped_seconds, EXPIRE_SECONDS);
      }
      bool deterministic = i % SLOTS == 0;
      uint32_t len = 0;
      if (i % SLOTS == 1) {
         if (make_data_key(opened) == 0) {
            die("no data key");
         }
         continue;
      }
      if (i % SLOTS == 4) {
         if (rewrap(i, opened) == 0) {
            die("no key was wrapped again");
         }
         continue;
      }
      if (i % SLOTS == 5) {
         len = encrypt_command(i, message, sealed);
         if (len != first_len || memcmp(first, sealed, len) != 0) {
            die("a marking became another ciphertext");
         }
         continue;
      }
      len =
         encrypt(i % 3 == 0 ? promised : handle, deterministic ? MONGOCRYPT_ALGORITHM_DETERMINISTIC_STR : MONGOCRYPT_ALGORITHM_RANDOM_STR,
                 message, sizeof message, sealed);
      if (len == 0) {
         die("encryption failed");
      }
      if (deterministic && first_len == 0) {
         first_len = len;
         memcpy(first, sealed, len);
      }
      if (deterministic && (len != first_len || memcmp(first, sealed, len) != 0)) {
         die("deterministic encryption changed");
      }
      if (i % SLOTS == 2) {
         sealed[len - 2] ^= 1; /* the last byte of the tag */
         if (decrypt(sealed, len, opened) != 0) {
            die("a changed tag was accepted");
         }
         continue;
      }
      uint32_t opened_len = decrypt(sealed, len, opened);
      if (opened_len != sizeof message || memcmp(opened, message, sizeof message) != 0) {
         die("decryption gave another value");
      }
   }
   return NULL;
}

static mongocrypt_t *make_handle(uint8_t *kms_providers, uint32_t len)
{
   mongocrypt_t *crypt = mongocrypt_new();
   mongocrypt_binary_t *binary = mongocrypt_binary_new_from_data(kms_providers, len);
   mongocrypt_setopt_use_need_kms_credentials_state(crypt);
   if (!mongocrypt_setopt_kms_providers(crypt, binary) || !mongocrypt_init(crypt)) {
      die("init failed");
   }
   mongocrypt_binary_destroy(binary);
   return crypt;
}

int main(void)
{
   static uint8_t promise[] = {17, 0, 0, 0, 3, 'l', 'o', 'c', 'a', 'l', 0, 5, 0, 0, 0, 0, 0};
   handle = make_handle(providers, sizeof providers);
   promised = make_handle(promise, sizeof promise);
   key_document_len = make_data_key(key_document);
   if (key_document_len == 0) {
      die("no data key");
   }
   memcpy(key_id, key_document + 14, sizeof key_id); /* `_id` comes first */
   pthread_t threads[THREADS];
   unsigned numbers[THREADS];
   for (unsigned i = 0; i < THREADS; i++) {
      numbers[i] = i;
      if (pthread_create(&threads[i], NULL, work, &numbers[i]) != 0) {
         die("cannot start a thread");
      }
   }
   for (unsigned i = 0; i < THREADS; i++) {
      pthread_join(threads[i], NULL);
   }
   mongocrypt_destroy(promised);
   mongocrypt_destroy(handle);
   printf("stress: %d threads, %d operations each, no difference\n", THREADS, OPERATIONS);
   return 0;
}
