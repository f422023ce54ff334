/* describe_place.c - see describe_place.h. */
#include "src/app/describe_place.h"

#include <ctype.h>
#include <stdlib.h>

#include "runbook/base/file.h"
#include "runbook/store/inventory.h"
#include "src/app/resources.h"

/* Whose ids begin so. Source: the services' API references. */
static const struct {
    const char *prefix, *service;
} prefixes[] = {
    {"i-", "ec2:instance"},
    {"vol-", "ec2:volume"},
    {"snap-", "ec2:snapshot"},
    {"ami-", "ec2:image"},
    {"vpc-", "ec2:vpc"},
    {"subnet-", "ec2:subnet"},
    {"sg-", "ec2:security-group"},
    {"eni-", "ec2:network-interface"},
    {"eipalloc-", "ec2:address"},
    {"nat-", "ec2:nat-gateway"},
    {"igw-", "ec2:internet-gateway"},
    {"eigw-", "ec2:egress-only-gateway"},
    {"rtb-", "ec2:route-table"},
    {"acl-", "ec2:network-acl"},
    {"vpce-", "ec2:vpc-endpoint"},
    {"pcx-", "ec2:vpc-peering"},
    {"tgw-attach-", "ec2:transit-gateway-attachment"},
    {"tgw-", "ec2:transit-gateway"},
    {"vpn-", "ec2:vpn-connection"},
    {"vgw-", "ec2:vpn-gateway"},
    {"cgw-", "ec2:customer-gateway"},
    {"key-", "ec2:key-pair"},
    {"lt-", "ec2:launch-template"},
    {"fl-", "ec2:flow-log"},
    {"h-", "ec2:host"},
    {"cr-", "ec2:capacity-reservation"},
    {"sir-", "ec2:spot-request"},
    {"sfr-", "ec2:spot-fleet"},
    {"dopt-", "ec2:dhcp-options"},
    {"pl-", "ec2:prefix-list"},
    {"fsap-", "efs:access-point"},
    {"fs-", "efs:file-system"},
};

/* ---- what the text tells ---- */

/* "arn:aws:ec2:eu-west-1:123456789012:instance/i-1" */
static bool read_arn(struct describe_place *p, struct str *ret_region)
{
    struct str rest = str_from(p->text), piece[5];

    if (!str_starts(rest, "arn:"))
        return false;
    for (size_t i = 0; i < 5; i++)
        if (!str_split(&rest, ':', &piece[i]))
            return false;
    p->service = piece[2];
    *ret_region = piece[3];
    return rest.len > 0;
}

static void add_service(struct describe_place *p, const char *id)
{
    if (p->services.count < AWS_CHOICE_MAX)
        p->services.services[p->services.count++] = id;
}

static enum err_code by_arn(struct aws_run *r, struct describe_place *p, struct err *err)
{
    for (size_t i = 0; i < aws_catalogue_count(r->catalogue); i++) {
        const char *id = aws_catalogue_entry(r->catalogue, i)->id;
        const struct aws_service *s;
        struct err ignored = ERR_INIT;

        if (aws_catalogue_get(r->catalogue, str_from(id), &s, &ignored))
            continue;
        if (str_eq(p->service, s->arn.len ? s->arn : s->signing))
            add_service(p, id);
    }
    if (p->services.count)
        return ERR_OK;
    return err_set(err, ERR_INPUT, "no service is defined whose ARNs begin with arn:...:%.*s",
                   STR_FMT(p->service));
}

static void by_prefix(struct describe_place *p)
{
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        size_t n = strlen(prefixes[i].prefix);

        if (strncmp(p->text, prefixes[i].prefix, n) != 0 || !isxdigit((unsigned char)p->text[n]))
            continue;
        add_service(p, prefixes[i].service);
        return;
    }
}

bool place_is_id(struct str s)
{
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        size_t n = strlen(prefixes[i].prefix), hex = 0;

        if (!str_starts(s, prefixes[i].prefix))
            continue;
        while (n + hex < s.len && isxdigit((unsigned char)s.ptr[n + hex]))
            hex++;
        if (hex >= 8 && n + hex == s.len)
            return true;
    }
    return false;
}

/* ---- what the inventory has ---- */

struct looking {
    struct arena *arena;
    struct describe_place *place;
};

static void on_kept(void *ctx, const struct inv_kept *k)
{
    struct looking *l = ctx;

    if (!k || k->gone_ms)
        return;
    l->place->kept_kind = arena_printf(l->arena, "%s:%s", k->r.service, k->r.kind);
    l->place->kept_region = arena_strdup(l->arena, k->r.region);
    l->place->kept_account = arena_strdup(l->arena, k->r.account);
}

static void on_link(void *ctx, const struct inv_link *l)
{
    (void)ctx;
    (void)l;
}

void place_look_up(struct app *app, const struct cmd_args *args, struct arena *arena,
                   struct describe_place *p)
{
    static const struct inv_detail_callbacks callbacks = {on_kept, on_link, NULL};
    struct looking l = {arena, p};
    struct inv_resource key = {.account = "", .region = "", .service = "", .kind = ""};
    struct describe_place told = {.text = p->text};
    struct err err = ERR_INIT;
    struct str region;
    char *path;

    by_prefix(&told);
    if (args_count(args, "service") || told.services.count || read_arn(&told, &region))
        return;
    key.id = p->text;
    if (args_count(args, "region") == 1)
        key.region = args_at(args, "region", 0);
    path = inventory_path(app, &err);
    if (path && file_exists(path) && inventory_detail(path, &key, &callbacks, &l, &err) &&
        err.code != ERR_NOT_FOUND)
        fprintf(stderr, "runbook: the inventory was not read: %s\n", err.msg);
    free(path);
}

/* ---- the whole ---- */

enum err_code place_find(struct aws_run *r, const struct cmd_args *args, struct describe_place *p,
                         struct err *err)
{
    struct str region;

    for (size_t i = 0; i < args_count(args, "service"); i++)
        add_service(p, args_at(args, "service", i));
    for (size_t i = 0; i < args_count(args, "region") && i < PLACE_REGIONS_MAX; i++)
        p->regions[p->region_count++] = args_at(args, "region", i);
    if (read_arn(p, &region)) {
        if (!p->region_count && region.len)
            p->regions[p->region_count++] = arena_str(r->arena, region);
        return p->services.count ? ERR_OK : by_arn(r, p, err);
    }
    if (!p->services.count)
        by_prefix(p);
    if (!p->services.count && p->kept_kind) {
        add_service(p, p->kept_kind);
        if (!p->region_count && strcmp(p->kept_region, "global") != 0)
            p->regions[p->region_count++] = p->kept_region;
    }
    if (!p->services.count) {
        p->everywhere = true;
        aws_choose_all(r->estate, &p->services);
    }
    return ERR_OK;
}
