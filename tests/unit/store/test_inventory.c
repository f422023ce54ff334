/* test_inventory.c - what scans found, kept: first seen, changed, gone, back; a place that was not
 * read whole loses nothing. A-03 */
#include <stdio.h>

#include "runbook/base/clock.h"
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/store/inventory.h"
#include "tests/lib/tmpdir.h"
#include "tests/lib/unit.h"

#define MANY 5000

struct kept {
    char *dir, *path;
    size_t twice; /* of a list: so many are in it a second time */
    struct buf text;
};

static void kept_init(struct kept *k)
{
    *k = (struct kept){.dir = tmpdir_new()};
    k->path = path_join(k->dir, "inventory.db");
    buf_init(&k->text, (size_t)64 << 20);
}

static void kept_release(struct kept *k)
{
    buf_release(&k->text);
    free(k->path);
    tmpdir_free(k->dir);
}

static struct inv_resource thing(const char *id, const char *state, const char *tags)
{
    return (struct inv_resource){.account = "1",
                                 .region = "eu",
                                 .service = "ec2",
                                 .kind = "instance",
                                 .id = id,
                                 .name = "n",
                                 .arn = "",
                                 .state = state,
                                 .health = "ok",
                                 .created = "",
                                 .tags = tags};
}

static struct inv_outcome save(struct kept *k, int64_t at_ms, const struct inv_resource *list,
                               size_t count, bool whole)
{
    const struct inv_place place = {"1", "eu", "ec2", whole, whole ? "" : "denied"};
    const struct inv_scan s = {.begun_ms = at_ms - 10,
                               .ended_ms = at_ms,
                               .scope = "ec2",
                               .resources = list,
                               .resource_count = count,
                               .places = &place,
                               .place_count = 1};
    struct inv_outcome o;
    struct err err = ERR_INIT;

    assert_ok(inventory_save(k->path, &s, &o, &err), &err);
    assert_int_equal(o.seen + k->twice, count);
    return o;
}

static void on_change(void *ctx, const struct inv_change *c)
{
    struct kept *k = ctx;

    buf_addf(&k->text, "%lld %s %s:%s %s %s %s>%s\n", (long long)c->scan, c->what, c->service,
             c->kind, c->id, c->field, c->before, c->after);
}

static const char *diff(struct kept *k, int64_t after, int64_t upto)
{
    struct err err = ERR_INIT;

    buf_clear(&k->text);
    assert_ok(inventory_diff(k->path, after, upto, on_change, k, &err), &err);
    return buf_cstr(&k->text);
}

static void on_kept(void *ctx, const struct inv_kept *r)
{
    struct kept *k = ctx;

    buf_addf(&k->text, "%s %s %lld-%lld %lld\n", r->r.id, r->r.state, (long long)r->first_ms,
             (long long)r->last_ms, (long long)r->gone_ms);
}

static void on_scan(void *ctx, const struct inv_scan_row *r)
{
    struct kept *k = ctx;

    buf_addf(&k->text, "%lld %zu +%zu ~%zu -%zu !%zu\n", (long long)r->scan, r->seen, r->added,
             r->changed, r->gone, r->failed);
}

static void test_history(void **state)
{
    struct kept k;
    struct inv_resource first[] = {thing("a", "running", "{}"), thing("b", "running", "{}")};
    struct inv_resource second[] = {thing("a", "stopped", "{\"x\":\"y\"}"),
                                    thing("c", "running", "")};
    struct inv_outcome o;
    struct err err = ERR_INIT;

    (void)state;
    kept_init(&k);
    assert_int_equal(inventory_diff(k.path, -1, 0, on_change, &k, &err), ERR_NOT_FOUND);
    o = save(&k, 1000, first, 2, true);
    assert_int_equal(o.added, 2);
    o = save(&k, 2000, first, 2, true);
    assert_int_equal(o.added + o.changed + o.gone, 0);
    assert_string_equal(diff(&k, -1, 0), "");
    o = save(&k, 3000, second, 2, true);
    assert_true(o.added == 1 && o.changed == 1 && o.gone == 1);
    assert_string_equal(diff(&k, -1, 0), "3 changed ec2:instance a state running>stopped\n"
                                         "3 changed ec2:instance a tags {}>{\"x\":\"y\"}\n"
                                         "3 gone ec2:instance b  >\n"
                                         "3 added ec2:instance c  >\n");
    o = save(&k, 4000, first, 1, false); /* not whole: c is not gone */
    assert_true(o.gone == 0 && o.changed == 1);
    o = save(&k, 5000, &first[1], 1, true);
    assert_true(o.added == 1 && o.gone == 2);
    assert_non_null(strstr(diff(&k, 4, 5), "5 back ec2:instance b"));
    assert_int_equal(inventory_diff(k.path, -1, 9, on_change, &k, &err), ERR_NOT_FOUND);
    buf_clear(&k.text);
    assert_ok(inventory_list(k.path, true, on_kept, &k, &err), &err);
    assert_string_equal(buf_cstr(&k.text), "a running 1000-4000 5000\nb running 1000-5000 0\n"
                                           "c running 3000-3000 5000\n");
    buf_clear(&k.text);
    assert_ok(inventory_list(k.path, false, on_kept, &k, &err), &err);
    assert_string_equal(buf_cstr(&k.text), "b running 1000-5000 0\n");
    buf_clear(&k.text);
    assert_ok(inventory_scans(k.path, on_scan, &k, &err), &err);
    assert_string_equal(buf_cstr(&k.text), "1 2 +2 ~0 -0 !0\n2 2 +0 ~0 -0 !0\n3 2 +1 ~1 -1 !0\n"
                                           "4 1 +0 ~1 -0 !1\n5 1 +1 ~0 -2 !0\n");
    kept_release(&k);
}

/* The same twice in one scan, and text that SQL could trip over. */
static void test_odd(void **state)
{
    struct kept k;
    struct inv_resource odd[] = {thing("a'; DROP TABLE scan;--", "x", "{}"),
                                 thing("a'; DROP TABLE scan;--", "y", "{}"),
                                 thing("\xc3\xa4 \xe2\x82\xac", "x", "{}")};
    struct inv_outcome o;

    (void)state;
    kept_init(&k);
    k.twice = 1;
    o = save(&k, 1000, odd, 3, true);
    assert_int_equal(o.added, 2);
    o = save(&k, 2000, odd, 3, true);
    assert_int_equal(o.added + o.changed + o.gone, 0);
    kept_release(&k);
}

/* A file that cannot be used is moved aside; nothing of a failed scan is kept. */
static void test_damaged(void **state)
{
    struct kept k;
    struct inv_resource one = thing("a", "x", "{}");
    struct inv_outcome o;
    struct err err = ERR_INIT;

    (void)state;
    kept_init(&k);
    assert_ok(file_write_atomic(k.path, STR_LIT("this is no database at all, but long enough"),
                                0600, &err),
              &err);
    o = save(&k, 1000, &one, 1, true);
    assert_int_equal(o.added, 1);
    assert_true(strlen(o.notice.text) > 0);
    kept_release(&k);
}

/* ---- what one says of another ---- */

static void on_found(void *ctx, const struct inv_kept *r)
{
    struct kept *k = ctx;

    buf_addf(&k->text, "%s:%s %s %.*s\n", r->r.service, r->r.kind, r->r.id, STR_FMT(r->r.record));
}

static void on_link(void *ctx, const struct inv_link *l)
{
    struct kept *k = ctx;

    buf_addf(&k->text, "%s%s %s\n", l->inverse ? "< " : "", l->type,
             l->kept ? l->kept->r.id : l->target);
}

static const char *detail(struct kept *k, const char *id)
{
    static const struct inv_detail_callbacks callbacks = {on_found, on_link, on_change};
    const struct inv_resource key = {.id = id};
    struct err err = ERR_INIT;

    buf_clear(&k->text);
    assert_ok(inventory_detail(k->path, &key, &callbacks, k, &err), &err);
    return buf_cstr(&k->text);
}

struct paired {
    struct buf text;
    const char *ids[16];
    size_t count;
};

static void on_node(void *ctx, const struct inv_kept *k)
{
    struct paired *p = ctx;

    p->ids[p->count++] = xstrdup(k->r.id);
}

static void on_pair(void *ctx, const char *type, bool inverse, size_t source, size_t target)
{
    struct paired *p = ctx;

    buf_addf(&p->text, "%s %s%s %s\n", p->ids[source], inverse ? "< " : "", type, p->ids[target]);
}

/* An id, an ARN, a name, a host name, and the tail of an ARN lead to the other one; from there the
 * same is seen the other way round. What no longer is said is no longer there. R-42 */
static void test_relations(void **state)
{
    struct kept k;
    struct inv_resource list[] = {thing("i-1", "running", ""), thing("sub-1", "", ""),
                                  thing("web", "", ""), thing("orders", "", "")};
    struct inv_relation said[] = {
        {.source = 0, .type = "runs-in", .kind = "ec2:subnet", .target = "sub-1"},
        {.source = 0, .type = "uses", .kind = "", .target = "arn:aws:iam::1:role/nobody"},
        {.source = 2, .type = "alias", .kind = "", .target = "web.elb.amazonaws.com"},
        {.source = 0, .type = "depends-on", .kind = "", .target = "web.elb.amazonaws.com"},
        {.source = SIZE_MAX,
         .account = "1",
         .region = "eu",
         .source_kind = "elbv2:load-balancer",
         .source_name = "https://x/web",
         .type = "routes-to",
         .kind = "",
         .target = "i-1"},
        {.source = 1, .type = "uses", .inverse = true, .kind = "ec2:instance", .target = "i-1"},
        {.source = 2,
         .type = "routes-to",
         .kind = "sqs:queue",
         .target = "arn:aws:sqs:eu:1:orders"},
        {.source = 3, .type = "alias", .kind = "", .target = "arn:aws:sqs:eu:1:orders"},
    };
    struct inv_scan s = {.ended_ms = 1000,
                         .scope = "",
                         .resources = list,
                         .resource_count = 4,
                         .relations = said,
                         .relation_count = sizeof(said) / sizeof(said[0])};
    struct paired p = {.count = 0};
    struct inv_outcome o;
    struct err err = ERR_INIT;

    (void)state;
    kept_init(&k);
    list[0].record = STR_LIT("packed");
    list[1].kind = "subnet";
    list[2].service = "elbv2";
    list[2].kind = "load-balancer";
    list[3].service = "sqs";
    list[3].kind = "queue";
    assert_ok(inventory_save(k.path, &s, &o, &err), &err);
    assert_string_equal(detail(&k, "i-1"),
                        "ec2:instance i-1 packed\ndepends-on web\nruns-in sub-1\n"
                        "uses arn:aws:iam::1:role/nobody\n< routes-to web\nuses sub-1\n"
                        "1 added :ec2:instance i-1  >\n");
    assert_non_null(strstr(detail(&k, "web"), "\nroutes-to i-1\nroutes-to orders\n"
                                              "< depends-on i-1\n"));
    assert_non_null(strstr(detail(&k, "orders"), "< routes-to web\n"));
    assert_int_equal(inventory_detail(k.path, &(struct inv_resource){.id = "nobody"},
                                      &(struct inv_detail_callbacks){on_found, NULL, NULL}, &k,
                                      &err),
                     ERR_NOT_FOUND);
    buf_init(&p.text, 4096);
    assert_ok(inventory_graph(k.path, on_node, on_pair, &p, &err), &err);
    assert_string_equal(buf_cstr(&p.text), "i-1 runs-in sub-1\ni-1 depends-on web\n"
                                           "sub-1 < uses i-1\nweb routes-to orders\n"
                                           "web routes-to i-1\n");
    s.ended_ms = 2000;
    s.relation_count = 1; /* what others said of it was not asked */
    assert_ok(inventory_save(k.path, &s, &o, &err), &err);
    assert_string_equal(detail(&k, "i-1"), "ec2:instance i-1 packed\nruns-in sub-1\n"
                                           "< routes-to web\n"
                                           "1 added :ec2:instance i-1  >\n");
    for (size_t i = 0; i < p.count; i++)
        free((void *)(uintptr_t)p.ids[i]);
    buf_release(&p.text);
    kept_release(&k);
}

/* Two services of one name in two clusters are two, whichever comes first. */
static void test_same_name(void **state)
{
    struct kept k;
    struct inv_resource list[] = {thing("web", "a", ""), thing("web", "b", "")};
    struct inv_resource turned[2];
    struct inv_outcome o;

    (void)state;
    kept_init(&k);
    list[0].arn = "arn:aws:ecs:eu:1:service/one/web";
    list[1].arn = "arn:aws:ecs:eu:1:service/two/web";
    turned[0] = list[1];
    turned[1] = list[0];
    o = save(&k, 1000, list, 2, true);
    assert_int_equal(o.added, 2);
    o = save(&k, 2000, turned, 2, true);
    assert_int_equal(o.added + o.changed + o.gone, 0);
    kept_release(&k);
}

/* Fields that differ in a record are changes; who keeps it says which. */
static void differ(struct str before, struct str after, inv_field_fn *fn, void *to)
{
    assert_int_equal(before.len, 1);
    fn(to, "type", before.ptr, after.ptr);
}

static void test_record(void **state)
{
    struct kept k;
    struct inv_resource one = thing("a", "x", "");
    struct inv_scan s = {
        .ended_ms = 1000, .scope = "", .resources = &one, .resource_count = 1, .differ = differ};
    struct inv_outcome o;
    struct err err = ERR_INIT;

    (void)state;
    kept_init(&k);
    one.record = STR_LIT("1");
    assert_ok(inventory_save(k.path, &s, &o, &err), &err);
    assert_ok(inventory_save(k.path, &s, &o, &err), &err);
    assert_int_equal(o.changed, 0);
    one.record = STR_LIT("2");
    assert_ok(inventory_save(k.path, &s, &o, &err), &err);
    assert_int_equal(o.changed, 1);
    assert_non_null(strstr(diff(&k, -1, 0), "3 changed ec2:instance a type 1>2\n"));
    kept_release(&k);
}

static void test_many(void **state)
{
    struct kept k;
    struct inv_resource *list = xcalloc(MANY, sizeof(*list));
    char(*ids)[16] = xcalloc(MANY, sizeof(*ids));
    struct clock *c = clock_system();
    int64_t begun = c->now_ms(c), mid;
    struct inv_outcome o;

    (void)state;
    kept_init(&k);
    for (size_t i = 0; i < MANY; i++) {
        snprintf(ids[i], sizeof(ids[i]), "i-%08zx", i);
        list[i] = thing(ids[i], "running", "{\"team\":\"payments\"}");
    }
    save(&k, 1000, list, MANY, true);
    for (size_t i = 0; i < MANY; i += 10)
        list[i].state = "stopped";
    o = save(&k, 2000, list, MANY, true);
    assert_int_equal(o.changed, MANY / 10);
    mid = c->now_ms(c);
    diff(&k, -1, 0);
    printf("# two scans of %d in %lld ms, their diff in %lld ms\n", MANY, (long long)(mid - begun),
           (long long)(c->now_ms(c) - mid));
    free(list);
    free(ids);
    kept_release(&k);
}

static struct inv_resource tagged(const char *arn, const char *stands_for)
{
    struct inv_resource r = thing(strrchr(arn, strchr(arn, '/') ? '/' : ':') + 1, "", "{}");

    r.service = "tags";
    r.kind = "tagged";
    r.arn = arn;
    r.stands_for = stands_for;
    return r;
}

static const char *list(struct kept *k)
{
    struct err err = ERR_INIT;

    buf_clear(&k->text);
    assert_ok(inventory_list(k->path, true, on_kept, k, &err), &err);
    return buf_cstr(&k->text);
}

/* What a list of tags said of a resource is there until the resource's own service has it, in
 * whichever order they are scanned; then nothing says that anything had gone. */
static void test_stands_for(void **state)
{
    struct inv_resource tags[] = {tagged("arn:aws:ec2:eu:1:instance/a", " ec2 "),
                                  tagged("arn:aws:ec2:eu:1:instance/b", " ec2 "),
                                  tagged("arn:aws:ec2:us:1:instance/a", " ec2 "),
                                  tagged("arn:aws:oss:eu:1:thing/a", " oss "),
                                  tagged("arn:aws:x:eu:1:t:z", " x ")};
    struct inv_resource own[] = {thing("a", "running", "{}"), thing("z2", "running", "{}")};
    struct inv_outcome o;
    struct kept k;

    (void)state;
    kept_init(&k);
    tags[2].region = "us";
    own[1].arn = "arn:aws:x:eu:1:t:z";
    o = save(&k, 1000, tags, 5, true);
    assert_int_equal(o.added, 5);
    o = save(&k, 2000, own, 2, true); /* a by its id, z by its ARN */
    assert_true(o.added == 2 && o.gone == 0);
    assert_string_equal(list(&k), "a running 2000-2000 0\nz2 running 2000-2000 0\n"
                                  "arn:aws:oss:eu:1:thing/a  1000-1000 0\nb  1000-1000 0\n"
                                  "a  1000-1000 0\n");
    assert_null(strstr(diff(&k, 1, 2), "gone"));
    kept_release(&k);
    kept_init(&k);
    (void)save(&k, 1000, own, 2, true);
    {
        const struct inv_scan s = {
            .ended_ms = 2000, .scope = "tags", .resources = tags, .resource_count = 5};
        struct err err = ERR_INIT;

        assert_ok(inventory_save(k.path, &s, &o, &err), &err);
    }
    assert_true(o.seen == 3 && o.added == 3);
    kept_release(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_history),   cmocka_unit_test(test_stands_for),
        cmocka_unit_test(test_odd),       cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_relations), cmocka_unit_test(test_same_name),
        cmocka_unit_test(test_record),    cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
