/* cmd_doctor.c - "runbook doctor": is everything there, and what may it read? */
#include "src/app/commands.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/text.h"
#include "runbook/codec/json.h"
#include "src/app/doctor.h"

size_t doctor_add(struct doctor *d, const char *group, const char *name, enum check_state state,
                  const char *fmt, ...)
{
    struct check *c = VEC_PUSH(&d->checks);
    va_list ap;
    char *text;

    va_start(ap, fmt);
    text = xvasprintf(fmt, ap);
    va_end(ap);
    *c = (struct check){.group = group,
                        .name = arena_strdup(d->arena, name),
                        .detail = arena_strdup(d->arena, text),
                        .state = state,
                        .latency_ms = -1};
    free(text);
    return d->checks.count - 1;
}

const char *check_state_name(enum check_state s)
{
    switch (s) {
    case CHECK_OK:
        return "ok";
    case CHECK_NOTE:
        return "note";
    case CHECK_WARNING:
        return "warning";
    case CHECK_FAILED:
        return "failed";
    case CHECK_ABSENT:
        return "absent";
    }
    return "";
}

static size_t count(const struct doctor *d, enum check_state state)
{
    size_t n = 0;

    VEC_EACH (c, &d->checks)
        n += c->state == state;
    return n;
}

static const char *colour_of(enum check_state s)
{
    switch (s) {
    case CHECK_OK:
        return "\033[32m";
    case CHECK_WARNING:
        return "\033[33m";
    case CHECK_FAILED:
        return "\033[31m";
    case CHECK_NOTE:
    case CHECK_ABSENT:
        return "";
    }
    return "";
}

static void put_check(const struct doctor *d, const struct check *c, bool colour, struct buf *out)
{
    struct buf safe = BUF_INIT(1 << 16);
    const char *on = colour ? colour_of(c->state) : "";

    text_sanitize(&safe, str_from(c->detail), false, d->app->ascii);
    buf_addf(out, "  %s%-8s%s %-20s %s", on, check_state_name(c->state), *on ? "\033[0m" : "",
             c->name, buf_cstr(&safe));
    if (c->latency_ms >= 0)
        buf_addf(out, " (%lld ms)", (long long)c->latency_ms);
    buf_addc(out, '\n');
    buf_release(&safe);
}

/* Checks of a group stand together, whatever the order they were made in. */
static void put_text(const struct doctor *d, bool colour, struct buf *out)
{
    for (size_t i = 0; i < d->checks.count; i++) {
        const char *group = d->checks.items[i].group;
        bool seen = false;

        for (size_t j = 0; j < i; j++)
            seen = seen || strcmp(d->checks.items[j].group, group) == 0;
        if (seen)
            continue;
        buf_addf(out, "%s%s\n", out->len ? "\n" : "", group);
        VEC_EACH (c, &d->checks)
            if (strcmp(c->group, group) == 0)
                put_check(d, c, colour, out);
    }
    buf_addf(out, "\n%zu ok, %zu warnings, %zu failed\n", count(d, CHECK_OK),
             count(d, CHECK_WARNING), count(d, CHECK_FAILED));
}

static void put_json(const struct doctor *d, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.doctor/1");
    json_put_cstr(&w, "version", PACKAGE_VERSION);
    json_put_bool(&w, "ok", count(d, CHECK_FAILED) == 0);
    json_key(&w, "checks");
    json_array_begin(&w);
    VEC_EACH (c, &d->checks) {
        json_object_begin(&w);
        json_put_cstr(&w, "group", c->group);
        json_put_cstr(&w, "name", c->name);
        json_put_cstr(&w, "state", check_state_name(c->state));
        json_put_cstr(&w, "detail", c->detail);
        json_key(&w, "latency_ms");
        if (c->latency_ms >= 0)
            json_int(&w, c->latency_ms);
        else
            json_null(&w);
        json_object_end(&w);
    }
    json_array_end(&w);
    json_object_end(&w);
    buf_addc(out, '\n');
}

static int run_doctor(struct app *app, const struct cmd_args *args)
{
    struct doctor d = {
        .app = app, .arena = arena_new(0), .ask_models = args_has(args, "ask-models")};
    struct buf out = BUF_INIT((size_t)4 << 20);
    struct err err;
    int rc;

    if (app_config(app, &d.config, &err)) {
        d.config = NULL;
        doctor_add(&d, "files", "configuration", CHECK_FAILED, "%s", err.msg);
    }
    doctor_libraries(&d);
    doctor_files(&d);
    doctor_terminal(&d);
    doctor_machine(&d);
    doctor_backends(&d);
    doctor_models(&d);
    doctor_mcp(&d);
    if (app->json)
        put_json(&d, &out);
    else
        put_text(&d, app->color && app_interactive(app), &out);
    rc = app_print(buf_str(&out));
    if (rc == EXIT_DONE && count(&d, CHECK_FAILED))
        rc = EXIT_FAILED;
    buf_release(&out);
    VEC_RELEASE(&d.checks);
    arena_free(d.arena);
    return rc;
}

static const struct opt_def opts[] = {
    {"ask-models", 0, ARG_NONE,
     .help = "Also send each configured language model one word, which costs a few tokens."},
    {NULL},
};

const struct cmd_def cmd_doctor_def = {
    .name = "doctor",
    .help = "Check libraries, files, the terminal and every backend, and say what may be read.",
    .details =
        "Each check has a word: ok, note (worth knowing), warning, failed, or absent (not "
        "configured "
        "or not there). Servers and machines are asked at the same time, each for at most eight "
        "seconds. Language models are not asked, unless --ask-models is given: what is configured "
        "and "
        "what is missing is known without. The exit code is 1 when a check failed.",
    .opts = opts,
    .run = run_doctor,
    .examples = "runbook doctor\nrunbook doctor --json\nrunbook doctor --ask-models",
};
