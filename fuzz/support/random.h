/* Chance for the mutators: all of it comes from the seed that the engine gave. */
#ifndef FLP_FUZZ_RANDOM_H
#define FLP_FUZZ_RANDOM_H

#include <stdint.h>

typedef struct {
   uint64_t state; /* never 0 */
} flp_fuzz_random_t;

static inline flp_fuzz_random_t flp_fuzz_random(uint32_t seed)
{
   return (flp_fuzz_random_t){.state = ((uint64_t)seed + 1) * 0x9E3779B97F4A7C15u};
}

/* From 0 to below - 1; 0 if there is no choice. */
static inline uint32_t flp_fuzz_below(flp_fuzz_random_t *random, uint32_t below)
{
   random->state ^= random->state << 13;
   random->state ^= random->state >> 7;
   random->state ^= random->state << 17;
   return below > 0 ? (uint32_t)(random->state >> 16) % below : 0;
}

#endif
