/* states.def as an array, and names. */
#include "ref/mongocrypt/ctx/states.h"

#include <stdio.h>
#include <string.h>

enum {
   DATAKEY = FLP_CTX_DATAKEY,
   EXPLICIT = FLP_CTX_EXPLICIT_ENCRYPT,
   DECRYPT = FLP_CTX_DECRYPT,
   ENCRYPT = FLP_CTX_ENCRYPT,
   REWRAP = FLP_CTX_REWRAP,
   VALUES = EXPLICIT | DECRYPT,
   READERS = VALUES | ENCRYPT,
   KEYED = READERS | REWRAP,
};

#define flp_when_always NULL
#define flp_do_nothing NULL

const flp_state_row_t flp_state_rows[] = {
#define ROW(kinds, state, event, guard, action, next)                                                                                      \
   {kinds,                                                                                                                                 \
    FLP_PLACE_##state,                                                                                                                     \
    FLP_ON_##event,                                                                                                                        \
    flp_when_##guard,                                                                                                                      \
    flp_do_##action,                                                                                                                       \
    FLP_PLACE_##next,                                                                                                                      \
    #kinds " " #state " " #event " " #guard " " #action " " #next},
#include "ref/mongocrypt/ctx/states.def"
#undef ROW
};

const size_t flp_n_state_rows = sizeof flp_state_rows / sizeof flp_state_rows[0];

/* The call, and the state that it is made for where no row of this library takes it. */
static const struct {
   const char *name;
   const char *wants;
} events[] = {
   [FLP_ON_START] = {"init", "none"},
   [FLP_ON_PASS] = {"pass", "none"},
   [FLP_ON_MONGO_OP] = {"mongo_op", NULL},
   [FLP_ON_MONGO_DB] = {"mongo_db", "NEED_MONGO_COLLINFO_WITH_DB"},
   [FLP_ON_MONGO_FEED] = {"mongo_feed", NULL},
   [FLP_ON_MONGO_DONE] = {"mongo_done", NULL},
   [FLP_ON_NEXT_KMS_CTX] = {"next_kms_ctx", "NEED_KMS"},
   [FLP_ON_KMS_DONE] = {"kms_done", "NEED_KMS"},
   [FLP_ON_PROVIDE_KMS_PROVIDERS] = {"provide_kms_providers", "NEED_KMS_CREDENTIALS"},
   [FLP_ON_FINALIZE] = {"finalize", NULL},
};

static const char *const state_names[FLP_STATES] = {
   [FLP_PLACE_ERROR] = "ERROR",
   [FLP_PLACE_NEED_MONGO_COLLINFO] = "NEED_MONGO_COLLINFO",
   [FLP_PLACE_NEED_MONGO_MARKINGS] = "NEED_MONGO_MARKINGS",
   [FLP_PLACE_NEED_MONGO_KEYS] = "NEED_MONGO_KEYS",
   [FLP_PLACE_NEED_KMS] = "NEED_KMS",
   [FLP_PLACE_READY] = "READY",
   [FLP_PLACE_DONE] = "DONE",
   [FLP_PLACE_NEED_KMS_CREDENTIALS] = "NEED_KMS_CREDENTIALS",
   [FLP_PLACE_NEED_MONGO_COLLINFO_WITH_DB] = "NEED_MONGO_COLLINFO_WITH_DB",
};

const char *flp_ctx_state_name(mongocrypt_ctx_state_t state)
{
   return (size_t)state < FLP_STATES ? state_names[state] : "unknown";
}

const char *flp_event_name(flp_event_t event)
{
   return events[event].name;
}

/* A call belongs to few states, so the list is gone through once for each of them. Rows that lead to ERROR only say another error. */
static bool takes(flp_place_t place, flp_event_t event, unsigned kinds)
{
   for (size_t i = 0; i < flp_n_state_rows; i++) {
      if (flp_state_rows[i].place == place && flp_state_rows[i].event == event && (flp_state_rows[i].kinds & kinds) != 0 &&
          flp_state_rows[i].next != FLP_PLACE_ERROR) {
         return true;
      }
   }
   return false;
}

static bool list(flp_event_t event, unsigned kinds, char *storage, size_t storage_len)
{
   size_t len = 0;
   storage[0] = '\0';
   for (int state = 0; state < FLP_STATES; state++) {
      if (takes((flp_place_t)state, event, kinds) && len < storage_len) {
         int n = snprintf(storage + len, storage_len - len, "%s%s", len > 0 ? "," : "", state_names[state]);
         len += (size_t)(n > 0 ? n : 0);
      }
   }
   return len > 0;
}

const char *flp_event_wants(flp_event_t event, unsigned kind, char *storage, size_t storage_len)
{
   return events[event].wants || list(event, kind, storage, storage_len) || list(event, ~0u, storage, storage_len)
             ? (events[event].wants ? events[event].wants : storage)
             : "none";
}
