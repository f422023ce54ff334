/* disk_filling.c - a filesystem that is nearly full and still grows: how long it lasts, and who
 * writes. A large disk that is 85 % full and stays so is normal; so is a copy onto one with room.
 */
#include <math.h>
#include <string.h>

#include "patterns.h"
#include "storage.h"

static const struct host_limit limits[] = {
    {"high", 0.80, "ratio", "below it there is time"},
    {"full", 0.97, "ratio", "from there on it is disk_full"},
    {"soon", 3600.0, "s", "nobody rotates or cleans that fast"},
    {"sooner", 600.0, "s", "nobody can act that fast"},
    {"growth_min", (64 * 1024.0), "bytes/s", "logs of a quiet service grow like that"},
    {.name = NULL},
};
#define HIGH LIMIT(0)
#define FULL LIMIT(1)
#define SOON_S LIMIT(2)
#define SOONER_S LIMIT(3)
#define GROWTH_MIN LIMIT(4)

/* The process that writes most into that filesystem. */
static const struct value *writer_of(struct host_view *v, const char *mount)
{
    const struct value *best = NULL;

    VALUE_EACH (f, value_get(v->snapshot, "written")) {
        const struct value *p = hv_process(v, hv_num(f, "pid"));

        if (p && strcmp(hv_str(f, "mount"), mount) == 0 && hv_num(p, "wrote_rate") > 0 &&
            (!best || hv_num(p, "wrote_rate") > hv_num(best, "wrote_rate")))
            best = p;
    }
    return best;
}

static void add_writer(struct host_view *v, struct host_finding *f, const char *mount)
{
    const struct value *p = writer_of(v, mount);

    if (!p) {
        hv_add_culprit(f, (struct host_culprit){.statement = f->claim,
                                                .resource = f->resource,
                                                .evidence = f->evidence,
                                                .strength = STRENGTH_WEAK,
                                                .before = NAN,
                                                .after = f->value,
                                                .follow = FOLLOW_DISK,
                                                .path = mount,
                                                .weight = 0.5});
        return;
    }
    hv_add_culprit(
        f, st_process_culprit(
               v, p,
               arena_printf(v->arena, "%s of %s fills %s", st_process_text(v, p), v->host, mount),
               arena_printf(v->arena, "it writes %s a second and has a file of %s open",
                            hv_human(v->arena, hv_num(p, "wrote_rate"), "bytes"), mount)));
    f->culprits[f->culprit_count - 1].threshold = f->value / 4;
}

static void find(struct host_view *v, struct host_finding *f)
{
    struct host_choice c = {.item = NULL};
    const struct value *worst;
    double eta;

    f->metric = "filesystem_growth";
    f->unit = "bytes";
    f->threshold = SOON_S;
    f->evidence = "no filesystem above 80 % grows so that it would be full within an hour";
    VALUE_EACH (fs, value_get(v->snapshot, "filesystems")) {
        double rate = hv_num(fs, "growth_rate"), left;

        if (!st_counts(v, fs) || !(hv_num(fs, "used") >= HIGH) || hv_num(fs, "used") >= FULL ||
            !(rate >= GROWTH_MIN))
            continue;
        left = hv_num(fs, "available") / rate;
        if (left <= SOON_S)
            st_choose(v, &c, fs, 1 / fmax(left, 1e-3));
    }
    worst = c.item;
    if (!worst)
        return;
    eta = hv_num(worst, "available") / hv_num(worst, "growth_rate");
    f->named = c.named;
    f->one_of = c.identity;
    f->mount = hv_str(worst, "mount");
    f->strength = STRENGTH_STRONG;
    f->tentative = true;
    f->severity = eta < SOONER_S ? 0.8 : 0.6;
    f->value = hv_num(worst, "growth_rate");
    f->resource = hv_key(v, "fs", hv_str(worst, "mount"));
    f->claim = arena_printf(v->arena, "%s of %s will be full in %s", hv_str(worst, "mount"),
                            v->host, hv_human(v->arena, eta, "seconds"));
    f->evidence = arena_printf(
        v->arena, "%s is %.0f %% used and grows by %s a second: full in %s (limit 1 h)",
        hv_str(worst, "mount"), hv_num(worst, "used") * 100, hv_human(v->arena, f->value, "bytes"),
        hv_human(v->arena, eta, "seconds"));
    add_writer(v, f, hv_str(worst, "mount"));
}

static void read_answer(struct host_view *v, const struct host_culprit *c,
                        const struct value *answer, struct host_reading *r)
{
    struct st_writing w = st_read_files(answer);

    if (c->follow == FOLLOW_DISK) {
        st_read_growing(v, c, answer, r);
        return;
    }
    r->before = c->after;
    r->after = w.wrote;
    r->strength = w.wrote >= c->threshold ? STRENGTH_STRONG : STRENGTH_NONE;
    r->direct = true;
    r->evidence =
        w.path ? arena_printf(v->arena, "it goes on writing %s a second, %s grows by %s a second",
                              hv_human(v->arena, w.wrote, "bytes"), w.path,
                              hv_human(v->arena, w.rate, "bytes"))
               : arena_printf(v->arena, "it now writes %s a second",
                              hv_human(v->arena, w.wrote, "bytes"));
}

static const struct host_proposal proposals[] = {
    {.action = "stop process {pid} ({command}) from writing, or stop it",
     .command = "kill -STOP {pid}",
     .rollback = "kill -CONT {pid}",
     .risk = APPROVAL_MEDIUM,
     .watch = "df stays level"},
    {.action = "make room on {fs}, or grow it, before it is full",
     .command = "du -xh --max-depth=2 {fs}",
     .rollback = "nothing is changed by looking",
     .risk = APPROVAL_LOW,
     .watch = "df stays level"},
    {.action = NULL},
};
static const char *const checks[] = {"df -h {fs}, twice, a minute apart", NULL};

const struct host_pattern host_pattern_disk_filling = {
    .id = "disk_filling",
    .kind = "disk",
    .category = CATEGORY_CAPACITY,
    .words = WORDS_DISK,
    .rank = 7,
    .several = HOST_SAME_MAX,
    .claim = "a filesystem of %s will soon be full",
    .rationale = "what grows that fast is full before somebody looks again",
    .refutes = "a level that stays, or room for more than an hour",
    .limits = limits,
    .find = find,
    .read = read_answer,
    .proposals = proposals,
    .checks = checks,
};
