/* Multiplies a case: reads its axes, puts their values in place of `${axis}` and `${axis.field}`.
 * A scalar that is exactly one placeholder takes the value with its type; inside of a longer text it is text. */
#ifndef FLP_GRAMMAR_MATRIX_H
#define FLP_GRAMMAR_MATRIX_H

#include "runner/grammar/vectors.h"

enum { FLP_MATRIX_MAX_AXES = 8, FLP_MATRIX_MAX_CASES = 10000 };

typedef struct {
   const char *name;
   const flp_node_t *at;
   size_t n;
   const char **shown;        /* what an id shows of each value */
   const flp_node_t **values;
   size_t pick;               /* the value of the moment */
   bool used;
} flp_axis_t;

typedef struct {
   size_t n;
   flp_axis_t axes[FLP_MATRIX_MAX_AXES];
} flp_matrix_t;

/* `node` may be NULL: no axes, one combination. */
bool flp_matrix_read(flp_matrix_t *matrix,
                     const flp_node_t *node,
                     const flp_path_t *path,
                     flp_arena_t *arena,
                     flp_vectors_t *vectors,
                     flp_report_t *report);

/* Moves to the next combination, the last axis fastest. False after the last. */
bool flp_matrix_next(flp_matrix_t *matrix);
/* `[fed=first,n=2]`, or an empty text without axes. Owned by the caller. */
char *flp_matrix_suffix(const flp_matrix_t *matrix);
/* After every placeholder was seen: refuses axes that none names. */
bool flp_matrix_all_used(const flp_matrix_t *matrix, const flp_path_t *path, flp_report_t *report);

/* The node with values in place; the same node where nothing changes. NULL after a refusal. */
const flp_node_t *flp_matrix_place(flp_matrix_t *matrix,
                                   const flp_node_t *node,
                                   const flp_path_t *path,
                                   flp_arena_t *arena,
                                   flp_report_t *report);

#endif
