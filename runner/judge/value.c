/* Values on their own: made from what a transcript holds, shown as extended JSON. */
#include "runner/judge/match.h"

#include "ref/base/bson_walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void flp_value_cleanup(flp_value_t *value)
{
   if (value->set) {
      bson_destroy(&value->doc);
      value->set = false;
   }
}

bool flp_value_iter(const flp_value_t *value, bson_iter_t *iter)
{
   return value->set && bson_iter_init_find(iter, &value->doc, "v");
}

static bson_t *start(flp_value_t *value)
{
   flp_value_cleanup(value);
   bson_init(&value->doc);
   value->set = true;
   return &value->doc;
}

void flp_value_from_bytes(flp_value_t *value, const uint8_t *data, size_t len)
{
   bson_t doc;
   if (len > 0 && flp_bson_valid(flp_view(data, len), NULL, NULL, NULL) && bson_init_static(&doc, data, len)) {
      bson_append_document(start(value), "v", 1, &doc);
   } else {
      flp_value_from_binary(value, BSON_SUBTYPE_BINARY, data, len);
   }
}

void flp_value_from_binary(flp_value_t *value, bson_subtype_t subtype, const uint8_t *data, size_t len)
{
   static const uint8_t nothing = 0;
   uint32_t size = len > INT32_MAX ? INT32_MAX : (uint32_t)len;
   bson_append_binary(start(value), "v", 1, subtype, data ? data : &nothing, size);
}

void flp_value_from_text(flp_value_t *value, const char *text, size_t len)
{
   bson_append_utf8(start(value), "v", 1, text, len > INT32_MAX ? INT32_MAX : (int)len);
}

void flp_value_from_int(flp_value_t *value, int64_t number)
{
   if (number >= INT32_MIN && number <= INT32_MAX) {
      bson_append_int32(start(value), "v", 1, (int32_t)number);
   } else {
      bson_append_int64(start(value), "v", 1, number);
   }
}

void flp_value_from_bool(flp_value_t *value, bool flag)
{
   bson_append_bool(start(value), "v", 1, flag);
}

void flp_value_from_null(flp_value_t *value)
{
   bson_append_null(start(value), "v", 1);
}

flp_spot_t flp_spot_of(const bson_iter_t *iter)
{
   return (flp_spot_t){
      .data = iter->raw,
      .len = iter->len,
      .offset = bson_iter_offset((bson_iter_t *)(uintptr_t)iter),
      .key_len = bson_iter_key_len(iter),
   };
}

bool flp_spot_iter(const flp_spot_t *spot, bson_iter_t *iter)
{
   return bson_iter_init_from_data_at_offset(iter, spot->data, spot->len, spot->offset, spot->key_len);
}

/* The text behind `{ "v" : ` and before the last ` }`. */
static char *unwrapped(char *json)
{
   if (!json) {
      return NULL;
   }
   char *colon = strchr(json, ':');
   char *end = strrchr(json, '}');
   char *text = NULL;
   if (colon && end && end > colon) {
      char *from = colon + 1;
      while (*from == ' ') {
         from++;
      }
      while (end > from && end[-1] == ' ') {
         end--;
      }
      text = strndup(from, (size_t)(end - from));
   }
   bson_free(json);
   return text;
}

static char *show_raw(const bson_t *doc)
{
   const uint8_t *data = bson_get_data(doc);
   size_t len = doc->len < 2048 ? doc->len : 2048;
   char *text = malloc(2 * len + 64);
   if (!text) {
      return NULL;
   }
   int n = snprintf(text, 64, "bytes of {v: value}, not shown as JSON: ");
   for (size_t i = 0; i < len; i++) {
      n += sprintf(text + n, "%02x", data[i]);
   }
   return text;
}

static char *show(const bson_t *doc)
{
   char *text = unwrapped(bson_as_canonical_extended_json(doc, NULL));
   return text ? text : show_raw(doc);
}

char *flp_show_iter(const bson_iter_t *iter)
{
   bson_t doc = BSON_INITIALIZER;
   bson_append_iter(&doc, "v", 1, iter);
   char *text = show(&doc);
   bson_destroy(&doc);
   return text;
}

char *flp_show_value(const flp_value_t *value)
{
   return value->set ? show(&value->doc) : NULL;
}
