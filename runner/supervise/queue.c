/* The queue of a subject and its verdicts on their way out. A subject that hangs in one case after the other is given up: its remaining
 * cases fail unrun. For that the ends are looked at in the order of the queue, so that a hang is told only when all before it have
 * ended; the same cases are given up whatever the number of hosts. */
#include "runner/supervise/slot.h"

#include "runner/judge/differences.h"

#include <stdlib.h>
#include <string.h>

bool flp_pool_submit(flp_pool_t *pool, size_t the_case)
{
   if (pool->tail == pool->cap) {
      size_t cap = pool->cap ? 2 * pool->cap : 64;
      flp_queued_t *queue = realloc(pool->queue, cap * sizeof *queue);
      if (!queue) {
         return false;
      }
      pool->queue = queue;
      pool->cap = cap;
   }
   pool->queue[pool->tail++] = (flp_queued_t){.the_case = the_case};
   return true;
}

void flp_pool_drop_queue(flp_pool_t *pool)
{
   pool->tail = pool->head;
}

void flp_pool_cleanup_queue(flp_pool_t *pool)
{
   for (size_t i = 0; i < pool->tail; i++) {
      flp_verdict_cleanup(&pool->queue[i].verdict);
      flp_buf_cleanup(&pool->queue[i].lines);
   }
   free(pool->queue);
}

static void give_out(flp_engine_t *engine, const flp_pool_t *pool, size_t place, flp_verdict_t *verdict, flp_view_t lines)
{
   engine->done(engine->user, (size_t)(pool - engine->pools), pool->queue[place].the_case, verdict, lines);
   flp_verdict_cleanup(verdict);
}

static bool is_hang(const flp_verdict_t *verdict)
{
   return verdict->kind == FLP_VERDICT_FAIL && verdict->cause && strcmp(verdict->cause, "hang") == 0;
}

/* Is it kept until its turn? Without memory for that it goes out at once: a verdict is worth more than its order. */
static bool hold(flp_queued_t *item, flp_verdict_t *verdict, flp_view_t lines)
{
   if (!flp_buf_append(&item->lines, lines)) {
      flp_buf_cleanup(&item->lines);
      return false;
   }
   item->verdict = *verdict;
   memset(verdict, 0, sizeof *verdict);
   return true;
}

/* For a case that no host will run. */
static void tell_broken(flp_engine_t *engine, flp_pool_t *pool, size_t place)
{
   const char *cause = pool->broken_by_subject;
   flp_verdict_t verdict = {
      .kind = cause ? FLP_VERDICT_FAIL : FLP_VERDICT_ERROR,
      .cause = cause ? strdup(cause) : NULL,
      .reason = pool->broken ? strdup(pool->broken) : NULL,
   };
   pool->queue[place].end = FLP_END_NOT_RUN;
   give_out(engine, pool, place, &verdict, flp_view(NULL, 0));
}

/* What runs is ended, what hung behind the last one is told in the same words; the rest of the queue follows when slots are fed. */
static void give_up(flp_engine_t *engine, flp_pool_t *pool)
{
   pool->broken = flp_text_format("given up after %d hangs in a row", FLP_HANGS_IN_A_ROW);
   pool->broken_by_subject = strdup("hang");
   for (size_t s = 0; s < engine->options.jobs; s++) {
      flp_slot_t *slot = &pool->slots[s];
      if (slot->state == FLP_SLOT_STARTING || slot->state == FLP_SLOT_BUSY) {
         flp_host_kill(&slot->host);
         slot->state = FLP_SLOT_EMPTY;
      }
   }
   for (size_t place = pool->settled; place < pool->head; place++) {
      flp_queued_t *item = &pool->queue[place];
      if (item->end == FLP_END_HUNG) {
         flp_verdict_cleanup(&item->verdict);
         flp_buf_cleanup(&item->lines);
         tell_broken(engine, pool, place);
      }
   }
}

static void settle(flp_engine_t *engine, flp_pool_t *pool)
{
   while (pool->settled < pool->head && pool->queue[pool->settled].end != FLP_END_OPEN) {
      size_t place = pool->settled++;
      flp_queued_t *item = &pool->queue[place];
      if (item->end == FLP_END_LIVED) {
         pool->hangs = 0;
      } else if (item->end == FLP_END_HUNG) {
         pool->hangs++;
         give_out(engine, pool, place, &item->verdict, flp_view_of(&item->lines));
         flp_buf_cleanup(&item->lines);
      }
      if (pool->hangs == FLP_HANGS_IN_A_ROW && !pool->broken) {
         give_up(engine, pool);
      }
   }
}

void flp_pool_report(flp_engine_t *engine, flp_pool_t *pool, size_t place, flp_verdict_t *verdict, flp_view_t lines, flp_end_t end)
{
   flp_queued_t *item = &pool->queue[place];
   item->end = end;
   if (end == FLP_END_LIVED && is_hang(verdict) && hold(item, verdict, lines)) {
      item->end = FLP_END_HUNG;
   } else {
      give_out(engine, pool, place, verdict, lines);
   }
   settle(engine, pool);
}

void flp_pool_report_broken(flp_engine_t *engine, flp_pool_t *pool, size_t place)
{
   tell_broken(engine, pool, place);
   settle(engine, pool);
}
