/* plain_more.c - the commands of plain mode that stand for what a screen has beside its lists and
 * pages: copying, the transcript as one text, colours and themes, what was asked before, the
 * journal's chain, and what the keys of the screen are here. */
#include "src/ui/plain_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/path.h"
#include "runbook/loop/proc.h"
#include "runbook/ui/commands.h"
#include "src/ui/plain_counterparts.h"
#include "src/ui/sgr.h"

#define COPY_MAX_BYTES ((size_t)16 << 20)
#define TMUX_MS 3000
#define HISTORY_SHOWN 50

/* ---- copying ---- */

struct plain_copy {
    struct plain *p;
    struct buf text;
    loop_id proc;
};

static void size_words(struct str text, char *out, size_t size)
{
    size_t lines = 0;

    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n';
    snprintf(out, size, "%zu line%s", lines, lines == 1 ? "" : "s");
}

static void to_file(struct plain *p, struct str text, const char *why)
{
    char *path = p->opts.run_dir ? path_join(p->opts.run_dir, "copy.txt") : NULL;
    struct err err = ERR_INIT;
    char words[64];

    size_words(text, words, sizeof(words));
    if (!path)
        plain_errorf(p, "Not copied: %s, and there is no folder for a file.", why);
    else if (dir_make(p->opts.run_dir, &err) || file_write_atomic(path, text, 0600, &err))
        plain_errorf(p, "Not copied: %s", err.msg);
    else
        plain_linef(p, 0, TONE_PLAIN, "%s: wrote %s to %s", why, words, path);
    free(path);
}

void plain_copy_drop(struct plain *p)
{
    struct plain_copy *c = p->copying;

    if (!c)
        return;
    if (c->proc)
        proc_drop(p->loop, c->proc);
    buf_release(&c->text);
    free(c);
    p->copying = NULL;
}

static void on_tmux(void *ctx, const struct proc_result *r)
{
    struct plain_copy *c = ctx;
    struct plain *p = c->p;
    char words[64];

    c->proc = 0;
    size_words(buf_str(&c->text), words, sizeof(words));
    if (!r->err.code && r->exit_status == 0)
        plain_linef(p, 0, TONE_PLAIN, "Copied %s to the tmux buffer (prefix ] pastes).", words);
    else
        to_file(p, buf_str(&c->text), "tmux did not take it");
    plain_copy_drop(p);
    plain_write(p);
    plain_after(p);
}

static void to_tmux(struct plain *p, struct buf *text)
{
    const char *argv[] = {"tmux", "load-buffer", "-", NULL};
    struct plain_copy *c = xcalloc(1, sizeof(*c));

    plain_copy_drop(p);
    c->p = p;
    c->text = *text;
    buf_init(text, COPY_MAX_BYTES);
    p->copying = c;
    c->proc = proc_start(
        p->loop,
        &(struct proc_spec){.argv = argv, .stdin_data = buf_str(&c->text), .timeout_ms = TMUX_MS},
        on_tmux, c);
}

/* What a page says, without colours. */
static bool page_text(struct plain *p, const char *id, struct buf *out)
{
    bool color = p->opts.text.color, there;
    struct buf said = p->out;

    buf_init(&p->out, PLAIN_OUT_MAX);
    p->opts.text.color = false;
    there = plain_open_id(p, id);
    p->opts.text.color = color;
    if (there)
        buf_add_str(out, buf_str(&p->out));
    buf_release(&p->out);
    p->out = said;
    return there;
}

static bool raw_text(struct plain *p, struct buf *out)
{
    struct err err = ERR_INIT;

    return *p->blob && p->opts.blobs.read &&
           p->opts.blobs.read(p->opts.blobs.ctx, p->blob, out, &err);
}

/* What is named, else what is marked, else what is open, else the last list. */
static bool text_of(struct plain *p, struct str args, struct buf *out)
{
    char *id = xstrndup(args.ptr ? args.ptr : "", args.len);
    bool there;

    if (str_eq_c(args, "all"))
        there = plain_rows_text(p, true, out);
    else if (str_eq_c(args, "raw"))
        there = raw_text(p, out);
    else if (args.len)
        there = page_text(p, id, out);
    else
        there = plain_rows_text(p, false, out) || (*p->opened && page_text(p, p->opened, out)) ||
                plain_rows_text(p, true, out);
    free(id);
    return there;
}

void plain_copy(struct plain *p, struct str args)
{
    struct buf text = BUF_INIT(COPY_MAX_BYTES);

    if (!text_of(p, args, &text))
        plain_errorf(p, "Nothing to copy: open something, mark lines of a list, or name an id, all "
                        "or raw.");
    else if (p->opts.in_tmux)
        to_tmux(p, &text);
    else
        to_file(p, buf_str(&text), "A terminal's clipboard needs control sequences");
    buf_release(&text);
}

/* ---- the transcript ---- */

void plain_transcript(struct plain *p, struct str args)
{
    const struct model *m = p->model;
    struct buf words = BUF_INIT(1 << 20);
    size_t found = 0;

    if (args.len && args.ptr[0] == '/')
        args = str_trim((struct str){args.ptr + 1, args.len - 1});
    for (size_t i = 0; i < m->items.count; i++) {
        buf_clear(&words);
        if (!plain_item_words(m, i, &words) || (args.len && str_ifind(buf_str(&words), args) < 0))
            continue;
        text_add_wrapped(&p->opts.text, &p->out, 9, TONE_PLAIN, buf_cstr(&words));
        found++;
    }
    buf_release(&words);
    if (!m->items.count)
        plain_errorf(p, "Nothing happened yet.");
    else if (args.len)
        plain_linef(p, 0, TONE_DIM, "%zu of %zu entries hold '%.*s'.", found, m->items.count,
                    STR_FMT(args));
}

/* ---- colours ---- */

void plain_color(struct plain *p, struct str args)
{
    if (str_eq_c(args, "on") && p->opts.colors == COLORS_NONE)
        plain_errorf(p, "No colours are wanted here: NO_COLOR, --no-color, or a terminal without.");
    else if (str_eq_c(args, "on") || str_eq_c(args, "off"))
        p->opts.text.color = str_eq_c(args, "on");
    else
        plain_linef(p, 0, TONE_PLAIN, "Colours are %s; color on and color off change that.",
                    p->opts.text.color ? "on" : "off");
}

static enum err_code load_theme(struct plain *p, const char *name, struct theme *ret,
                                struct err *err)
{
    for (size_t i = 0; i < 2; i++) {
        char *file = xasprintf("%s.theme", name);
        char *path = p->opts.theme_dirs[i] ? path_join(p->opts.theme_dirs[i], file) : NULL;
        bool there = path && !strchr(name, '/') && file_exists(path);
        enum err_code rc = there ? theme_load(ret, path, err) : ERR_OK;

        free(file);
        free(path);
        if (there)
            return rc;
    }
    return theme_load(ret, name, err);
}

/* A tone is the theme's style of the same meaning; backgrounds are left to the terminal. */
static void take_theme(struct plain *p, const struct theme *theme)
{
    static const enum style styles[TONES] = {
        [TONE_PLAIN] = STYLE_TEXT, [TONE_DIM] = STYLE_DIM,      [TONE_BOLD] = STYLE_STRONG,
        [TONE_GOOD] = STYLE_OK,    [TONE_WARN] = STYLE_WARNING, [TONE_BAD] = STYLE_DANGER,
        [TONE_INFO] = STYLE_ACCENT};
    static const struct {
        unsigned attr;
        const char *code;
    } attrs[] = {{ATTR_BOLD, "1"},
                 {ATTR_DIM, "2"},
                 {ATTR_ITALIC, "3"},
                 {ATTR_UNDERLINE, "4"},
                 {ATTR_REVERSE, "7"}};

    for (int t = 0; t < TONES; t++) {
        struct look look = theme_look(theme, p->opts.colors, styles[t], styles[t]);
        struct buf out = BUF_INIT(sizeof(p->tones[t]) - 1);
        bool any = false;

        for (size_t i = 0; i < sizeof(attrs) / sizeof(attrs[0]); i++)
            if (look.attrs & attrs[i].attr)
                sgr_code(&out, &any, attrs[i].code);
        if (look.fg >= 0)
            sgr_color(p->opts.colors, &out, &any, look.fg, 30);
        if (any)
            buf_addc(&out, 'm');
        snprintf(p->tones[t], sizeof(p->tones[t]), "%s", buf_cstr(&out));
        p->tone_list[t] = p->tones[t];
        buf_release(&out);
    }
    p->opts.text.tones = p->tone_list;
    p->opts.text.color = true;
}

void plain_theme(struct plain *p, struct str args)
{
    char *name = xstrndup(args.ptr ? args.ptr : "", args.len);
    struct err err = ERR_INIT;
    struct theme theme;

    if (!*name) {
        for (size_t i = 0; theme_name_at(i); i++)
            plain_linef(p, 0, TONE_PLAIN, "%s", theme_name_at(i));
        plain_linef(p, 0, TONE_DIM, "theme and a name takes one, or a file of one's own.");
    } else if (p->opts.colors == COLORS_NONE) {
        plain_errorf(p, "No colours are wanted here: NO_COLOR, --no-color, or a terminal without.");
    } else if (load_theme(p, name, &theme, &err)) {
        plain_errorf(p, "%s", err.msg);
    } else {
        take_theme(p, &theme);
        plain_linef(p, 0, TONE_INFO, "Theme %s.", theme.name);
    }
    free(name);
}

/* ---- what was asked before ---- */

static void on_question(void *to, const char *text)
{
    struct plain *p = to;

    *VEC_PUSH(&p->asked_before) = xstrdup(text);
}

static bool load_history(struct plain *p)
{
    const struct tui_services *s = p->opts.services;
    struct err err = ERR_INIT;

    VEC_EACH (text, &p->asked_before)
        free(*text);
    p->asked_before.count = 0;
    if (!s || !s->history_load)
        plain_errorf(p, "What was asked before is not kept here.");
    else if (!s->history_load(s->ctx, on_question, p, &err))
        plain_errorf(p, "%s", err.msg);
    else
        return true;
    return false;
}

void plain_keep_question(struct plain *p, const char *text)
{
    const struct tui_services *s = p->opts.services;
    struct err err = ERR_INIT;

    if (s && s->history_add && !s->history_add(s->ctx, text, &err))
        plain_errorf(p, "%s", err.msg);
}

/* The newest last, as it was asked; numbers count from the newest. */
void plain_history(struct plain *p, struct str args)
{
    size_t shown = 0, n;

    if (!load_history(p))
        return;
    n = p->asked_before.count;
    for (size_t i = n > HISTORY_SHOWN && !args.len ? n - HISTORY_SHOWN : 0; i < n; i++) {
        if (args.len && str_ifind(str_from(p->asked_before.items[i]), args) < 0)
            continue;
        buf_addf(&p->out, "%3zu. ", n - i);
        text_add_wrapped(&p->opts.text, &p->out, 5, TONE_PLAIN, p->asked_before.items[i]);
        shown++;
    }
    plain_linef(p, 0, TONE_DIM,
                shown ? "again and a number asks it again."
                      : "Nothing like that was asked before.");
}

void plain_again(struct plain *p, struct str args)
{
    uint64_t number = 1;
    char *text;

    if (args.len && !num_u64(args, &number)) {
        plain_errorf(p, "again takes a number of history.");
        return;
    }
    if (!load_history(p))
        return;
    if (number < 1 || number > p->asked_before.count) {
        plain_errorf(p, "There are %zu questions.", p->asked_before.count);
        return;
    }
    text = xstrdup(p->asked_before.items[p->asked_before.count - number]);
    plain_linef(p, 0, TONE_DIM, "%s", text);
    plain_ask(p, str_from(text));
    free(text);
}

/* ---- the journal ---- */

void plain_verify(struct plain *p, struct str args)
{
    const struct chain_source *c = &p->opts.chain;
    const char *why = "there is no journal", *path = c->path ? c->path(c->ctx, &why) : NULL;
    struct chain_state st;

    (void)args;
    if (!path) {
        plain_errorf(p, "Nothing to check: %s.", why);
        return;
    }
    c->verify(path, &st);
    if (st.step == CHAIN_GOOD)
        plain_linef(p, 0, TONE_GOOD, "The chain holds: %llu lines, last hash %s.",
                    (unsigned long long)st.lines, st.last_hash);
    else
        plain_errorf(p, "The chain does not hold: %s", st.why);
}

/* ---- the keys of the screen ---- */

void plain_keys(struct plain *p, struct str args)
{
    size_t shown = 0;

    for (size_t i = 0; i < command_count(); i++) {
        const struct command_def *def = &command_table[i];
        const struct plain_counterpart *c = plain_counterpart(def->command);
        char *line = xasprintf("%s: %s", def->name, def->help);

        if (c && (!args.len || str_ifind(str_from(line), args) >= 0)) {
            text_add_wrapped(&p->opts.text, &p->out, 0, TONE_PLAIN, line);
            plain_linef(p, 4, TONE_DIM, "    %s%s%s",
                        c->command ? c->command : "not here: ", c->command && *c->note ? ": " : "",
                        c->note);
            shown++;
        }
        free(line);
    }
    if (!shown)
        plain_errorf(p, "No key of the screen has '%.*s'.", STR_FMT(args));
}
