/* A transcript as events: parsed once, its frame checked (nonce, sequence, shape of each line, begin and end).
 * Everything here comes from the subject's side: any bytes may arrive, none may hurt. */
#ifndef FLP_RUNNER_JUDGE_TRANSCRIPT_H
#define FLP_RUNNER_JUDGE_TRANSCRIPT_H

#include "ref/base/bytes.h"
#include "runner/judge/judge.h"

#include <jansson.h>

#define FLP_MAX_TRANSCRIPT (64u * 1024u * 1024u)  /* bytes of lines of one case: larger values lie in files */
#define FLP_MAX_EVENTS 65536u                     /* lines of one case: 256 rounds of several calls are far below */
#define FLP_MAX_TRANSCRIPT_FILE (64u * 1024u * 1024u)

typedef enum {
   FLP_EV_BEGIN,
   FLP_EV_SETUP,
   FLP_EV_ASK,
   FLP_EV_ANSWER,
   FLP_EV_STOPPED,
   FLP_EV_OUTCOME,
   FLP_EV_CLOCK,
   FLP_EV_STEP,
   FLP_EV_LEAK,
   FLP_EV_PROBLEM,
   FLP_EV_SWEEP,
   FLP_EV_LEFT,
   FLP_EV_JOURNAL,
   FLP_EV_END,
   FLP_N_EVENTS,
} flp_event_kind_t;

typedef struct {
   flp_event_kind_t kind;
   json_t *json;     /* an object with the fields of its kind, of the right JSON types */
} flp_event_t;

typedef struct {
   flp_event_t *items;
   size_t len;
} flp_events_t;

/* False if the transcript is garbage: `defect` (malloc'ed) says why. A host that died may have left out the end, and a half line. */
bool flp_events_parse(const flp_transcript_t *transcript, const char *case_id, flp_events_t *events, char **defect);
void flp_events_cleanup(flp_events_t *events);

/* Bytes of an event: base64 text, or a file beside the transcript whose length and SHA-256 must fit. `bytes` must be zeroed.
 * False: `defect` (malloc'ed) says why. */
bool flp_event_bytes(const json_t *json, const char *files_dir, flp_buf_t *bytes, char **defect);

/* Text of a string field, or NULL. */
const char *flp_event_text(const json_t *object, const char *field);

#endif
