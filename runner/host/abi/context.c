/* A context from `{kind: {options}}`: options in the order in which the case writes them, then the init of its kind. */
#include "runner/host/abi/run.h"

#include <stdio.h>
#include <string.h>

static const flp_option_t context_options[] = {
   {"key_id", FLP_FN_ctx_setopt_key_id, FLP_OPTION_BYTES, {NULL, NULL}},
   {"key_alt_name", FLP_FN_ctx_setopt_key_alt_name, FLP_OPTION_NAME, {NULL, NULL}},
   {"key_alt_names", FLP_FN_ctx_setopt_key_alt_name, FLP_OPTION_NAMES, {NULL, NULL}},
   {"key_material", FLP_FN_ctx_setopt_key_material, FLP_OPTION_MATERIAL, {NULL, NULL}},
   {"algorithm", FLP_FN_ctx_setopt_algorithm, FLP_OPTION_ALGORITHM, {NULL, NULL}},
   {"masterkey_aws", FLP_FN_ctx_setopt_masterkey_aws, FLP_OPTION_TWO_TEXTS, {"region", "cmk"}},
   {"masterkey_aws_endpoint", FLP_FN_ctx_setopt_masterkey_aws_endpoint, FLP_OPTION_TEXT, {NULL, NULL}},
   {"masterkey_local", FLP_FN_ctx_setopt_masterkey_local, FLP_OPTION_FLAG, {NULL, NULL}},
   {"key_encryption_key", FLP_FN_ctx_setopt_key_encryption_key, FLP_OPTION_BYTES, {NULL, NULL}},
   {"contention_factor", FLP_FN_ctx_setopt_contention_factor, FLP_OPTION_NUMBER, {NULL, NULL}},
   {"index_key_id", FLP_FN_ctx_setopt_index_key_id, FLP_OPTION_BYTES, {NULL, NULL}},
   {"query_type", FLP_FN_ctx_setopt_query_type, FLP_OPTION_TEXT, {NULL, NULL}},
   {"algorithm_range", FLP_FN_ctx_setopt_algorithm_range, FLP_OPTION_BYTES, {NULL, NULL}},
   {"algorithm_text", FLP_FN_ctx_setopt_algorithm_text, FLP_OPTION_BYTES, {NULL, NULL}},
};

/* Kinds of contexts: the init, and the names of its own arguments (NULL where it has none). */
static const struct {
   const char *name;
   flp_fn_t init;
   const char *text, *bytes;
} kinds[] = {
   {"datakey", FLP_FN_ctx_datakey_init, NULL, NULL},
   {"explicit_encrypt", FLP_FN_ctx_explicit_encrypt_init, NULL, "value"},
   {"explicit_encrypt_expression", FLP_FN_ctx_explicit_encrypt_expression_init, NULL, "value"},
   {"explicit_decrypt", FLP_FN_ctx_explicit_decrypt_init, NULL, "value"},
   {"encrypt", FLP_FN_ctx_encrypt_init, "db", "cmd"},
   {"decrypt", FLP_FN_ctx_decrypt_init, NULL, "doc"},
   {"rewrap", FLP_FN_ctx_rewrap_many_datakey_init, NULL, "filter"},
};

typedef struct {
   const char *failed;
   bool missing;
} failure_t;

static const flp_option_t *find_option(const char *name)
{
   for (size_t i = 0; i < sizeof context_options / sizeof context_options[0]; i++) {
      if (strcmp(context_options[i].name, name) == 0) {
         return &context_options[i];
      }
   }
   return NULL;
}

static flp_context_outcome_t set_option(flp_run_t *run, void *ctx, const bson_iter_t *value, failure_t *failure)
{
   const flp_option_t *option = find_option(bson_iter_key(value));
   if (option == NULL) {
      flp_run_problem(run, "`%.60s` is no option of a context", bson_iter_key(value));
      return FLP_CONTEXT_PROBLEM;
   }
   switch (flp_option_apply(run->gate, option, ctx, value)) {
   case FLP_OPTION_SET:
      return FLP_CONTEXT_READY;
   case FLP_OPTION_BAD_VALUE:
      flp_run_problem(run, "option `%s` has a value of the wrong type", option->name);
      return FLP_CONTEXT_PROBLEM;
   case FLP_OPTION_MISSING:
      failure->missing = true;
      break;
   case FLP_OPTION_REFUSED:
      break;
   }
   failure->failed = run->gate->functions[option->fn]->name;
   return FLP_CONTEXT_FAILED;
}

static flp_context_outcome_t set_up(flp_run_t *run, size_t kind, const bson_iter_t *options, void *ctx, failure_t *failure)
{
   flp_arg_t args[3] = {FLP_HANDLE(ctx)};
   size_t n = 1;
   bson_iter_t it;
   flp_result_t result;
   flp_context_outcome_t outcome;

   const char *const own[] = {kinds[kind].text, kinds[kind].bytes};
   for (size_t i = 0; i < 2; i++) {
      if (own[i] == NULL) {
         continue;
      }
      args[n] = FLP_NULL;
      if (flp_plan_field(options, own[i], &it) && !(i == 0 ? flp_plan_text(&it, &args[n]) : flp_plan_bytes(&it, &args[n]))) {
         flp_run_problem(run, "`%s` has a value of the wrong type", own[i]);
         return FLP_CONTEXT_PROBLEM;
      }
      n++;
   }
   if (!bson_iter_recurse(options, &it)) {
      return FLP_CONTEXT_PROBLEM;
   }
   while (bson_iter_next(&it)) {
      const char *key = bson_iter_key(&it);
      if ((own[0] != NULL && strcmp(key, own[0]) == 0) || (own[1] != NULL && strcmp(key, own[1]) == 0)) {
         continue;
      }
      outcome = set_option(run, ctx, &it, failure);
      if (outcome != FLP_CONTEXT_READY) {
         return outcome;
      }
   }
   const flp_abi_function_t *init = run->gate->functions[kinds[kind].init];
   failure->failed = init->name;
   if (!flp_gate_call(run->gate, init, args, &result)) {
      failure->missing = true;
      return FLP_CONTEXT_FAILED;
   }
   return result.number != 0 ? FLP_CONTEXT_READY : FLP_CONTEXT_FAILED;
}

flp_context_outcome_t flp_context_open(flp_run_t *run, const bson_iter_t *call, void **ctx, flp_error_t *error, const char **failed)
{
   bson_iter_t options;
   size_t kind = 0;
   failure_t failure = {0};

   *ctx = NULL;
   if (!BSON_ITER_HOLDS_DOCUMENT(call) || !bson_iter_recurse(call, &options) || !bson_iter_next(&options)) {
      flp_run_problem(run, "a call is a mapping with one kind of context");
      return FLP_CONTEXT_PROBLEM;
   }
   while (kind < sizeof kinds / sizeof kinds[0] && strcmp(kinds[kind].name, bson_iter_key(&options)) != 0) {
      kind++;
   }
   if (kind == sizeof kinds / sizeof kinds[0] || !BSON_ITER_HOLDS_DOCUMENT(&options)) {
      flp_run_problem(run, "`%.60s` is no kind of context with options", bson_iter_key(&options));
      return FLP_CONTEXT_PROBLEM;
   }
   *ctx = flp_gate_pointer(run->gate, FLP_FN_ctx_new, FLP_ARGS(FLP_HANDLE(run->crypt)));
   if (*ctx == NULL) {
      *failed = "ctx_new";
      flp_gate_error(run->gate, FLP_ABI_CRYPT, run->crypt, error);
      return FLP_CONTEXT_FAILED;
   }
   const flp_context_outcome_t outcome = set_up(run, kind, &options, *ctx, &failure);
   if (outcome == FLP_CONTEXT_FAILED) {
      *failed = failure.failed;
      /* The state is not read: on a context without init that would overwrite the error. */
      if (failure.missing) {
         flp_gate_error_missing(error, failure.failed);
      } else {
         flp_gate_error(run->gate, FLP_ABI_CTX, *ctx, error);
      }
   }
   return outcome;
}
