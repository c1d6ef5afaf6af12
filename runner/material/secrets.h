/* The keys of a case: what a subject must neither leave behind in memory nor send anywhere. Found in the plan by where they stand. */
#ifndef FLP_RUNNER_MATERIAL_SECRETS_H
#define FLP_RUNNER_MATERIAL_SECRETS_H

#include "runner/material/aead.h"

enum {
   FLP_SECRET_THIRD = 32, /* a key is looked for by its thirds: who leaks a part leaks it */
   FLP_SECRET_KEYS_MAX = 16,
};

typedef enum {
   FLP_SECRET_LOCAL_KEY,    /* of a handle, given by an option or by a step */
   FLP_SECRET_KEY_MATERIAL, /* given to a new data key */
   FLP_SECRET_DATA_KEY,     /* in a wrapped key document that opens under one of the local keys */
} flp_secret_kind_t;

typedef struct {
   flp_secret_kind_t kind;
   uint8_t key[FLP_AEAD_KEY];
} flp_secret_t;

typedef struct {
   flp_secret_t items[FLP_SECRET_KEYS_MAX]; /* each key once; what is beyond is left out */
   size_t n;
} flp_secrets_t;

void flp_secrets_find(const bson_t *plan, flp_secrets_t *secrets);

/* 32 bytes of few values, as in a key of zeros, stand in memory and in messages by chance: no secret to be found. */
bool flp_secret_striking(const uint8_t third[FLP_SECRET_THIRD]);

/* Appends `secrets` for the host: the thirds of the keys, the first of them that a host takes. */
void flp_secrets_append(const bson_t *plan, bson_t *frame);

#endif
