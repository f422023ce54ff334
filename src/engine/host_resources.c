/* host_resources.c - see host_resources.h. */
#include "host_resources.h"

#include <math.h>
#include <string.h>

#define PROCESSES_SHOWN 10
#define LISTENERS_SHOWN 30
#define UNITS_SHOWN 30

static struct ev_resource_seen row(struct host_view *v, const char *kind, const char *key,
                                   const char *name)
{
    return (struct ev_resource_seen){.key = key,
                                     .kind = kind,
                                     .name = name,
                                     .parent = arena_printf(v->arena, "host:%s", v->host),
                                     .status = "",
                                     .detail = "",
                                     .health = HEALTH_OK,
                                     .value = NAN,
                                     .limit = NAN,
                                     .unit = "",
                                     .metric = ""};
}

static enum health level(double value, double warn, double critical)
{
    if (isnan(value))
        return HEALTH_UNKNOWN;
    return value >= critical ? HEALTH_CRITICAL : value >= warn ? HEALTH_WARNING : HEALTH_OK;
}

static void publish_host(struct investigation *inv, struct host_view *v)
{
    struct ev_resource_seen r = row(v, "host", arena_printf(v->arena, "host:%s", v->host), v->host);
    double left = hv_num(v->snapshot, "memory.available") / hv_num(v->snapshot, "memory.total");

    r.parent = "";
    r.value = hv_num(v->snapshot, "cpu.busy");
    r.limit = 1;
    r.unit = "ratio";
    r.metric = "cpu";
    r.status = "up";
    r.health = level(r.value, 0.85, 0.95);
    if (left < 0.10 && r.health == HEALTH_OK)
        r.health = HEALTH_WARNING;
    r.detail = arena_printf(v->arena, "load %.2f, %.0f %% memory available, up %s, %s",
                            hv_num(v->snapshot, "cpu.load1"), left * 100,
                            hv_human(v->arena, hv_num(v->snapshot, "uptime_s"), "seconds"),
                            hv_str(v->snapshot, "os"));
    inv_resource(inv, &r);
}

static void publish_filesystems(struct investigation *inv, struct host_view *v)
{
    VALUE_EACH (fs, value_get(v->snapshot, "filesystems")) {
        const char *mount = hv_str(fs, "mount");
        struct ev_resource_seen r = row(v, "filesystem", hv_key(v, "fs", mount), mount);

        r.value = hv_num(fs, "used");
        r.limit = 1;
        r.unit = "ratio";
        r.metric = "used";
        r.status = value_bool_or(fs, "read_only", false) ? "read-only" : "mounted";
        r.health = level(fmax(r.value, hv_num(fs, "inodes_used")), 0.90, 0.97);
        if (value_bool_or(fs, "read_only", false) || !value_bool_or(fs, "known", false))
            r.health = HEALTH_UNKNOWN;
        r.detail = arena_printf(
            v->arena, "%s free of %s, %s", hv_human(v->arena, hv_num(fs, "available"), "bytes"),
            hv_human(v->arena, hv_num(fs, "total"), "bytes"), hv_str(fs, "type"));
        inv_resource(inv, &r);
    }
}

static void publish_processes(struct investigation *inv, struct host_view *v)
{
    int left = PROCESSES_SHOWN;

    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        struct ev_resource_seen r = row(v, "process", hv_process_key(v, p), hv_str(p, "command"));

        if (value_bool_or(p, "kernel", false) || left-- <= 0)
            continue;
        r.value = hv_num(p, "cpu");
        r.unit = "cores";
        r.metric = "cpu";
        r.status = hv_str(p, "state");
        r.health = level(r.value, 0.9, INFINITY);
        r.detail =
            arena_printf(v->arena, "%.0f, %s resident: %.100s", hv_num(p, "pid"),
                         hv_human(v->arena, hv_num(p, "rss"), "bytes"), hv_str(p, "cmdline"));
        inv_resource(inv, &r);
    }
}

static void publish_listeners(struct investigation *inv, struct host_view *v)
{
    int left = LISTENERS_SHOWN;

    VALUE_EACH (l, value_get(v->snapshot, "listeners")) {
        const char *name = arena_printf(v->arena, "%s:%.0f", hv_str(l, "addr"), hv_num(l, "port"));
        struct ev_resource_seen r = row(v, "listener", hv_key(v, "listener", name), name);

        if (left-- <= 0)
            return;
        r.value = hv_num(l, "queue");
        r.limit = hv_num(l, "backlog");
        r.unit = "connections";
        r.metric = "accept_queue";
        r.status = "listening";
        r.health = r.value > 0 && r.value >= r.limit ? HEALTH_CRITICAL : HEALTH_OK;
        r.detail = *hv_str(l, "command")
                       ? arena_printf(v->arena, "%s (%.0f)", hv_str(l, "command"), hv_num(l, "pid"))
                       : "";
        inv_resource(inv, &r);
    }
}

static void publish_units(struct investigation *inv, struct host_view *v)
{
    int left = UNITS_SHOWN;

    VALUE_EACH (u, value_path(v->snapshot, "units.list")) {
        struct ev_resource_seen r =
            row(v, "unit", hv_key(v, "unit", hv_str(u, "name")), hv_str(u, "name"));

        if (left-- <= 0)
            return;
        r.value = hv_num(u, "restarts");
        r.unit = "count";
        r.metric = "restarts";
        r.status = hv_str(u, "active");
        r.health = strcmp(r.status, "failed") == 0   ? HEALTH_CRITICAL
                   : strcmp(r.status, "active") == 0 ? HEALTH_OK
                                                     : HEALTH_WARNING;
        r.detail = arena_printf(v->arena, "%s, result %s", hv_str(u, "sub"), hv_str(u, "result"));
        inv_resource(inv, &r);
    }
}

void host_publish_resources(struct investigation *inv, struct host_view *v)
{
    publish_host(inv, v);
    publish_filesystems(inv, v);
    publish_processes(inv, v);
    publish_listeners(inv, v);
    publish_units(inv, v);
}
