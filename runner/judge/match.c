/* The comparison itself: one walk over the expected value, a table of matchers.
 * Recursion follows the expected value, whose depth the loader has limited; a subject's value is only as deep as that. */
#include "runner/judge/match.h"

#include "ref/base/bson_walk.h"
#include "runner/judge/match_decrypts.h"

#include <stdlib.h>
#include <string.h>

#define MAX_UNORDERED 512u /* elements: the assignment is quadratic */

/* How documents are compared: exactly, or with other fields ignored (inside `$$match`). */
typedef enum { EXACT, NAMED_FIELDS } strictness_t;

static bool match(const flp_matching_t *m, strictness_t mode, const bson_iter_t *expected, const bson_iter_t *actual, flp_differences_t *d);

/* ---- helpers over iterators ---- */

static const char *type_name(const bson_iter_t *iter)
{
   return flp_bson_type_name((uint8_t)bson_iter_type(iter));
}

static bool is_container(const bson_iter_t *iter)
{
   return BSON_ITER_HOLDS_DOCUMENT(iter) || BSON_ITER_HOLDS_ARRAY(iter);
}

static uint32_t count_of(const bson_iter_t *container)
{
   bson_iter_t child;
   uint32_t n = 0;
   if (bson_iter_recurse(container, &child)) {
      while (bson_iter_next(&child)) {
         n++;
      }
   }
   return n;
}

static bool same_bytes(const bson_iter_t *a, const bson_iter_t *b)
{
   bson_t left = BSON_INITIALIZER, right = BSON_INITIALIZER;
   bson_append_iter(&left, "v", 1, a);
   bson_append_iter(&right, "v", 1, b);
   bool same = left.len == right.len && memcmp(bson_get_data(&left), bson_get_data(&right), left.len) == 0;
   bson_destroy(&left);
   bson_destroy(&right);
   return same;
}

/* The key as meant: `$$$x` stands for `$$x`. */
static const char *plain_key(const char *key)
{
   return strncmp(key, "$$$", 3) == 0 ? key + 1 : key;
}

const char *flp_matcher_name(const bson_iter_t *expected, bson_iter_t *argument)
{
   bson_iter_t child;
   if (!BSON_ITER_HOLDS_DOCUMENT(expected) || !bson_iter_recurse(expected, &child) || !bson_iter_next(&child)) {
      return NULL;
   }
   const char *key = bson_iter_key(&child);
   if (strncmp(key, "$$", 2) != 0 || key[2] == '$') {
      return NULL;
   }
   if (argument) {
      *argument = child;
   }
   bson_iter_t second = child;
   return bson_iter_next(&second) ? NULL : key;
}

static bool differ(flp_differences_t *d, const bson_iter_t *expected, const bson_iter_t *actual, const char *why)
{
   if (d) {
      flp_differences_take(d, expected ? flp_show_iter(expected) : NULL, actual ? flp_show_iter(actual) : NULL, "%s", why);
   }
   return false;
}

/* ---- matchers ---- */

typedef struct {
   const flp_matching_t *m;
   strictness_t mode;
   const bson_iter_t *whole; /* the matcher itself, to be shown */
   const bson_iter_t *argument;
   const bson_iter_t *actual;
   flp_differences_t *d;
} matcher_call_t;

static bool match_any(const matcher_call_t *c)
{
   (void)c;
   return true;
}

static bool match_type(const matcher_call_t *c)
{
   static const struct {
      const char *alias, *name;
   } aliases[] = {{"document", "object"}, {"binary", "binData"}, {"int32", "int"}, {"int64", "long"}, {"boolean", "bool"}};
   const char *want = BSON_ITER_HOLDS_UTF8(c->argument) ? bson_iter_utf8(c->argument, NULL) : "";
   for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++) {
      if (strcmp(want, aliases[i].alias) == 0) {
         want = aliases[i].name;
      }
   }
   return strcmp(want, type_name(c->actual)) == 0 || differ(c->d, c->whole, c->actual, "the value has another BSON type");
}

static bool match_len(const matcher_call_t *c)
{
   int64_t want = bson_iter_as_int64(c->argument);
   int64_t have = -1;
   uint32_t len = 0;
   if (BSON_ITER_HOLDS_BINARY(c->actual)) {
      bson_subtype_t subtype;
      const uint8_t *data;
      bson_iter_binary(c->actual, &subtype, &len, &data);
      have = len;
   } else if (BSON_ITER_HOLDS_UTF8(c->actual)) {
      bson_iter_utf8(c->actual, &len);
      have = len;
   } else if (is_container(c->actual)) {
      have = count_of(c->actual);
   } else {
      return differ(c->d, c->whole, c->actual, "the value has a type without a length");
   }
   if (have == want) {
      return true;
   }
   if (c->d) {
      flp_differences_take(c->d, flp_show_iter(c->whole), flp_show_iter(c->actual), "the value has length %lld", (long long)have);
   }
   return false;
}

static bool match_match(const matcher_call_t *c)
{
   return match(c->m, NAMED_FIELDS, c->argument, c->actual, c->d);
}

/* Assigns each expected element to an actual one of its own (augmenting paths), so that a loose matcher never takes the element that a
 * strict one needs. */
typedef struct {
   const matcher_call_t *c;
   flp_spot_t *expected, *actual;
   size_t n;
   uint32_t *owner; /* of each actual element: expected index + 1, or 0 */
   bool *seen;
   char *fits; /* n x n: 0 not asked, 1 yes, 2 no */
} assignment_t;

static bool fits(assignment_t *a, size_t e, size_t i)
{
   char *known = &a->fits[e * a->n + i];
   if (*known == 0) {
      bson_iter_t expected, actual;
      bool ok = flp_spot_iter(&a->expected[e], &expected) && flp_spot_iter(&a->actual[i], &actual) &&
                match(a->c->m, a->c->mode, &expected, &actual, NULL);
      *known = ok ? 1 : 2;
   }
   return *known == 1;
}

static bool assign(assignment_t *a, size_t e)
{
   for (size_t i = 0; i < a->n; i++) {
      if (a->seen[i] || !fits(a, e, i)) {
         continue;
      }
      a->seen[i] = true;
      if (a->owner[i] == 0 || assign(a, a->owner[i] - 1)) {
         a->owner[i] = (uint32_t)e + 1;
         return true;
      }
   }
   return false;
}

static void elements_of(const bson_iter_t *container, flp_spot_t *out, size_t n)
{
   bson_iter_t child;
   size_t i = 0;
   if (bson_iter_recurse(container, &child)) {
      while (i < n && bson_iter_next(&child)) {
         out[i++] = flp_spot_of(&child);
      }
   }
}

static bool match_unordered(const matcher_call_t *c)
{
   if (!BSON_ITER_HOLDS_ARRAY(c->argument) || !BSON_ITER_HOLDS_ARRAY(c->actual)) {
      return differ(c->d, c->whole, c->actual, "the value is not an array");
   }
   size_t n = count_of(c->argument);
   if (n != count_of(c->actual)) {
      return differ(c->d, c->whole, c->actual, "the array has another number of elements");
   }
   if (n > MAX_UNORDERED) {
      return differ(c->d, c->whole, NULL, "$$unordered takes at most 512 elements");
   }
   bool ok = false;
   assignment_t a = {.c = c, .n = n};
   a.expected = calloc(n + 1, sizeof *a.expected);
   a.actual = calloc(n + 1, sizeof *a.actual);
   a.owner = calloc(n + 1, sizeof *a.owner);
   a.seen = calloc(n + 1, sizeof *a.seen);
   a.fits = calloc(n * n + 1, 1);
   if (!a.expected || !a.actual || !a.owner || !a.seen || !a.fits) {
      goto done;
   }
   elements_of(c->argument, a.expected, n);
   elements_of(c->actual, a.actual, n);
   ok = true;
   for (size_t e = 0; ok && e < n; e++) {
      memset(a.seen, 0, n * sizeof *a.seen);
      ok = assign(&a, e);
      bson_iter_t unfit;
      if (!ok && flp_spot_iter(&a.expected[e], &unfit)) {
         differ(c->d, &unfit, c->actual, "no element of the array is left that fits this one");
      }
   }
done:
   free(a.expected);
   free(a.actual);
   free(a.owner);
   free(a.seen);
   free(a.fits);
   return ok;
}

/* Looks in the plan first: there a value stands as the subject got it. */
static bool find_path(const flp_case_t *the_case, const char *path, bson_iter_t *found)
{
   const bson_t *const docs[] = {&the_case->plan, &the_case->doc};
   for (size_t i = 0; i < 2; i++) {
      bson_iter_t iter;
      if (bson_iter_init(&iter, docs[i]) && bson_iter_find_descendant(&iter, path, found)) {
         return true;
      }
   }
   return false;
}

static bool match_same_as(const matcher_call_t *c)
{
   bson_iter_t same;
   if (!BSON_ITER_HOLDS_UTF8(c->argument) || !find_path(c->m->the_case, bson_iter_utf8(c->argument, NULL), &same)) {
      return differ(c->d, c->whole, c->actual, "$$sameAs names a path that the case does not have");
   }
   return same_bytes(&same, c->actual) || differ(c->d, &same, c->actual, "the bytes are not the same as in the case");
}

static bool match_decrypts_to(const matcher_call_t *c)
{
   bson_iter_t key, value;
   if (!BSON_ITER_HOLDS_DOCUMENT(c->argument) || !bson_iter_recurse(c->argument, &key) || !bson_iter_find(&key, "key") ||
       !BSON_ITER_HOLDS_UTF8(&key) || !bson_iter_recurse(c->argument, &value) || !bson_iter_find(&value, "value")) {
      return differ(c->d, c->whole, c->actual, "$$decryptsTo needs {key: NAME, value: VALUE}");
   }
   flp_value_t opened = {.set = false};
   char *reason = NULL;
   bool ok = false;
   if (!flp_open_with_named_key(c->m->the_case, bson_iter_utf8(&key, NULL), c->actual, &opened, &reason)) {
      differ(c->d, c->whole, c->actual, reason ? reason : "the value cannot be opened");
      goto done;
   }
   bson_iter_t clear;
   ok = flp_value_iter(&opened, &clear) && match(c->m, EXACT, &value, &clear, c->d);
done:
   flp_value_cleanup(&opened);
   free(reason);
   return ok;
}

static const struct {
   const char *name;
   bool (*match)(const matcher_call_t *c);
} matchers[] = {
   {"$$any", match_any},
   {"$$type", match_type},
   {"$$len", match_len},
   {"$$match", match_match},
   {"$$unordered", match_unordered},
   {"$$sameAs", match_same_as},
   {"$$decryptsTo", match_decrypts_to},
};

/* ---- documents ---- */

static bool match_child(const flp_matching_t *m, strictness_t mode, const bson_iter_t *e, const bson_iter_t *a, flp_differences_t *d)
{
   size_t mark = flp_differences_enter(d, "%s", plain_key(bson_iter_key(e)));
   bool ok = match(m, mode, e, a, d);
   flp_differences_leave(d, mark);
   return ok;
}

static bool miss(flp_differences_t *d, const char *key, const bson_iter_t *expected, const bson_iter_t *actual, const char *why)
{
   size_t mark = flp_differences_enter(d, "%s", key);
   differ(d, expected, actual, why);
   flp_differences_leave(d, mark);
   return false;
}

static bool match_in_order(const flp_matching_t *m, strictness_t mode, const bson_iter_t *expected, const bson_iter_t *actual,
                           flp_differences_t *d)
{
   bool array = BSON_ITER_HOLDS_ARRAY(expected);
   bson_iter_t e, a;
   if (!bson_iter_recurse(expected, &e) || !bson_iter_recurse(actual, &a)) {
      return differ(d, expected, actual, "the value cannot be read");
   }
   for (;;) {
      bool more_e = bson_iter_next(&e), more_a = bson_iter_next(&a);
      if (!more_e && !more_a) {
         return true;
      }
      if (!more_a) {
         return miss(d, plain_key(bson_iter_key(&e)), &e, NULL, array ? "the array ends before this element" : "the field is missing");
      }
      if (!more_e) {
         return miss(d, bson_iter_key(&a), NULL, &a, array ? "the array has an element too many" : "the field should not be there");
      }
      if (!array && strcmp(plain_key(bson_iter_key(&e)), bson_iter_key(&a)) != 0) {
         return miss(d, plain_key(bson_iter_key(&e)), &e, &a, "another field stands in this place (names and order are compared)");
      }
      if (!match_child(m, mode, &e, &a, d)) {
         return false;
      }
   }
}

static bool match_named_fields(const flp_matching_t *m, const bson_iter_t *expected, const bson_iter_t *actual, flp_differences_t *d)
{
   bson_iter_t e;
   if (!bson_iter_recurse(expected, &e)) {
      return differ(d, expected, actual, "the value cannot be read");
   }
   while (bson_iter_next(&e)) {
      bson_iter_t a;
      if (!bson_iter_recurse(actual, &a) || !bson_iter_find(&a, plain_key(bson_iter_key(&e)))) {
         return miss(d, plain_key(bson_iter_key(&e)), &e, actual, "the field is missing");
      }
      if (!match_child(m, NAMED_FIELDS, &e, &a, d)) {
         return false;
      }
   }
   return true;
}

static bool match(const flp_matching_t *m, strictness_t mode, const bson_iter_t *expected, const bson_iter_t *actual, flp_differences_t *d)
{
   bson_iter_t argument;
   const char *name = flp_matcher_name(expected, &argument);
   if (name) {
      matcher_call_t call = {.m = m, .mode = mode, .whole = expected, .argument = &argument, .actual = actual, .d = d};
      for (size_t i = 0; i < sizeof matchers / sizeof matchers[0]; i++) {
         if (strcmp(name, matchers[i].name) == 0) {
            return matchers[i].match(&call);
         }
      }
      return differ(d, expected, actual, "the case uses a matcher that does not exist");
   }
   if (bson_iter_type(expected) != bson_iter_type(actual)) {
      return differ(d, expected, actual, "the value has another BSON type");
   }
   if (!is_container(expected)) {
      return same_bytes(expected, actual) || differ(d, expected, actual, "the value differs");
   }
   if (mode == NAMED_FIELDS && BSON_ITER_HOLDS_DOCUMENT(expected)) {
      return match_named_fields(m, expected, actual, d);
   }
   return match_in_order(m, mode, expected, actual, d);
}

bool flp_match(const flp_matching_t *matching, const bson_iter_t *expected, const bson_iter_t *actual, flp_differences_t *differences)
{
   return match(matching, EXACT, expected, actual, differences);
}

bool flp_match_value(const flp_matching_t *matching, const bson_iter_t *expected, const flp_value_t *actual, flp_differences_t *differences)
{
   bson_iter_t iter;
   if (!flp_value_iter(actual, &iter)) {
      return differ(differences, expected, NULL, "there is no value");
   }
   return match(matching, EXACT, expected, &iter, differences);
}
