/* view.c - see view.h: values, answers, series. Events and alarms are in view_events.c. */
#include "view.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"
#include "source.h"

#define STEP_SAMPLES 2                   /* on each side of a step */
#define STEP_LEFT 0.35                   /* of the squares, behind a clear step */
#define SEARCH_KNOWN_MS INT64_C(1800000) /* before an onset that is known */
#define SEARCH_MS INT64_C(3600000)       /* before one that is guessed */

void aws_view_release(struct aws_view *v)
{
    VEC_RELEASE(&v->docs);
    VEC_RELEASE(&v->series);
    VEC_RELEASE(&v->events);
    VEC_RELEASE(&v->alarms);
    VEC_RELEASE(&v->composites);
    VEC_RELEASE(&v->traced);
}

static const struct value *at_path(const struct value *v, const char *path)
{
    if (!v || !*path || strcmp(path, ".") == 0)
        return v;
    return value_path(v, path);
}

double av_num(const struct value *v, const char *path)
{
    const struct value *at = at_path(v, path);
    double n;

    if (at && at->type == VALUE_NUMBER)
        return at->u.number;
    if (at && at->type == VALUE_STRING && num_f64(at->u.string, &n))
        return n;
    return NAN;
}

const char *av_str(const struct value *v, const char *path)
{
    const struct value *at = at_path(v, path);

    if (at && at->type == VALUE_STRING)
        return at->u.string.ptr;
    return "";
}

bool av_bool(const struct value *v, const char *path)
{
    const struct value *at = at_path(v, path);

    return at && ((at->type == VALUE_BOOL && at->u.boolean) ||
                  (at->type == VALUE_STRING && str_eq_c(at->u.string, "true")));
}

/* Seconds since 1970 of the JSON protocols, milliseconds of CloudWatch Logs, texts of the others.
 */
int64_t av_time(const struct value *v, const char *path)
{
    const struct value *at = at_path(v, path);
    int64_t ms = 0;
    double n = av_num(v, path);

    if (!isnan(n))
        return n <= 0 || n > 1e15 ? 0 : n > 1e11 ? (int64_t)n : (int64_t)(n * 1000);
    if (at && at->type == VALUE_STRING)
        (void)(time_parse(at->u.string, &ms) || time_parse_http(at->u.string, &ms));
    return ms;
}

const struct value *av_list(const struct value *v, const char *path, size_t *ret_count)
{
    const struct value *at = at_path(v, path);

    *ret_count = 0;
    while (at && at->type == VALUE_OBJECT && value_count(at) == 1 &&
           (value_at(at, 0)->type == VALUE_ARRAY || value_at(at, 0)->type == VALUE_OBJECT))
        at = value_at(at, 0);
    if (!at || at->type == VALUE_NULL || (at->type == VALUE_STRING && at->u.string.len == 0))
        return NULL;
    if (at->type == VALUE_ARRAY) {
        *ret_count = value_count(at);
        return value_items(at);
    }
    *ret_count = 1;
    return at;
}

const char *av_tail(const char *arn)
{
    const char *slash = strrchr(arn, '/'), *colon = strrchr(arn, ':');
    const char *at = slash > colon ? slash : colon;

    return at ? at + 1 : arn;
}

bool av_has(const char *text, const char *word)
{
    return str_ifind(str_from(text), str_from(word)) >= 0;
}

bool av_has_any(const char *text, const char *const *words)
{
    for (; *words; words++) {
        if (av_has(text, *words))
            return true;
    }
    return false;
}

static bool is_word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-';
}

bool av_names(const char *text, const char *name)
{
    size_t len = strlen(name);
    const char *at = text;
    ptrdiff_t found;

    if (len < 2)
        return false;
    while ((found = str_ifind(str_from(at), (struct str){name, len})) >= 0) {
        const char *hit = at + found;

        if ((hit == text || !is_word_char(hit[-1])) && !is_word_char(hit[len]))
            return true;
        at = hit + 1;
    }
    return false;
}

double av_number_at(const char *text, size_t *ret_len)
{
    size_t n = strspn(text, "0123456789.");
    double value;

    while (n && text[n - 1] == '.') /* the end of a sentence */
        n--;
    *ret_len = n;
    return n && num_f64((struct str){text, n}, &value) ? value : NAN;
}

const char *av_human(struct aws_view *v, double n, const char *unit)
{
    char text[48];

    num_human(n, unit, text);
    return arena_strdup(v->arena, text);
}

const char *av_clock(struct aws_view *v, int64_t ms)
{
    char text[TIME_TEXT_MAX];

    time_format_hms(ms, false, text);
    return arena_printf(v->arena, "%s UTC", text);
}

const char *av_ago(struct aws_view *v, int64_t ms)
{
    char text[TIME_TEXT_MAX];

    duration_format(ms < 0 ? -ms : ms, text);
    return arena_strdup(v->arena, text);
}

const char *av_turned(struct aws_view *v, const struct aws_series *s, const char *word)
{
    return s->turn_ms ? arena_printf(v->arena, "%s %s", word, av_clock(v, s->turn_ms)) : "";
}

double av_limit(const struct aws_view *v, const struct aws_limit *l)
{
    return v->moved == l ? v->moved_to : l->value;
}

/* ---- what was read ---- */

const struct aws_doc *av_doc(const struct aws_view *v, const char *source,
                             const struct aws_doc *after)
{
    size_t i = after ? (size_t)(after - v->docs.items) + 1 : 0;

    for (; i < v->docs.count; i++) {
        if (v->docs.items[i].items && strcmp(v->docs.items[i].source->name, source) == 0)
            return &v->docs.items[i];
    }
    return NULL;
}

const struct aws_doc *av_doc_of(const struct aws_view *v, const char *source, const char *of)
{
    AV_DOCS(d, v, source)
    {
        if (strcmp(d->of, of) == 0)
            return d;
    }
    return NULL;
}

bool av_is_metric(const struct aws_series *s, const char *name)
{
    return strcmp(s->metric->name, name) == 0;
}

const struct aws_series *av_series(const struct aws_view *v, const char *metric, const char *of)
{
    AV_SERIES(s, v, metric)
    {
        if (strcmp(s->of, of) == 0)
            return s;
    }
    return NULL;
}

const char *av_key(struct aws_view *v, const char *kind, const char *name)
{
    return arena_printf(v->arena, "aws:%s/%s/%s:%s", v->account, v->region, kind, name);
}

bool av_is_meant(const struct aws_view *v, const char *name)
{
    return av_names(v->text, name) || av_alarm_of(v, name);
}

/* ---- series ---- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *x, size_t n)
{
    if (!n)
        return NAN;
    qsort(x, n, sizeof(*x), by_value);
    return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

/* Where the newest run of samples began that are all on the far side of the middle between what was
 * before and what is now. */
static int64_t turn_of(const struct aws_series *s)
{
    double middle = (s->before + s->after) / 2;
    bool up = s->after > s->before;
    int64_t turn = 0;

    if (isnan(middle) || s->after == s->before)
        return 0;
    for (size_t i = s->count; i-- > 0;) {
        double x = s->points[i].v;

        if (up ? x < middle : x > middle) {
            if (turn)
                break;
            continue; /* it has come down again: the run before counts */
        }
        turn = s->points[i].t_ms;
    }
    return turn;
}

/* The step that explains most of the spread, by the squares that it leaves. */
struct step {
    size_t at;   /* index of the first sample behind it */
    double left; /* of the squares, 0-1 */
};

static double squares(const double *sum, const double *square, size_t from, size_t to)
{
    double n = (double)(to - from), s = sum[to] - sum[from];

    return n > 0 ? square[to] - square[from] - s * s / n : 0;
}

static struct step find_step(struct aws_view *v, const struct aws_series *s, int64_t from_ms)
{
    double *sum = arena_array(v->arena, s->count + 1, sizeof(*sum)),
           *square = arena_array(v->arena, s->count + 1, sizeof(*square)), all;
    struct step best = {.left = 1};

    for (size_t i = 0; i < s->count; i++) {
        sum[i + 1] = sum[i] + s->points[i].v;
        square[i + 1] = square[i] + s->points[i].v * s->points[i].v;
    }
    all = squares(sum, square, 0, s->count);
    for (size_t i = STEP_SAMPLES; all > 0 && i + STEP_SAMPLES <= s->count; i++) {
        double left = (squares(sum, square, 0, i) + squares(sum, square, i, s->count)) / all;

        if (s->points[i].t_ms >= from_ms && left < best.left)
            best = (struct step){i, left};
    }
    return best;
}

/* Where before ends: at a clear step around the onset (alarms are late), else at the onset. A
 * sample covers the period behind its time: the one that holds the onset is of neither. */
static int64_t split_of(struct aws_view *v, struct aws_series *s)
{
    struct step step =
        find_step(v, s, v->onset_ms - (v->onset_known ? SEARCH_KNOWN_MS : SEARCH_MS));

    if (step.left > STEP_LEFT)
        return v->onset_ms - v->period_ms;
    s->turn_ms = s->points[step.at].t_ms;
    return s->turn_ms - 1;
}

void av_judge(struct aws_view *v, struct aws_series *s)
{
    int64_t split = split_of(v, s);
    double *old = arena_array(v->arena, s->count + 1, sizeof(*old)),
           *now = arena_array(v->arena, s->count + 1, sizeof(*now));
    size_t olds = 0, nows = 0;
    double sum = 0;

    s->high = s->low = s->last = NAN;
    s->total = 0;
    for (size_t i = 0; i < s->count; i++) {
        double x = s->points[i].v;

        s->last = x;
        if (s->points[i].t_ms <= split) {
            old[olds++] = x;
            sum += x;
        } else {
            now[nows++] = x;
            s->high = fmax(s->high, x);
            s->low = fmin(s->low, x);
            s->total += x;
        }
    }
    s->since_count = nows;
    s->mean_before = olds ? sum / (double)olds : NAN;
    s->mean = nows ? s->total / (double)nows : NAN;
    s->before = median(old, olds);
    s->after = median(now, nows);
    if (!s->turn_ms)
        s->turn_ms = turn_of(s);
}

double av_total(const struct aws_view *v, const struct aws_series *of,
                const struct aws_series *like)
{
    int64_t from = like->turn_ms ? like->turn_ms : v->onset_ms - v->period_ms + 1;
    double total = 0;

    for (size_t i = 0; i < of->count; i++)
        total += of->points[i].t_ms >= from ? of->points[i].v : 0;
    return total;
}
