/* Base64 (RFC 4648, section 4): standard alphabet, padding required, unused bits zero. ASCII white space may stand anywhere and a NUL
 * ends the text, because that is what deployed credentials were made for. The URL-safe alphabet is not understood. */
#ifndef FLP_BASE_BASE64_H
#define FLP_BASE_BASE64_H

#include "ref/base/bytes.h"

/* False for text that is not base64, and when memory is short (`out_of_memory` tells which). out must be empty. */
bool flp_base64_decode(flp_view_t text, flp_buf_t *out, bool *out_of_memory);

/* One line with padding. False when memory is short. out must be empty. */
bool flp_base64_encode(flp_view_t bytes, flp_buf_t *out);

#endif
