/* The key cache: entries in order of age, found by id and by every alternate name. */
#include "ref/mongocrypt/key/cache.h"

#include "ref/base/clock.h"
#include "ref/mongocrypt/errors.h"

#include <stdlib.h>

struct flp_cache_entry_t {
   flp_cache_entry_t *older;
   flp_cache_entry_t *newer;
   flp_data_key_t *key;
   int64_t added_ms;
   uint64_t age_rank;
   size_t n_nodes;
   flp_index_node_t nodes[]; /* of the id, then of the names */
};

bool flp_key_cache_init(flp_key_cache_t *cache)
{
   cache->expiration_ms = FLP_KEY_EXPIRATION_MS;
   cache->ready = pthread_mutex_init(&cache->lock, NULL) == 0;
   return cache->ready;
}

static void forget(flp_key_cache_t *cache, flp_cache_entry_t *entry)
{
   *(entry->older ? &entry->older->newer : &cache->oldest) = entry->newer;
   *(entry->newer ? &entry->newer->older : &cache->newest) = entry->older;
   for (size_t i = 0; i < entry->n_nodes; i++) {
      flp_index_remove(&cache->index, &entry->nodes[i]);
   }
   flp_data_key_drop(entry->key);
   free(entry);
}

void flp_key_cache_cleanup(flp_key_cache_t *cache)
{
   while (cache->oldest) {
      forget(cache, cache->oldest);
   }
   flp_index_cleanup(&cache->index);
   if (cache->ready) {
      pthread_mutex_destroy(&cache->lock);
      cache->ready = false;
   }
}

/* Expired means older than the limit, not as old. */
static void forget_expired(flp_key_cache_t *cache, int64_t now_ms)
{
   while (cache->expiration_ms > 0 && cache->oldest) {
      int64_t age = now_ms - cache->oldest->added_ms;
      if (age < 0 || (uint64_t)age <= cache->expiration_ms) {
         return;
      }
      forget(cache, cache->oldest);
   }
}

void flp_key_cache_ask(flp_key_cache_t *cache, flp_key_question_t *questions, size_t n_questions)
{
   pthread_mutex_lock(&cache->lock);
   forget_expired(cache, flp_clock_monotonic_ms());
   for (size_t i = 0; i < n_questions; i++) {
      const flp_cache_entry_t *entry = flp_index_find(&cache->index, questions[i].kind, questions[i].wanted);
      questions[i].key = entry ? flp_data_key_hold(entry->key) : NULL;
      questions[i].age_rank = entry ? entry->age_rank : 0;
   }
   pthread_mutex_unlock(&cache->lock);
}

static void forget_same(flp_key_cache_t *cache, const flp_cache_entry_t *entry)
{
   for (size_t i = 0; i < entry->n_nodes; i++) {
      flp_cache_entry_t *same = NULL;
      while ((same = flp_index_find(&cache->index, entry->nodes[i].kind, entry->nodes[i].bytes)) != NULL) {
         forget(cache, same);
      }
   }
}

static void name_node(flp_cache_entry_t *entry, flp_index_kind_t kind, flp_view_t bytes)
{
   entry->nodes[entry->n_nodes].kind = kind;
   entry->nodes[entry->n_nodes].bytes = bytes;
   entry->n_nodes++;
}

bool flp_key_cache_add(flp_key_cache_t *cache, flp_data_key_t *key, flp_status_t *status)
{
   size_t size = sizeof(flp_cache_entry_t) + (key->n_names + 1) * sizeof(flp_index_node_t);
   flp_cache_entry_t *entry = calloc(1, size);
   if (!entry) {
      return flp_error_memory(status, "key cache", size);
   }
   entry->key = flp_data_key_hold(key);
   name_node(entry, FLP_INDEX_ID, flp_view(key->id, FLP_KEY_ID_LEN));
   for (size_t i = 0; i < key->n_names; i++) {
      name_node(entry, FLP_INDEX_NAME, flp_view_of(&key->names[i]));
   }
   pthread_mutex_lock(&cache->lock);
   entry->added_ms = flp_clock_monotonic_ms();
   entry->age_rank = ++cache->n_added;
   forget_expired(cache, entry->added_ms);
   forget_same(cache, entry);
   for (size_t i = 0; i < entry->n_nodes; i++) {
      flp_index_add(&cache->index, &entry->nodes[i], entry->nodes[i].kind, entry->nodes[i].bytes, entry);
   }
   entry->older = cache->newest;
   *(cache->newest ? &cache->newest->newer : &cache->oldest) = entry;
   cache->newest = entry;
   pthread_mutex_unlock(&cache->lock);
   return true;
}
