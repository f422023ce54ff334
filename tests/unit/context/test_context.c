/* test_context.c - the window is never passed, nothing that matters is lost, and the prefix is
 * stable. R-27 R-32 R-72 U-01 */
#include "tests/lib/unit.h"

#include <malloc.h>
#include <stdio.h>
#include <sys/resource.h>

#include "runbook/base/mem.h"
#include "runbook/base/rng.h"
#include "runbook/context/context.h"

struct fixture {
    struct rng rng;
    struct fence fence;
    struct redactor *redactor;
    struct context *c;
};

static struct fixture *fixture_new(int64_t window, int64_t result)
{
    struct fixture *f = xcalloc(1, sizeof(*f));

    rng_seed(&f->rng, 11);
    fence_init(&f->fence, &f->rng);
    f->redactor = redactor_new(STR_LIT("salt"));
    f->c = context_new(&(struct context_options){.window_tokens = window,
                                                 .answer_tokens = 1000,
                                                 .result_tokens = result,
                                                 .family = TOKENS_CLAUDE,
                                                 .redactor = f->redactor,
                                                 .fence = &f->fence});
    context_set_system(f->c, STR_LIT("You investigate."));
    context_set_tools(f->c, STR_LIT("[{\"name\":\"host_log\"}]"));
    return f;
}

static void fixture_free(struct fixture *f)
{
    context_free(f->c);
    redactor_free(f->redactor);
    free(f);
}

static void assistant(struct context *c, const char *words, size_t calls)
{
    context_add_assistant(c, &(struct context_assistant){.text = str_from(words),
                                                         .words = str_from(words),
                                                         .calls = calls});
}

static void result(struct context *c, const char *call, struct str text)
{
    context_add_result(c,
                       &(struct context_result){.call = call,
                                                .wire_call = call,
                                                .tool = "host_log",
                                                .summary = "12 lines, /var 97 % full",
                                                .text = text},
                       NULL);
}

/* Everything that would be sent. */
static char *request(const struct context *c)
{
    struct buf out = BUF_INIT(BUF_NO_MAX);
    struct context_message m;

    for (size_t i = 0; i < context_count(c); i++) {
        context_at(c, i, &m);
        buf_addf(&out, "#%s\n", context_role_name(m.role));
        buf_add_str(&out, m.text);
        buf_addc(&out, '\n');
    }
    return buf_detach(&out);
}

static bool sends(const struct context *c, const char *what)
{
    char *all = request(c);
    bool found = strstr(all, what) != NULL;

    free(all);
    return found;
}

static void test_order_and_redaction(void **state)
{
    struct fixture *f = fixture_new(0, 0);
    struct context_message m;
    struct fence_report report;

    context_add_user(f->c, STR_LIT("db password=hunter2 is slow"));
    assistant(f->c, "I look.", 1);
    context_add_result(f->c,
                       &(struct context_result){.call = "c1",
                                                .wire_call = "toolu_1",
                                                .tool = "host_log",
                                                .summary = "token=abcdef123456",
                                                .text = STR_LIT("ok\nAuthorization: Bearer xyz\n")},
                       &report);
    context_set_state(f->c, STR_LIT("H1 testing"));
    assert_int_equal(context_count(f->c), 6);
    context_at(f->c, 0, &m);
    assert_int_equal(m.role, CONTEXT_SYSTEM);
    context_at(f->c, 1, &m);
    assert_int_equal(m.role, CONTEXT_TOOLS);
    context_at(f->c, 2, &m);
    assert_int_equal(m.role, CONTEXT_USER);
    context_at(f->c, 4, &m);
    assert_int_equal(m.role, CONTEXT_RESULT);
    assert_string_equal(m.wire_call, "toolu_1");
    context_at(f->c, 5, &m);
    assert_int_equal(m.role, CONTEXT_STATE);
    assert_false(sends(f->c, "hunter2"));
    assert_false(sends(f->c, "xyz"));
    assert_false(sends(f->c, "abcdef123456"));
    assert_true(sends(f->c, f->fence.nonce));
    fixture_free(f);
}

static void test_fails_closed(void **state)
{
    struct fixture *f = fixture_new(0, 0);
    struct context *c = context_new(&(struct context_options){.fence = &f->fence});

    context_add_user(c, STR_LIT("anything"));
    assert_true(sends(c, REDACT_WITHHELD));
    assert_false(sends(c, "anything"));
    context_free(c);
    fixture_free(f);
}

static struct str big_text(struct buf *out, struct rng *rng, size_t bytes)
{
    buf_clear(out);
    while (out->len < bytes)
        buf_addf(out, "2026-11-21T10:00:00Z web-%llu GET /api/%llx 200 %llu ms\n",
                 (unsigned long long)rng_below(rng, 9), (unsigned long long)rng_next(rng),
                 (unsigned long long)rng_below(rng, 900));
    return buf_str(out);
}

static void test_result_budget(void **state)
{
    struct fixture *f = fixture_new(100000, 1000);
    struct buf text = BUF_INIT(BUF_NO_MAX);
    struct context_message m;

    assistant(f->c, "x", 1);
    result(f->c, "c1", big_text(&text, &f->rng, 300000));
    context_at(f->c, context_count(f->c) - 1, &m);
    assert_true(m.tokens > 500 && m.tokens < 1100);
    assert_true(sends(f->c, "are left out here"));
    assert_true(sends(f->c, "id=c1"));
    buf_release(&text);
    fixture_free(f);
}

static void fit(struct fixture *f, struct context_change *ch)
{
    struct err err = ERR_INIT;
    enum context_fit fits = context_fit(f->c, ch, &err);

    if (fits == CONTEXT_SUMMARISE) {
        struct buf material = BUF_INIT(BUF_NO_MAX);

        context_material(f->c, &material);
        assert_true(material.len > 0);
        context_compact(f->c, STR_LIT("Done: c1 asked the log."), ch);
        buf_release(&material);
        fits = context_fit(f->c, ch, &err);
    }
    if (fits != CONTEXT_FITS)
        fail_msg("does not fit: %s", err.msg);
    assert_true(context_tokens(f->c) <= context_limit(f->c));
}

/* the result that a person's question, an error and an evidence are about outlives others. */
static void test_weights_decide(void **state)
{
    struct fixture *f = fixture_new(20000, 1500);
    struct buf text = BUF_INIT(BUF_NO_MAX);
    struct context_message m;
    struct context_change ch;
    bool seen = false;
    char call[16];

    context_focus(f->c, "why does the postgres checkpoint stall", "H2", "payments");
    for (int i = 0; i < 14; i++) {
        struct context_result r = {.call = call, .tool = "host_log", .summary = "s"};

        snprintf(call, sizeof(call), "c%d", i);
        assistant(f->c, "next", 1);
        big_text(&text, &f->rng, 5000);
        if (i == 1) {
            buf_adds(&text, "payments: postgres checkpoint does stall\n");
            r.hypothesis = "H2";
            r.is_error = true;
        }
        r.text = buf_str(&text);
        context_add_result(f->c, &r, NULL);
        if (i == 1)
            context_cite(f->c, "c1");
        fit(f, &ch);
    }
    for (size_t i = 0; i < context_count(f->c); i++) {
        context_at(f->c, i, &m);
        if (strcmp(m.call, "c1") == 0) {
            assert_int_equal(m.tier, CONTEXT_FULL);
            assert_true(m.weight >= 0.6);
            seen = true;
        }
        if (strcmp(m.call, "c2") == 0)
            assert_int_not_equal(m.tier, CONTEXT_FULL);
    }
    assert_true(seen);
    buf_release(&text);
    fixture_free(f);
}

/* Between two clearings the request only grows at its end: the cache of the provider holds. */
static void test_prefix_is_stable(void **state)
{
    struct fixture *f = fixture_new(40000, 1000);
    struct buf text = BUF_INIT(BUF_NO_MAX);
    struct context_change ch;
    size_t breaks = 0, rounds = 60;
    char *before = xstrdup("");

    context_add_user(f->c, STR_LIT("why"));
    for (size_t i = 0; i < rounds; i++) {
        char *now;

        assistant(f->c, "next", 1);
        result(f->c, "c1", big_text(&text, &f->rng, 6000));
        fit(f, &ch);
        now = request(f->c);
        breaks += strncmp(now, before, strlen(before)) != 0;
        free(before);
        before = now;
    }
    assert_true(breaks > 0);
    assert_true(breaks <= rounds / 5);
    free(before);
    buf_release(&text);
    fixture_free(f);
}

static void test_cache_marks(void **state)
{
    struct fixture *f = fixture_new(0, 0);
    struct context_message m;
    size_t marks;

    for (int i = 0; i < 8; i++) {
        context_add_user(f->c, STR_LIT("why"));
        assistant(f->c, "because", 1);
        result(f->c, "c1", STR_LIT("data"));
    }
    context_set_state(f->c, STR_LIT("H1"));
    marks = 0;
    for (size_t i = 0; i < context_count(f->c); i++) {
        context_at(f->c, i, &m);
        marks += m.cache_mark;
        if (m.role == CONTEXT_STATE)
            assert_false(m.cache_mark);
        if (m.role == CONTEXT_TOOLS)
            assert_true(m.cache_mark);
    }
    assert_true(marks >= 3 && marks <= 4);
    fixture_free(f);
}

/* A hundred turns with results of 5 MB each: the window holds, the person's words, the tree and the
 * evidence stay word for word, what was dropped is named by its id, and memory stays small. */
static void test_hundred_turns(void **state)
{
    struct fixture *f = fixture_new(50000, 4000);
    struct buf text = BUF_INIT(BUF_NO_MAX);
    struct context_change ch;
    size_t changes = 0, before = mallinfo2().uordblks, most = 0;
    int every = getenv("RUNBOOK_SLOW_TESTS") ? 1 : 6; /* a round with the whole 5 MB */
    struct rusage use;
    char call[16], words[64];

    big_text(&text, &f->rng, (size_t)5 << 20);
    before = mallinfo2().uordblks;
    for (int turn = 0; turn < 100; turn++) {
        snprintf(words, sizeof(words), "constraint %03d: never touch node-%d", turn, turn);
        context_add_user(f->c, str_from(words));
        for (int k = 0; k < 3; k++) {
            snprintf(call, sizeof(call), "c%d", turn * 3 + k);
            assistant(f->c, "I look at the log.", 1);
            result(f->c, call,
                   k == 0 && turn % every == 0 ? buf_str(&text)
                                               : (struct str){text.ptr, (size_t)100 << 10});
            context_set_state(f->c, STR_LIT("H1 supported .81\nE4 payments p99 0.21 to 3.9 s"));
            fit(f, &ch);
            changes += context_changed(&ch);
            if (mallinfo2().uordblks > before + most)
                most = mallinfo2().uordblks - before;
        }
        assert_true(sends(f->c, "E4 payments p99 0.21 to 3.9 s"));
    }
    for (int turn = 0; turn < 100; turn++) {
        snprintf(words, sizeof(words), "constraint %03d: never touch node-%d", turn, turn);
        assert_true(sends(f->c, words));
    }
    assert_true(changes > 0);
    getrusage(RUSAGE_SELF, &use);
    print_message("# memory at most %zu KiB over the input, resident %ld KiB\n", most / 1024,
                  use.ru_maxrss);
    assert_true(most < (size_t)20 << 20);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    assert_true(use.ru_maxrss < 60 * 1024);
#endif
    buf_release(&text);
    fixture_free(f);
}

static void test_dropped_names_its_id(void **state)
{
    struct fixture *f = fixture_new(12000, 2000);
    struct buf text = BUF_INIT(BUF_NO_MAX);
    struct context_change ch, sum = {0};
    struct buf said = BUF_INIT(1000);

    context_add_user(f->c, STR_LIT("why"));
    for (int i = 0; i < 6; i++) {
        char call[16];

        snprintf(call, sizeof(call), "c%d", i);
        assistant(f->c, "next", 1);
        result(f->c, call, big_text(&text, &f->rng, 9000));
        fit(f, &ch);
        sum.dropped += ch.dropped;
        if (context_changed(&ch))
            sum = (struct context_change){
                ch.before_tokens, ch.after_tokens, sum.compacted, sum.dropped, 0, 0, false};
    }
    assert_true(sum.dropped > 0);
    assert_true(sends(f->c, "result_page with call \"c0\"") || sends(f->c, "c0"));
    assert_true(sends(f->c, "/var 97 % full"));
    context_change_words(&sum, &said);
    assert_non_null(strstr(buf_cstr(&said), "left out"));
    buf_release(&said);
    buf_release(&text);
    fixture_free(f);
}

static void test_plain_summary(void **state)
{
    struct fixture *f = fixture_new(12000, 2000);
    struct context_change ch;

    context_add_user(f->c, STR_LIT("only read, never restart"));
    assistant(f->c, "I look.", 1);
    result(f->c, "c1", STR_LIT("full"));
    assistant(f->c, "And again.", 1);
    result(f->c, "c2", STR_LIT("fuller"));
    context_compact(f->c, (struct str){NULL, 0}, &ch);
    assert_int_equal(ch.summarised, 3);
    assert_false(ch.by_model);
    assert_true(sends(f->c, "only read, never restart"));
    assert_true(sends(f->c, "- c1 host_log: 12 lines, /var 97 % full"));
    assert_true(sends(f->c, "And again."));
    assert_false(sends(f->c, "#user"));
    fixture_free(f);
}

static void test_too_large(void **state)
{
    struct fixture *f = fixture_new(4000, 500);
    struct buf text = BUF_INIT(BUF_NO_MAX);
    struct context_change ch;
    struct err err = ERR_INIT;

    context_set_state(f->c, big_text(&text, &f->rng, 40000));
    assert_int_equal(context_fit(f->c, &ch, &err), CONTEXT_TOO_LARGE);
    assert_int_equal(err.code, ERR_LIMIT);
    assert_non_null(strstr(err.msg, "tree and evidence"));
    buf_release(&text);
    fixture_free(f);
}

/* Many results in one answer, each within its budget, and together too many. */
static void test_many_new_results(void **state)
{
    struct fixture *f = fixture_new(16000, 4000);
    struct buf text = BUF_INIT(BUF_NO_MAX);
    struct context_change ch;

    assistant(f->c, "all at once", 8);
    for (int i = 0; i < 8; i++)
        result(f->c, "c1", big_text(&text, &f->rng, 60000));
    fit(f, &ch);
    assert_true(ch.cut > 0);
    buf_release(&text);
    fixture_free(f);
}

static void test_tokens(void **state)
{
    struct token_meter m;
    int64_t n;

    assert_int_equal(token_family_of(STR_LIT("us.anthropic.claude-opus-4-8-v1:0")), TOKENS_CLAUDE);
    assert_int_equal(token_family_of(STR_LIT("gpt-4o")), TOKENS_GPT);
    assert_int_equal(token_family_of(STR_LIT("o3-mini")), TOKENS_GPT);
    assert_int_equal(token_family_of(STR_LIT("qwen2.5-coder")), TOKENS_LLAMA);
    assert_int_equal(token_family_of(STR_LIT("whatever")), TOKENS_OTHER);
    token_meter_init(&m, TOKENS_GPT);
    n = token_count(&m, STR_LIT("The quick brown fox jumps over the lazy dog."));
    assert_in_range(n, 9, 13);
    assert_true(token_count(&m, STR_LIT("4bf92f3577b34da6a3ce929d0e0e4736")) >= 16);
    assert_int_equal(token_count(&m, (struct str){NULL, 0}), 0);
    token_meter_learn(&m, 500, 5000); /* small: teaches nothing */
    assert_true(m.factor > 0.99 && m.factor < 1.01);
    token_meter_learn(&m, 10000, 12000);
    assert_true(m.factor > 1.19 && m.factor < 1.21);
    for (int i = 0; i < 20; i++)
        token_meter_learn(&m, 10000, 90000);
    assert_true(m.factor <= 2.0);
}

static void test_observed_corrects(void **state)
{
    struct fixture *f = fixture_new(0, 4000);
    struct buf text = BUF_INIT(BUF_NO_MAX);
    struct context_change ch;
    int64_t before;

    assistant(f->c, "x", 1);
    result(f->c, "c1", big_text(&text, &f->rng, 60000));
    fit(f, &ch);
    before = context_tokens(f->c);
    context_observed(f->c, before * 5 / 4);
    assert_in_range(context_tokens(f->c), before * 5 / 4 - 10, before * 5 / 4 + 10);
    buf_release(&text);
    fixture_free(f);
}

static void test_usage(void **state)
{
    struct fixture *f = fixture_new(0, 0);
    struct context_usage u;
    struct buf out = BUF_INIT(100000);
    struct json_writer w;
    int64_t sum = 0;

    assistant(f->c, "x", 2);
    result(f->c, "c1", STR_LIT("one"));
    result(f->c, "c2", STR_LIT("two"));
    context_measure(f->c, &u);
    for (size_t i = 0; i < u.parts_count; i++)
        sum += u.parts[i].tokens;
    assert_int_equal(sum, context_tokens(f->c));
    assert_int_equal(u.used_tokens, sum);
    json_writer_init(&w, &out);
    context_usage_parts(&u, &w);
    assert_non_null(strstr(buf_cstr(&out), "\"tool\":\"host_log\",\"items\":2,\"full\":2"));
    buf_release(&out);
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_and_redaction), cmocka_unit_test(test_fails_closed),
        cmocka_unit_test(test_result_budget),       cmocka_unit_test(test_weights_decide),
        cmocka_unit_test(test_prefix_is_stable),    cmocka_unit_test(test_cache_marks),
        cmocka_unit_test(test_hundred_turns),       cmocka_unit_test(test_dropped_names_its_id),
        cmocka_unit_test(test_plain_summary),       cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_many_new_results),    cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_observed_corrects),   cmocka_unit_test(test_usage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
