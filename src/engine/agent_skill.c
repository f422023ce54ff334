/* agent_skill.c - the model's look at the skills: it can name one to the person, and start none.
 * What skills say of themselves comes from files, and is fenced like all that is not the program's.
 */
#include "agent_priv.h"
#include "reply_skill.h"

#define LIST_MAX ((size_t)16 << 10)

static const struct tool_param list_params[] = {
    {"words", PARAM_STRING, .fallback = "",
     .help = "What it should be about, in a few words; all skills without."},
    {NULL},
};

static void run_list(struct agent_call *c, const struct value *args)
{
    struct agent *a = c->agent;
    struct buf lines = BUF_INIT(LIST_MAX), out = BUF_INIT(LIST_MAX * 2);

    reply_skills_fit(a->inv->engine, value_cstr_or(args, "words", ""), &lines);
    fence_wrap(&a->inv->engine->fence, &out, &(struct fence_source){"skill_list", NULL},
               buf_str(&lines), LIST_MAX, NULL);
    buf_adds(&out, "Only the person can start one, with `runbook skill run ID`: name it when it "
                   "fits.\n");
    agent_call_answer(c, false, buf_str(&out));
    buf_release(&lines);
    buf_release(&out);
}

const struct agent_tool agent_skill_list = {
    {.name = "skill_list",
     .help = "List written-down procedures for what is wrong, to name one to the person; it starts "
             "nothing.",
     .params = list_params,
     .risk = RISK_READ},
    run_list,
    false};
