/* The gate: the only place where the host calls into a subject. Before the call it writes the shared page (so that a death names its
 * call) and arms the outside; after it, every input that it made is overwritten and freed, so that a subject that keeps a pointer reads
 * rubbish. Arguments and results are values of the kinds in the ABI table. */
#ifndef FLP_HOST_ABI_GATE_H
#define FLP_HOST_ABI_GATE_H

#include "ref/base/bytes.h"
#include "runner/host/abi/library.h"
#include "runner/host/abi/outside.h"

/* The one public struct of the ABI. */
typedef struct {
   void *data;
   uint32_t len;
} flp_abi_binary_t;

/* Functions that the host itself uses, by number. */
#define FLP_FUNCTIONS(X)                                                                                                           \
   X(version) X(is_crypto_available) X(binary_destroy) X(status_new) X(status_set) X(status_type) X(status_code)                   \
   X(status_message) X(status_destroy) X(new) X(init) X(status) X(destroy) X(setopt_retry_kms)                                     \
   X(setopt_enable_multiple_collinfo) X(setopt_kms_provider_aws) X(setopt_kms_provider_local) X(setopt_kms_providers)              \
   X(setopt_schema_map) X(setopt_encrypted_field_config_map) X(setopt_append_crypt_shared_lib_search_path)                         \
   X(setopt_set_crypt_shared_lib_path_override) X(setopt_use_need_kms_credentials_state)                                           \
   X(setopt_use_need_mongo_collinfo_with_db_state) X(setopt_bypass_query_analysis) X(setopt_use_range_v2)                          \
   X(setopt_key_expiration) X(setopt_crypto_hooks) X(setopt_aes_256_ctr) X(setopt_aes_256_ecb)                                     \
   X(setopt_crypto_hook_sign_rsaes_pkcs1_v1_5) X(ctx_new) X(ctx_status) X(ctx_destroy) X(ctx_setopt_key_id)                        \
   X(ctx_setopt_key_alt_name) X(ctx_setopt_key_material) X(ctx_setopt_algorithm) X(ctx_setopt_masterkey_aws)                       \
   X(ctx_setopt_masterkey_aws_endpoint) X(ctx_setopt_masterkey_local) X(ctx_setopt_key_encryption_key)                             \
   X(ctx_setopt_contention_factor) X(ctx_setopt_index_key_id) X(ctx_setopt_query_type) X(ctx_setopt_algorithm_range)               \
   X(ctx_setopt_algorithm_text) X(ctx_encrypt_init) X(ctx_decrypt_init) X(ctx_explicit_encrypt_init)                               \
   X(ctx_explicit_encrypt_expression_init) X(ctx_explicit_decrypt_init) X(ctx_datakey_init) X(ctx_rewrap_many_datakey_init)        \
   X(ctx_state) X(ctx_mongo_op) X(ctx_mongo_db) X(ctx_mongo_feed) X(ctx_mongo_done) X(ctx_next_kms_ctx) X(ctx_kms_done)            \
   X(ctx_provide_kms_providers) X(ctx_finalize) X(kms_ctx_message) X(kms_ctx_endpoint) X(kms_ctx_bytes_needed) X(kms_ctx_usleep)   \
   X(kms_ctx_feed) X(kms_ctx_fail) X(kms_ctx_status) X(kms_ctx_get_kms_provider)

typedef enum {
#define FLP_FN_NUMBER(name) FLP_FN_##name,
   FLP_FUNCTIONS(FLP_FN_NUMBER)
#undef FLP_FN_NUMBER
      FLP_FN_COUNT
} flp_fn_t;

/* Fixed layout: the supervisor reads it. */
typedef struct {
   uint64_t cases_begun;
   uint32_t step;
   char call[64];
} flp_page_t;

typedef enum {
   FLP_ARG_NULL,    /* NULL pointer, 0, false */
   FLP_ARG_HANDLE,  /* pointer as it is */
   FLP_ARG_BYTES,   /* copied for this call; for data that the callee keeps: until flp_gate_forget */
   FLP_ARG_TEXT,    /* copied for this call, with `len` or its exact length */
   FLP_ARG_NUMBER,
   FLP_ARG_OUT,     /* the gate has room for it */
   FLP_ARG_DEFAULT, /* callback: the host's own */
   FLP_ARG_FAILING, /* callback: sets an error and returns false */
} flp_arg_kind_t;

typedef struct {
   flp_arg_kind_t kind;
   void *handle;
   flp_view_t bytes;
   bool has_len;  /* text: len is the case's choice */
   int32_t len;
   uint64_t number;
} flp_arg_t;

#define FLP_HANDLE(p) ((flp_arg_t){.kind = (p) == NULL ? FLP_ARG_NULL : FLP_ARG_HANDLE, .handle = (p)})
#define FLP_BYTES(v) ((flp_arg_t){.kind = FLP_ARG_BYTES, .bytes = (v)})
#define FLP_TEXT(v) ((flp_arg_t){.kind = FLP_ARG_TEXT, .bytes = (v)})
#define FLP_NUMBER(n) ((flp_arg_t){.kind = FLP_ARG_NUMBER, .number = (uint64_t)(n)})
#define FLP_OUT ((flp_arg_t){.kind = FLP_ARG_OUT})
#define FLP_DEFAULT ((flp_arg_t){.kind = FLP_ARG_DEFAULT})
#define FLP_NULL ((flp_arg_t){.kind = FLP_ARG_NULL})

/* What came back. Views and text belong to the subject: read them before the next call. */
typedef struct {
   void *pointer;         /* handle, text or data */
   uint64_t number;       /* numbers; bool as 0 or 1 */
   flp_view_t out_bytes;
   const char *out_text;
   uint32_t out_len;
   bool out_bool;
} flp_result_t;

typedef struct {
   int32_t type; /* -1: the host's own */
   uint32_t code;
   flp_view_t message; /* the subject's until the next error is read */
   char own[128];
} flp_error_t;

typedef struct {
   flp_library_t *library;
   const flp_abi_function_t *functions[FLP_FN_COUNT];
   flp_page_t *page;
   uint64_t calls;        /* of this case */
   uint64_t point;        /* of a sweep, 0 without: shown in the page */
   void *status;          /* for reading errors */
   void **kept;           /* bytes that binaries of this case look at */
   size_t n_kept, cap_kept;
   const char *last;      /* name of the last function called */
   const char *leaked_in[FLP_MAX_SECRETS]; /* where each secret was first seen in a freed block */
} flp_gate_t;

void flp_gate_init(flp_gate_t *gate, flp_library_t *library, flp_page_t *page);

bool flp_gate_has(const flp_gate_t *gate, flp_fn_t fn);

/* One argument a parameter of the table. False: the subject does not export the function, nothing was called. */
bool flp_gate_call(flp_gate_t *gate, const flp_abi_function_t *function, const flp_arg_t *args, flp_result_t *result);

/* Short forms for functions whose result is all that matters. A function that is not exported gives false, NULL or 0. */
bool flp_gate_true(flp_gate_t *gate, flp_fn_t fn, const flp_arg_t *args);
void *flp_gate_pointer(flp_gate_t *gate, flp_fn_t fn, const flp_arg_t *args);
bool flp_gate_bytes(flp_gate_t *gate, flp_fn_t fn, void *object, flp_view_t *bytes); /* f(object, out binary) */
bool flp_gate_feed(flp_gate_t *gate, flp_fn_t fn, void *object, flp_view_t bytes);   /* f(object, in binary) */
#define FLP_ARGS(...) ((const flp_arg_t[]){__VA_ARGS__})

/* The error of a crypt, ctx or kms object after a call that failed. False: it has none (or kind has no status). */
bool flp_gate_error(flp_gate_t *gate, flp_abi_kind_t kind, void *object, flp_error_t *error);
void flp_gate_error_missing(flp_error_t *error, const char *function);

/* Frees bytes that binaries looked at. */
void flp_gate_forget(flp_gate_t *gate);

/* The binaries' bytes as they are now. NULL gives an empty view. */
flp_view_t flp_gate_binary(const void *binary);

#endif
