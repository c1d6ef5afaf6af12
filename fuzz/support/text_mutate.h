/* Changes text that has structure: JSON lines, YAML. A change works on a line or on a value: a quoted text, a word, or what stands between
 * two brackets that belong together. An engine that only turns bytes hardly ever puts a list where a text was. */
#ifndef FLP_FUZZ_TEXT_MUTATE_H
#define FLP_FUZZ_TEXT_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/* One change in place. Returns the new size, never above `max`; the same bytes come out for the same arguments. */
size_t flp_fuzz_text_mutate(uint8_t *data, size_t size, size_t max, uint32_t seed);

/* For libFuzzer: half of the changes as above, half those of the engine itself. The first `prefix` bytes are left to the engine. */
size_t flp_fuzz_text_or_bytes(uint8_t *data, size_t size, size_t max, unsigned int seed, size_t prefix);

/* A target whose input is text behind `prefix` other bytes says so by this line. */
#define FLP_FUZZ_TEXT_INPUT(prefix)                                                           \
   size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed); \
   size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed)  \
   {                                                                                          \
      return flp_fuzz_text_or_bytes(data, size, max, seed, prefix);                           \
   }

#endif
