/* Reads text options: fields in document order, then what must be there and what excludes what. */
#include "ref/mongocrypt/queryable/text_opts.h"

#include "ref/mongocrypt/bson_check.h"

static bool refuse(flp_view_t field, const char *reason, flp_status_t *status)
{
   return flp_error(status, FLP_E099,
                    FLP_FACTS(flp_fact_text("option", "algorithm_text"), flp_fact_view("field", field), flp_fact_text("reason", reason)));
}

static bool refuse_name(const char *field, const char *reason, flp_status_t *status)
{
   return refuse(flp_view_text(field), reason, status);
}

/* --- prefix, suffix, substring ----------------------------------------------------------------------------------- */

typedef struct {
   const char *name;
   int32_t value;
   bool seen;
} length_t;

static bool read_length(length_t *lengths, size_t n, const flp_bson_element_t *element, flp_status_t *status)
{
   for (size_t i = 0; i < n; i++) {
      if (!flp_view_equal_text(element->key, lengths[i].name)) {
         continue;
      }
      if (lengths[i].seen) {
         return refuse(element->key, "given twice", status);
      }
      if (element->type != FLP_BSON_INT32) {
         return refuse(element->key, "expected an int32", status);
      }
      lengths[i].seen = true;
      lengths[i].value = (int32_t)flp_read_u32_le(element->value.data);
      return lengths[i].value > 0 ? true : refuse(element->key, "must be greater than zero", status);
   }
   return refuse(element->key, "not known", status);
}

static bool read_search(flp_text_search_t *search, const flp_bson_element_t *element, bool takes_max_length, flp_status_t *status)
{
   flp_bson_walk_t walk;
   flp_bson_element_t inner;
   length_t lengths[] = {{"strMaxLength", 0, false}, {"strMinQueryLength", 0, false}, {"strMaxQueryLength", 0, false}};
   if (element->type != FLP_BSON_DOCUMENT) {
      return refuse(element->key, "expected a document", status);
   }
   bool more = flp_bson_walk_init(&walk, element->value);
   while (more && flp_bson_walk_next(&walk, &inner)) {
      if (inner.type != FLP_BSON_END && inner.depth == 1 && !read_length(lengths, 3, &inner, status)) {
         return false;
      }
   }
   if (takes_max_length != lengths[0].seen) {
      return refuse_name("strMaxLength", takes_max_length ? "required for substring" : "only for substring", status);
   }
   *search = (flp_text_search_t){.set = true,
                                 .has_max_length = lengths[0].seen,
                                 .max_length = lengths[0].value,
                                 .min_query_length = lengths[1].value,
                                 .max_query_length = lengths[2].value};
   return true;
}

/* --- the document --------------------------------------------------------------------------------------------------- */

enum { CASE, DIACRITIC, PREFIX, SUFFIX, SUBSTRING, N_FIELDS };
static const char *const names[N_FIELDS] = {"caseSensitive", "diacriticSensitive", "prefix", "suffix", "substring"};

static bool read_bool(bool *out, const flp_bson_element_t *element, flp_status_t *status)
{
   if (element->type != FLP_BSON_BOOL) {
      return refuse(element->key, "expected a bool", status);
   }
   *out = element->value.data[0] != 0;
   return true;
}

static bool read_field(flp_text_opts_t *opts, const flp_bson_element_t *element, bool seen[N_FIELDS], flp_status_t *status)
{
   int field = 0;
   while (field < N_FIELDS && !flp_view_equal_text(element->key, names[field])) {
      field++;
   }
   if (field == N_FIELDS) {
      return refuse(element->key, "not known", status);
   }
   if (seen[field]) {
      return refuse(element->key, "given twice", status);
   }
   seen[field] = true;
   switch (field) {
   case CASE:
      return read_bool(&opts->case_sensitive, element, status);
   case DIACRITIC:
      return read_bool(&opts->diacritic_sensitive, element, status);
   case PREFIX:
      return read_search(&opts->prefix, element, false, status);
   case SUFFIX:
      return read_search(&opts->suffix, element, false, status);
   default:
      return read_search(&opts->substring, element, true, status);
   }
}

static bool fits_together(const flp_text_opts_t *opts, const bool seen[N_FIELDS], flp_status_t *status)
{
   if (!seen[CASE] || !seen[DIACRITIC]) {
      return refuse_name(names[seen[CASE] ? DIACRITIC : CASE], "required", status);
   }
   if (!opts->prefix.set && !opts->suffix.set && !opts->substring.set) {
      return refuse_name("prefix", "one of prefix, suffix, substring is required", status);
   }
   if (opts->substring.set && (opts->prefix.set || opts->suffix.set)) {
      return refuse_name("substring", "excludes prefix and suffix", status);
   }
   return true;
}

bool flp_text_opts_parse(flp_text_opts_t *opts, flp_view_t document, flp_status_t *status)
{
   flp_bson_walk_t walk;
   flp_bson_element_t element;
   bool seen[N_FIELDS] = {false};
   if (!flp_bson_check(document, FLP_OPTS_BSON, "algorithm_text", status)) {
      return false;
   }
   bool more = flp_bson_walk_init(&walk, document);
   while (more && flp_bson_walk_next(&walk, &element)) {
      if (element.type != FLP_BSON_END && element.depth == 1 && !read_field(opts, &element, seen, status)) {
         return false;
      }
   }
   opts->set = fits_together(opts, seen, status);
   return opts->set;
}
