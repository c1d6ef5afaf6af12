/* The command as query analysis gets it: the caller's, with its schemas appended. API sheet 3.6. */
#ifndef FLP_SCHEMA_ANALYSIS_H
#define FLP_SCHEMA_ANALYSIS_H

#include "ref/mongocrypt/schema/schemas.h"

/* Wire versions of mongocryptd from which on it can do more. */
#define FLP_WIRE_VERSION_CREATE 17     /* knows create and createIndexes */
#define FLP_WIRE_VERSION_MANY 26       /* takes several schemas */
#define FLP_WIRE_VERSION_MIXED 27      /* takes JSON Schemas beside encrypted fields */

/* How the ids of keys are found that encrypted fields give by name. */
typedef struct {
   flp_key_of_name_t find;
   void *user;
} flp_key_names_t;

/* `wire_version` counts only where there is more than one collection. Error E187. `out` must be empty. */
bool flp_analysis_command(const flp_schemas_t *schemas, const flp_command_t *command, flp_view_t document, int32_t wire_version,
                          const flp_key_names_t *names, flp_buf_t *out, flp_status_t *status);

/* Writes `encryptionInformation: {type: 1, schema: {...}}` of all collections with encrypted fields; with `none` those without any schema
 * too, as empty ones. */
void flp_encryption_information_write(const flp_schemas_t *schemas, bool none, const flp_key_names_t *names, flp_doc_writer_t *writer);

/* The command as the server gets it where a collection has encrypted fields: `document` is the analysed command or, if there was nothing
 * to encrypt, the original. Drops an encryptionInformation that is there already, puts ours where it belongs, completes `encryptedFields`
 * of create (E172). `has_payload`: the document holds an insert or find payload. */
bool flp_server_command(const flp_schemas_t *schemas, const flp_command_t *command, flp_view_t document, bool has_payload,
                        const flp_key_names_t *names, flp_buf_t *out, flp_status_t *status);

#endif
