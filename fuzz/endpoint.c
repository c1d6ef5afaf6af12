// fuzz: ref
/* Endpoint text of a KMS. Byte 0: whether a host without a dot will do. Every part lies inside the text, in the order of the grammar, and
 * what the driver connects to holds no control byte. Rules R-KP-*, R-DK-*. */
#include "ref/mongocrypt/kms/endpoint.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
   if (!holds) {
      abort();
   }
}

static void check_part(flp_view_t text, flp_view_t part)
{
   check(!part.data || (part.data >= text.data && part.len <= text.len && (size_t)(part.data - text.data) <= text.len - part.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
   if (size < 1) {
      return 0;
   }
   flp_view_t text = flp_view(data + 1, size - 1);
   flp_endpoint_t endpoint;
   flp_status_t status = {0};
   if (!flp_endpoint_parse(&endpoint, text, (data[0] & 1) != 0, "endpoint", &status)) {
      check(!flp_status_ok(&status));
      return 0;
   }
   const flp_view_t parts[] = {endpoint.scheme, endpoint.host,  endpoint.subdomain, endpoint.domain,       endpoint.port,
                               endpoint.path,   endpoint.query, endpoint.path,      endpoint.host_and_port};
   for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
      check_part(text, parts[i]);
   }
   check(endpoint.host.data && endpoint.host_and_port.data == endpoint.host.data && endpoint.host_and_port.len >= endpoint.host.len);
   check(!endpoint.subdomain.data || endpoint.subdomain.len + 1 + endpoint.domain.len == endpoint.host.len);
   for (size_t i = 0; i < endpoint.host_and_port.len; i++) {
      check(endpoint.host_and_port.data[i] >= 0x20 && endpoint.host_and_port.data[i] != 0x7F);
   }
   return 0;
}
