/* net.c - see net.h. */
#include "net.h"

#include <math.h>
#include <string.h>

double net_count(const struct value *group, const char *key)
{
    double v = hv_num(group, key);

    return isnan(v) ? 0 : v;
}

bool net_is_in(const struct value *group)
{
    return strcmp(hv_str(group, "direction"), "in") == 0;
}

const char *net_place(struct host_view *v, const struct value *group)
{
    const char *addr = hv_str(group, "addr");

    return arena_printf(v->arena, strchr(addr, ':') ? "[%s]:%.0f" : "%s:%.0f", addr,
                        net_count(group, "port"));
}

int64_t net_pid(const struct value *end)
{
    return (int64_t)net_count(end, "pid");
}

const char *net_who(struct host_view *v, const struct value *end)
{
    if (!net_pid(end))
        return "a process that cannot be seen";
    return arena_printf(v->arena, "process %lld (%s)", (long long)net_pid(end),
                        hv_str(end, "command"));
}

const char *net_key(struct host_view *v, const struct value *end, const struct value *group)
{
    if (net_pid(end))
        return hv_process_key(v, end);
    if (net_is_in(group))
        return hv_key(v, "port", arena_printf(v->arena, "%.0f", net_count(group, "port")));
    return hv_key(v, "peer", net_place(v, group));
}

bool net_has_state(const struct value *end, char state)
{
    return hv_str(end, "state")[0] == state;
}

const struct value *net_listener(const struct value *snapshot, double port)
{
    VALUE_EACH (l, value_get(snapshot, "listeners")) {
        if (hv_num(l, "port") == port)
            return l;
    }
    return NULL;
}

bool net_queue_full(const struct value *l)
{
    double backlog = hv_num(l, "backlog");

    return hv_num(l, "queue") > 0 && hv_num(l, "queue") >= backlog && !isnan(backlog);
}
