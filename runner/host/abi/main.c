/* host-abi: holds one library with the libmongocrypt C ABI, reads cases as frames and writes what it saw as lines.
 * Its descriptors and arguments are in docs/transcript.md. It knows no expectation and gives no verdict. */
#include "runner/host/abi/proof.h"

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { FD_FRAMES = 3, FD_TRANSCRIPT = 4, FD_PAGE = 5, PAGE_LEN = 4096, PROOF_TIMEOUT_MS = 5000 };
enum { EXIT_OVER = 0, EXIT_USAGE = 2, EXIT_BROKEN = 3, EXIT_NO_SUBJECT = 4 };

typedef struct {
   const char *lib;
   flp_hooks_mode_t hooks;
   const char *files_dir;
   bool no_proof;
} options_t;

static flp_host_t host;

static int usage(void)
{
   fputs("usage: host-abi --lib FILE [--hooks auto|on|off] [--no-alloc] [--no-proof] [--files DIR]\n"
         "reads frames on descriptor 3, writes transcripts on 4, shares a page on 5\n",
         stderr);
   return EXIT_USAGE;
}

static bool read_options(int argc, char **argv, options_t *options)
{
   static const struct option known[] = {{"lib", required_argument, NULL, 'l'},   {"hooks", required_argument, NULL, 'h'},
                                         {"no-alloc", no_argument, NULL, 'n'},    {"no-proof", no_argument, NULL, 'p'},
                                         {"files", required_argument, NULL, 'f'}, {NULL, 0, NULL, 0}};
   static const char *const modes[] = {[FLP_HOOKS_AUTO] = "auto", [FLP_HOOKS_ON] = "on", [FLP_HOOKS_OFF] = "off"};
   for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
      bool ok = true;
      switch (c) {
      case 'l':
         options->lib = optarg;
         break;
      case 'h':
         ok = false;
         for (unsigned i = 0; i < sizeof modes / sizeof modes[0]; i++) {
            if (strcmp(optarg, modes[i]) == 0) {
               options->hooks = (flp_hooks_mode_t)i;
               ok = true;
            }
         }
         break;
      case 'n':
         flp_outside.count_allocations = false;
         break;
      case 'p':
         options->no_proof = true;
         break;
      case 'f':
         options->files_dir = optarg;
         break;
      default:
         ok = false;
      }
      if (!ok) {
         return false;
      }
   }
   return options->lib != NULL && optind == argc;
}

/* Without a page of the supervisor (a person tries the host) the host keeps one to itself. */
static flp_page_t *share_page(void)
{
   static flp_page_t own;
   void *page = mmap(NULL, PAGE_LEN, PROT_READ | PROT_WRITE, MAP_SHARED, FD_PAGE, 0);
   return page == MAP_FAILED ? &own : page;
}

/* What was seen before a crash is worth reading; the crash itself stays one. */
static void flush_and_die(int number)
{
   for (size_t i = 0; i < 2; i++) {
      flp_lines_t *lines = &host.lines[i];
      if (lines == host.current && lines->len > 0) {
         while (lines->len > 0 && lines->data[lines->len - 1] != '\n') {
            lines->len--; /* a line that is not whole */
         }
         flp_lines_flush(lines, FD_TRANSCRIPT);
      }
   }
   raise(number); /* the handler is gone (SA_RESETHAND) */
}

static void prepare_process(void)
{
   const struct rlimit none = {0, 0};
   setrlimit(RLIMIT_CORE, &none);
   prctl(PR_SET_PDEATHSIG, SIGKILL);
   signal(SIGPIPE, SIG_IGN);
   for (int fd = FD_FRAMES; fd <= FD_PAGE; fd++) {
      fcntl(fd, F_SETFD, FD_CLOEXEC);
   }
}

/* After the proof, whose child must die by itself; a sanitizer has handlers of its own. */
static void catch_crashes(void)
{
   if (!FLP_HOST_COUNTS_ALLOCATIONS) {
      return;
   }
   static const int deaths[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
   static char stack[64 * 1024];
   const stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
   const struct sigaction action = {.sa_handler = flush_and_die, .sa_flags = SA_ONSTACK | (int)SA_RESETHAND | SA_NODEFER};
   sigaltstack(&other, NULL);
   for (size_t i = 0; i < sizeof deaths / sizeof deaths[0]; i++) {
      sigaction(deaths[i], &action, NULL);
   }
}

static void write_header(const options_t *options, const flp_library_t *library, const flp_proof_t *proof)
{
   flp_lines_t *lines = &host.lines[0];
   const char *version = flp_gate_pointer(&host.gate, FLP_FN_version, FLP_ARGS(FLP_NULL));
   const size_t digits = version == NULL ? 0 : strspn(version, "0123456789.");
   flp_lines_start(lines, "");
   flp_line_begin(lines, "header");
   flp_line_string(lines, "host", "abi");
   flp_line_string(lines, "subject_file", options->lib);
   flp_line_string(lines, "version", version);
   flp_line_text(lines, "version_number", flp_view(version, digits));
   flp_line_string(lines, "clock", proof->clock_virtual ? "virtual" : "real");
   flp_line_string(lines, "random", proof->random_seeded ? "seeded" : "real");
   flp_line_string(lines, "alloc", proof->alloc_counted ? "counted" : "real");
   flp_line_bool(lines, "native_crypto", proof->native_crypto);
   flp_line_bool(lines, "hooks", proof->use_hooks);
   flp_line_open(lines, "missing_symbols", '[');
   for (size_t i = 0; i < FLP_ABI_N_FUNCTIONS; i++) {
      char name[96];
      if (library->symbols[i] == NULL) {
         snprintf(name, sizeof name, "mongocrypt_%s", flp_abi_functions[i].name);
         flp_line_string(lines, NULL, name);
      }
   }
   flp_line_close(lines, ']');
   flp_line_string(lines, "proof", proof->how);
   flp_line_end(lines);
}

int main(int argc, char **argv)
{
   static flp_library_t library;
   options_t options = {0};
   flp_proof_t proof;
   flp_frame_t frame;
   char why[512];

   if (!read_options(argc, argv, &options)) {
      return usage();
   }
   if (fcntl(FD_FRAMES, F_GETFD) < 0 || fcntl(FD_TRANSCRIPT, F_GETFD) < 0) {
      return usage();
   }
   prepare_process();
   if (!flp_library_open(&library, options.lib, why, sizeof why)) {
      fprintf(stderr, "host-abi: %s\n", why);
      return EXIT_NO_SUBJECT;
   }
   flp_gate_init(&host.gate, &library, share_page());
   host.lines[0].files_dir = host.lines[1].files_dir = options.files_dir;
   if (options.no_proof) {
      flp_prove_nothing(&host, options.hooks, &proof);
   } else {
      flp_prove(&host, options.hooks, PROOF_TIMEOUT_MS, &proof);
   }
   host.use_hooks = proof.use_hooks;
   catch_crashes();
   write_header(&options, &library, &proof);
   while (flp_lines_flush(&host.lines[0], FD_TRANSCRIPT)) {
      if (!flp_frame_read(FD_FRAMES, &frame, why, sizeof why)) {
         if (why[0] == '\0') {
            return EXIT_OVER;
         }
         fprintf(stderr, "host-abi: %s\n", why);
         return EXIT_BROKEN;
      }
      flp_run_case(&host, &frame);
   }
   return EXIT_BROKEN;
}
