/* One case in progress: what the host knows while it drives a plan, and the functions that its parts offer each other.
 * Nothing of it outlives the case but the host itself. */
#ifndef FLP_HOST_ABI_RUN_H
#define FLP_HOST_ABI_RUN_H

#include "mocks/world/world.h"
#include "runner/host/abi/gate.h"
#include "runner/host/abi/line.h"
#include "runner/host/abi/outside.h"

/* What is compared of an event when a case is run again: its fields from a place of the kept transcript on. */
typedef enum { FLP_SEEN_SETUP, FLP_SEEN_ASK, FLP_SEEN_END, FLP_SEEN_STEP } flp_seen_kind_t;

typedef struct {
   flp_seen_kind_t kind;
   int64_t index; /* of the call or step */
   size_t at, len;
} flp_mark_t;

typedef struct {
   flp_gate_t gate;
   bool use_hooks; /* this subject is driven by hooks unless the case says otherwise */
   flp_lines_t lines[2]; /* [0]: the transcript that is kept */
   flp_lines_t *current; /* the one that is being written: what a crash leaves */
   flp_lines_t outcome;  /* of one point of a sweep */
   flp_mark_t *marks;    /* of the kept transcript */
   size_t n_marks, cap_marks;
   bool is_child;        /* plays one point only: writes no transcript */
} flp_host_t;

/* A case as it came in a frame. Everything is borrowed from the frame. */
typedef struct {
   const char *nonce, *id;
   int64_t now_ms;
   uint64_t seed;
   bson_iter_t plan;
   bool sweeps;     /* `fail_alloc`: the whole case is run again for each allocation ... */
   bool forks;      /* ... in a child each, because the subject may die of it */
   uint64_t points; /* at most so many; 0: all */
} flp_frame_t;

/* Reads one frame from fd into memory of its own. False: the end (`why` empty) or a frame that is none. Plants its secrets. The frame
 * borrows from that memory until the next call. */
bool flp_frame_read(int fd, flp_frame_t *frame, char *why, size_t why_len);

enum { FLP_MAX_ROUNDS = 256, FLP_MAX_KMS = 1024 };

typedef struct {
   flp_host_t *host;
   flp_gate_t *gate;
   flp_lines_t *lines;
   const flp_frame_t *frame;
   flp_world_t world;
   void *crypt;
   bool reported[FLP_MAX_SECRETS]; /* a `leak` is written */

   /* what varies when a case is run once for each point */
   size_t split_at;      /* KMS replies are parted at this byte; 0: not */
   uint64_t fail_point;  /* the allocation that fails, of the case or of the call with `fail_alloc: every`; 0: none */
   bool dry;             /* `fail_alloc: N` is not obeyed: what is done for the first time in a process allocates more */
   bool records;         /* this run is what the others are compared with */
   /* what such runs find out */
   size_t split_len;     /* longest KMS reply of an answer with `split: every` */
   bool fails_alloc;     /* a call says `fail_alloc: N` */
   bool sweeps_alloc;    /* a call says `fail_alloc: every` */
   bool alloc_failed;    /* the point was reached */
   uint64_t n_points;    /* allocations that can fail */
   int64_t left;         /* blocks of the subject that its end left behind */
   bool problem;
   /* the first event that differs from the recorded run, and what was done again because of it (seen.c) */
   size_t next_mark;
   bool departed, repeated;
   flp_buf_t ask;        /* a question of the call under way that differs */
   flp_buf_t event;      /* that event: a JSON object */
   int64_t departed_at;  /* its call or step; -1: the handle's making */
   flp_buf_t again;      /* what differs behind it: JSON objects, one a line */
   bool asks_otherwise;  /* a cache answers some of what was asked at first: then the script cannot fit, and ends tell nothing */
   bool excused;         /* such an end differed */
   bool twice;           /* nothing fails, but what belongs to `departed_at` is done again all the same */
   bool later;           /* not the call that departed is done again, but all, when what the handle cached has expired */
   bool keeps_handles;   /* done again is it with the handles that were made before */
} flp_run_t;

/* The plan asks for what the host cannot do. */
void flp_run_problem(flp_run_t *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes a `leak` event for each secret seen since the last time. index < 0: at the end of the case. */
void flp_run_leaks(flp_run_t *run, int64_t index);

/* `error` field: an object, or null. */
void flp_run_write_error(flp_run_t *run, const flp_error_t *error);

/* Advances the clock by a `clock` item and writes the event. */
void flp_run_clock(flp_run_t *run, int64_t index, const bson_iter_t *value);

/* A point of a sweep; all zero: nothing fails. */
typedef struct {
   size_t split_at;
   uint64_t fail_point;
   bool dry, records;
   bool twice;
   int64_t twice_at;
   bool later;
} flp_point_t;

/* Everything of a case but its last lines. The run must be cleaned up afterwards. */
void flp_run_play(flp_run_t *run, flp_host_t *host, const flp_frame_t *frame, flp_lines_t *lines, flp_point_t point);
void flp_run_cleanup(flp_run_t *run);

/* Runs a whole case, sweeps included, and leaves its transcript, not flushed, in host->lines[0]. */
void flp_run_case(flp_host_t *host, const flp_frame_t *frame);

/* --- sweeps -------------------------------------------------------------------------------------------------------------------------- */

/* Parts the KMS replies at every byte. `base` is the run without parting; the kept run is in it afterwards. Returns its calls. */
uint64_t flp_sweep_split(flp_run_t *base, uint64_t calls);
/* Fails each allocation in turn. `base` is the recorded run. */
void flp_sweep_allocations(flp_run_t *base);

/* --- comparing a run with the recorded one --------------------------------------------------------------------------------------------- */

/* An event of the current run was written, its compared fields from `from` on: remembered, or compared. True: it is as it was, or nothing
 * is compared. */
bool flp_seen(flp_run_t *run, flp_seen_kind_t kind, int64_t index, size_t from);
/* An event differed, and what it belongs to (call, step, or -1 for the handle) is to be done once more, with nothing failing: true once a
 * run. What differs from now on is what the failure left behind; where other questions come, for a cache knows more, ends are no longer
 * compared. */
bool flp_seen_repeats(flp_run_t *run, int64_t index);

/* --- values of a plan ------------------------------------------------------------------------------------------------------------ */

/* A field of a document value. */
bool flp_plan_field(const bson_iter_t *doc, const char *key, bson_iter_t *value);

/* Arguments from values; false: the value has another type. null gives FLP_NULL. */
bool flp_plan_bytes(const bson_iter_t *value, flp_arg_t *arg);
bool flp_plan_text(const bson_iter_t *value, flp_arg_t *arg);
bool flp_plan_number(const bson_iter_t *value, flp_arg_t *arg);

/* --- options ---------------------------------------------------------------------------------------------------------------------- */

typedef enum {
   FLP_OPTION_BYTES,     /* one binary */
   FLP_OPTION_MANY,      /* one binary, or a list: one call each */
   FLP_OPTION_TEXT,
   FLP_OPTION_TWO_TEXTS, /* a mapping with two texts */
   FLP_OPTION_NUMBER,
   FLP_OPTION_BOOL,      /* the value is passed */
   FLP_OPTION_FLAG,      /* true calls, false does not */
   FLP_OPTION_ALGORITHM, /* text with two short forms */
   FLP_OPTION_NAME,      /* text becomes {keyAltName: text} */
   FLP_OPTION_NAMES,     /* a list of them, in order */
   FLP_OPTION_MATERIAL,  /* a binary becomes {keyMaterial: binary} */
} flp_option_style_t;

typedef struct {
   const char *name;
   flp_fn_t fn;
   flp_option_style_t style;
   const char *fields[2]; /* of two texts */
} flp_option_t;

typedef enum { FLP_OPTION_SET, FLP_OPTION_REFUSED, FLP_OPTION_MISSING, FLP_OPTION_BAD_VALUE } flp_option_outcome_t;

/* Sets one option on a crypt or ctx. */
flp_option_outcome_t flp_option_apply(flp_gate_t *gate, const flp_option_t *option, void *object, const bson_iter_t *value);

/* --- handles, contexts, calls, steps ---------------------------------------------------------------------------------------------- */

/* Makes run->crypt. False: a `setup` or `problem` event says why. */
bool flp_handle_open(flp_run_t *run, const bson_iter_t *handle);
/* Destroys it. */
void flp_handle_close(flp_run_t *run);

/* Hooks for a library without cryptography. False like any option. The hook that signs can be set once only: without `sign` it is left
 * to the case. */
bool flp_handle_set_hooks(flp_gate_t *gate, void *crypt, bool sign, const char **failed);

typedef enum { FLP_CONTEXT_READY, FLP_CONTEXT_FAILED, FLP_CONTEXT_PROBLEM } flp_context_outcome_t;

/* Makes a context by `{kind: {options}}`. FAILED: `error` and `failed` are set, *ctx may still need to be destroyed. */
flp_context_outcome_t flp_context_open(flp_run_t *run, const bson_iter_t *call, void **ctx, flp_error_t *error, const char **failed);

/* Drives one `call` to its end. exchange is NULL if the plan has none: then the world answers live. */
void flp_drive_call(flp_run_t *run, int64_t index, const bson_iter_t *call, const bson_iter_t *exchange, const bson_iter_t *fail_alloc);

void flp_steps_run(flp_run_t *run, const bson_iter_t *steps);

const char *flp_state_name(uint64_t state, char storage[24]);

/* --- exchange ------------------------------------------------------------------------------------------------------------------------ */

typedef struct {
   bool live;       /* no script: every round is answered by the world */
   bool skips;      /* answers of another kind than asked are passed over: their question was answered by a cache */
   bson_iter_t it;  /* before the next item */
} flp_exchange_t;

bool flp_exchange_begin(flp_exchange_t *exchange, const bson_iter_t *items); /* false: not a list */

typedef enum {
   FLP_EXCHANGE_ANSWER,
   FLP_EXCHANGE_UNANSWERED,
   FLP_EXCHANGE_MISMATCH,
   FLP_EXCHANGE_NO_ROLE,
   FLP_EXCHANGE_REFUSED,
   FLP_EXCHANGE_PROBLEM,
} flp_exchange_outcome_t;

typedef struct {
   flp_answer_t answer;
   flp_fault_t fault;
   bool split;
   char why[192];
} flp_turn_t;

/* Answers one round: by the script's next answer, or by the world, then with its fault. The turn must be zeroed; clean up afterwards. */
flp_exchange_outcome_t flp_exchange_turn(flp_exchange_t *exchange, flp_world_t *world, const flp_question_t *question, flp_turn_t *turn);
void flp_turn_cleanup(flp_turn_t *turn);

/* The bytes of an HTTP reply from `{status, headers, body}`. False: a field has the wrong type, or no memory. */
bool flp_http_reply(const bson_iter_t *value, flp_buf_t *out);

#endif
