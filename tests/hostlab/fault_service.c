/* fault_service.c - services that answer badly or not at all, or do not listen; and one that is
 * well although it has nothing for most who ask. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "logs.h"

/* ---- servers ---- */

void serve_http(int fd, enum manner how, long wait_ms, const char *status)
{
    char in[4096], out[256];

    for (;;) {
        int c = accept(fd, NULL, NULL);

        if (c < 0 || how == ACCEPT_ONLY)
            continue;
        if (recv(c, in, sizeof(in), 0) <= 0) {
            close(c);
            continue;
        }
        if (how == READ_ONLY)
            continue;
        lab_nap_ms(wait_ms);
        snprintf(out, sizeof(out),
                 "HTTP/1.1 %s\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n", status);
        if (send(c, out, strlen(out), MSG_NOSIGNAL) < 0)
            lab_nap_ms(1);
        close(c);
    }
}

/* On the port that such servers have, where it is free: another user knows them by that alone. */
static int listen_http(int *ret_port)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons(8080), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    *ret_port = 8080;
    if (fd >= 0 && bind(fd, (const struct sockaddr *)&at, sizeof(at)) == 0 && listen(fd, 16) == 0)
        return fd;
    close(fd);
    return lab_listen(16, ret_port);
}

static pid_t server(struct lab_run *r, const char *name, enum manner how, long wait_ms,
                    const char *status, int *ret_port)
{
    int fd = listen_http(ret_port);
    pid_t pid;

    if (fd < 0)
        lab_skip(r, "no free port");
    pid = daemon_of(name);
    if (pid == 0)
        serve_http(fd, how, wait_ms, status);
    close(fd);
    return pid;
}

static _Noreturn void one_server(struct lab_run *r, const char *name, enum manner how, long wait_ms,
                                 const char *status)
{
    int port = 0;
    pid_t pid = server(r, name, how, wait_ms, status, &port);

    if (!r->fault->control) {
        lab_expect_process(r, pid);
        lab_expect(r, "port:%d", port); /* another user does not see whose it is */
    }
    lab_stands(r);
    lab_stay();
}

static void answers_500(struct lab_run *r)
{
    one_server(r, "shop-api", ANSWER, 0, "500 Internal Server Error");
}

static void answers_slowly(struct lab_run *r)
{
    one_server(r, "shop-front", ANSWER, 800, "200 OK");
}

static void hangs(struct lab_run *r)
{
    one_server(r, "http-shop", READ_ONLY, 0, "");
}

static void does_not_read(struct lab_run *r)
{
    one_server(r, "http-ledger", ACCEPT_ONLY, 0, "");
}

static void answers_404(struct lab_run *r)
{
    one_server(r, "files-web", ANSWER, 2, "404 Not Found");
}

static void log_port_taken(struct lab_run *r)
{
    int port = 0, fd = lab_listen(4, &port);
    struct logger l;
    pid_t holder;

    if (fd < 0)
        lab_skip(r, "no free port");
    holder = daemon_of("leftover");
    if (holder == 0)
        serve_http(fd, ANSWER, 0, "200 OK");
    close(fd);
    lab_expect_process(r, holder);
    lab_expect(r, "port:%d", port);
    if (logging(r, "front", &l) == 0) {
        struct sockaddr_in a = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

        FOR_EVER(l, 500)
        {
            fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            if (bind(fd, (struct sockaddr *)&a, sizeof(a)))
                log_at(&l, time(NULL), "ERROR bind 127.0.0.1:%d: %s", port, strerror(errno));
            close(fd);
        }
    }
    log_stands(r);
}

/* Its command line names a port; it waits for something else instead of listening. */
static void not_listening(struct lab_run *r)
{
    int port = 0, fd = lab_listen(1, &port);
    char arg[32];
    struct logger l;
    pid_t pid;

    close(fd);
    snprintf(arg, sizeof(arg), "--port=%d", port);
    pid = daemon_of("stock");
    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", "while :; do sleep 100; done", "stock", arg, (char *)NULL);
        _exit(127);
    }
    lab_expect_process(r, pid);
    lab_expect(r, "port:%d", port);
    if (daemon_of("orders") == 0) {
        l = open_log(r, "orders");
        FOR_EVER(l, 200)
        {
            fd = lab_connect(port);
            if (fd < 0)
                log_at(&l, time(NULL), "ERROR connect to 127.0.0.1:%d: %s", port, strerror(errno));
            else
                close(fd);
        }
    }
    lab_nap_ms(21000); /* a young process may still be starting */
    log_stands(r);
}

const struct lab_fault service_faults[] = {
    {.id = "answers-500",
     .family = "service",
     .sentence = "users say that something is broken",
     .kinds = "service",
     .start = answers_500},
    {.id = "answers-slowly",
     .family = "service",
     .sentence = "users say it is slow",
     .kinds = "latency",
     .start = answers_slowly},
    {.id = "hangs",
     .family = "service",
     .sentence = "users say it hangs",
     .kinds = "latency",
     .start = hangs},
    {.id = "does-not-read",
     .family = "service",
     .sentence = "users say it hangs",
     .kinds = "latency",
     .start = does_not_read},
    {.id = "not-listening",
     .family = "service",
     .sentence = "users say that it does not work",
     .kinds = "service|dependency",
     .start = not_listening,
     .stop = remove_logs},
    {.id = "port-taken",
     .family = "service",
     .sentence = "users say that it is down",
     .kinds = "service|network",
     .start = log_port_taken,
     .stop = remove_logs},
    {.id = NULL},
};

const struct lab_fault service_controls[] = {
    {.id = "web-404",
     .family = "control",
     .control = true,
     .sentence = "users say that something is broken",
     .start = answers_404},
    {.id = NULL},
};
