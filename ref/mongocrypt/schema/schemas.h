/* The collections of one command, in the order in which the command names them, and what is known of the schema of each: from the maps of
 * the handle, from the command itself, from the cache, or from listCollections. Rules MAP-1 to MAP-6, AGG-3 to AGG-7, CA-6, CA-7.
 * Belongs to one context: not locked. */
#ifndef FLP_SCHEMA_SCHEMAS_H
#define FLP_SCHEMA_SCHEMAS_H

#include "ref/mongocrypt/schema/collinfo_cache.h"
#include "ref/mongocrypt/schema/commands.h"
#include "ref/mongocrypt/schema/encrypted_fields.h"

typedef enum {
   FLP_SCHEMA_WANTED, /* to be asked for */
   FLP_SCHEMA_NONE,   /* no such collection, or one without schema */
   FLP_SCHEMA_JSON,
   FLP_SCHEMA_FIELDS,
} flp_schema_kind_t;

typedef struct {
   flp_buf_t ns; /* `db.coll` with a NUL behind it that its length does not count */
   size_t db_len;
   flp_schema_kind_t kind;
   bool remote;               /* what isRemoteSchema says of a JSON Schema; true for none (OP-1) */
   bool fed;                  /* listCollections told it in this context */
   flp_buf_t document;        /* the JSON Schema or encryptedFields; else empty */
   flp_encrypted_fields_t fields;
} flp_schema_t;

/* Zeroed memory is an empty valid list. */
typedef struct {
   flp_schema_t *items;
   size_t n;
   size_t cap;
} flp_schemas_t;

/* Where schemas come from. Empty maps: not set. */
typedef struct {
   flp_view_t schema_map;
   flp_view_t efc_map;
   flp_collinfo_cache_t *cache;
} flp_schema_sources_t;

/* Adds a collection, once (AGG-3). */
bool flp_schemas_add(flp_schemas_t *schemas, flp_view_t db, flp_view_t coll, flp_status_t *status);

/* All collections of a command: its own, then those of its pipeline. Errors E161 to E165, and a limit. */
bool flp_schemas_of_command(flp_schemas_t *schemas, const flp_command_t *command, flp_view_t document, flp_status_t *status);

/* Fills in what is known without asking, in the order of API sheet 3.4. Errors E166 to E172, E181 from the cache. */
bool flp_schemas_look_up(flp_schemas_t *schemas, const flp_command_t *command, flp_view_t document, const flp_schema_sources_t *sources,
                         flp_status_t *status);

bool flp_schemas_wanted(const flp_schemas_t *schemas);     /* is any still to be asked for? */
bool flp_schemas_have_fields(const flp_schemas_t *schemas); /* has any encrypted fields? */

/* The filter for listCollections: what is still wanted; made anew at each call (AGG-6, OWN-10). `out` is emptied first. An error when all
 * were fed. */
bool flp_schemas_filter(const flp_schemas_t *schemas, flp_buf_t *out, flp_status_t *status);

/* One result. It is in the cache before it is judged, so a view stays refused. Errors E177 to E183, E168 to E172. */
bool flp_schemas_feed(flp_schemas_t *schemas, flp_view_t document, flp_collinfo_cache_t *cache, flp_status_t *status);

/* No more results: what did not come does not exist, which is remembered too. */
bool flp_schemas_end(flp_schemas_t *schemas, flp_collinfo_cache_t *cache, flp_status_t *status);

flp_view_t flp_schema_db(const flp_schema_t *schema);
flp_view_t flp_schema_coll(const flp_schema_t *schema);

void flp_schemas_cleanup(flp_schemas_t *schemas);

#endif
