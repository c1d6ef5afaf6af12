/* Reads range options: fields in document order, then the rules between them. */
#include "ref/mongocrypt/queryable/range_opts.h"

#include "ref/mongocrypt/bson_check.h"

#define DEFAULT_SPARSITY 2

static bool refuse(const char *field, const char *reason, flp_status_t *status)
{
   return flp_error(status, FLP_E096,
                    FLP_FACTS(flp_fact_text("option", "algorithm_range"), flp_fact_text("field", field), flp_fact_text("reason", reason)));
}

static bool read_int32(const flp_bson_element_t *element, const char *field, bool *has, int32_t *out, flp_status_t *status)
{
   if (element->type != FLP_BSON_INT32) {
      return refuse(field, "expected an int32", status);
   }
   *out = (int32_t)flp_read_u32_le(element->value.data);
   *has = true;
   return *out >= 0 ? true : refuse(field, "must be non-negative", status);
}

static bool read_sparsity(const flp_bson_element_t *element, int64_t *out, flp_status_t *status)
{
   if (element->type != FLP_BSON_INT64) {
      return refuse("sparsity", "expected an int64", status);
   }
   *out = (int64_t)flp_read_u64_le(element->value.data);
   if (*out >= 0) {
      return true;
   }
   return flp_error(status, FLP_E097, FLP_FACTS(flp_fact_text("option", "sparsity"), flp_fact_int("value", *out), flp_fact_int("min", 0)));
}

enum { MIN, MAX, SPARSITY, PRECISION, TRIM_FACTOR, N_FIELDS };
static const char *const names[N_FIELDS] = {"min", "max", "sparsity", "precision", "trimFactor"};

static int field_of(flp_view_t key)
{
   for (int i = 0; i < N_FIELDS; i++) {
      if (flp_view_equal_text(key, names[i])) {
         return i;
      }
   }
   return N_FIELDS;
}

static bool read_field(flp_range_opts_t *opts, const flp_bson_element_t *element, bool seen[N_FIELDS + 1], flp_status_t *status)
{
   int field = field_of(element->key);
   if (field == N_FIELDS) {
      return flp_error(
         status, FLP_E096,
         FLP_FACTS(flp_fact_text("option", "algorithm_range"), flp_fact_view("field", element->key), flp_fact_text("reason", "not known")));
   }
   if (seen[field]) {
      return refuse(names[field], "given twice", status);
   }
   seen[field] = true;
   switch (field) {
   case MIN:
      opts->min_type = element->type;
      opts->min = element->value;
      return true;
   case MAX:
      opts->max_type = element->type;
      opts->max = element->value;
      return true;
   case SPARSITY:
      return read_sparsity(element, &opts->sparsity, status);
   case PRECISION:
      return read_int32(element, names[field], &opts->has_precision, &opts->precision, status);
   default:
      return read_int32(element, names[field], &opts->has_trim_factor, &opts->trim_factor, status);
   }
}

static bool is_floating(uint8_t type)
{
   return type == FLP_BSON_DOUBLE || type == FLP_BSON_DECIMAL128;
}

static bool fits_together(const flp_range_opts_t *opts, flp_status_t *status)
{
   if (opts->has_precision) {
      if (opts->min_type == 0) {
         return refuse("precision", "needs min", status);
      }
      if (opts->max_type == 0) {
         return refuse("precision", "needs max", status);
      }
      if (!is_floating(opts->min_type) || !is_floating(opts->max_type)) {
         return refuse("precision", "only for double and decimal128", status);
      }
   } else if (is_floating(opts->min_type) || is_floating(opts->max_type)) {
      return refuse(is_floating(opts->min_type) ? "min" : "max", "double and decimal128 need precision", status);
   }
   if (opts->min_type != 0 && opts->max_type != 0 && opts->min_type != opts->max_type) {
      return refuse("max", "min and max differ in type", status);
   }
   return true;
}

bool flp_range_opts_parse(flp_range_opts_t *opts, flp_view_t document, flp_status_t *status)
{
   flp_bson_walk_t walk;
   flp_bson_element_t element;
   bool seen[N_FIELDS + 1] = {false};
   if (!flp_bson_check(document, FLP_OPTS_BSON, "algorithm_range", status)) {
      return false;
   }
   if (!flp_buf_copy(&opts->document, document)) {
      return flp_error_memory(status, "algorithm_range", document.len);
   }
   opts->sparsity = DEFAULT_SPARSITY;
   bool more = flp_bson_walk_init(&walk, flp_view_of(&opts->document));
   while (more && flp_bson_walk_next(&walk, &element)) {
      if (element.type != FLP_BSON_END && element.depth == 1 && !read_field(opts, &element, seen, status)) {
         return false;
      }
   }
   opts->set = fits_together(opts, status);
   return opts->set;
}

void flp_range_opts_cleanup(flp_range_opts_t *opts)
{
   flp_buf_cleanup(&opts->document); /* bounds are values of the user: wiped with it */
   *opts = (flp_range_opts_t){0};
}
