/* call.c - one call: which model is asked, what a failure means, when it is over.
 *
 * A request that failed before its answer began is sent again, after a wait. An answer that was cut
 * keeps its text: the next request holds it as the assistant's own words and asks to go on. Behind
 * whole tool calls nothing can be continued without their results, so such an answer ends there
 * (LLM_STOP_CUT). When a model has had its tries, the next one is asked the same way. */
#include "src/llm/llm_priv.h"

#include <stdlib.h>

#include "runbook/base/log.h"
#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"
#include "runbook/base/words.h"

#define CUTS_MAX 3 /* in one call, all targets together */
#define WAIT_MAX_MS 60000
#define BACKOFF_FIRST_MS 500
#define BACKOFF_MAX_MS 8000

struct target *call_target(struct call *c)
{
    return &c->m->targets[c->order[c->at]];
}

/* ---- events ---- */

static void emit(struct call *c, struct llm_event *ev)
{
    if (!ev->provider && c->at < c->m->count) {
        ev->provider = call_target(c)->provider->name;
        ev->model = call_target(c)->model;
    } else if (!ev->provider) {
        ev->provider = ev->model = "";
    }
    if (c->fn)
        c->fn(c->ctx, ev);
}

/* What the answer says passes on, until somebody cancels in the middle of a piece. */
static void on_answer(void *ctx, const struct llm_event *ev)
{
    struct call *c = ctx;

    if (!c->canceled && c->fn)
        c->fn(c->ctx, ev);
}

static void finish(struct call *c, enum llm_event_type type)
{
    struct llm_answer answer = {.message = answer_message(c->answer),
                                .stop = type == LLM_EV_DONE ? c->answer->stop : LLM_STOP_NONE,
                                .stop_text = c->answer->stop_text,
                                .usage = answer_total(c->answer),
                                .provider = c->answer->provider,
                                .model = c->answer->model,
                                .request_id = c->answer->request_id,
                                .requests = c->requests,
                                .first_byte_ms = c->first_byte_ms,
                                .duration_ms = loop_now_ms(c->m->loop) - c->started_ms,
                                .continued = c->cuts > 0};
    struct llm_event ev = {.type = type, .answer = &answer};

    LOG(LOG_LLM, "call %llu: %s after %u requests, %lld ms; %s", (unsigned long long)c->id,
        type == LLM_EV_DONE     ? llm_stop_name(answer.stop)
        : type == LLM_EV_FAILED ? "failed"
                                : "canceled",
        c->requests, (long long)answer.duration_ms, c->err.msg);
    if (type == LLM_EV_FAILED) {
        ev.err = &c->err;
        ev.failure = c->failure;
    }
    idtab_remove(c->m->calls, c->id);
    emit(c, &ev);
    call_free(c);
}

/* ---- which model ---- */

static void make_order(struct call *c)
{
    struct llm *m = c->m;
    size_t n = 0, first = m->preferred;

    c->order = arena_array(c->arena, m->count + 1, sizeof(*c->order));
    for (size_t i = 0; c->req->model && i < m->count; i++)
        if (target_named(&m->targets[i], c->req->model)) {
            first = i;
            break;
        }
    if (m->count)
        c->order[n++] = first;
    for (size_t i = 0; i < m->count; i++)
        if (i != first)
            c->order[n++] = i;
}

static bool is_configured(const struct llm *m, const char *name)
{
    for (size_t i = 0; i < m->count; i++)
        if (target_named(&m->targets[i], name))
            return true;
    return false;
}

static void note_paused(struct call *c, const struct target *t)
{
    char left[TIME_TEXT_MAX];
    int64_t ms = t->breaker.until_ms - loop_now_ms(c->m->loop);

    if (c->err.code) /* the first reason stands */
        return;
    duration_format(ms > 0 ? ms : 0, left);
    err_set(&c->err, ERR_AGAIN, "%s is not asked for another %s: %s", t->origin, left,
            t->breaker.reason.msg);
    c->failure = LLM_FAIL_PAUSED;
}

/* Can this one be asked now? Its key is in c->key then, or has to be asked for. */
static bool may_ask(struct call *c, struct target *t, enum key_state *ret)
{
    struct err missing = ERR_INIT;

    if (!breaker_allows(&t->breaker, loop_now_ms(c->m->loop), false)) {
        note_paused(c, t);
        return false;
    }
    key_set_clear(&c->key);
    *ret = key_find(t, &c->key, &missing);
    if (*ret != KEY_MISSING) {
        c->probing = breaker_health(&t->breaker, loop_now_ms(c->m->loop)) == LLM_HALF_OPEN;
        breaker_allows(&t->breaker, loop_now_ms(c->m->loop), true);
        return true;
    }
    if (!c->err.code) {
        c->err = missing;
        c->failure = LLM_FAIL_CONFIG;
    }
    return false;
}

static void tell_switched(struct call *c)
{
    struct llm_event ev = {.type = LLM_EV_SWITCHED, .err = &c->err, .failure = c->failure};

    LOG(LOG_LLM, "call %llu: on to %s: %s", (unsigned long long)c->id, call_target(c)->origin,
        c->err.msg);
    emit(c, &ev);
}

/* ---- keys that a command prints ---- */

#define KEY_KEPT_MS 300000
#define KEY_TIMEOUT_MS 30000

static void on_key(void *ctx, const struct proc_result *r)
{
    struct call *c = ctx;
    struct target *t = call_target(c);
    struct err err = ERR_INIT;

    c->proc = 0;
    secret_free(t->cmd_key);
    t->cmd_key = r->err.code || r->exit_status ? NULL : key_of_output(r->out);
    if (t->cmd_key) {
        t->cmd_key_until_ms = loop_now_ms(c->m->loop) + KEY_KEPT_MS;
        secret_free(c->key.key);
        c->key.key = secret_dup(t->cmd_key);
        key_obtained(c->m, t->cmd_key);
        c->fresh_key = true;
        call_send(c);
        return;
    }
    /* What the command said is not repeated: it may hold what it should have kept. */
    if (r->err.code)
        err_set(&err, r->err.code, "%s: %s", c->key.from, r->err.msg);
    else if (r->exit_status)
        err_set(&err, ERR_DENIED, "%s ended with status %d; run it by hand to see why", c->key.from,
                r->exit_status);
    else
        err_set(&err, ERR_NOT_FOUND, "%s printed nothing", c->key.from);
    call_failed(c, LLM_FAIL_CONFIG, &err, -1, 0);
}

static void ask_command(struct call *c)
{
    const struct target *t = call_target(c);
    const char *keychain[] = {"secret-tool", "lookup",          "service", "runbook",
                              "provider",    t->provider->name, NULL};
    struct proc_spec spec = {.timeout_ms = KEY_TIMEOUT_MS, .max_output_bytes = 65536};

    spec.argv = t->key_source == LLM_KEY_KEYCHAIN
                    ? keychain
                    : (const char *const *)words_split(c->arena, t->key_cmd);
    c->proc = proc_start(c->m->loop, &spec, on_key, c);
}

/* ---- keys that AWS gives ---- */

static void on_aws_keys(void *ctx, const struct aws_keys *keys, const struct err *err)
{
    struct call *c = ctx;

    c->asked_aws = 0;
    if (!keys) {
        call_failed(c, LLM_FAIL_CONFIG, err, -1, 0);
        return;
    }
    c->fresh_key = true;
    key_take_aws(&c->key, keys);
    key_obtained(c->m, keys->secret_key);
    key_obtained(c->m, keys->session_token);
    call_send(c);
}

static void ask_aws(struct call *c)
{
    c->asked_aws = aws_credentials_get(c->m->aws, on_aws_keys, c);
}

/* ---- a target's turn ---- */

static void ask_target(struct call *c)
{
    enum key_state state = KEY_MISSING;
    bool first = !c->asked;

    for (; c->at < c->m->count; c->at++) {
        if (may_ask(c, call_target(c), &state))
            break;
        if (c->req->no_fallback) {
            c->at = c->m->count;
            break;
        }
    }
    if (c->at == c->m->count) {
        finish(c, LLM_EV_FAILED);
        return;
    }
    if (!first || c->at > 0) {
        tell_switched(c);
        if (c->canceled)
            return;
    }
    c->asked = true;
    c->tries = 0;
    err_clear(&c->err);
    c->failure = LLM_FAIL_NONE;
    answer_target(c->answer, call_target(c)->provider->name, call_target(c)->model);
    if (state == KEY_ASK_COMMAND)
        ask_command(c);
    else if (state == KEY_ASK_AWS)
        ask_aws(c);
    else
        call_send(c);
}

static void begin(void *ctx)
{
    struct call *c = ctx;

    c->timer = 0;
    if (!c->m->count) {
        c->failure = LLM_FAIL_CONFIG;
        err_set(&c->err, ERR_NOT_FOUND, "no language model is configured: set llm.provider");
        finish(c, LLM_EV_FAILED);
        return;
    }
    if (c->req->model && !is_configured(c->m, c->req->model)) {
        c->at = c->m->count;
        c->failure = LLM_FAIL_CONFIG;
        err_set(&c->err, ERR_NOT_FOUND, "no model '%.100s' is configured; the first one is %s",
                c->req->model, c->m->targets[0].origin);
        finish(c, LLM_EV_FAILED);
        return;
    }
    ask_target(c);
}

/* ---- what a failure means ---- */

static void again(void *ctx)
{
    struct call *c = ctx;

    c->timer = 0;
    call_send(c);
}

/* Source: both official SDKs: 0.5 s, doubled up to 8 s, less up to a quarter. */
static int64_t backoff_ms(struct call *c)
{
    int64_t ms = BACKOFF_FIRST_MS;

    for (unsigned i = 1; i < c->tries && ms < BACKOFF_MAX_MS; i++)
        ms *= 2;
    return ms - (int64_t)rng_below(c->m->rng, (uint64_t)ms / 4 + 1);
}

static void retry(struct call *c, int64_t wait_ms, bool cut)
{
    struct llm_event ev = {.type = LLM_EV_RETRYING,
                           .err = &c->err,
                           .failure = c->failure,
                           .wait_ms = wait_ms,
                           .attempt = c->requests + 1,
                           .cut = cut};

    LOG(LOG_LLM, "call %llu: again in %lld ms: %s", (unsigned long long)c->id, (long long)wait_ms,
        c->err.msg);
    c->timer = loop_timer(c->m->loop, wait_ms, again, c);
    emit(c, &ev);
}

static void next_target(struct call *c)
{
    c->at++;
    if (c->req->no_fallback)
        c->at = c->m->count;
    if (c->at >= c->m->count) {
        c->at = c->m->count;
        finish(c, LLM_EV_FAILED);
        return;
    }
    ask_target(c);
}

/* Would another model take the same request? */
static bool may_switch(enum llm_failure f)
{
    return f != LLM_FAIL_CONTEXT && f != LLM_FAIL_REQUEST && f != LLM_FAIL_NONE;
}

/* A key that a command printed or AWS gave a while ago may have run out: a fresh one is asked for,
 * once. */
static bool renew_key(struct call *c)
{
    struct target *t = call_target(c);

    if (c->failure != LLM_FAIL_AUTH || c->fresh_key || (!t->cmd_key && !c->key.renewable))
        return false;
    c->fresh_key = true;
    if (c->key.renewable) {
        aws_credentials_forget(c->m->aws);
        ask_aws(c);
        return true;
    }
    t->cmd_key_until_ms = 0;
    ask_command(c);
    return true;
}

/* The answer had begun. True: it is taken care of. */
static bool handle_cut(struct call *c)
{
    bool begun = c->answer->started, lasting;

    if (!begun)
        return false;
    lasting = !refusal_may_retry(c->failure) && c->failure != LLM_FAIL_PROTOCOL;
    answer_cut(c->answer);
    if (answer_has_calls(c->answer) && !lasting) {
        answer_stop(c->answer, LLM_STOP_CUT, str_from("cut"));
        c->cuts++;
        finish(c, LLM_EV_DONE);
        return true;
    }
    if (lasting || answer_has_calls(c->answer) || ++c->cuts > CUTS_MAX) {
        finish(c, LLM_EV_FAILED);
        return true;
    }
    c->tries = 0; /* it did answer */
    return false;
}

/* Nobody's key stands in a message, whatever a server repeats: not this call's, be it short, and
 * none of another model. */
static void hide_key(struct call *c)
{
    const struct secret *secrets[] = {c->key.key, c->key.aws_id, c->key.aws_secret,
                                      c->key.aws_token};

    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
        struct str key = secret_reveal(secrets[i]);
        ptrdiff_t at;

        if (key.len < 4)
            continue;
        while ((at = str_find(str_from(c->err.msg), key)) >= 0)
            memset(c->err.msg + at, '*', key.len);
    }
    key_hide(c->m, c->err.msg, strlen(c->err.msg));
}

void call_failed(struct call *c, enum llm_failure f, const struct err *why, int64_t wait_ms,
                 int word)
{
    struct target *t = call_target(c);
    bool may, begun = c->answer->started;

    c->err = *why;
    c->failure = f;
    err_wrap(&c->err, "%s", t->origin);
    hide_key(c);
    c->probing = false;
    breaker_failed(&t->breaker, f, &c->err, wait_ms > WAIT_MAX_MS ? wait_ms : 0,
                   loop_now_ms(c->m->loop));
    if (c->canceled || handle_cut(c) || renew_key(c))
        return;
    may = word >= 0 ? word == 1 : refusal_may_retry(f) || begun;
    if (may && c->tries <= c->m->retries && wait_ms <= WAIT_MAX_MS &&
        breaker_allows(&t->breaker, loop_now_ms(c->m->loop), false)) {
        retry(c, wait_ms > 0 ? wait_ms : backoff_ms(c), begun);
    } else if (may_switch(f)) {
        next_target(c);
    } else {
        finish(c, LLM_EV_FAILED);
    }
}

void call_finished(struct call *c)
{
    breaker_worked(&call_target(c)->breaker);
    c->probing = false;
    if (c->canceled)
        return;
    if (c->answer->stop == LLM_STOP_NONE)
        answer_stop(c->answer, LLM_STOP_OTHER, STR_LIT(""));
    finish(c, LLM_EV_DONE);
}

/* ---- a call's life ---- */

llm_id call_new(struct llm *m, const struct llm_request *req, llm_event_fn *fn, void *ctx)
{
    struct call *c = xcalloc(1, sizeof(*c));

    c->m = m;
    c->id = idtab_add(m->calls, c);
    c->arena = arena_new(0);
    c->req = llm_request_copy(c->arena, req);
    c->fn = fn;
    c->ctx = ctx;
    c->answer = answer_new("", "", on_answer, c);
    c->answer->salt = (uint64_t)loop_wall_ms(m->loop) << 8 | (c->id & 255);
    c->started_ms = loop_now_ms(m->loop);
    c->first_byte_ms = -1;
    make_order(c);
    c->timer = loop_timer(m->loop, 0, begin, c);
    return c->id;
}

static void on_canceled(void *ctx)
{
    struct call *c = ctx;

    c->timer = 0;
    answer_cut(c->answer);
    finish(c, LLM_EV_CANCELED);
}

static void stop_waiting(struct call *c)
{
    call_orphan(c, true);
    loop_timer_cancel(c->m->loop, c->timer);
    loop_timer_cancel(c->m->loop, c->watch);
    if (c->proc)
        proc_drop(c->m->loop, c->proc);
    aws_credentials_cancel(c->m->aws, c->asked_aws);
    c->timer = c->watch = c->proc = 0;
    c->asked_aws = 0;
    if (c->probing)
        breaker_released(&call_target(c)->breaker);
    c->probing = false;
}

void call_cancel(struct call *c)
{
    if (c->canceled)
        return;
    c->canceled = true;
    stop_waiting(c);
    c->timer = loop_timer(c->m->loop, 0, on_canceled, c);
}

void call_free(struct call *c)
{
    stop_waiting(c);
    if (c->reader)
        c->wire->close(c->reader);
    key_set_clear(&c->key);
    answer_free(c->answer);
    arena_free(c->arena);
    idtab_remove(c->m->calls, c->id);
    free(c);
}
