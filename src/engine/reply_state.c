/* reply_state.c - see reply_state.h. */
#include "reply_state.h"

#include <math.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"

#define SHOWN 12

static bool about(const char *question, const char *words)
{
    struct str rest = str_from(words), word;

    while (str_split(&rest, '|', &word)) {
        if (str_ifind(str_from(question), word) >= 0)
            return true;
    }
    return false;
}

struct ranked {
    const struct value *v;
    double by;
};

static int by_most(const void *a, const void *b)
{
    double x = ((const struct ranked *)a)->by, y = ((const struct ranked *)b)->by;

    return (x < y) - (x > y);
}

/* The caller frees. */
static struct ranked *rank(const struct value *list, const char *key, size_t *ret_count)
{
    struct ranked *all = xcalloc(value_count(list) + 1, sizeof(*all));
    size_t n = 0;

    VALUE_EACH (v, list) {
        double by = value_num_or(v, key, NAN);

        if (!isnan(by))
            all[n++] = (struct ranked){v, by};
    }
    qsort(all, n, sizeof(*all), by_most);
    *ret_count = n;
    return all;
}

static const char *human(double v, const char *unit, char out[48])
{
    num_human(v, unit, out);
    return out;
}

static void put_filesystem(const struct value *f, struct buf *out)
{
    char used[48], room[48], total[48];

    buf_addf(out, "%s %s full, %s of %s available", value_cstr_or(f, "mount", "?"),
             human(value_num_or(f, "used", NAN), "ratio", used),
             human(value_num_or(f, "available", NAN), "bytes", room),
             human(value_num_or(f, "total", NAN), "bytes", total));
}

static void say_disks(const char *host, const struct value *s, const char *call, struct buf *out)
{
    size_t n;
    struct ranked *all = rank(value_get(s, "filesystems"), "used", &n);

    buf_addf(out, "%s: %s", host, n ? "the fullest is " : "no filesystem could be read");
    if (n)
        put_filesystem(all[0].v, out);
    buf_addf(out, " [%s]\n", call);
    for (size_t i = 1; i < n && i < SHOWN; i++) {
        buf_adds(out, "- ");
        put_filesystem(all[i].v, out);
        buf_addc(out, '\n');
    }
    free(all);
}

static void put_process(const struct value *p, struct buf *out)
{
    char cpu[48], rss[48];

    buf_addf(out, "%s (%lld) %s, %s resident", value_cstr_or(p, "command", "?"),
             (long long)value_num_or(p, "pid", 0), human(value_num_or(p, "cpu", NAN), "cores", cpu),
             human(value_num_or(p, "rss", NAN), "bytes", rss));
}

static void put_processes(const struct value *s, const char *key, struct buf *out)
{
    size_t n;
    struct ranked *all = rank(value_get(s, "processes"), key, &n);

    for (size_t i = 0; i < n && i < SHOWN && all[i].by > 0; i++) {
        buf_adds(out, "- ");
        put_process(all[i].v, out);
        buf_addc(out, '\n');
    }
    free(all);
}

static void say_memory(const char *host, const struct value *s, const char *call, struct buf *out)
{
    double total = value_num_or(s, "memory.total", NAN),
           room = value_num_or(s, "memory.available", NAN);
    double swap = value_num_or(s, "memory.swap_total", NAN);
    char a[48], b[48], c[48], d[48];

    buf_addf(out, "%s: %s of %s memory is available (%s used)", host, human(room, "bytes", a),
             human(total, "bytes", b), human((total - room) / total, "ratio", c));
    if (swap > 0)
        buf_addf(out, ", %s of %s swap are free",
                 human(value_num_or(s, "memory.swap_free", NAN), "bytes", a),
                 human(swap, "bytes", d));
    else
        buf_adds(out, ", there is no swap");
    buf_addf(out, " [%s]\n", call);
    put_processes(s, "rss", out);
}

static void say_cpu(const char *host, const struct value *s, const char *call, struct buf *out)
{
    size_t n;
    struct ranked *all = rank(value_get(s, "processes"), "cpu", &n);
    char busy[48];

    buf_addf(out, "%s: the processors are %s busy", host,
             human(value_num_or(s, "cpu.busy", NAN), "ratio", busy));
    if (n && all[0].by > 0) {
        buf_adds(out, "; most is used by ");
        put_process(all[0].v, out);
    }
    buf_addf(out, " [%s]\n", call);
    put_processes(s, "cpu", out);
    free(all);
}

static void say_listeners(const char *host, const struct value *s, const char *call,
                          struct buf *out)
{
    const struct value *list = value_get(s, "listeners");
    size_t n = 0;

    buf_addf(out, "%s: %zu ports are listened on [%s]\n", host, value_count(list), call);
    VALUE_EACH (l, list) {
        if (n++ < 40)
            buf_addf(out, "- %s %s:%lld %s\n", value_cstr_or(l, "proto", "tcp"),
                     value_cstr_or(l, "addr", ""), (long long)value_num_or(l, "port", 0),
                     value_cstr_or(l, "command", ""));
    }
}

bool reply_state(const char *host, const char *question, const struct value *snapshot,
                 const char *call, struct buf *out)
{
    if (about(question, "memory|swap|ram "))
        say_memory(host, snapshot, call, out);
    else if (about(question, "cpu|processor|load|burn|busy|eats"))
        say_cpu(host, snapshot, call, out);
    else if (about(question, "disk|full|filesystem|mount|space"))
        say_disks(host, snapshot, call, out);
    else if (about(question, "listen|port"))
        say_listeners(host, snapshot, call, out);
    else
        return false;
    return true;
}
