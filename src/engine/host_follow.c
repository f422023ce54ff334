/* host_follow.c - which tool a follow-up asks, with which arguments, and for how long it watches.
 */
#include "host_priv.h"

const char *host_follow_tool(const struct host_culprit *c)
{
    switch (c->follow) {
    case FOLLOW_PROCESS:
        return "host_process";
    case FOLLOW_TREE:
        return "host_snapshot";
    case FOLLOW_DISK:
        return "host_disk_usage";
    case FOLLOW_FILES:
        return "host_files";
    case FOLLOW_LOG:
        return "host_log";
    case FOLLOW_PEER:
        return "host_probe";
    case FOLLOW_SERVICE:
        return "host_services";
    case FOLLOW_TOOL:
        return c->tool;
    case FOLLOW_NONE:
        break;
    }
    return NULL;
}

/* For how long a follow-up watches. Over ssh the way there takes its part of the five seconds that
 * a look may take; a tree's must differ from the first look's, as an equal query has its answer. */
static int64_t watch_ms(const struct host_view *v, enum host_follow follow)
{
    switch (follow) {
    case FOLLOW_PROCESS:
        return v->far ? 1600 : 2200;
    case FOLLOW_TREE:
        return v->far ? 1200 : 1800;
    case FOLLOW_FILES:
        return v->far ? 1200 : 1500;
    case FOLLOW_DISK:
    case FOLLOW_LOG:
    case FOLLOW_PEER:
    case FOLLOW_SERVICE:
    case FOLLOW_TOOL:
    case FOLLOW_NONE:
        break;
    }
    return 0;
}

static void follow_args(struct buf *out, const struct host_view *v, const struct host_culprit *c)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "host", v->host);
    if (c->follow == FOLLOW_PROCESS) {
        json_put_int(&w, "pid", c->pid);
        json_put_int(&w, "window_ms", watch_ms(v, c->follow));
        json_put_int(&w, "samples", v->far ? 5 : 6);
    } else if (c->follow == FOLLOW_TREE) {
        json_put_int(&w, "window_ms", watch_ms(v, c->follow));
    } else if (c->follow == FOLLOW_DISK) {
        json_put_cstr(&w, "path", c->path);
        json_put_int(&w, "timeout_ms", 4000);
    } else if (c->follow == FOLLOW_FILES) {
        json_put_int(&w, "pid", c->pid);
        json_put_int(&w, "window_ms", watch_ms(v, c->follow));
    } else if (c->follow == FOLLOW_SERVICE) {
        json_put_int(&w, "port", c->port);
    } else if (c->follow == FOLLOW_PEER) {
        json_put_cstr(&w, "addr", c->addr);
        json_put_int(&w, "port", c->port);
    }
    json_object_end(&w);
    if (c->follow == FOLLOW_TOOL && c->args && *c->args) {
        buf_truncate(out, out->len - 1); /* before the closing brace */
        buf_addf(out, ",%s}", c->args);
    }
}

uint64_t host_ask(struct host_target *t, const char *tool, const struct host_culprit *c,
                  const char *hyp, const char *title, inv_query_fn *fn, void *ctx)
{
    struct buf args = BUF_INIT(8192);
    struct inv_query q = {.tool = tool, .hypothesis = hyp, .title = title};
    uint64_t id;

    follow_args(&args, &t->view, c);
    q.args_json = buf_str(&args);
    id = inv_query(t->st->inv, &q, fn, ctx);
    buf_release(&args);
    if (id)
        t->st->waiting++;
    return id;
}
