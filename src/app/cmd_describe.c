/* cmd_describe.c - "runbook describe ID|ARN": all that is known of one resource, what it names, and
 * what names it. */
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/text.h"
#include "runbook/codec/json.h"
#include "runbook/base/file.h"
#include "runbook/service/aws/relations.h"
#include "runbook/store/inventory.h"
#include "src/app/aws_places.h"
#include "src/app/commands.h"
#include "src/app/describe_place.h"
#include "src/app/resources.h"

#define OUT_MAX ((size_t)64 << 20)
#define NAMED_MAX 200

static bool is_it(const struct resource_row *r, const char *text)
{
    return strcmp(r->arn, text) == 0 || strcmp(r->id, text) == 0 || strcmp(r->name, text) == 0;
}

/* Some lists do not name an ARN: then its last part, of a resource in the same place, is it. */
static bool is_its_tail(const struct resource_row *r, const struct describe_place *t)
{
    struct str text = str_from(t->text), id = str_from(r->id);

    return t->service.len && !*r->arn && text.len > id.len && str_ends(text, r->id) &&
           strchr(":/", text.ptr[text.len - id.len - 1]);
}

/* ---- what it names ---- */

struct named {
    const char *path, *id;
};

struct names {
    struct arena *arena;
    const char *own, *own_arn;
    struct named list[NAMED_MAX];
    size_t count;
};

static bool looks_like_one(struct str s)
{
    if (s.len < 6 || s.len > 400)
        return false;
    if (str_starts(s, "arn:"))
        return true;
    return place_is_id(s);
}

static void find_names(struct names *n, const struct value *v, const char *path, int depth)
{
    if (v->type == VALUE_STRING && looks_like_one(v->u.string)) {
        if (str_eq_c(v->u.string, n->own) || str_eq_c(v->u.string, n->own_arn))
            return;
        for (size_t i = 0; i < n->count; i++)
            if (str_eq_c(v->u.string, n->list[i].id))
                return;
        if (n->count < NAMED_MAX)
            n->list[n->count++] = (struct named){path, arena_str(n->arena, v->u.string)};
        return;
    }
    VALUE_EACH (it, v)
        if (depth < 64)
            find_names(n, it,
                       v->type == VALUE_ARRAY ? path
                                              : arena_printf(n->arena, "%s%s%.*s", path,
                                                             *path ? "." : "", STR_FMT(it->key)),
                       depth + 1);
}

/* ---- the record ---- */

/* What the inventory says of it and others. */
struct related {
    const char *type;
    bool inverse;
    const char *kind, *id, *name, *state;
    bool seen;
};

struct shown {
    struct arena *arena;
    VEC(struct related) relations;
    bool inventory; /* there is one, and it is in it */
    const struct resource_row *row;
    const struct value *item; /* NULL: too large to be kept */
    struct names names;
    struct gather *by; /* what names it; NULL: not looked */
};

static void on_found(void *ctx, const struct inv_kept *k)
{
    ((struct shown *)ctx)->inventory = k != NULL;
}

static void on_link(void *ctx, const struct inv_link *l)
{
    struct shown *s = ctx;
    const struct inv_resource *r = l->kept ? &l->kept->r : NULL;

    *VEC_PUSH(&s->relations) =
        (struct related){.type = aws_relation_type(str_from(l->type)),
                         .inverse = l->inverse,
                         .kind = r ? arena_printf(s->arena, "%s:%s", r->service, r->kind)
                                   : arena_strdup(s->arena, l->kind),
                         .id = arena_strdup(s->arena, r ? r->id : l->target),
                         .name = arena_strdup(s->arena, r ? r->name : ""),
                         .state = arena_strdup(s->arena, !r                 ? ""
                                                         : l->kept->gone_ms ? "gone"
                                                                            : r->state),
                         .seen = r != NULL};
}

/* Over all services, as the last scans found it; nothing without an inventory. */
static void read_relations(struct aws_run *run, struct shown *s)
{
    static const struct inv_detail_callbacks callbacks = {on_found, on_link, NULL};
    const struct resource_row *r = s->row;
    const struct inv_resource key = {.account = *r->number ? r->number : "",
                                     .region = r->region,
                                     .service = r->service,
                                     .kind = r->kind,
                                     .id = r->id};
    struct err err = ERR_INIT;
    char *path = inventory_path(run->app, &err);

    if (path && file_exists(path) && inventory_detail(path, &key, &callbacks, s, &err) &&
        err.code != ERR_NOT_FOUND)
        fprintf(stderr, "runbook: %s\n", err.msg);
    free(path);
}

static void json_relations(const struct shown *s, struct json_writer *w)
{
    json_key(w, "relations");
    json_array_begin(w);
    VEC_EACH (l, &s->relations) {
        json_object_begin(w);
        json_put_cstr(w, "type", l->type);
        json_put_cstr(w, "direction", l->inverse ? "in" : "out");
        json_put_cstr(w, "kind", *l->kind ? l->kind : NULL);
        json_put_cstr(w, "id", l->id);
        json_put_cstr(w, "name", *l->name ? l->name : NULL);
        json_put_cstr(w, "state", *l->state ? l->state : NULL);
        json_put_bool(w, "in_inventory", l->seen);
        json_object_end(w);
    }
    json_array_end(w);
}

static void text_relations(const struct shown *s, struct buf *out)
{
    if (s->relations.count)
        buf_adds(out, "\nRelations (inventory)\n");
    VEC_EACH (l, &s->relations)
        buf_addf(out, "  %-12s %s %s%s%s%s%s%s\n", aws_relation_words(l->type, l->inverse), l->kind,
                 l->id, *l->name && strcmp(l->name, l->id) != 0 ? "  " : "",
                 strcmp(l->name, l->id) != 0 ? l->name : "", *l->state ? "  " : "", l->state,
                 l->seen ? "" : "  (not in the inventory)");
}

static void print_json(const struct shown *s, struct buf *out)
{
    const struct resource_row *r = s->row;
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.describe/1");
    json_put_cstr(&w, "service", r->service);
    json_put_cstr(&w, "kind", r->kind);
    json_put_cstr(&w, "id", r->id);
    json_put_cstr(&w, "name", *r->name ? r->name : NULL);
    json_put_cstr(&w, "arn", *r->arn ? r->arn : NULL);
    json_put_cstr(&w, "state", *r->state ? r->state : NULL);
    json_put_cstr(&w, "health", aws_health_name(r->health));
    json_put_cstr(&w, "region", r->region);
    json_put_cstr(&w, "account", r->account);
    json_put_cstr(&w, "account_id", *r->number ? r->number : NULL);
    json_put_cstr(&w, "created", *r->created ? r->created : NULL);
    json_key(&w, "tags");
    json_raw(&w, *r->tags ? str_from(r->tags) : STR_LIT("{}"));
    json_key(&w, "names");
    json_array_begin(&w);
    for (size_t i = 0; i < s->names.count; i++) {
        json_object_begin(&w);
        json_put_cstr(&w, "as", s->names.list[i].path);
        json_put_cstr(&w, "id", s->names.list[i].id);
        json_object_end(&w);
    }
    json_array_end(&w);
    json_key(&w, "named_by");
    json_array_begin(&w);
    for (size_t i = 0; s->by && i < s->by->rows.count; i++) {
        const struct resource_row *b = &s->by->rows.items[i];

        if (strcmp(b->id, r->id) == 0 && strcmp(b->kind, r->kind) == 0)
            continue;
        json_object_begin(&w);
        json_put_cstr(&w, "service", b->service);
        json_put_cstr(&w, "kind", b->kind);
        json_put_cstr(&w, "id", b->id);
        json_put_cstr(&w, "name", *b->name ? b->name : NULL);
        json_put_cstr(&w, "state", *b->state ? b->state : NULL);
        json_object_end(&w);
    }
    json_array_end(&w);
    json_relations(s, &w);
    json_key(&w, "record");
    json_value(&w, s->item);
    json_object_end(&w);
    buf_addc(out, '\n');
}

static void put_line(struct buf *out, const char *name, const char *value)
{
    if (*value)
        buf_addf(out, "%-9s %s\n", name, value);
}

static void print_text(const struct shown *s, struct buf *out)
{
    const struct resource_row *r = s->row;
    bool any = false;

    buf_addf(out, "%s:%s %s\n", r->service, r->kind, r->id);
    put_line(out, "name", r->name);
    put_line(out, "state", r->state);
    put_line(out, "region", r->region);
    put_line(out, "account", *r->number ? r->number : r->account);
    put_line(out, "created", r->created);
    put_line(out, "arn", r->arn);
    put_line(out, "tags", r->tags);
    if (s->names.count)
        buf_adds(out, "\nIt names\n");
    for (size_t i = 0; i < s->names.count; i++)
        buf_addf(out, "  %s  %s\n", s->names.list[i].id, s->names.list[i].path);
    for (size_t i = 0; s->by && i < s->by->rows.count; i++) {
        const struct resource_row *b = &s->by->rows.items[i];

        if (strcmp(b->id, r->id) == 0 && strcmp(b->kind, r->kind) == 0)
            continue;
        if (!any)
            buf_adds(out, "\nIt is named by\n");
        any = true;
        buf_addf(out, "  %s:%s %s  %s %s\n", b->service, b->kind, b->id, b->name, b->state);
    }
    text_relations(s, out);
    buf_adds(out, "\nRecord\n");
    if (s->item)
        json_pretty(out, s->item);
    else
        buf_adds(out, "too large");
    buf_addc(out, '\n');
}

static int show(struct aws_run *r, const struct resource_row *row, struct gather *by)
{
    struct shown s = {.arena = r->arena,
                      .row = row,
                      .by = by,
                      .names = {.arena = r->arena, .own = row->id, .own_arn = row->arn}};
    struct buf out = BUF_INIT(OUT_MAX);
    struct err ignored = ERR_INIT;
    int rc;

    if (*row->item && json_parse(r->arena, str_from(row->item), &s.item, &ignored) == ERR_OK)
        find_names(&s.names, s.item, "", 0);
    read_relations(r, &s);
    if (r->app->json)
        print_json(&s, &out);
    else
        print_text(&s, &out);
    rc = aws_print(r->app, buf_str(&out));
    VEC_RELEASE(&s.relations);
    buf_release(&out);
    return rc;
}

/* ---- the command ---- */

static int not_found(const struct gather *g, const struct describe_place *t)
{
    struct err err = ERR_INIT;
    const struct resource_cell *bad = NULL;

    VEC_EACH (c, &g->cells)
        if (cell_failed(c))
            bad = c;
    if (bad)
        err_set(&err, ERR_NOT_FOUND, "'%.100s' was not found, but %s %s was not read: %s", t->text,
                bad->service, bad->operation, bad->why);
    else if (g->cells.count == 1)
        err_set(&err, ERR_NOT_FOUND, "'%.100s' is not in the one list that was read: %s %s",
                t->text, g->cells.items[0].service, g->cells.items[0].operation);
    else
        err_set(&err, ERR_NOT_FOUND, "'%.100s' is in none of the %zu lists that were read", t->text,
                g->cells.count);
    return app_fail(&err);
}

/* Everything of the same service, or of those that were named, that mentions it. */
static int describe(struct aws_run *r, const struct cmd_args *args, const struct describe_place *t,
                    const struct resource_row *row)
{
    const char *own = row->service, *region = row->region;
    struct resource_query q = {.services = &own,
                               .service_count = 1,
                               .regions = &region,
                               .region_count = strcmp(region, "global") == 0 ? 0 : 1,
                               .filter = {.mentions = row->id}};
    struct gather by;
    struct err err = ERR_INIT;
    const char *named[PLACE_REGIONS_MAX];
    int rc;

    if (args_has(args, "alone"))
        return show(r, row, NULL);
    if (args_count(args, "also"))
        q.service_count = 0, q.services = named;
    for (size_t i = 0; i < args_count(args, "also") && i < PLACE_REGIONS_MAX; i++)
        named[q.service_count++] = args_at(args, "also", i);
    (void)t;
    gather_init(&by, r, &q);
    rc = gather_run(&by, &err) ? app_fail(&err) : show(r, row, &by);
    gather_release(&by);
    return rc;
}

/* Of several accounts, the one that the inventory has it in is first. */
static const struct resource_row *find_it(const struct gather *g, const struct describe_place *t)
{
    const struct resource_row *found = NULL;

    VEC_EACH (row, &g->rows) {
        bool kept = t->kept_account && strcmp(row->number, t->kept_account) == 0;

        if (is_it(row, t->text) && (!found || kept))
            found = row;
        if (found && kept)
            break;
    }
    return found;
}

static int search(struct aws_run *r, const struct cmd_args *args, const struct describe_place *t)
{
    struct resource_query q = {.services = t->services.services,
                               .service_count = t->services.count,
                               .regions = t->regions,
                               .region_count = t->region_count,
                               .filter = {.match = t->service.len ? NULL : t->text},
                               .keep_items = true};
    const struct resource_row *found;
    struct gather g;
    struct err err = ERR_INIT;
    int rc;

    if (t->everywhere && !r->app->json)
        fprintf(stderr,
                "runbook: '%.80s' is not in the inventory: every service is asked (--service names "
                "one)\n",
                t->text);
    gather_init(&g, r, &q);
    if (gather_run(&g, &err)) {
        gather_release(&g);
        return app_fail(&err);
    }
    found = find_it(&g, t);
    for (size_t i = 0; !found && i < g.rows.count; i++)
        if (is_its_tail(&g.rows.items[i], t))
            found = &g.rows.items[i];
    if (g.interrupted)
        rc = EXIT_INTERRUPTED;
    else
        rc = found ? describe(r, args, t, found) : not_found(&g, t);
    gather_release(&g);
    return rc;
}

static int run(struct app *app, const struct cmd_args *args)
{
    const char *account = args_get(args, "account");
    struct aws_pick pick = {.names = &account,
                            .count = account ? 1 : 0,
                            .scan = true,
                            .profile = args_get(args, "profile")};
    struct describe_place t = {.text = args_pos(args, 0)};
    struct arena *arena = arena_new(0);
    struct aws_run r;
    struct err err = ERR_INIT;
    int rc;

    place_look_up(app, args, arena, &t);
    pick.all = t.kept_kind != NULL; /* it may be in any of them */
    if (aws_run_open(&r, app, &pick, &err) || place_find(&r, args, &t, &err))
        rc = app_fail(&err);
    else
        rc = search(&r, args, &t);
    aws_run_close(&r);
    arena_free(arena);
    return rc;
}

static const struct opt_def opts[] = {
    {"service", 's', ARG_TEXT, .repeat = true, .value = "SERVICE",
     .help = "Look in this service, or among one kind of it: rds, rds:instance."},
    {"region", 'r', ARG_TEXT, .repeat = true, .value = "REGION",
     .help = "Look in this region; without it the ARN's, else that of the environment."},
    {"account", 0, ARG_TEXT, .value = "NAME", .help = "An account of services.yaml."},
    {"profile", 0, ARG_TEXT, .value = "NAME", .help = "A profile of the AWS configuration."},
    {"also", 0, ARG_TEXT, .repeat = true, .value = "SERVICE",
     .help = "Look in these services for what names it, instead of its own."},
    {"alone", 0, ARG_NONE, .help = "Do not look for what names it."},
    {.name = NULL},
};

static const struct pos_def pos[] = {
    {"ID", ARG_TEXT, .required = true, .help = "An id, a name or an ARN."},
    {.name = NULL},
};

const struct cmd_def cmd_describe_def = {
    .name = "describe",
    .help = "Show all that AWS knows of one resource, what it names and what names it.",
    .details =
        "An ARN and the ids of EC2 and EFS say which service and kind to look among; of anything "
        "else the inventory of the last scans is asked, and what it does not know is looked for in "
        "every service. What names it is looked for in its own service, or in those of --also. "
        "Secrets in the record are masked.",
    .opts = opts,
    .pos = pos,
    .run = run,
    .examples = "runbook describe i-0123456789abcdef0\n"
                "runbook describe arn:aws:rds:eu-west-1:123456789012:db:orders\n"
                "runbook describe sg-0123456789abcdef0 --also ec2 --also elbv2 --json",
};
