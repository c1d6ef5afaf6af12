/* Hooks and OpenSSL as back ends: what hooks are given, what becomes of their errors, and that random bytes are never given twice. */
#include "ref/mongocrypt/crypto/aead.h"
#include "ref/mongocrypt/crypto/wrap.h"

#include "ref/mongocrypt/crypto/test/support_hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* --- hooks that note what they are given: the "cipher" is XOR, so results are easy to foresee --- */

typedef struct {
   const char *fails; /* name of the hook that fails */
   bool silent;       /* and says nothing */
   uint32_t writes_less;
   unsigned calls;
} notes_t;

static bool hook_ends(notes_t *notes, const char *name, mongocrypt_status_t *status)
{
   notes->calls++;
   if (!notes->fails || strcmp(notes->fails, name) != 0) {
      return true;
   }
   if (!notes->silent) {
      mongocrypt_status_set(status, MONGOCRYPT_STATUS_ERROR_KMS, 77, "the box is on fire", -1);
   }
   return false;
}

static bool hook_cbc(void *context, mongocrypt_binary_t *key, mongocrypt_binary_t *iv, mongocrypt_binary_t *in, mongocrypt_binary_t *out,
                     uint32_t *written, mongocrypt_status_t *status, const char *name)
{
   notes_t *notes = context;
   assert_int_equal(mongocrypt_binary_len(key), 32);
   assert_int_equal(mongocrypt_binary_len(iv), 16);
   assert_int_equal(mongocrypt_binary_len(in) % 16, 0);
   assert_int_equal(mongocrypt_binary_len(out), mongocrypt_binary_len(in));
   assert_ptr_not_equal(mongocrypt_binary_data(out), mongocrypt_binary_data(in));
   for (uint32_t i = 0; i < in->len; i++) {
      mongocrypt_binary_data(out)[i] = mongocrypt_binary_data(in)[i] ^ 0x5A;
   }
   *written = in->len - notes->writes_less;
   return hook_ends(notes, name, status);
}

static bool hook_encrypt(void *context, mongocrypt_binary_t *key, mongocrypt_binary_t *iv, mongocrypt_binary_t *in,
                         mongocrypt_binary_t *out, uint32_t *written, mongocrypt_status_t *status)
{
   return hook_cbc(context, key, iv, in, out, written, status, FLP_HOOK_CBC_ENCRYPT);
}

static bool hook_decrypt(void *context, mongocrypt_binary_t *key, mongocrypt_binary_t *iv, mongocrypt_binary_t *in,
                         mongocrypt_binary_t *out, uint32_t *written, mongocrypt_status_t *status)
{
   return hook_cbc(context, key, iv, in, out, written, status, FLP_HOOK_CBC_DECRYPT);
}

static bool hook_random(void *context, mongocrypt_binary_t *out, uint32_t count, mongocrypt_status_t *status)
{
   assert_int_equal(mongocrypt_binary_len(out), count);
   memset(mongocrypt_binary_data(out), 9, count);
   return hook_ends(context, FLP_HOOK_RANDOM, status);
}

static bool hook_hmac(void *context, mongocrypt_binary_t *key, mongocrypt_binary_t *in, mongocrypt_binary_t *out,
                      mongocrypt_status_t *status)
{
   assert_int_equal(mongocrypt_binary_len(key), 32);
   assert_int_equal(mongocrypt_binary_len(out), 64);
   uint8_t sum = 0;
   for (uint32_t i = 0; i < mongocrypt_binary_len(in); i++) {
      sum = (uint8_t)(sum * 31 + mongocrypt_binary_data(in)[i]);
   }
   memset(mongocrypt_binary_data(out), sum, 64);
   return hook_ends(context, FLP_HOOK_HMAC_512, status);
}

static bool hook_hash(void *context, mongocrypt_binary_t *in, mongocrypt_binary_t *out, mongocrypt_status_t *status)
{
   (void)in;
   (void)out;
   return hook_ends(context, FLP_HOOK_SHA_256, status);
}

static flp_hooks_t six(notes_t *notes)
{
   return (flp_hooks_t){.cbc_encrypt = hook_encrypt,
                        .cbc_decrypt = hook_decrypt,
                        .random = hook_random,
                        .hmac_sha_512 = hook_hmac,
                        .hmac_sha_256 = hook_hmac,
                        .sha_256 = hook_hash,
                        .context = notes};
}

static const uint8_t kek[FLP_SECRET_LEN] = {1}, secret[FLP_SECRET_LEN] = {2};

/* Wraps and unwraps with hooks; the error, if any, is in `status`. */
static bool wrap_with(notes_t *notes, flp_status_t *status)
{
   flp_crypto_t crypto = {0};
   flp_hooks_t hooks = six(notes);
   uint8_t wrapped[FLP_WRAPPED_LEN], again[FLP_SECRET_LEN];
   assert_true(flp_crypto_init(&crypto, status));
   assert_true(flp_crypto_set_hooks(&crypto, &hooks, status));
   flp_crypto_state_t *state = flp_crypto_take(&crypto, status);
   assert_non_null(state);
   bool ok = flp_wrap_data_key(state, kek, secret, wrapped, status) &&
             flp_unwrap_data_key(state, kek, flp_view(wrapped, sizeof wrapped), NULL, flp_view("local", 5), again, status);
   if (ok) {
      assert_memory_equal(again, secret, sizeof again);
      assert_int_equal(wrapped[0], 9); /* the IV came from the hook, in one draw */
   }
   flp_crypto_give(&crypto, state);
   flp_crypto_cleanup(&crypto);
   return ok;
}

static void with_hooks_nothing_else_is_used(void **unused)
{
   (void)unused;
   notes_t notes = {0};
   flp_status_t status = {0};
   assert_true(wrap_with(&notes, &status));
   assert_int_equal(notes.calls, 5); /* random, encrypt, tag; tag, decrypt */
}

static void what_a_failing_hook_says_stays_readable(void **unused)
{
   (void)unused;
   static const char *const names[] = {FLP_HOOK_RANDOM, FLP_HOOK_CBC_ENCRYPT, FLP_HOOK_HMAC_512, FLP_HOOK_CBC_DECRYPT};
   for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
      notes_t notes = {.fails = names[i]};
      flp_status_t status = {0};
      char tag[128] = " [HOOK_FAILED hook=";
      strcat(strcat(tag, names[i]), " reason=the%20box%20is%20on%20fire]");
      assert_false(wrap_with(&notes, &status));
      assert_int_equal(status.type, MONGOCRYPT_STATUS_ERROR_KMS);
      assert_int_equal(status.code, 77);
      assert_ptr_equal(strstr(status.message, "the box is on fire"), status.message);
      assert_non_null(strstr(status.message, tag));
   }
}

static void a_hook_that_fails_in_silence_is_named(void **unused)
{
   (void)unused;
   notes_t notes = {.fails = FLP_HOOK_HMAC_512, .silent = true};
   flp_status_t status = {0};
   assert_false(wrap_with(&notes, &status));
   assert_non_null(strstr(status.message, "[HOOK_FAILED hook=hmac_sha_512"));
}

static void a_hook_that_writes_too_little_has_failed(void **unused)
{
   (void)unused;
   notes_t notes = {.writes_less = 16};
   flp_status_t status = {0};
   assert_false(wrap_with(&notes, &status));
   assert_non_null(strstr(status.message, "[HOOK_FAILED hook=aes_256_cbc_encrypt"));
}

static void the_first_missing_hook_of_the_six_is_named_and_turns_native_crypto_off(void **unused)
{
   (void)unused;
   notes_t notes = {0};
   flp_hooks_t hooks = six(&notes);
   hooks.random = NULL;
   hooks.sha_256 = NULL;
   flp_crypto_t crypto = {0};
   flp_status_t status = {0};
   uint8_t out[16];
   assert_true(flp_crypto_init(&crypto, &status));
   assert_false(flp_crypto_set_hooks(&crypto, &hooks, &status));
   assert_non_null(strstr(status.message, "random not set"));
   flp_status_reset(&status);
   flp_crypto_state_t *state = flp_crypto_take(&crypto, &status);
   assert_non_null(state);
   assert_false(flp_crypto_random(state, out, sizeof out, &status));
   assert_non_null(strstr(status.message, "hook not set for random"));
   flp_crypto_give(&crypto, state);
   flp_crypto_cleanup(&crypto);
}

static void a_signature_hook_is_set_once(void **unused)
{
   (void)unused;
   flp_crypto_t crypto = {0};
   flp_status_t status = {0};
   assert_true(flp_crypto_init(&crypto, &status));
   assert_true(flp_crypto_set_sign(&crypto, hook_hmac, NULL, &status));
   assert_false(flp_crypto_set_sign(&crypto, hook_hmac, NULL, &status));
   assert_non_null(strstr(status.message, "signature hook already set"));
   flp_crypto_cleanup(&crypto);
}

/* --- native --- */

static void a_forked_child_draws_its_own_random_bytes(void **unused)
{
   (void)unused;
   flp_crypto_t crypto = {0};
   flp_status_t status = {0};
   uint8_t mine[32], theirs[32], first[16];
   int ends[2];
   assert_true(flp_crypto_init(&crypto, &status));
   flp_crypto_state_t *state = flp_crypto_take(&crypto, &status);
   assert_non_null(state);
   assert_true(flp_crypto_random(state, first, sizeof first, &status)); /* there are prepared bytes now */
   assert_int_equal(pipe(ends), 0);
   pid_t child = fork();
   if (child == 0) {
      bool ok = flp_crypto_random(state, theirs, sizeof theirs, &status) && write(ends[1], theirs, sizeof theirs) == sizeof theirs;
      _exit(ok ? 0 : 1);
   }
   assert_true(flp_crypto_random(state, mine, sizeof mine, &status));
   assert_int_equal(read(ends[0], theirs, sizeof theirs), sizeof theirs);
   int ended = 0;
   assert_int_equal(waitpid(child, &ended, 0), child);
   assert_int_equal(ended, 0);
   assert_memory_not_equal(mine, theirs, sizeof mine);
   close(ends[0]);
   close(ends[1]);
   flp_crypto_give(&crypto, state);
   flp_crypto_cleanup(&crypto);
}

static void no_two_draws_are_the_same_across_refills(void **unused)
{
   (void)unused;
   enum { DRAWS = 500 };
   static uint8_t drawn[DRAWS][16];
   static uint8_t long_draw[5000], zeros[16];
   flp_crypto_t crypto = {0};
   flp_status_t status = {0};
   assert_true(flp_crypto_init(&crypto, &status));
   flp_crypto_state_t *state = flp_crypto_take(&crypto, &status);
   assert_non_null(state);
   for (size_t i = 0; i < DRAWS; i++) {
      assert_true(flp_crypto_random(state, drawn[i], 16, &status));
      assert_memory_not_equal(drawn[i], zeros, 16);
      for (size_t k = 0; k < i; k++) {
         assert_memory_not_equal(drawn[i], drawn[k], 16);
      }
   }
   assert_true(flp_crypto_random(state, long_draw, sizeof long_draw, &status));
   assert_memory_not_equal(long_draw + sizeof long_draw - 16, zeros, 16);
   flp_crypto_give(&crypto, state);
   flp_crypto_cleanup(&crypto);
}

static void a_state_that_was_given_back_is_taken_again(void **unused)
{
   (void)unused;
   flp_crypto_t crypto = {0};
   flp_status_t status = {0};
   assert_true(flp_crypto_init(&crypto, &status));
   flp_crypto_state_t *a = flp_crypto_take(&crypto, &status);
   flp_crypto_state_t *b = flp_crypto_take(&crypto, &status);
   assert_non_null(a);
   assert_ptr_not_equal(a, b);
   flp_crypto_give(&crypto, a);
   assert_ptr_equal(flp_crypto_take(&crypto, &status), a);
   flp_crypto_give(&crypto, a);
   flp_crypto_give(&crypto, b);
   flp_crypto_give(&crypto, NULL);
   flp_crypto_cleanup(&crypto);
}

/* KEK 00 01 .. 5f, IV 00 .. 0f, data key 64 65 .. c3. */
static void a_wrapped_key_has_the_bytes_of_the_official_library(void **unused)
{
   (void)unused;
   hex_t wrapped = hex("000102030405060708090a0b0c0d0e0f900d27c0344c5264df42fddb15088eb99dc8f99e4e1759d6b02bf59efabe13609f517926e94f83ba"
                       "f32aafbda9900323c6223ac670666aaf9da17ccfa275c0e865814de0af711e6b1ba4994ad339d934db01219941b2adba2b5b4c7266748934"
                       "b093aa3cf83ecaa4f4a440c66187c904ab6a70ff0213557b5a71153a7f9c24c86664435c914f744618e388685482bb9b");
   uint8_t key[FLP_SECRET_LEN], want[FLP_SECRET_LEN], out[FLP_WRAPPED_LEN];
   for (size_t i = 0; i < FLP_SECRET_LEN; i++) {
      key[i] = (uint8_t)i;
      want[i] = (uint8_t)(0x64 + i);
   }
   flp_crypto_t crypto = {0};
   flp_status_t status = {0};
   assert_true(flp_crypto_init(&crypto, &status));
   flp_crypto_state_t *state = flp_crypto_take(&crypto, &status);
   assert_true(flp_aead_seal(state, key, flp_view(NULL, 0), wrapped.bytes, flp_view(want, sizeof want), out, &status));
   assert_memory_equal(out, wrapped.bytes, sizeof out);
   assert_true(flp_unwrap_data_key(state, key, hex_view(&wrapped), NULL, flp_view("local", 5), out, &status));
   assert_memory_equal(out, want, sizeof want);
   flp_crypto_give(&crypto, state);
   flp_crypto_cleanup(&crypto);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(with_hooks_nothing_else_is_used),
      cmocka_unit_test(what_a_failing_hook_says_stays_readable),
      cmocka_unit_test(a_hook_that_fails_in_silence_is_named),
      cmocka_unit_test(a_hook_that_writes_too_little_has_failed),
      cmocka_unit_test(the_first_missing_hook_of_the_six_is_named_and_turns_native_crypto_off),
      cmocka_unit_test(a_signature_hook_is_set_once),
      cmocka_unit_test(a_forked_child_draws_its_own_random_bytes),
      cmocka_unit_test(no_two_draws_are_the_same_across_refills),
      cmocka_unit_test(a_state_that_was_given_back_is_taken_again),
      cmocka_unit_test(a_wrapped_key_has_the_bytes_of_the_official_library),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
