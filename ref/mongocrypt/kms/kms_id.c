/* The grammar of provider ids. Everything behind the first colon is the name, so a second colon is a wrong character (KP-6). */
#include "ref/mongocrypt/kms/kms_id.h"

#include "ref/base/cursor.h"
#include "ref/mongocrypt/errors.h"

static const char *const type_names[FLP_KMS_TYPES] = {
   [FLP_KMS_NONE] = "none", [FLP_KMS_AWS] = "aws",   [FLP_KMS_AZURE] = "azure",
   [FLP_KMS_GCP] = "gcp",   [FLP_KMS_KMIP] = "kmip", [FLP_KMS_LOCAL] = "local",
};

const char *flp_kms_type_name(flp_kms_type_t type)
{
   return type_names[type];
}

static flp_kms_type_t type_of(flp_view_t text)
{
   for (int type = FLP_KMS_NONE + 1; type < FLP_KMS_TYPES; type++) {
      if (flp_view_equal_text(text, type_names[type])) {
         return (flp_kms_type_t)type;
      }
   }
   return FLP_KMS_NONE;
}

static bool is_name_byte(uint8_t c)
{
   return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* The key encryption key has one row for all three defects: the interface does not tell them apart there. */
static bool refuse(flp_kms_id_place_t place, flp_error_t row, flp_view_t text, size_t offset, flp_status_t *status)
{
   return flp_error(status, place == FLP_KMS_ID_OF_KEK ? FLP_E090 : row,
                    FLP_FACTS(flp_fact_view("provider", text), flp_fact_int("offset", (int64_t)offset)));
}

bool flp_kms_id_parse(flp_kms_id_t *id, flp_view_t text, flp_kms_id_place_t place, flp_status_t *status)
{
   flp_cursor_t cursor = flp_cursor(text);
   flp_view_t type = text;
   id->named = flp_cursor_until(&cursor, ':', &type);
   id->type = type_of(type);
   if (id->type == FLP_KMS_NONE) {
      return refuse(place, FLP_E033, text, 0, status);
   }
   if (id->named && flp_cursor_left(&cursor) == 0) {
      return refuse(place, FLP_E034, text, cursor.at, status);
   }
   uint8_t c = 0;
   while (id->named && flp_cursor_byte(&cursor, &c)) {
      if (!is_name_byte(c)) {
         return refuse(place, FLP_E035, text, cursor.at - 1, status);
      }
   }
   return true;
}
