/* Reads a collection info: fields that are not asked for may be anything. Of a field that is repeated the first counts, as elsewhere. */
#include "ref/mongocrypt/schema/collinfo.h"

#include "ref/mongocrypt/bson_check.h"

#include <string.h>

static bool refuse_field(flp_error_t row, const char *field, const char *want, const flp_bson_element_t *got, flp_status_t *status)
{
   const char *type = got->type == FLP_BSON_END ? "absent" : flp_bson_type_name(got->type);
   return flp_error(
      status, row,
      FLP_FACTS(flp_fact_text("what", "collinfo"), flp_fact_text("field", field), flp_fact_text("want", want), flp_fact_text("got", type)));
}

bool flp_collinfo_name(flp_view_t document, flp_view_t *name, flp_status_t *status)
{
   flp_bson_element_t element;
   if (!flp_bson_check_find(document, "name", &element, FLP_E177, "collinfo", status)) {
      return false;
   }
   if (element.type != FLP_BSON_STRING) {
      return refuse_field(FLP_E178, "name", "string", &element, status);
   }
   *name = flp_bson_text_view(element.value);
   bool nul = name->len > 0 && memchr(name->data, 0, name->len);
   return nul ? flp_error(status, FLP_COLLINFO_NUL, FLP_FACTS(flp_fact_text("reason", "zero_byte"))) : true;
}

static bool read_fields(flp_collinfo_t *info, flp_view_t options, flp_status_t *status)
{
   flp_bson_element_t element;
   if (!flp_bson_find(options, "encryptedFields", &element)) {
      return true;
   }
   if (element.type != FLP_BSON_DOCUMENT) {
      return refuse_field(FLP_E182, "options.encryptedFields", "object", &element, status);
   }
   info->encrypted_fields = element.value;
   return flp_encrypted_fields_check(element.value, &info->fields, status);
}

/* What stands beside the schema in the validator does not matter, a second schema does. */
static bool read_schema(flp_collinfo_t *info, flp_view_t validator, flp_status_t *status)
{
   flp_bson_walk_t walk;
   flp_bson_element_t element;
   flp_bson_walk_init(&walk, validator);
   while (flp_bson_walk_next_outer(&walk, &element)) {
      if (!flp_view_equal_text(element.key, "$jsonSchema")) {
         continue;
      }
      if (info->json_schema.data) {
         return flp_error(status, FLP_COLLINFO_TWO_SCHEMAS,
                          FLP_FACTS(flp_fact_text("what", "validator"), flp_fact_text("name", "$jsonSchema")));
      }
      if (element.type != FLP_BSON_DOCUMENT) {
         return refuse_field(FLP_E183, "$jsonSchema", "object", &element, status);
      }
      info->json_schema = element.value;
   }
   return true;
}

bool flp_collinfo_read(flp_collinfo_t *info, flp_view_t document, flp_view_t ns, flp_status_t *status)
{
   flp_bson_element_t element;
   *info = (flp_collinfo_t){0};
   bool typed = flp_bson_find(document, "type", &element) && element.type == FLP_BSON_STRING;
   if (typed && flp_view_equal_text(flp_bson_text_view(element.value), "view")) {
      return flp_error(status, FLP_E181, FLP_FACTS(flp_fact_view("ns", ns)));
   }
   if (!flp_bson_find(document, "options", &element) || element.type != FLP_BSON_DOCUMENT) {
      return true;
   }
   flp_view_t options = element.value;
   if (!read_fields(info, options, status)) {
      return false;
   }
   if (!flp_bson_find(options, "validator", &element) || element.type != FLP_BSON_DOCUMENT) {
      return true;
   }
   return read_schema(info, element.value, status);
}
