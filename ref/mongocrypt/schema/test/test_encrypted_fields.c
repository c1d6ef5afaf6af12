/* encryptedFields: what passes, what is known of it then, and each defect. */
#include "ref/mongocrypt/schema/encrypted_fields.h"
#include "ref/mongocrypt/test/json.h"

#define UUID_A "{'$binary':{'base64':'YWFhYWFhYWFhYWFhYWFhYQ==','subType':'04'}}"
#define FIELD(rest) "{'fields':[{'keyId':" UUID_A ",'path':'p'," rest "}]}"

static flp_status_t status;
static flp_encrypted_fields_t found;

static bool check(const char *json)
{
   flp_buf_t document = from_json(json);
   flp_status_reset(&status);
   bool ok = flp_encrypted_fields_check(flp_view_of(&document), &found, &status);
   flp_buf_cleanup(&document);
   return ok;
}

static void good_ones_pass(void **unused)
{
   (void)unused;
   assert_true(check("{'fields':[]}"));
   assert_false(found.range || found.text || found.versioned);
   assert_int_equal(found.n_names, 0);
   assert_true(check("{'escCollection':1,'fields':[],'strEncodeVersion':1}"));
   assert_true(found.versioned && !found.text);
   assert_true(check(FIELD("'queries':{'queryType':'equality','min':1}")));
   assert_false(found.range || found.text);
   assert_true(check(FIELD("'queries':[]")));
   assert_true(check(FIELD("'queries':[{'queryType':'Equality'},{'queryType':'RANGE'}]")));
   assert_true(found.range && !found.text && !found.versioned);
   static const char *const text[] = {"prefix", "suffix", "substring", "prefixPreview", "suffixPreview", "substringPreview"};
   for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
      char json[200];
      snprintf(json, sizeof json, FIELD("'queries':{'queryType':'%s'}"), text[i]);
      assert_true(check(json));
      assert_true(found.text && found.versioned && !found.range);
   }
   assert_true(check("{'fields':[{'keyAltName':'b','path':'p'},{'keyAltName':'a','path':'q'},{'keyAltName':'','path':'r'}]}"));
   assert_int_equal(found.n_names, 3);
}

static void each_defect_has_its_error(void **unused)
{
   (void)unused;
   static const struct {
      const char *json, *class_name, *part;
   } table[] = {
      {"{'strEncodeVersion':2}", "FIELD_REQUIRED", "unable to find 'fields'"},
      {"{'strEncodeVersion':2,'fields':{}}", "FIELD_REQUIRED", "expected 'fields' to be type array, got: object"},
      {"{'fields':[1]}", "FIELD_REQUIRED", "field=fields want=object got=int"},
      {"{'fields':[{'path':1}]}", "FIELD_REQUIRED", "unable to find 'keyId' or 'keyAltName'"},
      {"{'fields':[{'keyId':1,'keyAltName':1}]}", "OPTION_CONFLICT", "only one of 'keyId' or 'keyAltName'"},
      {"{'fields':[{'keyId':1}]}", "FIELD_REQUIRED", "field=fields.keyId want=binData got=int"},
      {"{'fields':[{'keyId':{'$binary':{'base64':'YWE=','subType':'04'}}}]}", "FIELD_REQUIRED", "field=fields.keyId want=uuid got=binData"},
      {"{'fields':[{'keyId':{'$binary':{'base64':'YWFhYWFhYWFhYWFhYWFhYQ==','subType':'00'}}}]}", "FIELD_REQUIRED", "want=uuid"},
      {"{'fields':[{'keyAltName':1}]}", "FIELD_REQUIRED", "field=fields.keyAltName want=string got=int"},
      {"{'fields':[{'keyAltName':'a','queries':1}]}", "FIELD_REQUIRED", "field=fields.path want=string got=absent"},
      {"{'fields':[{'keyAltName':'a','path':1}]}", "FIELD_REQUIRED", "field=fields.path want=string got=int"},
      {FIELD("'queries':1"), "FIELD_REQUIRED", "When parsing supported query types"},
      {FIELD("'queries':[{'queryType':'range'},1]"), "FIELD_REQUIRED", "field=fields.queries want=object got=int"},
      {FIELD("'queries':{}"), "FIELD_REQUIRED", "field=fields.queries.queryType want=string got=absent"},
      {FIELD("'queries':{'queryType':1}"), "FIELD_REQUIRED", "field=fields.queries.queryType want=string got=int"},
      {FIELD("'queries':[{'queryType':'range '}]"), "OPTION_UNKNOWN_VALUE", "Did not recognize query type 'range '"},
      {FIELD("'queries':{'queryType':'RANGEpreview'}"), "OPTION_DEPRECATED", "'rangePreview' is unsupported"},
      {"{'fields':[{'keyAltName':'a','path':'p'},{'keyAltName':'b','path':'p'},{'keyAltName':'a','path':'p'}]}", "DUPLICATE_NAME",
       "duplicate keyAltName 'a' found in encrypted field config [DUPLICATE_NAME what=keyAltName name=a]"},
      {"{'fields':[],'strEncodeVersion':2}", "ENCODE_VERSION_UNSUPPORTED", "'strEncodeVersion' of 2 is not supported"},
      {"{'fields':[],'strEncodeVersion':0}", "ENCODE_VERSION_UNSUPPORTED", "[ENCODE_VERSION_UNSUPPORTED value=0 max=1]"},
      {"{'fields':[],'strEncodeVersion':{'$numberLong':'1'}}", "FIELD_REQUIRED", "field=strEncodeVersion want=int got=long"},
   };
   for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
      assert_false(check(table[i].json));
      assert_error(&status, table[i].class_name, table[i].part);
   }
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(good_ones_pass),
      cmocka_unit_test(each_defect_has_its_error),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
