/* player.c - see player.h. */
#include "src/app/player.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"
#include "runbook/base/vec.h"

#define PAUSE_MAX_MS 2000  /* nobody waits through the night in which a session lay open */
#define EVENTS_A_TURN 256  /* a key gets through at any speed */
#define READING_MS 40000.0 /* how long a recording takes to read, at most */
#define DAY_MS (INT64_C(24) * 3600 * 1000)

static const double speeds[] = {0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 125, 250, 500, 1000};
#define SPEEDS (sizeof(speeds) / sizeof(speeds[0]))

struct player {
    struct loop *loop;
    struct player_options opts;
    struct model model;
    struct arena *arena; /* of the events */
    VEC(struct event) events;
    size_t at;
    double speed, reading_scale;
    bool playing, started;
    loop_id timer;
    struct replay_control control;
    char text[200];
};

static bool keep_event(void *ctx, const struct journal_record *r)
{
    struct player *p = ctx;
    enum event_type type = event_type_from_name(r->type);
    struct event ev = {.type = type};
    struct err err;

    if (type == EV_UNKNOWN)
        return true;
    if (event_decode(type, r->data, p->arena, &ev, &err)) {
        ev = (struct event){.type = EV_ERROR};
        ev.u.error = (struct ev_error){
            .text = arena_printf(p->arena, "line %llu of the journal: %s",
                                 (unsigned long long)r->seq, err.msg),
            .code = err_code_name(err.code),
            .doing = "",
        };
    }
    ev.seq = r->seq;
    ev.ts_ms = r->ts_ms;
    ev.actor = arena_str(p->arena, r->actor);
    *VEC_PUSH(&p->events) = ev;
    return true;
}

static void moved(struct player *p)
{
    if (p->opts.moved && p->started)
        p->opts.moved(p->opts.ctx);
}

static void feed_one(struct player *p)
{
    const struct event *ev = &p->events.items[p->at++];

    model_apply(&p->model, ev);
    if (p->opts.event)
        p->opts.event(p->opts.ctx, &p->model, ev);
}

/* ---- time ---- */

/* What a reader needs before the next event, before it is scaled. */
static double reading_ms(const struct event *ev)
{
    switch (ev->type) {
    case EV_USER_MESSAGE:
        return 1200;
    case EV_TOOL_ENDED:
        return 250;
    case EV_EVIDENCE_ADDED:
    case EV_HYPOTHESIS_PRUNED:
    case EV_HYPOTHESIS_SUPPORTED:
        return 900;
    case EV_HYPOTHESIS_PROPOSED:
        return 700;
    case EV_HYPOTHESIS_CONFIRMED:
    case EV_ROOTCAUSE_IDENTIFIED:
        return 1800;
    case EV_AGENT_TEXT:
        return 1500;
    case EV_GAP_NOTED:
        return 500;
    case EV_TOOL_STARTED:
    case EV_PHASE_CHANGED:
    case EV_HYPOTHESIS_TESTING:
    case EV_HYPOTHESIS_BRANCHED:
    case EV_RESOURCE_SEEN:
    case EV_ALERT_SEEN:
    case EV_INVENTORY_SEEN:
    case EV_CHANGE_SEEN:
        return 60;
    default: /* said nowhere, or with what stands beside it */
        return 0;
    }
}

static void scale_reading(struct player *p)
{
    double total = 0;

    VEC_EACH (ev, &p->events)
        total += reading_ms(ev);
    p->reading_scale = total > READING_MS ? READING_MS / total : 1;
}

/* Milliseconds between the last event and the next one. */
static double gap_ms(const struct player *p)
{
    const struct event *next = &p->events.items[p->at];

    if (!p->at)
        return 0;
    if (p->opts.reading_pace)
        return reading_ms(&next[-1]) * p->reading_scale / p->speed;
    return fmin(fmax((double)(next->ts_ms - next[-1].ts_ms) / p->speed, 0), PAUSE_MAX_MS);
}

static void on_due(void *ctx);

static void arm(struct player *p)
{
    if (p->playing && p->at < p->events.count)
        p->timer = loop_timer(p->loop, (int64_t)gap_ms(p), on_due, p);
}

/* What is due within the same millisecond comes together. */
static void on_due(void *ctx)
{
    struct player *p = ctx;
    double passed = 0;

    p->timer = 0;
    for (int i = 0; p->playing && p->at < p->events.count && passed < 1 && i < EVENTS_A_TURN; i++) {
        feed_one(p);
        passed += p->at < p->events.count ? gap_ms(p) : 0;
    }
    if (p->playing && p->at >= p->events.count) {
        p->playing = false;
        moved(p);
    }
    arm(p);
}

static void set_playing(struct player *p, bool playing)
{
    if (p->timer)
        loop_timer_cancel(p->loop, p->timer);
    p->timer = 0;
    p->playing = playing && p->at < p->events.count;
    arm(p);
}

/* ---- where ---- */

/* Events after which the state is that of a moment. */
static size_t at_time(const struct player *p, int64_t ms)
{
    size_t lo = 0, hi = p->events.count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (p->events.items[mid].ts_ms <= ms)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static int64_t here_ms(const struct player *p)
{
    if (!p->events.count)
        return 0;
    return p->events.items[p->at ? p->at - 1 : 0].ts_ms;
}

/* "14:03" or "14:03:10" of the session's day, or of the next one when the session had not begun. */
static bool parse_clock(const struct player *p, struct str s, int64_t *ret_ms)
{
    struct str part, rest = s;
    int64_t n[3] = {0, 0, 0};
    time_t day;
    struct tm tm;
    int parts = 0;

    while (parts < 3 && str_split(&rest, ':', &part))
        if (part.len > 2 || !num_i64(part, &n[parts++]))
            return false;
    if (rest.len || parts < 2 || n[0] < 0 || n[0] > 23 || n[1] < 0 || n[1] > 59 || n[2] < 0 ||
        n[2] > 60)
        return false;
    day = (time_t)(p->events.count ? p->events.items[0].ts_ms / 1000 : 0);
    localtime_r(&day, &tm);
    tm.tm_hour = (int)n[0];
    tm.tm_min = (int)n[1];
    tm.tm_sec = (int)n[2];
    tm.tm_isdst = -1;
    *ret_ms = (int64_t)mktime(&tm) * 1000 + 999; /* all of that second */
    if (p->events.count && *ret_ms < p->events.items[0].ts_ms)
        *ret_ms += DAY_MS;
    return true;
}

static bool parse_where(const struct player *p, struct str s, size_t *ret)
{
    double percent;
    uint64_t number;
    int64_t ms;

    if (s.len > 1 && s.ptr[0] == '#') {
        if (!num_u64((struct str){s.ptr + 1, s.len - 1}, &number))
            return false;
        *ret = number < p->events.count ? (size_t)number : p->events.count;
        return true;
    }
    if (s.len > 1 && s.ptr[s.len - 1] == '%') {
        if (!num_f64((struct str){s.ptr, s.len - 1}, &percent) || !(percent >= 0 && percent <= 100))
            return false;
        *ret = (size_t)lround((double)p->events.count * percent / 100);
        return true;
    }
    if (s.len > 1 && (s.ptr[0] == '+' || s.ptr[0] == '-')) {
        if (!duration_parse((struct str){s.ptr + 1, s.len - 1}, &ms))
            return false;
        *ret = at_time(p, here_ms(p) + (s.ptr[0] == '+' ? ms : -ms));
        return true;
    }
    if (!parse_clock(p, s, &ms) && !(s.len > 10 && time_parse(s, &ms)))
        return false;
    *ret = at_time(p, ms);
    return true;
}

void player_seek(struct player *p, size_t at)
{
    at = at < p->events.count ? at : p->events.count;
    if (at < p->at) {
        uint64_t epoch = p->model.epoch + 1;

        model_release(&p->model);
        model_init(&p->model);
        p->model.epoch = epoch;
        p->at = 0;
    }
    while (p->at < at)
        model_apply(&p->model, &p->events.items[p->at++]);
    set_playing(p, p->playing);
    moved(p);
}

enum err_code player_jump(struct player *p, const char *where, struct err *err)
{
    size_t at;

    if (!parse_where(p, str_trim(str_from(where)), &at))
        return err_set(err, ERR_INPUT,
                       "'%s' is no place of the recording: give 14:03:10, +90s, -2m, 50%% or #41",
                       where);
    player_seek(p, at);
    return ERR_OK;
}

/* ---- the keys ---- */

static void step(void *ctx)
{
    struct player *p = ctx;

    set_playing(p, false);
    if (p->at < p->events.count)
        feed_one(p);
    moved(p);
}

static void back(void *ctx)
{
    struct player *p = ctx;

    p->playing = false;
    player_seek(p, p->at ? p->at - 1 : 0);
}

static void play(void *ctx, bool playing)
{
    struct player *p = ctx;

    if (playing && p->at >= p->events.count)
        player_seek(p, 0); /* once more */
    set_playing(p, playing);
    moved(p);
}

static void change_speed(void *ctx, int by)
{
    struct player *p = ctx;
    size_t i = 0;

    if (by > 0) {
        while (i + 1 < SPEEDS && speeds[i] <= p->speed)
            i++;
    } else {
        i = SPEEDS - 1;
        while (i > 0 && speeds[i] >= p->speed)
            i--;
    }
    p->speed = speeds[i];
    set_playing(p, p->playing);
    moved(p);
}

static bool is_playing(void *ctx)
{
    return ((struct player *)ctx)->playing;
}

static bool jump(void *ctx, const char *where, struct err *err)
{
    return player_jump(ctx, where, err) == ERR_OK;
}

static bool branch(void *ctx, struct err *err)
{
    struct player *p = ctx;

    if (!player_seq(p)) {
        err_set(err, ERR_INPUT, "there is nothing to branch from yet: step to an event first");
        return false;
    }
    set_playing(p, false);
    return p->opts.branch(p->opts.ctx, player_seq(p), err);
}

static double progress(void *ctx)
{
    const struct player *p = ctx;

    return p->events.count ? (double)p->at / (double)p->events.count : 1;
}

static const char *state_text(void *ctx)
{
    struct player *p = ctx;
    char when[TIME_TEXT_MAX];

    time_format_hms(here_ms(p), true, when);
    snprintf(p->text, sizeof(p->text), "%s  event %zu of %zu  %gx  %s", when, p->at,
             p->events.count, p->speed,
             p->at >= p->events.count ? "at the end"
             : p->playing             ? "playing"
                                      : "paused");
    return p->text;
}

/* ---- life ---- */

enum err_code player_new(struct loop *loop, const char *path, const struct player_options *opts,
                         struct player **ret, struct journal_report *report, struct err *err)
{
    struct player *p = xcalloc(1, sizeof(*p));

    p->loop = loop;
    p->opts = *opts;
    p->speed = opts->speed > 0 ? fmin(fmax(opts->speed, speeds[0]), speeds[SPEEDS - 1]) : 1;
    p->arena = arena_new(0);
    model_init(&p->model);
    p->control = (struct replay_control){
        .ctx = p,
        .step = step,
        .play = play,
        .speed = change_speed,
        .playing = is_playing,
        .text = state_text,
        .back = back,
        .jump = jump,
        .branch = opts->branch ? branch : NULL,
        .progress = progress,
        .label = opts->label,
    };
    if (journal_read(path, false, keep_event, p, report, err)) {
        player_free(p);
        return err->code;
    }
    scale_reading(p);
    *ret = p;
    return ERR_OK;
}

void player_free(struct player *p)
{
    if (!p)
        return;
    if (p->timer)
        loop_timer_cancel(p->loop, p->timer);
    model_release(&p->model);
    VEC_RELEASE(&p->events);
    arena_free(p->arena);
    free(p);
}

void player_start(struct player *p)
{
    p->started = true;
    set_playing(p, !p->opts.paused);
}

const struct model *player_model(const struct player *p)
{
    return &p->model;
}

struct replay_control *player_control(struct player *p)
{
    return &p->control;
}

size_t player_at(const struct player *p)
{
    return p->at;
}

size_t player_count(const struct player *p)
{
    return p->events.count;
}

uint64_t player_seq(const struct player *p)
{
    return p->at ? p->events.items[p->at - 1].seq : 0;
}
