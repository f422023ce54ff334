/* host_reclaim.c - what could be freed on a filesystem, and how it is freed safely.
 * {"host","now_ms","path","used","total","available","inodes_used","partial",
 *  "candidates":[{"path","bytes","kind","action","why","age_days","pid","command"}],
 *  "log","old_log","core","cache","temp","archive","held": the largest candidate of that kind,
 *  "reclaimable","count","gaps":[...]}
 * kind: log (somebody writes it: emptied in place), old_log (rotated, nobody has it open), core,
 * cache, temp, archive, held (deleted and still open: whoever has it has to let go), data (never
 * proposed). What is open is never proposed for deleting. A member of a kind is absent when there
 * is none. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "look.h"
#include "runbook/base/num.h"

#define OLD_DAYS 2.0 /* what was touched later may still be somebody's work */
#define CANDIDATES_SHOWN 60

enum kind { K_LOG, K_OLD_LOG, K_CORE, K_CACHE, K_TEMP, K_ARCHIVE, K_HELD, K_DATA, K_COUNT };

static const struct {
    const char *name, *action, *why;
} kinds[K_COUNT] = {
    [K_LOG] = {"log", "truncate",
               "a log that is written to: emptied in place, so that its writer goes on"},
    [K_OLD_LOG] = {"old_log", "delete", "an older piece of a log that nobody has open"},
    [K_CORE] = {"core", "delete",
                "a memory dump of a program that crashed; keep it when somebody wants to debug"},
    [K_CACHE] = {"cache", "delete", "can be fetched or computed again"},
    [K_TEMP] = {"temp", "delete", "a temporary file that nobody has open or has touched for days"},
    [K_ARCHIVE] = {"archive", "ask",
                   "a copy by its name; only its owner knows whether it is the last one"},
    [K_HELD] = {"held", "restart",
                "deleted, but a program still has it open: the room comes back when that lets go"},
    [K_DATA] = {"data", "none", "looks like data: not touched"},
};

struct candidate {
    enum kind kind;
    const char *path, *command;
    double bytes, age_days;
    int64_t pid;
};
typedef VEC(struct candidate) candidates;

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* app.log.1, app.log-20261121.gz, app.log.old: a log that was put aside. */
static bool rotated(const char *name)
{
    const char *log = strstr(name, ".log"), *rest;

    if (!log)
        log = strstr(name, ".out");
    if (!log)
        return false;
    rest = log + 4;
    return *rest == '.' || *rest == '-' || *rest == '_';
}

static bool is_log(const char *path, const char *name)
{
    struct str n = str_from(name);

    return str_ends(n, ".log") || str_ends(n, ".out") || str_ends(n, ".err") || rotated(name) ||
           has(path, "/var/log/") || strcmp(name, "nohup.out") == 0;
}

static bool is_core(const char *name)
{
    struct str n = str_from(name);

    return (strncmp(name, "core", 4) == 0 && (name[4] == '\0' || name[4] == '.')) ||
           str_ends(n, ".core") || str_ends(n, ".hprof") || str_ends(n, ".dmp");
}

static bool is_cache(const char *path)
{
    return has(path, "/var/cache/apt/archives/") || has(path, "/.cache/") ||
           has(path, "/var/cache/dnf/") || has(path, "/var/cache/yum/") ||
           has(path, "/__pycache__/");
}

static bool is_archive(const char *name)
{
    static const char *const ends[] = {".tar",  ".tar.gz", ".tgz", ".zip",    ".bak",    ".old",
                                       ".orig", ".dump",   ".sql", ".sql.gz", ".tar.xz", ".zst"};

    for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
        if (str_ends(str_from(name), ends[i]))
            return true;
    }
    return false;
}

static enum kind classify(const char *path, double age_days, bool open, bool written)
{
    const char *name = base_name(path);

    if (is_core(name))
        return open ? K_DATA : K_CORE;
    if (is_log(path, name))
        return written || !rotated(name) ? K_LOG : open ? K_DATA : K_OLD_LOG;
    if (open)
        return K_DATA;
    if (is_cache(path))
        return K_CACHE;
    if ((strncmp(path, "/tmp/", 5) == 0 || strncmp(path, "/var/tmp/", 9) == 0 ||
         str_ends(str_from(name), ".tmp")) &&
        age_days > OLD_DAYS)
        return K_TEMP;
    return is_archive(name) && age_days > OLD_DAYS ? K_ARCHIVE : K_DATA;
}

/* Who is not root does not see what others have open: what may be in use is left alone then. */
static enum kind unseen(const struct look *k, const struct look_line *file, enum kind kind)
{
    const struct look_line *me = look_find(k, "me", NULL);
    bool blind = me && strcmp(me->f[0], "0") != 0 && strcmp(me->f[0], file->f[2]) != 0;

    return blind && (kind == K_CACHE || kind == K_TEMP || kind == K_ARCHIVE) ? K_DATA : kind;
}

static void add_file(const struct look *k, const struct look_line *l, double now_s, candidates *out)
{
    struct candidate c = {.path = l->f[3],
                          .command = "",
                          .bytes = look_num(l->f[0]) * 1024,
                          .age_days = (now_s - look_num(l->f[1])) / 86400};
    bool open = false, written = false;

    VEC_EACH (o, &k->lines) {
        if (strcmp(o->kind, "open") != 0 || strcmp(o->f[3], c.path) != 0)
            continue;
        open = true;
        if (*o->f[2] == 'w' || !c.pid) {
            c.pid = look_int(o->f[0], 0);
            c.command = o->f[1];
        }
        written |= *o->f[2] == 'w';
    }
    c.kind = unseen(k, l, classify(c.path, c.age_days, open, written));
    *VEC_PUSH(out) = c;
}

static void collect(const struct look *k, candidates *out)
{
    const struct look_line *now = look_find(k, "now", NULL);
    double now_s = now ? look_num(now->f[0]) : (double)k->now_ms / 1000;

    VEC_EACH (l, &k->lines) {
        if (strcmp(l->kind, "file") == 0 && l->f[3][0] == '/')
            add_file(k, l, now_s, out);
        else if (strcmp(l->kind, "held") == 0)
            *VEC_PUSH(out) = (struct candidate){.kind = K_HELD,
                                                .path = l->f[4],
                                                .command = l->f[2],
                                                .bytes = look_num(l->f[0]) * 1024,
                                                .age_days = NAN,
                                                .pid = look_int(l->f[1], 0)};
    }
}

static void put(struct json_writer *w, const struct candidate *c)
{
    json_object_begin(w);
    json_put_cstr(w, "path", c->path);
    json_put_cstr(w, "kind", kinds[c->kind].name);
    json_put_cstr(w, "action", kinds[c->kind].action);
    json_put_cstr(w, "why", kinds[c->kind].why);
    HOST_PUT(w, {"bytes", c->bytes}, {"age_days", c->age_days});
    if (c->pid) {
        json_put_int(w, "pid", c->pid);
        json_put_cstr(w, "command", c->command);
    }
    json_object_end(w);
}

static double put_candidates(struct look *k, const candidates *all)
{
    const struct candidate *largest[K_COUNT] = {NULL};
    double sum = 0;
    int shown = 0;

    json_key(k->out, "candidates");
    json_array_begin(k->out);
    VEC_EACH (c, all) {
        if (!largest[c->kind] || c->bytes > largest[c->kind]->bytes)
            largest[c->kind] = c;
        if (c->kind != K_DATA)
            sum += c->bytes > 0 ? c->bytes : 0;
        if (shown++ < CANDIDATES_SHOWN)
            put(k->out, c);
    }
    json_array_end(k->out);
    for (int i = 0; i < K_DATA; i++) {
        if (largest[i]) {
            json_key(k->out, kinds[i].name);
            put(k->out, largest[i]);
        }
    }
    return sum;
}

static enum err_code render(struct look *k, struct err *err)
{
    const struct look_line *fs = look_find(k, "fs", NULL), *in = look_find(k, "inodes", NULL);
    candidates all = {0};
    double total = fs ? look_num(fs->f[0]) * 1024 : NAN,
           used = fs ? look_num(fs->f[1]) * 1024 : NAN,
           avail = fs ? look_num(fs->f[2]) * 1024 : NAN, sum;
    int64_t count = 0;
    char size[48];

    (void)err;
    collect(k, &all);
    json_put_cstr(k->out, "path", value_cstr_or(k->args, "path", ""));
    HOST_PUT(k->out, {"used", used / (used + avail)}, {"total", total}, {"available", avail},
             {"inodes_used", in ? look_num(in->f[1]) / look_num(in->f[0]) : NAN});
    sum = put_candidates(k, &all);
    VEC_EACH (c, &all)
        count += c->kind != K_DATA;
    HOST_PUT(k->out, {"reclaimable", sum});
    json_put_int(k->out, "count", count);
    num_human(sum, "bytes", size);
    snprintf(k->summary, 256, "%.0f %% full; %lld %s could be freed, %s",
             used / (used + avail) * 100, (long long)count, count == 1 ? "file" : "files", size);
    k->rows = (int64_t)all.count;
    VEC_RELEASE(&all);
    return ERR_OK;
}

const struct look_def look_reclaim = {.script = "reclaim", .timeout_ms = 60000, .render = render};

static const struct tool_param params[] = {
    HOST_PARAM,
    {.name = "path",
     .type = PARAM_STRING,
     .required = true,
     .help = "A folder, usually a mount point."},
    {.name = "min_kib",
     .type = PARAM_INT,
     .fallback = "1024",
     .min = 1,
     .max = 1e9,
     .help = "Smaller files are left out, in KiB."},
    {NULL},
};

static void cite(const struct value *args, struct buf *out)
{
    host_cite(args, out, "what could be freed below ");
    buf_adds(out, value_cstr_or(args, "path", ""));
}

static void start(struct tool_call *c)
{
    const struct value *args = tool_call_args(c);
    const char *path = value_cstr_or(args, "path", "");
    char least[24];

    snprintf(least, sizeof(least), "%lld", (long long)value_i64_or(args, "min_kib", 1024));
    if (!look_path_ok(path))
        look_refuse(c, "path", path, "a full path");
    else
        look_start(c, &look_reclaim, (const char *const[]){path, least, NULL});
}

const struct tool_def tool_host_reclaim = {
    .name = "host_reclaim",
    .help = "Find what could be freed on a filesystem: logs, dumps, caches, files held open.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = 70000,
    .query = cite,
    .start = start,
    .cancel = look_cancel,
};
