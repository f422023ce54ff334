/* guard.c - see guard.h. What is too broad is a table: a parameter that a tool has, the values of
 * it that mean "everything", and what to say instead. */
#include "runbook/engine/guard.h"

#include <string.h>

struct broad_rule {
    const char *param;
    const char *tools; /* prefix of the tools it is for; "" for all that have the parameter */
    const char *const *everything; /* NULL-terminated; an empty value is always one of them */
    const char *suggest;
};

static const char *const any_name[] = {"all", "*", ".*", ".+", "any", NULL};
static const char *const any_selector[] = {"{}", "{__name__=~\".+\"}", "{__name__=~\".*\"}",
                                           "{__name__!=\"\"}", NULL};

static const struct broad_rule rules[] = {
    {"host", "", any_name, "name one host; several hosts are several queries"},
    {"service", "", any_name,
     "name one service, or the few that the alert and the topology point at"},
    {"services", "", any_name, "list the services that the alert and the topology point at"},
    {"query", "prometheus_", any_selector,
     "select by metric name and by the labels of the service in question"},
    {"match", "prometheus_", any_selector,
     "select by metric name and by the labels of the service in question"},
    {"query", "datadog_", any_name, "filter by service, status or message"},
    {"filter", "", any_name,
     "filter by unit, program or pattern: a log without a filter is everything"},
    {"pattern", "", any_name,
     "filter by unit, program or pattern: a log without a filter is everything"},
};

static const struct tool_param *param_of(const struct tool_def *tool, const char *name)
{
    for (const struct tool_param *p = tool->params; p && p->name; p++) {
        if (strcmp(p->name, name) == 0)
            return p;
    }
    return NULL;
}

static bool is_everything(struct str v, const char *const *everything)
{
    v = str_trim(v);
    if (v.len == 0)
        return true;
    for (; *everything; everything++) {
        if (v.len == strlen(*everything) && str_ifind(v, str_from(*everything)) == 0)
            return true;
    }
    return false;
}

static enum err_code check_rule(const struct tool_def *tool, const struct value *args,
                                const struct broad_rule *r, struct err *err)
{
    const struct tool_param *p = param_of(tool, r->param);
    const struct value *v = value_get(args, r->param);

    if (!p || strncmp(tool->name, r->tools, strlen(r->tools)) != 0)
        return ERR_OK;
    if (!v) {
        if (!p->required)
            return ERR_OK;
        return err_set(err, ERR_INPUT, "too broad: %s without '%s'; %s", tool->name, r->param,
                       r->suggest);
    }
    if (v->type == VALUE_STRING && is_everything(v->u.string, r->everything))
        return err_set(err, ERR_INPUT, "too broad: %s with '%s' of everything; %s", tool->name,
                       r->param, r->suggest);
    return ERR_OK;
}

/* A tool that takes a window is asked with one. */
static enum err_code check_window(const struct tool_def *tool, const struct value *args,
                                  struct err *err)
{
    const struct tool_param *start = param_of(tool, "start"), *window = param_of(tool, "window");

    if (!start && !window)
        return ERR_OK;
    if (start && (start->fallback || value_get(args, "start")))
        return ERR_OK;
    if (window && (window->fallback || value_get(args, "window")))
        return ERR_OK;
    return err_set(err, ERR_INPUT,
                   "too broad: %s without a window; give '%s', around the time of the incident",
                   tool->name, window ? "window" : "start");
}

enum err_code guard_check(const struct tool_def *tool, const struct value *args,
                          const char *hypothesis, bool triage, struct err *err)
{
    enum err_code rc;

    if (!triage && (!hypothesis || !*hypothesis))
        return err_set(err, ERR_INPUT, "%s without a hypothesis: say which one this tests",
                       tool->name);
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        rc = check_rule(tool, args, &rules[i], err);
        if (rc)
            return rc;
    }
    return check_window(tool, args, err);
}
