/* `steps`: single functions of the ABI. The table of the ABI says which arguments there are and what each takes. */
#include "runner/abi_table.h"
#include "runner/grammar/build.h"

#include <string.h>

enum { MAX_HANDLES = 64 };

/* Handles that earlier steps made; a name may be given anew. */
typedef struct {
   size_t n;
   struct {
      const char *name;
      flp_abi_kind_t kind;
   } known[MAX_HANDLES];
} handles_t;

typedef struct {
   flp_values_t *v;
   const handles_t *handles;
   const flp_abi_param_t *param;
   bson_t *out;
   const flp_node_t *node;
   const flp_path_t *path;
} argument_t;

static bool wrong_kind(const argument_t *a)
{
   return flp_refuse(a->v->report, FIELD_TYPE, a->node, a->path, "the argument `%s` is %s", a->param->name,
                     flp_abi_kind_words(a->param->kind));
}

static bool is_null(const flp_node_t *node)
{
   return flp_node_is(node, "null") && node->plain;
}

static bool is_text(const flp_node_t *node)
{
   return node->kind == FLP_NODE_SCALAR && !node->tag && !is_null(node);
}

static bool append_handle(const argument_t *a, flp_abi_kind_t kind)
{
   if (!is_text(a->node)) {
      return wrong_kind(a);
   }
   for (size_t i = a->handles->n; i > 0; i--) {
      if (strcmp(a->handles->known[i - 1].name, a->node->text) == 0) {
         return a->handles->known[i - 1].kind == kind
                   ? bson_append_utf8(a->out, a->param->name, -1, a->node->text, (int)a->node->len)
                   : flp_refuse(a->v->report, HANDLE_KIND, a->node, a->path, "`%s` is another kind of handle; `%s` takes %s", a->node->text,
                                a->param->name, flp_abi_kind_words(kind));
      }
   }
   return flp_refuse(a->v->report, UNKNOWN_HANDLE, a->node, a->path, "no earlier step made a handle `%s`; make it with `as: %s`%s",
                     a->node->text, a->node->text, strcmp(a->node->text, "handle") == 0 ? ", or give the case a `handle`" : "");
}

static bool append_bytes(const argument_t *a)
{
   if (is_text(a->node) && a->param->kind == FLP_ABI_BYTES) {
      return append_handle(a, FLP_ABI_BINARY);
   }
   return flp_value_is_bytes(a->node) || flp_value_is_document(a->node)
             ? flp_value_append(a->v, FLP_PLACE_GIVEN, a->out, a->param->name, a->node, a->path)
             : wrong_kind(a);
}

/* Bytes are taken as a text too: embedded NUL and bytes that are no UTF-8 cannot be written otherwise. */
static bool append_one_text(const argument_t *a, bson_t *out, const char *name, const flp_node_t *node)
{
   if (flp_value_is_bytes(node)) {
      return flp_value_append(a->v, FLP_PLACE_GIVEN, out, name, node, a->path);
   }
   return flp_value_text(a->v, node, a->path, flp_abi_kind_words(a->param->kind)) &&
          bson_append_utf8(out, name, -1, node->text, (int)node->len);
}

/* The longest length that may be told of the text: its NUL included. A longer one would have the subject read what is the host's. */
static int64_t longest(const bson_t *with_text)
{
   bson_iter_t text;
   uint32_t len = INT32_MAX;
   if (bson_iter_init_find(&text, with_text, "text")) {
      if (BSON_ITER_HOLDS_UTF8(&text)) {
         bson_iter_utf8(&text, &len);
      } else if (BSON_ITER_HOLDS_BINARY(&text)) {
         bson_iter_binary(&text, NULL, &len, NULL);
      }
   }
   return len < INT32_MAX ? (int64_t)len + 1 : INT32_MAX;
}

static bool append_text(const argument_t *a)
{
   const flp_node_t *text = flp_node_get(a->node, "text"), *len = flp_node_get(a->node, "len");
   int64_t n = 0;
   bson_t child = BSON_INITIALIZER;
   bool ok = false;
   if (a->param->kind == FLP_ABI_TEXT || a->node->kind != FLP_NODE_MAP || flp_value_is_wrapper(a->node)) {
      return append_one_text(a, a->out, a->param->name, a->node);
   }
   if (a->node->tag || !text || !len || a->node->n != 2) {
      return wrong_kind(a);
   }
   ok = (is_null(text) ? bson_append_null(&child, "text", -1) : append_one_text(a, &child, "text", text)) &&
        flp_build_integer(a->v, INT32_MIN, INT32_MAX, "a length of 32 bits", len, a->path, &n) &&
        (n <= longest(&child) ||
         flp_refuse(a->v->report, TEXT_LENGTH, len, a->path, "the length %lld goes beyond the text and its NUL; say at most %lld",
                    (long long)n, (long long)longest(&child))) &&
        bson_append_int32(&child, "len", -1, (int32_t)n) && bson_append_document(a->out, a->param->name, -1, &child);
   bson_destroy(&child);
   return ok;
}

static bool append_number(const argument_t *a, int64_t min, int64_t max)
{
   int64_t n = 0;
   return flp_build_integer(a->v, min, max, flp_abi_kind_words(a->param->kind), a->node, a->path, &n) &&
          bson_append_int64(a->out, a->param->name, -1, n);
}

/* Above INT64_MAX a number travels as text: BSON has no unsigned integers. */
static bool append_uint64(const argument_t *a)
{
   bool digits = is_text(a->node) && !a->node->plain && a->node->len > 0 && a->node->len <= 20 &&
                 strspn(a->node->text, "0123456789") == a->node->len &&
                 (a->node->len < 20 || strcmp(a->node->text, "18446744073709551615") <= 0);
   return digits ? bson_append_utf8(a->out, a->param->name, -1, a->node->text, (int)a->node->len) : append_number(a, 0, INT64_MAX);
}

static bool append_word(const argument_t *a, const char *const *words)
{
   for (; *words; words++) {
      if (flp_node_is(a->node, *words)) {
         return bson_append_utf8(a->out, a->param->name, -1, *words, -1);
      }
   }
   return wrong_kind(a);
}

static bool append_bool(const argument_t *a)
{
   bool yes = flp_node_is(a->node, "true"), no = flp_node_is(a->node, "false");
   return (yes || no) && a->node->plain ? bson_append_bool(a->out, a->param->name, -1, yes) : wrong_kind(a);
}

static bool append_argument(const argument_t *a)
{
   flp_abi_kind_t kind = a->param->kind;
   bool number = kind == FLP_ABI_BOOL || kind == FLP_ABI_INT64 || kind == FLP_ABI_UINT64 || kind == FLP_ABI_UINT32;
   if (is_null(a->node)) {
      return number || kind == FLP_ABI_STATUS_TYPE ? wrong_kind(a) : bson_append_null(a->out, a->param->name, -1);
   }
   switch (kind) {
   case FLP_ABI_CRYPT:
   case FLP_ABI_CTX:
   case FLP_ABI_KMS:
   case FLP_ABI_STATUS:
   case FLP_ABI_BINARY:
      return append_handle(a, kind);
   case FLP_ABI_BYTES_OUT:
      return append_handle(a, FLP_ABI_BINARY);
   case FLP_ABI_BYTES:
   case FLP_ABI_DATA_LEN:
      return append_bytes(a);
   case FLP_ABI_TEXT_LEN:
   case FLP_ABI_TEXT:
      return append_text(a);
   case FLP_ABI_BOOL:
      return append_bool(a);
   case FLP_ABI_INT64:
      return append_number(a, INT64_MIN, INT64_MAX);
   case FLP_ABI_UINT64:
      return append_uint64(a);
   case FLP_ABI_UINT32:
      return append_number(a, 0, UINT32_MAX);
   case FLP_ABI_STATUS_TYPE:
      if (is_text(a->node) && a->node->plain && flp_plain_read(a->node->text, a->node->len).kind == FLP_PLAIN_INT) {
         return append_number(a, INT32_MIN, INT32_MAX);
      }
      return append_word(a, (const char *const[]){"OK", "CLIENT", "KMS", "CRYPT_SHARED", NULL});
   case FLP_ABI_LOG_FN:
   case FLP_ABI_CRYPTO_FN:
   case FLP_ABI_HMAC_FN:
   case FLP_ABI_HASH_FN:
   case FLP_ABI_RANDOM_FN:
      return append_word(a, (const char *const[]){"default", "failing", NULL});
   case FLP_ABI_USER:
   case FLP_ABI_LEN_OUT:
   case FLP_ABI_TEXT_OUT:
   case FLP_ABI_BOOL_OUT:
   case FLP_ABI_VOID:
   case FLP_ABI_STATE:
      return wrong_kind(a);
   }
   return wrong_kind(a);
}

static const flp_abi_param_t *find_param(const flp_abi_function_t *function, const char *name)
{
   for (size_t i = 0; i < function->n_params; i++) {
      if (strcmp(function->params[i].name, name) == 0) {
         return &function->params[i];
      }
   }
   return NULL;
}

static bool unknown_param(flp_values_t *v, const flp_abi_function_t *function, const flp_node_t *key, const flp_path_t *path, bool outputs)
{
   bson_string_t *all = bson_string_new("");
   for (size_t i = 0; i < function->n_params; i++) {
      if (!outputs || flp_abi_is_output(function->params[i].kind)) {
         bson_string_append_printf(all, " %s", function->params[i].name);
      }
   }
   flp_refuse(v->report, UNKNOWN_FIELD, key, path, "%s has no such %s; %s%s", function->name, outputs ? "output" : "parameter",
              all->len > 0 ? "they are:" : "it has none", all->str);
   bson_string_free(all, true);
   return false;
}

static bool append_arguments(flp_values_t *v, const handles_t *handles, const flp_abi_function_t *function, bson_t *out,
                             const flp_node_t *node, const flp_path_t *path)
{
   bool ok = true;
   if (node->kind != FLP_NODE_MAP || node->tag) {
      return flp_refuse(v->report, FIELD_TYPE, node, path, "a mapping of arguments by name is wanted here; {} if there are none");
   }
   for (size_t i = 0; i < node->n; i++) {
      flp_path_t here = {.up = path, .name = node->keys[i]->text};
      const flp_abi_param_t *param = find_param(function, node->keys[i]->text);
      ok = (param ? append_argument(&(argument_t){v, handles, param, out, node->items[i], &here})
                  : unknown_param(v, function, node->keys[i], &here, false)) &&
           ok;
   }
   for (size_t i = 0; i < function->n_params; i++) {
      const flp_abi_param_t *param = &function->params[i];
      flp_path_t here = {.up = path, .name = param->name};
      if (!flp_abi_is_output(param->kind) && param->kind != FLP_ABI_USER && !flp_node_get(node, param->name)) {
         ok = flp_refuse(v->report, FIELD_MISSING, node, &here, "this argument must be named: %s", flp_abi_kind_words(param->kind));
      }
   }
   return ok;
}

/* `with_prefix`: the function is there, but was written with `mongocrypt_`; else NULL. */
static void refuse_function(flp_values_t *v, const flp_abi_function_t *with_prefix, const flp_node_t *key, const flp_path_t *path)
{
   flp_nearest_t nearest = {.best = with_prefix ? with_prefix->name : NULL};
   for (size_t j = 0; !with_prefix && j < FLP_ABI_N_FUNCTIONS; j++) {
      flp_nearest_try(&nearest, key->text, flp_abi_functions[j].name);
   }
   flp_refuse(v->report, UNKNOWN_FUNCTION, key, path, "the ABI has no such function; %s%s",
              nearest.best ? "did you mean " : "names are those of the header without `mongocrypt_`", nearest.best ? nearest.best : "");
}

/* The function that a step calls: *at is its index. NULL after a refusal, or (*at == n) if there is none but `clock`. */
static const flp_abi_function_t *function_of(flp_values_t *v, const flp_node_t *step, const flp_path_t *path, size_t *at)
{
   const flp_abi_function_t *function = NULL;
   *at = step->n;
   for (size_t i = 0; i < step->n; i++) {
      const char *key = step->keys[i]->text;
      if (flp_field_find("step", key)) {
         continue;
      }
      flp_path_t here = {.up = path, .name = key};
      const flp_abi_function_t *found = flp_abi_find(key);
      if (!found || strcmp(found->name, key) != 0) {
         refuse_function(v, found, step->keys[i], &here);
         return NULL;
      }
      if (function) {
         flp_refuse(v->report, EXACTLY_ONE, step->keys[i], path, "a step calls one function, not %s and %s; make two steps", function->name,
                    found->name);
         return NULL;
      }
      function = found;
      *at = i;
   }
   bool clock = flp_node_get(step, "clock") != NULL;
   if (!function && !clock) {
      flp_refuse(v->report, EXACTLY_ONE, step, path, "a step calls exactly one function of the ABI, or moves the clock; name it");
   } else if (clock && step->n > 1) {
      flp_refuse(v->report, STEP_ALONE, step, path, "`clock` stands alone in its step; make two steps");
      return NULL;
   }
   return function;
}

static bool check_side_fields(flp_values_t *v, const flp_abi_function_t *function, const flp_node_t *step, const flp_path_t *path)
{
   const flp_node_t *as = flp_node_get(step, "as"), *out = flp_node_get(step, "out");
   bool ok = true;
   if (as && !flp_abi_is_handle(function->returns)) {
      ok = flp_refuse(v->report, AS_WITHOUT_HANDLE, as, path, "%s returns no handle that could be named; remove `as`", function->name);
   }
   for (size_t i = 0; out && out->kind == FLP_NODE_MAP && i < out->n; i++) {
      flp_path_t up = {.up = path, .name = "out"}, here = {.up = &up, .name = out->keys[i]->text};
      const flp_abi_param_t *param = find_param(function, out->keys[i]->text);
      if (!param || !flp_abi_is_output(param->kind)) {
         ok = unknown_param(v, function, out->keys[i], &here, true);
      }
   }
   return ok;
}

static bool append_step(flp_values_t *v, handles_t *handles, bson_t *out, const flp_node_t *step, const flp_path_t *path)
{
   size_t at = 0;
   bool ok = true;
   bson_t arguments;
   if (step->kind != FLP_NODE_MAP || step->tag) {
      return flp_refuse(v->report, FIELD_TYPE, step, path, "a step is a mapping: one function of the ABI with its arguments");
   }
   const flp_abi_function_t *function = function_of(v, step, path, &at);
   if (!function && !flp_node_get(step, "clock")) {
      return false;
   }
   for (size_t i = 0; i < step->n; i++) {
      flp_path_t here = {.up = path, .name = step->keys[i]->text};
      if (function && i == at) {
         bson_append_document_begin(out, function->name, -1, &arguments);
         ok = append_arguments(v, handles, function, &arguments, step->items[i], &here) && ok;
         bson_append_document_end(out, &arguments);
      } else {
         const flp_field_t *field = flp_field_find("step", step->keys[i]->text);
         ok = field && flp_build_value(v, field, out, step->items[i], &here) && ok;
      }
   }
   ok = ok && (!function || check_side_fields(v, function, step, path));
   const flp_node_t *as = flp_node_get(step, "as");
   if (ok && as && handles->n < MAX_HANDLES) {
      handles->known[handles->n].name = as->text;
      handles->known[handles->n++].kind = function ? function->returns : FLP_ABI_VOID;
   } else if (ok && as) {
      ok = flp_refuse(v->report, NUMBER_RANGE, as, path, "more than %d handles in one case; split the case", MAX_HANDLES);
   }
   return ok;
}

bool flp_build_steps(flp_values_t *v, bson_t *out, const flp_node_t *node, const flp_path_t *path)
{
   bson_t list, step;
   handles_t handles = {0};
   char index[16];
   const char *key = NULL;
   bool ok = true;
   if (node->kind != FLP_NODE_LIST || node->tag) {
      return flp_refuse(v->report, FIELD_TYPE, node, path, "a list of steps is wanted here");
   }
   if (node->n == 0) {
      return flp_refuse(v->report, EMPTY, node, path, "the list is empty; put a step in");
   }
   if (v->handle) {
      handles.known[handles.n].name = "handle";
      handles.known[handles.n++].kind = FLP_ABI_CRYPT;
   }
   bson_append_array_begin(out, "steps", -1, &list);
   for (size_t i = 0; i < node->n; i++) {
      flp_path_t here = {.up = path, .index = i};
      bson_uint32_to_string((uint32_t)i, &key, index, sizeof index);
      bson_append_document_begin(&list, key, -1, &step);
      /* A refused step makes no handle: what follows would only be refused for that. */
      ok = ok && append_step(v, &handles, &step, node->items[i], &here);
      bson_append_document_end(&list, &step);
   }
   bson_append_array_end(out, &list);
   return ok;
}
