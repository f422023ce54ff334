/* host_command.c - a command that a person types, on a machine: cut into words by the parser of the
 * policy, looked up in its table, its paths resolved on the target, and run without a shell. */
#include "act.h"

#include <stdio.h>
#include <string.h>

#define PATHS_MAX 16

/* $1: the program, then paths. */
static const char command_script[] =
    "echo \"user $(id -un)\"\n"
    "w=$(command -v -- \"$1\") || { echo \"error there is no program "
    "$1\"; exit 0; }\n"
    "echo \"program $w\"\n"
    "shift; i=0\n"
    "for p do r=$(readlink -m -- \"$p\"); echo \"path$i $r\"; "
    "i=$((i+1)); done\n"
    "true\n";

static const struct tool_param command_params[] = {
    ACT_HOST_PARAMS,
    {"command", PARAM_STRING, true, NULL, 0, 0, NULL,
     "The command: words, '...' and \"...\"; nothing that a shell would act on."},
    {"timeout_s", PARAM_INT, false, "300", 1, 3600, NULL, "When it is ended, in seconds."},
    {NULL},
};

static enum err_code parse(struct act *a, struct command *c, struct err *err)
{
    struct command_problem why;

    if (!command_parse(a->arena, str_from(act_arg(a, "command")), c, &why))
        return err_set(err, ERR_DENIED, "column %zu: %s", why.column, why.reason);
    if (!command_operation(a->arena, c, a->limits, NULL, &a->plan.command, &why))
        return err_set(err, ERR_DENIED, "%s: %s", c->program, why.reason);
    return ERR_OK;
}

static enum err_code read_command(struct act *a, struct err *err)
{
    const char *words[PATHS_MAX + 2];
    struct command c;
    size_t n = 0;

    if (parse(a, &c, err))
        return err->code;
    words[n++] = c.argv[c.first];
    for (size_t i = 0; i < a->plan.command.path_count && n <= PATHS_MAX; i++)
        words[n++] = a->plan.command.paths[i];
    words[n] = NULL;
    act_script(a, &a->reads, command_script, words);
    return ERR_OK;
}

/* What a path resolves to on the target has to pass the limits as well. */
static enum err_code check_paths(struct act *a, struct err *err)
{
    bool change =
        risk_find(&a->plan.command) == NULL || risk_find(&a->plan.command)->risk > RISK_READ;
    const char *why = NULL;
    char key[24];

    for (size_t i = 0; i < a->plan.command.path_count; i++) {
        const char *real;

        snprintf(key, sizeof(key), "path%zu", i);
        real = act_read_line(a, 0, key);
        if (!real || i >= PATHS_MAX)
            return err_set(err, ERR_DENIED, "%s could not be resolved %s", a->plan.command.paths[i],
                           act_on(a));
        if (!command_path_ok(a->limits, real, change, &why))
            return err_set(err, ERR_DENIED, "%s leads to %s: %s", a->plan.command.paths[i], real,
                           why);
    }
    return ERR_OK;
}

/* Where its paths lead: no other place than was shown. */
static const char *resolved(struct act *a)
{
    struct buf out = BUF_INIT(65536);
    const char *text;
    char key[24];

    for (size_t i = 0; i < a->plan.command.path_count; i++) {
        snprintf(key, sizeof(key), "path%zu", i);
        text = act_read_line(a, 0, key);
        buf_addf(&out, "%s%s", i ? " " : "", text ? text : "");
    }
    text = arena_strdup(a->arena, buf_cstr(&out));
    buf_release(&out);
    return text;
}

static enum err_code plan_command(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    struct command c;
    struct act_call *call;

    if (act_read_failed(a, 0, err) || parse(a, &c, err) || check_paths(a, err))
        return err->code;
    p->resource = c.program;
    p->resource_id = arena_printf(a->arena, "host:%s/command:%s", a->host, c.program);
    p->before = arena_printf(a->arena, "%s, as user %s", act_read_line(a, 0, "program"),
                             act_read_line(a, 0, "user"));
    p->after = "it ends with status 0";
    p->effect = "what the command does; it is not looked into further than its words";
    p->rollback = "";
    p->blast = arena_printf(a->arena, "what it touches %s", act_on(a));
    p->cost = "no money that is known; its time";
    p->watch = "what it prints";
    p->facts = act_object(a, "program", act_read_line(a, 0, "program"), "user",
                          act_read_line(a, 0, "user"), "paths", resolved(a), (char *)NULL);
    p->classified = true;
    p->flags = c.flags;
    p->paths = p->command.paths;
    p->path_count = p->command.path_count;
    call = act_do(a, c.argv);
    call->timeout_ms = act_arg_int(a, "timeout_s", 300) * 1000;
    p->duration_ms = call->timeout_ms;
    return ERR_OK;
}

/* There is no state of it that could be read: that it ended well was its answer. After a crash
 * nobody knows, and nobody claims to. */
static enum act_check verify_command(struct act *a)
{
    if (a->ended_well) {
        a->said = "it ended with status 0";
        return ACT_HOLDS;
    }
    a->said = "whether the command came to its end cannot be read anywhere: look at what it was to "
              "change";
    return ACT_FAILED;
}

const struct act_def act_command_run = {
    .name = "host.command.run",
    .help = "Run one command without a shell, within the lists and paths of the policy.",
    .undo = "what a command did is not taken back",
    .resource_type = "command",
    .params = command_params,
    .floor = RISK_HIGH,
    .verify_ms = 1000,
    .read = read_command,
    .plan = plan_command,
    .verify = verify_command,
};
