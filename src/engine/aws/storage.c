/* storage.c - storage is used up: room of a database, burst credits of a volume or a file system. A
 * number that is small and stays is how somebody works; it has to have fallen. */
#include <math.h>
#include <string.h>

#include "patterns.h"

#define GIB (1024.0 * 1024 * 1024)

static const struct aws_limit limits[] = {
    {"free", 0.1, "ratio",
     "of a database's storage: RDS itself warns there (Amazon RDS User Guide, "
     "Amazon RDS event categories: low storage)"},
    {"fell", 0.8, "ratio", "of what was free: less is a fall"},
    {"burst", 20.0, "percent",
     "of a volume's burst credits (Amazon EBS User Guide, General Purpose "
     "SSD volumes)"},
    {"queue", 2.0, "times", "of a volume's queue before: its users wait"},
    {"io", 95.0, "percent", "of a file system's limit (Amazon EFS User Guide, PercentIOLimit)"},
    {.name = NULL},
};
#define FREE LIMIT(0)
#define FELL LIMIT(1)
#define BURST LIMIT(2)
#define QUEUE LIMIT(3)
#define IO LIMIT(4)

static struct aws_finding *begin(struct aws_view *v, struct aws_findings *out,
                                 const struct aws_series *s, const char *kind, double value)
{
    struct aws_finding *f = aws_find(out);

    if (!f)
        return NULL;
    aws_find_series(f, s, value);
    f->severity = 0.9;
    f->direct = true;
    aws_find_about(v, f, kind, s->of);
    return f;
}

/* When it will be empty, if it goes on as since it turned. */
static const char *until_empty(struct aws_view *v, const struct aws_series *s)
{
    double lost = s->before - s->last,
           ms = (double)(v->now_ms - (s->turn_ms ? s->turn_ms : v->onset_ms));

    if (!(lost > 0) || !(s->last > 0) || !(ms > 0))
        return "";
    return arena_printf(v->arena, ", empty in %s", av_ago(v, (int64_t)(s->last / lost * ms)));
}

static void look_rds(struct aws_view *v, struct aws_findings *out, const struct aws_series *s)
{
    double size = av_num(s->item, "AllocatedStorage") * GIB;
    bool full = strcmp(av_str(s->item, "DBInstanceStatus"), "storage-full") == 0;
    const struct aws_doc *d = av_doc(v, "rds.instances", NULL);
    struct aws_finding *f;
    struct aws_culprit *c;

    if (!full && (!(size > 0) || !(s->last <= FREE * size) || !(s->last <= FELL * s->before)))
        return;
    f = begin(v, out, s, "rds", s->last);
    if (!f)
        return;
    f->threshold = FREE * size;
    f->claim =
        arena_printf(v->arena, "database %s %s room", s->of, full ? "has no" : "runs out of");
    f->evidence = arena_printf(v->arena, "free storage of %s fell from %s to %s of %s%s", s->of,
                               av_human(v, s->before, "bytes"), av_human(v, s->last, "bytes"),
                               av_human(v, size, "bytes"), full ? "" : until_empty(v, s));
    if (full && d) {
        f->second = arena_printf(v->arena, "%s is in state storage-full", s->of);
        f->second_query = d->query;
    }
    aws_find_var(f, "db", s->of);
    c = aws_find_culprit(f);
    c->statement = arena_printf(v->arena, "the storage of database %s (%s) is used up", s->of,
                                av_human(v, size, "bytes"));
    c->evidence = f->evidence;
    c->name = "rds";
    c->before = s->before;
    c->after = s->last;
    c->at_ms = s->turn_ms;
    c->ask = aws_follow_db_events(v, s->of);
}

static void look_volume(struct aws_view *v, struct aws_findings *out, const struct aws_series *s)
{
    const struct aws_series *queue = av_series(v, "ebs.queue", s->of);
    struct aws_finding *f;
    struct aws_culprit *c;

    if (!(s->low <= BURST) || !(s->low <= FELL * s->before))
        return;
    f = begin(v, out, s, "volume", s->low);
    if (!f)
        return;
    f->threshold = BURST;
    f->claim = arena_printf(v->arena, "volume %s has used up its burst credits", s->of);
    f->evidence = arena_printf(v->arena, "burst balance of %s fell from %.0f %% to %.0f %%", s->of,
                               s->before, s->low);
    if (queue && queue->after >= QUEUE * fmax(queue->before, 0.5)) {
        f->second =
            arena_printf(v->arena, "its queue grew from %.1f to %.1f", queue->before, queue->after);
        f->second_query = queue->query;
    }
    aws_find_var(f, "volume", s->of);
    AV_EACH(a, s->item, "attachmentSet")
    aws_find_name(f, av_str(a, "instanceId"));
    c = aws_find_culprit(f);
    c->statement = arena_printf(
        v->arena, "volume %s is out of burst credits: more is asked of it than its baseline",
        s->of);
    c->evidence = f->evidence;
    c->name = "volume";
    c->before = s->before;
    c->after = s->low;
    c->at_ms = s->turn_ms;
    c->ask = (struct aws_follow){
        .service = "ec2",
        .operation = "DescribeVolumes",
        .params = arena_printf(v->arena, "{\"VolumeIds\":[%s]}", aws_json(v, s->of)),
        .title = arena_printf(v->arena, "what volume %s can do", s->of)};
}

static void look_files(struct aws_view *v, struct aws_findings *out, const struct aws_series *s)
{
    bool credits = av_is_metric(s, "efs.burst");
    const struct aws_alarm *alarm = av_alarm_of(v, s->of);
    struct aws_finding *f;

    if (credits ? !(s->last <= 0) || !(s->before > 0)
                : !(s->after >= IO) || !(s->after > s->before))
        return;
    f = begin(v, out, s, "efs", credits ? s->last : s->after);
    if (!f)
        return;
    f->claim = arena_printf(v->arena, "file system %s %s", s->of,
                            credits ? "has used up its burst credits" : "is at its limit of I/O");
    f->evidence = credits ? arena_printf(v->arena, "burst credits of %s fell from %s to none",
                                         s->of, av_human(v, s->before, "bytes"))
                          : arena_printf(v->arena,
                                         "I/O of %s rose from %.0f %% to %.0f %% of its "
                                         "limit",
                                         s->of, s->before, s->after);
    aws_find_var(f, "files", s->of);
    if (alarm) {
        f->second = arena_printf(v->arena, "alarm %s is on since %s", alarm->name,
                                 av_clock(v, alarm->since_ms));
        f->second_query = alarm->query;
    }
}

static void find(struct aws_view *v, struct aws_findings *out)
{
    AV_SERIES(s, v, "rds.free")
    look_rds(v, out, s);
    AV_SERIES(s, v, "ebs.burst")
    look_volume(v, out, s);
    AV_SERIES(s, v, "efs.io")
    look_files(v, out, s);
    AV_SERIES(s, v, "efs.burst")
    look_files(v, out, s);
}

static void read(struct aws_view *v, const struct aws_culprit *c, const struct value *items,
                 struct aws_reading *r)
{
    const struct value *volume = value_at(items, 0);

    r->before = c->before;
    r->after = c->after;
    if (strcmp(c->name, "volume") == 0) {
        const char *type = av_str(volume, "volumeType");

        r->strength = volume ? STRENGTH_STRONG : STRENGTH_NONE;
        r->direct = volume != NULL;
        r->evidence =
            volume ? arena_printf(v->arena, "it is %s of %.0f GiB%s", type, av_num(volume, "size"),
                                  strcmp(type, "gp2") == 0
                                      ? ": 3 IOPS a GiB, at least 100, without credits"
                                      : "")
                   : "the volume is not there any more";
        return;
    }
    r->evidence = "its events say nothing of storage";
    VALUE_EACH (e, items) {
        const char *text = av_str(e, "Message");

        if (!av_has(text, "storage") && !av_has(text, "disk"))
            continue;
        r->strength = STRENGTH_STRONG;
        r->direct = true;
        r->evidence =
            arena_printf(v->arena, "RDS at %s: %.160s", av_clock(v, av_time(e, "Date")), text);
    }
}

static const char *const needs[] = {"rds.free",  "rds.instances", "ebs.burst", "ebs.queue",
                                    "efs.burst", "efs.io",        NULL};
static const char *const words[] = {"storage", "disk",  "space", "full", "volume", "ebs",
                                    "efs",     "burst", "i/o",   "iops", NULL};
static const struct aws_proposal proposals[] = {
    {.action = "give {db} more storage, or free what is not needed; switch on storage autoscaling",
     .command = "",
     .rollback = "none possible: storage of RDS only grows",
     .risk = APPROVAL_HIGH,
     .watch = "FreeStorageSpace of {db} rises"},
    {.action = "change volume {volume} to gp3, whose baseline does not depend on credits",
     .command = "aws ec2 modify-volume --volume-id {volume} --volume-type gp3 --region {region}",
     .rollback = "change it back after six hours, which AWS wants between two changes",
     .risk = APPROVAL_MEDIUM,
     .watch = "VolumeQueueLength of {volume} falls"},
    {.action = "switch {files} to elastic throughput",
     .command = "aws efs update-file-system --file-system-id {files} --throughput-mode elastic "
                "--region {region}",
     .rollback = "the former mode, a day later at the earliest",
     .risk = APPROVAL_MEDIUM,
     .watch = "PercentIOLimit of {files} falls"},
    {.action = NULL},
};
static const char *const checks[] = {"what grows: logs, temporary tables, snapshots, one client's "
                                     "writes",
                                     NULL};

const struct aws_pattern aws_pattern_storage = {
    .id = "storage",
    .kind = "saturation",
    .category = CATEGORY_CAPACITY,
    .on = ON_RDS | ON_FILES,
    .rank = 7,
    .words = words,
    .claim = "storage is used up",
    .rationale = "writes fail or wait without room or credits",
    .refutes = "there is a tenth free, or it was as little before",
    .quiet = "storage has room and credits",
    .needs = needs,
    .limits = limits,
    .find = find,
    .read = read,
    .proposals = proposals,
    .checks = checks,
};
