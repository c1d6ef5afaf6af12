/* The engine with a host that is this very program: what the case's id says is what that host does.
 * First the normal way, then every kind of end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "runner/supervise/engine.h"
#include "runner/supervise/folder.h"
#include "runner/supervise/results.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BEHIND "FLP_TEST_LEFT_BEHIND" /* names the file that tells which process was left behind */
#define PROOFS "FLP_TEST_PROOFS"      /* names the file that gets a byte for each host that was not told to leave the proof out */

/* ---- the host ---- */

static bool read_whole(void *out, size_t len)
{
   for (size_t got = 0; got < len;) {
      ssize_t n = read(3, (char *)out + got, len - got);
      if (n <= 0) {
         return false;
      }
      got += (size_t)n;
   }
   return true;
}

static void say(const char *text)
{
   if (write(4, text, strlen(text)) < 0) {
      _exit(9);
   }
}

static void behave(const char *id, const char *nonce, unsigned served)
{
   char line[1024];
   const char *what = strrchr(id, '/') + 1;
   if (strcmp(what, "crashes") == 0) {
      abort();
   }
   if (strcmp(what, "crashes-later") == 0 && served > 0) {
      abort();
   }
   if (strcmp(what, "hangs") == 0) {
      pause();
   }
   if (strcmp(what, "leaves") == 0) {
      _exit(0);
   }
   if (strcmp(what, "shrinks-the-page") == 0 && ftruncate(5, 0) == 0) {
      abort(); /* the supervisor reads the page now */
   }
   if (strcmp(what, "goes-on-as-another") == 0) {
      pid_t host = getpid();
      if (fork() > 0) {
         _exit(0);
      }
      while (getppid() == host) {
         usleep(1000);
      }
   }
   if (strcmp(what, "leaves-one-behind") == 0) {
      pid_t behind = fork();
      if (behind == 0) {
         pause();
      }
      FILE *file = fopen(getenv(BEHIND), "w");
      if (file) {
         fprintf(file, "%d", (int)behind);
         fclose(file);
      }
      abort();
   }
   if (strcmp(what, "floods") == 0) {
      for (;;) {
         say(
            "{\"nonce\":\"\",\"seq\":0,\"ev\":\"begin\",\"id\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}\n");
      }
   }
   snprintf(line, sizeof line, "{\"nonce\":\"%s\",\"seq\":0,\"ev\":\"begin\",\"id\":\"%s\"}\n", strcmp(what, "lies") == 0 ? "other" : nonce,
            id);
   say(line);
   if (strcmp(what, "stops-short") == 0) {
      _exit(0);
   }
   snprintf(line, sizeof line,
            "{\"nonce\":\"%s\",\"seq\":1,\"ev\":\"outcome\",\"call\":0,\"state\":\"%s\",\"result\":null,\"error\":null}\n"
            "{\"nonce\":\"%s\",\"seq\":2,\"ev\":\"end\",\"calls\":1}\n",
            nonce, strcmp(what, "differs") == 0 ? "READY" : "DONE", nonce);
   say(line);
}

static void prove(void)
{
   FILE *file = getenv(PROOFS) ? fopen(getenv(PROOFS), "a") : NULL;
   if (file) {
      fputc('x', file);
      fclose(file);
   }
}

static int be_a_host(const char *library, bool proven)
{
   static uint8_t frame[1 << 16];
   uint32_t len;
   if (strstr(library, "broken")) {
      fputs("this is no library\n", stderr);
      return 4;
   }
   if (strstr(library, "dies")) {
      abort(); /* in its constructor, say */
   }
   if (strstr(library, "silent")) {
      pause();
   }
   if (strstr(library, "lies")) {
      say("what is a header?\n");
   }
   puts("{\"nonce\":\"\",\"seq\":0,\"ev\":\"end\"}"); /* on stdout: never read as a transcript */
   fflush(stdout);
   if (proven) {
      say("{\"nonce\":\"\",\"seq\":0,\"ev\":\"header\",\"version\":\"0\",\"clock\":\"real\",\"proof\":\"none\"}\n");
   } else {
      prove();
      say(
         "{\"nonce\":\"\",\"seq\":0,\"ev\":\"header\",\"host\":\"fake\",\"version\":\"1.20.1\",\"clock\":\"virtual\",\"random\":\"seeded\","
         "\"alloc\":\"real\",\"native_crypto\":true,\"hooks\":false,\"missing_symbols\":[],\"proof\":\"ok\"}\n");
   }
   for (unsigned served = 0; read_whole(&len, sizeof len); served++) {
      bson_t doc;
      bson_iter_t id, nonce;
      if (len > sizeof frame || !read_whole(frame, len) || !bson_init_static(&doc, frame, len) || !bson_iter_init_find(&id, &doc, "id") ||
          !bson_iter_init_find(&nonce, &doc, "nonce")) {
         return 3;
      }
      behave(bson_iter_utf8(&id, NULL), bson_iter_utf8(&nonce, NULL), served);
   }
   return strstr(library, "badly") ? 7 : 0;
}

/* ---- the tests ---- */

#define MAX_CASES 64
static char self[4096];
static char dir[64];

typedef struct {
   flp_case_t *items; /* aligned as libbson wants it */
   flp_cases_t cases;
   flp_subject_t subject;
   flp_results_t results;
   size_t order[MAX_CASES], n_order;
   char name[8], file[16];
   char *bad_exit, *broken;
   size_t hosts;
} world_t;

static void on_done(void *user, size_t subject, size_t the_case, flp_verdict_t *verdict, flp_view_t lines)
{
   world_t *w = user;
   w->order[w->n_order++] = the_case;
   flp_results_take(&w->results, the_case, subject, verdict, lines);
}

/* Runs the cases with these names on the fake. */
static void run(world_t *w, const char *library, const char *const *names, size_t jobs)
{
   memset(w, 0, sizeof *w);
   w->items = aligned_alloc(_Alignof(flp_case_t), MAX_CASES * sizeof *w->items);
   assert_non_null(w->items);
   for (; names[w->cases.len]; w->cases.len++) {
      flp_case_t *c = &w->items[w->cases.len];
      char id[128];
      memset(c, 0, sizeof *c);
      snprintf(id, sizeof id, "area/n%zu/%s", w->cases.len, names[w->cases.len]);
      c->id = strdup(id);
      c->area = strdup("area");
      c->own_host = strncmp(names[w->cases.len], "own-", 4) == 0;
      bson_init(&c->doc);
      bson_init(&c->plan);
      BSON_APPEND_INT32(&c->doc, "call", 1);
   }
   w->cases.items = w->items;
   snprintf(w->name, sizeof w->name, "fake");
   snprintf(w->file, sizeof w->file, "%s", library);
   w->subject = (flp_subject_t){.name = w->name, .file = w->file};
   char *why = NULL;
   assert_true(flp_folder_prepare(dir, &w->subject, 1, &why));
   assert_true(flp_results_init(&w->results, &w->cases, &w->subject, 1));
   flp_engine_options_t options = {.host_program = self, .report_dir = dir, .jobs = jobs, .timeout_ms = 300, .seed = 7};
   flp_engine_t *engine = flp_engine_new(&options, &w->cases, &w->subject, 1, on_done, w);
   assert_non_null(engine);
   for (size_t c = 0; c < w->cases.len; c++) {
      assert_true(flp_engine_submit(engine, c));
   }
   while (!flp_engine_idle(engine)) {
      flp_engine_step(engine, -1);
   }
   w->hosts = flp_engine_hosts(engine, 0);
   flp_engine_stop(engine);
   w->bad_exit = flp_engine_bad_exit(engine, 0) ? strdup(flp_engine_bad_exit(engine, 0)) : NULL;
   w->broken = flp_engine_broken(engine, 0) ? strdup(flp_engine_broken(engine, 0)) : NULL;
   flp_engine_destroy(engine);
}

static void end(world_t *w)
{
   flp_results_cleanup(&w->results);
   for (size_t c = 0; c < w->cases.len; c++) {
      free(w->items[c].id);
      free(w->items[c].area);
      bson_destroy(&w->items[c].doc);
      bson_destroy(&w->items[c].plan);
   }
   free(w->items);
   w->subject.name = w->subject.file = NULL;
   flp_subject_cleanup(&w->subject);
   free(w->bad_exit);
   free(w->broken);
}

static const flp_verdict_t *verdict_of(const world_t *w, size_t the_case)
{
   const flp_result_t *result = flp_results_at(&w->results, the_case, 0);
   assert_true(result->known);
   return &result->verdict;
}

static void assert_verdict(const world_t *w, size_t the_case, const char *verdict, const char *cause, const char *reason)
{
   const flp_verdict_t *v = verdict_of(w, the_case);
   assert_string_equal(flp_verdict_name(v->kind), verdict);
   if (cause) {
      assert_string_equal(v->cause, cause);
   } else {
      assert_null(v->cause);
   }
   if (reason) {
      assert_non_null(v->reason);
      assert_non_null(strstr(v->reason, reason));
   }
}

static void every_case_gets_a_verdict_and_every_end_its_cause(void **state)
{
   (void)state;
   const char *const names[] = {"ends", "crashes", "ends", "hangs", "leaves", "lies", "stops-short", "differs", "own-way", "ends", NULL};
   world_t w;
   run(&w, "lib", names, 1);
   assert_verdict(&w, 0, "pass", NULL, NULL);
   assert_verdict(&w, 1, "fail", "crash(SIGABRT)", "by signal SIGABRT");
   assert_verdict(&w, 2, "pass", NULL, NULL);
   assert_verdict(&w, 3, "fail", "hang", NULL);
   assert_verdict(&w, 4, "fail", "garbage", "exit status 0");
   assert_verdict(&w, 5, "fail", "garbage", "another nonce");
   assert_verdict(&w, 6, "fail", "garbage", "exit status 0");
   assert_verdict(&w, 7, "fail", NULL, NULL);
   assert_verdict(&w, 8, "pass", NULL, NULL);
   assert_verdict(&w, 9, "pass", NULL, NULL);
   assert_null(w.bad_exit);
   assert_null(w.broken);
   for (size_t i = 0; i < w.n_order; i++) {
      assert_int_equal(w.order[i], i); /* one job: the order of the cases */
   }
   end(&w);
}

static void a_death_that_does_not_come_back_alone_is_still_a_failure(void **state)
{
   (void)state;
   const char *const names[] = {"ends", "crashes-later", "ends", NULL};
   world_t w;
   run(&w, "lib", names, 1);
   assert_verdict(&w, 1, "fail", "crash(SIGABRT)", "did not happen again alone");
   assert_verdict(&w, 2, "pass", NULL, NULL);
   end(&w);
}

static void endless_output_is_garbage(void **state)
{
   (void)state;
   const char *const names[] = {"floods", "ends", NULL};
   world_t w;
   run(&w, "lib", names, 1);
   const flp_verdict_t *v = verdict_of(&w, 0);
   assert_string_equal(flp_verdict_name(v->kind), "fail");
   assert_true(strcmp(v->cause, "garbage") == 0 || strcmp(v->cause, "hang") == 0); /* whichever limit comes first */
   assert_verdict(&w, 1, "pass", NULL, NULL);
   end(&w);
}

static void eight_jobs_are_eight_hosts_and_the_same_verdicts(void **state)
{
   (void)state;
   const char *names[41] = {NULL};
   world_t one, eight;
   for (size_t i = 0; i < 40; i++) {
      names[i] = i % 10 == 3 ? "crashes" : i % 10 == 7 ? "differs" : "ends";
   }
   run(&one, "lib", names, 1);
   run(&eight, "lib", names, 8);
   assert_int_equal(one.hosts, 1);
   assert_int_equal(eight.hosts, 8);
   for (size_t c = 0; c < 40; c++) {
      const flp_result_t *a = flp_results_at(&one.results, c, 0), *b = flp_results_at(&eight.results, c, 0);
      assert_int_equal(a->verdict.kind, b->verdict.kind);
      assert_true(flp_view_equal(flp_view_of(&a->lines), flp_view_of(&b->lines)));
   }
   end(&one);
   end(&eight);
}

static void a_host_that_does_not_start_makes_every_case_an_error(void **state)
{
   (void)state;
   const char *const names[] = {"ends", "ends", NULL};
   world_t w;
   run(&w, "broken", names, 2);
   assert_non_null(w.broken);
   assert_non_null(strstr(w.broken, "this is no library"));
   assert_verdict(&w, 0, "error", NULL, "this is no library");
   assert_verdict(&w, 1, "error", NULL, NULL);
   end(&w);
}

static void a_subject_that_keeps_its_host_from_starting_fails_with_a_cause(void **state)
{
   (void)state;
   const char *const names[] = {"ends", "ends", NULL};
   world_t w;
   run(&w, "dies", names, 1);
   assert_verdict(&w, 0, "fail", "crash(SIGABRT)", "did not start");
   assert_verdict(&w, 1, "fail", "crash(SIGABRT)", NULL);
   end(&w);
   run(&w, "lies", names, 1);
   assert_verdict(&w, 0, "fail", "garbage", "no header");
   end(&w);
}

static void a_host_that_gives_no_header_is_not_waited_for_without_end(void **state)
{
   (void)state;
   const char *const names[] = {"ends", NULL};
   world_t w;
   const time_t began = time(NULL);
   run(&w, "silent", names, 2);
   assert_verdict(&w, 0, "fail", "hang", "no header in time");
   assert_in_range(time(NULL) - began, 0, 20);
   end(&w);
}

static void the_shared_page_cannot_be_taken_away(void **state)
{
   (void)state;
   const char *const names[] = {"shrinks-the-page", "ends", NULL};
   world_t w;
   run(&w, "lib", names, 1); /* without seals this is the end of the supervisor */
   assert_verdict(&w, 0, "pass", NULL, NULL);
   assert_verdict(&w, 1, "pass", NULL, NULL);
   end(&w);
}

static void an_end_that_a_fork_wrote_is_an_early_exit(void **state)
{
   (void)state;
   const char *const names[] = {"goes-on-as-another", "ends", NULL};
   world_t w;
   run(&w, "lib", names, 1);
   assert_verdict(&w, 0, "fail", "garbage", "exit status 0");
   assert_verdict(&w, 1, "pass", NULL, NULL);
   end(&w);
}

static void what_a_dead_host_forked_hides_no_cause_and_is_ended(void **state)
{
   (void)state;
   const char *const names[] = {"leaves-one-behind", "ends", NULL};
   char path[96];
   int behind = 0;
   world_t w;
   snprintf(path, sizeof path, "%s/behind", dir);
   assert_int_equal(setenv(BEHIND, path, 1), 0);
   run(&w, "lib", names, 1);
   assert_verdict(&w, 0, "fail", "crash(SIGABRT)", "by signal SIGABRT");
   assert_verdict(&w, 1, "pass", NULL, NULL);
   end(&w);
   FILE *file = fopen(path, "r");
   assert_non_null(file);
   assert_int_equal(fscanf(file, "%d", &behind), 1);
   fclose(file);
   snprintf(path, sizeof path, "/proc/%d/stat", behind);
   char its_state = 'S';
   for (int i = 0; i < 200 && its_state != 'Z'; i++) {
      its_state = 'Z'; /* gone, or waiting for init to read its end */
      file = fopen(path, "r");
      if (file) {
         assert_int_equal(fscanf(file, "%*d %*s %c", &its_state), 1);
         fclose(file);
      }
      usleep(its_state == 'Z' ? 0 : 10000);
   }
   assert_int_equal(its_state, 'Z');
}

static void later_hosts_prove_nothing_anew(void **state)
{
   (void)state;
   const char *const names[] = {"ends", "crashes", "ends", "crashes", "ends", NULL};
   char path[96];
   struct stat about;
   world_t w;
   snprintf(path, sizeof path, "%s/proofs", dir);
   assert_int_equal(setenv(PROOFS, path, 1), 0);
   run(&w, "lib", names, 1);
   assert_int_equal(unsetenv(PROOFS), 0);
   assert_verdict(&w, 4, "pass", NULL, NULL);
   assert_true(w.subject.clock_virtual); /* what the first host proved holds */
   assert_string_equal(w.subject.version, "1.20.1");
   assert_int_equal(stat(path, &about), 0);
   assert_int_equal(about.st_size, 1);
   end(&w);
}

static void a_subject_that_always_hangs_is_given_up_whatever_the_jobs(void **state)
{
   (void)state;
   const char *names[21] = {NULL};
   for (size_t i = 0; i < 20; i++) {
      names[i] = "hangs";
   }
   for (size_t jobs = 1; jobs <= 8; jobs += 7) {
      world_t w;
      run(&w, "lib", names, jobs);
      assert_non_null(strstr(w.broken, "given up after 5 hangs in a row"));
      for (size_t c = 0; c < 20; c++) {
         assert_verdict(&w, c, "fail", "hang", c < 5 ? "no end within" : "given up after 5 hangs in a row");
      }
      end(&w);
   }
}

static void hangs_with_other_ends_between_are_borne(void **state)
{
   (void)state;
   const char *const names[] = {"hangs", "hangs", "hangs", "hangs", "ends", "hangs", "crashes", "ends", NULL};
   for (size_t jobs = 1; jobs <= 8; jobs += 7) {
      world_t w;
      run(&w, "lib", names, jobs);
      assert_null(w.broken);
      assert_verdict(&w, 3, "fail", "hang", "no end within");
      assert_verdict(&w, 5, "fail", "hang", "no end within");
      assert_verdict(&w, 6, "fail", "crash(SIGABRT)", NULL);
      assert_verdict(&w, 7, "pass", NULL, NULL);
      end(&w);
   }
}

static void a_bad_end_after_the_last_case_is_told(void **state)
{
   (void)state;
   const char *const names[] = {"ends", NULL};
   world_t w;
   run(&w, "badly", names, 1);
   assert_verdict(&w, 0, "pass", NULL, NULL);
   assert_string_equal(w.bad_exit, "with exit status 7");
   end(&w);
}

int main(int argc, char **argv)
{
   if (argc > 2 && strcmp(argv[1], "--lib") == 0) {
      bool proven = false;
      for (int i = 3; i < argc; i++) {
         proven = proven || strcmp(argv[i], "--no-proof") == 0;
      }
      return be_a_host(argv[2], proven);
   }
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_case_gets_a_verdict_and_every_end_its_cause),
      cmocka_unit_test(a_death_that_does_not_come_back_alone_is_still_a_failure),
      cmocka_unit_test(endless_output_is_garbage),
      cmocka_unit_test(eight_jobs_are_eight_hosts_and_the_same_verdicts),
      cmocka_unit_test(a_host_that_does_not_start_makes_every_case_an_error),
      cmocka_unit_test(a_subject_that_keeps_its_host_from_starting_fails_with_a_cause),
      cmocka_unit_test(a_host_that_gives_no_header_is_not_waited_for_without_end),
      cmocka_unit_test(the_shared_page_cannot_be_taken_away),
      cmocka_unit_test(an_end_that_a_fork_wrote_is_an_early_exit),
      cmocka_unit_test(what_a_dead_host_forked_hides_no_cause_and_is_ended),
      cmocka_unit_test(later_hosts_prove_nothing_anew),
      cmocka_unit_test(a_subject_that_always_hangs_is_given_up_whatever_the_jobs),
      cmocka_unit_test(hangs_with_other_ends_between_are_borne),
      cmocka_unit_test(a_bad_end_after_the_last_case_is_told),
   };
   ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
   snprintf(dir, sizeof dir, "%s/fleproof-test-engine-XXXXXX", P_tmpdir);
   if (n <= 0 || !mkdtemp(dir)) {
      return 1;
   }
   int failed = cmocka_run_group_tests(tests, NULL, NULL);
   char command[128];
   snprintf(command, sizeof command, "rm -rf '%s'", dir);
   return system(command) == 0 ? failed : 1;
}
