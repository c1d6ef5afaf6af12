/* What listCollections said, by namespace, for one minute; also that there is no such collection. Shared by the contexts of a handle:
 * locked inside. API sheet, section 5. */
#ifndef FLP_SCHEMA_COLLINFO_CACHE_H
#define FLP_SCHEMA_COLLINFO_CACHE_H

#include "ref/mongocrypt/errors.h"

#include <pthread.h>

#define FLP_COLLINFO_EXPIRATION_MS 60000u

typedef struct flp_collinfo_entry_t flp_collinfo_entry_t;

typedef struct {
   pthread_mutex_t lock;
   bool ready; /* the lock was made */
   flp_collinfo_entry_t *oldest;
   flp_collinfo_entry_t *newest;
} flp_collinfo_cache_t;

/* `cache` must be zeroed. False: the lock could not be made. */
bool flp_collinfo_cache_init(flp_collinfo_cache_t *cache);
void flp_collinfo_cache_cleanup(flp_collinfo_cache_t *cache);

/* Drops what is too old, then answers with a copy: `found` tells whether there is an entry; its document is empty (no bytes) where the
 * collection does not exist. False only when memory is short. `document` must be empty. */
bool flp_collinfo_cache_ask(flp_collinfo_cache_t *cache, flp_view_t ns, bool *found, flp_buf_t *document, flp_status_t *status);

/* Remembers; an entry of the same namespace is replaced. */
bool flp_collinfo_cache_add(flp_collinfo_cache_t *cache, flp_view_t ns, flp_view_t document, flp_status_t *status);

#endif
