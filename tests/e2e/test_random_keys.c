/* test_random_keys.c - random keys, resizes and bursts of events: the screen that a terminal shows
 * is the one that a full drawing gives, after each of them.
 *
 * A round is some keys, perhaps a resize, perhaps a burst. Then the text on the emulator's screen
 * must become that of a full drawing (in the program), and repainting every cell must change
 * neither text nor colour nor cursor. Both are waited for with a deadline.
 *
 *   RB_RANDOM_ROUNDS=1000 RB_RANDOM_SEED=7 tests/e2e/test_random_keys
 *   RB_RANDOM_LOG=FILE    runs the actions of a file instead. A failure writes such a file: a line
 *                         an action; cut lines out until it no longer fails, to see what matters.
 */
#include "tests/lib/unit.h"

#include <stdlib.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/rng.h"
#include "runbook/base/str.h"
#include "tests/e2e/random_run.h"
#include "tests/lib/tmpdir.h"

#define ROUNDS 90
#define REPLAY_ROUNDS 40
#define VI_ROUNDS 30

/* ---- random rounds ---- */

/* clang-format off */
static const char *const key_texts[] = {
    "j", "k", "g", "G", "h", "l", "o", "O", "z", "s", "S", "c", "e", "t", "1", "2", "3", "4", "5",
    "6", "7", "?", "n", "N", "y", "Y", "a", "w", "x", "M", "<", ">", "+", "-", "=", "[", "]", "*",
    " ", "\t", "\r", "\033", "\033[Z", "\033OA", "\033OB", "\033OC", "\033OD", "\033[5~",
    "\033[6~", "\033[1~", "\033[4~", "\033OH", "\033OF", "\033OQ", "\033OR", "\033OS", "\033[15~",
    "\033[17~", "\033[3~", "\177", "\001", "\002", "\004", "\005", "\006", "\007", "\013", "\014",
    "\016", "\020", "\022", "\025", "\027", "\033b", "\033f", "\033x", "\033\r", "\033[1;5C",
    "\033[1;5D",
    /* whole sentences, so that what is behind them is reached */
    "/nginx\r", "/p\r", "/zzz\r", "&tool\r", "ihello\r", "icaf\303\251 \346\227\245\346\234\254",
    ":", ":theme light\r", ":theme dark\r", "/theme mono\r", "i/help\r", "i/th\t", "?jjj",
    "2jj\r", "3jjj\r", "e++ll--", "tkkk\r", "ttcc++", "4ss/web\r", "A new idea\r", "Xno\r",
    "Tup\r",
    /* what terminals and people send as well */
    "\033[200~pasted\ntext \033[31m\033[201~", "\033[200~\033[201~", "\033[I", "\033[O",
    "\033[<0;10;5M\033[<0;10;5m", "\033[<64;20;8M", "\033[<65;50;20M", "\033[<0;300;100M",
    "\033]11;rgb:ffff/ffff/ffff\007", "\033]11;rgb:0000/0000/0000\033\\", "\033[?1;2c",
    "\033[5;7R", "\377\376", "\303", "\033[", "\033]", "\360\237\230\200", "e\314\201",
};
/* clang-format on */

static void add_hex(struct buf *out, const char *text)
{
    for (; *text; text++)
        buf_addf(out, "%02x", (unsigned char)*text);
}

static void random_size(struct rng *rng, int *cols, int *rows)
{
    static const int usual[][2] = {{80, 24},   {120, 40}, {200, 50}, {60, 20},  {1, 1},
                                   {300, 100}, {40, 8},   {39, 7},   {119, 24}, {2, 60}};
    size_t i = rng_below(rng, 20);

    if (i < sizeof(usual) / sizeof(usual[0])) {
        *cols = usual[i][0];
        *rows = usual[i][1];
    } else {
        *cols = 1 + (int)rng_below(rng, 300);
        *rows = 1 + (int)rng_below(rng, 100);
    }
}

/* What a recording has beside them; live these are other keys, which does no harm. */
static const char *const replay_texts[] = {
    ".",          ".",     ".....",  "n",      ",",       ",,,",     " ",
    "+",          "-",     "J50%\r", "J#12\r", "J#1\r",   "J+90s\r", "J100%\r",
    "Jnowhere\r", "J\033", "B",      "tJ0%\r", "4J80%\r", "J#40\re", ":branch\r",
};

/* In the input line with vi's modes. */
static const char *const vi_texts[] = {
    "i",
    "iwords and (more) words",
    "io\033\rtwo\033\rthree",
    "v",
    "V",
    "o",
    "e",
    "w",
    "b",
    "$",
    "0",
    "%",
    "iw",
    "a(",
    "d",
    "y",
    "p",
    "c",
    "~",
    "u",
    ".",
    "\"a",
    "\"+",
    "J",
    "q",
    "3",
    "\033",
    "\033i",
};

static const char *random_key(const struct run *r, struct rng *rng)
{
    size_t keys = sizeof(key_texts) / sizeof(key_texts[0]);
    size_t replays = sizeof(replay_texts) / sizeof(replay_texts[0]);

    if (strcmp(r->mode, "replay") == 0 && rng_below(rng, 2))
        return replay_texts[rng_below(rng, replays)];
    if (strcmp(r->mode, "vi") == 0 && rng_below(rng, 2))
        return vi_texts[rng_below(rng, sizeof(vi_texts) / sizeof(vi_texts[0]))];
    return key_texts[rng_below(rng, keys)];
}

static bool random_round(struct run *r, struct rng *rng)
{
    struct buf line = BUF_INIT(8192);
    size_t keys = 1 + rng_below(rng, 12);
    bool held = true;
    int cols, rows;

    if (rng_below(rng, 2) == 0) {
        random_size(rng, &cols, &rows);
        buf_addf(&line, "resize %d %d", cols, rows);
        held = run_act(r, buf_cstr(&line));
    }
    if (held && rng_below(rng, 3) == 0) {
        buf_clear(&line);
        buf_addf(&line, "burst %d %d", 1 + (int)rng_below(rng, 60), (int)rng_below(rng, 100000));
        held = run_act(r, buf_cstr(&line));
    }
    buf_clear(&line);
    buf_adds(&line, "keys ");
    for (size_t i = 0; i < keys; i++)
        add_hex(&line, random_key(r, rng));
    if (rng_below(rng, 40) == 0)
        add_hex(&line, rng_below(rng, 2) ? "q" : "\003");
    held = held && run_act(r, buf_cstr(&line)) && run_act(r, "check");
    buf_release(&line);
    return held;
}

/* ---- telling ---- */

static void add_difference(struct run *r, struct buf *out)
{
    struct str rest = buf_str(&r->want), line;

    for (int row = 0; row < r->rows && str_split(&rest, '\n', &line); row++) {
        const char *shown = pty_row(r->pty, row);

        if (!str_eq_c(line, shown))
            buf_addf(out, "row %d is   |%s|\nrow %d want |%.*s|\n", row, shown, row, STR_FMT(line));
    }
}

static void explain(struct run *r, uint64_t seed)
{
    struct buf text = BUF_INIT(BUF_NO_MAX);
    char *path = xasprintf("random-%s-%d.log", r->mode, (int)(seed % 1000000));
    struct err err = ERR_INIT;

    add_difference(r, &text);
    if (file_write_atomic(path, buf_str(&r->log), 0644, &err))
        path[0] = '\0';
    print_error("%s %s, with %dx%d and seed %d\n%s\nactions: %s (run it with RB_RANDOM_LOG)\n",
                r->broken, buf_cstr(&r->detail), r->cols, r->rows, (int)seed, buf_cstr(&text),
                path);
    buf_release(&text);
    free(path);
}

static uint64_t from_env(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    uint64_t value;

    return text && num_u64(str_from(text), &value) ? value : otherwise;
}

static bool run_file(struct run *r, const char *path)
{
    struct buf text = BUF_INIT((size_t)64 << 20);
    struct err err = ERR_INIT;
    struct str rest, line;
    bool held = true;

    assert_ok(file_read(path, &text, &err), &err);
    rest = buf_str(&text);
    while (held && str_line(&rest, &line)) {
        char *copy = xasprintf("%.*s", STR_FMT(line));

        held = run_act(r, copy);
        free(copy);
    }
    buf_release(&text);
    return held;
}

static void random_keys(const char *mode, uint64_t rounds)
{
    uint64_t seed = from_env("RB_RANDOM_SEED", 1);
    struct run r = {.mode = mode, .rows = 24, .cols = 80};
    struct rng rng;
    bool held = true;

    r.dir = tmpdir_new();
    buf_init(&r.log, BUF_NO_MAX);
    buf_init(&r.want, BUF_NO_MAX);
    buf_init(&r.detail, BUF_NO_MAX);
    rng_seed(&rng, seed);
    run_start(&r);
    assert_true(pty_wait_text(r.pty, "runbook", RUN_WAIT_MS));
    if (getenv("RB_RANDOM_LOG"))
        held = run_file(&r, getenv("RB_RANDOM_LOG"));
    for (uint64_t i = 0; !getenv("RB_RANDOM_LOG") && i < rounds && held; i++)
        held = random_round(&r, &rng);
    if (!held)
        explain(&r, seed);
    print_message("# %s, seed %d, %d rounds, started %d times\n", mode, (int)seed, (int)rounds,
                  (int)r.restarts + 1);
    run_stop(&r);
    buf_release(&r.log);
    buf_release(&r.want);
    buf_release(&r.detail);
    tmpdir_free(r.dir);
    assert_true(held);
}

/* */
static void test_random_keys(void **state)
{
    (void)state;
    random_keys("live", from_env("RB_RANDOM_ROUNDS", ROUNDS));
}

/* with vi's modes in the input line, selections over several rows among them. */
static void test_random_vi(void **state)
{
    (void)state;
    random_keys("vi", from_env("RB_RANDOM_ROUNDS", VI_ROUNDS));
}

/* a recording that is stepped, played, turned back, jumped in and branched from. */
static void test_random_replay(void **state)
{
    (void)state;
    random_keys("replay", from_env("RB_RANDOM_ROUNDS", REPLAY_ROUNDS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_keys),
        cmocka_unit_test(test_random_vi),
        cmocka_unit_test(test_random_replay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
