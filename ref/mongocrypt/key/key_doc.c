/* The fields of a key document as a table: name, reader, and the place among the missing-field checks. */
#include "ref/mongocrypt/key/key_doc.h"

#include "ref/base/limits.h"
#include "ref/mongocrypt/bson_check.h"
#include "ref/mongocrypt/errors.h"

#include <stdlib.h>
#include <string.h>

/* What a reader works on. */
typedef struct {
   flp_key_doc_t *doc;
   const uint8_t *known_id; /* the id, once it was read: for errors */
   flp_status_t *status;
} reading_t;

static bool refuse(const reading_t *reading, flp_error_t row, flp_view_t field, const char *reason)
{
   return flp_error(reading->status, row,
                    FLP_FACTS(flp_fact_uuid("key_id", reading->known_id), flp_fact_view("field", field), flp_fact_text("reason", reason)));
}

static bool read_id(reading_t *reading, const flp_bson_element_t *element)
{
   uint8_t subtype = 0;
   if (element->type != FLP_BSON_BINARY) {
      return refuse(reading, FLP_E201, element->key, "type");
   }
   flp_view_t id = flp_bson_binary_view(element->value, &subtype);
   if (subtype != 4 || id.len != FLP_KEY_ID_LEN) {
      return refuse(reading, FLP_E201, element->key, subtype != 4 ? "subtype" : "length");
   }
   memcpy(reading->doc->id, id.data, FLP_KEY_ID_LEN);
   reading->known_id = reading->doc->id;
   return true;
}

static bool read_material(reading_t *reading, const flp_bson_element_t *element)
{
   uint8_t subtype = 0;
   if (element->type != FLP_BSON_BINARY) {
      return refuse(reading, FLP_E202, element->key, "type");
   }
   reading->doc->material = flp_bson_binary_view(element->value, &subtype);
   return subtype == 0 ? true : refuse(reading, FLP_E202, element->key, "subtype");
}

static bool read_master_key(reading_t *reading, const flp_bson_element_t *element)
{
   if (reading->doc->kek.provider.len > 0) { /* of other repeated fields the last counts */
      return refuse(reading, FLP_KEY_DOC_TWO_MASTER_KEYS, element->key, "duplicate");
   }
   if (element->type != FLP_BSON_DOCUMENT) {
      return refuse(reading, FLP_E207, element->key, "type");
   }
   return flp_kek_parse(&reading->doc->kek, element->value, "masterKey", reading->status);
}

static bool read_date(reading_t *reading, const flp_bson_element_t *element)
{
   return element->type == FLP_BSON_DATE ? true : refuse(reading, FLP_E206, element->key, "type");
}

static bool read_status(reading_t *reading, const flp_bson_element_t *element)
{
   (void)reading;
   (void)element;
   return true;
}

static bool read_version(reading_t *reading, const flp_bson_element_t *element)
{
   bool zero = (element->type == FLP_BSON_INT32 && flp_read_u32_le(element->value.data) == 0) ||
               (element->type == FLP_BSON_INT64 && flp_read_u64_le(element->value.data) == 0);
   return zero ? true : refuse(reading, FLP_E205, element->key, "value");
}

static bool has_name(const flp_key_doc_t *doc, flp_view_t name)
{
   for (size_t i = 0; i < doc->n_names; i++) {
      if (flp_view_equal(flp_view_of(&doc->names[i]), name)) {
         return true;
      }
   }
   return false;
}

static bool add_name(reading_t *reading, flp_view_t field, const flp_bson_element_t *element)
{
   flp_key_doc_t *doc = reading->doc;
   if (element->type != FLP_BSON_STRING) {
      return refuse(reading, FLP_E208, field, "expected UTF-8 keyAltName");
   }
   flp_view_t name = flp_bson_text_view(element->value);
   if (has_name(doc, name)) {
      return refuse(reading, FLP_E208, field, "duplicate keyAltName");
   }
   if (!flp_buf_copy(&doc->names[doc->n_names], name)) {
      return flp_error_memory(reading->status, "keyAltNames", name.len);
   }
   doc->n_names++;
   return true;
}

static size_t count_elements(flp_view_t array)
{
   flp_bson_walk_t walk;
   flp_bson_element_t element;
   size_t n = 0;
   flp_bson_walk_init(&walk, array);
   while (flp_bson_walk_next(&walk, &element)) {
      n += element.type != FLP_BSON_END && element.depth == 1;
   }
   return n;
}

static bool read_names(reading_t *reading, const flp_bson_element_t *field)
{
   flp_key_doc_t *doc = reading->doc;
   if (field->type != FLP_BSON_ARRAY) {
      return refuse(reading, FLP_E208, field->key, "expected an array of keyAltName");
   }
   flp_names_destroy(doc->names, doc->n_names);
   doc->names = NULL;
   doc->n_names = 0;
   size_t n = count_elements(field->value);
   if (n > FLP_MAX_KEY_ALT_NAMES) {
      return flp_error(
         reading->status, FLP_LIMIT_EXCEEDED,
         FLP_FACTS(flp_fact_text("limit", "key_alt_names"), flp_fact_int("value", (int64_t)n), flp_fact_int("max", FLP_MAX_KEY_ALT_NAMES)));
   }
   doc->names = n > 0 ? calloc(n, sizeof(flp_buf_t)) : NULL;
   if (n > 0 && !doc->names) {
      return flp_error_memory(reading->status, "keyAltNames", n * sizeof(flp_buf_t));
   }
   flp_bson_walk_t walk;
   flp_bson_element_t element;
   flp_bson_walk_init(&walk, field->value);
   while (flp_bson_walk_next(&walk, &element)) {
      if (element.depth == 1 && element.type != FLP_BSON_END && !add_name(reading, field->key, &element)) {
         return false;
      }
   }
   return true;
}

typedef struct {
   const char *name;
   bool (*read)(reading_t *reading, const flp_bson_element_t *element);
   bool required;
} field_t;

/* Required ones first, in the order in which a missing one is reported. */
static const field_t fields[] = {
   {"_id", read_id, true},
   {"masterKey", read_master_key, true},
   {"keyMaterial", read_material, true},
   {"status", read_status, true},
   {"creationDate", read_date, true},
   {"updateDate", read_date, true},
   {"keyAltNames", read_names, false},
   {"version", read_version, false},
};
enum { N_FIELDS = sizeof fields / sizeof fields[0] };

static bool read_field(reading_t *reading, const flp_bson_element_t *element, bool seen[N_FIELDS])
{
   for (size_t i = 0; i < N_FIELDS; i++) {
      if (flp_view_equal_text(element->key, fields[i].name)) {
         seen[i] = true;
         return fields[i].read(reading, element);
      }
   }
   return flp_error(reading->status, FLP_E204, FLP_FACTS(flp_fact_text("what", "key document"), flp_fact_view("field", element->key)));
}

bool flp_key_doc_parse(flp_key_doc_t *doc, flp_view_t document, flp_status_t *status)
{
   if (!flp_bson_check(document, FLP_E200, "key document", status)) {
      return false;
   }
   reading_t reading = {.doc = doc, .status = status};
   bool seen[N_FIELDS] = {false};
   flp_bson_walk_t walk;
   flp_bson_element_t element;
   flp_bson_walk_init(&walk, document);
   while (flp_bson_walk_next(&walk, &element)) {
      if (element.depth == 1 && element.type != FLP_BSON_END) {
         if (!read_field(&reading, &element, seen)) {
            return false;
         }
         flp_bson_walk_skip(&walk);
      }
   }
   for (size_t i = 0; i < N_FIELDS; i++) {
      if (fields[i].required && !seen[i]) {
         return flp_error(
            status, FLP_E203,
            FLP_FACTS(flp_fact_text("what", "key document"), flp_fact_text("field", fields[i].name), flp_fact_text("got", "absent")));
      }
   }
   return true;
}

void flp_key_doc_cleanup(flp_key_doc_t *doc)
{
   flp_names_destroy(doc->names, doc->n_names);
   flp_kek_cleanup(&doc->kek);
   *doc = (flp_key_doc_t){0};
}
