/* The collection info cache: a list in order of age. A program uses few collections in a minute, so a plain search will do. */
#include "ref/mongocrypt/schema/collinfo_cache.h"

#include "ref/base/clock.h"

#include <stdlib.h>

struct flp_collinfo_entry_t {
   flp_collinfo_entry_t *older;
   flp_collinfo_entry_t *newer;
   flp_buf_t ns;
   flp_buf_t document;
   int64_t added_ms;
};

bool flp_collinfo_cache_init(flp_collinfo_cache_t *cache)
{
   cache->ready = pthread_mutex_init(&cache->lock, NULL) == 0;
   return cache->ready;
}

static void destroy(flp_collinfo_entry_t *entry)
{
   flp_buf_cleanup(&entry->ns);
   flp_buf_cleanup(&entry->document);
   free(entry);
}

static void forget(flp_collinfo_cache_t *cache, flp_collinfo_entry_t *entry)
{
   *(entry->older ? &entry->older->newer : &cache->oldest) = entry->newer;
   *(entry->newer ? &entry->newer->older : &cache->newest) = entry->older;
   destroy(entry);
}

void flp_collinfo_cache_cleanup(flp_collinfo_cache_t *cache)
{
   while (cache->oldest) {
      forget(cache, cache->oldest);
   }
   if (cache->ready) {
      pthread_mutex_destroy(&cache->lock);
      cache->ready = false;
   }
}

/* Expired means older than the limit, not as old. */
static void forget_expired(flp_collinfo_cache_t *cache, int64_t now_ms)
{
   while (cache->oldest && now_ms - cache->oldest->added_ms > (int64_t)FLP_COLLINFO_EXPIRATION_MS) {
      forget(cache, cache->oldest);
   }
}

static flp_collinfo_entry_t *find(const flp_collinfo_cache_t *cache, flp_view_t ns)
{
   flp_collinfo_entry_t *entry = cache->newest;
   while (entry && !flp_view_equal(flp_view_of(&entry->ns), ns)) {
      entry = entry->older;
   }
   return entry;
}

bool flp_collinfo_cache_ask(flp_collinfo_cache_t *cache, flp_view_t ns, bool *found, flp_buf_t *document, flp_status_t *status)
{
   bool ok = true;
   size_t size = 0;
   pthread_mutex_lock(&cache->lock);
   forget_expired(cache, flp_clock_monotonic_ms());
   const flp_collinfo_entry_t *entry = find(cache, ns);
   *found = entry != NULL;
   if (entry) {
      size = entry->document.len;
      ok = flp_buf_copy(document, flp_view_of(&entry->document));
   }
   pthread_mutex_unlock(&cache->lock);
   return ok ? true : flp_error_memory(status, "collinfo", size);
}

bool flp_collinfo_cache_add(flp_collinfo_cache_t *cache, flp_view_t ns, flp_view_t document, flp_status_t *status)
{
   flp_collinfo_entry_t *entry = calloc(1, sizeof *entry);
   if (!entry || !flp_buf_copy(&entry->ns, ns) || !flp_buf_copy(&entry->document, document)) {
      if (entry) {
         destroy(entry);
      }
      return flp_error_memory(status, "collinfo cache", sizeof *entry + ns.len + document.len);
   }
   pthread_mutex_lock(&cache->lock);
   entry->added_ms = flp_clock_monotonic_ms();
   forget_expired(cache, entry->added_ms);
   flp_collinfo_entry_t *same = find(cache, ns);
   if (same) {
      forget(cache, same);
   }
   entry->older = cache->newest;
   *(cache->newest ? &cache->newest->newer : &cache->oldest) = entry;
   cache->newest = entry;
   pthread_mutex_unlock(&cache->lock);
   return true;
}
