/* Runs cases on subjects: N hosts for each subject, one case in flight a host, a watchdog, and one run more alone for a case whose host
 * died. Single-threaded: one poll loop. Verdicts come by callback as soon as they are known; who wants another order sorts them. */
#ifndef FLP_RUNNER_SUPERVISE_ENGINE_H
#define FLP_RUNNER_SUPERVISE_ENGINE_H

#include "ref/base/bytes.h"
#include "runner/judge/judge.h"

typedef struct {
   const char *host_program;
   const char *report_dir;    /* transcripts/<subject>.files and hosts/<subject>.log lie there; the folders exist */
   size_t jobs;               /* hosts for each subject */
   int64_t timeout_ms;        /* for one case */
   int64_t seed;
   bool hazards;
   uint64_t fail_alloc;       /* see flp_frame_options_t; the time limit is then one without a call */
} flp_engine_options_t;

/* `verdict` is the callee's to take or to clean up; `lines` is the transcript, borrowed, empty if the case was not sent. */
typedef void (*flp_engine_done_fn)(void *user, size_t subject, size_t the_case, flp_verdict_t *verdict, flp_view_t lines);

typedef struct flp_engine flp_engine_t;

/* Starts all hosts and waits for their headers: afterwards each subject is proven, or broken (flp_engine_broken). Cases and subjects are
 * borrowed and must stay. Subjects without a file are left out. NULL only when memory is short. */
flp_engine_t *flp_engine_new(const flp_engine_options_t *options, const flp_cases_t *cases, flp_subject_t *subjects, size_t n_subjects,
                             flp_engine_done_fn done, void *user);

/* Why no host of this subject starts, or NULL. */
const char *flp_engine_broken(const flp_engine_t *engine, size_t subject);
/* The cause (`crash(SIGSEGV)`, `hang`, `garbage`) if the subject itself kept its host from starting, or NULL. */
const char *flp_engine_broken_by_subject(const flp_engine_t *engine, size_t subject);
size_t flp_engine_hosts(const flp_engine_t *engine, size_t subject);
/* The header line of the subject's first host. */
flp_view_t flp_engine_header(const flp_engine_t *engine, size_t subject);

/* Queues a case for every subject that has a file. */
bool flp_engine_submit(flp_engine_t *engine, size_t the_case);
/* Forgets what is queued and not yet sent. */
void flp_engine_drop_queue(flp_engine_t *engine);
bool flp_engine_idle(const flp_engine_t *engine);
/* Works until something happened, or until `fd` (-1: none) is readable: then true. With nothing to do and no fd it returns at once. */
bool flp_engine_step(flp_engine_t *engine, int fd);

/* Stops all hosts. Afterwards flp_engine_bad_exit tells of a host that ended badly when it was told to leave, or NULL. */
void flp_engine_stop(flp_engine_t *engine);
const char *flp_engine_bad_exit(const flp_engine_t *engine, size_t subject);

void flp_engine_destroy(flp_engine_t *engine);

#endif
