/* Walks folders; order never depends on the file system. */
#include "runner/grammar/files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_DEPTH = 16 };

/* Takes `path`. What was named before, alone or with its folder, is not read again. */
static void push(flp_files_t *files, char *path)
{
   for (size_t i = 0; i < files->len; i++) {
      if (strcmp(files->items[i], path) == 0) {
         bson_free(path);
         return;
      }
   }
   files->items = bson_realloc(files->items, (files->len + 1) * sizeof *files->items);
   files->items[files->len++] = path;
}

static bool unreadable(const char *path, flp_refusals_t *refusals)
{
   flp_report_t report;
   flp_report_begin(&report, refusals, path);
   return flp_refuse_at(&report, FLP_REFUSE_FILE_UNREADABLE, 1, 1, NULL, "cannot be read: %s", strerror(errno));
}

static bool is_scenario(const char *name)
{
   size_t n = strlen(name);
   return n > 4 && strcmp(name + n - 4, ".yml") == 0;
}

static bool search(flp_files_t *files, const char *folder, unsigned depth, flp_refusals_t *refusals)
{
   bool ok = true;
   DIR *dir = opendir(folder);
   if (!dir) {
      return unreadable(folder, refusals);
   }
   for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
      struct stat st;
      if (entry->d_name[0] == '.') {
         continue;
      }
      char *path = bson_strdup_printf("%s/%s", folder, entry->d_name);
      bool folder_here = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
      if (folder_here && depth < MAX_DEPTH && strcmp(entry->d_name, "rules") != 0 && strcmp(entry->d_name, "meta") != 0) {
         ok = search(files, path, depth + 1, refusals) && ok;
      }
      if (!folder_here && is_scenario(entry->d_name)) {
         push(files, path);
      } else {
         bson_free(path);
      }
   }
   closedir(dir);
   return ok;
}

static int by_bytes(const void *a, const void *b)
{
   return strcmp(*(char *const *)a, *(char *const *)b);
}

bool flp_files_find(flp_files_t *files, const char *path, flp_refusals_t *refusals)
{
   struct stat st;
   size_t from = files->len, len = strlen(path);
   if (stat(path, &st) != 0) {
      return unreadable(path, refusals);
   }
   while (len > 1 && path[len - 1] == '/') {
      len--;
   }
   char *clean = bson_strndup(path, len);
   if (!S_ISDIR(st.st_mode)) {
      push(files, clean);
      return true;
   }
   bool ok = search(files, clean, 0, refusals);
   bson_free(clean);
   if (files->len > from) {
      qsort(files->items + from, files->len - from, sizeof *files->items, by_bytes);
   }
   return ok;
}

void flp_files_cleanup(flp_files_t *files)
{
   for (size_t i = 0; i < files->len; i++) {
      bson_free(files->items[i]);
   }
   bson_free(files->items);
   *files = (flp_files_t){0};
}

const char *flp_files_shown(const char *path, const char *root)
{
   size_t n = root ? strlen(root) : 0;
   while (n > 1 && root[n - 1] == '/') {
      n--;
   }
   return n > 0 && strncmp(path, root, n) == 0 && path[n] == '/' ? path + n + 1 : path;
}
