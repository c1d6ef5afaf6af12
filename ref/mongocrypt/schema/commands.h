/* Which commands automatic encryption knows, what is special about each, and which collection a command is about. API sheet 3.4. */
#ifndef FLP_SCHEMA_COMMANDS_H
#define FLP_SCHEMA_COMMANDS_H

#include "ref/mongocrypt/errors.h"

/* What is special about a command, as bits. */
enum {
   FLP_COMMAND_BYPASSED = 1,            /* never encrypted: its bytes are the result */
   FLP_COMMAND_NEW_FOR_ANALYSIS = 2,    /* an old mongocryptd does not know it: its wire version comes first (create, createIndexes) */
   FLP_COMMAND_HOLDS_SCHEMA = 4,        /* may bring a schema itself (create, collMod) */
   FLP_COMMAND_MAKES_COLLECTION = 8,    /* there is no collection to ask for (create) */
   FLP_COMMAND_PIPELINE = 16,           /* may name other collections (aggregate) */
   FLP_COMMAND_EXPLAIN = 32,            /* the command proper is inside */
   FLP_COMMAND_NS_INFO = 64,            /* names its collection, and so its database, in nsInfo (bulkWrite) */
   FLP_COMMAND_TOKENS = 128,            /* gets tokens instead of analysis where the collection has encrypted fields (compact, cleanup) */
   FLP_COMMAND_ANY_CASE = 256,          /* known however its letters are cased (isMaster) */
};

/* When the result carries encryptionInformation, if a collection has encrypted fields. */
typedef enum {
   FLP_INFORMS_ALWAYS,
   FLP_INFORMS_NEVER,
   FLP_INFORMS_OF_PAYLOADS,      /* only if the command holds one */
   FLP_INFORMS_OF_RANGE_OR_TEXT, /* only if a field supports such queries */
} flp_informs_t;

typedef struct {
   const char *name;
   unsigned traits;
   flp_informs_t informs;
   const char *tokens; /* of FLP_COMMAND_TOKENS: the field that takes them; else NULL */
} flp_command_rule_t;

/* Views point into the command and into `db`; empty for a bypassed command. */
typedef struct {
   const flp_command_rule_t *rule;
   flp_view_t db; /* of the collection; another than the command's only with FLP_COMMAND_NS_INFO */
   flp_view_t coll;
} flp_command_t;

static inline bool flp_command_is(const flp_command_t *command, unsigned traits)
{
   return (command->rule->traits & traits) != 0;
}

/* `document` is valid BSON with at least one field. Errors E150 to E158. */
bool flp_command_read(flp_command_t *command, flp_view_t db, flp_view_t document, flp_status_t *status);

#endif
