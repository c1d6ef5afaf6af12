/* The mutators as a library for AFL++ (AFL_CUSTOM_MUTATOR_LIBRARY). In the environment, FLP_FUZZ_INPUT says what the input is, BSON or
 * TEXT, and FLP_FUZZ_PREFIX how many other bytes stand before it. Needs no header of AFL++: its state is opaque here. */
#include "fuzz/support/bson_mutate.h"
#include "fuzz/support/text_mutate.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_INPUT = 64 * 1024 };

typedef struct {
   uint32_t seed;
   size_t prefix;
   bool text;
   uint8_t bytes[MAX_INPUT];
} mutator_t;

#define EXPORTED __attribute__((visibility("default")))

EXPORTED void *afl_custom_init(void *afl, unsigned int seed);
EXPORTED size_t afl_custom_fuzz(void *state, const uint8_t *data, size_t len, uint8_t **out, const uint8_t *other, size_t other_len,
                                size_t max);
EXPORTED void afl_custom_deinit(void *state);

void *afl_custom_init(void *afl, unsigned int seed)
{
   (void)afl;
   mutator_t *mutator = calloc(1, sizeof *mutator);
   const char *prefix = getenv("FLP_FUZZ_PREFIX"), *input = getenv("FLP_FUZZ_INPUT");
   if (mutator) {
      mutator->seed = seed;
      mutator->prefix = prefix ? strtoul(prefix, NULL, 10) : 0;
      mutator->text = input && strcmp(input, "TEXT") == 0;
   }
   return mutator;
}

size_t afl_custom_fuzz(void *state, const uint8_t *data, size_t len, uint8_t **out, const uint8_t *other, size_t other_len, size_t max)
{
   mutator_t *mutator = state;
   size_t prefix = mutator->prefix;
   max = max < MAX_INPUT ? max : MAX_INPUT;
   len = len < max ? len : max;
   memcpy(mutator->bytes, data, len);
   *out = mutator->bytes;
   if (len < prefix || max < prefix) {
      return len;
   }
   const uint8_t *rest = other && other_len > prefix ? other + prefix : NULL;
   mutator->seed = mutator->seed * 1664525u + 1013904223u;
   if (mutator->text) {
      return prefix + flp_fuzz_text_mutate(mutator->bytes + prefix, len - prefix, max - prefix, mutator->seed >> 8);
   }
   return prefix + flp_fuzz_bson_mutate(mutator->bytes + prefix, len - prefix, max - prefix, mutator->seed >> 8, rest,
                                        rest ? other_len - prefix : 0);
}

void afl_custom_deinit(void *state)
{
   free(state);
}
