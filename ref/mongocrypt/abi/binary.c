/* Views of bytes (API sheet 1.2, OWN-1). Nothing is ever copied or freed but the view itself. */
#include "ref/mongocrypt/abi/abi.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(offsetof(mongocrypt_binary_t, data) == 0, "the layout is part of the interface");
_Static_assert(offsetof(mongocrypt_binary_t, len) == sizeof(void *), "the layout is part of the interface");

mongocrypt_binary_t *mongocrypt_binary_new(void)
{
   return calloc(1, sizeof(mongocrypt_binary_t));
}

mongocrypt_binary_t *mongocrypt_binary_new_from_data(uint8_t *data, uint32_t len)
{
   mongocrypt_binary_t *binary = mongocrypt_binary_new();
   if (binary && data) {
      binary->data = data;
      binary->len = len;
   }
   return binary;
}

uint8_t *mongocrypt_binary_data(const mongocrypt_binary_t *binary)
{
   return binary ? binary->data : NULL;
}

uint32_t mongocrypt_binary_len(const mongocrypt_binary_t *binary)
{
   return binary ? binary->len : 0;
}

void mongocrypt_binary_destroy(mongocrypt_binary_t *binary)
{
   free(binary);
}

flp_view_t flp_abi_view(const mongocrypt_binary_t *binary)
{
   return binary && binary->data ? flp_view(binary->data, binary->len) : flp_view(NULL, 0);
}

flp_view_t flp_abi_text(const char *text, int64_t len, bool *len_ok)
{
   *len_ok = len >= -1;
   if (!text || !*len_ok) {
      return flp_view(NULL, 0);
   }
   return flp_view(text, len == -1 ? strlen(text) : (size_t)len);
}

bool flp_abi_give(mongocrypt_binary_t *out, flp_view_t bytes, bool ok)
{
   if (out && ok) {
      out->data = (void *)(uintptr_t)bytes.data; /* the interface has no const; the bytes are the context's */
      out->len = (uint32_t)bytes.len;
   }
   return ok;
}
