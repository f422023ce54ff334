/* tally.c - see tally.h. */
#include "runbook/service/aws/tally.h"

#include <stdio.h>
#include <string.h>

#define TROUBLES_SAID 3

static struct aws_tally_place *place_of(struct aws_tally *t, struct str service, const char *region)
{
    struct aws_tally_place *p;

    region = region ? region : "";
    for (size_t i = 0; i < t->place_count; i++)
        if (str_eq_c(service, t->places[i].service) && strcmp(t->places[i].region, region) == 0)
            return &t->places[i];
    if (t->place_count == AWS_TALLY_PLACES_MAX)
        return NULL;
    p = &t->places[t->place_count++];
    memset(p, 0, sizeof(*p));
    (void)snprintf(p->service, sizeof(p->service), "%.*s", STR_FMT(service));
    (void)snprintf(p->region, sizeof(p->region), "%s", region);
    return p;
}

static void changed(struct aws_tally *t)
{
    if (t->on_change)
        t->on_change(t->ctx);
}

void aws_tally_begin(struct aws_tally *t, struct str service, const char *region)
{
    struct aws_tally_place *p;

    if (!t)
        return;
    p = place_of(t, service, region);
    t->known++;
    if (p)
        p->known++;
    changed(t);
}

void aws_tally_page(struct aws_tally *t, size_t items)
{
    if (!t)
        return;
    t->pages++;
    t->items += items;
    changed(t);
}

void aws_tally_again(struct aws_tally *t, struct str service, const char *region, bool throttled)
{
    struct aws_tally_place *p;

    if (!t || !throttled)
        return;
    p = place_of(t, service, region);
    t->throttled++;
    if (p)
        p->waiting++;
    changed(t);
}

void aws_tally_sent(struct aws_tally *t, struct str service, const char *region)
{
    struct aws_tally_place *p = t ? place_of(t, service, region) : NULL;

    if (p && p->waiting)
        p->waiting--;
}

/* What could not be read is worse than what is not there, a refusal worse than a failure. */
static int badness(enum aws_end e)
{
    switch (e) {
    case AWS_END_WHOLE:
    case AWS_END_CUT:
    case AWS_END_NOT_FOUND:
    case AWS_END_CANCELED: /* by us: as much as was wanted had come */
        return 0;
    case AWS_END_ABSENT:
    case AWS_END_NOT_ENABLED:
        return 1;
    case AWS_END_DENIED:
    case AWS_END_KEYS:
        return 4;
    case AWS_END_THROTTLED:
    case AWS_END_CLOCK:
    case AWS_END_REFUSED:
    case AWS_END_FAILED:
    case AWS_END_UNREACHED:
    case AWS_END_BAD_ANSWER:
    case AWS_END_INPUT:
    case AWS_END_TIMEOUT:
        return 3;
    }
    return 3;
}

void aws_tally_end(struct aws_tally *t, struct str service, const char *region,
                   struct str operation, enum aws_end end)
{
    struct aws_tally_place *p;

    if (!t)
        return;
    p = place_of(t, service, region);
    t->done++;
    if (p) {
        p->done++;
        p->bad += badness(end) > 2;
        if (badness(end) > badness(p->end)) {
            p->end = end;
            (void)snprintf(p->operation, sizeof(p->operation), "%.*s", STR_FMT(operation));
        }
    }
    changed(t);
}

/* ---- said ---- */

static void say_place(const struct aws_tally_place *p, bool waits, struct buf *out)
{
    if (out->len)
        buf_adds(out, "; ");
    if (waits)
        buf_addf(out, "%s%s%s throttled, asked again", p->service, *p->region ? " in " : "",
                 p->region);
    else
        buf_addf(out, "%s %s%s%s %s", p->service, p->operation, *p->region ? " in " : "", p->region,
                 aws_end_sentence(p->end));
}

void aws_tally_trouble(const struct aws_tally *t, struct buf *out)
{
    struct buf said = BUF_INIT(2048);
    size_t n = 0, count = 0;

    for (int level = 4; level > 1; level--) /* denied, failed, waiting */
        for (size_t i = 0; i < t->place_count; i++) {
            const struct aws_tally_place *p = &t->places[i];
            bool waits = level == 2;

            if (waits ? !p->waiting || badness(p->end) > 2 : badness(p->end) != level)
                continue;
            count++;
            if (n < TROUBLES_SAID) {
                say_place(p, waits, &said);
                n++;
            }
        }
    if (count > n)
        buf_addf(&said, "; and %zu more", count - n);
    buf_add_str(out, buf_str(&said));
    buf_release(&said);
}

void aws_tally_words(const struct aws_tally *t, struct buf *out)
{
    struct buf bad = BUF_INIT(2048);

    buf_addf(out, "%zu of %zu call%s", t->done, t->known, t->known == 1 ? "" : "s");
    aws_tally_trouble(t, &bad);
    if (bad.len)
        buf_addf(out, "; %s", buf_cstr(&bad));
    buf_release(&bad);
}

void aws_tally_json(const struct aws_tally *t, struct json_writer *w)
{
    json_put_int(w, "done", (int64_t)t->done);
    json_put_int(w, "known", (int64_t)t->known);
    json_put_int(w, "items", (int64_t)t->items);
    json_put_int(w, "pages", (int64_t)t->pages);
    json_put_int(w, "throttled", (int64_t)t->throttled);
    json_key(w, "places");
    json_array_begin(w);
    for (size_t i = 0; i < t->place_count; i++) {
        const struct aws_tally_place *p = &t->places[i];

        json_object_begin(w);
        json_put_cstr(w, "service", p->service);
        json_put_cstr(w, "region", p->region);
        json_put_int(w, "done", (int64_t)p->done);
        json_put_int(w, "known", (int64_t)p->known);
        json_put_int(w, "waiting", (int64_t)p->waiting);
        if (*p->operation) {
            json_put_cstr(w, "operation", p->operation);
            json_put_cstr(w, "end", aws_end_name(p->end));
        }
        json_object_end(w);
    }
    json_array_end(w);
}
