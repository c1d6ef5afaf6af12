/* Finds things by key id or by name. The nodes live in the things themselves, so that a small index takes no memory of its own; bytes
 * are compared as they are (KV-8). Not locked. */
#ifndef FLP_KEY_INDEX_H
#define FLP_KEY_INDEX_H

#include "ref/base/bytes.h"

typedef enum { FLP_INDEX_ID, FLP_INDEX_NAME } flp_index_kind_t;

/* In the caller's storage, which must not move while the node is in an index. */
typedef struct flp_index_node_t {
   struct flp_index_node_t *next;
   uint64_t hash;
   flp_index_kind_t kind;
   flp_view_t bytes; /* borrowed from the owner */
   void *owner;
} flp_index_node_t;

#define FLP_INDEX_INLINE 16u

/* Zeroed memory is an empty index. It must not move while it holds nodes: its place is part of the hash. */
typedef struct {
   flp_index_node_t *few[FLP_INDEX_INLINE];
   flp_index_node_t **many; /* instead of `few` once there are more nodes; a power of two */
   size_t n_many;
   size_t n_nodes;
} flp_index_t;

/* Owner of the first node with these bytes, or NULL. */
void *flp_index_find(const flp_index_t *index, flp_index_kind_t kind, flp_view_t bytes);

/* Cannot fail: when memory is short the chains grow longer instead. */
void flp_index_add(flp_index_t *index, flp_index_node_t *node, flp_index_kind_t kind, flp_view_t bytes, void *owner);
void flp_index_remove(flp_index_t *index, flp_index_node_t *node);
void flp_index_cleanup(flp_index_t *index); /* the nodes are left alone */

#endif
