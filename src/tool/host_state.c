/* host_state.c - one thing of a machine, as it is now: what a procedure waits for.
 * host_filesystem {"mount","device","type","used","total","available","inodes_used","read_only",
 *                  "errors","full","options"}            errors: of the filesystem, since it was
 * made host_group      {"group","processes","members":[{"pid","command"}],"values":{"cpu.max":...},
 *                  "cpu_cores","memory","memory_limit","memory_high","memory_share","pids",
 *                  "pids_limit","throttled","oom_kills"}
 * host_unit       {"unit","manager","active","sub","pid","restarts","result","running"}
 * host_names      {"name","found","ms","addresses":[...],"servers":[...],"cache","in_hosts"}
 * A number that is not known is null; each ends with "gaps". */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "look.h"
#include "runbook/base/num.h"

/* ---- a filesystem ---- */

/* Is `word` one of the options "rw,relatime"? */
static bool has_option(const char *options, const char *word)
{
    struct str rest = str_from(options), one;

    while (str_split(&rest, ',', &one)) {
        if (str_eq_c(one, word))
            return true;
    }
    return false;
}

static enum err_code render_filesystem(struct look *k, struct err *err)
{
    const struct look_line *fs = look_find(k, "fs", NULL), *in = look_find(k, "inodes", NULL),
                           *o = look_find(k, "options", NULL), *e = look_find(k, "errors", NULL);
    double used, avail, share, inodes;

    if (!fs)
        return err_set(err, ERR_REMOTE, "df said nothing that can be read");
    used = look_num(fs->f[2]) * 1024;
    avail = look_num(fs->f[3]) * 1024;
    share = used + avail > 0 ? used / (used + avail) : NAN;
    inodes = in && look_num(in->f[0]) > 0 ? look_num(in->f[1]) / look_num(in->f[0]) : NAN;
    json_put_cstr(k->out, "mount", fs->f[5]);
    json_put_cstr(k->out, "device", fs->f[4]);
    json_put_cstr(k->out, "type", fs->f[0]);
    HOST_PUT(k->out, {"used", share}, {"total", look_num(fs->f[1]) * 1024}, {"available", avail},
             {"inodes_used", inodes}, {"errors", e ? look_num(e->f[0]) : NAN});
    json_put_bool(k->out, "read_only", o && has_option(o->f[0], "ro"));
    json_put_bool(k->out, "full", share > 0.9 || inodes > 0.9);
    json_put_cstr(k->out, "options", o ? o->f[0] : "");
    k->rows = 1;
    snprintf(k->summary, 256, "%.100s: %.0f %% full%s", fs->f[5], share * 100,
             o && has_option(o->f[0], "ro") ? ", read-only" : "");
    return ERR_OK;
}

const struct look_def look_filesystem = {
    .script = "filesystem", .timeout_ms = 15000, .render = render_filesystem};

static const struct tool_param filesystem_params[] = {
    HOST_PARAM,
    {.name = "path",
     .type = PARAM_STRING,
     .required = true,
     .help = "A path on it, by its full name."},
    {NULL},
};

static void cite_filesystem(const struct value *args, struct buf *out)
{
    host_cite(args, out, "df ");
    buf_adds(out, value_cstr_or(args, "path", ""));
}

static void start_filesystem(struct tool_call *c)
{
    const char *path = value_cstr_or(tool_call_args(c), "path", "");

    if (!look_path_ok(path))
        look_refuse(c, "path", path, "a full path");
    else
        look_start(c, &look_filesystem, (const char *const[]){path, NULL});
}

const struct tool_def tool_host_filesystem = {
    .name = "host_filesystem",
    .help = "Read one filesystem: how full, read-only or not, how many errors.",
    .params = filesystem_params,
    .risk = RISK_READ,
    .timeout_ms = 20000,
    .query = cite_filesystem,
    .start = start_filesystem,
    .cancel = look_cancel,
};

/* ---- a control group ---- */

static double value_of(const struct look *k, const char *v2, const char *v1)
{
    const char *v = look_value(k, v2);

    if (!v)
        v = look_value(k, v1);
    return v ? look_num(v) : NAN;
}

/* "50000 100000", "max 100000"; version 1 has two files. */
static double cores_of(const struct look *k)
{
    const char *max = look_value(k, "cpu.max");
    struct str rest = str_from(max ? max : ""), quota;
    double q, period;

    if (max && str_split(&rest, ' ', &quota) && num_f64(quota, &q) && num_f64(rest, &period))
        return q / period;
    q = value_of(k, "cpu.cfs_quota_us", "cpu.cfs_quota_us");
    return q > 0 ? q / value_of(k, "cpu.cfs_period_us", "cpu.cfs_period_us") : NAN;
}

static double count_of(const struct look *k, const char *file, const char *key)
{
    const struct look_line *l = look_find(k, file, key);

    return l ? look_num(l->f[1]) : NAN;
}

static void put_members(struct look *k)
{
    json_key(k->out, "members");
    json_array_begin(k->out);
    VEC_EACH (l, &k->lines) {
        if (strcmp(l->kind, "proc") != 0)
            continue;
        json_object_begin(k->out);
        json_put_int(k->out, "pid", look_int(l->f[0], 0));
        json_put_cstr(k->out, "command", l->f[1]);
        json_object_end(k->out);
    }
    json_array_end(k->out);
    json_key(k->out, "values");
    json_object_begin(k->out);
    VEC_EACH (l, &k->lines) {
        if (strcmp(l->kind, "value") == 0)
            json_put_cstr(k->out, l->f[0], l->f[1]);
    }
    json_object_end(k->out);
}

static enum err_code render_group(struct look *k, struct err *err)
{
    const struct look_line *n = look_find(k, "procs", NULL);
    double memory = value_of(k, "memory.current", "memory.usage_in_bytes"),
           limit = value_of(k, "memory.max", "memory.limit_in_bytes");
    char held[48];

    (void)err;
    json_put_cstr(k->out, "group", value_cstr_or(k->args, "group", ""));
    json_put_int(k->out, "processes", n ? look_int(n->f[0], 0) : 0);
    HOST_PUT(k->out, {"cpu_cores", cores_of(k)}, {"memory", memory}, {"memory_limit", limit},
             {"memory_high", value_of(k, "memory.high", "")}, {"memory_share", memory / limit},
             {"pids", value_of(k, "pids.current", "")}, {"pids_limit", value_of(k, "pids.max", "")},
             {"throttled", count_of(k, "cpu.stat", "nr_throttled")},
             {"oom_kills", count_of(k, "memory.events", "oom_kill")});
    put_members(k);
    num_human(memory, "bytes", held);
    k->rows = 1;
    snprintf(k->summary, 256, "%s processes, %s of memory", n ? n->f[0] : "0",
             isfinite(memory) ? held : "no account");
    return ERR_OK;
}

const struct look_def look_group = {.script = "group", .timeout_ms = 15000, .render = render_group};

static const struct tool_param group_params[] = {
    HOST_PARAM,
    {.name = "group",
     .type = PARAM_STRING,
     .required = true,
     .help = "The group below /sys/fs/cgroup, such as system.slice/nginx.service."},
    {NULL},
};

static void cite_group(const struct value *args, struct buf *out)
{
    host_cite(args, out, "control group ");
    buf_adds(out, value_cstr_or(args, "group", ""));
}

static void start_group(struct tool_call *c)
{
    const char *group = value_cstr_or(tool_call_args(c), "group", "");

    if (!*group || *group == '/' || *group == '-' || strstr(group, "..") ||
        strpbrk(group, "\n\r\t"))
        look_refuse(c, "group", group, "a group below /sys/fs/cgroup, without \"..\"");
    else
        look_start(c, &look_group, (const char *const[]){group, NULL});
}

const struct tool_def tool_host_group = {
    .name = "host_group",
    .help = "Read one control group: its limits, what it uses, who is in it.",
    .params = group_params,
    .risk = RISK_READ,
    .timeout_ms = 20000,
    .query = cite_group,
    .start = start_group,
    .cancel = look_cancel,
};

/* ---- a unit ---- */

static enum err_code render_unit(struct look *k, struct err *err)
{
    const struct look_line *m = look_find(k, "manager", NULL);
    const char *active = look_value(k, "ActiveState"), *sub = look_value(k, "SubState"),
               *pid = look_value(k, "MainPID"), *load = look_value(k, "LoadState"),
               *restarts = look_value(k, "NRestarts"), *result = look_value(k, "Result");
    bool runs;

    if (load && strcmp(load, "not-found") == 0)
        return err_set(err, ERR_NOT_FOUND, "there is no unit %.100s on %.100s",
                       value_cstr_or(k->args, "unit", ""), k->host);
    active = active ? active : "";
    runs = strcmp(active, "active") == 0 || strcmp(active, "RUNNING") == 0 ||
           strcmp(active, "run") == 0;
    json_put_cstr(k->out, "unit", value_cstr_or(k->args, "unit", ""));
    json_put_cstr(k->out, "manager", m ? m->f[0] : "");
    json_put_cstr(k->out, "active", active);
    json_put_cstr(k->out, "sub", sub ? sub : "");
    json_put_int(k->out, "pid", pid ? look_int(pid, 0) : 0);
    HOST_PUT(k->out, {"restarts", restarts ? look_num(restarts) : NAN});
    json_put_cstr(k->out, "result", result ? result : "");
    json_put_bool(k->out, "running", runs);
    k->rows = 1;
    snprintf(k->summary, 256, "%.60s %.60s, main process %.20s (%.20s)", active, sub ? sub : "",
             pid && *pid ? pid : "none", m ? m->f[0] : "?");
    return ERR_OK;
}

const struct look_def look_unit = {.script = "unit", .timeout_ms = 20000, .render = render_unit};

static const struct tool_param unit_params[] = {
    HOST_PARAM,
    {.name = "unit",
     .type = PARAM_STRING,
     .required = true,
     .help = "The unit of systemd (nginx.service), program of supervisor, or service of runit."},
    {NULL},
};

static void cite_unit(const struct value *args, struct buf *out)
{
    host_cite(args, out, "state of ");
    buf_adds(out, value_cstr_or(args, "unit", ""));
}

static void start_unit(struct tool_call *c)
{
    const char *unit = value_cstr_or(tool_call_args(c), "unit", "");

    if (!*unit || *unit == '-' ||
        unit[strspn(unit,
                    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:_.\\@-/")])
        look_refuse(c, "unit", unit, "the name of a unit");
    else
        look_start(c, &look_unit, (const char *const[]){unit, NULL});
}

const struct tool_def tool_host_unit = {
    .name = "host_unit",
    .help = "Read the state of one service of systemd, supervisor or runit.",
    .params = unit_params,
    .risk = RISK_READ,
    .timeout_ms = 25000,
    .query = cite_unit,
    .start = start_unit,
    .cancel = look_cancel,
};

/* ---- a name ---- */

static void put_all(struct look *k, const char *key, const char *kind)
{
    json_key(k->out, key);
    json_array_begin(k->out);
    VEC_EACH (l, &k->lines) {
        if (strcmp(l->kind, kind) == 0)
            json_cstring(k->out, l->f[0]);
    }
    json_array_end(k->out);
}

static enum err_code render_names(struct look *k, struct err *err)
{
    const struct look_line *asked = look_find(k, "asked", NULL), *a = look_find(k, "address", NULL),
                           *cache = look_find(k, "cache", NULL);

    (void)err;
    json_put_cstr(k->out, "name", value_cstr_or(k->args, "name", ""));
    json_put_bool(k->out, "found", a != NULL);
    HOST_PUT(k->out, {"ms", asked ? look_num(asked->f[1]) : NAN});
    put_all(k, "addresses", "address");
    put_all(k, "servers", "server");
    json_put_cstr(k->out, "cache", cache ? cache->f[0] : "");
    json_put_bool(k->out, "in_hosts", look_find(k, "hosts", NULL) != NULL);
    k->rows = 1;
    snprintf(k->summary, 256, "%.80s after %.10s ms%s%.40s", a ? a->f[0] : "no address",
             asked ? asked->f[1] : "?", cache ? ", cached by " : ", no cache",
             cache ? cache->f[0] : "");
    return ERR_OK;
}

const struct look_def look_names = {.script = "names", .timeout_ms = 20000, .render = render_names};

static const struct tool_param names_params[] = {
    HOST_PARAM,
    {.name = "name",
     .type = PARAM_STRING,
     .required = true,
     .help = "The name that is asked for, such as db.example.com."},
    {NULL},
};

static void cite_names(const struct value *args, struct buf *out)
{
    host_cite(args, out, "address of ");
    buf_adds(out, value_cstr_or(args, "name", ""));
}

static void start_names(struct tool_call *c)
{
    const char *name = value_cstr_or(tool_call_args(c), "name", "");

    if (!*name || *name == '-' || strlen(name) > 253 ||
        name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")])
        look_refuse(c, "name", name, "a name of letters, digits, dots and hyphens");
    else
        look_start(c, &look_names, (const char *const[]){name, NULL});
}

const struct tool_def tool_host_names = {
    .name = "host_names",
    .help = "Look a name up as the programs of a machine do: its addresses, how long, which cache.",
    .params = names_params,
    .risk = RISK_READ,
    .timeout_ms = 25000,
    .query = cite_names,
    .start = start_names,
    .cancel = look_cancel,
};
