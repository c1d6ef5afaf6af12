/* Runs a target over files and folders of inputs, without any engine: for valgrind, and for a debugger. Each input is a heap block of its
 * own size, so that reading behind it is seen. Usage: TARGET FILE|FOLDER... */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t n_inputs;

static int run_file(const char *path)
{
   FILE *file = fopen(path, "rb");
   long len = file && fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
   uint8_t *bytes = len >= 0 ? malloc(len > 0 ? (size_t)len : 1) : NULL;
   int bad = !bytes;
   if (bytes) {
      rewind(file);
      bad = fread(bytes, 1, (size_t)len, file) != (size_t)len;
   }
   if (bad) {
      fprintf(stderr, "replay: cannot read %s\n", path);
   } else {
      LLVMFuzzerTestOneInput(bytes, (size_t)len);
      n_inputs++;
   }
   if (file) {
      fclose(file);
   }
   free(bytes);
   return bad;
}

static int plain_name(const struct dirent *entry)
{
   return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
   int bad = 0;
   for (int i = 1; i < argc; i++) {
      struct dirent **names = NULL;
      int n = scandir(argv[i], &names, plain_name, alphasort);
      if (n < 0) {
         bad |= run_file(argv[i]);
         continue;
      }
      for (int k = 0; k < n; k++) {
         char *path = NULL;
         if (asprintf(&path, "%s/%s", argv[i], names[k]->d_name) >= 0) {
            bad |= run_file(path);
            free(path);
         }
         free(names[k]);
      }
      free(names);
   }
   printf("%zu inputs\n", n_inputs);
   return bad || n_inputs == 0;
}
