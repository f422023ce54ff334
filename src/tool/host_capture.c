/* host_capture.c - the raw words of a machine's own programs, for a file that is attached to a
 * ticket: {"host","now_ms","sections":[{"name","command","bytes","text"}],"gaps":[...]}
 * At most 64 KiB a section; secrets are taken out where results are kept, as for every tool. */
#include <stdio.h>
#include <string.h>

#include "look.h"

static void close_section(struct look *k, struct buf *text, bool open)
{
    if (!open)
        return;
    json_put_int(k->out, "bytes", (int64_t)text->len);
    json_put_str(k->out, "text", buf_str(text));
    json_object_end(k->out);
    buf_clear(text);
}

static enum err_code render(struct look *k, struct err *err)
{
    struct buf text = BUF_INIT((size_t)256 << 10);
    bool open = false;
    int64_t bytes = 0;

    (void)err;
    json_key(k->out, "sections");
    json_array_begin(k->out);
    VEC_EACH (l, &k->lines) {
        if (strcmp(l->kind, "|") == 0 && open) {
            buf_adds(&text, l->f[0]);
            buf_addc(&text, '\n');
        } else if (strcmp(l->kind, "section") == 0) {
            bytes += (int64_t)text.len;
            close_section(k, &text, open);
            open = true;
            k->rows++;
            json_object_begin(k->out);
            json_put_cstr(k->out, "name", l->f[0]);
            json_put_cstr(k->out, "command", l->f[1]);
        }
    }
    bytes += (int64_t)text.len;
    close_section(k, &text, open);
    json_array_end(k->out);
    buf_release(&text);
    snprintf(k->summary, 256, "%lld sections, %lld bytes", (long long)k->rows, (long long)bytes);
    return ERR_OK;
}

const struct look_def look_capture = {.script = "capture", .timeout_ms = 60000, .render = render};

static const struct tool_param params[] = {HOST_PARAM, {NULL}};

static void cite(const struct value *args, struct buf *out)
{
    host_cite(args, out, "ps, ss, df, meminfo, pressure, dmesg, journal and others, as they are");
}

static void start(struct tool_call *c)
{
    look_start(c, &look_capture, (const char *const[]){NULL});
}

const struct tool_def tool_host_capture = {
    .name = "host_capture",
    .help =
        "Keep what the programs of a machine say of it, word for word, for a diagnostic bundle.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = 70000,
    .query = cite,
    .start = start,
    .cancel = look_cancel,
};
