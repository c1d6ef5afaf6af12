/* Times and ratios. */
#ifndef FLP_BENCH_MEASURE_H
#define FLP_BENCH_MEASURE_H

#include "bench/workload.h"

#include <jansson.h>

enum { FLP_ROUNDS_MAX = 999, FLP_CONTESTANTS_MAX = 5 };

/* Measures all contestants in turn, round by round; prints the figures and returns them. The first contestant is compared with the
 * others; those with `apart` set are named so, because hooks of ours do their cryptography. */
json_t *flp_measure(const workload_t *workload, const contestant_t *contestants, size_t n, const flp_bench_key_t *key, size_t rounds);

#endif
