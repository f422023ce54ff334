/* test_export.c - a session as Markdown, JSON and HTML against tests/golden/export.* (U-06, R-22);
 * hostile text stays text. `make update-golden` writes the golden files anew. */
#include "tests/lib/unit.h"

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/codec/json.h"
#include "src/app/export.h"
#include "tests/lib/demo_model.h"

typedef void export_fn(const struct model *m, const struct export_options *o, struct buf *out);

static bool read_demo(void *ctx, const char *hash, struct buf *out, struct err *err)
{
    const char *text = demo_blob(hash);

    (void)ctx;
    if (text)
        return buf_adds(out, text);
    err_set(err, ERR_NOT_FOUND, "no such blob");
    return false;
}

static const struct blob_source demo_blobs = {.read = read_demo};
static const struct export_options demo_options = {
    .journal = "/var/lib/<x>/scratchpad/s1.jsonl", .integrity = "verified", .blobs = &demo_blobs};

static void against_golden(const char *name, export_fn *fn)
{
    const char *src = getenv("RB_SRCDIR");
    char *path = xasprintf("%s/tests/golden/export.%s", src ? src : ".", name);
    struct buf got = BUF_INIT(BUF_NO_MAX), want = BUF_INIT(BUF_NO_MAX);
    struct err err = ERR_INIT;
    struct model m;

    demo_model(&m, SIZE_MAX);
    fn(&m, &demo_options, &got);
    if (getenv("RUNBOOK_UPDATE_GOLDEN"))
        assert_ok(file_write_atomic(path, buf_str(&got), 0644, &err), &err);
    else
        assert_ok(file_read(path, &want, &err), &err);
    if (want.len && !str_eq(buf_str(&got), buf_str(&want)))
        fail_msg("%s differs; it is now\n%s", path, buf_cstr(&got));
    model_release(&m);
    buf_release(&got);
    buf_release(&want);
    free(path);
}

static void test_golden_markdown(void **state)
{
    (void)state;
    against_golden("md", export_markdown);
}

static void test_golden_html(void **state)
{
    (void)state;
    against_golden("html", export_html);
}

static void test_golden_json(void **state)
{
    (void)state;
    against_golden("json", export_json);
}

/* Every text of the model is the same hostile string. */
#define EVIL "<script>alert(1)</script>\"'&`x` ```\n[a](http://b) \033[31m \xe2\x80\xae |![i](j)"

static bool read_evil(void *ctx, const char *hash, struct buf *out, struct err *err)
{
    (void)ctx;
    (void)hash;
    (void)err;
    return buf_adds(out, EVIL "\n````\n</pre>\xff");
}

static void apply(struct model *m, struct event *ev)
{
    static uint64_t seq;

    ev->seq = ++seq;
    ev->ts_ms = 1770199200000;
    ev->actor = EVIL;
    model_apply(m, ev);
}

static void evil_model(struct model *m)
{
    static const char *const list[] = {EVIL, "E1"};
    const struct strings two = {list, 2};
    struct event opened = {.type = EV_SESSION_OPENED}, tool = {.type = EV_TOOL_STARTED},
                 ended = {.type = EV_TOOL_ENDED}, hyp = {.type = EV_HYPOTHESIS_PROPOSED},
                 ev = {.type = EV_EVIDENCE_ADDED}, gap = {.type = EV_GAP_NOTED},
                 cause = {.type = EV_ROOTCAUSE_IDENTIFIED}, end = {.type = EV_CONCLUSION_REACHED},
                 res = {.type = EV_RESOURCE_SEEN}, text = {.type = EV_AGENT_TEXT},
                 incident = {.type = EV_INCIDENT_LOADED};

    opened.u.session_opened =
        (struct ev_session_opened){EVIL, EVIL, EVIL, EVIL, EVIL, EVIL, EVIL, two, 0};
    incident.u.incident_loaded = (struct ev_incident_loaded){.id = EVIL,
                                                             .title = EVIL,
                                                             .service = EVIL,
                                                             .metric = EVIL,
                                                             .direction = EVIL,
                                                             .source = EVIL};
    hyp.u.hypothesis_proposed = (struct ev_hypothesis_proposed){EVIL, "",   EVIL, EVIL, EVIL, EVIL,
                                                                EVIL, EVIL, EVIL, EVIL, 0,    1};
    tool.u.tool_started = (struct ev_tool_started){EVIL, EVIL, EVIL, EVIL, STR_LIT("{}"), EVIL};
    ended.u.tool_ended = (struct ev_tool_ended){.call = EVIL,
                                                .status = TOOL_ERROR,
                                                .summary = EVIL,
                                                .error = EVIL,
                                                .blob = EVIL,
                                                .content_type = EVIL};
    ev.u.evidence_added = (struct ev_evidence_added){.id = EVIL,
                                                     .call = EVIL,
                                                     .hypothesis = EVIL,
                                                     .statement = EVIL,
                                                     .query = EVIL,
                                                     .blob = EVIL,
                                                     .service = EVIL,
                                                     .metric = EVIL,
                                                     .resource = EVIL,
                                                     .unit = EVIL,
                                                     .before = 1,
                                                     .after = 2,
                                                     .score = 3};
    gap.u.gap_noted = (struct ev_gap_noted){EVIL, EVIL, EVIL, EVIL};
    cause.u.rootcause_identified =
        (struct ev_rootcause_identified){EVIL, EVIL, EVIL, EVIL, EVIL, EVIL, 0.5, two};
    end.u.conclusion_reached =
        (struct ev_conclusion_reached){VERDICT_ROOT_CAUSE, EVIL, 0.5, two, two};
    res.u.resource_seen =
        (struct ev_resource_seen){EVIL, EVIL, EVIL, EVIL, EVIL, EVIL, 0, 1, 2, EVIL, EVIL};
    text.u.agent_text = (struct ev_agent_text){EVIL, EVIL, true};
    model_init(m);
    apply(m, &opened);
    apply(m, &incident);
    apply(m, &hyp);
    apply(m, &tool);
    apply(m, &ended);
    apply(m, &ev);
    apply(m, &gap);
    apply(m, &res);
    apply(m, &text);
    apply(m, &cause);
    apply(m, &end);
}

static void export_evil(export_fn *fn, struct buf *out)
{
    static const struct blob_source blobs = {.read = read_evil};
    const struct export_options o = {.journal = EVIL, .integrity = EVIL, .blobs = &blobs};
    struct model m;

    buf_init(out, BUF_NO_MAX);
    evil_model(&m);
    fn(&m, &o, out);
    model_release(&m);
}

static size_t count(struct str hay, const char *needle)
{
    size_t n = 0;
    ptrdiff_t at;

    while ((at = str_find(hay, str_from(needle))) >= 0) {
        n++;
        hay.ptr += at + 1;
        hay.len -= (size_t)at + 1;
    }
    return n;
}

static void test_html_escapes_everything(void **state)
{
    struct buf b;

    (void)state;
    export_evil(export_html, &b);
    assert_int_equal(count(buf_str(&b), "<script"), 0);
    assert_int_equal(count(buf_str(&b), "</pre>"), 1); /* our own */
    assert_true(count(buf_str(&b), "&lt;script&gt;") > 20);
    assert_int_equal(count(buf_str(&b), "\033"), 0);
    assert_int_equal(count(buf_str(&b), "\xe2\x80\xae"), 0);
    assert_int_equal(count(buf_str(&b), "<details"), count(buf_str(&b), "</details>"));
    /* every attribute value is ours: no quote of the text is left as one */
    assert_int_equal(count(buf_str(&b), "alert(1)&lt;/script&gt;&quot;&#39;&amp;"),
                     count(buf_str(&b), "alert(1)"));
    buf_release(&b);
}

static void test_markdown_escapes_everything(void **state)
{
    struct buf b;

    (void)state;
    export_evil(export_markdown, &b);
    assert_int_equal(count(buf_str(&b), "\033"), 0);
    /* but for the query and its result, which stand in blocks */
    assert_int_equal(count(buf_str(&b), "\\[a\\](http") + 2, count(buf_str(&b), "[a"));
    assert_true(count(buf_str(&b), "\\<script\\>") > 20);
    /* the result's fence is longer than the longest run of backticks in it */
    assert_int_equal(count(buf_str(&b), "`````\n"), 2);
    buf_release(&b);
}

static void test_json_is_json(void **state)
{
    struct arena *a = arena_new(0);
    const struct value *v;
    struct err err;
    struct buf b;

    (void)state;
    export_evil(export_json, &b);
    assert_ok(json_parse(a, buf_str(&b), &v, &err), &err);
    assert_str(value_str_or(v, "title", ""), EVIL);
    assert_str(value_str_or(v, "schema", ""), "runbook.session/1");
    buf_release(&b);
    arena_free(a);
}

static void test_results_are_capped(void **state)
{
    struct export_options o = demo_options;
    struct buf b = BUF_INIT(BUF_NO_MAX);
    struct arena *a = arena_new(0);
    const struct value *v;
    struct err err;
    struct model m;

    (void)state;
    o.raw_max = 5;
    o.raw_total_max = 5;
    demo_model(&m, SIZE_MAX);
    export_json(&m, &o, &b);
    assert_ok(json_parse(a, buf_str(&b), &v, &err), &err);
    size_t bytes = 0, cut = 0, left_out = 0;
    VALUE_EACH (q, value_get(v, "queries")) {
        struct str note = value_str_or(q, "result_note", "");

        bytes += value_str_or(q, "result", "").len;
        cut += str_starts(note, "cut: the first 5 of ");
        left_out += str_starts(note, "left out");
    }
    assert_int_equal(bytes, 5);
    assert_int_equal(cut, 1);
    assert_true(left_out > 0);
    model_release(&m);
    buf_release(&b);
    arena_free(a);
}

static void test_empty_session(void **state)
{
    static export_fn *const fns[] = {export_markdown, export_json, export_html};
    const struct export_options o = {0};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct buf b = BUF_INIT(BUF_NO_MAX);
        struct model m;

        model_init(&m);
        fns[i](&m, &o, &b);
        assert_true(b.len > 0);
        model_release(&m);
        buf_release(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden_markdown),
        cmocka_unit_test(test_golden_html),
        cmocka_unit_test(test_golden_json),
        cmocka_unit_test(test_html_escapes_everything),
        cmocka_unit_test(test_markdown_escapes_everything),
        cmocka_unit_test(test_json_is_json),
        cmocka_unit_test(test_results_are_capped),
        cmocka_unit_test(test_empty_session),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
