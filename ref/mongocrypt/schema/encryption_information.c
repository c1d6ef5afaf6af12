/* Copies encryptedFields field by field; what is missing is put behind what is there. */
#include "ref/mongocrypt/schema/encryption_information.h"

#include "ref/base/bson_walk.h"

#define KEY_ID_LEN 16u
#define UUID_SUBTYPE 4u
#define STATE_COLLECTION_PREFIX "enxcol_."

/* One name on its way. */
typedef struct {
   const flp_key_names_t *names;
   flp_status_t *status;
} knowing_t;

static bool is_known(flp_view_t name, void *user)
{
   const knowing_t *knowing = user;
   if (knowing->names->find(name, knowing->names->user)) {
      return true;
   }
   return flp_error(knowing->status, FLP_FIELDS_NAME_UNKNOWN, FLP_FACTS(flp_fact_view("key_alt_name", name)));
}

bool flp_encrypted_fields_known(flp_view_t document, const flp_key_names_t *names, flp_status_t *status)
{
   knowing_t knowing = {.names = names, .status = status};
   return flp_encrypted_fields_names(document, is_known, &knowing);
}

/* The key of the field in its list ends in a zero byte where it stands. */
static void write_field(flp_doc_writer_t *writer, const flp_bson_element_t *field, const flp_key_names_t *names)
{
   flp_bson_element_t name, element;
   flp_bson_walk_t walk;
   bool by_name = field->type == FLP_BSON_DOCUMENT && flp_bson_find(field->value, "keyAltName", &name) && name.type == FLP_BSON_STRING;
   if (!by_name) {
      flp_doc_raw(writer, field->type, field->key, field->value);
      return;
   }
   flp_doc_open(writer, (const char *)field->key.data, false);
   flp_bson_walk_init(&walk, field->value);
   while (flp_bson_walk_next_outer(&walk, &element)) {
      if (!flp_view_equal_text(element.key, "keyAltName")) {
         flp_doc_raw(writer, element.type, element.key, element.value);
      }
   }
   const uint8_t *id = names->find(flp_bson_text_view(name.value), names->user);
   if (id) { /* the caller has asked before */
      flp_doc_binary(writer, "keyId", UUID_SUBTYPE, flp_view(id, KEY_ID_LEN));
   }
   flp_doc_close(writer);
}

static void write_list(flp_doc_writer_t *writer, flp_view_t list, const flp_key_names_t *names)
{
   flp_bson_walk_t fields;
   flp_bson_element_t field;
   flp_doc_open(writer, "fields", true);
   flp_bson_walk_init(&fields, list);
   while (flp_bson_walk_next_outer(&fields, &field)) {
      write_field(writer, &field, names);
   }
   flp_doc_close(writer);
}

/* The fields of encryptedFields into a document that is open; the list where it stood, or `last`. */
static void write_inside(flp_doc_writer_t *writer, flp_view_t document, const flp_key_names_t *names, bool last)
{
   flp_bson_walk_t walk;
   flp_bson_element_t element;
   flp_view_t list = {0};
   flp_bson_walk_init(&walk, document);
   while (flp_bson_walk_next_outer(&walk, &element)) {
      bool is_list = !list.data && element.type == FLP_BSON_ARRAY && flp_view_equal_text(element.key, "fields");
      if (!is_list) {
         flp_doc_raw(writer, element.type, element.key, element.value);
         continue;
      }
      list = element.value;
      if (!last) {
         write_list(writer, list, names);
      }
   }
   if (last && list.data) {
      write_list(writer, list, names);
   }
}

/* The official library puts the list last here, and only here. */
void flp_encrypted_fields_write(flp_doc_writer_t *writer, const char *key, flp_view_t document, const flp_key_names_t *names)
{
   flp_doc_open(writer, key, false);
   write_inside(writer, document, names, true);
   flp_doc_close(writer);
}

/* Writes `enxcol_.COLL.KIND` unless there is such a field. */
static void default_state_collection(flp_doc_writer_t *writer, const flp_schema_t *schema, const char *key, const char *kind)
{
   flp_bson_element_t given;
   flp_buf_t name = {0};
   if (schema->document.len > 0 && flp_bson_find(flp_view_of(&schema->document), key, &given)) {
      return;
   }
   if (flp_buf_append(&name, flp_view_text(STATE_COLLECTION_PREFIX)) && flp_buf_append(&name, flp_schema_coll(schema)) &&
       flp_buf_append(&name, flp_view_text(kind))) {
      flp_doc_text(writer, key, flp_view_of(&name));
   } else {
      writer->failed = true;
   }
   flp_buf_cleanup(&name);
}

static void write_schema(flp_doc_writer_t *writer, const flp_schema_t *schema, const flp_key_names_t *names)
{
   flp_bson_element_t given;
   flp_view_t document = flp_view_of(&schema->document);
   flp_doc_open(writer, (const char *)schema->ns.data, false);
   if (document.len > 0) {
      write_inside(writer, document, names, false);
   }
   default_state_collection(writer, schema, "escCollection", ".esc");
   default_state_collection(writer, schema, "ecocCollection", ".ecoc");
   if (document.len == 0) {
      flp_doc_open(writer, "fields", true);
      flp_doc_close(writer);
   } else if (schema->fields.text && !flp_bson_find(document, "strEncodeVersion", &given)) {
      flp_doc_int32(writer, "strEncodeVersion", FLP_ENCODE_VERSION);
   }
   flp_doc_close(writer);
}

void flp_encryption_information_write(flp_doc_writer_t *writer, const flp_schemas_t *schemas, const flp_key_names_t *names)
{
   flp_doc_open(writer, "encryptionInformation", false);
   flp_doc_int32(writer, "type", 1);
   flp_doc_open(writer, "schema", false);
   for (size_t i = 0; i < schemas->n; i++) {
      if (schemas->items[i].kind == FLP_SCHEMA_FIELDS || schemas->items[i].kind == FLP_SCHEMA_NONE) {
         write_schema(writer, &schemas->items[i], names);
      }
   }
   flp_doc_close(writer);
   flp_doc_close(writer);
}
