/* test_aws_replay.c - every recorded exchange through the real client, also of operations that
 * nobody may ask (the guard is taken off in a copy of the definition; nothing else is):
 * the same calls, the same walks over pages, the same repetitions, the same ends. The requests go
 * to AWS's names by way of a proxy, which is the test. R-36 R-37 R-38 */
#include <dirent.h>

#include "runbook/base/file.h"
#include "runbook/base/map.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/catalogue.h"
#include "runbook/service/aws/client.h"
#include "tests/lib/awswire.h"
#include "tests/lib/tmpdir.h"
#include "tests/unit/net/netrun.h"

#define STEPS_MAX 200

struct counts {
    unsigned singles, singles_right, walks, walks_right, retries, retries_right;
    unsigned requests, as_recorded, closed, skipped;
};

struct replay {
    struct net net;
    struct test_clock clock;
    struct aws_catalogue *catalogue;
    struct arena *arena; /* of one file */
    const struct value *keys, *key;
    char *dir, *url, *path_config;
    bool path_style;
    struct counts n;
    bool verbose;
    const char *service_id;
    /* the call under way; the server's side is read when it has ended */
    const struct value *steps[STEPS_MAX];
    size_t step_count, step;
    const char *wrong;
    struct arena *scratch;
    int done;
    enum aws_end end;
    char code[129], why[ERR_MSG_MAX];
    unsigned requests;
    size_t items;
    int64_t jump_ms;
};

static struct replay *current; /* the environment's functions have no context */

static char *env_of_test(const char *name)
{
    static char none[] = "/nonexistent";
    const struct value *k = current->key;
    const char *field = strcmp(name, "AWS_ACCESS_KEY_ID") == 0       ? "access_key_id"
                        : strcmp(name, "AWS_SECRET_ACCESS_KEY") == 0 ? "secret_access_key"
                        : strcmp(name, "AWS_SESSION_TOKEN") == 0     ? "session_token"
                                                                     : NULL;

    if (field)
        return (char *)(uintptr_t)value_cstr_or(k, field, NULL);
    if (strcmp(name, "AWS_ENDPOINT_URL") == 0)
        return current->url;
    if (strcmp(name, "AWS_CONFIG_FILE") == 0)
        return current->path_style ? current->path_config : none;
    return strcmp(name, "AWS_SHARED_CREDENTIALS_FILE") == 0 ? none : NULL;
}

/* ---- the proxy ---- */

/* Signed when the recorded one is, and right then. */
static bool is_signed(struct replay *p, const struct wire_request *r, const struct value *headers,
                      const char **ret_what)
{
    bool wanted = false;

    VALUE_EACH (it, headers)
        wanted = wanted || str_eq_c(it->key, "Authorization");
    *ret_what = "it is signed, and ought not to be";
    return wanted ? awswire_signed(p->scratch, r, value_cstr_or(p->key, "secret_access_key", ""),
                                   value_cstr_or(p->key, "session_token", NULL), ret_what)
                  : !awswire_head(r, "authorization").len;
}

static void on_request(void *ctx, struct str request, struct buf *out)
{
    struct replay *p = ctx;
    const struct value *want = p->steps[p->step < p->step_count ? p->step : p->step_count - 1];
    const struct value *headers = value_get(value_get(want, "request"), "headers");
    struct wire_request r;
    const char *what = NULL;

    p->requests++;
    if (!awswire_read(request, &r))
        p->wrong = "no request";
    else if (p->step >= p->step_count)
        what = NULL; /* one more attempt than was recorded: counted by the number of requests */
    else if (!awswire_same(p->scratch, &r, want, &what) || !is_signed(p, &r, headers, &what))
        p->wrong = p->wrong ? p->wrong : what;
    VALUE_EACH (it, headers)
        if (str_eq_c(it->key, "Authorization") && it->type == VALUE_STRING &&
            str_eq(it->u.string, awswire_head(&r, "authorization")))
            p->n.as_recorded++;
    p->step++;
    awswire_answer(want, "", out);
}

/* ---- the call ---- */

static void on_page(void *ctx, const struct value *items)
{
    struct replay *p = ctx;

    assert_non_null(items);
    p->items += value_count(items);
}

static void on_retry(void *ctx, unsigned attempt, int64_t wait_ms, const char *why)
{
    struct replay *p = ctx;

    (void)attempt;
    (void)why;
    p->jump_ms += wait_ms;
}

static void on_done(void *ctx, const struct aws_result *r)
{
    struct replay *p = ctx;

    p->done++;
    p->end = r->end;
    snprintf(p->code, sizeof(p->code), "%s", r->code);
    snprintf(p->why, sizeof(p->why), "%s", r->err.msg);
}

/* The address that was asked, without the bucket. */
static void set_address(struct replay *p, const struct value *one)
{
    struct str host = value_str_or(value_get(one, "request"), "host", ""), label = host,
               rest = host;

    str_split(&rest, '.', &label);
    if (str_starts(rest, "s3."))
        host = rest;
    free(p->url);
    p->url = xasprintf("http://%.*s", STR_FMT(host));
    p->path_style = str_find(value_str_or(one, "note", ""), STR_LIT("path style")) >= 0;
}

static const struct value *key_named(const struct replay *p, struct str name)
{
    VALUE_EACH (it, p->keys)
        if (str_eq(value_str_or(it, "name", ""), name))
            return it;
    return NULL;
}

/* The time at which it was recorded. */
static void set_time(struct replay *p, const struct value *one)
{
    VALUE_EACH (it, value_get(value_get(one, "request"), "headers")) {
        struct str d = it->type == VALUE_STRING ? it->u.string : STR_LIT("");
        char text[32];

        if (!str_eq_c(it->key, "X-Amz-Date") || d.len != 16)
            continue;
        snprintf(text, sizeof(text), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", d.ptr, d.ptr + 4, d.ptr + 6,
                 d.ptr + 9, d.ptr + 11, d.ptr + 13);
        assert_true(time_parse(str_from(text), &p->clock.wall_ms));
    }
}

static void ask(struct replay *p, const struct aws_query *q)
{
    static const struct aws_callbacks callbacks = {
        .on_page = on_page, .on_retry = on_retry, .on_done = on_done};
    struct aws_credentials_options c = {.env = env_of_test, .machine_file = "/nonexistent/vendor"};
    struct aws_client_options o = {
        .loop = p->net.loop, .http = p->net.client, .rng = &p->net.rng, .wait_ms = 1};
    struct aws_client *client;
    struct clock *real = clock_system();
    int64_t end_ms = real->now_ms(real) + 60000;

    o.credentials = aws_credentials_new(p->net.loop, p->net.client, &c);
    client = aws_client_new(&o);
    aws_send(client, q, &callbacks, p);
    while (!p->done) {
        if (real->now_ms(real) > end_ms)
            fail_msg("nothing came within 60 s");
        if (p->jump_ms) {
            test_clock_step(&p->clock, p->jump_ms);
            p->jump_ms = 0;
        }
        loop_turn(p->net.loop, true);
    }
    aws_client_free(client);
    aws_credentials_free(o.credentials);
}

/* False: it cannot be asked: it has no definition. */
static bool play(struct replay *p, unsigned max_pages)
{
    const struct value *one = p->steps[0];
    struct aws_query q = {.params = value_get(one, "params"),
                          .region = value_cstr_or(one, "region", NULL),
                          .max_pages = max_pages};
    struct aws_list unpaced; /* this clock stands still */
    struct err ignored = ERR_INIT;

    p->key = key_named(p, value_str_or(one, "credentials", ""));
    if (!p->key || aws_catalogue_get(p->catalogue, str_from(p->service_id), &q.service, &ignored))
        return false;
    q.list = aws_service_list(q.service, value_str_or(one, "operation", ""));
    if (!q.list)
        q.list = aws_service_closed(q.service, value_str_or(one, "operation", ""));
    if (!q.list)
        return false;
    p->n.closed += q.list->why.len > 0;
    unpaced = *q.list;
    unpaced.rate = 0;
    unpaced.why = STR_LIT("");
    q.list = &unpaced;
    set_address(p, one);
    set_time(p, one);
    p->step = 0;
    p->wrong = NULL;
    p->done = 0;
    p->requests = 0;
    p->items = 0;
    arena_reset(p->scratch);
    ask(p, &q);
    p->n.requests += p->requests;
    return true;
}

static bool right_end(const struct replay *p, const struct value *last)
{
    const struct value *error = value_get(last, "error");
    struct str code = value_str_or(error, "code", "");
    char status[16];

    if (!error || error->type == VALUE_NULL)
        /* of an answer that was cut short the reference took nothing; so does this one, and says it
         */
        return str_find(value_str_or(last, "note", ""), STR_LIT("cut short")) >= 0
                   ? p->end == AWS_END_BAD_ANSWER && !p->items && strstr(p->why, "cut short")
                   : p->end == AWS_END_WHOLE || p->end == AWS_END_CUT;
    if (str_eq_c(code, "$client"))
        return p->end == AWS_END_BAD_ANSWER;
    snprintf(status, sizeof(status), "HTTP %.*s", code.len < 8 ? (int)code.len : 0, code.ptr);
    return p->end != AWS_END_WHOLE && p->end != AWS_END_CUT &&
           (str_eq_c(code, p->code) || strcmp(p->code, status) == 0);
}

static void tell(const struct replay *p, const char *what)
{
    if (p->verbose)
        printf("# %s %s: %s: %s; %s %s %s, %u requests\n", p->service_id,
               value_cstr_or(p->steps[0], "id", "?"), what, p->wrong ? p->wrong : "same requests",
               aws_end_name(p->end), p->code, p->why, p->requests);
}

static void single(struct replay *p, const struct value *one)
{
    bool right;

    p->steps[0] = one;
    p->step_count = 1;
    if (!play(p, 1)) {
        p->n.skipped++;
        return;
    }
    right = !p->wrong && right_end(p, one);
    p->n.singles++;
    p->n.singles_right += right;
    if (!right)
        tell(p, "single");
}

static void sequence(struct replay *p, const struct value *s, struct map *by_id)
{
    bool pages = str_eq_c(value_str_or(s, "kind", ""), "pages");
    bool whole = value_bool_or(s, "complete", true), right, made_up;

    p->step_count = 0;
    VALUE_EACH (it, value_get(s, "exchanges"))
        if (p->step_count < STEPS_MAX)
            p->steps[p->step_count++] = map_get(by_id, it->u.string);
    /* a last page that was made up may hold a token, too */
    made_up = str_eq_c(value_str_or(p->steps[p->step_count - 1], "source", ""), "synthetic");
    if (!play(p, pages ? (whole && !made_up ? 0 : (unsigned)p->step_count) : 1)) {
        p->n.skipped++;
        return;
    }
    right = !p->wrong && p->requests == p->step_count &&
            right_end(p, p->steps[p->step_count - 1]) &&
            (!pages || made_up || p->end == (whole ? AWS_END_WHOLE : AWS_END_CUT));
    *(pages ? &p->n.walks : &p->n.retries) += 1;
    *(pages ? &p->n.walks_right : &p->n.retries_right) += right;
    if (!right)
        tell(p, pages ? "pages" : "retry");
}

static void play_file(struct replay *p, const char *path)
{
    struct buf text = BUF_INIT((size_t)16 << 20);
    const struct value *v;
    struct err err = ERR_INIT;
    struct map *by_id = map_new(), *in_sequence = map_new();

    p->arena = arena_new(0);
    assert_ok(file_read(path, &text, &err), &err);
    assert_ok(json_parse(p->arena, buf_str(&text), &v, &err), &err);
    p->service_id = value_cstr_or(v, "service", "?");
    VALUE_EACH (it, value_get(v, "exchanges"))
        map_set(by_id, value_str_or(it, "id", ""), (void *)(uintptr_t)it);
    VALUE_EACH (s, value_get(v, "sequences"))
        VALUE_EACH (it, value_get(s, "exchanges"))
            map_set(in_sequence, it->u.string, p);
    VALUE_EACH (s, value_get(v, "sequences"))
        sequence(p, s, by_id);
    VALUE_EACH (it, value_get(v, "exchanges"))
        if (!map_has(in_sequence, value_str_or(it, "id", "")))
            single(p, it);
    map_free(by_id);
    map_free(in_sequence);
    arena_free(p->arena);
    buf_release(&text);
}

static int is_corpus(const struct dirent *d)
{
    return str_ends(str_from(d->d_name), ".json") && *d->d_name != '_';
}

static void replay_init(struct replay *p, const char *shared)
{
    char *path = xasprintf("%s/aws-wire/_credentials.json", shared);
    struct buf text = BUF_INIT(1 << 20);
    struct arena *kept = arena_new(0);
    struct err err = ERR_INIT;

    memset(p, 0, sizeof(*p));
    current = p;
    p->verbose = getenv("RB_VERBOSE") != NULL;
    p->scratch = kept;
    assert_ok(file_read(path, &text, &err), &err);
    p->arena = arena_new(0);
    assert_ok(json_parse(p->arena, buf_str(&text), &p->keys, &err), &err);
    test_clock_init(&p->clock, 0);
    net_init_clock(&p->net, &p->clock.clock, NULL);
    httpd_handle(p->net.server, on_request, p);
    assert_int_equal(setenv("http_proxy", httpd_url(p->net.server, "", p->net.url), 1), 0);
    unsetenv("no_proxy");
    unsetenv("NO_PROXY");
    p->catalogue = aws_catalogue_new(NULL, 0);
    p->dir = tmpdir_new();
    p->path_config = path_join(p->dir, "config");
    assert_ok(file_write_atomic(p->path_config,
                                STR_LIT("[default]\ns3 =\n  addressing_style = path\n"), 0600,
                                &err),
              &err);
    buf_release(&text);
    free(path);
}

static void test_replay(void **state)
{
    const char *given = getenv("RUNBOOK_SHARED"), *src = getenv("RB_SRCDIR");
    char *shared = given ? xstrdup(given) : xasprintf("%s/../shared", src ? src : ".");
    char *dir = xasprintf("%s/aws-wire", shared);
    struct dirent **names = NULL;
    struct replay p;
    struct arena *keys;
    int n = scandir(dir, &names, is_corpus, alphasort);

    (void)state;
    if (n <= 0) {
        free(dir);
        free(shared);
        skip();
    }
    replay_init(&p, shared);
    keys = p.arena;
    for (int i = 0; i < n; i++) {
        char *path = path_join(dir, names[i]->d_name);

        play_file(&p, path);
        free(path);
        free(names[i]);
    }
    printf(
        "# %u of %u exchanges, %u of %u page walks, %u of %u retry runs; %u requests, %u of them "
        "signed byte for byte as recorded; %u calls are of operations that nobody may ask, %u "
        "could "
        "not be made\n",
        p.n.singles_right, p.n.singles, p.n.walks_right, p.n.walks, p.n.retries_right, p.n.retries,
        p.n.requests, p.n.as_recorded, p.n.closed, p.n.skipped);
    assert_int_equal(p.n.singles_right, p.n.singles);
    assert_int_equal(p.n.skipped, 0);
    assert_true(p.n.requests >= 1719 && p.n.closed >= 10);
    assert_int_equal(p.n.walks_right, p.n.walks);
    assert_int_equal(p.n.retries_right, p.n.retries);
    assert_true(p.n.walks > 100 && p.n.retries > 40 && p.n.as_recorded > 500);
    aws_catalogue_free(p.catalogue);
    net_release(&p.net);
    tmpdir_free(p.dir);
    free(p.path_config);
    free(p.url);
    arena_free(p.scratch);
    arena_free(keys);
    free(names);
    free(dir);
    free(shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_replay)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
