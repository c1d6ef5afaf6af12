/* endpoints.json on the function that cuts endpoints, one test a case: every part, not only what an interface shows. */
#include "ref/mongocrypt/kms/endpoint.h"

#include "ref/base/test/vectors.h"

static void assert_part(const json_t *row, const char *field, flp_view_t actual)
{
   const json_t *want = json_object_get(row, field);
   if (!json_is_string(want)) {
      assert_true(json_is_null(want));
      assert_null(actual.data);
      return;
   }
   assert_non_null(actual.data);
   assert_int_equal(actual.len, json_string_length(want));
   assert_memory_equal(actual.data, json_string_value(want), actual.len);
}

static void endpoint(void **test_state)
{
   const json_t *row = *test_state;
   flp_status_t status = {0};
   flp_endpoint_t parts;
   bool ok = flp_endpoint_parse(&parts, flp_view_text(vector_text(row, "endpoint")), json_is_true(json_object_get(row, "dot_optional")),
                                "endpoint", &status);
   assert_int_equal(ok, vector_valid(row));
   if (!ok) {
      assert_string_equal(status.class_name, vector_text(row, "error"));
      return;
   }
   assert_part(row, "scheme", parts.scheme);
   assert_part(row, "host", parts.host);
   assert_part(row, "subdomain", parts.subdomain);
   assert_part(row, "domain", parts.domain);
   assert_part(row, "port", parts.port);
   assert_part(row, "path", parts.path);
   assert_part(row, "query", parts.query);
   assert_part(row, "host_and_port", parts.host_and_port);
}

int main(void)
{
   vectors_t vectors = {0};
   vectors_add(&vectors, "endpoints.json", endpoint, NULL);
   return vectors_run(&vectors, "vectors", NULL, NULL);
}
