/* ssh.c - an sshd on the loopback interface, for an unprivileged user that exists in the lab's own
 * mount namespace only: a copy of /etc/passwd with one more line is bound over the file there. A
 * lab that is no root logs in as the user that it runs as. */
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab.h"
#include "runbook/base/file.h"

#define LAB_UID 64321
#define NAME "lab-host"

static struct lab_run files; /* of the server: its folder */
static int port;
static pid_t running;

static bool add_user(const char *home)
{
    struct buf text = BUF_INIT(1 << 20);
    struct err err = ERR_INIT;
    char copy[300];
    bool ok;

    snprintf(copy, sizeof(copy), "%s/passwd", files.dir);
    ok = file_read("/etc/passwd", &text, &err) == 0 && mkdir(home, 0755) == 0;
    if (ok) {
        buf_addf(&text, "labuser:x:%d:%d::%s:/bin/sh\n", LAB_UID, LAB_UID, home);
        ok = lab_write(copy, buf_cstr(&text)) && chmod(copy, 0644) == 0 &&
             chown(home, LAB_UID, LAB_UID) == 0 &&
             mount(copy, "/etc/passwd", NULL, MS_BIND, NULL) == 0;
    }
    buf_release(&text);
    return ok;
}

static bool make_key(const char *name)
{
    char path[300];

    snprintf(path, sizeof(path), "%s/%s", files.dir, name);
    return lab_command(&files, (const char *const[]){"ssh-keygen", "-q", "-t", "ed25519", "-N", "",
                                                     "-f", path, NULL}) == 0;
}

static int free_port(void)
{
    int found = 0, fd = lab_listen(1, &found);

    if (fd >= 0)
        close(fd);
    return found;
}

static void write_files(const char *user)
{
    char path[300], key[1024];
    struct buf text = BUF_INIT(65536);

    buf_addf(&text,
             "Port %d\nListenAddress 127.0.0.1\nHostKey %s/hostkey\nAuthorizedKeysFile %s/id.pub\n"
             "PidFile none\nUsePAM no\nStrictModes no\nPasswordAuthentication no\n"
             "KbdInteractiveAuthentication no\nMaxStartups 100\n",
             port, files.dir, files.dir);
    snprintf(path, sizeof(path), "%s/sshd_config", files.dir);
    lab_write(path, buf_cstr(&text));
    buf_clear(&text);
    buf_addf(&text,
             "Host " NAME "\n  HostName 127.0.0.1\n  Port %d\n  User %s\n  IdentityFile %s/id\n"
             "  IdentitiesOnly yes\n  UserKnownHostsFile %s/known_hosts\n",
             port, user, files.dir, files.dir);
    snprintf(path, sizeof(path), "%s/ssh_config", files.dir);
    lab_write(path, buf_cstr(&text));
    setenv("RUNBOOK_SSH_CONFIG", path, 1);
    buf_clear(&text);
    snprintf(path, sizeof(path), "%s/hostkey.pub", files.dir);
    if (lab_read(path, key, sizeof(key)))
        buf_addf(&text, "[127.0.0.1]:%d %s", port, key);
    snprintf(path, sizeof(path), "%s/known_hosts", files.dir);
    lab_write(path, buf_cstr(&text));
    buf_release(&text);
}

static const char *server(void)
{
    static const char *const where[] = {"/usr/sbin/sshd", "/usr/local/sbin/sshd", NULL};

    for (const char *const *w = where; *w; w++) {
        if (access(*w, X_OK) == 0)
            return *w;
    }
    return NULL;
}

static bool answers(void)
{
    for (int i = 0; i < 200; i++) {
        int fd = lab_connect(port);

        if (fd >= 0) {
            close(fd);
            return true;
        }
        lab_nap_ms(25);
    }
    return false;
}

bool sshd_here(void)
{
    char config[300], log[300];

    if (running > 0) {
        kill(running, SIGTERM);
        waitpid(running, NULL, 0);
    }
    running = lab_fork();
    if (running == 0) {
        snprintf(config, sizeof(config), "%s/sshd_config", files.dir);
        snprintf(log, sizeof(log), "%s/sshd.log", files.dir);
        execl(server(), server(), "-D", "-f", config, "-E", log, (char *)NULL);
        _exit(127);
    }
    return running > 0 && answers();
}

const char *sshd_start(const char *scratch, const char **ret_why)
{
    struct passwd *me = getpwuid(geteuid());
    const char *user = lab_root() ? "labuser" : (me ? me->pw_name : "");
    char home[300];

    snprintf(files.dir, sizeof(files.dir), "%s/ssh", scratch);
    snprintf(home, sizeof(home), "%s/home", files.dir);
    *ret_why = "no sshd or no ssh-keygen here";
    if (!server() || !lab_has("ssh-keygen") || mkdir(files.dir, 0755))
        return NULL;
    *ret_why = "no unprivileged user can be made";
    if (lab_root() && (mkdir("/run/sshd", 0755), !add_user(home)))
        return NULL;
    *ret_why = "no keys";
    if (!make_key("hostkey") || !make_key("id"))
        return NULL;
    port = free_port();
    write_files(user);
    *ret_why = "sshd does not answer";
    return sshd_here() ? NAME : NULL;
}
