/* The matchers of a place that is compared: checked here, so that a misspelt one never waits for a verdict. */
#ifndef FLP_GRAMMAR_MATCHERS_H
#define FLP_GRAMMAR_MATCHERS_H

#include "runner/grammar/value.h"

/* Does the text begin with `$$` but not with `$$$`? */
bool flp_matcher_word(const char *text);

/* The node is a mapping with a key that is such a word. Appends it, checked: a matcher stands alone in its mapping. */
bool flp_matcher_append(flp_values_t *v, bson_t *out, const char *key, const flp_node_t *node, const flp_path_t *path);

/* The names, for the JSON Schema; ended by NULL. */
extern const char *const flp_matcher_names[];

#endif
