/* The loop of a libmongocrypt client around one context: read the state, ask, answer, finish; every turn becomes an event.
 * It takes what the plan gives and judges nothing. */
#include "runner/host/abi/drive.h"

#include <stdlib.h>

/* Filter, command or nothing: what a state that is not KMS asks for. */
static bool ask_mongo(flp_drive_t *d, flp_question_t *question)
{
   flp_lines_t *lines = d->run->lines;
   if (d->state != FLP_STATE_NEED_KMS_CREDENTIALS && !flp_gate_bytes(d->gate, FLP_FN_ctx_mongo_op, d->ctx, &question->op)) {
      flp_drive_failed(d, FLP_ABI_CTX, d->ctx, FLP_FN_ctx_mongo_op);
      return false;
   }
   const char *db = NULL;
   if (d->state == FLP_STATE_COLLINFO_WITH_DB) {
      db = flp_gate_pointer(d->gate, FLP_FN_ctx_mongo_db, FLP_ARGS(FLP_HANDLE(d->ctx)));
      if (db == NULL) {
         flp_drive_failed(d, FLP_ABI_CTX, d->ctx, FLP_FN_ctx_mongo_db);
         return false;
      }
      question->db = flp_view_text(db);
      question->has_db = true;
   }
   flp_drive_begin_ask(d);
   if (question->kind == FLP_ASK_COLLINFO) { /* the library does not say it: a client knows on which database it runs its command */
      question->db = d->db;
      question->has_db = true;
   }
   if (d->state == FLP_STATE_NEED_KMS_CREDENTIALS) {
      flp_line_null(lines, "op");
   } else {
      flp_line_bytes(lines, "op", question->op);
   }
   flp_line_string(lines, "db", db);
   flp_drive_end_ask(d);
   return true;
}

/* Feeds documents (or credentials) until one is refused. */
static bool feed_mongo(flp_drive_t *d, const flp_turn_t *turn)
{
   const flp_fn_t fn = d->state == FLP_STATE_NEED_KMS_CREDENTIALS ? FLP_FN_ctx_provide_kms_providers : FLP_FN_ctx_mongo_feed;
   for (size_t i = 0; i < turn->answer.len; i++) {
      const flp_reply_t *reply = &turn->answer.replies[i];
      for (uint32_t k = 0; k < reply->times; k++) {
         const bool ok = flp_gate_feed(d->gate, fn, d->ctx, reply->bytes);
         flp_drive_remember(d, reply->bytes, ok);
         if (!ok) {
            return false;
         }
      }
   }
   return true;
}

static void answer_mongo(flp_drive_t *d, const flp_turn_t *turn, flp_ask_kind_t kind)
{
   const bool credentials = d->state == FLP_STATE_NEED_KMS_CREDENTIALS;
   flp_done_t done = FLP_DONE_NOT_CALLED;
   const bool fed = feed_mongo(d, turn);
   if (fed && !credentials && turn->fault.action != FLP_FAULT_NO_DONE) {
      done = flp_gate_true(d->gate, FLP_FN_ctx_mongo_done, FLP_ARGS(FLP_HANDLE(d->ctx))) ? FLP_DONE_TRUE : FLP_DONE_FALSE;
   }
   flp_drive_write_answer(d, turn, kind, done);
   if (!fed) {
      flp_drive_failed(d, FLP_ABI_CTX, d->ctx, credentials ? FLP_FN_ctx_provide_kms_providers : FLP_FN_ctx_mongo_feed);
   } else if (done == FLP_DONE_FALSE) {
      flp_drive_failed(d, FLP_ABI_CTX, d->ctx, FLP_FN_ctx_mongo_done);
   }
}

/* A fault that this door cannot play is never passed over in silence. */
static bool playable(flp_drive_t *d, const flp_turn_t *turn)
{
   const flp_fault_action_t action = turn->fault.action;
   if ((action == FLP_FAULT_RESET && d->state != FLP_STATE_NEED_KMS) ||
       (action == FLP_FAULT_NO_DONE && d->state == FLP_STATE_NEED_KMS_CREDENTIALS)) {
      flp_run_problem(d->run, "the fault `%s` means nothing in this state", flp_fault_name(action));
      d->over = true;
      return false;
   }
   return true;
}

/* One round: question, answer, done. */
static void play_round(flp_drive_t *d)
{
   flp_question_t question = {.kind = (flp_ask_kind_t)flp_state_asks(d->state)};
   flp_turn_t turn = {0};

   if (d->state == FLP_STATE_NEED_KMS) {
      /* After a retry the requests are already here. */
      if (d->n_kms == 0 && !flp_drive_gather_kms(d)) {
         return;
      }
      flp_drive_ask_kms(d, &question);
   } else if (!ask_mongo(d, &question)) {
      return;
   }
   d->n_given = 0;
   switch (flp_exchange_turn(&d->exchange, &d->run->world, &question, &turn)) {
   case FLP_EXCHANGE_ANSWER:
      if (!playable(d, &turn)) {
         break;
      }
      if (turn.fault.action == FLP_FAULT_DELAY) {
         flp_outside_advance_ns(turn.fault.ms * 1000000);
      }
      if (d->state == FLP_STATE_NEED_KMS) {
         flp_drive_answer_kms(d, &turn);
      } else {
         answer_mongo(d, &turn, question.kind);
      }
      break;
   case FLP_EXCHANGE_UNANSWERED:
      flp_drive_stopped(d, "unanswered", NULL);
      break;
   case FLP_EXCHANGE_MISMATCH:
      flp_drive_stopped(d, "mismatch", turn.why);
      break;
   case FLP_EXCHANGE_NO_ROLE:
      flp_drive_stopped(d, "no_role", turn.why);
      break;
   case FLP_EXCHANGE_REFUSED:
      flp_drive_stopped(d, "refused", turn.why);
      break;
   case FLP_EXCHANGE_PROBLEM:
      flp_run_problem(d->run, "%s", turn.why);
      d->over = true;
      break;
   }
   flp_turn_cleanup(&turn);
   d->round++;
}

static void loop(flp_drive_t *d)
{
   flp_view_t result = {0};
   bool finalized = false;
   for (int turns = 0; !d->over; turns++) {
      flp_result_t state;
      if (!flp_gate_call(d->gate, d->gate->functions[FLP_FN_ctx_state], FLP_ARGS(FLP_HANDLE(d->ctx)), &state)) {
         flp_drive_failed(d, FLP_ABI_CTX, d->ctx, FLP_FN_ctx_state);
         return;
      }
      d->state = state.number;
      if (turns == FLP_MAX_ROUNDS && d->state != FLP_STATE_DONE && d->state != FLP_STATE_ERROR) {
         flp_drive_stopped(d, "endless", NULL);
      } else if (!flp_state_known(d->state)) {
         flp_drive_stopped(d, "unknown_state", NULL);
      } else if (flp_state_asks(d->state) >= 0) {
         play_round(d);
      } else if (d->state == FLP_STATE_READY) {
         finalized = flp_gate_bytes(d->gate, FLP_FN_ctx_finalize, d->ctx, &result);
         if (!finalized) {
            flp_drive_failed(d, FLP_ABI_CTX, d->ctx, FLP_FN_ctx_finalize);
         }
      } else if (d->state == FLP_STATE_DONE) {
         flp_drive_outcome(d, "DONE", finalized ? &result : NULL, NULL, NULL);
      } else {
         flp_drive_failed(d, FLP_ABI_CTX, d->ctx, FLP_FN_ctx_state);
      }
   }
}

/* The allocations of a call with `fail_alloc` are counted from its start. A sweep of the whole case counts from the handle's making. */
static bool begin_counting(flp_run_t *run, const bson_iter_t *fail_alloc)
{
   if (fail_alloc == NULL || run->repeated) {
      return false;
   }
   if (!BSON_ITER_HOLDS_UTF8(fail_alloc)) {
      run->fails_alloc = true;
      flp_outside_fail_at(run->dry ? 0 : (uint64_t)bson_iter_as_int64(fail_alloc));
      return true;
   }
   run->sweeps_alloc = true; /* every */
   if (run->frame->sweeps) {
      return false;
   }
   flp_outside_fail_at(run->fail_point);
   return true;
}

static void end_counting(flp_run_t *run)
{
   run->alloc_failed = flp_outside.failed;
   run->n_points = flp_outside.allocations;
   flp_outside_fail_at(0);
}

/* `{encrypt: {db: ...}}`. */
static flp_view_t database_of(const bson_iter_t *call)
{
   bson_iter_t encrypt, db;
   if (!flp_plan_field(call, "encrypt", &encrypt) || !flp_plan_field(&encrypt, "db", &db) || !BSON_ITER_HOLDS_UTF8(&db)) {
      return flp_view(NULL, 0);
   }
   uint32_t len = 0;
   const char *text = bson_iter_utf8(&db, &len);
   return flp_view(text, len);
}

void flp_drive_call(flp_run_t *run, int64_t index, const bson_iter_t *call, const bson_iter_t *exchange, const bson_iter_t *fail_alloc)
{
   flp_drive_t d = {.run = run, .gate = run->gate, .index = index};
   flp_error_t error;
   const char *failed = NULL;
   flp_result_t result;

   if (!flp_exchange_begin(&d.exchange, exchange)) {
      flp_run_problem(run, "`exchange` is a list");
      return;
   }
   d.db = database_of(call);
   d.exchange.skips = run->repeated;
   const bool counts = begin_counting(run, fail_alloc);
   switch (flp_context_open(run, call, &d.ctx, &error, &failed)) {
   case FLP_CONTEXT_READY:
      loop(&d);
      break;
   case FLP_CONTEXT_FAILED:
      flp_drive_outcome(&d, "ERROR", NULL, &error, failed);
      break;
   case FLP_CONTEXT_PROBLEM:
      break;
   }
   if (counts) {
      end_counting(run);
   }
   if (d.ctx != NULL) {
      flp_gate_call(d.gate, d.gate->functions[FLP_FN_ctx_destroy], FLP_ARGS(FLP_HANDLE(d.ctx)), &result);
   }
   free(d.given);
   flp_run_leaks(run, index);
}
