/* Strict base64 (RFC 4648, section 4): standard alphabet, padded, no white space, unused bits must be zero ... see base64.c. */
#ifndef FLP_BASE_BASE64_H
#define FLP_BASE_BASE64_H

#include "ref/base/bytes.h"

/* False for text that is not base64, and when memory is short (`out_of_memory` tells which). out must be empty. */
bool flp_base64_decode(flp_view_t text, flp_buf_t *out, bool *out_of_memory);
bool flp_base64_encode(flp_view_t bytes, flp_buf_t *out);

#endif
