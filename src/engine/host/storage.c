/* storage.c - see storage.h. */
#include "storage.h"

#include <math.h>
#include <string.h>

#include "cpu.h"

const struct host_limit storage_limits[] = {
    {"share_of_one", 0.25, "ratio",
     "of what is used: a file or a holder that large is worth naming"},
    {"share_of_most", 0.5, "ratio", "of what is used: a folder that large is where the trouble is"},
    {"smallest", MIB, "bytes", "filesystems that hold less are markers"},
    {"explained", 0.5, "ratio", "of what is used is seen in folders"},
    {"just", 15000.0, "ms", "clocks of files are not that exact"},
    {.name = NULL},
};
#define SMALLEST STORAGE_LIMIT(2)
#define EXPLAINED STORAGE_LIMIT(3)
#define JUST_MS STORAGE_LIMIT(4)

bool st_tmpfs(const struct value *fs)
{
    return strcmp(hv_str(fs, "type"), "tmpfs") == 0 && strcmp(hv_str(fs, "mount"), "/") != 0;
}

bool st_counts(struct host_view *v, const struct value *fs)
{
    return value_bool_or(fs, "known", false) && !value_bool_or(fs, "read_only", false) &&
           hv_num(fs, "total") >= SMALLEST;
}

bool st_named(struct host_view *v, const struct value *fs)
{
    const char *device = strrchr(hv_str(fs, "device"), '/'), *path;

    for (size_t at = 0; hv_next_path(v, v->arena, &at, &path);) {
        if (st_fs_of(v, path) == fs || strcmp(path, hv_str(fs, "device")) == 0)
            return true;
    }
    return device && hv_names(v, device + 1);
}

/* Of one device, and as large and as full. */
static bool same_fs(const struct value *a, const struct value *b)
{
    return *hv_str(a, "device") == '/' && strcmp(hv_str(a, "device"), hv_str(b, "device")) == 0 &&
           hv_num(a, "total") == hv_num(b, "total") && hv_num(a, "free") == hv_num(b, "free");
}

void st_choose(struct host_view *v, struct host_choice *c, const struct value *fs, double score)
{
    for (size_t i = 0; i < v->taken_count; i++) {
        const struct value *other = st_fs(v, v->taken[i]);

        if (other && same_fs(other, fs))
            return;
    }
    hv_choose(v, c, fs, score, hv_str(fs, "mount"), st_named(v, fs));
}

const struct value *st_fs(struct host_view *v, const char *mount)
{
    VALUE_EACH (fs, value_get(v->snapshot, "filesystems")) {
        if (strcmp(hv_str(fs, "mount"), mount) == 0)
            return fs;
    }
    return NULL;
}

const struct value *st_fs_of(struct host_view *v, const char *path)
{
    const struct value *best = NULL;
    size_t longest = 0;

    VALUE_EACH (fs, value_get(v->snapshot, "filesystems")) {
        const char *mount = hv_str(fs, "mount");
        size_t len = strlen(mount);
        bool root = strcmp(mount, "/") == 0;

        if (len >= longest && len > 0 && strncmp(path, mount, len) == 0 &&
            (root || path[len] == '/' || !path[len])) {
            longest = len;
            best = fs;
        }
    }
    return best;
}

double st_io_rate(const struct value *p)
{
    double r = hv_num(p, "read_rate"), w = hv_num(p, "write_rate");

    return (isnan(r) ? 0 : r) + (isnan(w) ? 0 : w);
}

const struct value *st_top_process(struct host_view *v, const char *key, double least)
{
    const struct value *best = NULL;

    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        double rate = strcmp(key, "io") == 0 ? st_io_rate(p) : hv_num(p, key);

        if (rate > least && !value_bool_or(p, "kernel", false)) {
            best = p;
            least = rate;
        }
    }
    return best;
}

const struct value *st_victim(struct host_view *v, const struct value *p)
{
    double pid = p ? hv_num(p, "pid") : -1;

    VALUE_EACH (o, value_get(v->snapshot, "processes")) {
        bool waits = strcmp(hv_str(o, "state"), "D") == 0 || value_bool_or(o, "waited", false);

        if (waits && !value_bool_or(o, "kernel", false) && hv_num(o, "pid") != pid &&
            hv_num(o, "ppid") != pid && !(p && hv_num(o, "pid") == hv_num(p, "ppid")))
            return o;
    }
    return NULL;
}

const struct value *st_busiest_disk(struct host_view *v, double *ret_busy)
{
    const struct value *worst = NULL;

    *ret_busy = 0;
    VALUE_EACH (d, value_get(v->snapshot, "disks")) {
        if (hv_num(d, "busy") > *ret_busy) {
            *ret_busy = hv_num(d, "busy");
            worst = d;
        }
    }
    return worst;
}

const char *st_process_text(struct host_view *v, const struct value *p)
{
    return cpu_label(v, p);
}

const struct value *st_deleted_most(struct host_view *v, const char *mount, double *ret_bytes)
{
    const struct value *all = value_get(v->snapshot, "unlinked"), *most = NULL;

    *ret_bytes = 0;
    VALUE_EACH (f, all) {
        double sum = 0;

        if (strcmp(hv_str(f, "mount"), mount) != 0)
            continue;
        VALUE_EACH (o, all) {
            if (hv_num(o, "pid") == hv_num(f, "pid") && strcmp(hv_str(o, "mount"), mount) == 0)
                sum += hv_num(o, "bytes");
        }
        if (sum > *ret_bytes) {
            *ret_bytes = sum;
            most = f;
        }
    }
    return most;
}

/* ---- the answer of host_disk_usage ---- */

/* The deepest folder with that share, and not the filesystem's root itself. */
static const struct value *main_folder(struct host_view *v, const struct value *answer,
                                       const char *mount, const char *key)
{
    const struct value *best = NULL;

    VALUE_EACH (d, value_get(answer, "folders")) {
        const char *path = hv_str(d, "path");

        if (hv_num(d, key) >= SHARE_OF_MOST && strcmp(path, mount) != 0 &&
            (!best || strlen(path) > strlen(hv_str(best, "path"))))
            best = d;
    }
    return best;
}

/* ", where process 42 (sh) works", of those who have a file open there, or are there, or name it.
 */
static const char *worker_text(struct host_view *v, const struct value *answer, const char *path)
{
    static const char *const hows[] = {"file", "cwd", "arg"};
    size_t len = strlen(path);

    for (size_t i = 0; i < 3; i++) {
        VALUE_EACH (w, value_get(answer, "workers")) {
            const char *at = hv_str(w, "path");

            if (strcmp(hv_str(w, "how"), hows[i]) == 0 && strncmp(at, path, len) == 0)
                return arena_printf(v->arena, ", where process %.0f (%s) is at work",
                                    hv_num(w, "pid"), hv_str(w, "command"));
        }
    }
    return "";
}

static void read_folder(struct host_view *v, const struct host_culprit *c,
                        const struct value *answer, const struct value *d, bool inodes,
                        struct host_reading *r)
{
    struct arena *a = v->arena;
    const char *path = hv_str(d, "path"), *worker = worker_text(v, answer, path);
    double share = hv_num(d, inodes ? "inode_share" : "share");
    const char *what =
        inodes ? arena_printf(a, "%.0f names", hv_num(d, "entries"))
               : arena_printf(a, "%s in %.0f files", hv_human(a, hv_num(d, "bytes"), "bytes"),
                              hv_num(d, "files"));

    r->strength = STRENGTH_STRONG;
    r->direct = true;
    r->after = hv_num(d, inodes ? "entries" : "bytes");
    r->evidence =
        arena_printf(a, "%s holds %s, %.0f %% of what is used%s", path, what, share * 100, worker);
    r->statement = arena_printf(a, "%s fills %s of %s: %s%s", path, c->path, v->host, what, worker);
    r->resource = hv_key(v, "folder", path);
}

static void read_file(struct host_view *v, const struct host_culprit *c, const struct value *top,
                      struct host_reading *r)
{
    struct arena *a = v->arena;
    const char *path = hv_str(top, "path"), *holder = "";
    bool deleted = value_bool_or(top, "deleted", false);

    if (hv_num(top, "pid") > 0)
        holder = arena_printf(a, ", held open by process %.0f (%s)", hv_num(top, "pid"),
                              hv_str(top, "command"));
    r->after = hv_num(top, "bytes");
    r->evidence = arena_printf(a, "the largest file is %s: %s, %.0f %% of what is used%s%s", path,
                               hv_human(a, r->after, "bytes"), hv_num(top, "share") * 100,
                               deleted ? ", deleted but still open" : "", holder);
    if (hv_num(top, "share") < SHARE_OF_ONE)
        return;
    r->strength = STRENGTH_STRONG;
    r->direct = true;
    r->statement = arena_printf(a, "%s fills %s of %s: %s%s%s", path, c->path, v->host,
                                hv_human(a, r->after, "bytes"),
                                deleted ? ", deleted but still open" : "", holder);
    r->resource = hv_key(v, "file", path);
}

/* What no folder shows, although every folder could be read, is held by files without a name in
 * processes that may not be looked at. */
static void read_hidden(struct host_view *v, const struct host_culprit *c,
                        const struct value *answer, struct host_reading *r)
{
    double used = hv_num(answer, "total") * hv_num(answer, "used"), seen;
    bool folders = false, processes = false;

    seen = hv_num(answer, "bytes_seen");
    VALUE_EACH (g, value_get(answer, "gaps")) {
        folders = folders || strstr(hv_str(g, "what"), "folders");
        processes = processes || strstr(hv_str(g, "what"), "open files");
    }
    if (folders || !processes || value_bool_or(answer, "partial", false) ||
        !(seen < EXPLAINED * used))
        return;
    r->strength = STRENGTH_STRONG;
    r->direct = true;
    r->resource = c->resource;
    r->after = used - seen;
    r->evidence =
        arena_printf(v->arena, "all files of %s together hold %s of the %s that are used", c->path,
                     hv_human(v->arena, seen, "bytes"), hv_human(v->arena, used, "bytes"));
    r->statement = arena_printf(v->arena,
                                "files that were deleted and are still open fill %s of %s; which "
                                "process holds them is for root to see",
                                c->path, v->host);
}

void st_read_usage(struct host_view *v, const struct host_culprit *c, const struct value *answer,
                   bool inodes, struct host_reading *r)
{
    const struct value *top = value_at(value_get(answer, "files"), 0);
    const struct value *dir = main_folder(v, answer, c->path, inodes ? "inode_share" : "share");
    const char *cut = value_bool_or(answer, "partial", false) ? " (the walk was cut)" : "";

    r->strength = STRENGTH_NONE;
    r->evidence =
        arena_printf(v->arena, "no large file and no folder stands out below %s%s", c->path, cut);
    if (!inodes && top)
        read_file(v, c, top, r);
    if (r->strength == STRENGTH_NONE && dir)
        read_folder(v, c, answer, dir, inodes, r);
    if (r->strength == STRENGTH_NONE && !inodes)
        read_hidden(v, c, answer, r);
    if (*cut && r->strength != STRENGTH_NONE)
        r->evidence = arena_printf(v->arena, "%s%s", r->evidence, cut);
}

/* Of two of one second the larger. */
static bool written_later(const struct value *a, const struct value *b)
{
    double x = hv_num(a, "modified_ms"), y = hv_num(b, "modified_ms");

    return x > y || (x == y && hv_num(a, "bytes") > hv_num(b, "bytes"));
}

void st_read_growing(struct host_view *v, const struct host_culprit *c, const struct value *answer,
                     struct host_reading *r)
{
    double now = hv_num(answer, "now_ms");
    const struct value *best = NULL;
    const char *holder = "";

    VALUE_EACH (f, value_get(answer, "files")) {
        if (now - hv_num(f, "modified_ms") <= JUST_MS && (!best || written_later(f, best)))
            best = f;
    }
    r->strength = STRENGTH_NONE;
    r->evidence = arena_printf(v->arena, "no file below %s was written in the last 15 s", c->path);
    if (!best)
        return;
    if (hv_num(best, "pid") > 0)
        holder = arena_printf(v->arena, ", held open by process %.0f (%s)", hv_num(best, "pid"),
                              hv_str(best, "command"));
    r->strength = STRENGTH_STRONG;
    r->direct = true;
    r->after = hv_num(best, "bytes");
    r->evidence = arena_printf(v->arena, "%s, %s, was written %.0f s ago%s", hv_str(best, "path"),
                               hv_human(v->arena, r->after, "bytes"),
                               fmax(0, now - hv_num(best, "modified_ms")) / 1000, holder);
    r->statement = arena_printf(v->arena, "%s grows and fills %s of %s%s", hv_str(best, "path"),
                                c->path, v->host, holder);
    r->resource = hv_key(v, "file", hv_str(best, "path"));
}

/* ---- the answer of host_files ---- */

struct st_writing st_read_files(const struct value *answer)
{
    const struct value *top = value_at(value_get(answer, "files"), 0);
    struct st_writing w = {.wrote = hv_num(answer, "wrote_rate")};

    w.known = !isnan(w.wrote);
    w.moved = st_io_rate(answer);
    w.wrote = w.known ? w.wrote : 0;
    if (top) {
        w.path = hv_str(top, "path");
        w.rate = isnan(hv_num(top, "rate")) ? 0 : hv_num(top, "rate");
    }
    return w;
}

struct host_culprit st_process_culprit(struct host_view *v, const struct value *p,
                                       const char *statement, const char *evidence)
{
    return (struct host_culprit){.statement = statement,
                                 .resource = hv_process_key(v, p),
                                 .evidence = evidence,
                                 .metric = "io_bytes",
                                 .unit = "bytes",
                                 .strength = STRENGTH_STRONG,
                                 .before = NAN,
                                 .after = fmax(st_io_rate(p), hv_num(p, "wrote_rate")),
                                 .threshold = NAN,
                                 .follow = FOLLOW_FILES,
                                 .pid = (int64_t)hv_num(p, "pid"),
                                 .weight = 1};
}
