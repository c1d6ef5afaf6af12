/* Borrowed and owned bytes, wiping, comparison in constant time, UTF-8. */
#include "ref/base/bytes.h"

#include "ref/base/declassify.h"

#include <stdlib.h>
#include <string.h>

flp_view_t flp_view_text(const char *text)
{
   return flp_view(text, text ? strlen(text) : 0);
}

bool flp_view_equal(flp_view_t a, flp_view_t b)
{
   return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool flp_view_equal_text(flp_view_t a, const char *text)
{
   return flp_view_equal(a, flp_view_text(text));
}

static uint8_t lower(uint8_t c)
{
   return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

bool flp_view_equal_text_nocase(flp_view_t a, const char *text)
{
   flp_view_t b = flp_view_text(text);
   if (flp_view_equal(a, b)) {
      return true; /* most callers spell a name as we do */
   }
   if (a.len != b.len) {
      return false;
   }
   for (size_t i = 0; i < a.len; i++) {
      if (lower(a.data[i]) != lower(b.data[i])) {
         return false;
      }
   }
   return true;
}

void flp_wipe(void *data, size_t len)
{
   if (data && len > 0) {
      explicit_bzero(data, len);
   }
}

/* Growth copies by hand instead of realloc: a moved block must be wiped before it is given back. */
bool flp_buf_reserve(flp_buf_t *buf, size_t cap)
{
   if (cap <= buf->cap) {
      return true;
   }
   uint8_t *data = malloc(cap);
   if (!data) {
      return false;
   }
   if (buf->len > 0) {
      memcpy(data, buf->data, buf->len);
   }
   flp_wipe(buf->data, buf->len);
   free(buf->data);
   buf->data = data;
   buf->cap = cap;
   return true;
}

static bool make_room(flp_buf_t *buf, size_t extra)
{
   if (extra > SIZE_MAX - buf->len) {
      return false;
   }
   size_t need = buf->len + extra;
   if (need <= buf->cap) {
      return true;
   }
   size_t doubled = buf->cap > SIZE_MAX / 2 ? need : buf->cap * 2;
   size_t cap = doubled > need ? doubled : need;
   return flp_buf_reserve(buf, cap < 64 ? 64 : cap);
}

bool flp_buf_append(flp_buf_t *buf, flp_view_t bytes)
{
   if (bytes.len == 0) {
      return true;
   }
   if (!make_room(buf, bytes.len)) {
      return false;
   }
   memcpy(buf->data + buf->len, bytes.data, bytes.len);
   buf->len += bytes.len;
   return true;
}

bool flp_buf_append_byte(flp_buf_t *buf, uint8_t byte)
{
   return flp_buf_append(buf, flp_view(&byte, 1));
}

bool flp_buf_copy(flp_buf_t *out, flp_view_t bytes)
{
   return flp_buf_reserve(out, bytes.len) && flp_buf_append(out, bytes);
}

void flp_buf_take(flp_buf_t *out, flp_buf_t *source)
{
   *out = *source;
   *source = (flp_buf_t){0};
}

void flp_buf_cleanup(flp_buf_t *buf)
{
   flp_wipe(buf->data, buf->len);
   free(buf->data);
   *buf = (flp_buf_t){0};
}

char *flp_text_copy(flp_view_t text)
{
   if (text.len == SIZE_MAX) {
      return NULL;
   }
   char *copy = malloc(text.len + 1);
   if (!copy) {
      return NULL;
   }
   if (text.len > 0) {
      memcpy(copy, text.data, text.len);
   }
   copy[text.len] = '\0';
   return copy;
}

void flp_text_destroy(char *text)
{
   if (text) {
      flp_wipe(text, strlen(text));
      free(text);
   }
}

/* No branch looks at the bytes before all of them were taken in. */
bool flp_secret_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
   uint64_t different = 0;
   size_t i = 0;
   for (; i + sizeof different <= len; i += sizeof different) {
      uint64_t x, y;
      memcpy(&x, a + i, sizeof x);
      memcpy(&y, b + i, sizeof y);
      different |= x ^ y;
   }
   for (; i < len; i++) {
      different |= (uint64_t)(a[i] ^ b[i]);
   }
   volatile uint64_t result = different;
   FLP_DECLASSIFY(&result, sizeof result);
   return result == 0;
}

/* Length of a sequence by its first byte, and the smallest code point that needs that length. */
static size_t sequence_len(uint8_t first, uint32_t *bits, uint32_t *smallest)
{
   if (first < 0x80) {
      *bits = first;
      *smallest = 0;
      return 1;
   }
   if ((first & 0xE0) == 0xC0) {
      *bits = first & 0x1Fu;
      *smallest = 0x80;
      return 2;
   }
   if ((first & 0xF0) == 0xE0) {
      *bits = first & 0x0Fu;
      *smallest = 0x800;
      return 3;
   }
   if ((first & 0xF8) == 0xF0) {
      *bits = first & 0x07u;
      *smallest = 0x10000;
      return 4;
   }
   return 0;
}

bool flp_utf8_valid(flp_view_t text, bool allow_nul)
{
   size_t at = 0;
   while (at < text.len) {
      uint32_t code = 0, smallest = 0;
      size_t len = sequence_len(text.data[at], &code, &smallest);
      if (len == 0 || len > text.len - at) {
         return false;
      }
      for (size_t i = 1; i < len; i++) {
         uint8_t next = text.data[at + i];
         if ((next & 0xC0) != 0x80) {
            return false;
         }
         code = (code << 6) | (next & 0x3Fu);
      }
      if (code < smallest || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF) || (code == 0 && !allow_nul)) {
         return false;
      }
      at += len;
   }
   return true;
}
