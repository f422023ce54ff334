/* fault_net.c - faults between processes, on the loopback interface: peers that are stopped, do not
 * read, accept or answer, connections that are never closed, ports
 * that are taken or used up; and what looks like them and is none. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "lab.h"
#include "runbook/base/num.h"

#define CLIENTS 4

static struct sockaddr_in loopback(const char *addr, int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

    inet_pton(AF_INET, addr, &to.sin_addr);
    return to;
}

/* ---- servers and those who ask them ---- */

static _Noreturn void echo(int fd)
{
    char data[64];
    ssize_t n;

    while ((n = read(fd, data, sizeof(data))) > 0) {
        if (write(fd, data, (size_t)n) < 0)
            break;
    }
    _exit(0);
}

enum backend { ECHOES, NEVER_READS, READS_ONLY };

/* A process a connection, as old servers do; what it says is `kind`. */
static pid_t serve(int listener, enum backend kind, const char *name)
{
    pid_t pid = lab_fork();

    if (pid)
        return pid;
    lab_name(name);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        char c;

        if (fd < 0)
            continue;
        if (kind == ECHOES && lab_fork() == 0)
            echo(fd);
        if (kind == ECHOES)
            close(fd);
        if (kind == READS_ONLY)
            while (recv(fd, &c, 1, MSG_DONTWAIT) > 0 || errno == EAGAIN)
                lab_nap_ms(20);
        if (kind == NEVER_READS)
            lab_stay();
    }
}

/* One process for all, so that it is the one that stops. */
static pid_t serve_alone(int listener, const char *name)
{
    pid_t pid = lab_fork();

    if (pid)
        return pid;
    lab_name(name);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        char c;

        while (fd >= 0 && read(fd, &c, 1) == 1 && write(fd, &c, 1) == 1)
            ;
        close(fd);
    }
}

/* Takes requests and passes each on, one after another. */
static pid_t serve_through(int listener, int behind, const char *name)
{
    pid_t pid = lab_fork();

    if (pid)
        return pid;
    lab_name(name);
    for (;;) {
        int fd = accept(listener, NULL, NULL), on = lab_connect(behind);
        char c;

        while (fd >= 0 && on >= 0 && read(fd, &c, 1) == 1 && write(on, &c, 1) == 1 &&
               read(on, &c, 1) == 1 && write(fd, &c, 1) == 1)
            ;
        close(fd);
        close(on);
    }
}

static void ask_for_ever(int port)
{
    for (int i = 0; i < CLIENTS; i++) {
        int fd;
        char c = 'x';

        if (lab_fork())
            continue;
        lab_name("lab-client");
        fd = lab_connect(port);
        while (fd >= 0 && write(fd, &c, 1) == 1 && read(fd, &c, 1) == 1)
            lab_nap_ms(50);
        lab_stay();
    }
}

/* A user who may not see whose socket it is names its address. */
static void expect_server(struct lab_run *r, pid_t pid, int port)
{
    lab_expect_process(r, pid);
    if (r->ssh)
        lab_expect(r, "peer:127.0.0.1:%d", port);
}

static void stopped_peer(struct lab_run *r)
{
    int port, l = lab_listen(64, &port);
    pid_t back = serve_alone(l, "lab-backend");

    close(l);
    if (lab_fork() == 0) {
        int fd = lab_connect(port);
        char c = 'x';

        lab_name("lab-front");
        while (fd >= 0 && write(fd, &c, 1) == 1 && read(fd, &c, 1) == 1)
            lab_nap_ms(20);
        lab_stay();
    }
    lab_nap_ms(200);
    kill(back, SIGSTOP);
    lab_nap_ms(200);
    expect_server(r, back, port);
    lab_stands(r);
    lab_stay();
}

/* client -> front -> middle -> backend, which is stopped */
static void stopped_chain(struct lab_run *r)
{
    int back_port, mid_port, front_port;
    int back_l = lab_listen(64, &back_port), mid_l = lab_listen(64, &mid_port),
        front_l = lab_listen(64, &front_port);
    pid_t back = serve_alone(back_l, "lab-store");
    int fd;
    char c = 'x';

    serve_through(mid_l, back_port, "lab-middle");
    serve_through(front_l, mid_port, "lab-front");
    close(back_l);
    close(mid_l);
    close(front_l);
    fd = lab_connect(front_port);
    if (write(fd, &c, 1) != 1 || read(fd, &c, 1) != 1)
        lab_skip(r, "the chain of servers does not answer");
    kill(back, SIGSTOP);
    if (write(fd, &c, 1) != 1)
        lab_skip(r, "the chain of servers is gone");
    lab_nap_ms(200);
    expect_server(r, back, back_port);
    lab_stands(r);
    lab_stay();
}

static void never_reads(struct lab_run *r)
{
    int port, l = lab_listen(64, &port), fd;
    pid_t back = serve(l, NEVER_READS, "lab-jammed");

    close(l);
    if (lab_fork() == 0) {
        lab_name("lab-front");
        fd = lab_connect(port);
        if (write(fd, "GET / HTTP/1.0\r\n\r\n", 18) == 18)
            lab_stay();
        lab_stay();
    }
    lab_nap_ms(500);
    expect_server(r, back, port);
    lab_stands(r);
    lab_stay();
}

/* It takes requests and never answers; who asked it owes an answer itself. */
static void never_answers(struct lab_run *r)
{
    int back_port, front_port, back_l = lab_listen(64, &back_port),
                               front_l = lab_listen(64, &front_port);
    pid_t back = serve(back_l, READS_ONLY, "lab-silent");

    serve_through(front_l, back_port, "lab-front");
    close(back_l);
    close(front_l);
    ask_for_ever(front_port);
    expect_server(r, back, back_port);
    lab_stands(r);
    lab_stay();
}

static bool stood_3s(const struct lab_run *r)
{
    return lab_stood_ms(r, 3000);
}

/* ---- connections that are never closed ---- */

static void close_wait(struct lab_run *r)
{
    int port, l = lab_listen(512, &port);
    pid_t leaker = lab_fork();

    if (leaker == 0) {
        lab_name("lab-leaker");
        for (;;) /* the descriptor is forgotten */
            accept(l, NULL, NULL);
    }
    close(l);
    for (int i = 0; i < 200; i++) {
        int fd = lab_connect(port);

        close(fd);
    }
    lab_nap_ms(300);
    lab_expect_process(r, leaker);
    if (r->ssh)
        lab_expect(r, "port:%d", port);
    lab_stands(r);
    lab_stay();
}

/* ---- local sockets ---- */

static void unix_backlog(struct lab_run *r)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int l = socket(AF_UNIX, SOCK_STREAM, 0);
    pid_t holder;

    snprintf(at.sun_path, sizeof(at.sun_path), "%.80s/socket", r->dir);
    if (l < 0 || bind(l, (const struct sockaddr *)&at, sizeof(at)) || listen(l, 2))
        lab_skip(r, "no local socket can be made");
    holder = lab_fork();
    if (holder == 0) {
        lab_name("lab-deaf");
        lab_stay();
    }
    close(l);
    for (int i = 0; i < 5; i++) {
        int fd;

        if (lab_fork())
            continue;
        lab_name("lab-client");
        fd = socket(AF_UNIX, SOCK_STREAM, 0);
        connect(fd, (const struct sockaddr *)&at, sizeof(at)); /* blocks from the fourth on */
        lab_stay();
    }
    lab_nap_ms(300);
    lab_expect_process(r, holder);
    lab_expect(r, "socket:%s", at.sun_path);
    lab_stands(r);
    lab_stay();
}

/* ---- ports ---- */

static const char *need_root(void)
{
    return lab_root() ? NULL : "only root may write to /var/log";
}

static void log_path(const struct lab_run *r, char *path, size_t size)
{
    snprintf(path, size, "/var/log/%s.log", r->tag);
}

static void port_conflict(struct lab_run *r)
{
    int port, l = lab_listen(16, &port);
    char path[128];
    FILE *log;

    log_path(r, path, sizeof(path));
    if (lab_fork() == 0) {
        lab_name("lab-old");
        lab_stay();
    }
    close(l);
    log = fopen(path, "a");
    if (!log)
        lab_skip(r, "no log can be written");
    lab_expect(r, "port:%d", port);
    lab_stands(r);
    for (;;) { /* starts, fails, is started again */
        pid_t pid = lab_fork();

        if (pid == 0) {
            struct sockaddr_in at = loopback("127.0.0.1", port);
            int fd = socket(AF_INET, SOCK_STREAM, 0);

            lab_name("lab-new");
            if (bind(fd, (const struct sockaddr *)&at, sizeof(at)))
                fprintf(log, "lab-new[%d]: cannot bind 127.0.0.1:%d: %s\n", (int)getpid(), port,
                        strerror(errno));
            fflush(log);
            _exit(1);
        }
        lab_nap_ms(1000);
    }
}

static void port_conflict_stop(const struct lab_run *r)
{
    char path[128];

    log_path(r, path, sizeof(path));
    unlink(path);
}

static bool port_range(int *low, int *high)
{
    struct str rest, first;
    int64_t from, to;
    char text[64];

    if (!lab_read("/proc/sys/net/ipv4/ip_local_port_range", text, sizeof(text)))
        return false;
    rest = str_trim(str_from(text));
    if (!str_split(&rest, '\t', &first) || !num_i64(first, &from) || !num_i64(rest, &to))
        return false;
    *low = (int)from;
    *high = (int)to;
    return true;
}

static const char *need_ports(void)
{
    int low, high;
    int64_t kept;
    char text[64];

    if (!port_range(&low, &high) || high - low > 40000)
        return "the range of local ports is too wide to be filled";
    if (!lab_read("/proc/sys/net/ipv4/tcp_max_tw_buckets", text, sizeof(text)) ||
        !num_i64(str_trim(str_from(text)), &kept) || kept < high - low + 5000)
        return "the kernel keeps fewer connections in TIME-WAIT than there are ports";
    return NULL;
}

/* From each port once; the side that closes first keeps it for a minute. */
static void use_ports(int port, int low, int high)
{
    struct sockaddr_in to = loopback("127.0.0.1", port);
    const int one = 1;

    for (int p = low; p <= high; p++) {
        struct sockaddr_in from = loopback("127.0.0.1", p);
        int fd = socket(AF_INET, SOCK_STREAM, 0);

        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
        if (bind(fd, (const struct sockaddr *)&from, sizeof(from)) == 0 &&
            connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0 && p == high)
            return; /* one stays open */
        close(fd);
    }
}

static void ports_used(struct lab_run *r)
{
    int port, l = lab_listen(512, &port), low, high;

    if (!port_range(&low, &high))
        lab_skip(r, "the range of local ports is not known");
    if (lab_fork() == 0) {
        lab_name("lab-server");
        for (;;) {
            int fd = accept(l, NULL, NULL);
            char c;

            while (fd >= 0 && read(fd, &c, 1) > 0)
                ;
            close(fd);
        }
    }
    close(l);
    use_ports(port, low, high);
    lab_name("lab-spender");
    lab_expect_process(r, getpid());
    lab_expect(r, "peer:127.0.0.1:%d", port);
    lab_stands(r);
    lab_stay();
}

const struct lab_fault net_faults[] = {
    {.id = "stopped-peer",
     .family = "network",
     .sentence = "users say it hangs",
     .kinds = "network|process",
     .start = stopped_peer},
    {.id = "stopped-chain",
     .family = "network",
     .sentence = "the shop does not answer",
     .kinds = "network|process",
     .start = stopped_chain},
    {.id = "never-reads",
     .family = "network",
     .sentence = "users say it is slow",
     .kinds = "network|process",
     .start = never_reads},
    {.id = "never-answers",
     .family = "network",
     .sentence = "pages take for ever",
     .kinds = "network|process|service",
     .ready = stood_3s,
     .start = never_answers},
    {.id = "close-wait",
     .family = "network",
     .sentence = "it gets worse by the hour",
     .kinds = "network|limits",
     .start = close_wait},
    {.id = "unix-backlog",
     .family = "network",
     .sentence = "nothing moves",
     .kinds = "network",
     .start = unix_backlog},
    {.id = "port-conflict",
     .family = "network",
     .sentence = "the new version does not come up",
     .kinds = "network",
     .need = need_root,
     .ready = stood_3s,
     .start = port_conflict,
     .stop = port_conflict_stop},
    {.id = "ports-used",
     .family = "network",
     .sentence = "users see errors now and then",
     .kinds = "network",
     .need = need_ports,
     .start = ports_used},
    {.id = NULL},
};

/* ---- what is well ---- */

/* Who waits for work has a request open for as long as there is none. */
static void long_poll(struct lab_run *r)
{
    int port, l = lab_listen(64, &port);

    serve(l, READS_ONLY, "lab-queue");
    close(l);
    if (lab_fork() == 0) {
        int fd = lab_connect(port);

        lab_name("lab-worker");
        if (write(fd, "BLPOP jobs 0\r\n", 14) == 14)
            lab_stay();
        lab_stay();
    }
    lab_stands(r);
    lab_stay();
}

/* A consumer that is slower than its producer: full queues that move. */
static void slow_reader(struct lab_run *r)
{
    int port, l = lab_listen(16, &port);
    static char data[65536];

    if (lab_fork() == 0) {
        int fd = accept(l, NULL, NULL);

        lab_name("lab-consumer");
        while (read(fd, data, 16384) > 0)
            lab_nap_ms(5);
        lab_stay();
    }
    close(l);
    if (lab_fork() == 0) {
        int fd = lab_connect(port);

        lab_name("lab-producer");
        while (write(fd, data, sizeof(data)) > 0)
            ;
        lab_stay();
    }
    lab_nap_ms(300);
    lab_stands(r);
    lab_stay();
}

/* Many short connections, many in TIME-WAIT, some that fail, a few that are slow to close. */
static void churn(struct lab_run *r)
{
    int port, l = lab_listen(512, &port);

    serve_alone(l, "lab-server");
    close(l);
    if (lab_fork() == 0) {
        lab_name("lab-client");
        for (;;) {
            int fd = lab_connect(port);
            char c = 'x';

            if (write(fd, &c, 1) != 1 || read(fd, &c, 1) != 1)
                lab_nap_ms(10);
            close(fd);
            lab_nap_ms(5);
        }
    }
    if (lab_fork() == 0) {
        lab_name("lab-tries");
        for (;;) { /* nobody is there, and it can do without */
            close(lab_connect(1));
            lab_nap_ms(500);
        }
    }
    lab_stands(r);
    lab_stay();
}

/* Somebody stopped a job at his terminal; nobody waits for it. */
static void stopped_job(struct lab_run *r)
{
    int port, l = lab_listen(16, &port), terminal = posix_openpt(O_RDWR | O_NOCTTY);
    const char *line = terminal >= 0 && unlockpt(terminal) == 0 ? ptsname(terminal) : NULL;
    pid_t job;

    if (!line)
        lab_skip(r, "no terminal can be made");
    job = lab_fork();
    if (job == 0) {
        close(l); /* it serves nobody */
        setsid();
        if (open(line, O_RDWR) < 0)
            _exit(1);
        lab_name("lab-editor");
        lab_stay();
    }
    serve(l, ECHOES, "lab-echo");
    close(l);
    ask_for_ever(port);
    lab_nap_ms(100);
    kill(job, SIGSTOP);
    lab_stands(r);
    lab_stay();
}

const struct lab_fault net_controls[] = {
    {.id = "long-poll",
     .family = "control",
     .control = true,
     .sentence = "users say it is slow",
     .ready = stood_3s,
     .start = long_poll},
    {.id = "slow-reader",
     .family = "control",
     .control = true,
     .sentence = "users say it hangs",
     .start = slow_reader},
    {.id = "connection-churn",
     .family = "control",
     .control = true,
     .sentence = "users see errors now and then",
     .ready = stood_3s,
     .start = churn},
    {.id = "stopped-job",
     .family = "control",
     .control = true,
     .sentence = "something hangs",
     .start = stopped_job},
    {.id = NULL},
};
