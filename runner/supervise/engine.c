/* The engine: slots (a host and the case in it), a queue for each subject, one poll loop.
 * A slot goes EMPTY -> STARTING -> IDLE -> BUSY -> IDLE ...; a death takes it to EMPTY with the case kept for one run more, alone. */
#include "runner/supervise/engine.h"

#include "runner/judge/differences.h"
#include "runner/supervise/frame.h"
#include "runner/supervise/header.h"
#include "runner/supervise/host.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_TIMEOUT_MS 60000 /* the proofs of a slow machine under a sanitizer */
#define NO_CASE SIZE_MAX

typedef enum { SLOT_EMPTY, SLOT_STARTING, SLOT_IDLE, SLOT_BUSY } slot_state_t;

/* How a case ended for its host: no cause when the transcript came to its end. */
typedef struct {
   char cause[32];         /* crash(SIGSEGV), hang, garbage */
   char how[96];           /* in words */
   char call[64];          /* the last one */
} ending_t;

typedef struct {
   slot_state_t state;
   flp_host_t host;
   int64_t deadline;
   size_t the_case;        /* running, or waiting for its run alone; NO_CASE */
   bool alone;             /* the case needs a host of its own: isolation, or the run after a death */
   bool again;             /* this is the run after a death */
   /* Of the first run, when there is a second one. */
   flp_buf_t first_lines;
   ending_t first;
} slot_t;

typedef struct {
   flp_subject_t *subject;
   slot_t *slots;
   size_t n_hosts;         /* slots that gave a header */
   size_t *queue;
   size_t head, tail, cap;
   char *broken;           /* no host starts: why */
   char *bad_exit;
   char *files_dir, *log;
   flp_buf_t header;
} pool_t;

struct flp_engine {
   flp_engine_options_t options;
   const flp_cases_t *cases;
   pool_t *pools;
   size_t n_pools;
   flp_engine_done_fn done;
   void *user;
   struct pollfd *polls;
   slot_t **polled;
};

static bool pool_is_live(const pool_t *pool)
{
   return pool->subject->file != NULL;
}

static size_t pool_index(const flp_engine_t *engine, const pool_t *pool)
{
   return (size_t)(pool - engine->pools);
}

static const flp_case_t *case_of(const flp_engine_t *engine, const slot_t *slot)
{
   return &engine->cases->items[slot->the_case];
}

/* ---- hosts ---- */

static void slot_start(flp_engine_t *engine, pool_t *pool, slot_t *slot)
{
   flp_host_options_t options = {
      .program = engine->options.host_program,
      .library = pool->subject->file,
      .files_dir = pool->files_dir,
      .log = pool->log,
   };
   char *why = NULL;
   if (flp_host_start(&slot->host, &options, &why)) {
      slot->state = SLOT_STARTING;
      slot->deadline = flp_raw_now_ms() + HEADER_TIMEOUT_MS;
   } else if (!pool->broken) {
      pool->broken = why;
      why = NULL;
   }
   free(why);
}

static void slot_stop(pool_t *pool, slot_t *slot)
{
   char *how = flp_host_stop(&slot->host);
   slot->state = SLOT_EMPTY;
   if (how && !pool->bad_exit) {
      pool->bad_exit = how;
   } else {
      free(how);
   }
}

/* The last line that the host's log holds, as a hint why it does not start. */
static char *last_words(const char *log)
{
   char line[512], last[512] = "";
   FILE *file = log ? fopen(log, "re") : NULL;
   if (!file) {
      return NULL;
   }
   while (fgets(line, sizeof line, file)) {
      line[strcspn(line, "\n")] = '\0';
      if (line[0]) {
         memcpy(last, line, sizeof last);
      }
   }
   fclose(file);
   return last[0] ? strdup(last) : NULL;
}

static void slot_failed_to_start(pool_t *pool, slot_t *slot, const char *how)
{
   char *words = last_words(pool->log);
   flp_host_kill(&slot->host);
   slot->state = SLOT_EMPTY;
   if (!pool->broken) {
      pool->broken = flp_text_format("the host did not start: it ended %s%s%s", how, words ? ": " : "", words ? words : "");
   }
   free(words);
}

static void slot_take_header(pool_t *pool, slot_t *slot)
{
   flp_buf_t lines = {0};
   char *why = NULL;
   flp_host_take(&slot->host, &lines);
   if (!flp_header_read(flp_view_of(&lines), pool->subject, &why)) {
      if (!pool->broken) {
         pool->broken = why;
         why = NULL;
      }
      flp_host_kill(&slot->host);
      slot->state = SLOT_EMPTY;
      goto done;
   }
   if (pool->header.len == 0) {
      flp_buf_take(&pool->header, &lines);
   }
   slot->state = SLOT_IDLE;
done:
   free(why);
   flp_buf_cleanup(&lines);
}

/* ---- verdicts ---- */

static void report(flp_engine_t *engine, pool_t *pool, size_t the_case, flp_verdict_t *verdict, flp_view_t lines)
{
   engine->done(engine->user, pool_index(engine, pool), the_case, verdict, lines);
   flp_verdict_cleanup(verdict);
}

static void judge(flp_engine_t *engine, const pool_t *pool, const slot_t *slot, const flp_buf_t *lines, const ending_t *ending,
                  bool alone_passes, flp_verdict_t *verdict)
{
   char nonce[FLP_NONCE_SIZE];
   const flp_case_t *the_case = case_of(engine, slot);
   flp_nonce(engine->options.seed, pool->subject->name, the_case->id, nonce);
   flp_transcript_t transcript = {
      .lines = (const char *)lines->data,
      .len = lines->len,
      .nonce = nonce,
      .died = ending->cause[0] ? ending->cause : NULL,
      .ended = ending->how,
      .last_call = ending->call,
      .alone_passes = alone_passes,
      .files_dir = pool->files_dir,
   };
   flp_judge(the_case, pool->subject, &transcript, verdict);
}

static void slot_forget_case(slot_t *slot)
{
   slot->the_case = NO_CASE;
   slot->alone = slot->again = false;
   flp_buf_cleanup(&slot->first_lines);
}

/* The run alone decides; if the host lived through it, the first run's death stands, with a note. */
static void slot_finish_again(flp_engine_t *engine, pool_t *pool, slot_t *slot, const flp_buf_t *lines, const ending_t *ending)
{
   flp_verdict_t verdict;
   judge(engine, pool, slot, lines, ending, false, &verdict);
   if (verdict.cause) {
      report(engine, pool, slot->the_case, &verdict, flp_view_of(lines));
      return;
   }
   flp_verdict_cleanup(&verdict);
   judge(engine, pool, slot, &slot->first_lines, &slot->first, true, &verdict);
   report(engine, pool, slot->the_case, &verdict, flp_view_of(&slot->first_lines));
}

/* The host is gone already if it died. */
static void slot_finish(flp_engine_t *engine, pool_t *pool, slot_t *slot, flp_buf_t *lines, const ending_t *ending)
{
   if (slot->again) {
      slot_finish_again(engine, pool, slot, lines, ending);
      slot_forget_case(slot);
      return;
   }
   flp_verdict_t verdict;
   judge(engine, pool, slot, lines, ending, false, &verdict);
   if (!verdict.cause || slot->alone) {
      report(engine, pool, slot->the_case, &verdict, flp_view_of(lines));
      slot_forget_case(slot);
      return;
   }
   flp_host_kill(&slot->host); /* a host that wrote garbage is not trusted with another case */
   slot->state = SLOT_EMPTY;
   slot->first = *ending;
   snprintf(slot->first.cause, sizeof slot->first.cause, "%s", verdict.cause);
   flp_buf_cleanup(&slot->first_lines);
   flp_buf_take(&slot->first_lines, lines);
   flp_verdict_cleanup(&verdict);
   slot->alone = slot->again = true;
}

static void slot_ended(flp_engine_t *engine, pool_t *pool, slot_t *slot)
{
   flp_buf_t lines = {0};
   ending_t ending = {.how = ""};
   bool own = slot->alone;
   flp_host_last_call(&slot->host, ending.call, sizeof ending.call);
   flp_host_take(&slot->host, &lines);
   slot->state = SLOT_IDLE;
   slot_finish(engine, pool, slot, &lines, &ending);
   if (own && slot->state == SLOT_IDLE) {
      slot_stop(pool, slot);
   }
   flp_buf_cleanup(&lines);
}

/* `cause` NULL: its lines ended, and how it ended tells the cause. */
static void slot_died(flp_engine_t *engine, pool_t *pool, slot_t *slot, const char *cause, const char *why)
{
   flp_buf_t lines = {0};
   ending_t ending = {.how = ""};
   flp_host_last_call(&slot->host, ending.call, sizeof ending.call);
   flp_host_take(&slot->host, &lines);
   if (cause) {
      snprintf(ending.cause, sizeof ending.cause, "%s", cause);
      snprintf(ending.how, sizeof ending.how, "%s", why);
      flp_host_kill(&slot->host);
   } else {
      char how[64];
      flp_host_reap(&slot->host, ending.cause, how);
      snprintf(ending.how, sizeof ending.how, "the host ended %s", how);
   }
   slot->state = SLOT_EMPTY;
   slot_finish(engine, pool, slot, &lines, &ending);
   flp_buf_cleanup(&lines);
}

/* ---- sending ---- */

static void slot_send(flp_engine_t *engine, const pool_t *pool, slot_t *slot)
{
   char nonce[FLP_NONCE_SIZE];
   flp_buf_t frame = {0};
   const flp_case_t *the_case = case_of(engine, slot);
   flp_nonce(engine->options.seed, pool->subject->name, the_case->id, nonce);
   if (flp_frame(the_case, nonce, engine->options.seed, &frame)) {
      flp_host_send_take(&slot->host, &frame);
   }
   slot->state = SLOT_BUSY;
   slot->deadline = flp_raw_now_ms() + engine->options.timeout_ms;
   flp_host_flush(&slot->host);
   flp_buf_cleanup(&frame);
}

static void report_broken(flp_engine_t *engine, pool_t *pool, size_t the_case)
{
   flp_verdict_t verdict = {.kind = FLP_VERDICT_ERROR, .reason = strdup(pool->broken)};
   report(engine, pool, the_case, &verdict, flp_view(NULL, 0));
}

/* The next queued case that has to be sent; those that are refused or cannot run get their verdict here. */
static size_t pool_next(flp_engine_t *engine, pool_t *pool)
{
   while (pool->head < pool->tail) {
      flp_verdict_t verdict;
      size_t the_case = pool->queue[pool->head++];
      if (pool->broken) {
         report_broken(engine, pool, the_case);
      } else if (flp_judge_refuses(&engine->cases->items[the_case], pool->subject, engine->options.hazards, &verdict)) {
         report(engine, pool, the_case, &verdict, flp_view(NULL, 0));
      } else {
         return the_case;
      }
   }
   return NO_CASE;
}

static void slot_feed(flp_engine_t *engine, pool_t *pool, slot_t *slot)
{
   if (slot->state == SLOT_EMPTY && slot->the_case != NO_CASE && pool->broken) {
      report_broken(engine, pool, slot->the_case);
      slot_forget_case(slot);
   }
   if (slot->the_case == NO_CASE && (slot->state == SLOT_IDLE || slot->state == SLOT_EMPTY)) {
      slot->the_case = pool_next(engine, pool);
      if (slot->the_case == NO_CASE) {
         return;
      }
      slot->alone = case_of(engine, slot)->own_host || case_of(engine, slot)->hazard;
   }
   if (slot->state == SLOT_IDLE && slot->alone && slot->host.cases > 0) {
      slot_stop(pool, slot);
   }
   if (slot->state == SLOT_EMPTY && !pool->broken) {
      slot_start(engine, pool, slot);
   } else if (slot->state == SLOT_IDLE) {
      slot_send(engine, pool, slot);
   }
}

/* ---- the loop ---- */

static void slot_readable(flp_engine_t *engine, pool_t *pool, slot_t *slot)
{
   flp_read_t got = flp_host_read(&slot->host);
   if (slot->state == SLOT_STARTING) {
      char cause[32], how[64];
      if (got == FLP_READ_LINE) {
         slot_take_header(pool, slot);
         pool->n_hosts += slot->state == SLOT_IDLE && pool->n_hosts < engine->options.jobs ? 1 : 0;
      } else if (got != FLP_READ_MORE) {
         flp_host_reap(&slot->host, cause, how);
         slot_failed_to_start(pool, slot, how);
      }
      return;
   }
   switch (got) {
   case FLP_READ_MORE:
   case FLP_READ_LINE: break;
   case FLP_READ_END: slot_ended(engine, pool, slot); break;
   case FLP_READ_CLOSED: slot_died(engine, pool, slot, NULL, NULL); break;
   case FLP_READ_TOO_MUCH: slot_died(engine, pool, slot, "garbage", "it wrote without end"); break;
   }
}

static void slot_overdue(flp_engine_t *engine, pool_t *pool, slot_t *slot)
{
   if (slot->state == SLOT_STARTING) {
      slot_failed_to_start(pool, slot, "after it gave no header in time");
   } else if (slot->state == SLOT_BUSY) {
      slot_died(engine, pool, slot, "hang", "no end within the time limit");
   }
}

static pool_t *pool_of(flp_engine_t *engine, const slot_t *slot)
{
   for (size_t p = 0; p < engine->n_pools; p++) {
      pool_t *pool = &engine->pools[p];
      if (slot >= pool->slots && slot < pool->slots + engine->options.jobs) {
         return pool;
      }
   }
   return NULL;
}

static void each_slot(flp_engine_t *engine, void (*visit)(flp_engine_t *, pool_t *, slot_t *))
{
   for (size_t p = 0; p < engine->n_pools; p++) {
      for (size_t s = 0; pool_is_live(&engine->pools[p]) && s < engine->options.jobs; s++) {
         visit(engine, &engine->pools[p], &engine->pools[p].slots[s]);
      }
   }
}

/* Fills `polls`; returns their number and the milliseconds until the first deadline (-1: none). */
static size_t gather(flp_engine_t *engine, int *timeout)
{
   size_t n = 0;
   int64_t first = INT64_MAX;
   for (size_t p = 0; p < engine->n_pools; p++) {
      for (size_t s = 0; pool_is_live(&engine->pools[p]) && s < engine->options.jobs; s++) {
         slot_t *slot = &engine->pools[p].slots[s];
         if (slot->state != SLOT_STARTING && slot->state != SLOT_BUSY) {
            continue;
         }
         engine->polled[n] = slot;
         engine->polls[n++] = (struct pollfd){.fd = slot->host.from, .events = POLLIN};
         if (flp_host_sending(&slot->host)) {
            engine->polled[n] = NULL;
            engine->polls[n++] = (struct pollfd){.fd = slot->host.to, .events = POLLOUT};
         }
         first = slot->deadline < first ? slot->deadline : first;
      }
   }
   int64_t left = first == INT64_MAX ? -1 : first - flp_raw_now_ms();
   *timeout = first == INT64_MAX ? -1 : (int)(left < 0 ? 0 : left > 60000 ? 60000 : left);
   return n;
}

static void flush_slot(flp_engine_t *engine, pool_t *pool, slot_t *slot)
{
   (void)engine;
   (void)pool;
   if (slot->state == SLOT_BUSY && flp_host_sending(&slot->host) && !flp_host_flush(&slot->host)) {
      slot->host.sent = slot->host.out.len; /* its death will be read */
   }
}

static void check_deadline(flp_engine_t *engine, pool_t *pool, slot_t *slot)
{
   if ((slot->state == SLOT_STARTING || slot->state == SLOT_BUSY) && flp_raw_now_ms() >= slot->deadline) {
      slot_overdue(engine, pool, slot);
   }
}

static bool step(flp_engine_t *engine, int fd, bool feed)
{
   int timeout = -1;
   if (feed) {
      each_slot(engine, slot_feed);
   }
   size_t n = gather(engine, &timeout);
   if (n == 0 && fd < 0) {
      return false;
   }
   engine->polls[n] = (struct pollfd){.fd = fd, .events = POLLIN};
   if (poll(engine->polls, (nfds_t)(n + 1), timeout) < 0 && errno != EINTR) {
      return false;
   }
   each_slot(engine, flush_slot);
   for (size_t i = 0; i < n; i++) {
      slot_t *slot = engine->polled[i];
      bool waits = slot && (slot->state == SLOT_STARTING || slot->state == SLOT_BUSY);
      if (waits && engine->polls[i].revents != 0) {
         slot_readable(engine, pool_of(engine, slot), slot);
      }
   }
   each_slot(engine, check_deadline);
   return fd >= 0 && engine->polls[n].revents != 0;
}

bool flp_engine_step(flp_engine_t *engine, int fd)
{
   return step(engine, fd, true);
}

bool flp_engine_idle(const flp_engine_t *engine)
{
   for (size_t p = 0; p < engine->n_pools; p++) {
      const pool_t *pool = &engine->pools[p];
      if (pool->head < pool->tail) {
         return false;
      }
      for (size_t s = 0; pool_is_live(pool) && s < engine->options.jobs; s++) {
         if (pool->slots[s].the_case != NO_CASE) {
            return false;
         }
      }
   }
   return true;
}

bool flp_engine_submit(flp_engine_t *engine, size_t the_case)
{
   for (size_t p = 0; p < engine->n_pools; p++) {
      pool_t *pool = &engine->pools[p];
      if (!pool_is_live(pool)) {
         continue;
      }
      if (pool->tail == pool->cap) {
         size_t cap = pool->cap ? 2 * pool->cap : 64;
         size_t *queue = realloc(pool->queue, cap * sizeof *queue);
         if (!queue) {
            return false;
         }
         pool->queue = queue;
         pool->cap = cap;
      }
      pool->queue[pool->tail++] = the_case;
   }
   return true;
}

void flp_engine_drop_queue(flp_engine_t *engine)
{
   for (size_t p = 0; p < engine->n_pools; p++) {
      engine->pools[p].head = engine->pools[p].tail;
   }
}

/* ---- life ---- */

static bool pool_init(flp_engine_t *engine, pool_t *pool, flp_subject_t *subject)
{
   const char *dir = engine->options.report_dir;
   pool->subject = subject;
   pool->files_dir = flp_text_format("%s/transcripts/%s.files", dir, subject->name);
   pool->log = flp_text_format("%s/hosts/%s.log", dir, subject->name);
   pool->slots = calloc(engine->options.jobs, sizeof *pool->slots);
   if (!pool->files_dir || !pool->log || !pool->slots) {
      return false;
   }
   for (size_t s = 0; s < engine->options.jobs; s++) {
      pool->slots[s].the_case = NO_CASE;
      if (pool_is_live(pool)) {
         slot_start(engine, pool, &pool->slots[s]);
      }
   }
   return true;
}

static bool any_starting(const flp_engine_t *engine)
{
   for (size_t p = 0; p < engine->n_pools; p++) {
      for (size_t s = 0; s < engine->options.jobs; s++) {
         if (engine->pools[p].slots[s].state == SLOT_STARTING) {
            return true;
         }
      }
   }
   return false;
}

flp_engine_t *flp_engine_new(const flp_engine_options_t *options, const flp_cases_t *cases, flp_subject_t *subjects, size_t n_subjects,
                             flp_engine_done_fn done, void *user)
{
   flp_engine_t *engine = calloc(1, sizeof *engine);
   if (!engine) {
      return NULL;
   }
   signal(SIGPIPE, SIG_IGN); /* a host may die while a frame is on its way */
   engine->options = *options;
   engine->cases = cases;
   engine->done = done;
   engine->user = user;
   engine->n_pools = n_subjects;
   engine->pools = calloc(n_subjects ? n_subjects : 1, sizeof *engine->pools);
   engine->polls = calloc(2 * n_subjects * options->jobs + 1, sizeof *engine->polls);
   engine->polled = calloc(2 * n_subjects * options->jobs + 1, sizeof *engine->polled);
   if (!engine->pools || !engine->polls || !engine->polled) {
      engine->n_pools = 0;
      goto failed;
   }
   for (size_t p = 0; p < n_subjects; p++) {
      if (!pool_init(engine, &engine->pools[p], &subjects[p])) {
         goto failed;
      }
   }
   while (any_starting(engine)) {
      step(engine, -1, false);
   }
   return engine;
failed:
   flp_engine_destroy(engine);
   return NULL;
}

const char *flp_engine_broken(const flp_engine_t *engine, size_t subject)
{
   return engine->pools[subject].broken;
}

size_t flp_engine_hosts(const flp_engine_t *engine, size_t subject)
{
   return engine->pools[subject].n_hosts;
}

flp_view_t flp_engine_header(const flp_engine_t *engine, size_t subject)
{
   return flp_view_of(&engine->pools[subject].header);
}

const char *flp_engine_bad_exit(const flp_engine_t *engine, size_t subject)
{
   return engine->pools[subject].bad_exit;
}

static void stop_slot(flp_engine_t *engine, pool_t *pool, slot_t *slot)
{
   (void)engine;
   if (slot->state == SLOT_IDLE) {
      slot_stop(pool, slot);
   } else if (slot->state != SLOT_EMPTY) {
      flp_host_kill(&slot->host);
      slot->state = SLOT_EMPTY;
   }
   slot_forget_case(slot);
}

void flp_engine_stop(flp_engine_t *engine)
{
   each_slot(engine, stop_slot);
}

void flp_engine_destroy(flp_engine_t *engine)
{
   if (!engine) {
      return;
   }
   for (size_t p = 0; p < engine->n_pools; p++) {
      pool_t *pool = &engine->pools[p];
      for (size_t s = 0; pool->slots && s < engine->options.jobs; s++) {
         flp_host_kill(&pool->slots[s].host);
         flp_buf_cleanup(&pool->slots[s].first_lines);
      }
      free(pool->slots);
      free(pool->queue);
      free(pool->broken);
      free(pool->bad_exit);
      free(pool->files_dir);
      free(pool->log);
      flp_buf_cleanup(&pool->header);
   }
   free(engine->pools);
   free(engine->polls);
   free(engine->polled);
   free(engine);
}
