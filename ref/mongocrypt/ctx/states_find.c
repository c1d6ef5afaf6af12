/* Which row of the table of states counts now. A file of its own, so that the test of the table can bring one that also writes down what
 * it found. */
#include "ref/mongocrypt/ctx/states.h"

const flp_state_row_t *flp_state_find(const mongocrypt_ctx_t *ctx, flp_place_t place, flp_event_t event)
{
   for (size_t i = 0; i < flp_n_state_rows; i++) {
      const flp_state_row_t *row = &flp_state_rows[i];
      if (row->place == place && row->event == event && (row->kinds & ctx->kind) != 0 && (!row->guard || row->guard(ctx))) {
         return row;
      }
   }
   return NULL;
}
