/* Processes, pipes and the shared page. All descriptors are close-on-exec and lie above the ones that a host expects, so that the
 * copies to 0..5 never overwrite one that is still needed. */
#include "runner/supervise/host.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE_SIZE 4096u
#define STEP_OFFSET 8u /* u64 cases, u32 step, then the name */
#define CALL_OFFSET 12u
#define CALL_SIZE 64u
#define LOWEST_FD 16
#define READ_CHUNK (64u * 1024u)

extern char **environ;

int64_t flp_raw_now_ms(void)
{
   struct timespec now;
   clock_gettime(CLOCK_MONOTONIC, &now);
   return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int lifted(int fd)
{
   if (fd < 0) {
      return fd;
   }
   int high = fcntl(fd, F_DUPFD_CLOEXEC, LOWEST_FD);
   close(fd);
   return high;
}

static bool make_pipe(int ends[2])
{
   int low[2];
   if (pipe2(low, O_CLOEXEC) != 0) {
      return false;
   }
   ends[0] = lifted(low[0]);
   ends[1] = lifted(low[1]);
   return ends[0] >= 0 && ends[1] >= 0;
}

/* Ours all lie at LOWEST_FD or above, so zeroed memory is safe to close. */
static void close_fd(int *fd)
{
   if (*fd >= LOWEST_FD) {
      close(*fd);
   }
   *fd = -1;
}

/* A subject may scribble on the page; it must not take it away under the reader, who would die of SIGBUS. */
static int make_page(void)
{
   int fd = lifted(memfd_create("fleproof-call", MFD_CLOEXEC | MFD_ALLOW_SEALING));
   if (fd >= 0 && (ftruncate(fd, PAGE_SIZE) != 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)) {
      close(fd);
      fd = -1;
   }
   return fd;
}

static bool unblock(int fd)
{
   int flags = fcntl(fd, F_GETFL);
   return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

static bool add_copies(posix_spawn_file_actions_t *actions, const int from[6])
{
   for (int to = 0; to < 6; to++) {
      if (posix_spawn_file_actions_adddup2(actions, from[to], to) != 0) {
         return false;
      }
   }
   return true;
}

static int spawn(const flp_host_options_t *options, const int fds[6], pid_t *pid)
{
   const char *argv[9] = {options->program, "--lib", options->library};
   size_t n = 3;
   posix_spawn_file_actions_t actions;
   posix_spawnattr_t attributes;
   sigset_t none, defaults;
   int error = ENOMEM;
   if (options->files_dir) {
      argv[n++] = "--files";
      argv[n++] = options->files_dir;
   }
   if (options->hooks) {
      argv[n++] = "--no-proof";
      argv[n++] = "--hooks";
      argv[n++] = options->hooks;
   }
   if (posix_spawn_file_actions_init(&actions) != 0) {
      return ENOMEM;
   }
   if (posix_spawnattr_init(&attributes) != 0) {
      posix_spawn_file_actions_destroy(&actions);
      return ENOMEM;
   }
   sigemptyset(&none);
   sigemptyset(&defaults);
   sigaddset(&defaults, SIGPIPE);
   posix_spawnattr_setsigmask(&attributes, &none);
   posix_spawnattr_setsigdefault(&attributes, &defaults);
   posix_spawnattr_setpgroup(&attributes, 0); /* what the subject forks is ended with its host */
   posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
   if (add_copies(&actions, fds)) {
      error = posix_spawn(pid, options->program, &actions, &attributes, (char *const *)(uintptr_t)argv, environ);
   }
   posix_spawnattr_destroy(&attributes);
   posix_spawn_file_actions_destroy(&actions);
   return error;
}

bool flp_host_start(flp_host_t *host, const flp_host_options_t *options, char **why)
{
   int frames[2] = {-1, -1}, lines[2] = {-1, -1}, memory = -1, null = -1, log = -1;
   bool ok = false;
   int error = 0;
   memset(host, 0, sizeof *host);
   host->to = host->from = -1;
   memory = make_page();
   null = lifted(open("/dev/null", O_RDONLY | O_CLOEXEC));
   log = lifted(open(options->log ? options->log : "/dev/null", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
   if (memory < 0 || null < 0 || log < 0 || !make_pipe(frames) || !make_pipe(lines)) {
      error = errno;
      goto done;
   }
   host->page = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
   if (host->page == MAP_FAILED) {
      host->page = NULL;
      error = errno;
      goto done;
   }
   if (!unblock(frames[1]) || !unblock(lines[0])) {
      error = errno;
      goto done;
   }
   error = spawn(options, (const int[6]){null, log, log, frames[0], lines[1], memory}, &host->pid);
   if (error != 0) {
      host->pid = 0;
      goto done;
   }
   host->to = frames[1];
   host->from = lines[0];
   frames[1] = lines[0] = -1;
   ok = true;
done:
   if (!ok) {
      if (asprintf(why, "the host %s does not start: %s", options->program, strerror(error)) < 0) {
         *why = NULL;
      }
      flp_host_kill(host);
   }
   for (int i = 0; i < 2; i++) {
      close_fd(&frames[i]);
      close_fd(&lines[i]);
   }
   close_fd(&memory);
   close_fd(&null);
   close_fd(&log);
   return ok;
}

/* ---- frames ---- */

void flp_host_send_take(flp_host_t *host, flp_buf_t *frame)
{
   flp_buf_cleanup(&host->out);
   flp_buf_take(&host->out, frame);
   host->sent = 0;
   host->cases++;
}

bool flp_host_sending(const flp_host_t *host)
{
   return host->sent < host->out.len;
}

bool flp_host_flush(flp_host_t *host)
{
   while (flp_host_sending(host)) {
      ssize_t n = write(host->to, host->out.data + host->sent, host->out.len - host->sent);
      if (n < 0) {
         if (errno == EINTR) {
            continue;
         }
         return errno == EAGAIN;
      }
      host->sent += (size_t)n;
   }
   return true;
}

/* ---- lines ---- */

/* In a JSON string the quotes would be escaped, so this text is always the field itself. */
static bool is_end(const uint8_t *line, size_t len)
{
   static const char end[] = "\"ev\":\"end\"";
   return memmem(line, len, end, sizeof end - 1) != NULL;
}

static flp_read_t scan(flp_host_t *host)
{
   flp_read_t found = FLP_READ_MORE;
   while (host->scanned < host->in.len) {
      const uint8_t *at = host->in.data + host->scanned;
      const uint8_t *newline = memchr(at, '\n', host->in.len - host->scanned);
      if (!newline) {
         return found;
      }
      size_t len = (size_t)(newline - at) + 1;
      host->scanned += len;
      if (is_end(at, len)) {
         return FLP_READ_END;
      }
      found = FLP_READ_LINE;
   }
   return found;
}

flp_read_t flp_host_read(flp_host_t *host)
{
   for (;;) {
      if (host->in.len > FLP_MAX_HOST_OUTPUT) {
         return FLP_READ_TOO_MUCH;
      }
      if (host->in.cap - host->in.len < READ_CHUNK && !flp_buf_reserve(&host->in, host->in.cap * 2 + READ_CHUNK)) {
         return FLP_READ_TOO_MUCH;
      }
      ssize_t n = read(host->from, host->in.data + host->in.len, host->in.cap - host->in.len);
      if (n < 0 && errno == EINTR) {
         continue;
      }
      if (n < 0) {
         return errno == EAGAIN ? FLP_READ_MORE : FLP_READ_CLOSED;
      }
      if (n == 0) {
         return FLP_READ_CLOSED;
      }
      host->in.len += (size_t)n;
      flp_read_t found = scan(host);
      if (found != FLP_READ_MORE) {
         return found;
      }
   }
}

void flp_host_take(flp_host_t *host, flp_buf_t *lines)
{
   flp_buf_cleanup(lines);
   flp_buf_copy(lines, flp_view_of(&host->in)); /* the room for the next case is kept */
   host->in.len = 0;
   host->scanned = 0;
}

void flp_host_last_call(const flp_host_t *host, char *text, size_t size)
{
   size_t n = 0;
   const char *call = host->page ? (const char *)host->page + CALL_OFFSET : "";
   for (size_t i = 0; host->page && i < CALL_SIZE && call[i] && n + 1 < size; i++) {
      bool printable = call[i] >= ' ' && call[i] <= '~';
      text[n++] = printable ? call[i] : '?'; /* the subject may have scribbled on it */
   }
   text[n] = '\0';
}

uint32_t flp_host_calls(const flp_host_t *host)
{
   uint32_t calls = 0;
   if (host->page) {
      memcpy(&calls, (const char *)host->page + STEP_OFFSET, sizeof calls);
   }
   return calls;
}

/* ---- the end ---- */

static void forget(flp_host_t *host)
{
   close_fd(&host->to);
   close_fd(&host->from);
   if (host->page) {
      munmap(host->page, PAGE_SIZE);
   }
   flp_buf_cleanup(&host->out);
   flp_buf_cleanup(&host->in);
   memset(host, 0, sizeof *host);
   host->to = host->from = -1;
}

/* Ends the host and all that it forked. Its number is its own until it is waited for. */
static int end_group(pid_t pid)
{
   int status = 0;
   kill(-pid, SIGKILL);
   kill(pid, SIGKILL);
   while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
   }
   return status;
}

bool flp_host_gone(const flp_host_t *host)
{
   siginfo_t info = {0};
   return host->pid > 0 && waitid(P_PID, (id_t)host->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == host->pid;
}

static void describe(int status, char cause[32], char how[64])
{
   if (WIFSIGNALED(status)) {
      const char *name = sigabbrev_np(WTERMSIG(status));
      snprintf(cause, 32, "crash(SIG%s)", name ? name : "UNKNOWN");
      snprintf(how, 64, "by signal SIG%s", name ? name : "UNKNOWN");
   } else {
      snprintf(cause, 32, "garbage");
      snprintf(how, 64, "with exit status %d", WEXITSTATUS(status));
   }
}

void flp_host_kill(flp_host_t *host)
{
   if (host->pid > 0) {
      end_group(host->pid);
   }
   forget(host);
}

static bool gone_within(const flp_host_t *host, int64_t ms)
{
   int64_t until = flp_raw_now_ms() + ms;
   int pause_ms = 0;
   while (!flp_host_gone(host)) {
      if (flp_raw_now_ms() >= until) {
         return false;
      }
      poll(NULL, 0, pause_ms);
      pause_ms = pause_ms < 20 ? pause_ms + 1 : 20;
   }
   return true;
}

int flp_host_reap(flp_host_t *host, char cause[32], char how[64])
{
   bool left = gone_within(host, 2000);
   int status = end_group(host->pid);
   if (left) {
      describe(status, cause, how);
   } else {
      snprintf(cause, 32, "garbage");
      snprintf(how, 64, "its transcript was closed while it went on running");
   }
   forget(host);
   return left && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

char *flp_host_stop(flp_host_t *host)
{
   char *how_it_ended = NULL;
   char cause[32], how[64];
   if (host->pid == 0) {
      return NULL;
   }
   close_fd(&host->to);
   bool left = gone_within(host, FLP_HOST_LEAVES_MS);
   int status = end_group(host->pid);
   if (!left) {
      how_it_ended = strdup("it did not leave when its input was closed");
   } else if (status != 0) {
      describe(status, cause, how);
      how_it_ended = strdup(how);
   }
   forget(host);
   return how_it_ended;
}
