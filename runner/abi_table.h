/* The 80 functions of the libmongocrypt C ABI as data: name, return, parameters by name and kind.
 * The loader checks `steps` against it and the host calls by it, so both read one table. It depends on nothing but libc and says
 * nothing about behaviour. */
#ifndef FLP_RUNNER_ABI_TABLE_H
#define FLP_RUNNER_ABI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

/* One kind a parameter, as a scenario sees it: two C parameters that belong together (text and length) are one here. */
typedef enum {
   FLP_ABI_VOID, /* returns only */

   /* handles: written as the name that an earlier step gave with `as`, or null */
   FLP_ABI_CRYPT,
   FLP_ABI_CTX,
   FLP_ABI_KMS,
   FLP_ABI_STATUS,
   FLP_ABI_BINARY,

   /* inputs */
   FLP_ABI_BYTES,    /* mongocrypt_binary_t *, read by the call: a binary, a document, the name of a binary handle, null */
   FLP_ABI_DATA_LEN, /* uint8_t *data, uint32_t len: a binary, a document, null; as a return: the bytes of a binary */
   FLP_ABI_TEXT_LEN, /* const char *, int32_t: a string, {text, len}, null */
   FLP_ABI_TEXT,     /* const char * ended by NUL: a string, null; as a return: text */
   FLP_ABI_BOOL,
   FLP_ABI_INT64,
   FLP_ABI_UINT64,
   FLP_ABI_UINT32,
   FLP_ABI_STATUS_TYPE, /* mongocrypt_status_type_t: OK, CLIENT, KMS, CRYPT_SHARED or a number */
   FLP_ABI_STATE,       /* mongocrypt_ctx_state_t, returns only: the name without MONGOCRYPT_CTX_ */

   /* callbacks: `default` (the host's own), `failing`, null */
   FLP_ABI_LOG_FN,
   FLP_ABI_CRYPTO_FN,
   FLP_ABI_HMAC_FN,
   FLP_ABI_HASH_FN,
   FLP_ABI_RANDOM_FN,
   FLP_ABI_USER, /* void * handed back to callbacks: need not be named, null allowed */

   /* outputs: allocated by the host and not named, or null */
   FLP_ABI_BYTES_OUT, /* mongocrypt_binary_t *, written: its view; the name of a binary handle is allowed too */
   FLP_ABI_LEN_OUT,   /* uint32_t * */
   FLP_ABI_TEXT_OUT,  /* const char ** */
   FLP_ABI_BOOL_OUT,  /* bool * */
} flp_abi_kind_t;

enum { FLP_ABI_MAX_PARAMS = 8 };

typedef struct {
   const char *name;
   flp_abi_kind_t kind;
} flp_abi_param_t;

typedef struct {
   const char *name; /* without `mongocrypt_` */
   flp_abi_kind_t returns;
   const char *since; /* first release whose public header has it */
   size_t n_params;
   flp_abi_param_t params[FLP_ABI_MAX_PARAMS];
} flp_abi_function_t;

enum { FLP_ABI_N_FUNCTIONS = 80 };
extern const flp_abi_function_t flp_abi_functions[FLP_ABI_N_FUNCTIONS];

/* NULL if there is none. `name` with or without `mongocrypt_`. */
const flp_abi_function_t *flp_abi_find(const char *name);

/* Is the parameter of this kind something the call writes, so that a step need not name it? */
bool flp_abi_is_output(flp_abi_kind_t kind);
/* Is it one of the five kinds that a step names by a handle? */
bool flp_abi_is_handle(flp_abi_kind_t kind);
/* For messages and the JSON Schema: "a context handle". Never NULL. */
const char *flp_abi_kind_words(flp_abi_kind_t kind);

#endif
