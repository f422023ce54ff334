/* man.c - the man page's sections OPTIONS and COMMANDS from the tables, in mdoc.
 * Source: mdoc(7): a line that begins with a dot is a macro, a backslash begins an escape. */
#include "runbook/app/cmd.h"

#include <ctype.h>
#include <stdio.h>

#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "src/app/commands.h"

static void man_line(void *ctx, struct str line, int width)
{
    struct buf *out = ctx;

    (void)width;
    if (!line.len) {
        buf_adds(out, ".Pp\n");
        return;
    }
    if (line.ptr[0] == '.' || line.ptr[0] == '\'')
        buf_adds(out, "\\&");
    buf_addf(out, "%.*s\n", STR_FMT(line));
}

/* Escaped, each sentence on a line of its own, no macro at the start of a line. */
static void escaped(const char *s, int width, struct buf *out)
{
    struct buf text = BUF_INIT(1 << 16);

    for (const char *p = s; *p; p++) {
        if (*p == '\\')
            buf_adds(&text, "\\e");
        else if (*p == '-')
            buf_adds(&text, "\\-");
        else if (*p == ' ' && p > s && p[-1] == '.' && isupper((unsigned char)p[1]))
            buf_addc(&text, '\n');
        else
            buf_addc(&text, *p);
    }
    text_wrap(buf_str(&text), width, man_line, out);
    buf_release(&text);
}

void man_prose(const char *s, struct buf *out)
{
    escaped(s, 76, out);
}

static void option_item(const struct opt_def *o, struct buf *out)
{
    char lo[32], hi[32];

    buf_adds(out, ".It ");
    if (o->letter)
        buf_addf(out, "Fl %c , ", o->letter);
    buf_addf(out, "Fl \\-%s", o->name);
    if (o->value)
        buf_addf(out, " Ar %s", o->value);
    buf_addc(out, '\n');
    man_prose(o->help, out);
    if (o->choices) {
        buf_adds(out, "One of\n");
        for (size_t i = 0; o->choices[i]; i++)
            buf_addf(out, ".Cm %s%s\n", o->choices[i], o->choices[i + 1] ? " ," : " .");
    }
    if (o->max > o->min) {
        num_format_f64(o->min, lo);
        num_format_f64(o->max, hi);
        buf_addf(out, "From %s to %s.\n", lo, hi);
    }
    if (o->repeat)
        buf_adds(out, "Can be given more than once.\n");
    if (o->env)
        buf_addf(out, "The environment variable\n.Ev %s\nstands in for it.\n", o->env);
}

static void option_list(const struct opt_def *opts, struct buf *out)
{
    if (!opts || !opts->name)
        return;
    buf_adds(out, ".Bl -tag -width Ds\n");
    for (const struct opt_def *o = opts; o->name; o++)
        option_item(o, out);
    buf_adds(out, ".El\n");
}

static void synopsis(const struct cmd_def *c, const char *path, struct buf *out)
{
    struct str rest = str_from(path), word;

    buf_adds(out, ".It Nm");
    while (str_split(&rest, ' ', &word))
        if (word.len) /* the program itself has no name of a command */
            buf_addf(out, " Cm %.*s", STR_FMT(word));
    if (c->opts && c->opts->name)
        buf_adds(out, " Oo Ar options Oc");
    for (const struct pos_def *p = c->pos; p && p->name; p++)
        buf_addf(out, " %sAr %s%s%s", p->required ? "" : "Oo ", p->name, p->repeat ? " ..." : "",
                 p->required ? "" : " Oc");
    buf_addc(out, '\n');
}

static void arguments(const struct cmd_def *c, struct buf *out)
{
    if (!c->pos || !c->pos->name)
        return;
    buf_adds(out, ".Bl -tag -width Ds\n");
    for (const struct pos_def *p = c->pos; p->name; p++) {
        buf_addf(out, ".It Ar %s\n", p->name);
        man_prose(p->help, out);
    }
    buf_adds(out, ".El\n");
}

static void examples(const struct cmd_def *c, struct buf *out)
{
    struct str rest = str_from(c->examples), line;

    if (!c->examples)
        return;
    buf_adds(out, ".Pp\n.Bd -literal -offset indent -compact\n");
    while (str_line(&rest, &line)) {
        char text[512];

        snprintf(text, sizeof(text), "%.*s", STR_FMT(line));
        escaped(text, 1000, out);
    }
    buf_adds(out, ".Ed\n");
}

static void command_item(const struct cmd_def *c, const char *path, struct buf *out)
{
    if (c->hidden)
        return;
    if (c->run || !c->subs) {
        synopsis(c, path, out);
        man_prose(c->help, out);
        if (c->details)
            man_prose(c->details, out);
        arguments(c, out);
        option_list(c->opts, out);
        examples(c, out);
    }
    for (const struct cmd_def *const *s = c->subs; s && *s; s++) {
        char sub[160];

        snprintf(sub, sizeof(sub), "%s%s%s", path, *path ? " " : "", (*s)->name);
        command_item(*s, sub, out);
    }
}

void cmd_man(const struct cmd_def *root, const struct opt_def *globals, struct buf *out)
{
    buf_adds(out,
             ".Sh OPTIONS\nThese options belong to every command and may stand before or after "
             "it.\n");
    option_list(globals, out);
    buf_adds(out, ".Sh COMMANDS\n.Bl -tag -width Ds\n");
    command_item(root, "", out);
    buf_adds(out, ".El\n");
}
