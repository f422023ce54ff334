/* test_slash.c - the commands of the input line: the table, parsing, and completion of all kinds.
 */
#include "tests/lib/unit.h"

#include "runbook/ui/complete.h"
#include "runbook/ui/slash.h"
#include "tests/lib/demo_model.h"

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < SLASHES; i++) {
        const struct slash_def *d = &slash_table[i];

        assert_ptr_equal(slash_find(str_from(d->name)), d); /* unique */
        assert_true(strlen(d->help) > 3 && d->help[strlen(d->help) - 1] != '.');
        assert_int_equal(*d->usage == '\0', d->args[0] == SLASH_ARG_NONE);
        assert_true(i == 0 || strcmp(slash_table[i - 1].name, d->name) < 0);
    }
}

static void parses(const char *line, enum slash_id id, const char *a, const char *b)
{
    struct slash_call call;
    struct err err = ERR_INIT;

    assert_ok(slash_parse(str_from(line), &call, &err), &err);
    assert_int_equal(call.def->id, id);
    assert_true(str_eq_c(call.args[0], a));
    assert_true(str_eq_c(call.args[1], b));
}

static void refused(const char *line, const char *why)
{
    struct slash_call call;
    struct err err = ERR_INIT;

    assert_int_equal(slash_parse(str_from(line), &call, &err), ERR_INPUT);
    if (strcmp(err.msg, why) != 0)
        fail_msg("%s: \"%s\", not \"%s\"", line, err.msg, why);
}

static void test_parse(void **state)
{
    (void)state;
    parses("/quit", SLASH_QUIT, "", "");
    parses("/investigate  why is it slow ", SLASH_INVESTIGATE, "why is it slow", "");
    parses("/export html a b.html", SLASH_EXPORT, "html", "a b.html");
    parses("/export", SLASH_EXPORT, "", "");
    parses("/theme light", SLASH_THEME, "light", "");
    refused("/them", "no such command /them; did you mean /theme?");
    refused("/hlep", "no such command /hlep; did you mean /help?");
    refused("/foo", "no such command /foo: /help lists them; a blank before the slash makes it a "
                    "question");
    refused("/", "no such command /: /help lists them; a blank before the slash makes it a "
                 "question");
    refused("/keys now", "/keys takes nothing behind it");
    refused("/investigate ", "/investigate needs TEXT: look for the cause of what TEXT says");
    refused("/export pdf", "/export: there is no format \"pdf\": use md, html or json");
    assert_true(slash_is_command(STR_LIT("/help")));
    assert_false(slash_is_command(STR_LIT("/var/log is full")));
    assert_false(slash_is_command(STR_LIT(" /help")));
    assert_false(slash_is_command(STR_LIT("")));
}

static const char *const themes[] = {"dark", "light", "mono"};
static const char *const files[] = {".git/", "logs/", "notes.md"};
static const struct complete_session sessions[] = {{"2026-02-04-k3", "checkout p99 latency"},
                                                   {"2026-02-03-ab", "disk full on web-3"}};

/* The candidates with commas between, and where they go. */
static void completes(const char *text, bool asked, const char *want, size_t from)
{
    struct model m;
    struct complete_sources s = {.model = &m,
                                 .themes = themes,
                                 .theme_count = 3,
                                 .sessions = sessions,
                                 .session_count = 2,
                                 .asked = asked};
    struct completion c = {0};
    struct buf got = BUF_INIT(4096);
    struct str folder;

    demo_model(&m, SIZE_MAX);
    if (complete_wants_folder(str_from(text), strlen(text), &folder)) {
        s.files = files;
        s.file_count = 3;
    }
    complete_find(&c, &s, str_from(text), strlen(text));
    VEC_EACH (i, &c.items)
        buf_addf(&got, "%s%s", got.len ? "," : "", i->text);
    if (strcmp(buf_cstr(&got), want) != 0)
        fail_msg("\"%s\" gives %s, not %s", text, buf_cstr(&got), want);
    if (*want)
        assert_int_equal(c.from, from);
    buf_release(&got);
    completion_release(&c);
    model_release(&m);
}

static void test_complete(void **state)
{
    (void)state;
    completes("/th", false, "/theme", 0);
    completes("/re", false, "/rename,/resources,/resume", 0);
    completes("/xprt", false, "/export", 0); /* its letters, when nothing begins so */
    completes("/sume", false, "/resume", 0);
    completes("/theme mn", false, "mono", 7);
    completes("/resources ngx", false, "nginx", 11);
    completes("/theme ", false, "dark,light,mono", 7);
    completes("/theme L", false, "light", 7);
    completes("/theme light", false, "", 0); /* it is there already */
    completes("/export h", false, "html", 8);
    completes("/export html ./no", false, "notes.md", 15);
    completes("/export html ", false, "logs/,notes.md", 13);
    completes("/resume 2026-02-04", false, "2026-02-04-k3", 8);
    completes("/resume disk", false, "2026-02-03-ab", 8); /* by its title */
    completes("/help th", false, "theme", 6);
    completes("/investigate ngi", false, "nginx", 13);
    completes("what is ngi", false, "nginx", 8);
    completes("what is ngx", false, "", 8); /* words of a sentence are not guessed at */
    completes("what is ngx", true, "nginx", 8);
    completes("what is n", false, "", 0); /* one letter: only when asked */
    completes("what is ng", true, "nginx", 8);
    completes("why H1.", false, "H1.1,H1.2", 4);
    completes("see ./", false, "logs/,notes.md", 6);
    completes("see ./.g", false, ".git/", 6);
    completes("see logs/n", false, "notes.md", 9);
    completes("see https://x/n", false, "", 0);
    completes("", true, "", 0);
    completes("zzzz", true, "", 0);
}

/* U-16: names from outside: long ones and broken ones are no candidates. */
static void test_hostile(void **state)
{
    static char longest[COMPLETE_NAME_MAX + 2];
    const char *bad[] = {"aa\xFF", longest, "aab"};
    struct complete_sources s = {.files = bad, .file_count = 3};
    struct completion c = {0};

    (void)state;
    memset(longest, 'a', sizeof(longest) - 1);
    complete_find(&c, &s, STR_LIT("see ./aa"), 8);
    assert_int_equal(c.items.count, 1);
    assert_string_equal(c.items.items[0].text, "aab");
    completion_release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_complete),
        cmocka_unit_test(test_hostile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
