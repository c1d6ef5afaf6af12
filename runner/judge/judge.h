/* The verdict: a pure function of a case, what is known of the subject, and a transcript. */
#ifndef FLP_RUNNER_JUDGE_H
#define FLP_RUNNER_JUDGE_H

#include "runner/grammar/case.h"
#include "runner/subject.h"

typedef enum {
   FLP_VERDICT_PASS,
   FLP_VERDICT_FAIL,
   FLP_VERDICT_UNSUPPORTED,
   FLP_VERDICT_XFAIL,
   FLP_VERDICT_XPASS,
   FLP_VERDICT_ERROR,
} flp_verdict_kind_t;

/* One place where expected and actual part. Texts are extended JSON, owned. */
typedef struct {
   char *at;       /* `calls.0.exchange.1.ask.op.$or.0._id` */
   char *rule;     /* first rule of the case */
   char *expected, *actual;
   char *why;      /* one sentence */
} flp_difference_t;

#define FLP_MAX_DEATHS 6u

/* Of the allocations of a case that were made to fail, one a run: what came of them. Each counts once, for the worst of it. */
typedef struct {
   size_t points;
   size_t unharmed; /* as if nothing had failed */
   size_t errors;   /* an error of class OUT_OF_MEMORY, and all works when it is done again */
   size_t unclean;  /* another error, another outcome, a secret in freed memory */
   size_t left;     /* blocks stay allocated */
   size_t spoiled;  /* done again it does not work */
   size_t died;
   struct {
      char cause[32];
      size_t n;
   } deaths[FLP_MAX_DEATHS]; /* by cause; the last takes what has no room */
} flp_sweep_t;

typedef struct {
   flp_verdict_kind_t kind;
   char *cause;    /* crash(SIGSEGV), hang, garbage; or NULL */
   char *reason;   /* or NULL */
   bool advisory;
   flp_difference_t *differences;
   size_t n_differences;
   const flp_expected_failure_t *entry; /* of the subject's file, that spoke of this pass or failure; or NULL */
   flp_sweep_t sweep;
} flp_verdict_t;

/* What the supervisor hands over: the lines that the host wrote for this case, and how the host ended. */
typedef struct {
   const char *lines;   /* JSON lines, each ended by \n */
   size_t len;
   const char *nonce;   /* the one that was sent */
   const char *died;    /* NULL, or crash(SIGSEGV), hang, garbage */
   const char *ended;   /* in words how the host ended ("the host ended with exit status 0"), or NULL */
   const char *last_call; /* from the shared page when the host died, or NULL */
   bool alone_passes;   /* died, but the re-run alone did not */
   const char *files_dir; /* where values over 64 KiB lie, or NULL */
} flp_transcript_t;

/* Before a case is sent: unsupported by version, needs or hazards? Returns true and fills the verdict if so. */
bool flp_judge_refuses(const flp_case_t *c, const flp_subject_t *subject, bool hazards, flp_verdict_t *verdict);

/* May the case end the process of this subject, so that it runs only with --hazards and in a host of its own? */
bool flp_judge_is_hazard(const flp_case_t *c, const flp_subject_t *subject);

/* Judges, then applies the subject's declared features and expected failures. Never fails: what goes wrong here is verdict `error`. */
void flp_judge(const flp_case_t *c, const flp_subject_t *subject, const flp_transcript_t *transcript, flp_verdict_t *verdict);

/* Is this the text of the verdict's cause or of its first difference, or a part of it? */
bool flp_verdict_says(const flp_verdict_t *verdict, const char *text);
/* Adds deaths of one cause to the counts. */
void flp_sweep_count_death(flp_sweep_t *sweep, const char *cause, size_t n);

void flp_verdict_cleanup(flp_verdict_t *verdict);
const char *flp_verdict_name(flp_verdict_kind_t kind);

#endif
