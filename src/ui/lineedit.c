/* lineedit.c - see lineedit.h. */
#include "runbook/ui/lineedit.h"

#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/text.h"

void lineedit_init(struct lineedit *e)
{
    *e = (struct lineedit){.cursor = 0};
    buf_init(&e->text, LINEEDIT_MAX_BYTES);
}

void lineedit_release(struct lineedit *e)
{
    buf_release(&e->text);
    VEC_EACH (line, &e->history)
        free(*line);
    VEC_RELEASE(&e->history);
    free(e->draft);
    e->draft = NULL;
}

void lineedit_set(struct lineedit *e, const char *text)
{
    buf_clear(&e->text);
    buf_adds(&e->text, text);
    e->cursor = e->text.len;
}

/* Put `s` at the cursor; all or nothing. */
static void splice(struct lineedit *e, struct str s)
{
    size_t tail = e->text.len - e->cursor;
    char *gap = buf_reserve(&e->text, s.len);

    if (!gap) /* larger than the cap: refused, as a whole */
        return;
    memmove(e->text.ptr + e->cursor + s.len, e->text.ptr + e->cursor, tail);
    memcpy(e->text.ptr + e->cursor, s.ptr, s.len);
    e->text.len += s.len;
    e->text.ptr[e->text.len] = '\0';
    e->cursor += s.len;
}

void lineedit_insert(struct lineedit *e, struct str text)
{
    struct buf clean = BUF_INIT(LINEEDIT_MAX_BYTES);
    size_t bad = 0;

    while (text.len > 0) {
        bool good = text_valid(text, &bad);
        size_t upto = good ? text.len : bad;

        for (size_t i = 0; i < upto; i++) {
            unsigned char c = (unsigned char)text.ptr[i];
            bool crlf = c == '\r' && i + 1 < upto && text.ptr[i + 1] == '\n';

            if (c == '\r' && !crlf)
                buf_addc(&clean, '\n');
            else if (c == '\t')
                buf_addc(&clean, ' ');
            else if (c == '\n' || (c >= 0x20 && c != 0x7F))
                buf_addc(&clean, (char)c);
        }
        if (!good)
            buf_adds(&clean, "\xEF\xBF\xBD");
        upto += good ? 0 : 1;
        text = (struct str){text.ptr + upto, text.len - upto};
    }
    if (!clean.full)
        splice(e, buf_str(&clean));
    buf_release(&clean);
}

/* Where the cluster before `at` begins. Clusters can only be found from the left; a line is short,
 * and a break is always a boundary, so the search starts at the last one. */
static size_t before(const struct lineedit *e, size_t at)
{
    size_t from = at, last;
    struct str rest, cluster;
    int width;

    while (from > 0 && e->text.ptr[from - 1] != ' ' && at - from < 256)
        from--;
    while (from > 0 && (e->text.ptr[from] & 0xC0) == 0x80)
        from--;
    if (from == at && from > 0)
        from--;
    last = from;
    rest = (struct str){e->text.ptr + from, at - from};
    while (text_cluster(&rest, &cluster, &width))
        last = (size_t)(cluster.ptr - e->text.ptr);
    return last;
}

static size_t after(const struct lineedit *e, size_t at)
{
    struct str rest = {e->text.ptr + at, e->text.len - at}, cluster;
    int width;

    if (at >= e->text.len || !text_cluster(&rest, &cluster, &width))
        return e->text.len;
    return at + cluster.len;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n';
}

static size_t word_before(const struct lineedit *e)
{
    size_t at = e->cursor;

    while (at > 0 && is_blank(e->text.ptr[at - 1]))
        at--;
    while (at > 0 && !is_blank(e->text.ptr[at - 1]))
        at--;
    return at;
}

static void cut(struct lineedit *e, size_t from, size_t to)
{
    buf_cut(&e->text, from, to - from);
    e->cursor = from;
}

void lineedit_left(struct lineedit *e)
{
    if (e->cursor > 0)
        e->cursor = before(e, e->cursor);
}

void lineedit_right(struct lineedit *e)
{
    if (e->cursor < e->text.len)
        e->cursor = after(e, e->cursor);
}

void lineedit_word_left(struct lineedit *e)
{
    e->cursor = word_before(e);
}

void lineedit_word_right(struct lineedit *e)
{
    while (e->cursor < e->text.len && is_blank(e->text.ptr[e->cursor]))
        e->cursor++;
    while (e->cursor < e->text.len && !is_blank(e->text.ptr[e->cursor]))
        e->cursor++;
}

void lineedit_home(struct lineedit *e)
{
    e->cursor = 0;
}

void lineedit_end(struct lineedit *e)
{
    e->cursor = e->text.len;
}

void lineedit_backspace(struct lineedit *e)
{
    if (e->cursor > 0)
        cut(e, before(e, e->cursor), e->cursor);
}

void lineedit_delete(struct lineedit *e)
{
    if (e->cursor < e->text.len)
        cut(e, e->cursor, after(e, e->cursor));
}

void lineedit_delete_word(struct lineedit *e)
{
    cut(e, word_before(e), e->cursor);
}

void lineedit_kill_left(struct lineedit *e)
{
    cut(e, 0, e->cursor);
}

void lineedit_kill_right(struct lineedit *e)
{
    cut(e, e->cursor, e->text.len);
}

void lineedit_history(struct lineedit *e, int by)
{
    if ((by < 0 && e->at == 0) || (by > 0 && e->at >= e->history.count))
        return;
    if (e->at == e->history.count) {
        free(e->draft);
        e->draft = xstrdup(buf_cstr(&e->text));
    }
    e->at = by < 0 ? e->at - 1 : e->at + 1;
    lineedit_set(e, e->at < e->history.count ? e->history.items[e->at] : e->draft ? e->draft : "");
}

void lineedit_commit(struct lineedit *e)
{
    const char *text = buf_cstr(&e->text);
    size_t n = e->history.count;

    if (str_trim(buf_str(&e->text)).len && (n == 0 || strcmp(e->history.items[n - 1], text) != 0)) {
        if (n == LINEEDIT_HISTORY) {
            free(e->history.items[0]);
            memmove(e->history.items, e->history.items + 1, (n - 1) * sizeof(*e->history.items));
            e->history.count--;
        }
        *VEC_PUSH(&e->history) = xstrdup(text);
    }
    e->at = e->history.count;
    buf_clear(&e->text);
    e->cursor = 0;
}
