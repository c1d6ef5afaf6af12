/* The document of a case as JSON for the report folder. Large bytes are summed up before anything becomes text: some cases hold a document
 * of 16 MiB, and to write and to read these as JSON took longer than all the rest of a run. */
#include "runner/supervise/extended.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#define LARGE_LEN 65536u

/* `{"$$large": {len, sha256}}` in place of the bytes. */
static bool append_summary(bson_t *out, const char *key, const uint8_t *data, uint32_t len)
{
   bson_t outer, inner;
   uint8_t digest[32];
   char hex[2 * sizeof digest + 1];
   if (EVP_Digest(data, len, digest, NULL, EVP_sha256(), NULL) != 1) {
      return false;
   }
   for (size_t i = 0; i < sizeof digest; i++) {
      snprintf(hex + 2 * i, 3, "%02x", digest[i]);
   }
   return bson_append_document_begin(out, key, -1, &outer) && bson_append_document_begin(&outer, "$$large", -1, &inner) &&
          bson_append_int64(&inner, "len", -1, (int64_t)len) && bson_append_utf8(&inner, "sha256", -1, hex, -1) &&
          bson_append_document_end(&outer, &inner) && bson_append_document_end(out, &outer);
}

/* Copies with summaries, before anything becomes text. Recursion is bounded by the loader's limit of nesting, and goes only where
 * something large can be. */
static bool copy_shortened(bson_iter_t *from, bson_t *to)
{
   bool ok = true;
   while (ok && bson_iter_next(from)) {
      const char *key = bson_iter_key(from);
      const bool array = BSON_ITER_HOLDS_ARRAY(from);
      bson_subtype_t subtype;
      uint32_t len = 0;
      const uint8_t *data = NULL;
      bson_iter_t inside;
      bson_t child;
      if (BSON_ITER_HOLDS_BINARY(from)) {
         bson_iter_binary(from, &subtype, &len, &data);
         ok = len > LARGE_LEN ? append_summary(to, key, data, len) : bson_append_iter(to, key, -1, from);
      } else if ((array || BSON_ITER_HOLDS_DOCUMENT(from)) && bson_iter_recurse(from, &inside) && inside.len > LARGE_LEN) {
         ok = (array ? bson_append_array_begin(to, key, -1, &child) : bson_append_document_begin(to, key, -1, &child)) &&
              copy_shortened(&inside, &child) && (array ? bson_append_array_end(to, &child) : bson_append_document_end(to, &child));
      } else {
         ok = bson_append_iter(to, key, -1, from);
      }
   }
   return ok;
}

/* Canonical extended JSON wraps numbers; the length in a summary is a plain one. */
static void plain_lengths(json_t *value)
{
   const char *key;
   json_t *child;
   size_t i;
   json_t *large = json_object_get(value, "$$large");
   const char *digits = json_string_value(json_object_get(json_object_get(large, "len"), "$numberLong"));
   if (digits) {
      json_object_set_new(large, "len", json_integer(strtoll(digits, NULL, 10)));
      return;
   }
   json_object_foreach(value, key, child)
   {
      plain_lengths(child);
   }
   json_array_foreach(value, i, child)
   {
      plain_lengths(child);
   }
}

json_t *flp_extended_json(const bson_t *doc)
{
   bson_t short_doc = BSON_INITIALIZER;
   bson_iter_t it;
   const bool large = doc->len > LARGE_LEN;
   const bool copied = large && bson_iter_init(&it, doc) && copy_shortened(&it, &short_doc);
   char *text = large && !copied ? NULL : bson_as_canonical_extended_json(large ? &short_doc : doc, NULL);
   json_error_t error;
   json_t *value = text ? json_loads(text, JSON_ALLOW_NUL, &error) : NULL;
   if (large) {
      plain_lengths(value);
   }
   bson_free(text);
   bson_destroy(&short_doc);
   return value ? value : json_null();
}
