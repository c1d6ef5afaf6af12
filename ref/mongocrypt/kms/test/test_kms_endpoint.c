/* Endpoints: the parts of good ones, then what is refused. */
#include "ref/mongocrypt/kms/endpoint.h"
#include "ref/mongocrypt/test/json.h"

typedef struct {
   const char *text;
   bool dot_optional;
   const char *host_and_port, *host, *subdomain, *domain, *port, *path, *query; /* NULL: absent */
} good_t;

static const good_t good[] = {
   {"kms.example.com", false, "kms.example.com", "kms.example.com", "kms", "example.com", NULL, NULL, NULL},
   {"https://kms.example.com:443/some/path/?query=value", false, "kms.example.com:443", "kms.example.com", "kms", "example.com", "443",
    "some/path", "query=value"},
   {"example.com/", false, "example.com", "example.com", "example", "com", NULL, "", NULL},
   {"example.com/a/b//", false, "example.com", "example.com", "example", "com", NULL, "a/b/", NULL},
   {"example.com:", false, "example.com:", "example.com", "example", "com", "", NULL, NULL},
   {"example.com?q=1", false, "example.com", "example.com", "example", "com", NULL, NULL, "q=1"},
   {"example.com/p?x=/y", false, "example.com", "example.com", "example", "com", NULL, "p", "x=/y"},
   {"example.com?x=/y", false, "example.com", "example.com", "example", "com", NULL, NULL, "x=/y"},
   {"localhost:5698", true, "localhost:5698", "localhost", NULL, "localhost", "5698", NULL, NULL},
   {"localhost/p", true, "localhost", "localhost", NULL, "localhost", NULL, "p", NULL},
   {"localhost:5698/x.y", false, "localhost:5698/x.y", "localhost:5698/x.y", "localhost:5698/x", "y", NULL, NULL, NULL},
   {"", true, "", "", NULL, "", NULL, NULL, NULL},
};

static void assert_part(flp_view_t part, const char *want)
{
   assert_int_equal(part.data != NULL, want != NULL);
   if (want) {
      assert_true(flp_view_equal_text(part, want));
   }
}

static void an_endpoint_falls_into_its_parts(void **state)
{
   (void)state;
   for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
      flp_endpoint_t parts;
      flp_status_t status = {0};
      if (!flp_endpoint_parse(&parts, flp_view_text(good[i].text), good[i].dot_optional, "endpoint", &status)) {
         fail_msg("%s: %s", good[i].text, status.message);
      }
      assert_part(parts.host_and_port, good[i].host_and_port);
      assert_part(parts.host, good[i].host);
      assert_part(parts.subdomain, good[i].subdomain);
      assert_part(parts.domain, good[i].domain);
      assert_part(parts.port, good[i].port);
      assert_part(parts.path, good[i].path);
      assert_part(parts.query, good[i].query);
   }
}

static void a_host_without_a_dot_is_for_kmip_only(void **state)
{
   flp_endpoint_t parts;
   flp_status_t status = {0};
   (void)state;
   assert_false(flp_endpoint_parse(&parts, flp_view_text("localhost:5698"), false, "endpoint", &status));
   assert_error(&status, "ENDPOINT_INVALID", "expected dot separator in host, but got: localhost:5698");
}

static void what_could_break_a_request_is_refused(void **state)
{
   static const struct {
      const char *text;
      size_t len;
   } bad[] = {{"a.b/c:d", 7}, {"a.b?c:d", 7}, {"a.b\r\nX: y", 9}, {"a.b\0c", 5}, {"a.\xFF", 3}, {NULL, 0}};
   (void)state;
   for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
      flp_endpoint_t parts;
      flp_status_t status = {0};
      assert_false(flp_endpoint_parse(&parts, flp_view(bad[i].text, bad[i].len), true, "endpoint", &status));
      assert_error(&status, "ENDPOINT_INVALID", "Invalid endpoint");
      assert_non_null(strstr(status.message, " field=endpoint endpoint="));
      assert_null(strpbrk(status.message, "\r\n\xFF")); /* bytes that may not stand in a tag are written as %XX */
   }
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_endpoint_falls_into_its_parts),
      cmocka_unit_test(a_host_without_a_dot_is_for_kmip_only),
      cmocka_unit_test(what_could_break_a_request_is_refused),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
