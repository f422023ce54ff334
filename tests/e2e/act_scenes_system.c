/* act_scenes_system.c - operations on files, mounts, swap, the resolver, control groups; a command.
 */
#include "act_scenes_priv.h"

/* ---- files ---- */

static char writer_log[512];

static void make_log(struct world *w)
{
    snprintf(writer_log, sizeof(writer_log), "%s/data/app.log", w->dir);
    world_sh(
        "rm -rf '%s/data'; mkdir '%s/data'; chmod 777 '%s/data'; head -c 300000 /dev/zero >'%s'; "
        "chmod 640 '%s'",
        w->dir, w->dir, w->dir, writer_log, writer_log);
    if (w->host && strcmp(w->host, "local") != 0 && !w->sudo)
        world_sh("chown rbops '%s'", writer_log);
    scene_args(w, "'path':'%s'", writer_log);
}

static const char *make_file(struct world *w)
{
    make_log(w);
    return NULL;
}

/* Somebody holds it open and writes on. */
static const char *make_held(struct world *w)
{
    char line[700];

    make_log(w);
    snprintf(line, sizeof(line), "exec >>'%s'; while :; do echo line; sleep 0.05; done",
             writer_log);
    scene_start(w, line);
    assert_true(world_wait("tail -c 5 '%s' | grep -q line", writer_log));
    return NULL;
}

/* The same without O_APPEND: its old place stays, and a hole before it. */
static const char *make_held_at(struct world *w)
{
    char line[700];

    make_log(w);
    snprintf(line, sizeof(line),
             "exec 3<>'%s'; head -c 300000 <&3 >/dev/null; while :; do echo line >&3; sleep 0.05; "
             "done",
             writer_log);
    scene_start(w, line);
    assert_true(world_wait("tail -c 5 '%s' | grep -q line", writer_log));
    return NULL;
}

static bool is_small(struct world *w)
{
    (void)w;
    return world_sh("[ $(stat -c %%b '%s') -lt 100 ]", writer_log) == 0;
}

static bool is_removed(struct world *w)
{
    (void)w;
    return world_sh("[ ! -e '%s' ]", writer_log) == 0;
}

static bool is_whole(struct world *w)
{
    (void)w;
    return world_sh("[ $(stat -c %%s '%s') -ge 300000 ] && [ $(ls '%s/data' | wc -l) = 1 ]",
                    writer_log, w->dir) == 0;
}

static void spoil_truncate(struct world *w)
{
    world_spoil(w, "truncate", "spoiled; exit 0");
    scene_meanwhile(w, "true");
}

static void spoil_delete(struct world *w)
{
    world_spoil(w, "rm", "spoiled; exit 0");
    scene_meanwhile(w, "true");
}

static bool is_rotated(struct world *w)
{
    (void)w;
    return world_sh("[ $(stat -c '%%s %%a' '%s' | tr ' ' -) = 0-640 ] && [ $(cat '%s'.*.old | wc "
                    "-c) -ge "
                    "300000 ]",
                    writer_log, writer_log) == 0;
}

/* What is written into the old one stays with it. */
static bool is_rotated_held(struct world *w)
{
    return is_rotated(w) && world_wait("tail -c 5 '%s'.*.old | grep -q line", writer_log);
}

static void spoil_rotate(struct world *w)
{
    world_spoil(w, "chmod", "spoiled; exit 1");
    scene_meanwhile(w, "true");
}

static const char *make_aside(struct world *w)
{
    make_log(w);
    world_sh("mv '%s' '%s.7.old'; echo new >'%s'", writer_log, writer_log, writer_log);
    scene_args(w, "'path':'%s.7.old','name':'app.log'", writer_log);
    return NULL;
}

static void spoil_restore(struct world *w)
{
    world_spoil(w, "mv", "spoiled; exit 0");
    scene_meanwhile(w, "true");
}

/* ---- mounts ---- */

static const char *make_mount(struct world *w, const char *mode)
{
    const char *why = scene_need_root() ? scene_need_root() : scene_need_systemd();

    if (why)
        return why;
    world_sh(
        "umount '%s/fs' 2>/dev/null; mkdir -p '%s/fs' && /bin/mount -t tmpfs -o size=1m,%s rbfs "
        "'%s/fs'",
        w->dir, w->dir, mode, w->dir);
    if (world_sh("grep -q '%s/fs' /proc/mounts", w->dir) != 0)
        return "no tmpfs can be mounted here";
    scene_args(w, "'path':'%s/fs'", w->dir);
    return NULL;
}

static const char *make_ro(struct world *w)
{
    return make_mount(w, "ro");
}

static const char *make_rw(struct world *w)
{
    return make_mount(w, "rw");
}

static bool is_rw(struct world *w)
{
    return world_sh(": >'%s/fs/probe'", w->dir) == 0;
}

static bool is_ro(struct world *w)
{
    return world_sh(": >'%s/fs/probe' 2>/dev/null", w->dir) != 0;
}

static void spoil_mount(struct world *w)
{
    world_spoil(w, "mount", "spoiled; exit 0");
    scene_meanwhile(w, "true");
}

/* ---- swap ---- */

static const char *make_no_swap(struct world *w)
{
    const char *why = scene_need_root() ? scene_need_root() : scene_need_systemd();

    if (why)
        return why;
    world_sh("mkdir -p /var/rbswap; /sbin/swapoff /var/rbswap/file 2>/dev/null; rm -f "
             "/var/rbswap/*; head -c 20M /dev/zero >/var/rbswap/probe; chmod 600 "
             "/var/rbswap/probe; /sbin/mkswap /var/rbswap/probe");
    if (world_sh("/sbin/swapon /var/rbswap/probe") != 0)
        return "swap cannot be used here";
    world_sh("/sbin/swapoff /var/rbswap/probe; rm /var/rbswap/probe");
    scene_args(w, "'path':'/var/rbswap/file','size_mb':16");
    return NULL;
}

static const char *make_swap(struct world *w)
{
    const char *why = make_no_swap(w);

    if (why)
        return why;
    world_sh("head -c 16M /dev/zero >/var/rbswap/file; chmod 600 /var/rbswap/file; /sbin/mkswap "
             "/var/rbswap/file; /sbin/swapon /var/rbswap/file");
    scene_args(w, "'path':'/var/rbswap/file'");
    return NULL;
}

static bool is_swap(struct world *w)
{
    (void)w;
    return world_sh("grep -q '^/var/rbswap/file ' /proc/swaps") == 0;
}

static bool is_no_swap(struct world *w)
{
    (void)w;
    return world_sh("! grep -q '^/var/rbswap/file ' /proc/swaps && [ ! -e /var/rbswap/file ]") == 0;
}

/* It is made and never used: a file that nobody wants. */
static void spoil_swapon(struct world *w)
{
    world_spoil(w, "swapon", "spoiled; exit 0");
    scene_meanwhile(w, "true");
}

static void spoil_swapoff(struct world *w)
{
    world_spoil(w, "swapoff", "spoiled; exit 1");
    scene_meanwhile(w, "true");
}

/* ---- the resolver ---- */

static int names_cached(void)
{
    return world_number(
        world_line("/usr/sbin/nscd -g | awk '/^hosts cache/{h=1} h&&/current number of "
                   "cached/{print $1; exit}'"));
}

static const char *make_cache(struct world *w)
{
    if (!getenv("RB_ACT_NSCD"))
        return "nscd is not installed";
    world_sh("for i in 1 2 3 4 5 6 7 8 9; do getent hosts 127.0.0.$i; done");
    if (names_cached() < 9)
        return "nscd keeps nothing";
    snprintf(w->args, sizeof(w->args), "{\"host\":\"%s\",\"sudo\":\"%s\"}", w->host,
             w->sudo ? "yes" : "no");
    return NULL;
}

static bool is_flushed(struct world *w)
{
    (void)w;
    return names_cached() < 9; /* a login looks up names, too */
}

static void spoil_flush(struct world *w)
{
    world_spoil(w, "nscd", "case \"$*\" in -i*) spoiled; exit 0;; esac");
    scene_meanwhile(w, "true");
}

/* ---- a control group ---- */

static char group_file[256];

static const char *make_group(struct world *w)
{
    static const char *const tops[] = {"pids/", ""};
    const char *why = scene_need_root();

    for (int i = 0; i < 2 && !why; i++) {
        snprintf(group_file, sizeof(group_file), "/sys/fs/cgroup/%srbtest/pids.max", tops[i]);
        world_sh("mkdir -p '/sys/fs/cgroup/%srbtest'", tops[i]);
        if (world_sh("echo 500 >'%s'", group_file) != 0)
            continue;
        scene_args(w, "'group':'%srbtest','limit':'pids.max','value':'300'", tops[i]);
        return NULL;
    }
    return why ? why : "no control group with a limit of processes here";
}

static bool is_limited(struct world *w)
{
    (void)w;
    return scene_is_line("300", world_line("cat '%s'", group_file));
}

static bool is_not_limited(struct world *w)
{
    (void)w;
    return scene_is_line("500", world_line("cat '%s'", group_file));
}

static void spoil_limit(struct world *w)
{
    scene_meanwhile(w, "echo 77 >'%s'", group_file);
}

/* ---- a command ---- */

static const char *make_command(struct world *w)
{
    make_log(w);
    world_sh("rm -f '%s'.copy", writer_log);
    scene_args(w, "'command':'cp -n %s %s.copy'", writer_log, writer_log);
    return NULL;
}

static bool is_copied(struct world *w)
{
    (void)w;
    return world_sh("[ -s '%s'.copy ]", writer_log) == 0;
}

static void spoil_command(struct world *w)
{
    world_spoil(w, "cp", "spoiled; exit 7");
}

const struct scene act_scenes_system[] = {
    {"host.log.truncate, a writer that appends", "host.log.truncate", make_held, is_small, NULL,
     spoil_truncate, "truncate -s 0"},
    {"host.log.truncate, a writer at its old place", "host.log.truncate", make_held_at, is_small,
     NULL, spoil_truncate, "truncate -s 0", .low = true, .far = true},
    {"host.log.rotate", "host.log.rotate", make_file, is_rotated, is_whole, spoil_rotate,
     "mv -- ./app.log", .undo = true, .rolls_back = true, .kills = true},
    {"host.log.rotate, held by a writer", "host.log.rotate", make_held, is_rotated_held, is_whole,
     spoil_rotate, "mv -- ./app.log", .undo = true, .rolls_back = true, .low = true},
    {"host.log.restore", "host.log.restore", make_aside, is_whole, NULL, spoil_restore,
     "mv -f -- ./app.log.7.old"},
    {"host.file.delete", "host.file.delete", make_file, is_removed, NULL, spoil_delete,
     "rm -f -- ./app.log"},
    {"host.mount.remount-rw", "host.mount.remount-rw", make_ro, is_rw, is_ro, spoil_mount,
     "mount -o remount,rw", .undo = true, .kills = true},
    {"host.mount.remount-ro", "host.mount.remount-ro", make_rw, is_ro, is_rw, spoil_mount,
     "mount -o remount,ro", .undo = true},
    {"host.swap.add", "host.swap.add", make_no_swap, is_swap, is_no_swap, spoil_swapon, "swapon --",
     .undo = true, .rolls_back = true, .kills = true},
    {"host.swap.remove", "host.swap.remove", make_swap, is_no_swap, NULL, spoil_swapoff,
     "swapoff --"},
    {"host.resolver.flush", "host.resolver.flush", make_cache, is_flushed, NULL, spoil_flush,
     "nscd -i hosts"},
    {"host.cgroup.limit", "host.cgroup.limit", make_group, is_limited, is_not_limited, spoil_limit,
     .undo = true, .rolls_back = true, .kills = true},
    {"host.command.run", "host.command.run", make_command, is_copied, NULL, spoil_command, "cp -n",
     .kills = true},
    {.name = NULL},
};
