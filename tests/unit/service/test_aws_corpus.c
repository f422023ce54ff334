/* test_aws_corpus.c - the definitions of services against recorded exchanges: the request that was
 * sent, the items that were read, page after page. R-36 */
#include <dirent.h>
#include <stdio.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/endpoint.h"
#include "tests/lib/unit.h"

struct counts {
    unsigned requests, requests_right, answers, answers_right, closed, unknown;
};

struct corpus {
    struct arena *arena; /* of one service */
    struct aws_service service;
    const struct aws_list *list;
    const struct value *facts; /* of all services */
    const struct value *one;
    struct counts n;
    bool verbose;
};

static bool read_all(const char *path, struct buf *ret)
{
    struct err err;

    return file_exists(path) && file_read(path, ret, &err) == ERR_OK;
}

static void say(struct corpus *c, const char *what, struct str got, struct str want)
{
    if (c->verbose)
        printf("# %.*s %s: %s\n#   got  %.*s\n#   want %.*s\n", STR_FMT(c->service.id),
               value_cstr_or(c->one, "id", "?"), what, (int)(got.len < 300 ? got.len : 300),
               got.ptr ? got.ptr : "", (int)(want.len < 300 ? want.len : 300),
               want.ptr ? want.ptr : "");
}

static unsigned pairs_missing(struct str a, struct str b)
{
    struct str pair;
    unsigned missing = 0;

    while (str_split(&a, '&', &pair)) {
        struct str rest = b, other;
        bool found = !pair.len;

        while (!found && str_split(&rest, '&', &other)) {
            size_t n = str_ends(pair, "=") ? pair.len - 1 : pair.len;

            found = str_eq(pair, other) || str_eq((struct str){pair.ptr, n}, other) ||
                    (str_ends(other, "=") && str_eq(pair, (struct str){other.ptr, other.len - 1}));
        }
        missing += !found;
    }
    return missing;
}

/* A blank is "+" or "%20". */
static struct str blanks(struct arena *arena, struct str s)
{
    struct buf b = BUF_INIT(1 << 22);

    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] == '+')
            buf_adds(&b, "%20");
        else
            buf_addc(&b, s.ptr[i]);
    s = (struct str){arena_str(arena, buf_str(&b)), b.len};
    buf_release(&b);
    return s;
}

static bool same_pairs(struct arena *arena, struct str a, struct str b)
{
    b = blanks(arena, b);
    return !pairs_missing(a, b) && !pairs_missing(b, a);
}

static bool same_json(struct arena *arena, struct str a, struct str b)
{
    const struct value *x, *y;
    struct err err;
    struct buf p = BUF_INIT(1 << 22), q = BUF_INIT(1 << 22);
    bool same = false;

    if (str_eq(a, b) || (!a.len && str_eq_c(b, "{}")))
        return true;
    if (json_parse(arena, a, &x, &err) != ERR_OK || json_parse(arena, b, &y, &err) != ERR_OK ||
        value_count(x) != value_count(y))
        return false;
    same = true;
    VALUE_EACH (it, x) {
        const struct value *o = NULL;

        VALUE_EACH (v, y)
            if (str_eq(v->key, it->key))
                o = v;
        buf_clear(&p);
        buf_clear(&q);
        json_pretty(&p, it);
        if (o)
            json_pretty(&q, o);
        same = same && o && str_eq(buf_str(&p), buf_str(&q));
    }
    buf_release(&p);
    buf_release(&q);
    return same;
}

/* Its bucket is in the host's name. */
static struct str without_bucket(struct corpus *c, struct str target)
{
    struct str bucket = value_str_or(value_get(c->one, "params"), "Bucket", "");
    struct str host = value_str_or(value_get(c->one, "request"), "host", "");

    if (!str_eq_c(c->service.id, "s3") || !bucket.len || !str_starts(host, bucket.ptr))
        return target;
    if (target.len < bucket.len + 1 || memcmp(target.ptr + 1, bucket.ptr, bucket.len) != 0)
        return target;
    target = (struct str){target.ptr + 1 + bucket.len, target.len - 1 - bucket.len};
    if (!target.len || *target.ptr != '/')
        target = str_from(arena_printf(c->arena, "/%.*s", STR_FMT(target)));
    return target;
}

static bool same_request(struct corpus *c, const struct aws_request *q)
{
    const struct value *want = value_get(c->one, "request");
    struct str target = without_bucket(c, str_from(q->target)), path = {0};
    struct str body = value_str_or(want, "body", "");
    bool form = c->service.wire.protocol == AWS_QUERY || c->service.wire.protocol == AWS_EC2;

    str_split(&target, '?', &path);
    if (!cstr_eq(q->method, value_cstr_or(want, "method", ""))) {
        say(c, "method", str_from(q->method), value_str_or(want, "method", ""));
        return false;
    }
    if (!str_eq(path, value_str_or(want, "path", ""))) {
        say(c, "path", path, value_str_or(want, "path", ""));
        return false;
    }
    if (!same_pairs(c->arena, target, value_str_or(want, "query", ""))) {
        say(c, "query", target, value_str_or(want, "query", ""));
        return false;
    }
    if (form ? !same_pairs(c->arena, q->body, body) : !same_json(c->arena, q->body, body)) {
        say(c, "body", q->body, body);
        return false;
    }
    return true;
}

static void check_request(struct corpus *c)
{
    struct aws_request q;
    struct err err = ERR_INIT;

    c->n.requests++;
    if (aws_list_request(c->arena, &c->service, c->list, value_get(c->one, "params"), &q, &err) !=
        ERR_OK) {
        say(c, "request", str_from(err.msg), STR_LIT(""));
        return;
    }
    c->n.requests_right += same_request(c, &q);
}

/* ---- answers ---- */

static const struct value *fact(struct corpus *c, const char *key)
{
    const struct value *ops = value_get(value_get(c->facts, c->service.id.ptr), "operations");

    return value_get(value_get(ops, c->list->name.ptr), key);
}

static struct str model_of(const struct value *v)
{
    if (v && v->type == VALUE_ARRAY)
        v = value_at(v, 0);
    return v && v->type == VALUE_STRING ? v->u.string : STR_LIT("");
}

/* Texts at a model's path of a result, through lists ("[]" is not needed). */
static void gather(const struct value *v, struct str path, struct buf *out)
{
    struct str piece;

    if (v->type == VALUE_ARRAY) {
        VALUE_EACH (it, v)
            gather(it, path, out);
        return;
    }
    if (!path.len) {
        if (v->type == VALUE_STRING)
            buf_add_str(out, v->u.string);
        else if (v->type == VALUE_NUMBER)
            buf_addf(out, "%.17g", v->u.number);
        buf_addc(out, '\n');
        return;
    }
    str_split(&path, '.', &piece);
    if (str_ends(piece, "[]"))
        piece.len -= 2;
    VALUE_EACH (it, v)
        if (v->type == VALUE_OBJECT && str_eq(it->key, piece))
            gather(it, path, out);
}

static void wanted(struct corpus *c, enum aws_part p, struct buf *out)
{
    const struct value *item = fact(c, "item"), *result = value_get(c->one, "result");
    struct buf path = BUF_INIT(500);

    buf_add_str(&path, model_of(fact(c, "result")));
    if (!value_get(item, "scalar"))
        buf_addf(&path, ".%.*s", STR_FMT(model_of(value_get(item, aws_part_name(p)))));
    gather(result, buf_str(&path), out);
    buf_release(&path);
}

static void got_parts(struct corpus *c, enum aws_part p, const struct aws_page *page,
                      struct buf *out)
{
    VALUE_EACH (it, page->items) {
        const struct value *v = aws_item_part(c->list, p, it);

        if (v && v->type != VALUE_NULL)
            gather(v, STR_LIT(""), out);
    }
}

/* A value, or the name of a member: a map is a list of pairs on the wire. */
static bool has_text(const struct value *v, struct str text)
{
    char number[32] = "";

    if (v->type == VALUE_STRING)
        return str_eq(v->u.string, text);
    if (v->type == VALUE_NUMBER)
        snprintf(number, sizeof(number), "%.15g", v->u.number);
    else if (v->type == VALUE_BOOL)
        snprintf(number, sizeof(number), "%s", v->u.boolean ? "true" : "false");
    if (*number)
        return str_eq_c(text, number);
    VALUE_EACH (it, v)
        if (str_eq(it->key, text) || has_text(it, text))
            return true;
    return false;
}

/* Of an operation that the table of facts does not have (it answers with one thing): every part
 * that was taken stands in the result. */
static bool parts_are_there(struct corpus *c, const struct aws_page *page)
{
    const struct value *result = value_get(c->one, "result");

    for (size_t p = 0; p < AWS_PART_CREATED; p++)
        VALUE_EACH (it, page->items) {
            const struct value *v = aws_item_part(c->list, (enum aws_part)p, it);

            if (!v || v->type != VALUE_STRING || !v->u.string.len || has_text(result, v->u.string))
                continue;
            say(c, aws_part_name((enum aws_part)p), v->u.string, STR_LIT("(not in the result)"));
            return false;
        }
    return true;
}

/* Where the table's hint is not what an item is known by. */
static bool hint_is_wrong(const struct corpus *c)
{
    static const char *const calls[][2] = {
        {"ec2", "DescribeInstances"},
        {"ec2", "DescribeAddresses"},
        {"ec2", "DescribeKeyPairs"},
        {"databrew", "ListDatasets"},
        {"databrew", "ListJobs"},
        {"databrew", "ListProjects"},
        {"rds", "DescribeEventSubscriptions"},
        {"ds", "DescribeDirectories"},
        {"pipes", "ListPipes"},
        {"ssm", "DescribeInstanceInformation"},
        {"lambda", "ListEventSourceMappings"},
        {"kms", "ListKeys"},
        {"elbv2", "DescribeTargetGroups"},
        {"acm", "ListCertificates"},
        {"cloudtrail", "DescribeTrails"},
    };

    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        if (str_eq_c(c->service.id, calls[i][0]) && str_eq_c(c->list->name, calls[i][1]))
            return true;
    return false;
}

static bool same_parts(struct corpus *c, const struct aws_page *page)
{
    static const enum aws_part parts[] = {AWS_PART_ID, AWS_PART_NAME, AWS_PART_ARN, AWS_PART_STATE};
    struct buf got = BUF_INIT(1 << 22), want = BUF_INIT(1 << 22);
    bool same = true;

    if (!fact(c, "result") || hint_is_wrong(c))
        return parts_are_there(c, page);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && same; i++) {
        if (!c->list->part[parts[i]].len)
            continue;
        buf_clear(&got);
        buf_clear(&want);
        got_parts(c, parts[i], page, &got);
        wanted(c, parts[i], &want);
        same = str_eq(buf_str(&got), buf_str(&want));
        if (!same)
            say(c, aws_part_name(parts[i]), buf_str(&got), buf_str(&want));
    }
    buf_release(&got);
    buf_release(&want);
    return same;
}

static bool is_cut_short(const struct corpus *c)
{
    return str_find(value_str_or(c->one, "note", ""), STR_LIT("cut short")) >= 0;
}

static void check_answer(struct corpus *c)
{
    const struct value *v = value_get(c->one, "response");
    struct aws_answer a = {.status = (int)value_i64_or(v, "status", 200),
                           .body = value_str_or(v, "body", "")};
    struct aws_page page;
    struct err err = ERR_INIT;

    if (!value_get(c->one, "result") || a.status > 299)
        return;
    c->n.answers++;
    if (aws_list_read(c->arena, &c->service, c->list, value_get(c->one, "params"), &a, &page,
                      &err) == ERR_OK)
        c->n.answers_right += same_parts(c, &page);
    else if (is_cut_short(c)) /* the reference took nothing out of it; here that is said, too */
        c->n.answers_right += !value_count(value_get(c->one, "result")) &&
                              str_find(str_from(err.msg), STR_LIT("cut short")) >= 0;
    else
        say(c, "answer", str_from(err.msg), STR_LIT(""));
}

static void check_one(struct corpus *c, const struct value *one)
{
    c->one = one;
    c->list = aws_service_list(&c->service, value_str_or(one, "operation", ""));
    if (!c->list) { /* what nobody may ask is right on the wire all the same */
        c->list = aws_service_closed(&c->service, value_str_or(one, "operation", ""));
        c->n.closed += c->list != NULL;
    }
    if (!c->list) {
        c->n.unknown++;
        if (c->verbose)
            printf("# %.*s %s: no definition\n", STR_FMT(c->service.id),
                   value_cstr_or(one, "id", "?"));
        return;
    }
    check_request(c);
    check_answer(c);
}

static void check_service(struct corpus *c, const char *shared, const char *src, const char *id)
{
    char *path = xasprintf("%s/services/aws/%s.yaml", src, id);
    char *recorded = xasprintf("%s/aws-wire/%s.json", shared, id);
    struct buf yaml = BUF_INIT(1 << 22), json = BUF_INIT(1 << 24);
    struct err err = ERR_INIT;
    const struct value *v;

    c->arena = arena_new(0);
    if (read_all(path, &yaml) && read_all(recorded, &json)) {
        assert_ok(aws_service_load(c->arena, buf_str(&yaml), id, &c->service, &err), &err);
        assert_ok(json_parse(c->arena, buf_str(&json), &v, &err), &err);
        VALUE_EACH (it, value_get(v, "exchanges"))
            check_one(c, it);
    }
    arena_free(c->arena);
    buf_release(&yaml);
    buf_release(&json);
    free(path);
    free(recorded);
}

static int is_yaml(const struct dirent *d)
{
    return str_ends(str_from(d->d_name), ".yaml");
}

static void test_corpus(void **state)
{
    const char *src = getenv("RB_SRCDIR") ? getenv("RB_SRCDIR") : ".";
    char *shared = getenv("RUNBOOK_SHARED") ? xstrdup(getenv("RUNBOOK_SHARED"))
                                            : xasprintf("%s/../shared", src);
    char *dir = xasprintf("%s/services/aws", src);
    char *facts = xasprintf("%s/aws-facts/services.json", shared);
    struct corpus c = {.verbose = getenv("RB_VERBOSE") != NULL};
    struct arena *arena = arena_new(0);
    struct buf json = BUF_INIT(1 << 24);
    struct err err = ERR_INIT;
    struct dirent **names = NULL;
    bool there = read_all(facts, &json);
    int n = there ? scandir(dir, &names, is_yaml, alphasort) : 0;

    (void)state;
    free(facts);
    if (!there) {
        arena_free(arena);
        free(dir);
        free(shared);
        skip();
    }
    assert_ok(json_parse(arena, buf_str(&json), &c.facts, &err), &err);
    for (int i = 0; i < n; i++) {
        names[i]->d_name[strlen(names[i]->d_name) - strlen(".yaml")] = '\0';
        check_service(&c, shared, src, names[i]->d_name);
        free(names[i]);
    }
    printf(
        "# corpus: %u of %u requests, %u of %u answers; %u requests are of operations that nobody "
        "may ask, %u of none that is known\n",
        c.n.requests_right, c.n.requests, c.n.answers_right, c.n.answers, c.n.closed, c.n.unknown);
    assert_int_equal(c.n.requests_right, c.n.requests);
    assert_int_equal(c.n.answers_right, c.n.answers);
    assert_int_equal(c.n.unknown, 0);
    assert_true(c.n.requests >= 1719 && c.n.closed >= 10);
    free(names);
    buf_release(&json);
    arena_free(arena);
    free(dir);
    free(shared);
}

/* Every definition of the source tree loads, names its parts, and asks where it should. */
static void test_definitions(void **state)
{
    const char *src = getenv("RB_SRCDIR");
    char *dir = xasprintf("%s/services/aws", src ? src : ".");
    struct dirent **names = NULL;
    unsigned services = 0, lists = 0;
    int n = scandir(dir, &names, is_yaml, alphasort);

    (void)state;
    for (int i = 0; i < n; i++) {
        struct arena *a = arena_new(0);
        char *path = xasprintf("%s/%s", dir, names[i]->d_name);
        struct buf yaml = BUF_INIT(1 << 22);
        struct aws_service s;
        struct err err = ERR_INIT;
        struct aws_where w = {.region = "eu-west-1"};
        struct aws_endpoint at;

        assert_ok(file_read(path, &yaml, &err), &err);
        assert_ok(aws_service_load(a, buf_str(&yaml), names[i]->d_name, &s, &err), &err);
        assert_ok(aws_endpoint_make(a, &s, &w, "/", "", &at, &err), &err);
        assert_true(str_ends(str_from(at.host), ".amazonaws.com") ||
                    str_ends(str_from(at.host), ".api.aws"));
        services++;
        lists += (unsigned)s.list_count;
        buf_release(&yaml);
        arena_free(a);
        free(path);
        free(names[i]);
    }
    free(names);
    free(dir);
    printf("# %u services, %u operations\n", services, lists);
    assert_true(services >= 110 && lists >= 600);
}

static void test_mistakes(void **state)
{
    static const struct {
        const char *yaml, *said;
    } cases[] = {
        {"id: x\nhost: h\nprotocl: json\n",
         "x.yaml, line 3 column 10: 'protocl' is not known; there are id, name, group, protocol, "
         "version, json, target, host, signing, signing_region, host_cn, host_us_gov, host_fips, "
         "host_dualstack, sdk, arn, query_compatible, list_items, path_tail, headers, same_as, "
         "off, "
         "params, iam, operations, changes, closed"},
        {"id: x\nhost: h\nprotocol: soap\n",
         "x.yaml, line 3 column 11: 'protocol' must be ec2, query, json, rest-json or rest-xml"},
        {"id: x\nhost: h\nprotocol: json\n",
         "x.yaml, line 1 column 1: the json protocol needs 'target', the prefix of X-Amz-Target"},
        {"id: x\nhost: h\nprotocol: query\n",
         "x.yaml, line 1 column 1: the query and ec2 protocols need 'version', in quotes"},
        {"id: x\nhost: h\nprotocol: rest-json\n",
         "x.yaml, line 1 column 1: 'operations' must be a mapping"},
        {"id: x\nhost: h\nprotocol: rest-json\noperations:\n  A: {http: /x}\n",
         "x.yaml, line 5 column 13: must be a method and a path: GET /things/{id}"},
        {"id: x\nhost: h\nprotocol: json\ntarget: \"a\\r\\nb\"\noperations:\n  A: {}\n",
         "x.yaml, line 4 column 9: must have no blank and only ASCII characters"},
        {"id: x\nhost: h\nprotocol: rest-json\nheaders: {a: \"b\\nc: d\"}\noperations:\n  A: {}\n",
         "x.yaml, line 4 column 14: must be a header and its text, one line of ASCII characters"},
        {"id: x\nhost: h\nprotocol: rest-json\noperations:\n  \"A B\": {http: GET /x}\n",
         "x.yaml, line 5 column 10: an operation's name has no blank and only ASCII characters"},
        {"id: x\nhost: h\nprotocol: rest-json\noperations:\n  A: {http: FETCH /x}\n",
         "x.yaml, line 5 column 13: must begin with GET, HEAD, POST, PUT, PATCH or DELETE"},
        {"id: x\nhost: h\nprotocol: rest-json\noperations:\n  A: {http: GET /x y}\n",
         "x.yaml, line 5 column 13: must have no blank and no character in its path that a URL "
         "cannot hold"},
        {"id: x\nhost: h\nprotocol: rest-json\noperations:\n  A: {head: [ETag]}\n",
         "x.yaml, line 5 column 13: must be up to 48 members and their headers: {ETag: ETag}"},
        {"id: x\nhost: h\nprotocol: rest-json\noperations:\n  A: {page: {send: [a, b], next: c}}\n",
         "x.yaml, line 5 column 13: 'send' and 'next' must be as many"},
        {"id: x\nhost: h\nprotocol: rest-json\noperations:\n  A: {params: {b: {in: cookie}}}\n",
         "x.yaml, line 5 column 24: must be body, path, query or header"},
        {"id: x\nhost: h\nprotocol: json\ntarget: X\nparams: {F.At: {in: query}}\noperations: {}\n",
         "x.yaml, line 5 column 21: a member of a parameter is where the parameter is"},
        {"id: x\nhost: h\nprotocol: json\ntarget: X\nparams: {At: {type: time}}\noperations: {}\n",
         "x.yaml, line 5 column 21: the one type to be named is 'timestamp'"},
        {"id: x\nhost: h\nprotocol: rest-json\noperations:\n  A: {item: {colour: b}}\n",
         "x.yaml, line 5 column 22: 'colour' is not known; there are id, name, arn, state, "
         "created, "
         "tags"},
        {"id: x\nhost: h\nprotocol: rest-json\noperations:\n  A: {permission: GetA}\n",
         "x.yaml, line 5 column 19: an action of IAM is PREFIX:Action, such as s3:GetObject"},
        {"id: x\nhost: h\nprotocol: rest-json\noperations: {A: {}}\nchanges: {A: {act: b}}\n",
         "x.yaml, line 5 column 14: it stands among the operations, which only read"},
        {"id: x\nhost: h\nprotocol: rest-json\noperations: {}\nchanges: {A: {page: b}}\n",
         "x.yaml, line 5 column 21: 'page' is not known; there are http, host_prefix, needs, "
         "params, items, act, token, dry_run, payload, root, xmlns, checksum, permission"},
        {"id: x\nhost: h\nprotocol: rest-json\noperations: {A: {}}\nclosed: {A: {why: b}}\n",
         "x.yaml, line 5 column 13: it stands among the operations or changes, too"},
        {"id: x\nhost: h\nprotocol: rest-json\noperations: {}\nclosed: {A: {items: b}}\n",
         "x.yaml, line 5 column 13: 'why' is needed: the reason why nobody may ask it"},
        {"id: x\nhost: h\nprotocol: rest-json\noperations: {}\nclosed: {A: {resource: b}}\n",
         "x.yaml, line 5 column 24: 'resource' is not known; there are why, http, host_prefix, "
         "needs, items, params, item, unsigned"},
        {"id: [x\n", "x.yaml: line "},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct arena *a = arena_new(0);
        struct aws_service s;
        struct err err = ERR_INIT;

        assert_int_equal(aws_service_load(a, str_from(cases[i].yaml), "x.yaml", &s, &err),
                         ERR_INPUT);
        if (!str_starts(str_from(err.msg), cases[i].said))
            fail_msg("\"%s\" is not \"%s\"", err.msg, cases[i].said);
        arena_free(a);
    }
}

/* A needed parameter that is not there, and pages that go on, end, or repeat their token. */
static void test_pages(void **state)
{
    static const char yaml[] =
        "id: x\nprotocol: json\ntarget: X\nhost: h\noperations:\n"
        "  ListXs: {needs: [Group], page: {send: Token, next: \"Next || Xs[-1].Id\", more: More},"
        " items: Xs, item: {id: Id}}\n";
    struct arena *a = arena_new(0);
    struct aws_service s;
    struct err err = ERR_INIT;
    struct aws_request q;
    struct aws_page page;
    const struct value *params;
    struct aws_answer first = {
        .status = 200, .body = STR_LIT("{\"Xs\":[{\"Id\":\"a\"},{\"Id\":\"b\"}],\"More\":true}")};
    struct aws_answer last = {.status = 200, .body = STR_LIT("{\"Xs\":[],\"Next\":\"z\"}")};

    (void)state;
    assert_ok(aws_service_load(a, str_from(yaml), "x.yaml", &s, &err), &err);
    assert_int_equal(aws_list_request(a, &s, s.lists, NULL, &q, &err), ERR_INPUT);
    assert_string_equal(err.msg, "x ListXs needs 'Group'");
    assert_ok(json_parse(a, STR_LIT("{\"Group\":\"g\",\"Token\":\"old\"}"), &params, &err), &err);
    assert_ok(aws_list_read(a, &s, s.lists, params, &first, &page, &err), &err);
    assert_int_equal(value_count(page.items), 2);
    assert_str(aws_item_part(s.lists, AWS_PART_ID, value_at(page.items, 1))->u.string, "b");
    assert_null(aws_item_part(s.lists, AWS_PART_ARN, value_at(page.items, 1)));
    assert_non_null(page.next);
    assert_str(value_str_or(page.next, "Token", ""), "b");
    assert_str(value_str_or(page.next, "Group", ""), "g");
    assert_ok(aws_list_read(a, &s, s.lists, params, &last, &page, &err), &err);
    assert_int_equal(value_count(page.items), 0);
    assert_null(page.next); /* More is not there, so it is over, whatever the token */
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_definitions),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_corpus),
    };

    return cmocka_run_group_tests_name("aws corpus", tests, NULL, NULL);
}
