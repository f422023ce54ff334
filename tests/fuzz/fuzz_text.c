/* fuzz_text.c - clusters cover the text, and what was cleaned is fit for a terminal. */
#include "tests/fuzz/targets.h"

#include "runbook/base/text.h"

struct wrapped {
    int width;
    size_t lines;
};

static void count_line(void *ctx, struct str line, int width)
{
    struct wrapped *w = ctx;

    FUZZ_CHECK(width <= w->width || (w->width == 1 && width == 2));
    FUZZ_CHECK(text_width(line) == width);
    w->lines++;
}

static void check_clean(struct str input, bool newlines, bool ascii)
{
    struct buf clean = BUF_INIT(BUF_NO_MAX), again = BUF_INIT(BUF_NO_MAX),
               plain = BUF_INIT(BUF_NO_MAX);
    struct wrapped w = {.width = (int)(input.len % 40) + 1};
    struct str rest, cluster;
    int width;

    text_sanitize(&clean, input, newlines, ascii);
    FUZZ_CHECK(text_valid(buf_str(&clean), NULL));
    FUZZ_CHECK(text_sanitize(&again, buf_str(&clean), newlines, ascii) == 0);
    FUZZ_CHECK(str_eq(buf_str(&clean), buf_str(&again)));
    rest = buf_str(&clean);
    while (text_cluster(&rest, &cluster, &width))
        FUZZ_CHECK(width > 0 || (newlines && str_eq_c(cluster, "\n")));
    FUZZ_CHECK(text_wrap(buf_str(&clean), w.width, count_line, &w) == w.lines);
    text_to_ascii(&plain, buf_str(&clean));
    FUZZ_CHECK(text_width(buf_str(&plain)) == text_width(buf_str(&clean)));
    for (size_t i = 0; i < plain.len; i++)
        FUZZ_CHECK(plain.ptr[i] == '\n' || (plain.ptr[i] >= 0x20 && plain.ptr[i] < 0x7f));
    buf_release(&clean);
    buf_release(&again);
    buf_release(&plain);
}

void fuzz_text(struct str input)
{
    struct str rest = input, cluster, fits;
    int width, total = 0, limit = (int)(input.len % 50);

    while (text_cluster(&rest, &cluster, &width)) {
        FUZZ_CHECK(cluster.len > 0 && width >= 0 && width < 100);
        total += width;
    }
    FUZZ_CHECK(text_width(input) == total);
    fits = text_fit(input, limit, &width);
    FUZZ_CHECK(width <= limit && text_width(fits) == width);
    check_clean(input, false, false);
    check_clean(input, true, true);
    FUZZ_CHECK(text_distance(input, fits, 5) <= 5);
}
