/* What the target `states` gives to calls: a table of documents and bytes, with key ids and ciphertexts of the key of all targets. */
#ifndef FLP_FUZZ_STATES_MATERIAL_H
#define FLP_FUZZ_STATES_MATERIAL_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
   const char *name; /* fuzz/seeds.py and fuzz/dictionaries.py read this table */
   const char *json; /* with single quotes; NULL: made at the start */
   uint8_t *bytes;
   size_t len;
} flp_material_t;

enum { FLP_FUZZ_MATERIALS = 30, FLP_FUZZ_ALGORITHMS = 6 };
extern flp_material_t flp_fuzz_materials[FLP_FUZZ_MATERIALS];
extern const char *const flp_fuzz_algorithms[FLP_FUZZ_ALGORITHMS];

/* A schema with one encrypted field, and half a local key. */
#define FLP_FUZZ_SCHEMA "{'bsonType':'object','properties':{'a':{'encrypt':{'bsonType':'string'}}}}"
#define FLP_FUZZ_ZEROS "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

void flp_fuzz_make_materials(void);
const flp_material_t *flp_fuzz_material(const char *name);
void flp_fuzz_keep_json(flp_material_t *to); /* its bytes from its text */

#endif
