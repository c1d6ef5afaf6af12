/* Changes BSON where it is structure: types, lengths, names, elements. An engine that only turns bytes breaks a length with nearly every
 * change, and never gets behind the first check. Serves both engines; knows nothing of the sources under test, not even their BSON walk. */
#ifndef FLP_FUZZ_BSON_MUTATE_H
#define FLP_FUZZ_BSON_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/* One change in place, `seed` decides which. `max` is the room behind `data`. `other` (or NULL) is a document whose elements may be taken.
 * Returns the new size, never above `max`; the same bytes come out for the same arguments. What is no BSON at all becomes some. */
size_t flp_fuzz_bson_mutate(uint8_t *data, size_t size, size_t max, uint32_t seed, const uint8_t *other, size_t other_len);

/* For libFuzzer: half of the changes as above, half those of the engine itself (dictionary, comparisons), then often with the outermost
 * length put right. The first `prefix` bytes are no BSON and left to the engine. */
size_t flp_fuzz_bson_or_bytes(uint8_t *data, size_t size, size_t max, unsigned int seed, size_t prefix);
size_t flp_fuzz_bson_cross(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len, uint8_t *out, size_t max, unsigned int seed,
                           size_t prefix);

/* A target whose input is BSON behind `prefix` other bytes says so by this line. */
#define FLP_FUZZ_BSON_INPUT(prefix)                                                                                           \
   size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed);                                 \
   size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len, uint8_t *out, size_t max, \
                                    unsigned int seed);                                                                       \
   size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed)                                  \
   {                                                                                                                          \
      return flp_fuzz_bson_or_bytes(data, size, max, seed, prefix);                                                           \
   }                                                                                                                          \
   size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len, uint8_t *out, size_t max, \
                                    unsigned int seed)                                                                        \
   {                                                                                                                          \
      return flp_fuzz_bson_cross(a, a_len, b, b_len, out, max, seed, prefix);                                                 \
   }

#endif
