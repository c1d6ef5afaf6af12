/* Values of a plan as arguments, and options by their table rows: what a scenario may write for an option and which call it becomes.
 * Handle and context have their tables; how a value is passed is said once, here. */
#include "runner/host/abi/run.h"

#include <stdlib.h>
#include <string.h>

static const struct {
   const char *short_form, *text;
} algorithms[] = {
   {"deterministic", "AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic"},
   {"random", "AEAD_AES_256_CBC_HMAC_SHA_512-Random"},
};

bool flp_plan_field(const bson_iter_t *doc, const char *key, bson_iter_t *value)
{
   return BSON_ITER_HOLDS_DOCUMENT(doc) && bson_iter_recurse(doc, value) && bson_iter_find(value, key);
}

bool flp_plan_bytes(const bson_iter_t *value, flp_arg_t *arg)
{
   flp_view_t bytes;
   if (BSON_ITER_HOLDS_NULL(value)) {
      *arg = FLP_NULL;
      return true;
   }
   if (!flp_bytes_of_value(value, &bytes)) {
      return false;
   }
   *arg = FLP_BYTES(bytes);
   return true;
}

static bool plain_text(const bson_iter_t *value, flp_view_t *text)
{
   if (BSON_ITER_HOLDS_UTF8(value)) {
      uint32_t len = 0;
      const char *data = bson_iter_utf8(value, &len);
      *text = flp_view(data, len);
      return true;
   }
   return BSON_ITER_HOLDS_BINARY(value) && flp_bytes_of_value(value, text);
}

bool flp_plan_text(const bson_iter_t *value, flp_arg_t *arg)
{
   flp_view_t text;
   bson_iter_t field;
   if (BSON_ITER_HOLDS_NULL(value)) {
      *arg = FLP_NULL;
      return true;
   }
   if (plain_text(value, &text)) {
      *arg = FLP_TEXT(text);
      return true;
   }
   if (!BSON_ITER_HOLDS_DOCUMENT(value)) {
      return false;
   }
   *arg = FLP_NULL;
   if (flp_plan_field(value, "text", &field) && !BSON_ITER_HOLDS_NULL(&field)) {
      if (!plain_text(&field, &text)) {
         return false;
      }
      *arg = FLP_TEXT(text);
   }
   if (flp_plan_field(value, "len", &field)) {
      if (!BSON_ITER_HOLDS_INT32(&field)) {
         return false;
      }
      arg->has_len = true;
      arg->len = bson_iter_int32(&field);
   }
   return true;
}

bool flp_plan_number(const bson_iter_t *value, flp_arg_t *arg)
{
   if (BSON_ITER_HOLDS_INT32(value) || BSON_ITER_HOLDS_INT64(value)) {
      *arg = FLP_NUMBER(bson_iter_as_int64(value));
      return true;
   }
   if (BSON_ITER_HOLDS_UTF8(value)) { /* above the largest int64 */
      const char *text = bson_iter_utf8(value, NULL);
      char *end = NULL;
      const unsigned long long number = strtoull(text, &end, 10);
      *arg = FLP_NUMBER(number);
      return end != text && *end == '\0' && text[0] != '-';
   }
   return false;
}

static flp_option_outcome_t set(flp_gate_t *gate, const flp_option_t *option, void *object, const flp_arg_t *values, size_t n)
{
   const flp_abi_function_t *function = gate->functions[option->fn];
   flp_arg_t args[1 + 2] = {FLP_HANDLE(object)};
   flp_result_t result;
   for (size_t i = 0; i < n; i++) {
      args[1 + i] = values[i];
   }
   if (!flp_gate_call(gate, function, args, &result)) {
      return FLP_OPTION_MISSING;
   }
   return function->returns == FLP_ABI_VOID || result.number != 0 ? FLP_OPTION_SET : FLP_OPTION_REFUSED;
}

/* {field: value} around a text or a binary. */
static flp_option_outcome_t set_wrapped(flp_gate_t *gate, const flp_option_t *option, void *object, const char *field,
                                        const bson_iter_t *value)
{
   bson_t doc = BSON_INITIALIZER;
   flp_option_outcome_t outcome = FLP_OPTION_BAD_VALUE;
   if (bson_append_iter(&doc, field, -1, value)) {
      const flp_arg_t arg = FLP_BYTES(flp_view(bson_get_data(&doc), doc.len));
      outcome = set(gate, option, object, &arg, 1);
   }
   bson_destroy(&doc);
   return outcome;
}

static flp_option_outcome_t set_each(flp_gate_t *gate, const flp_option_t *option, void *object, const bson_iter_t *list)
{
   const flp_option_t one = {
      .name = option->name, .fn = option->fn, .style = option->style == FLP_OPTION_NAMES ? FLP_OPTION_NAME : FLP_OPTION_BYTES};
   bson_iter_t it;
   flp_option_outcome_t outcome = FLP_OPTION_SET;
   if (!bson_iter_recurse(list, &it)) {
      return FLP_OPTION_BAD_VALUE;
   }
   while (outcome == FLP_OPTION_SET && bson_iter_next(&it)) {
      outcome = flp_option_apply(gate, &one, object, &it);
   }
   return outcome;
}

static bool two_texts(const flp_option_t *option, const bson_iter_t *value, flp_arg_t args[2])
{
   for (size_t i = 0; i < 2; i++) {
      bson_iter_t field;
      args[i] = FLP_NULL;
      if (flp_plan_field(value, option->fields[i], &field) && !flp_plan_text(&field, &args[i])) {
         return false;
      }
   }
   return BSON_ITER_HOLDS_DOCUMENT(value);
}

flp_option_outcome_t flp_option_apply(flp_gate_t *gate, const flp_option_t *option, void *object, const bson_iter_t *value)
{
   flp_arg_t args[2] = {FLP_NULL, FLP_NULL};
   switch (option->style) {
   case FLP_OPTION_MANY:
   case FLP_OPTION_NAMES:
      if (BSON_ITER_HOLDS_ARRAY(value)) {
         return set_each(gate, option, object, value);
      }
      return flp_plan_bytes(value, &args[0]) ? set(gate, option, object, args, 1) : FLP_OPTION_BAD_VALUE;
   case FLP_OPTION_BYTES:
      return flp_plan_bytes(value, &args[0]) ? set(gate, option, object, args, 1) : FLP_OPTION_BAD_VALUE;
   case FLP_OPTION_NAME:
      if (BSON_ITER_HOLDS_UTF8(value)) {
         return set_wrapped(gate, option, object, "keyAltName", value);
      }
      return flp_plan_bytes(value, &args[0]) ? set(gate, option, object, args, 1) : FLP_OPTION_BAD_VALUE;
   case FLP_OPTION_MATERIAL:
      if (BSON_ITER_HOLDS_BINARY(value)) {
         return set_wrapped(gate, option, object, "keyMaterial", value);
      }
      return flp_plan_bytes(value, &args[0]) ? set(gate, option, object, args, 1) : FLP_OPTION_BAD_VALUE;
   case FLP_OPTION_ALGORITHM:
   case FLP_OPTION_TEXT:
      if (!flp_plan_text(value, &args[0])) {
         return FLP_OPTION_BAD_VALUE;
      }
      for (size_t i = 0; option->style == FLP_OPTION_ALGORITHM && i < sizeof algorithms / sizeof algorithms[0]; i++) {
         if (!args[0].has_len && flp_view_equal_text(args[0].bytes, algorithms[i].short_form)) {
            args[0] = FLP_TEXT(flp_view_text(algorithms[i].text));
         }
      }
      return set(gate, option, object, args, 1);
   case FLP_OPTION_TWO_TEXTS:
      return two_texts(option, value, args) ? set(gate, option, object, args, 2) : FLP_OPTION_BAD_VALUE;
   case FLP_OPTION_NUMBER:
      return flp_plan_number(value, &args[0]) ? set(gate, option, object, args, 1) : FLP_OPTION_BAD_VALUE;
   case FLP_OPTION_BOOL:
      args[0] = FLP_NUMBER(BSON_ITER_HOLDS_BOOL(value) && bson_iter_bool(value));
      return BSON_ITER_HOLDS_BOOL(value) ? set(gate, option, object, args, 1) : FLP_OPTION_BAD_VALUE;
   case FLP_OPTION_FLAG:
      if (!BSON_ITER_HOLDS_BOOL(value)) {
         return FLP_OPTION_BAD_VALUE;
      }
      return bson_iter_bool(value) ? set(gate, option, object, args, 0) : FLP_OPTION_SET;
   }
   return FLP_OPTION_BAD_VALUE;
}
