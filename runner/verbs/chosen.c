/* From `NAME`, `NAME=FILE` and `NAME=FILE,like=SUBJECT` to subjects. */
#include "runner/verbs/chosen.h"

#include "runner/verbs/verbs.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
   char *name, *file, *like; /* file and like may be NULL */
} sut_t;

static void sut_cleanup(sut_t *sut)
{
   free(sut->name);
   free(sut->file);
   free(sut->like);
}

/* A name becomes a file name in the report folder. */
static bool name_ok(const char *name)
{
   size_t len = strlen(name);
   return len > 0 && len <= 64 && isalnum((unsigned char)name[0]) &&
          strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == len;
}

static bool sut_parse(const char *text, sut_t *sut)
{
   static const char like[] = ",like=";
   const char *equals = strchr(text, '=');
   *sut = (sut_t){0};
   if (!equals) {
      sut->name = strdup(text);
      return sut->name && name_ok(sut->name);
   }
   const char *file = equals + 1;
   const char *mark = NULL;
   for (const char *at = strstr(file, like); at; at = strstr(at + 1, like)) {
      mark = at; /* the last one: a path may hold anything */
   }
   sut->name = strndup(text, (size_t)(equals - text));
   sut->file = mark ? strndup(file, (size_t)(mark - file)) : strdup(file);
   sut->like = mark ? strdup(mark + sizeof like - 1) : NULL;
   return sut->name && sut->file && name_ok(sut->name) && sut->file[0] && (!mark || sut->like);
}

void flp_refusals_print(const flp_refusals_t *refusals)
{
   for (size_t i = 0; i < refusals->len; i++) {
      const flp_refusal_t *r = &refusals->items[i];
      fprintf(stderr, "%s:%u:%u: %s%s%s\n", r->file, r->line, r->column, r->field ? r->field : "", r->field && r->field[0] ? ": " : "",
              r->message);
   }
}

static int add(const flp_subject_places_t *places, const char *name, const char *file, const char *like, flp_subjects_t *subjects)
{
   flp_refusals_t refusals = {0};
   flp_subject_t *items = realloc(subjects->items, (subjects->len + 1) * sizeof *items);
   if (!items) {
      return FLP_EXIT_HARNESS;
   }
   subjects->items = items;
   flp_subject_t *subject = &items[subjects->len++];
   memset(subject, 0, sizeof *subject);
   bool ok = flp_subject_load(places, name, file, like, subject, &refusals);
   if (!ok) {
      fprintf(stderr, "fleproof: the subject file of %s cannot be used\n", like ? like : name);
      flp_refusals_print(&refusals);
   }
   flp_refusals_cleanup(&refusals);
   return ok ? 0 : FLP_EXIT_HARNESS;
}

__attribute__((format(printf, 1, 0))) static int usage(const char *format, const char *text)
{
   fputs("fleproof: ", stderr);
   fprintf(stderr, format, text);
   fputc('\n', stderr);
   return FLP_EXIT_USAGE;
}

static int add_sut(const flp_subject_places_t *places, const sut_t *sut, flp_subjects_t *subjects)
{
   for (size_t i = 0; i < subjects->len; i++) {
      if (strcmp(subjects->items[i].name, sut->name) == 0) {
         return usage("the subject %s is named twice", sut->name);
      }
   }
   if (sut->like && !flp_subject_is_file(sut->like) && !flp_subject_known(places, sut->like)) {
      return usage("like=%s names no known subject, and is no path", sut->like);
   }
   bool known = flp_subject_known(places, sut->name);
   if (!sut->file && !known) {
      return usage("%s is no known subject: give its library with --sut NAME=FILE", sut->name);
   }
   if (sut->file && access(sut->file, R_OK) != 0) {
      return usage("%s cannot be read", sut->file);
   }
   int code = add(places, sut->name, sut->file, sut->like ? sut->like : known ? sut->name : NULL, subjects);
   if (code == 0 && !subjects->items[subjects->len - 1].file) {
      fprintf(stderr, "%s: absent: %s\n", sut->name, subjects->items[subjects->len - 1].absent_reason);
      return FLP_EXIT_USAGE;
   }
   return code;
}

static int add_all(const flp_subject_places_t *places, flp_subjects_t *subjects)
{
   flp_strings_t names = {0};
   int code = 0;
   if (!flp_subject_names(places, &names) || names.len == 0) {
      fprintf(stderr, "fleproof: no subject files in %s\n", places->subjects_dir);
      code = FLP_EXIT_HARNESS;
   }
   for (size_t i = 0; code == 0 && i < names.len; i++) {
      code = add(places, names.items[i], NULL, names.items[i], subjects);
   }
   flp_strings_cleanup(&names);
   return code;
}

int flp_subjects_choose(const flp_subject_places_t *places, const flp_strings_t *suts, flp_subjects_t *subjects)
{
   int code = suts->len == 0 ? add_all(places, subjects) : 0;
   for (size_t i = 0; code == 0 && i < suts->len; i++) {
      sut_t sut;
      code = sut_parse(suts->items[i], &sut) ? add_sut(places, &sut, subjects)
                                             : usage("--sut takes NAME or NAME=FILE[,like=SUBJECT], not %s", suts->items[i]);
      sut_cleanup(&sut);
   }
   return code;
}

void flp_subjects_cleanup(flp_subjects_t *subjects)
{
   for (size_t i = 0; i < subjects->len; i++) {
      flp_subject_cleanup(&subjects->items[i]);
   }
   free(subjects->items);
   *subjects = (flp_subjects_t){0};
}
