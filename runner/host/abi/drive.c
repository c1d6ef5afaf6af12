/* The loop of a libmongocrypt client around one context: read the state, ask, answer, finish; every turn becomes an event.
 * It takes what the plan gives and judges nothing. */
#include "runner/host/abi/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATE_ERROR = 0, STATE_NEED_KMS = 4, STATE_READY = 5, STATE_DONE = 6, STATE_NEED_KMS_CREDENTIALS = 7, STATE_COLLINFO_WITH_DB = 8 };

static const struct {
   const char *name;
   bool asks;
   flp_ask_kind_t kind;
} states[] = {
   [STATE_ERROR] = {"ERROR", false, FLP_ASK_KINDS},
   [1] = {"NEED_MONGO_COLLINFO", true, FLP_ASK_COLLINFO},
   [2] = {"NEED_MONGO_MARKINGS", true, FLP_ASK_MARKINGS},
   [3] = {"NEED_MONGO_KEYS", true, FLP_ASK_KEYS},
   [STATE_NEED_KMS] = {"NEED_KMS", true, FLP_ASK_KMS},
   [STATE_READY] = {"READY", false, FLP_ASK_KINDS},
   [STATE_DONE] = {"DONE", false, FLP_ASK_KINDS},
   [STATE_NEED_KMS_CREDENTIALS] = {"NEED_KMS_CREDENTIALS", true, FLP_ASK_CREDENTIALS},
   [STATE_COLLINFO_WITH_DB] = {"NEED_MONGO_COLLINFO_WITH_DB", true, FLP_ASK_COLLINFO_WITH_DB},
};

enum { N_STATES = sizeof states / sizeof states[0] };

const char *flp_state_name(uint64_t state, char storage[24])
{
   if (state < N_STATES) {
      return states[state].name;
   }
   snprintf(storage, 24, "UNKNOWN(%u)", (unsigned)state);
   return storage;
}

/* What was handed to the subject in one answer, and what it said. */
typedef struct {
   flp_view_t bytes;
   bool ok;
} given_t;

/* A KMS request: what it asks is the subject's until kms_done. */
typedef struct {
   void *kms;
   flp_view_t message, provider;
   const char *endpoint;
} kms_t;

typedef struct {
   flp_run_t *run;
   flp_gate_t *gate;
   int64_t index;  /* of the call */
   int64_t round;
   void *ctx;
   uint64_t state;
   flp_exchange_t exchange;
   bool over;      /* `outcome`, `stopped` or `problem` is written */
   bool marked;    /* its outcome counts for a sweep */
   kms_t kms[FLP_MAX_KMS];
   size_t n_kms;
   given_t *given;
   size_t n_given, cap_given;
} drive_t;

/* --- endings --------------------------------------------------------------------------------------------------------------------- */

static void outcome(drive_t *d, const char *state, const flp_view_t *result, const flp_error_t *error, const char *failed)
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
   if (d->marked) {
      d->run->fragment_at = from;
      d->run->fragment_len = lines->len - from;
   }
   flp_line_end(lines);
   d->over = true;
}

/* The last call returned false (or does not exist): its object says why. */
static void ended_in_error(drive_t *d, flp_abi_kind_t kind, void *object, flp_fn_t fn)
{
   flp_error_t error;
   const char *name = d->gate->functions[fn]->name;
   if (!flp_gate_has(d->gate, fn)) {
      flp_gate_error_missing(&error, name);
      outcome(d, "ERROR", NULL, &error, name);
      return;
   }
   const bool has_error = flp_gate_error(d->gate, kind, object, &error);
   outcome(d, "ERROR", NULL, has_error ? &error : NULL, name);
}

static void stopped(drive_t *d, const char *reason, const char *why)
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
   if (d->marked) {
      d->run->fragment_at = from;
      d->run->fragment_len = lines->len - from;
   }
   flp_line_end(lines);
   d->over = true;
}

/* --- asking ----------------------------------------------------------------------------------------------------------------------- */

static void begin_ask(drive_t *d)
{
   char storage[24];
   flp_line_begin(d->run->lines, "ask");
   flp_line_number(d->run->lines, "call", d->index);
   flp_line_number(d->run->lines, "round", d->round);
   flp_line_string(d->run->lines, "state", flp_state_name(d->state, storage));
}

static void end_ask(drive_t *d)
{
   flp_line_end(d->run->lines);
}

/* Filter, command or nothing: what a state that is not KMS asks for. */
static bool ask_mongo(drive_t *d, flp_question_t *question)
{
   flp_lines_t *lines = d->run->lines;
   if (d->state != STATE_NEED_KMS_CREDENTIALS && !flp_gate_bytes(d->gate, FLP_FN_ctx_mongo_op, d->ctx, &question->op)) {
      ended_in_error(d, FLP_ABI_CTX, d->ctx, FLP_FN_ctx_mongo_op);
      return false;
   }
   const char *db = NULL;
   if (d->state == STATE_COLLINFO_WITH_DB) {
      db = flp_gate_pointer(d->gate, FLP_FN_ctx_mongo_db, FLP_ARGS(FLP_HANDLE(d->ctx)));
      if (db == NULL) {
         ended_in_error(d, FLP_ABI_CTX, d->ctx, FLP_FN_ctx_mongo_db);
         return false;
      }
      question->db = flp_view_text(db);
      question->has_db = true;
   }
   begin_ask(d);
   if (d->state == STATE_NEED_KMS_CREDENTIALS) {
      flp_line_null(lines, "op");
   } else {
      flp_line_bytes(lines, "op", question->op);
   }
   flp_line_string(lines, "db", db);
   end_ask(d);
   return true;
}

/* Gathers the requests that the subject hands out now. False: reading one failed, the call is over. */
static bool gather_kms(drive_t *d)
{
   d->n_kms = 0;
   while (d->n_kms < FLP_MAX_KMS) {
      kms_t *k = &d->kms[d->n_kms];
      flp_result_t result;
      k->kms = flp_gate_pointer(d->gate, FLP_FN_ctx_next_kms_ctx, FLP_ARGS(FLP_HANDLE(d->ctx)));
      if (k->kms == NULL) {
         break;
      }
      const flp_arg_t *args = FLP_ARGS(FLP_HANDLE(k->kms), FLP_OUT);
      if (!flp_gate_bytes(d->gate, FLP_FN_kms_ctx_message, k->kms, &k->message)) {
         ended_in_error(d, FLP_ABI_KMS, k->kms, FLP_FN_kms_ctx_message);
         return false;
      }
      if (!flp_gate_call(d->gate, d->gate->functions[FLP_FN_kms_ctx_endpoint], args, &result) || result.number == 0) {
         ended_in_error(d, FLP_ABI_KMS, k->kms, FLP_FN_kms_ctx_endpoint);
         return false;
      }
      k->endpoint = result.out_text;
      flp_gate_call(d->gate, d->gate->functions[FLP_FN_kms_ctx_get_kms_provider], args, &result);
      k->provider = flp_view(result.pointer, result.pointer == NULL ? 0 : result.out_len);
      d->n_kms++;
   }
   return true;
}

/* The first request stands for the round in the world's eyes. */
static void ask_kms(drive_t *d, flp_question_t *question)
{
   flp_lines_t *lines = d->run->lines;
   begin_ask(d);
   flp_line_open(lines, "kms", '[');
   for (size_t i = 0; i < d->n_kms; i++) {
      const kms_t *k = &d->kms[i];
      flp_line_open(lines, NULL, '{');
      flp_line_string(lines, "endpoint", k->endpoint);
      if (k->provider.data == NULL) {
         flp_line_null(lines, "provider");
      } else {
         flp_line_text(lines, "provider", k->provider);
      }
      flp_line_bytes(lines, "message", k->message);
      flp_line_close(lines, '}');
   }
   flp_line_close(lines, ']');
   end_ask(d);
   if (d->n_kms > 0) {
      question->op = d->kms[0].message;
      question->endpoint = flp_view_text(d->kms[0].endpoint);
      question->provider = d->kms[0].provider;
   }
}

/* --- answering -------------------------------------------------------------------------------------------------------------------- */

static void remember(drive_t *d, flp_view_t bytes, bool ok)
{
   if (d->n_given == d->cap_given) {
      const size_t cap = d->cap_given == 0 ? 16 : d->cap_given * 2;
      given_t *given = realloc(d->given, cap * sizeof *given);
      if (given == NULL) {
         d->run->lines->failed = true;
         return;
      }
      d->given = given;
      d->cap_given = cap;
   }
   d->given[d->n_given++] = (given_t){bytes, ok};
}

typedef enum { DONE_NOT_CALLED, DONE_TRUE, DONE_FALSE } done_t;

static void write_answer(drive_t *d, const flp_turn_t *turn, flp_ask_kind_t kind, done_t done)
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
   if (done == DONE_NOT_CALLED) {
      flp_line_null(lines, "done");
   } else {
      flp_line_bool(lines, "done", done == DONE_TRUE);
   }
   flp_line_end(lines);
}

/* Feeds documents (or credentials) until one is refused. */
static bool feed_mongo(drive_t *d, const flp_turn_t *turn)
{
   const flp_fn_t fn = d->state == STATE_NEED_KMS_CREDENTIALS ? FLP_FN_ctx_provide_kms_providers : FLP_FN_ctx_mongo_feed;
   for (size_t i = 0; i < turn->answer.len; i++) {
      const flp_reply_t *reply = &turn->answer.replies[i];
      for (uint32_t k = 0; k < reply->times; k++) {
         const bool ok = flp_gate_feed(d->gate, fn, d->ctx, reply->bytes);
         remember(d, reply->bytes, ok);
         if (!ok) {
            return false;
         }
      }
   }
   return true;
}

/* Gives bytes in pieces no longer than the request wants, like a client that reads from a socket. */
static bool feed_pieces(drive_t *d, void *kms, flp_view_t bytes)
{
   while (bytes.len > 0) {
      flp_result_t result;
      flp_gate_call(d->gate, d->gate->functions[FLP_FN_kms_ctx_bytes_needed], FLP_ARGS(FLP_HANDLE(kms)), &result);
      const size_t want = (size_t)result.number;
      if (want == 0) {
         return true; /* it has all it needs; the rest stays in the socket */
      }
      const size_t n = bytes.len < want ? bytes.len : want;
      if (!flp_gate_feed(d->gate, FLP_FN_kms_ctx_feed, kms, flp_view(bytes.data, n))) {
         return false;
      }
      bytes = flp_view(bytes.data + n, bytes.len - n);
   }
   return true;
}

static bool feed_reply(drive_t *d, void *kms, const flp_reply_t *reply, bool split)
{
   const size_t at = d->run->split_at;
   for (uint32_t k = 0; k < reply->times; k++) {
      bool ok;
      if (k > 0) { /* repeated: given whole, whether wanted or not */
         ok = flp_gate_feed(d->gate, FLP_FN_kms_ctx_feed, kms, reply->bytes);
      } else if (split && at > 0 && at < reply->bytes.len) {
         ok = feed_pieces(d, kms, flp_view(reply->bytes.data, at)) &&
              feed_pieces(d, kms, flp_view(reply->bytes.data + at, reply->bytes.len - at));
      } else {
         ok = feed_pieces(d, kms, reply->bytes);
      }
      remember(d, reply->bytes, ok);
      if (!ok) {
         return false;
      }
   }
   return true;
}

/* Waits as long as a request says, without waiting. */
static void sleep_for(drive_t *d, void *kms)
{
   flp_result_t result;
   if (flp_gate_call(d->gate, d->gate->functions[FLP_FN_kms_ctx_usleep], FLP_ARGS(FLP_HANDLE(kms)), &result)) {
      const int64_t us = (int64_t)result.number;
      flp_outside_advance_ns(us > 0 && us < INT64_MAX / 1000 ? us * 1000 : 0);
   }
}

/* False: the call is over, its outcome is to be written by `*fn` on `*kms`. */
static bool feed_kms(drive_t *d, const flp_turn_t *turn, void **kms, flp_fn_t *fn)
{
   for (size_t i = 0; i < turn->answer.len && i < d->n_kms; i++) {
      const flp_reply_t *reply = &turn->answer.replies[i];
      *kms = d->kms[i].kms;
      sleep_for(d, *kms);
      if (turn->split && reply->bytes.len > d->run->split_len) {
         d->run->split_len = reply->bytes.len;
      }
      if (reply->reset) {
         *fn = FLP_FN_kms_ctx_fail;
         if (!flp_gate_true(d->gate, FLP_FN_kms_ctx_fail, FLP_ARGS(FLP_HANDLE(*kms)))) {
            return false;
         }
         continue;
      }
      *fn = FLP_FN_kms_ctx_feed;
      if (!feed_reply(d, *kms, reply, turn->split)) {
         return false;
      }
   }
   return true;
}

static void answer_mongo(drive_t *d, const flp_turn_t *turn, flp_ask_kind_t kind)
{
   const bool credentials = d->state == STATE_NEED_KMS_CREDENTIALS;
   done_t done = DONE_NOT_CALLED;
   const bool fed = feed_mongo(d, turn);
   if (fed && !credentials && turn->fault.action != FLP_FAULT_NO_DONE) {
      done = flp_gate_true(d->gate, FLP_FN_ctx_mongo_done, FLP_ARGS(FLP_HANDLE(d->ctx))) ? DONE_TRUE : DONE_FALSE;
   }
   write_answer(d, turn, kind, done);
   if (!fed) {
      ended_in_error(d, FLP_ABI_CTX, d->ctx, credentials ? FLP_FN_ctx_provide_kms_providers : FLP_FN_ctx_mongo_feed);
   } else if (done == DONE_FALSE) {
      ended_in_error(d, FLP_ABI_CTX, d->ctx, FLP_FN_ctx_mongo_done);
   }
}

static void answer_kms(drive_t *d, const flp_turn_t *turn)
{
   void *kms = NULL;
   flp_fn_t fn = FLP_FN_kms_ctx_feed;
   done_t done = DONE_NOT_CALLED;
   const bool fed = feed_kms(d, turn, &kms, &fn);
   bool gathered = true;
   if (!fed) {
      write_answer(d, turn, FLP_ASK_KMS, done);
      ended_in_error(d, FLP_ABI_KMS, kms, fn);
      return;
   }
   /* Requests that are to be sent again are handed out again: then the round is not done. */
   if (turn->fault.action != FLP_FAULT_NO_DONE) {
      gathered = gather_kms(d);
      if (gathered && d->n_kms == 0) {
         done = flp_gate_true(d->gate, FLP_FN_ctx_kms_done, FLP_ARGS(FLP_HANDLE(d->ctx))) ? DONE_TRUE : DONE_FALSE;
      }
   }
   if (!d->over) {
      write_answer(d, turn, FLP_ASK_KMS, done);
   }
   if (done == DONE_FALSE) {
      ended_in_error(d, FLP_ABI_CTX, d->ctx, FLP_FN_ctx_kms_done);
   }
}

/* One round: question, answer, done. */
static void play_round(drive_t *d)
{
   flp_question_t question = {.kind = states[d->state].kind};
   flp_turn_t turn = {0};

   if (d->state == STATE_NEED_KMS) {
      /* After a retry the requests are already here. */
      if (d->n_kms == 0 && !gather_kms(d)) {
         return;
      }
      ask_kms(d, &question);
   } else if (!ask_mongo(d, &question)) {
      return;
   }
   d->n_given = 0;
   switch (flp_exchange_turn(&d->exchange, &d->run->world, &question, &turn)) {
   case FLP_EXCHANGE_ANSWER:
      if (turn.fault.action == FLP_FAULT_DELAY) {
         flp_outside_advance_ns(turn.fault.ms * 1000000);
      }
      if (d->state == STATE_NEED_KMS) {
         answer_kms(d, &turn);
      } else {
         answer_mongo(d, &turn, question.kind);
      }
      break;
   case FLP_EXCHANGE_UNANSWERED:
      stopped(d, "unanswered", NULL);
      break;
   case FLP_EXCHANGE_MISMATCH:
      stopped(d, "mismatch", turn.why);
      break;
   case FLP_EXCHANGE_NO_ROLE:
      stopped(d, "no_role", turn.why);
      break;
   case FLP_EXCHANGE_REFUSED:
      stopped(d, "refused", turn.why);
      break;
   case FLP_EXCHANGE_PROBLEM:
      flp_run_problem(d->run, "%s", turn.why);
      d->over = true;
      break;
   }
   flp_turn_cleanup(&turn);
   d->round++;
}

/* --- the loop ------------------------------------------------------------------------------------------------------------------------ */

static void loop(drive_t *d)
{
   flp_view_t result = {0};
   bool finalized = false;
   for (int turns = 0; !d->over; turns++) {
      flp_result_t state;
      if (!flp_gate_call(d->gate, d->gate->functions[FLP_FN_ctx_state], FLP_ARGS(FLP_HANDLE(d->ctx)), &state)) {
         ended_in_error(d, FLP_ABI_CTX, d->ctx, FLP_FN_ctx_state);
         return;
      }
      d->state = state.number;
      if (turns == FLP_MAX_ROUNDS && d->state != STATE_DONE && d->state != STATE_ERROR) {
         stopped(d, "endless", NULL);
      } else if (d->state >= N_STATES) {
         stopped(d, "unknown_state", NULL);
      } else if (states[d->state].asks) {
         play_round(d);
      } else if (d->state == STATE_READY) {
         finalized = flp_gate_bytes(d->gate, FLP_FN_ctx_finalize, d->ctx, &result);
         if (!finalized) {
            ended_in_error(d, FLP_ABI_CTX, d->ctx, FLP_FN_ctx_finalize);
         }
      } else if (d->state == STATE_DONE) {
         outcome(d, "DONE", finalized ? &result : NULL, NULL, NULL);
      } else {
         ended_in_error(d, FLP_ABI_CTX, d->ctx, FLP_FN_ctx_state);
      }
   }
}

/* Which allocation of this call is to fail; 0: none. */
static uint64_t failing_allocation(drive_t *d, const bson_iter_t *fail_alloc)
{
   if (fail_alloc == NULL) {
      return 0;
   }
   if (BSON_ITER_HOLDS_UTF8(fail_alloc)) { /* every */
      d->run->sweeps_alloc = d->marked = true;
      return d->run->fail_point;
   }
   d->run->fails_alloc = true;
   return d->run->dry ? 0 : (uint64_t)bson_iter_as_int64(fail_alloc);
}

void flp_drive_call(flp_run_t *run, int64_t index, const bson_iter_t *call, const bson_iter_t *exchange, const bson_iter_t *fail_alloc)
{
   drive_t d = {.run = run, .gate = run->gate, .index = index};
   flp_error_t error;
   const char *failed = NULL;
   flp_result_t result;

   if (!flp_exchange_begin(&d.exchange, exchange)) {
      flp_run_problem(run, "`exchange` is a list");
      return;
   }
   const uint64_t nth = failing_allocation(&d, fail_alloc);
   flp_outside_fail_at(nth);
   switch (flp_context_open(run, call, &d.ctx, &error, &failed)) {
   case FLP_CONTEXT_READY:
      loop(&d);
      break;
   case FLP_CONTEXT_FAILED:
      outcome(&d, "ERROR", NULL, &error, failed);
      break;
   case FLP_CONTEXT_PROBLEM:
      break;
   }
   if (nth != 0 && d.marked) {
      run->alloc_failed = flp_outside.failed;
   }
   flp_outside_fail_at(0);
   if (d.ctx != NULL) {
      flp_gate_call(d.gate, d.gate->functions[FLP_FN_ctx_destroy], FLP_ARGS(FLP_HANDLE(d.ctx)), &result);
   }
   free(d.given);
   flp_run_leaks(run, index);
}
