/* fault_log.c - logs that say what is wrong; and logs of what is well, however much they talk. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "logs.h"

static void log_burst(struct lab_run *r)
{
    struct logger l;

    if (logging(r, "jobs", &l) == 0) {
        FOR_EVER(l, 40)
        log_at(&l, time(NULL), "ERROR worker %u gave up on job %u", l.n % 5, l.n);
    }
    log_stands(r);
}

static void log_new_error(struct lab_run *r)
{
    struct logger l;

    if (logging(r, "ingest", &l) == 0) {
        FOR_EVER(l, 150)
        log_at(&l, time(NULL), "ERROR record %u has a bad checksum %08x, left out", l.n,
               l.n * 2654435761u);
    }
    log_stands(r);
}

static void log_refused(struct lab_run *r)
{
    int port = 0, fd = lab_listen(1, &port);
    struct logger l;

    close(fd);
    if (daemon_of("orders") == 0) {
        l = open_log(r, "orders");
        FOR_EVER(l, 200)
        {
            fd = lab_connect(port);
            if (fd < 0)
                log_at(&l, time(NULL), "ERROR cannot reach stock: connect to 127.0.0.1:%d: %s",
                       port, strerror(errno));
            else
                close(fd);
        }
    }
    lab_expect(r, "port:%d", port);
    log_stands(r);
}

static void log_denied(struct lab_run *r)
{
    struct logger l;
    char path[400];

    snprintf(path, sizeof(path), "%s/spool", r->dir);
    if (!lab_write(path, "x\n"))
        lab_skip(r, "no file could be made");
    if (chmod(path, 0000))
        lab_skip(r, "the file's mode cannot be changed");
    if (logging(r, "mailer", &l) == 0) {
        if (lab_root() && setuid(65534))
            _exit(1);
        FOR_EVER(l, 200)
        {
            int fd = open(path, O_RDWR);

            if (fd < 0)
                log_at(&l, time(NULL), "ERROR open %s: %s", path, strerror(errno));
            else
                close(fd);
        }
    }
    log_stands(r);
}

static void log_missing(struct lab_run *r)
{
    struct logger l;

    if (logging(r, "thumbs", &l) == 0) {
        FOR_EVER(l, 200)
        {
            execl("/opt/lab/bin/convert-none", "convert", (char *)NULL);
            log_at(&l, time(NULL), "ERROR cannot start /opt/lab/bin/convert-none: %s",
                   strerror(errno));
        }
    }
    log_stands(r);
}

static void log_pool(struct lab_run *r)
{
    struct logger l;

    if (logging(r, "booking", &l) == 0) {
        FOR_EVER(l, 150)
        log_at(&l, time(NULL),
               "ERROR request %u: connection pool exhausted, 20 of 20 in use for 30 s", l.n);
    }
    log_stands(r);
}

/* It is told to read its configuration again, and cannot; each time it says so. */
static void log_config(struct lab_run *r)
{
    char path[400], line[200];
    struct logger l;

    snprintf(path, sizeof(path), "%s/search.conf", r->dir);
    if (!lab_write(path, "listen 8080\nwokers 8\n"))
        lab_skip(r, "no file could be made");
    if (logging(r, "search", &l) == 0) {
        FOR_EVER(l, 700)
        {
            FILE *f = fopen(path, "r");

            for (int n = 1; f && fgets(line, sizeof(line), f); n++) {
                line[strcspn(line, "\n")] = '\0';
                if (strncmp(line, "listen ", 7) != 0 && strncmp(line, "workers ", 8) != 0)
                    log_at(&l, time(NULL),
                           "ERROR %s:%d: unknown directive \"%s\", the old settings "
                           "stay",
                           path, n, line);
            }
            if (f)
                fclose(f);
        }
    }
    log_stands(r);
}

/* ---- healthy ---- */

/* It always warns, in words of trouble, at one rate. */
static void always_warns(struct lab_run *r)
{
    time_t now = time(NULL);
    struct logger l;
    char path[400];

    if (daemon_of("scraper") == 0) {
        log_path(r, "scraper", path, sizeof(path));
        l = (struct logger){.f = fopen(path, "a")};
        for (time_t t = now - HISTORY_S; l.f && t < now; t += 2)
            log_at(&l, t, "WARN target %ld: connection timed out, next try in 30 s", (long)(t % 9));
        FOR_EVER(l, 2000)
        log_at(&l, time(NULL), "WARN target %u: connection timed out, next try in 30 s", l.n % 9);
    }
    log_stands(r);
}

/* A deployment has just restarted it: new lines, a few connections that broke, and all is well. */
static void restarted(struct lab_run *r)
{
    int port = 0, fd = lab_listen(16, &port);
    struct logger l;

    if (fd < 0)
        lab_skip(r, "no free port");
    if (daemon_of("shop-web") == 0) {
        l = open_log(r, "shop-web");
        log_at(&l, time(NULL), "INFO stopping, 3 connections are open");
        for (int i = 0; i < 3; i++)
            log_at(&l, time(NULL), "WARN client %d: connection reset by peer", i);
        log_at(&l, time(NULL), "INFO version 1.8.0 starts");
        log_at(&l, time(NULL), "INFO listening on 127.0.0.1:%d", port);
        fflush(l.f);
        serve_http(fd, ANSWER, 1, "200 OK");
    }
    close(fd);
    log_stands(r);
}

/* Far more lines than before, all of them fine. */
static void talks_much(struct lab_run *r)
{
    struct logger l;

    if (daemon_of("events") == 0) {
        l = open_log(r, "events");
        for (int i = 0; i < 20000; i++) {
            log_at(&l, time(NULL), "INFO event %u taken, 0 errors, 0 failed", l.n);
            if (i % 50 == 0) {
                fflush(l.f);
                lab_nap_ms(100);
            }
        }
        lab_stay();
    }
    log_stands(r);
}

/* A burst of warnings about what will go away in years. */
static void deprecated(struct lab_run *r)
{
    struct logger l;

    if (daemon_of("legacy") == 0) {
        l = open_log(r, "legacy");
        FOR_EVER(l, 40)
        log_at(&l, time(NULL), "WARN call %u: option 'strict' is deprecated, use 'mode'", l.n);
    }
    log_stands(r);
}

const struct lab_fault log_faults[] = {
    {.id = "log-burst",
     .family = "logs",
     .sentence = "users say that it fails now and then",
     .kinds = "service",
     .start = log_burst,
     .stop = remove_logs},
    {.id = "log-new",
     .family = "logs",
     .sentence = "users say that data is missing",
     .kinds = "service",
     .start = log_new_error,
     .stop = remove_logs},
    {.id = "log-refused",
     .family = "logs",
     .sentence = "users say that orders fail",
     .kinds = "dependency",
     .start = log_refused,
     .stop = remove_logs},
    {.id = "log-denied",
     .family = "logs",
     .sentence = "users say that it fails",
     .kinds = "configuration",
     .start = log_denied,
     .stop = remove_logs},
    {.id = "log-missing",
     .family = "logs",
     .sentence = "users say that it fails",
     .kinds = "configuration",
     .start = log_missing,
     .stop = remove_logs},
    {.id = "log-pool",
     .family = "logs",
     .sentence = "users say that it fails now and then",
     .kinds = "limits",
     .start = log_pool,
     .stop = remove_logs},
    {.id = "log-config",
     .family = "logs",
     .sentence = "the new settings have no effect",
     .kinds = "configuration",
     .start = log_config,
     .stop = remove_logs},
    {.id = NULL},
};

const struct lab_fault log_controls[] = {
    {.id = "always-warns",
     .family = "control",
     .control = true,
     .sentence = "users say it is slow",
     .start = always_warns,
     .stop = remove_logs},
    {.id = "redeployed",
     .family = "control",
     .control = true,
     .sentence = "users say that it fails now and then",
     .start = restarted,
     .stop = remove_logs},
    {.id = "talks-much",
     .family = "control",
     .control = true,
     .sentence = "users say it is slow",
     .start = talks_much,
     .stop = remove_logs},
    {.id = "deprecation-warnings",
     .family = "control",
     .control = true,
     .sentence = "is anything wrong here?",
     .start = deprecated,
     .stop = remove_logs},
    {.id = NULL},
};
