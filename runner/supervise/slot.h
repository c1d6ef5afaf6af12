/* Slots: a host and the case in it. The engine's loop tells a slot what happened; the slot judges, restarts and reports.
 * A slot goes EMPTY -> STARTING -> IDLE -> BUSY -> IDLE ...; a death takes it to EMPTY with the case kept for one run more, alone. */
#ifndef FLP_RUNNER_SUPERVISE_SLOT_H
#define FLP_RUNNER_SUPERVISE_SLOT_H

#include "runner/supervise/engine.h"
#include "runner/supervise/host.h"

#include <poll.h>

#define FLP_NO_CASE SIZE_MAX
#define FLP_HANGS_IN_A_ROW 5 /* then a subject is given up: each costs two time limits */

typedef enum { FLP_SLOT_EMPTY, FLP_SLOT_STARTING, FLP_SLOT_IDLE, FLP_SLOT_BUSY } flp_slot_state_t;

/* How a case ended for its host: no cause when the transcript came to its end. */
typedef struct {
   char cause[32];         /* crash(SIGSEGV), hang, garbage */
   char how[96];           /* in words */
   char call[64];          /* the last one */
} flp_ending_t;

typedef struct {
   flp_slot_state_t state;
   flp_host_t host;
   int64_t deadline;
   uint32_t calls_seen;    /* of the subject, when the deadline was set */
   size_t place;           /* in the queue, of the case that is running or waiting for its run alone; FLP_NO_CASE */
   bool alone;             /* the case needs a host of its own: isolation, or the run after a death */
   bool again;             /* this is the run after a death */
   /* Of the first run, when there is a second one. */
   flp_buf_t first_lines;
   flp_ending_t first;
} flp_slot_t;

/* A case in the queue. A hang waits here with its verdict until all before it have ended. */
typedef enum { FLP_END_OPEN, FLP_END_NOT_RUN, FLP_END_LIVED, FLP_END_HUNG } flp_end_t;

typedef struct {
   size_t the_case;
   flp_end_t end;
   flp_verdict_t verdict;
   flp_buf_t lines;
} flp_queued_t;

typedef struct {
   flp_subject_t *subject;
   flp_slot_t *slots;
   size_t n_hosts;         /* slots that gave a header */
   flp_queued_t *queue;
   size_t head, tail, cap;
   size_t settled;         /* up to here every case has ended */
   size_t hangs;           /* in a row, up to `settled` */
   char *broken;           /* no host starts (any more): why */
   char *broken_by_subject; /* the cause, if the subject did that; else the harness or the file is at fault */
   char *bad_exit;
   char *files_dir, *log;
   flp_buf_t header;
} flp_pool_t;

struct flp_engine {
   flp_engine_options_t options;
   const flp_cases_t *cases;
   flp_pool_t *pools;
   size_t n_pools;
   flp_engine_done_fn done;
   void *user;
   struct pollfd *polls;
   flp_slot_t **polled;
};

/* A subject with a library; others have no host. */
bool flp_pool_is_live(const flp_pool_t *pool);

bool flp_pool_submit(flp_pool_t *pool, size_t the_case);
void flp_pool_drop_queue(flp_pool_t *pool);
void flp_pool_cleanup_queue(flp_pool_t *pool);
/* Gives out the verdict of the case at this place of the queue, at once or in its turn. */
void flp_pool_report(flp_engine_t *engine, flp_pool_t *pool, size_t place, flp_verdict_t *verdict, flp_view_t lines, flp_end_t end);
/* The same for a case that no host will run: the subject is broken, or was given up. */
void flp_pool_report_broken(flp_engine_t *engine, flp_pool_t *pool, size_t place);

void flp_slot_start(flp_engine_t *engine, flp_pool_t *pool, flp_slot_t *slot);
/* Lets the host leave. A bad end is kept in the pool. */
void flp_slot_stop(flp_pool_t *pool, flp_slot_t *slot);
void flp_slot_forget_case(flp_slot_t *slot);

/* Gives the slot what it needs next: a case from the queue, a fresh host, or nothing. */
void flp_slot_feed(flp_engine_t *engine, flp_pool_t *pool, flp_slot_t *slot);
/* Its host has written, or has closed its lines. */
void flp_slot_readable(flp_engine_t *engine, flp_pool_t *pool, flp_slot_t *slot);
/* Its deadline has passed. */
void flp_slot_overdue(flp_engine_t *engine, flp_pool_t *pool, flp_slot_t *slot);

#endif
