/* The table of states as data: states.def with its names turned into numbers and functions. ctx.c obeys it. */
#ifndef FLP_CTX_STATES_H
#define FLP_CTX_STATES_H

#include "ref/mongocrypt/ctx/kinds.h"

/* The states of the header, and crossroads between them that no caller sees. */
typedef enum {
   FLP_PLACE_ERROR = MONGOCRYPT_CTX_ERROR,
   FLP_PLACE_NEED_MONGO_COLLINFO = MONGOCRYPT_CTX_NEED_MONGO_COLLINFO,
   FLP_PLACE_NEED_MONGO_MARKINGS = MONGOCRYPT_CTX_NEED_MONGO_MARKINGS,
   FLP_PLACE_NEED_MONGO_KEYS = MONGOCRYPT_CTX_NEED_MONGO_KEYS,
   FLP_PLACE_NEED_KMS = MONGOCRYPT_CTX_NEED_KMS,
   FLP_PLACE_READY = MONGOCRYPT_CTX_READY,
   FLP_PLACE_DONE = MONGOCRYPT_CTX_DONE,
   FLP_PLACE_NEED_KMS_CREDENTIALS = MONGOCRYPT_CTX_NEED_KMS_CREDENTIALS,
   FLP_PLACE_NEED_MONGO_COLLINFO_WITH_DB = MONGOCRYPT_CTX_NEED_MONGO_COLLINFO_WITH_DB,
   FLP_STATES,
   FLP_PLACE_AT_SCHEMAS = FLP_STATES, /* are schemas needed? */
   FLP_PLACE_AT_COLLINFO,             /* must the server be asked for any? */
   FLP_PLACE_AT_NAMES,                /* which keys do encrypted fields name? */
   FLP_PLACE_AT_ANALYSIS,             /* is query analysis needed? */
   FLP_PLACE_AT_KEYS,                 /* which keys are missing? */
   FLP_PLACE_AT_END,                  /* all keys are there */
} flp_place_t;

typedef enum {
   FLP_ON_START,
   FLP_ON_PASS,
   FLP_ON_MONGO_OP,
   FLP_ON_MONGO_DB,
   FLP_ON_MONGO_FEED,
   FLP_ON_MONGO_DONE,
   FLP_ON_NEXT_KMS_CTX,
   FLP_ON_KMS_DONE,
   FLP_ON_PROVIDE_KMS_PROVIDERS,
   FLP_ON_FINALIZE,
} flp_event_t;

typedef struct {
   unsigned kinds; /* bits of flp_ctx_kind_t */
   flp_place_t place;
   flp_event_t event;
   bool (*guard)(const mongocrypt_ctx_t *ctx);                 /* NULL: always */
   bool (*action)(mongocrypt_ctx_t *ctx, flp_ctx_io_t *io);    /* NULL: nothing */
   flp_place_t next;
   const char *text; /* the row as states.def has it, for tests */
} flp_state_row_t;

extern const flp_state_row_t flp_state_rows[];
extern const size_t flp_n_state_rows;

/* The first row that fits, or NULL. */
const flp_state_row_t *flp_state_find(const mongocrypt_ctx_t *ctx, flp_place_t place, flp_event_t event);

/* "mongo_op", "finalize", ...; "init" for START. */
const char *flp_event_name(flp_event_t event);

/* The states in which contexts of this kind take the call, joined by commas; of any kind where this one never takes it. */
const char *flp_event_wants(flp_event_t event, unsigned kind, char *storage, size_t storage_len);

#endif
