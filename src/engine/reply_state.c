/* reply_state.c - see reply_state.h. */
#include "reply_state.h"

#include <math.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"

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

static bool ends_in(const char *question, const char *word)
{
    struct str q = str_trim(str_from(question));

    while (q.len && strchr("?.! ", q.ptr[q.len - 1]))
        q.len--;
    return str_ends(q, word);
}

/* Its first word is one of them: "df -h". */
static bool is_command(const char *question, const char *words)
{
    struct str q = str_trim(str_from(question)), rest = str_from(words), word;
    size_t n = 0;

    while (n < q.len && q.ptr[n] != ' ' && q.ptr[n] != '?')
        n++;
    while (str_split(&rest, '|', &word)) {
        if (n == word.len && str_ifind((struct str){q.ptr, n}, word) == 0)
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
    double used = value_num_or(s, "cpu.busy", 0) * value_num_or(s, "cpu.count", 0), seen = 0;
    char busy[48];

    buf_addf(out, "%s: the processors are %s busy", host,
             human(value_num_or(s, "cpu.busy", NAN), "ratio", busy));
    if (value_num_or(s, "cpu.count", 0) > 0)
        buf_addf(out, ", there are %.0f", value_num_or(s, "cpu.count", 0));
    for (size_t i = 0; i < n; i++)
        seen += all[i].by;
    if (n && all[0].by > 0) {
        buf_adds(out, seen < used / 2 ? "; short-lived processes use most of it; of the others "
                                      : "; most is used by ");
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

/* The number behind "port"; 0: none is named. */
static int64_t port_named(const char *question)
{
    ptrdiff_t at = str_ifind(str_from(question), STR_LIT("port "));
    struct str rest, word;
    int64_t port;

    if (at < 0)
        return 0;
    rest = str_from(question + at + 5);
    return str_split(&rest, ' ', &word) && word.len &&
                   num_i64((struct str){word.ptr, strspn(word.ptr, "0123456789")}, &port) &&
                   port > 0 && port < 65536
               ? port
               : 0;
}

/* Who is behind one port, which is what was asked. */
static void say_port(const char *host, const struct value *s, int64_t port, const char *call,
                     struct buf *out)
{
    size_t n = 0;

    VALUE_EACH (l, value_get(s, "listeners")) {
        if (value_i64_or(l, "port", 0) != port)
            continue;
        if (!n++)
            buf_addf(out, "%s: port %lld is listened on by %s", host, (long long)port,
                     value_cstr_or(l, "command", "a program that this user may not see"));
        else
            buf_addf(out, ", %s", value_cstr_or(l, "command", "?"));
        if (value_i64_or(l, "pid", 0))
            buf_addf(out, " (%lld)", (long long)value_i64_or(l, "pid", 0));
        buf_addf(out, ", %s", value_cstr_or(l, "addr", ""));
    }
    if (!n)
        buf_addf(out, "%s: nobody listens on port %lld", host, (long long)port);
    buf_addf(out, " [%s]\n", call);
}

static void say_uptime(const char *host, const struct value *s, const char *call, struct buf *out)
{
    char up[TIME_TEXT_MAX];

    duration_format((int64_t)(value_num_or(s, "uptime_s", 0) * 1000), up);
    buf_addf(out, "%s: up for %s, load %.2f %.2f %.2f on %lld processors [%s]\n", host, up,
             value_num_or(s, "cpu.load1", 0), value_num_or(s, "cpu.load5", 0),
             value_num_or(s, "cpu.load15", 0), (long long)value_num_or(s, "cpu.count", 0), call);
}

static void say_inodes(const char *host, const struct value *s, const char *call, struct buf *out)
{
    size_t n;
    struct ranked *all = rank(value_get(s, "filesystems"), "inodes_used", &n);

    buf_addf(out, "%s: inodes in use [%s]\n", host, call);
    for (size_t i = 0; i < n && i < SHOWN; i++) {
        char used[48];

        buf_addf(out, "- %s %s of %lld\n", value_cstr_or(all[i].v, "mount", "?"),
                 human(all[i].by, "ratio", used), (long long)value_num_or(all[i].v, "inodes", 0));
    }
    free(all);
}

static void say_network(const char *host, const struct value *s, const char *call, struct buf *out)
{
    size_t n = 0;

    buf_addf(out,
             "%s: %lld connections are established, %lld wait to be forgotten, %zu ports are "
             "listened on [%s]\n",
             host, (long long)value_num_or(s, "network.established", 0),
             (long long)value_num_or(s, "limits.time_wait", 0),
             value_count(value_get(s, "listeners")), call);
    VALUE_EACH (nic, value_get(s, "nics")) {
        char in[48], to[48];

        if (n++ < SHOWN)
            buf_addf(out, "- %s %s/s in, %s/s out, %.1f errors and %.1f drops a second\n",
                     value_cstr_or(nic, "name", "?"),
                     human(value_num_or(nic, "rx_rate", 0), "bytes", in),
                     human(value_num_or(nic, "tx_rate", 0), "bytes", to),
                     value_num_or(nic, "rx_errors", 0) + value_num_or(nic, "tx_errors", 0),
                     value_num_or(nic, "rx_drops", 0) + value_num_or(nic, "tx_drops", 0));
    }
}

static void say_units(const char *host, const struct value *s, const char *call, struct buf *out)
{
    size_t failed = 0;

    if (!value_bool_or(s, "units.systemd", false)) {
        buf_addf(out, "%s: it has no systemd, so there are no units [%s]\n", host, call);
        return;
    }
    VALUE_EACH (u, value_get(s, "units.list")) {
        if (strcmp(value_cstr_or(u, "active", ""), "failed") != 0)
            continue;
        buf_addf(out, "- %s failed%s%s\n", value_cstr_or(u, "name", "?"),
                 *value_cstr_or(u, "result", "") ? ": " : "", value_cstr_or(u, "result", ""));
        failed++;
    }
    buf_addf(out, "%s: %zu of %lld units failed [%s]\n", host, failed,
             (long long)value_num_or(s, "units.total", 0), call);
}

bool reply_state(const char *host, const char *question, const struct value *snapshot,
                 const char *call, struct buf *out)
{
    if (port_named(question))
        say_port(host, snapshot, port_named(question), call, out);
    else if (about(question, "inode"))
        say_inodes(host, snapshot, call, out);
    else if (about(question, "unit|systemctl|services failed|failed services|dienst"))
        say_units(host, snapshot, call, out);
    else if (about(question, "uptime|how long|load average"))
        say_uptime(host, snapshot, call, out);
    else if (about(question, "speicherplatz"))
        say_disks(host, snapshot, call, out);
    else if (about(question, "memory|swap|ram |speicher") || ends_in(question, "ram"))
        say_memory(host, snapshot, call, out);
    else if (about(question, "cpu|processor|load|burn|busy|eats|prozessor|frisst"))
        say_cpu(host, snapshot, call, out);
    else if (about(question, "disk|full|filesystem|mount|space|platte|voll|platz") ||
             is_command(question, "df|du"))
        say_disks(host, snapshot, call, out);
    else if (about(question, "listen|port"))
        say_listeners(host, snapshot, call, out);
    else if (about(question, "network|connection") || is_command(question, "netstat|ss"))
        say_network(host, snapshot, call, out);
    else if (about(question, "process") || is_command(question, "top|htop|ps"))
        say_cpu(host, snapshot, call, out);
    else
        return false;
    return true;
}
