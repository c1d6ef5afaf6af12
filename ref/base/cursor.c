/* The only place with offsets into borrowed text. */
#include "ref/base/cursor.h"

#include <string.h>

flp_cursor_t flp_cursor(flp_view_t bytes)
{
   return (flp_cursor_t){.bytes = bytes, .at = 0};
}

size_t flp_cursor_left(const flp_cursor_t *cursor)
{
   return cursor->bytes.len - cursor->at;
}

bool flp_cursor_byte(flp_cursor_t *cursor, uint8_t *byte)
{
   if (flp_cursor_left(cursor) == 0) {
      return false;
   }
   *byte = cursor->bytes.data[cursor->at];
   cursor->at++;
   return true;
}

bool flp_cursor_until(flp_cursor_t *cursor, uint8_t stop, flp_view_t *before)
{
   size_t left = flp_cursor_left(cursor);
   if (left == 0) {
      return false;
   }
   const uint8_t *start = cursor->bytes.data + cursor->at;
   const uint8_t *found = memchr(start, stop, left);
   if (!found) {
      return false;
   }
   *before = flp_view(start, (size_t)(found - start));
   cursor->at += before->len + 1;
   return true;
}

flp_view_t flp_cursor_rest(const flp_cursor_t *cursor)
{
   return cursor->bytes.data ? flp_view(cursor->bytes.data + cursor->at, flp_cursor_left(cursor)) : cursor->bytes;
}
