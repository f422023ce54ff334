/* test_aws_answers.c - answers made from the output shapes of AWS's own service models, with every
 * member down to the innermost one, lists of two and of one, maps, times, bytes and headers, in the
 * protocol's form; and what is read of them by the definitions: all that was put in, where it was
 * put, and nothing else; as many items as there are, their ids, names and states, and the next
 * page's token. The models are those of Debian's awscli; skips where it is not installed. R-36 */
#include <stdio.h>

#include "runbook/codec/json.h"
#include "runbook/service/aws/catalogue.h"
#include "tests/lib/unit.h"
#include "tests/unit/service/aws_made.h"
#include "tests/unit/service/aws_models.h"

/* Operations of which members that travel in headers are not read. */
static const struct {
    const char *operation, *why;
} heads_left[] = {
    {"cloudfront GetKeyGroupConfig", "its items are keys; the ETag is for changing it"},
    {"s3 GetObject", "Expires has a form of its own"},
    {"s3 GetObjectAcl", "its items are grants; who pays for the request"},
    {"s3 GetObjectTagging", "its items are tags; the version that was asked for, or the newest"},
    {"s3 HeadObject", "Expires has a form of its own"},
    {"s3 ListParts", "its items are parts; when the upload is ended"},
};

struct walk {
    struct arena *arena; /* of one service */
    const struct aws_service *service;
    const struct aws_list *list;
    struct aws_model model;
    unsigned same, differ, leaves;
    bool left[sizeof(heads_left) / sizeof(heads_left[0])];
};

/* ---- what is read ---- */

static void flatten(const struct value *v, char *path, size_t size, struct buf *out)
{
    size_t len = strlen(path);

    switch (v->type) {
    case VALUE_ARRAY:
    case VALUE_OBJECT:
        VALUE_EACH (it, v) {
            if (v->type == VALUE_OBJECT)
                made_append(path, size, it->key);
            if (v->type == VALUE_OBJECT && value_get(v, it->key.ptr) != it)
                buf_addf(out, "%s twice\n", path);
            flatten(it, path, size, out);
            path[len] = '\0';
        }
        break;
    case VALUE_STRING:
        if (v->u.string.len)
            buf_addf(out, "%s=%.*s\n", path, STR_FMT(v->u.string));
        break;
    case VALUE_NUMBER:
        buf_addf(out, "%s=%.15g\n", path, v->u.number);
        break;
    case VALUE_BOOL:
        buf_addf(out, "%s=%s\n", path, v->u.boolean ? "true" : "false");
        break;
    case VALUE_NULL:
        break;
    }
}

/* The texts at a path on the wire, or below it; one a line. The last alone: "Keys[-1]". */
static void texts_at(struct making *k, struct str path, bool below, struct buf *out)
{
    struct str rest = buf_str(&k->wire), line, at, last = {0};
    struct buf plain = BUF_INIT(1000);
    bool only_last = str_find(path, STR_LIT("[-1]")) >= 0;
    struct str piece, all = path;

    while (str_split(&all, '[', &piece)) {
        if (str_starts(piece, "-1]"))
            piece = (struct str){piece.ptr + 3, piece.len - 3};
        buf_add_str(&plain, piece);
    }
    path = buf_str(&plain);
    while (str_line(&rest, &line)) {
        str_split(&line, '=', &at);
        if (!str_eq(at, path) &&
            !(below && (!path.len || (at.len > path.len && at.ptr[path.len] == '.' &&
                                      memcmp(at.ptr, path.ptr, path.len) == 0))))
            continue;
        last = line;
        if (!only_last)
            buf_addf(out, "%.*s\n", STR_FMT(line));
    }
    if (only_last && last.len)
        buf_addf(out, "%.*s\n", STR_FMT(last));
    buf_release(&plain);
}

static void texts_of(const struct value *v, struct buf *out)
{
    struct buf lines = BUF_INIT(1 << 22);
    char path[1000] = "";
    struct str rest, line, at;

    flatten(v, path, sizeof(path), &lines);
    rest = buf_str(&lines);
    while (str_line(&rest, &line)) {
        str_split(&line, '=', &at);
        buf_addf(out, "%.*s\n", STR_FMT(line));
    }
    buf_release(&lines);
}

static bool same(struct making *k, const char *what, struct buf *got, struct buf *want)
{
    struct str a = buf_str(got), b = buf_str(want), x, y;

    if (str_eq(a, b))
        return true;
    printf("# %.*s %.*s, lists of %zu: %s\n", STR_FMT(k->service->id), STR_FMT(k->list->name),
           k->per_list, what);
    for (int shown = 0; (a.len || b.len) && shown < 3;) {
        if (!str_line(&a, &x))
            x = STR_LIT("(nothing)");
        if (!str_line(&b, &y))
            y = STR_LIT("(nothing)");
        if (str_eq(x, y))
            continue;
        printf("#   got  %.*s\n#   want %.*s\n", (int)(x.len < 200 ? x.len : 200), x.ptr,
               (int)(y.len < 200 ? y.len : 200), y.ptr);
        shown++;
    }
    return false;
}

/* Items, and what they are known by. */
static bool same_items(struct making *k, const struct aws_page *page)
{
    const struct aws_list *l = k->list;
    struct buf got = BUF_INIT(1 << 22), want = BUF_INIT(1 << 22);
    bool right;

    texts_of(page->items, &got);
    texts_at(k, l->items, true, &want);
    right = same(k, "the items", &got, &want);
    for (size_t p = 0; p < AWS_PARTS && right; p++) {
        struct buf path = BUF_INIT(1000);

        if (!l->part[p].len)
            continue;
        buf_clear(&got);
        buf_clear(&want);
        buf_add_str(&path, l->items);
        if (!str_eq_c(l->part[p], "."))
            buf_addf(&path, "%s%.*s", path.len ? "." : "", STR_FMT(l->part[p]));
        VALUE_EACH (it, page->items) {
            const struct value *v = aws_item_part(l, (enum aws_part)p, it);

            if (v)
                texts_of(v, &got);
        }
        texts_at(k, buf_str(&path), true, &want);
        right = same(k, aws_part_name((enum aws_part)p), &got, &want);
        buf_release(&path);
    }
    buf_release(&got);
    buf_release(&want);
    return right;
}

/* The next page's parameters. */
static bool same_next(struct making *k, const struct aws_page *page)
{
    const struct aws_list *l = k->list;
    bool right = true;

    for (size_t i = 0; i < l->page_count && right; i++) {
        struct buf got = BUF_INIT(1 << 16), want = BUF_INIT(1 << 16);
        struct str rest = l->next[i], one;
        const struct value *v = NULL;

        VALUE_EACH (it, page->next)
            if (str_eq(it->key, l->send[i]))
                v = it;
        if (v)
            texts_of(v, &got);
        while (!want.len && str_split(&rest, '|', &one))
            if (str_trim(one).len)
                texts_at(k, str_trim(one), true, &want);
        right = want.len && same(k, "the next page", &got, &want);
        if (!want.len)
            printf("# %.*s %.*s: no answer has the token %.*s\n", STR_FMT(k->service->id),
                   STR_FMT(l->name), STR_FMT(l->next[i]));
        buf_release(&got);
        buf_release(&want);
    }
    return right;
}

static bool same_whole(struct making *k, const struct aws_page *page)
{
    struct buf got = BUF_INIT(1 << 22);
    const struct value *v;
    char path[1000] = "";
    bool right;

    if (k->list->head && !k->list->items.len)
        v = page->items; /* with the headers' members */
    else
        v = page->json ? page->json : aws_xml_value(k->arena, page->xml);
    flatten(v, path, sizeof(path), &got);
    right = same(k, "the answer", &got, &k->want);
    buf_release(&got);
    return right;
}

static bool is_left(struct walk *w, const char *member)
{
    char name[160];

    (void)snprintf(name, sizeof(name), "%.*s %.*s", STR_FMT(w->service->id),
                   STR_FMT(w->list->name));
    for (size_t i = 0; i < sizeof(heads_left) / sizeof(heads_left[0]); i++)
        if (strcmp(heads_left[i].operation, name) == 0)
            return w->left[i] = true;
    printf("# %s: %s comes as a header, and is not read\n", name, member);
    return false;
}

static bool check_answer(struct walk *w, const struct aws_operation *op, size_t per_list)
{
    struct making k = {.arena = w->arena,
                       .service = w->service,
                       .list = w->list,
                       .protocol = w->model.protocol,
                       .body = BUF_INIT(1 << 24),
                       .want = BUF_INIT(1 << 24),
                       .wire = BUF_INIT(1 << 24),
                       .per_list = per_list};
    struct aws_answer a = {.status = 200};
    struct aws_page page;
    struct err err = ERR_INIT;
    bool right = false;

    made_answer(&k, op);
    w->leaves += k.leaves;
    a.headers = k.headers;
    a.header_count = k.header_count;
    a.body = buf_str(&k.body);
    if (aws_list_read(w->arena, w->service, w->list, NULL, &a, &page, &err))
        printf("# %.*s %.*s: %s\n", STR_FMT(w->service->id), STR_FMT(w->list->name), err.msg);
    else
        right = same_whole(&k, &page) && same_items(&k, &page) && same_next(&k, &page);
    right = right && (!k.lost || is_left(w, k.lost));
    buf_release(&k.body);
    buf_release(&k.want);
    buf_release(&k.wire);
    return right;
}

/* ---- the models ---- */

static bool check_service(struct walk *w)
{
    const struct value *operations;
    bool there;

    w->arena = arena_new(0);
    there = aws_models_open(w->arena, w->service, &w->model, &operations);
    for (size_t i = 0; there && (w->list = aws_models_operation(w->service, i)); i++) {
        const struct value *described = value_get(operations, arena_str(w->arena, w->list->name));
        struct aws_operation op;
        struct err err = ERR_INIT;

        if (!described)
            continue;
        assert_ok(aws_operation_load(w->arena, &w->model, described, &op, &err), &err);
        if (check_answer(w, &op, 2) && check_answer(w, &op, 1))
            w->same++;
        else
            w->differ++;
    }
    arena_free(w->arena);
    return there;
}

static void test_answers(void **state)
{
    struct aws_catalogue *c = aws_catalogue_new(NULL, 0);
    struct walk w = {0};
    unsigned services = 0;

    (void)state;
    for (size_t i = 0; i < aws_catalogue_count(c); i++) {
        struct err err = ERR_INIT;

        assert_ok(aws_catalogue_get(c, str_from(aws_catalogue_entry(c, i)->id), &w.service, &err),
                  &err);
        services += check_service(&w);
    }
    aws_catalogue_free(c);
    printf("# %u services: the answers of %u operations are read whole, of %u not; %u values\n",
           services, w.same, w.differ, w.leaves);
    if (!services)
        skip();
    assert_int_equal(w.differ, 0);
    assert_true(w.same > 2600);
    for (size_t i = 0; i < sizeof(heads_left) / sizeof(heads_left[0]); i++)
        if (!w.left[i])
            fail_msg("read by now: %s", heads_left[i].operation);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_answers)};

    return cmocka_run_group_tests_name("aws answers", tests, NULL, NULL);
}
