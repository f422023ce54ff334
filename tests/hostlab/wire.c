/* wire.c - networks of the lab's own: a namespace a fault, and point-to-point devices whose wire is
 * a process of the lab, so that packets can be lost, cut and made. Nothing of it is seen outside.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lab.h"

static bool set_flags_up(int s, const char *name)
{
    struct ifreq r;

    memset(&r, 0, sizeof(r));
    snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
    if (ioctl(s, SIOCGIFFLAGS, &r))
        return false;
    r.ifr_flags |= IFF_UP;
    return ioctl(s, SIOCSIFFLAGS, &r) == 0;
}

static bool set_address(int s, const char *name, unsigned long what, const char *addr)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct ifreq r;

    memset(&r, 0, sizeof(r));
    snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
    inet_pton(AF_INET, addr, &in.sin_addr);
    memcpy(&r.ifr_addr, &in, sizeof(in));
    return ioctl(s, what, &r) == 0;
}

bool lab_own_network(void)
{
    int s;
    bool ok;

    if (unshare(CLONE_NEWNET))
        return false;
    s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ok = s >= 0 && set_flags_up(s, "lo");
    close(s);
    return ok;
}

int lab_tun(const char *name, const char *addr, const char *mask)
{
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC),
        s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq r;
    bool ok;

    memset(&r, 0, sizeof(r));
    snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
    r.ifr_flags = IFF_TUN | IFF_NO_PI;
    ok = fd >= 0 && s >= 0 && ioctl(fd, TUNSETIFF, &r) == 0 &&
         set_address(s, name, SIOCSIFADDR, addr) && set_address(s, name, SIOCSIFNETMASK, mask) &&
         set_flags_up(s, name);
    close(s);
    if (ok)
        return fd;
    close(fd);
    return -1;
}

int lab_connect_to(const char *addr, int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    inet_pton(AF_INET, addr, &to.sin_addr);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0)
        return fd;
    close(fd);
    return -1;
}
