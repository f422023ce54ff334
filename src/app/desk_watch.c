/* desk_watch.c - which services of AWS are watched: those in which something was found, those that
 * were chosen before, and others by name. Written by `runbook accounts scope`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/service/aws/catalogue.h"
#include "src/app/aws_open.h"
#include "src/app/desk_priv.h"

#define SERVICES_MAX 250

static struct desk_service *service_of(struct desk *d, struct str name)
{
    struct desk_service *s;

    VEC_EACH (it, &d->watch.services)
        if (str_eq_c(name, it->name))
            return it;
    if (d->watch.services.count == SERVICES_MAX)
        return NULL;
    s = VEC_PUSH(&d->watch.services);
    s->name = arena_str(d->watch.arena, name);
    return s;
}

static int by_found(const void *a, const void *b)
{
    const struct desk_service *x = a, *y = b;

    if (x->found != y->found)
        return x->found < y->found ? 1 : -1;
    return strcmp(x->name, y->name);
}

void desk_watch_begin(struct desk *d)
{
    const struct value *chosen = value_get(d->list.v, "services");

    arena_free(d->watch.arena);
    d->watch.arena = arena_new(0);
    d->watch.services.count = 0;
    d->watch.problem[0] = '\0';
    d->watch.all = !value_count(chosen);
    VALUE_EACH (f, value_get(d->list.v, "found")) {
        struct desk_service *s = service_of(d, f->key);

        if (s && f->type == VALUE_NUMBER)
            s->found = (int64_t)f->u.number;
    }
    VALUE_EACH (c, chosen) {
        struct desk_service *s = c->type == VALUE_STRING ? service_of(d, c->u.string) : NULL;

        if (s)
            s->on = true;
    }
    if (d->watch.services.count)
        qsort(d->watch.services.items, d->watch.services.count, sizeof(struct desk_service),
              by_found);
}

static void lay_watch(struct desk *d, const char *arg)
{
    size_t on = 0;

    (void)arg;
    VEC_EACH (s, &d->watch.services)
        on += s->on;
    desk_heading(d, "What is watched");
    desk_text(d, STYLE_DIM,
              "Only these are asked by scans, by the screen and by the tools; what is "
              "named is asked anyway. Enter switches one.");
    desk_blank(d);
    desk_check(d, "all", d->watch.all, "every service", NULL);
    VEC_EACH (s, &d->watch.services)
        desk_check(d, arena_printf(d->frame, "service:%s", s->name), !d->watch.all && s->on,
                   s->name,
                   s->found ? arena_printf(d->frame, "%lld resource%s", (long long)s->found,
                                           s->found == 1 ? "" : "s")
                            : "nothing was found there");
    desk_field(d, "other", "another one", "", "such as lambda", d->watch.problem);
    desk_blank(d);
    if (d->watch.all)
        desk_go(d, "save", "Watch every service", "written to services.yaml");
    else
        desk_go(d, "save", arena_printf(d->frame, "Watch these %zu", on),
                on ? "written to services.yaml" : "choose at least one");
}

static bool add_other(struct desk *d, const char *text)
{
    struct str name = str_trim(str_from(text));
    struct aws_catalogue *c = aws_open_catalogue();
    const struct aws_service *known;
    struct err err = ERR_INIT;
    struct desk_service *s;

    d->watch.problem[0] = '\0';
    if (aws_catalogue_get(c, name, &known, &err)) {
        (void)snprintf(d->watch.problem, sizeof(d->watch.problem), "%s", err.msg);
    } else if ((s = service_of(d, name)) != NULL) {
        s->on = true;
        d->watch.all = false;
    }
    aws_catalogue_free(c);
    return !err.code;
}

static void after_watch(struct desk *d)
{
    desk_read(d);
    if (!desk_job_well(d))
        return;
    d->changed = true;
    d->depth = 1; /* the list says it */
}

static void save(struct desk *d)
{
    const char *args[DESK_ARGS_MAX] = {"accounts", "scope"};
    size_t n = 2;

    VEC_EACH (s, &d->watch.services)
        if (!d->watch.all && s->on)
            args[n++] = s->name;
    if (!d->watch.all && n == 2) {
        (void)snprintf(d->watch.problem, sizeof(d->watch.problem), "choose at least one service");
        return;
    }
    if (d->watch.all)
        args[n++] = "--all";
    args[n] = NULL;
    if (desk_start(
            d, &(struct desk_start){
                   .title = "What is watched", .stopped = "", .args = args, .then = after_watch}))
        desk_open(d, &page_run, "");
}

static bool choose_watch(struct desk *d, const char *arg, const char *id, const char *text)
{
    (void)arg;
    if (strcmp(id, "all") == 0)
        d->watch.all = !d->watch.all;
    if (strcmp(id, "other") == 0 && text && *text)
        return add_other(d, text);
    if (strncmp(id, "service:", 8) == 0) {
        struct desk_service *s = service_of(d, str_from(id + 8));

        if (s)
            s->on = d->watch.all || !s->on;
        d->watch.all = false;
    }
    d->watch.problem[0] = '\0';
    if (strcmp(id, "save") == 0)
        save(d);
    return true;
}

const struct desk_page page_watch = {
    .name = "watch", .title = "Watched", .lay = lay_watch, .choose = choose_watch};
