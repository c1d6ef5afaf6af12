/* Rounds with a KMS: the requests that a subject hands out, their replies in pieces no longer than wanted, resets, sleeps, and requests that
 * are to be sent again. */
#include "runner/host/abi/drive.h"

/* Gathers the requests that the subject hands out now. False: reading one failed, the call is over. */
bool flp_drive_gather_kms(flp_drive_t *d)
{
   d->n_kms = 0;
   while (d->n_kms < FLP_MAX_KMS) {
      flp_kms_request_t *k = &d->kms[d->n_kms];
      flp_result_t result;
      k->kms = flp_gate_pointer(d->gate, FLP_FN_ctx_next_kms_ctx, FLP_ARGS(FLP_HANDLE(d->ctx)));
      if (k->kms == NULL) {
         break;
      }
      const flp_arg_t *args = FLP_ARGS(FLP_HANDLE(k->kms), FLP_OUT);
      if (!flp_gate_bytes(d->gate, FLP_FN_kms_ctx_message, k->kms, &k->message)) {
         flp_drive_failed(d, FLP_ABI_KMS, k->kms, FLP_FN_kms_ctx_message);
         return false;
      }
      if (!flp_gate_call(d->gate, d->gate->functions[FLP_FN_kms_ctx_endpoint], args, &result) || result.number == 0) {
         flp_drive_failed(d, FLP_ABI_KMS, k->kms, FLP_FN_kms_ctx_endpoint);
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
void flp_drive_ask_kms(flp_drive_t *d, flp_question_t *question)
{
   flp_lines_t *lines = d->run->lines;
   flp_drive_begin_ask(d);
   flp_line_open(lines, "kms", '[');
   for (size_t i = 0; i < d->n_kms; i++) {
      const flp_kms_request_t *k = &d->kms[i];
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
   flp_drive_end_ask(d);
   if (d->n_kms > 0) {
      question->op = d->kms[0].message;
      question->endpoint = flp_view_text(d->kms[0].endpoint);
      question->provider = d->kms[0].provider;
   }
}

/* Gives bytes in pieces no longer than the request wants, like a client that reads from a socket. */
static bool feed_pieces(flp_drive_t *d, void *kms, flp_view_t bytes)
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

static bool feed_reply(flp_drive_t *d, void *kms, const flp_reply_t *reply, bool split)
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
      flp_drive_remember(d, reply->bytes, ok);
      if (!ok) {
         return false;
      }
   }
   return true;
}

/* Waits as long as a request says, without waiting. */
static void sleep_for(flp_drive_t *d, void *kms)
{
   flp_result_t result;
   if (flp_gate_call(d->gate, d->gate->functions[FLP_FN_kms_ctx_usleep], FLP_ARGS(FLP_HANDLE(kms)), &result)) {
      const int64_t us = (int64_t)result.number;
      flp_outside_advance_ns(us > 0 && us < INT64_MAX / 1000 ? us * 1000 : 0);
   }
}

/* False: the call is over, its outcome is to be written by `*fn` on `*kms`. */
static bool feed_kms(flp_drive_t *d, const flp_turn_t *turn, void **kms, flp_fn_t *fn)
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

void flp_drive_answer_kms(flp_drive_t *d, const flp_turn_t *turn)
{
   void *kms = NULL;
   flp_fn_t fn = FLP_FN_kms_ctx_feed;
   flp_done_t done = FLP_DONE_NOT_CALLED;
   const bool fed = feed_kms(d, turn, &kms, &fn);
   bool gathered = true;
   if (!fed) {
      flp_drive_write_answer(d, turn, FLP_ASK_KMS, done);
      flp_drive_failed(d, FLP_ABI_KMS, kms, fn);
      return;
   }
   /* Requests that are to be sent again are handed out again: then the round is not done. */
   if (turn->fault.action != FLP_FAULT_NO_DONE) {
      gathered = flp_drive_gather_kms(d);
      if (gathered && d->n_kms == 0) {
         done = flp_gate_true(d->gate, FLP_FN_ctx_kms_done, FLP_ARGS(FLP_HANDLE(d->ctx))) ? FLP_DONE_TRUE : FLP_DONE_FALSE;
      }
   }
   if (!d->over) {
      flp_drive_write_answer(d, turn, FLP_ASK_KMS, done);
   }
   if (done == FLP_DONE_FALSE) {
      flp_drive_failed(d, FLP_ABI_CTX, d->ctx, FLP_FN_ctx_kms_done);
   }
}
