/* plain_lists.c - what all lists of plain mode have: a filter, sorting, marks, and numbers that
 * open. A number beside a line stays with that line until the next list; marks stay with what they
 * are on while the list is filtered and sorted, and copying gives exactly them. */
#include "src/ui/plain_list_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/view/fuzzy.h"

/* ---- order ---- */

struct sorting {
    const struct model *m;
    const struct plain_list *list;
    const struct plain_key *key; /* NULL: the list's own order */
    bool reversed;
};

static int compare_numbers(double x, double y)
{
    return x < y ? -1 : x > y;
}

static int compare(const struct sorting *s, size_t a, size_t b)
{
    const struct plain_key *k = s->key;
    int by = 0;

    if (!k)
        return (s->reversed ? -1 : 1) * (s->list->compare ? s->list->compare(s->m, a, b)
                                                          : compare_numbers((double)a, (double)b));
    if (k->number) {
        double x = k->number(s->m, a), y = k->number(s->m, b);

        if (isnan(x) || isnan(y)) /* what has none stands last in either direction */
            return isnan(x) - isnan(y);
        by = compare_numbers(x, y);
    } else {
        const char *x = k->text(s->m, a), *y = k->text(s->m, b);

        if (!*x || !*y)
            return !*x - !*y;
        by = strcasecmp(x, y);
    }
    return k->falls != s->reversed ? -by : by;
}

static void merge(const struct sorting *s, size_t *rows, size_t *tmp, size_t n)
{
    size_t half = n / 2, i = 0, j = half, k = 0;

    if (n < 2)
        return;
    merge(s, rows, tmp, half);
    merge(s, rows + half, tmp, n - half);
    while (i < half && j < n)
        tmp[k++] = compare(s, rows[i], rows[j]) <= 0 ? rows[i++] : rows[j++];
    while (i < half)
        tmp[k++] = rows[i++];
    while (j < n)
        tmp[k++] = rows[j++];
    for (i = 0; i < n; i++)
        rows[i] = tmp[i];
}

static void sort_rows(struct plain *p)
{
    struct sorting s = {p->model, p->list, p->sort_key, p->sort_reversed};
    size_t *tmp;

    if (p->rows.count < 2)
        return;
    tmp = xcalloc(p->rows.count, sizeof(*tmp));
    merge(&s, p->rows.items, tmp, p->rows.count);
    free(tmp);
}

static void say_keys(struct plain *p)
{
    struct buf names = BUF_INIT(1024);

    for (const struct plain_key *k = p->list->keys; k->name; k++)
        buf_addf(&names, "%s%s", k == p->list->keys ? "" : ", ", k->name);
    plain_linef(p, 0, TONE_PLAIN, "%s can be sorted by %s; now %s%s%s.", p->list->name,
                buf_cstr(&names), p->sort_key ? "by " : "",
                p->sort_key ? p->sort_key->name : "as they are",
                p->sort_reversed ? ", reversed" : "");
    buf_release(&names);
}

static bool a_list(struct plain *p)
{
    if (!p->list || p->list == &plain_start_list)
        plain_errorf(p, "There is no list yet: name one first, such as evidence.");
    return p->list && p->list != &plain_start_list;
}

void plain_sort(struct plain *p, struct str args)
{
    if (!a_list(p))
        return;
    if (!args.len) {
        say_keys(p);
        return;
    }
    if (str_eq_c(args, "none")) {
        p->sort_key = NULL;
        p->sort_reversed = false;
        plain_list_again(p, str_from(p->filter));
        return;
    }
    for (const struct plain_key *k = p->list->keys; k->name; k++)
        if (str_eq_c(args, k->name)) {
            p->sort_reversed = p->sort_key == k && !p->sort_reversed;
            p->sort_key = k;
            plain_list_again(p, str_from(p->filter));
            return;
        }
    plain_errorf(p, "%s cannot be sorted by '%.*s'.", p->list->name, STR_FMT(args));
    say_keys(p);
}

void plain_reverse(struct plain *p, struct str args)
{
    (void)args;
    if (!a_list(p))
        return;
    p->sort_reversed = !p->sort_reversed;
    plain_list_again(p, str_from(p->filter));
}

/* ---- rows ---- */

/* Every word of the filter is somewhere in the line, in either case. */
static bool holds(const struct fuzzy *f, struct str words)
{
    for (size_t i = 0; i < f->count; i++)
        if (fuzzy_match(&f->terms[i], words, false) == FUZZY_NO)
            return false;
    return true;
}

static void find_rows(struct plain *p)
{
    struct buf words = BUF_INIT(1 << 20);
    struct fuzzy f;

    fuzzy_parse(&f, str_from(p->filter));
    p->rows.count = 0;
    for (size_t i = 0; i < p->list->count(p->model); i++) {
        buf_clear(&words);
        if (p->list->words(p->model, i, &words) && holds(&f, buf_str(&words)))
            *VEC_PUSH(&p->rows) = i;
    }
    buf_release(&words);
    sort_rows(p);
}

static int digits(size_t n)
{
    int d = 1;

    for (; n >= 10; n /= 10)
        d++;
    return d;
}

static bool is_marked(const struct plain *p, size_t row)
{
    VEC_EACH (m, &p->marks)
        if (*m == row)
            return true;
    return false;
}

static void print_rows(struct plain *p)
{
    struct buf words = BUF_INIT(1 << 20);
    int width = digits(p->rows.count);

    for (size_t i = 0; i < p->rows.count; i++) {
        buf_clear(&words);
        p->list->words(p->model, p->rows.items[i], &words);
        buf_addf(&p->out, "%*zu. %s", width, i + 1, is_marked(p, p->rows.items[i]) ? "* " : "");
        text_add_wrapped(&p->opts.text, &p->out, width + 2, TONE_PLAIN, buf_cstr(&words));
    }
    buf_release(&words);
    if (!p->rows.count && *p->filter)
        plain_linef(p, 0, TONE_PLAIN, "No line of %s holds '%s'.", p->list->name, p->filter);
    else if (!p->rows.count)
        plain_linef(p, 0, TONE_PLAIN, "%s", p->list->none);
    else if (*p->filter)
        plain_linef(p, 0, TONE_DIM, "%zu with '%s'; filter alone shows all again.", p->rows.count,
                    p->filter);
    if (p->marks.count)
        plain_linef(p, 0, TONE_DIM, "%zu marked.", p->marks.count);
}

void plain_list_again(struct plain *p, struct str filter)
{
    if (filter.ptr != p->filter)
        snprintf(p->filter, sizeof(p->filter), "%.*s", STR_FMT(filter));
    p->at = 0;
    find_rows(p);
    print_rows(p);
}

static void take_list(struct plain *p, const struct plain_list *list)
{
    if (p->list != list) {
        p->marks.count = 0;
        p->sort_key = NULL;
        p->sort_reversed = false;
    }
    p->list = list;
}

bool plain_list(struct plain *p, struct str name, struct str filter)
{
    for (size_t i = 0; i < plain_list_count; i++)
        if (str_eq_c(name, plain_list_table[i].name)) {
            take_list(p, &plain_list_table[i]);
            plain_list_again(p, filter);
            return true;
        }
    return false;
}

void plain_list_start(struct plain *p)
{
    take_list(p, &plain_start_list);
    plain_list_again(p, STR_LIT(""));
}

/* The model may have gone back (a replay) since the list was printed. */
static bool is_there(const struct plain *p, size_t row)
{
    return row < p->list->count(p->model);
}

bool plain_open_row(struct plain *p, size_t number)
{
    if (!p->list || number < 1 || number > p->rows.count || !is_there(p, p->rows.items[number - 1]))
        return false;
    p->at = number;
    p->list->open(p, p->rows.items[number - 1]);
    return true;
}

static void step(struct plain *p, int by)
{
    size_t to = p->at + (size_t)by;

    if (!a_list(p))
        return;
    if (to < 1 || to > p->rows.count)
        plain_errorf(p, by > 0 ? "That was the last line of %s." : "That was the first line of %s.",
                     p->list->name);
    else if (!plain_open_row(p, to))
        plain_errorf(p, "It is not there any more: list %s again.", p->list->name);
}

void plain_next(struct plain *p, struct str args)
{
    (void)args;
    step(p, 1);
}

void plain_previous(struct plain *p, struct str args)
{
    (void)args;
    step(p, -1);
}

/* ---- marks ---- */

static void set_mark(struct plain *p, size_t row, bool on)
{
    for (size_t i = 0; i < p->marks.count; i++)
        if (p->marks.items[i] == row) {
            if (!on)
                p->marks.items[i] = p->marks.items[--p->marks.count];
            return;
        }
    if (on)
        *VEC_PUSH(&p->marks) = row;
}

/* "3" or "3-5"; false: no numbers of this list. */
static bool range_of(const struct plain *p, struct str word, uint64_t *first, uint64_t *last)
{
    struct str from;

    if (str_ifind(word, STR_LIT("-")) < 0)
        return num_u64(word, first) && (*last = *first) >= 1 && *last <= p->rows.count;
    return str_split(&word, '-', &from) && num_u64(from, first) && num_u64(word, last) &&
           *first >= 1 && *first <= *last && *last <= p->rows.count;
}

static void mark(struct plain *p, struct str args, bool on)
{
    struct str rest = args, word;
    uint64_t first, last;

    if (!a_list(p))
        return;
    if (!args.len || str_eq_c(args, "all")) {
        if (!args.len && !on)
            p->marks.count = 0;
        for (size_t i = 0; args.len && i < p->rows.count; i++)
            set_mark(p, p->rows.items[i], on);
    }
    while (args.len && !str_eq_c(args, "all") && str_split(&rest, ' ', &word)) {
        if (!word.len)
            continue;
        if (!range_of(p, word, &first, &last)) {
            plain_errorf(p, "'%.*s' is no number of the list; mark takes 2, 3-5 or all.",
                         STR_FMT(word));
            return;
        }
        for (uint64_t i = first; i <= last; i++)
            set_mark(p, p->rows.items[i - 1], on);
    }
    plain_linef(p, 0, TONE_PLAIN, "%zu of %s marked.", p->marks.count, p->list->name);
}

void plain_mark(struct plain *p, struct str args)
{
    mark(p, args, true);
}

void plain_unmark(struct plain *p, struct str args)
{
    mark(p, args, false);
}

/* ---- for copying ---- */

bool plain_rows_text(struct plain *p, bool all, struct buf *out)
{
    struct buf words = BUF_INIT(1 << 20);
    size_t n = 0;

    if (!p->list || p->list == &plain_start_list)
        return false;
    for (size_t i = 0; i < p->list->count(p->model); i++)
        if (is_marked(p, i) && !all) {
            buf_clear(&words);
            if (p->list->words(p->model, i, &words)) {
                buf_addf(out, "%s\n", buf_cstr(&words));
                n++;
            }
        }
    for (size_t i = 0; all && i < p->rows.count; i++) {
        buf_clear(&words);
        if (is_there(p, p->rows.items[i]) && p->list->words(p->model, p->rows.items[i], &words)) {
            buf_addf(out, "%s\n", buf_cstr(&words));
            n++;
        }
    }
    buf_release(&words);
    return n > 0;
}
