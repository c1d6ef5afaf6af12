/* The command as query analysis gets it, with its schemas, and as the server gets it where a collection has encrypted fields.
 * API sheet 3.6. */
#ifndef FLP_SCHEMA_ANALYSIS_H
#define FLP_SCHEMA_ANALYSIS_H

#include "ref/mongocrypt/schema/encryption_information.h"

/* Wire versions of mongocryptd from which on it can do more. */
#define FLP_WIRE_VERSION_CREATE 17     /* knows create and createIndexes */
#define FLP_WIRE_VERSION_MANY 26       /* takes several schemas */
#define FLP_WIRE_VERSION_MIXED 27      /* takes JSON Schemas beside encrypted fields */

/* `wire_version` counts only where there is more than one collection. `out` must be empty. Errors: E187, of nsInfo, KEY_NOT_FOUND for a
 * name that is not known. */
bool flp_analysis_command(const flp_schemas_t *schemas, const flp_command_t *command, flp_view_t document, int32_t wire_version,
                          const flp_key_names_t *names, flp_buf_t *out, flp_status_t *status);

/* `document` is the analysed command or, if there was nothing to encrypt, the original; valid BSON. Drops an encryptionInformation that is
 * there already, puts ours where it belongs, completes `encryptedFields` of create. `has_payload`: the document holds an insert or find
 * payload. `out` must be empty. Errors: E149, of nsInfo and explain, E172 of create, KEY_NOT_FOUND. */
bool flp_server_command(const flp_schemas_t *schemas, const flp_command_t *command, flp_view_t document, bool has_payload,
                        const flp_key_names_t *names, flp_buf_t *out, flp_status_t *status);

#endif
