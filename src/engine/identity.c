/* identity.c - who sits at this terminal, as far as the system says: for the record of a decision,
 * never a permission by itself. */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/num.h"
#include "runbook/base/str.h"
#include "runbook/engine/mutate.h"

/* Anybody's text: what is no plain word is left out; of "10.0.0.7 50122 22" two words are kept. */
static void take_word(const char *v, char *out, size_t size, int words)
{
    size_t n = 0;

    for (; v && v[n] && n + 1 < size; n++) {
        if (v[n] == ' ' && n && --words > 0) {
            out[n] = ' ';
            continue;
        }
        if ((unsigned char)v[n] <= 0x20 || (unsigned char)v[n] >= 0x7F)
            break;
        out[n] = v[n];
    }
    out[n] = '\0';
}

/* su and sudo do not change it. Source: proc(5), /proc/pid/loginuid. */
static void read_login(struct identity *id)
{
    struct buf text = BUF_INIT(64);
    const struct passwd *pw;
    struct err err;
    int64_t uid;

    if (!file_read("/proc/self/loginuid", &text, &err) && num_i64(str_trim(buf_str(&text)), &uid) &&
        uid != UINT32_MAX) {
        pw = getpwuid((uid_t)uid);
        if (pw)
            snprintf(id->login_user, sizeof(id->login_user), "%s", pw->pw_name);
    }
    buf_release(&text);
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
    take_word(getenv("SSH_CLIENT"), ret->ssh, sizeof(ret->ssh), 2);
    take_word(getenv("SUDO_USER"), ret->sudo_user, sizeof(ret->sudo_user), 1);
    read_login(ret);
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
    if (*id->login_user && strcmp(id->login_user, id->user) != 0)
        buf_addf(out, " login %s", id->login_user);
}

void identity_json(const struct identity *id, struct json_writer *w)
{
    json_object_begin(w);
    json_put_cstr(w, "name", id->user);
    json_put_int(w, "uid", id->uid);
    json_put_cstr(w, "host", id->host);
    json_put_cstr(w, "tty", id->tty);
    json_put_cstr(w, "ssh", id->ssh);
    json_put_cstr(w, "sudo_user", id->sudo_user);
    json_put_cstr(w, "login_user", id->login_user);
    json_object_end(w);
}

bool identity_parse(const struct value *v, struct identity *ret)
{
    if (!v || v->type != VALUE_OBJECT)
        return false;
    memset(ret, 0, sizeof(*ret));
    take_word(value_cstr_or(v, "name", ""), ret->user, sizeof(ret->user), 1);
    take_word(value_cstr_or(v, "host", ""), ret->host, sizeof(ret->host), 1);
    take_word(value_cstr_or(v, "tty", ""), ret->tty, sizeof(ret->tty), 1);
    take_word(value_cstr_or(v, "ssh", ""), ret->ssh, sizeof(ret->ssh), 2);
    take_word(value_cstr_or(v, "sudo_user", ""), ret->sudo_user, sizeof(ret->sudo_user), 1);
    take_word(value_cstr_or(v, "login_user", ""), ret->login_user, sizeof(ret->login_user), 1);
    ret->uid = value_i64_or(v, "uid", -1);
    return *ret->user && ret->uid >= 0;
}

struct policy_user identity_user(const struct identity *id)
{
    return (struct policy_user){.name = id->user,
                                .host = id->host,
                                .tty = id->tty,
                                .ssh_client = id->ssh,
                                .sudo_user = id->sudo_user,
                                .login_user = id->login_user,
                                .uid = id->uid};
}

const char *identity_person(const struct identity *id)
{
    if (id->uid != 0)
        return id->user;
    if (*id->sudo_user && strcmp(id->sudo_user, "root") != 0)
        return id->sudo_user;
    return *id->login_user ? id->login_user : id->user;
}
