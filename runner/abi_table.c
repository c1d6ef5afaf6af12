/* The 80 functions as data. Order and grouping follow the public header; nothing here is reached by a cast of a pointer. */
#include "runner/abi_table.h"

#include <string.h>

// clang-format off
const flp_abi_function_t flp_abi_functions[FLP_ABI_N_FUNCTIONS] = {
   /* Global */
   {"version", FLP_ABI_TEXT, "1.0.0", 1, {{"len", FLP_ABI_LEN_OUT}}},
   {"is_crypto_available", FLP_ABI_BOOL, "1.9.0", 0, {{NULL, FLP_ABI_VOID}}},
   /* Binary */
   {"binary_new", FLP_ABI_BINARY, "1.0.0", 0, {{NULL, FLP_ABI_VOID}}},
   {"binary_new_from_data", FLP_ABI_BINARY, "1.0.0", 1, {{"data", FLP_ABI_DATA_LEN}}},
   {"binary_data", FLP_ABI_DATA_LEN, "1.0.0", 1, {{"binary", FLP_ABI_BINARY}}},
   {"binary_len", FLP_ABI_UINT32, "1.0.0", 1, {{"binary", FLP_ABI_BINARY}}},
   {"binary_destroy", FLP_ABI_VOID, "1.0.0", 1, {{"binary", FLP_ABI_BINARY}}},
   /* Status */
   {"status_new", FLP_ABI_STATUS, "1.0.0", 0, {{NULL, FLP_ABI_VOID}}},
   {"status_set", FLP_ABI_VOID, "1.0.0", 4,
    {{"status", FLP_ABI_STATUS}, {"type", FLP_ABI_STATUS_TYPE}, {"code", FLP_ABI_UINT32}, {"message", FLP_ABI_TEXT_LEN}}},
   {"status_type", FLP_ABI_STATUS_TYPE, "1.0.0", 1, {{"status", FLP_ABI_STATUS}}},
   {"status_code", FLP_ABI_UINT32, "1.0.0", 1, {{"status", FLP_ABI_STATUS}}},
   {"status_message", FLP_ABI_TEXT, "1.0.0", 2, {{"status", FLP_ABI_STATUS}, {"len", FLP_ABI_LEN_OUT}}},
   {"status_ok", FLP_ABI_BOOL, "1.0.0", 1, {{"status", FLP_ABI_STATUS}}},
   {"status_destroy", FLP_ABI_VOID, "1.0.0", 1, {{"status", FLP_ABI_STATUS}}},
   /* Handle (mongocrypt_t) */
   {"new", FLP_ABI_CRYPT, "1.0.0", 0, {{NULL, FLP_ABI_VOID}}},
   {"init", FLP_ABI_BOOL, "1.0.0", 1, {{"crypt", FLP_ABI_CRYPT}}},
   {"status", FLP_ABI_BOOL, "1.0.0", 2, {{"crypt", FLP_ABI_CRYPT}, {"status", FLP_ABI_STATUS}}},
   {"destroy", FLP_ABI_VOID, "1.0.0", 1, {{"crypt", FLP_ABI_CRYPT}}},
   {"setopt_log_handler", FLP_ABI_BOOL, "1.0.0", 3,
    {{"crypt", FLP_ABI_CRYPT}, {"log_fn", FLP_ABI_LOG_FN}, {"log_ctx", FLP_ABI_USER}}},
   {"setopt_retry_kms", FLP_ABI_BOOL, "1.12.0", 2, {{"crypt", FLP_ABI_CRYPT}, {"enable", FLP_ABI_BOOL}}},
   {"setopt_enable_multiple_collinfo", FLP_ABI_BOOL, "1.13.0", 1, {{"crypt", FLP_ABI_CRYPT}}},
   {"setopt_kms_provider_aws", FLP_ABI_BOOL, "1.0.0", 3,
    {{"crypt", FLP_ABI_CRYPT}, {"aws_access_key_id", FLP_ABI_TEXT_LEN}, {"aws_secret_access_key", FLP_ABI_TEXT_LEN}}},
   {"setopt_kms_provider_local", FLP_ABI_BOOL, "1.0.0", 2, {{"crypt", FLP_ABI_CRYPT}, {"key", FLP_ABI_BYTES}}},
   {"setopt_kms_providers", FLP_ABI_BOOL, "1.1.0", 2, {{"crypt", FLP_ABI_CRYPT}, {"kms_providers", FLP_ABI_BYTES}}},
   {"setopt_schema_map", FLP_ABI_BOOL, "1.0.0", 2, {{"crypt", FLP_ABI_CRYPT}, {"schema_map", FLP_ABI_BYTES}}},
   {"setopt_encrypted_field_config_map", FLP_ABI_BOOL, "1.5.0", 2, {{"crypt", FLP_ABI_CRYPT}, {"efc_map", FLP_ABI_BYTES}}},
   {"setopt_append_crypt_shared_lib_search_path", FLP_ABI_VOID, "1.5.0", 2, {{"crypt", FLP_ABI_CRYPT}, {"path", FLP_ABI_TEXT}}},
   {"setopt_set_crypt_shared_lib_path_override", FLP_ABI_VOID, "1.5.0", 2, {{"crypt", FLP_ABI_CRYPT}, {"path", FLP_ABI_TEXT}}},
   {"setopt_use_need_kms_credentials_state", FLP_ABI_VOID, "1.4.0", 1, {{"crypt", FLP_ABI_CRYPT}}},
   {"setopt_use_need_mongo_collinfo_with_db_state", FLP_ABI_VOID, "1.10.0", 1, {{"crypt", FLP_ABI_CRYPT}}},
   {"setopt_bypass_query_analysis", FLP_ABI_VOID, "1.5.0", 1, {{"crypt", FLP_ABI_CRYPT}}},
   {"setopt_use_range_v2", FLP_ABI_BOOL, "1.10.0", 1, {{"crypt", FLP_ABI_CRYPT}}},
   {"setopt_key_expiration", FLP_ABI_BOOL, "1.12.0", 2, {{"crypt", FLP_ABI_CRYPT}, {"cache_expiration_ms", FLP_ABI_UINT64}}},
   {"crypt_shared_lib_version_string", FLP_ABI_TEXT, "1.5.0", 2, {{"crypt", FLP_ABI_CRYPT}, {"len", FLP_ABI_LEN_OUT}}},
   {"crypt_shared_lib_version", FLP_ABI_UINT64, "1.5.0", 1, {{"crypt", FLP_ABI_CRYPT}}},
   /* Crypto hooks */
   {"setopt_crypto_hooks", FLP_ABI_BOOL, "1.0.0", 8,
    {{"crypt", FLP_ABI_CRYPT}, {"aes_256_cbc_encrypt", FLP_ABI_CRYPTO_FN}, {"aes_256_cbc_decrypt", FLP_ABI_CRYPTO_FN},
     {"random", FLP_ABI_RANDOM_FN}, {"hmac_sha_512", FLP_ABI_HMAC_FN}, {"hmac_sha_256", FLP_ABI_HMAC_FN},
     {"sha_256", FLP_ABI_HASH_FN}, {"ctx", FLP_ABI_USER}}},
   {"setopt_aes_256_ctr", FLP_ABI_BOOL, "1.5.0", 4,
    {{"crypt", FLP_ABI_CRYPT}, {"aes_256_ctr_encrypt", FLP_ABI_CRYPTO_FN}, {"aes_256_ctr_decrypt", FLP_ABI_CRYPTO_FN},
     {"ctx", FLP_ABI_USER}}},
   {"setopt_aes_256_ecb", FLP_ABI_BOOL, "1.5.0", 3,
    {{"crypt", FLP_ABI_CRYPT}, {"aes_256_ecb_encrypt", FLP_ABI_CRYPTO_FN}, {"ctx", FLP_ABI_USER}}},
   {"setopt_crypto_hook_sign_rsaes_pkcs1_v1_5", FLP_ABI_BOOL, "1.1.0", 3,
    {{"crypt", FLP_ABI_CRYPT}, {"sign_rsaes_pkcs1_v1_5", FLP_ABI_HMAC_FN}, {"sign_ctx", FLP_ABI_USER}}},
   /* Context creation, options, init */
   {"ctx_new", FLP_ABI_CTX, "1.0.0", 1, {{"crypt", FLP_ABI_CRYPT}}},
   {"ctx_status", FLP_ABI_BOOL, "1.0.0", 2, {{"ctx", FLP_ABI_CTX}, {"status", FLP_ABI_STATUS}}},
   {"ctx_destroy", FLP_ABI_VOID, "1.0.0", 1, {{"ctx", FLP_ABI_CTX}}},
   {"ctx_setopt_key_id", FLP_ABI_BOOL, "1.0.0", 2, {{"ctx", FLP_ABI_CTX}, {"key_id", FLP_ABI_BYTES}}},
   {"ctx_setopt_key_alt_name", FLP_ABI_BOOL, "1.0.0", 2, {{"ctx", FLP_ABI_CTX}, {"key_alt_name", FLP_ABI_BYTES}}},
   {"ctx_setopt_key_material", FLP_ABI_BOOL, "1.3.1", 2, {{"ctx", FLP_ABI_CTX}, {"key_material", FLP_ABI_BYTES}}},
   {"ctx_setopt_algorithm", FLP_ABI_BOOL, "1.0.0", 2, {{"ctx", FLP_ABI_CTX}, {"algorithm", FLP_ABI_TEXT_LEN}}},
   {"ctx_setopt_masterkey_aws", FLP_ABI_BOOL, "1.0.0", 3,
    {{"ctx", FLP_ABI_CTX}, {"region", FLP_ABI_TEXT_LEN}, {"cmk", FLP_ABI_TEXT_LEN}}},
   {"ctx_setopt_masterkey_aws_endpoint", FLP_ABI_BOOL, "1.0.0", 2, {{"ctx", FLP_ABI_CTX}, {"endpoint", FLP_ABI_TEXT_LEN}}},
   {"ctx_setopt_masterkey_local", FLP_ABI_BOOL, "1.0.0", 1, {{"ctx", FLP_ABI_CTX}}},
   {"ctx_setopt_key_encryption_key", FLP_ABI_BOOL, "1.1.0", 2, {{"ctx", FLP_ABI_CTX}, {"bin", FLP_ABI_BYTES}}},
   {"ctx_setopt_contention_factor", FLP_ABI_BOOL, "1.5.0", 2, {{"ctx", FLP_ABI_CTX}, {"contention_factor", FLP_ABI_INT64}}},
   {"ctx_setopt_index_key_id", FLP_ABI_BOOL, "1.5.0", 2, {{"ctx", FLP_ABI_CTX}, {"key_id", FLP_ABI_BYTES}}},
   {"ctx_setopt_query_type", FLP_ABI_BOOL, "1.5.0", 2, {{"ctx", FLP_ABI_CTX}, {"query_type", FLP_ABI_TEXT_LEN}}},
   {"ctx_setopt_algorithm_range", FLP_ABI_BOOL, "1.7.0", 2, {{"ctx", FLP_ABI_CTX}, {"opts", FLP_ABI_BYTES}}},
   {"ctx_setopt_algorithm_text", FLP_ABI_BOOL, "1.15.0", 2, {{"ctx", FLP_ABI_CTX}, {"opts", FLP_ABI_BYTES}}},
   {"ctx_encrypt_init", FLP_ABI_BOOL, "1.0.0", 3, {{"ctx", FLP_ABI_CTX}, {"db", FLP_ABI_TEXT_LEN}, {"cmd", FLP_ABI_BYTES}}},
   {"ctx_decrypt_init", FLP_ABI_BOOL, "1.0.0", 2, {{"ctx", FLP_ABI_CTX}, {"doc", FLP_ABI_BYTES}}},
   {"ctx_explicit_encrypt_init", FLP_ABI_BOOL, "1.0.0", 2, {{"ctx", FLP_ABI_CTX}, {"msg", FLP_ABI_BYTES}}},
   {"ctx_explicit_encrypt_expression_init", FLP_ABI_BOOL, "1.7.0", 2, {{"ctx", FLP_ABI_CTX}, {"msg", FLP_ABI_BYTES}}},
   {"ctx_explicit_decrypt_init", FLP_ABI_BOOL, "1.0.0", 2, {{"ctx", FLP_ABI_CTX}, {"msg", FLP_ABI_BYTES}}},
   {"ctx_datakey_init", FLP_ABI_BOOL, "1.0.0", 1, {{"ctx", FLP_ABI_CTX}}},
   {"ctx_rewrap_many_datakey_init", FLP_ABI_BOOL, "1.5.0", 2, {{"ctx", FLP_ABI_CTX}, {"filter", FLP_ABI_BYTES}}},
   /* Driving a context */
   {"ctx_state", FLP_ABI_STATE, "1.0.0", 1, {{"ctx", FLP_ABI_CTX}}},
   {"ctx_mongo_op", FLP_ABI_BOOL, "1.0.0", 2, {{"ctx", FLP_ABI_CTX}, {"op_bson", FLP_ABI_BYTES_OUT}}},
   {"ctx_mongo_db", FLP_ABI_TEXT, "1.10.0", 1, {{"ctx", FLP_ABI_CTX}}},
   {"ctx_mongo_feed", FLP_ABI_BOOL, "1.0.0", 2, {{"ctx", FLP_ABI_CTX}, {"reply", FLP_ABI_BYTES}}},
   {"ctx_mongo_done", FLP_ABI_BOOL, "1.0.0", 1, {{"ctx", FLP_ABI_CTX}}},
   {"ctx_next_kms_ctx", FLP_ABI_KMS, "1.0.0", 1, {{"ctx", FLP_ABI_CTX}}},
   {"ctx_kms_done", FLP_ABI_BOOL, "1.0.0", 1, {{"ctx", FLP_ABI_CTX}}},
   {"ctx_provide_kms_providers", FLP_ABI_BOOL, "1.4.0", 2, {{"ctx", FLP_ABI_CTX}, {"kms_providers_definition", FLP_ABI_BYTES}}},
   {"ctx_finalize", FLP_ABI_BOOL, "1.0.0", 2, {{"ctx", FLP_ABI_CTX}, {"out", FLP_ABI_BYTES_OUT}}},
   /* KMS context */
   {"kms_ctx_message", FLP_ABI_BOOL, "1.0.0", 2, {{"kms", FLP_ABI_KMS}, {"msg", FLP_ABI_BYTES_OUT}}},
   {"kms_ctx_endpoint", FLP_ABI_BOOL, "1.0.0", 2, {{"kms", FLP_ABI_KMS}, {"endpoint", FLP_ABI_TEXT_OUT}}},
   {"kms_ctx_bytes_needed", FLP_ABI_UINT32, "1.0.0", 1, {{"kms", FLP_ABI_KMS}}},
   {"kms_ctx_usleep", FLP_ABI_INT64, "1.12.0", 1, {{"kms", FLP_ABI_KMS}}},
   {"kms_ctx_feed", FLP_ABI_BOOL, "1.0.0", 2, {{"kms", FLP_ABI_KMS}, {"bytes", FLP_ABI_BYTES}}},
   {"kms_ctx_feed_with_retry", FLP_ABI_BOOL, "1.16.0", 3,
    {{"kms", FLP_ABI_KMS}, {"bytes", FLP_ABI_BYTES}, {"should_retry", FLP_ABI_BOOL_OUT}}},
   {"kms_ctx_fail", FLP_ABI_BOOL, "1.12.0", 1, {{"kms", FLP_ABI_KMS}}},
   {"kms_ctx_status", FLP_ABI_BOOL, "1.0.0", 2, {{"kms", FLP_ABI_KMS}, {"status", FLP_ABI_STATUS}}},
   {"kms_ctx_get_kms_provider", FLP_ABI_TEXT, "1.3.0", 2, {{"kms", FLP_ABI_KMS}, {"len", FLP_ABI_LEN_OUT}}},
};
// clang-format on

const flp_abi_function_t *flp_abi_find(const char *name)
{
   static const char prefix[] = "mongocrypt_";
   if (strncmp(name, prefix, sizeof prefix - 1) == 0) {
      name += sizeof prefix - 1;
   }
   for (size_t i = 0; i < FLP_ABI_N_FUNCTIONS; i++) {
      if (strcmp(flp_abi_functions[i].name, name) == 0) {
         return &flp_abi_functions[i];
      }
   }
   return NULL;
}

bool flp_abi_is_output(flp_abi_kind_t kind)
{
   return kind == FLP_ABI_BYTES_OUT || kind == FLP_ABI_LEN_OUT || kind == FLP_ABI_TEXT_OUT || kind == FLP_ABI_BOOL_OUT;
}

bool flp_abi_is_handle(flp_abi_kind_t kind)
{
   return kind >= FLP_ABI_CRYPT && kind <= FLP_ABI_BINARY;
}

const char *flp_abi_kind_words(flp_abi_kind_t kind)
{
   switch (kind) {
   case FLP_ABI_VOID:
      return "nothing";
   case FLP_ABI_CRYPT:
      return "the name of a mongocrypt_t handle, or null";
   case FLP_ABI_CTX:
      return "the name of a context handle, or null";
   case FLP_ABI_KMS:
      return "the name of a KMS context handle, or null";
   case FLP_ABI_STATUS:
      return "the name of a status handle, or null";
   case FLP_ABI_BINARY:
      return "the name of a binary handle, or null";
   case FLP_ABI_BYTES:
      return "a binary, a document, the name of a binary handle, or null";
   case FLP_ABI_DATA_LEN:
      return "a binary, a document, or null";
   case FLP_ABI_TEXT_LEN:
      return "a string, {text: ..., len: N}, or null";
   case FLP_ABI_TEXT:
      return "a string, or null";
   case FLP_ABI_BOOL:
      return "true or false";
   case FLP_ABI_INT64:
      return "an integer";
   case FLP_ABI_UINT64:
      return "an integer, or the decimal text of one above 9223372036854775807";
   case FLP_ABI_UINT32:
      return "an integer from 0 to 4294967295";
   case FLP_ABI_STATUS_TYPE:
      return "OK, CLIENT, KMS, CRYPT_SHARED, or a number";
   case FLP_ABI_STATE:
      return "the name of a state";
   case FLP_ABI_LOG_FN:
   case FLP_ABI_CRYPTO_FN:
   case FLP_ABI_HMAC_FN:
   case FLP_ABI_HASH_FN:
   case FLP_ABI_RANDOM_FN:
      return "default, failing, or null";
   case FLP_ABI_USER:
      return "null";
   case FLP_ABI_BYTES_OUT:
      return "the name of a binary handle, or null";
   case FLP_ABI_LEN_OUT:
   case FLP_ABI_TEXT_OUT:
   case FLP_ABI_BOOL_OUT:
      return "null";
   }
   return "nothing";
}
