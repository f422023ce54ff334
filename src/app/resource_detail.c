/* resource_detail.c - see resource_detail.h. */
#include "src/app/resource_detail.h"

#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/base/text.h"
#include "runbook/base/vec.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/inventory.h"
#include "runbook/service/aws/record.h"
#include "runbook/service/aws/relations.h"
#include "runbook/store/inventory.h"
#include "src/app/resource_metrics.h"

#define RECORD_MAX ((size_t)4 << 20)
#define KEY_MAX 2600

/* One reading: a worker fills it, the loop hands it over. */
struct reading {
    struct detail_reader *reader;
    char *path, *key;
    struct arena *arena;
    struct arena *kept;       /* of `item`, and then of who asks for its metrics */
    const struct value *item; /* its record; NULL: not kept */
    bool again;
    struct resource_detail *d;
    VEC(struct detail_link) links;
    VEC(struct detail_change) changes;
    struct inv_resource place; /* parts of the key */
    struct redactor *redactor;
    struct err err;
};

struct detail_reader {
    struct loop *loop;
    char *path;
    struct redactor *redactor;
    struct metric_looks *looks;
    struct reading *reading; /* NULL: none */
    loop_id job;
    /* What was answered last: more of it is put into the same arena. */
    char *key;
    struct arena *shown_arena; /* the screen's */
    struct resource_detail *shown;
    tui_detail_fn *answer;
    void *to;
};

static void on_metrics(void *ctx, const char *key);

struct detail_reader *detail_reader_new(struct loop *loop, char *path, struct redactor *redactor,
                                        struct aws_estate *estate)
{
    struct detail_reader *r = xcalloc(1, sizeof(*r));

    r->loop = loop;
    r->path = path;
    r->redactor = redactor;
    r->looks = metric_looks_new(loop, estate, on_metrics, r);
    return r;
}

static void reading_free(struct reading *g)
{
    if (!g)
        return;
    VEC_RELEASE(&g->links);
    VEC_RELEASE(&g->changes);
    arena_free(g->arena);
    arena_free(g->kept);
    free(g->path);
    free(g->key);
    free(g);
}

static void stop(struct detail_reader *r)
{
    if (r->job)
        loop_job_drop(r->loop, r->job);
    r->job = 0;
    reading_free(r->reading);
    r->reading = NULL;
}

void detail_reader_free(struct detail_reader *r)
{
    if (!r)
        return;
    stop(r);
    metric_looks_free(r->looks);
    redactor_free(r->redactor);
    free(r->key);
    free(r->path);
    free(r);
}

/* ---- on a worker ---- */

static const char *keep(struct reading *g, const char *s)
{
    return s && *s ? arena_strdup(g->arena, s) : "";
}

static enum health health_of(const char *word)
{
    return strcmp(word, "ok") == 0         ? HEALTH_OK
           : strcmp(word, "changing") == 0 ? HEALTH_WARNING
           : strcmp(word, "bad") == 0      ? HEALTH_CRITICAL
                                           : HEALTH_UNKNOWN;
}

static const char *record_text(struct reading *g, struct str packed)
{
    struct buf json = BUF_INIT(RECORD_MAX), safe = BUF_INIT(RECORD_MAX);
    struct err err = ERR_INIT;
    const char *text = "";

    if (!packed.len)
        return "";
    if (aws_record_unpack(g->kept, packed, &g->item, &err))
        return arena_strdup(g->arena, err.msg);
    json_pretty(&json, g->item);
    (void)redactor_apply_or_withhold(g->redactor, &safe, buf_str(&json));
    text = arena_strdup(g->arena, buf_cstr(&safe));
    buf_release(&json);
    buf_release(&safe);
    return text;
}

/* {"a":"b"} as a=b, for people. */
static const char *tag_text(struct reading *g, const char *json)
{
    const struct value *tags;
    struct err ignored = ERR_INIT;
    const char *text = "";

    if (!*json || json_parse(g->arena, str_from(json), &tags, &ignored))
        return "";
    VALUE_EACH (it, tags)
        if (it->type == VALUE_STRING)
            text = arena_printf(g->arena, "%s%s%.*s=%.*s", text, *text ? " " : "", STR_FMT(it->key),
                                STR_FMT(it->u.string));
    return text;
}

static void on_kept(void *ctx, const struct inv_kept *k)
{
    struct reading *g = ctx;
    struct resource_detail *d = g->d;

    d->name = keep(g, *k->r.name ? k->r.name : k->r.id);
    d->kind = keep(g, k->r.kind);
    d->service = keep(g, k->r.service);
    d->region = keep(g, k->r.region);
    d->account = keep(g, k->r.account);
    d->state = keep(g, k->gone_ms ? "gone" : k->r.state);
    d->arn = keep(g, k->r.arn);
    d->tags = tag_text(g, k->r.tags);
    d->health = k->gone_ms ? HEALTH_UNKNOWN : health_of(k->r.health);
    d->first_ms = k->first_ms;
    d->last_ms = k->last_ms;
    d->gone_ms = k->gone_ms;
    d->record = record_text(g, k->r.record);
}

static const char *key_of(struct reading *g, const struct inv_resource *r)
{
    return arena_printf(g->arena, "aws:%s/%s/%s/%s/%s", r->account, r->region, r->service, r->kind,
                        r->id);
}

static void on_link(void *ctx, const struct inv_link *l)
{
    struct reading *g = ctx;
    const struct inv_resource *r = l->kept ? &l->kept->r : NULL;

    *VEC_PUSH(&g->links) = (struct detail_link){
        .words = aws_relation_words(aws_relation_type(str_from(l->type)), l->inverse),
        .key = r ? key_of(g, r) : "",
        .kind = r ? arena_printf(g->arena, "%s:%s", r->service, r->kind) : keep(g, l->kind),
        .name = keep(g, r ? (*r->name ? r->name : r->id) : l->target),
        .state = r ? keep(g, l->kept->gone_ms ? "gone" : r->state) : "not in the inventory",
        .health = r && !l->kept->gone_ms ? health_of(r->health) : HEALTH_UNKNOWN};
}

static void on_change(void *ctx, const struct inv_change *c)
{
    struct reading *g = ctx;

    *VEC_PUSH(&g->changes) = (struct detail_change){.at_ms = c->at_ms,
                                                    .what = keep(g, c->what),
                                                    .field = keep(g, c->field),
                                                    .before = keep(g, c->before),
                                                    .after = keep(g, c->after),
                                                    .by = ""};
}

static void read_store(void *ctx)
{
    static const struct inv_detail_callbacks callbacks = {on_kept, on_link, on_change};
    struct reading *g = ctx;

    (void)inventory_detail(g->path, &g->place, &callbacks, g, &g->err);
}

/* ---- on the loop ---- */

/* What is gone has no metrics that could be asked for by its page's words. */
static void want_metrics(struct reading *g)
{
    struct detail_reader *r = g->reader;
    struct inv_resource row = g->place;

    if (g->d->step != DETAIL_KNOWN || g->d->gone_ms)
        return;
    row.name = g->d->name;
    row.arn = g->d->arn;
    row.state = g->d->state;
    metric_looks_want(r->looks, g->key, &row, g->item, g->kept, g->again);
    g->kept = NULL;
    metric_looks_put(r->looks, g->key, g->arena, g->d);
}

static void on_metrics(void *ctx, const char *key)
{
    struct detail_reader *r = ctx;

    if (!r->shown || r->reading || strcmp(r->key, key) != 0)
        return;
    metric_looks_put(r->looks, key, r->shown_arena, r->shown);
    r->answer(r->to, key, r->shown_arena, r->shown);
}

static void hand_over(struct reading *g)
{
    struct detail_reader *r = g->reader;
    struct resource_detail *d = g->d;
    struct arena *arena = g->arena;

    d->step = DETAIL_KNOWN;
    if (g->err.code) {
        d->step = g->err.code == ERR_NOT_FOUND ? DETAIL_MISSING : DETAIL_FAILED;
        d->problem = arena_strdup(arena, g->err.msg);
    }
    d->links = arena_array(arena, g->links.count + 1, sizeof(*d->links));
    d->changes = arena_array(arena, g->changes.count + 1, sizeof(*d->changes));
    for (size_t i = 0; i < g->links.count; i++)
        ((struct detail_link *)(uintptr_t)d->links)[i] = g->links.items[i];
    for (size_t i = 0; i < g->changes.count; i++)
        ((struct detail_change *)(uintptr_t)d->changes)[i] = g->changes.items[i];
    d->link_count = g->links.count;
    d->change_count = g->changes.count;
    want_metrics(g);
    g->arena = NULL;
    r->shown_arena = arena;
    r->shown = d;
    r->answer(r->to, g->key, arena, d);
}

static void on_read(void *ctx, bool canceled)
{
    struct reading *g = ctx;
    struct detail_reader *r = g->reader;

    r->job = 0;
    r->reading = NULL;
    if (!canceled)
        hand_over(g);
    reading_free(g);
}

static struct resource_detail *new_detail(struct arena *a)
{
    struct resource_detail *d = arena_alloc(a, sizeof(*d));

    *d = (struct resource_detail){.problem = "",
                                  .name = "",
                                  .kind = "",
                                  .service = "",
                                  .region = "",
                                  .account = "",
                                  .state = "",
                                  .arn = "",
                                  .tags = "",
                                  .metrics_note = "",
                                  .record = ""};
    return d;
}

/* "aws:ACCOUNT/REGION/SERVICE/KIND/ID": an id may have slashes. */
static void read_key(struct reading *g)
{
    const char **parts[] = {&g->place.account, &g->place.region, &g->place.service, &g->place.kind};
    struct str rest = str_from(g->key + strlen("aws:")), piece;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        *parts[i] = rest.ptr && str_split(&rest, '/', &piece) ? arena_str(g->arena, piece) : "";
    g->place.id = rest.ptr ? arena_str(g->arena, rest) : "";
}

void detail_reader_ask(struct detail_reader *r, const char *key, bool again, tui_detail_fn *answer,
                       void *to)
{
    struct reading *g;

    stop(r);
    r->answer = answer;
    r->to = to;
    if (!again || !r->shown || strcmp(r->key, key) != 0) {
        struct arena *first = arena_new(0);

        free(r->key);
        r->key = xstrdup(key);
        r->shown = NULL;
        answer(to, key, first, new_detail(first));
    }
    if (strncmp(key, "aws:", 4) != 0 || strlen(key) > KEY_MAX)
        return;
    g = xcalloc(1, sizeof(*g));
    g->reader = r;
    g->again = again;
    g->arena = arena_new(0);
    g->kept = arena_new(0);
    g->path = xstrdup(r->path);
    g->key = xstrdup(key);
    g->redactor = r->redactor;
    g->d = new_detail(g->arena);
    g->err = (struct err)ERR_INIT;
    read_key(g);
    r->reading = g;
    r->job = loop_job(r->loop, read_store, on_read, g);
}
