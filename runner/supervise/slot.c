/* What happens to one slot: its host starts, gets a case, ends it, or dies with it. */
#include "runner/supervise/slot.h"

#include "runner/judge/differences.h"
#include "runner/supervise/frame.h"
#include "runner/supervise/header.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_HEADER_TIMEOUT_MS 10000 /* the host gives its proof half of it; with a longer time limit for cases a header has that */

bool flp_pool_is_live(const flp_pool_t *pool)
{
   return pool->subject->file != NULL;
}

static const flp_case_t *case_of(const flp_engine_t *engine, const flp_pool_t *pool, const flp_slot_t *slot)
{
   return &engine->cases->items[pool->queue[slot->place].the_case];
}

/* ---- hosts ---- */

void flp_slot_start(flp_engine_t *engine, flp_pool_t *pool, flp_slot_t *slot)
{
   flp_host_options_t options = {
      .program = engine->options.host_program,
      .library = pool->subject->file,
      .files_dir = pool->files_dir,
      .log = pool->log,
      .hooks = pool->header.len == 0  ? NULL
               : pool->subject->hooks ? "on"
                                      : "off",
   };
   int64_t limit = engine->options.timeout_ms > LEAST_HEADER_TIMEOUT_MS ? engine->options.timeout_ms : LEAST_HEADER_TIMEOUT_MS;
   char *why = NULL;
   if (flp_host_start(&slot->host, &options, &why)) {
      slot->state = FLP_SLOT_STARTING;
      slot->deadline = flp_raw_now_ms() + limit;
   } else if (!pool->broken) {
      pool->broken = why;
      why = NULL;
   }
   free(why);
}

void flp_slot_stop(flp_pool_t *pool, flp_slot_t *slot)
{
   char *how = flp_host_stop(&slot->host);
   slot->state = FLP_SLOT_EMPTY;
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

/* `cause` NULL: the host itself said no (no library, no descriptors), so the subject did nothing wrong. */
static void slot_failed_to_start(flp_pool_t *pool, flp_slot_t *slot, const char *cause, const char *how, const char *call)
{
   char *words = last_words(pool->log);
   flp_host_kill(&slot->host);
   slot->state = FLP_SLOT_EMPTY;
   if (!pool->broken) {
      pool->broken =
         flp_text_format("the host did not start: %s%s%s%s%s", how, call[0] ? ", in " : "", call, words ? ": " : "", words ? words : "");
      pool->broken_by_subject = cause ? strdup(cause) : NULL;
   }
   free(words);
}

/* Exit statuses by which the host, or the loader of programs, says that there is nothing to judge. */
static bool is_a_refusal(int status)
{
   return status == 2 || status == 4 || status == 127;
}

static void slot_died_before_its_header(flp_pool_t *pool, flp_slot_t *slot)
{
   char cause[32], how[64], call[64];
   flp_host_last_call(&slot->host, call, sizeof call);
   int status = flp_host_reap(&slot->host, cause, how);
   char *ended = flp_text_format("it ended %s", how);
   slot_failed_to_start(pool, slot, is_a_refusal(status) ? NULL : cause, ended ? ended : how, call);
   free(ended);
}

static void slot_take_header(flp_pool_t *pool, flp_slot_t *slot)
{
   flp_buf_t lines = {0};
   flp_subject_t again = {0};
   char *why = NULL;
   const bool first = pool->header.len == 0; /* what it proves holds for the whole run */
   flp_host_take(&slot->host, &lines);
   if (!flp_header_read(flp_view_of(&lines), first ? pool->subject : &again, &why)) {
      slot_failed_to_start(pool, slot, "garbage", why ? why : "no memory", "");
      goto done;
   }
   if (first) {
      flp_buf_take(&pool->header, &lines);
   }
   slot->state = FLP_SLOT_IDLE;
done:
   free(why);
   flp_subject_cleanup(&again);
   flp_buf_cleanup(&lines);
}

/* ---- verdicts ---- */

static void judge(flp_engine_t *engine, const flp_pool_t *pool, const flp_slot_t *slot, const flp_buf_t *lines, const flp_ending_t *ending,
                  bool alone_passes, flp_verdict_t *verdict)
{
   char nonce[FLP_NONCE_SIZE];
   const flp_case_t *the_case = case_of(engine, pool, slot);
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

void flp_slot_forget_case(flp_slot_t *slot)
{
   slot->place = FLP_NO_CASE;
   slot->alone = slot->again = false;
   flp_buf_cleanup(&slot->first_lines);
}

/* The run alone decides; if the host lived through it, the first run's death stands, with a note. */
static void slot_finish_again(flp_engine_t *engine, flp_pool_t *pool, flp_slot_t *slot, const flp_buf_t *lines, const flp_ending_t *ending)
{
   flp_verdict_t verdict;
   judge(engine, pool, slot, lines, ending, false, &verdict);
   if (verdict.cause) {
      flp_pool_report(engine, pool, slot->place, &verdict, flp_view_of(lines), FLP_END_LIVED);
      return;
   }
   flp_verdict_cleanup(&verdict);
   judge(engine, pool, slot, &slot->first_lines, &slot->first, true, &verdict);
   flp_pool_report(engine, pool, slot->place, &verdict, flp_view_of(&slot->first_lines), FLP_END_LIVED);
}

/* The host is gone already if it died. */
static void slot_finish(flp_engine_t *engine, flp_pool_t *pool, flp_slot_t *slot, flp_buf_t *lines, const flp_ending_t *ending)
{
   if (slot->again) {
      slot_finish_again(engine, pool, slot, lines, ending);
      flp_slot_forget_case(slot);
      return;
   }
   flp_verdict_t verdict;
   judge(engine, pool, slot, lines, ending, false, &verdict);
   if (!verdict.cause || slot->alone) {
      flp_pool_report(engine, pool, slot->place, &verdict, flp_view_of(lines), FLP_END_LIVED);
      flp_slot_forget_case(slot);
      return;
   }
   flp_host_kill(&slot->host); /* a host that wrote garbage is not trusted with another case */
   slot->state = FLP_SLOT_EMPTY;
   slot->first = *ending;
   snprintf(slot->first.cause, sizeof slot->first.cause, "%s", verdict.cause);
   flp_buf_cleanup(&slot->first_lines);
   flp_buf_take(&slot->first_lines, lines);
   flp_verdict_cleanup(&verdict);
   slot->alone = slot->again = true;
}

/* `cause` NULL: its lines ended, and how it ended tells the cause. */
static void slot_died(flp_engine_t *engine, flp_pool_t *pool, flp_slot_t *slot, const char *cause, const char *why)
{
   flp_buf_t lines = {0};
   flp_ending_t ending = {.how = ""};
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
   slot->state = FLP_SLOT_EMPTY;
   slot_finish(engine, pool, slot, &lines, &ending);
   flp_buf_cleanup(&lines);
}

static void slot_ended(flp_engine_t *engine, flp_pool_t *pool, flp_slot_t *slot)
{
   if (flp_host_gone(&slot->host)) {
      slot_died(engine, pool, slot, NULL, NULL); /* the end was written by something else than the host */
      return;
   }
   flp_buf_t lines = {0};
   flp_ending_t ending = {.how = ""};
   bool own = slot->alone;
   flp_host_last_call(&slot->host, ending.call, sizeof ending.call);
   flp_host_take(&slot->host, &lines);
   slot->state = FLP_SLOT_IDLE;
   slot_finish(engine, pool, slot, &lines, &ending);
   if (own && slot->state == FLP_SLOT_IDLE) {
      flp_slot_stop(pool, slot);
   }
   flp_buf_cleanup(&lines);
}

/* ---- sending ---- */

static void slot_send(flp_engine_t *engine, const flp_pool_t *pool, flp_slot_t *slot)
{
   char nonce[FLP_NONCE_SIZE];
   flp_buf_t frame = {0};
   const flp_case_t *the_case = case_of(engine, pool, slot);
   flp_nonce(engine->options.seed, pool->subject->name, the_case->id, nonce);
   const flp_frame_options_t options = {
      .nonce = nonce,
      .seed = engine->options.seed,
      .watch_secrets = !pool->subject->foreign,
      .fail_alloc = engine->options.fail_alloc,
      .forks = pool->subject->foreign,
   };
   if (flp_frame(the_case, &options, &frame)) {
      flp_host_send_take(&slot->host, &frame);
   }
   slot->state = FLP_SLOT_BUSY;
   slot->deadline = flp_raw_now_ms() + engine->options.timeout_ms;
   slot->calls_seen = flp_host_calls(&slot->host);
   flp_host_flush(&slot->host);
   flp_buf_cleanup(&frame);
}

static bool is_refused(const flp_engine_t *engine, const flp_pool_t *pool, const flp_case_t *the_case, flp_verdict_t *verdict)
{
   if (flp_judge_refuses(the_case, pool->subject, engine->options.hazards, verdict)) {
      return true;
   }
   if (engine->options.fail_alloc == 0 || pool->subject->alloc_counted) {
      return false;
   }
   *verdict = (flp_verdict_t){.kind = FLP_VERDICT_UNSUPPORTED,
                              .reason = flp_text_format("its allocations cannot be made to fail: the host does not count them here")};
   return true;
}

/* The place of the next queued case that has to be sent; those that are refused or cannot run get their verdict here. */
static size_t pool_next(flp_engine_t *engine, flp_pool_t *pool)
{
   while (pool->head < pool->tail) {
      flp_verdict_t verdict;
      size_t place = pool->head++;
      const flp_case_t *the_case = &engine->cases->items[pool->queue[place].the_case];
      if (pool->subject->proven && is_refused(engine, pool, the_case, &verdict)) {
         flp_pool_report(engine, pool, place, &verdict, flp_view(NULL, 0), FLP_END_NOT_RUN);
      } else if (pool->broken) {
         flp_pool_report_broken(engine, pool, place);
      } else {
         return place;
      }
   }
   return FLP_NO_CASE;
}

void flp_slot_feed(flp_engine_t *engine, flp_pool_t *pool, flp_slot_t *slot)
{
   if (slot->state == FLP_SLOT_EMPTY && slot->place != FLP_NO_CASE && pool->broken) {
      flp_pool_report_broken(engine, pool, slot->place);
      flp_slot_forget_case(slot);
   }
   if (slot->place == FLP_NO_CASE && (slot->state == FLP_SLOT_IDLE || slot->state == FLP_SLOT_EMPTY)) {
      slot->place = pool_next(engine, pool);
      if (slot->place == FLP_NO_CASE) {
         return;
      }
      slot->alone = case_of(engine, pool, slot)->own_host || flp_judge_is_hazard(case_of(engine, pool, slot), pool->subject);
   }
   if (slot->state == FLP_SLOT_IDLE && slot->alone && slot->host.cases > 0) {
      flp_slot_stop(pool, slot);
   }
   if (slot->state == FLP_SLOT_EMPTY && !pool->broken) {
      flp_slot_start(engine, pool, slot);
   } else if (slot->state == FLP_SLOT_IDLE) {
      slot_send(engine, pool, slot);
   }
}

/* ---- what happens ---- */

void flp_slot_readable(flp_engine_t *engine, flp_pool_t *pool, flp_slot_t *slot)
{
   flp_read_t got = flp_host_read(&slot->host);
   if (slot->state == FLP_SLOT_STARTING) {
      if (got == FLP_READ_LINE) {
         slot_take_header(pool, slot);
         pool->n_hosts += slot->state == FLP_SLOT_IDLE && pool->n_hosts < engine->options.jobs ? 1 : 0;
      } else if (got != FLP_READ_MORE) {
         slot_died_before_its_header(pool, slot);
      }
      return;
   }
   switch (got) {
   case FLP_READ_MORE:
   case FLP_READ_LINE:
      break;
   case FLP_READ_END:
      slot_ended(engine, pool, slot);
      break;
   case FLP_READ_CLOSED:
      slot_died(engine, pool, slot, NULL, NULL);
      break;
   case FLP_READ_TOO_MUCH:
      slot_died(engine, pool, slot, "garbage", "it wrote without end");
      break;
   }
}

/* Where a case runs once for each allocation it has its time as long as it goes on. */
static bool goes_on(const flp_engine_t *engine, flp_slot_t *slot)
{
   const uint32_t calls = flp_host_calls(&slot->host);
   if (engine->options.fail_alloc == 0 || calls == slot->calls_seen) {
      return false;
   }
   slot->calls_seen = calls;
   slot->deadline = flp_raw_now_ms() + engine->options.timeout_ms;
   return true;
}

void flp_slot_overdue(flp_engine_t *engine, flp_pool_t *pool, flp_slot_t *slot)
{
   bool gone = flp_host_gone(&slot->host); /* what it forked held its lines open */
   if (slot->state == FLP_SLOT_STARTING && gone) {
      slot_died_before_its_header(pool, slot);
   } else if (slot->state == FLP_SLOT_STARTING) {
      char call[64];
      flp_host_last_call(&slot->host, call, sizeof call);
      slot_failed_to_start(pool, slot, "hang", "it gave no header in time", call);
   } else if (slot->state == FLP_SLOT_BUSY && gone) {
      slot_died(engine, pool, slot, NULL, NULL);
   } else if (slot->state == FLP_SLOT_BUSY && !goes_on(engine, slot)) {
      slot_died(engine, pool, slot, "hang", "no end within the time limit");
   }
}
