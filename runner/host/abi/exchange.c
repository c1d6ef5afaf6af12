/* The script of a conversation: which answer serves the next round, scripted or live, and the fault that goes with it.
 * What the subject does with the answer is the driver's matter. */
#include "runner/host/abi/run.h"

#include <stdio.h>
#include <string.h>

static const struct {
   const char *name;
   flp_ask_kind_t kind, also;
} answer_kinds[] = {
   {"collinfo", FLP_ASK_COLLINFO, FLP_ASK_COLLINFO_WITH_DB},
   {"markings", FLP_ASK_MARKINGS, FLP_ASK_MARKINGS},
   {"keys", FLP_ASK_KEYS, FLP_ASK_KEYS},
   {"kms", FLP_ASK_KMS, FLP_ASK_KMS},
   {"credentials", FLP_ASK_CREDENTIALS, FLP_ASK_CREDENTIALS},
};

enum { N_ANSWER_KINDS = sizeof answer_kinds / sizeof answer_kinds[0] };

bool flp_exchange_begin(flp_exchange_t *exchange, const bson_iter_t *items)
{
   *exchange = (flp_exchange_t){.live = items == NULL};
   return items == NULL || (BSON_ITER_HOLDS_ARRAY(items) && bson_iter_recurse(items, &exchange->it));
}

/* An `ask` announces a round; the `answer` behind it (or an answer without an ask) serves it. */
static bool next_answer(flp_exchange_t *exchange, bson_iter_t *answer)
{
   for (int asks = 0; asks < 2; asks++) {
      bson_iter_t item = exchange->it;
      if (!bson_iter_next(&item)) {
         return false;
      }
      if (flp_plan_field(&item, "answer", answer)) {
         exchange->it = item;
         return true;
      }
      if (asks == 0) {
         exchange->it = item;
      }
   }
   return false;
}

static bool add_reply(flp_turn_t *turn, flp_ask_kind_t kind, const bson_iter_t *value)
{
   flp_view_t bytes;
   flp_buf_t made = {0};
   if (kind == FLP_ASK_KMS && BSON_ITER_HOLDS_UTF8(value)) {
      uint32_t len = 0;
      const char *text = bson_iter_utf8(value, &len);
      return flp_answer_add(&turn->answer, flp_view(text, len));
   }
   if (kind == FLP_ASK_KMS && BSON_ITER_HOLDS_DOCUMENT(value)) {
      const bool ok = flp_http_reply(value, &made) && flp_answer_add_take(&turn->answer, &made);
      flp_buf_cleanup(&made);
      return ok;
   }
   return flp_bytes_of_value(value, &bytes) && flp_answer_add(&turn->answer, bytes);
}

static bool add_script(flp_turn_t *turn, flp_ask_kind_t kind, const bson_iter_t *value)
{
   bson_iter_t it;
   if (!BSON_ITER_HOLDS_ARRAY(value)) {
      return add_reply(turn, kind, value);
   }
   if (!bson_iter_recurse(value, &it)) {
      return false;
   }
   while (bson_iter_next(&it)) {
      if (!add_reply(turn, kind, &it)) {
         return false;
      }
   }
   return true;
}

static flp_exchange_outcome_t ask_world(flp_world_t *world, const flp_question_t *question, flp_turn_t *turn)
{
   flp_world_ask(world, question, &turn->answer);
   if (turn->answer.kind == FLP_ANSWERED) {
      return FLP_EXCHANGE_ANSWER;
   }
   snprintf(turn->why, sizeof turn->why, "%s", turn->answer.why);
   return turn->answer.kind == FLP_NO_ROLE ? FLP_EXCHANGE_NO_ROLE : FLP_EXCHANGE_REFUSED;
}

static flp_exchange_outcome_t problem(flp_turn_t *turn, const char *why)
{
   if (turn->why[0] == '\0') {
      snprintf(turn->why, sizeof turn->why, "%s", why);
   }
   return FLP_EXCHANGE_PROBLEM;
}

static flp_exchange_outcome_t scripted(flp_world_t *world, const flp_question_t *question, const bson_iter_t *answer, flp_turn_t *turn)
{
   bson_iter_t it, value = {0};
   size_t kind = N_ANSWER_KINDS;

   if (!BSON_ITER_HOLDS_DOCUMENT(answer) || !bson_iter_recurse(answer, &it)) {
      return problem(turn, "an answer is a mapping");
   }
   while (bson_iter_next(&it)) {
      const char *key = bson_iter_key(&it);
      if (strcmp(key, "fault") == 0) {
         if (!flp_fault_parse(&it, &turn->fault, turn->why, sizeof turn->why)) {
            return problem(turn, "the fault cannot be read");
         }
      } else if (strcmp(key, "split") == 0) {
         turn->split = true;
      } else {
         for (kind = 0; kind < N_ANSWER_KINDS && strcmp(answer_kinds[kind].name, key) != 0; kind++) {
         }
         if (kind == N_ANSWER_KINDS) {
            return problem(turn, "an answer has a kind that the host does not know");
         }
         value = it;
      }
   }
   if (kind == N_ANSWER_KINDS) { /* only a fault: an answer of whatever kind is asked for, without replies */
      flp_world_note(world, question, NULL, NULL);
      return FLP_EXCHANGE_ANSWER;
   }
   if (question->kind != answer_kinds[kind].kind && question->kind != answer_kinds[kind].also) {
      flp_world_note(world, question, NULL, NULL);
      snprintf(turn->why, sizeof turn->why, "asked is `%s`, the next answer is `%s`", flp_ask_kind_name(question->kind),
               answer_kinds[kind].name);
      return FLP_EXCHANGE_MISMATCH;
   }
   if (BSON_ITER_HOLDS_UTF8(&value) && strcmp(bson_iter_utf8(&value, NULL), "live") == 0) {
      return ask_world(world, question, turn);
   }
   flp_world_note(world, question, NULL, NULL);
   return add_script(turn, question->kind, &value) ? FLP_EXCHANGE_ANSWER : problem(turn, "a reply in an answer is not one");
}

flp_exchange_outcome_t flp_exchange_turn(flp_exchange_t *exchange, flp_world_t *world, const flp_question_t *question, flp_turn_t *turn)
{
   bson_iter_t answer;
   if (exchange->live) {
      return ask_world(world, question, turn);
   }
   if (!next_answer(exchange, &answer)) {
      flp_world_note(world, question, NULL, NULL);
      return FLP_EXCHANGE_UNANSWERED;
   }
   flp_exchange_outcome_t outcome = scripted(world, question, &answer, turn);
   while (outcome == FLP_EXCHANGE_MISMATCH && exchange->skips && next_answer(exchange, &answer)) {
      outcome = scripted(world, question, &answer, turn);
   }
   if (outcome != FLP_EXCHANGE_ANSWER) {
      return outcome;
   }
   flp_world_note_fault(world, flp_fault_name(turn->fault.action));
   return flp_fault_apply(&turn->fault, &turn->answer) ? FLP_EXCHANGE_ANSWER : problem(turn, "no memory for the fault");
}

void flp_turn_cleanup(flp_turn_t *turn)
{
   flp_answer_cleanup(&turn->answer);
}
