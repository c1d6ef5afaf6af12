/* Reads encryptedFields: one function for each level (document, field, query), each with the order of checks that programs know.
 * Of a field that is repeated the first counts. */
#include "ref/mongocrypt/schema/encrypted_fields.h"

#include "ref/mongocrypt/bson_check.h"

#include <stdlib.h>
#include <string.h>

#define KEY_ID_LEN 16u
#define UUID_SUBTYPE 4u

typedef enum { QUERY_PLAIN, QUERY_RANGE, QUERY_TEXT, QUERY_PREVIEW } query_kind_t;

/* Known however their letters are cased. */
static const struct {
   const char *name;
   query_kind_t kind;
} query_types[] = {
   {"equality", QUERY_PLAIN},     {"range", QUERY_RANGE},           {"prefix", QUERY_TEXT},
   {"suffix", QUERY_TEXT},        {"substring", QUERY_TEXT},        {"prefixPreview", QUERY_TEXT},
   {"suffixPreview", QUERY_TEXT}, {"substringPreview", QUERY_TEXT}, {"rangePreview", QUERY_PREVIEW},
};

/* A field by name; type FLP_BSON_END if there is none. */
static flp_bson_element_t field_of(flp_view_t document, const char *name)
{
   flp_bson_element_t element;
   if (!flp_bson_find(document, name, &element)) {
      element = (flp_bson_element_t){.type = FLP_BSON_END};
   }
   return element;
}

static bool refuse(flp_error_t row, const char *field, const char *want, const flp_bson_element_t *got, flp_status_t *status)
{
   const char *type = got->type == FLP_BSON_END ? "absent" : flp_bson_type_name(got->type);
   return flp_error(status, row,
                    FLP_FACTS(flp_fact_text("what", "encryptedFields"), flp_fact_text("field", field), flp_fact_text("want", want),
                              flp_fact_text("got", type)));
}

static bool check_query(const flp_bson_element_t *query, flp_encrypted_fields_t *found, flp_status_t *status)
{
   if (query->type != FLP_BSON_DOCUMENT) {
      return refuse(FLP_FIELDS_QUERY, "fields.queries", "object", query, status);
   }
   flp_bson_element_t type = field_of(query->value, "queryType");
   if (type.type != FLP_BSON_STRING) {
      return refuse(FLP_FIELDS_QUERY, "fields.queries.queryType", "string", &type, status);
   }
   flp_view_t name = flp_bson_text_view(type.value);
   for (size_t i = 0; i < sizeof query_types / sizeof query_types[0]; i++) {
      if (flp_view_equal_text_nocase(name, query_types[i].name)) {
         found->range |= query_types[i].kind == QUERY_RANGE;
         found->text |= query_types[i].kind == QUERY_TEXT;
         return query_types[i].kind != QUERY_PREVIEW
                   ? true
                   : flp_error(status, FLP_E169,
                               FLP_FACTS(flp_fact_text("option", "encryptedFields"), flp_fact_view("value", name),
                                         flp_fact_text("instead", "range")));
      }
   }
   return flp_error(status, FLP_FIELDS_QUERY_TYPE, FLP_FACTS(flp_fact_text("option", "encryptedFields"), flp_fact_view("value", name)));
}

/* One document, or an array of them. */
static bool check_queries(const flp_bson_element_t *queries, flp_encrypted_fields_t *found, flp_status_t *status)
{
   if (queries->type != FLP_BSON_ARRAY) {
      return check_query(queries, found, status);
   }
   flp_bson_walk_t walk;
   flp_bson_element_t query;
   flp_bson_walk_init(&walk, queries->value);
   while (flp_bson_walk_next_outer(&walk, &query)) {
      if (!check_query(&query, found, status)) {
         return false;
      }
   }
   return true;
}

static bool check_key(const flp_bson_element_t *id, const flp_bson_element_t *name, flp_status_t *status)
{
   bool by_id = id->type != FLP_BSON_END;
   bool by_name = name->type != FLP_BSON_END;
   uint8_t subtype = 0;
   if (!by_id && !by_name) {
      return refuse(FLP_E170, "fields.keyId", "binData", id, status);
   }
   if (by_id && by_name) {
      return flp_error(status, FLP_FIELDS_TWO_KEYS, FLP_FACTS(flp_fact_text("option", "keyId"), flp_fact_text("with", "keyAltName")));
   }
   if (by_name) {
      return name->type == FLP_BSON_STRING ? true : refuse(FLP_FIELDS_FIELD, "fields.keyAltName", "string", name, status);
   }
   if (id->type != FLP_BSON_BINARY) {
      return refuse(FLP_FIELDS_FIELD, "fields.keyId", "binData", id, status);
   }
   flp_view_t bytes = flp_bson_binary_view(id->value, &subtype);
   return subtype == UUID_SUBTYPE && bytes.len == KEY_ID_LEN ? true : refuse(FLP_FIELDS_FIELD, "fields.keyId", "uuid", id, status);
}

typedef struct {
   flp_view_t *names;
   size_t n;
} names_t;

static bool collect_name(flp_view_t name, void *user)
{
   names_t *names = user;
   names->names[names->n] = name;
   names->n++;
   return true;
}

static int compare_names(const void *a, const void *b)
{
   const flp_view_t *x = a;
   const flp_view_t *y = b;
   if (x->len != y->len) {
      return x->len < y->len ? -1 : 1;
   }
   return x->len > 0 ? memcmp(x->data, y->data, x->len) : 0;
}

/* Sorted first: a hostile document can hold very many. */
static bool check_names_differ(flp_view_t document, size_t n_names, flp_status_t *status)
{
   bool ok = false;
   names_t names = {.names = calloc(n_names, sizeof(flp_view_t))};
   if (!names.names) {
      flp_error_memory(status, "encryptedFields", n_names * sizeof(flp_view_t));
      goto done;
   }
   flp_encrypted_fields_names(document, collect_name, &names);
   qsort(names.names, names.n, sizeof(flp_view_t), compare_names);
   for (size_t i = 1; i < names.n; i++) {
      if (flp_view_equal(names.names[i - 1], names.names[i])) {
         flp_error(status, FLP_E171, FLP_FACTS(flp_fact_text("what", "keyAltName"), flp_fact_view("name", names.names[i])));
         goto done;
      }
   }
   ok = true;
done:
   free(names.names);
   return ok;
}

static bool check_field(const flp_bson_element_t *field, flp_encrypted_fields_t *found, flp_status_t *status)
{
   if (field->type != FLP_BSON_DOCUMENT) {
      return refuse(FLP_FIELDS_FIELD, "fields", "object", field, status);
   }
   flp_bson_element_t id = field_of(field->value, "keyId");
   flp_bson_element_t name = field_of(field->value, "keyAltName");
   flp_bson_element_t path = field_of(field->value, "path");
   flp_bson_element_t queries = field_of(field->value, "queries");
   if (!check_key(&id, &name, status)) {
      return false;
   }
   if (path.type != FLP_BSON_STRING) {
      return refuse(FLP_FIELDS_FIELD, "fields.path", "string", &path, status);
   }
   if (queries.type != FLP_BSON_END && !check_queries(&queries, found, status)) {
      return false;
   }
   found->n_names += name.type != FLP_BSON_END;
   return true;
}

static bool check_encode_version(flp_view_t document, flp_encrypted_fields_t *found, flp_status_t *status)
{
   flp_bson_element_t version = field_of(document, "strEncodeVersion");
   if (version.type == FLP_BSON_END) {
      found->versioned = found->text;
      return true;
   }
   if (version.type != FLP_BSON_INT32) {
      return refuse(FLP_FIELDS_FIELD, "strEncodeVersion", "int", &version, status);
   }
   found->versioned = true;
   int32_t value = (int32_t)flp_read_u32_le(version.value.data);
   return value == FLP_ENCODE_VERSION
             ? true
             : flp_error(status, FLP_E172, FLP_FACTS(flp_fact_int("value", value), flp_fact_int("max", FLP_ENCODE_VERSION)));
}

bool flp_encrypted_fields_check(flp_view_t document, flp_encrypted_fields_t *found, flp_status_t *status)
{
   *found = (flp_encrypted_fields_t){0};
   flp_bson_element_t fields = field_of(document, "fields");
   if (fields.type == FLP_BSON_END) {
      return refuse(FLP_E168, "fields", "array", &fields, status);
   }
   if (fields.type != FLP_BSON_ARRAY) {
      return refuse(FLP_FIELDS_FIELD, "fields", "array", &fields, status);
   }
   flp_bson_walk_t walk;
   flp_bson_element_t field;
   flp_bson_walk_init(&walk, fields.value);
   while (flp_bson_walk_next_outer(&walk, &field)) {
      if (!check_field(&field, found, status)) {
         return false;
      }
   }
   if (found->n_names > 1 && !check_names_differ(document, found->n_names, status)) {
      return false;
   }
   return check_encode_version(document, found, status);
}

bool flp_encrypted_fields_names(flp_view_t document, bool (*each)(flp_view_t name, void *user), void *user)
{
   flp_bson_walk_t walk;
   flp_bson_element_t field;
   flp_bson_element_t fields = field_of(document, "fields");
   bool more = fields.type == FLP_BSON_ARRAY && flp_bson_walk_init(&walk, fields.value);
   while (more && flp_bson_walk_next_outer(&walk, &field)) {
      flp_bson_element_t name = {.type = FLP_BSON_END};
      if (field.type == FLP_BSON_DOCUMENT) {
         name = field_of(field.value, "keyAltName");
      }
      if (name.type == FLP_BSON_STRING && !each(flp_bson_text_view(name.value), user)) {
         return false;
      }
   }
   return true;
}
