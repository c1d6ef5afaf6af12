/* Decodes by quantum: four letters give three bytes, the last quantum may be shorter. What is decoded may be a key: tables are indexed by
 * it, as everywhere, but no copy of it stays behind. */
#include "ref/base/base64.h"

#include "ref/base/cursor.h"

#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* 0 to 63, or one of these. */
enum { PAD = 64, END = 65, BAD = 66 };

static uint8_t value_of(uint8_t letter)
{
   const char *found = letter == 0 ? NULL : strchr(alphabet, letter);
   if (found) {
      return (uint8_t)(found - alphabet);
   }
   return letter == 0 ? END : letter == '=' ? PAD : BAD;
}

static bool is_space(uint8_t c)
{
   return c == ' ' || (c >= '\t' && c <= '\r');
}

static uint8_t next_value(flp_cursor_t *cursor)
{
   uint8_t letter = 0;
   do {
      if (!flp_cursor_byte(cursor, &letter)) {
         return END;
      }
   } while (is_space(letter));
   return value_of(letter);
}

/* What may follow when `n` letters of a quantum were read and no letter came: nothing after whole ones, else padding to its end. */
static bool ends_well(flp_cursor_t *cursor, size_t n, uint32_t bits, uint8_t value)
{
   if (n == 0) {
      return value == END;
   }
   if (n == 1 || value != PAD) {
      return false;
   }
   if (n == 2 && next_value(cursor) != PAD) {
      return false;
   }
   uint32_t unused = n == 2 ? bits & 0x0Fu : bits & 0x03u;
   return unused == 0 && next_value(cursor) == END;
}

bool flp_base64_decode(flp_view_t text, flp_buf_t *out, bool *out_of_memory)
{
   bool ok = false;
   flp_cursor_t cursor = flp_cursor(text);
   uint32_t bits = 0;
   size_t n = 0;
   *out_of_memory = false;
   if (!flp_buf_reserve(out, text.len / 4 * 3 + 3)) {
      *out_of_memory = true;
      return false;
   }
   uint8_t value = next_value(&cursor);
   for (; value < PAD; value = next_value(&cursor)) {
      bits = (bits << 6) | value;
      n++;
      if (n == 4) {
         const uint8_t bytes[3] = {(uint8_t)(bits >> 16), (uint8_t)(bits >> 8), (uint8_t)bits};
         flp_buf_append(out, flp_view(bytes, 3)); /* there is room: reserved above */
         bits = 0;
         n = 0;
      }
   }
   if (!ends_well(&cursor, n, bits, value)) {
      goto done;
   }
   if (n == 2) {
      flp_buf_append_byte(out, (uint8_t)(bits >> 4));
   } else if (n == 3) {
      flp_buf_append_byte(out, (uint8_t)(bits >> 10));
      flp_buf_append_byte(out, (uint8_t)(bits >> 2));
   }
   ok = true;
done:
   if (!ok) {
      flp_buf_cleanup(out);
   }
   return ok;
}

bool flp_base64_encode(flp_view_t bytes, flp_buf_t *out)
{
   if (bytes.len > SIZE_MAX / 2 || !flp_buf_reserve(out, (bytes.len + 2) / 3 * 4)) {
      return false;
   }
   for (size_t at = 0; at < bytes.len; at += 3) {
      size_t n = bytes.len - at < 3 ? bytes.len - at : 3;
      uint32_t bits = (uint32_t)bytes.data[at] << 16;
      bits |= n > 1 ? (uint32_t)bytes.data[at + 1] << 8 : 0;
      bits |= n > 2 ? bytes.data[at + 2] : 0;
      for (size_t i = 0; i < 4; i++) {
         char letter = i > n ? '=' : alphabet[(bits >> (18 - 6 * i)) & 0x3Fu];
         flp_buf_append_byte(out, (uint8_t)letter);
      }
   }
   return true;
}
