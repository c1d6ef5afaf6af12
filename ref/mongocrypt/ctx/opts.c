/* Setters of context options. Each reads as its list of checks, in the order of the interface; names are tables.
 * Those of the key encryption key are in opts_kek.c. */
#include "ref/mongocrypt/ctx/opts.h"

#include "ref/mongocrypt/bson_check.h"
#include "ref/mongocrypt/ctx/opts_said.h"
#include "ref/mongocrypt/errors.h"

#include <stdlib.h>
#include <string.h>

/* --- names ----------------------------------------------------------------------------------------------------- */

typedef struct {
   const char *name;
   flp_algorithm_t algorithm;
   flp_index_type_t index_type;
   const char *deprecated_by; /* refused: use this one */
} algorithm_row_t;

static const algorithm_row_t algorithms[] = {
   {"AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic", FLP_ALGORITHM_DETERMINISTIC, FLP_INDEX_UNSET, NULL},
   {"AEAD_AES_256_CBC_HMAC_SHA_512-Random", FLP_ALGORITHM_RANDOM, FLP_INDEX_UNSET, NULL},
   {"Indexed", FLP_ALGORITHM_NONE, FLP_INDEX_EQUALITY, NULL},
   {"Unindexed", FLP_ALGORITHM_NONE, FLP_INDEX_NONE, NULL},
   {"Range", FLP_ALGORITHM_NONE, FLP_INDEX_RANGE, NULL},
   {"string", FLP_ALGORITHM_NONE, FLP_INDEX_STRING, NULL},
   {"rangePreview", FLP_ALGORITHM_NONE, FLP_INDEX_UNSET, "range"},
   {"textPreview", FLP_ALGORITHM_NONE, FLP_INDEX_UNSET, "string"},
};

typedef struct {
   const char *name;
   flp_query_type_t query_type;
   const char *deprecated_by;
} query_row_t;

static const query_row_t queries[] = {
   {"equality", FLP_QUERY_EQUALITY, NULL},
   {"range", FLP_QUERY_RANGE, NULL},
   {"prefix", FLP_QUERY_PREFIX, NULL},
   {"suffix", FLP_QUERY_SUFFIX, NULL},
   {"substring", FLP_QUERY_SUBSTRING, NULL},
   {"prefixPreview", FLP_QUERY_PREFIX_PREVIEW, NULL},
   {"suffixPreview", FLP_QUERY_SUFFIX_PREVIEW, NULL},
   {"substringPreview", FLP_QUERY_SUBSTRING_PREVIEW, NULL},
   {"rangePreview", FLP_QUERY_UNSET, "range"},
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

const char *flp_algorithm_name(flp_algorithm_t algorithm)
{
   for (size_t i = 0; i < COUNT(algorithms); i++) {
      if (algorithm != FLP_ALGORITHM_NONE && algorithms[i].algorithm == algorithm) {
         return algorithms[i].name;
      }
   }
   return "none";
}

const char *flp_index_type_name(flp_index_type_t index_type)
{
   for (size_t i = 0; i < COUNT(algorithms); i++) {
      if (index_type != FLP_INDEX_UNSET && algorithms[i].index_type == index_type) {
         return algorithms[i].name;
      }
   }
   return "none";
}

const char *flp_query_type_name(flp_query_type_t query_type)
{
   for (size_t i = 0; i < COUNT(queries); i++) {
      if (query_type != FLP_QUERY_UNSET && queries[i].query_type == query_type) {
         return queries[i].name;
      }
   }
   return "none";
}

/* --- what several setters say ------------------------------------------------------------------------------------ */

bool flp_opts_open(const flp_ctx_opts_t *opts, const char *option, flp_status_t *status)
{
   return opts->closed ? flp_error(status, FLP_E058, FLP_FACTS(flp_fact_text("option", option), flp_fact_text("object", "ctx"))) : true;
}

bool flp_opts_twice(flp_error_t row, const char *option, flp_status_t *status)
{
   return flp_error(status, row, FLP_FACTS(flp_fact_text("option", option)));
}

bool flp_opts_null(flp_error_t row, const char *call, const char *argument, flp_status_t *status)
{
   return flp_error(status, row, FLP_FACTS(flp_fact_text("call", call), flp_fact_text("argument", argument)));
}

bool flp_opts_invalid(flp_error_t row, const char *option, const char *reason, flp_status_t *status)
{
   return flp_error(status, row, FLP_FACTS(flp_fact_text("option", option), flp_fact_text("reason", reason)));
}

/* The first field of a document of one field. False with `empty` or `other` when there is none or another. */
static bool read_only_field(flp_bson_element_t *element, flp_view_t document, const char *field, flp_error_t empty, flp_error_t other,
                            flp_status_t *status)
{
   flp_bson_walk_t walk;
   bool any = flp_bson_walk_init(&walk, document) && flp_bson_walk_next(&walk, element);
   if (!any) {
      return flp_error(status, empty, FLP_FACTS(flp_fact_text("what", field), flp_fact_int("offset", 4)));
   }
   if (!flp_view_equal_text(element->key, field)) {
      return flp_error(status, other,
                       FLP_FACTS(flp_fact_text("what", field), flp_fact_text("field", field), flp_fact_text("got", "absent")));
   }
   return true;
}

/* Fails if a field follows the first. */
static bool is_only_field(flp_view_t document, const char *field, flp_error_t row, flp_status_t *status)
{
   flp_bson_walk_t walk;
   flp_bson_element_t element;
   size_t n = 0;
   bool more = flp_bson_walk_init(&walk, document);
   while (more && flp_bson_walk_next(&walk, &element)) {
      n += element.type != FLP_BSON_END && element.depth == 1 ? 1 : 0;
      if (n == 2) {
         return flp_error(status, row, FLP_FACTS(flp_fact_text("what", field), flp_fact_view("field", element.key)));
      }
   }
   return true;
}

/* --- keys ---------------------------------------------------------------------------------------------------------- */

typedef struct {
   const char *option, *call;
   flp_error_t again;
} id_rows_t;

static bool set_id(flp_ctx_opts_t *opts, bool *has, uint8_t id[FLP_UUID_LEN], flp_view_t data, const id_rows_t *rows, flp_status_t *status)
{
   if (!data.data) {
      return flp_opts_null(FLP_E054, rows->call, rows->option, status);
   }
   if (*has) { /* before the state: rule CTX-7 */
      return flp_opts_twice(rows->again, rows->option, status);
   }
   if (!flp_opts_open(opts, rows->option, status)) {
      return false;
   }
   if (data.len != FLP_UUID_LEN) {
      return flp_error(status, FLP_E055,
                       FLP_FACTS(flp_fact_text("option", rows->option), flp_fact_text("reason", "not 16 bytes"),
                                 flp_fact_int("length", (int64_t)data.len)));
   }
   memcpy(id, data.data, FLP_UUID_LEN);
   *has = true;
   return true;
}

bool flp_opts_set_key_id(flp_ctx_opts_t *opts, flp_view_t data, flp_status_t *status)
{
   static const id_rows_t rows = {"key_id", "ctx_setopt_key_id", FLP_E056};
   return set_id(opts, &opts->has_key_id, opts->key_id, data, &rows, status);
}

bool flp_opts_set_index_key_id(flp_ctx_opts_t *opts, flp_view_t data, flp_status_t *status)
{
   static const id_rows_t rows = {"index_key_id", "ctx_setopt_index_key_id", FLP_E057};
   return set_id(opts, &opts->has_index_key_id, opts->index_key_id, data, &rows, status);
}

static bool append_name(flp_ctx_opts_t *opts, flp_view_t name, flp_status_t *status)
{
   if (opts->n_key_alt_names == opts->cap_key_alt_names) {
      size_t cap = opts->cap_key_alt_names == 0 ? 4 : opts->cap_key_alt_names * 2;
      flp_buf_t *names = realloc(opts->key_alt_names, cap * sizeof *names); /* names are no secret */
      if (!names) {
         return flp_error_memory(status, "keyAltName", cap * sizeof *names);
      }
      opts->key_alt_names = names;
      opts->cap_key_alt_names = cap;
   }
   flp_buf_t *slot = &opts->key_alt_names[opts->n_key_alt_names];
   *slot = (flp_buf_t){0};
   if (!flp_buf_copy(slot, name)) {
      return flp_error_memory(status, "keyAltName", name.len);
   }
   opts->n_key_alt_names++;
   return true;
}

bool flp_opts_add_key_alt_name(flp_ctx_opts_t *opts, flp_view_t document, flp_status_t *status)
{
   static const char field[] = "keyAltName";
   flp_bson_element_t element;
   if (!flp_opts_open(opts, "key_alt_name", status)) {
      return false;
   }
   if (!document.data) {
      return flp_opts_null(FLP_E059, "ctx_setopt_key_alt_name", "key_alt_name", status);
   }
   if (!flp_bson_check(document, FLP_E060, field, status) || !read_only_field(&element, document, field, FLP_E061, FLP_E062, status)) {
      return false;
   }
   bool text = element.type == FLP_BSON_STRING;
   flp_view_t name = text ? flp_bson_text_view(element.value) : flp_view(NULL, 0);
   if (!text || !flp_utf8_valid(name, false)) {
      return flp_error(status, FLP_E063,
                       FLP_FACTS(flp_fact_text("what", field), flp_fact_text("field", field), flp_fact_text("want", "string"),
                                 flp_fact_text("got", text ? "invalid UTF-8" : flp_bson_type_name(element.type))));
   }
   for (size_t i = 0; i < opts->n_key_alt_names; i++) {
      if (flp_view_equal(flp_view_of(&opts->key_alt_names[i]), name)) {
         return flp_error(status, FLP_E065, FLP_FACTS(flp_fact_text("what", field), flp_fact_view("name", name)));
      }
   }
   if (opts->n_key_alt_names == FLP_MAX_KEYS_PER_CONTEXT) {
      return flp_error(status, FLP_LIMIT_EXCEEDED,
                       FLP_FACTS(flp_fact_text("limit", "keys_per_context"), flp_fact_int("value", FLP_MAX_KEYS_PER_CONTEXT + 1),
                                 flp_fact_int("max", FLP_MAX_KEYS_PER_CONTEXT)));
   }
   return is_only_field(document, field, FLP_E064, status) && append_name(opts, name, status);
}

bool flp_opts_set_key_material(flp_ctx_opts_t *opts, flp_view_t document, flp_status_t *status)
{
   static const char field[] = "keyMaterial";
   flp_bson_element_t element;
   uint8_t subtype = 0;
   if (!flp_opts_open(opts, "key_material", status)) {
      return false;
   }
   if (opts->key_material.len > 0) {
      return flp_opts_twice(FLP_E069, "key_material", status);
   }
   if (!document.data) {
      return flp_opts_null(FLP_E059, "ctx_setopt_key_material", "key_material", status);
   }
   if (!flp_bson_check(document, FLP_MATERIAL_BSON, field, status) ||
       !read_only_field(&element, document, field, FLP_E061, FLP_E066, status)) {
      return false;
   }
   if (element.type != FLP_BSON_BINARY) {
      return flp_error(status, FLP_E067,
                       FLP_FACTS(flp_fact_text("what", field), flp_fact_text("field", field), flp_fact_text("want", "binData"),
                                 flp_fact_text("got", flp_bson_type_name(element.type))));
   }
   flp_view_t bytes = flp_bson_binary_view(element.value, &subtype);
   if (subtype == 2) { /* the old kind repeats its length in front */
      bytes = flp_view(bytes.data + 4, bytes.len - 4);
   }
   if (bytes.len != FLP_KEY_MATERIAL_LEN) {
      return flp_error(status, FLP_E068, FLP_FACTS(flp_fact_int("length", (int64_t)bytes.len), flp_fact_int("want", FLP_KEY_MATERIAL_LEN)));
   }
   if (!is_only_field(document, field, FLP_E070, status)) {
      return false;
   }
   return flp_buf_copy(&opts->key_material, bytes) ? true : flp_error_memory(status, field, bytes.len);
}

/* --- how a value is encrypted ---------------------------------------------------------------------------------------- */

static bool deprecated(flp_error_t row, const char *option, const char *value, const char *instead, flp_status_t *status)
{
   return flp_error(status, row,
                    FLP_FACTS(flp_fact_text("option", option), flp_fact_text("value", value), flp_fact_text("instead", instead)));
}

bool flp_opts_set_algorithm(flp_ctx_opts_t *opts, flp_view_t text, bool len_ok, flp_status_t *status)
{
   static const char option[] = "algorithm";
   if (!flp_opts_open(opts, option, status)) {
      return false;
   }
   if (opts->algorithm != FLP_ALGORITHM_NONE || opts->index_type != FLP_INDEX_UNSET) {
      return flp_opts_twice(FLP_E074, option, status);
   }
   if (!len_ok) {
      return flp_opts_invalid(FLP_E072, option, "negative length", status);
   }
   if (!text.data) {
      return flp_opts_null(FLP_E071, "ctx_setopt_algorithm", option, status);
   }
   for (size_t i = 0; i < COUNT(algorithms); i++) {
      const algorithm_row_t *row = &algorithms[i];
      if (!flp_view_equal_text_nocase(text, row->name)) {
         continue;
      }
      if (row->deprecated_by) {
         bool range = strcmp(row->deprecated_by, "range") == 0;
         return deprecated(range ? FLP_E075 : FLP_E076, option, row->name, row->deprecated_by, status);
      }
      opts->algorithm = row->algorithm;
      opts->index_type = row->index_type;
      return true;
   }
   return flp_error(status, FLP_E073, FLP_FACTS(flp_fact_text("option", option), flp_fact_view("value", text)));
}

bool flp_opts_set_query_type(flp_ctx_opts_t *opts, flp_view_t text, bool len_ok, flp_status_t *status)
{
   static const char option[] = "query_type";
   if (!flp_opts_open(opts, option, status)) {
      return false;
   }
   if (!len_ok) {
      return flp_opts_invalid(FLP_E078, option, "negative length", status);
   }
   if (!text.data) {
      return flp_opts_null(FLP_E077, "ctx_setopt_query_type", option, status);
   }
   for (size_t i = 0; i < COUNT(queries); i++) {
      const query_row_t *row = &queries[i];
      if (!flp_view_equal_text_nocase(text, row->name)) {
         continue;
      }
      if (row->deprecated_by) {
         return deprecated(FLP_E080, option, row->name, row->deprecated_by, status);
      }
      opts->query_type = row->query_type;
      return true;
   }
   return flp_error(status, FLP_E079, FLP_FACTS(flp_fact_text("option", option), flp_fact_view("value", text)));
}

bool flp_opts_set_contention_factor(flp_ctx_opts_t *opts, int64_t value, flp_status_t *status)
{
   if (!flp_opts_open(opts, "contention_factor", status)) {
      return false;
   }
   opts->has_contention_factor = true;
   opts->contention_factor = value;
   return true;
}

bool flp_opts_set_range(flp_ctx_opts_t *opts, flp_view_t document, flp_status_t *status)
{
   if (!flp_opts_open(opts, "algorithm_range", status)) {
      return false;
   }
   if (opts->range.set) {
      return flp_opts_twice(FLP_E095, "algorithm_range", status);
   }
   if (!document.data) {
      return flp_opts_null(FLP_E059, "ctx_setopt_algorithm_range", "opts", status);
   }
   return flp_range_opts_parse(&opts->range, document, status);
}

bool flp_opts_set_text(flp_ctx_opts_t *opts, flp_view_t document, flp_status_t *status)
{
   if (!flp_opts_open(opts, "algorithm_text", status)) {
      return false;
   }
   if (opts->text.set) {
      return flp_opts_twice(FLP_E098, "algorithm_text", status);
   }
   if (!document.data) {
      return flp_opts_null(FLP_E059, "ctx_setopt_algorithm_text", "opts", status);
   }
   return flp_text_opts_parse(&opts->text, document, status);
}

void flp_opts_cleanup(flp_ctx_opts_t *opts)
{
   for (size_t i = 0; i < opts->n_key_alt_names; i++) {
      flp_buf_cleanup(&opts->key_alt_names[i]);
   }
   free(opts->key_alt_names);
   flp_buf_cleanup(&opts->key_material);
   flp_range_opts_cleanup(&opts->range);
   flp_kek_cleanup(&opts->kek);
   *opts = (flp_ctx_opts_t){0};
}
