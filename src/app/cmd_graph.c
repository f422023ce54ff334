/* cmd_graph.c - `runbook graph`: the service graph, and what it can tell. */
#include <math.h>
#include <stdlib.h>

#include "runbook/app/config.h"
#include "runbook/base/file.h"
#include "runbook/base/path.h"
#include "runbook/base/text.h"
#include "runbook/codec/json.h"
#include "runbook/engine/topology.h"
#include "runbook/view/service_graph.h"
#include "src/app/commands.h"
#include "src/app/resources.h"
#include "src/engine/estate_graph.h"

#define OUT_MAX ((size_t)64 << 20)

static const char *const modes[] = {"realistic", "pessimistic", NULL};

struct graph_run {
    struct app *app;
    struct arena *arena;
    const char *path;
    const struct topology *t;
    struct buf out;
};

/* --file, else the configuration's topology, else service-graph.json of the project. */
static enum err_code load(struct graph_run *r, const struct cmd_args *args, struct err *err)
{
    const struct config *c;
    char *found;

    r->path = args_get(args, "file");
    if (!r->path) {
        if (app_config(r->app, &c, err))
            return err->code;
        if (*config_str(c, "topology"))
            r->path = config_str(c, "topology");
    }
    if (!r->path) {
        found = topology_find_file(".");
        r->path = arena_strdup(r->arena, found);
        free(found);
    }
    if (!r->path)
        return err_set(err, ERR_NOT_FOUND,
                       "there is no service graph: put %s into .runbook/, or name a file with "
                       "--file",
                       TOPOLOGY_FILE);
    return topology_load(r->path, r->arena, &r->t, err);
}

static enum err_code find_node(const struct graph_run *r, const char *name, size_t *ret,
                               struct err *err)
{
    const char **names = arena_array(r->arena, r->t->count + 1, sizeof(*names));
    const char *near;

    *ret = topology_find(r->t, name);
    if (*ret != SIZE_MAX)
        return ERR_OK;
    for (size_t i = 0; i < r->t->count; i++)
        names[i] = r->t->nodes[i].id;
    near = nearest_name(name, names, r->t->count);
    return err_set(err, ERR_INPUT, "%s has no service \"%s\"%s%s%s", r->path, name,
                   near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static void clean(const struct graph_run *r, const char *text, struct buf *out)
{
    text_sanitize(out, str_from(text), false, r->app->ascii);
}

static enum glyph_set glyphs(const struct graph_run *r)
{
    return r->app->ascii ? GLYPHS_ASCII : GLYPHS_FULL;
}

static void begin(struct json_writer *w, struct graph_run *r)
{
    json_writer_init(w, &r->out);
    json_object_begin(w);
    json_put_cstr(w, "schema", "runbook.graph/1");
    json_put_cstr(w, "file", r->path);
}

static int end(struct json_writer *w, struct graph_run *r)
{
    json_object_end(w);
    buf_addc(&r->out, '\n');
    return EXIT_DONE;
}

static int finish(struct graph_run *r, int code)
{
    int rc = app_print(buf_str(&r->out));

    buf_release(&r->out);
    arena_free(r->arena);
    return code == EXIT_DONE ? rc : code;
}

static int fail(struct graph_run *r, const struct err *err)
{
    buf_release(&r->out);
    arena_free(r->arena);
    return app_fail(err);
}

static struct graph_run start(struct app *app)
{
    return (struct graph_run){.app = app, .arena = arena_new(0), .out = BUF_INIT(OUT_MAX)};
}

/* ---- show ---- */

static int run_show(struct app *app, const struct cmd_args *args)
{
    struct graph_run r = start(app);
    struct err err;

    if (load(&r, args, &err))
        return fail(&r, &err);
    if (args_has(args, "mermaid")) {
        graph_mermaid(r.t, &r.out);
    } else if (app->json) {
        struct json_writer w;
        struct buf graph = BUF_INIT(OUT_MAX);

        begin(&w, &r);
        topology_encode(r.t, &graph);
        json_key(&w, "graph");
        json_raw(&w, buf_str(&graph));
        buf_release(&graph);
        end(&w, &r);
    } else {
        graph_text(r.t, NULL, glyphs(&r), &r.out);
    }
    return finish(&r, EXIT_DONE);
}

/* ---- impact ---- */

static void json_felt(struct json_writer *w, const struct graph_run *r, size_t node,
                      const struct topo_impact *i)
{
    json_key(w, "services");
    json_array_begin(w);
    for (size_t k = 0; k < r->t->count; k++) {
        if (k == node || i->depth[k] < 0)
            continue;
        json_object_begin(w);
        json_put_cstr(w, "id", r->t->nodes[k].id);
        json_put_num(w, "share", i->share[k]);
        json_put_int(w, "hops", i->depth[k]);
        json_put_cstr(w, "owner",
                      *topology_owner(&r->t->nodes[k]) ? topology_owner(&r->t->nodes[k]) : NULL);
        json_object_end(w);
    }
    json_array_end(w);
}

static void text_felt(struct graph_run *r, size_t node, const struct topo_impact *i, bool down)
{
    clean(r, r->t->nodes[node].name, &r->out);
    buf_addf(&r->out, " fails: %zu of %zu services %s (%.0f %%)%s\n", i->affected, r->t->count,
             down ? "lose its traffic" : "feel it", i->ratio * 100,
             i->entry && !down ? ", the entry among them" : "");
    for (int depth = 1; depth <= TOPOLOGY_DEPTH_MAX; depth++) {
        for (size_t k = 0; k < r->t->count; k++) {
            const char *owner = topology_owner(&r->t->nodes[k]);

            if (i->depth[k] != depth)
                continue;
            buf_addf(&r->out, "  %d hop%s  %3.0f %%  ", depth, depth == 1 ? " " : "s",
                     i->share[k] * 100);
            clean(r, r->t->nodes[k].name, &r->out);
            if (*owner) {
                buf_adds(&r->out, "  (");
                clean(r, owner, &r->out);
                buf_addc(&r->out, ')');
            }
            buf_addc(&r->out, '\n');
        }
    }
}

static int run_impact(struct app *app, const struct cmd_args *args)
{
    struct graph_run r = start(app);
    const char *word = args_get(args, "mode");
    enum topo_mode mode =
        word && strcmp(word, "pessimistic") == 0 ? TOPO_PESSIMISTIC : TOPO_REALISTIC;
    bool down = args_has(args, "down");
    struct topo_impact i;
    struct err err;
    size_t node;

    if (load(&r, args, &err) || find_node(&r, args_pos(args, 0), &node, &err))
        return fail(&r, &err);
    topology_impact(r.t, node, down ? TOPO_CALLEES : TOPO_CALLERS, mode, r.arena, &i);
    if (app->json) {
        struct json_writer w;

        begin(&w, &r);
        json_put_cstr(&w, "node", r.t->nodes[node].id);
        json_put_cstr(&w, "direction", down ? "down" : "up");
        json_put_cstr(&w, "mode", modes[mode == TOPO_PESSIMISTIC]);
        json_put_int(&w, "affected", (int64_t)i.affected);
        json_put_int(&w, "total", (int64_t)r.t->count);
        json_put_num(&w, "ratio", i.ratio);
        json_put_bool(&w, "entry", i.entry);
        json_felt(&w, &r, node, &i);
        end(&w, &r);
    } else {
        text_felt(&r, node, &i, down);
    }
    return finish(&r, EXIT_DONE);
}

/* ---- path ---- */

static int run_path(struct app *app, const struct cmd_args *args)
{
    struct graph_run r = start(app);
    size_t from, to, *path, len;
    struct json_writer w;
    struct err err;

    if (load(&r, args, &err) || find_node(&r, args_pos(args, 0), &from, &err) ||
        find_node(&r, args_pos(args, 1), &to, &err))
        return fail(&r, &err);
    path = arena_array(r.arena, r.t->count + 1, sizeof(*path));
    len = topology_path(r.t, from, to, path);
    if (app->json) {
        begin(&w, &r);
        json_key(&w, "path");
        json_array_begin(&w);
        for (size_t i = 0; i < len; i++)
            json_cstring(&w, r.t->nodes[path[i]].id);
        json_array_end(&w);
        end(&w, &r);
    } else if (!len) {
        clean(&r, r.t->nodes[from].name, &r.out);
        buf_adds(&r.out, " does not call ");
        clean(&r, r.t->nodes[to].name, &r.out);
        buf_adds(&r.out, ", not even through others\n");
    } else {
        for (size_t i = 0; i < len; i++) {
            if (i)
                buf_adds(&r.out, app->ascii ? " -> " : " → ");
            clean(&r, r.t->nodes[path[i]].name, &r.out);
        }
        buf_addc(&r.out, '\n');
    }
    return finish(&r, len ? EXIT_DONE : EXIT_FAILED);
}

/* ---- check, stats ---- */

static void put_cycles(struct graph_run *r)
{
    size_t *group = arena_array(r->arena, r->t->count + 1, sizeof(*group));
    size_t groups = topology_cycles(r->t, group);

    for (size_t g = 1; g <= groups; g++) {
        bool first = true;

        buf_adds(&r->out, "cycle: ");
        for (size_t i = 0; i < r->t->count; i++) {
            if (group[i] != g)
                continue;
            if (!first)
                buf_adds(&r->out, ", ");
            clean(r, r->t->nodes[i].name, &r->out);
            first = false;
        }
        buf_adds(&r->out, " (calls in a circle; this is no error)\n");
    }
}

static int run_check(struct app *app, const struct cmd_args *args)
{
    struct graph_run r = start(app);
    struct err err;

    if (load(&r, args, &err))
        return fail(&r, &err);
    if (app->json) {
        struct json_writer w;

        begin(&w, &r);
        json_put_bool(&w, "good", true);
        json_put_int(&w, "nodes", (int64_t)r.t->count);
        json_put_int(&w, "edges", (int64_t)r.t->edge_count);
        end(&w, &r);
    } else {
        clean(&r, r.path, &r.out);
        buf_addf(&r.out, ": good, %zu services, %zu calls\n", r.t->count, r.t->edge_count);
        put_cycles(&r);
    }
    return finish(&r, EXIT_DONE);
}

static void text_stats(struct graph_run *r, const struct topo_stats *s)
{
    struct buf *out = &r->out;

    buf_addf(out, "services      %zu (%zu entries, %zu that call nobody, %zu alone)\n", s->nodes,
             s->entries, s->leaves, s->islands);
    buf_addf(out, "calls         %zu, %zu of them critical\n", s->edges, s->critical_edges);
    buf_addf(out, "depth         %zu hops from an entry\n", s->longest);
    buf_addf(out, "owned         %zu of %zu\n", s->owned, s->nodes);
    if (s->nodes) {
        buf_adds(out, "most called   ");
        clean(r, r->t->nodes[s->most_called].name, out);
        buf_addf(out, ", by %zu\nmost calling  ", r->t->nodes[s->most_called].caller_count);
        clean(r, r->t->nodes[s->most_calling].name, out);
        buf_addf(out, ", %zu\n", r->t->nodes[s->most_calling].callee_count);
    }
    buf_addf(out, "cycles        %zu, %zu services on them\n", s->cycles, s->cyclic_nodes);
    put_cycles(r);
}

static int run_stats(struct app *app, const struct cmd_args *args)
{
    struct graph_run r = start(app);
    struct topo_stats s;
    struct err err;

    if (load(&r, args, &err))
        return fail(&r, &err);
    topology_stats(r.t, &s);
    if (app->json) {
        struct json_writer w;

        begin(&w, &r);
        json_put_int(&w, "nodes", (int64_t)s.nodes);
        json_put_int(&w, "edges", (int64_t)s.edges);
        json_put_int(&w, "entries", (int64_t)s.entries);
        json_put_int(&w, "leaves", (int64_t)s.leaves);
        json_put_int(&w, "islands", (int64_t)s.islands);
        json_put_int(&w, "depth", (int64_t)s.longest);
        json_put_int(&w, "owned", (int64_t)s.owned);
        json_put_int(&w, "critical_edges", (int64_t)s.critical_edges);
        json_put_int(&w, "cycles", (int64_t)s.cycles);
        json_put_int(&w, "cyclic_nodes", (int64_t)s.cyclic_nodes);
        json_put_cstr(&w, "most_called", s.nodes ? r.t->nodes[s.most_called].id : NULL);
        json_put_cstr(&w, "most_calling", s.nodes ? r.t->nodes[s.most_calling].id : NULL);
        end(&w, &r);
    } else {
        text_stats(&r, &s);
    }
    return finish(&r, EXIT_DONE);
}

#define FILE_OPT                                                                                   \
    {                                                                                              \
        "file", 'f', ARG_FILE,                                                                     \
            .value = "FILE",                                                                       \
            .help = "Read this graph instead of the project's service-graph.json."                 \
    }

static const struct opt_def show_opts[] = {
    FILE_OPT, {"mermaid", 0, ARG_NONE, .help = "Write a Mermaid flowchart."}, {NULL}};
static const struct opt_def impact_opts[] = {
    FILE_OPT,
    {"mode", 0, ARG_CHOICE, .value = "MODE", .choices = modes,
     .help = "Realistic counts redundancy in, pessimistic passes every failure on in full."},
    {"down", 0, ARG_NONE,
     .help = "What it calls, and so loses its traffic, instead of who calls it."},
    {NULL}};
static const struct opt_def plain_opts[] = {FILE_OPT, {NULL}};

/* ---- import ---- */

/* Where the nearest project keeps it. A folder is not made for it: it would become the place of
 * everything else, too. */
static char *graph_path(const struct cmd_args *args, struct err *err)
{
    char *project, *path;

    if (args_get(args, "out"))
        return path_join(".", args_get(args, "out"));
    project = path_find_project(".");
    if (!project) {
        err_set(
            err, ERR_NOT_FOUND,
            "there is no project (.runbook/) here: --out names a file, --print shows the graph");
        return NULL;
    }
    path = path_join(project, TOPOLOGY_FILE);
    free(project);
    return path;
}

static enum err_code write_graph(const char *path, struct str text, bool force, struct err *err)
{
    if (!force && file_exists(path))
        return err_set(
            err, ERR_INPUT,
            "%s is there already and may have been written by hand: --force replaces it, "
            "--out names another file, --print shows what would be written",
            path);
    return file_write_atomic(path, text, 0644, err);
}

static int say_import(struct app *app, const char *path, const struct estate_graph_counts *n)
{
    struct buf out = BUF_INIT(4096);
    struct json_writer w;
    int rc;

    if (app->json) {
        json_writer_init(&w, &out);
        json_object_begin(&w);
        json_put_cstr(&w, "schema", "runbook.graph.import/1");
        json_put_cstr(&w, "file", path);
        json_put_int(&w, "resources", (int64_t)n->resources);
        json_put_int(&w, "relations", (int64_t)n->relations);
        json_put_int(&w, "nodes", (int64_t)n->nodes);
        json_put_int(&w, "edges", (int64_t)n->edges);
        json_object_end(&w);
        buf_addc(&out, '\n');
    } else {
        buf_addf(&out, "%s: %zu nodes and %zu edges, of %zu resources and %zu relations\n", path,
                 n->nodes, n->edges, n->resources, n->relations);
    }
    rc = app_print(buf_str(&out));
    buf_release(&out);
    return rc;
}

static int run_import_aws(struct app *app, const struct cmd_args *args)
{
    struct buf graph = BUF_INIT(OUT_MAX);
    struct estate_graph_counts n;
    struct err err = ERR_INIT;
    char *inventory = inventory_path(app, &err), *path = NULL;
    int rc;

    if (!inventory || estate_graph_json(inventory, &graph, &n, &err)) {
        rc = app_fail(&err);
    } else if (args_has(args, "print")) {
        rc = app_print(buf_str(&graph));
    } else {
        path = graph_path(args, &err);
        rc = !path || write_graph(path, buf_str(&graph), args_has(args, "force"), &err)
                 ? app_fail(&err)
                 : say_import(app, path, &n);
    }
    free(path);
    free(inventory);
    buf_release(&graph);
    return rc;
}

static const struct cmd_def cmd_import_aws = {
    .name = "aws",
    .help = "Make the service graph of what scans of AWS found.",
    .details =
        "It reads the inventory (runbook scan) and asks nobody. Load balancers, functions, "
        "services, databases, caches, queues, topics, buckets, gateways and distributions are "
        "nodes; target groups, mappings, tasks and instances are ways between them. A database is "
        "called by those whose security group its own one lets in. The file goes into the nearest "
        ".runbook/, where investigations and the limits of changes find it.",
    .opts =
        (const struct opt_def[]){
            {"out", 'o', ARG_FILE, .value = "FILE", .help = "Write this file instead."},
            {"print", 0, ARG_NONE, .help = "Write it to standard output."},
            {"force", 0, ARG_NONE, .help = "Replace a file that is there."},
            {NULL}},
    .run = run_import_aws,
};
static const struct cmd_def cmd_import = {
    .name = "import",
    .help = "Make a service graph of what is known elsewhere.",
    .subs = (const struct cmd_def *const[]){&cmd_import_aws, NULL},
};

static const struct cmd_def cmd_show = {
    .name = "show",
    .help = "Draw the graph as a tree from its entries.",
    .opts = show_opts,
    .run = run_show,
};
static const struct cmd_def cmd_impact = {
    .name = "impact",
    .help = "Say who feels it when a service fails.",
    .details =
        "A failure is followed to the callers, over at most ten calls and as long as a tenth "
        "of it is felt. The weight of a call is its \"weight\", or what metadata.redundancy "
        "of the call or of the called service means: multi_az .3, healthy_asg .2, "
        "load_balanced .3, single_nat 1, multi_nat .4, open_breaker 0, ready_replicaset .2, "
        "single_pod 1; without any it is 1.",
    .opts = impact_opts,
    .pos = (const struct pos_def[]){{"NODE", ARG_TEXT, .required = true,
                                     .help = "The service that fails: its id or its name."},
                                    {NULL}},
    .run = run_impact,
};
static const struct cmd_def cmd_path = {
    .name = "path",
    .help = "Show the shortest way of calls from one service to another.",
    .opts = plain_opts,
    .pos = (const struct pos_def[]){{"FROM", ARG_TEXT, .required = true, .help = "The caller."},
                                    {"TO", ARG_TEXT, .required = true, .help = "The called."},
                                    {NULL}},
    .run = run_path,
};
static const struct cmd_def cmd_check = {
    .name = "check",
    .help = "Check the file, and name cycles; an error names its line and field.",
    .opts = plain_opts,
    .run = run_check,
};
static const struct cmd_def cmd_stats = {
    .name = "stats",
    .help = "Print what the graph is made of.",
    .opts = plain_opts,
    .run = run_stats,
};

const struct cmd_def cmd_graph_def = {
    .name = "graph",
    .help = "Show the service graph: who calls whom, and who feels a failure.",
    .details =
        "The graph is service-graph.json in the nearest .runbook/ upward, the configuration's "
        "topology, or the file that --file names.",
    .subs = (const struct cmd_def *const[]){&cmd_show, &cmd_impact, &cmd_path, &cmd_check,
                                            &cmd_stats, &cmd_import, NULL},
    .examples = "runbook graph show\n"
                "runbook graph impact orders-db --mode pessimistic\n"
                "runbook graph path front-end orders-db --json\n"
                "runbook graph check --file service-graph.json\n"
                "runbook graph import aws --print",
};
