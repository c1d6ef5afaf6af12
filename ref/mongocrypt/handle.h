/* The handle: options, credentials, cryptography and caches that contexts share. Options are written before init by one thread;
 * afterwards they are only read, and what changes (key cache, pool of crypto states, log) has its own lock (TH-1, TH-5).
 * The status is not locked (TH-2). */
#ifndef FLP_HANDLE_H
#define FLP_HANDLE_H

#include "ref/base/log.h"
#include "ref/mongocrypt/crypto/crypto.h"
#include "ref/mongocrypt/key/cache.h"
#include "ref/mongocrypt/kms/providers.h"
#include "ref/mongocrypt/schema/collinfo_cache.h"

#include "mongocrypt/mongocrypt.h"

typedef struct _mongocrypt_t flp_handle_t;

struct _mongocrypt_t {
   bool initialized; /* init was called; see `usable` */
   bool usable;      /* init succeeded: contexts may be made */
   flp_status_t status;

   flp_log_t log;
   mongocrypt_log_fn_t log_fn; /* what the caller set; goes into `log` at init */
   void *log_ctx;

   bool retry_kms;
   bool multiple_collinfo;
   bool need_kms_credentials;
   bool collinfo_with_db;
   bool bypass_query_analysis;
   flp_buf_t schema_map; /* empty: not set */
   flp_buf_t efc_map;
   bool has_search_path;
   char *override_path; /* NULL: not set */

   flp_kms_providers_t providers;
   flp_crypto_t crypto;
   flp_key_cache_t key_cache;
   flp_collinfo_cache_t collinfo_cache;
};

/* NULL when memory is short. What else fails is in the status, and so in init. */
flp_handle_t *flp_handle_new(void);
void flp_handle_destroy(flp_handle_t *handle); /* NULL is fine */

/* Checks the options together, in the order of INIT-7. Once. All functions below put their error into handle->status as well. */
bool flp_handle_init(flp_handle_t *handle);

/* Setters: false after init (E006). A view with data NULL stands for a NULL of the caller. */
bool flp_handle_may_set(flp_handle_t *handle, const char *option);
/* The error of a usable handle is that of the last call which failed: to be called before another is stored. */
void flp_handle_forget_error(flp_handle_t *handle);
bool flp_handle_set_schema_map(flp_handle_t *handle, flp_view_t document);
bool flp_handle_set_efc_map(flp_handle_t *handle, flp_view_t document);
bool flp_handle_set_key_expiration(flp_handle_t *handle, uint64_t ms);
bool flp_handle_set_override_path(flp_handle_t *handle, const char *path);

#endif
