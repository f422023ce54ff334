/* kept_open.c - see kept_open.h. */
#include "src/app/kept_open.h"

#include "runbook/base/file.h"
#include "runbook/store/inventory.h"
#include "src/engine/estate_graph.h"

struct kept {
    struct kept_source source;
    const char *path;
};

struct reading {
    kept_fn *fn;
    void *ctx;
};

static void on_kept(void *ctx, const struct inv_kept *k)
{
    struct reading *r = ctx;

    r->fn(r->ctx, &(struct kept_resource){.account = k->r.account,
                                          .region = k->r.region,
                                          .service = k->r.service,
                                          .kind = k->r.kind,
                                          .id = k->r.id,
                                          .name = k->r.name,
                                          .arn = k->r.arn,
                                          .state = k->r.state,
                                          .health = k->r.health,
                                          .created = k->r.created,
                                          .tags = k->r.tags,
                                          .first_ms = k->first_ms,
                                          .last_ms = k->last_ms});
}

static enum err_code is_there(const struct kept *k, struct err *err)
{
    if (file_exists(k->path))
        return ERR_OK;
    return err_set(err, ERR_NOT_FOUND,
                   "nothing was scanned yet: runbook scan --all keeps what it finds");
}

static enum err_code each(void *ctx, kept_fn *fn, void *fn_ctx, struct err *err)
{
    const struct kept *k = ctx;
    struct reading r = {fn, fn_ctx};

    if (is_there(k, err))
        return err->code;
    return inventory_list(k->path, false, on_kept, &r, err);
}

static enum err_code near(void *ctx, const struct kept_near *ask, struct buf *ret_graph,
                          struct kept_around *ret, struct err *err)
{
    const struct kept *k = ctx;
    struct inv_near what = {.account = ask->account,
                            .number = ask->number,
                            .region = ask->region,
                            .names = ask->names,
                            .count = ask->count,
                            .most = ask->most};
    struct estate_graph_counts counts;
    struct inv_near_end end;

    if (is_there(k, err) || estate_graph_near(k->path, &what, ret_graph, &counts, &end, err))
        return err->code;
    *ret = (struct kept_around){.named = end.named,
                                .read = end.read,
                                .nodes = counts.nodes,
                                .edges = counts.edges,
                                .cut = end.cut,
                                .oldest_ms = end.oldest_ms,
                                .newest_ms = end.newest_ms};
    return ERR_OK;
}

const struct kept_source *kept_open(struct arena *a, const char *state_dir)
{
    struct kept *k = arena_alloc(a, sizeof(*k));

    if (!state_dir)
        return NULL;
    k->path = arena_printf(a, "%s/inventory.db", state_dir);
    k->source = (struct kept_source){.each = each, .ctx = k, .near = near};
    return &k->source;
}
