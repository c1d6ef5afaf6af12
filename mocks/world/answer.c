/* Answers and faults: lists of replies, and what can happen to them on the way.
 * What moves time or skips a call (`delay`, `no_done`) is the door's; here it is only read. */
#include "mocks/world/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const fault_names[] = {
   [FLP_FAULT_NONE] = NULL,     [FLP_FAULT_DROP] = "drop",       [FLP_FAULT_REPEAT] = "repeat",
   [FLP_FAULT_CUT] = "cut",     [FLP_FAULT_REPLACE] = "replace", [FLP_FAULT_REORDER] = "reorder",
   [FLP_FAULT_DELAY] = "delay", [FLP_FAULT_RESET] = "reset",     [FLP_FAULT_NO_DONE] = "no_done",
};

enum { N_FAULTS = sizeof fault_names / sizeof fault_names[0], MAX_REPEATS = 1000 };

void flp_answer_cleanup(flp_answer_t *answer)
{
   for (size_t i = 0; i < answer->n_made; i++) {
      flp_buf_cleanup(&answer->made[i]);
   }
   free(answer->made);
   free(answer->replies);
   *answer = (flp_answer_t){0};
}

bool flp_answer_add(flp_answer_t *answer, flp_view_t bytes)
{
   if (answer->len == answer->cap) {
      const size_t cap = answer->cap == 0 ? 8 : answer->cap * 2;
      flp_reply_t *replies = realloc(answer->replies, cap * sizeof *replies);
      if (replies == NULL) {
         return false;
      }
      answer->replies = replies;
      answer->cap = cap;
   }
   answer->replies[answer->len++] = (flp_reply_t){.bytes = bytes, .times = 1};
   return true;
}

bool flp_answer_add_take(flp_answer_t *answer, flp_buf_t *bytes)
{
   if (answer->n_made == answer->cap_made) {
      const size_t cap = answer->cap_made == 0 ? 4 : answer->cap_made * 2;
      flp_buf_t *made = realloc(answer->made, cap * sizeof *made);
      if (made == NULL) {
         return false;
      }
      answer->made = made;
      answer->cap_made = cap;
   }
   if (!flp_answer_add(answer, flp_view_of(bytes))) {
      return false;
   }
   answer->made[answer->n_made] = (flp_buf_t){0};
   flp_buf_take(&answer->made[answer->n_made++], bytes);
   return true;
}

void flp_answer_refuse(flp_answer_t *answer, const char *format, ...)
{
   va_list args;
   va_start(args, format);
   vsnprintf(answer->why, sizeof answer->why, format, args);
   va_end(args);
   answer->kind = FLP_REFUSED;
   answer->len = 0;
}

bool flp_bytes_of_value(const bson_iter_t *value, flp_view_t *bytes)
{
   uint32_t len = 0;
   const uint8_t *data = NULL;
   bson_subtype_t subtype;
   switch (bson_iter_type(value)) {
   case BSON_TYPE_DOCUMENT:
      bson_iter_document(value, &len, &data);
      break;
   case BSON_TYPE_ARRAY:
      bson_iter_array(value, &len, &data);
      break;
   case BSON_TYPE_BINARY:
      bson_iter_binary(value, &subtype, &len, &data);
      break;
   default:
      return false;
   }
   *bytes = flp_view(data, len);
   return data != NULL || len == 0;
}

const char *flp_fault_name(flp_fault_action_t action)
{
   return (unsigned)action < N_FAULTS ? fault_names[action] : NULL;
}

static bool read_action(const bson_iter_t *value, flp_fault_t *fault)
{
   if (!BSON_ITER_HOLDS_UTF8(value)) {
      return false;
   }
   const char *name = bson_iter_utf8(value, NULL);
   for (unsigned i = 1; i < N_FAULTS; i++) {
      if (strcmp(name, fault_names[i]) == 0) {
         fault->action = (flp_fault_action_t)i;
         return true;
      }
   }
   return false;
}

static bool read_number(const bson_iter_t *value, int64_t max, int64_t *out)
{
   if (!BSON_ITER_HOLDS_INT32(value) && !BSON_ITER_HOLDS_INT64(value)) {
      return false;
   }
   *out = bson_iter_as_int64(value);
   return *out >= 0 && *out <= max;
}

bool flp_fault_parse(const bson_iter_t *doc, flp_fault_t *fault, char *why, size_t why_len)
{
   *fault = (flp_fault_t){0};
   bson_iter_t it;
   if (!BSON_ITER_HOLDS_DOCUMENT(doc) || !bson_iter_recurse(doc, &it)) {
      snprintf(why, why_len, "a fault is a mapping");
      return false;
   }
   while (bson_iter_next(&it)) {
      const char *key = bson_iter_key(&it);
      int64_t number = 0;
      bool ok;
      if (strcmp(key, "action") == 0) {
         ok = read_action(&it, fault);
      } else if (strcmp(key, "nth") == 0) {
         ok = read_number(&it, UINT32_MAX, &number) && number > 0;
         fault->nth = (uint32_t)number;
      } else if (strcmp(key, "times") == 0) {
         ok = read_number(&it, MAX_REPEATS, &number) && number > 0;
         fault->times = (uint32_t)number;
      } else if (strcmp(key, "after_bytes") == 0) {
         ok = read_number(&it, INT64_MAX, &number);
         fault->after_bytes = (uint64_t)number;
      } else if (strcmp(key, "ms") == 0) {
         ok = read_number(&it, INT64_MAX / 1000000, &number);
         fault->ms = number;
      } else if (strcmp(key, "with") == 0) {
         ok = flp_bytes_of_value(&it, &fault->with);
         if (!ok && BSON_ITER_HOLDS_UTF8(&it)) {
            uint32_t len = 0;
            const char *text = bson_iter_utf8(&it, &len);
            fault->with = flp_view(text, len);
            ok = true;
         }
      } else {
         ok = false;
      }
      if (!ok) {
         snprintf(why, why_len, "the fault's field `%.60s` is unknown or has a value that means nothing", key);
         return false;
      }
   }
   if (fault->action == FLP_FAULT_NONE) {
      snprintf(why, why_len, "a fault needs an `action`");
      return false;
   }
   return true;
}

static void reverse(flp_answer_t *answer)
{
   for (size_t i = 0; i < answer->len / 2; i++) {
      const flp_reply_t first = answer->replies[i];
      answer->replies[i] = answer->replies[answer->len - 1 - i];
      answer->replies[answer->len - 1 - i] = first;
   }
}

bool flp_fault_apply(const flp_fault_t *fault, flp_answer_t *answer)
{
   if (fault->action == FLP_FAULT_REORDER) {
      reverse(answer);
      return true;
   }
   /* A reset needs no reply that it replaces; the door may have asked for none. */
   if (fault->action == FLP_FAULT_RESET) {
      const size_t least = fault->nth == 0 ? 1 : fault->nth;
      while (answer->len < least && least <= MAX_REPEATS) {
         if (!flp_answer_add(answer, flp_view(NULL, 0))) {
            return false;
         }
         answer->replies[answer->len - 1].times = 0;
      }
   }
   for (size_t i = 0; i < answer->len; i++) {
      flp_reply_t *reply = &answer->replies[i];
      if (fault->nth != 0 && fault->nth != i + 1) {
         continue;
      }
      switch (fault->action) {
      case FLP_FAULT_DROP:
         reply->times = 0;
         break;
      case FLP_FAULT_REPEAT:
         reply->times += fault->times == 0 ? 1 : fault->times;
         break;
      case FLP_FAULT_CUT:
         if (fault->after_bytes < reply->bytes.len) {
            reply->bytes.len = (size_t)fault->after_bytes;
         }
         break;
      case FLP_FAULT_REPLACE:
         reply->bytes = fault->with;
         break;
      case FLP_FAULT_RESET:
         reply->reset = true;
         break;
      default:
         break;
      }
   }
   return true;
}
