/* test_chat_pty.c - the screen's chat with a language model, over the stand-in server: kill -9 in
 * the middle of a streamed answer and of a tool call, resumed and gone on with; a secret that the
 * person typed is shown on this screen and stands nowhere else, and no longer after the run; the
 * list of models; /compact. U-06, U-13, U-15, C-12, R-27. */
#include "tests/lib/unit.h"

#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/codec/hash.h"
#include "tests/lib/pty.h"
#include "tests/lib/standin.h"
#include "tests/lib/tmpdir.h"

#define WAIT_MS 60000
#define SECRET "hunter2Planted9secret"

static const char scenario[] =
    "turns:\n"
    "  - match: {text: 'You turn the earlier part'}\n"
    "    say: [{text: 'Done: nothing much was done.'}]\n"
    "  - match: {last: 'slow words'}\n"
    "    say: [{text: 'I begin to say a thing of some length, and then more of it, word by word, "
    "'},"
    " {text: 'until nobody listens.'}]\n"
    "    faults: {pause_ms: 150, split: 60}\n"
    "  - match: {last: 'long look'}\n"
    "    say: [{tool: host_snapshot, input: {host: local, window_ms: 9000}}]\n"
    "  - match: {last: 'my password'}\n"
    "    say: [{text: 'You said **{{last (.redacted-[0-9a-f]+.)}}** just now.'}]\n"
    "otherwise: {say: [{text: 'Then it goes on.'}]}\n";

struct fixture {
    char *dir, *config, *state;
    struct standin *model;
};

static int setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));
    struct err err = ERR_INIT;
    char *text;

    f->dir = tmpdir_new();
    f->state = path_join(f->dir, "state");
    f->config = path_join(f->dir, "c.yaml");
    f->model = standin_start(scenario, NULL);
    text = xasprintf("llm:\n  provider: anthropic\n  model: claude-stand-in\n  base_url: %s\n"
                     "  api_key: test\n  retries: 0\n  fallback:\n    - model: claude-other\n",
                     standin_url(f->model));
    assert_ok(file_write_atomic(f->config, str_from(text), 0600, &err), &err);
    free(text);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    standin_stop(f->model);
    tmpdir_free(f->dir);
    free(f->config);
    free(f->state);
    free(f);
    return 0;
}

static struct pty *start(struct fixture *f, const char *a, const char *b)
{
    const char *dir = getenv("RB_BUILDDIR");
    char *path = xasprintf("%s/runbook", dir ? dir : "."),
         *config = xasprintf("--config=%s", f->config), *st = xasprintf("--state-dir=%s", f->state),
         *home = xasprintf("XDG_CONFIG_HOME=%s", f->dir);
    const char *argv[] = {path, config, st, a, b, NULL};
    const char *env[] = {"LC_ALL=C.UTF-8", home, "NO_COLOR=1", "RUNBOOK_MODEL=", "TMUX=", NULL};
    struct pty *p =
        pty_spawn(&(struct pty_options){.argv = argv, .env = env, .rows = 40, .cols = 120});

    free(path);
    free(config);
    free(st);
    free(home);
    assert_non_null(p);
    return p;
}

static void expect(struct pty *p, const char *text)
{
    if (!pty_wait_text(p, text, WAIT_MS))
        fail_msg("no \"%s\" on\n%s", text, pty_screen(p, false));
}

static void expect_gone(struct pty *p, const char *text)
{
    if (!pty_wait_no_text(p, text, WAIT_MS))
        fail_msg("still \"%s\" on\n%s", text, pty_screen(p, false));
}

static void kill_it(struct pty *p)
{
    int status = 0;

    assert_int_equal(kill(pty_pid(p), SIGKILL), 0);
    assert_true(pty_wait_exit(p, WAIT_MS, &status));
    pty_free(p);
}

static void leave(struct pty *p)
{
    int status = 0;

    expect(p, "ready"); /* nothing runs any more: leaving needs no second word */
    pty_send(p, "i");   /* into the input line */
    pty_send(p, "/quit\r");
    assert_true(pty_wait_exit(p, WAIT_MS, &status));
    assert_true(WIFEXITED(status));
    pty_free(p);
}

/* In the input line of a screen that has just come up, or was left with Esc. */
static void type(struct pty *p, const char *line)
{
    pty_send(p, line);
    pty_send(p, "\r");
}

/* ---- kill -9 ---- */

static void test_killed_in_words(void **state)
{
    struct fixture *f = *state;
    struct pty *p = start(f, NULL, NULL);

    expect(p, "What is wrong?");
    type(p, "/ask slow words please");
    expect(p, "I begin to say a thing");
    kill_it(p);
    p = start(f, "resume", "last");
    expect(p, "slow words please");
    expect(p, "I begin to say a thing");
    pty_send(p, "i");
    type(p, "/ask and now");
    expect(p, "Then it goes on.");
    expect(p, "I begin to say a thing");
    leave(p);
}

static void test_killed_in_a_call(void **state)
{
    struct fixture *f = *state;
    struct pty *p = start(f, NULL, NULL);

    expect(p, "What is wrong?");
    type(p, "/ask take a long look");
    expect(p, "host_snapshot");
    expect(p, "running");
    kill_it(p);
    p = start(f, "resume", "last");
    expect(p, "take a long look");
    expect(p, "host_snapshot");
    expect(p, "canceled: the program ended before it answered");
    pty_send(p, "i");
    type(p, "/ask and now");
    expect(p, "Then it goes on.");
    leave(p);
}

/* ---- secrets ---- */

static bool found;

static int look(const char *path, const struct stat *st, int type_flag, struct FTW *ftw)
{
    struct buf text = BUF_INIT((size_t)64 << 20);
    struct err err;

    (void)st;
    (void)ftw;
    if (type_flag == FTW_F && !file_read(path, &text, &err) &&
        str_find(buf_str(&text), STR_LIT(SECRET)) >= 0) {
        print_error("%s holds the secret\n", path);
        found = true;
    }
    buf_release(&text);
    return 0;
}

/* What was sent to the terminal's clipboard holds the secret. */
static bool clipped(struct pty *p)
{
    struct buf plain = BUF_INIT(1 << 16);
    struct str raw = {0}, mark = STR_LIT("\033]52;c;");
    ptrdiff_t at;
    bool has;

    raw.ptr = pty_raw(p, &raw.len);
    at = str_find(raw, mark);
    if (at >= 0) {
        raw.ptr += at + (ptrdiff_t)mark.len;
        raw.len = strcspn(raw.ptr, "\a\033");
        base64_decode(&plain, raw);
    }
    has = str_find(buf_str(&plain), STR_LIT(SECRET)) >= 0;
    buf_release(&plain);
    return has;
}

static void test_secret(void **state)
{
    size_t ignored;
    struct fixture *f = *state;
    struct pty *p = start(f, NULL, NULL);
    struct buf asked = BUF_INIT((size_t)16 << 20);

    expect(p, "What is wrong?");
    type(p, "/ask is my password=" SECRET " still used?");
    expect(p, "You said " SECRET " just now."); /* the model's words */
    expect(p, "is my password=" SECRET " still");
    pty_raw(p, &ignored);
    pty_send(p, "Y"); /* copies what is shown */
    expect(p, "OSC 52");
    assert_true(clipped(p));
    pty_send(p, "i");
    type(p, "/secrets");
    expect(p, "Secrets are hidden again");
    expect_gone(p, "You said " SECRET);
    expect(p, "You said [redacted-");
    pty_send(p, "i");
    type(p, "/secrets");
    expect(p, "on this screen only");
    expect(p, "You said " SECRET);
    leave(p);
    standin_recorded(f->model, &asked);
    assert_true(str_find(buf_str(&asked), STR_LIT("redacted-")) >= 0);
    assert_true(str_find(buf_str(&asked), STR_LIT(SECRET)) < 0);
    buf_release(&asked);
    found = false;
    nftw(f->state, look, 16, FTW_PHYS); /* journal, blobs, index, history ... */
    assert_false(found);
    p = start(f, "resume", "last"); /* fails closed */
    expect(p, "of an earlier run");
    expect(p, "You said [redacted-");
    assert_false(pty_has(p, SECRET));
    leave(p);
}

/* ---- line by line ---- */

/* A question that is typed while an answer still comes is not lost. */
static void test_typed_into_an_answer(void **state)
{
    struct fixture *f = *state;
    struct pty *p = start(f, "chat", NULL);

    expect(p, ">");
    type(p, "slow words please");
    expect(p, "I begin to say");
    type(p, "and after that");
    type(p, "/model"); /* a command does not wait */
    expect(p, "* anthropic/claude-stand-in");
    expect(p, "until nobody listens.");
    expect(p, "you: and after that");
    expect(p, "Then it goes on.");
    type(p, "/quit");
    pty_free(p);
}

/* ---- models, and the window ---- */

static void test_models_and_compacting(void **state)
{
    struct fixture *f = *state;
    struct pty *p = start(f, NULL, NULL);

    expect(p, "What is wrong?");
    type(p, "/ask what is it");
    expect(p, "Then it goes on.");
    pty_send(p, "i");
    type(p, "/model");
    expect(p, "anthropic/claude-stand-in");
    expect(p, "anthropic/claude-other");
    expect(p, "price not known");
    pty_send(p, "other\r");
    expect(p, "the model is now anthropic/claude-other");
    pty_send(p, "i");
    type(p, "/compact");
    expect(p, "context compacted");
    expect_gone(p, "without a model");
    leave(p);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_killed_in_words),      T(test_killed_in_a_call),      T(test_secret),
        T(test_typed_into_an_answer), T(test_models_and_compacting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
