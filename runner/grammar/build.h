/* Checks nodes against the field table and writes what they mean as BSON, in one walk. */
#ifndef FLP_GRAMMAR_BUILD_H
#define FLP_GRAMMAR_BUILD_H

#include "runner/grammar/fields.h"
#include "runner/grammar/value.h"

/* Appends the fields of a mapping of this shape to `out`. False after a refusal. Fields of a case that came from `defaults` are
 * named so in refusals. */
bool flp_build_shape(flp_values_t *v, const char *shape, bson_t *out, const flp_node_t *node, const flp_path_t *path);

/* Is there such a field in the shape? If not, refuses it with the nearest name. */
const flp_field_t *flp_build_field(flp_values_t *v, const char *shape, const flp_node_t *key, const flp_path_t *path);

/* One value of a field, under the field's name. */
bool flp_build_value(flp_values_t *v, const flp_field_t *field, bson_t *out, const flp_node_t *node, const flp_path_t *path);

/* Are the fields there that must be, and no two that exclude each other? `node` is a mapping. */
bool flp_build_complete(flp_values_t *v, const char *shape, const flp_node_t *node, const flp_path_t *path);

/* A text without NUL. */
bool flp_build_text(flp_values_t *v, const flp_node_t *node, const flp_path_t *path, const char *wanted);
/* A mapping (!keydoc too) or bytes given raw. */
bool flp_build_document(flp_values_t *v, const char *name, bson_t *out, const flp_node_t *node, const flp_path_t *path);
/* A decimal integer in a range. */
bool flp_build_integer(flp_values_t *v,
                       int64_t min,
                       int64_t max,
                       const char *wanted,
                       const flp_node_t *node,
                       const flp_path_t *path,
                       int64_t *out);

/* The list of `steps` (steps.c). */
bool flp_build_steps(flp_values_t *v, bson_t *out, const flp_node_t *node, const flp_path_t *path);

/* Follows every `$$sameAs` in the finished case. */
bool flp_build_same_as(flp_values_t *v, const bson_t *doc);

#endif
