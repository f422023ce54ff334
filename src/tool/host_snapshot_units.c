/* host_snapshot_units.c - the units of a snapshot that are worth a look. */
#include "host_common.h"

#include <string.h>

#define RECENT_MS 86400000

static bool is(const char *s, const char *what)
{
    return strcmp(s, what) == 0;
}

/* Inactive services are most of a machine; those that something wants and that changed lately, or
 * that are masked although wanted, are not. */
static bool stopped_though_wanted(const struct host_unit *u, int64_t now_ms)
{
    if (!is(u->active, "inactive") || !*u->wanted_by)
        return false;
    return is(u->load, "masked") || is(u->file_state, "masked") ||
           (is(u->file_state, "enabled") && u->changed_ms > now_ms - RECENT_MS);
}

static bool is_worth(const struct host_unit *u, int64_t now_ms)
{
    return is(u->active, "failed") || is(u->active, "activating") || is(u->sub, "auto-restart") ||
           u->restarts > 0 || stopped_though_wanted(u, now_ms);
}

void host_put_units(struct json_writer *w, const struct host_snapshot *s)
{
    json_key(w, "units");
    json_object_begin(w);
    json_put_bool(w, "systemd", s->systemd);
    json_put_int(w, "total", (int64_t)s->units.count);
    json_key(w, "list");
    json_array_begin(w);
    VEC_EACH (u, &s->units) {
        if (!is_worth(u, s->taken_ms))
            continue;
        json_object_begin(w);
        json_put_cstr(w, "name", u->name);
        json_put_cstr(w, "active", u->active);
        json_put_cstr(w, "sub", u->sub);
        json_put_cstr(w, "result", u->result);
        json_put_cstr(w, "load", u->load);
        json_put_cstr(w, "file_state", u->file_state);
        json_put_cstr(w, "type", u->type);
        json_put_cstr(w, "triggered_by", u->triggered_by);
        json_put_cstr(w, "wanted_by", u->wanted_by);
        json_put_cstr(w, "listen", u->listen);
        json_put_bool(w, "unwanted", u->unwanted);
        json_put_int(w, "restarts", u->restarts);
        json_put_int(w, "exit_status", u->exit_status);
        json_put_int(w, "changed_ms", u->changed_ms);
        json_put_int(w, "started_ms", u->started_ms);
        json_put_int(w, "pid", u->pid);
        json_object_end(w);
    }
    json_array_end(w);
    json_object_end(w);
}
