/* stdio.c - a server that is a child: a message a line on its stdin and stdout, its stderr is its
 * log. A line on stdout that is no message (a banner, a print that was forgotten) is noise and goes
 * to the log too. To end it, its stdin is closed; what does not end then gets TERM and KILL. */
#include "src/mcp/mcp_priv.h"

#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/loop/proc.h"

struct stdio {
    struct mcp_transport base;
    struct loop *loop;
    loop_id child;   /* 0: it has ended */
    struct buf line; /* that has not ended yet */
};

static void take_line(struct stdio *s, struct str line)
{
    line = str_trim(line);
    if (!line.len || client_on_message(s->base.client, line) || s->base.closed)
        return;
    client_on_log(s->base.client, line);
    client_on_log(s->base.client, STR_LIT("\n"));
}

static void on_output(void *ctx, struct str piece)
{
    struct stdio *s = ctx;
    struct err err = ERR_INIT;

    while (piece.len && !s->base.closed) {
        const char *end = memchr(piece.ptr, '\n', piece.len);
        size_t n = end ? (size_t)(end - piece.ptr) : piece.len;

        if (!buf_add(&s->line, piece.ptr, n)) {
            err_set(&err, ERR_LIMIT, "it sent a message of more than %zu bytes", MCP_MESSAGE_MAX);
            client_on_lost(s->base.client, &err);
            return;
        }
        piece.ptr += end ? n + 1 : n;
        piece.len -= end ? n + 1 : n;
        if (!end)
            return;
        take_line(s, buf_str(&s->line));
        buf_clear(&s->line);
    }
}

static void on_err_output(void *ctx, struct str piece)
{
    struct stdio *s = ctx;

    if (!s->base.closed)
        client_on_log(s->base.client, piece);
}

static void on_ended(void *ctx, const struct proc_result *r)
{
    struct stdio *s = ctx;
    struct err err = r->err;

    s->child = 0;
    if (s->base.closed)
        return;
    if (!err.code && r->term_signal)
        err_set(&err, ERR_IO, "it was ended by signal %d", r->term_signal);
    else if (!err.code)
        err_set(&err, ERR_IO, "it ended with status %d", r->exit_status);
    client_on_lost(s->base.client, &err);
}

static bool send_line(struct mcp_transport *t, struct str json, uint64_t request)
{
    struct stdio *s = (struct stdio *)t;
    struct buf line = BUF_INIT(json.len + 1);
    bool sent;

    (void)request;
    buf_add_str(&line, json);
    for (size_t i = 0; i < line.len; i++) { /* white space between tokens: strings hold none */
        if (line.ptr[i] == '\n' || line.ptr[i] == '\r')
            line.ptr[i] = ' ';
    }
    buf_addc(&line, '\n');
    sent = proc_write(s->loop, s->child, buf_str(&line));
    buf_release(&line);
    return sent;
}

static void end_input(struct mcp_transport *t)
{
    struct stdio *s = (struct stdio *)t;

    proc_end_input(s->loop, s->child);
}

static bool has_ended(struct mcp_transport *t)
{
    return ((struct stdio *)t)->child == 0;
}

static void close_child(struct mcp_transport *t)
{
    struct stdio *s = (struct stdio *)t;

    proc_end_input(s->loop, s->child);
    proc_drop(s->loop, s->child);
    buf_release(&s->line);
    free(s);
}

static const struct mcp_transport_ops stdio_ops = {
    .send = send_line, .end = end_input, .ended = has_ended, .close = close_child};

/* Somebody else's program has no business with what else our environment holds: keys above all.
 * What it needs beside these is given by name in mcp.servers.NAME.env. */
static const char *const inherited[] = {"HOME",
                                        "PATH",
                                        "USER",
                                        "LOGNAME",
                                        "SHELL",
                                        "TERM",
                                        "TMPDIR",
                                        "TZ",
                                        "LANG",
                                        "LC_ALL",
                                        "LC_CTYPE",
                                        "http_proxy",
                                        "https_proxy",
                                        "no_proxy",
                                        "HTTP_PROXY",
                                        "HTTPS_PROXY",
                                        "NO_PROXY",
                                        "SSL_CERT_FILE",
                                        "SSL_CERT_DIR",
                                        "XDG_CACHE_HOME",
                                        "XDG_RUNTIME_DIR",
                                        NULL};

struct mcp_transport *mcp_stdio_open(struct mcp_client *c)
{
    struct stdio *s = xcalloc(1, sizeof(*s));
    struct proc_spec spec = {.argv = c->spec.argv,
                             .env = c->spec.env,
                             .inherit = inherited,
                             .keep_input = true,
                             .max_output_bytes = BUF_NO_MAX,
                             .on_output = on_output,
                             .on_err_output = on_err_output};

    s->base = (struct mcp_transport){.ops = &stdio_ops, .client = c};
    s->loop = c->loop;
    buf_init(&s->line, MCP_MESSAGE_MAX);
    s->child = proc_start(c->loop, &spec, on_ended, s);
    return &s->base;
}
