/* Types as a table; the few values that have more than one spelling as functions. */
#include "ref/mongocrypt/ctx/value.h"

#include "ref/mongocrypt/errors.h"

#include <string.h>

typedef enum { NEVER, RANDOM_ONLY, BOTH } permission_t;

static const permission_t permissions[0x14] = {
   [FLP_BSON_DOUBLE] = RANDOM_ONLY,
   [FLP_BSON_STRING] = BOTH,
   [FLP_BSON_DOCUMENT] = RANDOM_ONLY,
   [FLP_BSON_ARRAY] = RANDOM_ONLY,
   [FLP_BSON_BINARY] = BOTH,
   [FLP_BSON_UNDEFINED] = NEVER,
   [FLP_BSON_OBJECT_ID] = BOTH,
   [FLP_BSON_BOOL] = RANDOM_ONLY,
   [FLP_BSON_DATE] = BOTH,
   [FLP_BSON_NULL] = NEVER,
   [FLP_BSON_REGEX] = BOTH,
   [FLP_BSON_DB_POINTER] = BOTH,
   [FLP_BSON_CODE] = BOTH,
   [FLP_BSON_SYMBOL] = BOTH,
   [FLP_BSON_CODE_WITH_SCOPE] = RANDOM_ONLY,
   [FLP_BSON_INT32] = BOTH,
   [FLP_BSON_TIMESTAMP] = BOTH,
   [FLP_BSON_INT64] = BOTH,
   [FLP_BSON_DECIMAL128] = RANDOM_ONLY,
};

bool flp_value_may_encrypt(const flp_bson_element_t *value, flp_algorithm_t algorithm, flp_status_t *status)
{
   /* minKey and maxKey are outside the table. */
   permission_t permission = value->type < sizeof permissions / sizeof permissions[0] ? permissions[value->type] : NEVER;
   const flp_fact_t type = flp_fact_text("bson_type", flp_bson_type_name(value->type));
   const char *name = algorithm == FLP_ALGORITHM_NONE ? NULL : flp_algorithm_name(algorithm);
   const flp_fact_t asked = flp_fact_text("algorithm", name);
   if (permission == NEVER) {
      return flp_error(status, FLP_E134, FLP_FACTS(type, asked));
   }
   uint8_t subtype = 0;
   if (value->type == FLP_BSON_BINARY) {
      flp_bson_binary_view(value->value, &subtype);
   }
   if (subtype == 6) {
      return flp_error(status, FLP_E136, FLP_FACTS(type, asked));
   }
   if (permission == RANDOM_ONLY && algorithm == FLP_ALGORITHM_DETERMINISTIC) {
      return flp_error(status, FLP_E135, FLP_FACTS(type, asked));
   }
   return true;
}

/* Options without repetition, in the order of the alphabet, and only those that are known. */
static bool normalise_regex(flp_view_t value, flp_buf_t *out)
{
   static const char known[] = "ilmsux";
   size_t pattern_len = strlen((const char *)value.data) + 1;
   flp_view_t options = flp_view(value.data + pattern_len, value.len - pattern_len - 1);
   bool ok = flp_buf_reserve(out, value.len) && flp_buf_append(out, flp_view(value.data, pattern_len));
   for (size_t i = 0; ok && known[i]; i++) {
      if (options.len > 0 && memchr(options.data, known[i], options.len)) {
         ok = flp_buf_append_byte(out, (uint8_t)known[i]);
      }
   }
   return ok && flp_buf_append_byte(out, 0);
}

/* A string as C sees it: up to its first NUL. `rest` follows as it is. */
static bool append_c_string(flp_buf_t *out, flp_view_t text, flp_view_t rest)
{
   const uint8_t *nul = text.len > 0 ? memchr(text.data, 0, text.len) : NULL;
   size_t len = nul ? (size_t)(nul - text.data) : text.len;
   uint8_t head[4];
   flp_write_u32_le(head, (uint32_t)len + 1);
   return flp_buf_append(out, flp_view(head, sizeof head)) && flp_buf_append(out, flp_view(text.data, len)) &&
          flp_buf_append_byte(out, 0) && flp_buf_append(out, rest);
}

/* Cuts a value that starts with a string into the string and what follows. */
static bool normalise_text(flp_view_t value, flp_buf_t *out)
{
   size_t text_len = flp_read_u32_le(value.data) - 1;
   return append_c_string(out, flp_view(value.data + 4, text_len), flp_view(value.data + 5 + text_len, value.len - 5 - text_len));
}

static bool normalise_scope(flp_view_t value, flp_buf_t *out)
{
   uint8_t len[4] = {0};
   if (!flp_buf_append(out, flp_view(len, sizeof len)) || !normalise_text(flp_view(value.data + 4, value.len - 4), out)) {
      return false;
   }
   flp_write_u32_le(out->data, (uint32_t)out->len);
   return true;
}

static bool has_spellings(uint8_t type)
{
   return type == FLP_BSON_REGEX || type == FLP_BSON_CODE || type == FLP_BSON_DB_POINTER || type == FLP_BSON_CODE_WITH_SCOPE;
}

bool flp_value_normalise(const flp_bson_element_t *value, flp_buf_t *out)
{
   if (!flp_buf_reserve(out, value->value.len)) {
      return false;
   }
   switch (value->type) {
   case FLP_BSON_REGEX:
      return normalise_regex(value->value, out);
   case FLP_BSON_CODE:
   case FLP_BSON_DB_POINTER: /* its name of a collection is a C string too */
      return normalise_text(value->value, out);
   case FLP_BSON_CODE_WITH_SCOPE:
      return normalise_scope(value->value, out);
   default:
      return flp_buf_append(out, value->value);
   }
}

bool flp_value_normal_view(const flp_bson_element_t *value, flp_buf_t *storage, flp_view_t *out)
{
   if (!has_spellings(value->type)) {
      *out = value->value;
      return true;
   }
   flp_buf_cleanup(storage);
   bool ok = flp_value_normalise(value, storage);
   *out = flp_view_of(storage);
   return ok;
}
