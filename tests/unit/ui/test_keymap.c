/* test_keymap.c - the table of commands, keymap files, and the line editor. */
#include "tests/lib/unit.h"

#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/ui/keymap.h"
#include "runbook/ui/lineedit.h"

static key_code key(const char *name)
{
    key_code k = 0;

    if (!key_parse(str_from(name), &k))
        fail_msg("%s is no key", name);
    return k;
}

static void test_table(void **state)
{
    (void)state;
    assert_int_equal(command_count(), COMMANDS - 1);
    for (size_t i = 0; i < command_count(); i++) {
        const struct command_def *def = &command_table[i];

        assert_true(strlen(def->help) > 3);
        assert_true(def->help[strlen(def->help) - 1] != '.');
        assert_ptr_equal(command_find(str_from(def->name)), def); /* names are unique */
        assert_ptr_equal(command_def(def->command), def);
        assert_in_range(def->context, 0, CONTEXTS - 1);
    }
}

static void test_keys_read_back(void **state)
{
    static const char *const names[] = {
        "Tab", "Shift-Tab", "Ctrl-C", "Alt-b",    "F12",          "PgDn",      "g",
        "G",   "?",         "/",      "\xC3\xA9", "\xE2\x82\xAC", "Ctrl-Left", "Space"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct buf b = BUF_INIT(64);

        key_format(key(names[i]), &b);
        assert_string_equal(buf_cstr(&b), names[i]);
        buf_release(&b);
    }
    assert_int_equal(key("ctrl-i"), key("Tab"));
    assert_int_equal(key("Ctrl-M"), key("enter"));
    assert_false(key_parse(STR_LIT("Foo"), &(key_code){0}));
    assert_false(key_parse(STR_LIT("F13"), &(key_code){0}));
    assert_false(key_parse(STR_LIT(""), &(key_code){0}));
}

static void test_rebinding(void **state)
{
    struct keymap *k = keymap_new();
    struct err err = ERR_INIT;
    struct buf b = BUF_INIT(256);

    (void)state;
    assert_int_equal(keymap_lookup(k, CONTEXT_PANE, key("j")), CMD_DOWN);
    assert_ok(
        keymap_parse(k, "keys.conf",
                     STR_LIT("# mine\n\nlist.down = Ctrl-N, x\napp.quit = none\npane.zoom = k\n"),
                     &err),
        &err);
    assert_int_equal(keymap_lookup(k, CONTEXT_PANE, key("j")), CMD_NONE);
    assert_int_equal(keymap_lookup(k, CONTEXT_PANE, key("x")), CMD_DOWN);
    assert_int_equal(keymap_lookup(k, CONTEXT_GLOBAL, key("q")), CMD_NONE);
    assert_int_equal(keymap_lookup(k, CONTEXT_PANE, key("k")),
                     CMD_ZOOM); /* taken over from list.up */
    assert_int_equal(keymap_lookup(k, CONTEXT_PANE, key("Up")), CMD_UP);
    keymap_keys(k, CMD_DOWN, ", ", &b);
    assert_string_equal(buf_cstr(&b), "Down, Ctrl-N, x"); /* arrows always work */
    buf_release(&b);
    keymap_free(k);
}

static void refused(const char *text, const char *message)
{
    struct keymap *k = keymap_new();
    struct err err = ERR_INIT;

    assert_int_equal(keymap_parse(k, "keys.conf", str_from(text), &err), ERR_INPUT);
    if (!strstr(err.msg, message))
        fail_msg("\"%s\" does not say \"%s\"", err.msg, message);
    keymap_free(k);
}

static void test_bad_files(void **state)
{
    (void)state;
    refused("list.down Ctrl-N\n", "keys.conf: line 1: expected");
    refused("\nlist.dwon = x\n",
            "line 2: there is no command \"list.dwon\"; did you mean list.down?");
    refused("list.down = Hyper-x\n", "there is no key \"Hyper-x\"");
    refused("list.down =\n", "has no key");
    refused("list.down = x\nlist.up = x\n",
            "line 2: x cannot be the key of list.up: line 1 gives it to list.down");
}

static void refused_yaml(const char *text, const char *message)
{
    struct keymap *k = keymap_new();
    struct err err = ERR_INIT;

    assert_int_equal(keymap_parse(k, "/h/keys.yaml", str_from(text), &err), ERR_INPUT);
    if (!strstr(err.msg, message))
        fail_msg("\"%s\" does not say \"%s\"", err.msg, message);
    keymap_free(k);
}

static void test_yaml(void **state)
{
    struct keymap *k = keymap_new();
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(keymap_parse(k, "keys.yaml",
                           STR_LIT("# mine\nlist.down: [x, \",\", 9]\napp.quit: none\n"
                                   "pane.zoom: Ctrl-Z\npane.investigation: 8\n"),
                           &err),
              &err);
    assert_int_equal(keymap_lookup(k, CONTEXT_PANE, key("x")), CMD_DOWN);
    assert_int_equal(keymap_lookup(k, CONTEXT_PANE, key(",")), CMD_DOWN);
    assert_int_equal(keymap_lookup(k, CONTEXT_PANE, key("9")), CMD_DOWN);
    assert_int_equal(keymap_lookup(k, CONTEXT_PANE, key("j")), CMD_NONE);
    assert_int_equal(keymap_lookup(k, CONTEXT_PANE, key("Down")), CMD_DOWN); /* arrows stay */
    assert_int_equal(keymap_lookup(k, CONTEXT_GLOBAL, key("q")), CMD_NONE);
    assert_int_equal(keymap_lookup(k, CONTEXT_GLOBAL, key("F10")), CMD_QUIT); /* and F keys */
    keymap_free(k);
    k = keymap_new(); /* unless they are given away */
    assert_ok(keymap_parse(k, "keys.yaml", STR_LIT("pane.zoom: [Down, F10]\n"), &err), &err);
    assert_int_equal(keymap_lookup(k, CONTEXT_PANE, key("Down")), CMD_ZOOM);
    keymap_free(k);
    k = keymap_new();
    assert_ok(keymap_parse(k, "keys.yaml", STR_LIT("# nothing\n"), &err), &err);
    keymap_free(k);

    refused_yaml("list.down: x\n\nlist.up: [k, x]\n",
                 "/h/keys.yaml: line 3: x cannot be the key of list.up: line 1 gives it to "
                 "list.down");
    refused_yaml("list.down: Down\nlist.up: Down\n", "line 1 gives it to list.down");
    refused_yaml("list.dwon: x\n",
                 "keys.yaml: line 1: there is no command \"list.dwon\"; did you mean list.down?");
    refused_yaml("list.down: [Hyper-x]\n", "there is no key \"Hyper-x\"");
    refused_yaml("list.down: true\n", "a key of list.down is a boolean: put it in quotes");
    refused_yaml("list.down: {a: b}\n", "put it in quotes");
    refused_yaml("- list.down\n", "expected lines such as");
    refused_yaml("list.down: [x\n", "keys.yaml: line");
    refused_yaml("list.down: x\nlist.down: y\n", "keys.yaml: line 2");
}

static void test_lineedit(void **state)
{
    struct lineedit e;

    (void)state;
    lineedit_init(&e);
    lineedit_insert(&e,
                    STR_LIT("caf\xC3\xA9 e\xCC\x81t \xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9"));
    lineedit_backspace(&e); /* a whole family at once */
    assert_string_equal(buf_cstr(&e.text), "caf\xC3\xA9 e\xCC\x81t ");
    lineedit_left(&e);
    lineedit_left(&e);
    lineedit_backspace(&e); /* e with its accent */
    assert_string_equal(buf_cstr(&e.text), "caf\xC3\xA9 t ");
    lineedit_delete_word(&e);
    assert_string_equal(buf_cstr(&e.text), "t ");
    lineedit_end(&e);
    lineedit_insert(&e, STR_LIT("\x1b[31m\xFFx\r\ny\tz"));
    assert_string_equal(buf_cstr(&e.text), "t [31m\xEF\xBF\xBDx\ny z");
    lineedit_kill_left(&e); /* of the line, then the line feed */
    assert_string_equal(buf_cstr(&e.text), "t [31m\xEF\xBF\xBDx\n");
    lineedit_set(&e, "one");
    lineedit_commit(&e);
    lineedit_set(&e, "two");
    lineedit_commit(&e);
    lineedit_set(&e, "draft");
    lineedit_history(&e, -1);
    assert_string_equal(buf_cstr(&e.text), "two");
    lineedit_history(&e, -1);
    lineedit_history(&e, -1);
    assert_string_equal(buf_cstr(&e.text), "one");
    lineedit_history(&e, 1);
    lineedit_history(&e, 1);
    assert_string_equal(buf_cstr(&e.text), "draft");
    lineedit_home(&e);
    lineedit_word_right(&e);
    assert_int_equal(e.cursor, 5);
    lineedit_word_left(&e);
    lineedit_delete(&e);
    lineedit_kill_right(&e);
    assert_int_equal(e.text.len, 0);
    lineedit_release(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),     cmocka_unit_test(test_keys_read_back),
        cmocka_unit_test(test_rebinding), cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_yaml),      cmocka_unit_test(test_lineedit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
