/* One lock, held during the call of the handler: messages of several threads do not mix (rule TH-5). */
#include "ref/base/log.h"

#include <string.h>

bool flp_log_init(flp_log_t *log)
{
   log->fn = NULL;
   log->user = NULL;
   return pthread_mutex_init(&log->lock, NULL) == 0;
}

void flp_log_set(flp_log_t *log, flp_log_fn_t fn, void *user)
{
   pthread_mutex_lock(&log->lock);
   log->fn = fn;
   log->user = user;
   pthread_mutex_unlock(&log->lock);
}

void flp_log_write(flp_log_t *log, flp_log_level_t level, const char *message)
{
   pthread_mutex_lock(&log->lock);
   if (log->fn) {
      log->fn((uint32_t)level, message, (uint32_t)strlen(message), log->user);
   }
   pthread_mutex_unlock(&log->lock);
}

void flp_log_cleanup(flp_log_t *log)
{
   pthread_mutex_destroy(&log->lock);
}
