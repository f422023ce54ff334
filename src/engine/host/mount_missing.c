/* mount_missing.c - fstab names a filesystem that is not mounted. That alone is a doubt: it may
 * have been so for years. Somebody who needs the path, or its failed unit, makes it a fault. */
#include <math.h>
#include <string.h>

#include "patterns.h"
#include "storage.h"

static bool below(const char *path, const char *mount)
{
    size_t len = strlen(mount);

    return strncmp(path, mount, len) == 0 && (path[len] == '/' || !path[len]);
}

/* Does a word of its command line lie below the mount? */
static bool needs(const struct value *p, const char *mount)
{
    const char *cmd = hv_str(p, "cmdline"), *at = cmd;

    while ((at = strstr(at, mount)) != NULL) {
        if ((at == cmd || strchr(" =:,'\"", at[-1])) && below(at, mount))
            return true;
        at++;
    }
    return below(hv_str(p, "exe"), mount);
}

/* "/srv/data" is the unit srv-data.mount. Source: systemd.unit(5), systemd-escape(1). */
static const struct value *failed_unit(struct host_view *v, const char *mount)
{
    char *name = arena_strdup(v->arena, mount[0] == '/' ? mount + 1 : mount);
    const char *unit;

    for (char *c = name; *c; c++)
        *c = *c == '/' ? '-' : *c;
    unit = arena_printf(v->arena, "%s.mount", name);
    VALUE_EACH (u, value_path(v->snapshot, "units.list")) {
        if (strcmp(hv_str(u, "name"), unit) == 0 && strcmp(hv_str(u, "active"), "failed") == 0)
            return u;
    }
    return NULL;
}

/* Who misses it, in words; NULL: nobody is seen to. */
static const char *missed_by(struct host_view *v, const char *mount)
{
    const struct value *unit = failed_unit(v, mount);

    if (unit)
        return arena_printf(v->arena, "its unit %s has failed: %s", hv_str(unit, "name"),
                            hv_str(unit, "result"));
    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        if (needs(p, mount))
            return arena_printf(v->arena, "%s needs it", st_process_text(v, p));
    }
    return NULL;
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *missing = NULL;
    const char *who = NULL;

    f->metric = "mounts_missing";
    f->unit = "count";
    f->threshold = 0;
    f->value = 0;
    f->evidence = "every filesystem that fstab wants is mounted";
    VALUE_EACH (m, value_get(v->snapshot, "mounts")) {
        const char *by;

        if (strcmp(hv_str(m, "trouble"), "missing") != 0)
            continue;
        f->value++;
        by = missed_by(v, hv_str(m, "mount"));
        if (!missing || (by && !who)) {
            missing = m;
            who = by;
        }
    }
    if (!missing || (!who && value_bool_or(missing, "optional", false)))
        return;
    f->strength = who ? STRENGTH_STRONG : STRENGTH_WEAK;
    f->direct = who != NULL;
    f->severity = who ? 0.85 : 0.3;
    f->resource = hv_key(v, "fs", hv_str(missing, "mount"));
    f->claim = arena_printf(v->arena, "%s of %s is not mounted", hv_str(missing, "mount"), v->host);
    f->evidence = arena_printf(v->arena, "/etc/fstab wants %s on %s, and it is not mounted",
                               hv_str(missing, "device"), hv_str(missing, "mount"));
    f->second = who;
}

static const struct host_proposal proposals[] = {
    {.action = "mount {fs}, after a look at what was written below it meanwhile",
     .command = "mount {fs}",
     .rollback = "umount {fs}",
     .risk = APPROVAL_MEDIUM,
     .watch = "who needs it recovers"},
    {.action = NULL},
};
static const char *const checks[] = {"findmnt --verify; journalctl -u '*.mount' -b",
                                     "ls {fs}: files that were written below it", NULL};

const struct host_pattern host_pattern_mount_missing = {
    .id = "mount_missing",
    .kind = "disk",
    .category = CATEGORY_CONFIGURATION,
    .words = WORDS_DISK | WORDS_ERRORS | WORDS_SERVICE,
    .rank = 9,
    .claim = "a filesystem of %s is not mounted",
    .rationale = "programs find an empty folder where their data should be",
    .refutes = "every line of fstab without noauto is mounted",
    .find = find,
    .proposals = proposals,
    .checks = checks,
};
