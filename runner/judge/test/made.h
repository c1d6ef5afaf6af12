/* For tests of the judge: cases from extended JSON, transcripts from lines written like those of a host. */
#ifndef FLP_RUNNER_JUDGE_TEST_MADE_H
#define FLP_RUNNER_JUDGE_TEST_MADE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "runner/judge/judge.h"

#include <bson/bson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MADE_NONCE "n0"

/* The document is the case as written; `needs` of it is copied to the case. */
static inline void made_case(flp_case_t *c, const char *json)
{
   static char id[] = "area/topic/case", area[] = "area", rule[] = "R-TEST-001";
   static char *rules[] = {rule};
   bson_error_t error;
   bson_iter_t iter, item;
   memset(c, 0, sizeof *c);
   c->id = id;
   c->area = area;
   c->rules = (flp_strings_t){.items = rules, .len = 1};
   if (!bson_init_from_json(&c->doc, json, -1, &error)) {
      fail_msg("%s", error.message);
   }
   bson_init(&c->plan);
   bson_copy_to_excluding_noinit(&c->doc, &c->plan, "expect", "needs", NULL);
   if (bson_iter_init_find(&iter, &c->doc, "needs") && bson_iter_recurse(&iter, &item)) {
      c->needs.items = calloc(8, sizeof *c->needs.items);
      while (bson_iter_next(&item)) {
         c->needs.items[c->needs.len++] = strdup(bson_iter_utf8(&item, NULL));
      }
   }
}

static inline void made_case_end(flp_case_t *c)
{
   for (size_t i = 0; i < c->needs.len; i++) {
      free(c->needs.items[i]);
   }
   free(c->needs.items);
   bson_destroy(&c->doc);
   bson_destroy(&c->plan);
}

static inline char *base64_of(const uint8_t *data, size_t len)
{
   static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
   char *text = calloc(1, (len + 2) / 3 * 4 + 1);
   for (size_t i = 0, n = 0; i < len; i += 3) {
      uint32_t bits = (uint32_t)data[i] << 16 | (i + 1 < len ? (uint32_t)data[i + 1] << 8 : 0) | (i + 2 < len ? data[i + 2] : 0u);
      text[n++] = letters[bits >> 18];
      text[n++] = letters[bits >> 12 & 63];
      text[n++] = i + 1 < len ? letters[bits >> 6 & 63] : '=';
      text[n++] = i + 2 < len ? letters[bits & 63] : '=';
   }
   return text;
}

/* Replaces each `<{json}>` by the base64 of that BSON document and numbers the events: `{"ev":...` becomes
 * `{"nonce":"n0","seq":N,"ev":...`. */
static inline char *made_lines(const char *const *events)
{
   char *lines = calloc(1, 256 * 1024);
   size_t at = 0;
   for (size_t i = 0; events[i]; i++) {
      const char *from = events[i];
      at += (size_t)sprintf(lines + at, "{\"nonce\":\"" MADE_NONCE "\",\"seq\":%zu,", i);
      for (from++; *from; from++) {
         if (from[0] != '<' || from[1] != '{') {
            lines[at++] = *from;
            continue;
         }
         const char *end = strstr(from, "}>");
         char *json = strndup(from + 1, (size_t)(end - from));
         bson_error_t error;
         bson_t *doc = bson_new_from_json((const uint8_t *)json, -1, &error);
         if (!doc) {
            fail_msg("%s: %s", json, error.message);
         }
         char *text = base64_of(bson_get_data(doc), doc->len);
         at += (size_t)sprintf(lines + at, "%s", text);
         free(text);
         free(json);
         bson_destroy(doc);
         from = end + 1;
      }
      lines[at++] = '\n';
   }
   return lines;
}

#define BEGIN "{\"ev\":\"begin\",\"id\":\"area/topic/case\"}"
#define END "{\"ev\":\"end\",\"calls\":1}"

/* Judges; clean the verdict up. */
static inline void made_judge(const char *json, const flp_subject_t *subject, const char *const *events, flp_verdict_t *verdict)
{
   static flp_case_t c;
   made_case(&c, json);
   char *lines = made_lines(events);
   flp_transcript_t transcript = {.lines = lines, .len = strlen(lines), .nonce = MADE_NONCE};
   flp_judge(&c, subject, &transcript, verdict);
   free(lines);
   made_case_end(&c);
}

static inline void assert_difference(const flp_verdict_t *verdict, const char *at, const char *actual)
{
   assert_string_equal(flp_verdict_name(verdict->kind), "fail");
   assert_true(verdict->n_differences > 0);
   assert_string_equal(verdict->differences[0].at, at);
   if (actual) {
      assert_non_null(verdict->differences[0].actual);
      assert_non_null(strstr(verdict->differences[0].actual, actual));
   }
   assert_non_null(verdict->differences[0].why);
}

#endif
