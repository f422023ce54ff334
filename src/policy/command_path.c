/* command_path.c - which files a command may touch (T-10). Paths are compared after they were made
 * plain, whatever their case, so that no spelling leads around a limit. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "policy_priv.h"

/* Never read: what lets somebody in, and the insides of other processes. A name without a slash at
 * its beginning is one anywhere; "+" is one folder of any name. */
static const char *const secret[] = {
    "/etc/passwd",
    "/etc/passwd-",
    "/etc/shadow",
    "/etc/shadow-",
    "/etc/gshadow",
    "/etc/gshadow-",
    "/etc/group-",
    "/etc/master.passwd",
    "/etc/security",
    "/etc/sudoers",
    "/etc/sudoers.d",
    "/etc/doas.conf",
    "/etc/pam.d",
    "/etc/krb5.keytab",
    "/etc/ssl/private",
    "/etc/opasswd",
    "/boot",
    "/lib/modules",
    "/usr/lib/modules",
    "/efi",
    "/proc/kcore",
    "/proc/kmem",
    "/proc/kallsyms",
    "/proc/sysrq-trigger",
    "/dev/mem",
    "/dev/kmem",
    "/dev/port",
    "/sys/firmware",
    "/sys/kernel",
    "/proc/+/environ",
    "/proc/+/mem",
    "/proc/+/root",
    "/proc/+/cwd",
    "/proc/+/exe",
    "/proc/+/fd",
    "/proc/+/map_files",
    "/proc/+/task",
    "/proc/+/maps",
    "/proc/+/auxv",
    "/proc/+/pagemap",
    "/dev/fd",
    "/dev/stdin",
    "/dev/tcp",
    "/dev/udp",
    "/run/secrets",
    "/var/run/secrets",
    "/run/docker.sock",
    "/var/run/docker.sock",
    "/run/containerd",
    "/var/lib/sudo",
    "/var/spool/cron",
    "/etc/wireguard",
    "/etc/kubernetes",
    "/var/lib/kubelet",
    "/root",
    "/etc/letsencrypt",
    ".ssh",
    ".gnupg",
    ".aws",
    ".kube",
    ".netrc",
    ".pgpass",
    ".my.cnf",
    ".git-credentials",
    ".docker",
    ".bash_history",
    ".vault-token",
    "id_rsa",
    "id_ed25519",
    "id_ecdsa",
    "id_dsa",
    "shadow",
    "sudoers",
    "ssh_host_rsa_key",
    "ssh_host_ed25519_key",
    "ssh_host_ecdsa_key",
    ".runbook",
};

/* Never changed: what the system is made of. */
static const char *const kept[] = {
    "/etc",           "/bin",
    "/sbin",          "/lib",
    "/lib32",         "/lib64",
    "/libx32",        "/usr",
    "/proc",          "/sys",
    "/dev",           "/root",
    "/run/systemd",   "/var/lib/dpkg",
    "/var/lib/rpm",   "/var/lib/systemd",
    "/var/lib/apt",   "/var/run/utmp",
    "/lost+found",    "/init",
    "/vmlinuz",       "/initrd.img",
    "/var/log/audit", "/var/log/wtmp",
    "/var/log/btmp",  "/var/log/lastlog",
    ".bashrc",        ".bash_profile",
    ".profile",       ".zshrc",
    ".zshenv",        ".bash_login",
    ".config",        ".gitconfig",
    ".git",           ".inputrc",
    ".vimrc",         "authorized_keys",
};

bool command_path_clean(struct buf *out, const char *path, const char *cwd)
{
    size_t base = out->len;
    struct str rest, piece;

    if (!path || !*path || (*path != '/' && (!cwd || *cwd != '/')))
        return false;
    if (*path != '/' && !command_path_clean(out, cwd, NULL))
        return false;
    if (out->len == base + 1) /* "/" alone: the pieces bring their own */
        buf_truncate(out, base);
    for (rest = str_from(path); str_split(&rest, '/', &piece);) {
        if (!piece.len || str_eq_c(piece, "."))
            continue;
        if (!str_eq_c(piece, "..")) {
            buf_addc(out, '/');
            buf_add_str(out, piece);
            continue;
        }
        if (out->len == base)
            return false;
        while (out->len > base && out->ptr[out->len - 1] != '/')
            buf_truncate(out, out->len - 1);
        buf_truncate(out, out->len - 1);
    }
    if (out->len == base)
        buf_addc(out, '/');
    return !out->full;
}

static char lower(char c)
{
    return (char)tolower((unsigned char)c);
}

/* Is `path` that place, or below it? */
static bool below(const char *path, const char *place)
{
    while (*place) {
        if (*place == '+') {
            if (!*path || *path == '/')
                return false;
            path += strcspn(path, "/");
            place++;
            continue;
        }
        if (lower(*path) != lower(*place))
            return false;
        path++;
        place++;
    }
    return !*path || *path == '/' || place[-1] == '/';
}

static bool has_folder(const char *path, const char *name)
{
    for (const char *at = path; (at = strchr(at, '/')); at++) {
        if (below(at + 1, name))
            return true;
    }
    return false;
}

static bool listed(const char *path, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i][0] == '/' ? below(path, list[i]) : has_folder(path, list[i]))
            return true;
    }
    return false;
}
#define LISTED(path, list) listed(path, list, sizeof(list) / sizeof((list)[0]))

static bool listed_own(const char *path, const char *const *list)
{
    for (; list && *list; list++) {
        if (below(path, *list))
            return true;
    }
    return false;
}

/* A disk, or a part of one. */
static bool block_device(const char *path)
{
    static const char *const names[] = {"/dev/sd",   "/dev/hd",      "/dev/vd",    "/dev/xvd",
                                        "/dev/nvme", "/dev/mmcblk",  "/dev/dm-",   "/dev/loop",
                                        "/dev/md",   "/dev/mapper/", "/dev/disk/", "/dev/sr",
                                        "/dev/zvol", "/dev/nbd",     "/dev/rbd",   "/dev/block"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strncasecmp(path, names[i], strlen(names[i])) == 0)
            return true;
    }
    return false;
}

static const char *refused(const struct command_limits *limits, const char *clean, bool change)
{
    bool harmless_device = strcmp(clean, "/dev/null") == 0 || strcmp(clean, "/dev/zero") == 0;

    if (LISTED(clean, secret))
        return "this path is out of bounds: it lets somebody in, or shows what is private";
    if (block_device(clean))
        return "a disk is not touched directly";
    if (change && strcmp(clean, "/") == 0)
        return "this is the root of everything";
    if (change && !harmless_device && LISTED(clean, kept))
        return "this path belongs to the system and is not changed";
    if (limits && listed_own(clean, limits->path_deny))
        return "policy.yaml denies this path";
    if (limits && limits->path_allow && !listed_own(clean, limits->path_allow))
        return "policy.yaml allows other paths only";
    return NULL;
}

bool command_path_ok(const struct command_limits *limits, const char *path, bool change,
                     const char **ret_why)
{
    struct buf clean = BUF_INIT(COMMAND_LINE_MAX);

    if (!command_path_clean(&clean, path, NULL))
        *ret_why = path && *path == '/' ? "it climbs above the root, or is too long"
                                        : "it is no absolute path";
    else
        *ret_why = refused(limits, buf_cstr(&clean), change);
    buf_release(&clean);
    return !*ret_why;
}
