/* Reads borrowed bytes from front to back: every read checks what is left and says whether it was there. */
#ifndef FLP_BASE_CURSOR_H
#define FLP_BASE_CURSOR_H

#include "ref/base/bytes.h"

typedef struct {
   flp_view_t bytes;
   size_t at;
} flp_cursor_t;

flp_cursor_t flp_cursor(flp_view_t bytes);
size_t flp_cursor_left(const flp_cursor_t *cursor);
bool flp_cursor_byte(flp_cursor_t *cursor, uint8_t *byte);

/* The bytes before the next `stop`, which is passed over. False, with nothing read, if there is none. */
bool flp_cursor_until(flp_cursor_t *cursor, uint8_t stop, flp_view_t *before);

/* All that is left. */
flp_view_t flp_cursor_rest(const flp_cursor_t *cursor);

#endif
