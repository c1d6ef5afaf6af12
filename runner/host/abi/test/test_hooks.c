/* The host's crypto hooks, against known answers (FIPS 180-4, RFC 4231, SP 800-38A) and against themselves. */
#include "runner/host/abi/hooks.h"

#include "runner/host/abi/gate.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef bool (*crypto_fn)(void *, flp_abi_binary_t *, flp_abi_binary_t *, flp_abi_binary_t *, flp_abi_binary_t *, uint32_t *, void *);
typedef bool (*hmac_fn)(void *, flp_abi_binary_t *, flp_abi_binary_t *, flp_abi_binary_t *, void *);
typedef bool (*hash_fn)(void *, flp_abi_binary_t *, flp_abi_binary_t *, void *);
typedef bool (*random_fn)(void *, flp_abi_binary_t *, uint32_t, void *);

static int failures;

static void count_failure(void *status, int type, uint32_t code, const char *message, int32_t len)
{
   (void)status, (void)code, (void)len;
   assert_int_equal(type, 1);
   assert_true(strlen(message) > 0);
   failures++;
}

static flp_abi_binary_t binary(const void *data, size_t len)
{
   return (flp_abi_binary_t){(void *)(uintptr_t)data, (uint32_t)len};
}

static size_t hex(const char *text, uint8_t *out)
{
   size_t n = 0;
   for (; text[2 * n] != '\0'; n++) {
      const char pair[3] = {text[2 * n], text[2 * n + 1], '\0'};
      out[n] = (uint8_t)strtoul(pair, NULL, 16);
   }
   return n;
}

/* SP 800-38A: AES-256, first block of ECB, CBC and CTR. */
static const char key_hex[] = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
static const char block_hex[] = "6bc1bee22e409f96e93d7e117393172a";

static const struct {
   const char *encrypt, *decrypt, *iv, *cipher;
} ciphers[] = {
   {"aes_256_cbc_encrypt", "aes_256_cbc_decrypt", "000102030405060708090a0b0c0d0e0f", "f58c4c04d6e5f1ba779eabfb5f7bfbd6"},
   {"aes_256_ctr_encrypt", "aes_256_ctr_decrypt", "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", "601ec313775789a5b7a7f504bbf3d228"},
   {"aes_256_ecb_encrypt", NULL, NULL, "f3eed1bdb5d2a03c064b5a7e3db181f8"},
};

static void ciphers_give_the_known_blocks(void **unused)
{
   (void)unused;
   uint8_t key[32], other_key[32] = {1}, iv[16], in[16], want[16], out[16];
   hex(key_hex, key);
   hex(block_hex, in);
   for (size_t i = 0; i < sizeof ciphers / sizeof ciphers[0]; i++) {
      const crypto_fn encrypt = (crypto_fn)flp_hook(ciphers[i].encrypt, FLP_ABI_CRYPTO_FN, false);
      flp_abi_binary_t k = binary(key, 32), other = binary(other_key, 32), v = binary(iv, 16), a = binary(in, 16), b = binary(out, 16);
      flp_abi_binary_t *vector = ciphers[i].iv == NULL ? NULL : &v;
      uint32_t n = 0;
      hex(ciphers[i].cipher, want);
      if (vector != NULL) {
         hex(ciphers[i].iv, iv);
      }
      /* The context is kept: another key in between must not stay in it. */
      for (int round = 0; round < 3; round++) {
         memset(out, 0, sizeof out);
         assert_true(encrypt(NULL, round == 1 ? &other : &k, vector, &a, &b, &n, NULL));
         assert_int_equal(n, 16);
         assert_true((memcmp(out, want, 16) == 0) == (round != 1));
      }
      if (ciphers[i].decrypt != NULL) {
         uint8_t back[16];
         flp_abi_binary_t c = binary(back, 16);
         const crypto_fn decrypt = (crypto_fn)flp_hook(ciphers[i].decrypt, FLP_ABI_CRYPTO_FN, false);
         assert_true(decrypt(NULL, &k, vector, &b, &c, &n, NULL));
         assert_memory_equal(back, in, 16);
      }
   }
}

static void hashes_give_the_known_digests(void **unused)
{
   (void)unused;
   uint8_t want[64], out[64];
   flp_abi_binary_t abc = binary("abc", 3), o = binary(out, 32);
   hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", want);
   const hash_fn sha = (hash_fn)flp_hook("sha_256", FLP_ABI_HASH_FN, false);
   assert_true(sha(NULL, &abc, &o, NULL));
   assert_memory_equal(out, want, 32);

   /* RFC 4231, test case 2. */
   flp_abi_binary_t key = binary("Jefe", 4), text = binary("what do ya want for nothing?", 28);
   hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", want);
   const hmac_fn hmac_256 = (hmac_fn)flp_hook("hmac_sha_256", FLP_ABI_HMAC_FN, false);
   for (int twice = 0; twice < 2; twice++) {
      memset(out, 0, sizeof out);
      assert_true(hmac_256(NULL, &key, &text, &o, NULL));
      assert_memory_equal(out, want, 32);
   }
   flp_abi_binary_t o64 = binary(out, 64);
   hex("164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
       want);
   const hmac_fn hmac_512 = (hmac_fn)flp_hook("hmac_sha_512", FLP_ABI_HMAC_FN, false);
   assert_true(hmac_512(NULL, &key, &text, &o64, NULL));
   assert_memory_equal(out, want, 64);
}

static void signatures_verify(void **unused)
{
   (void)unused;
   EVP_PKEY *pkey = EVP_RSA_gen(2048);
   assert_non_null(pkey);
   PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
   unsigned char *der = NULL;
   const int der_len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
   uint8_t out[256];
   flp_abi_binary_t key = binary(der, (size_t)der_len), text = binary("sign me", 7), o = binary(out, 256);
   const hmac_fn sign = (hmac_fn)flp_hook("sign_rsaes_pkcs1_v1_5", FLP_ABI_HMAC_FN, false);
   assert_true(sign(NULL, &key, &text, &o, NULL));
   EVP_MD_CTX *md = EVP_MD_CTX_new();
   assert_int_equal(EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, pkey), 1);
   assert_int_equal(EVP_DigestVerify(md, out, 256, (const unsigned char *)"sign me", 7), 1);
   EVP_MD_CTX_free(md);
   flp_abi_binary_t rubbish = binary("rubbish", 7);
   failures = 0;
   assert_false(sign(NULL, &rubbish, &text, &o, NULL));
   assert_int_equal(failures, 1);
   OPENSSL_free(der);
   PKCS8_PRIV_KEY_INFO_free(info);
   EVP_PKEY_free(pkey);
}

static void failing_forms_fail_and_say_so(void **unused)
{
   (void)unused;
   uint8_t bytes[32] = {0};
   uint32_t n;
   flp_abi_binary_t b = binary(bytes, 32);
   failures = 0;
   assert_false(((crypto_fn)flp_hook("aes_256_cbc_encrypt", FLP_ABI_CRYPTO_FN, true))(NULL, &b, &b, &b, &b, &n, NULL));
   assert_false(((hmac_fn)flp_hook("hmac_sha_512", FLP_ABI_HMAC_FN, true))(NULL, &b, &b, &b, NULL));
   assert_false(((hash_fn)flp_hook("sha_256", FLP_ABI_HASH_FN, true))(NULL, &b, &b, NULL));
   assert_false(((random_fn)flp_hook("random", FLP_ABI_RANDOM_FN, true))(NULL, &b, 32, NULL));
   assert_int_equal(failures, 4);
   assert_null(flp_hook("random", FLP_ABI_HASH_FN, false));
}

static void wrong_lengths_are_refused(void **unused)
{
   (void)unused;
   uint8_t bytes[64] = {0};
   uint32_t n;
   flp_abi_binary_t key = binary(bytes, 31), b = binary(bytes, 16), small = binary(bytes, 8), good_key = binary(bytes, 32);
   const crypto_fn cbc = (crypto_fn)flp_hook("aes_256_cbc_encrypt", FLP_ABI_CRYPTO_FN, false);
   failures = 0;
   assert_false(cbc(NULL, &key, &b, &b, &b, &n, NULL));
   assert_false(cbc(NULL, &good_key, &b, &b, &small, &n, NULL));
   assert_false(cbc(NULL, &good_key, &b, &small, &b, &n, NULL)); /* not a whole block */
   assert_false(((hmac_fn)flp_hook("hmac_sha_512", FLP_ABI_HMAC_FN, false))(NULL, &good_key, &b, &good_key, NULL));
   assert_false(((random_fn)flp_hook("random", FLP_ABI_RANDOM_FN, false))(NULL, &small, 9, NULL));
   assert_int_equal(failures, 5);
}

static int set_up(void **unused)
{
   (void)unused;
   flp_hooks_init(count_failure);
   return 0;
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(ciphers_give_the_known_blocks), cmocka_unit_test(hashes_give_the_known_digests), cmocka_unit_test(signatures_verify),
      cmocka_unit_test(failing_forms_fail_and_say_so), cmocka_unit_test(wrong_lengths_are_refused),
   };
   return cmocka_run_group_tests(tests, set_up, NULL);
}
