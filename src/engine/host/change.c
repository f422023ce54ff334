/* change.c - see change.h. */
#include "change.h"

#include <math.h>
#include <string.h>

#include "runbook/base/str.h"

#define NEAR_MS 900000.0 /* a change that long before the onset may have caused it */
#define LATE_MS 60000.0  /* clocks and file times are not that exact */
#define NAME_MIN 3       /* shorter names are in everything */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Does `name` stand in `text` as a word of its own ("nginx" in "/etc/nginx/nginx.conf")? */
static bool has_word(const char *text, const char *name)
{
    size_t len = strlen(name);

    if (len < NAME_MIN)
        return false;
    for (const char *at = strstr(text, name); at; at = strstr(at + 1, name)) {
        if ((at == text || !letter(at[-1])) && !letter(at[len]))
            return true;
    }
    return false;
}

/* "/system.slice/nginx.service": the unit's own name. */
static const char *unit_of(struct host_view *v, const struct value *process, const char *unit)
{
    const char *group = process ? base_name(hv_str(process, "cgroup")) : "";
    const char *name = unit && *unit ? unit : group, *dot = strrchr(name, '.');

    if (!dot ||
        (strcmp(dot, ".service") != 0 && strcmp(dot, ".mount") != 0 && strcmp(dot, ".timer") != 0))
        return "";
    return arena_printf(v->arena, "%.*s", (int)(dot - name), name);
}

static const char *relates_to_process(struct host_view *v, const char *what,
                                      const struct value *change, const struct value *p)
{
    const char *exe = hv_str(p, "exe"), *command = hv_str(p, "command");
    struct str path = str_from(exe);

    if (str_ends(path, " (deleted)"))
        exe = arena_printf(v->arena, "%.*s", (int)(path.len - strlen(" (deleted)")), exe);
    if (hv_num(change, "pid") == hv_num(p, "pid") && hv_num(p, "pid") > 0)
        return "it is its program, and the old one still runs";
    if (*hv_str(change, "container") && strstr(hv_str(p, "cgroup"), hv_str(change, "container")))
        return "it runs in that container";
    if (*exe && strcmp(what, exe) == 0)
        return "it is its program";
    if (what[0] == '/' && has_word(hv_str(p, "cmdline"), what))
        return "its command line names it";
    if (has_word(what, command) || has_word(what, base_name(exe)))
        return "it bears its name";
    return NULL;
}

const char *change_relates(struct host_view *v, const struct value *change,
                           const struct value *process, const char *unit)
{
    const char *what = hv_str(change, "what"), *name = unit_of(v, process, unit);
    const char *why = process ? relates_to_process(v, what, change, process) : NULL;

    if (why)
        return why;
    return *name && has_word(what, name) ? "it belongs to its unit" : NULL;
}

static bool is_context(const struct value *change)
{
    return strcmp(hv_str(change, "kind"), "login") == 0;
}

struct change_verdict change_find(struct host_view *v, const struct value *answer,
                                  const struct value *process, const char *unit, double onset_ms)
{
    struct change_verdict best = {.strength = STRENGTH_NONE};

    VALUE_EACH (c, value_get(answer, "changes")) {
        double before_ms = onset_ms - hv_num(c, "ts_ms");
        const char *why;

        if (!(before_ms >= -LATE_MS && before_ms <= NEAR_MS) || is_context(c))
            continue;
        why = change_relates(v, c, process, unit);
        if (best.change && (best.why || !why))
            continue; /* the newest of its kind counts, and they come newest first */
        best = (struct change_verdict){.change = c,
                                       .strength = why ? STRENGTH_STRONG : STRENGTH_WEAK,
                                       .before_s = before_ms / 1000,
                                       .why = why};
    }
    return best;
}
