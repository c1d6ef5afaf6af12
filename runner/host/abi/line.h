/* Transcript lines: flat JSON objects, one a line, in memory of their own (mapped, not from the heap that a subject may overwrite) until
 * the case is over. Text that is not UTF-8 is written with U+FFFD in its place; bytes are base64. */
#ifndef FLP_HOST_ABI_LINE_H
#define FLP_HOST_ABI_LINE_H

#include "ref/base/bytes.h"

/* Values above this go to a file of their own, where a folder for them is known. */
enum { FLP_LINE_INLINE_BYTES = 64 * 1024 };

typedef struct {
   char *data;
   size_t len, cap;
   bool failed;           /* no memory: the transcript is incomplete and must not be ended */
   const char *nonce;     /* of the case; borrowed */
   uint64_t seq;
   const char *files_dir; /* or NULL */
} flp_lines_t;

void flp_lines_start(flp_lines_t *lines, const char *nonce); /* empties it; keeps its memory */
void flp_lines_swap(flp_lines_t *a, flp_lines_t *b);
bool flp_lines_flush(flp_lines_t *lines, int fd);            /* writes all, async-signal-safe */

/* Equal but for lines of event `answer` (what a sweep compares). */
bool flp_lines_same_events(const flp_lines_t *a, const flp_lines_t *b);

void flp_line_begin(flp_lines_t *lines, const char *event);
void flp_line_end(flp_lines_t *lines);

/* key is NULL for elements of an array. */
void flp_line_text(flp_lines_t *lines, const char *key, flp_view_t text);
void flp_line_string(flp_lines_t *lines, const char *key, const char *text); /* NULL gives null */
void flp_line_number(flp_lines_t *lines, const char *key, int64_t number);
void flp_line_unsigned(flp_lines_t *lines, const char *key, uint64_t number);
void flp_line_bool(flp_lines_t *lines, const char *key, bool value);
void flp_line_null(flp_lines_t *lines, const char *key);
void flp_line_bytes(flp_lines_t *lines, const char *key, flp_view_t bytes);
void flp_line_raw(flp_lines_t *lines, const char *key, flp_view_t json); /* as it is, after a comma where one is due */
void flp_line_open(flp_lines_t *lines, const char *key, char bracket); /* '{' or '[' */
void flp_line_close(flp_lines_t *lines, char bracket);                 /* '}' or ']' */

#endif
