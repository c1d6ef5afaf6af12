/* `!vectors FILE`: an axis read from a vector file of the project's share, so that no case repeats bytes by hand. */
#ifndef FLP_GRAMMAR_VECTORS_H
#define FLP_GRAMMAR_VECTORS_H

#include "runner/grammar/node.h"
#include "runner/grammar/refusal.h"

typedef struct flp_vector_file flp_vector_file_t;

/* Files read so far; one for a whole load. */
typedef struct {
   const char *dir;
   flp_arena_t arena;
   flp_vector_file_t *files;
} flp_vectors_t;

void flp_vectors_init(flp_vectors_t *vectors, const char *dir); /* `dir` is borrowed */
void flp_vectors_cleanup(flp_vectors_t *vectors);

/* `!vectors FILE` or `!vectors {file: FILE, where: {field: scalar}}`: a map from the `name` of each case to the case, in file order.
 * NULL after a refusal. The nodes live as long as `vectors`. */
const flp_node_t *flp_vectors_axis(flp_vectors_t *vectors, const flp_node_t *node, const flp_path_t *path, flp_report_t *report);

#endif
