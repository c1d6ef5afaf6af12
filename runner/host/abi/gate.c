/* One call into the subject: arguments made from values, the outside armed, inputs overwritten afterwards. */
#include "runner/host/abi/gate.h"

#include "runner/host/abi/hooks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCRIBBLE = 0xDD };

/* A C argument in memory, as libffi wants it. */
typedef union {
   void *pointer;
   void (*function)(void);
   uint8_t truth;
   uint32_t u32;
   int32_t i32;
   uint64_t u64;
   int64_t i64;
} c_arg_t;

/* What one call needs besides: room for outputs, copies to free. */
typedef struct {
   c_arg_t args[FLP_MAX_C_ARGS];
   void *places[FLP_MAX_C_ARGS];
   size_t n;
   struct {
      void *block;
      size_t len;
   } copies[2 * FLP_ABI_MAX_PARAMS];
   size_t n_copies;
   flp_abi_binary_t out_binary;
   const flp_abi_binary_t *out_bytes;
   const char *out_text;
   uint32_t out_len;
   bool out_bool;
} frame_t;

static const char *const fn_names[FLP_FN_COUNT] = {
#define FLP_FN_NAME(name) #name,
   FLP_FUNCTIONS(FLP_FN_NAME)
#undef FLP_FN_NAME
};

void flp_gate_init(flp_gate_t *gate, flp_library_t *library, flp_page_t *page)
{
   *gate = (flp_gate_t){.library = library, .page = page, .last = ""};
   for (size_t i = 0; i < FLP_FN_COUNT; i++) {
      gate->functions[i] = flp_abi_find(fn_names[i]);
   }
   flp_status_set_fn_t status_set = NULL;
   memcpy(&status_set, &library->symbols[gate->functions[FLP_FN_status_set] - flp_abi_functions], sizeof status_set);
   flp_hooks_init(status_set);
}

bool flp_gate_has(const flp_gate_t *gate, flp_fn_t fn)
{
   return gate->library->symbols[gate->functions[fn] - flp_abi_functions] != NULL;
}

/* Never fails: a host without memory for an argument has nothing to say about anybody. */
static void *need(void *block)
{
   if (block == NULL) {
      fputs("host-abi: out of memory\n", stderr);
      abort();
   }
   return block;
}

/* `zeros` are put behind: the NUL of a text. */
static void *copy_for_call(frame_t *frame, const void *data, size_t len, size_t zeros)
{
   uint8_t *block = need(calloc(1, len + zeros == 0 ? 1 : len + zeros));
   if (len > 0) {
      memcpy(block, data, len);
   }
   frame->copies[frame->n_copies].block = block;
   frame->copies[frame->n_copies++].len = len + zeros;
   return block;
}

static void *copy_to_keep(flp_gate_t *gate, flp_view_t bytes)
{
   if (gate->n_kept == gate->cap_kept) {
      gate->cap_kept = gate->cap_kept == 0 ? 8 : gate->cap_kept * 2;
      gate->kept = need(realloc(gate->kept, gate->cap_kept * sizeof *gate->kept));
   }
   void *block = need(malloc(bytes.len == 0 ? 1 : bytes.len));
   if (bytes.len > 0) {
      memcpy(block, bytes.data, bytes.len);
   }
   gate->kept[gate->n_kept++] = block;
   return block;
}

void flp_gate_forget(flp_gate_t *gate)
{
   for (size_t i = 0; i < gate->n_kept; i++) {
      free(gate->kept[i]);
   }
   gate->n_kept = 0;
}

/* The compiler must not see that the block is freed next. */
static void scribble(frame_t *frame)
{
   for (size_t i = 0; i < frame->n_copies; i++) {
      memset(frame->copies[i].block, SCRIBBLE, frame->copies[i].len);
      __asm__ __volatile__("" : : "r"(frame->copies[i].block) : "memory");
      free(frame->copies[i].block);
   }
}

static c_arg_t *push(frame_t *frame)
{
   c_arg_t *arg = &frame->args[frame->n];
   arg->u64 = 0;
   frame->places[frame->n++] = arg;
   return arg;
}

static void push_text(frame_t *frame, const flp_arg_t *arg, bool with_len)
{
   c_arg_t *text = push(frame);
   if (arg->kind == FLP_ARG_TEXT) {
      /* Without a chosen length the copy ends with the text: reading on is out of bounds. */
      text->pointer = copy_for_call(frame, arg->bytes.data, arg->bytes.len, with_len && !arg->has_len ? 0 : 1);
   }
   if (with_len) {
      push(frame)->i32 = arg->has_len ? arg->len : (int32_t)arg->bytes.len;
   }
}

static void push_param(flp_gate_t *gate, frame_t *frame, const flp_abi_param_t *param, const flp_arg_t *arg)
{
   switch (param->kind) {
   case FLP_ABI_BYTES: {
      void *pointer = arg->kind == FLP_ARG_HANDLE ? arg->handle : NULL;
      if (arg->kind == FLP_ARG_BYTES) {
         const flp_abi_binary_t binary = {.data = copy_for_call(frame, arg->bytes.data, arg->bytes.len, 0),
                                          .len = (uint32_t)arg->bytes.len};
         pointer = copy_for_call(frame, &binary, sizeof binary, 0);
      }
      push(frame)->pointer = pointer;
      break;
   }
   case FLP_ABI_DATA_LEN:
      push(frame)->pointer = arg->kind == FLP_ARG_BYTES ? copy_to_keep(gate, arg->bytes) : NULL;
      push(frame)->u32 = (uint32_t)arg->bytes.len;
      break;
   case FLP_ABI_TEXT:
      push_text(frame, arg, false);
      break;
   case FLP_ABI_TEXT_LEN:
      push_text(frame, arg, true);
      break;
   case FLP_ABI_BOOL:
      push(frame)->truth = arg->number != 0;
      break;
   case FLP_ABI_INT64:
   case FLP_ABI_UINT64:
      push(frame)->u64 = arg->number;
      break;
   case FLP_ABI_UINT32:
   case FLP_ABI_STATUS_TYPE:
   case FLP_ABI_STATE:
      push(frame)->u32 = (uint32_t)arg->number;
      break;
   case FLP_ABI_LOG_FN:
   case FLP_ABI_CRYPTO_FN:
   case FLP_ABI_HMAC_FN:
   case FLP_ABI_HASH_FN:
   case FLP_ABI_RANDOM_FN:
      push(frame)->function = arg->kind == FLP_ARG_DEFAULT || arg->kind == FLP_ARG_FAILING
                                 ? flp_hook(param->name, param->kind, arg->kind == FLP_ARG_FAILING)
                                 : NULL;
      break;
   case FLP_ABI_BYTES_OUT:
      frame->out_bytes = arg->kind == FLP_ARG_OUT ? &frame->out_binary : arg->kind == FLP_ARG_HANDLE ? arg->handle : NULL;
      push(frame)->pointer = (void *)(uintptr_t)frame->out_bytes;
      break;
   case FLP_ABI_LEN_OUT:
      push(frame)->pointer = arg->kind == FLP_ARG_OUT ? &frame->out_len : NULL;
      break;
   case FLP_ABI_TEXT_OUT:
      push(frame)->pointer = arg->kind == FLP_ARG_OUT ? (void *)&frame->out_text : NULL;
      break;
   case FLP_ABI_BOOL_OUT:
      push(frame)->pointer = arg->kind == FLP_ARG_OUT ? &frame->out_bool : NULL;
      break;
   default: /* handles; the pointer for callbacks */
      push(frame)->pointer = arg->kind == FLP_ARG_HANDLE ? arg->handle : NULL;
      break;
   }
}

static void announce(flp_gate_t *gate, const char *name)
{
   flp_page_t *page = gate->page;
   page->step++;
   if (gate->point == 0) {
      const size_t len = strnlen(name, sizeof page->call - 1);
      memcpy(page->call, name, len);
      page->call[len] = '\0';
   } else {
      snprintf(page->call, sizeof page->call, "%s @%llu", name, (unsigned long long)gate->point);
   }
}

/* Which secrets did this call show that were not seen before? */
static void name_leaks(flp_gate_t *gate, const char *function, const bool before[FLP_MAX_SECRETS])
{
   for (size_t i = 0; i < flp_outside.n_secrets; i++) {
      if (flp_outside.leaked[i] && !before[i]) {
         gate->leaked_in[i] = function;
      }
   }
}

bool flp_gate_call(flp_gate_t *gate, const flp_abi_function_t *function, const flp_arg_t *args, flp_result_t *result)
{
   const size_t i = (size_t)(function - flp_abi_functions);
   frame_t frame;
   union {
      ffi_arg integer;
      void *pointer;
      uint64_t u64;
   } returned = {0};

   *result = (flp_result_t){0};
   gate->last = function->name;
   if (gate->library->symbols[i] == NULL) {
      return false;
   }
   frame.n = frame.n_copies = 0;
   frame.out_binary = (flp_abi_binary_t){0};
   frame.out_bytes = NULL;
   frame.out_text = NULL;
   frame.out_len = 0;
   frame.out_bool = false;
   for (size_t p = 0; p < function->n_params; p++) {
      push_param(gate, &frame, &function->params[p], &args[p]);
   }
   gate->calls++;
   announce(gate, function->name);

   bool leaked[FLP_MAX_SECRETS];
   memcpy(leaked, flp_outside.leaked, sizeof leaked);
   flp_outside.armed = true;
   ffi_call(&gate->library->cifs[i], gate->library->symbols[i], &returned, frame.places);
   flp_outside.armed = false;

   name_leaks(gate, function->name, leaked);
   scribble(&frame);
   switch (function->returns) {
   case FLP_ABI_VOID:
      break;
   case FLP_ABI_BOOL:
      result->number = (uint8_t)returned.integer != 0;
      break;
   case FLP_ABI_UINT32:
   case FLP_ABI_STATE:
   case FLP_ABI_STATUS_TYPE:
      result->number = (uint32_t)returned.integer;
      break;
   case FLP_ABI_INT64:
   case FLP_ABI_UINT64:
      result->number = returned.u64;
      break;
   default:
      result->pointer = returned.pointer;
      break;
   }
   result->out_bytes = flp_gate_binary(frame.out_bytes);
   result->out_text = frame.out_text;
   result->out_len = frame.out_len;
   result->out_bool = frame.out_bool;
   return true;
}

flp_view_t flp_gate_binary(const void *binary)
{
   const flp_abi_binary_t *b = binary;
   return b == NULL || b->data == NULL ? flp_view(NULL, 0) : flp_view(b->data, b->len);
}

bool flp_gate_true(flp_gate_t *gate, flp_fn_t fn, const flp_arg_t *args)
{
   flp_result_t result;
   return flp_gate_call(gate, gate->functions[fn], args, &result) && result.number != 0;
}

void *flp_gate_pointer(flp_gate_t *gate, flp_fn_t fn, const flp_arg_t *args)
{
   flp_result_t result;
   return flp_gate_call(gate, gate->functions[fn], args, &result) ? result.pointer : NULL;
}

bool flp_gate_bytes(flp_gate_t *gate, flp_fn_t fn, void *object, flp_view_t *bytes)
{
   flp_result_t result;
   const bool ok = flp_gate_call(gate, gate->functions[fn], FLP_ARGS(FLP_HANDLE(object), FLP_OUT), &result);
   *bytes = result.out_bytes;
   return ok && result.number != 0;
}

bool flp_gate_feed(flp_gate_t *gate, flp_fn_t fn, void *object, flp_view_t bytes)
{
   return flp_gate_true(gate, fn, FLP_ARGS(FLP_HANDLE(object), FLP_BYTES(bytes)));
}

void flp_gate_error_missing(flp_error_t *error, const char *function)
{
   const int n = snprintf(error->own, sizeof error->own, "not exported: mongocrypt_%s", function);
   error->type = -1;
   error->code = 0;
   error->message = flp_view(error->own, n < 0 ? 0 : (size_t)n);
}

/* Reading an error is the host's wish, not the case's: neither its calls nor its allocations are counted, and the last call stays the
 * last call. */
bool flp_gate_error(flp_gate_t *gate, flp_abi_kind_t kind, void *object, flp_error_t *error)
{
   const flp_fn_t reader = kind == FLP_ABI_CRYPT ? FLP_FN_status : kind == FLP_ABI_CTX ? FLP_FN_ctx_status : FLP_FN_kms_ctx_status;
   const char *last = gate->last;
   const bool counted = flp_outside.count_allocations;
   const uint64_t calls = gate->calls;
   flp_result_t result;
   bool ok = false;

   *error = (flp_error_t){0};
   flp_outside.count_allocations = false;
   if (object == NULL || (kind != FLP_ABI_CRYPT && kind != FLP_ABI_CTX && kind != FLP_ABI_KMS)) {
      goto done;
   }
   if (gate->status == NULL) {
      gate->status = flp_gate_pointer(gate, FLP_FN_status_new, NULL);
   }
   if (gate->status == NULL ||
       !flp_gate_call(gate, gate->functions[reader], FLP_ARGS(FLP_HANDLE(object), FLP_HANDLE(gate->status)), &result)) {
      goto done;
   }
   const flp_arg_t *status = FLP_ARGS(FLP_HANDLE(gate->status), FLP_OUT);
   flp_gate_call(gate, gate->functions[FLP_FN_status_type], status, &result);
   error->type = (int32_t)result.number;
   flp_gate_call(gate, gate->functions[FLP_FN_status_code], status, &result);
   error->code = (uint32_t)result.number;
   flp_gate_call(gate, gate->functions[FLP_FN_status_message], status, &result);
   error->message = flp_view(result.pointer, result.pointer == NULL ? 0 : result.out_len);
   ok = error->type != 0;

done:
   flp_outside.count_allocations = counted;
   gate->calls = calls;
   gate->last = last;
   return ok;
}
