/* vi.c - see vi.h. A motion gives a range; an operator, or the cursor, takes it. "." plays the keys
 * of the last change again. */
#include "src/ui/vi_priv.h"

void vi_init(struct vi *v)
{
    *v = (struct vi){.insert = true};
    vi_registers_init(v);
}

void vi_release(struct vi *v)
{
    VEC_RELEASE(&v->now);
    VEC_RELEASE(&v->change);
    vi_registers_release(v);
}

static void rest(struct vi *v)
{
    v->count = v->op_count = 0;
    v->op = v->wait = 0;
    v->reg_name = 0;
    if (!v->visual) /* its keys are those of one change */
        v->now.count = 0;
}

void vi_restart(struct vi *v, struct lineedit *e)
{
    lineedit_group(e, false);
    v->insert = true;
    v->inserting_change = false;
    vi_visual_end(v);
    rest(v);
}

bool vi_pending(const struct vi *v)
{
    return v->count || v->op || v->wait || v->visual || v->reg_name;
}

/* ---- operators ---- */

/* In normal mode the cursor stands on a character, not behind the last one. */
static void settle(struct vi *v, struct lineedit *e)
{
    if (!v->insert && e->cursor == lineedit_line_end(e, e->cursor) &&
        e->cursor > lineedit_line_begin(e, e->cursor))
        e->cursor = lineedit_before(e, e->cursor);
}

static void enter_insert(struct vi *v, struct lineedit *e)
{
    v->insert = true;
    v->inserting_change = !v->replaying;
    if (!v->replaying) {
        if (!e->grouped)
            lineedit_group(e, true);
    }
}

void vi_changed(struct vi *v)
{
    if (v->replaying)
        return;
    v->change.count = 0;
    VEC_EACH (k, &v->now)
        *VEC_PUSH(&v->change) = *k;
}

static void operate_lines(struct vi *v, struct lineedit *e, key_code op, size_t from, size_t to)
{
    size_t begin = lineedit_line_begin(e, from), end = lineedit_line_end(e, to);

    vi_keep(v, e, begin, end, true);
    if (op == 'c') {
        lineedit_replace(e, begin, end, STR_LIT(""));
        enter_insert(v, e);
        return;
    }
    if (op == 'y') {
        e->cursor = from;
        return;
    }
    if (end < e->text.len)
        end++;
    else if (begin > 0)
        begin--;
    lineedit_replace(e, begin, end, STR_LIT(""));
    e->cursor = vi_first_letter(e, e->cursor);
}

void vi_operate(struct vi *v, struct lineedit *e, key_code op, struct reach r)
{
    size_t from = r.from < r.to ? r.from : r.to, to = r.from < r.to ? r.to : r.from;

    if (op == 'c' && !v->replaying)
        lineedit_group(e, true); /* with what is typed: one step of undo */
    if (r.lines) {
        operate_lines(v, e, op, from, to);
    } else {
        if (r.inclusive)
            to = lineedit_after(e, to);
        vi_keep(v, e, from, to, false);
        if (op == 'y')
            e->cursor = from;
        else if (from < to)
            lineedit_replace(e, from, to, STR_LIT(""));
        if (op == 'c')
            enter_insert(v, e);
    }
    if (op != 'y')
        vi_changed(v);
}

/* "cw" leaves the blank behind the word, and "dw" on the last word of a line the line feed. */
static void mend_word(const struct vi *v, const struct lineedit *e, key_code key, struct reach *r)
{
    if (key != 'w' && key != 'W')
        return;
    if (v->op == 'c' && vi_class(e, e->cursor, false)) {
        size_t to = e->cursor;
        int class = vi_class(e, to, key == 'W');

        if (vi_times(v) > 1) {
            r->to = vi_repeated(e, vi_times(v) - 1, key == 'W', vi_word_forward);
            to = r->to;
            class = vi_class(e, to, key == 'W');
        }
        while (to < e->text.len && class && vi_class(e, to, key == 'W') == class)
            to = lineedit_after(e, to);
        r->to = to;
    } else if (lineedit_line_end(e, e->cursor) < r->to && vi_times(v) == 1) {
        r->to = lineedit_line_end(e, e->cursor);
    }
}

static void put(struct vi *v, struct lineedit *e, bool after)
{
    const struct vi_register *reg = vi_source(v);
    struct buf text = BUF_INIT(LINEEDIT_MAX_BYTES);
    size_t where;

    if (!reg)
        return;
    for (int n = vi_times(v); n > 0 && !text.full; n--) {
        buf_adds(&text, reg->lines && after ? "\n" : "");
        buf_add_str(&text, buf_str(&reg->text));
        buf_adds(&text, reg->lines && !after ? "\n" : "");
    }
    if (reg->lines)
        where = after ? lineedit_line_end(e, e->cursor) : lineedit_line_begin(e, e->cursor);
    else
        where = after && vi_at(e, e->cursor) != '\n' ? lineedit_after(e, e->cursor) : e->cursor;
    if (!text.full && lineedit_replace(e, where, where, buf_str(&text))) {
        if (reg->lines)
            e->cursor = vi_first_letter(e, after ? where + 1 : where);
        else if (e->cursor > 0)
            e->cursor = lineedit_before(e, e->cursor);
        vi_changed(v);
    }
    buf_release(&text);
}

static void replace_chars(struct vi *v, struct lineedit *e, key_code key)
{
    size_t end = vi_sideways(e, vi_times(v)), i = e->cursor;
    struct buf text = BUF_INIT(LINEEDIT_MAX_BYTES);
    char c[8];
    int n = 0;

    while (i < end) {
        i = lineedit_after(e, i);
        n++;
    }
    if (n == vi_times(v) && vi_character(key, c)) {
        while (n-- > 0)
            buf_adds(&text, c);
        if (lineedit_replace(e, e->cursor, end, buf_str(&text)))
            e->cursor = lineedit_before(e, e->cursor);
        vi_changed(v);
    }
    buf_release(&text);
}

static void switch_case(struct vi *v, struct lineedit *e)
{
    size_t end = vi_sideways(e, vi_times(v)), from = e->cursor;
    struct buf text = BUF_INIT(LINEEDIT_MAX_BYTES);

    for (size_t i = from; i < end; i++) {
        char c = vi_at(e, i);
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

        buf_addc(&text, letter ? (char)(c ^ 0x20) : c);
    }
    if (text.len && lineedit_replace(e, from, end, buf_str(&text)))
        vi_changed(v);
    buf_release(&text);
}

void vi_join(struct vi *v, struct lineedit *e, int lines)
{
    lineedit_group(e, true);
    while (--lines > 0) {
        size_t end = lineedit_line_end(e, e->cursor), next = end + 1;

        if (end >= e->text.len)
            break;
        while (vi_at(e, next) == ' ')
            next++;
        lineedit_replace(e, end, next, vi_at(e, next) == '\n' ? STR_LIT("") : STR_LIT(" "));
        e->cursor = end;
    }
    lineedit_group(e, false);
    vi_changed(v);
}

/* ---- keys ---- */

static void open_line(struct vi *v, struct lineedit *e, bool below)
{
    size_t where = below ? lineedit_line_end(e, e->cursor) : lineedit_line_begin(e, e->cursor);

    if (!v->replaying)
        lineedit_group(e, true);
    lineedit_replace(e, where, where, STR_LIT("\n"));
    e->cursor = below ? where + 1 : where;
}

static bool begin_insert(struct vi *v, struct lineedit *e, key_code key)
{
    if (key == 'a')
        e->cursor = vi_sideways(e, 1);
    else if (key == 'I')
        e->cursor = vi_first_letter(e, e->cursor);
    else if (key == 'A')
        e->cursor = lineedit_line_end(e, e->cursor);
    else if (key == 'o' || key == 'O')
        open_line(v, e, key == 'o');
    else if (key != 'i' && key != KEY_NAME_INSERT)
        return false;
    enter_insert(v, e);
    vi_changed(v);
    return true;
}

static void undo(struct vi *v, struct lineedit *e, bool again)
{
    for (int n = vi_times(v); n > 0 && (again ? lineedit_redo(e) : lineedit_undo(e)); n--)
        ;
}

static void play(struct vi *v, struct lineedit *e);

/* D C Y x X s S and the like are operators with a motion of their own. */
static bool short_operator(struct vi *v, struct lineedit *e, key_code key)
{
    struct reach r = {e->cursor, e->cursor, false, false};
    key_code op = key == 'C' || key == 's' || key == 'S' ? 'c' : key == 'Y' ? 'y' : 'd';

    if (key == 'D' || key == 'C')
        r.to = lineedit_line_end(e, e->cursor);
    else if (key == 'x' || key == 's' || key == KEY_NAME_DELETE)
        r.to = vi_sideways(e, vi_times(v));
    else if (key == 'X')
        r.to = vi_sideways(e, -vi_times(v));
    else if (key == 'S' || key == 'Y') {
        r.lines = true;
        if (vi_times(v) > 1 && !vi_line_motion(e, vi_times(v) - 1, &r))
            r.to = e->text.len;
        r.lines = true;
    } else
        return false;
    vi_operate(v, e, op, r);
    return true;
}

static bool edit_key(struct vi *v, struct lineedit *e, key_code key)
{
    if (short_operator(v, e, key) || begin_insert(v, e, key))
        return true;
    if (key == 'p' || key == 'P')
        put(v, e, key == 'p');
    else if (key == '~')
        switch_case(v, e);
    else if (key == 'J')
        vi_join(v, e, v->count > 2 ? v->count : 2);
    else if (key == 'u' || key == (KEY_CTRL | 'r'))
        undo(v, e, key != 'u');
    else if (key == '.')
        play(v, e);
    else
        return false;
    return true;
}

static void apply(struct vi *v, struct lineedit *e, key_code key, struct reach r)
{
    if (v->op) {
        mend_word(v, e, key, &r);
        vi_operate(v, e, v->op, r);
    } else {
        e->cursor = r.to;
        e->last = LAST_OTHER;
    }
}

/* The character that f, r, g or an operator's i and a waited for. */
static void waited(struct vi *v, struct lineedit *e, key_code key)
{
    key_code wait = v->wait;
    struct reach r;

    v->wait = 0;
    if (wait == 'r' && v->visual) {
        vi_visual_replace(v, e, key);
    } else if (wait == 'r') {
        replace_chars(v, e, key);
    } else if (wait == 'g') {
        r = (struct reach){e->cursor, vi_first_letter(e, vi_nth_line(e, vi_times(v))), false, true};
        if (key == 'g')
            apply(v, e, key, r);
    } else if ((wait == 'i' || wait == 'a') && v->visual) {
        vi_visual_object(v, e, wait == 'a', key);
    } else if (wait == 'i' || wait == 'a') {
        if (vi_object(e, wait == 'a', key, &r))
            vi_operate(v, e, v->op, r);
    } else {
        v->find = wait;
        v->find_char = key;
        if (vi_find(v, e, wait, key, &r))
            apply(v, e, 0, r);
    }
}

static bool is_wait(const struct vi *v, key_code key)
{
    if (key == 'i' || key == 'a')
        return v->op != 0 || v->visual;
    return key == 'f' || key == 'F' || key == 't' || key == 'T' || key == 'g' ||
           (key == 'r' && !v->op) || (key == '"' && !v->op);
}

static bool count_key(struct vi *v, key_code key)
{
    if (key < '0' || key > '9' || (key == '0' && !v->count))
        return false;
    v->count = v->count > VI_COUNT_MAX / 10 ? VI_COUNT_MAX : v->count * 10 + (int)(key - '0');
    return true;
}

/* Doubled: this line and those below. */
static void operate_here(struct vi *v, struct lineedit *e)
{
    struct reach r = {e->cursor, e->cursor, false, true};

    if (vi_times(v) > 1 && !vi_line_motion(e, vi_times(v) - 1, &r))
        r.to = e->text.len;
    vi_operate(v, e, v->op, r);
}

/* Marks, macros, sentences, paragraphs, searches in the text and the rest of vi: said, not guessed.
 */
static enum vi_result other_key(key_code key)
{
    static const char known_to_vi[] = "mq@`\'&<>=RZQULMHKNn*#(){}|+-_!\\[]";

    if (key == 'k' || key == KEY_NAME_UP)
        return VI_HISTORY_PREV;
    if (key == 'j' || key == KEY_NAME_DOWN)
        return VI_HISTORY_NEXT;
    return key > 0 && key < 0x80 && strchr(known_to_vi, (int)key) ? VI_UNSUPPORTED : VI_DONE;
}

/* True: more keys are waited for. */
static bool normal_key(struct vi *v, struct lineedit *e, key_code key, enum vi_result *ret)
{
    struct reach r;

    *ret = VI_DONE;
    if (v->wait == '"') {
        v->wait = 0;
        v->reg_name = vi_is_register(key) && key != '"' ? key : 0;
        return vi_is_register(key);
    }
    if (v->wait) {
        waited(v, e, key);
        return false;
    }
    if (count_key(v, key))
        return true;
    if (is_wait(v, key)) {
        v->wait = key;
        return true;
    }
    if (!v->op && vi_visual_key(v, e, key)) {
        return false;
    } else if (v->op && key == v->op) {
        operate_here(v, e);
    } else if (!v->op && (key == 'd' || key == 'c' || key == 'y')) {
        v->op = key;
        v->op_count = v->count;
        v->count = 0;
        return true;
    } else if (vi_motion(v, e, key, &r)) {
        apply(v, e, key, r);
    } else if (!v->op && !v->visual && !edit_key(v, e, key)) {
        *ret = other_key(key);
    }
    if (v->clip_empty) {
        v->clip_empty = false;
        *ret = VI_CLIP_EMPTY;
    }
    return false;
}

static bool is_ours(const struct vi *v, key_code key)
{
    if (v->op || v->wait)
        return true;
    if (key == ':' || key == '?')
        return false;
    return key < KEY_NAME_FIRST || key == KEY_NAME_SPACE || key == KEY_NAME_BACKSPACE ||
           key == KEY_NAME_DELETE || key == KEY_NAME_INSERT ||
           (key >= KEY_NAME_HOME && key <= KEY_NAME_RIGHT && key != KEY_NAME_PGUP &&
            key != KEY_NAME_PGDN) ||
           key == (KEY_CTRL | 'r');
}

/* The keys of an insertion that "." can type again. */
static void record_insert(struct vi *v, key_code key)
{
    char c[8];

    if (!v->inserting_change)
        return;
    if (v->change.count >= VI_KEYS_MAX ||
        !(vi_character(key, c) || key == KEY_NAME_BACKSPACE || key == (KEY_ALT | KEY_NAME_ENTER)))
        v->inserting_change = false; /* what came before is kept */
    else
        *VEC_PUSH(&v->change) = key;
}

static void leave_insert(struct vi *v, struct lineedit *e)
{
    v->insert = false;
    v->inserting_change = false;
    lineedit_group(e, false);
    if (e->cursor > lineedit_line_begin(e, e->cursor))
        e->cursor = lineedit_before(e, e->cursor);
    rest(v);
}

static void type_again(struct lineedit *e, key_code key)
{
    char c[8];

    if (key == KEY_NAME_BACKSPACE)
        lineedit_backspace(e);
    else if (key == (KEY_ALT | KEY_NAME_ENTER))
        lineedit_insert(e, STR_LIT("\n"));
    else if (vi_character(key, c))
        lineedit_insert(e, str_from(c));
}

static void play(struct vi *v, struct lineedit *e)
{
    enum vi_result ignored;
    int count = v->count;
    size_t i = 0;

    v->replaying = true;
    lineedit_group(e, true);
    vi_visual_end(v);
    rest(v);
    v->count = count;
    while (count && i < v->change.count && v->change.items[i] >= '0' && v->change.items[i] <= '9')
        i++; /* a new count takes the place of the old */
    for (; i < v->change.count; i++) {
        key_code key = v->change.items[i];

        if (v->insert)
            type_again(e, key);
        else if (!normal_key(v, e, key, &ignored))
            rest(v);
    }
    vi_visual_end(v);
    if (v->insert)
        leave_insert(v, e);
    lineedit_group(e, false);
    v->replaying = false;
}

enum vi_result vi_key(struct vi *v, struct lineedit *e, key_code key)
{
    enum vi_result result = VI_DONE;

    if (v->insert) {
        if (key != KEY_NAME_ESC) {
            record_insert(v, key);
            return VI_PASS;
        }
        leave_insert(v, e);
        return VI_DONE;
    }
    if (key == KEY_NAME_ESC) {
        bool pending = vi_pending(v);

        vi_visual_end(v);
        rest(v);
        return pending ? VI_DONE : VI_PASS;
    }
    if (!is_ours(v, key))
        return VI_PASS;
    if (key == '/' && !v->op && !v->wait)
        return VI_SEARCH;
    e->goal = -1;
    if (v->now.count < VI_KEYS_MAX)
        *VEC_PUSH(&v->now) = key;
    if (!normal_key(v, e, key, &result)) {
        rest(v);
        settle(v, e);
    }
    return result;
}
