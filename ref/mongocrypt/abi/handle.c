/* Functions on the handle. A NULL handle is survived everywhere: false, NULL or 0. */
#include "ref/mongocrypt/abi/abi.h"
#include "ref/mongocrypt/errors.h"
#include "ref/mongocrypt/handle.h"

mongocrypt_t *mongocrypt_new(void)
{
   return flp_handle_new();
}

bool mongocrypt_init(mongocrypt_t *crypt)
{
   return crypt && flp_handle_init(crypt);
}

bool mongocrypt_status(mongocrypt_t *crypt, mongocrypt_status_t *status)
{
   if (!crypt) {
      return false;
   }
   if (!status) {
      return flp_error(&crypt->status, FLP_E008, FLP_FACTS(flp_fact_text("call", "status"), flp_fact_text("argument", "out")));
   }
   flp_abi_fill(status, &crypt->status);
   return flp_status_ok(&crypt->status);
}

void mongocrypt_destroy(mongocrypt_t *crypt)
{
   flp_handle_destroy(crypt);
}

/* --- flags ----------------------------------------------------------------------------------------------------------- */

static bool may_set(mongocrypt_t *crypt, const char *option)
{
   return crypt && flp_handle_may_set(crypt, option);
}

static bool set_flag(mongocrypt_t *crypt, bool *flag, bool value, const char *option)
{
   bool ok = flp_handle_may_set(crypt, option);
   *flag = ok ? value : *flag;
   return ok;
}

bool mongocrypt_setopt_log_handler(mongocrypt_t *crypt, mongocrypt_log_fn_t log_fn, void *log_ctx)
{
   if (!may_set(crypt, "log_handler")) {
      return false;
   }
   crypt->log_fn = log_fn;
   crypt->log_ctx = log_ctx;
   return true;
}

bool mongocrypt_setopt_retry_kms(mongocrypt_t *crypt, bool enable)
{
   return crypt && set_flag(crypt, &crypt->retry_kms, enable, "retry_kms");
}

bool mongocrypt_setopt_enable_multiple_collinfo(mongocrypt_t *crypt)
{
   return crypt && set_flag(crypt, &crypt->multiple_collinfo, true, "enable_multiple_collinfo");
}

bool mongocrypt_setopt_use_range_v2(mongocrypt_t *crypt)
{
   return may_set(crypt, "use_range_v2");
}

void mongocrypt_setopt_use_need_kms_credentials_state(mongocrypt_t *crypt)
{
   if (crypt) {
      set_flag(crypt, &crypt->need_kms_credentials, true, "use_need_kms_credentials_state");
   }
}

void mongocrypt_setopt_use_need_mongo_collinfo_with_db_state(mongocrypt_t *crypt)
{
   if (crypt) {
      set_flag(crypt, &crypt->collinfo_with_db, true, "use_need_mongo_collinfo_with_db_state");
   }
}

void mongocrypt_setopt_bypass_query_analysis(mongocrypt_t *crypt)
{
   if (crypt) {
      set_flag(crypt, &crypt->bypass_query_analysis, true, "bypass_query_analysis");
   }
}

/* --- values ------------------------------------------------------------------------------------------------------------ */

bool mongocrypt_setopt_key_expiration(mongocrypt_t *crypt, uint64_t cache_expiration_ms)
{
   return crypt && flp_handle_set_key_expiration(crypt, cache_expiration_ms);
}

bool mongocrypt_setopt_schema_map(mongocrypt_t *crypt, mongocrypt_binary_t *schema_map)
{
   return crypt && flp_handle_set_schema_map(crypt, flp_abi_view(schema_map));
}

bool mongocrypt_setopt_encrypted_field_config_map(mongocrypt_t *crypt, mongocrypt_binary_t *efc_map)
{
   return crypt && flp_handle_set_efc_map(crypt, flp_abi_view(efc_map));
}

static bool path_given(mongocrypt_t *crypt, const char *path, const char *call)
{
   return path ? true : flp_error(&crypt->status, FLP_PATH_NULL, FLP_FACTS(flp_fact_text("call", call), flp_fact_text("argument", "path")));
}

void mongocrypt_setopt_append_crypt_shared_lib_search_path(mongocrypt_t *crypt, const char *path)
{
   if (may_set(crypt, "append_crypt_shared_lib_search_path") && path_given(crypt, path, "setopt_append_crypt_shared_lib_search_path")) {
      crypt->has_search_path = true; /* nothing is ever searched: rule CS-11 */
   }
}

void mongocrypt_setopt_set_crypt_shared_lib_path_override(mongocrypt_t *crypt, const char *path)
{
   if (may_set(crypt, "set_crypt_shared_lib_path_override") && path_given(crypt, path, "setopt_set_crypt_shared_lib_path_override")) {
      flp_handle_set_override_path(crypt, path);
   }
}

const char *mongocrypt_crypt_shared_lib_version_string(const mongocrypt_t *crypt, uint32_t *len)
{
   (void)crypt;
   if (len) {
      *len = 0;
   }
   return NULL;
}

uint64_t mongocrypt_crypt_shared_lib_version(const mongocrypt_t *crypt)
{
   (void)crypt;
   return 0;
}

/* --- credentials --------------------------------------------------------------------------------------------------------- */

bool mongocrypt_setopt_kms_provider_aws(mongocrypt_t *crypt, const char *aws_access_key_id, int32_t aws_access_key_id_len,
                                        const char *aws_secret_access_key, int32_t aws_secret_access_key_len)
{
   bool len_ok = false; /* a text of a wrong length comes back as NULL, which is refused alike */
   flp_view_t id = flp_abi_text(aws_access_key_id, aws_access_key_id_len, &len_ok);
   flp_view_t secret = flp_abi_text(aws_secret_access_key, aws_secret_access_key_len, &len_ok);
   return may_set(crypt, "kms_provider_aws") && flp_kms_providers_add_aws(&crypt->providers, id, secret, &crypt->status);
}

bool mongocrypt_setopt_kms_provider_local(mongocrypt_t *crypt, mongocrypt_binary_t *key)
{
   return may_set(crypt, "kms_provider_local") && flp_kms_providers_add_local(&crypt->providers, flp_abi_view(key), &crypt->status);
}

bool mongocrypt_setopt_kms_providers(mongocrypt_t *crypt, mongocrypt_binary_t *kms_providers)
{
   if (!may_set(crypt, "kms_providers")) {
      return false;
   }
   if (!kms_providers) {
      return flp_error(&crypt->status, FLP_PROVIDERS_NULL,
                       FLP_FACTS(flp_fact_text("call", "setopt_kms_providers"), flp_fact_text("argument", "kms_providers")));
   }
   return flp_kms_providers_add(&crypt->providers, flp_abi_view(kms_providers), &crypt->status);
}
