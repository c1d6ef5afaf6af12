/* What a plain scalar is: the number grammar of fleproof, and the texts that other YAML schemas read in another way.
 * Own rules instead of strtod and strtoll: those take 0x10, 010 and the locale in silence. */
#ifndef FLP_GRAMMAR_PLAIN_H
#define FLP_GRAMMAR_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
   FLP_PLAIN_STRING,
   FLP_PLAIN_NULL,
   FLP_PLAIN_BOOL,
   FLP_PLAIN_INT,
   FLP_PLAIN_DOUBLE,
   FLP_PLAIN_AMBIGUOUS, /* quote it */
   FLP_PLAIN_TOO_LARGE, /* an integer over 64 bits, or a decimal that is infinite */
} flp_plain_kind_t;

typedef struct {
   flp_plain_kind_t kind;
   bool boolean;
   int64_t integer;
   double number;
} flp_plain_t;

flp_plain_t flp_plain_read(const char *text, size_t len);

/* `-?(0|[1-9][0-9]*)`, all of the text; false also when it does not fit. */
bool flp_plain_integer(const char *text, size_t len, int64_t *out);
/* A decimal with optional fraction and exponent, all of the text, whatever the locale. False when infinite. */
bool flp_plain_decimal(const char *text, size_t len, double *out);

#endif
