/* Bytes from hexadecimal text, for the tests of this folder. */
#ifndef FLP_CRYPTO_TEST_SUPPORT_HEX_H
#define FLP_CRYPTO_TEST_SUPPORT_HEX_H

#include "ref/base/bytes.h"

#define HEX_MAX 512

typedef struct {
   uint8_t bytes[HEX_MAX];
   size_t len;
} hex_t;

hex_t hex(const char *text); /* the text must be hexadecimal and fit */
flp_view_t hex_view(const hex_t *bytes);

#endif
