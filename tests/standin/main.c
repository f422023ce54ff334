/* main.c - the stand-in's command line, its listener, and the way of a request: which wire, may it,
 * is it right, which turn, how is it said. Threads: one that accepts, one a connection; the
 * scenario is under one lock. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "tests/lib/visit.h"
#include "tests/standin/standin.h"

#define TEXT_MAX ((size_t)64 << 20)

struct server {
    struct scenario scenario;
    pthread_mutex_t lock; /* of the scenario */
    struct record *record;
    const char *key, *aws_secret;
    atomic_uint requests, connections, gone;
};

struct job {
    struct server *s;
    struct conn conn;
    bool spoke; /* something that is no visit */
};

/* ---- what a request is ---- */

static enum wire find_wire(const char *path)
{
    struct str p = str_from(path);

    if (str_ends(p, "/messages") || str_ends(p, "/messages/count_tokens"))
        return WIRE_ANTHROPIC;
    if (str_ends(p, "/chat/completions"))
        return WIRE_CHAT;
    if (str_ends(p, "/responses"))
        return WIRE_RESPONSES;
    if (str_ends(p, "/converse") || str_ends(p, "/converse-stream"))
        return WIRE_BEDROCK;
    return WIRE_NONE;
}

static void add_strings(const struct value *v, struct buf *out)
{
    if (v && v->type == VALUE_STRING) {
        buf_add_str(out, v->u.string);
        buf_addc(out, '\n');
    }
    VALUE_EACH (item, v)
        add_strings(item, out);
}

static bool assistants(const struct value *item)
{
    struct str type = value_str_or(item, "type", "");

    return str_eq_c(value_str_or(item, "role", ""), "assistant") ||
           str_eq_c(type, "function_call") || str_eq_c(type, "reasoning");
}

/* The conversation's strings, and those of what came after the assistant spoke last. */
static void collect_text(struct request *r)
{
    const struct value *all = value_get(r->json, r->wire == WIRE_RESPONSES ? "input" : "messages");
    size_t from = 0;

    buf_init(&r->text, TEXT_MAX);
    buf_init(&r->last, TEXT_MAX);
    add_strings(value_get(r->json, "system"), &r->text);
    add_strings(value_get(r->json, "instructions"), &r->text);
    add_strings(all, &r->text);
    for (size_t i = 0; i < value_count(all); i++)
        from = assistants(value_at(all, i)) ? i + 1 : from;
    for (size_t i = from; i < value_count(all); i++)
        add_strings(value_at(all, i), &r->last);
    if (all && all->type == VALUE_STRING)
        add_strings(all, &r->last);
}

static const char *percent_decode(struct arena *a, struct str s)
{
    char *out = arena_str(a, s), *to = out;
    uint64_t byte;

    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '%' && i + 2 < s.len &&
            num_u64_base((struct str){s.ptr + i + 1, 2}, 16, &byte)) {
            *to++ = (char)byte;
            i += 2;
        } else {
            *to++ = s.ptr[i];
        }
    }
    *to = 0;
    return out;
}

static const char *path_model(const struct request *r)
{
    struct str p = str_from(r->path), model;
    ptrdiff_t at = str_find(p, STR_LIT("/model/"));

    if (at < 0)
        return "";
    p.ptr += at + 7;
    p.len -= (size_t)at + 7;
    str_split(&p, '/', &model);
    return percent_decode(r->arena, model);
}

static void understand(struct request *r)
{
    struct err err;
    const struct value *v;

    r->wire = find_wire(r->path);
    if (!json_parse(r->arena, r->body, &v, &err) && v->type == VALUE_OBJECT)
        r->json = v;
    r->model = value_cstr_or(r->json, "model", path_model(r));
    r->stream = r->wire == WIRE_BEDROCK ? str_ends(str_from(r->path), "-stream")
                                        : value_bool_or(r->json, "stream", false);
    collect_text(r);
}

/* ---- may it ---- */

static const char *given_key(const struct request *r)
{
    const char *bearer = request_header(r, "authorization");

    if (bearer && strncasecmp(bearer, "bearer ", 7) == 0)
        return bearer + 7;
    if (r->wire == WIRE_ANTHROPIC)
        return request_header(r, "x-api-key");
    if (r->wire != WIRE_BEDROCK)
        return request_header(r, "api-key");
    return NULL;
}

static int check_key(const struct server *s, const struct request *r, struct refusal *f)
{
    const char *key = given_key(r);
    const char *auth = request_header(r, "authorization");

    if (r->wire == WIRE_BEDROCK && auth && str_starts(str_from(auth), "AWS4-HMAC-SHA256"))
        return 0; /* check_bedrock() looks at the signature */
    if (key && *key && (!s->key || strcmp(key, s->key) == 0) && strcmp(key, "bad") != 0)
        return 0;
    return refuse(f, r->wire == WIRE_BEDROCK ? 403 : 401, NULL, "the key is missing or wrong");
}

static int check_request(const struct server *s, const struct request *r, struct refusal *f)
{
    const char *type = request_header(r, "content-type");
    int rc = check_key(s, r, f);

    if (rc)
        return rc;
    if (!type || strncasecmp(type, "application/json", 16) != 0)
        return refuse(f, 400, NULL, "content-type: must be application/json");
    if (!r->json)
        return refuse(f, 400, NULL, "the body is no JSON object");
    switch (r->wire) {
    case WIRE_ANTHROPIC:
        return check_anthropic(r, f);
    case WIRE_CHAT:
        return check_chat(r, s->scenario.dialect, f);
    case WIRE_RESPONSES:
        return check_responses(r, f);
    case WIRE_BEDROCK:
        return check_bedrock(r, s->aws_secret, f);
    case WIRE_NONE:
        break;
    }
    return refuse(f, 404, NULL, "there is nothing at this path");
}

/* ---- answering ---- */

static void answer_error(struct conn *c, const struct request *r, const struct refusal *f,
                         const struct value *headers)
{
    struct buf body = BUF_INIT(65536), head = BUF_INIT(65536);
    const char *id = arena_printf(r->arena, "req_standin_%u", r->number);

    error_body(r->wire, f, id, &body);
    error_headers(r->wire, f, id, &head);
    VALUE_EACH (h, headers) {
        if (h->type == VALUE_STRING)
            buf_addf(&head, "%.*s: %.*s\r\n", STR_FMT(h->key), STR_FMT(h->u.string));
        else
            buf_addf(&head, "%.*s: %g\r\n", STR_FMT(h->key), h->u.number);
    }
    conn_answer(c, f->status, buf_cstr(&head), "application/json", buf_str(&body));
    buf_release(&body);
    buf_release(&head);
}

static int64_t say_stream(struct conn *c, const struct request *r, const struct answer *a,
                          const char **end)
{
    struct talk t;

    talk_begin(&t, c, r, a);
    switch (r->wire) {
    case WIRE_ANTHROPIC:
        say_anthropic(&t, r, a);
        break;
    case WIRE_CHAT:
        say_chat(&t, r, a);
        break;
    case WIRE_RESPONSES:
        say_responses(&t, r, a);
        break;
    case WIRE_BEDROCK:
        say_bedrock(&t, r, a);
        break;
    case WIRE_NONE:
        break;
    }
    talk_end(&t);
    *end = t.end;
    return t.sent_bytes;
}

static int64_t say_whole(struct conn *c, const struct request *r, const struct answer *a)
{
    struct buf body = BUF_INIT(TEXT_MAX);
    const char *id =
        arena_printf(r->arena, "%s: req_standin_%u\r\n",
                     r->wire == WIRE_ANTHROPIC ? "request-id" : "x-request-id", r->number);
    int64_t len;

    switch (r->wire) {
    case WIRE_ANTHROPIC:
        body_anthropic(r, a, &body);
        break;
    case WIRE_CHAT:
        body_chat(r, a, &body);
        break;
    case WIRE_RESPONSES:
        body_responses(r, a, &body);
        break;
    case WIRE_BEDROCK:
        body_bedrock(r, a, &body);
        break;
    case WIRE_NONE:
        break;
    }
    if (a->faults->hold_ms)
        conn_wait(c, a->faults->hold_ms);
    len = (int64_t)body.len;
    conn_answer(c, 200, id, "application/json", buf_str(&body));
    buf_release(&body);
    return len;
}

static void answer_turn(struct server *s, struct conn *c, const struct request *r,
                        const struct turn *t, int index)
{
    struct refusal none = {0};
    struct answer a;
    const char *end = "done";
    int64_t bytes;

    answer_build(t, r, &a);
    a.dialect = s->scenario.dialect;
    record_request(s->record, r, index, &none, a.missing);
    if (t->faults.html) {
        conn_answer(c, 200, "", "text/html",
                    STR_LIT("<html><body><h1>Sign in to the proxy</h1></body></html>"));
        bytes = 0;
    } else {
        bytes = r->stream ? say_stream(c, r, &a, &end) : say_whole(c, r, &a);
    }
    if (strcmp(end, "gone") == 0)
        s->gone++;
    record_end(s->record, r, end, bytes);
    answer_release(&a);
}

static void answer_scripted_error(struct server *s, struct conn *c, const struct request *r,
                                  const struct turn *t, int index)
{
    const struct value *e = value_get(t->row, "error");
    struct refusal f = {.status = (int)value_i64_or(e, "status", 500),
                        .type = value_cstr_or(e, "type", NULL),
                        .code = value_cstr_or(e, "code", NULL)};

    snprintf(f.message, sizeof(f.message), "%s",
             value_cstr_or(e, "message", "the stand-in fails here, as it was told"));
    record_request(s->record, r, index, &f, 0);
    if (t->faults.hold_ms)
        conn_wait(c, t->faults.hold_ms);
    if (t->faults.html || f.status == 502)
        conn_answer(c, f.status, "", "text/html",
                    STR_LIT("<html><head><title>502 Bad Gateway</title></head></html>"));
    else
        answer_error(c, r, &f, value_get(e, "headers"));
}

static void answer_state(const struct server *s, struct conn *c)
{
    char body[256];

    snprintf(body, sizeof(body), "{\"requests\":%u,\"connections\":%u,\"gone\":%u}\n",
             (unsigned)s->requests, (unsigned)s->connections, (unsigned)s->gone);
    conn_answer(c, 200, "", "application/json", str_from(body));
}

static void answer_models(struct conn *c)
{
    conn_answer(
        c, 200, "", "application/json",
        STR_LIT("{\"object\":\"list\",\"data\":[{\"id\":\"standin-1\",\"object\":\"model\","
                "\"type\":\"model\",\"display_name\":\"Stand-in 1\",\"created\":1,"
                "\"created_at\":\"2026-10-21T00:00:00Z\",\"owned_by\":\"tests\"}],"
                "\"has_more\":false,\"first_id\":\"standin-1\",\"last_id\":\"standin-1\"}"));
}

static void answer_count(struct conn *c, const struct request *r)
{
    char body[64];

    snprintf(body, sizeof(body), "{\"input_tokens\":%zu}", r->text.len / 4 + 1);
    conn_answer(c, 200, "", "application/json", str_from(body));
}

static void answer(struct server *s, struct conn *c, struct request *r)
{
    struct refusal f = {0};
    const struct turn *t;
    int index;

    if (strcmp(r->method, "GET") == 0 && strcmp(r->path, "/standin/state") == 0) {
        answer_state(s, c);
        return;
    }
    r->number = ++s->requests;
    if (strcmp(r->method, "GET") == 0 && str_ends(str_from(r->path), "/models")) {
        answer_models(c);
        return;
    }
    if (check_request(s, r, &f)) {
        record_request(s->record, r, -1, &f, 0);
        answer_error(c, r, &f, NULL);
        return;
    }
    if (str_ends(str_from(r->path), "/count_tokens")) {
        answer_count(c, r);
        return;
    }
    pthread_mutex_lock(&s->lock);
    t = scenario_take(&s->scenario, r, &index);
    pthread_mutex_unlock(&s->lock);
    if (!t) {
        refuse(&f, 400, NULL, "the scenario has no turn for request %u", r->number);
        record_request(s->record, r, -1, &f, 0);
        answer_error(c, r, &f, NULL);
    } else if (value_get(t->row, "error")) {
        answer_scripted_error(s, c, r, t, index);
    } else {
        answer_turn(s, c, r, t, index);
    }
}

/* A visit of an investigation by another test is no request of this one: see visit.h. */
static bool turned_away(struct job *j, const struct request *r)
{
    const char *agent = request_header(r, "user-agent");

    if (agent && is_visit_agent(str_from(agent))) {
        conn_answer(&j->conn, 404, "", "text/plain", STR_LIT(""));
        return true;
    }
    j->s->connections += !j->spoke;
    j->spoke = true;
    return false;
}

static void *serve(void *ctx)
{
    struct job *j = ctx;

    buf_init(&j->conn.in, BUF_NO_MAX);
    while (!j->conn.gone) {
        struct request r = {.arena = arena_new(0)};
        bool came = conn_read(&j->conn, &r);

        if (came) {
            understand(&r);
            if (!turned_away(j, &r))
                answer(j->s, &j->conn, &r);
        }
        buf_release(&r.text);
        buf_release(&r.last);
        arena_free(r.arena);
        if (!came)
            break;
    }
    close(j->conn.fd);
    buf_release(&j->conn.in);
    free(j);
    return NULL;
}

/* ---- the listener ---- */

static int listen_on(uint16_t port, uint16_t *ret_port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    socklen_t len = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 64) ||
        getsockname(fd, (struct sockaddr *)&at, &len)) {
        fprintf(stderr, "standin: port %u: %s\n", port, strerror(errno));
        return -1;
    }
    *ret_port = ntohs(at.sin_port);
    return fd;
}

static void accept_all(struct server *s, int listener)
{
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC), on = 1;
        struct job *j;
        pthread_t thread;

        if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (fd < 0)
            return;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        j = xcalloc(1, sizeof(*j));
        j->s = s;
        j->conn.fd = fd;
        if (pthread_create(&thread, NULL, serve, j)) {
            close(fd);
            free(j);
            continue;
        }
        pthread_detach(thread);
    }
}

static const char usage_text[] =
    "usage: standin [--port N] [--key KEY] [--aws-secret SECRET] [--record FILE] [--check] "
    "SCENARIO\n"
    "Listens on 127.0.0.1 and prints its address. See tests/standin/README.\n";

struct options {
    uint64_t port;
    const char *record, *scenario;
    bool check;
};

static bool read_options(int argc, char **argv, struct server *s, struct options *o)
{
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i];

        if (strcmp(name, "--check") == 0) {
            o->check = true;
        } else if (name[0] != '-') {
            o->scenario = name;
        } else if (++i == argc) {
            return false;
        } else if (strcmp(name, "--port") == 0) {
            if (!num_u64(str_from(argv[i]), &o->port) || o->port > 65535)
                return false;
        } else if (strcmp(name, "--key") == 0) {
            s->key = argv[i];
        } else if (strcmp(name, "--aws-secret") == 0) {
            s->aws_secret = argv[i];
        } else if (strcmp(name, "--record") == 0) {
            o->record = argv[i];
        } else {
            return false;
        }
    }
    return o->scenario != NULL;
}

static int run(struct server *s, const struct options *o)
{
    struct err err = ERR_INIT;
    uint16_t port;
    int fd;

    s->record = record_open(o->record, &err);
    fd = s->record ? listen_on((uint16_t)o->port, &port) : -1;
    if (fd < 0) {
        fprintf(stderr, "standin: %s\n", err.msg);
        return 1;
    }
    printf("http://127.0.0.1:%u\n", port);
    fflush(stdout);
    accept_all(s, fd);
    return 1;
}

int main(int argc, char **argv)
{
    struct server s = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct options o = {0};
    struct err err = ERR_INIT;
    int rc = 0;

    if (!read_options(argc, argv, &s, &o)) {
        fputs(usage_text, stderr);
        return 2;
    }
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* it does not outlive the test that started it */
    if (scenario_load(o.scenario, &s.scenario, &err)) {
        fprintf(stderr, "standin: %s\n", err.msg);
        rc = 1;
    } else if (!o.check) {
        rc = run(&s, &o);
    }
    record_close(s.record);
    scenario_release(&s.scenario);
    return rc;
}
