/* Endpoint text of a KMS: `[scheme://]host[:port][/path][?query]`, cut into its parts. Nothing is looked up and the parts are not
 * judged beyond the grammar, but control bytes and spaces are refused, because a host is later written into headers. */
#ifndef FLP_KMS_ENDPOINT_H
#define FLP_KMS_ENDPOINT_H

#include "ref/base/status.h"

/* All views point into the text that was parsed; a part that is absent has data NULL. */
typedef struct {
   flp_view_t scheme;
   flp_view_t host;          /* subdomain.domain */
   flp_view_t subdomain;
   flp_view_t domain;        /* what OAuth scopes are built of */
   flp_view_t port;          /* not checked to be a number; may be empty though present */
   flp_view_t path;          /* without its first and one last `/` */
   flp_view_t query;
   flp_view_t host_and_port; /* as given: what is stored and what the driver connects to */
} flp_endpoint_t;

/* `field` names the option in the error. `dot_optional` is for KMIP. */
bool flp_endpoint_parse(flp_endpoint_t *endpoint, flp_view_t text, bool dot_optional, const char *field, flp_status_t *status);

#endif
