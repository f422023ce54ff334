/* client_answer.c - what an answer means: items, another attempt, or the end. */
#include "client_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "runbook/base/log.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"

#define WAIT_MAX_MS 20000
#define RETRY_AFTER_MAX_MS 60000
#define QUOTA_MAX 500
#define PRICE 5
#define PRICE_OF_TIMEOUT 10
#define SKEW_MIN_MS 240000 /* nearer than that is no reason to be refused */
#define MESSAGE_MAX 300
#define HEADS 8

/* What of the answer is looked at. */
static const char *const head_names[HEADS] = {
    "date",         "retry-after",        "x-amz-bucket-region",  "x-amzn-errortype",
    "content-type", "x-amzn-query-error", "x-amz-function-error", "location"};

struct reply {
    struct arena *arena;
    struct aws_header heads[HEADS + AWS_HEAD_MAX];
    struct aws_answer answer;
    struct aws_failure failure;
};

static const char *head(const struct reply *p, const char *name)
{
    return aws_answer_header(&p->answer, name);
}

/* Unpacking is the HTTP client's. */
static void read_reply(struct reply *p, const struct http_result *r, const struct aws_list *l)
{
    p->answer = (struct aws_answer){.status = (int)r->status, .headers = p->heads, .body = r->body};
    for (size_t i = 0; i < HEADS; i++) {
        const char *value = r->header(r, head_names[i]);

        if (value)
            p->heads[p->answer.header_count++] = (struct aws_header){head_names[i], value};
    }
    VALUE_EACH (it, l->head) {
        const char *value = r->header(r, it->u.string.ptr);

        if (value && !head(p, it->u.string.ptr))
            p->heads[p->answer.header_count++] = (struct aws_header){it->u.string.ptr, value};
    }
}

/* ---- another attempt ---- */

static int64_t retry_after_ms(const struct call *k, const struct reply *p)
{
    const char *value = p ? head(p, "retry-after") : NULL;
    uint64_t seconds;
    int64_t at, ms = -1;

    if (value && num_u64(str_trim(str_from(value)), &seconds))
        ms = seconds > 86400 ? RETRY_AFTER_MAX_MS : (int64_t)seconds * 1000;
    else if (value && time_parse_http(str_from(value), &at))
        ms = at - loop_wall_ms(k->client->loop) - k->client->skew_ms;
    if (ms < 0)
        return -1;
    return ms > RETRY_AFTER_MAX_MS ? RETRY_AFTER_MAX_MS : ms;
}

/* Anything up to the step, so that those who failed together do not come back together. */
static int64_t wait_of(struct call *k, const struct reply *p)
{
    int64_t said = retry_after_ms(k, p), step = k->client->wait_ms;

    for (unsigned i = 1; i < k->attempts && step < WAIT_MAX_MS; i++)
        step *= 2;
    if (step > WAIT_MAX_MS)
        step = WAIT_MAX_MS;
    step = (int64_t)rng_below(k->client->rng, (uint64_t)step + 1);
    return said > step ? said : step;
}

/* A service that is throttled is asked by half as many, and slowly by more again. */
static void slow_down(struct call *k)
{
    k->gate->limit = k->gate->limit / 2 < 1 ? 1 : k->gate->limit / 2;
}

static void speed_up(struct call *k)
{
    struct aws_client *c = k->client;

    k->gate->limit += 1 / k->gate->limit;
    if (k->gate->limit > c->at_once)
        k->gate->limit = c->at_once;
    c->quota += k->paid ? k->paid : 1;
    if (c->quota > QUOTA_MAX)
        c->quota = QUOTA_MAX;
    k->paid = 0;
}

/* False: that was the last attempt. */
static bool try_again(struct call *k, const struct reply *p, bool throttled, unsigned price)
{
    struct aws_client *c = k->client;
    int64_t wait_ms;

    if (throttled)
        slow_down(k);
    if (k->once && !(throttled && k->repeat))
        return false;
    if (k->attempts >= (throttled ? c->throttled_attempts : c->attempts) || c->quota < price)
        return false;
    c->quota -= price;
    k->paid = price;
    k->result.retries++;
    wait_ms = wait_of(k, p);
    LOG(LOG_NET, "aws %.*s: again in %lld ms: %s", STR_FMT(k->list->name), (long long)wait_ms,
        k->result.err.msg);
    k->again_waits = throttled && k->tally;
    aws_tally_again(k->tally, k->service->id, k->region, throttled);
    if (k->cb.on_retry)
        k->cb.on_retry(k->ctx, k->attempts, wait_ms, k->result.err.msg);
    if (k->state == CALL_SENT) /* not canceled meanwhile */
        aws_call_again(k, wait_ms);
    return true;
}

/* At once, once, and not counted: something of ours was put right. */
static void correct(struct call *k)
{
    k->attempts--;
    k->result.retries++;
    aws_call_again(k, 0);
}

/* ---- what is put right ---- */

static bool correct_clock(struct call *k, const struct reply *p)
{
    const char *date = head(p, "date");
    int64_t theirs, skew;

    if (k->once || k->skew_tried || !date || !time_parse_http(str_from(date), &theirs))
        return false;
    skew = theirs - loop_wall_ms(k->client->loop);
    if (llabs((long long)(skew - k->client->skew_ms)) < SKEW_MIN_MS)
        return false;
    k->skew_tried = true;
    k->client->skew_ms = skew;
    LOG(LOG_NET, "aws: our clock is off by %lld s", (long long)(-skew / 1000));
    correct(k);
    return true;
}

/* Keys that ended are asked for once more; the same ones would end the same way. */
static bool renew_keys(struct call *k)
{
    struct aws_keys keys;
    struct err ignored = ERR_INIT;
    struct str id;

    if (k->once || k->keys_tried)
        return false;
    k->keys_tried = true;
    aws_credentials_forget(k->client->credentials);
    if (aws_credentials_peek(k->client->credentials, &keys, &ignored) == AWS_KNOWN) {
        id = secret_reveal(keys.access_key);
        if (id.len > 4 && memcmp(k->key_hint, id.ptr + id.len - 4, 4) == 0)
            return false;
    }
    correct(k);
    return true;
}

/* A bucket of another region: asked there, once. The region's name cannot become another host. */
static bool follow_bucket(struct call *k, const struct reply *p)
{
    const char *region = head(p, "x-amz-bucket-region");

    if (k->once || !str_eq_c(k->service->id, "s3") || k->redirected || !region ||
        (p->answer.status != 301 && p->answer.status != 307 && p->answer.status != 400) ||
        !aws_region_valid(str_from(region)) || strcmp(region, k->region) == 0 ||
        strcmp(aws_partition(str_from(region)), aws_partition(str_from(k->region))) != 0)
        return false;
    k->redirected = true;
    free(k->region);
    k->region = xstrdup(region);
    correct(k);
    return true;
}

/* ---- ends ---- */

static void keep_code(struct call *k, const struct reply *p)
{
    struct buf clean = BUF_INIT(sizeof(k->code) * 4);

    text_sanitize(&clean, p->failure.code, false, true);
    (void)snprintf(k->code, sizeof(k->code), "%s", buf_cstr(&clean));
    buf_release(&clean);
}

static const char *hint(enum trouble t)
{
    switch (t) {
    case TROUBLE_CLOCK:
        return " (is this machine's clock right?)";
    case TROUBLE_ENDED_KEYS:
        return " (log in again, or renew the keys)";
    case TROUBLE_OTHER:
    case TROUBLE_THROTTLED:
    case TROUBLE_TRANSIENT:
    case TROUBLE_KEYS:
    case TROUBLE_DENIED:
    case TROUBLE_NOT_ENABLED:
    case TROUBLE_NOT_FOUND:
        break;
    }
    return "";
}

static void say(struct call *k, const struct reply *p, enum err_code code, enum trouble t)
{
    struct buf clean = BUF_INIT(MESSAGE_MAX * 8);
    struct str m = p->failure.message;
    const char *to = head(p, "location");

    if (m.len > MESSAGE_MAX)
        m.len = MESSAGE_MAX;
    text_sanitize(&clean, m, false, false);
    keep_code(k, p);
    if (p->answer.status >= 300 && p->answer.status < 400 && to) {
        buf_clear(&clean);
        text_sanitize(&clean, (struct str){to, strlen(to) < 100 ? strlen(to) : 100}, false, false);
        err_set(&k->result.err, code, "HTTP %d, a redirect to %s: not followed", p->answer.status,
                buf_cstr(&clean));
    } else {
        err_set(&k->result.err, code, "%s%s%s%s", k->code, clean.len ? ": " : "", buf_cstr(&clean),
                hint(t));
    }
    buf_release(&clean);
}

static void refused(struct call *k, struct reply *p)
{
    enum trouble t;

    aws_failure_read(p->arena, &k->service->wire, NULL, &p->answer, &p->failure);
    t = aws_trouble_of(p->answer.status, p->failure.code, p->failure.message);
    if (follow_bucket(k, p))
        return;
    switch (t) {
    case TROUBLE_THROTTLED:
        say(k, p, ERR_AGAIN, t);
        if (!try_again(k, p, true, PRICE))
            aws_call_ended(k, AWS_END_THROTTLED);
        break;
    case TROUBLE_TRANSIENT:
        say(k, p, ERR_REMOTE, t);
        if (!try_again(k, p, false, PRICE))
            aws_call_ended(k, AWS_END_FAILED);
        break;
    case TROUBLE_CLOCK:
        say(k, p, ERR_DENIED, t);
        if (!correct_clock(k, p) && !(str_eq_c(p->failure.code, "RequestExpired") && renew_keys(k)))
            aws_call_ended(k, AWS_END_CLOCK);
        break;
    case TROUBLE_ENDED_KEYS:
        say(k, p, ERR_DENIED, t);
        if (!renew_keys(k))
            aws_call_ended(k, AWS_END_KEYS);
        break;
    case TROUBLE_KEYS:
        say(k, p, ERR_DENIED, t);
        aws_call_ended(k, AWS_END_KEYS);
        break;
    case TROUBLE_DENIED:
        say(k, p, ERR_DENIED, t);
        aws_call_ended(k, AWS_END_DENIED);
        break;
    case TROUBLE_NOT_ENABLED:
        say(k, p, ERR_DENIED, t);
        aws_call_ended(k, AWS_END_NOT_ENABLED);
        break;
    case TROUBLE_NOT_FOUND:
        say(k, p, ERR_NOT_FOUND, t);
        aws_call_ended(k, AWS_END_NOT_FOUND);
        break;
    case TROUBLE_OTHER:
        say(k, p, ERR_REMOTE, t);
        aws_call_ended(k, AWS_END_REFUSED);
        break;
    }
}

/* Somebody between us and AWS answers in HTML, and with 200. */
static bool is_page(const struct reply *p)
{
    struct str body = str_trim(p->answer.body);
    struct str start = {body.ptr, body.len < 200 ? body.len : 200};

    return str_ifind(start, STR_LIT("<!doctype html")) >= 0 ||
           str_ifind(start, STR_LIT("<html")) >= 0;
}

/* Source: Lambda API Reference, Invoke. */
static void function_failed(struct call *k, const struct reply *p)
{
    struct buf clean = BUF_INIT(MESSAGE_MAX * 8);
    struct str said = p->answer.body;

    said.len = said.len < MESSAGE_MAX ? said.len : MESSAGE_MAX;
    text_sanitize(&clean, said, false, false);
    (void)snprintf(k->code, sizeof(k->code), "FunctionError");
    err_set(&k->result.err, ERR_REMOTE, "the function ran and failed: %s", buf_cstr(&clean));
    buf_release(&clean);
    aws_call_ended(k, AWS_END_REFUSED);
}

static void took(struct call *k, struct reply *p)
{
    struct aws_list l = *k->list;
    struct aws_page page;

    speed_up(k);
    err_clear(&k->result.err);
    if (is_page(p)) {
        err_set(&k->result.err, ERR_REMOTE,
                "a web page came instead of an answer (a proxy, or a login page?)");
        aws_call_ended(k, AWS_END_BAD_ANSWER);
        return;
    }
    if (head(p, "x-amz-function-error")) { /* of Lambda, with 200: it ran, and failed */
        function_failed(k, p);
        return;
    }
    if (k->whole || k->answers) {
        l.items = STR_LIT("");
        l.also_count = 0;
    }
    if (aws_list_read(p->arena, k->service, &l, k->params, &p->answer, &page, &k->result.err)) {
        aws_call_ended(k, AWS_END_BAD_ANSWER);
        return;
    }
    k->result.pages++;
    k->result.items += value_count(page.items);
    aws_tally_page(k->tally, value_count(page.items));
    if (k->cb.on_answer)
        k->cb.on_answer(k->ctx, page.json ? page.json : aws_xml_value(p->arena, page.xml));
    if (k->state == CALL_SENT)
        k->cb.on_page(k->ctx, page.items);
    for (size_t i = 0; k->cb.on_also && k->state == CALL_SENT && i < l.also_count; i++)
        k->cb.on_also(k->ctx, i, page.also[i]);
    if (k->state == CALL_SENT) /* not canceled in it */
        aws_call_next_page(k, k->whole ? NULL : page.next);
}

static void not_reached(struct call *k, const struct http_result *r)
{
    bool timeout = r->err.code == ERR_TIMEOUT;
    /* A region that does not have the service has no such name. */
    bool no_name = str_starts(str_from(r->err.msg), "resolve ") && !timeout;

    k->result.err = r->err;
    k->unsent = no_name || r->err.code == ERR_DENIED || r->err.code == ERR_INPUT ||
                str_starts(str_from(r->err.msg), "connect to ");
    switch (r->err.code) {
    case ERR_LIMIT:
    case ERR_REMOTE: /* no HTTP, or packed bytes that are damaged */
        aws_call_ended(k, AWS_END_BAD_ANSWER);
        return;
    case ERR_INPUT:
    case ERR_NOT_FOUND: /* no libcurl */
        aws_call_ended(k, AWS_END_INPUT);
        return;
    default:
        break;
    }
    if (!no_name && r->err.code != ERR_DENIED &&
        try_again(k, NULL, false, timeout ? PRICE_OF_TIMEOUT : PRICE))
        return;
    aws_call_ended(k, no_name ? AWS_END_ABSENT : AWS_END_UNREACHED);
}

void aws_call_answered(struct call *k, const struct http_result *r)
{
    struct reply p = {.arena = arena_new(0)};

    if (r->status)
        k->result.status = (int)r->status;
    read_reply(&p, r, k->list);
    if (r->err.code)
        not_reached(k, r);
    else if (r->status >= 200 && r->status < 300)
        took(k, &p);
    else
        refused(k, &p);
    arena_free(p.arena);
}
