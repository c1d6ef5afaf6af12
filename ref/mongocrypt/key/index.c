/* Hash chains over the nodes of other things. */
#include "ref/mongocrypt/key/index.h"

#include <stdlib.h>

#define NODES_PER_CHAIN 4u

/* Ids and names come from the other side. The place of the index in memory starts the hash, so nobody outside can make bytes of which
 * all fall into one chain. */
static uint64_t hash_of(const flp_index_t *index, flp_index_kind_t kind, flp_view_t bytes)
{
   uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ (uint64_t)kind; /* FNV-1a */
   hash += (uint64_t)(uintptr_t)index * UINT64_C(0x9e3779b97f4a7c15);
   for (size_t i = 0; i < bytes.len; i++) {
      hash = (hash ^ bytes.data[i]) * UINT64_C(0x100000001b3);
   }
   return hash ^ (hash >> 32);
}

static flp_index_node_t **chain_of(flp_index_node_t **chains, size_t n_chains, uint64_t hash)
{
   return &chains[hash & (n_chains - 1)];
}

static flp_index_node_t *const *chain_in(const flp_index_t *index, uint64_t hash)
{
   size_t n_chains = index->many ? index->n_many : FLP_INDEX_INLINE;
   flp_index_node_t *const *chains = index->many ? index->many : index->few;
   return &chains[hash & (n_chains - 1)];
}

void *flp_index_find(const flp_index_t *index, flp_index_kind_t kind, flp_view_t bytes)
{
   if (index->n_nodes == 0) {
      return NULL;
   }
   uint64_t hash = hash_of(index, kind, bytes);
   for (const flp_index_node_t *node = *chain_in(index, hash); node; node = node->next) {
      if (node->hash == hash && node->kind == kind && flp_view_equal(node->bytes, bytes)) {
         return node->owner;
      }
   }
   return NULL;
}

static void grow(flp_index_t *index)
{
   size_t n_old = index->many ? index->n_many : FLP_INDEX_INLINE;
   if (index->n_nodes < n_old * NODES_PER_CHAIN || n_old > SIZE_MAX / 8 / sizeof(flp_index_node_t *)) {
      return;
   }
   size_t n_new = n_old * 8;
   flp_index_node_t **chains = calloc(n_new, sizeof(flp_index_node_t *));
   if (!chains) {
      return;
   }
   flp_index_node_t **old = index->many ? index->many : index->few;
   for (size_t i = 0; i < n_old; i++) {
      while (old[i]) {
         flp_index_node_t *node = old[i];
         old[i] = node->next;
         flp_index_node_t **chain = chain_of(chains, n_new, node->hash);
         node->next = *chain;
         *chain = node;
      }
   }
   free(index->many);
   index->many = chains;
   index->n_many = n_new;
}

void flp_index_add(flp_index_t *index, flp_index_node_t *node, flp_index_kind_t kind, flp_view_t bytes, void *owner)
{
   grow(index);
   node->hash = hash_of(index, kind, bytes);
   node->kind = kind;
   node->bytes = bytes;
   node->owner = owner;
   flp_index_node_t **chain =
      index->many ? chain_of(index->many, index->n_many, node->hash) : chain_of(index->few, FLP_INDEX_INLINE, node->hash);
   node->next = *chain;
   *chain = node;
   index->n_nodes++;
}

void flp_index_remove(flp_index_t *index, flp_index_node_t *node)
{
   flp_index_node_t **at =
      index->many ? chain_of(index->many, index->n_many, node->hash) : chain_of(index->few, FLP_INDEX_INLINE, node->hash);
   while (*at && *at != node) {
      at = &(*at)->next;
   }
   if (*at) {
      *at = node->next;
      node->next = NULL;
      index->n_nodes--;
   }
}

void flp_index_cleanup(flp_index_t *index)
{
   free(index->many);
   *index = (flp_index_t){0};
}
