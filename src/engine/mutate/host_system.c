/* host_system.c - the machine itself: a file system that went read-only, more swap, the resolver's
 * cache, and the limits of a control group. */
#include "act.h"

#include <stdio.h>
#include <string.h>

#include "runbook/base/num.h"

/* ---- remount ---- */

/* $1: where it is mounted. The last mount of a place is the one that counts. */
static const char mount_script[] =
    "m=$1; f=\n"
    "while read -r d p t o x; do [ \"$p\" = \"$m\" ] && f=\"$d $t $o\"; done </proc/self/mounts\n"
    "[ -n \"$f\" ] || { echo \"error nothing is mounted at $m\"; exit 0; }\n"
    "set -- $f; echo \"device $1\"; echo \"type $2\"; echo \"options $3\"\n"
    "case ,$3, in *,ro,*) echo 'mode ro';; *) echo 'mode rw';; esac\n";

static const struct tool_param mount_params[] = {
    ACT_HOST_PARAMS,
    {"path", PARAM_STRING, true, NULL, 0, 0, NULL, "Where it is mounted."},
    {NULL},
};

static enum err_code read_mount(struct act *a, struct err *err)
{
    const char *path = act_arg(a, "path");

    if (!act_word_ok(path) || path[0] != '/' || strchr(path, ' '))
        return err_set(err, ERR_INPUT, "'%.200s' is no place where something is mounted", path);
    act_script(a, &a->reads, mount_script, (const char *const[]){path, NULL});
    return ERR_OK;
}

static bool wants_rw(const struct act *a)
{
    return strcmp(strrchr(a->def->name, '-'), "-rw") == 0;
}

static enum err_code plan_mount(struct act *a, struct err *err)
{
    const char *path = act_arg(a, "path"), *mode;
    struct act_plan *p = &a->plan;
    bool rw = wants_rw(a);

    if (act_read_failed(a, 0, err))
        return err->code;
    mode = act_read_line(a, 0, "mode");
    if (!mode)
        return err_set(err, ERR_REMOTE, "what is mounted at %s could not be read", path);
    p->resource = path;
    p->resource_id = arena_printf(a->arena, "host:%s/filesystem:%s", a->host, path);
    p->before = arena_printf(a->arena, "%s, %s, %s", mode, act_read_line(a, 0, "device"),
                             act_read_line(a, 0, "options"));
    p->after = rw ? "rw" : "ro";
    p->effect = rw ? "it can be written to again; when the kernel closed it because of errors, "
                     "they are still there"
                   : "nothing can be written to it any more";
    p->rollback = rw ? "it is read-only again" : "it can be written to again";
    p->rolls_back = true;
    p->rollback_operation = rw ? "host.mount.remount-ro" : "host.mount.remount-rw";
    p->rollback_args = act_object(a, "host", a->host, "path", path, "sudo",
                                  act_arg_bool(a, "sudo") ? "true" : "false", (char *)NULL);
    p->facts = act_object(a, "device", act_read_line(a, 0, "device"), "mode", mode, (char *)NULL);
    p->blast = arena_printf(a->arena, "who works on %s %s", path, act_on(a));
    p->cost = "no money; a moment";
    p->watch = "the kernel's log: no new errors of this device";
    p->targets = 1;
    p->duration_ms = 2000;
    act_do(a, (const char *const[]){"mount", "-o", rw ? "remount,rw" : "remount,ro", path, NULL});
    if (strcmp(mode, rw ? "rw" : "ro") == 0)
        p->already = rw ? "it is writable already" : "it is read-only already";
    return ERR_OK;
}

static enum act_check verify_mount(struct act *a)
{
    const char *mode = act_read_line(a, 0, "mode");

    a->said = mode ? mode : "it is not mounted";
    return mode && strcmp(mode, wants_rw(a) ? "rw" : "ro") == 0 ? ACT_HOLDS : ACT_NOT_YET;
}

const struct act_def act_mount_rw = {
    .name = "host.mount.remount-rw",
    .help = "Let a file system that is read-only be written to again.",
    .undo = "it is made read-only again",
    .resource_type = "filesystem",
    .params = mount_params,
    .floor = RISK_HIGH,
    .verify_ms = 3000,
    .read = read_mount,
    .plan = plan_mount,
    .verify = verify_mount,
};

const struct act_def act_mount_ro = {
    .name = "host.mount.remount-ro",
    .help = "Let nothing be written to a file system any more.",
    .undo = "it is made writable again",
    .resource_type = "filesystem",
    .params = mount_params,
    .floor = RISK_HIGH,
    .verify_ms = 3000,
    .read = read_mount,
    .plan = plan_mount,
    .verify = verify_mount,
};

/* ---- swap ---- */

/* $1: the file. */
static const char swap_script[] =
    "p=$1; d=${p%/*}; d=${d:-/}\n"
    "[ \"$(readlink -f -- \"$d\")\" = \"$d\" ] || { echo \"error $d is no folder, or a link leads "
    "to it\"; exit 0; }\n"
    "if [ -e \"$p\" ] || [ -L \"$p\" ]; then echo 'there 1'; "
    "[ \"$(readlink -f -- \"$p\")\" = \"$p\" ] || { echo \"error $p is a link\"; exit 0; }; fi\n"
    "df -Pk -- \"$d\" | while read -r x t u a y; do echo \"free $a\"; done | tail -n 1\n"
    "while read -r f t s u pr; do [ \"$f\" = \"$p\" ] && echo \"swap $s $u\"; done </proc/swaps\n"
    "if [ -f \"$p\" ]; then stat -c 'inode %d:%i\nowner %u' -- \"$p\"\n"
    "[ \"$(dd if=\"$p\" bs=1 skip=4086 count=10 2>/dev/null)\" = SWAPSPACE2 ] && echo 'made 1'; "
    "fi\n"
    "while read -r k v x; do case $k in MemAvailable:|SwapTotal:|SwapFree:) echo \"${k%:} $v\";; "
    "esac; done </proc/meminfo\n"
    "true\n";

/* Both: $1 folder, $2 name, $3 size in MiB, or device:inode. Inside the folder that was looked at.
 */
static const char swap_on_script[] =
    "cd -P -- \"$1\" && [ \"$(pwd -P)\" = \"$1\" ] || { echo 'the folder changed' >&2; exit 3; }\n"
    "p=${1%/}/$2\n"
    "umask 077\n"
    "set -C\n"
    ": >\"./$2\" || exit 1\n"
    "set +C\n"
    "fallocate -l \"$3M\" -- \"./$2\" 2>/dev/null ||\n"
    "dd if=/dev/zero of=\"./$2\" bs=1M count=\"$3\" 2>/dev/null &&\n"
    "mkswap -- \"./$2\" >/dev/null && swapon -- \"$p\" ||\n"
    "{ rm -f -- \"./$2\"; exit 1; }\n";
static const char swap_off_script[] =
    "cd -P -- \"$1\" && [ \"$(pwd -P)\" = \"$1\" ] || { echo 'the folder changed' >&2; exit 3; }\n"
    "same() { [ ! -L \"./$1\" ] && [ \"$(stat -c %d:%i -- \"./$1\")\" = \"$2\" ] ||\n"
    "{ echo 'it is another file now' >&2; return 1; }; }\n"
    "p=${1%/}/$2; u=\n"
    "same \"$2\" \"$3\" || exit 3\n"
    "while read -r f x; do [ \"$f\" = \"$p\" ] && u=1; done </proc/swaps\n"
    "[ -z \"$u\" ] || swapoff -- \"$p\" || exit 1\n"
    "same \"$2\" \"$3\" && rm -f -- \"./$2\"\n";

static const struct tool_param swap_params[] = {
    ACT_HOST_PARAMS,
    {"path", PARAM_STRING, true, NULL, 0, 0, NULL, "The file that is made, or taken away again."},
    {"size_mb", PARAM_INT, false, "1024", 16, 1048576, NULL, "Its size in MiB."},
    {NULL},
};

static enum err_code read_swap(struct act *a, struct err *err)
{
    const char *path = act_arg(a, "path");

    if (act_path_ok(a, path, err))
        return err->code;
    if (strchr(path, ' '))
        return err_set(err, ERR_INPUT, "a blank in the name of a swap file is not supported");
    act_script(a, &a->reads, swap_script, (const char *const[]){path, NULL});
    return ERR_OK;
}

static const char *memory_now(struct act *a)
{
    return arena_printf(a->arena, "swap %s, %s of it free; memory available %s",
                        act_bytes(a, act_read_int(a, 0, "SwapTotal", 0) * 1024),
                        act_bytes(a, act_read_int(a, 0, "SwapFree", 0) * 1024),
                        act_bytes(a, act_read_int(a, 0, "MemAvailable", 0) * 1024));
}

static void describe_swap(struct act *a)
{
    struct act_plan *p = &a->plan;
    const char *in_use = act_read_line(a, 0, "swap"), *inode = act_read_line(a, 0, "inode");

    p->resource = act_arg(a, "path");
    p->resource_id = arena_printf(a->arena, "host:%s/swap:%s", a->host, p->resource);
    p->before = memory_now(a);
    p->facts = act_object(a, "there", act_read_line(a, 0, "there") ? "1" : "0", "on",
                          in_use ? "1" : "0", "inode", inode ? inode : "", (char *)NULL);
    p->blast = arena_printf(a->arena, "every process %s", act_on(a));
    p->watch = "memory pressure: /proc/pressure/memory";
    p->targets = 1;
    p->duration_ms = 10000;
}

static void do_swap(struct act *a, const char *script, const char *what, const char *shown)
{
    const char *path = act_arg(a, "path"), *slash = strrchr(path, '/'), *name = slash + 1;
    const char *folder =
        slash == path ? "/" : arena_strndup(a->arena, path, (size_t)(slash - path));
    struct act_call *c = act_do_script(a, script, (const char *const[]){folder, name, what, NULL});

    c->timeout_ms = 120000;
    c->shown = arena_printf(a->arena, "%s%s", act_arg_bool(a, "sudo") ? "sudo -n " : "", shown);
}

static enum err_code plan_swap_add(struct act *a, struct err *err)
{
    int64_t mb = act_arg_int(a, "size_mb", 1024);
    struct act_plan *p = &a->plan;
    char size[24];

    if (act_read_failed(a, 0, err))
        return err->code;
    if (act_read_line(a, 0, "there"))
        return err_set(err, ERR_INPUT, "%s is there already: name a file that is not",
                       act_arg(a, "path"));
    if (act_read_int(a, 0, "free", 0) < mb * 1024 + 65536)
        return err_set(err, ERR_LIMIT, "there is no room for %lld MiB: %s free", (long long)mb,
                       act_bytes(a, act_read_int(a, 0, "free", 0) * 1024));
    describe_swap(a);
    snprintf(size, sizeof(size), "%lld", (long long)mb);
    p->effect = arena_printf(a->arena,
                             "a file of %s MiB takes what does not fit into memory; it is "
                             "gone after a reboot",
                             size);
    p->after = arena_printf(a->arena, "%s MiB more swap", size);
    p->cost = arena_printf(a->arena, "no money; %s MiB of disk, and slower than memory", size);
    p->rollback = "swapoff, and the file is deleted";
    p->rollback_operation = "host.swap.remove";
    p->rollback_args = act_object(a, "host", a->host, "path", act_arg(a, "path"), "sudo",
                                  act_arg_bool(a, "sudo") ? "true" : "false", (char *)NULL);
    p->rolls_back = true;
    do_swap(a, swap_on_script, arena_strdup(a->arena, size),
            arena_printf(a->arena, "fallocate -l %sM %s; mkswap %s; swapon %s", size,
                         act_arg(a, "path"), act_arg(a, "path"), act_arg(a, "path")));
    return ERR_OK;
}

static enum act_check verify_swap_add(struct act *a)
{
    if (act_read_failed(a, 0, &(struct err)ERR_INIT))
        return ACT_NOT_YET;
    a->said = memory_now(a);
    if (act_read_line(a, 0, "there") && !act_read_line(a, 0, "swap"))
        a->said = arena_printf(a->arena, "%s is there, and not used as swap", act_arg(a, "path"));
    return act_read_line(a, 0, "swap") ? ACT_HOLDS : ACT_NOT_YET;
}

const struct act_def act_swap_add = {
    .name = "host.swap.add",
    .help = "Make a swap file and use it.",
    .undo = "it is no longer used, and deleted",
    .resource_type = "swap",
    .params = swap_params,
    .floor = RISK_MEDIUM,
    .verify_ms = 5000,
    .read = read_swap,
    .plan = plan_swap_add,
    .verify = verify_swap_add,
};

static enum err_code plan_swap_remove(struct act *a, struct err *err)
{
    const char *swap, *inode, *path = act_arg(a, "path");
    struct act_plan *p = &a->plan;
    struct str rest, word;
    int64_t used = 0;

    if (act_read_failed(a, 0, err))
        return err->code;
    swap = act_read_line(a, 0, "swap");
    inode = act_read_line(a, 0, "inode");
    if (!inode || (!swap && !act_read_line(a, 0, "made"))) /* one that was left over counts */
        return err_set(err, ERR_NOT_FOUND, "%s is not used as swap", path);
    rest = str_from(swap ? swap : "0 0");
    str_split(&rest, ' ', &word);
    num_i64(rest, &used);
    if (used > act_read_int(a, 0, "MemAvailable", 0) * 9 / 10)
        return err_set(err, ERR_LIMIT, "%s of it is in use, and memory has no room for that",
                       act_bytes(a, used * 1024));
    describe_swap(a);
    p->effect = arena_printf(a->arena,
                             "what is in it (%s) goes back into memory; the file is "
                             "deleted",
                             act_bytes(a, used * 1024));
    p->after = "it is not used as swap, and gone";
    p->rollback = "";
    p->cost = "no money; reading it back takes a while";
    do_swap(a, swap_off_script, inode,
            arena_printf(a->arena, "swapoff %s; rm %s   (only while it is inode %s)", path, path,
                         inode));
    return ERR_OK;
}

static enum act_check verify_swap_remove(struct act *a)
{
    if (act_read_failed(a, 0, &(struct err)ERR_INIT))
        return ACT_NOT_YET;
    a->said = memory_now(a);
    return act_read_line(a, 0, "swap") || act_read_line(a, 0, "there") ? ACT_NOT_YET : ACT_HOLDS;
}

const struct act_def act_swap_remove = {
    .name = "host.swap.remove",
    .help = "Use a swap file no more, and delete it.",
    .undo = "host.swap.add makes another one",
    .resource_type = "swap",
    .params = swap_params,
    .floor = RISK_HIGH,
    .verify_ms = 5000,
    .read = read_swap,
    .plan = plan_swap_remove,
    .verify = verify_swap_remove,
};

/* ---- the resolver's cache ---- */

static const char resolver_script[] =
    "PATH=$PATH:/usr/sbin:/sbin\n"
    "if s=$(resolvectl statistics 2>/dev/null); then echo 'with resolvectl'\n"
    "printf '%s\\n' \"$s\" | sed -n 's/.*Current Cache Size:* */entries /p' | head -n 1\n"
    "elif s=$(${1:+sudo -n }nscd -g 2>/dev/null); then echo 'with nscd'\n"
    "printf '%s\\n' \"$s\" | awk '/^[a-z]+ cache:/{h=$1==\"hosts\"} h && /current number of "
    "cached/{print \"entries \" $1}'\n"
    "elif s=$(${1:+sudo -n }unbound-control stats_noreset 2>/dev/null); then echo 'with unbound'\n"
    "printf '%s\\n' \"$s\" | sed -n 's/^msg.cache.count=/entries /p'\n"
    "else echo 'error there is no resolver with a cache here that answers: systemd-resolved, nscd, "
    "unbound'; fi\n";

static const struct tool_param host_only[] = {ACT_HOST_PARAMS, {NULL}};

static enum err_code read_resolver(struct act *a, struct err *err)
{
    (void)err;
    act_script(a, &a->reads, resolver_script,
               (const char *const[]){act_arg_bool(a, "sudo") ? "sudo" : "", NULL});
    return ERR_OK;
}

static enum err_code plan_resolver(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    const char *with, *entries;

    if (act_read_failed(a, 0, err))
        return err->code;
    with = act_read_line(a, 0, "with");
    entries = act_read_line(a, 0, "entries");
    p->resource = arena_printf(a->arena, "resolver of %s", a->host);
    p->before = arena_printf(a->arena, "%s runs, %s names are cached", with ? with : "?",
                             entries ? entries : "an unknown number of");
    if (entries && strcmp(entries, "0") == 0)
        p->already = "its cache is empty";
    p->after = "an empty cache";
    p->effect = "every name is asked for anew";
    p->rollback = "";
    p->blast = arena_printf(a->arena, "who looks up names %s, for a moment", act_on(a));
    p->cost = "no money; a moment";
    p->watch = "the names that were wrong";
    p->facts =
        act_object(a, "with", with ? with : "", "~entries", entries ? entries : "", (char *)NULL);
    p->targets = 1;
    if (with && strcmp(with, "nscd") == 0)
        act_do(a, (const char *const[]){"nscd", "-i", "hosts", NULL});
    else if (with && strcmp(with, "unbound") == 0)
        act_do(a, (const char *const[]){"unbound-control", "flush_zone", ".", NULL});
    else
        act_do(a, (const char *const[]){"resolvectl", "flush-caches", NULL});
    return ERR_OK;
}

static enum act_check verify_resolver(struct act *a)
{
    int64_t now = act_read_int(a, 0, "entries", -1), before = act_fact_int(a, "~entries", -1);

    if (act_read_failed(a, 0, &(struct err)ERR_INIT))
        return ACT_NOT_YET;
    if (now < 0 || before < 0) { /* this one does not say how many */
        a->said = "it answers; how much is cached is not known";
        return a->ended_well ? ACT_HOLDS : ACT_FAILED;
    }
    a->said = arena_printf(a->arena, "%lld names are cached, %lld were", (long long)now,
                           (long long)before);
    return now < before ? ACT_HOLDS : ACT_NOT_YET;
}

const struct act_def act_resolver_flush = {
    .name = "host.resolver.flush",
    .help = "Empty the cache of the machine's resolver.",
    .undo = "there is nothing to bring back",
    .resource_type = "resolver",
    .params = host_only,
    .floor = RISK_LOW,
    .verify_ms = 3000,
    .read = read_resolver,
    .plan = plan_resolver,
    .verify = verify_resolver,
};
