/* The tags that stand for a value: !key !keydoc !uuid !hex !fill. (`!vectors` stands for an axis: vectors.h.) */
#ifndef FLP_GRAMMAR_TAGS_H
#define FLP_GRAMMAR_TAGS_H

#include "runner/grammar/value.h"

/* The node has a tag. Appends a binary, or for !keydoc a document. */
bool flp_tag_append(flp_values_t *v, bson_t *out, const char *key, const flp_node_t *node, const flp_path_t *path);
bool flp_tag_is_bytes(const flp_node_t *node);
bool flp_tag_bytes(flp_values_t *v, const flp_node_t *node, const flp_path_t *path, flp_bytes_t *out);
/* Appends the fields of a !keydoc to a document. */
bool flp_tag_keydoc(flp_values_t *v, bson_t *out, const flp_node_t *node, const flp_path_t *path);

#endif
