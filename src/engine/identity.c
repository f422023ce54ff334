/* identity.c - who sits at this terminal, as far as the system says: for the record of a decision,
 * never a permission by itself. */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runbook/base/str.h"
#include "runbook/engine/mutate.h"

/* A name of the environment is anybody's text: what is no plain word is left out. */
static void take_env(const char *name, char *out, size_t size)
{
    const char *v = getenv(name);
    size_t n = 0;

    for (; v && v[n] && n + 1 < size; n++) {
        if ((unsigned char)v[n] <= 0x20 || (unsigned char)v[n] >= 0x7F)
            break;
        out[n] = v[n];
    }
    out[n] = '\0';
}

void identity_read(struct identity *ret)
{
    const struct passwd *pw = getpwuid(getuid());
    char tty[256];

    memset(ret, 0, sizeof(*ret));
    ret->uid = (int64_t)getuid();
    if (pw)
        snprintf(ret->user, sizeof(ret->user), "%s", pw->pw_name);
    else
        snprintf(ret->user, sizeof(ret->user), "uid%lld", (long long)ret->uid);
    gethostname(ret->host, sizeof(ret->host) - 1);
    if (ttyname_r(STDIN_FILENO, tty, sizeof(tty)) == 0)
        snprintf(ret->tty, sizeof(ret->tty), "%.60s",
                 strncmp(tty, "/dev/", 5) == 0 ? tty + 5 : tty);
    take_env("SSH_CLIENT", ret->ssh, sizeof(ret->ssh));
    take_env("SUDO_USER", ret->sudo_user, sizeof(ret->sudo_user));
}

void identity_words(const struct identity *id, struct buf *out)
{
    buf_addf(out, "%s@%s", id->user, id->host);
    if (*id->tty)
        buf_addf(out, " %s", id->tty);
    if (*id->ssh)
        buf_addf(out, " ssh %s", id->ssh);
    if (*id->sudo_user)
        buf_addf(out, " sudo %s", id->sudo_user);
}
