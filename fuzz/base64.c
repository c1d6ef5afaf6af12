// fuzz: ref
/* Base64 of credentials: whatever decodes is no longer than it can be, and comes back the same from its own encoding. */
#include "ref/base/base64.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
   flp_buf_t bytes = {0}, text = {0}, again = {0};
   bool short_of_memory = false;
   if (flp_base64_decode(flp_view(data, size), &bytes, &short_of_memory)) {
      bool same = bytes.len <= size / 4 * 3 && flp_base64_encode(flp_view_of(&bytes), &text) &&
                  flp_base64_decode(flp_view_of(&text), &again, &short_of_memory) &&
                  flp_view_equal(flp_view_of(&bytes), flp_view_of(&again));
      if (!same) {
         abort();
      }
   } else if (bytes.len > 0) {
      abort(); /* nothing of a secret may stay */
   }
   flp_buf_cleanup(&bytes);
   flp_buf_cleanup(&text);
   flp_buf_cleanup(&again);
   return 0;
}
