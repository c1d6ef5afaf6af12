/* Looks for what a case plants in everything that its subject sends out: filters, requests, results of encryptions, errors. Says what stands
 * where, never the bytes. The command for query analysis holds plaintext by design, and a request to a KMS the key that it is to wrap. */
#include "runner/judge/planted.h"

#include "ref/base/base64.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What may be meant by bytes that go out: kinds of planted things that must not stand there. */
typedef enum {
   OUT_OPEN,    /* nothing is looked for: the result of a decryption */
   OUT_KEYS,    /* no key: the command for query analysis, documents of data keys */
   OUT_REQUEST, /* no local key and no plaintext: a KMS is sent the key that it wraps */
   OUT_RESULT,  /* no key, no plaintext of this very call */
   OUT_ALL,
} outgoing_t;

typedef struct {
   flp_judging_t *j;
   flp_planted_list_t list;
} search_t;

static const char *planted_name(const flp_planted_t *planted)
{
   static const char *const names[] = {
      [FLP_PLANTED_LOCAL_KEY] = "a local key",
      [FLP_PLANTED_KEY_MATERIAL] = "the key material",
      [FLP_PLANTED_DATA_KEY] = "a data key",
      [FLP_PLANTED_VALUE] = "the value of an explicit encryption",
      [FLP_PLANTED_MARKED] = "the plaintext of a marking",
      [FLP_PLANTED_OPENED] = "the plaintext of a ciphertext",
   };
   return names[planted->kind];
}

static bool is_forbidden(const flp_planted_t *planted, outgoing_t out, json_int_t call)
{
   switch (out) {
   case OUT_OPEN:
      return false;
   case OUT_KEYS:
      return flp_planted_is_key(planted);
   case OUT_REQUEST:
      return planted->kind == FLP_PLANTED_LOCAL_KEY || !flp_planted_is_key(planted);
   case OUT_RESULT:
      return flp_planted_is_key(planted) || (planted->kind != FLP_PLANTED_OPENED && planted->call == call);
   case OUT_ALL:
      return true;
   }
   return true;
}

/* ---- one needle in one text ---- */

static bool occurs(flp_view_t where, const void *what, size_t len)
{
   return len > 0 && where.len >= len && memmem(where.data, where.len, what, len) != NULL;
}

static bool occurs_as_hex(flp_view_t where, const flp_planted_t *planted)
{
   char lower[2 * FLP_PLANTED_NEEDLE], upper[2 * FLP_PLANTED_NEEDLE];
   for (size_t i = 0; i < planted->len; i++) {
      for (unsigned half = 0; half < 2; half++) {
         unsigned digit = half ? planted->needle[i] & 0x0fu : planted->needle[i] >> 4;
         lower[2 * i + half] = "0123456789abcdef"[digit];
         upper[2 * i + half] = "0123456789ABCDEF"[digit];
      }
   }
   return occurs(where, lower, 2 * planted->len) || occurs(where, upper, 2 * planted->len);
}

/* Behind 0, 1 or 2 other bytes the letters of a text in base64 differ; those that depend on the neighbours are left out. */
static bool occurs_as_base64(flp_view_t where, const flp_planted_t *planted)
{
   static const size_t letters_of_before[] = {0, 2, 3};
   bool found = false;
   for (size_t before = 0; before < 3 && !found; before++) {
      uint8_t shifted[FLP_PLANTED_NEEDLE + 2] = {0};
      size_t whole = (before + planted->len) / 3 * 3;
      flp_buf_t text = {0};
      memcpy(shifted + before, planted->needle, planted->len);
      if (flp_base64_encode(flp_view(shifted, whole), &text)) {
         size_t skip = letters_of_before[before];
         found = text.len > skip + FLP_PLANTED_MIN && occurs(where, text.data + skip, text.len - skip);
      }
      flp_buf_cleanup(&text);
   }
   return found;
}

/* How it stands there, in words; or NULL. */
static const char *occurrence(flp_view_t where, const flp_planted_t *planted, bool is_text)
{
   if ((!planted->encoded || !is_text) && occurs(where, planted->needle, planted->len)) {
      return "in clear";
   }
   if (!is_text || planted->encoded) {
      return NULL;
   }
   if (occurs_as_hex(where, planted)) {
      return "as hex";
   }
   return occurs_as_base64(where, planted) ? "as base64" : NULL;
}

/* One difference for each place: what else stands there is the same defect. */
static void search(search_t *s, flp_view_t where, bool is_text, outgoing_t out, json_int_t call, const char *what)
{
   for (size_t i = 0; i < s->list.n; i++) {
      const flp_planted_t *planted = &s->list.items[i];
      const char *how = is_forbidden(planted, out, call) ? occurrence(where, planted, is_text) : NULL;
      if (how) {
         flp_differences_take(&s->j->differences, NULL, NULL, "leak: %s stands in %s, %s", planted_name(planted), what, how);
         return;
      }
   }
}

static void search_text(search_t *s, const json_t *text, outgoing_t out, const char *what)
{
   if (json_is_string(text)) {
      search(s, flp_view(json_string_value(text), json_string_length(text)), true, out, FLP_PLANTED_NO_CALL, what);
   }
}

static void search_bytes(search_t *s, const json_t *json, bool is_text, outgoing_t out, json_int_t call, const char *what)
{
   flp_buf_t bytes = {0};
   char *defect = NULL; /* told where the value is compared */
   if (out != OUT_OPEN && json && !json_is_null(json) && flp_event_bytes(json, s->j->files_dir, &bytes, &defect)) {
      search(s, flp_view_of(&bytes), is_text, out, call, what);
   }
   flp_buf_cleanup(&bytes);
   free(defect);
}

static void search_error(search_t *s, const json_t *holder)
{
   search_text(s, json_object_get(json_object_get(holder, "error"), "message"), OUT_ALL, "the error message");
}

/* ---- events ---- */

/* `datakey`, `encrypt` ...: the one key of the call, or NULL. */
static const char *kind_of_call(const flp_judging_t *j, json_int_t index)
{
   bson_iter_t found, item, call, kind;
   bool ok = bson_iter_init_find(&call, &j->the_case->plan, "call");
   if (bson_iter_init_find(&found, &j->the_case->plan, "calls") && bson_iter_recurse(&found, &item)) {
      for (json_int_t i = 0; bson_iter_next(&item) && i <= index; i++) {
         ok = i == index && flp_field(&item, "call", &call);
      }
   }
   return ok && BSON_ITER_HOLDS_DOCUMENT(&call) && bson_iter_recurse(&call, &kind) && bson_iter_next(&kind) ? bson_iter_key(&kind) : NULL;
}

static outgoing_t result_of(const char *kind)
{
   if (kind && (strcmp(kind, "encrypt") == 0 || strncmp(kind, "explicit_encrypt", 16) == 0)) {
      return OUT_RESULT;
   }
   return kind && (strcmp(kind, "datakey") == 0 || strcmp(kind, "rewrap") == 0) ? OUT_KEYS : OUT_OPEN;
}

static void search_ask(search_t *s, const json_t *ask)
{
   const char *state = flp_event_text(ask, "state");
   json_int_t call = json_integer_value(json_object_get(ask, "call"));
   const char *kind = kind_of_call(s->j, call);
   bool to_analysis = state && strcmp(state, "NEED_MONGO_MARKINGS") == 0;
   bool wraps = kind && (strcmp(kind, "datakey") == 0 || strcmp(kind, "rewrap") == 0);
   const json_t *request;
   size_t i;
   const char *what = to_analysis ? "the command for query analysis" : "the filter";
   search_bytes(s, json_object_get(ask, "op"), false, to_analysis ? OUT_KEYS : OUT_ALL, call, what);
   search_text(s, json_object_get(ask, "db"), OUT_ALL, "the name of the database");
   json_array_foreach(json_object_get(ask, "kms"), i, request)
   {
      search_text(s, json_object_get(request, "endpoint"), OUT_ALL, "the endpoint");
      search_bytes(s, json_object_get(request, "message"), true, wraps ? OUT_REQUEST : OUT_ALL, call, "the request to the KMS");
   }
}

static bool has_step(const flp_judging_t *j, const char *fn)
{
   bson_iter_t steps, item, field;
   if (!bson_iter_init_find(&steps, &j->the_case->plan, "steps") || !bson_iter_recurse(&steps, &item)) {
      return false;
   }
   while (bson_iter_next(&item)) {
      if (flp_field(&item, fn, &field)) {
         return true;
      }
   }
   return false;
}

/* A step does not say what its context is for: what one context of the case may send, none is blamed for. */
static void search_step(search_t *s, const json_t *step)
{
   const char *fn = flp_event_text(step, "fn");
   const json_t *out = json_object_get(step, "out");
   bool analysed = has_step(s->j, "ctx_encrypt_init");
   bool opens = has_step(s->j, "ctx_decrypt_init") || has_step(s->j, "ctx_explicit_decrypt_init");
   search_error(s, step);
   if (!fn) {
      return;
   }
   if (strcmp(fn, "ctx_mongo_op") == 0) {
      search_bytes(s, json_object_get(out, "op_bson"), false, analysed ? OUT_KEYS : OUT_ALL, FLP_PLANTED_NO_CALL, "the filter");
   } else if (strcmp(fn, "kms_ctx_message") == 0) {
      search_bytes(s, json_object_get(out, "msg"), true, OUT_REQUEST, FLP_PLANTED_NO_CALL, "the request to the KMS");
   } else if (strcmp(fn, "kms_ctx_endpoint") == 0) {
      search_text(s, json_object_get(out, "endpoint"), OUT_ALL, "the endpoint");
   } else if (strcmp(fn, "status_message") == 0) {
      search_text(s, json_object_get(step, "returns"), OUT_ALL, "the error message");
   } else if (strcmp(fn, "ctx_finalize") == 0) {
      outgoing_t result = opens ? OUT_OPEN : analysed ? OUT_KEYS : OUT_RESULT;
      search_bytes(s, json_object_get(out, "out"), false, result, FLP_PLANTED_NO_CALL, "the result");
   }
}

static void search_event(search_t *s, const flp_event_t *event)
{
   const json_t *json = event->json, *outcome;
   json_int_t call = json_integer_value(json_object_get(json, "call"));
   size_t i;
   switch (event->kind) {
   case FLP_EV_SETUP:
      search_error(s, json);
      break;
   case FLP_EV_ASK:
      search_ask(s, json);
      break;
   case FLP_EV_OUTCOME:
      search_error(s, json);
      search_bytes(s, json_object_get(json, "result"), false, result_of(kind_of_call(s->j, call)), call, "the result");
      break;
   case FLP_EV_STEP:
      search_step(s, json);
      break;
   case FLP_EV_SWEEP:
      json_array_foreach(json_object_get(json, "outcomes"), i, outcome)
      {
         search_error(s, outcome);
      }
      break;
   default:
      break;
   }
}

static size_t enter_event(flp_judging_t *j, const flp_event_t *event)
{
   const json_t *json = event->json;
   int64_t call = json_integer_value(json_object_get(json, "call"));
   switch (event->kind) {
   case FLP_EV_ASK:
      return flp_differences_enter(&j->differences, "calls.%" PRId64 ".round.%" PRId64, call,
                                   (int64_t)json_integer_value(json_object_get(json, "round")));
   case FLP_EV_OUTCOME:
      return flp_differences_enter(&j->differences, "calls.%" PRId64 ".outcome", call);
   case FLP_EV_STEP:
      return flp_differences_enter(&j->differences, "steps.%" PRId64, (int64_t)json_integer_value(json_object_get(json, "i")));
   case FLP_EV_SWEEP:
      return flp_differences_enter(&j->differences, "sweep");
   default:
      return flp_differences_enter(&j->differences, "handle");
   }
}

void flp_judge_sent(flp_judging_t *j)
{
   search_t *s = malloc(sizeof *s);
   if (!s) {
      flp_text_once(&j->problem, flp_text_format("no memory to look for leaks"));
      return;
   }
   s->j = j;
   flp_planted_find(j, &s->list);
   for (size_t i = 0; s->list.n > 0 && i < j->events.len; i++) {
      size_t mark = enter_event(j, &j->events.items[i]);
      search_event(s, &j->events.items[i]);
      flp_differences_leave(&j->differences, mark);
   }
   free(s);
}
