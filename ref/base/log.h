/* Hands messages to a caller's handler, one at a time. Without a handler messages are dropped. Builds no text. */
#ifndef FLP_BASE_LOG_H
#define FLP_BASE_LOG_H

#include <pthread.h>

#include "ref/base/bytes.h"

typedef enum { FLP_LOG_FATAL, FLP_LOG_ERROR, FLP_LOG_WARNING, FLP_LOG_INFO, FLP_LOG_TRACE } flp_log_level_t;

/* The message is NUL-terminated behind its length. Called with the log's lock held: it must not log. */
typedef void (*flp_log_fn_t)(uint32_t level, const char *message, uint32_t len, void *user);

typedef struct {
   pthread_mutex_t lock;
   flp_log_fn_t fn; /* NULL: none */
   void *user;
} flp_log_t;

bool flp_log_init(flp_log_t *log); /* false: no lock to be had */
void flp_log_set(flp_log_t *log, flp_log_fn_t fn, void *user);
void flp_log_write(flp_log_t *log, flp_log_level_t level, const char *message);
void flp_log_cleanup(flp_log_t *log); /* only after flp_log_init succeeded */

#endif
