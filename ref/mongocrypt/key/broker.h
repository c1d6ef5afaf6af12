/* What one context needs to know about keys: the requests (by id or by alternate name), the filter that asks for those which the cache
 * could not answer, and the key documents that the caller feeds. Rules OP-4, OWN-10, KV-1 to KV-8, CA-1 to CA-5.
 * Belongs to one context: not locked. */
#ifndef FLP_KEY_BROKER_H
#define FLP_KEY_BROKER_H

#include "ref/mongocrypt/key/cache.h"
#include "ref/mongocrypt/kms/providers.h"

typedef struct flp_key_request_t {
   struct flp_key_request_t *older; /* newest first, the order of the filter */
   flp_data_key_t *key;             /* held; NULL while unsatisfied */
   flp_index_node_t node;           /* its bytes are `wanted` */
   uint8_t wanted[];                /* 16 bytes of an id, or a name */
} flp_key_request_t;

typedef struct flp_fed_key_t flp_fed_key_t;

/* Zeroed memory is an empty broker. */
typedef struct {
   flp_index_t requests;
   flp_key_request_t *newest;
   size_t n_requests;
   size_t n_missing;
   flp_index_t fed; /* by id and by every name: two documents may share neither (E210) */
   flp_fed_key_t *fed_keys;
   flp_buf_t filter; /* made once (OWN-10) */
} flp_key_broker_t;

/* What a fed document is judged with. */
typedef struct {
   flp_kms_choice_t providers;
   flp_key_cache_t *cache;
   flp_crypto_t *crypto;
} flp_key_env_t;

/* Adds a request, or finds the one that asks for the same. `request` stays valid until cleanup. */
bool flp_broker_request(flp_key_broker_t *broker, flp_index_kind_t kind, flp_view_t wanted, flp_key_request_t **request,
                        flp_status_t *status);

/* Asks the cache for all that is missing, in one go. */
bool flp_broker_ask_cache(flp_key_broker_t *broker, flp_key_cache_t *cache, flp_status_t *status);

/* The find filter for what is missing; the same bytes each time. Valid until cleanup. */
bool flp_broker_filter(flp_key_broker_t *broker, flp_view_t *filter, flp_status_t *status);

bool flp_broker_feed(flp_key_broker_t *broker, flp_view_t document, const flp_key_env_t *env, flp_status_t *status);

/* No more documents: is every request satisfied (E214)? */
bool flp_broker_done(const flp_key_broker_t *broker, flp_status_t *status);

void flp_broker_cleanup(flp_key_broker_t *broker);

#endif
