/* Subject files: what is read, what is refused, what is found, whose texts are borrowed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "runner/subject.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[128];
static const flp_subject_places_t places = {.subjects_dir = dir, .lib_dir = "no-such-folder/"};

static void put(const char *name, const char *text)
{
   char path[256];
   snprintf(path, sizeof path, "%s/%s", dir, name);
   FILE *file = fopen(path, "w");
   assert_non_null(file);
   fputs(text, file);
   fclose(file);
}

#define HEAD "format: 1\nname: old\nfind: [\"${lib}/no-such-library\"]\nabsent: go and get it\n"
#define OLD HEAD "version: \"1.7.2\"\nlacks: [rewrap]\nexpected_failures: []\nerrors: [{class: KEY_NOT_FOUND, text: gone, call: init}]\n"
#define NEW HEAD "version: \"1.20.5\"\nlacks: []\nexpected_failures: []\nerrors: [{class: STATE_WRONG, text: gone}]\n"
#define REFERENCE HEAD "foreign: false\nlacks: []\nexpected_failures: []\nerrors: []\n"

static void versions_are_compared_by_their_numbers(void **state)
{
   (void)state;
   assert_int_equal(flp_version_compare("1.20.1", "1.20.1"), 0);
   assert_int_equal(flp_version_compare("1.20.1+more", "1.20.1"), 0);
   assert_true(flp_version_compare("1.9.0", "1.13.0") < 0);
   assert_true(flp_version_compare("1.20.5", "1.20.1+fleproof.0.1.0") > 0);
   assert_true(flp_version_compare("1.20", "1.20.1") < 0);
   assert_int_equal(flp_version_compare("1.20", "1.20.0"), 0);
   assert_true(flp_version_compare("", "1") < 0);
}

static void a_version_begins_with_two_numbers(void **state)
{
   (void)state;
   static const char *const good[] = {"1.20.1", "1.8", "1.20.1+fleproof.0.1.0", "1.8.0-dev"};
   static const char *const bad[] = {"", "banana", "v1.8.0", "1", "1.", ".8", "1-8", " 1.8"};
   for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
      assert_true(flp_version_readable(good[i]));
   }
   for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
      assert_false(flp_version_readable(bad[i]));
   }
   assert_false(flp_version_readable(NULL));
}

static void a_file_is_read_and_an_absent_library_has_its_advice(void **state)
{
   (void)state;
   flp_subject_t s = {0};
   flp_refusals_t refusals = {0};
   put("old.yml", OLD);
   assert_true(flp_subject_load(&places, "old", NULL, "old", &s, &refusals));
   assert_null(s.file);
   assert_string_equal(s.absent_reason, "go and get it");
   assert_true(s.foreign);
   assert_string_equal(s.lacks.items[0], "rewrap");
   assert_string_equal(s.error_texts[0].class_name, "KEY_NOT_FOUND");
   assert_string_equal(s.error_texts[0].call, "init");
   flp_subject_cleanup(&s);
   assert_true(flp_subject_load(&places, "mine", "some.so", "old", &s, &refusals));
   assert_string_equal(s.file, "some.so");
   assert_null(s.absent_reason);
   flp_subject_cleanup(&s);
   flp_refusals_cleanup(&refusals);
}

static void what_a_subject_file_does_not_know_is_refused_with_its_line(void **state)
{
   (void)state;
   static const struct {
      const char *text;
      unsigned line;
   } bad[] = {
      {HEAD "lacks: []\nexpected_failures: []\nerrors: []\nerors: []\n", 8},
      {HEAD "lacks: rewrap\nexpected_failures: []\nerrors: []\n", 5},
      {HEAD "lacks:\n  - rewrap\n  - rewarp\nexpected_failures: []\nerrors: []\n", 7},
      {HEAD "lacks: []\nexpected_failures: []\nerrors: [{class: STATE_WORNG, text: x}]\n", 7},
      {HEAD "lacks: [clock]\nexpected_failures: []\nerrors: []\n", 5},
      {HEAD "lacks: []\nexpected_failures: []\nerrors: [{class: STATE_WRONG}]\n", 7},
      {HEAD "lacks: []\nexpected_failures: [{id: \"area/*\", reason: x, message: x}]\nerrors: []\n", 6},
      {HEAD "foreign: perhaps\nlacks: []\nexpected_failures: []\nerrors: []\n", 5},
      {"format: 2\nname: x\nfind: []\nabsent: x\nlacks: []\nexpected_failures: []\nerrors: []\n", 1},
      {"[]\n", 1},
      {"", 0},
   };
   for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
      flp_subject_t s = {0};
      flp_refusals_t refusals = {0};
      put("bad.yml", bad[i].text);
      assert_false(flp_subject_load(&places, "bad", NULL, "bad", &s, &refusals));
      assert_true(refusals.len > 0);
      assert_string_equal(refusals.items[0].file, "subjects/bad.yml");
      if (bad[i].line > 0) {
         assert_int_equal(refusals.items[0].line, bad[i].line);
      }
      flp_subject_cleanup(&s);
      flp_refusals_cleanup(&refusals);
   }
   char path[256];
   snprintf(path, sizeof path, "%s/bad.yml", dir);
   unlink(path);
}

static void the_reference_comes_first_and_the_nearest_version_lends_its_texts(void **state)
{
   (void)state;
   flp_strings_t names = {0};
   flp_refusals_t refusals = {0};
   put("old.yml", OLD);
   put("new.yml", NEW);
   put("reference.yml", REFERENCE);
   assert_true(flp_subject_names(&places, &names));
   assert_int_equal(names.len, 3);
   assert_string_equal(names.items[0], "reference");
   assert_string_equal(names.items[1], "new");
   static const struct {
      const char *version, *class_name;
   } lent[] = {{"1.8.4", "KEY_NOT_FOUND"}, {"1.19.0", "STATE_WRONG"}, {"2.0.0", "STATE_WRONG"}, {"0.9.0", "KEY_NOT_FOUND"}};
   for (size_t i = 0; i < sizeof lent / sizeof lent[0]; i++) {
      flp_subject_t s = {0};
      assert_true(flp_subject_load(&places, "mine", "some.so", NULL, &s, &refusals));
      assert_int_equal(s.n_error_texts, 0);
      s.version = strdup(lent[i].version);
      assert_true(flp_subject_borrow_texts(&places, &s, &refusals));
      assert_int_equal(s.n_error_texts, 1);
      assert_string_equal(s.error_texts[0].class_name, lent[i].class_name);
      assert_int_equal(s.lacks.len, 0); /* only the texts */
      flp_subject_cleanup(&s);
   }
   flp_strings_cleanup(&names);
   flp_refusals_cleanup(&refusals);
}

static int make_dir(void **state)
{
   (void)state;
   snprintf(dir, sizeof dir, "%s/fleproof-test-subject-XXXXXX", P_tmpdir);
   return mkdtemp(dir) ? 0 : 1;
}

static int remove_dir(void **state)
{
   static const char *const files[] = {"old.yml", "new.yml", "reference.yml", "bad.yml"};
   (void)state;
   for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
      char path[256];
      snprintf(path, sizeof path, "%s/%s", dir, files[i]);
      unlink(path);
   }
   return rmdir(dir);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(versions_are_compared_by_their_numbers),
      cmocka_unit_test(a_version_begins_with_two_numbers),
      cmocka_unit_test(a_file_is_read_and_an_absent_library_has_its_advice),
      cmocka_unit_test(what_a_subject_file_does_not_know_is_refused_with_its_line),
      cmocka_unit_test(the_reference_comes_first_and_the_nearest_version_lends_its_texts),
   };
   return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
