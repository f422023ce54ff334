/* fault_network.c - faults of sockets and links, on the loopback interface. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lab.h"

static _Noreturn void connect_for_ever(int port)
{
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    for (;;) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

        if (fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof(to)) &&
            errno != EINPROGRESS)
            close(fd);
        for (int i = 20; fd > 400 && i <= fd; i++) /* the oldest go, so that new ones keep coming */
            close(i);
        lab_nap_ms(10);
    }
}

static void backlog(struct lab_run *r)
{
    int port = 0;

    if (lab_listen(4, &port) < 0)
        lab_skip(r, "no free port");
    if (lab_fork() == 0)
        connect_for_ever(port);
    lab_expect(r, "port:%d", port);
    lab_stands(r);
    lab_stay();
}

const struct lab_fault network_faults[] = {
    {.id = "accept-backlog",
     .family = "network",
     .sentence = "users say that it hangs",
     .kinds = "network",
     .start = backlog},
    {.id = NULL},
};
