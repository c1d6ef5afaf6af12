/* Memory runs short at every possible place: the n-th allocation of a whole piece of work fails, for every n until it is not reached.
 * Each time there is a clean error, nothing is lost, and the same work succeeds afterwards. The test's own malloc, calloc and realloc
 * serve OpenSSL too. Void under a sanitizer, which owns the allocator. */
#include "ref/mongocrypt/ctx/test/support_drive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include <cmocka.h>

#include "ref/mongocrypt/test/short_memory.h"

/* Pieces of work: from a new handle to its end. True when all went well. */

static bool datakey(mongocrypt_t *crypt, mongocrypt_ctx_t **made, flp_view_t *result)
{
   mongocrypt_ctx_t *ctx = *made = mongocrypt_ctx_new(crypt);
   static uint8_t name_doc[] = "\x17\0\0\0\2keyAltName\0\2\0\0\0n"; /* two NULs follow: of the text, and the literal's own */
   mongocrypt_binary_t name = {.data = name_doc, .len = 0x17};
   return ctx && mongocrypt_ctx_setopt_key_alt_name(ctx, &name) && mongocrypt_ctx_setopt_masterkey_local(ctx) &&
          mongocrypt_ctx_datakey_init(ctx) && drive_to_end(ctx, result);
}

static const uint8_t *message; /* of the work at hand, made beforehand */
static size_t message_len;

static bool explicit_with(mongocrypt_t *crypt, mongocrypt_ctx_t **made, flp_view_t *result, const char *algorithm)
{
   *made = drive_explicit(crypt, algorithm, flp_view(message, message_len));
   return *made && drive_to_end(*made, result);
}

static bool explicit_deterministic(mongocrypt_t *crypt, mongocrypt_ctx_t **made, flp_view_t *result)
{
   return explicit_with(crypt, made, result, DETERMINISTIC);
}

static bool explicit_random(mongocrypt_t *crypt, mongocrypt_ctx_t **made, flp_view_t *result)
{
   return explicit_with(crypt, made, result, RANDOM);
}

static bool explicit_decrypt(mongocrypt_t *crypt, mongocrypt_ctx_t **made, flp_view_t *result)
{
   mongocrypt_ctx_t *ctx = *made = mongocrypt_ctx_new(crypt);
   mongocrypt_binary_t in = drive_in(flp_view(message, message_len));
   return ctx && mongocrypt_ctx_explicit_decrypt_init(ctx, &in) && drive_to_end(ctx, result);
}

static bool decrypt(mongocrypt_t *crypt, mongocrypt_ctx_t **made, flp_view_t *result)
{
   mongocrypt_ctx_t *ctx = *made = mongocrypt_ctx_new(crypt);
   mongocrypt_binary_t in = drive_in(flp_view(message, message_len));
   return ctx && mongocrypt_ctx_decrypt_init(ctx, &in) && drive_to_end(ctx, result);
}

/* Two keys: the first is opened, the second is known by then. */
static bool rewrap(mongocrypt_t *crypt, mongocrypt_ctx_t **made, flp_view_t *result)
{
   mongocrypt_binary_t reply = drive_in(drive_key_doc()), filter = drive_in(flp_view("\5\0\0\0\0", 5));
   for (unsigned i = 0; i < 2; i++) {
      mongocrypt_ctx_destroy(*made);
      mongocrypt_ctx_t *ctx = *made = mongocrypt_ctx_new(crypt);
      if (!ctx || !mongocrypt_ctx_setopt_masterkey_local(ctx) || !mongocrypt_ctx_rewrap_many_datakey_init(ctx, &filter) ||
          !mongocrypt_ctx_mongo_feed(ctx, &reply) || !mongocrypt_ctx_mongo_done(ctx) || !drive_to_end(ctx, result)) {
         return false;
      }
   }
   return true;
}

static bool ask_and_feed(mongocrypt_ctx_t *ctx, flp_view_t reply)
{
   mongocrypt_binary_t out = {0}, in = drive_in(reply);
   return mongocrypt_ctx_mongo_op(ctx, &out) && mongocrypt_ctx_mongo_feed(ctx, &in) && mongocrypt_ctx_mongo_done(ctx);
}

/* With the schema of the server: the filter, the cache, the question for analysis, so many markings that the lists of them grow. */
static bool encrypt_command(mongocrypt_t *crypt, mongocrypt_ctx_t **made, flp_view_t *result)
{
   static uint8_t command[] = "\x1b\0\0\0\2find\0\2\0\0\0c\0\2$db\0\1\0\0\0\0"; /* {find: "c", $db: ""} */
   static const uint8_t collinfo[] = "\x11\0\0\0\2name\0\2\0\0\0c\0";
   mongocrypt_ctx_t *ctx = *made = mongocrypt_ctx_new(crypt);
   mongocrypt_binary_t in = {.data = command, .len = sizeof command};
   return ctx && mongocrypt_ctx_encrypt_init(ctx, "db", -1, &in) && ask_and_feed(ctx, flp_view(collinfo, sizeof collinfo)) &&
          ask_and_feed(ctx, flp_view(message, message_len)) && drive_to_end(ctx, result);
}

/* The wire version, and two rounds of keys: one for the field that names its key, none for the marking, which has the same. */
static bool encrypt_create(mongocrypt_t *crypt, mongocrypt_ctx_t **made, flp_view_t *result)
{
   static const uint8_t hello[] = "\x19\0\0\0\x10maxWireVersion\0\x1a\0\0\0";
   mongocrypt_ctx_t *ctx = *made = mongocrypt_ctx_new(crypt);
   mongocrypt_binary_t in = drive_in(drive_create());
   return ctx && mongocrypt_ctx_encrypt_init(ctx, "db", -1, &in) && ask_and_feed(ctx, flp_view(hello, sizeof hello)) &&
          ask_and_feed(ctx, drive_named_key_doc()) && ask_and_feed(ctx, flp_view(message, message_len)) && drive_to_end(ctx, result);
}

/* On a handle that has only the promise of credentials. */
static bool on_demand(mongocrypt_t *crypt, mongocrypt_ctx_t **made, flp_view_t *result)
{
   mongocrypt_ctx_t *ctx = *made = drive_explicit(crypt, DETERMINISTIC, flp_view(message, message_len));
   mongocrypt_binary_t given = drive_in(drive_providers());
   return ctx && mongocrypt_ctx_state(ctx) == MONGOCRYPT_CTX_NEED_KMS_CREDENTIALS && mongocrypt_ctx_provide_kms_providers(ctx, &given) &&
          drive_to_end(ctx, result);
}

static mongocrypt_t *promised_handle(void)
{
   static const uint8_t promise[] = "\x11\0\0\0\3local\0\5\0\0\0\0"; /* a NUL follows: the literal's own */
   return drive_handle_with(flp_view(promise, 0x11));
}

typedef bool (*work_t)(mongocrypt_t *crypt, mongocrypt_ctx_t **made, flp_view_t *result);

static mongocrypt_t *(*handle_of_work)(void) = drive_handle;

/* One run with allocation n failing (0: none). Everything is given back. `error` gets what the context or the handle said. */
static bool run(work_t work, unsigned long n, char *error, size_t error_size)
{
   mongocrypt_ctx_t *ctx = NULL;
   flp_view_t result = {0};
   failed = false;
   left = n;
   armed = true;
   mongocrypt_t *crypt = handle_of_work();
   bool ok = crypt && work(crypt, &ctx, &result);
   left = 0;
   if (!ok) {
      snprintf(error, error_size, "%s", ctx ? drive_error(ctx) : crypt ? "no context" : "no handle");
   }
   mongocrypt_ctx_destroy(ctx);
   mongocrypt_destroy(crypt);
   armed = false;
   return ok;
}

static void sweep(const char *name, work_t work)
{
   SKIP_WITHOUT_ALLOCATOR();
   char error[1400];
   unsigned long n = 1, errors = 0;
   drive_key_doc();
   drive_providers();
   assert_true(run(work, 0, error, sizeof error)); /* what OpenSSL keeps for the process is made now */
   assert_true(run(work, 0, error, sizeof error));
   for (;; n++) {
      held = 0;
      bool ok = run(work, n, error, sizeof error);
      if (!failed) {
         assert_true(ok);
         break;
      }
      if (!ok) {
         errors++;
         if (strcmp(error, "no context") != 0 && strcmp(error, "no handle") != 0 && !strstr(error, "[OUT_OF_MEMORY what=")) {
            fail_msg("%s: allocation %lu failed, and the error is `%s`", name, n, error);
         }
      }
      if (held != 0) {
         fail_msg("%s: allocation %lu failed, and %ld blocks are lost", name, n, held);
      }
      if (!run(work, 0, error, sizeof error)) {
         fail_msg("%s: after allocation %lu had failed the work failed again: `%s`", name, n, error);
      }
   }
   print_message("%s: %lu allocations failed one by one, %lu clean errors\n", name, n - 1, errors);
   assert_true(n > 10);
}

static void making_a_data_key(void **unused)
{
   (void)unused;
   sweep("datakey", datakey);
}

static void set_message(flp_view_t doc)
{
   static uint8_t storage[4096];
   memcpy(storage, doc.data, doc.len);
   message = storage;
   message_len = doc.len;
}

static void encrypting_a_value(void **unused)
{
   (void)unused;
   set_message(drive_text_doc("v", "x"));
   sweep("explicit_encrypt deterministic", explicit_deterministic);
   sweep("explicit_encrypt random", explicit_random);
}

static void decrypting_a_value(void **unused)
{
   (void)unused;
   set_message(drive_binary_doc("v", 6, drive_sealed_x()));
   sweep("explicit_decrypt", explicit_decrypt);
}

/* Many places, so that the lists of them grow. */
static void decrypting_a_document(void **unused)
{
   (void)unused;
   static uint8_t doc[8192];
   flp_view_t sealed = drive_sealed_x();
   size_t at = 4;
   for (char name = 'a'; name <= 'z'; name++) {
      doc[at] = 5;
      doc[at + 1] = (uint8_t)name;
      flp_write_u32_le(doc + at + 3, (uint32_t)sealed.len);
      doc[at + 7] = 6;
      memcpy(doc + at + 8, sealed.data, sealed.len);
      at += 8 + sealed.len;
   }
   flp_write_u32_le(doc, (uint32_t)at + 1);
   message = doc;
   message_len = at + 1;
   sweep("decrypt", decrypt);
}

static void encrypting_a_command(void **unused)
{
   (void)unused;
   flp_view_t markings = drive_markings(20);
   message = markings.data;
   message_len = markings.len;
   sweep("encrypt", encrypt_command);
   drive_create();
   drive_named_key_doc();
   sweep("encrypt create", encrypt_create);
}

static void rewrapping_data_keys(void **unused)
{
   (void)unused;
   sweep("rewrap", rewrap);
}

static void giving_credentials(void **unused)
{
   (void)unused;
   set_message(drive_text_doc("v", "x"));
   handle_of_work = promised_handle;
   sweep("credentials", on_demand);
   handle_of_work = drive_handle;
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(making_a_data_key),     cmocka_unit_test(encrypting_a_value),   cmocka_unit_test(decrypting_a_value),
      cmocka_unit_test(decrypting_a_document), cmocka_unit_test(rewrapping_data_keys), cmocka_unit_test(giving_credentials),
      cmocka_unit_test(encrypting_a_command),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
