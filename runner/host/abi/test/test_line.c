/* Transcript lines: JSON that any reader takes, whatever the bytes. */
#include "runner/host/abi/line.h"

#include <fcntl.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static flp_lines_t lines;

static json_t *parse(void)
{
   json_error_t error;
   json_t *json = json_loadb(lines.data, lines.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
   if (json == NULL) {
      print_message("%s in %.*s\n", error.text, (int)lines.len, lines.data);
   }
   assert_non_null(json);
   return json;
}

static void a_line_is_one_object_with_nonce_and_number(void **unused)
{
   (void)unused;
   flp_lines_start(&lines, "n\"1");
   flp_line_begin(&lines, "test");
   flp_line_open(&lines, "list", '[');
   flp_line_number(&lines, NULL, INT64_MIN);
   flp_line_unsigned(&lines, NULL, UINT32_MAX);
   flp_line_bool(&lines, NULL, true);
   flp_line_null(&lines, NULL);
   flp_line_open(&lines, NULL, '{');
   flp_line_close(&lines, '}');
   flp_line_raw(&lines, NULL, flp_view_text("\"raw\""));
   flp_line_close(&lines, ']');
   flp_line_string(&lines, "none", NULL);
   flp_line_end(&lines);
   json_t *json = parse();
   assert_string_equal(json_string_value(json_object_get(json, "nonce")), "n\"1");
   assert_int_equal(json_integer_value(json_object_get(json, "seq")), 0);
   assert_string_equal(json_string_value(json_object_get(json, "ev")), "test");
   const json_t *list = json_object_get(json, "list");
   assert_int_equal(json_array_size(list), 6);
   assert_true(json_integer_value(json_array_get(list, 0)) == INT64_MIN);
   assert_string_equal(json_string_value(json_array_get(list, 5)), "raw");
   json_decref(json);
   assert_int_equal(lines.data[lines.len - 1], '\n');
}

static void text_that_is_not_utf8_is_replaced(void **unused)
{
   (void)unused;
   static const char *const texts[] = {"\xFF", "a\xC0\x80z", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82"};
   for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
      flp_lines_start(&lines, "n");
      flp_line_begin(&lines, "t");
      flp_line_string(&lines, "text", texts[i]);
      flp_line_end(&lines);
      json_t *json = parse();
      assert_non_null(strstr(json_string_value(json_object_get(json, "text")), "\xEF\xBF\xBD"));
      json_decref(json);
   }
}

static void every_byte_of_text_survives(void **unused)
{
   (void)unused;
   char text[128 + 8];
   for (int i = 0; i < 128; i++) {
      text[i] = (char)i;
   }
   memcpy(text + 128, "\xC3\xA9\xE2\x82\xAC", 5);
   flp_lines_start(&lines, "n");
   flp_line_begin(&lines, "t");
   flp_line_text(&lines, "text", flp_view(text, 133));
   flp_line_end(&lines);
   json_t *json = parse();
   const json_t *value = json_object_get(json, "text");
   assert_int_equal(json_string_length(value), 133);
   assert_memory_equal(json_string_value(value), text, 133);
   json_decref(json);
}

static void bytes_are_base64(void **unused)
{
   (void)unused;
   static const struct {
      const char *bytes, *base64;
   } rows[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}};
   for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
      flp_lines_start(&lines, "n");
      flp_line_begin(&lines, "t");
      flp_line_bytes(&lines, "bytes", flp_view_text(rows[i].bytes));
      flp_line_end(&lines);
      json_t *json = parse();
      assert_string_equal(json_string_value(json_object_get(json, "bytes")), rows[i].base64);
      json_decref(json);
   }
}

static void large_bytes_go_to_a_file_named_by_their_hash(void **unused)
{
   (void)unused;
   char dir[] = P_tmpdir "/fleproof-line-XXXXXX";
   char path[256];
   assert_non_null(mkdtemp(dir));
   uint8_t *bytes = calloc(1, FLP_LINE_INLINE_BYTES + 1);
   lines.files_dir = dir;
   flp_lines_start(&lines, "n");
   flp_line_begin(&lines, "t");
   flp_line_bytes(&lines, "small", flp_view(bytes, FLP_LINE_INLINE_BYTES));
   flp_line_bytes(&lines, "large", flp_view(bytes, FLP_LINE_INLINE_BYTES + 1));
   flp_line_end(&lines);
   assert_false(lines.failed);
   json_t *json = parse();
   assert_true(json_is_string(json_object_get(json, "small")));
   const json_t *large = json_object_get(json, "large");
   assert_int_equal(json_integer_value(json_object_get(large, "len")), FLP_LINE_INLINE_BYTES + 1);
   const char *file = json_string_value(json_object_get(large, "file"));
   assert_int_equal(strlen(file), 64);
   snprintf(path, sizeof path, "%s/%s", dir, file);
   FILE *written = fopen(path, "rb");
   assert_non_null(written);
   fseek(written, 0, SEEK_END);
   assert_int_equal(ftell(written), FLP_LINE_INLINE_BYTES + 1);
   fclose(written);
   unlink(path);
   rmdir(dir);
   json_decref(json);
   /* A folder that is gone: the transcript must not look complete. */
   flp_lines_start(&lines, "n");
   flp_line_begin(&lines, "t");
   flp_line_bytes(&lines, "large", flp_view(bytes, FLP_LINE_INLINE_BYTES + 1));
   assert_true(lines.failed);
   lines.files_dir = NULL;
   flp_lines_start(&lines, "n");
   free(bytes);
}

static void one_event(const char *event, const char *text)
{
   flp_line_begin(&lines, event);
   flp_line_string(&lines, "text", text);
   flp_line_end(&lines);
}

static void events_are_compared_without_answers(void **unused)
{
   (void)unused;
   static const struct {
      const char *answer, *outcome;
      bool same;
   } rows[] = {{"a", "x", true}, {"b", "x", true}, {"a", "y", false}, {"b", "y", false}};
   flp_lines_t first = {0};
   flp_lines_start(&lines, "n");
   one_event("answer", "a");
   one_event("outcome", "x");
   flp_lines_swap(&first, &lines);
   for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
      flp_lines_start(&lines, "n");
      one_event("answer", rows[i].answer);
      one_event("outcome", rows[i].outcome);
      assert_true(flp_lines_same_events(&first, &lines) == rows[i].same);
   }
   one_event("outcome", "y");
   assert_false(flp_lines_same_events(&first, &lines)); /* one more */
}

static void a_flush_writes_everything_once(void **unused)
{
   (void)unused;
   int ends[2];
   char got[512];
   assert_int_equal(pipe(ends), 0);
   flp_lines_start(&lines, "n");
   one_event("t", "x");
   const size_t len = lines.len;
   assert_true(flp_lines_flush(&lines, ends[1]));
   assert_int_equal(read(ends[0], got, sizeof got), len);
   assert_int_equal(lines.len, 0);
   close(ends[0]);
   close(ends[1]);
   one_event("t", "x");
   assert_false(flp_lines_flush(&lines, ends[1])); /* nobody reads */
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_line_is_one_object_with_nonce_and_number),
      cmocka_unit_test(text_that_is_not_utf8_is_replaced),
      cmocka_unit_test(every_byte_of_text_survives),
      cmocka_unit_test(bytes_are_base64),
      cmocka_unit_test(large_bytes_go_to_a_file_named_by_their_hash),
      cmocka_unit_test(events_are_compared_without_answers),
      cmocka_unit_test(a_flush_writes_everything_once),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
