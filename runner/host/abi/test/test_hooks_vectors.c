/* primitives.json on the host's crypto hooks, one test a case. A library without its own cryptography is judged through these hooks, so
 * they must be right by themselves. */
#include "runner/host/abi/hooks.h"

#include "runner/host/abi/gate.h"

#include "ref/base/test/vectors.h"

typedef bool (*crypto_fn)(void *, flp_abi_binary_t *, flp_abi_binary_t *, flp_abi_binary_t *, flp_abi_binary_t *, uint32_t *, void *);
typedef bool (*hmac_fn)(void *, flp_abi_binary_t *, flp_abi_binary_t *, flp_abi_binary_t *, void *);
typedef bool (*hash_fn)(void *, flp_abi_binary_t *, flp_abi_binary_t *, void *);

typedef enum { CIPHER, MAC, HASH } shape_t;

static const struct {
   const char *op, *hook, *undo;
   shape_t shape;
   const char *key, *in, *out; /* names of the fields */
} ops[] = {
   {"aes-256-cbc-nopad", "aes_256_cbc_encrypt", "aes_256_cbc_decrypt", CIPHER, "key", "plaintext", "ciphertext"},
   {"aes-256-ctr", "aes_256_ctr_encrypt", "aes_256_ctr_decrypt", CIPHER, "key", "plaintext", "ciphertext"},
   {"hmac-sha-256", "hmac_sha_256", NULL, MAC, "key", "message", "mac"},
   {"hmac-sha-512", "hmac_sha_512", NULL, MAC, "key", "message", "mac"},
   {"sha-256", "sha_256", NULL, HASH, NULL, "message", "digest"},
   {"rsassa-pkcs1-v1_5-sha-256", "sign_rsaes_pkcs1_v1_5", NULL, MAC, "private_key_pkcs8_der", "message", "signature"},
};

static flp_abi_binary_t binary(const flp_buf_t *bytes)
{
   return (flp_abi_binary_t){bytes->data, (uint32_t)bytes->len};
}

static void run(const json_t *row, size_t op)
{
   flp_buf_t key = vector_bytes(row, ops[op].key ? ops[op].key : "key"), iv = vector_bytes(row, "iv"), in = vector_bytes(row, ops[op].in);
   uint8_t bytes[1024] = {0};
   flp_abi_binary_t k = binary(&key), v = binary(&iv), a = binary(&in), out = {bytes, 0};
   uint32_t written = 0;
   assert_in_range(in.len, 0, sizeof bytes);
   out.len = (uint32_t)(strlen(vector_text(row, ops[op].out)) / 2);
   if (ops[op].shape == CIPHER) {
      assert_true(((crypto_fn)flp_hook(ops[op].hook, FLP_ABI_CRYPTO_FN, false))(NULL, &k, &v, &a, &out, &written, NULL));
      assert_int_equal(written, out.len);
   } else if (ops[op].shape == MAC) {
      assert_true(((hmac_fn)flp_hook(ops[op].hook, FLP_ABI_HMAC_FN, false))(NULL, &k, &a, &out, NULL));
   } else {
      assert_true(((hash_fn)flp_hook(ops[op].hook, FLP_ABI_HASH_FN, false))(NULL, &a, &out, NULL));
   }
   assert_vector(row, ops[op].out, bytes, out.len);
   if (ops[op].undo) {
      assert_true(((crypto_fn)flp_hook(ops[op].undo, FLP_ABI_CRYPTO_FN, false))(NULL, &k, &v, &out, &out, &written, NULL));
      assert_vector(row, ops[op].in, bytes, written);
   }
   flp_buf_cleanup(&key);
   flp_buf_cleanup(&iv);
   flp_buf_cleanup(&in);
}

static size_t op_of(const json_t *row)
{
   size_t i = 0;
   while (i < sizeof ops / sizeof ops[0] && strcmp(ops[i].op, vector_text(row, "op")) != 0) {
      i++;
   }
   return i;
}

static const char *no_hook(const json_t *row)
{
   return op_of(row) < sizeof ops / sizeof ops[0] ? NULL : "the interface has no hook for this primitive";
}

static void primitive(void **test_state)
{
   const json_t *row = *test_state;
   run(row, op_of(row));
}

int main(void)
{
   vectors_t vectors = {0};
   vectors_add(&vectors, "primitives.json", primitive, no_hook);
   return vectors_run(&vectors, "vectors", NULL, NULL);
}
