/* For unit tests: a BSON document from extended JSON with single quotes, and the check of a class. */
#ifndef FLP_TEST_JSON_H
#define FLP_TEST_JSON_H

#include "ref/base/status.h"

#include <bson/bson.h>

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

/* The caller frees the result with flp_buf_cleanup. */
static inline flp_buf_t from_json(const char *json)
{
   flp_buf_t out = {0};
   bson_error_t error;
   char *text = strdup(json);
   for (char *c = text; *c; c++) {
      *c = *c == '\'' ? '"' : *c;
   }
   bson_t *document = bson_new_from_json((const uint8_t *)text, -1, &error);
   if (!document) {
      fail_msg("%s: %s", json, error.message);
   }
   assert_true(flp_buf_copy(&out, flp_view(bson_get_data(document), document->len)));
   bson_destroy(document);
   free(text);
   return out;
}

/* 96 bytes of `a` as extended JSON. */
#define JSON_24_BYTES "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh"
#define JSON_KEY "{'$binary':{'base64':'" JSON_24_BYTES JSON_24_BYTES JSON_24_BYTES JSON_24_BYTES "','subType':'00'}}"

/* Is the error of this class and does its text or tag hold `part`? */
static inline void assert_error(const flp_status_t *status, const char *class_name, const char *part)
{
   if (flp_status_ok(status)) {
      fail_msg("expected %s, but there is no error", class_name);
   }
   if (strcmp(status->class_name, class_name) != 0 || !strstr(status->message, part)) {
      fail_msg("expected %s with `%s`, got: %s", class_name, part, status->message);
   }
}

#endif
