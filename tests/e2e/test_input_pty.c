/* test_input_pty.c - the input in a real terminal: completion, palette, pasted texts, the history
 * search, an editor of one's own, vi's modes. */
#include "tests/lib/unit.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "tests/lib/pty.h"

#define WAIT_MS 60000
#define ESC "\033"
#define PASTE(text) ESC "[200~" text ESC "[201~"

static char dir[] = "/tmp/runbook-input-XXXXXX";

static struct pty *start(const char *flag, const char *visual)
{
    const char *build = getenv("RB_BUILDDIR");
    char *path = xasprintf("%s/tests/e2e/tui_demo", build ? build : ".");
    char *asked = xasprintf("%s/asked", dir),
         *editor = xasprintf("VISUAL=%s", visual ? visual : "");
    char *tmp = xasprintf("XDG_RUNTIME_DIR=%s", dir);
    const char *argv[] = {path, "--all", "--services", "--asked", asked, flag, NULL};
    const char *env[] = {"LC_ALL=C.UTF-8", editor, tmp, "EDITOR=", NULL};
    struct pty *p =
        pty_spawn(&(struct pty_options){.argv = argv, .env = env, .rows = 40, .cols = 120});

    assert_non_null(p);
    if (!pty_wait_text(p, "Root cause", WAIT_MS))
        fail_msg("no screen:\n%s", pty_screen(p, false));
    free(path);
    free(asked);
    free(editor);
    free(tmp);
    return p;
}

static void expect(struct pty *p, const char *text)
{
    if (!pty_wait_text(p, text, WAIT_MS))
        fail_msg("no \"%s\":\n%s", text, pty_screen(p, false));
}

static void expect_gone(struct pty *p, const char *text)
{
    if (!pty_wait_no_text(p, text, WAIT_MS))
        fail_msg("still \"%s\":\n%s", text, pty_screen(p, false));
}

static void leave(struct pty *p)
{
    int status = 0;

    pty_send(p, "\003\003\003\003");
    assert_true(pty_wait_exit(p, WAIT_MS, &status));
    pty_free(p);
}

/* What the screen asked last. */
static void asked(struct buf *out)
{
    char *path = xasprintf("%s/asked", dir);
    struct err err = ERR_INIT;

    buf_clear(out);
    assert_ok(file_read(path, out, &err), &err);
    free(path);
}

static void test_completion(void **state)
{
    struct pty *p = start(NULL, NULL);

    (void)state;
    pty_send(p, "i/");
    expect(p, "/export");
    pty_send(p, "th\t"); /* Tab takes it, and its argument is next */
    expect(p, "\xE2\x9D\xAF /theme ");
    expect(p, "\xE2\x94\x82 dark");
    pty_send(p, ESC);
    expect_gone(p, "\xE2\x94\x82 dark");
    pty_send(p, "\025why is ng"); /* as one types */
    expect(p, "nginx  process");
    pty_send(p, ESC "OB\r"); /* an arrow chooses, Enter takes */
    expect(p, "\xE2\x9D\xAF why is nginx");
    pty_send(p, "\025/foo\r");
    expect(p, "no such command /foo");
    pty_send(p, "\025/thm x\r");
    expect(p, "did you mean /theme?");
    pty_send(p, "\025/export pdf\r");
    expect(p, "there is no format \"pdf\"");
    pty_send(p, "\025/export html a.html\r");
    expect(p, " as html to \"a.html\"");
    leave(p);
}

/* U-06: another session in place of this one */
static void test_palette(void **state)
{
    struct pty *p = start(NULL, NULL);

    (void)state;
    pty_send(p, ":");
    expect(p, "Palette");
    expect(p, "/investigate");
    pty_send(p, "whole screen zoom");
    expect(p, "1 of");
    expect(p, "pane.zoom");
    pty_send(p, "\r");
    expect_gone(p, "Palette");
    expect_gone(p, "2 Hypotheses \xE2\x94\x80\xE2\x94\x80"); /* one pane now */
    pty_send(p, ":zzzz");
    expect(p, "has \"zzzz\"");
    pty_send(p, "\025disk web-3"); /* sessions came meanwhile */
    expect(p, "2026-02-03-090000-abcdef");
    pty_send(p, "\025nginx");
    expect(p, "resource  nginx");
    pty_send(p, ESC);
    expect_gone(p, "Palette");
    pty_send(p, ":disk web-3\r");
    expect(p, "resumed 2026-02-03-090000-abcdef");
    pty_free(p);
}

/* A paste of many lines goes whole with the question, can be looked at and taken away. */
static void test_pasted(void **state)
{
    struct pty *p = start(NULL, NULL);
    struct buf paste = BUF_INIT(1 << 20), got = BUF_INIT(1 << 20);

    (void)state;
    for (int i = 1; i <= 120; i++)
        buf_addf(&paste, "line %d of the log, caf\xC3\xA9\n", i);
    pty_send(p, "iwhat says this");
    pty_send(p, ESC "[200~");
    pty_send_bytes(p, paste.ptr, paste.len);
    pty_send(p, ESC "[201~");
    expect(p, "[pasted 120 lines, 3.");
    expect(p, "\xE2\x9D\xAF what says this");
    pty_send(p, PASTE("1\n2\n3\n4\n5\n6\n7\n8\n9\n"));
    expect(p, "[pasted 9 lines, 18 B]");
    pty_send(p, "\017"); /* Ctrl-O: the newest */
    expect(p, "Pasted text");
    pty_send(p, ESC);
    expect_gone(p, "Pasted text");
    pty_send(p, "\001\177"); /* Backspace at the beginning */
    expect(p, "Taken away: pasted 9 lines");
    pty_send(p, "\r");
    expect_gone(p, "[pasted 9");
    assert_true(pty_wait_quiet(p, 60, WAIT_MS));
    asked(&got);
    assert_true(str_starts(buf_str(&got), "what says this\n\n[pasted 120 lines, 3."));
    assert_true(str_find(buf_str(&got), buf_str(&paste)) > 0); /* every byte */
    buf_release(&paste);
    buf_release(&got);
    leave(p);
}

static void test_history_search(void **state)
{
    struct pty *p = start(NULL, NULL);

    (void)state;
    pty_send(p, "idraft\022cert");
    expect(p, "asked before: cert");
    expect(p, "\xE2\x9D\xAF is the certificate of api expired");
    pty_send(p, "\025why");
    expect(p, "\xE2\x9D\xAF why is");
    expect(p, "  the disk of web-3 full");
    pty_send(p, "\022"); /* further back */
    expect(p, "\xE2\x9D\xAF why is checkout slow");
    pty_send(p, "\022");
    expect(p, "Nothing older has it");
    pty_send(p, "zz");
    expect(p, "nothing asked before has");
    pty_send(p, ESC);
    expect(p, "\xE2\x9D\xAF draft");
    pty_send(p, "\022cert\r");
    expect_gone(p, "asked before");
    expect(p, "\xE2\x9D\xAF is the certificate of api expired");
    pty_send(p, "\025" ESC "OA");
    expect(p, "  the disk of web-3 full"); /* Up: the newest */
    leave(p);
}

static char *script(const char *name, const char *body)
{
    char *path = xasprintf("%s/%s", dir, name);
    struct err err = ERR_INIT;

    assert_ok(file_write_atomic(path, str_from(body), 0700, &err), &err);
    return path;
}

/* The terminal is the editor's, the file is private, and what it wrote comes back. */
static void test_editor(void **state)
{
    char *good = script("good", "#!/bin/sh\nstat -c 'mode %a' \"$1\" >\"${0%/*}/mode\"\n"
                                "stat -c 'dir %a' \"${1%/*}\" >>\"${0%/*}/mode\"\n"
                                "echo 'in the editor'; read line\n"
                                "printf 'from %s\\nthe editor\\n' \"$(cat \"$1\")\" >\"$1\"\n");
    char *bad = script("bad", "#!/bin/sh\necho lost >\"$1\"\nexit 3\n"), *path;
    struct pty *p = start(NULL, good);
    struct buf mode = BUF_INIT(4096);
    struct err err = ERR_INIT;

    (void)state;
    pty_send(p, "ihere\007");
    expect(p, "in the editor");
    assert_false(pty_alt_screen(p));
    pty_send(p, "\r");
    expect(p, "\xE2\x9D\xAF from here");
    expect(p, "  the editor");
    assert_true(pty_alt_screen(p));
    path = xasprintf("%s/mode", dir);
    assert_ok(file_read(path, &mode, &err), &err);
    assert_string_equal(buf_cstr(&mode), "mode 600\ndir 700\n");
    unlink(path);
    leave(p);
    free(path);

    p = start(NULL, bad);
    pty_send(p, "ikept\007");
    expect(p, "The editor ended with status 3; the text is as it was");
    expect(p, "\xE2\x9D\xAF kept");
    leave(p);

    p = start(NULL, "/nowhere/editor -x");
    pty_send(p, "ikept\007");
    expect(p, "start /nowhere/editor: no such file");
    expect(p, "\xE2\x9D\xAF kept");
    leave(p);
    unlink(good);
    unlink(bad);
    free(good);
    free(bad);
    buf_release(&mode);
}

static void test_vi(void **state)
{
    struct pty *p = start("--vi", NULL);

    (void)state;
    pty_send(p, "i");
    expect(p, " insert ");
    pty_send(p, "one two three");
    expect(p, "one two three");
    pty_send(p, ESC);
    expect(p, " normal ");
    pty_send(p, "0dwA!");
    expect(p, " insert ");
    pty_send(p, ESC);
    expect(p, " normal "); /* only now is it no Alt key */
    expect(p, "\xE2\x9D\xAF two three!");
    pty_send(p, "u");
    expect(p, "\xE2\x9D\xAF two three ");
    pty_send(p, "uk"); /* the history from the first line */
    expect(p, "  the disk of web-3 full");
    pty_send(p, "0v");
    expect(p, " visual ");
    pty_send(p, "e\"+y"); /* to the clipboard, and it says how */
    expect(p, "to the terminal (OSC 52)");
    expect(p, " normal ");
    pty_send(p, "V");
    expect(p, " visual line ");
    pty_send(p, ESC);
    expect(p, " normal ");
    pty_send(p, "q"); /* macros are not there, which is said */
    expect(p, "vi: \"q\" is not supported here");
    pty_send(p, ESC);
    expect(p, "? keys");
    pty_send(p, "?");
    expect(p, "show the keys");
    leave(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_completion), cmocka_unit_test(test_palette),
        cmocka_unit_test(test_pasted),     cmocka_unit_test(test_history_search),
        cmocka_unit_test(test_editor),     cmocka_unit_test(test_vi),
    };
    char *asked_path;
    int failed;

    if (!mkdtemp(dir))
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    asked_path = xasprintf("%s/asked", dir);
    unlink(asked_path);
    free(asked_path);
    if (rmdir(dir) != 0) /* nothing of an editor is left */
        failed++;
    return failed;
}
