/* Plain mode with somebody at it: prompt, pages, numbers, hostile text, and the rules of approvals.
 * Lines go in through a socket, what is said comes out of a file; time is stepped by hand. */
#include "tests/lib/unit.h"
#include "tests/lib/tmpdir.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/ui/approval.h"
#include "runbook/ui/plain.h"
#include "runbook/ui/slash.h"
#include "src/ui/plain_counterparts.h"
#include "src/ui/plain_table.h"
#include "tests/lib/demo_approval.h"
#include "tests/lib/demo_model.h"

#define T0 INT64_C(1770213803000)

struct fixture {
    struct test_clock clock;
    struct loop *loop;
    struct model m;
    struct plain *p;
    FILE *out;
    int in[2]; /* the test writes to the first */
    struct buf said;
    size_t submitted;
    enum intent_type last;
    char approval[64], fingerprint[65], text[256];
    bool left;
};

static void submit(void *ctx, const struct intent *in)
{
    struct fixture *f = ctx;

    f->submitted++;
    f->last = in->type;
    snprintf(f->approval, sizeof(f->approval), "%s", in->approval ? in->approval : "");
    snprintf(f->fingerprint, sizeof(f->fingerprint), "%s", in->fingerprint ? in->fingerprint : "");
    snprintf(f->text, sizeof(f->text), "%s", in->text ? in->text : "");
}

static void on_quit(void *ctx, int signo)
{
    (void)signo;
    ((struct fixture *)ctx)->left = true;
}

/* What was said since the last call. */
static const char *heard(struct fixture *f)
{
    char part[4096];
    size_t n;

    for (int i = 0; i < 20; i++)
        loop_turn(f->loop, false);
    buf_clear(&f->said);
    clearerr(f->out);
    while ((n = fread(part, 1, sizeof(part), f->out)) > 0)
        buf_add(&f->said, part, n);
    return buf_cstr(&f->said);
}

static const char *type(struct fixture *f, const char *text)
{
    assert_int_equal(write(f->in[0], text, strlen(text)), strlen(text));
    return heard(f);
}

static const char *run_dir; /* for what is copied; NULL: nowhere */

static const char *chain_path(void *ctx, const char **ret_why)
{
    (void)ctx;
    (void)ret_why;
    return "a journal";
}

static void chain_verify(const char *path, struct chain_state *ret)
{
    *ret = (struct chain_state){.step = CHAIN_BROKEN};
    snprintf(ret->why, sizeof(ret->why), "line 3 of %s was edited", path);
}

static bool load_history(void *ctx, void (*each)(void *to, const char *text), void *to,
                         struct err *err)
{
    (void)ctx;
    (void)err;
    each(to, "is the disk well");
    each(to, "why is checkout slow");
    return true;
}

static const struct tui_services services = {.history_load = load_history};

static void begin(struct fixture *f, size_t events, bool prompt, int page_lines,
                  const struct start *start)
{
    struct plain_options o = {.text = {.width = 80},
                              .prompt = prompt,
                              .page_lines = page_lines,
                              .start = start,
                              .run_dir = run_dir,
                              .colors = COLORS_16,
                              .chain = {NULL, chain_path, chain_verify},
                              .services = &services,
                              .intents = {submit, f},
                              .on_quit = on_quit,
                              .quit_ctx = f};
    struct err err;

    memset(f, 0, sizeof(*f));
    test_clock_init(&f->clock, T0);
    f->loop = loop_new(&f->clock.clock);
    demo_model(&f->m, events);
    f->out = tmpfile();
    assert_non_null(f->out);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, f->in), 0);
    o.in_fd = f->in[1];
    o.out_fd = dup(fileno(f->out));
    lseek(o.out_fd, 0, SEEK_END);
    buf_init(&f->said, 1 << 22);
    /* Reading moves the same offset as writing would: write through a descriptor of its own. */
    close(o.out_fd);
    {
        char path[64];

        snprintf(path, sizeof(path), "/proc/self/fd/%d", fileno(f->out));
        o.out_fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
        assert_true(o.out_fd >= 0);
    }
    assert_ok(plain_new(f->loop, &o, &f->p, &err), &err);
    plain_show(f->p, &f->m);
}

static void end(struct fixture *f)
{
    plain_free(f->p);
    loop_free(f->loop);
    model_release(&f->m);
    buf_release(&f->said);
    fclose(f->out);
    close(f->in[0]);
    close(f->in[1]);
}

static void has(const char *text, const char *needle)
{
    if (!text || !strstr(text, needle))
        fail_msg("no \"%s\" in\n%s", needle, text ? text : "nothing");
}

static void test_table(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < plain_command_count(); i++) {
        const struct plain_command *c = &plain_commands[i];
        size_t len = strlen(c->help);

        assert_true(*c->name && len > 4 && c->help[len - 1] != '.');
        assert_non_null(c->run);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(c->name, plain_commands[j].name);
            assert_string_not_equal(c->name, plain_commands[j].alias);
            if (*c->alias) {
                assert_string_not_equal(c->alias, plain_commands[j].alias);
                assert_string_not_equal(c->alias, plain_commands[j].name);
            }
        }
    }
}

/* no control sequence ever, whatever the text holds; lists, numbers, pages. */
static void test_lists_and_pages(void **unused)
{
    static const char *const commands[] = {"h",    "e",      "queries", "r",        "signals",
                                           "t",    "gaps",   "c",       "tree",     "status",
                                           "help", "why H1", "audit",   "approvals"};
    struct fixture f;
    const char *said;

    (void)unused;
    begin(&f, SIZE_MAX, true, 0, NULL);
    has(heard(&f), "> ");
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        char line[64];

        snprintf(line, sizeof(line), "%s\n", commands[i]);
        said = type(&f, line);
        assert_true(strlen(said) > 10);
        assert_null(strchr(said, '\033'));
        assert_null(strchr(said, '\r'));
        for (int n = 1; n < 40; n++) { /* and each line of it, opened */
            snprintf(line, sizeof(line), "%d\n", n);
            said = type(&f, line);
            assert_null(strchr(said, '\033'));
        }
    }
    has(type(&f, "signals\n"), "moved E4 ");
    has(type(&f, "e\n"), "1. E4 ");
    has(type(&f, "1\n"), "E4 ");
    has(type(&f, "0\n"), "no such number");
    has(type(&f, "99999999999999999999\n"), "There is no command");
    has(type(&f, "filter zzzzz\n"), "No line of evidence holds 'zzzzz'");
    has(type(&f, "filter\n"), "1. E4 ");
    has(type(&f, "raw\n"), "not kept here");
    end(&f);

    begin(&f, SIZE_MAX, true, 5, NULL);
    heard(&f);
    said = type(&f, "t\n");
    has(said, "more? ");
    assert_null(strstr(said, "> ")); /* a page asks for itself */
    has(type(&f, "\n"), "more? ");
    has(type(&f, "q\n"), "> ");
    has(type(&f, "t\n"), "more? ");
    has(type(&f, "status\n"), "looks at"); /* a command ends it, too */
    end(&f);
}

/* a command of the screen without a counterpart, or a reason for having none, fails here. */
static void test_counterparts(void **unused)
{
    struct fixture f;
    char line[128];

    (void)unused;
    begin(&f, SIZE_MAX, true, 0, NULL);
    heard(&f);
    for (size_t i = 0; i < command_count(); i++) {
        const struct plain_counterpart *c = plain_counterpart(command_table[i].command);
        const char *said;

        if (!c)
            fail_msg("%s has no row in plain_counterparts.c", command_table[i].name);
        if (!c->command) { /* then a sentence says why */
            assert_true(strlen(c->note) > 15);
            continue;
        }
        snprintf(line, sizeof(line), "help %.*s\n", (int)strcspn(c->command, " "), c->command);
        said = type(&f, line);
        if (strstr(said, "There is no command"))
            fail_msg("%s: plain mode has no '%s'", command_table[i].name, c->command);
    }
    for (int i = 0; i < SLASHES; i++) { /* and the written ones: by the same name, or help's */
        if (slash_table[i].id == SLASH_KEYS || slash_table[i].id == SLASH_HELP)
            continue;
        snprintf(line, sizeof(line), "help %s\n", slash_table[i].name);
        assert_null(strstr(type(&f, line), "There is no command"));
    }
    has(type(&f, "keys pane.wider\n"), "not here: there are no panes");
    has(type(&f, "keys list.sort\n"), "    sort");
    end(&f);
}

/* Rows of the last answer, in order: the position of each needle. */
static void in_order(const char *said, const char *first, const char *second)
{
    const char *a = strstr(said, first), *b = strstr(said, second);

    if (!a || !b || a > b)
        fail_msg("not \"%s\" before \"%s\" in\n%s", first, second, said);
}

/* Sorting, filters of several words, marks that stay with their lines, and a copy of exactly
 * those. */
static void test_sort_and_marks(void **unused)
{
    struct buf copied = BUF_INIT(1 << 20);
    struct fixture f;
    struct err err;
    char *dir = tmpdir_new(), *path = xasprintf("%s/copy.txt", dir);

    (void)unused;
    run_dir = dir;
    begin(&f, SIZE_MAX, true, 0, NULL);
    heard(&f);
    has(type(&f, "sort name\n"), "name one first");
    has(type(&f, "mark 1\n"), "name one first");
    type(&f, "r\n");
    has(type(&f, "sort\n"), "by value, health, kind, name, status");
    has(type(&f, "sort wrong\n"), "cannot be sorted by 'wrong'");
    in_order(type(&f, "sort name\n"), "checkout", "payments");
    in_order(type(&f, "sort name\n"), "payments", "checkout"); /* again: the other way round */
    in_order(type(&f, "reverse\n"), "checkout", "payments");
    has(type(&f, "filter running payments\n"), "1 with 'running payments'");
    has(type(&f, "filter payments running\n"), "1 with"); /* in any order */
    has(type(&f, "mark 1\n"), "1 of resources marked");
    type(&f, "filter\n");
    has(type(&f, "mark 99\n"), "no number of the list");
    has(type(&f, "copy\n"), "wrote 1 line to");
    assert_ok(file_read(path, &copied, &err), &err);
    assert_non_null(strstr(buf_cstr(&copied), "payments"));
    assert_null(strstr(buf_cstr(&copied), "checkout"));
    type(&f, "mark 1-3\n");
    has(type(&f, "reverse\n"), ". * ");
    buf_clear(&copied);
    type(&f, "copy\n");
    assert_ok(file_read(path, &copied, &err), &err);
    assert_null(strchr(buf_cstr(&copied), '*'));
    has(type(&f, "unmark\n"), "0 of resources marked");
    has(type(&f, "copy E4\n"), "wrote");
    buf_clear(&copied);
    assert_ok(file_read(path, &copied, &err), &err);
    assert_int_equal(strncmp(buf_cstr(&copied), "E4 ", 3), 0);
    end(&f);
    run_dir = NULL;
    begin(&f, SIZE_MAX, true, 0, NULL);
    heard(&f);
    type(&f, "r\n");
    has(type(&f, "copy all\n"), "Not copied: ");
    has(type(&f, "copy nothing-there\n"), "Nothing to copy");
    end(&f);
    buf_release(&copied);
    free(path);
    tmpdir_free(dir);
}

static void test_more(void **unused)
{
    struct fixture f;
    const char *said;

    (void)unused;
    begin(&f, SIZE_MAX, true, 0, NULL);
    heard(&f);
    has(type(&f, "transcript\n"), "evidence E4");
    said = type(&f, "transcript /E4\n");
    has(said, "entries hold 'E4'");
    has(type(&f, "verify\n"), "line 3 of a journal was edited");
    type(&f, "e\n");
    type(&f, "1\n");
    has(type(&f, "next\n"), "E");
    has(type(&f, "previous\n"), "E4 ");
    has(type(&f, "previous\n"), "first line of evidence");
    has(type(&f, "theme\n"), "dark");
    assert_null(strchr(type(&f, "c\n"), '\033'));
    has(type(&f, "theme nosuch\n"), "nosuch");
    has(type(&f, "theme dark\n"), "Theme dark");
    assert_non_null(strchr(type(&f, "c\n"), '\033')); /* asked for */
    type(&f, "color off\n");
    assert_null(strchr(type(&f, "c\n"), '\033'));
    has(type(&f, "history\n"), "1. why is checkout slow");
    has(type(&f, "history disk\n"), "2. is the disk well");
    type(&f, "again 2\n");
    assert_int_equal(f.last, INTENT_ASK);
    assert_string_equal(f.text, "is the disk well");
    has(type(&f, "again 9\n"), "There are 2 questions");
    has(type(&f, "ask @/nowhere/at/all\n"), "No such file");
    end(&f);
}

static void test_quit_while_running(void **unused)
{
    struct fixture f;

    (void)unused;
    begin(&f, 20, true, 0, NULL);
    assert_true(f.m.turn_running);
    heard(&f);
    has(type(&f, "ask again\n"), "is running");
    has(type(&f, "quit\n"), "once more");
    assert_false(f.left);
    has(type(&f, "stop\n"), "Stopping");
    assert_int_equal(f.last, INTENT_CANCEL);
    has(type(&f, "quit\n"), "once more"); /* another command takes it back */
    type(&f, "quit\n");
    assert_true(f.left);
    end(&f);
}

/* Without a person a line waits until the investigation has ended; the end of the input, too. */
static void test_script_waits(void **unused)
{
    struct event ev = {.type = EV_TURN_ENDED, .actor = "engine", .seq = 1000};
    struct fixture f;

    (void)unused;
    begin(&f, 20, false, 0, NULL);
    has(heard(&f), "session ");
    assert_string_equal(type(&f, "status\n"), "");
    shutdown(f.in[0], SHUT_WR);
    assert_string_equal(heard(&f), "");
    assert_false(f.left);
    ev.u.turn_ended.reason = "done";
    ev.u.turn_ended.turn = f.m.turn;
    event_normalize(&ev);
    model_apply(&f.m, &ev);
    plain_sink()->event(f.p, &f.m, &ev);
    plain_sink()->settled(f.p, &f.m);
    has(heard(&f), "looks at");
    assert_true(f.left);
    end(&f);
}

static void test_first_run(void **unused)
{
    struct start st = {.count = 2,
                       .rows = {{"this machine", "web\033[31m-1", true},
                                {"kubeconfig", "prod: not supported yet", false}}};
    struct fixture f;
    const char *said;

    (void)unused;
    begin(&f, 0, true, 0, &st);
    said = heard(&f);
    has(said, "Nothing is configured");
    has(said, "kubeconfig");
    has(said, "2. set up step by step");
    assert_null(strchr(said, '\033'));
    st.rows[2] = (struct start_row){"Prometheus", "2.42.0 answers here", true};
    st.count = 3;
    plain_found(f.p);
    has(heard(&f), "2.42.0 answers");
    type(&f, "1\n");
    assert_int_equal(f.last, INTENT_ASK);
    end(&f);
    begin(&f, 0, false, 0, &st); /* a script is not greeted */
    assert_string_equal(heard(&f), "");
    end(&f);
}

static void request(struct fixture *f, struct ev_approval_requested r)
{
    char fingerprint[SHA256_HEX];
    struct event ev;

    demo_approval_event(&ev, &r, fingerprint);
    model_apply(&f->m, &ev);
    plain_sink()->event(f->p, &f->m, &ev);
    heard(f);
}

static void wait_ms(struct fixture *f, int64_t ms)
{
    test_clock_step(&f->clock, ms);
    heard(f);
}

/* U-05, and the dialog rules: no answer that was not meant as one. */
static void test_approval(void **unused)
{
    struct ev_approval_requested r = demo_failover(T0);
    struct buf word = BUF_INIT(1024);
    struct fixture f;
    char line[1100];

    (void)unused;
    begin(&f, SIZE_MAX, true, 0, NULL);
    heard(&f);
    request(&f, r);
    approval_challenge(model_approval(&f.m, r.id), &word);
    snprintf(line, sizeof(line), "%s\n", buf_cstr(&word));
    f.submitted = 0;

    has(type(&f, "approvals\n"), "waiting");
    has(type(&f, "approve\n"), r.operation);
    has(type(&f, line), "too soon"); /* at once */
    assert_int_equal(f.submitted, 0);
    wait_ms(&f, APPROVAL_ARM_MS + 1);
    has(type(&f, "\n"), "Nothing was approved"); /* Enter alone */
    type(&f, "approve\n");
    wait_ms(&f, APPROVAL_ARM_MS + 1);
    has(type(&f, "y\n"), "Nothing was approved"); /* not its word */
    type(&f, "approve\n");
    wait_ms(&f, APPROVAL_ARM_MS + 1);
    snprintf(line, sizeof(line), "%s\nmore\n", buf_cstr(&word));
    has(type(&f, line), "too much at once"); /* pasted */
    type(&f, "\n");
    assert_int_equal(f.submitted, 0);

    /* The line and the question for it in one write: nothing of it can have been read. */
    snprintf(line, sizeof(line), "approve\n%s\n", buf_cstr(&word));
    type(&f, line);
    wait_ms(&f, 10000);
    assert_int_equal(f.submitted, 0);
    type(&f, "\n");

    /* It changed after it was printed. */
    type(&f, "approve\n");
    wait_ms(&f, APPROVAL_ARM_MS + 1);
    r.effect = "something else";
    request(&f, r);
    snprintf(line, sizeof(line), "%s\n", buf_cstr(&word));
    has(type(&f, line), "changed");
    assert_int_equal(f.submitted, 0);

    type(&f, "approve\n");
    wait_ms(&f, APPROVAL_ARM_MS + 1);
    type(&f, line);
    assert_int_equal(f.submitted, 1);
    assert_int_equal(f.last, INTENT_APPROVE);
    assert_string_equal(f.approval, r.id);
    assert_string_equal(f.fingerprint, model_approval(&f.m, r.id)->fingerprint);
    type(&f, "disapprove because\n");
    has(heard(&f), "");
    snprintf(line, sizeof(line), "disapprove %s not now\n", r.id);
    type(&f, line);
    assert_int_equal(f.last, INTENT_DISAPPROVE);
    assert_string_equal(f.text, "not now");
    buf_release(&word);
    end(&f);
}

static void test_approval_without_a_person(void **unused)
{
    struct ev_approval_requested r = demo_failover(T0);
    struct fixture f;

    (void)unused;
    begin(&f, SIZE_MAX, false, 0, NULL);
    heard(&f);
    request(&f, r);
    has(type(&f, "approve\n"), "by a person at a terminal only");
    wait_ms(&f, 1000);
    type(&f, "yes\ny\npayments-db\n");
    assert_int_equal(f.submitted, 0);
    end(&f);
}

/* Half of a request was on the page: it cannot be answered. */
static void test_approval_is_read_to_its_end(void **unused)
{
    struct ev_approval_requested r = demo_failover(T0);
    struct buf word = BUF_INIT(1024);
    struct fixture f;
    char line[1100];

    (void)unused;
    begin(&f, SIZE_MAX, true, 4, NULL);
    heard(&f);
    request(&f, r);
    approval_challenge(model_approval(&f.m, r.id), &word);
    snprintf(line, sizeof(line), "%s\n", buf_cstr(&word));
    f.submitted = 0;
    has(type(&f, "approve\n"), "more? ");
    wait_ms(&f, 1000);
    type(&f, line);
    wait_ms(&f, 1000);
    type(&f, line);
    assert_int_equal(f.submitted, 0);
    type(&f, "approve\n");
    for (int i = 0; i < 20 && !strstr(buf_cstr(&f.said), "and Enter to approve"); i++)
        type(&f, "\n");
    wait_ms(&f, 1000);
    type(&f, line);
    assert_int_equal(f.submitted, 1);
    assert_int_equal(f.last, INTENT_APPROVE);
    buf_release(&word);
    end(&f);
}

static void test_steer(void **unused)
{
    struct fixture f;

    (void)unused;
    begin(&f, SIZE_MAX, true, 0, NULL);
    heard(&f);
    has(type(&f, "add\n"), "add what?");
    type(&f, "add the disk is full @host:db-1\n");
    assert_int_equal(f.last, INTENT_STEER_ADD);
    assert_string_equal(f.text, "the disk is full ");
    has(type(&f, "reject H1\n"), "needs a reason");
    type(&f, "reject H1 we looked there\n");
    assert_int_equal(f.last, INTENT_STEER_REJECT);
    assert_string_equal(f.text, "we looked there");
    type(&f, "promote H2\n");
    assert_int_equal(f.last, INTENT_STEER_PROMOTE);
    type(&f, "test H2\n");
    assert_int_equal(f.last, INTENT_STEER_TEST);
    has(type(&f, "test H99\n"), "Which hypothesis?");
    type(&f, "restore H2\n");
    assert_int_equal(f.last, INTENT_STEER_RESTORE);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table),
                                       cmocka_unit_test(test_counterparts),
                                       cmocka_unit_test(test_sort_and_marks),
                                       cmocka_unit_test(test_more),
                                       cmocka_unit_test(test_lists_and_pages),
                                       cmocka_unit_test(test_quit_while_running),
                                       cmocka_unit_test(test_script_waits),
                                       cmocka_unit_test(test_first_run),
                                       cmocka_unit_test(test_approval),
                                       cmocka_unit_test(test_approval_without_a_person),
                                       cmocka_unit_test(test_approval_is_read_to_its_end),
                                       cmocka_unit_test(test_steer)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
