/* test_corpus.c - each target over its corpus, without libFuzzer: every file whole, cut at many
 * places and with some bytes exchanged (the same ones in every run). A broken promise aborts, which
 * TAP shows as a test that did not come; --trace names each input before it runs. */
#include <dirent.h>
#include <string.h>

#include "tests/fuzz/targets.h"

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/rng.h"

#define CUTS_MAX 50
#define CHANGES 25

static bool trace;

/* The bytes go to the heap, exactly as many as there are, so that a sanitizer sees a step too far.
 */
static void run(void (*target)(struct str input), const char *bytes, size_t len)
{
    char *copy = xmalloc(len);

    memcpy(copy, bytes, len);
    target((struct str){copy, len});
    free(copy);
}

static void run_file(void (*target)(struct str input), const char *path, const struct buf *text)
{
    size_t step = text->len / CUTS_MAX + 1;
    char *bytes = xmalloc(text->len + 1);
    struct rng r;

    if (trace)
        fprintf(stderr, "# %s\n", path);
    rng_seed(&r, text->len);
    run(target, buf_cstr(text), text->len);
    for (size_t cut = 0; cut < text->len; cut += step)
        run(target, text->ptr, cut);
    for (int i = 0; i < CHANGES && text->len; i++) {
        memcpy(bytes, text->ptr, text->len);
        for (uint64_t n = rng_below(&r, 3) + 1; n; n--)
            bytes[rng_below(&r, text->len)] =
                rng_below(&r, 2) ? (char)rng_below(&r, 256)
                                 : "\"\\\n\r:,{}[]'#&*|>- \0\xff"[rng_below(&r, 21)];
        run(target, bytes, text->len);
    }
    free(bytes);
}

static int is_file(const struct dirent *d)
{
    return d->d_name[0] != '.';
}

static bool run_target(const char *name, void (*target)(struct str input), int number)
{
    const char *srcdir = getenv("RB_SRCDIR");
    char *dir = xasprintf("%s/tests/fuzz/corpus/%s", srcdir ? srcdir : ".", name);
    struct dirent **files = NULL;
    int count = scandir(dir, &files, is_file, alphasort);
    struct err err = ERR_INIT;

    for (int i = 0; i < count; i++) {
        char *path = xasprintf("%s/%s", dir, files[i]->d_name);
        struct buf text = BUF_INIT((size_t)16 << 20);

        if (!file_read(path, &text, &err))
            run_file(target, path, &text);
        buf_release(&text);
        free(path);
        free(files[i]);
    }
    free(files);
    if (err.code)
        printf("# %s\n", err.msg);
    printf("%s %d - %s: %d files\n", count > 0 && !err.code ? "ok" : "not ok", number, name, count);
    fflush(stdout);
    free(dir);
    return count > 0 && !err.code;
}

int main(int argc, char **argv)
{
    bool ok = true;
    int number = 0;

    trace = argc > 1 && strcmp(argv[1], "--trace") == 0;
#define COUNT(name) number++;
    FUZZ_TARGETS(COUNT)
    printf("1..%d\n", number);
    number = 0;
#define RUN(name) ok = run_target(#name, fuzz_##name, ++number) && ok;
    FUZZ_TARGETS(RUN)
    return !ok;
}
