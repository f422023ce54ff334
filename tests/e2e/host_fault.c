/* host_fault.c - makes one real fault of a machine, for the end-to-end tests, until it is killed.
 *   host_fault burn                   keeps one core busy
 *   host_fault leak BYTES_PER_S LIMIT grows under RLIMIT_AS
 *   host_fault backlog                listens on a free port, prints it, never accepts, while a
 * child connects to it over and over host_fault fill PATH              keeps PATH open and fills
 * its filesystem Prints one line when the fault stands. Ends with its parent. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "runbook/base/num.h"

static void ready(const char *text)
{
    printf("%s\n", text);
    fflush(stdout);
}

static void nap_ms(long ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static _Noreturn void burn(void)
{
    volatile unsigned long x = 0;

    ready("burning");
    for (;;)
        x++;
}

static _Noreturn void leak(long bytes_per_s, long limit)
{
    const long step = bytes_per_s / 20;

    setrlimit(RLIMIT_AS, &(struct rlimit){(rlim_t)limit, (rlim_t)limit});
    ready("leaking");
    for (;;) {
        char *p =
            mmap(NULL, (size_t)step, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (p != MAP_FAILED)
            memset(p, 1, (size_t)step);
        nap_ms(50);
    }
}

static void connect_for_ever(const struct sockaddr_in *to)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

        if (fd >= 0 && connect(fd, (const struct sockaddr *)to, sizeof(*to)) &&
            errno != EINPROGRESS)
            close(fd);
        if (fd > 400) { /* the oldest go, so that new ones keep coming */
            for (int i = 20; i <= fd; i++)
                close(i);
        }
        nap_ms(10);
    }
}

static int backlog(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char text[32];

    if (bind(fd, (const struct sockaddr *)&addr, len) || listen(fd, 4) ||
        getsockname(fd, (struct sockaddr *)&addr, &len)) {
        perror("listen");
        return 1;
    }
    if (fork() == 0)
        connect_for_ever(&addr);
    snprintf(text, sizeof(text), "%d", ntohs(addr.sin_port));
    ready(text);
    for (;;)
        pause();
}

static int fill(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    static char block[65536];

    if (fd < 0) {
        perror(path);
        return 1;
    }
    memset(block, 'x', sizeof(block));
    while (write(fd, block, sizeof(block)) > 0)
        ;
    fsync(fd);
    ready("full");
    for (;;)
        pause();
}

static long number(const char *text)
{
    int64_t v;

    return num_i64(str_from(text), &v) ? (long)v : 0;
}

int main(int argc, char **argv)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setsid(); /* as a service: what runs below make is a step of a build */
    if (argc == 2 && strcmp(argv[1], "burn") == 0)
        burn();
    if (argc == 4 && strcmp(argv[1], "leak") == 0)
        leak(number(argv[2]), number(argv[3]));
    if (argc == 2 && strcmp(argv[1], "backlog") == 0)
        return backlog();
    if (argc == 3 && strcmp(argv[1], "fill") == 0)
        return fill(argv[2]);
    fprintf(stderr, "usage: host_fault burn | leak BYTES_PER_S LIMIT | backlog | fill PATH\n");
    return 2;
}
