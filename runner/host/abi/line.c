/* Writes transcript lines. Only what a transcript needs: no reading, no nesting check, no numbers with a point. */
#include "runner/host/abi/line.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const size_t first_cap = 1u << 20;
static const size_t largest_cap = 1u << 30;

static bool reserve(flp_lines_t *lines, size_t more)
{
   if (lines->failed || more > largest_cap || lines->len > largest_cap - more) {
      lines->failed = true;
      return false;
   }
   if (lines->len + more <= lines->cap) {
      return true;
   }
   size_t cap = lines->cap == 0 ? first_cap : lines->cap;
   while (cap < lines->len + more) {
      cap *= 2;
   }
   void *data = lines->cap == 0 ? mmap(NULL, cap, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                                : mremap(lines->data, lines->cap, cap, MREMAP_MAYMOVE);
   if (data == MAP_FAILED) {
      lines->failed = true;
      return false;
   }
   lines->data = data;
   lines->cap = cap;
   return true;
}

static void put(flp_lines_t *lines, const char *text, size_t len)
{
   if (reserve(lines, len)) {
      memcpy(lines->data + lines->len, text, len);
      lines->len += len;
   }
}

void flp_lines_start(flp_lines_t *lines, const char *nonce)
{
   lines->len = 0;
   lines->failed = false;
   lines->nonce = nonce;
   lines->seq = 0;
}

void flp_lines_swap(flp_lines_t *a, flp_lines_t *b)
{
   const flp_lines_t c = *a;
   *a = *b;
   *b = c;
}

bool flp_lines_flush(flp_lines_t *lines, int fd)
{
   size_t done = 0;
   while (done < lines->len) {
      const ssize_t n = write(fd, lines->data + done, lines->len - done);
      if (n < 0 && errno == EINTR) {
         continue;
      }
      if (n <= 0) {
         return false;
      }
      done += (size_t)n;
   }
   lines->len = 0;
   return true;
}

/* The next line that is no answer; false at the end. Its number is not compared: both transcripts skip the same events. */
static bool next_event(const flp_lines_t *lines, size_t *at, flp_view_t *line)
{
   static const char answer[] = "\"ev\":\"answer\"";
   while (*at < lines->len) {
      const char *start = lines->data + *at;
      const char *end = memchr(start, '\n', lines->len - *at);
      const size_t len = end == NULL ? lines->len - *at : (size_t)(end - start) + 1;
      *at += len;
      const char *event = memmem(start, len, "\"ev\":", 5);
      if (event != NULL && strncmp(event, answer, sizeof answer - 1) != 0) {
         *line = flp_view(event, len - (size_t)(event - start));
         return true;
      }
   }
   return false;
}

bool flp_lines_same_events(const flp_lines_t *a, const flp_lines_t *b)
{
   size_t at_a = 0, at_b = 0;
   for (;;) {
      flp_view_t line_a, line_b;
      const bool more_a = next_event(a, &at_a, &line_a);
      const bool more_b = next_event(b, &at_b, &line_b);
      if (!more_a || !more_b) {
         return more_a == more_b;
      }
      if (!flp_view_equal(line_a, line_b)) {
         return false;
      }
   }
}

/* Length of the UTF-8 sequence at p, or 0. */
static size_t sequence(const uint8_t *p, size_t left)
{
   const size_t n = p[0] < 0x80 ? 1 : p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : p[0] < 0xF5 ? 4 : 0;
   return n != 0 && n <= left && flp_utf8_valid(flp_view(p, n), true) ? n : 0;
}

static void put_quoted(flp_lines_t *lines, flp_view_t text)
{
   put(lines, "\"", 1);
   for (size_t i = 0; i < text.len;) {
      const uint8_t c = text.data[i];
      char escape[8];
      const size_t n = sequence(text.data + i, text.len - i);
      if (n == 0) {
         put(lines, "\xEF\xBF\xBD", 3);
         i++;
      } else if (n == 1 && (c < 0x20 || c == '"' || c == '\\' || c == 0x7F)) {
         put(lines, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", c));
         i++;
      } else {
         put(lines, (const char *)text.data + i, n);
         i += n;
      }
   }
   put(lines, "\"", 1);
}

static void put_key(flp_lines_t *lines, const char *key)
{
   const char last = lines->len == 0 ? '{' : lines->data[lines->len - 1];
   if (last != '{' && last != '[') {
      put(lines, ",", 1);
   }
   if (key != NULL) {
      put_quoted(lines, flp_view_text(key));
      put(lines, ":", 1);
   }
}

void flp_line_begin(flp_lines_t *lines, const char *event)
{
   put(lines, "{", 1);
   flp_line_string(lines, "nonce", lines->nonce);
   flp_line_unsigned(lines, "seq", lines->seq++);
   flp_line_string(lines, "ev", event);
}

void flp_line_end(flp_lines_t *lines)
{
   put(lines, "}\n", 2);
}

void flp_line_text(flp_lines_t *lines, const char *key, flp_view_t text)
{
   put_key(lines, key);
   put_quoted(lines, text);
}

void flp_line_string(flp_lines_t *lines, const char *key, const char *text)
{
   if (text == NULL) {
      flp_line_null(lines, key);
   } else {
      flp_line_text(lines, key, flp_view_text(text));
   }
}

void flp_line_number(flp_lines_t *lines, const char *key, int64_t number)
{
   char text[24];
   put_key(lines, key);
   put(lines, text, (size_t)snprintf(text, sizeof text, "%lld", (long long)number));
}

void flp_line_unsigned(flp_lines_t *lines, const char *key, uint64_t number)
{
   char text[24];
   put_key(lines, key);
   put(lines, text, (size_t)snprintf(text, sizeof text, "%llu", (unsigned long long)number));
}

void flp_line_bool(flp_lines_t *lines, const char *key, bool value)
{
   put_key(lines, key);
   put(lines, value ? "true" : "false", value ? 4 : 5);
}

void flp_line_null(flp_lines_t *lines, const char *key)
{
   put_key(lines, key);
   put(lines, "null", 4);
}

void flp_line_raw(flp_lines_t *lines, const char *key, flp_view_t json)
{
   put_key(lines, key);
   put(lines, (const char *)json.data, json.len);
}

void flp_line_open(flp_lines_t *lines, const char *key, char bracket)
{
   put_key(lines, key);
   put(lines, &bracket, 1);
}

void flp_line_close(flp_lines_t *lines, char bracket)
{
   put(lines, &bracket, 1);
}

/* The file of a large value is named by its hash: equal values share it. */
static bool put_file(flp_lines_t *lines, const char *key, flp_view_t bytes)
{
   uint8_t hash[EVP_MAX_MD_SIZE];
   unsigned hash_len = 0;
   char hex[2 * EVP_MAX_MD_SIZE + 1];
   char path[4096], unfinished[4128];
   if (!EVP_Digest(bytes.data, bytes.len, hash, &hash_len, EVP_sha256(), NULL)) {
      return false;
   }
   for (unsigned i = 0; i < hash_len; i++) {
      snprintf(hex + 2 * i, 3, "%02x", hash[i]);
   }
   const int n = snprintf(path, sizeof path, "%s/%s", lines->files_dir, hex);
   if (n < 0 || (size_t)n >= sizeof path) {
      return false;
   }
   /* Other hosts may write the same value, and the supervisor reads: a file is whole from the moment it has its name. */
   snprintf(unfinished, sizeof unfinished, "%s.%ld", path, (long)getpid());
   const int fd = open(unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
   size_t done = 0;
   while (fd >= 0 && done < bytes.len) {
      const ssize_t wrote = write(fd, bytes.data + done, bytes.len - done);
      if (wrote <= 0) {
         break;
      }
      done += (size_t)wrote;
   }
   if (fd < 0 || close(fd) != 0 || done < bytes.len || rename(unfinished, path) != 0) {
      return false;
   }
   flp_line_open(lines, key, '{');
   flp_line_unsigned(lines, "len", bytes.len);
   flp_line_string(lines, "sha256", hex);
   flp_line_string(lines, "file", hex);
   flp_line_close(lines, '}');
   return true;
}

void flp_line_bytes(flp_lines_t *lines, const char *key, flp_view_t bytes)
{
   if (bytes.len > FLP_LINE_INLINE_BYTES && lines->files_dir != NULL) {
      lines->failed |= !put_file(lines, key, bytes);
      return;
   }
   put_key(lines, key);
   put(lines, "\"", 1);
   /* Encoded in pieces that are a multiple of three, straight into the line. */
   static const size_t piece = 3 * (1 << 20);
   for (size_t at = 0; at < bytes.len; at += piece) {
      const size_t n = bytes.len - at < piece ? bytes.len - at : piece;
      if (!reserve(lines, 4 * ((n + 2) / 3) + 1)) {
         return;
      }
      const int wrote = EVP_EncodeBlock((unsigned char *)lines->data + lines->len, bytes.data + at, (int)n);
      lines->len += (size_t)wrote;
   }
   put(lines, "\"", 1);
}
