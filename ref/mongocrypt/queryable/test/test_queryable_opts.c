/* Range and text options: what is accepted, then each refusal with the field that it names. */
#include "ref/mongocrypt/queryable/range_opts.h"
#include "ref/mongocrypt/queryable/text_opts.h"
#include "ref/mongocrypt/test/json.h"

static void range_options_are_read_with_their_defaults(void **state)
{
   flp_range_opts_t opts = {0};
   flp_status_t status = {0};
   flp_buf_t document = from_json("{'max':9.5,'min':1.5,'precision':3,'trimFactor':4}");
   (void)state;
   assert_true(flp_range_opts_parse(&opts, flp_view_of(&document), &status));
   flp_buf_cleanup(&document);
   assert_true(opts.set);
   assert_true(opts.sparsity == 2);
   assert_int_equal(opts.precision, 3);
   assert_int_equal(opts.trim_factor, 4);
   assert_int_equal(opts.min_type, 1);
   assert_int_equal(opts.max.len, 8); /* still readable: a copy is kept */
   assert_int_equal(opts.max.data[7], 0x40);
   flp_range_opts_cleanup(&opts);
}

static const struct {
   const char *json, *part; /* part NULL: accepted */
} range[] = {
   {"{}", NULL},
   {"{'min':1}", NULL},
   {"{'min':5,'max':1}", NULL}, /* bounds are compared when a payload is made */
   {"{'sparsity':{'$numberLong':'0'}}", NULL},
   {"{'min':'a','max':'b'}", NULL},
   {"{'sparsity':1}", "field=sparsity reason=expected%20an%20int64"},
   {"{'sparsity':{'$numberLong':'-1'}}", "Error validating sparsity: sparsity must be non-negative, got -1 [OPTION_RANGE"},
   {"{'precision':-1}", "field=precision reason=must%20be%20non-negative"},
   {"{'precision':{'$numberLong':'1'}}", "field=precision"},
   {"{'precision':1}", "needs%20min"},
   {"{'precision':1,'min':1.5}", "needs%20max"},
   {"{'precision':1,'min':1,'max':2}", "only%20for%20double"},
   {"{'min':1.5,'max':2.5}", "field=min"},
   {"{'max':2.5}", "field=max"},
   {"{'min':1,'max':{'$numberLong':'2'}}", "differ%20in%20type"},
   {"{'trimFactor':-1}", "field=trimFactor"},
   {"{'trimFactor':1,'trimFactor':1}", "field=trimFactor reason=given%20twice"},
   {"{'x':1}", "Error parsing RangeOpts: field 'x': not known [OPTION_CONTENT option=algorithm_range field=x"},
};

#define SEARCH "{'strMinQueryLength':1,'strMaxQueryLength':2}"
#define FLAGS "'caseSensitive':true,'diacriticSensitive':false"

static const struct {
   const char *json, *part;
} text[] = {
   {"{" FLAGS ",'prefix':" SEARCH "}", NULL},
   {"{" FLAGS ",'prefix':{},'suffix':" SEARCH "}", NULL},
   {"{" FLAGS ",'substring':{'strMaxLength':9}}", NULL},
   {"{}", "field=caseSensitive reason=required"},
   {"{'caseSensitive':true,'prefix':{}}", "field=diacriticSensitive reason=required"},
   {"{" FLAGS "}", "one%20of%20prefix"},
   {"{'caseSensitive':1}", "field=caseSensitive reason=expected%20a%20bool"},
   {"{" FLAGS ",'prefix':1}", "field=prefix reason=expected%20a%20document"},
   {"{" FLAGS ",'prefix':{'strMinQueryLength':0}}", "field=strMinQueryLength reason=must%20be%20greater%20than%20zero"},
   {"{" FLAGS ",'prefix':{'strMinQueryLength':{'$numberLong':'1'}}}", "expected%20an%20int32"},
   {"{" FLAGS ",'prefix':{'strMaxLength':1}}", "only%20for%20substring"},
   {"{" FLAGS ",'prefix':{'x':1}}", "field=x"},
   {"{" FLAGS ",'substring':" SEARCH "}", "required%20for%20substring"},
   {"{" FLAGS ",'substring':{'strMaxLength':9},'suffix':{}}", "excludes%20prefix%20and%20suffix"},
   {"{" FLAGS ",'prefix':{},'prefix':{}}", "field=prefix reason=given%20twice"},
   {"{" FLAGS ",'prefix':{},'x':1}", "Error parsing TextOpts: field 'x': not known [OPTION_CONTENT option=algorithm_text"},
};

static void each_range_document_is_taken_or_refused(void **state)
{
   (void)state;
   for (size_t i = 0; i < sizeof range / sizeof range[0]; i++) {
      flp_range_opts_t opts = {0};
      flp_status_t status = {0};
      flp_buf_t document = from_json(range[i].json);
      bool ok = flp_range_opts_parse(&opts, flp_view_of(&document), &status);
      if (ok != (range[i].part == NULL) || opts.set != ok || (!ok && !strstr(status.message, range[i].part))) {
         fail_msg("%s: %s", range[i].json, status.message);
      }
      flp_buf_cleanup(&document);
      flp_range_opts_cleanup(&opts);
   }
}

static void each_text_document_is_taken_or_refused(void **state)
{
   (void)state;
   for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
      flp_text_opts_t opts = {0};
      flp_status_t status = {0};
      flp_buf_t document = from_json(text[i].json);
      bool ok = flp_text_opts_parse(&opts, flp_view_of(&document), &status);
      if (ok != (text[i].part == NULL) || opts.set != ok || (!ok && !strstr(status.message, text[i].part))) {
         fail_msg("%s: %s", text[i].json, status.message);
      }
      flp_buf_cleanup(&document);
   }
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(range_options_are_read_with_their_defaults),
      cmocka_unit_test(each_range_document_is_taken_or_refused),
      cmocka_unit_test(each_text_document_is_taken_or_refused),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
