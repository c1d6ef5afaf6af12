/* The list of collections, where the schema of each comes from (one function a source, in a table), and the talk about listCollections. */
#include "ref/mongocrypt/schema/schemas.h"

#include "ref/mongocrypt/bson_check.h"
#include "ref/mongocrypt/schema/collinfo.h"
#include "ref/mongocrypt/schema/pipeline.h"

#include <stdlib.h>
#include <string.h>

flp_view_t flp_schema_db(const flp_schema_t *schema)
{
   return flp_view(schema->ns.data, schema->db_len);
}

flp_view_t flp_schema_coll(const flp_schema_t *schema)
{
   return flp_view(schema->ns.data + schema->db_len + 1, schema->ns.len - schema->db_len - 1);
}

static bool has(const flp_schemas_t *schemas, flp_view_t db, flp_view_t coll)
{
   for (size_t i = 0; i < schemas->n; i++) {
      if (flp_view_equal(flp_schema_coll(&schemas->items[i]), coll) && flp_view_equal(flp_schema_db(&schemas->items[i]), db)) {
         return true;
      }
   }
   return false;
}

static bool grow(flp_schemas_t *schemas, flp_status_t *status)
{
   if (schemas->n < schemas->cap) {
      return true;
   }
   if (schemas->n >= FLP_MAX_COLLECTIONS) {
      return flp_error(status, FLP_LIMIT_EXCEEDED,
                       FLP_FACTS(flp_fact_text("limit", "collections"), flp_fact_int("value", (int64_t)schemas->n + 1),
                                 flp_fact_int("max", FLP_MAX_COLLECTIONS)));
   }
   size_t cap = schemas->cap == 0 ? 1 : schemas->cap * 2;
   cap = cap > FLP_MAX_COLLECTIONS ? FLP_MAX_COLLECTIONS : cap;
   flp_schema_t *items = realloc(schemas->items, cap * sizeof *items);
   if (!items) {
      return flp_error_memory(status, "collections", cap * sizeof *items);
   }
   schemas->items = items;
   schemas->cap = cap;
   return true;
}

bool flp_schemas_add(flp_schemas_t *schemas, flp_view_t db, flp_view_t coll, flp_status_t *status)
{
   if (has(schemas, db, coll)) {
      return true;
   }
   if (!grow(schemas, status)) {
      return false;
   }
   flp_schema_t added = {.db_len = db.len, .kind = FLP_SCHEMA_WANTED, .remote = true};
   size_t len = db.len + 1 + coll.len;
   bool ok = flp_buf_reserve(&added.ns, len + 1) && flp_buf_append(&added.ns, db) && flp_buf_append_byte(&added.ns, '.') &&
             flp_buf_append(&added.ns, coll) && flp_buf_append_byte(&added.ns, 0);
   if (!ok) {
      flp_buf_cleanup(&added.ns);
      return flp_error_memory(status, "collections", len + 1);
   }
   added.ns.len = len;
   schemas->items[schemas->n] = added;
   schemas->n++;
   return true;
}

typedef struct {
   flp_schemas_t *schemas;
   flp_view_t db;
} gathering_t;

static bool gather(flp_view_t coll, void *user, flp_status_t *status)
{
   const gathering_t *gathering = user;
   return flp_schemas_add(gathering->schemas, gathering->db, coll, status);
}

bool flp_schemas_of_command(flp_schemas_t *schemas, const flp_command_t *command, flp_view_t document, flp_status_t *status)
{
   gathering_t gathering = {.schemas = schemas, .db = command->db};
   flp_bson_element_t pipeline;
   if (!flp_schemas_add(schemas, command->db, command->coll, status)) {
      return false;
   }
   if (!flp_command_is(command, FLP_COMMAND_PIPELINE) || !flp_bson_find(document, "pipeline", &pipeline)) {
      return true;
   }
   return flp_pipeline_read(&pipeline, gather, &gathering, status);
}

/* What a source works with. It leaves the kind of `schema` as it is where it knows nothing. */
typedef struct {
   const flp_schema_sources_t *sources;
   const flp_command_t *command;
   flp_view_t document;
   flp_schema_t *schema;
   flp_status_t *status;
} looking_t;

static const char *ns_text(const flp_schema_t *schema)
{
   return (const char *)schema->ns.data;
}

static bool refuse(looking_t *looking, flp_error_t row, const char *option)
{
   return flp_error(looking->status, row,
                    FLP_FACTS(flp_fact_text("option", option), flp_fact_view("ns", flp_view_of(&looking->schema->ns))));
}

static bool settle(flp_schema_t *schema, flp_schema_kind_t kind, bool remote, flp_view_t document, flp_status_t *status)
{
   if (!flp_buf_copy(&schema->document, document)) {
      return flp_error_memory(status, "schema", document.len);
   }
   schema->kind = kind;
   schema->remote = remote;
   return true;
}

static bool settle_fields(looking_t *looking, const flp_bson_element_t *element, const char *option)
{
   if (element->type != FLP_BSON_DOCUMENT) {
      return refuse(looking, FLP_E167, option);
   }
   return flp_encrypted_fields_check(element->value, &looking->schema->fields, looking->status) &&
          settle(looking->schema, FLP_SCHEMA_FIELDS, false, element->value, looking->status);
}

static bool settle_json(looking_t *looking, const flp_bson_element_t *element, const char *option, bool remote)
{
   if (element->type != FLP_BSON_DOCUMENT) {
      return refuse(looking, FLP_E166, option);
   }
   return settle(looking->schema, FLP_SCHEMA_JSON, remote, element->value, looking->status);
}

static bool from_efc_map(looking_t *looking)
{
   flp_bson_element_t element;
   flp_view_t map = looking->sources->efc_map;
   bool found = map.len > 0 && flp_bson_find(map, ns_text(looking->schema), &element);
   return found ? settle_fields(looking, &element, "encrypted_field_config_map") : true;
}

/* create and collMod bring what the collection will have. */
static bool from_command(looking_t *looking)
{
   flp_bson_element_t element;
   if (!flp_command_is(looking->command, FLP_COMMAND_HOLDS_SCHEMA)) {
      return true;
   }
   bool validator = flp_bson_find(looking->document, "validator", &element) && element.type == FLP_BSON_DOCUMENT;
   if (validator && flp_bson_find(element.value, "$jsonSchema", &element)) {
      return settle_json(looking, &element, "validator.$jsonSchema", true);
   }
   return flp_bson_find(looking->document, "encryptedFields", &element) ? settle_fields(looking, &element, "encryptedFields") : true;
}

static bool from_schema_map(looking_t *looking)
{
   flp_bson_element_t element;
   flp_view_t map = looking->sources->schema_map;
   bool found = map.len > 0 && flp_bson_find(map, ns_text(looking->schema), &element);
   return found ? settle_json(looking, &element, "schema_map", false) : true;
}

/* What a collection info says. An empty one: there is no such collection. */
static bool settle_collinfo(flp_schema_t *schema, flp_view_t collinfo, flp_status_t *status)
{
   flp_collinfo_t info = {0};
   flp_view_t none = {0};
   if (collinfo.len > 0 && !flp_collinfo_read(&info, collinfo, flp_view_of(&schema->ns), status)) {
      return false;
   }
   if (info.encrypted_fields.data) {
      schema->fields = info.fields;
      return settle(schema, FLP_SCHEMA_FIELDS, true, info.encrypted_fields, status);
   }
   return settle(schema, info.json_schema.data ? FLP_SCHEMA_JSON : FLP_SCHEMA_NONE, true, info.json_schema.data ? info.json_schema : none,
                 status);
}

static bool from_cache(looking_t *looking)
{
   bool ok = false;
   bool found = false;
   flp_buf_t collinfo = {0};
   if (!flp_collinfo_cache_ask(looking->sources->cache, flp_view_of(&looking->schema->ns), &found, &collinfo, looking->status)) {
      goto done;
   }
   ok = found ? settle_collinfo(looking->schema, flp_view_of(&collinfo), looking->status) : true;
done:
   flp_buf_cleanup(&collinfo);
   return ok;
}

/* A collection that is about to be made has no schema, and nobody is asked; nor is that remembered (CA-6). */
static bool from_nothing(looking_t *looking)
{
   flp_view_t none = {0};
   bool made = flp_command_is(looking->command, FLP_COMMAND_MAKES_COLLECTION);
   return made ? settle(looking->schema, FLP_SCHEMA_NONE, true, none, looking->status) : true;
}

/* In this order, each for all collections before the next is looked at: the first that knows counts. */
static bool (*const source_order[])(looking_t *looking) = {from_efc_map, from_command, from_schema_map, from_cache, from_nothing};

bool flp_schemas_look_up(flp_schemas_t *schemas, const flp_command_t *command, flp_view_t document, const flp_schema_sources_t *sources,
                         flp_status_t *status)
{
   looking_t looking = {.sources = sources, .command = command, .document = document, .status = status};
   for (size_t s = 0; s < sizeof source_order / sizeof source_order[0]; s++) {
      for (size_t i = 0; i < schemas->n; i++) {
         looking.schema = &schemas->items[i];
         if (looking.schema->kind == FLP_SCHEMA_WANTED && !source_order[s](&looking)) {
            return false;
         }
      }
   }
   return true;
}

static size_t count(const flp_schemas_t *schemas, flp_schema_kind_t kind)
{
   size_t n = 0;
   for (size_t i = 0; i < schemas->n; i++) {
      n += schemas->items[i].kind == kind;
   }
   return n;
}

bool flp_schemas_wanted(const flp_schemas_t *schemas)
{
   return count(schemas, FLP_SCHEMA_WANTED) > 0;
}

bool flp_schemas_have_fields(const flp_schemas_t *schemas)
{
   return count(schemas, FLP_SCHEMA_FIELDS) > 0;
}

static void write_wanted(const flp_schemas_t *schemas, flp_doc_writer_t *writer, bool several)
{
   char key[24];
   size_t n = 0;
   for (size_t i = 0; i < schemas->n; i++) {
      if (schemas->items[i].kind == FLP_SCHEMA_WANTED) {
         flp_doc_text(writer, several ? flp_doc_index(n, key) : "name", flp_schema_coll(&schemas->items[i]));
         n++;
      }
   }
}

bool flp_schemas_filter(const flp_schemas_t *schemas, flp_buf_t *out, flp_status_t *status)
{
   flp_doc_writer_t writer = {0};
   size_t wanted = count(schemas, FLP_SCHEMA_WANTED);
   if (wanted == 0) {
      return flp_error(status, FLP_COLLINFO_ALL_FED, FLP_FACTS(flp_fact_text("reason", "all_fed")));
   }
   flp_buf_cleanup(out);
   flp_doc_begin(&writer, 0);
   if (wanted > 1) {
      flp_doc_open(&writer, "name", false);
      flp_doc_open(&writer, "$in", true);
      write_wanted(schemas, &writer, true);
      flp_doc_close(&writer);
      flp_doc_close(&writer);
   } else {
      write_wanted(schemas, &writer, false);
   }
   return flp_bson_finish(&writer, out, "listCollections filter", status);
}

static flp_schema_t *find_coll(const flp_schemas_t *schemas, flp_view_t coll)
{
   for (size_t i = 0; i < schemas->n; i++) {
      if (flp_view_equal(flp_schema_coll(&schemas->items[i]), coll)) {
         return &schemas->items[i];
      }
   }
   return NULL;
}

/* The namespace that nobody asked for, for the error: all collections of a command are in one database. */
static bool refuse_foreign(const flp_schemas_t *schemas, flp_view_t coll, flp_status_t *status)
{
   flp_schemas_t foreign = {0};
   flp_view_t db = schemas->n > 0 ? flp_schema_db(&schemas->items[0]) : flp_view(NULL, 0);
   if (flp_schemas_add(&foreign, db, coll, status)) {
      flp_error(status, FLP_E179,
                FLP_FACTS(flp_fact_view("ns", flp_view_of(&foreign.items[0].ns)), flp_fact_text("reason", "not_requested")));
   }
   flp_schemas_cleanup(&foreign);
   return false;
}

bool flp_schemas_feed(flp_schemas_t *schemas, flp_view_t document, flp_collinfo_cache_t *cache, flp_status_t *status)
{
   flp_view_t name = {0};
   if (!flp_collinfo_name(document, &name, status)) {
      return false;
   }
   flp_schema_t *schema = find_coll(schemas, name);
   if (!schema) {
      return refuse_foreign(schemas, name, status);
   }
   flp_view_t ns = flp_view_of(&schema->ns);
   if (schema->kind != FLP_SCHEMA_WANTED) {
      return flp_error(status, FLP_E180, FLP_FACTS(flp_fact_view("ns", ns), flp_fact_text("reason", "duplicate")));
   }
   schema->fed = true;
   return flp_collinfo_cache_add(cache, ns, document, status) && settle_collinfo(schema, document, status);
}

bool flp_schemas_end(flp_schemas_t *schemas, flp_collinfo_cache_t *cache, flp_status_t *status)
{
   flp_view_t none = {0};
   for (size_t i = 0; i < schemas->n; i++) {
      flp_schema_t *schema = &schemas->items[i];
      bool wanted = schema->kind == FLP_SCHEMA_WANTED;
      if (wanted && (!flp_collinfo_cache_add(cache, flp_view_of(&schema->ns), none, status) || !settle_collinfo(schema, none, status))) {
         return false;
      }
   }
   return true;
}

void flp_schemas_cleanup(flp_schemas_t *schemas)
{
   for (size_t i = 0; i < schemas->n; i++) {
      flp_buf_cleanup(&schemas->items[i].ns);
      flp_buf_cleanup(&schemas->items[i].document);
   }
   free(schemas->items);
   *schemas = (flp_schemas_t){0};
}
