/* The data keys that a handle remembers, by id and by alternate name, for a limited time. Shared by all contexts of the handle: one lock,
 * taken once for a batch of questions. Rules CA-1 to CA-5, CA-9, CA-10. */
#ifndef FLP_KEY_CACHE_H
#define FLP_KEY_CACHE_H

#include "ref/mongocrypt/key/data_key.h"
#include "ref/mongocrypt/key/index.h"

#include <pthread.h>

#define FLP_KEY_EXPIRATION_MS 60000u

typedef struct flp_cache_entry_t flp_cache_entry_t;

typedef struct {
   pthread_mutex_t lock;
   bool ready;             /* the lock was made */
   uint64_t expiration_ms; /* an entry that is older is gone; 0: never. Set before contexts exist. */
   flp_index_t index;
   flp_cache_entry_t *oldest; /* in order of adding */
   flp_cache_entry_t *newest;
   uint64_t n_added; /* ever */
} flp_key_cache_t;

/* One question and, when it could be answered, a key that the asker then holds. */
typedef struct {
   flp_index_kind_t kind;
   flp_view_t wanted;   /* 16 bytes of an id, or a name */
   flp_data_key_t *key; /* NULL: not known */
   uint64_t age_rank;   /* of the answer: keys that were added later have a larger one */
} flp_key_question_t;

/* expiration is FLP_KEY_EXPIRATION_MS. `cache` must be zeroed. False: the lock could not be made. */
bool flp_key_cache_init(flp_key_cache_t *cache);
void flp_key_cache_cleanup(flp_key_cache_t *cache);

/* Drops what is too old, then answers all questions. */
void flp_key_cache_ask(flp_key_cache_t *cache, flp_key_question_t *questions, size_t n_questions);

/* Drops what is too old and every entry that has the id or a name of `key`, then remembers it. */
bool flp_key_cache_add(flp_key_cache_t *cache, flp_data_key_t *key, flp_status_t *status);

#endif
