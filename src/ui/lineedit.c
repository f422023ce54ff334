/* lineedit.c - see lineedit.h. Undo keeps whole texts: they are small, and nothing can go out of
 * step. */
#include "runbook/ui/lineedit.h"

#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/text.h"

void lineedit_init(struct lineedit *e)
{
    *e = (struct lineedit){.goal = -1};
    buf_init(&e->text, LINEEDIT_MAX_BYTES);
    buf_reserve(&e->text, 1); /* there is always memory behind `text.ptr` */
    e->text.ptr[0] = '\0';
}

static void drop_steps(struct lineedit_steps *steps)
{
    VEC_EACH (s, &steps->v)
        free(s->text);
    steps->v.count = 0;
}

void lineedit_release(struct lineedit *e)
{
    buf_release(&e->text);
    VEC_EACH (line, &e->history)
        free(*line);
    VEC_RELEASE(&e->history);
    VEC_EACH (kill, &e->kills)
        free(*kill);
    VEC_RELEASE(&e->kills);
    drop_steps(&e->undo);
    drop_steps(&e->redo);
    VEC_RELEASE(&e->undo.v);
    VEC_RELEASE(&e->redo.v);
    free(e->draft);
    e->draft = NULL;
}

/* ---- undo ---- */

static struct lineedit_step step_of(const struct lineedit *e)
{
    return (struct lineedit_step){xstrdup(buf_cstr(&e->text)), e->text.len, e->cursor};
}

static void bound_undo(struct lineedit *e)
{
    size_t bytes = 0, drop = e->undo.v.count > LINEEDIT_UNDO ? 1 : 0;

    for (size_t i = e->undo.v.count; i-- > drop;) {
        bytes += e->undo.v.items[i].len;
        if (bytes > LINEEDIT_UNDO_BYTES)
            drop = i + 1;
    }
    if (drop == 0)
        return;
    for (size_t i = 0; i < drop; i++)
        free(e->undo.v.items[i].text);
    e->undo.v.count -= drop;
    memmove(e->undo.v.items, e->undo.v.items + drop, e->undo.v.count * sizeof(*e->undo.v.items));
}

/* Before every change. */
static void save(struct lineedit *e, enum lineedit_last kind)
{
    bool goes_on = kind == LAST_TYPED && e->last == LAST_TYPED;

    e->goal = -1;
    e->last = kind;
    if (goes_on || (e->grouped && e->group_saved))
        return;
    e->group_saved = e->grouped;
    *VEC_PUSH(&e->undo.v) = step_of(e);
    drop_steps(&e->redo);
    bound_undo(e);
}

static void restore(struct lineedit *e, struct lineedit_step *s)
{
    buf_clear(&e->text);
    buf_add(&e->text, s->text, s->len);
    e->cursor = s->cursor;
    free(s->text);
    e->last = LAST_OTHER;
    e->goal = -1;
}

bool lineedit_undo(struct lineedit *e)
{
    struct lineedit_step s;

    if (!e->undo.v.count)
        return false;
    *VEC_PUSH(&e->redo.v) = step_of(e);
    s = e->undo.v.items[--e->undo.v.count];
    restore(e, &s);
    return true;
}

bool lineedit_redo(struct lineedit *e)
{
    struct lineedit_step s;

    if (!e->redo.v.count)
        return false;
    *VEC_PUSH(&e->undo.v) = step_of(e);
    s = e->redo.v.items[--e->redo.v.count];
    restore(e, &s);
    return true;
}

void lineedit_group(struct lineedit *e, bool open)
{
    e->grouped = open;
    e->group_saved = false;
    e->last = LAST_OTHER;
}

/* ---- changing ---- */

/* Put `s` at the cursor; all or nothing. */
static bool splice(struct lineedit *e, struct str s)
{
    size_t tail = e->text.len - e->cursor;
    char *gap = buf_reserve(&e->text, s.len);

    if (!gap) /* larger than the cap */
        return false;
    memmove(e->text.ptr + e->cursor + s.len, e->text.ptr + e->cursor, tail);
    if (s.len)
        memcpy(e->text.ptr + e->cursor, s.ptr, s.len);
    e->text.len += s.len;
    e->text.ptr[e->text.len] = '\0';
    e->cursor += s.len;
    return true;
}

static void cut(struct lineedit *e, size_t from, size_t to)
{
    buf_cut(&e->text, from, to - from);
    e->cursor = from;
}

static void clean(struct buf *out, struct str text)
{
    size_t bad = 0;

    while (text.len > 0) {
        bool good = text_valid(text, &bad);
        size_t upto = good ? text.len : bad;

        for (size_t i = 0; i < upto; i++) {
            unsigned char c = (unsigned char)text.ptr[i];
            bool crlf = c == '\r' && i + 1 < upto && text.ptr[i + 1] == '\n';

            if (c == '\r' && !crlf)
                buf_addc(out, '\n');
            else if (c == '\t')
                buf_addc(out, ' ');
            else if (c == '\n' || (c >= 0x20 && c != 0x7F))
                buf_addc(out, (char)c);
        }
        if (!good)
            buf_adds(out, "\xEF\xBF\xBD");
        upto += good ? 0 : 1;
        text = (struct str){text.ptr + upto, text.len - upto};
    }
}

/* One character of a word that is being typed: undo takes whole words away. */
static bool is_typed(const struct lineedit *e, struct str s)
{
    bool begins =
        e->cursor > 0 && (e->text.ptr[e->cursor - 1] == ' ' || e->text.ptr[e->cursor - 1] == '\n');

    return s.len <= 4 && s.len > 0 && s.ptr[0] != '\n' && (s.ptr[0] == ' ' || !begins);
}

bool lineedit_insert(struct lineedit *e, struct str text)
{
    struct buf in = BUF_INIT(LINEEDIT_MAX_BYTES);
    struct str rest, cluster;
    bool one, good;
    int width;

    clean(&in, text);
    rest = buf_str(&in);
    one = text_cluster(&rest, &cluster, &width) && !rest.len;
    if (one && !is_typed(e, buf_str(&in)))
        e->last = LAST_OTHER;
    save(e, one ? LAST_TYPED : LAST_OTHER);
    good = !in.full && splice(e, buf_str(&in));
    buf_release(&in);
    return good;
}

bool lineedit_replace(struct lineedit *e, size_t from, size_t to, struct str text)
{
    struct buf in = BUF_INIT(LINEEDIT_MAX_BYTES);
    bool good;

    if (from > to || to > e->text.len)
        return false;
    clean(&in, text);
    good = !in.full && e->text.len - (to - from) + in.len <= LINEEDIT_MAX_BYTES;
    if (good) {
        save(e, LAST_OTHER);
        cut(e, from, to);
        splice(e, buf_str(&in));
    }
    buf_release(&in);
    return good;
}

void lineedit_set(struct lineedit *e, const char *text)
{
    struct buf in = BUF_INIT(LINEEDIT_MAX_BYTES);

    save(e, LAST_OTHER);
    clean(&in, str_from(text));
    buf_clear(&e->text);
    buf_add_str(&e->text, buf_str(&in));
    e->cursor = e->text.len;
    buf_release(&in);
}

void lineedit_reset(struct lineedit *e)
{
    buf_clear(&e->text);
    e->cursor = 0;
    e->goal = -1;
    drop_steps(&e->undo);
    drop_steps(&e->redo);
    e->group_saved = false;
    e->last = LAST_OTHER;
}

/* ---- places ---- */

/* Where the cluster before `at` begins. Clusters can only be found from the left; a blank is always
 * a boundary, so the search starts at the last one. */
size_t lineedit_before(const struct lineedit *e, size_t at)
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

size_t lineedit_after(const struct lineedit *e, size_t at)
{
    struct str rest, cluster;
    int width;

    if (at >= e->text.len)
        return e->text.len;
    rest = (struct str){e->text.ptr + at, e->text.len - at};
    return text_cluster(&rest, &cluster, &width) ? at + cluster.len : e->text.len;
}

size_t lineedit_line_begin(const struct lineedit *e, size_t at)
{
    while (at > 0 && e->text.ptr[at - 1] != '\n')
        at--;
    return at;
}

size_t lineedit_line_end(const struct lineedit *e, size_t at)
{
    while (at < e->text.len && e->text.ptr[at] != '\n')
        at++;
    return at;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n';
}

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
           (unsigned char)c >= 0x80;
}

static size_t blank_before(const struct lineedit *e)
{
    size_t at = e->cursor;

    while (at > 0 && is_blank(e->text.ptr[at - 1]))
        at--;
    while (at > 0 && !is_blank(e->text.ptr[at - 1]))
        at--;
    return at;
}

static size_t word_before(const struct lineedit *e, size_t at)
{
    while (at > 0 && !is_word(e->text.ptr[at - 1]))
        at--;
    while (at > 0 && is_word(e->text.ptr[at - 1]))
        at--;
    return at;
}

static size_t word_after(const struct lineedit *e, size_t at)
{
    while (at < e->text.len && !is_word(e->text.ptr[at]))
        at++;
    while (at < e->text.len && is_word(e->text.ptr[at]))
        at++;
    return at;
}

/* ---- moving ---- */

static void go(struct lineedit *e, size_t to)
{
    e->cursor = to;
    e->goal = -1;
    e->last = LAST_OTHER;
}

void lineedit_left(struct lineedit *e)
{
    go(e, e->cursor > 0 ? lineedit_before(e, e->cursor) : 0);
}

void lineedit_right(struct lineedit *e)
{
    go(e, lineedit_after(e, e->cursor));
}

void lineedit_word_left(struct lineedit *e)
{
    go(e, word_before(e, e->cursor));
}

void lineedit_word_right(struct lineedit *e)
{
    go(e, word_after(e, e->cursor));
}

void lineedit_home(struct lineedit *e)
{
    go(e, lineedit_line_begin(e, e->cursor));
}

void lineedit_end(struct lineedit *e)
{
    go(e, lineedit_line_end(e, e->cursor));
}

void lineedit_top(struct lineedit *e)
{
    go(e, 0);
}

void lineedit_bottom(struct lineedit *e)
{
    go(e, e->text.len);
}

/* ---- deleting and killing ---- */

void lineedit_backspace(struct lineedit *e)
{
    if (e->cursor == 0)
        return;
    save(e, LAST_OTHER);
    cut(e, lineedit_before(e, e->cursor), e->cursor);
}

void lineedit_delete(struct lineedit *e)
{
    if (e->cursor >= e->text.len)
        return;
    save(e, LAST_OTHER);
    cut(e, e->cursor, lineedit_after(e, e->cursor));
}

static void push_kill(struct lineedit *e, char *text)
{
    if (e->kills.count == LINEEDIT_KILLS) {
        free(e->kills.items[0]);
        e->kills.count--;
        memmove(e->kills.items, e->kills.items + 1, e->kills.count * sizeof(*e->kills.items));
    }
    *VEC_PUSH(&e->kills) = text;
}

/* A kill right after another one makes its entry longer, at the side where it was. */
static void kill_range(struct lineedit *e, size_t from, size_t to)
{
    bool goes_on = e->last == LAST_KILL && e->kills.count, before = to == e->cursor;
    const char *text = e->text.ptr + from;
    char **top, *joined;
    int len = (int)(to - from);

    if (from == to)
        return;
    if (goes_on) {
        top = &e->kills.items[e->kills.count - 1];
        joined =
            before ? xasprintf("%.*s%s", len, text, *top) : xasprintf("%s%.*s", *top, len, text);
        free(*top);
        *top = joined;
    } else {
        push_kill(e, xasprintf("%.*s", len, text));
    }
    save(e, LAST_OTHER);
    e->last = LAST_KILL;
    cut(e, from, to);
}

void lineedit_delete_word(struct lineedit *e)
{
    kill_range(e, blank_before(e), e->cursor);
}

void lineedit_kill_word_left(struct lineedit *e)
{
    kill_range(e, word_before(e, e->cursor), e->cursor);
}

void lineedit_kill_word_right(struct lineedit *e)
{
    kill_range(e, e->cursor, word_after(e, e->cursor));
}

void lineedit_kill_left(struct lineedit *e)
{
    size_t from = lineedit_line_begin(e, e->cursor);

    kill_range(e, from == e->cursor && from > 0 ? from - 1 : from, e->cursor);
}

void lineedit_kill_right(struct lineedit *e)
{
    size_t to = lineedit_line_end(e, e->cursor);

    kill_range(e, e->cursor, to == e->cursor && to < e->text.len ? to + 1 : to);
}

static void put_kill(struct lineedit *e, size_t entry)
{
    e->yank_from = e->cursor;
    e->yanked = entry;
    splice(e, str_from(e->kills.items[entry]));
    e->last = LAST_YANK;
}

void lineedit_yank(struct lineedit *e)
{
    if (!e->kills.count)
        return;
    save(e, LAST_OTHER);
    put_kill(e, e->kills.count - 1);
}

bool lineedit_yank_earlier(struct lineedit *e)
{
    if (e->last != LAST_YANK || !e->kills.count)
        return false;
    cut(e, e->yank_from, e->cursor);
    put_kill(e, (e->yanked + e->kills.count - 1) % e->kills.count);
    return true;
}

/* ---- transposing ---- */

/* [a, b) and [c, d) change places; what is between stays. */
static void swap(struct lineedit *e, size_t a, size_t b, size_t c, size_t d)
{
    char *text = xasprintf("%.*s%.*s%.*s", (int)(d - c), e->text.ptr + c, (int)(c - b),
                           e->text.ptr + b, (int)(b - a), e->text.ptr + a);

    save(e, LAST_OTHER);
    memcpy(e->text.ptr + a, text, d - a);
    e->cursor = d;
    free(text);
}

void lineedit_transpose(struct lineedit *e)
{
    size_t begin = lineedit_line_begin(e, e->cursor), at = e->cursor, before;

    if (at == lineedit_line_end(e, at) && at > begin)
        at = lineedit_before(e, at);
    if (at <= begin)
        return;
    before = lineedit_before(e, at);
    swap(e, before, at, at, lineedit_after(e, at));
}

void lineedit_transpose_words(struct lineedit *e)
{
    size_t end = word_after(e, e->cursor), begin, first;

    if (end == e->text.len && !is_word(end > 0 ? e->text.ptr[end - 1] : ' '))
        end = word_after(e, word_before(e, end)); /* only blanks follow: the two words before */
    begin = word_before(e, end);
    first = word_before(e, begin);
    if (first == begin || !is_word(e->text.ptr[first]))
        return;
    swap(e, first, word_after(e, first), begin, end);
}

/* ---- history ---- */

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

void lineedit_remember(struct lineedit *e, const char *text)
{
    size_t n = e->history.count;

    if (str_trim(str_from(text)).len && (n == 0 || strcmp(e->history.items[n - 1], text) != 0)) {
        if (n == LINEEDIT_HISTORY) {
            free(e->history.items[0]);
            memmove(e->history.items, e->history.items + 1, (n - 1) * sizeof(*e->history.items));
            e->history.count--;
        }
        *VEC_PUSH(&e->history) = xstrdup(text);
    }
    e->at = e->history.count;
}

void lineedit_commit(struct lineedit *e)
{
    lineedit_remember(e, buf_cstr(&e->text));
    lineedit_reset(e);
}
