/* The mutators as an engine uses them: the same seed gives the same bytes, nothing is written beyond the room, most changes of BSON are
 * still BSON, and each kind of change happens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fuzz/support/bson_mutate.h"
#include "fuzz/support/text_mutate.h"

#include <bson/bson.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 1024, TRIES = 20000 };

/* {a: "x", b: {c: 1, d: [true]}, e: <binary>} */
static bson_t *sample(void)
{
   bson_error_t error;
   static const char json[] =
      "{\"a\": \"x\", \"b\": {\"c\": 1, \"d\": [true]}, \"e\": {\"$binary\": {\"base64\": \"AAEC\", \"subType\": \"06\"}}}";
   bson_t *doc = bson_new_from_json((const uint8_t *)json, -1, &error);
   assert_non_null(doc);
   return doc;
}

static bool load(bson_t *doc, const uint8_t *bytes, size_t len)
{
   size_t at = 0;
   return bson_init_static(doc, bytes, len) && bson_validate(doc, BSON_VALIDATE_NONE, &at);
}

static void the_same_seed_gives_the_same_bytes(void **state)
{
   (void)state;
   bson_t *doc = sample();
   for (uint32_t seed = 0; seed < 500; seed++) {
      uint8_t one[ROOM] = {0}, two[ROOM] = {0};
      memcpy(one, bson_get_data(doc), doc->len);
      memcpy(two, bson_get_data(doc), doc->len);
      size_t len = flp_fuzz_bson_mutate(one, doc->len, ROOM, seed, NULL, 0);
      assert_int_equal(flp_fuzz_bson_mutate(two, doc->len, ROOM, seed, NULL, 0), len);
      assert_memory_equal(one, two, len);
   }
   bson_destroy(doc);
}

/* What is different from the sample: for the next test. */
typedef struct {
   size_t valid, invalid, added, removed, renamed, repeated, deeper, retyped, stretched;
} seen_t;

static void look(seen_t *seen, const bson_t *doc)
{
   bson_iter_t iter, b;
   size_t a = 0;
   uint32_t n = bson_count_keys(doc);
   seen->added += n > 3 ? 1 : 0;
   seen->removed += n < 3 ? 1 : 0;
   bson_iter_init(&iter, doc);
   while (bson_iter_next(&iter)) {
      a += strcmp(bson_iter_key(&iter), "a") == 0 ? 1 : 0;
   }
   seen->repeated += a > 1 ? 1 : 0;
   if (bson_iter_init_find(&iter, doc, "a")) {
      seen->retyped += !BSON_ITER_HOLDS_UTF8(&iter) ? 1 : 0;
      seen->deeper +=
         (BSON_ITER_HOLDS_DOCUMENT(&iter) || BSON_ITER_HOLDS_ARRAY(&iter)) && bson_iter_recurse(&iter, &b) && bson_iter_next(&b);
      seen->stretched += BSON_ITER_HOLDS_UTF8(&iter) && strlen(bson_iter_utf8(&iter, NULL)) > 1 ? 1 : 0;
   }
   seen->renamed += bson_has_field(doc, "keyMaterial") && n == 3 ? 1 : 0;
}

static void every_kind_of_change_happens_and_most_are_still_bson(void **state)
{
   (void)state;
   bson_t *doc = sample();
   seen_t seen = {0};
   for (uint32_t seed = 0; seed < TRIES; seed++) {
      uint8_t bytes[ROOM];
      bson_t changed;
      memcpy(bytes, bson_get_data(doc), doc->len);
      size_t len = flp_fuzz_bson_mutate(bytes, doc->len, ROOM, seed, NULL, 0);
      if (load(&changed, bytes, len)) {
         seen.valid++;
         look(&seen, &changed);
      } else {
         seen.invalid++;
      }
   }
   bson_destroy(doc);
   assert_true(seen.valid > TRIES / 2);
   assert_true(seen.invalid > TRIES / 20);
   const size_t *counts = &seen.added;
   for (size_t i = 0; i < 7; i++) {
      assert_true(counts[i] > 0);
   }
}

static void elements_of_another_document_come_over(void **state)
{
   (void)state;
   bson_t *doc = sample(), *other = BCON_NEW("stranger", BCON_INT32(1));
   size_t found = 0;
   for (uint32_t seed = 0; seed < 2000; seed++) {
      uint8_t bytes[ROOM];
      memcpy(bytes, bson_get_data(doc), doc->len);
      size_t len = flp_fuzz_bson_mutate(bytes, doc->len, ROOM, seed, bson_get_data(other), other->len);
      found += memmem(bytes, len, "stranger", 8) ? 1 : 0;
   }
   bson_destroy(doc);
   bson_destroy(other);
   assert_true(found > 100);
}

/* Under a sanitizer a byte too far is seen; without one the size tells. */
static void rubbish_and_little_room_do_no_harm(void **state)
{
   (void)state;
   for (uint32_t seed = 0; seed < TRIES; seed++) {
      size_t size = seed % 97, max = size + seed % 13;
      uint8_t *bytes = malloc(max + 1);
      assert_non_null(bytes);
      for (size_t i = 0; i < size; i++) {
         bytes[i] = (uint8_t)((seed >> (i % 5)) * (i + 1));
      }
      if (size >= 5 && seed % 2) {
         memcpy(bytes, &(uint32_t){(uint32_t)size}, 4);
      }
      size_t now = seed % 3 ? flp_fuzz_bson_mutate(bytes, size, max, seed, bytes, 0) : flp_fuzz_text_mutate(bytes, size, max, seed);
      assert_true(now <= max || now == size);
      free(bytes);
   }
}

/* Values change their kind, lines come twice or go, and brackets still belong together now and then. */
static void text_changes_by_values_and_lines(void **state)
{
   (void)state;
   static const char text[] = "{\"a\": \"x\", \"b\": [1, 2]}\n{\"c\": {\"d\": null}}\n";
   size_t lists = 0, nulls = 0, more = 0, fewer = 0;
   for (uint32_t seed = 0; seed < TRIES; seed++) {
      char bytes[ROOM];
      memcpy(bytes, text, sizeof text - 1);
      size_t len = flp_fuzz_text_mutate((uint8_t *)bytes, sizeof text - 1, ROOM, seed), lines = 0;
      for (size_t i = 0; i < len; i++) {
         lines += bytes[i] == '\n' ? 1 : 0;
      }
      lists += memmem(bytes, len, "\"a\": [", 6) ? 1 : 0;
      nulls += memmem(bytes, len, "\"b\": null", 9) ? 1 : 0;
      more += lines > 2 ? 1 : 0;
      fewer += lines < 2 ? 1 : 0;
   }
   assert_true(lists > 0 && nulls > 0 && more > 0 && fewer > 0);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_same_seed_gives_the_same_bytes),     cmocka_unit_test(every_kind_of_change_happens_and_most_are_still_bson),
      cmocka_unit_test(elements_of_another_document_come_over), cmocka_unit_test(rubbish_and_little_room_do_no_harm),
      cmocka_unit_test(text_changes_by_values_and_lines),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
