/* One case from `begin` to `end`: world, handle, calls or steps. The handle is made anew every time, and time and chance start again.
 * What runs a case once for each point is in sweep.c. */
#include "runner/host/abi/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mocks/mongod/collections.h"
#include "mocks/mongod/key_vault.h"
#include "mocks/mongod/mongocryptd.h"

/* A block that is left behind every time is a leak; what a library makes once and keeps is not. OpenSSL keeps sixteen errors. */
enum { MAX_TRIES = 20 };

/* --- events that all parts write -------------------------------------------------------------------------------------------------- */

void flp_run_problem(flp_run_t *run, const char *format, ...)
{
   char why[256];
   va_list args;
   va_start(args, format);
   vsnprintf(why, sizeof why, format, args);
   va_end(args);
   flp_line_begin(run->lines, "problem");
   flp_line_string(run->lines, "why", why);
   flp_line_end(run->lines);
   run->problem = true;
}

void flp_run_write_error(flp_run_t *run, const flp_error_t *error)
{
   if (error == NULL) {
      flp_line_null(run->lines, "error");
      return;
   }
   flp_line_open(run->lines, "error", '{');
   flp_line_number(run->lines, "type", error->type);
   flp_line_number(run->lines, "code", error->code);
   flp_line_text(run->lines, "message", error->message);
   flp_line_close(run->lines, '}');
}

void flp_run_leaks(flp_run_t *run, int64_t index)
{
   if (!flp_outside.any_leak) {
      return;
   }
   for (size_t i = 0; i < flp_outside.n_secrets; i++) {
      if (!flp_outside.leaked[i] || run->reported[i]) {
         continue;
      }
      run->reported[i] = true;
      flp_line_begin(run->lines, "leak");
      if (index < 0) {
         flp_line_null(run->lines, "call");
      } else {
         flp_line_number(run->lines, "call", index);
      }
      flp_line_string(run->lines, "fn", run->gate->leaked_in[i]);
      flp_line_unsigned(run->lines, "what", i);
      flp_line_end(run->lines);
   }
   flp_outside.any_leak = false;
}

/* `+60s`, `+1ms`, `+2min`, or a number of milliseconds. */
static bool duration(const bson_iter_t *value, int64_t *ms)
{
   static const struct {
      const char *unit;
      int64_t ms;
   } units[] = {{"ms", 1}, {"s", 1000}, {"min", 60000}, {"", 1}};
   if (BSON_ITER_HOLDS_INT32(value) || BSON_ITER_HOLDS_INT64(value)) {
      *ms = bson_iter_as_int64(value);
      return *ms >= 0;
   }
   if (!BSON_ITER_HOLDS_UTF8(value)) {
      return false;
   }
   const char *text = bson_iter_utf8(value, NULL);
   char *end = NULL;
   const long long number = strtoll(text, &end, 10);
   for (size_t i = 0; end != text && number >= 0 && i < sizeof units / sizeof units[0]; i++) {
      if (strcmp(end, units[i].unit) == 0) {
         return !__builtin_mul_overflow((int64_t)number, units[i].ms, ms);
      }
   }
   return false;
}

void flp_run_clock(flp_run_t *run, int64_t index, const bson_iter_t *value)
{
   int64_t ms = 0, ns = 0;
   if (!duration(value, &ms) || __builtin_mul_overflow(ms, 1000000, &ns)) {
      flp_run_problem(run, "`clock` is a time like +60s, +1ms or +2min");
      return;
   }
   flp_outside_advance_ns(ns);
   flp_line_begin(run->lines, "clock");
   flp_line_number(run->lines, "call", index);
   flp_line_number(run->lines, "advance_ms", ms);
   flp_line_number(run->lines, "clock_ms", flp_outside_clock_ms());
   flp_line_end(run->lines);
}

/* --- the calls of a case -------------------------------------------------------------------------------------------------------------- */

/* `{call, exchange, fail_alloc}`: an item of `calls`, or the plan itself. */
static void run_call(flp_run_t *run, int64_t index, const bson_iter_t *item)
{
   bson_iter_t call, exchange, fail_alloc;
   if (!flp_plan_field(item, "call", &call)) {
      flp_run_problem(run, "call %lld is missing", (long long)index);
      return;
   }
   const bool has_exchange = flp_plan_field(item, "exchange", &exchange);
   const bool has_fail_alloc = flp_plan_field(item, "fail_alloc", &fail_alloc);
   const flp_moment_t before = flp_outside_now();
   flp_drive_call(run, index, &call, has_exchange ? &exchange : NULL, has_fail_alloc ? &fail_alloc : NULL);
   if (!run->later && flp_seen_repeats(run, index)) {
      flp_outside_return(&before);
      flp_drive_call(run, index, &call, has_exchange ? &exchange : NULL, has_fail_alloc ? &fail_alloc : NULL);
   }
}

static bool waits_for_later(const flp_run_t *run)
{
   return run->later && run->departed && !run->repeated;
}

static void run_calls(flp_run_t *run, const bson_iter_t *calls)
{
   bson_iter_t it, clock;
   if (!BSON_ITER_HOLDS_ARRAY(calls) || !bson_iter_recurse(calls, &it)) {
      flp_run_problem(run, "`calls` is a list");
      return;
   }
   for (int64_t index = 0; bson_iter_next(&it) && !run->problem && !waits_for_later(run); index++) {
      if (flp_plan_field(&it, "clock", &clock)) {
         flp_run_clock(run, index, &clock);
      } else {
         run_call(run, index, &it);
      }
   }
}

static void run_plan_once(flp_run_t *run)
{
   const bson_iter_t *plan = &run->frame->plan;
   bson_iter_t handle, part;
   const bool has_handle = flp_plan_field(plan, "handle", &handle);
   const bool steps = flp_plan_field(plan, "steps", &part);

   if ((has_handle || !steps) && !run->keeps_handles && !flp_handle_open(run, has_handle ? &handle : NULL)) {
      return;
   }
   if (steps) {
      flp_steps_run(run, &part);
   } else if (flp_plan_field(plan, "calls", &part)) {
      run_calls(run, &part);
   } else {
      run_call(run, 0, plan);
   }
   run->keeps_handles |= run->crypt != NULL && waits_for_later(run);
}

/* Where a handle could not be made, or a step differed, the plan is done again from its start, in the second case with the same handle, a
 * lifetime later. A call was done again by itself, with what is cached now. */
static void run_plan(flp_run_t *run)
{
   const flp_moment_t before = flp_outside_now();
   run_plan_once(run);
   if (flp_seen_repeats(run, run->departed_at)) {
      if (run->keeps_handles) {
         flp_outside_age();
      } else {
         flp_handle_close(run);
      }
      flp_outside_return(&before);
      run_plan_once(run);
   }
   flp_handle_close(run);
}

static void begin(flp_run_t *run)
{
   flp_host_t *host = run->host;
   host->current = host->is_child ? NULL : run->lines;
   host->gate.calls = 0;
   host->gate.point = run->split_at != 0 ? run->split_at : run->fail_point;
   if (run->records) {
      host->n_marks = 0;
   }
   flp_lines_start(run->lines, run->frame->nonce);
   flp_line_begin(run->lines, "begin");
   flp_line_string(run->lines, "id", run->frame->id);
   flp_line_end(run->lines);
}

void flp_run_play(flp_run_t *run, flp_host_t *host, const flp_frame_t *frame, flp_lines_t *lines, flp_point_t point)
{
   char why[160] = "";
   bson_iter_t world;
   *run = (flp_run_t){.host = host,
                      .gate = &host->gate,
                      .lines = lines,
                      .frame = frame,
                      .split_at = point.split_at,
                      .fail_point = point.fail_point,
                      .dry = point.dry,
                      .records = point.records,
                      .twice = point.twice,
                      .later = point.later,
                      .departed_at = point.twice ? point.twice_at : INT64_MIN};
   begin(run);
   const bool has_world = flp_plan_field(&frame->plan, "world", &world);
   const bool ok = flp_world_init(&run->world, has_world ? &world : NULL, frame->seed, frame->now_ms, why, sizeof why);
   run->world.roles[FLP_ASK_KEYS] = flp_key_vault_answer;
   run->world.roles[FLP_ASK_COLLINFO] = run->world.roles[FLP_ASK_COLLINFO_WITH_DB] = flp_collections_answer;
   run->world.roles[FLP_ASK_MARKINGS] = flp_mongocryptd_answer;
   if (!ok) {
      flp_run_problem(run, "%s", why);
      return;
   }
   flp_outside_start(run->world.now_ms, run->world.seed, frame->id);
   if (!flp_outside_script_random(run->world.random.data, run->world.random.len)) {
      flp_run_problem(run, "`world.random` has more than %d bytes", FLP_MAX_SCRIPTED_RANDOM);
      return;
   }
   const int64_t live = flp_outside.live;
   if (frame->sweeps) {
      flp_outside_fail_at(run->fail_point);
   }
   run_plan(run);
   if (frame->sweeps) {
      run->alloc_failed = flp_outside.failed;
      run->n_points = flp_outside.allocations;
      flp_outside_fail_at(0);
   }
   run->left = flp_outside.live - live;
   flp_gate_forget(run->gate);
   flp_run_leaks(run, -1);
}

void flp_run_cleanup(flp_run_t *run)
{
   flp_world_cleanup(&run->world);
   flp_buf_cleanup(&run->ask);
   flp_buf_cleanup(&run->event);
   flp_buf_cleanup(&run->again);
}

static void write_journal(flp_run_t *run)
{
   flp_lines_t *lines = run->lines;
   if (run->world.n_journal == 0) {
      return;
   }
   flp_line_begin(lines, "journal");
   flp_line_open(lines, "entries", '[');
   for (size_t i = 0; i < run->world.n_journal; i++) {
      const flp_journal_entry_t *entry = &run->world.journal[i];
      flp_line_open(lines, NULL, '{');
      flp_line_unsigned(lines, "n", i);
      flp_line_string(lines, "kind", flp_ask_kind_name(entry->kind));
      flp_line_bytes(lines, "op", flp_view_of(&entry->op));
      flp_line_string(lines, "fault", entry->fault);
      flp_line_string(lines, "refused", entry->refused);
      flp_line_close(lines, '}');
   }
   flp_line_close(lines, ']');
   flp_line_end(lines);
}

/* Says so if the case leaves blocks behind however often it is run. */
static void write_left(flp_run_t *run)
{
   flp_host_t *host = run->host;
   int64_t left = run->left;
   for (int tries = 0; tries < MAX_TRIES && left > 0; tries++) {
      flp_run_t again;
      flp_run_play(&again, host, run->frame, &host->lines[1], (flp_point_t){.dry = true});
      left = again.left < left ? again.left : left;
      flp_run_cleanup(&again);
   }
   if (left > 0) {
      flp_line_begin(run->lines, "left");
      flp_line_number(run->lines, "blocks", left);
      flp_line_end(run->lines);
   }
}

/* A transcript that lost something must not look complete. */
static void finish(flp_run_t *run, uint64_t calls)
{
   run->host->gate.point = 0;
   if (!run->problem) {
      write_left(run);
   }
   run->host->current = NULL;
   write_journal(run);
   if (!run->lines->failed) {
      flp_line_begin(run->lines, "end");
      flp_line_unsigned(run->lines, "calls", calls);
      flp_line_end(run->lines);
   }
   flp_run_cleanup(run);
}

void flp_run_case(flp_host_t *host, const flp_frame_t *frame)
{
   flp_run_t run;
   host->gate.page->cases_begun++;
   host->gate.page->step = 0;
   flp_run_play(&run, host, frame, &host->lines[0], (flp_point_t){.dry = true});
   const bool sweeps = (run.sweeps_alloc || frame->sweeps) && !run.fails_alloc;
   if (run.fails_alloc || sweeps) { /* again: what is done for the first time in a process allocates more */
      flp_run_cleanup(&run);
      flp_run_play(&run, host, frame, &host->lines[0], (flp_point_t){.records = sweeps});
   }
   uint64_t calls = host->gate.calls;
   const bool owns_memory = FLP_HOST_COUNTS_ALLOCATIONS && flp_outside.count_allocations;
   if ((run.fails_alloc || sweeps) && !owns_memory) {
      flp_run_problem(&run, "this host does not own the allocations of the subject");
   } else if (!run.problem && run.split_len > 1 && !frame->sweeps) {
      calls = flp_sweep_split(&run, calls);
   } else if (!run.problem && sweeps) {
      flp_sweep_allocations(&run);
   }
   finish(&run, calls);
}
