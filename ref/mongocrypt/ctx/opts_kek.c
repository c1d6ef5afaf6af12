/* The four setters of the key encryption key: the document, and the three superseded ones that say a part of it.
 * Each reads as its list of checks, in the order of the interface. */
#include "ref/mongocrypt/ctx/opts.h"

#include "ref/mongocrypt/bson_check.h"
#include "ref/mongocrypt/ctx/opts_said.h"
#include "ref/mongocrypt/errors.h"

bool flp_opts_set_kek(flp_ctx_opts_t *opts, flp_view_t document, flp_status_t *status)
{
   static const char option[] = "key_encryption_key";
   if (!flp_opts_open(opts, option, status)) {
      return false;
   }
   if (opts->has_kek || opts->aws_endpoint_first) {
      return flp_opts_twice(FLP_E088, option, status);
   }
   if (!document.data) {
      return flp_opts_null(FLP_E086, "ctx_setopt_key_encryption_key", "bin", status);
   }
   opts->has_kek = flp_bson_check(document, FLP_E087, option, status) && flp_kek_parse(&opts->kek, document, option, status);
   return opts->has_kek;
}

bool flp_opts_set_kek_local(flp_ctx_opts_t *opts, flp_status_t *status)
{
   static const char option[] = "masterkey_local";
   if (!flp_opts_open(opts, option, status)) {
      return false;
   }
   if (opts->has_kek || opts->aws_endpoint_first) {
      return flp_opts_twice(FLP_E083, option, status);
   }
   opts->has_kek = flp_kek_set_local(&opts->kek, status);
   return opts->has_kek;
}

static bool is_text(flp_view_t text, bool len_ok)
{
   return text.data && len_ok && flp_utf8_valid(text, false);
}

bool flp_opts_set_kek_aws(flp_ctx_opts_t *opts, flp_view_t region, bool region_len_ok, flp_view_t cmk, bool cmk_len_ok,
                          flp_status_t *status)
{
   static const char option[] = "masterkey_aws";
   if (!flp_opts_open(opts, option, status)) {
      return false;
   }
   if (opts->has_kek || opts->aws_endpoint_first) {
      return flp_opts_twice(FLP_E083, option, status);
   }
   if (!is_text(region, region_len_ok)) {
      return flp_opts_invalid(FLP_E081, option, "not UTF-8 text", status);
   }
   if (!is_text(cmk, cmk_len_ok)) {
      return flp_opts_invalid(FLP_E082, option, "not UTF-8 text", status);
   }
   opts->has_kek = flp_kek_set_aws(&opts->kek, region, cmk, status);
   return opts->has_kek;
}

bool flp_opts_set_kek_aws_endpoint(flp_ctx_opts_t *opts, flp_view_t endpoint, bool len_ok, flp_status_t *status)
{
   static const char option[] = "masterkey_aws_endpoint";
   if (!flp_opts_open(opts, option, status)) {
      return false;
   }
   if (opts->has_kek && opts->kek.type != FLP_KMS_AWS) {
      return flp_error(status, FLP_E084, FLP_FACTS(flp_fact_text("option", option), flp_fact_text("with", "key_encryption_key")));
   }
   if (flp_fields_has(&opts->kek.fields, FLP_KEK_AWS_ENDPOINT)) {
      return flp_opts_twice(FLP_E085, option, status);
   }
   if (!flp_kek_set_aws_endpoint(&opts->kek, len_ok ? endpoint : flp_view(NULL, 0), status)) {
      return false;
   }
   opts->aws_endpoint_first = !opts->has_kek;
   return true;
}
