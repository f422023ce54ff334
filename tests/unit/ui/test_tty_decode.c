/* test_tty_decode.c - keys, mouse and a terminal's answers, cut at every byte; hostile answers
 * never become text. */
#include "tests/lib/unit.h"

#include "runbook/base/rng.h"
#include "src/ui/tty_decode_priv.h"

struct feed {
    struct tty_decoder d;
    int64_t now_ms;
    struct tty_event last;
    int events, keys, texts; /* texts: keys that would be typed into a line */
    char typed[256];
    size_t typed_len;
};

static void got(struct feed *f, const struct tty_event *ev)
{
    f->events++;
    f->last = *ev;
    if (ev->kind != TTY_KEY)
        return;
    f->keys++;
    if (ev->key < KEY_NAME_FIRST || ev->key == KEY_NAME_SPACE) {
        f->texts++;
        if (f->typed_len < sizeof(f->typed) - 1)
            f->typed[f->typed_len++] = (char)(ev->key < 0x80 ? ev->key : '*');
    }
}

static void feed(struct feed *f, const char *data, size_t len)
{
    while (len) {
        struct tty_event ev;
        bool have;
        size_t n = tty_decode(&f->d, data, len, f->now_ms, &ev, &have);

        if (have)
            got(f, &ev);
        data += n;
        len -= n;
    }
}

static void type(struct feed *f, const char *bytes)
{
    feed(f, bytes, strlen(bytes));
}

static void pass(struct feed *f, int64_t ms)
{
    struct tty_event ev;

    f->now_ms += ms;
    if (tty_decode_pause(&f->d, f->now_ms, &ev))
        got(f, &ev);
}

static void begin(struct feed *f)
{
    memset(f, 0, sizeof(*f));
    f->now_ms = 1000;
    tty_decoder_init(&f->d, true);
}

static const struct {
    const char *bytes;
    enum tty_event_kind kind;
    key_code key;
} sequences[] = {
    {"a", TTY_KEY, 'a'},
    {"\xC3\xA9", TTY_KEY, 0xE9},
    {"\xF0\x9F\x98\x80", TTY_KEY, 0x1F600},
    {"\r", TTY_KEY, KEY_NAME_ENTER},
    {"\x7F", TTY_KEY, KEY_NAME_BACKSPACE},
    {"\x01", TTY_KEY, KEY_CTRL | 'a'},
    {"\033[A", TTY_KEY, KEY_NAME_UP},
    {"\033OA", TTY_KEY, KEY_NAME_UP},
    {"\033OM", TTY_KEY, KEY_NAME_ENTER},
    {"\033[1;5C", TTY_KEY, KEY_NAME_RIGHT | KEY_CTRL},
    {"\033[1;2D", TTY_KEY, KEY_NAME_LEFT | KEY_SHIFT},
    {"\033[1;3A", TTY_KEY, KEY_NAME_UP | KEY_ALT},
    {"\033[Z", TTY_KEY, KEY_NAME_TAB | KEY_SHIFT},
    {"\033[3~", TTY_KEY, KEY_NAME_DELETE},
    {"\033[5~", TTY_KEY, KEY_NAME_PGUP},
    {"\033[6;5~", TTY_KEY, KEY_NAME_PGDN | KEY_CTRL},
    {"\033OP", TTY_KEY, KEY_NAME_F1},
    {"\033[[A", TTY_KEY, KEY_NAME_F1},
    {"\033[11~", TTY_KEY, KEY_NAME_F1},
    {"\033[24~", TTY_KEY, KEY_NAME_F12},
    {"\033[1;2R", TTY_KEY, (KEY_NAME_F1 + 2) | KEY_SHIFT},
    {"\033[7$", TTY_KEY, KEY_NAME_HOME | KEY_SHIFT},
    {"\033[8^", TTY_KEY, KEY_NAME_END | KEY_CTRL},
    {"\033[27;5;105~", TTY_KEY, KEY_CTRL | 'i'},
    {"\033[120;3u", TTY_KEY, KEY_ALT | 'x'},
    {"\033x", TTY_KEY, KEY_ALT | 'x'},
    {"\033\x7F", TTY_KEY, KEY_ALT | KEY_NAME_BACKSPACE},
    {"\033\xC3\xA9", TTY_KEY, KEY_ALT | 0xE9},
    {"\033[<0;12;7M", TTY_CLICK, 0},
    {"\033[<32;12;7M", TTY_DRAG, 0},
    {"\033[<0;12;7m", TTY_RELEASE, 0},
    {"\033[<65;12;7M", TTY_WHEEL, 0},
    {"\033[M !!", TTY_CLICK, 0},
    {"\033[I", TTY_FOCUS, 0},
    {"\033[O", TTY_FOCUS, 0},
    {"\033[12;40R", TTY_CURSOR, 0},
    {"\033[?2026;2$y", TTY_MODE, 0},
    {"\033]11;rgb:ffff/ffff/ffff\007", TTY_BACKGROUND, 0},
    {"\033]11;rgb:1/2/3\033\\", TTY_BACKGROUND, 0},
    {"\033[200~x\033[\033[201~", TTY_PASTE, 0},
};

/* U-22: each comes out the same, whole or in two pieces, with a pause of 20 ms between them. */
static void test_sequences_cut_anywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++) {
        const char *bytes = sequences[i].bytes;
        size_t len = strlen(bytes);

        for (size_t cut = 1; cut <= len; cut++) {
            struct feed f;

            begin(&f);
            feed(&f, bytes, cut);
            pass(&f, 20);
            feed(&f, bytes + cut, len - cut);
            if (f.events != 1 || f.last.kind != sequences[i].kind || f.last.key != sequences[i].key)
                fail_msg("sequence %zu cut at %zu: %d events, kind %d key %x", i, cut, f.events,
                         (int)f.last.kind, f.last.key);
            assert_int_equal(tty_decode_wait_ms(&f.d, f.now_ms), -1);
            tty_decoder_release(&f.d);
        }
    }
}

static void test_mouse_and_paste(void **state)
{
    struct feed f;

    (void)state;
    begin(&f);
    type(&f, "\033[<2;223;100M");
    assert_int_equal(f.last.x, 222);
    assert_int_equal(f.last.y, 99);
    assert_int_equal(f.last.button, 2);
    type(&f, "\033[<64;1;1M");
    assert_int_equal(f.last.by, -1);
    type(&f, "\033[200~a\r\nb\rc\033[31m\x9B\xC3\xA9\033[201~");
    assert_int_equal(f.last.kind, TTY_PASTE);
    assert_true(str_eq_c(f.last.paste, "a\nb\nc[31m\xEF\xBF\xBD\xC3\xA9"));
    tty_decoder_release(&f.d);
}

static void test_escape_and_alt_by_time(void **state)
{
    static const struct {
        const char *bytes;
        key_code key;
    } alone[] = {{"\033", KEY_NAME_ESC},
                 {"\033[", KEY_ALT | '['},
                 {"\033O", KEY_ALT | 'O'},
                 {"\033]", KEY_ALT | ']'},
                 {"\033P", KEY_ALT | 'P'}};

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        struct feed f;

        begin(&f);
        feed(&f, alone[i].bytes, strlen(alone[i].bytes));
        assert_int_equal(f.events, 0);
        assert_in_range((uint64_t)tty_decode_wait_ms(&f.d, f.now_ms), 1, 30);
        pass(&f, 26);
        assert_int_equal(f.last.key, alone[i].key);
        tty_decoder_release(&f.d);
    }
}

/* Answers that nobody understands, and what a hostile far side may send in their place. */
static void test_garbage_is_no_text(void **state)
{
    static const char *const answers[] = {
        "\033]11;nonsense\007",
        "\033]11;rgb:zz/zz/zz\033\\",
        "\033]52;c;c2VjcmV0\007",
        "\033]4;1;rgb:00/00/00\007",
        "\033P1$r0m\033\\",
        "\033P>|XTerm(380)\033\\",
        "\033_Gi=1;OK\033\\",
        "\033^private\033\\",
        "\033Xstring\033\\",
        "\033[?1;2c",
        "\033[>41;380;0c",
        "\033[999999999999;1R",
        "\033[?2026;9999999999$y",
        "\033[1;2;3;4;5;6;7;8;9;10;11;12m",
        "\033[=1;2l",
        "\033[ q",
        "\033[!p",
        "\033[<1M",
        "\033[<0;0;0M",
        "\033[?;;;$y",
        ("\033[11111111111111111111111111111111111111111111111111111111111111111111111111111111"
         "1111111111111111111111111111R"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        size_t len = strlen(answers[i]);

        for (size_t cut = 1; cut <= len; cut++) {
            struct feed f;

            begin(&f);
            f.d.expecting = true; /* the first byte may come alone, and late */
            feed(&f, answers[i], cut);
            pass(&f, 60);
            feed(&f, answers[i] + cut, len - cut);
            pass(&f, 5000);
            if (f.texts)
                fail_msg("answer %zu cut at %zu typed \"%s\"", i, cut, f.typed);
            tty_decoder_release(&f.d);
        }
    }
}

/* The first byte of an answer came 200 ms before the rest: an Esc was given, but no text. */
static void test_late_answer(void **state)
{
    struct feed f;

    (void)state;
    begin(&f);
    f.d.expecting = true;
    type(&f, "\033");
    pass(&f, 200);
    assert_int_equal(f.last.key, KEY_NAME_ESC);
    type(&f, "]11;rgb:ffff/ffff/ffff\007x");
    assert_int_equal(f.texts, 1);
    assert_string_equal(f.typed, "x");
    tty_decoder_release(&f.d);
}

/* An answer without an end swallows a megabyte and not the person's Ctrl-C, nor what comes after a
 * pause. */
static void test_endless(void **state)
{
    struct feed f;

    (void)state;
    begin(&f);
    type(&f, "\033]11;");
    for (int i = 0; i < 1 << 20; i++)
        type(&f, "A");
    assert_int_equal(f.events, 0);
    type(&f, "\003");
    assert_int_equal(f.last.key, KEY_CTRL | 'c');
    type(&f, "\033]0;endless");
    pass(&f, 1001);
    type(&f, "q");
    assert_int_equal(f.last.key, 'q');
    type(&f, "\033]0;endless\033[A"); /* a key ends it too */
    assert_int_equal(f.last.key, KEY_NAME_UP);
    tty_decoder_release(&f.d);
}

/* Any bytes: never stuck, and a moment later a key is a key again. */
static void test_random(void **state)
{
    struct rng r;
    struct feed f;

    (void)state;
    rng_seed(&r, 22);
    begin(&f);
    for (int round = 0; round < 3000; round++) {
        char data[64];
        size_t len = 1 + rng_below(&r, sizeof(data));

        for (size_t i = 0; i < len; i++)
            data[i] = rng_below(&r, 3) ? (char)rng_below(&r, 256)
                                       : "\033[]?;<0123456789OMRy$~\\"[rng_below(&r, 22)];
        f.d.expecting = rng_below(&r, 2);
        feed(&f, data, len);
        if (f.d.state == DECODE_PASTE)
            type(&f, "\033[201~");
        pass(&f, 5000);
        f.d.expecting = false;
        type(&f, "q");
        if (f.last.kind != TTY_KEY || f.last.key != 'q')
            fail_msg("stuck in state %d after round %d", (int)f.d.state, round);
    }
    tty_decoder_release(&f.d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sequences_cut_anywhere),
        cmocka_unit_test(test_mouse_and_paste),
        cmocka_unit_test(test_escape_and_alt_by_time),
        cmocka_unit_test(test_garbage_is_no_text),
        cmocka_unit_test(test_late_answer),
        cmocka_unit_test(test_endless),
        cmocka_unit_test(test_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
