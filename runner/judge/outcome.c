/* Compares how a call ended: state, result, error. Also decides what an error of class UNSUPPORTED means for the case. */
#include "runner/judge/judging.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST_ERROR (-1) /* type of an error that the host reports: a function is not exported */

bool flp_field(const bson_iter_t *document, const char *name, bson_iter_t *found)
{
   return document && BSON_ITER_HOLDS_DOCUMENT(document) && bson_iter_recurse(document, found) && bson_iter_find(found, name);
}

const char *flp_text_of(const bson_iter_t *value)
{
   return BSON_ITER_HOLDS_UTF8(value) ? bson_iter_utf8(value, NULL) : NULL;
}

bool flp_judging_value(flp_judging_t *j, const json_t *json, const bson_iter_t *expected, flp_value_t *value)
{
   flp_buf_t bytes = {0};
   bool ok = flp_event_bytes(json, j->files_dir, &bytes, &j->garbage);
   if (ok && expected && BSON_ITER_HOLDS_BINARY(expected)) {
      bson_subtype_t subtype;
      uint32_t len;
      const uint8_t *data;
      bson_iter_binary(expected, &subtype, &len, &data);
      flp_value_from_binary(value, subtype, bytes.data, bytes.len);
   } else if (ok) {
      flp_value_from_bytes(value, bytes.data, bytes.len);
   }
   flp_buf_cleanup(&bytes);
   return ok;
}

static const char *message_of(const json_t *error)
{
   const char *message = flp_event_text(error, "message");
   return message ? message : "";
}

static char *quoted(const char *text)
{
   flp_value_t value = {.set = false};
   flp_value_from_text(&value, text, strlen(text));
   char *shown = flp_show_value(&value);
   flp_value_cleanup(&value);
   return shown;
}

/* ---- what is not built ---- */

static bool listed(const flp_strings_t *strings, const char *text)
{
   for (size_t i = 0; i < strings->len; i++) {
      if (strcmp(strings->items[i], text) == 0) {
         return true;
      }
   }
   return false;
}

/* The feature that is missing: as the tag says, else what the case needs and the subject lacks. */
static const char *missing_feature(const flp_judging_t *j, const flp_error_view_t *view)
{
   const char *feature = flp_error_fact(view, "feature");
   for (size_t i = 0; !feature && i < j->the_case->needs.len; i++) {
      if (listed(&j->subject->lacks, j->the_case->needs.items[i])) {
         feature = j->the_case->needs.items[i];
      }
   }
   return feature;
}

static bool expects_unsupported(const bson_iter_t *expected_error)
{
   bson_iter_t name;
   const char *text = flp_field(expected_error, "class", &name) ? flp_text_of(&name) : NULL;
   return text && strcmp(text, "UNSUPPORTED") == 0;
}

bool flp_judge_unsupported(flp_judging_t *j, const bson_iter_t *expected_error, const json_t *error, const char *failed)
{
   if (!json_is_object(error) || j->differences.len > 0) {
      return false;
   }
   if (json_integer_value(json_object_get(error, "type")) == HOST_ERROR) {
      flp_text_once(&j->unsupported, flp_text_format("%s", message_of(error)));
      return true;
   }
   flp_error_view_t view;
   flp_error_classify(j->subject, flp_event_text(error, "message"), failed, &view);
   if (strcmp(view.class_name, "UNSUPPORTED") != 0 || expects_unsupported(expected_error)) {
      return false;
   }
   const char *feature = missing_feature(j, &view);
   if (!feature || !listed(&j->subject->lacks, feature)) {
      flp_differences_take(&j->differences, NULL, quoted(message_of(error)),
                           "the subject says that it lacks %s, but its subject file does not declare that",
                           feature ? feature : "a feature without a name");
      return true;
   }
   flp_text_once(&j->unsupported, flp_text_format("lacks %s", feature));
   return true;
}

/* ---- errors ---- */

/* A fact as text: numbers decimal, ids as UUID text. */
static char *fact_text(const bson_iter_t *value)
{
   bson_subtype_t subtype;
   uint32_t len = 0;
   const uint8_t *b = NULL;
   if (BSON_ITER_HOLDS_UTF8(value)) {
      return flp_text_format("%s", bson_iter_utf8(value, NULL));
   }
   if (BSON_ITER_HOLDS_BOOL(value)) {
      return flp_text_format("%s", bson_iter_bool(value) ? "true" : "false");
   }
   if (BSON_ITER_HOLDS_INT32(value) || BSON_ITER_HOLDS_INT64(value)) {
      return flp_text_format("%" PRId64, bson_iter_as_int64(value));
   }
   if (BSON_ITER_HOLDS_BINARY(value)) {
      bson_iter_binary(value, &subtype, &len, &b);
      if (len == 16) {
         return flp_text_format("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3], b[4], b[5],
                                b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
      }
   }
   return NULL;
}

static void judge_fact(flp_judging_t *j, const bson_iter_t *expected, const flp_error_view_t *view, const char *message)
{
   const char *name = bson_iter_key(expected);
   const char *have = flp_error_fact(view, name);
   size_t mark = flp_differences_enter(&j->differences, "%s", name);
   if (!have) {
      flp_differences_take(&j->differences, flp_show_iter(expected), NULL, "the error does not carry this fact: \"%s\"", message);
   } else if (flp_matcher_name(expected, NULL)) {
      flp_value_t value = {.set = false};
      flp_value_from_text(&value, have, strlen(have));
      flp_match_value(&j->matching, expected, &value, &j->differences);
      flp_value_cleanup(&value);
   } else {
      char *want = fact_text(expected);
      if (!want || strcmp(want, have) != 0) {
         flp_differences_take(&j->differences, flp_show_iter(expected), quoted(have), "the error states another fact: \"%s\"", message);
      }
      free(want);
   }
   flp_differences_leave(&j->differences, mark);
}

static bool class_fits(flp_judging_t *j, const bson_iter_t *expected, const flp_error_view_t *view, const char *message)
{
   const char *want = flp_text_of(expected);
   if (want && strcmp(want, view->class_name) == 0 && strcmp(want, FLP_UNMAPPED) != 0) {
      return true;
   }
   if (flp_matcher_name(expected, NULL)) {
      flp_value_t value = {.set = false};
      flp_value_from_text(&value, view->class_name, strlen(view->class_name));
      bool ok = flp_match_value(&j->matching, expected, &value, &j->differences);
      flp_value_cleanup(&value);
      return ok;
   }
   size_t mark = flp_differences_enter(&j->differences, "class");
   flp_differences_take(&j->differences, flp_show_iter(expected), quoted(view->class_name), "the subject says: \"%s\"", message);
   flp_differences_leave(&j->differences, mark);
   return false;
}

void flp_judge_error(flp_judging_t *j, const bson_iter_t *expected, const json_t *error, const char *failed)
{
   bson_iter_t field, fact;
   flp_error_view_t view;
   const char *message = message_of(error);
   flp_error_classify(j->subject, message, failed, &view);
   if (flp_field(expected, "class", &field) && !class_fits(j, &field, &view, message)) {
      return;
   }
   bool readable = view.tagged || !j->subject->foreign;
   if (!readable || !flp_field(expected, "facts", &field) || !bson_iter_recurse(&field, &fact)) {
      return;
   }
   size_t mark = flp_differences_enter(&j->differences, "facts");
   while (bson_iter_next(&fact)) {
      judge_fact(j, &fact, &view, message);
   }
   flp_differences_leave(&j->differences, mark);
}

void flp_judge_unexpected_error(flp_judging_t *j, const bson_iter_t *expected, const json_t *error, const char *failed)
{
   flp_error_view_t view;
   const char *message = message_of(error);
   flp_error_classify(j->subject, message, failed, &view);
   flp_differences_take(&j->differences, expected ? flp_show_iter(expected) : NULL, quoted(view.class_name),
                        "the call failed%s%s, and the subject says: \"%s\"", failed ? " in " : "", failed ? failed : "", message);
}

/* ---- the end of a call ---- */

static void judge_state(flp_judging_t *j, const bson_iter_t *expected, const char *state)
{
   flp_value_t value = {.set = false};
   size_t mark = flp_differences_enter(&j->differences, "state");
   flp_value_from_text(&value, state, strlen(state));
   flp_match_value(&j->matching, expected, &value, &j->differences);
   flp_value_cleanup(&value);
   flp_differences_leave(&j->differences, mark);
}

static void judge_result(flp_judging_t *j, const bson_iter_t *expected, const json_t *result)
{
   flp_value_t value = {.set = false};
   size_t mark = flp_differences_enter(&j->differences, "result");
   if (json_is_null(result)) {
      flp_value_from_null(&value);
   } else if (!flp_judging_value(j, result, expected, &value)) {
      goto done;
   }
   flp_match_value(&j->matching, expected, &value, &j->differences);
done:
   flp_value_cleanup(&value);
   flp_differences_leave(&j->differences, mark);
}

void flp_judge_outcome(flp_judging_t *j, const bson_iter_t *expect, const json_t *outcome)
{
   bson_iter_t field, expected_error;
   const json_t *error = json_object_get(outcome, "error");
   const char *failed = flp_event_text(outcome, "failed");
   const char *state = flp_event_text(outcome, "state");
   bool wants_error = flp_field(expect, "error", &expected_error) && !BSON_ITER_HOLDS_NULL(&expected_error);
   if (flp_judge_unsupported(j, wants_error ? &expected_error : NULL, error, failed)) {
      return;
   }
   size_t mark = flp_differences_enter(&j->differences, "expect");
   bool wants_state = flp_field(expect, "state", &field);
   if (wants_error && !json_is_object(error) && state && strcmp(state, "ERROR") == 0) {
      size_t deeper = flp_differences_enter(&j->differences, "error");
      flp_differences_take(&j->differences, flp_show_iter(&expected_error), NULL,
                           "the call failed%s%s, but the subject gave no error to read: its status is NULL or says OK",
                           failed ? " in " : "", failed ? failed : "");
      flp_differences_leave(&j->differences, deeper);
   } else if (wants_error && !json_is_object(error)) {
      size_t deeper = flp_differences_enter(&j->differences, "error");
      flp_differences_take(&j->differences, flp_show_iter(&expected_error), NULL, "the call succeeded: it ended in %s",
                           state ? state : "no state");
      flp_differences_leave(&j->differences, deeper);
   } else if (wants_error) {
      size_t deeper = flp_differences_enter(&j->differences, "error");
      flp_judge_error(j, &expected_error, error, failed);
      flp_differences_leave(&j->differences, deeper);
   } else if (json_is_object(error) && !(wants_state && flp_text_of(&field) && strcmp(flp_text_of(&field), "ERROR") == 0)) {
      flp_judge_unexpected_error(j, expect, error, failed);
      goto done;
   }
   if (wants_state && state) {
      judge_state(j, &field, state);
   } else if (!wants_error && state && strcmp(state, "DONE") != 0) {
      flp_differences_take(&j->differences, quoted("DONE"), quoted(state), "the call came to no end, and no error was reported");
   }
   if (flp_field(expect, "result", &field)) {
      judge_result(j, &field, json_object_get(outcome, "result"));
   }
done:
   flp_differences_leave(&j->differences, mark);
}
