/* command_use.c - what a command would do: an operation made of its form in the table, or a
 * refusal. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "command_priv.h"
#include "runbook/policy/risk.h"

static size_t column(const struct command_use *u, size_t word)
{
    return command_column(u->c, word);
}

/* ---- an unknown program ---- */

static bool allowed(const struct command_use *u)
{
    const char *const *a = u->limits ? u->limits->allow : NULL;

    for (; a && *a; a++) {
        struct str rest = str_from(*a), w;
        size_t at = u->c->first;
        bool same = true;

        while (same && str_split(&rest, ' ', &w)) {
            same =
                at < u->c->argc && str_eq_c(w, at == u->c->first ? u->c->program : u->c->argv[at]);
            at++;
        }
        if (same)
            return true;
    }
    return false;
}

/* Words that only mean something to a shell, or name what is never run. */
static bool suspicious(struct command_use *u)
{
    for (size_t at = u->c->first + 1; at < u->c->argc; at++) {
        const char *word = u->c->argv[at], *base = strrchr(word, '/'), *rule;
        const char *path = strchr(word, '/'), *equals = strchr(word, '=');

        if (strpbrk(word, ";|&<>`$(){}"))
            return command_refuse(u->problem, column(u, at), "argument",
                                  "a shell would act on this, and what this program does is not "
                                  "known");
        if (command_denied(base ? base + 1 : word, &rule) ||
            (equals && command_denied(equals + 1, &rule)))
            return command_refuse(u->problem, column(u, at), "argument",
                                  "this names a program that is never run");
        if (*word == '@' || strstr(word, "file:") || strstr(word, "://"))
            return command_refuse(u->problem, column(u, at), "argument",
                                  "this names a file or an address, in a way that is not checked");
        if (path && !command_take_path(u, at, *word == '-' || equals ? path : word, true))
            return false;
    }
    return true;
}

/* "RM" is no program that anybody has, but what it looks like is. */
static bool other_case(const struct command_use *u)
{
    for (const struct command_row *r = command_rows; r->program; r++) {
        if (strcasecmp(r->program, u->c->program) == 0)
            return true;
    }
    return strcasecmp(u->c->program, "aws") == 0 || command_starts_others(u->c->program);
}

static bool unknown_program(struct command_use *u)
{
    enum command_level level = u->limits ? u->limits->level : COMMAND_MEDIUM;

    if (other_case(u))
        return command_refuse(u->problem, column(u, u->c->first), "program",
                              "'%.40s' is not the program that it looks like", u->c->program);
    if (level >= COMMAND_HIGH || (level == COMMAND_MEDIUM && !allowed(u)))
        return command_refuse(u->problem, column(u, u->c->first), "program",
                              "'%.40s' is not known here; policy.yaml can allow it "
                              "(commands.allow)",
                              u->c->program);
    return suspicious(u);
}

/* ---- the operation ---- */

static const char *provider_of(const struct command_use *u)
{
    if (strcmp(u->c->program, "git") == 0)
        return "git";
    return strcmp(u->c->program, "kubectl") == 0 ? "kubernetes" : "host";
}

static const char *keep_list(struct arena *a, const char *const *items, size_t count)
{
    struct buf b = BUF_INIT(COMMAND_LINE_MAX);
    const char *text;

    for (size_t i = 0; i < count; i++)
        buf_addf(&b, "%s%s", i ? " " : "", items[i]);
    text = arena_str(a, buf_str(&b));
    buf_release(&b);
    return text;
}

static void fill(struct command_use *u, struct operation *op)
{
    const struct command_row *r = u->row;
    size_t paths = u->path_count, names = u->name_count;
    const char **kept = arena_array(u->arena, paths + 1, sizeof(*kept));

    if (paths)
        memcpy(kept, u->paths, paths * sizeof(*kept));
    *op = (struct operation){
        .provider = provider_of(u),
        .service = r ? r->service : "command",
        .verb = r ? r->verb : "run",
        .resource_type = r ? r->type : "program",
        .resource_name = names   ? keep_list(u->arena, u->names, names)
                         : paths ? keep_list(u->arena, u->paths, paths)
                                 : u->c->program,
        .targets = paths + names > 1 ? paths + names : 1,
        .reversible = r && r->reversible,
        .flags = u->flags | u->c->flags,
        .argv = u->c->argv,
        .argc = u->c->argc,
        .paths = kept,
        .path_count = paths,
    };
    if (r && strcmp(r->verb, "delete") == 0 && u->flags & OP_RECURSIVE)
        op->verb = "delete-tree";
    if (u->secret)
        op->service = "secret";
}

static bool denied_here(const struct command_use *u, struct command_problem *p)
{
    const char *rule, *why = command_denied(u->c->program, &rule);

    if (why)
        return !command_refuse(p, column(u, u->c->first), rule, "%.40s is never run: %s",
                               u->c->program, why);
    for (const char *const *d = u->limits ? u->limits->deny : NULL; d && *d; d++) {
        if (strcmp(*d, u->c->program) == 0)
            return !command_refuse(p, column(u, u->c->first), "denied",
                                   "policy.yaml denies this program");
    }
    return false;
}

bool command_operation(struct arena *arena, const struct command *c,
                       const struct command_limits *limits, const char *cwd, struct operation *ret,
                       struct command_problem *ret_problem)
{
    struct command_use u = {
        .arena = arena, .c = c, .limits = limits, .cwd = cwd, .problem = ret_problem};
    enum command_level level = limits ? limits->level : COMMAND_MEDIUM;
    const struct risk_row *risk;
    struct operation op, aws = {0};
    bool known, client = strcmp(c->program, "aws") == 0;

    if (denied_here(&u, ret_problem))
        return false;
    if (level >= COMMAND_HIGH && c->flags & OP_PRIVILEGED)
        return command_refuse(ret_problem, command_column(c, 0), "privilege",
                              "at this level nothing runs as another user");
    if (client) {
        if (!command_aws(&u, &aws))
            return false;
    } else if (command_find_form(&u, &known)) {
        if (!command_read_form(&u))
            return false;
    } else if (known) {
        return command_refuse(ret_problem, command_column(c, c->first), "form",
                              "this form of %.40s is not known here", c->program);
    } else if (!unknown_program(&u)) {
        return false;
    }
    fill(&u, &op);
    if (client) {
        op.provider = aws.provider;
        op.service = aws.service;
        op.verb = aws.verb;
        op.resource_type = aws.resource_type;
        op.resource_name = aws.resource_name;
    }
    risk = risk_find(&op);
    if (level >= COMMAND_CRITICAL && (!risk || risk->kind != OP_READ || risk->risk > RISK_READ))
        return command_refuse(ret_problem, 0, "level", "at this level commands only read");
    *ret = op;
    return true;
}
