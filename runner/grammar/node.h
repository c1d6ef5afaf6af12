/* The tree that a YAML file becomes: scalars, lists and maps with their place in the file.
 * Nodes live in an arena and are never changed after parsing; an alias is the same node again, so the tree is in truth a graph
 * without cycles. Nothing here knows a field. */
#ifndef FLP_GRAMMAR_NODE_H
#define FLP_GRAMMAR_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct flp_arena_block flp_arena_block_t;

/* Memory that is given back all at once. Zeroed; never NULL (no memory: the process ends, as libbson does). */
typedef struct {
   flp_arena_block_t *blocks;
} flp_arena_t;

void *flp_arena_take(flp_arena_t *arena, size_t len);
char *flp_arena_text(flp_arena_t *arena, const char *text, size_t len); /* copies, adds a NUL */
char *flp_arena_format(flp_arena_t *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
void flp_arena_cleanup(flp_arena_t *arena);

typedef enum { FLP_NODE_SCALAR, FLP_NODE_LIST, FLP_NODE_MAP } flp_node_kind_t;

typedef struct flp_node flp_node_t;
struct flp_node {
   flp_node_kind_t kind;
   bool plain;       /* a scalar without quotes and without a tag: its text decides its type */
   bool placeholder; /* `${` occurs in it or below it */
   bool literal;     /* a text of a vector file: `$$` and `${` mean nothing in it */
   bool defaulted;   /* a key that came from `defaults` */
   unsigned line, column;
   unsigned expansions; /* aliases expanded in it and below it */
   const char *tag;     /* `!key`, or NULL */
   const char *text;    /* scalar: `len` bytes and a NUL */
   size_t len;
   size_t n;
   const flp_node_t **keys; /* map: scalars */
   const flp_node_t **items;
};

/* The value of a key of a map, or NULL; NULL too if `map` is NULL or no map. */
const flp_node_t *flp_node_get(const flp_node_t *map, const char *key);
bool flp_node_is(const flp_node_t *node, const char *text); /* a scalar with exactly this text, any style, no tag */

flp_node_t *flp_node_scalar(flp_arena_t *arena, const flp_node_t *at, const char *text, size_t len, bool plain);
flp_node_t *flp_node_many(flp_arena_t *arena, const flp_node_t *at, flp_node_kind_t kind, size_t n);

#endif
