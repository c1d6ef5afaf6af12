/* Compares single ABI calls: what each returned, what it wrote, the state, the error. The table of the ABI says how a return is to be read. */
#include "runner/judge/judging.h"

#include "runner/abi_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Fields of a step that are not its function. */
static bool is_side_field(const char *key)
{
   static const char *const fields[] = {"as", "returns", "out", "error", "state", "read_state", "clock"};
   for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
      if (strcmp(key, fields[i]) == 0) {
         return true;
      }
   }
   return false;
}

/* The function of a step, or NULL (a move of the clock). Borrows from the case. */
static const char *function_of(const bson_iter_t *step)
{
   bson_iter_t field;
   if (!bson_iter_recurse(step, &field)) {
      return NULL;
   }
   while (bson_iter_next(&field)) {
      if (!is_side_field(bson_iter_key(&field))) {
         return bson_iter_key(&field);
      }
   }
   return NULL;
}

/* Bytes are base64 in a transcript, and look like text: only the kind tells them apart. */
static bool read_value(flp_judging_t *j, flp_abi_kind_t kind, const bson_iter_t *expected, const json_t *json, flp_value_t *value)
{
   if (!json || json_is_null(json)) {
      flp_value_from_null(value);
   } else if (json_is_boolean(json)) {
      flp_value_from_bool(value, json_is_true(json));
   } else if (json_is_integer(json)) {
      flp_value_from_int(value, json_integer_value(json));
   } else if (kind == FLP_ABI_DATA_LEN || kind == FLP_ABI_BYTES_OUT || kind == FLP_ABI_BINARY) {
      return flp_judging_value(j, json, expected, value);
   } else if (json_is_string(json)) {
      flp_value_from_text(value, json_string_value(json), json_string_length(json));
   } else {
      flp_text_once(&j->garbage, flp_text_format("a step of the transcript holds a value of an unknown shape"));
      return false;
   }
   return true;
}

static bool is_number(const bson_iter_t *value)
{
   return BSON_ITER_HOLDS_INT32(value) || BSON_ITER_HOLDS_INT64(value) || BSON_ITER_HOLDS_DOUBLE(value);
}

/* A case may write a status type as its number, where a host writes its name. */
static bool names_status_type(const char *name, int64_t number)
{
   static const char *const names[] = {"OK", "CLIENT", "KMS", "CRYPT_SHARED"};
   return number >= 0 && number < 4 && strcmp(name, names[number]) == 0;
}

/* Numbers of C have no BSON type: they are compared by value. */
static void judge_value(flp_judging_t *j, flp_abi_kind_t kind, const bson_iter_t *expected, const json_t *json)
{
   flp_value_t value = {.set = false};
   if (kind == FLP_ABI_STATUS_TYPE && is_number(expected) && json_is_string(json) &&
       names_status_type(json_string_value(json), bson_iter_as_int64(expected))) {
      return;
   }
   if (is_number(expected) && json_is_integer(json)) {
      if (bson_iter_as_int64(expected) != (int64_t)json_integer_value(json)) {
         flp_value_from_int(&value, json_integer_value(json));
         flp_differences_take(&j->differences, flp_show_iter(expected), flp_show_value(&value), "the number differs");
      }
   } else if (read_value(j, kind, expected, json, &value)) {
      flp_match_value(&j->matching, expected, &value, &j->differences);
   }
   flp_value_cleanup(&value);
}

static flp_abi_kind_t return_kind(const flp_abi_function_t *function)
{
   /* A binary that is returned is a handle: its value is the name that the host gave it. */
   return function->returns == FLP_ABI_BINARY ? FLP_ABI_TEXT : function->returns;
}

static flp_abi_kind_t out_kind(const flp_abi_function_t *function, const char *name)
{
   for (size_t i = 0; i < function->n_params; i++) {
      if (strcmp(function->params[i].name, name) == 0) {
         return function->params[i].kind;
      }
   }
   return FLP_ABI_TEXT;
}

static char *shown_return(const json_t *returns)
{
   return returns ? json_dumps(returns, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
}

/* Without `returns`: a bool says true and a handle is there; with an expected error a bool says false and a handle is NULL. */
static void judge_default_return(flp_judging_t *j, const flp_abi_function_t *function, const json_t *event, bool wants_error)
{
   const json_t *returns = json_object_get(event, "returns");
   bool handle = flp_abi_is_handle(function->returns);
   if (function->returns != FLP_ABI_BOOL && !handle) {
      return;
   }
   bool succeeded = handle ? !json_is_null(returns) : json_is_true(returns);
   if (succeeded != wants_error) {
      return;
   }
   const json_t *error = json_object_get(event, "error");
   const char *message = json_is_object(error) ? flp_event_text(error, "message") : NULL;
   const char *want = handle ? (wants_error ? "null" : "a handle") : (wants_error ? "false" : "true");
   size_t mark = flp_differences_enter(&j->differences, "returns");
   flp_differences_take(&j->differences, flp_text_format("%s", want), shown_return(returns), "%s %s%s%s", function->name,
                        wants_error ? "succeeded, but an error is expected" : "failed", message ? ", and the subject says: " : "",
                        message ? message : "");
   flp_differences_leave(&j->differences, mark);
}

static void judge_out(flp_judging_t *j, const flp_abi_function_t *function, const bson_iter_t *expected, const json_t *out)
{
   bson_iter_t field;
   if (!BSON_ITER_HOLDS_DOCUMENT(expected) || !bson_iter_recurse(expected, &field)) {
      return;
   }
   while (bson_iter_next(&field) && !flp_judging_stopped(j)) {
      const char *name = bson_iter_key(&field);
      size_t mark = flp_differences_enter(&j->differences, "out.%s", name);
      judge_value(j, out_kind(function, name), &field, json_object_get(out, name));
      flp_differences_leave(&j->differences, mark);
   }
}

static void judge_step_error(flp_judging_t *j, const bson_iter_t *expected, const json_t *error, const char *fn)
{
   size_t mark = flp_differences_enter(&j->differences, "error");
   if (BSON_ITER_HOLDS_NULL(expected)) {
      if (json_is_object(error)) {
         flp_judge_unexpected_error(j, expected, error, fn);
      }
   } else if (!json_is_object(error)) {
      flp_differences_take(&j->differences, flp_show_iter(expected), NULL, "%s left no error", fn);
   } else {
      flp_judge_error(j, expected, error, fn);
   }
   flp_differences_leave(&j->differences, mark);
}

static void judge_step(flp_judging_t *j, const bson_iter_t *step, const flp_abi_function_t *function, const json_t *event)
{
   bson_iter_t returns, out, error, state;
   const json_t *actual_error = json_object_get(event, "error");
   bool wants_error = flp_field(step, "error", &error) && !BSON_ITER_HOLDS_NULL(&error);
   bool wants_returns = flp_field(step, "returns", &returns);
   if (flp_judge_unsupported(j, wants_error ? &error : NULL, actual_error, function->name)) {
      return;
   }
   if (wants_returns) {
      size_t mark = flp_differences_enter(&j->differences, "returns");
      judge_value(j, return_kind(function), &returns, json_object_get(event, "returns"));
      flp_differences_leave(&j->differences, mark);
   } else {
      judge_default_return(j, function, event, wants_error);
   }
   if (flp_field(step, "error", &error)) {
      judge_step_error(j, &error, actual_error, function->name);
   }
   if (flp_field(step, "out", &out)) {
      judge_out(j, function, &out, json_object_get(event, "out"));
   }
   if (flp_field(step, "state", &state)) {
      size_t mark = flp_differences_enter(&j->differences, "state");
      judge_value(j, FLP_ABI_STATE, &state, json_object_get(event, "state"));
      flp_differences_leave(&j->differences, mark);
   }
}

void flp_judge_step_again(flp_judging_t *j, const json_t *event)
{
   bson_iter_t steps, step;
   json_int_t index = json_integer_value(json_object_get(event, "i"));
   const char *fn = flp_event_text(event, "fn");
   const flp_abi_function_t *function = fn ? flp_abi_find(fn) : NULL;
   bool found = bson_iter_init_find(&steps, &j->the_case->doc, "steps") && bson_iter_recurse(&steps, &step) && bson_iter_next(&step);
   for (json_int_t i = 0; found && i < index; i++) {
      found = bson_iter_next(&step);
   }
   if (found && function) {
      judge_step(j, &step, function, event);
   }
}

/* The event of step `index`, or NULL: then the host did not come so far. */
static const json_t *take_event(flp_judging_t *j, json_int_t index)
{
   for (const flp_event_t *event = flp_judging_peek(j); event; event = flp_judging_peek(j)) {
      if (event->kind == FLP_EV_STEP) {
         if (json_integer_value(json_object_get(event->json, "i")) != index) {
            return NULL;
         }
         j->at++;
         return event->json;
      }
      if (event->kind != FLP_EV_CLOCK && event->kind != FLP_EV_LEAK) {
         return NULL;
      }
      j->at++;
   }
   return NULL;
}

void flp_judge_steps(flp_judging_t *j)
{
   bson_iter_t steps, step;
   if (!bson_iter_init_find(&steps, &j->the_case->doc, "steps") || !bson_iter_recurse(&steps, &step)) {
      return;
   }
   for (json_int_t index = 0; bson_iter_next(&step) && !flp_judging_stopped(j); index++) {
      const char *name = function_of(&step);
      const flp_abi_function_t *function = name ? flp_abi_find(name) : NULL;
      if (!name) {
         continue;
      }
      const json_t *event = take_event(j, index);
      const char *fn = event ? flp_event_text(event, "fn") : NULL;
      const flp_abi_function_t *called = fn ? flp_abi_find(fn) : NULL;
      if (!function || !event || called != function) {
         flp_text_once(&j->garbage, flp_text_format("step %d of the transcript is missing or is another call than %s", (int)index, name));
         return;
      }
      size_t mark = flp_differences_enter(&j->differences, "steps.%d.%s", (int)index, name);
      judge_step(j, &step, function, event);
      flp_differences_leave(&j->differences, mark);
   }
}
