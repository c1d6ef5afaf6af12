/* A key encryption key: the `key_encryption_key` option and the `masterKey` of a key document are one grammar. Says where a data key is
 * wrapped; holds no secret. */
#ifndef FLP_KMS_KEK_H
#define FLP_KMS_KEK_H

#include "ref/base/doc_writer.h"
#include "ref/mongocrypt/kms/fields.h"
#include "ref/mongocrypt/kms/kms_id.h"

/* Positions in `fields` by type, in the order in which they are checked. */
enum { FLP_KEK_AWS_KEY, FLP_KEK_AWS_REGION, FLP_KEK_AWS_ENDPOINT };
enum { FLP_KEK_AZURE_ENDPOINT, FLP_KEK_AZURE_KEY_NAME, FLP_KEK_AZURE_KEY_VERSION };
enum {
   FLP_KEK_GCP_ENDPOINT,
   FLP_KEK_GCP_PROJECT_ID,
   FLP_KEK_GCP_LOCATION,
   FLP_KEK_GCP_KEY_RING,
   FLP_KEK_GCP_KEY_NAME,
   FLP_KEK_GCP_KEY_VERSION
};
enum { FLP_KEK_KMIP_ENDPOINT, FLP_KEK_KMIP_KEY_ID };

/* Zeroed memory is a valid value: type FLP_KMS_NONE, not set. */
typedef struct {
   flp_kms_type_t type;
   flp_buf_t provider; /* the full id: `aws`, `local:name` */
   bool delegated;     /* kmip */
   flp_fields_t fields;
} flp_kek_t;

/* kek must be zeroed; `document` must be valid BSON. `what` names it in errors: "key encryption key" or "masterKey". */
bool flp_kek_parse(flp_kek_t *kek, flp_view_t document, const char *what, flp_status_t *status);

/* The superseded ways to say it. kek must be zeroed, and for the endpoint be of `aws` without one. */
bool flp_kek_set_local(flp_kek_t *kek, flp_status_t *status);
bool flp_kek_set_aws(flp_kek_t *kek, flp_view_t region, flp_view_t key, flp_status_t *status);
bool flp_kek_set_aws_endpoint(flp_kek_t *kek, flp_view_t endpoint, flp_status_t *status);

/* Writes the document as field `key` of the open document. Failure is in the writer. */
void flp_kek_write(const flp_kek_t *kek, flp_doc_writer_t *writer, const char *key);

void flp_kek_cleanup(flp_kek_t *kek);

#endif
