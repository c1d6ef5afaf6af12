/* The fields of a marking as they come; what is missing is told at the end, in the order of the sheet. */
#include "ref/mongocrypt/schema/marking.h"

#include "ref/mongocrypt/bson_check.h"

#define SMALLEST_MARKING 6u /* the byte in front, and an empty document */
#define KEY_ID_LEN 16u
#define UUID_SUBTYPE 4u

enum { DETERMINISTIC = 1, RANDOM = 2 };

/* What was met so far. */
typedef struct {
   flp_marking_t *marking;
   bool algorithm;
   bool id;
   flp_status_t *status;
} reading_t;

static bool refuse(const reading_t *reading, flp_error_t row, const char *field, const char *reason)
{
   return flp_error(reading->status, row, FLP_FACTS(flp_fact_text("field", field), flp_fact_text("reason", reason)));
}

static bool refuse_missing(const reading_t *reading, const char *field)
{
   return flp_error(reading->status, FLP_E193,
                    FLP_FACTS(flp_fact_text("what", "marking"), flp_fact_text("field", field), flp_fact_text("got", "absent")));
}

static bool read_value(reading_t *reading, const flp_bson_element_t *element)
{
   reading->marking->v = *element;
   return true;
}

static bool read_algorithm(reading_t *reading, const flp_bson_element_t *element)
{
   if (element->type != FLP_BSON_INT32) {
      return refuse(reading, FLP_E197, "a", "type");
   }
   uint32_t algorithm = flp_read_u32_le(element->value.data);
   if (algorithm != DETERMINISTIC && algorithm != RANDOM) {
      return refuse(reading, FLP_E198, "a", "value");
   }
   reading->marking->deterministic = algorithm == DETERMINISTIC;
   reading->algorithm = true;
   return true;
}

static bool read_key_id(reading_t *reading, const flp_bson_element_t *element)
{
   uint8_t subtype = 0;
   if (element->type != FLP_BSON_BINARY) {
      return refuse(reading, FLP_E195, "ki", "type");
   }
   reading->marking->key_id = flp_bson_binary_view(element->value, &subtype);
   if (subtype != UUID_SUBTYPE || reading->marking->key_id.len != KEY_ID_LEN) {
      return refuse(reading, FLP_E195, "ki", subtype != UUID_SUBTYPE ? "subtype" : "length");
   }
   reading->id = true;
   return true;
}

static bool read_name(reading_t *reading, const flp_bson_element_t *element)
{
   if (element->type != FLP_BSON_STRING) {
      return refuse(reading, FLP_E196, "ka", "type");
   }
   reading->marking->key_alt_name = flp_bson_text_view(element->value);
   reading->marking->by_name = true;
   return true;
}

static const struct {
   const char *name;
   bool (*read)(reading_t *reading, const flp_bson_element_t *element);
} fields[] = {
   {"v", read_value},
   {"a", read_algorithm},
   {"ki", read_key_id},
   {"ka", read_name},
};

static bool read_field(reading_t *reading, const flp_bson_element_t *element)
{
   for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
      if (flp_view_equal_text(element->key, fields[i].name)) {
         return fields[i].read(reading, element);
      }
   }
   return flp_error(reading->status, FLP_E199, FLP_FACTS(flp_fact_text("what", "marking"), flp_fact_view("field", element->key)));
}

bool flp_marking_read(flp_marking_t *marking, flp_view_t blob, flp_status_t *status)
{
   *marking = (flp_marking_t){.v = {.type = FLP_BSON_END}};
   if (blob.len < SMALLEST_MARKING) {
      return flp_error(status, FLP_E191, FLP_FACTS(flp_fact_text("reason", "length"), flp_fact_int("length", (int64_t)blob.len)));
   }
   flp_view_t document = flp_view(blob.data + 1, blob.len - 1);
   if (!flp_bson_check(document, FLP_E192, "marking", status)) {
      return false;
   }
   reading_t reading = {.marking = marking, .status = status};
   flp_bson_walk_t walk;
   flp_bson_element_t element;
   flp_bson_walk_init(&walk, document);
   while (flp_bson_walk_next_outer(&walk, &element)) {
      if (!read_field(&reading, &element)) {
         return false;
      }
   }
   if (marking->v.type == FLP_BSON_END) {
      return refuse_missing(&reading, "v");
   }
   if (!reading.id && !marking->by_name) {
      return refuse(&reading, FLP_E194, "ki", "absent");
   }
   if (reading.id && marking->by_name) {
      return refuse(&reading, FLP_MARKING_BOTH_KEYS, "ki", "both");
   }
   return reading.algorithm ? true : refuse_missing(&reading, "a");
}
