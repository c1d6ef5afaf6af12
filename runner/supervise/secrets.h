/* What a subject must not leave behind: the secrets that a case gives it, for the host to look for in every block that is freed. */
#ifndef FLP_RUNNER_SUPERVISE_SECRETS_H
#define FLP_RUNNER_SUPERVISE_SECRETS_H

#include <bson/bson.h>

/* Appends `secrets`: each third of the local keys in the plan's handle, of given key material, and of the data keys in wrapped key documents
 * that open under one of those keys. What is no secret to be found, 32 bytes of few values, is left out. */
void flp_secrets_append(const bson_t *plan, bson_t *frame);

#endif
