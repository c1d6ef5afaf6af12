/* What the driver writes of a call: questions, answers, and how it ended. Also the names of the states. */
#include "runner/host/abi/drive.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
   const char *name;
   int asks;
} states[] = {
   [FLP_STATE_ERROR] = {"ERROR", -1},
   [1] = {"NEED_MONGO_COLLINFO", FLP_ASK_COLLINFO},
   [2] = {"NEED_MONGO_MARKINGS", FLP_ASK_MARKINGS},
   [3] = {"NEED_MONGO_KEYS", FLP_ASK_KEYS},
   [FLP_STATE_NEED_KMS] = {"NEED_KMS", FLP_ASK_KMS},
   [FLP_STATE_READY] = {"READY", -1},
   [FLP_STATE_DONE] = {"DONE", -1},
   [FLP_STATE_NEED_KMS_CREDENTIALS] = {"NEED_KMS_CREDENTIALS", FLP_ASK_CREDENTIALS},
   [FLP_STATE_COLLINFO_WITH_DB] = {"NEED_MONGO_COLLINFO_WITH_DB", FLP_ASK_COLLINFO_WITH_DB},
};

enum { N_STATES = sizeof states / sizeof states[0] };

bool flp_state_known(uint64_t state)
{
   return state < N_STATES;
}

int flp_state_asks(uint64_t state)
{
   return state < N_STATES ? states[state].asks : -1;
}

const char *flp_state_name(uint64_t state, char storage[24])
{
   if (state < N_STATES) {
      return states[state].name;
   }
   snprintf(storage, 24, "UNKNOWN(%u)", (unsigned)state);
   return storage;
}

void flp_drive_outcome(flp_drive_t *d, const char *state, const flp_view_t *result, const flp_error_t *error, const char *failed)
{
   flp_lines_t *lines = d->run->lines;
   flp_line_begin(lines, "outcome");
   flp_line_number(lines, "call", d->index);
   const size_t from = lines->len + 1; /* behind the comma */
   flp_line_string(lines, "state", state);
   if (result != NULL) {
      flp_line_bytes(lines, "result", *result);
   } else {
      flp_line_null(lines, "result");
   }
   flp_run_write_error(d->run, error);
   flp_line_string(lines, "failed", failed);
   flp_seen(d->run, FLP_SEEN_END, d->index, from);
   flp_line_end(lines);
   d->over = true;
}

/* The last call returned false (or does not exist): its object says why. */
void flp_drive_failed(flp_drive_t *d, flp_abi_kind_t kind, void *object, flp_fn_t fn)
{
   flp_error_t error;
   const char *name = d->gate->functions[fn]->name;
   if (!flp_gate_has(d->gate, fn)) {
      flp_gate_error_missing(&error, name);
      flp_drive_outcome(d, "ERROR", NULL, &error, name);
      return;
   }
   const bool has_error = flp_gate_error(d->gate, kind, object, &error);
   flp_drive_outcome(d, "ERROR", NULL, has_error ? &error : NULL, name);
}

void flp_drive_stopped(flp_drive_t *d, const char *reason, const char *why)
{
   flp_lines_t *lines = d->run->lines;
   char storage[24];
   flp_line_begin(lines, "stopped");
   flp_line_number(lines, "call", d->index);
   flp_line_number(lines, "round", d->round);
   const size_t from = lines->len + 1;
   flp_line_string(lines, "state", flp_state_name(d->state, storage));
   flp_line_string(lines, "reason", reason);
   flp_line_string(lines, "why", why);
   flp_seen(d->run, FLP_SEEN_END, d->index, from);
   flp_line_end(lines);
   d->over = true;
}

void flp_drive_begin_ask(flp_drive_t *d)
{
   char storage[24];
   flp_line_begin(d->run->lines, "ask");
   flp_line_number(d->run->lines, "call", d->index);
   flp_line_number(d->run->lines, "round", d->round);
   d->ask_from = d->run->lines->len + 1;
   flp_line_string(d->run->lines, "state", flp_state_name(d->state, storage));
}

void flp_drive_end_ask(flp_drive_t *d)
{
   flp_seen(d->run, FLP_SEEN_ASK, d->index, d->ask_from);
   flp_line_end(d->run->lines);
}

void flp_drive_remember(flp_drive_t *d, flp_view_t bytes, bool ok)
{
   if (d->n_given == d->cap_given) {
      const size_t cap = d->cap_given == 0 ? 16 : d->cap_given * 2;
      flp_given_t *given = realloc(d->given, cap * sizeof *given);
      if (given == NULL) {
         d->run->lines->failed = true;
         return;
      }
      d->given = given;
      d->cap_given = cap;
   }
   d->given[d->n_given++] = (flp_given_t){bytes, ok};
}

void flp_drive_write_answer(flp_drive_t *d, const flp_turn_t *turn, flp_ask_kind_t kind, flp_done_t done)
{
   flp_lines_t *lines = d->run->lines;
   flp_line_begin(lines, "answer");
   flp_line_number(lines, "call", d->index);
   flp_line_number(lines, "round", d->round);
   flp_line_string(lines, "kind", flp_ask_kind_name(kind == FLP_ASK_COLLINFO_WITH_DB ? FLP_ASK_COLLINFO : kind));
   flp_line_open(lines, "given", '[');
   for (size_t i = 0; i < d->n_given; i++) {
      flp_line_bytes(lines, NULL, d->given[i].bytes);
   }
   flp_line_close(lines, ']');
   flp_line_open(lines, "returns", '[');
   for (size_t i = 0; i < d->n_given; i++) {
      flp_line_bool(lines, NULL, d->given[i].ok);
   }
   flp_line_close(lines, ']');
   flp_line_string(lines, "fault", flp_fault_name(turn->fault.action));
   if (turn->split && d->run->split_at != 0) {
      flp_line_unsigned(lines, "offset", d->run->split_at);
   } else {
      flp_line_null(lines, "offset");
   }
   if (done == FLP_DONE_NOT_CALLED) {
      flp_line_null(lines, "done");
   } else {
      flp_line_bool(lines, "done", done == FLP_DONE_TRUE);
   }
   flp_line_end(lines);
}
