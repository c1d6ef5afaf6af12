/* encryptedFields as they are written: names of keys become ids, and as encryptionInformation with the defaults filled in. Rule OP-3. */
#ifndef FLP_SCHEMA_ENCRYPTION_INFORMATION_H
#define FLP_SCHEMA_ENCRYPTION_INFORMATION_H

#include "ref/base/doc_writer.h"
#include "ref/mongocrypt/schema/schemas.h"

/* The id of the key that has this alternate name, 16 bytes; NULL: not known. */
typedef const uint8_t *(*flp_key_of_name_t)(flp_view_t name, void *user);

/* How the ids of keys are found that encrypted fields give by name. */
typedef struct {
   flp_key_of_name_t find;
   void *user;
} flp_key_names_t;

/* Are the names of keys in `document` (encryptedFields, checked or not) all known? Else KEY_NOT_FOUND. To be asked before writing. */
bool flp_encrypted_fields_known(flp_view_t document, const flp_key_names_t *names, flp_status_t *status);

/* Writes encryptedFields as `key`, with keyId, at the end of its field, for each keyAltName; nothing else is changed. */
void flp_encrypted_fields_write(flp_doc_writer_t *writer, const char *key, flp_view_t document, const flp_key_names_t *names);

/* Writes `encryptionInformation: {type: 1, schema: {...}}` of all collections with encrypted fields, and of those without any schema too, as
 * empty ones. */
void flp_encryption_information_write(flp_doc_writer_t *writer, const flp_schemas_t *schemas, const flp_key_names_t *names);

#endif
