/* The handle of a case: made anew, options in the order in which the case writes them, then init. */
#include "runner/host/abi/run.h"

#include <stdio.h>
#include <string.h>

static const flp_option_t handle_options[] = {
   {"kms_providers", FLP_FN_setopt_kms_providers, FLP_OPTION_MANY, {NULL, NULL}},
   {"kms_provider_aws", FLP_FN_setopt_kms_provider_aws, FLP_OPTION_TWO_TEXTS, {"id", "secret"}},
   {"kms_provider_local", FLP_FN_setopt_kms_provider_local, FLP_OPTION_BYTES, {NULL, NULL}},
   {"schema_map", FLP_FN_setopt_schema_map, FLP_OPTION_BYTES, {NULL, NULL}},
   {"encrypted_field_config_map", FLP_FN_setopt_encrypted_field_config_map, FLP_OPTION_BYTES, {NULL, NULL}},
   {"key_expiration", FLP_FN_setopt_key_expiration, FLP_OPTION_NUMBER, {NULL, NULL}},
   {"retry_kms", FLP_FN_setopt_retry_kms, FLP_OPTION_BOOL, {NULL, NULL}},
   {"enable_multiple_collinfo", FLP_FN_setopt_enable_multiple_collinfo, FLP_OPTION_FLAG, {NULL, NULL}},
   {"bypass_query_analysis", FLP_FN_setopt_bypass_query_analysis, FLP_OPTION_FLAG, {NULL, NULL}},
   {"use_need_kms_credentials_state", FLP_FN_setopt_use_need_kms_credentials_state, FLP_OPTION_FLAG, {NULL, NULL}},
   {"use_need_mongo_collinfo_with_db_state", FLP_FN_setopt_use_need_mongo_collinfo_with_db_state, FLP_OPTION_FLAG, {NULL, NULL}},
   {"use_range_v2", FLP_FN_setopt_use_range_v2, FLP_OPTION_FLAG, {NULL, NULL}},
   {"append_crypt_shared_lib_search_path", FLP_FN_setopt_append_crypt_shared_lib_search_path, FLP_OPTION_TEXT, {NULL, NULL}},
   {"set_crypt_shared_lib_path_override", FLP_FN_setopt_set_crypt_shared_lib_path_override, FLP_OPTION_TEXT, {NULL, NULL}},
};

static void write_setup(flp_run_t *run, const char *phase, const flp_error_t *error)
{
   flp_line_begin(run->lines, "setup");
   const size_t from = run->lines->len + 1;
   flp_line_string(run->lines, "phase", phase);
   flp_run_write_error(run, error);
   flp_seen(run, FLP_SEEN_SETUP, -1, from);
   flp_line_end(run->lines);
}

static bool setup_failed(flp_run_t *run, const char *phase, const char *missing)
{
   flp_error_t error;
   if (missing != NULL) {
      flp_gate_error_missing(&error, missing);
   } else {
      flp_gate_error(run->gate, FLP_ABI_CRYPT, run->crypt, &error);
   }
   write_setup(run, phase, &error);
   return false;
}

bool flp_handle_set_hooks(flp_gate_t *gate, void *crypt, bool sign, const char **failed)
{
   const flp_arg_t args[] = {FLP_HANDLE(crypt), FLP_DEFAULT, FLP_DEFAULT, FLP_DEFAULT, FLP_DEFAULT, FLP_DEFAULT, FLP_DEFAULT, FLP_NULL};
   /* Parameters in the table's order; the last is what callbacks get back. */
   const flp_arg_t ctr[] = {FLP_HANDLE(crypt), FLP_DEFAULT, FLP_DEFAULT, FLP_NULL};
   const flp_arg_t one[] = {FLP_HANDLE(crypt), FLP_DEFAULT, FLP_NULL};
   const struct {
      flp_fn_t fn;
      const flp_arg_t *args;
   } setters[] = {
      {FLP_FN_setopt_crypto_hooks, args},
      {FLP_FN_setopt_aes_256_ctr, ctr},
      {FLP_FN_setopt_aes_256_ecb, one},
      {FLP_FN_setopt_crypto_hook_sign_rsaes_pkcs1_v1_5, one},
   };
   const size_t n = sizeof setters / sizeof setters[0] - (sign ? 0 : 1);
   for (size_t i = 0; i < n; i++) {
      if (flp_gate_has(gate, setters[i].fn) && !flp_gate_true(gate, setters[i].fn, setters[i].args)) {
         *failed = gate->functions[setters[i].fn]->name;
         return false;
      }
   }
   return true;
}

static bool set_option(flp_run_t *run, const bson_iter_t *value)
{
   const char *name = bson_iter_key(value);
   char phase[96];
   snprintf(phase, sizeof phase, "setopt %.80s", name);
   for (size_t i = 0; i < sizeof handle_options / sizeof handle_options[0]; i++) {
      const flp_option_t *option = &handle_options[i];
      if (strcmp(option->name, name) != 0) {
         continue;
      }
      switch (flp_option_apply(run->gate, option, run->crypt, value)) {
      case FLP_OPTION_SET:
         return true;
      case FLP_OPTION_REFUSED:
         return setup_failed(run, phase, NULL);
      case FLP_OPTION_MISSING:
         return setup_failed(run, phase, run->gate->functions[option->fn]->name);
      case FLP_OPTION_BAD_VALUE:
         flp_run_problem(run, "handle option `%s` has a value of the wrong type", name);
         return false;
      }
   }
   flp_run_problem(run, "handle option `%s` is not known to this host", name);
   return false;
}

bool flp_handle_open(flp_run_t *run, const bson_iter_t *handle)
{
   bson_iter_t it;
   bool hooks = run->host->use_hooks;
   const char *failed = NULL;

   if (handle != NULL && flp_plan_field(handle, "crypto_hooks", &it)) {
      hooks = BSON_ITER_HOLDS_BOOL(&it) && bson_iter_bool(&it);
   }
   run->crypt = flp_gate_pointer(run->gate, FLP_FN_new, NULL);
   if (run->crypt == NULL) {
      return setup_failed(run, "new", flp_gate_has(run->gate, FLP_FN_new) ? NULL : "new");
   }
   if (hooks && !flp_handle_set_hooks(run->gate, run->crypt, true, &failed)) {
      return setup_failed(run, "setopt crypto_hooks", NULL);
   }
   if (handle != NULL && (!BSON_ITER_HOLDS_DOCUMENT(handle) || !bson_iter_recurse(handle, &it))) {
      flp_run_problem(run, "`handle` is a mapping");
      return false;
   }
   while (handle != NULL && bson_iter_next(&it)) {
      if (strcmp(bson_iter_key(&it), "crypto_hooks") != 0 && !set_option(run, &it)) {
         return false;
      }
   }
   return flp_gate_true(run->gate, FLP_FN_init, FLP_ARGS(FLP_HANDLE(run->crypt))) || setup_failed(run, "init", NULL);
}

void flp_handle_close(flp_run_t *run)
{
   flp_result_t result;
   if (run->crypt != NULL) {
      flp_gate_call(run->gate, run->gate->functions[FLP_FN_destroy], FLP_ARGS(FLP_HANDLE(run->crypt)), &result);
      run->crypt = NULL;
   }
}
