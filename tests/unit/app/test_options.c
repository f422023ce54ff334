/* test_options.c - command lines against a small table, and the rules every real row keeps. */
#include "tests/lib/unit.h"

#include <ctype.h>

#include "runbook/app/cmd.h"
#include "runbook/base/text.h"

static int run_nothing(struct app *app, const struct cmd_args *args)
{
    (void)app;
    (void)args;
    return 0;
}

static const char *const colours[] = {"red", "green", "blue", NULL};
static const struct opt_def look_opts[] = {
    {"host", 'H', ARG_HOST, .repeat = true, .value = "HOST", .help = "A machine."},
    {"since", 0, ARG_WHEN, .value = "T", .help = "A time."},
    {"colour", 0, ARG_CHOICE, .value = "C", .choices = colours, .help = "A colour."},
    {"top", 'n', ARG_INT, .value = "N", .min = 1, .max = 9, .help = "A number."},
    {"all", 'a', ARG_NONE, .help = "A flag."},
    {"url", 0, ARG_URL, .value = "URL", .env = "TEST_RB_URL", .help = "An address."},
    {NULL},
};
static const struct cmd_def cmd_look = {
    .name = "look",
    .help = "Look.",
    .opts = look_opts,
    .pos = (const struct pos_def[]){{"TEXT", ARG_TEXT, .repeat = true, .help = "Words."}, {NULL}},
    .run = run_nothing,
};
static const struct cmd_def cmd_get = {
    .name = "get",
    .help = "Get.",
    .pos = (const struct pos_def[]){{"KEY", ARG_KEY, .required = true, .help = "A key."}, {NULL}},
    .run = run_nothing,
};
static const struct cmd_def cmd_conf = {
    .name = "conf",
    .help = "Conf.",
    .subs = (const struct cmd_def *const[]){&cmd_get, NULL},
};
static const struct cmd_def root = {
    .name = "prog",
    .help = "Test.",
    .opts =
        (const struct opt_def[]){
            {"host", 0, ARG_HOST, .repeat = true, .value = "HOST", .help = "A machine."}, {NULL}},
    .subs = (const struct cmd_def *const[]){&cmd_look, &cmd_conf, NULL},
};
static const struct opt_def globals[] = {
    {"json", 0, ARG_NONE, .help = "JSON."},
    {"version", 'V', ARG_NONE, .help = "Version."},
    {"help", 'h', ARG_NONE, .help = "Help."},
    {NULL},
};

struct line {
    struct cmd_args *a;
    struct err err;
    enum err_code rc;
};

static void parse(struct line *l, const char *const *words)
{
    int argc = 0;
    char *argv[16];

    for (; words[argc]; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc];
    l->a = cmd_args_new(&root, globals);
    l->err = (struct err)ERR_INIT;
    l->rc = cmd_args_parse(l->a, argc, argv, &l->err);
}

#define PARSE(l, ...) parse(l, (const char *const[]){"prog", __VA_ARGS__, NULL})

static void test_values_in_every_spelling(void **state)
{
    struct line l;

    (void)state;
    PARSE(&l, "look", "--host=a", "--host", "b", "-Hc", "-an3", "what", "now", "--", "--json");
    assert_ok(l.rc, &l.err);
    assert_string_equal(args_cmd_path(l.a), "look");
    assert_int_equal(args_count(l.a, "host"), 3);
    assert_string_equal(args_at(l.a, "host", 2), "c");
    assert_true(args_has(l.a, "all"));
    assert_int_equal(args_int(l.a, "top", 0), 3);
    assert_false(args_has(l.a, "json"));
    assert_int_equal(args_pos_count(l.a), 3);
    assert_string_equal(args_pos(l.a, 2), "--json");
    assert_null(args_pos(l.a, 3));
    cmd_args_free(l.a);
}

static void test_option_before_its_command(void **state)
{
    struct line l;

    (void)state;
    PARSE(&l, "--host", "web-3", "--json", "look");
    assert_ok(l.rc, &l.err);
    assert_string_equal(args_get(l.a, "host"), "web-3");
    assert_true(args_has(l.a, "json"));
    cmd_args_free(l.a);
    PARSE(&l, "--host", "web-3", "conf", "get", "x");
    assert_int_equal(l.rc, ERR_INPUT);
    assert_string_equal(l.err.msg, "--host is not an option of 'conf'");
    cmd_args_free(l.a);
}

static void test_refusals_name_the_word_and_the_nearest(void **state)
{
    static const struct {
        const char *words[6];
        const char *msg;
    } cases[] = {
        {{"prog", "loook"}, "unknown command 'loook'; did you mean 'look'?"},
        {{"prog", "zzz"}, "unknown command 'zzz'"},
        {{"prog", "conf", "gte"}, "unknown command 'gte'; did you mean 'conf get'?"},
        {{"prog", "conf"}, "a command is missing"},
        {{"prog", "conf", "get"}, "KEY is missing"},
        {{"prog", "conf", "get", "a", "b"}, "too many arguments: 'b'"},
        {{"prog", "look", "--hots", "x"}, "unknown option '--hots'; did you mean '--host'?"},
        {{"prog", "look", "-z"}, "unknown option '-z' in '-z'"},
        {{"prog", "look", "--host"}, "--host needs a value (HOST)"},
        {{"prog", "look", "--host="}, "--host is empty"},
        {{"prog", "look", "--all=1"}, "--all takes no value"},
        {{"prog", "look", "--top", "12"}, "--top must be a number from 1 to 9, not '12'"},
        {{"prog", "look", "--top=x"}, "--top must be a number from 1 to 9, not 'x'"},
        {{"prog", "look", "--top=1", "--top=2"}, "--top is given twice"},
        {{"prog", "look", "--colour", "gren"},
         "--colour cannot be 'gren' (did you mean 'green'?); it is one of red, green, blue"},
        {{"prog", "look", "--url", "ftp://x"},
         "--url must begin with http:// or https://, not 'ftp://x'"},
        {{"prog", "look", "--since", "soon"},
         "--since must be a time (2026-02-04T10:00:00Z) or how long ago (15m), not 'soon'"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct line l;

        parse(&l, cases[i].words);
        assert_int_equal(l.rc, ERR_INPUT);
        assert_string_equal(l.err.msg, cases[i].msg);
        cmd_args_free(l.a);
    }
}

static void test_help_ends_parsing(void **state)
{
    struct line l;

    (void)state;
    PARSE(&l, "conf", "get", "--help", "--nonsense");
    assert_ok(l.rc, &l.err);
    assert_true(args_has(l.a, "help"));
    assert_string_equal(args_cmd(l.a)->name, "get");
    cmd_args_free(l.a);
}

static void test_environment_stands_in(void **state)
{
    struct line l;

    (void)state;
    setenv("TEST_RB_URL", "http://env:1", 1);
    PARSE(&l, "look");
    assert_string_equal(args_get(l.a, "url"), "http://env:1");
    cmd_args_free(l.a);
    PARSE(&l, "look", "--url", "http://line:2");
    assert_string_equal(args_get(l.a, "url"), "http://line:2");
    assert_int_equal(args_count(l.a, "url"), 1);
    cmd_args_free(l.a);
    setenv("TEST_RB_URL", "nowhere", 1);
    PARSE(&l, "look");
    assert_int_equal(l.rc, ERR_INPUT);
    assert_string_equal(
        l.err.msg, "TEST_RB_URL (environment) must begin with http:// or https://, not 'nowhere'");
    cmd_args_free(l.a);
    unsetenv("TEST_RB_URL");
}

static void test_when_is_a_time_or_so_long_ago(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"15m", 1000000000000 - 900000},
        {"30", 1000000000000 - 30000},
        {"2001-09-09T01:00:00Z", 999997200000},
        {"999997200", 999997200000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct line l;

        PARSE(&l, "look", "--since", cases[i].text);
        assert_ok(l.rc, &l.err);
        assert_int_equal(args_time_ms(l.a, "since", 1000000000000, -1), cases[i].ms);
        cmd_args_free(l.a);
    }
}

/* ---- the real table ---- */

static void check_sentence(const char *where, const char *s)
{
    size_t len = s ? strlen(s) : 0;

    if (len < 4 || s[len - 1] != '.' || islower((unsigned char)s[0]))
        if (!(s && strstr(s, "bash") == s))
            fail_msg("%s: the help is no sentence: \"%s\"", where, s ? s : "");
}

static void check_opts(const char *where, const struct opt_def *opts, const struct opt_def *others)
{
    for (const struct opt_def *o = opts; o && o->name; o++) {
        check_sentence(where, o->help);
        if ((o->kind == ARG_NONE) != (o->value == NULL) ||
            (o->kind == ARG_CHOICE) != (o->choices != NULL))
            fail_msg("%s --%s: value or choices do not fit its kind", where, o->name);
        for (const struct opt_def *p = o + 1; p->name; p++)
            if (strcmp(o->name, p->name) == 0 || (o->letter && o->letter == p->letter))
                fail_msg("%s --%s: a name or letter is there twice", where, o->name);
        for (const struct opt_def *p = others; p && p->name; p++)
            if (strcmp(o->name, p->name) == 0 || (o->letter && o->letter == p->letter))
                fail_msg("%s --%s: a name or letter is a global one", where, o->name);
    }
}

static void check_cmd(const struct cmd_def *c, const char *path)
{
    char sub[200];
    struct buf out = BUF_INIT(1 << 20);

    check_sentence(path, c->help);
    check_opts(path, c->opts, global_opts);
    for (const struct pos_def *p = c->pos; p && p->name; p++) {
        check_sentence(path, p->help);
        if (p->repeat && p[1].name)
            fail_msg("%s: only the last argument may repeat", path);
    }
    if (!c->run && !c->subs)
        fail_msg("%s does nothing", path);
    cmd_help_text(c, path, global_opts, 80, &out);
    assert_true(out.len > 0 && !out.full);
    for (struct str rest = buf_str(&out), line; str_line(&rest, &line);)
        if (text_width(line) > 80 && str_find(line, STR_LIT("--")) < 0 && !str_starts(line, "  "))
            fail_msg("%s: help line is too wide: %.*s", path, STR_FMT(line));
    buf_release(&out);
    for (const struct cmd_def *const *s = c->subs; s && *s; s++) {
        for (const struct cmd_def *const *t = s + 1; *t; t++)
            assert_string_not_equal((*s)->name, (*t)->name);
        snprintf(sub, sizeof(sub), "%s%s%s", path, *path ? " " : "", (*s)->name);
        check_cmd(*s, sub);
    }
}

static void test_every_row_of_the_program(void **state)
{
    (void)state;
    check_opts("global", global_opts, NULL);
    check_cmd(&cmd_root, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_in_every_spelling),
        cmocka_unit_test(test_option_before_its_command),
        cmocka_unit_test(test_refusals_name_the_word_and_the_nearest),
        cmocka_unit_test(test_help_ends_parsing),
        cmocka_unit_test(test_environment_stands_in),
        cmocka_unit_test(test_when_is_a_time_or_so_long_ago),
        cmocka_unit_test(test_every_row_of_the_program),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
