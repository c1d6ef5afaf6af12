/* The KMS providers of a handle, or those given to one context: credentials by provider id. Parsed and validated here; nobody is called.
 * Rules KP-1 to KP-12. Not locked: a handle's are written before init and read-only after it. */
#ifndef FLP_KMS_PROVIDERS_H
#define FLP_KMS_PROVIDERS_H

#include "ref/mongocrypt/kms/fields.h"
#include "ref/mongocrypt/kms/kms_id.h"

#define FLP_LOCAL_KEY_LEN 96u

/* Positions in `fields` by type. FLP_PROVIDER_ACCESS_TOKEN is for azure and gcp given as `{accessToken}` alone. */
enum { FLP_AWS_ACCESS_KEY_ID, FLP_AWS_SECRET_ACCESS_KEY, FLP_AWS_SESSION_TOKEN };
enum { FLP_AZURE_TENANT_ID, FLP_AZURE_CLIENT_ID, FLP_AZURE_CLIENT_SECRET, FLP_AZURE_IDENTITY_ENDPOINT };
enum { FLP_GCP_EMAIL, FLP_GCP_PRIVATE_KEY, FLP_GCP_ENDPOINT };
enum { FLP_LOCAL_KEY };
enum { FLP_KMIP_ENDPOINT };

typedef struct {
   flp_kms_type_t type;
   bool named;
   bool configured; /* credentials were given */
   bool on_demand;  /* `{}` was given: credentials come later. Both can be true (KP-8). */
   bool token_only; /* the access token of `{accessToken}` is in `access_token` and `fields` is empty */
   flp_buf_t id;    /* `aws`, `aws:name` */
   flp_fields_t fields;
   flp_buf_t access_token;
} flp_kms_provider_t;

/* Zeroed memory is an empty valid list. */
typedef struct {
   flp_kms_provider_t *items;
   size_t n;
   size_t cap;
} flp_kms_providers_t;

/* Adds what the document says. On failure earlier fields of it may stay (KP-11). `document` need not be valid. */
bool flp_kms_providers_add(flp_kms_providers_t *providers, flp_view_t document, flp_status_t *status);
/* The superseded setters. A view with data NULL stands for a NULL, or a wrong length, of the caller. */
bool flp_kms_providers_add_aws(flp_kms_providers_t *providers, flp_view_t access_key_id, flp_view_t secret, flp_status_t *status);
bool flp_kms_providers_add_local(flp_kms_providers_t *providers, flp_view_t key, flp_status_t *status);

/* By exact id, bytewise; NULL if there is none. The pointer is valid until the next add. */
const flp_kms_provider_t *flp_kms_providers_find(const flp_kms_providers_t *providers, flp_view_t id);
/* The same with credentials, for a context: what this context was given counts before what its handle has, but only unnamed providers can
 * be given (CRED-5, CRED-6). NULL: not configured. */
typedef struct {
   const flp_kms_providers_t *given;
   const flp_kms_providers_t *own;
} flp_kms_choice_t;
const flp_kms_provider_t *flp_kms_providers_choose(const flp_kms_choice_t *choice, flp_view_t id);

/* The first that was given as `{}`, or NULL. */
const flp_kms_provider_t *flp_kms_providers_on_demand(const flp_kms_providers_t *providers);

/* 96 bytes; for a configured local provider only. Valid as long as the provider. */
flp_view_t flp_kms_provider_local_key(const flp_kms_provider_t *provider);

void flp_kms_providers_cleanup(flp_kms_providers_t *providers);

#endif
