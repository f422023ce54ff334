/* test_quote.c - words go through a shell unharmed. What host_quote_argv() writes is read back by
 * the shells that are here, over their standard input as behind ssh: every byte, no word, long
 * words, line feeds, dashes in front, and all that a shell would act on. T-28 T-11 */
#include "tests/lib/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/rng.h"
#include "runbook/service/host_run.h"

#define WORDS_MAX 300

struct world {
    char dir[32], script[64], out[64], trap[64];
    const char *words[WORDS_MAX + 1];
    size_t count;
};

static int setup(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));

    snprintf(w->dir, sizeof(w->dir), "/tmp/rb-quote-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->script, sizeof(w->script), "%s/script", w->dir);
    snprintf(w->out, sizeof(w->out), "%s/out", w->dir);
    snprintf(w->trap, sizeof(w->trap), "%s/trap", w->dir);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    assert_int_not_equal(access(w->trap, F_OK), 0); /* nothing in a word was ever run */
    for (size_t i = 0; i < w->count; i++)
        free((char *)(uintptr_t)w->words[i]);
    unlink(w->script);
    unlink(w->out);
    assert_int_equal(rmdir(w->dir), 0);
    free(w);
    return 0;
}

static void add(struct world *w, const char *word)
{
    assert_true(w->count < WORDS_MAX);
    w->words[w->count++] = xstrdup(word);
}

static bool have(const char *shell)
{
    char *line = xasprintf("command -v %s >/dev/null 2>&1", shell);
    bool found = system(line) == 0; /* lint: allow system */

    free(line);
    return found;
}

/* The words as that shell reads them, each with a NUL behind it. */
static void read_back(const struct world *w, const char *shell, struct buf *out)
{
    struct buf text = BUF_INIT((size_t)16 << 20);
    char *line = xasprintf("%s -s <%s >%s", shell, w->script, w->out);
    struct err err = ERR_INIT;

    buf_adds(&text, "set -- ");
    assert_true(host_quote_argv(w->words, &text));
    buf_adds(&text, "\nfor w do printf '%s\\0' \"$w\"; done\n");
    assert_ok(file_write_atomic(w->script, buf_str(&text), 0600, &err), &err);
    assert_int_equal(system(line), 0); /* lint: allow system */
    assert_ok(file_read(w->out, out, &err), &err);
    free(line);
    buf_release(&text);
}

static void round_trip(const struct world *w)
{
    static const char *const shells[] = {"sh",         "dash", "bash", "bash --posix",
                                         "busybox sh", "mksh", "zsh",  "ksh"};
    size_t tried = 0;

    for (size_t s = 0; s < sizeof(shells) / sizeof(shells[0]); s++) {
        struct buf out = BUF_INIT((size_t)16 << 20);
        size_t at = 0;

        if (!have(shells[s]))
            continue;
        tried++;
        read_back(w, shells[s], &out);
        for (size_t i = 0; i < w->count; i++) {
            size_t n = strlen(w->words[i]) + 1;

            if (at + n > out.len || memcmp(out.ptr + at, w->words[i], n) != 0)
                fail_msg("%s reads word %zu otherwise (it begins with \\x%02x)", shells[s], i,
                         (unsigned)(unsigned char)w->words[i][0]);
            at += n;
        }
        if (at != out.len)
            fail_msg("%s reads more than was written", shells[s]);
        buf_release(&out);
    }
    assert_true(tried >= 1);
}

static void test_every_byte(void **state)
{
    struct world *w = *state;
    char all[256];

    for (int c = 1; c < 256; c++) {
        const char alone[2] = {(char)c, '\0'};

        add(w, alone);
        all[c - 1] = (char)c;
    }
    all[255] = '\0';
    add(w, all);
    round_trip(w);
}

static void test_odd_words(void **state)
{
    struct world *w = *state;
    char *run = xasprintf("$(touch %s)", w->trap), *tick = xasprintf("`touch %s`", w->trap);
    char *out = xasprintf("'; touch %s; '", w->trap), *deep = xasprintf("\\'; touch %s #", w->trap);
    const char *const plain[] = {"",       "",    "-",    "--",   "-n",    "-e",       "'",
                                 "''",     "'''", "\"",   "\\",   "\\'",   "'\\'",     "a b",
                                 " ",      "\t",  "\n",   "a\nb", "\n\n",  "\r\n",     "!",
                                 "!!",     "~",   "*",    "[a]",  "{a,b}", "$x",       "${x}",
                                 "$((1))", "#c",  ";",    "&",    "|",     "\xFF\xFE", "\xC0\xAF",
                                 "RBEND",  "EOF", "\\\n", "%s",   "%n",    "\001",     "\177"};

    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        add(w, plain[i]);
    add(w, run);
    add(w, tick);
    add(w, out);
    add(w, deep);
    round_trip(w);
    free(run);
    free(tick);
    free(out);
    free(deep);
}

static void test_long(void **state)
{
    struct world *w = *state;
    char *text = xmalloc(200001);

    for (size_t i = 0; i < 200000; i++)
        text[i] = "'\"\\$`\n x"[i % 8];
    text[200000] = '\0';
    add(w, text);
    add(w, "end");
    round_trip(w);
    free(text);
}

static void test_random(void **state)
{
    struct world *w = *state;
    struct rng rng;

    rng_seed(&rng, 28);
    for (int i = 0; i < 290; i++) {
        char text[40];
        size_t n = rng_below(&rng, sizeof(text));

        for (size_t k = 0; k < n; k++)
            text[k] = rng_below(&rng, 3) ? "'\"\\$`;\n !*"[rng_below(&rng, 10)]
                                         : (char)(1 + rng_below(&rng, 255));
        text[n] = '\0';
        add(w, text);
    }
    round_trip(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_byte, setup, teardown),
        cmocka_unit_test_setup_teardown(test_odd_words, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long, setup, teardown),
        cmocka_unit_test_setup_teardown(test_random, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
