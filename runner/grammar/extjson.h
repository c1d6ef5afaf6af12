/* Wrappers of extended JSON v2. Only an exact key set makes a wrapper: `$regex` as an operator stays a plain document. */
#ifndef FLP_GRAMMAR_EXTJSON_H
#define FLP_GRAMMAR_EXTJSON_H

#include "runner/grammar/value.h"

typedef struct flp_wrapper flp_wrapper_t;

/* The wrapper that the node's key set names, or NULL. */
const flp_wrapper_t *flp_wrapper_of(const flp_node_t *node);
bool flp_wrapper_append(flp_values_t *v, const flp_wrapper_t *w, bson_t *out, const char *key, const flp_node_t *node,
                        const flp_path_t *path);
/* $binary and $uuid only. */
bool flp_wrapper_is_bytes(const flp_wrapper_t *w);
bool flp_wrapper_bytes(flp_values_t *v, const flp_node_t *node, const flp_path_t *path, flp_bytes_t *out);

#endif
