/* Sweeps: the same case again for each point, with one transcript kept. A point is a byte at which a KMS reply is parted, or an allocation
 * that fails: of one call, or of the whole case from the making of its handle to its end. A subject that dies when memory is short gets a
 * child for each point; any other is played in this process, where a death ends the host. */
#include "runner/host/abi/proof.h"
#include "runner/host/abi/run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
   MAX_POINTS = 100000,        /* more are a mistake of the case: it would run for minutes */
   MAX_TRIES = 20,             /* a block that is left behind every time is a leak: see run.c */
   CHILD_SECONDS = 5,          /* for one point */
   CHILD_SAYS_LEN = 256 * 1024 /* of an outcome; a larger one is told without its event */
};

uint64_t flp_sweep_split(flp_run_t *base, uint64_t calls)
{
   flp_host_t *host = base->host;
   flp_run_t run;
   size_t differs = 0;
   const size_t points = base->split_len - 1;
   for (size_t at = 1; at <= points && differs == 0; at++) {
      flp_run_play(&run, host, base->frame, &host->lines[1], (flp_point_t){.split_at = at});
      if (flp_lines_same_events(&host->lines[0], &host->lines[1])) {
         flp_run_cleanup(&run);
         continue;
      }
      differs = at;
      calls = host->gate.calls;
      flp_lines_swap(&host->lines[0], &host->lines[1]);
      flp_run_cleanup(base);
      *base = run;
      base->lines = &host->lines[0];
   }
   flp_line_begin(base->lines, "sweep");
   flp_line_string(base->lines, "kind", "split");
   flp_line_unsigned(base->lines, "points", points);
   if (differs == 0) {
      flp_line_null(base->lines, "differs");
   } else {
      flp_line_unsigned(base->lines, "differs", differs);
   }
   flp_line_end(base->lines);
   return calls;
}

/* --- the outcome of one point ---------------------------------------------------------------------------------------------------------- */

/* What came of all points, alike outcomes together. */
typedef struct {
   flp_buf_t text;
   uint64_t first, n;
} group_t;

typedef struct {
   group_t *items;
   size_t n, cap;
} groups_t;

static void write_event(flp_lines_t *lines, const flp_buf_t *event)
{
   if (event->len == 0) {
      flp_line_null(lines, "event");
   } else {
      flp_line_raw(lines, "event", flp_view(event->data, event->len - 1)); /* without its line feed */
   }
}

/* The plan could not be followed: a handle that it names did not come to be. */
static void write_problem(flp_lines_t *lines, const char *key)
{
   flp_line_open(lines, key, '{');
   flp_line_string(lines, "event", "problem");
   flp_line_close(lines, '}');
}

/* What differs when it was done again; but not what differs also where nothing failed before: then it cannot be done twice. */
static void write_again(flp_lines_t *lines, const char *key, const flp_run_t *run, const flp_buf_t *twice)
{
   if (!run->repeated) {
      flp_line_null(lines, key);
      return;
   }
   flp_line_open(lines, key, '[');
   for (size_t at = 0; at < run->again.len;) {
      const uint8_t *line = run->again.data + at;
      const size_t len = (size_t)((const uint8_t *)memchr(line, '\n', run->again.len - at) - line) + 1;
      if (twice->len == 0 || memmem(twice->data, twice->len, line, len) == NULL) {
         flp_line_raw(lines, NULL, flp_view(line, len - 1));
      }
      at += len;
   }
   if (run->problem) {
      write_problem(lines, NULL);
   }
   flp_line_close(lines, ']');
}

/* What no run of the subject in this process can tell. */
static void write_death(flp_lines_t *lines, const char *died, const char *call)
{
   flp_line_string(lines, "died", died);
   flp_line_string(lines, "call", call);
}

static const char *leaked_in(const flp_run_t *run)
{
   for (size_t i = 0; i < FLP_MAX_SECRETS; i++) {
      if (run->reported[i]) {
         return run->gate->leaked_in[i];
      }
   }
   return NULL;
}

/* Blocks that a point leaves behind every time. */
static int64_t blocks_left(const flp_run_t *base, flp_point_t point, int64_t left)
{
   for (int tries = 0; tries < MAX_TRIES && left > 0; tries++) {
      flp_run_t again;
      flp_run_play(&again, base->host, base->frame, &base->host->lines[1], point);
      left = again.left < left ? again.left : left;
      flp_run_cleanup(&again);
   }
   return left > 0 ? left : 0;
}

/* What differs when the part that departed is done twice, and nothing fails. */
static void play_twice(const flp_run_t *base, int64_t at, flp_buf_t *twice)
{
   flp_run_t run;
   flp_run_play(&run, base->host, base->frame, &base->host->lines[1], (flp_point_t){.twice = true, .twice_at = at});
   flp_buf_take(twice, &run.again);
   flp_run_cleanup(&run);
}

/* Plays one point and writes its outcome. */
static void play_point(const flp_run_t *base, uint64_t nth)
{
   flp_host_t *host = base->host;
   flp_lines_t *outcome = &host->outcome;
   const flp_point_t point = {.fail_point = nth};
   flp_run_t run;
   flp_run_t later = {0};
   flp_buf_t twice = {0};
   flp_run_play(&run, host, base->frame, &host->lines[1], point);
   const char *secret = leaked_in(&run);
   const int64_t left = blocks_left(base, point, run.left);
   if (run.again.len > 0) {
      play_twice(base, run.departed_at, &twice);
   }
   if (run.again.len > 0 || run.excused) {
      flp_run_play(&later, host, base->frame, &host->lines[1], (flp_point_t){.fail_point = nth, .later = true});
   }
   flp_lines_start(outcome, "");
   if (run.problem && !run.repeated) {
      write_problem(outcome, "event");
   } else {
      write_event(outcome, &run.event);
   }
   flp_line_unsigned(outcome, "left", (uint64_t)left);
   flp_line_string(outcome, "leaked_in", secret);
   write_again(outcome, "again", &run, &twice);
   write_again(outcome, "later", &later, &twice);
   write_death(outcome, NULL, NULL);
   flp_buf_cleanup(&twice);
   outcome->failed |= host->lines[1].failed;
   flp_run_cleanup(&run);
   flp_run_cleanup(&later);
}

/* --- in a child -------------------------------------------------------------------------------------------------------------------------- */

typedef struct {
   size_t len;
   char text[CHILD_SAYS_LEN];
} child_says_t;

static void be_the_child(const flp_run_t *base, uint64_t nth, child_says_t *says)
{
   static const int deaths[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
   for (size_t i = 0; i < sizeof deaths / sizeof deaths[0]; i++) {
      signal(deaths[i], SIG_DFL); /* the host's way to die writes transcripts */
   }
   prctl(PR_SET_PDEATHSIG, SIGKILL);
   alarm(CHILD_SECONDS);
   base->host->is_child = true;
   play_point(base, nth);
   const flp_lines_t *outcome = &base->host->outcome;
   if (outcome->len <= sizeof says->text && !outcome->failed) {
      memcpy(says->text, outcome->data, outcome->len);
      says->len = outcome->len;
   }
   _exit(0);
}

static void how_it_died(int status, char died[32])
{
   char name[16];
   if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
      snprintf(died, 32, "hang");
   } else if (WIFSIGNALED(status)) {
      flp_signal_name(WTERMSIG(status), name, sizeof name);
      snprintf(died, 32, "crash(%s)", name);
   } else {
      snprintf(died, 32, "garbage");
   }
}

static void play_in_child(const flp_run_t *base, uint64_t nth, child_says_t *says)
{
   flp_lines_t *outcome = &base->host->outcome;
   int status = 0;
   char died[32], call[64];
   says->len = 0;
   const pid_t pid = fork();
   if (pid == 0) {
      be_the_child(base, nth, says);
   }
   while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
   }
   flp_lines_start(outcome, "");
   if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 && says->len > 0 && says->len <= sizeof says->text) {
      flp_line_raw(outcome, NULL, flp_view(says->text, says->len));
      return;
   }
   how_it_died(status, died);
   /* The page is the child's too. The number of the point would keep alike deaths apart. */
   snprintf(call, sizeof call, "%.*s", (int)strcspn(base->host->gate.page->call, " "), base->host->gate.page->call);
   flp_line_null(outcome, "event");
   flp_line_unsigned(outcome, "left", 0);
   flp_line_null(outcome, "leaked_in");
   flp_line_null(outcome, "again");
   flp_line_null(outcome, "later");
   write_death(outcome, died, call);
   outcome->failed |= pid < 0;
}

/* --- all points ---------------------------------------------------------------------------------------------------------------------------- */

static bool add_outcome(groups_t *groups, uint64_t point, flp_view_t text)
{
   for (size_t i = 0; i < groups->n; i++) {
      if (flp_view_equal(flp_view_of(&groups->items[i].text), text)) {
         groups->items[i].n++;
         return true;
      }
   }
   if (groups->n == groups->cap) {
      const size_t cap = groups->cap == 0 ? 32 : 2 * groups->cap;
      group_t *items = realloc(groups->items, cap * sizeof *items);
      if (items == NULL) {
         return false;
      }
      groups->items = items;
      groups->cap = cap;
   }
   group_t *group = &groups->items[groups->n++];
   *group = (group_t){.first = point, .n = 1};
   return flp_buf_copy(&group->text, text);
}

static void write_groups(flp_lines_t *lines, groups_t *groups)
{
   flp_line_open(lines, "outcomes", '[');
   for (size_t i = 0; i < groups->n; i++) {
      group_t *group = &groups->items[i];
      flp_line_open(lines, NULL, '{');
      flp_line_unsigned(lines, "first", group->first);
      flp_line_unsigned(lines, "points", group->n);
      flp_line_raw(lines, NULL, flp_view_of(&group->text));
      flp_line_close(lines, '}');
      flp_buf_cleanup(&group->text);
   }
   flp_line_close(lines, ']');
   free(groups->items);
}

void flp_sweep_allocations(flp_run_t *base)
{
   flp_host_t *host = base->host;
   const flp_frame_t *frame = base->frame;
   const uint64_t all = base->n_points < MAX_POINTS ? base->n_points : MAX_POINTS;
   const uint64_t n = frame->points > 0 && frame->points < all ? frame->points : all;
   groups_t groups = {0};
   child_says_t *says = NULL;
   if (frame->forks) {
      void *shared = mmap(NULL, sizeof *says, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
      says = shared == MAP_FAILED ? NULL : shared;
      base->lines->failed |= says == NULL;
   }
   for (uint64_t i = 0; i < n && !base->lines->failed; i++) {
      const uint64_t point = 1 + i * all / n;
      if (says != NULL) {
         play_in_child(base, point, says);
      } else {
         play_point(base, point);
      }
      const flp_lines_t *outcome = &host->outcome;
      base->lines->failed |= outcome->failed || !add_outcome(&groups, point, flp_view(outcome->data, outcome->len));
   }
   if (says != NULL) {
      munmap(says, sizeof *says);
   }
   flp_line_begin(base->lines, "sweep");
   flp_line_string(base->lines, "kind", "fail_alloc");
   flp_line_unsigned(base->lines, "points", n);
   flp_line_unsigned(base->lines, "allocations", base->n_points);
   write_groups(base->lines, &groups);
   flp_line_end(base->lines);
}
