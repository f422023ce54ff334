/* logs.c - see logs.h. */
#include "logs.h"

#include <stdarg.h>

pid_t daemon_of(const char *name)
{
    pid_t pid = lab_fork();

    if (pid == 0) {
        setsid();
        lab_name(name);
    }
    return pid;
}

void log_at(struct logger *l, time_t at, const char *fmt, ...)
{
    char stamp[40];
    struct tm tm;
    va_list ap;

    gmtime_r(&at, &tm);
    strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm);
    fprintf(l->f, "%s ", stamp);
    va_start(ap, fmt);
    vfprintf(l->f, fmt, ap);
    va_end(ap);
    fputc('\n', l->f);
    l->n++;
}

void log_path(const struct lab_run *r, const char *name, char *path, size_t size)
{
    if (r->ssh)
        snprintf(path, size, "/var/log/%s-%s.log", r->tag, name);
    else
        snprintf(path, size, "%s/%s.log", r->dir, name);
}

void remove_logs(const struct lab_run *r)
{
    static const char *const names[] = {"jobs",    "ingest", "orders", "mailer",   "thumbs",
                                        "booking", "front",  "pay",    "shop-web", "events",
                                        "scraper", "search", "legacy"};
    char path[400];

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        snprintf(path, sizeof(path), "/var/log/%s-%s.log", r->tag, names[i]);
        unlink(path);
    }
}

struct logger open_log(const struct lab_run *r, const char *name)
{
    struct logger l = {.n = 0};
    char path[400];
    time_t now = time(NULL);

    log_path(r, name, path, sizeof(path));
    l.f = fopen(path, "a");
    if (!l.f)
        _exit(1);
    for (time_t t = now - HISTORY_S; t < now; t += 4) {
        log_at(&l, t, "INFO served /cart/%ld in %ld ms", (long)(t % 1000), (long)(t % 37));
        if (t % 601 < 4)
            log_at(&l, t, "ERROR worker %ld gave up on job %ld", (long)(t % 5), (long)t);
    }
    fflush(l.f);
    return l;
}

pid_t logging(struct lab_run *r, const char *name, struct logger *l)
{
    pid_t pid = daemon_of(name);

    if (pid == 0) {
        *l = open_log(r, name);
        return 0;
    }
    lab_expect_process(r, pid);
    if (r->ssh) {
        char path[400];

        log_path(r, name, path, sizeof(path));
        lab_expect(r, "file:%s", path);
    }
    return pid;
}

void log_stands(struct lab_run *r)
{
    lab_nap_ms(2500); /* so that there is something to see */
    lab_stands(r);
    lab_stay();
}
