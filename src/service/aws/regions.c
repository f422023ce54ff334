/* regions.c - see regions.h. */
#include "runbook/service/aws/regions.h"

#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/service/aws/endpoint.h"

struct aws_regions {
    struct aws_client *client;
    aws_id asking; /* 0: it is over */
    struct arena *arena;
    const char *names[AWS_REGIONS_MAX];
    size_t count;
    aws_regions_fn *fn;
    void *ctx;
};

static void on_page(void *ctx, const struct value *items)
{
    struct aws_regions *q = ctx;

    VALUE_EACH (it, items) {
        struct str name = value_str_or(it, "regionName", "");

        if (aws_region_valid(name) && q->count < AWS_REGIONS_MAX)
            q->names[q->count++] = arena_str(q->arena, name);
    }
}

static void on_done(void *ctx, const struct aws_result *r)
{
    struct aws_regions *q = ctx;

    q->asking = 0;
    q->fn(q->ctx, q->names, r->end == AWS_END_CANCELED ? 0 : q->count, r);
}

struct aws_regions *aws_regions_ask(struct aws_client *client, struct aws_catalogue *catalogue,
                                    const char *region, aws_regions_fn *fn, void *ctx)
{
    static const struct aws_callbacks callbacks = {on_page, NULL, on_done};
    struct aws_regions *q = xcalloc(1, sizeof(*q));
    struct aws_query call = {.region = region ? region : aws_client_region(client)};
    struct err ignored = ERR_INIT;

    *q = (struct aws_regions){.client = client, .arena = arena_new(0), .fn = fn, .ctx = ctx};
    if (!call.region)
        call.region = "us-east-1";
    if (aws_catalogue_get(catalogue, STR_LIT("ec2"), &call.service, &ignored) ||
        aws_catalogue_operation(call.service, STR_LIT("DescribeRegions"), &call.list, &ignored))
        mem_fatal("the definition of ec2 has no DescribeRegions");
    q->asking = aws_send(client, &call, &callbacks, q);
    return q;
}

void aws_regions_cancel(struct aws_regions *q)
{
    if (q && q->asking)
        aws_cancel(q->client, q->asking);
}

void aws_regions_free(struct aws_regions *q)
{
    if (!q)
        return;
    if (q->asking)
        aws_abandon(q->client, q->asking);
    arena_free(q->arena);
    free(q);
}
