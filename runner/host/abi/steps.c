/* `steps`: single ABI calls with named handles. Arguments are made by the kinds of the ABI table; what a case leaves open, the case
 * forgets and the host cleans up at its end in an order that no library can mind: contexts, handles, binaries, statuses. */
#include "runner/host/abi/run.h"

#include <stdio.h>
#include <string.h>

enum { MAX_HANDLES = 256 };

typedef struct {
   char name[64];
   flp_abi_kind_t kind;
   void *pointer;
   void *parent; /* of a KMS context: it ends with its ctx */
} handle_t;

typedef struct {
   flp_run_t *run;
   flp_gate_t *gate;
   handle_t handles[MAX_HANDLES];
   size_t n;
   int64_t index;
   int64_t kept_until; /* done again: what made the handles before this step is not done a second time */
   bool gave_up;       /* a handle was destroyed */
} steps_t;

/* What a step says besides its function. */
typedef struct {
   const flp_abi_function_t *function;
   bson_iter_t args;
   const char *as;
   bool read_state;
} step_t;

static const char *const status_types[] = {"OK", "CLIENT", "KMS", "CRYPT_SHARED"};

enum { N_STATUS_TYPES = sizeof status_types / sizeof status_types[0] };

/* --- handles -------------------------------------------------------------------------------------------------------------------------- */

static handle_t *find_handle(steps_t *s, const char *name)
{
   for (size_t i = s->n; i-- > 0;) {
      if (strcmp(s->handles[i].name, name) == 0) {
         return &s->handles[i];
      }
   }
   return NULL;
}

/* Keeps a handle under its name; a name that is given again means the new one from now on, and the old one is cleaned up later. */
static bool keep_handle(steps_t *s, const char *name, flp_abi_kind_t kind, void *pointer, void *parent)
{
   if (s->n == MAX_HANDLES) {
      flp_run_problem(s->run, "a case has at most %d handles", MAX_HANDLES);
      return false;
   }
   handle_t *handle = &s->handles[s->n++];
   *handle = (handle_t){.kind = kind, .pointer = pointer, .parent = parent};
   snprintf(handle->name, sizeof handle->name, "%s", name);
   return true;
}

static void forget_pointer(steps_t *s, const void *pointer)
{
   size_t kept = 0;
   for (size_t i = 0; i < s->n; i++) {
      if (s->handles[i].pointer != pointer && s->handles[i].parent != pointer) {
         s->handles[kept++] = s->handles[i];
      }
   }
   s->n = kept;
}

static void destroy_all(steps_t *s, flp_abi_kind_t kind, flp_fn_t fn)
{
   flp_result_t result;
   for (size_t i = s->n; i-- > 0;) {
      if (s->handles[i].kind == kind) {
         flp_gate_call(s->gate, s->gate->functions[fn], FLP_ARGS(FLP_HANDLE(s->handles[i].pointer)), &result);
      }
   }
}

/* --- arguments ------------------------------------------------------------------------------------------------------------------------ */

static bool bad_argument(steps_t *s, const flp_abi_function_t *function, const flp_abi_param_t *param, const char *what)
{
   flp_run_problem(s->run, "step %lld: argument `%s` of %s %s", (long long)s->index, param->name, function->name, what);
   return false;
}

static bool named_handle(steps_t *s, const flp_abi_function_t *function, const flp_abi_param_t *param, const char *name,
                         flp_abi_kind_t kind, flp_arg_t *arg)
{
   const handle_t *handle = find_handle(s, name);
   if (handle == NULL || handle->kind != kind) {
      return bad_argument(s, function, param, "names no handle of its kind");
   }
   *arg = FLP_HANDLE(handle->pointer);
   return true;
}

static bool number_argument(const flp_abi_param_t *param, const bson_iter_t *value, flp_arg_t *arg)
{
   if (param->kind == FLP_ABI_BOOL) {
      *arg = FLP_NUMBER(BSON_ITER_HOLDS_BOOL(value) && bson_iter_bool(value));
      return BSON_ITER_HOLDS_BOOL(value);
   }
   if (param->kind == FLP_ABI_STATUS_TYPE && BSON_ITER_HOLDS_UTF8(value)) {
      for (uint64_t i = 0; i < N_STATUS_TYPES; i++) {
         if (strcmp(status_types[i], bson_iter_utf8(value, NULL)) == 0) {
            *arg = FLP_NUMBER(i);
            return true;
         }
      }
      return false;
   }
   return flp_plan_number(value, arg);
}

static bool argument(steps_t *s, const flp_abi_function_t *function, const flp_abi_param_t *param, const bson_iter_t *value, flp_arg_t *arg)
{
   const char *text = BSON_ITER_HOLDS_UTF8(value) ? bson_iter_utf8(value, NULL) : NULL;
   if (BSON_ITER_HOLDS_NULL(value)) {
      *arg = FLP_NULL;
      return true;
   }
   switch (param->kind) {
   case FLP_ABI_CRYPT:
   case FLP_ABI_CTX:
   case FLP_ABI_KMS:
   case FLP_ABI_STATUS:
   case FLP_ABI_BINARY:
      return text != NULL ? named_handle(s, function, param, text, param->kind, arg)
                          : bad_argument(s, function, param, "must be the name of a handle");
   case FLP_ABI_BYTES:
   case FLP_ABI_BYTES_OUT:
      if (text != NULL) {
         return named_handle(s, function, param, text, FLP_ABI_BINARY, arg);
      }
      return (param->kind == FLP_ABI_BYTES && flp_plan_bytes(value, arg)) || bad_argument(s, function, param, "has the wrong type");
   case FLP_ABI_DATA_LEN:
      return flp_plan_bytes(value, arg) || bad_argument(s, function, param, "has the wrong type");
   case FLP_ABI_TEXT:
   case FLP_ABI_TEXT_LEN:
      return flp_plan_text(value, arg) || bad_argument(s, function, param, "must be text");
   case FLP_ABI_LOG_FN:
   case FLP_ABI_CRYPTO_FN:
   case FLP_ABI_HMAC_FN:
   case FLP_ABI_HASH_FN:
   case FLP_ABI_RANDOM_FN:
      if (text == NULL || (strcmp(text, "default") != 0 && strcmp(text, "failing") != 0)) {
         return bad_argument(s, function, param, "must be `default`, `failing` or null");
      }
      *arg = text[0] == 'd' ? FLP_DEFAULT : (flp_arg_t){.kind = FLP_ARG_FAILING};
      return true;
   case FLP_ABI_USER:
      return bad_argument(s, function, param, "can only be null");
   default:
      return number_argument(param, value, arg) || bad_argument(s, function, param, "has the wrong type");
   }
}

static bool arguments(steps_t *s, const step_t *step, flp_arg_t args[FLP_ABI_MAX_PARAMS])
{
   const flp_abi_function_t *function = step->function;
   for (size_t p = 0; p < function->n_params; p++) {
      const flp_abi_param_t *param = &function->params[p];
      bson_iter_t value;
      if (flp_plan_field(&step->args, param->name, &value)) {
         if (!argument(s, function, param, &value, &args[p])) {
            return false;
         }
      } else if (flp_abi_is_output(param->kind)) {
         args[p] = FLP_OUT;
      } else if (param->kind == FLP_ABI_USER) {
         args[p] = FLP_NULL;
      } else {
         return bad_argument(s, function, param, "is missing");
      }
   }
   return true;
}

/* --- events --------------------------------------------------------------------------------------------------------------------------- */

static void write_unsigned(flp_lines_t *lines, const char *key, uint64_t number)
{
   char text[24];
   if (number <= INT64_MAX) {
      flp_line_unsigned(lines, key, number);
      return;
   }
   /* Readers of JSON keep 63 bits. */
   snprintf(text, sizeof text, "%llu", (unsigned long long)number);
   flp_line_string(lines, key, text);
}

static void write_returns(steps_t *s, const step_t *step, const flp_arg_t *args, const flp_result_t *result)
{
   flp_lines_t *lines = s->run->lines;
   const flp_abi_function_t *function = step->function;
   char storage[24];
   switch (function->returns) {
   case FLP_ABI_VOID:
      flp_line_null(lines, "returns");
      break;
   case FLP_ABI_BOOL:
      flp_line_bool(lines, "returns", result->number != 0);
      break;
   case FLP_ABI_INT64:
      flp_line_number(lines, "returns", (int64_t)result->number);
      break;
   case FLP_ABI_UINT32:
   case FLP_ABI_UINT64:
      write_unsigned(lines, "returns", result->number);
      break;
   case FLP_ABI_STATE:
      flp_line_string(lines, "returns", flp_state_name(result->number, storage));
      break;
   case FLP_ABI_STATUS_TYPE:
      if (result->number < N_STATUS_TYPES) {
         flp_line_string(lines, "returns", status_types[result->number]);
      } else {
         flp_line_unsigned(lines, "returns", result->number);
      }
      break;
   case FLP_ABI_TEXT:
      flp_line_string(lines, "returns", result->pointer);
      break;
   case FLP_ABI_DATA_LEN: /* of the binary in the first argument */
      if (result->pointer == NULL) {
         flp_line_null(lines, "returns");
      } else {
         flp_line_bytes(lines, "returns", flp_view(result->pointer, flp_gate_binary(args[0].handle).len));
      }
      break;
   default: /* handles */
      flp_line_string(lines, "returns", result->pointer == NULL ? NULL : step->as != NULL ? step->as : "unnamed");
      break;
   }
}

static void write_out(steps_t *s, const step_t *step, const flp_arg_t *args, const flp_result_t *result)
{
   flp_lines_t *lines = s->run->lines;
   flp_line_open(lines, "out", '{');
   for (size_t p = 0; p < step->function->n_params; p++) {
      const flp_abi_param_t *param = &step->function->params[p];
      if (args[p].kind == FLP_ARG_NULL) {
         continue;
      }
      switch (param->kind) {
      case FLP_ABI_BYTES_OUT:
         if (result->out_bytes.data == NULL) {
            flp_line_null(lines, param->name);
         } else {
            flp_line_bytes(lines, param->name, result->out_bytes);
         }
         break;
      case FLP_ABI_LEN_OUT:
         flp_line_unsigned(lines, param->name, result->out_len);
         break;
      case FLP_ABI_TEXT_OUT:
         flp_line_string(lines, param->name, result->out_text);
         break;
      case FLP_ABI_BOOL_OUT:
         flp_line_bool(lines, param->name, result->out_bool);
         break;
      default:
         break;
      }
   }
   flp_line_close(lines, '}');
}

/* Did the function say that its first object has an error to show? */
static bool says_error(const flp_abi_function_t *function, const flp_result_t *result)
{
   return (function->returns == FLP_ABI_BOOL && result->number == 0) || (function->returns == FLP_ABI_CTX && result->pointer == NULL);
}

static void write_step(steps_t *s, const step_t *step, const flp_arg_t *args, bool called, const flp_result_t *result)
{
   flp_lines_t *lines = s->run->lines;
   const flp_abi_function_t *function = step->function;
   const flp_abi_kind_t first = function->n_params > 0 ? function->params[0].kind : FLP_ABI_VOID;
   flp_error_t error;
   bool has_error = false;

   flp_line_begin(lines, "step");
   flp_line_number(lines, "i", s->index);
   const size_t from = lines->len + 1;
   flp_line_string(lines, "fn", function->name);
   write_returns(s, step, args, result);
   write_out(s, step, args, result);
   if (!called) {
      flp_gate_error_missing(&error, function->name);
      has_error = true;
   } else if (says_error(function, result)) {
      has_error = flp_gate_error(s->gate, first, args[0].handle, &error);
   }
   const size_t error_at = lines->len;
   flp_run_write_error(s->run, has_error ? &error : NULL);
   if (step->read_state && first == FLP_ABI_CTX) {
      flp_result_t state;
      char storage[24];
      flp_gate_call(s->gate, s->gate->functions[FLP_FN_ctx_state], FLP_ARGS(args[0]), &state);
      flp_line_string(lines, "state", flp_state_name(state.number, storage));
   }
   /* No request, a state of error, no bytes: where that differs from the recorded run the object knows why. */
   if (!flp_seen(s->run, FLP_SEEN_STEP, s->index, from) && !has_error && !s->run->repeated) {
      lines->len = error_at;
      has_error = flp_gate_error(s->gate, first, args[0].handle, &error);
      flp_run_write_error(s->run, has_error ? &error : NULL);
      flp_seen(s->run, FLP_SEEN_STEP, s->index, from);
   }
   flp_line_end(lines);
}

/* --- running -------------------------------------------------------------------------------------------------------------------------- */

static bool read_step(steps_t *s, const bson_iter_t *item, step_t *step)
{
   bson_iter_t it;
   *step = (step_t){0};
   if (!BSON_ITER_HOLDS_DOCUMENT(item) || !bson_iter_recurse(item, &it)) {
      flp_run_problem(s->run, "step %lld is not a mapping", (long long)s->index);
      return false;
   }
   while (bson_iter_next(&it)) {
      const char *key = bson_iter_key(&it);
      if (strcmp(key, "as") == 0 && BSON_ITER_HOLDS_UTF8(&it)) {
         step->as = bson_iter_utf8(&it, NULL);
      } else if (strcmp(key, "read_state") == 0 && BSON_ITER_HOLDS_BOOL(&it)) {
         step->read_state = bson_iter_bool(&it);
      } else if (step->function == NULL && (step->function = flp_abi_find(key)) != NULL) {
         step->args = it;
      } else {
         flp_run_problem(s->run, "step %lld: `%.60s` is no function of the ABI", (long long)s->index, key);
         return false;
      }
   }
   if (step->function == NULL) {
      flp_run_problem(s->run, "step %lld names no function", (long long)s->index);
   }
   return step->function != NULL;
}

static bool is_destroy(const flp_abi_function_t *function)
{
   const size_t len = strlen(function->name);
   return len >= 7 && strcmp(function->name + len - 7, "destroy") == 0;
}

static bool run_step(steps_t *s, const step_t *step)
{
   flp_arg_t args[FLP_ABI_MAX_PARAMS] = {{0}};
   flp_result_t result;
   if (!arguments(s, step, args)) {
      return false;
   }
   const bool called = flp_gate_call(s->gate, step->function, args, &result);
   if (called && is_destroy(step->function) && args[0].handle != NULL) {
      s->gave_up = s->gave_up || step->function->params[0].kind == FLP_ABI_CRYPT;
      forget_pointer(s, args[0].handle);
      if (args[0].handle == s->run->crypt) {
         s->run->crypt = NULL;
      }
   }
   write_step(s, step, args, called, &result);
   flp_run_leaks(s->run, s->index);
   /* A library without cryptography is driven by hooks here too; a case that sets its own replaces them. */
   const char *failed;
   if (s->run->host->use_hooks && step->function->returns == FLP_ABI_CRYPT && result.pointer != NULL &&
       !flp_handle_set_hooks(s->gate, result.pointer, false, &failed)) {
      flp_run_problem(s->run, "step %lld: %s refused the host's hooks", (long long)s->index, failed);
   }
   if (flp_abi_is_handle(step->function->returns) && result.pointer != NULL) {
      return keep_handle(s, step->as != NULL ? step->as : "unnamed", step->function->returns, result.pointer, args[0].handle);
   }
   return true;
}

static void forget_kind(steps_t *s, flp_abi_kind_t kind)
{
   size_t kept = 0;
   for (size_t i = 0; i < s->n; i++) {
      if (s->handles[i].kind != kind) {
         s->handles[kept++] = s->handles[i];
      }
   }
   s->n = kept;
}

static void clean_up(steps_t *s, bool handles_too)
{
   static const struct {
      flp_abi_kind_t kind;
      flp_fn_t fn;
   } order[] = {{FLP_ABI_CTX, FLP_FN_ctx_destroy},
                {FLP_ABI_CRYPT, FLP_FN_destroy},
                {FLP_ABI_BINARY, FLP_FN_binary_destroy},
                {FLP_ABI_STATUS, FLP_FN_status_destroy}};
   for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
      if (order[i].kind != FLP_ABI_CRYPT || handles_too) {
         destroy_all(s, order[i].kind, order[i].fn);
         forget_kind(s, order[i].kind);
      }
   }
   forget_kind(s, FLP_ABI_KMS);
}

static bool makes_handle(const flp_abi_function_t *function)
{
   return strcmp(function->name, "new") == 0 || strcmp(function->name, "init") == 0 || strncmp(function->name, "setopt_", 7) == 0;
}

/* The steps from the first on. False: the last one, `step`, differs from the recorded run, and it is to be done again. */
static bool run_steps(steps_t *s, const bson_iter_t *steps, step_t *step)
{
   bson_iter_t it, clock;
   if (!bson_iter_recurse(steps, &it)) {
      return true;
   }
   for (s->index = 0; bson_iter_next(&it) && !s->run->problem; s->index++) {
      if (flp_plan_field(&it, "clock", &clock)) {
         flp_run_clock(s->run, s->index, &clock);
      } else if (!read_step(s, &it, step)) {
         return true;
      } else if (s->index < s->kept_until && makes_handle(step->function)) {
         continue;
      } else if (!run_step(s, step)) {
         return true;
      } else if ((s->run->departed || s->run->twice) && s->run->departed_at == s->index && !s->run->repeated) {
         return false;
      }
   }
   return true;
}

void flp_steps_run(flp_run_t *run, const bson_iter_t *steps)
{
   static steps_t state; /* one case at a time; too large for a stack that a subject shares */
   steps_t *s = &state;
   step_t step = {0};

   if (!run->keeps_handles) {
      *s = (steps_t){.gate = run->gate};
   }
   s->run = run;
   if (!BSON_ITER_HOLDS_ARRAY(steps)) {
      flp_run_problem(run, "`steps` is a list");
      return;
   }
   if (run->crypt != NULL && !keep_handle(s, "handle", FLP_ABI_CRYPT, run->crypt, NULL)) {
      return;
   }
   run->crypt = NULL; /* cleaned up here, behind the contexts */
   /* What fails while a handle is made is done again with a new one; else the handles must do. */
   run->keeps_handles = !run_steps(s, steps, &step) && !s->gave_up && !makes_handle(step.function);
   s->kept_until = run->keeps_handles ? s->index : 0;
   clean_up(s, !run->keeps_handles);
}
