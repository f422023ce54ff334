/* series_host.c - what the host tools record (see the heads of src/tool/host_*.c) as bars: a list
 * of things with a number each. Which list is meant, the evidence's metric says; of a metric that
 * no list is about nothing is drawn, as a chart of something else beside a finding misleads. */
#include "src/view/series_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const struct list {
    const char *metric; /* how the evidence's metric begins; "": any */
    const char *list, *label, *value, *unit, *title;
} lists[] = {
    {"inodes_used", "filesystems", "mount", "inodes_used", "ratio", "inodes used"},
    {"filesystem_inodes", "filesystems", "mount", "inodes_used", "ratio", "inodes used"},
    {"filesystem", "filesystems", "mount", "used", "ratio", "filesystems, used"},
    {"tmpfs_used", "filesystems", "mount", "used", "ratio", "filesystems, used"},
    {"deleted_bytes", "filesystems", "mount", "used", "ratio", "filesystems, used"},
    {"process_memory", "processes", "command", "rss", "bytes", "processes, resident memory"},
    {"memory", "processes", "command", "rss", "bytes", "processes, resident memory"},
    {"swap", "processes", "command", "rss", "bytes", "processes, resident memory"},
    {"oom", "processes", "command", "rss", "bytes", "processes, resident memory"},
    {"process_", "processes", "command", "tree_cpu", "cores", "processes, processors used"},
    {"cpu", "processes", "command", "tree_cpu", "cores", "processes, processors used"},
    {"load", "processes", "command", "tree_cpu", "cores", "processes, processors used"},
    {"disk", "disks", "name", "busy", "ratio", "disks, busy"},
    {"flush", "disks", "name", "busy", "ratio", "disks, busy"},
    {"listen_overflows", "listeners", "command", "queue", "connections", "accept queues"},
    {"waiting_connections", "listeners", "command", "queue", "connections", "accept queues"},
    {"accept", "listeners", "command", "queue", "connections", "accept queues"},
    {"cgroup", "cgroups", "path", "memory", "bytes", "groups, memory"},
    {"", "files", "path", "bytes", "bytes", "largest files"},
    {"", "families", "family", "count", "lines", "log lines by family"},
};

static int by_size(const void *a, const void *b)
{
    const struct chart_bar *x = a, *y = b;

    return (x->value < y->value) - (x->value > y->value);
}

/* Processes of one name are told apart by their numbers. */
static void add_bar(struct series_set *s, const struct value *one, const struct list *l, double v)
{
    const char *name = value_cstr_or(one, l->label, "?");
    int64_t pid = value_i64_or(one, "pid", 0);
    char label[128];

    if (pid > 0)
        snprintf(label, sizeof(label), "%.100s %lld", name, (long long)pid);
    series_bar(s, pid > 0 ? label : name, v);
}

static bool read_list(struct series_set *s, const struct value *doc, const struct list *l)
{
    const struct value *items = value_get(doc, l->list);

    if (!items || items->type != VALUE_ARRAY || !items->u.list.count)
        return false;
    VALUE_EACH (one, items) {
        double v = value_num_or(one, l->value, NAN);

        if (isfinite(v))
            add_bar(s, one, l, v);
    }
    if (!s->bars.count)
        return false;
    qsort(s->bars.items, s->bars.count, sizeof(struct chart_bar), by_size);
    s->unit = l->unit;
    s->title = l->title;
    return true;
}

/* {"samples":[{"at_s","cpu","rss"}]} of one process. */
static bool read_samples(struct series_set *s, const struct value *doc, const struct series_hint *h)
{
    const struct value *samples = value_get(doc, "samples");
    bool memory = h->unit && strcmp(h->unit, "bytes") == 0;
    struct series_pen pen;

    if (!samples || samples->type != VALUE_ARRAY || samples->u.list.count < 2 ||
        !value_get(value_at(samples, 0), "at_s") ||
        !series_add(s, value_cstr_or(doc, "command", "process"), samples->u.list.count, &pen))
        return false;
    VALUE_EACH (one, samples) {
        double at = value_num_or(one, "at_s", NAN);

        if (!(fabs(at) < 1e9))
            continue;
        if (!series_point(&pen, h->base_ms + (int64_t)(at * 1000),
                          value_num_or(one, memory ? "rss" : "cpu", NAN))) {
            series_drop(s);
            return false;
        }
    }
    s->unit = memory ? "bytes" : "cores";
    s->title = memory ? "resident memory" : "processors used";
    s->subject = s->series.count;
    return true;
}

bool series_read_host(struct series_set *s, const struct value *doc, const struct series_hint *hint)
{
    const char *metric = hint->metric ? hint->metric : "";

    if (!doc || doc->type != VALUE_OBJECT)
        return false;
    if (read_samples(s, doc, hint))
        return true;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        if (strncmp(metric, lists[i].metric, strlen(lists[i].metric)) == 0 &&
            read_list(s, doc, &lists[i]))
            return true;
    return false;
}
