/* One case from `begin` to `end`: world, handle, calls or steps; and the sweeps, which are the same case again for each point with one
 * transcript kept. The handle is made anew every time, and time and chance start again. */
#include "runner/host/abi/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mocks/mongod/collections.h"
#include "mocks/mongod/key_vault.h"
#include "mocks/mongod/mongocryptd.h"

/* More points than this are a mistake of the case: it would run for minutes. */
enum { MAX_POINTS = 100000 };

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
   flp_drive_call(run, index, &call, has_exchange ? &exchange : NULL, has_fail_alloc ? &fail_alloc : NULL);
}

static void run_calls(flp_run_t *run, const bson_iter_t *calls)
{
   bson_iter_t it, clock;
   if (!BSON_ITER_HOLDS_ARRAY(calls) || !bson_iter_recurse(calls, &it)) {
      flp_run_problem(run, "`calls` is a list");
      return;
   }
   for (int64_t index = 0; bson_iter_next(&it) && !run->problem; index++) {
      if (flp_plan_field(&it, "clock", &clock)) {
         flp_run_clock(run, index, &clock);
      } else {
         run_call(run, index, &it);
      }
   }
}

static void run_plan(flp_run_t *run)
{
   const bson_iter_t *plan = &run->frame->plan;
   bson_iter_t handle, part;
   const bool has_handle = flp_plan_field(plan, "handle", &handle);
   const bool steps = flp_plan_field(plan, "steps", &part);

   if ((has_handle || !steps) && !flp_handle_open(run, has_handle ? &handle : NULL)) {
      return;
   }
   if (steps) {
      flp_steps_run(run, &part);
   } else if (flp_plan_field(plan, "calls", &part)) {
      run_calls(run, &part);
   } else {
      run_call(run, 0, plan);
   }
}

/* Everything but the last lines. The run must be finished or dropped afterwards. */
static void play(flp_run_t *run, flp_host_t *host, const flp_frame_t *frame, flp_lines_t *lines, size_t split_at, uint64_t fail_point,
                 bool dry)
{
   char why[160] = "";
   bson_iter_t world;
   *run = (flp_run_t){
      .host = host, .gate = &host->gate, .lines = lines, .frame = frame, .split_at = split_at, .fail_point = fail_point, .dry = dry};
   host->current = lines;
   host->gate.calls = 0;
   host->gate.point = split_at != 0 ? split_at : fail_point;

   flp_lines_start(lines, frame->nonce);
   flp_line_begin(lines, "begin");
   flp_line_string(lines, "id", frame->id);
   flp_line_end(lines);

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
   run_plan(run);
   flp_handle_close(run);
   flp_gate_forget(run->gate);
   flp_run_leaks(run, -1);
}

static void drop(flp_run_t *run)
{
   flp_world_cleanup(&run->world);
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

/* A transcript that lost something must not look complete. */
static void finish(flp_run_t *run, uint64_t calls)
{
   write_journal(run);
   if (!run->lines->failed) {
      flp_line_begin(run->lines, "end");
      flp_line_unsigned(run->lines, "calls", calls);
      flp_line_end(run->lines);
   }
   drop(run);
}

/* --- sweeps ------------------------------------------------------------------------------------------------------------------------- */

/* Parts the KMS replies at every byte. `base` is the run without parting; the kept run is in it afterwards. */
static uint64_t sweep_split(flp_run_t *base, uint64_t calls)
{
   flp_host_t *host = base->host;
   flp_run_t run;
   size_t differs = 0;
   const size_t points = base->split_len - 1;
   for (size_t at = 1; at <= points && differs == 0; at++) {
      play(&run, host, base->frame, &host->lines[1], at, 0, false);
      if (flp_lines_same_events(&host->lines[0], &host->lines[1])) {
         drop(&run);
         continue;
      }
      differs = at;
      calls = host->gate.calls;
      flp_lines_swap(&host->lines[0], &host->lines[1]);
      drop(base);
      *base = run;
      base->lines = &host->lines[0];
   }
   flp_line_begin(base->lines, "sweep");
   flp_line_string(base->lines, "kind", "split");
   flp_line_unsigned(base->lines, "points", points);
   if (differs == 0) {
      flp_line_null(base->lines, "differs");
   } else {
      flp_line_unsigned(base->lines, "differs", differs);
   }
   flp_line_end(base->lines);
   return calls;
}

static void write_group(flp_lines_t *groups, uint64_t first, uint64_t last, flp_view_t fragment)
{
   flp_line_open(groups, NULL, '{');
   flp_line_unsigned(groups, "first", first);
   flp_line_unsigned(groups, "last", last);
   flp_line_raw(groups, fragment);
   flp_line_close(groups, '}');
}

/* Fails each allocation of the marked call in turn, until one run reaches its end without a failure. */
static void sweep_allocations(flp_run_t *base)
{
   flp_host_t *host = base->host;
   flp_run_t run;
   flp_buf_t last = {0};
   uint64_t first = 1, point = 1;
   flp_lines_start(&host->groups, "");
   for (; point <= MAX_POINTS; point++) {
      play(&run, host, base->frame, &host->lines[1], 0, point, false);
      const flp_view_t fragment = flp_view(host->lines[1].data + run.fragment_at, run.fragment_len);
      drop(&run);
      if (!run.alloc_failed) {
         break;
      }
      if (point > 1 && !flp_view_equal(flp_view_of(&last), fragment)) {
         write_group(&host->groups, first, point - 1, flp_view_of(&last));
         first = point;
      }
      flp_buf_cleanup(&last);
      base->lines->failed |= !flp_buf_copy(&last, fragment);
   }
   if (point > 1) {
      write_group(&host->groups, first, point - 1, flp_view_of(&last));
   }
   flp_buf_cleanup(&last);
   flp_line_begin(base->lines, "sweep");
   flp_line_string(base->lines, "kind", "fail_alloc");
   flp_line_unsigned(base->lines, "points", point - 1);
   flp_line_open(base->lines, "outcomes", '[');
   if (host->groups.len > 0) {
      flp_line_raw(base->lines, flp_view(host->groups.data, host->groups.len));
   }
   flp_line_close(base->lines, ']');
   flp_line_end(base->lines);
}

void flp_run_case(flp_host_t *host, const flp_frame_t *frame)
{
   flp_run_t run;
   host->gate.page->cases_begun++;
   host->gate.page->step = 0;
   play(&run, host, frame, &host->lines[0], 0, 0, true);
   if (run.fails_alloc) {
      drop(&run);
      play(&run, host, frame, &host->lines[0], 0, 0, false);
   }
   uint64_t calls = host->gate.calls;
   const bool owns_memory = FLP_HOST_COUNTS_ALLOCATIONS && flp_outside.count_allocations;
   if ((run.fails_alloc || run.sweeps_alloc) && !owns_memory) {
      flp_run_problem(&run, "this host does not own the allocations of the subject");
   } else if (!run.problem && run.split_len > 1) {
      calls = sweep_split(&run, calls);
   } else if (!run.problem && run.sweeps_alloc) {
      sweep_allocations(&run);
   }
   host->gate.point = 0;
   host->current = NULL;
   finish(&run, calls);
}
