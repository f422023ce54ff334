/* log.h - traces for developers: --trace=net,llm. They go to a file, as the screen belongs to the
 * TUI. Off, a call costs one load and one test. Values of secrets are never passed here. */
#ifndef RUNBOOK_BASE_LOG_H
#define RUNBOOK_BASE_LOG_H

#include <stdbool.h>

#include "runbook/base/err.h"

enum log_area {
    LOG_APP,
    LOG_LOOP,
    LOG_NET,
    LOG_STORE,
    LOG_HOST,
    LOG_PROM,
    LOG_ENGINE,
    LOG_UI,
    LOG_LLM,
    LOG_AREAS
};

/* `areas` is "net,host" or "all"; appends to `path`. Process-wide, set once by app. */
enum err_code log_open(const char *areas, const char *path, struct err *err);
void log_close(void);
bool log_on(enum log_area area);
void log_line(enum log_area area, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define LOG(area, ...)                                                                             \
    do {                                                                                           \
        if (log_on(area))                                                                          \
            log_line(area, __VA_ARGS__);                                                           \
    } while (0)

#endif
