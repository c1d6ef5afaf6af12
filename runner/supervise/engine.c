/* The engine: a pool of slots and a queue for each subject, one poll loop. */
#include "runner/supervise/engine.h"

#include "runner/judge/differences.h"
#include "runner/supervise/slot.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* ---- the loop ---- */

static flp_pool_t *pool_of(flp_engine_t *engine, const flp_slot_t *slot)
{
   for (size_t p = 0; p < engine->n_pools; p++) {
      flp_pool_t *pool = &engine->pools[p];
      if (slot >= pool->slots && slot < pool->slots + engine->options.jobs) {
         return pool;
      }
   }
   return NULL;
}

static void each_slot(flp_engine_t *engine, void (*visit)(flp_engine_t *, flp_pool_t *, flp_slot_t *))
{
   for (size_t p = 0; p < engine->n_pools; p++) {
      for (size_t s = 0; flp_pool_is_live(&engine->pools[p]) && s < engine->options.jobs; s++) {
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
      for (size_t s = 0; flp_pool_is_live(&engine->pools[p]) && s < engine->options.jobs; s++) {
         flp_slot_t *slot = &engine->pools[p].slots[s];
         if (slot->state != FLP_SLOT_STARTING && slot->state != FLP_SLOT_BUSY) {
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

static void flush_slot(flp_engine_t *engine, flp_pool_t *pool, flp_slot_t *slot)
{
   (void)engine;
   (void)pool;
   if (slot->state == FLP_SLOT_BUSY && flp_host_sending(&slot->host) && !flp_host_flush(&slot->host)) {
      slot->host.sent = slot->host.out.len; /* its death will be read */
   }
}

static void check_deadline(flp_engine_t *engine, flp_pool_t *pool, flp_slot_t *slot)
{
   if ((slot->state == FLP_SLOT_STARTING || slot->state == FLP_SLOT_BUSY) && flp_raw_now_ms() >= slot->deadline) {
      flp_slot_overdue(engine, pool, slot);
   }
}

static bool step(flp_engine_t *engine, int fd, bool feed)
{
   int timeout = -1;
   if (feed) {
      each_slot(engine, flp_slot_feed);
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
      flp_slot_t *slot = engine->polled[i];
      bool waits = slot && (slot->state == FLP_SLOT_STARTING || slot->state == FLP_SLOT_BUSY);
      if (waits && engine->polls[i].revents != 0) {
         flp_slot_readable(engine, pool_of(engine, slot), slot);
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
      const flp_pool_t *pool = &engine->pools[p];
      if (pool->head < pool->tail) {
         return false;
      }
      for (size_t s = 0; flp_pool_is_live(pool) && s < engine->options.jobs; s++) {
         if (pool->slots[s].place != FLP_NO_CASE) {
            return false;
         }
      }
   }
   return true;
}

bool flp_engine_submit(flp_engine_t *engine, size_t the_case)
{
   for (size_t p = 0; p < engine->n_pools; p++) {
      flp_pool_t *pool = &engine->pools[p];
      if (!flp_pool_is_live(pool)) {
         continue;
      }
      if (!flp_pool_submit(pool, the_case)) {
         return false;
      }
   }
   return true;
}

void flp_engine_drop_queue(flp_engine_t *engine)
{
   for (size_t p = 0; p < engine->n_pools; p++) {
      flp_pool_drop_queue(&engine->pools[p]);
   }
}

/* ---- life ---- */

static bool pool_init(flp_engine_t *engine, flp_pool_t *pool, flp_subject_t *subject)
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
      pool->slots[s].place = FLP_NO_CASE;
      if (flp_pool_is_live(pool)) {
         flp_slot_start(engine, pool, &pool->slots[s]);
      }
   }
   return true;
}

static bool any_starting(const flp_engine_t *engine)
{
   for (size_t p = 0; p < engine->n_pools; p++) {
      for (size_t s = 0; s < engine->options.jobs; s++) {
         if (engine->pools[p].slots[s].state == FLP_SLOT_STARTING) {
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
   signal(SIGCHLD, SIG_DFL); /* or nobody could say how it died: ignoring is inherited */
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

const char *flp_engine_broken_by_subject(const flp_engine_t *engine, size_t subject)
{
   return engine->pools[subject].broken_by_subject;
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

static void stop_slot(flp_engine_t *engine, flp_pool_t *pool, flp_slot_t *slot)
{
   (void)engine;
   if (slot->state == FLP_SLOT_IDLE) {
      flp_slot_stop(pool, slot);
   } else if (slot->state != FLP_SLOT_EMPTY) {
      flp_host_kill(&slot->host);
      slot->state = FLP_SLOT_EMPTY;
   }
   flp_slot_forget_case(slot);
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
      flp_pool_t *pool = &engine->pools[p];
      for (size_t s = 0; pool->slots && s < engine->options.jobs; s++) {
         flp_host_kill(&pool->slots[s].host);
         flp_buf_cleanup(&pool->slots[s].first_lines);
      }
      free(pool->slots);
      flp_pool_cleanup_queue(pool);
      free(pool->broken);
      free(pool->broken_by_subject);
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
