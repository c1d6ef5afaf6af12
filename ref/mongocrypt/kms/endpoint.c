/* Cuts an endpoint in the order that deployed texts rely on: scheme, then the first dot anywhere, and only behind that dot a colon, a
 * slash or a question mark. So `localhost:5698/x.y` is one long host; nobody connects to it, and it is stored as given. */
#include "ref/mongocrypt/kms/endpoint.h"

#include "ref/mongocrypt/errors.h"

#include <string.h>

static flp_view_t slice(flp_view_t text, size_t from, size_t to)
{
   return flp_view(text.data + from, to - from);
}

/* Offset of `byte` at or behind `from`, or `none`. */
static size_t find(flp_view_t text, uint8_t byte, size_t from, size_t none)
{
   const uint8_t *found = from < text.len ? memchr(text.data + from, byte, text.len - from) : NULL;
   return found ? (size_t)(found - text.data) : none;
}

static bool is_clean(flp_view_t text)
{
   for (size_t i = 0; i < text.len; i++) {
      if (text.data[i] < 0x20 || text.data[i] == 0x7F) {
         return false;
      }
   }
   return flp_utf8_valid(text, false);
}

/* Offset behind `://`, or 0. */
static size_t after_scheme(flp_endpoint_t *endpoint, flp_view_t text)
{
   for (size_t at = 0; at + 3 <= text.len; at++) {
      if (memcmp(text.data + at, "://", 3) == 0) {
         endpoint->scheme = slice(text, 0, at);
         return at + 3;
      }
   }
   return 0;
}

static size_t least(size_t a, size_t b)
{
   return a < b ? a : b;
}

bool flp_endpoint_parse(flp_endpoint_t *endpoint, flp_view_t text, bool dot_optional, const char *field, flp_status_t *status)
{
   *endpoint = (flp_endpoint_t){0};
   if (!text.data || !is_clean(text)) {
      return flp_error(status, FLP_ENDPOINT_NOT_CLEAN, FLP_FACTS(flp_fact_text("field", field), flp_fact_view("endpoint", text)));
   }
   size_t host = after_scheme(endpoint, text);
   size_t dot = find(text, '.', host, text.len);
   if (dot == text.len && !dot_optional) {
      return flp_error(status, FLP_E045, FLP_FACTS(flp_fact_text("field", field), flp_fact_view("endpoint", text)));
   }
   size_t rest = dot == text.len ? host : dot + 1;
   size_t colon = find(text, ':', rest, text.len);
   size_t question = find(text, '?', rest, text.len);
   size_t slash = find(text, '/', rest, text.len);
   slash = slash > question ? text.len : slash; /* a slash in the query is query */
   if (colon != text.len && colon > least(slash, question)) {
      return flp_error(status, FLP_ENDPOINT_COLON, FLP_FACTS(flp_fact_text("field", field), flp_fact_view("endpoint", text)));
   }
   size_t host_end = least(colon, least(slash, question));
   size_t port_end = least(slash, question);
   endpoint->host = slice(text, host, host_end);
   endpoint->domain = slice(text, rest, host_end);
   if (dot != text.len) {
      endpoint->subdomain = slice(text, host, dot);
   }
   if (colon != text.len) {
      endpoint->port = slice(text, colon + 1, port_end);
   }
   if (slash != text.len) {
      bool closed = question - slash > 1 && text.data[question - 1] == '/';
      endpoint->path = slice(text, slash + 1, closed ? question - 1 : question);
   }
   if (question != text.len) {
      endpoint->query = slice(text, question + 1, text.len);
   }
   endpoint->host_and_port = slice(text, host, colon != text.len ? port_end : host_end);
   return true;
}
