/* The C interface of libmongocrypt, as fleproof's reference library implements it: client-side field level encryption as a state machine
 * that does no input or output of its own. The caller makes a handle, makes contexts on it, asks each context in which state it is, and
 * does what that state needs.
 *
 * Names, values and layouts are those of the interface; the words are ours.
 *
 * Common rules, said once:
 * - A function that returns bool returns false after an error and keeps that error in the object it was called on: read it with
 *   mongocrypt_status, mongocrypt_ctx_status or mongocrypt_kms_ctx_status. An error stays: an object that failed does nothing more.
 * - Every message ends in a tag, ` [CLASS name=value ...]`, made for programs; errors of the library have code 1.
 * - What comes in is copied before the call returns. The caller may free the view and its bytes at once.
 * - What goes out is borrowed; each function says until when.
 * - `len` counts bytes. Where a text has a length of type int or int32_t, -1 stands for "ends in a zero byte, measure it"; less is an
 *   error. uint32_t *len outputs may be NULL and never count the zero byte.
 * - NULL for an object that the call works on gives false, NULL or 0; it never crashes.
 */
#ifndef MONGOCRYPT_H
#define MONGOCRYPT_H

#include "mongocrypt-compat.h"
#include "mongocrypt-config.h"
#include "mongocrypt-export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- version ------------------------------------------------------------------------------------------------------------------ */

/* Text such as "1.20.1+fleproof.0.1.0", for ever valid, ending in a zero byte. The part before the plus sign is the release of the
 * interface. */
MONGOCRYPT_EXPORT
const char *mongocrypt_version(uint32_t *len);

/* True: the library has cryptography of its own and needs no hooks. */
MONGOCRYPT_EXPORT
bool mongocrypt_is_crypto_available(void);

/* --- binary: a view of bytes that somebody else owns --------------------------------------------------------------------------- */

/* May stand on the caller's stack, and its fields may be read and written directly. */
typedef struct _mongocrypt_binary_t {
   void *data;
   uint32_t len;
} mongocrypt_binary_t;

/* An empty view for an output: data NULL, len 0. Destroy it with mongocrypt_binary_destroy. NULL when memory is short. */
MONGOCRYPT_EXPORT
mongocrypt_binary_t *mongocrypt_binary_new(void);

/* A view of `len` bytes at `data`, which the caller keeps alive as long as the view is used. Nothing is copied. With NULL data the view
 * has data NULL and length 0. */
MONGOCRYPT_EXPORT
mongocrypt_binary_t *mongocrypt_binary_new_from_data(uint8_t *data, uint32_t len);

/* The bytes, valid as long as their owner says; NULL for NULL. */
MONGOCRYPT_EXPORT
uint8_t *mongocrypt_binary_data(const mongocrypt_binary_t *binary);

/* Number of bytes; 0 for NULL. */
MONGOCRYPT_EXPORT
uint32_t mongocrypt_binary_len(const mongocrypt_binary_t *binary);

/* Frees the view and leaves the bytes alone. NULL is fine. Not for views that the caller allocated. */
MONGOCRYPT_EXPORT
void mongocrypt_binary_destroy(mongocrypt_binary_t *binary);

/* --- status: the outcome of a call ---------------------------------------------------------------------------------------------- */

typedef enum {
   MONGOCRYPT_STATUS_OK = 0,
   MONGOCRYPT_STATUS_ERROR_CLIENT = 1,       /* everything that this library finds wrong */
   MONGOCRYPT_STATUS_ERROR_KMS = 2,          /* never made by the library; a hook may set it */
   MONGOCRYPT_STATUS_ERROR_CRYPT_SHARED = 3, /* from a loaded crypt_shared library */
} mongocrypt_status_type_t;

typedef struct _mongocrypt_status_t mongocrypt_status_t;

/* OK, code 0, no message. The caller destroys it. NULL when memory is short. */
MONGOCRYPT_EXPORT
mongocrypt_status_t *mongocrypt_status_new(void);

/* Sets all parts; the message is copied. `message_len` counts the zero byte too: N copies N - 1 bytes of `message`, 0 gives an empty
 * message, and a negative one measures. Made for crypto hooks. When memory is short, type and code are set and the message is empty. */
MONGOCRYPT_EXPORT
void mongocrypt_status_set(mongocrypt_status_t *status,
                           mongocrypt_status_type_t type,
                           uint32_t code,
                           const char *message,
                           int32_t message_len);

/* For NULL: ERROR_CLIENT, because a status that could not be made is no success. */
MONGOCRYPT_EXPORT
mongocrypt_status_type_t mongocrypt_status_type(mongocrypt_status_t *status);

/* For NULL: 0. */
MONGOCRYPT_EXPORT
uint32_t mongocrypt_status_code(mongocrypt_status_t *status);

/* The message, ending in a zero byte, valid until the status is set, filled again or destroyed. NULL when the type is OK, and for NULL;
 * `len` is then left as it was. */
MONGOCRYPT_EXPORT
const char *mongocrypt_status_message(mongocrypt_status_t *status, uint32_t *len);

/* Is the type OK? False for NULL. */
MONGOCRYPT_EXPORT
bool mongocrypt_status_ok(mongocrypt_status_t *status);

/* NULL is fine. */
MONGOCRYPT_EXPORT
void mongocrypt_status_destroy(mongocrypt_status_t *status);

/* --- log -------------------------------------------------------------------------------------------------------------------------- */

typedef enum {
   MONGOCRYPT_LOG_LEVEL_FATAL = 0,
   MONGOCRYPT_LOG_LEVEL_ERROR = 1,
   MONGOCRYPT_LOG_LEVEL_WARNING = 2,
   MONGOCRYPT_LOG_LEVEL_INFO = 3,
   MONGOCRYPT_LOG_LEVEL_TRACE = 4, /* never used */
} mongocrypt_log_level_t;

/* One message. It is borrowed for the call, ends in a zero byte, and is called with the log's lock held: it must not make a call that
 * logs. May be called from any thread that uses the handle, one at a time. */
typedef void (*mongocrypt_log_fn_t)(mongocrypt_log_level_t level, const char *message, uint32_t message_len, void *ctx);

/* --- handle: options, caches and credentials, shared by contexts ----------------------------------------------------------------- */

/* Before mongocrypt_init it belongs to one thread; afterwards contexts of several threads may share it. */
typedef struct _mongocrypt_t mongocrypt_t;

/* The caller destroys it. NULL only when memory is short; what else fails is reported by mongocrypt_init. */
MONGOCRYPT_EXPORT
mongocrypt_t *mongocrypt_new(void);

/* Sets the log handler, or none with NULL. It is used from mongocrypt_init on. The last call wins. */
MONGOCRYPT_EXPORT
bool mongocrypt_setopt_log_handler(mongocrypt_t *crypt, mongocrypt_log_fn_t log_fn, void *log_ctx);

/* Shall contexts made after this call ask for failed KMS requests to be sent again? Off at first. */
MONGOCRYPT_EXPORT
bool mongocrypt_setopt_retry_kms(mongocrypt_t *crypt, bool enable);

/* Allows aggregates that read more than one collection. */
MONGOCRYPT_EXPORT
bool mongocrypt_setopt_enable_multiple_collinfo(mongocrypt_t *crypt);

/* Credentials of the provider `aws`, both UTF-8. Superseded by mongocrypt_setopt_kms_providers. May be set once. */
MONGOCRYPT_EXPORT
bool mongocrypt_setopt_kms_provider_aws(mongocrypt_t *crypt,
                                        const char *aws_access_key_id,
                                        int32_t aws_access_key_id_len,
                                        const char *aws_secret_access_key,
                                        int32_t aws_secret_access_key_len);

/* The key of the provider `local`: 96 bytes. Superseded by mongocrypt_setopt_kms_providers. May be set once. */
MONGOCRYPT_EXPORT
bool mongocrypt_setopt_kms_provider_local(mongocrypt_t *crypt, mongocrypt_binary_t *key);

/* A BSON document, a field for each provider: `aws`, `azure`, `gcp`, `kmip`, `local`, or with a name of [a-zA-Z0-9_] as `aws:name`.
 * An empty document means that credentials come later, and needs mongocrypt_setopt_use_need_kms_credentials_state. May be called several
 * times with different providers. */
MONGOCRYPT_EXPORT
bool mongocrypt_setopt_kms_providers(mongocrypt_t *crypt, mongocrypt_binary_t *kms_providers);

/* A BSON document `{"db.coll": JSON Schema}`. May be set once. */
MONGOCRYPT_EXPORT
bool mongocrypt_setopt_schema_map(mongocrypt_t *crypt, mongocrypt_binary_t *schema_map);

/* A BSON document `{"db.coll": encryptedFields}`; no name may be in the schema map too. May be set once. */
MONGOCRYPT_EXPORT
bool mongocrypt_setopt_encrypted_field_config_map(mongocrypt_t *crypt, mongocrypt_binary_t *efc_map);

/* A folder in which mongocrypt_init looks for crypt_shared, in the order of the calls; ends in a zero byte. This library never finds
 * one. */
MONGOCRYPT_EXPORT
void mongocrypt_setopt_append_crypt_shared_lib_search_path(mongocrypt_t *crypt, const char *path);

/* The file that is crypt_shared; ends in a zero byte, the last call wins. This library loads none: mongocrypt_init fails, unless query
 * analysis is bypassed. */
MONGOCRYPT_EXPORT
void mongocrypt_setopt_set_crypt_shared_lib_path_override(mongocrypt_t *crypt, const char *path);

/* Allows the state NEED_KMS_CREDENTIALS and providers given as an empty document. */
MONGOCRYPT_EXPORT
void mongocrypt_setopt_use_need_kms_credentials_state(mongocrypt_t *crypt);

/* Allows the state NEED_MONGO_COLLINFO_WITH_DB. */
MONGOCRYPT_EXPORT
void mongocrypt_setopt_use_need_mongo_collinfo_with_db_state(mongocrypt_t *crypt);

/* No state NEED_MONGO_MARKINGS, and no crypt_shared. */
MONGOCRYPT_EXPORT
void mongocrypt_setopt_bypass_query_analysis(mongocrypt_t *crypt);

/* Nothing to choose any more: there is one version of range encryption. */
MONGOCRYPT_EXPORT
bool mongocrypt_setopt_use_range_v2(mongocrypt_t *crypt);

/* How long an opened data key is kept, in milliseconds: 0 for ever, at most INT64_MAX; 60,000 if never set. The last call wins. */
MONGOCRYPT_EXPORT
bool mongocrypt_setopt_key_expiration(mongocrypt_t *crypt, uint64_t cache_expiration_ms);

/* Checks the options together and makes the handle ready. Once. After a failure only the status can be read and the handle destroyed. */
MONGOCRYPT_EXPORT
bool mongocrypt_init(mongocrypt_t *crypt);

/* Copies the handle's status into `status`, which outlives the handle. True when it is OK. NULL status: false, and an error is kept. */
MONGOCRYPT_EXPORT
bool mongocrypt_status(mongocrypt_t *crypt, mongocrypt_status_t *status);

/* Wipes and frees. Contexts come first. NULL is fine. */
MONGOCRYPT_EXPORT
void mongocrypt_destroy(mongocrypt_t *crypt);

/* Version of the loaded crypt_shared; NULL, and *len 0, when there is none. Valid as long as the handle. */
MONGOCRYPT_EXPORT
const char *mongocrypt_crypt_shared_lib_version_string(const mongocrypt_t *crypt, uint32_t *len);

/* The same as four 16-bit parts, major first; 0 when there is none. */
MONGOCRYPT_EXPORT
uint64_t mongocrypt_crypt_shared_lib_version(const mongocrypt_t *crypt);

/* --- context: one operation ------------------------------------------------------------------------------------------------------- */

/* Belongs to one thread at a time and borrows its handle. New, options, one init, then the loop of states. */
typedef struct _mongocrypt_ctx_t mongocrypt_ctx_t;

/* The caller destroys it, before the handle. NULL when the handle is NULL or not initialised (the handle then keeps an error), and when
 * memory is short. */
MONGOCRYPT_EXPORT
mongocrypt_ctx_t *mongocrypt_ctx_new(mongocrypt_t *crypt);

/* As mongocrypt_status, for a context. */
MONGOCRYPT_EXPORT
bool mongocrypt_ctx_status(mongocrypt_ctx_t *ctx, mongocrypt_status_t *status);

/* The data key by its `_id`: 16 bytes. Once. */
MONGOCRYPT_EXPORT
bool mongocrypt_ctx_setopt_key_id(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *key_id);

/* The data key by name, or a name for a new one: BSON `{keyAltName: string}`. Several calls give a new key several names. */
MONGOCRYPT_EXPORT
bool mongocrypt_ctx_setopt_key_alt_name(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *key_alt_name);

/* The bytes of a new data key, instead of random ones: BSON `{keyMaterial: 96 bytes}`. Once. */
MONGOCRYPT_EXPORT
bool mongocrypt_ctx_setopt_key_material(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *key_material);

/* Algorithm names, without regard to case. */
#define MONGOCRYPT_ALGORITHM_DETERMINISTIC_STR "AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic"
#define MONGOCRYPT_ALGORITHM_RANDOM_STR "AEAD_AES_256_CBC_HMAC_SHA_512-Random"
#define MONGOCRYPT_ALGORITHM_INDEXED_STR "Indexed"
#define MONGOCRYPT_ALGORITHM_UNINDEXED_STR "Unindexed"
#define MONGOCRYPT_ALGORITHM_RANGE_STR "Range"
#define MONGOCRYPT_ALGORITHM_RANGEPREVIEW_DEPRECATED_STR "RangePreview" /* refused */
#define MONGOCRYPT_ALGORITHM_STRING_STR "string"
#define MONGOCRYPT_ALGORITHM_TEXTPREVIEW_DEPRECATED_STR "textPreview" /* refused */

/* How an explicit value is encrypted, one of the names above. Once. */
MONGOCRYPT_EXPORT
bool mongocrypt_ctx_setopt_algorithm(mongocrypt_ctx_t *ctx, const char *algorithm, int len);

/* The key encryption key of a new data key, at provider `aws`. Superseded by mongocrypt_ctx_setopt_key_encryption_key. */
MONGOCRYPT_EXPORT
bool mongocrypt_ctx_setopt_masterkey_aws(mongocrypt_ctx_t *ctx, const char *region, int32_t region_len, const char *cmk, int32_t cmk_len);

/* Where that key is, `host[:port]`; after mongocrypt_ctx_setopt_masterkey_aws. Superseded likewise. */
MONGOCRYPT_EXPORT
bool mongocrypt_ctx_setopt_masterkey_aws_endpoint(mongocrypt_ctx_t *ctx, const char *endpoint, int32_t endpoint_len);

/* The key encryption key is that of provider `local`. Superseded likewise. */
MONGOCRYPT_EXPORT
bool mongocrypt_ctx_setopt_masterkey_local(mongocrypt_ctx_t *ctx);

/* The key encryption key: BSON `{provider: id, ...}` with the fields of that provider. Once, and not beside one of the three above. */
MONGOCRYPT_EXPORT
bool mongocrypt_ctx_setopt_key_encryption_key(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *bin);

/* Contention factor of an indexed value, from 0. Its range is checked by the init. */
MONGOCRYPT_EXPORT
bool mongocrypt_ctx_setopt_contention_factor(mongocrypt_ctx_t *ctx, int64_t contention_factor);

/* The key of the index, if it is not that of the value: 16 bytes. Once. */
MONGOCRYPT_EXPORT
bool mongocrypt_ctx_setopt_index_key_id(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *key_id);

/* Query types, without regard to case. */
#define MONGOCRYPT_QUERY_TYPE_EQUALITY_STR "equality"
#define MONGOCRYPT_QUERY_TYPE_RANGE_STR "range"
#define MONGOCRYPT_QUERY_TYPE_RANGEPREVIEW_DEPRECATED_STR "rangePreview" /* refused */
#define MONGOCRYPT_QUERY_TYPE_PREFIX_STR "prefix"
#define MONGOCRYPT_QUERY_TYPE_SUFFIX_STR "suffix"
#define MONGOCRYPT_QUERY_TYPE_SUBSTRING_STR "substring"
#define MONGOCRYPT_QUERY_TYPE_PREFIXPREVIEW_DEPRECATED_STR "prefixPreview"
#define MONGOCRYPT_QUERY_TYPE_SUFFIXPREVIEW_DEPRECATED_STR "suffixPreview"
#define MONGOCRYPT_QUERY_TYPE_SUBSTRINGPREVIEW_DEPRECATED_STR "substringPreview"

/* Makes a payload for a query instead of one for a document. The last call wins. */
MONGOCRYPT_EXPORT
bool mongocrypt_ctx_setopt_query_type(mongocrypt_ctx_t *ctx, const char *query_type, int len);

/* Options of algorithm Range: BSON `{min, max, sparsity: int64, precision: int32, trimFactor: int32}`. Once. */
MONGOCRYPT_EXPORT
bool mongocrypt_ctx_setopt_algorithm_range(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *opts);

/* Options of algorithm string: BSON `{caseSensitive, diacriticSensitive, prefix, suffix, substring}`. Once. */
MONGOCRYPT_EXPORT
bool mongocrypt_ctx_setopt_algorithm_text(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *opts);

/* Makes a data key. The result is its document for the key vault. Needs a key encryption key. */
MONGOCRYPT_EXPORT
bool mongocrypt_ctx_datakey_init(mongocrypt_ctx_t *ctx);

/* Encrypts what a schema says in the BSON command `cmd` for database `db`. The result is the command to send. */
MONGOCRYPT_EXPORT
bool mongocrypt_ctx_encrypt_init(mongocrypt_ctx_t *ctx, const char *db, int32_t db_len, mongocrypt_binary_t *cmd);

/* Encrypts the one value of `{v: value}`. The result is `{v: binary of subtype 6}`. Needs a key and an algorithm. */
MONGOCRYPT_EXPORT
bool mongocrypt_ctx_explicit_encrypt_init(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *msg);

/* Encrypts the bounds of the range expression in `{v: expression}`. Needs query type range. */
MONGOCRYPT_EXPORT
bool mongocrypt_ctx_explicit_encrypt_expression_init(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *msg);

/* Opens every encrypted value in a BSON document, at any depth. The result is the document with the values in their places. */
MONGOCRYPT_EXPORT
bool mongocrypt_ctx_decrypt_init(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *doc);

/* Opens the one value of `{v: binary of subtype 6}`. The result is `{v: value}`. */
MONGOCRYPT_EXPORT
bool mongocrypt_ctx_explicit_decrypt_init(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *msg);

/* Wraps all data keys that `filter` finds again, under a new key encryption key or under their own. The result is `{v: [updates]}`. */
MONGOCRYPT_EXPORT
bool mongocrypt_ctx_rewrap_many_datakey_init(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *filter);

/* What the context waits for. */
typedef enum {
   MONGOCRYPT_CTX_ERROR = 0,                       /* read the status; nothing else works */
   MONGOCRYPT_CTX_NEED_MONGO_COLLINFO = 1,         /* listCollections on the context's database, filter from mongo_op */
   MONGOCRYPT_CTX_NEED_MONGO_MARKINGS = 2,         /* run mongo_op on mongocryptd */
   MONGOCRYPT_CTX_NEED_MONGO_KEYS = 3,             /* find in the key vault, filter from mongo_op */
   MONGOCRYPT_CTX_NEED_KMS = 4,                    /* send the requests of next_kms_ctx */
   MONGOCRYPT_CTX_READY = 5,                       /* call finalize */
   MONGOCRYPT_CTX_DONE = 6,                        /* all done */
   MONGOCRYPT_CTX_NEED_KMS_CREDENTIALS = 7,        /* call provide_kms_providers */
   MONGOCRYPT_CTX_NEED_MONGO_COLLINFO_WITH_DB = 8, /* listCollections on the database of mongo_db */
} mongocrypt_ctx_state_t;

/* ERROR for NULL. On a context without init this call itself records an error and ends it. */
MONGOCRYPT_EXPORT
mongocrypt_ctx_state_t mongocrypt_ctx_state(mongocrypt_ctx_t *ctx);

/* What to ask, as BSON: a filter or a command, by state. The bytes are the context's and live until it is destroyed. */
MONGOCRYPT_EXPORT
bool mongocrypt_ctx_mongo_op(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *op_bson);

/* The database to ask, in state NEED_MONGO_COLLINFO_WITH_DB; NULL on an error. Lives until the context is destroyed. */
MONGOCRYPT_EXPORT
const char *mongocrypt_ctx_mongo_db(mongocrypt_ctx_t *ctx);

/* One document of the answer. Any number of calls, none included, then mongocrypt_ctx_mongo_done. */
MONGOCRYPT_EXPORT
bool mongocrypt_ctx_mongo_feed(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *reply);

/* No more documents: go on. */
MONGOCRYPT_EXPORT
bool mongocrypt_ctx_mongo_done(mongocrypt_ctx_t *ctx);

/* One request to a key management service. It is the context's: never freed, valid until mongocrypt_ctx_kms_done. Different ones may be
 * fed by different threads. */
typedef struct _mongocrypt_kms_ctx_t mongocrypt_kms_ctx_t;

/* The next request, NULL when there is none left and on an error. */
MONGOCRYPT_EXPORT
mongocrypt_kms_ctx_t *mongocrypt_ctx_next_kms_ctx(mongocrypt_ctx_t *ctx);

/* The bytes to send. Valid as long as the request. */
MONGOCRYPT_EXPORT
bool mongocrypt_kms_ctx_message(mongocrypt_kms_ctx_t *kms, mongocrypt_binary_t *msg);

/* Where to connect, always `host:port`, ending in a zero byte. Valid as long as the request. */
MONGOCRYPT_EXPORT
bool mongocrypt_kms_ctx_endpoint(mongocrypt_kms_ctx_t *kms, const char **endpoint);

/* How many bytes to read next at most; 0 when the reply is complete, and for NULL. */
MONGOCRYPT_EXPORT
uint32_t mongocrypt_kms_ctx_bytes_needed(mongocrypt_kms_ctx_t *kms);

/* Microseconds to wait before sending; 0 for NULL. */
MONGOCRYPT_EXPORT
int64_t mongocrypt_kms_ctx_usleep(mongocrypt_kms_ctx_t *kms);

/* A piece of the reply, not more than mongocrypt_kms_ctx_bytes_needed. */
MONGOCRYPT_EXPORT
bool mongocrypt_kms_ctx_feed(mongocrypt_kms_ctx_t *kms, mongocrypt_binary_t *bytes);

/* As mongocrypt_kms_ctx_feed; *should_retry tells whether the request must be sent again from the start. */
MONGOCRYPT_EXPORT
bool mongocrypt_kms_ctx_feed_with_retry(mongocrypt_kms_ctx_t *kms, mongocrypt_binary_t *bytes, bool *should_retry);

/* The connection failed. True: the request comes again from mongocrypt_ctx_next_kms_ctx. */
MONGOCRYPT_EXPORT
bool mongocrypt_kms_ctx_fail(mongocrypt_kms_ctx_t *kms);

/* As mongocrypt_status, for a request. */
MONGOCRYPT_EXPORT
bool mongocrypt_kms_ctx_status(mongocrypt_kms_ctx_t *kms, mongocrypt_status_t *status);

/* The provider id, `aws` or `aws:name`, ending in a zero byte; NULL for NULL. Valid as long as the request. */
MONGOCRYPT_EXPORT
const char *mongocrypt_kms_ctx_get_kms_provider(mongocrypt_kms_ctx_t *kms, uint32_t *len);

/* All requests are answered: go on. */
MONGOCRYPT_EXPORT
bool mongocrypt_ctx_kms_done(mongocrypt_ctx_t *ctx);

/* Credentials for this context, in state NEED_KMS_CREDENTIALS: a document as for mongocrypt_setopt_kms_providers. */
MONGOCRYPT_EXPORT
bool mongocrypt_ctx_provide_kms_providers(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *kms_providers_definition);

/* The result, in state READY; the context is then DONE. The bytes are the context's and live until it is destroyed. */
MONGOCRYPT_EXPORT
bool mongocrypt_ctx_finalize(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *out);

/* Wipes and frees, in every state. NULL is fine. */
MONGOCRYPT_EXPORT
void mongocrypt_ctx_destroy(mongocrypt_ctx_t *ctx);

/* --- hooks: cryptography of the caller --------------------------------------------------------------------------------------------- */

/* All arguments are borrowed for the call. `out->data` has room for what the function makes and must not be replaced. On failure a hook
 * sets `status` and returns false: that status becomes the one of the operation. Hooks are called from every thread that drives a
 * context, also at the same time. */

/* AES-256 without padding: key of 32 bytes, iv of 16 (NULL for ECB), whole blocks in; *bytes_written is their number of bytes. */
typedef bool (*mongocrypt_crypto_fn)(void *ctx,
                                     mongocrypt_binary_t *key,
                                     mongocrypt_binary_t *iv,
                                     mongocrypt_binary_t *in,
                                     mongocrypt_binary_t *out,
                                     uint32_t *bytes_written,
                                     mongocrypt_status_t *status);

/* HMAC: 64 bytes out for SHA-512, 32 for SHA-256. Also an RSA signature: PKCS#8 key in, 256 bytes out. */
typedef bool (*mongocrypt_hmac_fn)(
   void *ctx, mongocrypt_binary_t *key, mongocrypt_binary_t *in, mongocrypt_binary_t *out, mongocrypt_status_t *status);

/* SHA-256: 32 bytes out. */
typedef bool (*mongocrypt_hash_fn)(void *ctx, mongocrypt_binary_t *in, mongocrypt_binary_t *out, mongocrypt_status_t *status);

/* `count` random bytes out. */
typedef bool (*mongocrypt_random_fn)(void *ctx, mongocrypt_binary_t *out, uint32_t count, mongocrypt_status_t *status);

/* Replaces native cryptography by all six functions; none may be NULL. `ctx` is handed to each. The last call wins. */
MONGOCRYPT_EXPORT
bool mongocrypt_setopt_crypto_hooks(mongocrypt_t *crypt,
                                    mongocrypt_crypto_fn aes_256_cbc_encrypt,
                                    mongocrypt_crypto_fn aes_256_cbc_decrypt,
                                    mongocrypt_random_fn random,
                                    mongocrypt_hmac_fn hmac_sha_512,
                                    mongocrypt_hmac_fn hmac_sha_256,
                                    mongocrypt_hash_fn sha_256,
                                    void *ctx);

/* AES-256-CTR, for Queryable Encryption. The functions get the `ctx` of mongocrypt_setopt_crypto_hooks; this one is not used. */
MONGOCRYPT_EXPORT
bool mongocrypt_setopt_aes_256_ctr(mongocrypt_t *crypt,
                                   mongocrypt_crypto_fn aes_256_ctr_encrypt,
                                   mongocrypt_crypto_fn aes_256_ctr_decrypt,
                                   void *ctx);

/* AES-256-ECB, from which CTR is made where it has no hook. The same is true of its `ctx`. */
MONGOCRYPT_EXPORT
bool mongocrypt_setopt_aes_256_ecb(mongocrypt_t *crypt, mongocrypt_crypto_fn aes_256_ecb_encrypt, void *ctx);

/* RSASSA-PKCS1-v1_5 with SHA-256, to sign requests to `gcp`. Once. Independent of the other hooks. */
MONGOCRYPT_EXPORT
bool mongocrypt_setopt_crypto_hook_sign_rsaes_pkcs1_v1_5(mongocrypt_t *crypt,
                                                         mongocrypt_hmac_fn sign_rsaes_pkcs1_v1_5,
                                                         void *sign_ctx);

#ifdef __cplusplus
}
#endif

#endif
