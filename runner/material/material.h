/* Named material: keys, ids and key documents that a scenario names instead of spelling out. docs/architecture.md has the table.
 * Everything is a pure function of a name; all of it is public test material. */
#ifndef FLP_RUNNER_MATERIAL_H
#define FLP_RUNNER_MATERIAL_H

#include "runner/material/aead.h"

enum { FLP_MATERIAL_UUID = 16 };

/* The stream labelled `label`: SHA-256 of `fleproof/<label>/0`, `/1`, ... joined and cut. */
void flp_material_stream(const char *label, uint8_t *out, size_t len);

/* `!key NAME`: the stream `NAME`. */
void flp_material_key(const char *name, uint8_t out[FLP_AEAD_KEY]);
/* `!uuid NAME`: the stream `NAME/id` with the bits of a version 4 UUID. */
void flp_material_uuid(const char *name, uint8_t out[FLP_MATERIAL_UUID]);
/* The data key of NAME: the stream `NAME/dek`. */
void flp_material_data_key(const char *name, uint8_t out[FLP_AEAD_KEY]);

/* The name of the key that wraps when the handle of the case has no local key. */
#define FLP_MATERIAL_DEFAULT_KEK "local-1"

/* 2026-01-01T00:00:00Z: the dates of key documents, and the clock's start unless the case says other. */
#define FLP_MATERIAL_NOW_MS INT64_C(1767225600000)

typedef struct {
   const char *name;
   const uint8_t *kek;      /* FLP_AEAD_KEY bytes */
   const char *provider;    /* of masterKey; NULL: local */
   const bson_t *alt_names; /* an array, or NULL: no field keyAltNames */
   const bson_t *set;       /* fields put in place of those of the same name, else at the end; or NULL */
   const bson_t *unset;     /* an array of names to leave out, or NULL */
} flp_keydoc_t;

/* Appends the fields of the key document to `out`, in the order in which libraries create them. False only when OpenSSL fails. */
bool flp_material_keydoc(const flp_keydoc_t *spec, bson_t *out);

#endif
