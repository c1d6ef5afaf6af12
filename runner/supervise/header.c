/* Reads the header line. Strict: a host that cannot say what it proved proves nothing. */
#include "runner/supervise/header.h"

#include "runner/judge/differences.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static bool text_is(const json_t *header, const char *field, const char *want)
{
   const char *text = json_string_value(json_object_get(header, field));
   return text && strcmp(text, want) == 0;
}

static bool copy_strings(const json_t *array, flp_strings_t *out)
{
   size_t i;
   const json_t *item;
   size_t n = json_array_size(array);
   char **items = calloc(n ? n : 1, sizeof *items);
   if (!items) {
      return false;
   }
   size_t len = 0;
   json_array_foreach(array, i, item)
   {
      const char *text = json_string_value(item);
      items[len] = text ? strdup(text) : NULL;
      if (items[len]) {
         len++;
      }
   }
   for (size_t k = 0; k < out->len; k++) {
      free(out->items[k]);
   }
   free(out->items);
   *out = (flp_strings_t){.items = items, .len = len};
   return true;
}

bool flp_header_read(flp_view_t line, flp_subject_t *subject, char **why)
{
   bool ok = false;
   json_error_t error;
   json_t *header = json_loadb((const char *)line.data, line.len, JSON_REJECT_DUPLICATES, &error);
   const char *version = header ? json_string_value(json_object_get(header, "version")) : NULL;
   if (!text_is(header, "ev", "header") || !text_is(header, "nonce", "")) {
      *why = flp_text_format("the first line of the host is no header");
      goto done;
   }
   if (!copy_strings(json_object_get(header, "missing_symbols"), &subject->missing_symbols)) {
      goto done;
   }
   free(subject->version);
   free(subject->proof);
   const char *proof = json_string_value(json_object_get(header, "proof"));
   subject->version = strdup(version ? version : "0");
   subject->proof = strdup(proof ? proof : "none");
   subject->clock_virtual = text_is(header, "clock", "virtual");
   subject->random_seeded = text_is(header, "random", "seeded");
   subject->alloc_counted = text_is(header, "alloc", "counted");
   subject->native_crypto = json_is_true(json_object_get(header, "native_crypto"));
   subject->hooks = json_is_true(json_object_get(header, "hooks"));
   subject->proven = true;
   ok = true;
done:
   json_decref(header);
   return ok;
}
