/* Frames: a length, then that many bytes of BSON. What does not have this form ends the host: the other side is broken, not the subject. */
#include "runner/host/abi/run.h"

#include "ref/base/bson_walk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const size_t largest_frame = 64u << 20;

/* True if all bytes came; `*got` says how many. */
static bool read_all(int fd, void *out, size_t len, size_t *got)
{
   *got = 0;
   while (*got < len) {
      const ssize_t n = read(fd, (uint8_t *)out + *got, len - *got);
      if (n < 0 && errno == EINTR) {
         continue;
      }
      if (n <= 0) {
         return false;
      }
      *got += (size_t)n;
   }
   return true;
}

/* Reserved once; pages cost nothing until a frame needs them, and the subject's heap is elsewhere. */
static uint8_t *frame_memory(void)
{
   static uint8_t *memory;
   if (memory == NULL) {
      void *mapped = mmap(NULL, largest_frame, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      memory = mapped == MAP_FAILED ? NULL : mapped;
   }
   return memory;
}

static bool plant(const bson_iter_t *secrets)
{
   bson_iter_t it;
   flp_view_t bytes;
   if (!BSON_ITER_HOLDS_ARRAY(secrets) || !bson_iter_recurse(secrets, &it)) {
      return false;
   }
   while (bson_iter_next(&it)) {
      if (!BSON_ITER_HOLDS_BINARY(&it) || !flp_bytes_of_value(&it, &bytes) || !flp_outside_plant(bytes.data, bytes.len)) {
         return false;
      }
   }
   return true;
}

/* `{points, forks}`. */
static bool read_sweep(const bson_iter_t *value, flp_frame_t *frame)
{
   bson_iter_t points, forks;
   if (!flp_plan_field(value, "points", &points) || !BSON_ITER_HOLDS_INT64(&points) || bson_iter_int64(&points) < 0 ||
       !flp_plan_field(value, "forks", &forks) || !BSON_ITER_HOLDS_BOOL(&forks)) {
      return false;
   }
   frame->sweeps = true;
   frame->points = (uint64_t)bson_iter_int64(&points);
   frame->forks = bson_iter_bool(&forks);
   return true;
}

static bool is_bson(flp_view_t bytes)
{
   flp_bson_walk_t walk;
   flp_bson_element_t element;
   bool more = flp_bson_walk_init_within(&walk, bytes, largest_frame);
   while (more) {
      more = flp_bson_walk_next(&walk, &element);
   }
   return walk.reason == NULL;
}

static bool parse(flp_view_t bytes, flp_frame_t *frame, char *why, size_t why_len)
{
   static bson_t doc; /* iterators look into its bytes only */
   bson_iter_t it;
   bool has_plan = false;
   *frame = (flp_frame_t){0};
   flp_outside_forget_secrets();
   if (!is_bson(bytes) || !bson_init_static(&doc, bytes.data, bytes.len) || !bson_iter_init(&it, &doc)) {
      snprintf(why, why_len, "a frame is no BSON document");
      return false;
   }
   while (bson_iter_next(&it)) {
      const char *key = bson_iter_key(&it);
      bool ok = true;
      if (strcmp(key, "nonce") == 0) {
         ok = BSON_ITER_HOLDS_UTF8(&it);
         frame->nonce = ok ? bson_iter_utf8(&it, NULL) : NULL;
      } else if (strcmp(key, "id") == 0) {
         ok = BSON_ITER_HOLDS_UTF8(&it);
         frame->id = ok ? bson_iter_utf8(&it, NULL) : NULL;
      } else if (strcmp(key, "seed") == 0) {
         ok = BSON_ITER_HOLDS_INT32(&it) || BSON_ITER_HOLDS_INT64(&it);
         frame->seed = (uint64_t)bson_iter_as_int64(&it);
      } else if (strcmp(key, "now_ms") == 0) {
         ok = BSON_ITER_HOLDS_INT32(&it) || BSON_ITER_HOLDS_INT64(&it);
         frame->now_ms = bson_iter_as_int64(&it);
      } else if (strcmp(key, "plan") == 0) {
         ok = has_plan = BSON_ITER_HOLDS_DOCUMENT(&it);
         frame->plan = it;
      } else if (strcmp(key, "secrets") == 0) {
         ok = plant(&it);
      } else if (strcmp(key, "fail_alloc") == 0) {
         ok = read_sweep(&it, frame);
      }
      if (!ok) {
         snprintf(why, why_len, "the frame's field `%.40s` has a value that means nothing", key);
         return false;
      }
   }
   if (frame->nonce == NULL || frame->id == NULL || !has_plan) {
      snprintf(why, why_len, "a frame needs nonce, id and plan");
      return false;
   }
   return true;
}

bool flp_frame_read(int fd, flp_frame_t *frame, char *why, size_t why_len)
{
   uint8_t head[4];
   size_t got;
   uint8_t *memory = frame_memory();
   why[0] = '\0';
   if (memory == NULL) {
      snprintf(why, why_len, "no memory for frames");
      return false;
   }
   if (!read_all(fd, head, sizeof head, &got)) {
      if (got != 0) {
         snprintf(why, why_len, "a frame ends in its length");
      }
      return false;
   }
   const size_t len = flp_read_u32_le(head);
   if (len > largest_frame) {
      snprintf(why, why_len, "a frame of %zu bytes is larger than %zu", len, largest_frame);
      return false;
   }
   if (!read_all(fd, memory, len, &got)) {
      snprintf(why, why_len, "a frame of %zu bytes ends after %zu", len, got);
      return false;
   }
   return parse(flp_view(memory, len), frame, why, why_len);
}
