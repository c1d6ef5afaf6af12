/* The encryptedFields of a collection: which paths Queryable Encryption encrypts, with which keys and for which queries. Read and
 * validated, and written anew for query analysis and for the server (encryptionInformation). Rules MAP-6, OP-3. */
#ifndef FLP_SCHEMA_ENCRYPTED_FIELDS_H
#define FLP_SCHEMA_ENCRYPTED_FIELDS_H

#include "ref/base/doc_writer.h"
#include "ref/mongocrypt/errors.h"

/* What is known of a whole encryptedFields document after its check. */
typedef struct {
   bool range;    /* a field supports range queries */
   bool text;     /* a field supports prefix, suffix or substring queries */
   size_t n_names; /* fields that give their key by keyAltName */
} flp_encrypted_fields_t;

/* `document` is valid BSON. Errors E168 to E172. */
bool flp_encrypted_fields_check(flp_view_t document, flp_encrypted_fields_t *found, flp_status_t *status);

/* Goes through the alternate names of keys: false of `each` ends it and is returned. */
bool flp_encrypted_fields_names(flp_view_t document, bool (*each)(flp_view_t name, void *user), void *user);

/* The id of the key that has this alternate name, 16 bytes; NULL: not known, which is the caller's fault. */
typedef const uint8_t *(*flp_key_of_name_t)(flp_view_t name, void *user);

/* Writes the document as `key` with the defaults filled in: state collections, `fields`, strEncodeVersion; keyAltName becomes keyId. An
 * empty `document` stands for a collection without encrypted fields. */
void flp_encrypted_fields_write(flp_doc_writer_t *writer, const char *key, flp_view_t document, flp_view_t coll,
                                flp_key_of_name_t key_of_name, void *user);

#endif
