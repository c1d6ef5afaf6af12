/* An HTTP reply as a KMS gives it, from `{status, headers, body}`: Content-Length first, then the headers in their order, then the body.
 * Headers of the case win: a Content-Length or Transfer-Encoding of its own leaves ours out. */
#include "runner/host/abi/run.h"

#include <stdio.h>
#include <strings.h>

static bool add_text(flp_buf_t *out, const char *text)
{
   return flp_buf_append(out, flp_view_text(text));
}

static bool add_headers(flp_buf_t *out, const bson_iter_t *headers, bool *framed)
{
   bson_iter_t it;
   if (!BSON_ITER_HOLDS_DOCUMENT(headers) || !bson_iter_recurse(headers, &it)) {
      return false;
   }
   while (bson_iter_next(&it)) {
      const char *name = bson_iter_key(&it);
      char number[24];
      const char *value = number;
      if (BSON_ITER_HOLDS_UTF8(&it)) {
         value = bson_iter_utf8(&it, NULL);
      } else if (BSON_ITER_HOLDS_INT32(&it) || BSON_ITER_HOLDS_INT64(&it)) {
         snprintf(number, sizeof number, "%lld", (long long)bson_iter_as_int64(&it));
      } else {
         return false;
      }
      *framed |= strcasecmp(name, "content-length") == 0 || strcasecmp(name, "transfer-encoding") == 0;
      if (!add_text(out, name) || !add_text(out, ": ") || !add_text(out, value) || !add_text(out, "\r\n")) {
         return false;
      }
   }
   return true;
}

static bool make_body(const bson_iter_t *body, flp_buf_t *out)
{
   flp_view_t bytes;
   uint32_t len = 0;
   if (BSON_ITER_HOLDS_UTF8(body)) {
      const char *text = bson_iter_utf8(body, &len);
      return flp_buf_append(out, flp_view(text, len));
   }
   if (BSON_ITER_HOLDS_DOCUMENT(body)) {
      bson_t doc;
      size_t json_len = 0;
      if (!flp_bytes_of_value(body, &bytes) || !bson_init_static(&doc, bytes.data, bytes.len)) {
         return false;
      }
      char *json = bson_as_relaxed_extended_json(&doc, &json_len);
      const bool ok = json != NULL && flp_buf_append(out, flp_view(json, json_len));
      bson_free(json);
      return ok;
   }
   return BSON_ITER_HOLDS_BINARY(body) && flp_bytes_of_value(body, &bytes) && flp_buf_append(out, bytes);
}

bool flp_http_reply(const bson_iter_t *value, flp_buf_t *out)
{
   bson_iter_t field;
   flp_buf_t body = {0}, headers = {0};
   char line[96];
   bool ok = false, framed = false;

   if (!flp_plan_field(value, "status", &field) || (!BSON_ITER_HOLDS_INT32(&field) && !BSON_ITER_HOLDS_INT64(&field))) {
      goto done;
   }
   const long long status = (long long)bson_iter_as_int64(&field);
   if ((flp_plan_field(value, "body", &field) && !make_body(&field, &body)) ||
       (flp_plan_field(value, "headers", &field) && !add_headers(&headers, &field, &framed))) {
      goto done;
   }
   snprintf(line, sizeof line, "HTTP/1.1 %lld %s\r\n", status, status == 200 ? "OK" : "Status");
   if (!add_text(out, line)) {
      goto done;
   }
   snprintf(line, sizeof line, "Content-Length: %zu\r\n", body.len);
   ok = (framed || add_text(out, line)) && flp_buf_append(out, flp_view_of(&headers)) && add_text(out, "\r\n") &&
        flp_buf_append(out, flp_view_of(&body));

done:
   flp_buf_cleanup(&body);
   flp_buf_cleanup(&headers);
   return ok;
}
