/* test_editor.c - the line editor as data: a text with its cursor, keys, and what comes of it. Both
 * ways of editing, then any keys in any order. */
#include "tests/lib/unit.h"

#include <stdlib.h>

#include "runbook/base/rng.h"
#include "runbook/base/text.h"
#include "runbook/ui/editkeys.h"
#include "runbook/ui/keymap.h"
#include "runbook/ui/vi.h"

struct pen {
    struct keymap *keymap;
    struct lineedit line;
    struct vi vi;
    bool use_vi;
};

static void pen_open(struct pen *p, bool use_vi)
{
    p->keymap = keymap_new();
    lineedit_init(&p->line);
    vi_init(&p->vi);
    p->use_vi = use_vi;
}

static void pen_close(struct pen *p)
{
    keymap_free(p->keymap);
    lineedit_release(&p->line);
    vi_release(&p->vi);
}

static void pen_key(struct pen *p, key_code key)
{
    struct buf c = BUF_INIT(8);
    enum command cmd;

    if (p->use_vi) {
        enum vi_result r = vi_key(&p->vi, &p->line, key);

        if (r == VI_HISTORY_PREV || r == VI_HISTORY_NEXT)
            lineedit_history(&p->line, r == VI_HISTORY_PREV ? -1 : 1);
        if (r != VI_PASS || !p->vi.insert)
            return;
    }
    cmd = keymap_lookup(p->keymap, CONTEXT_INPUT, key);
    if (cmd != CMD_NONE) {
        editkeys_run(&p->line, cmd);
        return;
    }
    key = key == KEY_NAME_SPACE ? ' ' : key;
    if (key < 0x20 || key >= KEY_NAME_FIRST)
        return;
    key_format(key, &c);
    lineedit_insert(&p->line, buf_str(&c));
    buf_release(&c);
}

/* "a|b": the cursor stands before b. */
static void pen_text(struct pen *p, const char *text)
{
    const char *bar = strchr(text, '|');
    struct buf all = BUF_INIT(4096);

    buf_add(&all, text, (size_t)(bar - text));
    buf_adds(&all, bar + 1);
    lineedit_reset(&p->line);
    lineedit_insert(&p->line, buf_str(&all));
    lineedit_reset(&p->line);
    buf_add_str(&p->line.text, buf_str(&all));
    p->line.cursor = (size_t)(bar - text);
    buf_release(&all);
}

/* Keys by name with blanks between; "'...'" types its letters. */
static void pen_keys(struct pen *p, const char *keys)
{
    struct str rest = str_from(keys), word;
    key_code key;

    while (rest.len > 0) {
        if (rest.ptr[0] == '\'' && rest.len > 1 && rest.ptr[1] != ' ') {
            rest = (struct str){rest.ptr + 1, rest.len - 1};
            str_split(&rest, '\'', &word);
            for (size_t i = 0; i < word.len; i++)
                pen_key(p,
                        word.ptr[i] == ' ' ? KEY_NAME_SPACE : (key_code)(unsigned char)word.ptr[i]);
            rest = str_trim(rest);
            continue;
        }
        str_split(&rest, ' ', &word);
        if (!key_parse(word, &key))
            fail_msg("no key: %.*s", STR_FMT(word));
        pen_key(p, key);
    }
}

struct edit_case {
    const char *before, *keys, *after;
};

static void run_cases(const struct edit_case *cases, size_t n, bool use_vi)
{
    int bad = 0;

    for (size_t i = 0; i < n; i++) {
        struct pen p;
        struct buf got = BUF_INIT(8192);

        pen_open(&p, use_vi);
        pen_text(&p, cases[i].before);
        p.vi.insert = !use_vi;
        pen_keys(&p, cases[i].keys);
        buf_add(&got, p.line.text.ptr, p.line.cursor);
        buf_addc(&got, '|');
        buf_adds(&got, buf_cstr(&p.line.text) + p.line.cursor);
        if (strcmp(buf_cstr(&got), cases[i].after) != 0) {
            print_error("%s: \"%s\" + %s gives \"%s\", not \"%s\"\n", use_vi ? "vi" : "emacs",
                        cases[i].before, cases[i].keys, buf_cstr(&got), cases[i].after);
            bad++;
        }
        buf_release(&got);
        pen_close(&p);
    }
    assert_int_equal(bad, 0);
}

#define RUN(cases, vi) run_cases(cases, sizeof(cases) / sizeof((cases)[0]), vi)

static void test_emacs(void **state)
{
    static const struct edit_case cases[] = {
        {"|", "'hello world'", "hello world|"},
        {"abc|", "Left Left 'x'", "ax|bc"},
        {"one two|", "Ctrl-A 'x'", "x|one two"},
        {"one\ntwo|", "Ctrl-A 'x'", "one\nx|two"},
        {"o|ne\ntwo", "Ctrl-E 'x'", "onex|\ntwo"},
        {"one\ntwo|", "Alt-< 'x'", "x|one\ntwo"},
        {"|one\ntwo", "Alt-> 'x'", "one\ntwox|"},
        {"a|b", "Alt-Enter", "a\n|b"},
        {"one t|wo", "Alt-b", "one |two"},
        {"one.two|", "Alt-b", "one.|two"},
        {"one.two|", "Alt-b Alt-b", "|one.two"},
        {"|one.two", "Alt-f", "one|.two"},
        {"|one.two", "Ctrl-Right Ctrl-Right", "one.two|"},
        {"one two.x|", "Ctrl-W", "one |"},
        {"one two.x|", "Alt-Backspace", "one two.|"},
        {"|one two", "Alt-d", "| two"},
        {"one\ntw|o", "Ctrl-U", "one\n|o"},
        {"one\n|two", "Ctrl-U", "one|two"},
        {"o|ne\ntwo", "Ctrl-K", "o|\ntwo"},
        {"o|ne\ntwo", "Ctrl-K Ctrl-K", "o|two"},
        {"o|ne\ntwo", "Ctrl-K Ctrl-K Ctrl-Y", "one\n|two"},
        {"one two|", "Ctrl-W Ctrl-W Ctrl-Y", "one two|"},
        {"one two|", "Ctrl-W Left Ctrl-A Ctrl-K Ctrl-Y", "one |"},
        {"one two|", "Ctrl-W Ctrl-A Ctrl-K Ctrl-Y Alt-y", "two|"},
        {"one two|", "Ctrl-W Ctrl-A Ctrl-K Ctrl-Y Alt-y Alt-y", "one |"},
        {"ab|", "Ctrl-T", "ba|"},
        {"a|bc", "Ctrl-T", "ba|c"},
        {"|ab", "Ctrl-T", "|ab"},
        {"one two|", "Alt-t", "two one|"},
        {"one| two three", "Alt-t", "two one| three"},
        {"|", "'abc' Ctrl-_", "|"},
        {"|", "'one two' Ctrl-_", "one |"},
        {"|", "'one two' Ctrl-_ Ctrl-_ Alt-_", "one |"},
        {"|", "'one two' Ctrl-_ Alt-_", "one two|"},
        {"|", "'one' Ctrl-U Ctrl-_", "one|"},
        {"|", "'one' Ctrl-U Ctrl-_ 'x' Alt-_", "onex|"},
        {"caf\xC3\xA9|", "Backspace", "caf|"},
        {"|\xC3\xA9x", "Delete", "|x"},
        {"\xE6\x9D\xB1\xE4\xBA\xAC|", "Left Backspace", "|\xE4\xBA\xAC"},
        {"e\xCC\x81|", "Backspace", "|"}, /* a letter and its accent go together */
        {"a b|", "Backspace Backspace Backspace Backspace", "|"},
    };

    (void)state;
    RUN(cases, false);
}

static void test_vi(void **state)
{
    static const struct edit_case cases[] = {
        /* visual mode */
        {"|one two", "v e d", "| two"},
        {"|one two", "v 2 l d", "| two"},
        {"one |two three", "v i w d", "one | three"},
        {"one |two three", "v a w d", "one |three"},
        {"|one two", "v l l o d", "| two"},
        {"one tw|o", "v b d", "one| "},
        {"one\n|two\nthree", "V d", "one\n|three"},
        {"|one\ntwo\nthree", "V j d", "|three"},
        {"|one\ntwo", "v j d", "|wo"},
        {"|one two", "v e c x Esc", "|x two"},
        {"|one two", "v e y $ p", "one twoon|e"},
        {"|one\ntwo", "V y j p", "one\ntwo\n|one"},
        {"|one two", "v e U", "|ONE two"},
        {"|ONE two", "v e ~", "|one two"},
        {"|one two", "v e r x", "|xxx two"},
        {"|one\ntwo\nthree", "V j J", "one| two\nthree"},
        {"|one two", "y w w v e p", "one one| "},
        {"|one two", "v e Esc x", "on| two"},
        {"|one two", "v V d", "|"},
        {"f(|one, two)", "v i ( d", "f(|)"},
        {"say \"o|ne\"", "v i \" d", "say \"|\""},
        {"|one two three", "v e d w .", " | three"},
        {"|one two", "v l d u", "|one two"},
        {"|one", "v v x", "|ne"},
        /* registers */
        {"|one two", "\" a y w w \" a P", "one one| two"},
        {"|one two three", "\" a d w \" b d w \" a p", "tone| hree"},
        {"|one two", "\" a y w w \" A y w \" a P", "one one tw|otwo"},
        {"|one two", "y w w \" _ D p", "one one| "},
        {"|one two", "\" + y w $ \" + p", "one twoone| "},
        {"|one two three", "\" a d w .", "|three"},
        {"|one two", "\" ! d w", "|two"},
        /* brackets */
        {"|f(a, (b))", "%", "f(a, (b)|)"},
        {"f(a, (b)|)", "%", "f|(a, (b))"},
        {"f|(a) b", "d %", "f| b"},
        {"one |two", "i x Esc", "one |xtwo"},
        {"one |two", "a x Esc", "one t|xwo"},
        {"one |two", "I x Esc", "|xone two"},
        {"|one two", "A x Esc", "one two|x"},
        {"|one", "o x Esc", "one\n|x"},
        {"on|e", "O x Esc", "|x\none"},
        {"|one two three", "w", "one |two three"},
        {"|one two three", "2 w", "one two |three"},
        {"|one.two", "w", "one|.two"},
        {"|one.two three", "W", "one.two |three"},
        {"|one two", "e", "on|e two"},
        {"one two thre|e", "b b", "one |two three"},
        {"one tw|o", "0", "|one two"},
        {"|one two", "$", "one tw|o"},
        {"  one|", "^", "  |one"},
        {"|one two", "f o", "one tw|o"},
        {"|one two one", "f o ;", "one two |one"},
        {"|one two one", "f o ; ,", "one tw|o one"},
        {"|one two", "t w", "one |two"},
        {"one two|", "F n", "o|ne two"},
        {"one two|", "T n", "on|e two"},
        {"|one two", "x", "|ne two"},
        {"|one two", "3 x", "| two"},
        {"one| two", "X", "on| two"},
        {"|one two three", "d w", "|two three"},
        {"|one two three", "2 d w", "|three"},
        {"|one two three", "d 2 w", "|three"},
        {"|one two", "d e", "| two"},
        {"one |two three", "d b", "|two three"},
        {"one |two", "D", "one| "},
        {"one |two", "d 0", "|two"},
        {"one |two", "d $", "one| "},
        {"|one two", "d f t", "|wo"},
        {"|one two", "d t t", "|two"},
        {"one\n|two\nthree", "d d", "one\n|three"},
        {"one\ntwo\n|three", "d d", "one\n|two"},
        {"|one\ntwo\nthree", "2 d d", "|three"},
        {"|one\ntwo\nthree", "d j", "|three"},
        {"one\ntwo\n|three", "d k", "|one"},
        {"one\n|two\nthree", "d G", "|one"},
        {"|one two", "c w x Esc", "|x two"},
        {"|one two", "c c x Esc", "|x"},
        {"one |two", "C x Esc", "one |x"},
        {"|one", "s x Esc", "|xne"},
        {"one\n|two", "S x Esc", "one\n|x"},
        {"|one", "r x", "|xne"},
        {"|one", "2 r x", "x|xe"},
        {"|oNe", "~", "O|Ne"},
        {"|oNe", "3 ~", "On|E"},
        {"one|\ntwo", "J", "one| two"},
        {"|one two", "y w P", "one| one two"},
        {"|one two", "y w $ p", "one twoone| "},
        {"|one\ntwo", "y y p", "one\n|one\ntwo"},
        {"one\n|two", "y y P", "one\n|two\ntwo"},
        {"|one\ntwo", "d d p", "two\n|one"},
        {"|one two", "x u", "|one two"},
        {"|one two", "x x u u", "|one two"},
        {"|one two", "x u Ctrl-R", "|ne two"},
        {"|one", "A x y Esc u", "on|e"},
        {"|one two three", "d w .", "|three"},
        {"|aaaa", "x .", "|aa"},
        {"|aaaaa", "2 x .", "|a"},
        {"|aaaaa", "x 3 .", "|a"},
        {"|one two", "c w x Esc w .", "x |x"},
        {"|ab", "i x Esc .", "|xxab"},
        {"|one two", "A 1 Esc .", "one two1|1"},
        {"a \"one two\" b|", "0 f o d i \"", "a \"|\" b"},
        {"f(on|e)", "d i (", "f(|)"},
        {"f(on|e)x", "d a (", "f|x"},
        {"one t|wo three", "d i w", "one | three"},
        {"one t|wo three", "d a w", "one |three"},
        {"one\ntwo\nth|ree", "g g", "|one\ntwo\nthree"},
        {"|one\ntwo\nthree", "G", "one\ntwo\n|three"},
        {"|one\ntwo\nthree", "2 G", "one\n|two\nthree"},
        {"abc|d\nx\nabcd", "j j", "abcd\nx\n|abcd"},
        {"|one", "d Esc x", "|ne"},
        {"|one", "d z x", "|ne"},
        {"|caf\xC3\xA9 x", "d w", "|x"},
        {"|\xE6\x9D\xB1\xE4\xBA\xAC", "x", "|\xE4\xBA\xAC"},
    };

    (void)state;
    RUN(cases, true);
}

/* Whatever is typed, in either mode: valid UTF-8, the cursor inside and not inside a character. */
static void test_any_keys(void **state)
{
    static const char *const names[] = {"Left",         "Right",
                                        "Home",         "End",
                                        "Up",           "Down",
                                        "Backspace",    "Delete",
                                        "Ctrl-W",       "Ctrl-U",
                                        "Ctrl-K",       "Ctrl-Y",
                                        "Alt-y",        "Ctrl-T",
                                        "Alt-t",        "Alt-b",
                                        "Alt-f",        "Alt-d",
                                        "Ctrl-_",       "Alt-_",
                                        "Alt-Enter",    "Esc",
                                        "Space",        "Ctrl-P",
                                        "Ctrl-N",       "Ctrl-R",
                                        "Ctrl-Left",    "Ctrl-Right",
                                        "\xC3\xA9",     "\xE6\x9D\xB1",
                                        "\xCC\x81",     "\xF0\x9F\x87\xA9",
                                        "\xE2\x80\x8D", "'"};
    static const char letters[] = "hjklwbeWBE0^$fFtT;,GgdcyDCYxXsSr~JpPu.iaIAoO123\"(){}";
    struct rng r;

    (void)state;
    rng_seed(&r, 57);
    for (int run = 0; run < 60; run++) {
        struct pen p;

        pen_open(&p, run % 2);
        lineedit_remember(&p.line, "asked before \xE6\x9D\xB1");
        lineedit_insert(&p.line, STR_LIT("caf\xC3\xA9 (one \"two\") \xE6\x9D\xB1\n\nthree\xFF"));
        for (int i = 0; i < 500; i++) {
            size_t bad = 0;
            key_code key = 0;

            if (rng_below(&r, 2))
                key = (key_code)(unsigned char)letters[rng_below(&r, sizeof(letters) - 1)];
            else if (!key_parse(str_from(names[rng_below(&r, sizeof(names) / sizeof(names[0]))]),
                                &key))
                key = 0x301; /* a lone accent is no key by name */
            pen_key(&p, key);
            assert_true(text_valid(buf_str(&p.line.text), &bad));
            assert_true(p.line.cursor <= p.line.text.len);
            assert_true((p.line.text.ptr[p.line.cursor] & 0xC0) != 0x80);
            assert_true(p.line.undo.v.count <= LINEEDIT_UNDO);
            assert_true(p.line.kills.count <= LINEEDIT_KILLS);
        }
        pen_close(&p);
    }
}

static void test_too_large(void **state)
{
    struct lineedit e;
    struct buf big = BUF_INIT(LINEEDIT_MAX_BYTES + 16);

    (void)state;
    while (big.len < LINEEDIT_MAX_BYTES - 4)
        buf_addc(&big, 'x');
    lineedit_init(&e);
    assert_true(lineedit_insert(&e, buf_str(&big)));
    assert_false(lineedit_insert(&e, STR_LIT("12345")));
    assert_int_equal(e.text.len, LINEEDIT_MAX_BYTES - 4);
    assert_false(lineedit_replace(&e, 0, 1, STR_LIT("123456789")));
    assert_true(lineedit_replace(&e, 0, 8, STR_LIT("123456789")));
    for (int i = 0; i < 40; i++) {
        lineedit_kill_left(&e);
        lineedit_yank(&e);
    }
    assert_true(e.undo.v.count * e.text.len <= LINEEDIT_UNDO_BYTES + e.text.len);
    lineedit_release(&e);
    buf_release(&big);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_emacs),
        cmocka_unit_test(test_vi),
        cmocka_unit_test(test_any_keys),
        cmocka_unit_test(test_too_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
