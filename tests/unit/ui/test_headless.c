/* test_headless.c - the text and JSON faces of the scripted investigation against
 * tests/golden/headless-*. `make update-golden` writes them; review the difference like code. */
#include "tests/lib/unit.h"

#include <time.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/text.h"
#include "runbook/codec/json.h"
#include "runbook/ui/json.h"
#include "runbook/ui/text.h"
#include "tests/lib/demo_model.h"

#define MAX_BYTES ((size_t)4 << 20)

static void check_golden(const char *name, struct str got)
{
    const char *src = getenv("RB_SRCDIR");
    char *path = xasprintf("%s/tests/golden/headless-%s", src ? src : ".", name);
    struct buf want = BUF_INIT(MAX_BYTES);
    struct err err;

    if (getenv("RUNBOOK_UPDATE_GOLDEN")) {
        assert_ok(file_write_atomic(path, got, 0644, &err), &err);
    } else {
        assert_ok(file_read(path, &want, &err), &err);
        if (!str_eq(got, buf_str(&want)))
            fail_msg("%s differs (make update-golden, then git diff). It is now:\n%.*s", name,
                     STR_FMT(got));
    }
    buf_release(&want);
    free(path);
}

/* What a run prints: each event's lines, the tree, the conclusion. */
static void transcript(const struct text_options *o, struct buf *out)
{
    struct model m;
    struct event ev;

    model_init(&m);
    for (size_t i = 0; demo_event(i, &ev); i++) {
        model_apply(&m, &ev);
        text_event(o, &m, &ev, out);
    }
    buf_addc(out, '\n');
    text_tree(o, &m, out);
    buf_addc(out, '\n');
    text_conclusion(o, &m, "/state/scratchpad/demo.jsonl", out);
    model_release(&m);
}

/* No control byte may pass but LF; none at all beyond ASCII with `ascii`. */
static void assert_clean(struct str s, bool ascii)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];

        if ((c < 0x20 && c != '\n') || c == 0x7f || (ascii && c >= 0x80))
            fail_msg("byte %02x at %zu", c, i);
    }
    assert_true(text_valid(s, NULL));
}

static void test_transcripts(void **state)
{
    static const struct {
        const char *name;
        struct text_options o;
    } cases[] = {
        {"text-100.txt", {.width = 100}},
        {"text-60-ascii.txt", {.width = 60, .ascii = true}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf out = BUF_INIT(MAX_BYTES);
        struct str rest, line;

        transcript(&cases[i].o, &out);
        assert_clean(buf_str(&out), cases[i].o.ascii);
        check_golden(cases[i].name, buf_str(&out));
        rest = buf_str(&out);
        while (str_line(&rest, &line))
            if (text_width(line) > cases[i].o.width)
                fail_msg("%s: %d cells: %.*s", cases[i].name, text_width(line), STR_FMT(line));
        buf_release(&out);
    }
}

/* Colour adds SGR sequences and nothing else. */
static void test_colour_changes_no_text(void **state)
{
    struct text_options plain = {.width = 80}, colour = {.width = 80, .color = true};
    struct buf a = BUF_INIT(MAX_BYTES), b = BUF_INIT(MAX_BYTES), stripped = BUF_INIT(MAX_BYTES);

    (void)state;
    transcript(&plain, &a);
    transcript(&colour, &b);
    assert_true(b.len > a.len);
    for (size_t i = 0; i < b.len; i++) {
        if (b.ptr[i] != '\033') {
            buf_addc(&stripped, b.ptr[i]);
            continue;
        }
        assert_int_equal(b.ptr[i + 1], '[');
        while (b.ptr[i] != 'm')
            i++;
    }
    assert_string_equal(buf_cstr(&stripped), buf_cstr(&a));
    buf_release(&a);
    buf_release(&b);
    buf_release(&stripped);
}

/* Every prefix of a run has a conclusion with every key, as one line of valid JSON. */
static void test_conclusion_at_every_moment(void **state)
{
    static const char *const keys[] = {"schema",
                                       "id",
                                       "verdict",
                                       "root_cause",
                                       "candidates",
                                       "unknowns",
                                       "affected_services",
                                       "remediation",
                                       "alternatives",
                                       "cost",
                                       "journal"};

    (void)state;
    for (size_t n = 0; n <= demo_count(); n++) {
        struct buf out = BUF_INIT(MAX_BYTES);
        struct arena *arena = arena_new(0);
        const struct value *v;
        struct model m;
        struct err err;

        demo_model(&m, n);
        conclusion_json(&m, NULL, &out);
        assert_ok(json_parse(arena, buf_str(&out), &v, &err), &err);
        assert_null(memchr(out.ptr, '\n', out.len));
        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
            if (!value_get(v, keys[i]))
                fail_msg("after %zu events there is no '%s'", n, keys[i]);
        assert_string_equal(value_cstr_or(v, "schema", ""), "runbook.conclusion/1");
        model_release(&m);
        arena_free(arena);
        buf_release(&out);
    }
}

static void pretty(struct str json, struct buf *out)
{
    struct arena *arena = arena_new(0);
    const struct value *v;
    struct err err;

    assert_ok(json_parse(arena, json, &v, &err), &err);
    json_pretty(out, v);
    buf_addc(out, '\n');
    arena_free(arena);
}

static void test_json_golden(void **state)
{
    struct buf line = BUF_INIT(MAX_BYTES), out = BUF_INIT(MAX_BYTES);
    struct event ev;
    struct model m;

    (void)state;
    demo_model(&m, SIZE_MAX);
    conclusion_json(&m, "/state/scratchpad/demo.jsonl", &line);
    pretty(buf_str(&line), &out);
    check_golden("conclusion.json", buf_str(&out));
    model_release(&m);
    buf_clear(&out);
    for (size_t i = 0; demo_event(i, &ev); i++) {
        event_json(&ev, &out);
        buf_addc(&out, '\n');
    }
    assert_clean(buf_str(&out), false);
    check_golden("events.jsonl", buf_str(&out));
    buf_release(&line);
    buf_release(&out);
}

static const char *const also_off[] = {"web-3: the disk is 97 % full", "web-4: swap is used"};

/* The same conclusion, which names what else is off. */
static void conclude_also(struct model *m)
{
    struct event ev = {.type = EV_CONCLUSION_REACHED, .actor = "builtin", .ts_ms = m->last_ms};

    ev.u.conclusion_reached.verdict = VERDICT_ROOT_CAUSE;
    ev.u.conclusion_reached.summary = "The pool is empty.";
    ev.u.conclusion_reached.confidence = 0.92;
    ev.u.conclusion_reached.also = (struct strings){also_off, 2};
    model_apply(m, &ev);
}

/* Each in a line of its own, in text and in JSON. */
static void test_also(void **state)
{
    struct text_options o = {.width = 100};
    struct buf text = BUF_INIT(MAX_BYTES), json = BUF_INIT(MAX_BYTES);
    struct model m;

    (void)state;
    demo_model(&m, SIZE_MAX);
    conclude_also(&m);
    text_conclusion(&o, &m, "/state/scratchpad/demo.jsonl", &text);
    assert_non_null(strstr(buf_cstr(&text), "\nalso          web-3: the disk is 97 % full\n"
                                            "              web-4: swap is used\n"));
    conclusion_json(&m, NULL, &json);
    assert_non_null(strstr(buf_cstr(&json), "\"also\":[\"web-3: the disk is 97 % full\","
                                            "\"web-4: swap is used\"]"));
    model_release(&m);
    buf_release(&text);
    buf_release(&json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transcripts),
        cmocka_unit_test(test_colour_changes_no_text),
        cmocka_unit_test(test_conclusion_at_every_moment),
        cmocka_unit_test(test_json_golden),
        cmocka_unit_test(test_also),
    };

    setenv("TZ", "UTC", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
