/* Reads documents of known fields by their table. A field that is given twice counts once: the first one. */
#include "ref/mongocrypt/kms/fields.h"

#include "ref/base/base64.h"
#include "ref/base/bson_walk.h"
#include "ref/mongocrypt/errors.h"
#include "ref/mongocrypt/kms/endpoint.h"

static const char *want_of(flp_field_kind_t kind)
{
   return kind == FLP_FIELD_SECRET ? "binData" : "string";
}

static bool refuse(const flp_field_rule_t *rule, const flp_fields_spec_t *spec, const char *got, flp_status_t *status)
{
   return flp_error(status, (flp_error_t)rule->missing,
                    FLP_FACTS(flp_fact_text("what", spec->what), flp_fact_text("field", rule->name),
                              flp_fact_text("want", want_of(rule->kind)), flp_fact_text("got", got)));
}

static bool keep(flp_buf_t *out, flp_view_t bytes, const flp_fields_spec_t *spec, flp_status_t *status)
{
   return flp_buf_copy(out, bytes) ? true : flp_error_memory(status, spec->what, bytes.len);
}

static bool read_base64(flp_buf_t *out, flp_view_t text, const flp_field_rule_t *rule, const flp_fields_spec_t *spec, flp_status_t *status)
{
   bool out_of_memory = false;
   if (flp_base64_decode(text, out, &out_of_memory) && out->len > 0) {
      return true;
   }
   if (out_of_memory) {
      return flp_error_memory(status, spec->what, text.len);
   }
   return flp_error(
      status, FLP_E050,
      FLP_FACTS(flp_fact_text("what", spec->what), flp_fact_text("field", rule->name), flp_fact_view("provider", spec->provider)));
}

static bool read_text(flp_buf_t *out, flp_view_t text, const flp_field_rule_t *rule, const flp_fields_spec_t *spec, flp_status_t *status)
{
   flp_endpoint_t endpoint;
   switch (rule->kind) {
   case FLP_FIELD_SECRET:
      return read_base64(out, text, rule, spec, status);
   case FLP_FIELD_TEXT:
      return flp_utf8_valid(text, false) ? keep(out, text, spec, status) : refuse(rule, spec, "invalid UTF-8", status);
   case FLP_FIELD_ENDPOINT:
   case FLP_FIELD_ENDPOINT_NO_DOT:
      return flp_endpoint_parse(&endpoint, text, rule->kind == FLP_FIELD_ENDPOINT_NO_DOT, rule->name, status) &&
             keep(out, endpoint.host_and_port, spec, status);
   }
   return false;
}

bool flp_field_read(flp_buf_t *out, bool *found, flp_view_t document, const flp_field_rule_t *rule, const flp_fields_spec_t *spec,
                    flp_status_t *status)
{
   flp_bson_element_t element;
   *found = flp_bson_find(document, rule->name, &element);
   if (!*found) {
      return rule->required ? refuse(rule, spec, "absent", status) : true;
   }
   if (element.type == FLP_BSON_STRING) {
      return read_text(out, flp_bson_text_view(element.value), rule, spec, status);
   }
   if (element.type == FLP_BSON_BINARY && rule->kind == FLP_FIELD_SECRET) {
      uint8_t subtype = 0;
      flp_view_t bytes = flp_bson_binary_view(element.value, &subtype);
      return bytes.len > 0 ? keep(out, bytes, spec, status) : refuse(rule, spec, "binData", status);
   }
   return refuse(rule, spec, flp_bson_type_name(element.type), status);
}

static bool is_known(flp_view_t key, const flp_fields_spec_t *spec)
{
   for (size_t i = 0; i < spec->n_rules; i++) {
      if (flp_view_equal_text(key, spec->rules[i].name)) {
         return true;
      }
   }
   for (const char *const *other = spec->others; other && *other; other++) {
      if (flp_view_equal_text(key, *other)) {
         return true;
      }
   }
   return false;
}

bool flp_fields_known(flp_view_t document, const flp_fields_spec_t *spec, flp_status_t *status)
{
   flp_bson_walk_t walk;
   flp_bson_element_t element;
   bool more = flp_bson_walk_init(&walk, document);
   while (more && flp_bson_walk_next(&walk, &element)) {
      if (element.type == FLP_BSON_END || element.depth > 1) {
         continue;
      }
      if (!is_known(element.key, spec)) {
         return flp_error(status, (flp_error_t)spec->unknown,
                          FLP_FACTS(flp_fact_text("what", spec->what), flp_fact_view("field", element.key)));
      }
   }
   return true;
}

bool flp_fields_read(flp_fields_t *fields, flp_view_t document, const flp_fields_spec_t *spec, flp_status_t *status)
{
   for (size_t i = 0; i < spec->n_rules; i++) {
      bool found = false;
      if (!flp_field_read(&fields->values[i], &found, document, &spec->rules[i], spec, status)) {
         return false;
      }
      fields->present |= found ? 1u << i : 0;
   }
   return true;
}

bool flp_fields_has(const flp_fields_t *fields, size_t rule)
{
   return (fields->present & (1u << rule)) != 0;
}

flp_view_t flp_fields_view(const flp_fields_t *fields, size_t rule)
{
   return flp_view_of(&fields->values[rule]);
}

void flp_fields_cleanup(flp_fields_t *fields)
{
   for (size_t i = 0; i < FLP_MAX_FIELDS; i++) {
      flp_buf_cleanup(&fields->values[i]);
   }
   fields->present = 0;
}
