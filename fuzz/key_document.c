// fuzz: ref
/* A key document from a hostile key vault, fed to an explicit encryption that asks for one key by name. Rules R-KV-*.
 * A fresh handle each time: a key that was accepted once would be cached, and no document asked for again. */
#include "fuzz/support/bson_mutate.h"
#include "fuzz/support/support.h"

FLP_FUZZ_BSON_INPUT(0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* {keyAltName: "n"} and {v: "x"} */
static const uint8_t alt_name[] = "\x17\0\0\0\x02keyAltName\0\x02\0\0\0n\0"; /* the literal's own NUL closes the document */
static const uint8_t message[] = "\x0e\0\0\0\x02v\0\x02\0\0\0x\0";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
   mongocrypt_t *handle = flp_fuzz_handle_new();
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(handle);
   flp_fuzz_init(ctx, mongocrypt_ctx_setopt_key_alt_name, alt_name, sizeof alt_name);
   mongocrypt_ctx_setopt_algorithm(ctx, MONGOCRYPT_ALGORITHM_DETERMINISTIC_STR, -1);
   flp_fuzz_init(ctx, mongocrypt_ctx_explicit_encrypt_init, message, sizeof message);
   flp_fuzz_drive(ctx, data, size);
   mongocrypt_destroy(handle);
   return 0;
}
