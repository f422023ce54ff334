/* help.c - --help from the tables. */
#include "runbook/app/cmd.h"

#include "runbook/base/num.h"
#include "runbook/base/text.h"

enum { COL_MAX = 30 };

struct indent {
    struct buf *out;
    int col;
    bool first; /* the cursor stands at `col` already */
};

static void put_line(void *ctx, struct str line, int width)
{
    struct indent *in = ctx;

    (void)width;
    if (!in->first && line.len)
        buf_addf(in->out, "%*s", in->col, "");
    in->first = false;
    buf_addf(in->out, "%.*s\n", STR_FMT(line));
}

static void wrapped(struct buf *out, const char *text, int col, bool at_col, int width)
{
    struct indent in = {out, col, at_col};

    text_wrap(str_from(text), width - col > 20 ? width - col : 20, put_line, &in);
}

/* "  left   right", the right column wrapped; a long left part gets a line of its own. */
static void two_columns(struct buf *out, const char *left, const char *right, int col, int width)
{
    int w = (int)strlen(left) + 2;

    buf_addf(out, "  %s", left);
    if (w + 2 > col)
        buf_addf(out, "\n%*s", col, "");
    else
        buf_addf(out, "%*s", col - w, "");
    wrapped(out, right, col, true, width);
}

void cmd_usage_line(const struct cmd_def *c, const char *path, struct buf *out)
{
    buf_addf(out, "runbook%s%s [options]", *path ? " " : "", path);
    if (c->subs)
        buf_adds(out, c->run ? " [command]" : " command");
    for (const struct pos_def *p = c->pos; p && p->name; p++)
        buf_addf(out, " %s%s%s%s", p->required ? "" : "[", p->name, p->repeat ? "..." : "",
                 p->required ? "" : "]");
}

static void opt_left(const struct opt_def *o, struct buf *out)
{
    if (o->letter)
        buf_addf(out, "-%c, ", o->letter);
    else
        buf_adds(out, "    ");
    buf_addf(out, "--%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
}

static void opt_right(const struct opt_def *o, struct buf *out)
{
    char lo[32], hi[32];

    buf_adds(out, o->help);
    if (o->choices) {
        buf_adds(out, " One of");
        for (size_t i = 0; o->choices[i]; i++)
            buf_addf(out, "%s %s", i ? "," : "", o->choices[i]);
        buf_adds(out, ".");
    }
    if (o->max > o->min) {
        num_format_f64(o->min, lo);
        num_format_f64(o->max, hi);
        buf_addf(out, " From %s to %s.", lo, hi);
    }
    if (o->repeat)
        buf_adds(out, " Can be given more than once.");
    if (o->env)
        buf_addf(out, " [%s]", o->env);
}

static int opt_column(const struct opt_def *opts, int col)
{
    struct buf left = BUF_INIT(256);

    for (const struct opt_def *o = opts; o && o->name; o++) {
        int w;

        buf_clear(&left);
        opt_left(o, &left);
        w = (int)left.len + 4;
        if (w > col && w <= COL_MAX)
            col = w;
    }
    buf_release(&left);
    return col;
}

static void opt_list(const char *title, const struct opt_def *opts, int col, int width,
                     struct buf *out)
{
    struct buf left = BUF_INIT(256), right = BUF_INIT(4096);

    if (!opts || !opts->name)
        return;
    buf_addf(out, "\n%s:\n", title);
    for (const struct opt_def *o = opts; o->name; o++) {
        buf_clear(&left);
        buf_clear(&right);
        opt_left(o, &left);
        opt_right(o, &right);
        two_columns(out, buf_cstr(&left), buf_cstr(&right), col, width);
    }
    buf_release(&left);
    buf_release(&right);
}

static void sub_list(const struct cmd_def *c, int width, struct buf *out)
{
    int col = 8;

    if (!c->subs)
        return;
    for (const struct cmd_def *const *s = c->subs; *s; s++)
        if (!(*s)->hidden && (int)strlen((*s)->name) + 4 > col)
            col = (int)strlen((*s)->name) + 4;
    buf_adds(out, "\nCommands:\n");
    for (const struct cmd_def *const *s = c->subs; *s; s++)
        if (!(*s)->hidden)
            two_columns(out, (*s)->name, (*s)->help, col, width);
}

static void pos_list(const struct cmd_def *c, int width, struct buf *out)
{
    int col = 8;

    if (!c->pos || !c->pos->name)
        return;
    for (const struct pos_def *p = c->pos; p->name; p++)
        if ((int)strlen(p->name) + 4 > col)
            col = (int)strlen(p->name) + 4;
    buf_adds(out, "\nArguments:\n");
    for (const struct pos_def *p = c->pos; p->name; p++)
        two_columns(out, p->name, p->help, col, width);
}

static void example_list(const struct cmd_def *c, struct buf *out)
{
    struct str rest = str_from(c->examples), line;

    if (!c->examples)
        return;
    buf_adds(out, "\nExamples:\n");
    while (str_line(&rest, &line))
        buf_addf(out, "  %.*s\n", STR_FMT(line));
}

void cmd_help_text(const struct cmd_def *c, const char *path, const struct opt_def *globals,
                   int width, struct buf *out)
{
    int col = opt_column(globals, opt_column(c->opts, 12));

    buf_adds(out, "Usage: ");
    cmd_usage_line(c, path, out);
    buf_adds(out, "\n\n");
    wrapped(out, c->help, 0, true, width);
    if (c->details) {
        buf_addc(out, '\n');
        wrapped(out, c->details, 0, true, width);
    }
    sub_list(c, width, out);
    pos_list(c, width, out);
    opt_list("Options", c->opts, col, width, out);
    opt_list("Options of every command", globals, col, width, out);
    example_list(c, out);
}
