/* Copies a command and puts the schemas where query analysis, or the server, looks for them. */
#include "ref/mongocrypt/schema/analysis.h"

#include "ref/mongocrypt/bson_check.h"

#define EMPTY_DOCUMENT_LEN 5u
#define INFORMATION "encryptionInformation"

/* What is written, from what. */
typedef struct {
   const flp_schemas_t *schemas;
   const flp_command_t *command;
   flp_view_t document;
   int32_t wire_version; /* of query analysis */
   const flp_key_names_t *names;
   flp_doc_writer_t writer;
   flp_status_t *status;
} writing_t;

static const flp_schema_t *first_of_kind(const flp_schemas_t *schemas, flp_schema_kind_t kind)
{
   for (size_t i = 0; i < schemas->n; i++) {
      if (schemas->items[i].kind == kind) {
         return &schemas->items[i];
      }
   }
   return NULL;
}

static void begin(writing_t *writing)
{
   size_t size = writing->document.len + 64;
   for (size_t i = 0; i < writing->schemas->n; i++) {
      const flp_schema_t *schema = &writing->schemas->items[i];
      size += 3 * schema->ns.len + schema->document.len + 128;
   }
   flp_doc_begin(&writing->writer, size < FLP_MAX_DOCUMENT_LEN ? size : FLP_MAX_DOCUMENT_LEN);
}

/* Are the keys known that the encrypted fields name? */
static bool knows_names(const writing_t *writing)
{
   for (size_t i = 0; i < writing->schemas->n; i++) {
      const flp_schema_t *schema = &writing->schemas->items[i];
      if (schema->kind == FLP_SCHEMA_FIELDS &&
          !flp_encrypted_fields_known(flp_view_of(&schema->document), writing->names, writing->status)) {
         return false;
      }
   }
   return true;
}

static bool is_one_of(flp_view_t key, const char *const *names)
{
   while (*names && !flp_view_equal_text(key, *names)) {
      names++;
   }
   return *names != NULL;
}

/* The fields of `document` that are not among `dropped` (which ends in NULL). */
static void copy_fields(flp_doc_writer_t *writer, flp_view_t document, const char *const *dropped)
{
   flp_bson_walk_t walk;
   flp_bson_element_t element;
   flp_bson_walk_init(&walk, document);
   while (flp_bson_walk_next_outer(&walk, &element)) {
      if (!is_one_of(element.key, dropped)) {
         flp_doc_raw(writer, element.type, element.key, element.value);
      }
   }
}

static bool write_information(writing_t *writing)
{
   if (!knows_names(writing)) {
      return false;
   }
   flp_encryption_information_write(&writing->writer, writing->schemas, writing->names);
   return true;
}

static bool refuse_command(writing_t *writing, flp_error_t row, const char *field, const char *reason)
{
   return flp_error(
      writing->status, row,
      FLP_FACTS(flp_fact_text("command", writing->command->rule->name), flp_fact_text("field", field), flp_fact_text("reason", reason)));
}

/* The one element of nsInfo. A document in place of the array is taken as the official library takes it. */
static bool only_ns(writing_t *writing, flp_bson_element_t *only)
{
   flp_bson_element_t list, second;
   bool found = flp_bson_find(writing->document, "nsInfo", &list) && (list.type == FLP_BSON_ARRAY || list.type == FLP_BSON_DOCUMENT) &&
                flp_bson_find(list.value, "0", only) && only->type == FLP_BSON_DOCUMENT;
   if (!found) {
      return refuse_command(writing, FLP_NS_INFO_LOST, "nsInfo.0", "absent");
   }
   return flp_bson_find(list.value, "1", &second) ? refuse_command(writing, FLP_E158, "nsInfo.1", "several") : true;
}

/* nsInfo goes to the end, with the information inside. */
static bool write_ns_info(writing_t *writing, const flp_bson_element_t *only)
{
   static const char *const given[] = {INFORMATION, NULL};
   flp_doc_open(&writing->writer, "nsInfo", true);
   flp_doc_open(&writing->writer, "0", false);
   copy_fields(&writing->writer, only->value, given);
   if (!write_information(writing)) {
      return false;
   }
   flp_doc_close(&writing->writer);
   flp_doc_close(&writing->writer);
   return true;
}

/* --- for query analysis --- */

static bool analyse_bulk_write(writing_t *writing)
{
   static const char *const dropped[] = {"$db", "nsInfo", NULL};
   flp_bson_element_t only, given;
   if (!only_ns(writing, &only)) {
      return false;
   }
   if (flp_bson_find(only.value, INFORMATION, &given)) {
      return refuse_command(writing, FLP_NS_INFO_INFORMED, "nsInfo.0." INFORMATION, "given");
   }
   copy_fields(&writing->writer, writing->document, dropped);
   return write_ns_info(writing, &only);
}

/* An empty `document`: there is no schema. */
static void write_schema(flp_doc_writer_t *writer, flp_view_t document, bool remote)
{
   flp_doc_document(writer, "jsonSchema", document.len > 0 ? document : flp_view("\5\0\0\0", 5));
   flp_doc_bool(writer, "isRemoteSchema", remote);
}

/* `with_none`: collections without schema too, as if theirs were local and empty (OP-1). */
static void write_schemas(writing_t *writing, bool with_none)
{
   flp_doc_open(&writing->writer, "csfleEncryptionSchemas", false);
   for (size_t i = 0; i < writing->schemas->n; i++) {
      const flp_schema_t *schema = &writing->schemas->items[i];
      if (schema->kind == FLP_SCHEMA_JSON || (with_none && schema->kind == FLP_SCHEMA_NONE)) {
         flp_doc_open(&writing->writer, (const char *)schema->ns.data, false);
         write_schema(&writing->writer, flp_view_of(&schema->document), schema->kind == FLP_SCHEMA_JSON && schema->remote);
         flp_doc_close(&writing->writer);
      }
   }
   flp_doc_close(&writing->writer);
}

static bool stop(flp_view_t name, void *user)
{
   (void)name;
   (void)user;
   return false;
}

/* Does a create bring names of keys in its encryptedFields? Then these go to the end, with ids. Where a schema rules the collection
 * nobody has asked for them, so they are not known. */
static bool names_in_create(writing_t *writing, flp_bson_element_t *own, bool *found)
{
   *found = flp_command_is(writing->command, FLP_COMMAND_MAKES_COLLECTION) && flp_bson_find(writing->document, "encryptedFields", own) &&
            own->type == FLP_BSON_DOCUMENT && !flp_encrypted_fields_names(own->value, stop, NULL);
   return !*found || flp_encrypted_fields_known(own->value, writing->names, writing->status);
}

/* Schemas beside encrypted fields. */
static bool write_mixed(writing_t *writing)
{
   const flp_schema_t *json = first_of_kind(writing->schemas, FLP_SCHEMA_JSON);
   if (!json) {
      return true;
   }
   if (writing->wire_version < FLP_WIRE_VERSION_MIXED) {
      return flp_error(writing->status, FLP_E187,
                       FLP_FACTS(flp_fact_int("have", writing->wire_version), flp_fact_int("need", FLP_WIRE_VERSION_MIXED),
                                 flp_fact_view("ns", flp_view_of(&json->ns))));
   }
   write_schemas(writing, false);
   return true;
}

static bool analyse_with_fields(writing_t *writing)
{
   static const char *const dropped[] = {"$db", NULL};
   static const char *const dropped_by_create[] = {"$db", "encryptedFields", NULL};
   flp_bson_element_t own;
   bool named = false;
   if (!names_in_create(writing, &own, &named)) {
      return false;
   }
   copy_fields(&writing->writer, writing->document, named ? dropped_by_create : dropped);
   if (!write_information(writing) || !write_mixed(writing)) {
      return false;
   }
   if (named) {
      flp_encrypted_fields_write(&writing->writer, "encryptedFields", own.value, writing->names);
   }
   return true;
}

static bool analyse_with_schemas(writing_t *writing)
{
   flp_bson_element_t own;
   bool named = false;
   if (!names_in_create(writing, &own, &named)) {
      return false;
   }
   static const char *const dropped[] = {"$db", NULL};
   copy_fields(&writing->writer, writing->document, dropped);
   if (writing->schemas->n == 1) {
      write_schema(&writing->writer, flp_view_of(&writing->schemas->items[0].document), writing->schemas->items[0].remote);
   } else {
      write_schemas(writing, true);
   }
   return true;
}

static bool analyse(writing_t *writing)
{
   bool fields = flp_schemas_have_fields(writing->schemas);
   bool json = first_of_kind(writing->schemas, FLP_SCHEMA_JSON) != NULL;
   if (flp_command_is(writing->command, FLP_COMMAND_NS_INFO) && !json) {
      return analyse_bulk_write(writing);
   }
   return fields ? analyse_with_fields(writing) : analyse_with_schemas(writing);
}

bool flp_analysis_command(const flp_schemas_t *schemas, const flp_command_t *command, flp_view_t document, int32_t wire_version,
                          const flp_key_names_t *names, flp_buf_t *out, flp_status_t *status)
{
   writing_t writing = {
      .schemas = schemas, .command = command, .document = document, .wire_version = wire_version, .names = names, .status = status};
   bool ok = false;
   begin(&writing);
   if (!analyse(&writing)) {
      goto done;
   }
   ok = flp_bson_finish(&writing.writer, out, "command for query analysis", status);
done:
   flp_doc_cleanup(&writing.writer);
   return ok;
}

/* --- for the server --- */

static bool informs(const writing_t *writing, bool has_payload)
{
   bool supports = false;
   for (size_t i = 0; i < writing->schemas->n; i++) {
      supports |= writing->schemas->items[i].fields.range || writing->schemas->items[i].fields.text;
   }
   switch (writing->command->rule->informs) {
   case FLP_INFORMS_ALWAYS:
      return true;
   case FLP_INFORMS_OF_PAYLOADS:
      return has_payload;
   case FLP_INFORMS_OF_RANGE_OR_TEXT:
      return supports;
   case FLP_INFORMS_NEVER:
      break;
   }
   return false;
}

static bool serve_bulk_write(writing_t *writing)
{
   static const char *const dropped[] = {"nsInfo", NULL};
   flp_bson_element_t only;
   if (!only_ns(writing, &only)) {
      return false;
   }
   copy_fields(&writing->writer, writing->document, dropped);
   return write_ns_info(writing, &only);
}

/* `explain` stays the name of the command, wherever query analysis has put it. */
static bool serve_explain(writing_t *writing)
{
   static const char *const dropped[] = {"explain", NULL};
   static const char *const given[] = {INFORMATION, NULL};
   flp_bson_element_t inner;
   if (!flp_bson_find(writing->document, "explain", &inner) || inner.type != FLP_BSON_DOCUMENT) {
      return refuse_command(writing, FLP_EXPLAIN_LOST, "explain", "absent");
   }
   flp_doc_open(&writing->writer, "explain", false);
   copy_fields(&writing->writer, inner.value, given);
   if (!write_information(writing)) {
      return false;
   }
   flp_doc_close(&writing->writer);
   copy_fields(&writing->writer, writing->document, dropped);
   return true;
}

static bool refuse_field(writing_t *writing, const char *field, const char *want, const flp_bson_element_t *got)
{
   return flp_error(writing->status, FLP_FIELDS_FIELD,
                    FLP_FACTS(flp_fact_text("what", "command"), flp_fact_text("field", field), flp_fact_text("want", want),
                              flp_fact_text("got", flp_bson_type_name(got->type))));
}

/* The strEncodeVersion that a create brings must be that of the collection. `missing`: it brings none, but needs one. */
static bool check_own_version(writing_t *writing, const flp_bson_element_t *own, bool *missing)
{
   flp_bson_element_t version;
   bool versioned = writing->schemas->items[0].fields.versioned;
   if (own->type != FLP_BSON_DOCUMENT) {
      return refuse_field(writing, "encryptedFields", "object", own);
   }
   if (!flp_bson_find(own->value, "strEncodeVersion", &version)) {
      *missing = versioned;
      return true;
   }
   if (version.type != FLP_BSON_INT32) {
      return refuse_field(writing, "encryptedFields.strEncodeVersion", "int", &version);
   }
   int32_t value = (int32_t)flp_read_u32_le(version.value.data);
   if (value != (versioned ? FLP_ENCODE_VERSION : 0)) {
      return flp_error(writing->status, FLP_ENCODE_VERSION_DIFFERS,
                       FLP_FACTS(flp_fact_int("value", value), flp_fact_int("max", FLP_ENCODE_VERSION)));
   }
   return true;
}

static bool serve_create(writing_t *writing)
{
   static const char *const dropped[] = {INFORMATION, NULL};
   static const char *const dropped_with_fields[] = {INFORMATION, "encryptedFields", NULL};
   static const char *const none[] = {NULL};
   flp_bson_element_t own;
   bool missing = false;
   if (flp_bson_find(writing->document, "encryptedFields", &own) && !check_own_version(writing, &own, &missing)) {
      return false;
   }
   copy_fields(&writing->writer, writing->document, missing ? dropped_with_fields : dropped);
   if (missing) {
      flp_doc_open(&writing->writer, "encryptedFields", false);
      copy_fields(&writing->writer, own.value, none);
      flp_doc_int32(&writing->writer, "strEncodeVersion", FLP_ENCODE_VERSION);
      flp_doc_close(&writing->writer);
   }
   return true;
}

static bool serve_other(writing_t *writing, bool has_payload)
{
   static const char *const dropped[] = {INFORMATION, NULL};
   const bool told = informs(writing, has_payload);
   if (told && writing->document.len <= EMPTY_DOCUMENT_LEN) { /* query analysis may answer so */
      return flp_error(writing->status, FLP_E149, FLP_FACTS(flp_fact_text("reason", "empty")));
   }
   copy_fields(&writing->writer, writing->document, dropped);
   return told ? write_information(writing) : true;
}

static bool serve(writing_t *writing, bool has_payload)
{
   if (flp_command_is(writing->command, FLP_COMMAND_NS_INFO)) {
      return serve_bulk_write(writing);
   }
   if (flp_command_is(writing->command, FLP_COMMAND_EXPLAIN)) {
      return serve_explain(writing);
   }
   return flp_command_is(writing->command, FLP_COMMAND_MAKES_COLLECTION) ? serve_create(writing) : serve_other(writing, has_payload);
}

bool flp_server_command(const flp_schemas_t *schemas, const flp_command_t *command, flp_view_t document, bool has_payload,
                        const flp_key_names_t *names, flp_buf_t *out, flp_status_t *status)
{
   writing_t writing = {.schemas = schemas, .command = command, .document = document, .names = names, .status = status};
   bool ok = false;
   begin(&writing);
   if (!serve(&writing, has_payload)) {
      goto done;
   }
   ok = flp_bson_finish(&writing.writer, out, "command for the server", status);
done:
   flp_doc_cleanup(&writing.writer);
   return ok;
}
