/* Bytes: borrowed (view), owned (buf), and the helpers that secrets need.
 * Allocation goes through malloc, realloc and free as dynamic symbols, so a host can make them fail or look at them. */
#ifndef FLP_BASE_BYTES_H
#define FLP_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed: valid as long as the owner says. data may be NULL if len is 0. */
typedef struct {
   const uint8_t *data;
   size_t len;
} flp_view_t;

/* Owned: zeroed memory is a valid empty buffer. */
typedef struct {
   uint8_t *data;
   size_t len;
   size_t cap;
} flp_buf_t;

static inline flp_view_t flp_view(const void *data, size_t len)
{
   return (flp_view_t){.data = (const uint8_t *)data, .len = len};
}

static inline flp_view_t flp_view_of(const flp_buf_t *buf)
{
   return flp_view(buf->data, buf->len);
}

flp_view_t flp_view_text(const char *text);           /* without the NUL; NULL gives an empty view */
bool flp_view_equal(flp_view_t a, flp_view_t b);       /* plain comparison: never for secrets */
bool flp_view_equal_text(flp_view_t a, const char *text);
bool flp_view_equal_text_nocase(flp_view_t a, const char *text); /* ASCII letters only */

/* All return false when memory is short and then leave buf as it was. */
bool flp_buf_reserve(flp_buf_t *buf, size_t cap);
bool flp_buf_append(flp_buf_t *buf, flp_view_t bytes);
bool flp_buf_append_byte(flp_buf_t *buf, uint8_t byte);
bool flp_buf_copy(flp_buf_t *out, flp_view_t bytes);   /* out must be empty */
void flp_buf_take(flp_buf_t *out, flp_buf_t *source);  /* out must be empty; source is left empty */
void flp_buf_cleanup(flp_buf_t *buf);                  /* wipes, then frees; twice is fine */

/* A NUL-terminated copy, or NULL when memory is short. Embedded NUL bytes are copied as they are. */
char *flp_text_copy(flp_view_t text);
void flp_text_destroy(char *text);                     /* wipes; NULL is fine */

void flp_wipe(void *data, size_t len);                 /* the compiler may not leave it out */
bool flp_secret_equal(const uint8_t *a, const uint8_t *b, size_t len); /* time depends on len only */

bool flp_utf8_valid(flp_view_t text, bool allow_nul);

static inline uint32_t flp_read_u32_le(const uint8_t *p)
{
   return (uint32_t)p[0] | ((uint32_t)p[1] << 8) | ((uint32_t)p[2] << 16) | ((uint32_t)p[3] << 24);
}

static inline void flp_write_u32_le(uint8_t *p, uint32_t value)
{
   p[0] = (uint8_t)value;
   p[1] = (uint8_t)(value >> 8);
   p[2] = (uint8_t)(value >> 16);
   p[3] = (uint8_t)(value >> 24);
}

static inline uint64_t flp_read_u64_le(const uint8_t *p)
{
   return (uint64_t)flp_read_u32_le(p) | ((uint64_t)flp_read_u32_le(p + 4) << 32);
}

static inline void flp_write_u64_le(uint8_t *p, uint64_t value)
{
   flp_write_u32_le(p, (uint32_t)value);
   flp_write_u32_le(p + 4, (uint32_t)(value >> 32));
}

#endif
