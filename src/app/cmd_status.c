/* cmd_status.c - "runbook status": what is configured, the last investigations, open problems. Asks
 * nobody: doctor does that. */
#include "src/app/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "runbook/app/config.h"
#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/store/index.h"
#include "src/app/model_open.h"

#define SHOWN 5

struct status {
    struct app *app;
    const struct config *config;
    const char *state_dir;
    struct session_list sessions; /* the newest */
};

/* A journal is locked while it is written. */
static bool is_written(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool locked = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;

    if (fd >= 0)
        close(fd);
    return locked;
}

/* A session that was not closed: is somebody writing it, or was it cut off? */
static const char *session_state(const struct session_info *s)
{
    if (*s->problem)
        return "broken";
    if (s->closed_ms)
        return "ended";
    return is_written(s->path) ? "running" : "interrupted";
}

static const char *session_said(const struct session_info *s)
{
    if (*s->problem)
        return s->problem;
    if (*s->root_cause)
        return s->root_cause;
    return *s->verdict ? s->verdict : "no verdict";
}

/* ---- text ---- */

static void put_safe(struct buf *out, const char *text, const struct app *app)
{
    text_sanitize(out, str_from(text), false, app->ascii);
}

static void put_model(const struct config *c, const struct app *app, struct buf *out)
{
    const char *provider = model_provider(c), *model = config_str(c, "llm.model");

    if (strcmp(provider, "none") == 0) {
        buf_adds(out, "none (built-in investigator)");
        return;
    }
    if (!*model)
        model = config_str(c, "ai.model");
    buf_addf(out, "%s/", provider);
    put_safe(out, *model ? model : "(none named)", app);
    if (config_count(c, "llm.fallback"))
        buf_addf(out, ", %zu more", config_count(c, "llm.fallback"));
}

static void put_sources(const struct status *st, struct buf *out)
{
    const struct config *c = st->config;
    size_t hosts = config_count(c, "hosts");

    buf_addf(out, "Configuration  %s\n", config_file(c) ? config_file(c) : "none (defaults)");
    buf_addf(out, "State          %s\n", st->state_dir);
    buf_adds(out, "Prometheus     ");
    put_safe(out,
             *config_str(c, "prometheus.url") ? config_str(c, "prometheus.url") : "not configured",
             st->app);
    buf_adds(out, "\nAlertmanager   ");
    put_safe(out,
             *config_str(c, "alertmanager.url") ? config_str(c, "alertmanager.url")
                                                : "not configured",
             st->app);
    buf_adds(out, "\nMachines       ");
    for (size_t i = 0; i < hosts; i++) {
        buf_adds(out, i ? ", " : "");
        put_safe(out, config_item(c, "hosts", i), st->app);
    }
    if (!hosts)
        buf_adds(out, "this one");
    buf_adds(out, "\nModel          ");
    put_model(c, st->app, out);
    buf_addc(out, '\n');
}

static void put_session(const struct status *st, const struct session_info *s, struct buf *out)
{
    struct buf line = BUF_INIT(1 << 16), safe = BUF_INIT(1 << 18);
    char ago[TIME_TEXT_MAX];
    int64_t now = st->app->clock->wall_ms(st->app->clock);
    int width = app_width();

    duration_format(now > s->last_ms ? now - s->last_ms : 0, ago);
    buf_addf(&line, "  %s  %-11s %s ago  %s: %s", s->id, session_state(s), ago, s->title,
             session_said(s));
    text_sanitize(&safe, buf_str(&line), false, st->app->ascii);
    text_ellipsis(out, buf_str(&safe), width < 200 ? width : 200, st->app->ascii);
    buf_addc(out, '\n');
    buf_release(&line);
    buf_release(&safe);
}

static size_t put_problems(const struct status *st, struct buf *out)
{
    size_t n = 0;

    for (size_t i = 0; i < config_problem_count(st->config); i++, n++) {
        buf_adds(out, "  ");
        put_safe(out, config_problem(st->config, i)->text, st->app);
        buf_addc(out, '\n');
    }
    VEC_EACH (s, &st->sessions.items) {
        const char *state = session_state(s);

        if (*s->problem)
            buf_addf(out, "  session %s: %s\n", s->id, s->problem);
        else if (strcmp(state, "interrupted") == 0)
            buf_addf(out, "  session %s was cut off; 'runbook resume %s' opens it again\n", s->id,
                     s->id);
        n += *s->problem || strcmp(state, "interrupted") == 0;
    }
    return n;
}

static void put_text(const struct status *st, struct buf *out)
{
    struct buf problems = BUF_INIT(1 << 20);

    put_sources(st, out);
    buf_addf(out, "\nSessions       %zu kept\n", st->sessions.total);
    VEC_EACH (s, &st->sessions.items)
        put_session(st, s, out);
    if (put_problems(st, &problems))
        buf_addf(out, "\nOpen problems\n%s", buf_cstr(&problems));
    buf_release(&problems);
}

/* ---- JSON ---- */

static void json_time(struct json_writer *w, const char *key, int64_t ms)
{
    char text[TIME_TEXT_MAX];

    time_format_rfc3339(ms, text);
    json_put_cstr(w, key, ms ? text : NULL);
}

static void json_session(struct json_writer *w, const struct session_info *s)
{
    json_object_begin(w);
    json_put_cstr(w, "id", s->id);
    json_put_cstr(w, "title", s->title);
    json_put_cstr(w, "state", session_state(s));
    json_time(w, "opened", s->opened_ms);
    json_time(w, "last", s->last_ms);
    json_put_cstr(w, "verdict", *s->verdict ? s->verdict : NULL);
    json_put_cstr(w, "root_cause", *s->root_cause ? s->root_cause : NULL);
    json_put_num(w, "confidence", s->confidence);
    json_put_cstr(w, "problem", *s->problem ? s->problem : NULL);
    json_put_cstr(w, "journal", s->path);
    json_object_end(w);
}

static const char *or_null(const char *s)
{
    return *s ? s : NULL;
}

static void put_json(const struct status *st, struct buf *out)
{
    const struct config *c = st->config;
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.status/1");
    json_put_cstr(&w, "version", PACKAGE_VERSION);
    json_put_cstr(&w, "config_file", config_file(c));
    json_put_cstr(&w, "state_dir", st->state_dir);
    json_put_cstr(&w, "prometheus", or_null(config_str(c, "prometheus.url")));
    json_put_cstr(&w, "alertmanager", or_null(config_str(c, "alertmanager.url")));
    json_put_cstr(&w, "llm_provider", model_provider(c));
    json_key(&w, "hosts");
    json_array_begin(&w);
    for (size_t i = 0; i < config_count(c, "hosts"); i++)
        json_cstring(&w, config_item(c, "hosts", i));
    json_array_end(&w);
    json_put_int(&w, "session_count", (int64_t)st->sessions.total);
    json_key(&w, "sessions");
    json_array_begin(&w);
    VEC_EACH (s, &st->sessions.items)
        json_session(&w, s);
    json_array_end(&w);
    json_key(&w, "problems");
    json_array_begin(&w);
    for (size_t i = 0; i < config_problem_count(c); i++)
        json_cstring(&w, config_problem(c, i)->text);
    json_array_end(&w);
    json_object_end(&w);
    buf_addc(out, '\n');
}

static int run_status(struct app *app, const struct cmd_args *args)
{
    struct status st = {.app = app};
    struct session_query q = {.limit = SHOWN};
    struct buf out = BUF_INIT((size_t)4 << 20);
    struct err err;
    int rc;

    (void)args;
    if (app_config(app, &st.config, &err) || app_state_dir(app, &st.state_dir, &err) ||
        session_list_load(st.state_dir, &q, &st.sessions, &err)) {
        buf_release(&out);
        return app_fail(&err);
    }
    if (app->json)
        put_json(&st, &out);
    else
        put_text(&st, &out);
    rc = app_print(buf_str(&out));
    session_list_release(&st.sessions);
    buf_release(&out);
    return rc;
}

const struct cmd_def cmd_status_def = {
    .name = "status",
    .help = "Show what is configured, the last investigations and open problems.",
    .run = run_status,
};
