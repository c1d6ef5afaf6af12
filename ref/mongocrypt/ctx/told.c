/* A list of buffers, the newest first. */
#include "ref/mongocrypt/ctx/told.h"

#include <stdlib.h>

struct flp_told_t {
   flp_told_t *older;
   flp_buf_t bytes;
};

bool flp_told_take(flp_told_t **told, flp_buf_t *bytes, flp_view_t *out, flp_status_t *status)
{
   flp_told_t *known = *told;
   while (known && !flp_view_equal(flp_view_of(&known->bytes), flp_view_of(bytes))) {
      known = known->older;
   }
   if (!known) {
      known = calloc(1, sizeof *known);
      if (!known) {
         flp_buf_cleanup(bytes);
         return flp_error_memory(status, "answer", sizeof *known);
      }
      flp_buf_take(&known->bytes, bytes);
      known->older = *told;
      *told = known;
   }
   flp_buf_cleanup(bytes);
   if (out) {
      *out = flp_view_of(&known->bytes);
   }
   return true;
}

void flp_told_destroy(flp_told_t *told)
{
   while (told) {
      flp_told_t *older = told->older;
      flp_buf_cleanup(&told->bytes);
      free(told);
      told = older;
   }
}
