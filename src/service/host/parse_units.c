/* parse_units.c - units of systemd: blocks of Key=value with an empty line between, as systemctl
 * show writes them. Source of the properties: org.freedesktop.systemd1(5). Times are microseconds
 * since boot; a property that an older version does not know is not there, and then not known. */
#include "parse_priv.h"

#define UNITS_MAX 3000

struct reader {
    struct parse *p;
    struct host_unit u;
    double uptime_s;
    int64_t wall_ms;
};

static int64_t when(const struct reader *r, struct str value)
{
    double s = parse_num(value, 0) / 1e6;

    return s > 0 && s <= r->uptime_s ? r->wall_ms - (int64_t)((r->uptime_s - s) * 1000) : 0;
}

static bool text_property(struct reader *r, struct str key, struct str value)
{
    const struct {
        const char *key;
        const char **to;
    } rows[] = {
        {"Id", &r->u.name},
        {"ActiveState", &r->u.active},
        {"SubState", &r->u.sub},
        {"Result", &r->u.result},
        {"LoadState", &r->u.load},
        {"UnitFileState", &r->u.file_state},
        {"Type", &r->u.type},
        {"TriggeredBy", &r->u.triggered_by},
        {"WantedBy", &r->u.wanted_by},
        {"Listen", &r->u.listen},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        if (str_eq_c(key, rows[i].key)) {
            *rows[i].to = parse_text(r->p, value, 256);
            return true;
        }
    }
    return false;
}

static void unit_line(struct reader *r, struct str line)
{
    struct host_unit *u = &r->u;
    struct str key;

    if (!str_split(&line, '=', &key) || !line.ptr || text_property(r, key, line))
        return;
    if (str_eq_c(key, "NRestarts"))
        u->restarts = parse_i64(line, 0);
    else if (str_eq_c(key, "ExecMainStatus"))
        u->exit_status = parse_i64(line, 0);
    else if (str_eq_c(key, "MainPID"))
        u->pid = (int32_t)(parse_i64(line, 0) & INT32_MAX);
    else if (str_eq_c(key, "StateChangeTimestampMonotonic"))
        u->changed_ms = when(r, line);
    else if (str_eq_c(key, "InactiveExitTimestampMonotonic"))
        u->started_ms = when(r, line);
    else if (str_eq_c(key, "ConditionResult"))
        u->unwanted = str_eq_c(line, "no");
}

static void keep_unit(struct reader *r, struct host_snapshot *s)
{
    struct host_unit *u = &r->u;
    const char **texts[] = {&u->active, &u->sub,          &u->result,    &u->load,  &u->file_state,
                            &u->type,   &u->triggered_by, &u->wanted_by, &u->listen};

    if (u->name && s->units.count < UNITS_MAX) {
        for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
            *texts[i] = *texts[i] ? *texts[i] : "";
        *VEC_PUSH(&s->units) = *u;
    }
    *u = (struct host_unit){0};
}

void parse_units(struct parse *p, struct host_snapshot *s)
{
    const struct host_section *sec = host_bundle_find(&p->bundle, "units", 1);
    struct reader r = {.p = p, .uptime_s = s->uptime_s, .wall_ms = s->taken_ms};
    struct str text, line;

    if (!sec || sec->err == ERR_NOT_FOUND)
        return; /* no systemd there */
    s->systemd = true;
    text = parse_section(p, "units", 1, true);
    while (str_line(&text, &line)) {
        if (line.len)
            unit_line(&r, line);
        else
            keep_unit(&r, s);
    }
    keep_unit(&r, s);
}
