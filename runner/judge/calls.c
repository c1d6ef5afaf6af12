/* Compares a conversation: for each call the rounds in order, then its end. The items of `exchange` are first laid out as rounds; the
 * events of the call are then walked once. */
#include "runner/judge/judging.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One round that the case tells: what is asked, and whether an answer stands behind it. */
typedef struct {
   flp_spot_t ask;
   bool has_ask;
   bool answered;
   unsigned item; /* index in `exchange` of the first item of the round */
} round_t;

typedef struct {
   bson_iter_t expect;
   bool has_expect;
   bool told; /* `exchange` is there: no other round may come */
   round_t *rounds;
   size_t n_rounds;
   size_t asked;     /* rounds that the subject asked for */
   json_int_t index; /* of the call in the transcript */
} conversation_t;

/* ---- rounds ---- */

static bool lay_out(const bson_iter_t *exchange, conversation_t *c)
{
   bson_iter_t item;
   size_t n_items = 0;
   if (!BSON_ITER_HOLDS_ARRAY(exchange) || !bson_iter_recurse(exchange, &item)) {
      return false;
   }
   while (bson_iter_next(&item)) {
      n_items++;
   }
   c->rounds = calloc(n_items + 1, sizeof *c->rounds); /* never more rounds than items */
   if (!c->rounds || !bson_iter_recurse(exchange, &item)) {
      return false;
   }
   for (unsigned i = 0; bson_iter_next(&item); i++) {
      bson_iter_t field;
      bool is_ask = flp_field(&item, "ask", &field);
      round_t *open = c->n_rounds > 0 && !c->rounds[c->n_rounds - 1].answered ? &c->rounds[c->n_rounds - 1] : NULL;
      if (is_ask || !open) {
         open = &c->rounds[c->n_rounds++];
         open->item = i;
      }
      if (is_ask) {
         open->ask = flp_spot_of(&field);
         open->has_ask = true;
      } else {
         open->answered = true;
      }
   }
   return true;
}

/* ---- what is asked ---- */

static void judge_text(flp_judging_t *j, const bson_iter_t *expected, const json_t *actual, const char *name)
{
   flp_value_t value = {.set = false};
   size_t mark = flp_differences_enter(&j->differences, "%s", name);
   if (json_is_string(actual)) {
      flp_value_from_text(&value, json_string_value(actual), json_string_length(actual));
   } else {
      flp_value_from_null(&value);
   }
   flp_match_value(&j->matching, expected, &value, &j->differences);
   flp_value_cleanup(&value);
   flp_differences_leave(&j->differences, mark);
}

static void judge_op(flp_judging_t *j, const bson_iter_t *expected, const json_t *op)
{
   flp_value_t value = {.set = false};
   size_t mark = flp_differences_enter(&j->differences, "op");
   if (!op || json_is_null(op)) {
      flp_value_from_null(&value);
   } else if (!flp_judging_value(j, op, expected, &value)) {
      goto done;
   }
   flp_match_value(&j->matching, expected, &value, &j->differences);
done:
   flp_value_cleanup(&value);
   flp_differences_leave(&j->differences, mark);
}

/* A request is text where the case expects text: most are HTTP. */
static void judge_message(flp_judging_t *j, const bson_iter_t *expected, const json_t *message)
{
   flp_value_t value = {.set = false};
   flp_buf_t bytes = {0};
   size_t mark = flp_differences_enter(&j->differences, "message");
   if (flp_event_bytes(message, j->files_dir, &bytes, &j->garbage)) {
      flp_view_t view = flp_view_of(&bytes);
      if (!BSON_ITER_HOLDS_BINARY(expected) && flp_utf8_valid(view, false)) {
         flp_value_from_text(&value, view.data ? (const char *)view.data : "", view.len);
      } else {
         flp_value_from_binary(&value, BSON_SUBTYPE_BINARY, view.data, view.len);
      }
      flp_match_value(&j->matching, expected, &value, &j->differences);
   }
   flp_value_cleanup(&value);
   flp_buf_cleanup(&bytes);
   flp_differences_leave(&j->differences, mark);
}

/* The requests of one round, in order; of each the fields that the case names. */
static void judge_requests(flp_judging_t *j, const bson_iter_t *expected, const json_t *requests)
{
   bson_iter_t item, field;
   size_t n = 0;
   size_t mark = flp_differences_enter(&j->differences, "kms");
   if (!BSON_ITER_HOLDS_ARRAY(expected) || !bson_iter_recurse(expected, &item)) {
      flp_differences_leave(&j->differences, mark);
      return;
   }
   for (; bson_iter_next(&item); n++) {
      const json_t *request = json_array_get(requests, n);
      size_t deeper = flp_differences_enter(&j->differences, "%zu", n);
      if (!json_is_object(request)) {
         flp_differences_take(&j->differences, flp_show_iter(&item), NULL, "the subject does not send this request");
      } else if (!flp_matcher_name(&item, NULL)) {
         for (const char *const *name = (const char *const[]){"endpoint", "provider", NULL}; *name; name++) {
            if (flp_field(&item, *name, &field)) {
               judge_text(j, &field, json_object_get(request, *name), *name);
            }
         }
         if (flp_field(&item, "message", &field)) {
            judge_message(j, &field, json_object_get(request, "message"));
         }
      }
      flp_differences_leave(&j->differences, deeper);
   }
   if (json_array_size(requests) > n) {
      flp_differences_take(&j->differences, flp_show_iter(expected), NULL, "the subject sends %zu requests, expected were %zu",
                           json_array_size(requests), n);
   }
   flp_differences_leave(&j->differences, mark);
}

static void judge_ask(flp_judging_t *j, const round_t *round, const json_t *ask)
{
   bson_iter_t expected, field;
   if (!flp_spot_iter(&round->ask, &expected)) {
      return;
   }
   size_t before = j->differences.len;
   size_t mark = flp_differences_enter(&j->differences, "exchange.%u.ask", round->item);
   if (flp_field(&expected, "state", &field)) {
      judge_text(j, &field, json_object_get(ask, "state"), "state");
   }
   if (j->differences.len == before && flp_field(&expected, "op", &field)) {
      judge_op(j, &field, json_object_get(ask, "op"));
   }
   if (flp_field(&expected, "db", &field)) {
      judge_text(j, &field, json_object_get(ask, "db"), "db");
   }
   if (flp_field(&expected, "kms", &field)) {
      judge_requests(j, &field, json_object_get(ask, "kms"));
   }
   flp_differences_leave(&j->differences, mark);
}

static char *shown_ask(flp_judging_t *j, const json_t *ask)
{
   flp_value_t value = {.set = false};
   char *op = NULL;
   const json_t *bytes = json_object_get(ask, "op");
   if (bytes && !json_is_null(bytes) && flp_judging_value(j, bytes, NULL, &value)) {
      op = flp_show_value(&value);
   }
   char *shown = flp_text_format("{\"state\": \"%s\"%s%s}", flp_event_text(ask, "state"), op ? ", \"op\": " : "", op ? op : "");
   free(op);
   flp_value_cleanup(&value);
   return shown;
}

static void take_ask(flp_judging_t *j, conversation_t *c, const json_t *ask)
{
   if (!c->told) {
      return;
   }
   if (c->asked < c->n_rounds) {
      if (c->rounds[c->asked].has_ask) {
         judge_ask(j, &c->rounds[c->asked], ask);
      }
   } else if (c->asked == c->n_rounds) {
      size_t mark = flp_differences_enter(&j->differences, "exchange");
      flp_differences_take(&j->differences, NULL, shown_ask(j, ask), "the subject asks for more than the case tells");
      flp_differences_leave(&j->differences, mark);
   }
   c->asked++;
}

/* ---- where the driving ended early ---- */

/* Right if the case itself ends in an ask without an answer. */
static bool asked_to_stop(const conversation_t *c, const char *reason)
{
   return strcmp(reason, "unanswered") == 0 && c->told && c->asked == c->n_rounds && c->n_rounds > 0 &&
          !c->rounds[c->n_rounds - 1].answered;
}

static const struct {
   const char *reason, *why;
} stops[] = {
   {"unanswered", "the subject waits for an answer that the case does not give"},
   {"mismatch", "the subject asks for another kind of answer than the case gives"},
   {"endless", "the subject asks without end"},
   {"refused", "the world refuses the question"},
   {"unknown_state", "the subject is in a state that does not exist"},
};

static void judge_stop(flp_judging_t *j, conversation_t *c, const json_t *stopped)
{
   const char *reason = flp_event_text(stopped, "reason");
   const char *state = flp_event_text(stopped, "state");
   const char *why = flp_event_text(stopped, "why");
   if (strcmp(reason, "no_role") == 0) {
      if (j->differences.len == 0) {
         flp_text_once(&j->unsupported, flp_text_format("the world has no live role for %s", state));
      }
      return;
   }
   if (asked_to_stop(c, reason)) {
      bson_iter_t field;
      size_t mark = flp_differences_enter(&j->differences, "expect");
      if (c->has_expect && flp_field(&c->expect, "state", &field)) {
         judge_text(j, &field, json_object_get(stopped, "state"), "state");
      }
      if (c->has_expect && (flp_field(&c->expect, "result", &field) || flp_field(&c->expect, "error", &field))) {
         flp_differences_take(&j->differences, flp_show_iter(&c->expect), NULL,
                              "the case gives no answer to its last ask, so the call has no result and no error");
      }
      flp_differences_leave(&j->differences, mark);
      return;
   }
   if (j->differences.len > 0 && strcmp(reason, "refused") != 0) {
      return; /* an ask that differs has been told already */
   }
   size_t mark = flp_differences_enter(&j->differences, "exchange");
   for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++) {
      if (strcmp(reason, stops[i].reason) == 0) {
         flp_differences_take(&j->differences, NULL, flp_text_format("\"%s\"", state), "%s%s%s", stops[i].why, why ? ": " : "",
                              why ? why : "");
         flp_differences_leave(&j->differences, mark);
         return;
      }
   }
   flp_differences_take(&j->differences, NULL, flp_text_format("\"%s\"", state), "the host stopped: %s", reason);
   flp_differences_leave(&j->differences, mark);
}

static void judge_missing_round(flp_judging_t *j, const conversation_t *c)
{
   if (!c->told || c->asked >= c->n_rounds || flp_judging_stopped(j)) {
      return;
   }
   const round_t *round = &c->rounds[c->asked];
   bson_iter_t ask;
   bool shown = round->has_ask && flp_spot_iter(&round->ask, &ask);
   size_t mark = flp_differences_enter(&j->differences, "exchange.%u", round->item);
   flp_differences_take(&j->differences, shown ? flp_show_iter(&ask) : NULL, NULL, "the subject never asked for this: the call had ended");
   flp_differences_leave(&j->differences, mark);
}

/* ---- one call ---- */

static bool belongs(const conversation_t *c, const flp_event_t *event)
{
   switch (event->kind) {
   case FLP_EV_ASK:
   case FLP_EV_ANSWER:
   case FLP_EV_STOPPED:
   case FLP_EV_OUTCOME:
      return json_integer_value(json_object_get(event->json, "call")) == c->index;
   default:
      return false;
   }
}

static void judge_events(flp_judging_t *j, conversation_t *c)
{
   bool ended = false;
   for (const flp_event_t *event = flp_judging_peek(j); event && !ended && belongs(c, event); event = flp_judging_peek(j)) {
      j->at++;
      switch (event->kind) {
      case FLP_EV_ASK:
         take_ask(j, c, event->json);
         break;
      case FLP_EV_STOPPED:
         judge_stop(j, c, event->json);
         ended = true;
         break;
      case FLP_EV_OUTCOME:
         flp_judge_outcome(j, c->has_expect ? &c->expect : NULL, event->json);
         ended = true;
         break;
      default:
         break;
      }
      if (flp_judging_stopped(j)) {
         return;
      }
   }
   if (!ended) {
      flp_text_once(&j->garbage, flp_text_format("call %" PRId64 " of the transcript has no end", (int64_t)c->index));
      return;
   }
   judge_missing_round(j, c);
}

/* `exchange` and `expect` of the case or of an item of `calls`; NULL where they are not told. */
static void judge_call(flp_judging_t *j, const bson_iter_t *exchange, const bson_iter_t *expect, json_int_t index)
{
   conversation_t c = {.index = index, .told = exchange != NULL};
   if (expect) {
      c.expect = *expect;
      c.has_expect = true;
   }
   if (exchange && !lay_out(exchange, &c)) {
      flp_text_once(&j->problem, flp_text_format("the exchange of the case cannot be laid out as rounds"));
   } else {
      judge_events(j, &c);
   }
   free(c.rounds);
}

void flp_judge_end_again(flp_judging_t *j, const json_t *end)
{
   bson_iter_t calls, item, expect;
   json_int_t index = json_integer_value(json_object_get(end, "call"));
   bool told = bson_iter_init_find(&expect, &j->the_case->doc, "expect");
   if (bson_iter_init_find(&calls, &j->the_case->doc, "calls") && bson_iter_recurse(&calls, &item)) {
      bool found = bson_iter_next(&item);
      for (json_int_t i = 0; found && i < index; i++) {
         found = bson_iter_next(&item);
      }
      told = found && flp_field(&item, "expect", &expect);
   }
   flp_judge_outcome(j, told ? &expect : NULL, end);
}

static void skip_between(flp_judging_t *j)
{
   for (const flp_event_t *event = flp_judging_peek(j); event && (event->kind == FLP_EV_CLOCK || event->kind == FLP_EV_LEAK);
        event = flp_judging_peek(j)) {
      j->at++;
   }
}

static bool root_field(const flp_case_t *the_case, const char *name, bson_iter_t *found)
{
   return bson_iter_init_find(found, &the_case->doc, name);
}

void flp_judge_calls(flp_judging_t *j)
{
   bson_iter_t calls, item, exchange, expect, field;
   if (!root_field(j->the_case, "calls", &calls)) {
      bool told = root_field(j->the_case, "exchange", &exchange), expected = root_field(j->the_case, "expect", &expect);
      skip_between(j);
      judge_call(j, told ? &exchange : NULL, expected ? &expect : NULL, 0);
      return;
   }
   if (!bson_iter_recurse(&calls, &item)) {
      return;
   }
   for (json_int_t index = 0; bson_iter_next(&item) && !flp_judging_stopped(j); index++) {
      if (!flp_field(&item, "call", &field)) {
         continue; /* the clock moves */
      }
      skip_between(j);
      bool told = flp_field(&item, "exchange", &exchange), expected = flp_field(&item, "expect", &expect);
      size_t mark = flp_differences_enter(&j->differences, "calls.%d", (int)index);
      judge_call(j, told ? &exchange : NULL, expected ? &expect : NULL, index);
      flp_differences_leave(&j->differences, mark);
   }
}
