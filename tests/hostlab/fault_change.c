/* fault_change.c - something was changed: it explains what is off, and nothing where all is well.
 * The folders that are written to are covered in the lab's own mount namespace. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lab.h"

static const char *can_cover(void)
{
    if (!lab_root())
        return "only root can cover a folder";
    return access("/srv", F_OK) ? "no folder /srv here" : NULL;
}

static void cover_srv(struct lab_run *r)
{
    if (lab_command(r, (const char *const[]){"mount", "-t", "tmpfs", "-o", "size=4m,mode=755",
                                             "none", "/srv", NULL}))
        lab_skip(r, "/srv cannot be covered here");
}

static void uncover_srv(const struct lab_run *r)
{
    lab_command(r, (const char *const[]){"umount", "/srv", NULL});
}

/* A configuration was edited, and what was started with it runs wild. */
static void bad_config(struct lab_run *r)
{
    pid_t pid;

    cover_srv(r);
    mkdir("/srv/shop", 0755);
    lab_write("/srv/shop/main.conf", "workers = 0\n");
    pid = lab_fork();
    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", "while :; do :; done", "shopd", "--config=/srv/shop/main.conf",
              (char *)NULL);
        _exit(127);
    }
    lab_expect_process(r, pid);
    lab_stands(r);
    lab_stay();
}

static bool after_4_s(const struct lab_run *r)
{
    return lab_stood_ms(r, 4000);
}

/* A deployment and an upgrade just now, and nothing is wrong. */
static void quiet_upgrade(struct lab_run *r)
{
    char copy[300], text[400], when[32];
    time_t now = time(NULL);
    struct tm tm;

    cover_srv(r);
    mkdir("/srv/shop", 0755);
    lab_write("/srv/shop/main.conf", "workers = 8\n");
    snprintf(copy, sizeof(copy), "%s/dpkg.log", r->dir);
    localtime_r(&now, &tm);
    strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
    snprintf(text, sizeof(text), "%s upgrade shop:amd64 1.2 1.3\n%s status installed shop 1.3\n",
             when, when);
    lab_write(copy, text);
    chmod(copy, 0644);
    if (access("/var/log/dpkg.log", F_OK) == 0)
        lab_command(r, (const char *const[]){"mount", "--bind", copy, "/var/log/dpkg.log", NULL});
    lab_stands(r);
    lab_stay();
}

static void uncover_all(const struct lab_run *r)
{
    uncover_srv(r);
    lab_command(r, (const char *const[]){"umount", "/var/log/dpkg.log", NULL});
}

/* Somebody saved a configuration without changing it, and a program that reads it works on. */
static void touched_config(struct lab_run *r)
{
    int port = 0, fd;

    cover_srv(r);
    mkdir("/srv/shop", 0755);
    lab_write("/srv/shop/main.conf", "workers = 8\n");
    fd = lab_listen(16, &port);
    if (fd < 0)
        lab_skip(r, "no free port");
    if (lab_fork() == 0) {
        lab_name("shopd");
        for (;;)
            close(accept(fd, NULL, NULL));
    }
    close(fd);
    lab_write("/srv/shop/main.conf", "workers = 8\n");
    lab_stands(r);
    lab_stay();
}

static const char *need_engine(void)
{
    const struct lab_run quiet = {.dir = "/dev"};

    if (!lab_has("docker") && !lab_has("podman"))
        return "no container engine is installed";
    return lab_command(&quiet,
                       (const char *const[]){lab_has("docker") ? "docker" : "podman", "ps", NULL})
               ? "no container engine answers here"
               : "a container's image would have to be fetched from elsewhere";
}

static const char *need_boot(void)
{
    return "the lab does not live through a start of its machine with another kernel";
}

static void not_made(struct lab_run *r)
{
    lab_skip(r, "it is not made here");
}

const struct lab_fault change_faults[] = {
    {.id = "change-config",
     .family = "change",
     .sentence = "it is slow since the release",
     .kinds = "cpu|deployment",
     .need = can_cover,
     .start = bad_config,
     .ready = after_4_s,
     .stop = uncover_srv},
    {.id = "change-quiet-upgrade",
     .family = "change",
     .control = true,
     .sentence = "is the new release fine?",
     .need = can_cover,
     .start = quiet_upgrade,
     .stop = uncover_all},
    {.id = "change-config-touched",
     .family = "change",
     .control = true,
     .sentence = "is the new release fine?",
     .need = can_cover,
     .start = touched_config,
     .stop = uncover_srv},
    {.id = "change-image",
     .family = "change",
     .sentence = "it fails since the release",
     .kinds = "deployment",
     .need = need_engine,
     .start = not_made},
    {.id = "change-kernel",
     .family = "change",
     .sentence = "it is slow since yesterday",
     .kinds = "deployment",
     .need = need_boot,
     .start = not_made},
    {.id = NULL},
};
