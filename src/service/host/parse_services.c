/* parse_services.c - see speak_priv.h for the lines. */
#include "parse_priv.h"
#include "speak_priv.h"

#include <stdlib.h>

#include "runbook/base/num.h"
#include "runbook/service/host_services.h"

#define LISTENERS_MAX 200
#define CERTS_MAX 8
#define FILES_MAX 100
#define WANTS_MAX 500

struct reader {
    struct parse *p;
    struct host_services *to;
    struct host_answered *at; /* the listener that lines belong to; NULL: none */
    bool in_file;             /* cert lines belong to a file */
    struct host_cert file;
};

static struct str field(struct str *rest)
{
    struct str f;

    return str_split(rest, '\t', &f) ? f : STR_LIT("");
}

static const char *text(struct reader *r, struct str *rest)
{
    return parse_text(r->p, field(rest), 300);
}

static double number(struct str *rest)
{
    return parse_num(field(rest), NAN);
}

static void target(struct reader *r, struct str rest)
{
    struct host_answered *t;

    r->in_file = false;
    r->at = NULL;
    if (r->to->listeners.count >= LISTENERS_MAX)
        return;
    t = r->at = VEC_PUSH(&r->to->listeners);
    *t = (struct host_answered){.connect_ms = NAN,
                                .greet_ms = NAN,
                                .answer_ms = NAN,
                                .stuck_ms = NAN,
                                .tls_ms = NAN,
                                .unread = NAN};
    t->connect = t->proto = t->greeting = t->say = t->stuck = t->tls = t->verify = "";
    t->addr = text(r, &rest);
    t->port = (int)(parse_i64(field(&rest), 0) & 0xffff);
    t->pid = (int32_t)(parse_i64(field(&rest), 0) & INT32_MAX);
    t->comm = text(r, &rest);
    if (strcmp(t->comm, "-") == 0)
        t->comm = "";
}

static void page(struct reader *r, struct str rest)
{
    struct host_page *pg;

    if (r->at->page_count >= 4)
        return;
    pg = &r->at->pages[r->at->page_count++];
    pg->path = text(r, &rest);
    pg->status = (int)parse_i64(field(&rest), 0);
    pg->ms = number(&rest);
}

static void cert(struct reader *r, struct str rest)
{
    struct host_cert c = r->in_file ? r->file : (struct host_cert){.comm = ""};

    c.index = (int)parse_i64(field(&rest), 0);
    c.not_before_ms = parse_i64(field(&rest), 0) * 1000;
    c.not_after_ms = parse_i64(field(&rest), 0) * 1000;
    c.self_signed = str_eq_c(field(&rest), "self");
    c.subject = text(r, &rest);
    c.issuer = text(r, &rest);
    c.names = parse_text(r->p, field(&rest), 600);
    if (c.not_after_ms <= 0)
        return;
    if (r->in_file && r->to->files.count < FILES_MAX)
        *VEC_PUSH(&r->to->files) = c;
    else if (!r->in_file && r->at && r->at->certs.count < CERTS_MAX)
        *VEC_PUSH(&r->at->certs) = c;
}

static void cert_file(struct reader *r, struct str rest)
{
    r->in_file = true;
    r->file = (struct host_cert){.file = text(r, &rest)};
    r->file.pid = (int32_t)(parse_i64(field(&rest), 0) & INT32_MAX);
    r->file.comm = text(r, &rest);
}

static void want(struct reader *r, struct str rest)
{
    struct host_want w = {.port = (int)(parse_i64(field(&rest), 0) & 0xffff)};

    w.pid = (int32_t)(parse_i64(field(&rest), 0) & INT32_MAX);
    w.comm = text(r, &rest);
    w.where = text(r, &rest);
    if (w.port && r->to->wants.count < WANTS_MAX)
        *VEC_PUSH(&r->to->wants) = w;
}

static void listener_line(struct reader *r, struct str key, struct str rest)
{
    struct host_answered *t = r->at;

    if (str_eq_c(key, "connect")) {
        t->connect = text(r, &rest);
        t->connect_ms = number(&rest);
    } else if (str_eq_c(key, "expect")) {
        t->expects_http = true;
    } else if (str_eq_c(key, "greet")) {
        t->greet_ms = number(&rest);
        t->greeting = text(r, &rest);
    } else if (str_eq_c(key, "proto")) {
        t->proto = text(r, &rest);
    } else if (str_eq_c(key, "say")) {
        t->say = text(r, &rest);
    } else if (str_eq_c(key, "answer")) {
        t->answer_ms = number(&rest);
    } else if (str_eq_c(key, "http")) {
        page(r, rest);
    } else if (str_eq_c(key, "stuck")) {
        t->stuck = text(r, &rest);
        t->stuck_ms = number(&rest);
        t->unread = number(&rest);
    } else if (str_eq_c(key, "tls")) {
        t->tls = text(r, &rest);
        t->tls_ms = number(&rest);
    } else if (str_eq_c(key, "verify")) {
        t->verify = text(r, &rest);
    }
}

static void line_of(struct reader *r, struct str line)
{
    struct str key = field(&line);

    if (str_eq_c(key, "target"))
        target(r, line);
    else if (str_eq_c(key, "certfile"))
        cert_file(r, line);
    else if (str_eq_c(key, "cert"))
        cert(r, line);
    else if (str_eq_c(key, "want"))
        want(r, line);
    else if (str_eq_c(key, "gap"))
        parse_gap(r->p, "listeners", ERR_LIMIT, text(r, &line));
    else if (r->at && !r->in_file)
        listener_line(r, key, line);
}

/* ":8080" at the end of the fourth word of a line of ss. */
static void mark_listening(struct reader *r)
{
    struct str all = parse_section(r->p, "listen", 1, false), line, word = {NULL, 0};

    while (str_line(&all, &line)) {
        uint64_t port;
        size_t at;

        for (int i = 0; i < 4; i++)
            word = parse_word(&line);
        for (at = word.len; at && word.ptr[at - 1] != ':'; at--)
            ;
        if (!num_u64((struct str){word.ptr + at, word.len - at}, &port))
            continue;
        VEC_EACH (w, &r->to->wants)
            w->listening |= w->port == (int)port;
    }
}

/* "args/PID/COMMAND": arguments as the kernel has them, where no C looked at them over there. */
static void read_args(struct reader *r)
{
    for (size_t i = 0; i < r->p->bundle.sections.count; i++) {
        const struct host_section *s = &r->p->bundle.sections.items[i];
        struct str rest = s->name, word;
        struct speak_want ports;
        struct host_want w = {.where = "its command line"};

        if (s->err || !str_starts(s->name, "args/"))
            continue;
        str_split(&rest, '/', &word);
        str_split(&rest, '/', &word);
        w.pid = (int32_t)(parse_i64(word, 0) & INT32_MAX);
        w.comm = parse_text(r->p, rest, 32);
        speak_want_args(s->data, &ports);
        for (int k = 0; k < ports.count && r->to->wants.count < WANTS_MAX; k++) {
            w.port = ports.ports[k];
            *VEC_PUSH(&r->to->wants) = w;
        }
    }
}

enum err_code host_services_parse(struct host_services *ret, struct arena *arena, struct str bundle,
                                  struct err *err)
{
    struct parse p = {
        .gap_items = &ret->gaps.items, .gap_count = &ret->gaps.count, .gap_cap = &ret->gaps.cap};
    struct reader r = {.p = &p, .to = ret};
    struct str all, line, clock;
    enum err_code rc;

    *ret = (struct host_services){0};
    rc = parse_begin(&p, arena, bundle, err);
    if (rc)
        goto done;
    clock = parse_section(&p, "clock", 1, false);
    ret->now_ms = (int64_t)fmin(parse_next(&clock) * 1000, 4e15);
    all = parse_section(&p, "services", 1, true);
    while (str_line(&all, &line))
        line_of(&r, line);
    read_args(&r);
    mark_listening(&r);
    if (!p.bundle.complete)
        parse_gap(&p, "listeners", ERR_TIMEOUT, "the collection was cut");
done:
    parse_end(&p);
    return rc;
}

void host_services_release(struct host_services *p)
{
    VEC_EACH (t, &p->listeners)
        VEC_RELEASE(&t->certs);
    VEC_RELEASE(&p->listeners);
    VEC_RELEASE(&p->files);
    VEC_RELEASE(&p->wants);
    VEC_RELEASE(&p->gaps);
}
