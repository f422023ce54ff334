/* agent_priv.h - what agent.c (rounds), agent_calls.c (tool calls), agent_tools.c (the model's own
 * tools) and agent_case.c (what it is shown) share. */
#ifndef RUNBOOK_ENGINE_AGENT_PRIV_H
#define RUNBOOK_ENGINE_AGENT_PRIV_H

#include "agent.h"
#include "agent_measure.h"
#include "runbook/context/context.h"
#include "runbook/llm/llm.h"

#define AGENT_CALLS_MAX 16                 /* in one answer; more are refused */
#define AGENT_TEXT_MAX ((size_t)256 << 10) /* bytes that one answer may say */

/* One tool call of the model, in the round in which it was made. */
struct agent_call {
    struct agent *agent;
    const char *id, *name;
    struct str args;                          /* as they came */
    const struct value *value;                /* NULL: no JSON object */
    const char *bad;                          /* why not */
    struct str answer;                        /* what the model is told */
    bool answered, failed, rejected;          /* rejected: it never ran, the model made a mistake */
    const char *note;                         /* a warning that goes with the answer; NULL: none */
    const char *query, *summary, *hypothesis; /* of a source's answer; query: c12; "" */
};

struct agent_used {
    const char *tool, *key; /* key: arguments, for likeness */
};

enum agent_state {
    AGENT_IDLE,   /* waits for the built-in modules */
    AGENT_SPEAKS, /* a request is under way */
    AGENT_WORKS,  /* its calls are under way */
    AGENT_ASKS,   /* one of them waits for the person */
    AGENT_DONE
};

struct agent {
    struct investigation *inv;
    struct llm *llm;
    enum agent_state state;
    const char *actor, *provider, *model;
    struct context *window; /* the conversation, as it is sent */
    struct arena *request;  /* of the last request's messages */
    VEC(struct llm_tool) tools;
    llm_id call;
    struct agent_call calls[AGENT_CALLS_MAX];
    size_t call_count, open_calls;
    VEC(struct agent_used) used;
    VEC(const char *) challenged; /* hypotheses whose opposite the model was told to look for */
    int round, bad_rounds, stale_rounds, nudges, objections;
    bool forced;     /* the last round: it has to come to an end */
    bool compacting; /* the request under way is for a summary */
    struct {         /* meanwhile */
        struct buf text;
        const char *actor, *provider, *model; /* who answers, to be taken up again */
    } summary;
    bool concluded, gave_up;
    const char *cause; /* accepted by the judge */
    /* What is being said, and not yet published. */
    struct buf text, thinking;
    char message[24];
    bool said_text, said_thinking;
    size_t said_bytes;
    int64_t sent_ms, first_ms;
    struct llm_usage usage;
    int64_t context_tokens; /* estimate of the request */
    char booking[32];       /* in the ledger */
    int bookings;
    loop_id timer, flush_timer;
    size_t effects; /* a number for all that came of its calls, for the loop detector */
};

/* agent_say.c: the events of its part. */
void agent_name_model(struct agent *a, const char *provider, const char *model);
void agent_begin_message(struct agent *a);
void agent_take_piece(struct agent *a, struct buf *to, struct str piece);
void agent_flush(struct agent *a, bool last); /* what was said and is not published */
void agent_say_switched(struct agent *a, const char *to, const char *why);
/* `purpose`: "" or "summary". `answer` may be NULL. Settles what it did cost. */
void agent_say_called(struct agent *a, const char *purpose, const struct llm_answer *answer,
                      const char *stop, const char *error);

/* agent_compact.c: older rounds become a summary, by a model where one can be asked and the fuses
 * allow it, else by code. agent_compacted() is called then, at once or later. */
void agent_compact(struct agent *a);
void agent_compact_clear(struct agent *a);

/* agent.c */
void agent_compacted(struct agent *a);
void agent_finish(struct agent *a);
void agent_call_answer(struct agent_call *c, bool failed, struct str text); /* exactly once */
void agent_refuse(struct agent *a, const char *what, const char *why, const char *hyp,
                  const char *call, bool warning);
void agent_limit(struct agent *a, const char *tool, const char *text);
struct measure_times agent_times(const struct agent *a);
struct arena *agent_arena(struct agent *a);

/* agent_calls.c: begins all calls of the round. */
void agent_run_calls(struct agent *a);
void agent_offer_tools(struct agent *a);
/* The body of a query's answer; false: there is none, or it is not kept. */
bool agent_body(struct agent *a, const struct tool_run *t, struct buf *out);

/* agent_tools.c: what is not a source: the tree, the conclusion, the person. */
struct agent_tool {
    struct tool_def def;
    /* Answers, or keeps the call open (ask_user). Arguments are checked, defaults are in. */
    void (*run)(struct agent_call *c, const struct value *args);
    bool investigating; /* only in an investigation, not where a question is answered */
};
extern const struct agent_tool agent_tool_plan;         /* agent_plan.c */
const struct agent_tool *const *agent_tool_table(void); /* NULL-terminated */
extern const struct agent_tool agent_skill_list;        /* agent_skill.c */

/* agent_origin.c: why these words are nobody's but a source's; NULL: a person said them, or nobody.
 */
const char *agent_only_in_data(struct agent *a, const char *words);

/* agent_case.c */
void agent_open_window(struct agent *a); /* system, tools, the conversation so far, the question */
/* The case as it is now goes in; what has to go, goes, and that is said. CONTEXT_SUMMARISE: after
 * agent_compact() it fits, or cannot. */
enum context_fit agent_fit(struct agent *a, struct err *err);
/* `by` and `summary` of a model's; "" and why not, of code's. */
void agent_say_compacted(struct agent *a, const struct context_change *ch, const char *by,
                         const char *summary, const char *why);
/* The messages of `req` live until the next call. */
void agent_fill_request(struct agent *a, struct llm_request *req);

/* agent_cost.c: may the next request be sent? Books it. ERR_LIMIT and ERR_AGAIN say why not. */
enum err_code agent_book(struct agent *a, struct err *err);
double agent_settle(struct agent *a); /* what it did cost; NAN: the price is not known */

#endif
