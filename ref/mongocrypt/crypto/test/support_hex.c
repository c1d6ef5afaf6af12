/* See the header. */
#include "ref/mongocrypt/crypto/test/support_hex.h"

#include <stdlib.h>
#include <string.h>

hex_t hex(const char *text)
{
   hex_t out = {.len = strlen(text) / 2};
   for (size_t i = 0; i < out.len; i++) {
      const char pair[3] = {text[2 * i], text[2 * i + 1], '\0'};
      out.bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
   }
   return out;
}

flp_view_t hex_view(const hex_t *bytes)
{
   return flp_view(bytes->bytes, bytes->len);
}
