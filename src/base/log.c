/* log.c - see log.h. One append-only file, one line a call, written at once: a trace that ends in a
 * crash must hold the last line before it. */
#include "runbook/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runbook/base/clock.h"
#include "runbook/base/str.h"
#include "runbook/base/timefmt.h"

static const char *const names[LOG_AREAS] = {
    [LOG_APP] = "app",       [LOG_LOOP] = "loop", [LOG_NET] = "net",
    [LOG_STORE] = "store",   [LOG_HOST] = "host", [LOG_PROM] = "prom",
    [LOG_ENGINE] = "engine", [LOG_UI] = "ui",     [LOG_LLM] = "llm",
};

static unsigned enabled;
static int log_fd = -1;

static enum err_code parse_areas(const char *areas, unsigned *ret_mask, struct err *err)
{
    struct str rest = str_from(areas), one;
    unsigned mask = 0;

    while (str_split(&rest, ',', &one)) {
        size_t i = 0;

        one = str_trim(one);
        if (str_eq_c(one, "all")) {
            mask = ~0u;
            continue;
        }
        while (i < LOG_AREAS && !str_eq_c(one, names[i]))
            i++;
        if (i == LOG_AREAS)
            return err_set(err, ERR_INPUT,
                           "trace: unknown area '%.*s' (known: app, loop, net, store, host, prom, "
                           "engine, ui, llm, all)",
                           STR_FMT(one));
        mask |= 1u << i;
    }
    *ret_mask = mask;
    return ERR_OK;
}

enum err_code log_open(const char *areas, const char *path, struct err *err)
{
    enum err_code rc;
    unsigned mask = 0;

    rc = parse_areas(areas, &mask, err);
    if (rc)
        return rc;
    log_close();
    log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (log_fd < 0)
        return err_errno(err, errno, "open the trace file %s", path);
    enabled = mask;
    return ERR_OK;
}

void log_close(void)
{
    enabled = 0;
    if (log_fd >= 0)
        close(log_fd);
    log_fd = -1;
}

bool log_on(enum log_area area)
{
    return enabled & (1u << area);
}

void log_line(enum log_area area, const char *fmt, ...)
{
    char line[1024], when[TIME_TEXT_MAX];
    va_list ap;
    int n, m;

    time_format_rfc3339(clock_system()->wall_ms(clock_system()), when);
    n = snprintf(line, sizeof(line), "%s %-6s ", when, names[area]);
    va_start(ap, fmt);
    m = vsnprintf(line + n, sizeof(line) - (size_t)n - 1, fmt, ap);
    va_end(ap);
    n += m < 0 ? 0 : m;
    if ((size_t)n > sizeof(line) - 2)
        n = (int)sizeof(line) - 2;
    for (int i = 0; i < n; i++) { /* a trace may hold bytes from outside */
        if ((unsigned char)line[i] < ' ' && line[i] != '\t')
            line[i] = '?';
    }
    line[n] = '\n';
    if (write(log_fd, line, (size_t)n + 1) < 0)
        return; /* a trace that cannot be written is not worth an error */
}
