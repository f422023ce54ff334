/* steer_host_said.c - a person's hypothesis against what a machine wrote down: its logs, and what
 * was changed on it. They are asked when the words of the statement speak of logs or changes, or
 * when the hypothesis came from them. What is said there supports, and never confirms by itself: a
 * line of a log names a suspect, not a cause. "One more test" reads further back, until the
 * furthest. */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "host/patterns.h"
#include "runbook/codec/json.h"
#include "runbook/base/timefmt.h"
#include "steer_priv.h"

#define MANY_LINES 20  /* as the investigator: fewer are no burst */
#define RISE 3         /* times as many lines in the last third as in the first */
#define NEAR_MS 900000 /* a change that long before the onset may have caused it */
#define LATE_MS 60000

struct source {
    const char *tool, *pattern, *words, *what;
    const char *since[4]; /* the first is the tool's own, then further back; NULL-terminated */
};

static const struct source sources[] = {
    {"host_log",
     "log_errors",
     "log logs logged logging errors exception exceptions traceback panic warning messages journal",
     "log",
     {"1h", "6h", "24h", NULL}},
    {"host_changes",
     "recent_change",
     "change changed changes deploy deployed deployment release rollout package packages upgrade "
     "upgraded update updated installed configuration config edited modified rebooted patch",
     "changes",
     {"24h", "168h", "720h", NULL}},
};

struct reading {
    struct investigation *inv;
    const struct source *source;
    const char *hyp, *host, *since;
};

/* ---- evidence ---- */

static void record(const struct reading *r, uint64_t query, enum evidence_strength strength,
                   const char *statement, double before, double after, int64_t onset_ms)
{
    struct inv_evidence e = {
        .hypothesis = r->hyp,
        .query = query,
        .strength = strength,
        .statement = statement,
        .metric = r->source->pattern,
        .resource = arena_printf(inv_arena(r->inv), "host:%s/%s", r->host, r->source->what),
        .unit = "lines",
        .before = before,
        .after = after,
        .score = NAN,
        .onset_ms = onset_ms,
    };

    inv_add_evidence(r->inv, &e);
}

/* Words that say more than that there is a log, or a change. */
static int telling_words(const struct reading *r, const char *said)
{
    const struct hypothesis *h = model_hypothesis(inv_model(r->inv), r->hyp);

    return steer_common_words(str_from(said), str_from(h->statement)) -
           steer_common_words(str_from(said), str_from(r->source->words));
}

/* ---- logs ---- */

static bool rises(const struct value *family)
{
    double early = hv_num(family, "spread.0"), late = hv_num(family, "spread.2");

    return late >= MANY_LINES && late >= RISE * early;
}

static bool is_meant(const struct reading *r, const struct value *family)
{
    if (telling_words(r, hv_str(family, "family")) > 0 ||
        telling_words(r, value_cstr_or(family, "hypothesis", "")) > 0)
        return true;
    VALUE_EACH (line, value_get(family, "samples"))
        if (line->type == VALUE_STRING &&
            telling_words(r, arena_str(inv_arena(r->inv), line->u.string)) > 0)
            return true;
    return false;
}

static void read_log(const struct reading *r, uint64_t query, const struct value *doc)
{
    const struct value *meant = NULL, *risen = NULL, *f;
    struct arena *a = inv_arena(r->inv);

    VALUE_EACH (family, value_get(doc, "families")) {
        if (!meant && is_meant(r, family))
            meant = family;
        if (rises(family) && (!risen || is_meant(r, family)))
            risen = family;
    }
    f = meant ? meant : risen;
    if (f)
        record(r, query, STRENGTH_WEAK,
               arena_printf(a,
                            "%.0f lines of %s in %s within %s, %.0f in the first third and %.0f "
                            "in the last",
                            hv_num(f, "count"), hv_str(f, "family"), hv_str(f, "source"), r->since,
                            hv_num(f, "spread.0"), hv_num(f, "spread.2")),
               hv_num(f, "spread.0"), hv_num(f, "spread.2"), value_i64_or(f, "first_ms", 0));
    else
        record(r, query, STRENGTH_NONE,
               arena_printf(a,
                            "%.0f lines of %s within %s: none says that, no family of errors "
                            "became more frequent",
                            hv_num(doc, "lines"), r->host, r->since),
               NAN, NAN, 0);
}

/* ---- changes ---- */

static const struct value *near_onset(const struct reading *r, const struct value *doc)
{
    const struct model *m = inv_model(r->inv);
    double onset = (double)(m->has_incident && m->incident.started_at_ms ? m->incident.started_at_ms
                                                                         : inv_now_ms(r->inv));

    VALUE_EACH (c, value_get(doc, "changes")) {
        double ts = hv_num(c, "ts_ms");

        if (ts <= onset + LATE_MS && ts >= onset - NEAR_MS)
            return c;
    }
    return NULL;
}

static const struct value *named(const struct reading *r, const struct value *doc)
{
    VALUE_EACH (c, value_get(doc, "changes"))
        if (telling_words(r, hv_str(c, "what")) > 0 || telling_words(r, hv_str(c, "detail")) > 0)
            return c;
    return NULL;
}

static void read_changes(const struct reading *r, uint64_t query, const struct value *doc)
{
    const struct value *by_name = named(r, doc), *c = by_name ? by_name : near_onset(r, doc);
    struct arena *a = inv_arena(r->inv);
    char when[TIME_TEXT_MAX];

    if (c) {
        time_format_rfc3339(value_i64_or(c, "ts_ms", 0), when);
        record(r, query, STRENGTH_WEAK,
               arena_printf(a, "%s %s %s changed at %s", hv_str(c, "kind"), hv_str(c, "what"),
                            hv_str(c, "detail"), when),
               NAN, NAN, value_i64_or(c, "ts_ms", 0));
    } else {
        record(r, query, STRENGTH_NONE,
               arena_printf(a,
                            "%.0f changes of %s within %s: none is named, none stands shortly "
                            "before the onset",
                            hv_num(doc, "total"), r->host, r->since),
               NAN, NAN, 0);
    }
}

/* ---- asking ---- */

static void on_answer(void *ctx, struct investigation *inv, uint64_t query,
                      const struct tool_result *result)
{
    const struct reading *r = ctx;
    const struct value *doc = NULL;
    struct err err = result->err;

    if (result->status == TOOL_EMPTY) {
        record(r, query, STRENGTH_NONE,
               arena_printf(inv_arena(inv), "%s of %s within %s: nothing", r->source->what, r->host,
                            r->since),
               NAN, NAN, 0);
    } else if (result->status == TOOL_OK &&
               !json_parse(inv_arena(inv), buf_str(&result->body), &doc, &err)) {
        if (r->source == &sources[0])
            read_log(r, query, doc);
        else
            read_changes(r, query, doc);
    } else if (result->status != TOOL_CANCELED) {
        if (!err.code)
            err_set(&err, ERR_NOT_FOUND, "%s", *result->summary ? result->summary : "no answer");
        inv_gap(inv, r->hyp, arena_printf(inv_arena(inv), "%s of %s", r->source->what, r->host),
                &err);
    }
    inv_test_done(inv, r->hyp);
}

static void write_args(struct buf *out, const struct reading *r)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "host", r->host);
    if (r->since != r->source->since[0])
        json_put_cstr(&w, "since", r->since);
    json_object_end(&w);
}

static bool was_asked(const struct reading *r, const char *args)
{
    VEC_EACH (t, &inv_model(r->inv)->tools)
        if (strcmp(t->tool, r->source->tool) == 0 && strcmp(t->args, args) == 0)
            return true;
    return false;
}

/* The tool's own stretch of time; again: the next further back that was not read yet. */
static size_t ask(const struct reading *model_of, bool again)
{
    struct investigation *inv = model_of->inv;
    struct reading *r = arena_alloc(inv_arena(inv), sizeof(*r));
    struct inv_query q = {.tool = model_of->source->tool, .hypothesis = model_of->hyp};
    size_t asked = 0;

    *r = *model_of;
    for (size_t i = 0; r->source->since[i] && !asked; i++) {
        struct buf args = BUF_INIT(8192);

        r->since = r->source->since[i];
        write_args(&args, r);
        q.args_json = buf_str(&args);
        q.title = arena_printf(inv_arena(inv), "%s of %s, last %s, for %s", r->source->what,
                               r->host, r->since, r->hyp);
        if (!again || !was_asked(r, buf_cstr(&args)))
            asked = inv_query(inv, &q, on_answer, r) != 0;
        buf_release(&args);
        if (!again)
            break;
    }
    return asked;
}

/* Every pattern of logs is asked of the logs: log_errors, log_pool ... */
static bool is_of(const char *pattern, const struct source *s)
{
    return strcmp(pattern, s->pattern) == 0 ||
           (strncmp(pattern, "log_", 4) == 0 && strncmp(s->pattern, "log_", 4) == 0);
}

size_t steer_ask_said(struct investigation *inv, const char *hyp, const char *host, bool again)
{
    const struct hypothesis *h = model_hypothesis(inv_model(inv), hyp);
    size_t asked = 0;

    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        struct reading r = {.inv = inv, .source = &sources[i], .hyp = hyp, .host = host};
        bool meant = *h->pattern ? is_of(h->pattern, &sources[i])
                                 : steer_common_words(str_from(h->statement),
                                                      str_from(sources[i].words)) > 0;

        if (meant)
            asked += ask(&r, again && h->evidence.count > 0);
    }
    return asked;
}
