/* A fake subject for the host's own tests: a tiny state machine behind the C ABI whose behaviour a test chooses, and what it noticed of
 * the calls. Not a library: its functions are put into the table by hand. Some forty functions; the others are not exported. */
#ifndef FLP_HOST_TEST_SUPPORT_FAKE_H
#define FLP_HOST_TEST_SUPPORT_FAKE_H

#include "runner/host/abi/run.h"

#include <jansson.h>

typedef struct {
   /* chosen by a test */
   bool needs_kms;       /* after the keys comes one KMS request */
   int retries;          /* so often the request is handed out again after a reply */
   bool stuck;           /* READY stays READY */
   bool refuses_feed;
   bool refuses_option;  /* every option of a context */
   bool refuses_init;    /* of the handle */
   bool wrong_filter;    /* mongo_op gives a filter of another shape */
   uint64_t odd_state;   /* given instead of NEED_MONGO_KEYS, if not 0 */
   void (*at_new)(void); /* called by new: where a subject may die */
   bool makes_keys;      /* datakey works: its document follows clock and chance */
   bool own_clock, own_random; /* ... but not this one */
   size_t split_defect;  /* a KMS reply whose first piece has this length gives another result */
   const void *secret;   /* left in a freed block by finalize */
   size_t secret_len;
   /* noticed */
   int feeds, kms_feeds, kms_fails, handles, contexts, binaries, statuses;
   char option_text[64];
   int32_t option_len;
   const uint8_t *kept;  /* where the last fed bytes were: a subject must not keep that */
   uint8_t kept_copy[4];
} fake_t;

extern fake_t fake;

/* A host around the fake, with `fake` zeroed. */
flp_host_t *fake_host(void);

/* Runs a plan in extended JSON; the events, as an array that the caller frees. Checks nonce and seq on the way. */
json_t *fake_run(flp_host_t *host, const char *plan);
/* The same with secrets planted by the caller and an id. */
json_t *fake_run_as(flp_host_t *host, const char *id, const char *plan);

/* The same with every allocation of the case, or `points` of them, failing in turn. */
json_t *fake_sweep(flp_host_t *host, const char *plan, uint64_t points, bool forks);

/* The n-th event of a kind (from 0), or NULL. Borrowed. */
const json_t *fake_event(const json_t *events, const char *kind, size_t n);
size_t fake_count(const json_t *events, const char *kind);
const char *fake_text(const json_t *event, const char *key);

/* A key document that the fake takes (it takes all), as extended JSON; a handle for plans. */
#define FAKE_HANDLE "\"handle\": {\"kms_providers\": {\"local\": {}}}"
#define FAKE_CALL                                                                                                                  \
   "\"call\": {\"explicit_encrypt\": {\"key_id\": {\"$binary\": {\"base64\": \"YWFhYWFhYWFhYWFhYWFhYQ==\", \"subType\": \"04\"}}, "  \
   "\"algorithm\": \"random\", \"value\": {\"v\": 1}}}"
#define FAKE_KEYS "{\"answer\": {\"keys\": [{\"a\": 1}, {\"b\": 2}]}}"

#endif
