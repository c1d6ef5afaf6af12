/* The table of commands, and the one collection that the first field (or nsInfo) names. */
#include "ref/mongocrypt/schema/commands.h"

#include "ref/base/bson_walk.h"

#include <string.h>

#define ANALYSED(name, traits, informs)                                                                                                    \
   {                                                                                                                                       \
      name, traits, informs, NULL                                                                                                          \
   }
#define BYPASSED(name)                                                                                                                     \
   {                                                                                                                                       \
      name, FLP_COMMAND_BYPASSED, FLP_INFORMS_NEVER, NULL                                                                                  \
   }

static const flp_command_rule_t rules[] = {
   ANALYSED("find", 0, FLP_INFORMS_OF_PAYLOADS),
   ANALYSED("insert", 0, FLP_INFORMS_OF_PAYLOADS),
   ANALYSED("update", 0, FLP_INFORMS_ALWAYS),
   ANALYSED("delete", 0, FLP_INFORMS_ALWAYS),
   ANALYSED("findAndModify", 0, FLP_INFORMS_ALWAYS),
   ANALYSED("aggregate", FLP_COMMAND_PIPELINE, FLP_INFORMS_OF_PAYLOADS),
   ANALYSED("count", 0, FLP_INFORMS_OF_PAYLOADS),
   ANALYSED("distinct", 0, FLP_INFORMS_OF_PAYLOADS),
   ANALYSED("bulkWrite", FLP_COMMAND_NS_INFO, FLP_INFORMS_ALWAYS),
   ANALYSED("explain", FLP_COMMAND_EXPLAIN, FLP_INFORMS_ALWAYS),
   ANALYSED("create", FLP_COMMAND_NEW_FOR_ANALYSIS | FLP_COMMAND_HOLDS_SCHEMA | FLP_COMMAND_MAKES_COLLECTION, FLP_INFORMS_NEVER),
   ANALYSED("createIndexes", FLP_COMMAND_NEW_FOR_ANALYSIS, FLP_INFORMS_NEVER),
   ANALYSED("collMod", FLP_COMMAND_HOLDS_SCHEMA, FLP_INFORMS_NEVER),
   {"compactStructuredEncryptionData", FLP_COMMAND_TOKENS, FLP_INFORMS_OF_RANGE_OR_TEXT, "compactionTokens"},
   {"cleanupStructuredEncryptionData", FLP_COMMAND_TOKENS, FLP_INFORMS_NEVER, "cleanupTokens"},
   {"isMaster", FLP_COMMAND_BYPASSED | FLP_COMMAND_ANY_CASE, FLP_INFORMS_NEVER, NULL},
   BYPASSED("getMore"),
   BYPASSED("hello"),
   BYPASSED("ping"),
   BYPASSED("authenticate"),
   BYPASSED("getnonce"),
   BYPASSED("logout"),
   BYPASSED("saslStart"),
   BYPASSED("saslContinue"),
   BYPASSED("startSession"),
   BYPASSED("endSessions"),
   BYPASSED("refreshSessions"),
   BYPASSED("killSessions"),
   BYPASSED("killAllSessions"),
   BYPASSED("killAllSessionsByPattern"),
   BYPASSED("abortTransaction"),
   BYPASSED("commitTransaction"),
   BYPASSED("killCursors"),
   BYPASSED("listCollections"),
   BYPASSED("listDatabases"),
   BYPASSED("listIndexes"),
   BYPASSED("drop"),
   BYPASSED("dropDatabase"),
   BYPASSED("dropIndexes"),
   BYPASSED("renameCollection"),
   BYPASSED("createSearchIndexes"),
   BYPASSED("listSearchIndexes"),
   BYPASSED("dropSearchIndex"),
   BYPASSED("updateSearchIndex"),
   BYPASSED("buildInfo"),
   BYPASSED("buildinfo"),
   BYPASSED("getCmdLineOpts"),
   BYPASSED("getLog"),
   BYPASSED("serverStatus"),
};

static const flp_command_rule_t *find_rule(flp_view_t name)
{
   for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
      bool any_case = (rules[i].traits & FLP_COMMAND_ANY_CASE) != 0;
      if (any_case ? flp_view_equal_text_nocase(name, rules[i].name) : flp_view_equal_text(name, rules[i].name)) {
         return &rules[i];
      }
   }
   return NULL;
}

/* `reason` is a word of ours for what is wrong, `field` the one that has it. */
static bool refuse(flp_error_t row, const flp_command_t *command, const char *field, const char *reason, flp_status_t *status)
{
   return flp_error(
      status, row,
      FLP_FACTS(flp_fact_text("command", command->rule->name), flp_fact_text("field", field), flp_fact_text("reason", reason)));
}

/* The first field of a document that is valid. False: it has none. */
static bool first_field(flp_view_t document, flp_bson_element_t *element)
{
   flp_bson_walk_t walk;
   return flp_bson_walk_init(&walk, document) && flp_bson_walk_next(&walk, element) && element->type != FLP_BSON_END;
}

static bool has_nul(flp_view_t text)
{
   return text.len > 0 && memchr(text.data, 0, text.len) != NULL;
}

/* The collection is the value of the field that names the command. */
static bool take_collection(flp_command_t *command, const flp_bson_element_t *element, flp_status_t *status)
{
   if (element->type != FLP_BSON_STRING) {
      return refuse(FLP_E151, command, command->rule->name, "no_collection", status);
   }
   command->coll = flp_bson_text_view(element->value);
   if (command->coll.len == 0) {
      return refuse(FLP_E152, command, command->rule->name, "empty", status);
   }
   return has_nul(command->coll) ? refuse(FLP_COLLECTION_NUL, command, command->rule->name, "zero_byte", status) : true;
}

static bool read_explain(flp_command_t *command, const flp_bson_element_t *outer, flp_status_t *status)
{
   flp_bson_element_t inner;
   if (outer->type != FLP_BSON_DOCUMENT) {
      return refuse(FLP_E153, command, "explain", "not_a_document", status);
   }
   if (!first_field(outer->value, &inner)) {
      return refuse(FLP_E154, command, "explain", "empty", status);
   }
   return take_collection(command, &inner, status);
}

/* Splits `db.coll` at the first dot: the rest, dots included, is the collection (CMD-4). */
static bool split_ns(flp_command_t *command, flp_view_t ns, flp_status_t *status)
{
   const uint8_t *dot = ns.len > 0 ? memchr(ns.data, '.', ns.len) : NULL;
   if (!dot) {
      return refuse(FLP_E157, command, "nsInfo.0.ns", "no_dot", status);
   }
   if (has_nul(ns)) {
      return refuse(FLP_COLLECTION_NUL, command, "nsInfo.0.ns", "zero_byte", status);
   }
   size_t db_len = (size_t)(dot - ns.data);
   command->db = flp_view(ns.data, db_len);
   command->coll = flp_view(dot + 1, ns.len - db_len - 1);
   return true;
}

/* A server takes an array only, but the official library a document too. */
static bool is_container(uint8_t type)
{
   return type == FLP_BSON_ARRAY || type == FLP_BSON_DOCUMENT;
}

static bool read_ns_info(flp_command_t *command, flp_view_t document, flp_status_t *status)
{
   flp_bson_element_t list, first, ns, second;
   bool found = flp_bson_find(document, "nsInfo", &list) && is_container(list.type) && flp_bson_find(list.value, "0", &first) &&
                first.type == FLP_BSON_DOCUMENT && flp_bson_find(first.value, "ns", &ns);
   if (!found) {
      return refuse(FLP_E155, command, "nsInfo.0.ns", "absent", status);
   }
   if (ns.type != FLP_BSON_STRING) {
      return refuse(FLP_E156, command, "nsInfo.0.ns", "not_a_string", status);
   }
   if (!split_ns(command, flp_bson_text_view(ns.value), status)) {
      return false;
   }
   return flp_bson_find(list.value, "1", &second) ? refuse(FLP_E158, command, "nsInfo.1", "several", status) : true;
}

/* Is the collection of the command not the value of its first field? */
static bool names_elsewhere(const flp_command_t *command)
{
   return command->rule && (flp_command_is(command, FLP_COMMAND_NS_INFO) || flp_command_is(command, FLP_COMMAND_EXPLAIN));
}

/* A zero byte in a name is told before the command is looked at: even one that is bypassed, or not known. */
bool flp_command_read(flp_command_t *command, flp_view_t db, flp_view_t document, flp_status_t *status)
{
   flp_bson_element_t element;
   if (!first_field(document, &element)) {
      return flp_error(status, FLP_E149, FLP_FACTS(flp_fact_text("reason", "empty")));
   }
   *command = (flp_command_t){.rule = find_rule(element.key), .db = db};
   if (!names_elsewhere(command) && element.type == FLP_BSON_STRING && has_nul(flp_bson_text_view(element.value))) {
      return flp_error(
         status, FLP_COLLECTION_NUL,
         FLP_FACTS(flp_fact_view("command", element.key), flp_fact_view("field", element.key), flp_fact_text("reason", "zero_byte")));
   }
   if (!command->rule) {
      return flp_error(status, FLP_E150, FLP_FACTS(flp_fact_view("command", element.key)));
   }
   if (flp_command_is(command, FLP_COMMAND_BYPASSED)) {
      return true;
   }
   if (flp_command_is(command, FLP_COMMAND_NS_INFO)) {
      return read_ns_info(command, document, status);
   }
   return flp_command_is(command, FLP_COMMAND_EXPLAIN) ? read_explain(command, &element, status)
                                                       : take_collection(command, &element, status);
}
