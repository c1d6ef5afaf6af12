/* Frames: what is one, what ends the host, and the HTTP replies that plans describe. */
#include "runner/host/abi/run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char why[256];

/* Gives bytes to the reader through a pipe that is then closed. */
static bool read_bytes(const void *bytes, size_t len, flp_frame_t *frame)
{
   int ends[2];
   assert_int_equal(pipe(ends), 0);
   assert_int_equal(write(ends[1], bytes, len), len);
   close(ends[1]);
   const bool ok = flp_frame_read(ends[0], frame, why, sizeof why);
   close(ends[0]);
   return ok;
}

static bool read_document(bson_t *doc, flp_frame_t *frame)
{
   uint8_t bytes[4096];
   flp_write_u32_le(bytes, doc->len);
   memcpy(bytes + 4, bson_get_data(doc), doc->len);
   const bool ok = read_bytes(bytes, doc->len + 4, frame);
   bson_destroy(doc);
   return ok;
}

static void a_frame_gives_the_case(void **unused)
{
   (void)unused;
   flp_frame_t frame;
   assert_true(
      read_document(BCON_NEW("nonce", "n", "id", "a/b", "seed", BCON_INT64(-1), "now_ms", BCON_INT64(5), "plan", "{", "call", "{", "}", "}",
                             "secrets", "[", BCON_BIN(BSON_SUBTYPE_BINARY, (const uint8_t *)"0123456789abcdef", 16), "]"),
                    &frame));
   assert_string_equal(frame.nonce, "n");
   assert_string_equal(frame.id, "a/b");
   assert_true(frame.seed == UINT64_MAX);
   assert_int_equal(frame.now_ms, 5);
   bson_iter_t call;
   assert_true(flp_plan_field(&frame.plan, "call", &call));
   assert_int_equal(flp_outside.n_secrets, 1);
   assert_true(read_document(BCON_NEW("nonce", "n", "id", "a/b", "plan", "{", "}"), &frame));
   assert_int_equal(flp_outside.n_secrets, 0); /* secrets are of one case */
}

static void the_end_is_quiet_and_a_broken_frame_is_not(void **unused)
{
   (void)unused;
   flp_frame_t frame;
   assert_false(read_bytes("", 0, &frame));
   assert_string_equal(why, "");
   static const struct {
      const char *bytes;
      size_t len;
   } rows[] = {
      {"\x05", 1},                   /* half a length */
      {"\x05\0\0\0\x05\0", 6},       /* half a document */
      {"\xFF\xFF\xFF\xFF", 4},       /* larger than the limit */
      {"\x05\0\0\0\x06\0\0\0\0", 9}, /* no document */
      {"\x05\0\0\0\x05\0\0\0\0", 9}, /* a document without a case */
   };
   for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
      assert_false(read_bytes(rows[i].bytes, rows[i].len, &frame));
      assert_string_not_equal(why, "");
   }
   assert_false(read_document(BCON_NEW("nonce", BCON_INT32(1), "id", "x", "plan", "{", "}"), &frame));
   assert_false(read_document(BCON_NEW("nonce", "n", "id", "x", "plan", BCON_INT32(1)), &frame));
   assert_false(read_document(BCON_NEW("nonce", "n", "id", "x", "plan", "{", "}", "secrets", "[", BCON_INT32(1), "]"), &frame));
   flp_outside_forget_secrets();
}

static void replies_are_http(void **unused)
{
   (void)unused;
   static const struct {
      const char *json, *text; /* NULL: refused */
   } rows[] = {
      {"{\"status\": 200, \"body\": \"hi\"}", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"},
      {"{\"status\": 404}", "HTTP/1.1 404 Status\r\nContent-Length: 0\r\n\r\n"},
      {"{\"status\": 200, \"headers\": {\"A\": \"b\", \"C\": 1}, \"body\": \"x\"}",
       "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nA: b\r\nC: 1\r\n\r\nx"},
      {"{\"status\": 200, \"headers\": {\"content-length\": 7}, \"body\": \"x\"}", "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nx"},
      {"{\"status\": 200, \"headers\": {\"Transfer-Encoding\": \"chunked\"}, \"body\": \"0\"}",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0"},
      {"{\"status\": 200, \"body\": {\"a\": 1}}", "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{ \"a\" : 1 }"},
      {"{\"body\": \"x\"}", NULL},
      {"{\"status\": 200, \"body\": true}", NULL},
      {"{\"status\": 200, \"headers\": {\"A\": true}}", NULL},
   };
   for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
      bson_t *inner = bson_new_from_json((const uint8_t *)rows[i].json, -1, NULL);
      bson_t *doc = BCON_NEW("r", BCON_DOCUMENT(inner));
      bson_iter_t value;
      flp_buf_t out = {0};
      assert_true(bson_iter_init_find(&value, doc, "r"));
      const bool ok = flp_http_reply(&value, &out);
      assert_true(ok == (rows[i].text != NULL));
      if (ok) {
         assert_int_equal(out.len, strlen(rows[i].text));
         assert_memory_equal(out.data, rows[i].text, out.len);
      }
      flp_buf_cleanup(&out);
      bson_destroy(doc);
      bson_destroy(inner);
   }
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_frame_gives_the_case),
      cmocka_unit_test(the_end_is_quiet_and_a_broken_frame_is_not),
      cmocka_unit_test(replies_are_http),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
