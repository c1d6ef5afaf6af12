/* The encryptedFields of a collection: which paths Queryable Encryption encrypts, with which keys and for which queries. Read and
 * validated here, written elsewhere. Rule MAP-6. */
#ifndef FLP_SCHEMA_ENCRYPTED_FIELDS_H
#define FLP_SCHEMA_ENCRYPTED_FIELDS_H

#include "ref/mongocrypt/errors.h"

#define FLP_ENCODE_VERSION 1 /* the only strEncodeVersion there is */

/* What is known of a whole encryptedFields document after its check. */
typedef struct {
   bool range;     /* a field supports range queries */
   bool text;      /* a field supports prefix, suffix or substring queries */
   bool versioned; /* has an strEncodeVersion, given or by its text queries */
   size_t n_names; /* fields that give their key by keyAltName */
} flp_encrypted_fields_t;

/* `document` is valid BSON. Errors E168 to E172. */
bool flp_encrypted_fields_check(flp_view_t document, flp_encrypted_fields_t *found, flp_status_t *status);

/* Goes through the alternate names of keys: false of `each` ends it and is returned. */
bool flp_encrypted_fields_names(flp_view_t document, bool (*each)(flp_view_t name, void *user), void *user);

#endif
