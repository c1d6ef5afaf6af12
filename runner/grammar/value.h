/* One node to one BSON value: plain scalars, wrappers of extended JSON v2, tags, matchers.
 * Placeholders must have their values already (matrix.h). What a field allows is not known here (build.h). */
#ifndef FLP_GRAMMAR_VALUE_H
#define FLP_GRAMMAR_VALUE_H

#include "runner/grammar/node.h"
#include "runner/grammar/plain.h"
#include "runner/grammar/refusal.h"
#include "runner/material/material.h"

/* A `$$sameAs` whose path can only be followed when the whole case is there. Lives in the arena. */
typedef struct flp_same_as flp_same_as_t;
struct flp_same_as {
   flp_same_as_t *next;
   const flp_node_t *node;
   const char *field; /* where it stands, for the refusal */
   const char *own;   /* the same place as a path from the root of the case */
};

/* All cases of one file together: a short file with a matrix or `!fill` could ask for any amount of memory. */
enum { FLP_VALUES_MAX_FILE = 128 * 1024 * 1024 };

/* What values of one case share. */
typedef struct {
   flp_arena_t *arena;
   flp_report_t *report;
   const flp_node_t *handle; /* of the case, for the key that wraps `!keydoc`; or NULL */
   size_t left;              /* bytes that !fill may still make */
   flp_same_as_t *same_as;
} flp_values_t;

typedef enum {
   FLP_PLACE_GIVEN,    /* what a case gives: `$$x` is refused, `$$$x` stands for `$$x` */
   FLP_PLACE_COMPARED, /* what a case expects: matchers are read */
} flp_place_t;

/* Appends the value under `key`. False after a refusal; the document then holds something or nothing. */
bool flp_value_append(flp_values_t *v, flp_place_t place, bson_t *out, const char *key, const flp_node_t *node, const flp_path_t *path);
/* Appends every field of a mapping, or every item of a list with its index as key. */
bool flp_value_append_children(flp_values_t *v, flp_place_t place, bson_t *out, const flp_node_t *node, const flp_path_t *path);

/* A binary given by a tag, or by $binary or $uuid. `bytes` is owned by the caller (bson_free). */
typedef struct {
   bson_subtype_t subtype;
   uint8_t *bytes;
   uint32_t len;
} flp_bytes_t;
bool flp_value_is_bytes(const flp_node_t *node); /* by its look; the content may still be refused */
bool flp_value_bytes(flp_values_t *v, const flp_node_t *node, const flp_path_t *path, flp_bytes_t *out);

/* Is the node a wrapper of extended JSON, by its key set? */
bool flp_value_is_wrapper(const flp_node_t *node);
/* Is it a mapping that means a document (no wrapper, no tag but !keydoc)? */
bool flp_value_is_document(const flp_node_t *node);

/* A scalar that is a text: quoted, or a plain one that is nothing else. Refuses ambiguous ones and others. */
bool flp_value_text(flp_values_t *v, const flp_node_t *node, const flp_path_t *path, const char *wanted);
/* A plain scalar with its type; a quoted one is a string. Refuses ambiguous ones. False for what is no scalar, without a refusal. */
bool flp_value_scalar(flp_values_t *v, const flp_node_t *node, const flp_path_t *path, flp_plain_t *out);

/* Milliseconds since 1970 of `2026-01-01T00:00:00Z` (fraction of up to three digits, Z or +hh:mm). */
bool flp_value_iso_date(const char *text, int64_t *ms);

#endif
