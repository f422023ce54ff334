/* vi_motion.c - where vi's motions lead and what its text objects cover. Nothing is changed here.
 */
#include "src/ui/vi_priv.h"

#include "runbook/base/text.h"

int vi_times(const struct vi *v)
{
    int a = v->count ? v->count : 1, b = v->op_count ? v->op_count : 1;

    return a > VI_COUNT_MAX / b ? VI_COUNT_MAX : a * b;
}

/* ---- characters ---- */

bool vi_character(key_code key, char out[8])
{
    struct buf b = BUF_INIT(8);

    if (key == KEY_NAME_SPACE)
        key = ' ';
    out[0] = '\0';
    if (key < KEY_NAME_FIRST && key >= 0x20) {
        key_format(key, &b);
        memcpy(out, b.ptr, b.len);
        out[b.len] = '\0';
    }
    buf_release(&b);
    return out[0] != '\0';
}

char vi_at(const struct lineedit *e, size_t i)
{
    return i < e->text.len ? e->text.ptr[i] : '\n';
}

/* 0 blank, 1 word, 2 the rest; with `big` everything that is not blank is a word. */
int vi_class(const struct lineedit *e, size_t i, bool big)
{
    char c = vi_at(e, i);

    if (c == ' ' || c == '\n')
        return 0;
    if (big || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
        c == '_' || (unsigned char)c >= 0x80)
        return 1;
    return 2;
}

/* ---- motions ---- */

size_t vi_word_forward(const struct lineedit *e, size_t i, bool big)
{
    int class = vi_class(e, i, big);

    while (i < e->text.len && class && vi_class(e, i, big) == class)
        i = lineedit_after(e, i);
    while (i < e->text.len && !vi_class(e, i, big))
        i = lineedit_after(e, i);
    return i;
}

static size_t word_back(const struct lineedit *e, size_t i, bool big)
{
    while (i > 0 && !vi_class(e, lineedit_before(e, i), big))
        i = lineedit_before(e, i);
    for (int class = i > 0 ? vi_class(e, lineedit_before(e, i), big) : 0;
         i > 0 && vi_class(e, lineedit_before(e, i), big) == class;)
        i = lineedit_before(e, i);
    return i;
}

static size_t word_end(const struct lineedit *e, size_t i, bool big)
{
    size_t next = lineedit_after(e, i);
    int class;

    while (next < e->text.len && !vi_class(e, next, big))
        next = lineedit_after(e, next);
    if (next >= e->text.len)
        return i;
    class = vi_class(e, next, big);
    for (i = next; next < e->text.len && vi_class(e, next, big) == class;) {
        i = next;
        next = lineedit_after(e, next);
    }
    return i;
}

size_t vi_first_letter(const struct lineedit *e, size_t i)
{
    i = lineedit_line_begin(e, i);
    while (vi_at(e, i) == ' ')
        i++;
    return i;
}

/* The place of the nth such character of the line; SIZE_MAX when there is none. */
static size_t find_on_line(const struct lineedit *e, key_code how, key_code key, int n)
{
    bool back = how == 'F' || how == 'T';
    size_t begin = lineedit_line_begin(e, e->cursor), end = lineedit_line_end(e, e->cursor);
    size_t i = e->cursor, found = SIZE_MAX, len;
    char want[8];

    if (!vi_character(key, want))
        return SIZE_MAX;
    len = strlen(want);
    while (n > 0) {
        if (back ? i <= begin : i >= end)
            return SIZE_MAX;
        i = back ? lineedit_before(e, i) : lineedit_after(e, i);
        if (i + len <= end && memcmp(e->text.ptr + i, want, len) == 0) {
            found = i;
            n--;
        }
    }
    if (how == 't')
        found = lineedit_before(e, found);
    return how == 'T' ? lineedit_after(e, found) : found;
}

bool vi_find(struct vi *v, const struct lineedit *e, key_code how, key_code key, struct reach *r)
{
    size_t to = find_on_line(e, how, key, vi_times(v));

    if (to == SIZE_MAX)
        return false;
    *r = (struct reach){e->cursor, to, how == 'f' || how == 't', false};
    return true;
}

static bool repeat_find(struct vi *v, const struct lineedit *e, bool other_way, struct reach *r)
{
    static const char ways[] = "fFtT", others[] = "FfTt";
    const char *way = v->find ? strchr(ways, (int)v->find) : NULL;

    return way && vi_find(v, e, (key_code)(other_way ? others[way - ways] : *way), v->find_char, r);
}

/* The same column some lines away; false beyond the first or the last one. */
bool vi_line_motion(const struct lineedit *e, int by, struct reach *r)
{
    size_t begin = lineedit_line_begin(e, e->cursor), to = begin, end;
    int column = text_width((struct str){e->text.ptr + begin, e->cursor - begin}), used;

    for (int n = by < 0 ? -by : by; n > 0; n--) {
        if (by < 0 && to == 0)
            return false;
        if (by < 0) {
            to = lineedit_line_begin(e, to - 1);
        } else {
            end = lineedit_line_end(e, to);
            if (end >= e->text.len)
                return false;
            to = end + 1;
        }
    }
    end = lineedit_line_end(e, to);
    to += text_fit((struct str){e->text.ptr + to, end - to}, column, &used).len;
    *r = (struct reach){e->cursor, to, false, true};
    return true;
}

size_t vi_nth_line(const struct lineedit *e, int n)
{
    size_t i = 0;

    while (--n > 0 && lineedit_line_end(e, i) < e->text.len)
        i = lineedit_line_end(e, i) + 1;
    return i;
}

size_t vi_repeated(const struct lineedit *e, int n, bool big,
                   size_t step(const struct lineedit *, size_t, bool))
{
    size_t i = e->cursor;

    while (n-- > 0)
        i = step(e, i, big);
    return i;
}

size_t vi_sideways(const struct lineedit *e, int n)
{
    size_t i = e->cursor, begin = lineedit_line_begin(e, i), end = lineedit_line_end(e, i);

    for (; n < 0 && i > begin; n++)
        i = lineedit_before(e, i);
    for (; n > 0 && i < end; n--)
        i = lineedit_after(e, i);
    return i;
}

/* The bracket under the cursor, or the next on its line, to its partner. */
static bool match_bracket(const struct lineedit *e, struct reach *r)
{
    static const char brackets[] = "()[]{}";
    size_t i = e->cursor, end = lineedit_line_end(e, i);
    const char *b = NULL;
    int depth = 0;

    while (i < end && !(b = strchr(brackets, vi_at(e, i))))
        i++;
    if (i >= end || !b || !*b)
        return false;
    for (bool forward = (b - brackets) % 2 == 0;; i += forward ? 1 : (size_t)-1) {
        char partner = brackets[(b - brackets) ^ 1];

        depth += vi_at(e, i) == *b;
        depth -= vi_at(e, i) == partner && i < e->text.len;
        if (!depth) {
            *r = (struct reach){e->cursor, i, true, false};
            return true;
        }
        if (forward ? i + 1 >= e->text.len : i == 0)
            return false;
    }
}

/* One key motions. False: `key` is none, or it leads nowhere. */
bool vi_motion(struct vi *v, const struct lineedit *e, key_code key, struct reach *r)
{
    int n = vi_times(v);
    bool given = v->count || v->op_count;
    size_t to;

    *r = (struct reach){.from = e->cursor, .to = e->cursor};
    if (key == 'h' || key == KEY_NAME_LEFT || key == KEY_NAME_BACKSPACE)
        r->to = vi_sideways(e, -n);
    else if (key == 'l' || key == KEY_NAME_RIGHT || key == KEY_NAME_SPACE)
        r->to = vi_sideways(e, n);
    else if (key == 'w' || key == 'W')
        r->to = vi_repeated(e, n, key == 'W', vi_word_forward);
    else if (key == 'b' || key == 'B')
        r->to = vi_repeated(e, n, key == 'B', word_back);
    else if (key == 'e' || key == 'E')
        r->to = vi_repeated(e, n, key == 'E', word_end);
    else if (key == '0' || key == KEY_NAME_HOME)
        r->to = lineedit_line_begin(e, e->cursor);
    else if (key == '^')
        r->to = vi_first_letter(e, e->cursor);
    else if (key == '$' || key == KEY_NAME_END)
        r->to = lineedit_line_end(e, e->cursor);
    else if (key == '%')
        return match_bracket(e, r);
    else if (key == ';' || key == ',')
        return repeat_find(v, e, key == ',', r);
    else if (key == 'j' || key == KEY_NAME_DOWN)
        return vi_line_motion(e, n, r);
    else if (key == 'k' || key == KEY_NAME_UP)
        return vi_line_motion(e, -n, r);
    else if (key == 'G') {
        to = given ? vi_nth_line(e, n) : lineedit_line_begin(e, e->text.len);
        *r = (struct reach){e->cursor, vi_first_letter(e, to), false, true};
    } else
        return false;
    r->inclusive = key == 'e' || key == 'E';
    return true;
}

/* ---- text objects ---- */

static bool word_object(const struct lineedit *e, bool around, bool big, struct reach *r)
{
    size_t begin = lineedit_line_begin(e, e->cursor), end = lineedit_line_end(e, e->cursor);
    size_t from = e->cursor, to = from;
    int class = vi_class(e, from, big);

    if (from >= end)
        return false;
    while (from > begin && vi_class(e, lineedit_before(e, from), big) == class)
        from = lineedit_before(e, from);
    while (to < end && vi_class(e, to, big) == class)
        to = lineedit_after(e, to);
    if (around && vi_at(e, to) == ' ')
        while (to < end && vi_at(e, to) == ' ')
            to++;
    else if (around)
        while (from > begin && vi_at(e, from - 1) == ' ')
            from--;
    *r = (struct reach){from, to, false, false};
    return true;
}

static bool quote_object(const struct lineedit *e, bool around, char quote, struct reach *r)
{
    size_t i = lineedit_line_begin(e, e->cursor), end = lineedit_line_end(e, e->cursor), open;

    while (i < end) {
        while (i < end && vi_at(e, i) != quote)
            i++;
        open = i++;
        while (i < end && vi_at(e, i) != quote)
            i++;
        if (i < end && e->cursor <= i) {
            *r = (struct reach){around ? open : open + 1, around ? i + 1 : i, false, false};
            return true;
        }
        i++;
    }
    return false;
}

static bool bracket_object(const struct lineedit *e, bool around, char open, char close,
                           struct reach *r)
{
    size_t from = e->cursor, to;
    int depth = 0;

    for (;; from--) {
        if (vi_at(e, from) == open && depth-- == 0)
            break;
        if (vi_at(e, from) == close && from != e->cursor)
            depth++;
        if (from == 0)
            return false;
    }
    for (to = from + 1, depth = 0; to < e->text.len; to++) {
        if (vi_at(e, to) == close && depth-- == 0) {
            *r = (struct reach){around ? from : from + 1, around ? to + 1 : to, false, false};
            return true;
        }
        depth += vi_at(e, to) == open;
    }
    return false;
}

bool vi_object(const struct lineedit *e, bool around, key_code key, struct reach *r)
{
    static const char brackets[] = "()[]{}<>";
    const char *b;

    if (key == 'w' || key == 'W')
        return word_object(e, around, key == 'W', r);
    if (key == '"' || key == '\'' || key == '`')
        return quote_object(e, around, (char)key, r);
    if (key == 'b' || key == 'B')
        key = key == 'b' ? '(' : '{';
    b = key > 0 && key < 0x80 ? strchr(brackets, (int)key) : NULL;
    if (!b || !*b)
        return false;
    b = brackets + ((b - brackets) & ~(ptrdiff_t)1);
    return bracket_object(e, around, b[0], b[1], r);
}
