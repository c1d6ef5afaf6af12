/* One host process: starting it, frames to it, lines from it, how it ended. Knows nothing of cases or verdicts.
 * A host is a program of its own because a subject may crash, hang or scribble; nothing that it writes is trusted here. */
#ifndef FLP_RUNNER_SUPERVISE_HOST_H
#define FLP_RUNNER_SUPERVISE_HOST_H

#include "ref/base/bytes.h"

#include <sys/types.h>

#define FLP_MAX_HOST_OUTPUT (64u * 1024u * 1024u) /* bytes of lines of one case; more is garbage */
#define FLP_HOST_LEAVES_MS 20000                  /* after its input was closed: leak checkers take their time */

typedef struct {
   const char *program;   /* the host's executable */
   const char *library;   /* the subject */
   const char *files_dir; /* for values over 64 KiB, or NULL */
   const char *log;       /* file that takes its stdout and stderr */
   const char *hooks;     /* `on` or `off` as an earlier host of the subject proved; NULL: this one proves */
} flp_host_options_t;

typedef struct {
   pid_t pid;             /* 0: there is none */
   int to, from;          /* frames, lines; -1 when closed */
   void *page;            /* shared: the call that is running */
   flp_buf_t out;         /* frame on its way */
   size_t sent;
   flp_buf_t in;          /* lines that came and were not taken */
   size_t scanned;        /* of `in`: up to here no whole line is left unseen */
   size_t cases;          /* frames given to it */
} flp_host_t;

/* `host` must be zeroed or stopped. False: `why` (malloc'ed) tells. */
bool flp_host_start(flp_host_t *host, const flp_host_options_t *options, char **why);

/* Takes a whole frame (length and document); flush until it is sent. */
void flp_host_send_take(flp_host_t *host, flp_buf_t *frame);
bool flp_host_sending(const flp_host_t *host);
bool flp_host_flush(flp_host_t *host); /* false: the host no longer reads */

typedef enum { FLP_READ_MORE, FLP_READ_LINE, FLP_READ_END, FLP_READ_CLOSED, FLP_READ_TOO_MUCH } flp_read_t;

/* Reads what is there without waiting. LINE: `in` holds a whole first line (asked before any case runs); END: an end event came. */
flp_read_t flp_host_read(flp_host_t *host);
/* The text of `in` up to now; the buffer is then empty. */
void flp_host_take(flp_host_t *host, flp_buf_t *lines);

/* The call that ran last, as the shared page says; "" if none. */
void flp_host_last_call(const flp_host_t *host, char *text, size_t size);

/* How many calls the subject got in this case, as the page says. */
uint32_t flp_host_calls(const flp_host_t *host);

/* Has the process ended? Its lines may still be held open by what it forked. */
bool flp_host_gone(const flp_host_t *host);
/* Ends it now with all that it forked, whatever it does, and waits. */
void flp_host_kill(flp_host_t *host);
/* Waits for a host whose lines ended: `cause` is "crash(SIGNAME)" or "garbage", `how` "by SIGSEGV" or "with exit status 0".
 * Returns the exit status, -1 if there is none. */
int flp_host_reap(flp_host_t *host, char cause[32], char how[64]);
/* Closes its input and lets it leave. NULL if it left with status 0, else how it ended (malloc'ed). */
char *flp_host_stop(flp_host_t *host);

int64_t flp_raw_now_ms(void); /* monotonic */

#endif
