/* host_unit.c - services: units of systemd, programs of supervisor, services of runit; whichever of
 * them knows the name. One row a verb, one reading for all. */
#include "act.h"

#include <stdio.h>
#include <string.h>

/* $1: the name; $2 not empty: sudo may be used where the plain question is refused. systemctl
 * answers "Key=value" lines, also for what it does not know. */
static const char unit_script[] =
    "u=$1 n=\n"
    "p=Id,LoadState,ActiveState,SubState,MainPID,InvocationID,UnitFileState,NRestarts,TriggeredBy\n"
    "s=$(systemctl show -p $p --no-pager -- \"$u\" 2>/dev/null ||\n"
    "{ [ -z \"$2\" ] || sudo -n systemctl show -p $p --no-pager -- \"$u\" 2>/dev/null; })\n"
    "case $s in *LoadState=not-found*) n=\"there is no unit $u\" s=;; esac\n"
    "if [ -n \"$s\" ]; then\n"
    "echo \"manager systemd\"\n"
    "printf '%s\\n' \"$s\" | while IFS='=' read -r k v; do echo \"$k $v\"; done\n"
    "exit 0; fi\n"
    "s=$(supervisorctl status \"$u\" 2>/dev/null)\n"
    "[ -n \"$s\" ] || [ -z \"$2\" ] || s=$(sudo -n supervisorctl status \"$u\" 2>/dev/null)\n"
    "case $s in\n"
    "*RUNNING*|*STOPPED*|*FATAL*|*BACKOFF*|*EXITED*|*STARTING*)\n"
    "echo \"manager supervisor\"; set -- $s; echo \"ActiveState $2\"\n"
    "case $s in *\" pid \"*) r=${s#* pid }; echo \"MainPID ${r%%,*}\";; esac; exit 0;; esac\n"
    "s=$(sv status \"$u\" 2>/dev/null)\n"
    "[ -n \"$s\" ] || [ -z \"$2\" ] || s=$(sudo -n sv status \"$u\" 2>/dev/null)\n"
    "case $s in run:*|down:*)\n"
    "echo \"manager runit\"; echo \"ActiveState ${s%%:*}\"\n"
    "case $s in *\"(pid \"*) r=${s#*(pid }; echo \"MainPID ${r%%)*}\";; esac; exit 0;; esac\n"
    "echo \"error ${n:-neither systemd nor supervisor nor runit knows $u}\"\n";

static const struct tool_param unit_params[] = {
    ACT_HOST_PARAMS,
    {"unit", PARAM_STRING, true, NULL, 0, 0, NULL,
     "The unit of systemd (nginx.service), program of supervisor, or service of runit."},
    {NULL},
};

static bool unit_name_ok(const char *u)
{
    return act_word_ok(u) && !u[strspn(u, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789:_.\\@-")];
}

static enum err_code read_unit(struct act *a, struct err *err)
{
    const char *unit = act_arg(a, "unit");

    if (!unit_name_ok(unit))
        return err_set(err, ERR_INPUT, "'%.80s' is no name of a unit", unit);
    act_script(a, &a->reads, unit_script,
               (const char *const[]){unit, act_arg_bool(a, "sudo") ? "sudo" : "", NULL});
    return ERR_OK;
}

static const char *verb_of(const struct act *a)
{
    return strrchr(a->def->name, '.') + 1;
}

static const char *line_or(struct act *a, const char *key, const char *other)
{
    const char *v = act_read_line(a, 0, key);

    return v && *v ? v : other;
}

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static bool runs_now(struct act *a)
{
    const char *s = line_or(a, "ActiveState", "");

    return is(s, "active") || is(s, "RUNNING") || is(s, "run") || is(s, "reloading");
}

/* It came to an end of which it does not come back by itself. */
static bool gave_up(struct act *a)
{
    const char *s = line_or(a, "ActiveState", "");

    return is(s, "failed") || is(s, "FATAL") || act_read_int(a, 0, "NRestarts", 0) >= 3;
}

static bool at_rest(struct act *a)
{
    const char *s = line_or(a, "ActiveState", "");

    return !runs_now(a) && !is(s, "deactivating") && !is(s, "activating") && !is(s, "STOPPING") &&
           !is(s, "STARTING") && !is(s, "BACKOFF");
}

static void add_unit_call(struct act *a, const char *manager)
{
    const char *unit = act_arg(a, "unit"), *verb = verb_of(a);

    if (is(manager, "systemd"))
        act_do(a, (const char *const[]){"systemctl", "--no-pager", verb, "--", unit, NULL});
    else if (is(manager, "supervisor"))
        act_do(a, (const char *const[]){"supervisorctl", is(verb, "reload") ? "signal" : verb,
                                        is(verb, "reload") ? "HUP" : unit,
                                        is(verb, "reload") ? unit : NULL, NULL});
    else
        act_do(a, (const char *const[]){"sv",
                                        is(verb, "start")    ? "up"
                                        : is(verb, "stop")   ? "down"
                                        : is(verb, "reload") ? "hup"
                                                             : verb,
                                        unit, NULL});
}

struct unit_words {
    const char *verb, *effect, *after, *back, *rollback;
};
static const struct unit_words unit_words[] = {
    {"restart", "it stops and starts again; what it was doing ends", "it runs, as a new process",
     NULL, ""},
    {"reload", "it reads its configuration again", "it runs, as the same process", NULL, ""},
    {"start", "it starts, with what it depends on", "it runs", "host.unit.stop",
     "it is stopped again"},
    {"stop", "it stops; what needs it fails", "it does not run", "host.unit.start",
     "it is started again"},
    {"enable", "it starts with the machine from now on", "enabled", "host.unit.disable",
     "it is disabled again"},
    {"disable", "it does not start with the machine any more; it is not stopped now", "disabled",
     "host.unit.enable", "it is enabled again"},
};

static const struct unit_words *words_of(const struct act *a)
{
    size_t i = 0;

    while (!is(unit_words[i].verb, verb_of(a)))
        i++;
    return &unit_words[i];
}

static void say_already(struct act *a)
{
    const char *state = line_or(a, "UnitFileState", ""), *verb = verb_of(a);

    if (is(verb, "start") && runs_now(a))
        a->plan.already = "it runs already";
    else if (is(verb, "stop") && at_rest(a))
        a->plan.already = "it does not run";
    else if (is(verb, "enable") && is(state, "enabled"))
        a->plan.already = "it is enabled already";
    else if (is(verb, "disable") && is(state, "disabled"))
        a->plan.already = "it is disabled already";
}

static enum err_code plan_unit(struct act *a, struct err *err)
{
    const struct unit_words *w = words_of(a);
    struct act_plan *p = &a->plan;
    const char *unit = act_arg(a, "unit"), *manager;

    if (act_read_failed(a, 0, err))
        return err->code;
    manager = line_or(a, "manager", "");
    if (is(line_or(a, "LoadState", ""), "masked"))
        return err_set(err, ERR_DENIED, "%s is masked: somebody wants it off", unit);
    if (!is(manager, "systemd") && (is(w->verb, "enable") || is(w->verb, "disable")))
        return err_set(err, ERR_INPUT, "%s has no such switch: what it supervises starts with it",
                       manager);
    if (is(w->verb, "reload") && !runs_now(a))
        return err_set(err, ERR_INPUT, "%s does not run: there is nothing to reload", unit);
    p->resource = unit;
    p->resource_id = arena_printf(a->arena, "host:%s/unit:%s", a->host, unit);
    p->before =
        arena_printf(a->arena, "%s %s, main process %s, %s (%s)", line_or(a, "ActiveState", "?"),
                     line_or(a, "SubState", ""), line_or(a, "MainPID", "none"),
                     line_or(a, "UnitFileState", "supervised"), manager);
    p->effect = w->effect;
    p->after = w->after;
    p->rollback = w->rollback;
    p->rollback_operation = w->back;
    p->rolls_back = w->back != NULL;
    if (w->back)
        p->rollback_args = act_object(a, "host", a->host, "unit", unit, "sudo",
                                      act_arg_bool(a, "sudo") ? "true" : "false", (char *)NULL);
    p->facts = act_object(a, "manager", manager, "active", line_or(a, "ActiveState", ""), "pid",
                          line_or(a, "MainPID", ""), "invocation", line_or(a, "InvocationID", ""),
                          "file", line_or(a, "UnitFileState", ""), (char *)NULL);
    p->blast = arena_printf(a->arena, "who uses %s %s", unit, act_on(a));
    p->cost = "no money; seconds";
    p->watch = "its log, and that it stays";
    p->targets = 1;
    p->duration_ms = 5000;
    add_unit_call(a, manager);
    say_already(a);
    return ERR_OK;
}

static enum act_check verify_unit(struct act *a)
{
    const char *verb = verb_of(a), *pid, *file;

    if (act_read_failed(a, 0, &(struct err)ERR_INIT))
        return ACT_NOT_YET;
    pid = line_or(a, "MainPID", "");
    file = line_or(a, "UnitFileState", "");
    a->said = arena_printf(a->arena, "%s %s, main process %s, %s", line_or(a, "ActiveState", "?"),
                           line_or(a, "SubState", ""), *pid ? pid : "none", file);
    if (is(verb, "stop"))
        return at_rest(a) ? ACT_HOLDS : ACT_NOT_YET;
    if (is(verb, "enable") || is(verb, "disable"))
        return is(file, is(verb, "enable") ? "enabled" : "disabled") ? ACT_HOLDS : ACT_NOT_YET;
    if (is(verb, "reload"))
        return runs_now(a) && is(pid, act_fact(a, "pid")) ? ACT_HOLDS : ACT_NOT_YET;
    a->held_by = pid;
    if (!runs_now(a))
        return gave_up(a) ? ACT_FAILED : ACT_NOT_YET;
    if (is(verb, "restart") && is(pid, act_fact(a, "pid")) &&
        is(line_or(a, "InvocationID", ""), act_fact(a, "invocation")))
        return ACT_NOT_YET;
    return gave_up(a) ? ACT_FAILED : ACT_HOLDS;
}

#define UNIT_ROW(id, word, text, back, low, ms, stays)                                             \
    const struct act_def id = {                                                                    \
        .name = "host.unit." word,                                                                 \
        .help = text,                                                                              \
        .undo = back,                                                                              \
        .resource_type = "unit",                                                                   \
        .params = unit_params,                                                                     \
        .floor = low,                                                                              \
        .verify_ms = ms,                                                                           \
        .stay_ms = stays,                                                                          \
        .read = read_unit,                                                                         \
        .plan = plan_unit,                                                                         \
        .verify = verify_unit,                                                                     \
    }

UNIT_ROW(act_unit_restart, "restart", "Restart one service.",
         "there is no way back to the old process", RISK_HIGH, 30000, 1500);
UNIT_ROW(act_unit_reload, "reload", "Let one service read its configuration again.",
         "the old configuration is not brought back", RISK_MEDIUM, 10000, 500);
UNIT_ROW(act_unit_start, "start", "Start one service.", "it is stopped", RISK_MEDIUM, 30000, 1500);
UNIT_ROW(act_unit_stop, "stop", "Stop one service.", "it is started", RISK_HIGH, 30000, 500);
UNIT_ROW(act_unit_enable, "enable", "Let one unit start with the machine.", "it is disabled",
         RISK_MEDIUM, 5000, 0);
UNIT_ROW(act_unit_disable, "disable", "Let one unit start with the machine no more.",
         "it is enabled", RISK_MEDIUM, 5000, 0);
