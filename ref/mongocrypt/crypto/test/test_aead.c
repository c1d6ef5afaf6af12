/* Sealing and opening. The values are those of draft-mcgrew-aead-aes-cbc-hmac-sha2-05, section 5.4, and values that the official
 * libraries give and take. */
#include "ref/mongocrypt/crypto/aead.h"

#include "ref/mongocrypt/crypto/test/support_hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static flp_crypto_t crypto;
static flp_crypto_state_t *state;
static flp_status_t status;

static const char draft_key[] =
   "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f30313233343536"
   "3738393a3b3c3d3e3f0000000000000000000000000000000000000000000000000000000000000000";
static const char draft_plain[] =
   "41206369706865722073797374656d206d757374206e6f7420626520726571756972656420746f206265207365637265742c20616e64206974206d7573742062652061"
   "626c6520746f2066616c6c20696e746f207468652068616e6473206f662074686520656e656d7920776974686f757420696e636f6e76656e69656e6365";
static const char draft_sealed[] =
   "1af38c2dc2b96ffdd86694092341bc044affaaadb78c31c5da4b1b590d10ffbd3dd8d5d302423526912da037ecbcc7bd822c301dd67c373bccb584ad3e9279c2e6d12a"
   "1374b77f077553df829410446b36ebd97066296ae6427ea75c2e0846a11a09ccf5370dc80bfecbad28c73f09b3a3b75e662a2594410ae496b2e2e6609e31e6e02cc837"
   "f053d21f37ff4f51950bbe2638d09dd7a4930930806d0703b1f64dd3b4c088a7f45c216839645b2012bf2e6269a8c56a816dbc1b267761955bc5";
static const char draft_associated[] = "546865207365636f6e64207072696e6369706c65206f662041756775737465204b6572636b686f666673";

static const char key_hex[] =
   "423382cf8d0d74c3684db91a65e9300dac1d05845653fdf39bc5ba30fb44612ea4f4c47607e3ac291a668bed9524273b43cece873eba34cd"
   "6753870de74cadaca19ff80cc100e8fcd7e2ba5ca5992256bde6dd30f6b78d5f00e7fed36d274170";
static const char associated_hex[] = "0280b0b34e886946cca76df120add29cfd10";

static int set_up(void **unused)
{
   (void)unused;
   flp_status_reset(&status);
   if (!flp_crypto_init(&crypto, &status)) {
      return 1;
   }
   state = flp_crypto_take(&crypto, &status);
   return state ? 0 : 1;
}

static int tear_down(void **unused)
{
   (void)unused;
   flp_crypto_give(&crypto, state);
   flp_crypto_cleanup(&crypto);
   memset(&crypto, 0, sizeof crypto);
   return 0;
}

static flp_open_item_t item_of(const hex_t *key, const hex_t *associated, const hex_t *sealed)
{
   return (flp_open_item_t){.key = key->bytes, .label = {.what = "value"}, .associated = hex_view(associated), .sealed = hex_view(sealed)};
}

static void the_vector_of_the_draft_is_sealed_and_opened(void **unused)
{
   (void)unused;
   hex_t key = hex(draft_key), plain = hex(draft_plain), sealed = hex(draft_sealed), associated = hex(draft_associated);
   uint8_t out[HEX_MAX];
   assert_int_equal(flp_aead_sealed_len(plain.len), sealed.len);
   assert_true(flp_aead_seal(state, key.bytes, hex_view(&associated), sealed.bytes, hex_view(&plain), out, &status));
   assert_memory_equal(out, sealed.bytes, sealed.len);

   flp_buf_t arena = {0};
   flp_open_item_t item = item_of(&key, &associated, &sealed);
   assert_true(flp_aead_open(state, &item, 1, &arena, &status));
   assert_int_equal(item.plain_len, plain.len);
   assert_memory_equal(item.plain, plain.bytes, plain.len);
   flp_buf_cleanup(&arena);
}

static void the_deterministic_iv_depends_on_key_head_and_value(void **unused)
{
   (void)unused;
   hex_t key = hex(key_hex), associated = hex("0180b0b34e886946cca76df120add29cfd10"), plain = hex("2a000000");
   hex_t want = hex("e46f29af3d338a9a01fc6e13898c6d56");
   uint8_t iv[FLP_BLOCK_LEN];
   assert_true(flp_aead_derive_iv(state, key.bytes, hex_view(&associated), hex_view(&plain), iv, &status));
   assert_memory_equal(iv, want.bytes, sizeof iv);
}

static void an_empty_value_is_not_sealed(void **unused)
{
   (void)unused;
   hex_t key = hex(key_hex);
   uint8_t out[FLP_SEALED_MIN], iv[FLP_BLOCK_LEN] = {0};
   assert_false(flp_aead_seal(state, key.bytes, flp_view(NULL, 0), iv, flp_view(NULL, 0), out, &status));
   assert_non_null(strstr(status.message, "[CIPHERTEXT_MALFORMED length=0]"));
}

/* What is accepted though strict PKCS#7 would refuse it, and what is not. */
static void padding_is_read_as_leniently_as_the_official_library_does(void **unused)
{
   (void)unused;
   static const struct {
      const char *sealed;
      const char *plain; /* NULL: refused */
      const char *error;
   } rows[] = {
      {"46a7adb54359b5363d1f25e233e37e6a386b4002d6a0d5e4d6eed41d53da4c1c1f9490813e7f272acbf7d9789a44cfdcac226758db652768aeb3fee978960dbd",
       "41414141414141414141414141414100", NULL},
      {"46a7adb54359b5363d1f25e233e37e6a49a5012abf3683c2cd8f1f5a17ec5e20fcaad233a9f33dc6d6966aeb1517b339fc8c8cf80f5d4cb0434ef198ec8715d5",
       "41414141414141414141414141", NULL},
      {"46a7adb54359b5363d1f25e233e37e6abc44383cba01f7d8546729eb7704e5b0b1d82fd5a7655f9fef2e5dc200c2751d266f54e173786349180b921a15c489b7",
       "", NULL},
      {"46a7adb54359b5363d1f25e233e37e6a55857a9db65042b56c847797c991059dd4c137c0e3d71cc69245924c91923bdbd8bda9f1e408b03834c0ce5a72321b3d",
       NULL, "malformed padding"},
      {"46a7adb54359b5363d1f25e233e37e6a1f6887aa4941e8f772b0b8afaffd1a8678abd9a11c8788eff4a716efb6e5557223c5c4ad715753752744b13eff7e18fc98",
       NULL, "not a multiple of block size"},
   };
   hex_t key = hex(key_hex), associated = hex(associated_hex);
   for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
      hex_t sealed = hex(rows[i].sealed);
      flp_open_item_t item = item_of(&key, &associated, &sealed);
      flp_buf_t arena = {0};
      flp_status_reset(&status);
      bool opened = flp_aead_open(state, &item, 1, &arena, &status);
      assert_int_equal(opened, rows[i].plain != NULL);
      if (opened) {
         hex_t plain = hex(rows[i].plain);
         assert_int_equal(item.plain_len, plain.len);
         assert_memory_equal(item.plain, plain.bytes, plain.len);
      } else {
         assert_non_null(strstr(status.message, rows[i].error));
      }
      flp_buf_cleanup(&arena);
   }
}

enum { MANY = 300 };

/* Values of two keys in turn, short and long ones, so that runs, single ones and the change of keys are all met. */
static void make_many(const hex_t keys[2], flp_buf_t sealed[MANY], flp_open_item_t items[MANY])
{
   static uint8_t plain[3 * 4096];
   const uint8_t iv[FLP_BLOCK_LEN] = {7};
   for (size_t i = 0; i < MANY; i++) {
      size_t len = i % 50 == 49 ? sizeof plain - i : 1 + i;
      memset(plain, (int)(i & 0xFF), sizeof plain);
      assert_true(flp_buf_reserve(&sealed[i], flp_aead_sealed_len(len)));
      sealed[i].len = flp_aead_sealed_len(len);
      assert_true(flp_aead_seal(state, keys[i % 2].bytes, flp_view("head", 4), iv, flp_view(plain, len), sealed[i].data, &status));
      items[i] = (flp_open_item_t){
         .key = keys[i % 2].bytes, .label = {.what = "value"}, .associated = flp_view("head", 4), .sealed = flp_view_of(&sealed[i])};
   }
}

static void many_values_of_two_keys_open_at_once(void **unused)
{
   (void)unused;
   hex_t keys[2] = {hex(key_hex), hex(draft_key)};
   static flp_buf_t sealed[MANY];
   static flp_open_item_t items[MANY];
   flp_buf_t arena = {0};
   make_many(keys, sealed, items);
   assert_true(flp_aead_open(state, items, MANY, &arena, &status));
   for (size_t i = 0; i < MANY; i++) {
      size_t len = i % 50 == 49 ? 3 * 4096 - i : 1 + i;
      assert_int_equal(items[i].plain_len, len);
      for (size_t k = 0; k < len; k++) {
         assert_int_equal(items[i].plain[k], i & 0xFF);
      }
      flp_buf_cleanup(&sealed[i]);
   }
   flp_buf_cleanup(&arena);
}

static void one_wrong_tag_and_nothing_is_opened(void **unused)
{
   (void)unused;
   hex_t keys[2] = {hex(key_hex), hex(draft_key)};
   static flp_buf_t sealed[MANY];
   static flp_open_item_t items[MANY];
   static const uint8_t id[2][16] = {{1}, {2}};
   flp_buf_t arena = {0};
   make_many(keys, sealed, items);
   items[100].label.key_id = id[0];
   items[201].label.key_id = id[1];
   sealed[201].data[sealed[201].len - 1] ^= 1;
   sealed[100].data[20] ^= 1;
   assert_false(flp_aead_open(state, items, MANY, &arena, &status));
   assert_null(arena.data);
   /* the first of two defects is the one that is told, whatever the order of work */
   assert_non_null(strstr(status.message, "[AUTHENTICATION_FAILED what=value key_id=01000000-0000-0000-0000-000000000000]"));
   for (size_t i = 0; i < MANY; i++) {
      flp_buf_cleanup(&sealed[i]);
   }
}

static void every_length_below_the_smallest_is_too_small(void **unused)
{
   (void)unused;
   hex_t key = hex(key_hex);
   static const uint8_t zeros[FLP_SEALED_MIN];
   for (size_t len = 0; len < FLP_SEALED_MIN; len++) {
      flp_open_item_t item = {.key = key.bytes, .label = {.what = "value"}, .sealed = flp_view(zeros, len)};
      flp_buf_t arena = {0};
      flp_status_reset(&status);
      assert_false(flp_aead_open(state, &item, 1, &arena, &status));
      assert_non_null(strstr(status.message, "ciphertext too small"));
   }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
   const struct CMUnitTest tests[] = {
      TEST(the_vector_of_the_draft_is_sealed_and_opened),
      TEST(the_deterministic_iv_depends_on_key_head_and_value),
      TEST(an_empty_value_is_not_sealed),
      TEST(padding_is_read_as_leniently_as_the_official_library_does),
      TEST(many_values_of_two_keys_open_at_once),
      TEST(one_wrong_tag_and_nothing_is_opened),
      TEST(every_length_below_the_smallest_is_too_small),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
