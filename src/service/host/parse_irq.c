/* parse_irq.c - interrupts by source, hard and soft; the clock of the processors.
 * Sources: Linux Documentation/filesystems/proc.rst (interrupts, softirqs), admin-guide/pm/
 * cpufreq.rst, and x86's thermal_throttle counters. */
#include "parse_priv.h"

#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"

#define IRQS_MAX 2000
#define IRQS_KEPT 12
#define COLUMNS_MAX 512

struct counts {
    double by_cpu[COLUMNS_MAX];
    int columns;
};

static int column_count(struct str header)
{
    int n = 0;

    while (parse_word(&header).len && n < COLUMNS_MAX)
        n++;
    return n;
}

/* "  36:   0   4028635  PCI-MSIX 1-edge  virtio1-req.0" */
static bool read_line(struct str line, int columns, struct str *ret_key, struct str *ret_rest,
                      struct counts *ret)
{
    struct str word = parse_word(&line);

    if (word.len < 2 || word.ptr[word.len - 1] != ':')
        return false;
    *ret_key = (struct str){word.ptr, word.len - 1};
    ret->columns = 0;
    while (ret->columns < columns) {
        double v = parse_num(parse_word(&line), NAN);

        if (isnan(v))
            return false;
        ret->by_cpu[ret->columns++] = v;
    }
    *ret_rest = str_trim(line);
    return true;
}

static struct str line_of(struct str text, struct str key)
{
    struct str line, probe, word;

    while (str_line(&text, &line)) {
        probe = line;
        word = parse_word(&probe);
        if (word.len == key.len + 1 && memcmp(word.ptr, key.ptr, key.len) == 0)
            return line;
    }
    return (struct str){NULL, 0};
}

static const char *irq_name(struct parse *p, struct str key, struct str rest, bool soft)
{
    if (soft || !rest.len || !(key.ptr[0] >= '0' && key.ptr[0] <= '9'))
        return parse_text(p, key, 32);
    for (size_t i = rest.len; i > 0; i--) { /* its last word is the driver's name */
        if (rest.ptr[i - 1] == ' ') {
            rest = (struct str){rest.ptr + i, rest.len - i};
            break;
        }
    }
    return arena_printf(p->arena, "%s %s", parse_text(p, key, 16), parse_text(p, rest, 48));
}

static void one_irq(struct parse *p, struct host_snapshot *s, struct str line, struct str before,
                    int columns, bool soft)
{
    static struct counts zero;
    struct counts *a = xcalloc(2, sizeof(*a)), *b = a + 1;
    struct str key, rest, key0, rest0;
    struct host_irq irq = {.soft = soft};
    double top = -1;

    if (!read_line(line, columns, &key, &rest, b))
        goto done;
    before = line_of(before, key);
    if (!before.ptr || !read_line(before, columns, &key0, &rest0, a))
        *a = zero;
    for (int i = 0; i < columns; i++) {
        double d = parse_rate(p, a->by_cpu[i], b->by_cpu[i]);

        irq.rate += d;
        if (d > top) {
            top = d;
            irq.cpu = i;
        }
    }
    if (irq.rate < 1 || s->irqs.count >= IRQS_MAX || !before.ptr)
        goto done;
    irq.share = top / irq.rate;
    irq.name = irq_name(p, key, rest, soft);
    *VEC_PUSH(&s->irqs) = irq;
done:
    free(a);
}

static void read_table(struct parse *p, struct host_snapshot *s, const char *name, bool soft)
{
    struct str t0 = parse_section(p, name, 0, false), t1 = parse_section(p, name, 1, false), line;
    int columns, left = IRQS_MAX;

    if (!str_line(&t1, &line))
        return;
    columns = column_count(line);
    while (columns && left-- > 0 && str_line(&t1, &line))
        one_irq(p, s, line, t0, columns, soft);
}

static int by_rate(const void *a, const void *b)
{
    const struct host_irq *x = a, *y = b;

    return (x->rate < y->rate) - (x->rate > y->rate);
}

void parse_irqs(struct parse *p, struct host_snapshot *s)
{
    read_table(p, s, "proc/interrupts", false);
    read_table(p, s, "proc/softirqs", true);
    if (!s->irqs.count)
        return;
    qsort(s->irqs.items, s->irqs.count, sizeof(*s->irqs.items), by_rate);
    if (s->irqs.count > IRQS_KEPT)
        s->irqs.count = IRQS_KEPT;
}

struct clocks {
    double now, max, throttles;
    int n;
};

/* "cpu0/cpufreq/scaling_cur_freq:2400000" (kHz), "cpu0/thermal_throttle/core_throttle_count:3" */
static struct clocks read_clocks(struct parse *p, int phase)
{
    struct str text = parse_section(p, "cpufreq", phase, false), line, name;
    struct clocks c = {.throttles = NAN};

    while (str_line(&text, &line)) {
        double v;

        if (!str_split(&line, ':', &name))
            continue;
        v = parse_num(str_trim(line), NAN);
        if (isnan(v))
            continue;
        if (str_ends(name, "/scaling_cur_freq")) {
            c.now += v / 1000;
            c.n++;
        } else if (str_ends(name, "/cpuinfo_max_freq")) {
            c.max = fmax(c.max, v / 1000);
        } else if (str_ends(name, "_throttle_count")) {
            c.throttles = (isnan(c.throttles) ? 0 : c.throttles) + v;
        }
    }
    return c;
}

void parse_frequency(struct parse *p, struct host_snapshot *s)
{
    struct clocks a = read_clocks(p, 0), b = read_clocks(p, 1);

    s->mhz = b.n ? b.now / b.n : NAN;
    s->mhz_max = b.max > 0 ? b.max : NAN;
    s->thermal_rate = parse_rate(p, a.throttles, b.throttles);
}
