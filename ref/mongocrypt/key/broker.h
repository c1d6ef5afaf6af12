/* What one context needs to know about keys: the requests (by id or by alternate name), the filter that asks for those which the cache
 * could not answer, and the key documents that the caller feeds. Re-wrapping has a filter of the caller and no requests: it takes any
 * document. Rules OP-4, OWN-10, KV-1 to KV-8, CA-1 to CA-5, CA-9, RW-1, RW-4.
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

/* A document that was taken. */
typedef struct flp_fed_key_t {
   struct flp_fed_key_t *next;
   flp_data_key_t *key;          /* held */
   uint8_t id[FLP_KEY_ID_LEN];   /* of the document, which the cache may know by another id */
   flp_buf_t *names;             /* of the document, unless `key` has them */
   size_t n_names;
   flp_index_node_t nodes[];     /* of the id, then of the names */
} flp_fed_key_t;

/* Zeroed memory is an empty broker. */
typedef struct {
   flp_index_t requests;
   flp_key_request_t *newest;
   size_t n_requests;
   size_t n_missing;
   flp_index_t opened; /* documents by id and by every name: two may share neither (E210) */
   flp_index_t known;  /* those of which the cache had the key; asked once for each id and name */
   flp_fed_key_t *fed; /* opened ones, then known ones, each in the order of feeding */
   flp_fed_key_t *last_opened;
   flp_fed_key_t *last;
   size_t n_fed;
   bool takes_any;
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

/* Instead of requests: `filter` is told as it is, and any document is taken. False only when memory is short. */
bool flp_broker_take_any(flp_key_broker_t *broker, flp_view_t filter, flp_status_t *status);

/* Asks the cache for all that is missing, in one go. */
bool flp_broker_ask_cache(flp_key_broker_t *broker, flp_key_cache_t *cache, flp_status_t *status);

/* The find filter for what is missing; the same bytes each time. Valid until cleanup. */
bool flp_broker_filter(flp_key_broker_t *broker, flp_view_t *filter, flp_status_t *status);

/* A broker that takes any does not open what the cache knows. */
bool flp_broker_feed(flp_key_broker_t *broker, flp_view_t document, const flp_key_env_t *env, flp_status_t *status);

/* No more documents: is every request satisfied (E214)? */
bool flp_broker_done(const flp_key_broker_t *broker, flp_status_t *status);

void flp_broker_cleanup(flp_key_broker_t *broker);

#endif
