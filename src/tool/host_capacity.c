/* host_capacity.c - what a machine has, and how much of it is used: what is paid for and idle.
 * {"host","now_ms","cpu":{"count","busy_cores","busy_since_start","unused_cores","load15"},
 *  "memory":{"total","available","unused_share","swap_total","swap_used"},
 *  "filesystems":[{"mount","type","total","available","used"}],
 *  "groups":[{"path","memory","memory_limit","memory_peak","memory_used_share","cpu_limit","cpu_used"}],
 *  "spare":[{"what","has","uses","unit","spare_share","words"}],"verdict","money","gaps":[...]}
 * spare: half of it or more is not used, the largest share first by kind; verdict: idle, spare,
 * fits or tight. Money is not known to a machine: that is said. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "look.h"
#include "runbook/base/num.h"

#define SPARE 0.5 /* of what there is: less is a reserve that one wants */
#define TIGHT 0.9 /* busier than that is no place to save */

struct capacity {
    double cores, busy_now, busy_boot, uptime;
    double mem, avail, swap, swap_free;
    int spare;
    bool tight;
};

static void read_capacity(const struct look *k, struct capacity *c)
{
    const struct look_line *l = look_find(k, "cpu", NULL), *m = look_find(k, "mem", NULL);
    double idle0, all0, idle1, all1;

    *c = (struct capacity){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, 0, false};
    if (l) {
        c->cores = look_num(l->f[0]);
        idle0 = look_num(l->f[1]), all0 = look_num(l->f[2]);
        idle1 = look_num(l->f[3]), all1 = look_num(l->f[4]);
        c->busy_now = all1 > all0 ? c->cores * (1 - (idle1 - idle0) / (all1 - all0)) : NAN;
        c->busy_boot = all1 > 0 ? c->cores * (1 - idle1 / all1) : NAN;
        c->uptime = look_num(l->f[8]);
    }
    if (m) {
        c->mem = look_num(m->f[0]) * 1024;
        c->avail = look_num(m->f[1]) * 1024;
        c->swap = look_num(m->f[2]) * 1024;
        c->swap_free = look_num(m->f[3]) * 1024;
    }
}

static void put_head(struct look *k, const struct capacity *c)
{
    struct json_writer *w = k->out;
    const struct look_line *l = look_find(k, "cpu", NULL);
    double most = fmax(c->busy_now, c->busy_boot);

    json_key(w, "cpu");
    json_object_begin(w);
    HOST_PUT(w, {"count", c->cores}, {"busy_cores", c->busy_now},
             {"busy_since_start", c->busy_boot}, {"unused_cores", c->cores - most},
             {"load15", l ? look_num(l->f[7]) : NAN}, {"uptime_s", c->uptime});
    json_object_end(w);
    json_key(w, "memory");
    json_object_begin(w);
    HOST_PUT(w, {"total", c->mem}, {"available", c->avail}, {"unused_share", c->avail / c->mem},
             {"swap_total", c->swap}, {"swap_used", c->swap - c->swap_free});
    json_object_end(w);
    k->rows += (l != NULL) + isfinite(c->mem);
}

static void put_filesystems(struct look *k, struct capacity *c)
{
    json_key(k->out, "filesystems");
    json_array_begin(k->out);
    VEC_EACH (l, &k->lines) {
        double total = look_num(l->f[1]) * 1024, used = look_num(l->f[2]) * 1024,
               avail = look_num(l->f[3]) * 1024;

        if (strcmp(l->kind, "fs") != 0 || !(total > 0))
            continue;
        json_object_begin(k->out);
        json_put_cstr(k->out, "mount", l->f[4]);
        json_put_cstr(k->out, "type", l->f[0]);
        HOST_PUT(k->out, {"total", total}, {"available", avail}, {"used", used / total});
        json_object_end(k->out);
        c->tight |= used / (used + avail) > TIGHT;
        k->rows++;
    }
    json_array_end(k->out);
}

struct group_use {
    double memory, limit, peak, cpu_limit, cpu_used;
};

static struct group_use read_group(const struct look_line *l)
{
    struct group_use g = {look_num(l->f[1]), look_num(l->f[2]), look_num(l->f[3]), NAN, NAN};
    struct str max = str_from(l->f[4]), quota;
    double seconds = look_num(l->f[8]) - look_num(l->f[7]), q, period;

    if (str_split(&max, '/', &quota) && num_f64(quota, &q) && num_f64(max, &period) && period > 0)
        g.cpu_limit = q / period;
    if (seconds > 0)
        g.cpu_used = (look_num(l->f[6]) - look_num(l->f[5])) / 1e6 / seconds;
    return g;
}

static void put_groups(struct look *k)
{
    json_key(k->out, "groups");
    json_array_begin(k->out);
    VEC_EACH (l, &k->lines) {
        struct group_use g;

        if (strcmp(l->kind, "group") != 0)
            continue;
        g = read_group(l);
        json_object_begin(k->out);
        json_put_cstr(k->out, "path", l->f[0]);
        HOST_PUT(k->out, {"memory", g.memory}, {"memory_limit", g.limit}, {"memory_peak", g.peak},
                 {"memory_used_share", fmax(g.memory, isfinite(g.peak) ? g.peak : 0) / g.limit},
                 {"cpu_limit", g.cpu_limit}, {"cpu_used", g.cpu_used});
        json_object_end(k->out);
        k->rows++;
    }
    json_array_end(k->out);
}

static void put_spare(struct look *k, struct capacity *c, const char *what, double has, double uses,
                      const char *unit)
{
    double share = has > 0 ? 1 - uses / has : NAN;
    char h[48], u[48], words[200];

    if (!(share >= SPARE))
        return;
    num_human(has, unit, h);
    num_human(uses, unit, u);
    snprintf(words, sizeof(words), "%.80s: %s of %s are used", what, u, h);
    json_object_begin(k->out);
    json_put_cstr(k->out, "what", what);
    json_put_cstr(k->out, "unit", unit);
    HOST_PUT(k->out, {"has", has}, {"uses", uses}, {"spare_share", share});
    json_put_cstr(k->out, "words", words);
    json_object_end(k->out);
    c->spare++;
}

static void put_spares(struct look *k, struct capacity *c)
{
    json_key(k->out, "spare");
    json_array_begin(k->out);
    put_spare(k, c, "processors", c->cores, fmax(c->busy_now, c->busy_boot), "cores");
    put_spare(k, c, "memory", c->mem, c->mem - c->avail, "bytes");
    VEC_EACH (l, &k->lines) {
        if (strcmp(l->kind, "fs") == 0)
            put_spare(k, c, l->f[4], look_num(l->f[1]) * 1024, look_num(l->f[2]) * 1024, "bytes");
    }
    VEC_EACH (l, &k->lines) {
        if (strcmp(l->kind, "group") == 0) {
            struct group_use g = read_group(l);

            put_spare(k, c, l->f[0], g.limit, isfinite(g.peak) ? g.peak : g.memory, "bytes");
            put_spare(k, c, l->f[0], g.cpu_limit, g.cpu_used, "cores");
        }
    }
    json_array_end(k->out);
}

static const char *verdict_of(const struct capacity *c)
{
    double cpu = fmax(c->busy_now, c->busy_boot) / c->cores, mem = 1 - c->avail / c->mem;

    if (c->tight || cpu > TIGHT || mem > TIGHT)
        return "tight";
    if (cpu < 0.1 && mem < 0.5)
        return "idle";
    return c->spare ? "spare" : "fits";
}

static enum err_code render(struct look *k, struct err *err)
{
    struct capacity c;
    char mem[48], avail[48];

    (void)err;
    read_capacity(k, &c);
    put_head(k, &c);
    put_filesystems(k, &c);
    put_groups(k);
    put_spares(k, &c);
    json_put_cstr(k->out, "verdict", verdict_of(&c));
    json_put_cstr(k->out, "money",
                  "not known to a machine; what AWS bills is known to aws_cost and runbook spend");
    num_human(c.mem, "bytes", mem);
    num_human(c.avail, "bytes", avail);
    snprintf(k->summary, 256,
             "%s: %.1f of %.0f cores busy, %s of %s memory free, %d things half empty",
             verdict_of(&c), c.busy_now, c.cores, avail, mem, c.spare);
    return ERR_OK;
}

const struct look_def look_capacity = {.script = "capacity", .timeout_ms = 30000, .render = render};

static const struct tool_param params[] = {HOST_PARAM, {NULL}};

static void cite(const struct value *args, struct buf *out)
{
    host_cite(args, out, "processors, memory, filesystems and limits: there and used");
}

static void start(struct tool_call *c)
{
    look_start(c, &look_capacity, (const char *const[]){NULL});
}

const struct tool_def tool_host_capacity = {
    .name = "host_capacity",
    .help = "Compare what a machine has with what it uses: processors, memory, disks, limits.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = 40000,
    .query = cite,
    .start = start,
    .cancel = look_cancel,
};
