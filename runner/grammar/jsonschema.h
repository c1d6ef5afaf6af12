/* The JSON Schema (draft 2020-12) of scenario files, made of the field table and the table of the ABI.
 * It speaks of a file read as JSON, a tagged value being an object with the tag as its one key: `!hex 00` is {"!hex": "00"}. Defects of
 * layer `shape` are refused by it, the others only by the loader. */
#ifndef FLP_GRAMMAR_JSONSCHEMA_H
#define FLP_GRAMMAR_JSONSCHEMA_H

#include <jansson.h>

/* Owned by the caller (json_decref). */
json_t *flp_json_schema(void);

#endif
