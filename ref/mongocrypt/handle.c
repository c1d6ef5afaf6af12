/* Life of a handle, the options that are more than a flag, and the checks of init. */
#include "ref/mongocrypt/handle.h"

#include "ref/base/bson_walk.h"
#include "ref/mongocrypt/bson_check.h"
#include "ref/mongocrypt/errors.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* A failure is kept for init: a caller expects a handle from new (INIT-7). */
flp_handle_t *flp_handle_new(void)
{
   flp_handle_t *handle = calloc(1, sizeof *handle);
   if (!handle) {
      return NULL;
   }
   if (!flp_log_init(&handle->log)) {
      free(handle);
      return NULL;
   }
   bool ok = flp_crypto_init(&handle->crypto, &handle->status);
   if (ok && (!flp_key_cache_init(&handle->key_cache) || !flp_collinfo_cache_init(&handle->collinfo_cache))) {
      flp_error_memory(&handle->status, "caches", sizeof handle->key_cache + sizeof handle->collinfo_cache);
   }
   return handle;
}

void flp_handle_destroy(flp_handle_t *handle)
{
   if (!handle) {
      return;
   }
   flp_collinfo_cache_cleanup(&handle->collinfo_cache);
   flp_key_cache_cleanup(&handle->key_cache);
   flp_crypto_cleanup(&handle->crypto);
   flp_kms_providers_cleanup(&handle->providers);
   flp_buf_cleanup(&handle->schema_map);
   flp_buf_cleanup(&handle->efc_map);
   flp_text_destroy(handle->override_path);
   flp_log_cleanup(&handle->log);
   free(handle);
}

void flp_handle_forget_error(flp_handle_t *handle)
{
   if (handle->usable) {
      flp_status_reset(&handle->status);
   }
}

bool flp_handle_may_set(flp_handle_t *handle, const char *option)
{
   if (!handle->initialized) {
      return true;
   }
   flp_handle_forget_error(handle);
   return flp_error(&handle->status, FLP_E006, FLP_FACTS(flp_fact_text("option", option), flp_fact_text("object", "handle")));
}

/* The two maps are taken alike: once, a valid document, its values unseen until they are used (MAP-4). */
typedef struct {
   const char *option;
   const char *call;
   flp_error_t null, invalid, twice;
} map_rows_t;

static bool set_map(flp_handle_t *handle, flp_buf_t *map, flp_view_t document, const map_rows_t *rows)
{
   if (!document.data) {
      return flp_error(&handle->status, rows->null, FLP_FACTS(flp_fact_text("call", rows->call), flp_fact_text("argument", rows->option)));
   }
   if (map->len > 0) {
      return flp_error(&handle->status, rows->twice, FLP_FACTS(flp_fact_text("option", rows->option)));
   }
   if (!flp_bson_check(document, rows->invalid, rows->option, &handle->status)) {
      return false;
   }
   return flp_buf_copy(map, document) ? true : flp_error_memory(&handle->status, rows->option, document.len);
}

bool flp_handle_set_schema_map(flp_handle_t *handle, flp_view_t document)
{
   static const map_rows_t rows = {"schema_map", "setopt_schema_map", FLP_E015, FLP_E016, FLP_E017};
   return flp_handle_may_set(handle, rows.option) && set_map(handle, &handle->schema_map, document, &rows);
}

bool flp_handle_set_efc_map(flp_handle_t *handle, flp_view_t document)
{
   static const map_rows_t rows = {"encrypted_field_config_map", "setopt_encrypted_field_config_map", FLP_E018, FLP_E019, FLP_E020};
   return flp_handle_may_set(handle, rows.option) && set_map(handle, &handle->efc_map, document, &rows);
}

bool flp_handle_set_key_expiration(flp_handle_t *handle, uint64_t ms)
{
   if (!flp_handle_may_set(handle, "key_expiration")) {
      return false;
   }
   if (ms > INT64_MAX) {
      char given[24];
      snprintf(given, sizeof given, "%" PRIu64, ms);
      return flp_error(&handle->status, FLP_E021,
                       FLP_FACTS(flp_fact_text("option", "key_expiration"), flp_fact_text("value", given), flp_fact_int("min", 0),
                                 flp_fact_int("max", INT64_MAX)));
   }
   handle->key_cache.expiration_ms = ms;
   return true;
}

bool flp_handle_set_override_path(flp_handle_t *handle, const char *path)
{
   char *copy = flp_text_copy(flp_view_text(path));
   if (!copy) {
      return flp_error_memory(&handle->status, "crypt_shared path", 0);
   }
   flp_text_destroy(handle->override_path);
   handle->override_path = copy;
   return true;
}

/* MAP-3. Maps are small and read once, so a plain look-up will do. */
static bool check_maps(const flp_handle_t *handle, flp_status_t *status)
{
   flp_bson_walk_t walk;
   flp_bson_element_t element;
   flp_bson_element_t other;
   if (handle->schema_map.len == 0 || handle->efc_map.len == 0) {
      return true;
   }
   bool more = flp_bson_walk_init(&walk, flp_view_of(&handle->schema_map));
   while (more && flp_bson_walk_next(&walk, &element)) {
      if (element.type == FLP_BSON_END || element.depth > 1) {
         continue;
      }
      /* Keys end in a zero byte where they stand. */
      if (flp_bson_find(flp_view_of(&handle->efc_map), (const char *)element.key.data, &other)) {
         return flp_error(status, FLP_E004, FLP_FACTS(flp_fact_view("ns", element.key)));
      }
   }
   return true;
}

/* INIT-7 and KP-4. */
static bool check_providers(const flp_handle_t *handle, flp_status_t *status)
{
   if (handle->providers.n == 0) {
      return flp_error(status, FLP_E002, FLP_NO_FACTS);
   }
   const flp_kms_provider_t *on_demand = flp_kms_providers_on_demand(&handle->providers);
   if (on_demand && !handle->need_kms_credentials) {
      return flp_error(status, FLP_E003, FLP_FACTS(flp_fact_view("provider", flp_view_of(&on_demand->id))));
   }
   return true;
}

/* Search paths find nothing, which is no error (CS-11); a library that was named must be there. */
static bool check_crypt_shared(flp_handle_t *handle, flp_status_t *status)
{
   bool wanted = handle->has_search_path || handle->override_path;
   if (!wanted || handle->bypass_query_analysis) {
      return true;
   }
   flp_log_write(&handle->log, FLP_LOG_WARNING, "crypt_shared was asked for, but this library loads none");
   if (!handle->override_path) {
      return true;
   }
   return flp_error(status, FLP_UNSUPPORTED, FLP_FACTS(flp_fact_text("feature", "crypt_shared")));
}

static void log_through(uint32_t level, const char *message, uint32_t len, void *user)
{
   const flp_handle_t *handle = user;
   handle->log_fn((mongocrypt_log_level_t)level, message, len, handle->log_ctx);
}

bool flp_handle_init(flp_handle_t *handle)
{
   flp_status_t *status = &handle->status;
   if (handle->initialized) {
      flp_handle_forget_error(handle);
      return flp_error(status, FLP_E001, FLP_FACTS(flp_fact_text("object", "handle")));
   }
   handle->initialized = true;
   if (!flp_status_ok(status) || !check_maps(handle, status) || !check_providers(handle, status)) {
      return false;
   }
   flp_log_set(&handle->log, handle->log_fn ? log_through : NULL, handle);
   handle->usable = check_crypt_shared(handle, status);
   return handle->usable;
}
