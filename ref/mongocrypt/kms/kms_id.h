/* KMS provider ids: `<type>` or `<type>:<name>`, matched exactly. */
#ifndef FLP_KMS_KMS_ID_H
#define FLP_KMS_KMS_ID_H

#include "ref/base/status.h"

typedef enum {
   FLP_KMS_NONE,
   FLP_KMS_AWS,
   FLP_KMS_AZURE,
   FLP_KMS_GCP,
   FLP_KMS_KMIP,
   FLP_KMS_LOCAL,
   FLP_KMS_TYPES,
} flp_kms_type_t;

typedef struct {
   flp_kms_type_t type;
   bool named;
} flp_kms_id_t;

/* `what` is "KMS providers" or "key encryption key": an unknown type is E033 in the first and E090 in the second. */
typedef enum { FLP_KMS_ID_OF_PROVIDERS, FLP_KMS_ID_OF_KEK } flp_kms_id_place_t;
bool flp_kms_id_parse(flp_kms_id_t *id, flp_view_t text, flp_kms_id_place_t place, flp_status_t *status);

const char *flp_kms_type_name(flp_kms_type_t type); /* "aws", ...; "none" */

#endif
