/* Helpers of the loader's tests. */
#include "runner/grammar/test/support_loaded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

loaded_t load_text(const char *text)
{
   loaded_t loaded = {0};
   char path[] = P_tmpdir "/fleproof-test-XXXXXX";
   const char *paths[] = {path};
   int fd = mkstemp(path);
   assert_true(fd >= 0);
   assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
   close(fd);
   loaded.ok = flp_cases_load(paths, 1, NULL, &loaded.cases, &loaded.refusals);
   unlink(path);
   return loaded;
}

loaded_t load_good(const char *text)
{
   loaded_t loaded = load_text(text);
   if (!loaded.ok) {
      const flp_refusal_t *r = &loaded.refusals.items[0];
      fail_msg("refused: %u:%u: %s: %s", r->line, r->column, r->field, r->message);
   }
   return loaded;
}

void loaded_cleanup(loaded_t *loaded)
{
   flp_cases_cleanup(&loaded->cases);
   flp_refusals_cleanup(&loaded->refusals);
}

bool has(const bson_t *doc, const char *path)
{
   bson_iter_t iter, found;
   return bson_iter_init(&iter, doc) && bson_iter_find_descendant(&iter, path, &found);
}

char *json_at(const bson_t *doc, const char *path)
{
   bson_iter_t iter, found;
   bson_t alone = BSON_INITIALIZER;
   if (!bson_iter_init(&iter, doc) || !bson_iter_find_descendant(&iter, path, &found)) {
      fail_msg("nothing at %s", path);
   }
   bson_append_iter(&alone, "v", 1, &found);
   char *json = bson_as_canonical_extended_json(&alone, NULL);
   bson_destroy(&alone);
   return json;
}

void assert_json(const bson_t *doc, const char *path, const char *expected)
{
   char *json = json_at(doc, path), *whole = bson_strdup_printf("{ \"v\" : %s }", expected);
   assert_string_equal(json, whole);
   bson_free(json);
   bson_free(whole);
}
