/* Shared by the benchmark: who is measured, what is measured, how a figure is made.
 * Every workload checks its own result; a figure is the median of ratios that were taken in one interleaved run. */
#ifndef FLP_BENCH_H
#define FLP_BENCH_H

#include <mongocrypt/mongocrypt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FLP_KEY_LEN = 96, FLP_MAC_LEN = 32, FLP_IV_LEN = 16, FLP_BLOB_HEAD = 18 };

/* The functions of the ABI that the benchmark calls, resolved by name in a library of its own. */
#define FLP_BENCH_FUNCTIONS(X)                                                                                                     \
   X(version) X(binary_new) X(binary_new_from_data) X(binary_data) X(binary_len) X(binary_destroy)                                 \
   X(status_new) X(status_message) X(status_destroy)                                                                               \
   X(new) X(init) X(status) X(destroy) X(setopt_kms_provider_local) X(setopt_crypto_hooks)                                         \
   X(ctx_new) X(ctx_status) X(ctx_destroy) X(ctx_setopt_key_id) X(ctx_setopt_algorithm) X(ctx_setopt_key_material)                 \
   X(ctx_setopt_masterkey_local) X(ctx_datakey_init) X(ctx_explicit_encrypt_init) X(ctx_explicit_decrypt_init) X(ctx_decrypt_init) \
   X(ctx_state) X(ctx_mongo_feed) X(ctx_mongo_done) X(ctx_finalize)

typedef struct {
#define X(name) __typeof__(&mongocrypt_##name) name;
   FLP_BENCH_FUNCTIONS(X)
#undef X
} flp_api_t;

typedef struct {
   const char *name;
   const char *file;
   flp_api_t api;
   mongocrypt_t *crypt;
} flp_bench_subject_t;

/* Owned bytes of the benchmark itself. */
typedef struct {
   uint8_t *data;
   uint32_t len;
} flp_bytes_t;

typedef struct {
   flp_bytes_t key_document;
   uint8_t key_id[16];
   const uint8_t *key; /* FLP_KEY_LEN bytes */
} flp_bench_key_t;

/* Ends the program: a benchmark that cannot trust its result has none. */
_Noreturn void flp_bench_die(const char *where, const char *what);

/* False if the file cannot be loaded. `hooked`: its cryptography is that of hooks.c. */
bool flp_bench_subject_load(flp_bench_subject_t *subject, const char *name, const char *file, bool hooked);
void flp_bench_subject_destroy(flp_bench_subject_t *subject);
void flp_bench_make_key(const flp_bench_subject_t *subject, const uint8_t key[FLP_KEY_LEN], flp_bench_key_t *out);

bool flp_bench_set_hooks(const flp_api_t *api, mongocrypt_t *crypt); /* hooks.c */

/* One whole context: options, init, key document if asked for, finalize. The result is a copy when out is given. */
void flp_bench_encrypt(const flp_bench_subject_t *s, const flp_bench_key_t *key, bool deterministic, const flp_bytes_t *message,
                       flp_bytes_t *out);
void flp_bench_decrypt(const flp_bench_subject_t *s, const flp_bench_key_t *key, bool explicit_message, const flp_bytes_t *document,
                       flp_bytes_t *out);

/* The bound: what the same cryptography costs with OpenSSL alone: no BSON, no allocation (bound.c). */
typedef struct {
   const uint8_t *blob; /* a whole ciphertext: head, IV, S, tag */
   uint32_t len;
} flp_field_t;

typedef struct flp_bound flp_bound_t;
flp_bound_t *flp_bound_new(const uint8_t key[FLP_KEY_LEN]);
void flp_bound_destroy(flp_bound_t *bound);
void flp_bound_open_each(flp_bound_t *bound, const flp_field_t *fields, size_t n_fields, uint8_t *out);
void flp_bound_open_batch(flp_bound_t *bound, const flp_field_t *fields, size_t n_fields, uint8_t *scratch, uint8_t *out);
void flp_bound_seal(flp_bound_t *bound, bool deterministic, const uint8_t head[FLP_BLOB_HEAD], const uint8_t *plain, uint32_t len, uint8_t *out);

#endif
