/* agent_origin.c - whose words a proposal is made of. A command that stands in what a source said,
 * and that no person said, is not proposed on the word of a model: whoever wrote the log line would
 * be the one who proposes it, and measured evidence beside it does not change that. */
#include "agent_priv.h"

#include <string.h>

#include "runbook/tool/toolenv.h"

#define CALLS_LOOKED_AT 60
#define BODY_MAX ((size_t)4 << 20)

static bool said_by_a_person(const struct agent *a, struct str words)
{
    const struct model *m = inv_model(a->inv);

    VEC_EACH (it, &m->items) {
        const struct provenance_text said = {str_from(it->text), false};

        if (it->kind == ITEM_USER && provenance_of(words, &said, 1, NULL) == PROVENANCE_TRUSTED)
            return true;
    }
    return false;
}

static bool in_data(struct str words, struct str text)
{
    const struct provenance_text data = {text, true};

    return provenance_of(words, &data, 1, NULL) == PROVENANCE_FENCED;
}

/* The call whose answer says it. */
static const struct tool_run *call_that_says(struct agent *a, struct str words)
{
    const struct model *m = inv_model(a->inv);
    size_t first = m->tools.count > CALLS_LOOKED_AT ? m->tools.count - CALLS_LOOKED_AT : 0;

    for (size_t i = m->tools.count; i > first; i--) {
        const struct tool_run *t = &m->tools.items[i - 1];
        struct buf body = BUF_INIT(BODY_MAX);
        bool says = agent_body(a, t, &body) && in_data(words, buf_str(&body));

        buf_release(&body);
        if (says)
            return t;
    }
    return NULL;
}

/* A server of MCP may put it into the description of a tool. */
static const char *tool_that_says(struct agent *a, struct str words)
{
    const struct tool_env *env = a->inv->engine->opts.tools;

    for (size_t i = 0; env && env->more && env->more->rows && env->more->rows[i]; i++) {
        if (in_data(words, str_from(env->more->rows[i]->help)))
            return env->more->rows[i]->name;
    }
    return NULL;
}

const char *agent_only_in_data(struct agent *a, const char *words)
{
    struct str w = str_from(words);
    const struct tool_run *t;
    const char *tool;

    if (!*words || said_by_a_person(a, w))
        return NULL;
    t = call_that_says(a, w);
    if (t)
        return arena_printf(agent_arena(a),
                            "its words are those of what %s returned (%s), which anybody can have "
                            "written; nothing was done",
                            t->tool, t->call);
    tool = tool_that_says(a, w);
    return tool ? arena_printf(agent_arena(a),
                               "its words are those that a server says of its tool %s; nothing was "
                               "done",
                               tool)
                : NULL;
}
