/* host_audit.c - what an attacker would look for first on a machine, judged by a table.
 * {"host","now_ms","worst","counts":{"high","medium","low"},"checked":[...],
 *  "findings":[{"check","severity","title","remedy","count","items":[{"what","detail"}]}],"gaps":[...]}
 * worst: high, medium, low or none. findings: the gravest first; an item is a port, file, user ...
 */
#include <stdio.h>
#include <string.h>

#include "look.h"

#define ITEMS_SHOWN 20

struct audit_check {
    const char *id, *severity, *title, *remedy;
};

/* clang-format off */
static const struct audit_check checks[] = {
    {"no-password", "high", "users that need no password", "lock the user (passwd -l) or set a password"},
    {"uid-zero", "high", "users beside root that are root", "give the user a number of its own"},
    {"world-writable", "high", "files of the system that everybody may write", "take the right away: chmod o-w"},
    {"setuid-writable", "high", "programs that run as their owner and that others may write", "take the right away: chmod go-w"},
    {"setuid-unknown", "high", "programs that run as their owner and belong to no package", "find out who put it there; take the bit away (chmod ug-s) when nobody knows"},
    {"ssh-empty-password", "high", "sshd takes empty passwords", "PermitEmptyPasswords no"},
    {"ssh-root-password", "high", "root may log in with a password", "PermitRootLogin prohibit-password"},
    {"listen-risky", "high", "services that are rarely meant for everybody listen on all addresses", "bind them to 127.0.0.1, or let a firewall say who may come"},
    {"certificate-expired", "high", "certificates that have ended", "renew them, then reload who uses them"},
    {"key-file-open", "high", "lists of accepted keys that others may write", "chmod 600"},
    {"update-security", "high", "security updates that wait", "install them: apt-get upgrade, or dnf upgrade --security"},
    {"failed-logins", "medium", "addresses that try passwords", "let a firewall or fail2ban refuse them; PasswordAuthentication no"},
    {"ssh-password", "medium", "sshd takes passwords", "PasswordAuthentication no, once all have keys"},
    {"certificate-expiring", "medium", "certificates that end within 30 days", "renew them; see why no timer did"},
    {"weak-key", "medium", "accepted keys that are too weak", "replace them with ed25519 keys"},
    {"sudo-nopasswd", "medium", "rules of sudo that ask for no password", "name the commands that are needed, or drop NOPASSWD"},
    {"no-sticky", "medium", "folders that everybody may write, without the sticky bit", "chmod +t, or o-w"},
    {"reboot-required", "medium", "an update waits for a restart", "restart the machine in a quiet hour"},
    {"old-key", "low", "lists of accepted keys that nobody has looked at for a year", "see whose keys they are; take away who has left"},
    {"ssh-x11", "low", "sshd forwards X11", "X11Forwarding no"},
    {"ssh-tries", "low", "sshd allows many attempts a connection", "MaxAuthTries 4"},
    {"update", "low", "updates that wait", "install them in a quiet hour"},
    {"listen", "low", "ports that listen on all addresses", "see that each is meant to"},
};
/* clang-format on */

static void put_items(struct look *k, const char *check, int64_t *ret_count)
{
    int64_t n = 0;

    json_key(k->out, "items");
    json_array_begin(k->out);
    VEC_EACH (l, &k->lines) {
        if (strcmp(l->kind, "fact") != 0 || strcmp(l->f[0], check) != 0)
            continue;
        if (n++ >= ITEMS_SHOWN)
            continue;
        json_object_begin(k->out);
        json_put_cstr(k->out, "what", l->f[1]);
        json_put_cstr(k->out, "detail", l->f[2]);
        json_object_end(k->out);
    }
    json_array_end(k->out);
    *ret_count = n;
}

static void put_finding(struct look *k, const struct audit_check *c, int64_t counts[3])
{
    int64_t n = 0;

    if (!look_find(k, "fact", c->id))
        return;
    json_object_begin(k->out);
    json_put_cstr(k->out, "check", c->id);
    json_put_cstr(k->out, "severity", c->severity);
    json_put_cstr(k->out, "title", c->title);
    json_put_cstr(k->out, "remedy", c->remedy);
    put_items(k, c->id, &n);
    json_put_int(k->out, "count", n);
    json_object_end(k->out);
    counts[*c->severity == 'h' ? 0 : *c->severity == 'm' ? 1 : 2]++;
}

static enum err_code render(struct look *k, struct err *err)
{
    int64_t counts[3] = {0};
    struct json_writer *w = k->out;

    (void)err;
    json_key(w, "findings");
    json_array_begin(w);
    for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++)
        put_finding(k, &checks[i], counts);
    json_array_end(w);
    json_key(w, "checked");
    json_array_begin(w);
    VEC_EACH (l, &k->lines) {
        if (strcmp(l->kind, "checked") == 0) {
            json_cstring(w, l->f[0]);
            k->rows++;
        }
    }
    json_array_end(w);
    json_put_cstr(w, "worst",
                  counts[0]   ? "high"
                  : counts[1] ? "medium"
                  : counts[2] ? "low"
                              : "none");
    json_key(w, "counts");
    json_object_begin(w);
    json_put_int(w, "high", counts[0]);
    json_put_int(w, "medium", counts[1]);
    json_put_int(w, "low", counts[2]);
    json_object_end(w);
    snprintf(k->summary, 256,
             "%lld grave findings, %lld medium, %lld small; %lld kinds of checks, %zu "
             "could not be made",
             (long long)counts[0], (long long)counts[1], (long long)counts[2], (long long)k->rows,
             k->gaps.count);
    return ERR_OK;
}

const struct look_def look_audit = {.script = "audit", .timeout_ms = 120000, .render = render};

static const struct tool_param params[] = {
    HOST_PARAM,
    {.name = "folder",
     .type = PARAM_STRING,
     .help = "One more folder whose files are looked at, by its full path, without blanks."},
    {NULL},
};

static void cite(const struct value *args, struct buf *out)
{
    host_cite(args, out, "ports, files, users, sshd, certificates, keys, logins, updates");
}

static void start(struct tool_call *c)
{
    const char *folder = value_cstr_or(tool_call_args(c), "folder", "");

    if (*folder && (!look_path_ok(folder) || strpbrk(folder, " *?[]\\\"'$`;&|<>(){}")))
        look_refuse(c, "folder", folder, "a full path without blanks");
    else
        look_start(c, &look_audit, (const char *const[]){folder, NULL});
}

const struct tool_def tool_host_audit = {
    .name = "host_audit",
    .help = "Look for what makes a machine easy to attack: ports, rights, users, keys, updates.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = 130000,
    .query = cite,
    .start = start,
    .cancel = look_cancel,
};
