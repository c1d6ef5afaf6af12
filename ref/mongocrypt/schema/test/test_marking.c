/* Markings: the good ones, each defect, and which of two defects is told. */
#include "ref/mongocrypt/schema/marking.h"
#include "ref/mongocrypt/test/json.h"

#define UUID_A "{'$binary':{'base64':'YWFhYWFhYWFhYWFhYWFhYQ==','subType':'04'}}"

static flp_status_t status;
static flp_marking_t marking;
static flp_buf_t blob;

static bool read_marking(const char *json)
{
   flp_status_reset(&status);
   flp_buf_cleanup(&blob);
   flp_buf_t document = from_json(json);
   assert_true(flp_buf_append_byte(&blob, FLP_MARKING_SUBTYPE));
   assert_true(flp_buf_append(&blob, flp_view_of(&document)));
   flp_buf_cleanup(&document);
   return flp_marking_read(&marking, flp_view_of(&blob), &status);
}

static int tear_down(void **unused)
{
   (void)unused;
   flp_buf_cleanup(&blob);
   return 0;
}

static void a_key_is_given_by_id_or_by_name(void **unused)
{
   (void)unused;
   assert_true(read_marking("{'v':'x','a':1,'ki':" UUID_A "}"));
   assert_true(marking.deterministic);
   assert_false(marking.by_name);
   assert_int_equal(marking.key_id.len, 16);
   assert_int_equal(marking.v.type, FLP_BSON_STRING);
   assert_true(read_marking("{'a':2,'ka':'','v':{'a':7,'x':{}}}")); /* what is inside v is not a field of the marking */
   assert_false(marking.deterministic);
   assert_true(marking.by_name);
   assert_int_equal(marking.key_alt_name.len, 0);
   assert_int_equal(marking.v.type, FLP_BSON_DOCUMENT);
}

static void each_defect_has_its_error(void **unused)
{
   (void)unused;
   static const struct {
      const char *json, *class_name, *part;
   } table[] = {
      {"{}", "FIELD_REQUIRED", "no 'v' specified"},
      {"{'v':1}", "MARKING_INVALID", "neither 'ki' nor 'ka'"},
      {"{'ki':" UUID_A ",'ka':'n'}", "FIELD_REQUIRED", "no 'v' specified"},
      {"{'v':1,'ki':" UUID_A ",'ka':'n'}", "MARKING_INVALID", "both 'ki' and 'ka'"},
      {"{'v':1,'ka':'n'}", "FIELD_REQUIRED", "no 'a' specified"},
      {"{'v':1,'a':1,'ki':1}", "MARKING_INVALID", "key id must be a UUID [MARKING_INVALID field=ki reason=type]"},
      {"{'v':1,'ki':{'$binary':{'base64':'YWE=','subType':'04'}}}", "MARKING_INVALID", "field=ki reason=length"},
      {"{'v':1,'ki':{'$binary':{'base64':'YWFhYWFhYWFhYWFhYWFhYQ==','subType':'00'}}}", "MARKING_INVALID", "field=ki reason=subtype"},
      {"{'v':1,'ka':1}", "MARKING_INVALID", "key alt name must be a UTF8"},
      {"{'a':{'$numberLong':'1'},'x':1}", "MARKING_INVALID", "'a' must be an int32"},
      {"{'a':3,'x':1}", "MARKING_INVALID", "invalid algorithm value"},
      {"{'a':0}", "MARKING_INVALID", "invalid algorithm value"},
      {"{'a':-1}", "MARKING_INVALID", "invalid algorithm value"},
      {"{'v':1,'x':1,'a':9}", "FIELD_UNKNOWN", "unrecognized field 'x'"},
   };
   for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
      assert_false(read_marking(table[i].json));
      assert_error(&status, table[i].class_name, table[i].part);
   }
}

static void bytes_that_are_no_document_are_refused(void **unused)
{
   (void)unused;
   static const uint8_t bytes[] = {0, 5, 0, 0, 0, 1};
   for (size_t len = 0; len < sizeof bytes; len++) {
      flp_status_reset(&status);
      assert_false(flp_marking_read(&marking, flp_view(bytes, len), &status));
      assert_error(&status, "MARKING_INVALID", "length < 6");
   }
   flp_status_reset(&status);
   assert_false(flp_marking_read(&marking, flp_view(bytes, sizeof bytes), &status));
   assert_error(&status, "BSON_INVALID", "invalid BSON [BSON_INVALID what=marking");
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(a_key_is_given_by_id_or_by_name, tear_down),
      cmocka_unit_test_teardown(each_defect_has_its_error, tear_down),
      cmocka_unit_test(bytes_that_are_no_document_are_refused),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
