/* tty_caps.c - what the terminal can do, from terminfo and the environment. */
#include "src/ui/tty_parts_priv.h"

#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <term.h>
#include <unistd.h>

static const char *const cap_names[CAPS] = {
    [CAP_CUP] = "cup",     [CAP_SMCUP] = "smcup", [CAP_RMCUP] = "rmcup", [CAP_CIVIS] = "civis",
    [CAP_CNORM] = "cnorm", [CAP_CLEAR] = "clear", [CAP_EL] = "el",       [CAP_ECH] = "ech",
    [CAP_SGR0] = "sgr0",   [CAP_BOLD] = "bold",   [CAP_DIM] = "dim",     [CAP_SMUL] = "smul",
    [CAP_REV] = "rev",     [CAP_SITM] = "sitm",   [CAP_SETAF] = "setaf", [CAP_SETAB] = "setab",
};

void tty_env_read(struct tty_env *e)
{
    const char *tmux = getenv("TMUX"), *sty = getenv("STY");

    *e = (struct tty_env){.term = getenv("TERM"),
                          .colorterm = getenv("COLORTERM"),
                          .term_program = getenv("TERM_PROGRAM"),
                          .no_color = getenv("NO_COLOR"),
                          .clicolor = getenv("CLICOLOR"),
                          .clicolor_force = getenv("CLICOLOR_FORCE"),
                          .tmux = tmux && *tmux,
                          .screen = sty && *sty && !(tmux && *tmux)};
}

static bool begins_with_one_of(const char *name, const char *const *list)
{
    for (; name && *list; list++)
        if (strncmp(name, *list, strlen(*list)) == 0)
            return true;
    return false;
}

/* Terminals that take xterm's titles and bracketed paste. The Linux console ignores both, but a
 * real vt100 would print them. */
static bool is_xterm_like(const char *name)
{
    static const char *const families[] = {
        "xterm",   "screen", "tmux", "rxvt",  "alacritty", "foot",    "kitty",   "konsole", "gnome",
        "wezterm", "st-",    "vte",  "putty", "mintty",    "contour", "ghostty", "iterm",   NULL};

    return begins_with_one_of(name, families);
}

/* A terminal's own description, when it is installed, says how many colours it has; these have them
 * all whatever it says. */
static bool is_truecolor(const struct tty_env *e)
{
    static const char *const terms[] = {"xterm-kitty",  "kitty",   "alacritty",     "foot",
                                        "wezterm",      "contour", "xterm-ghostty", "ghostty",
                                        "xterm-direct", NULL};
    static const char *const programs[] = {"iTerm.app", "WezTerm", "ghostty", "vscode", NULL};

    if (e->colorterm &&
        (strcasecmp(e->colorterm, "truecolor") == 0 || strcasecmp(e->colorterm, "24bit") == 0))
        return true;
    return begins_with_one_of(e->term, terms) ||
           (!e->tmux && begins_with_one_of(e->term_program, programs));
}

static bool is_set(const char *s)
{
    return s && *s;
}

enum color_level tty_color_level(const struct tty_caps *c, const struct tty_env *e, bool no_color)
{
    bool forced = is_set(e->clicolor_force) && strcmp(e->clicolor_force, "0") != 0;
    /* GNU screen hands the outer COLORTERM on and knows no such colours. */
    bool old_screen = e->screen || (!e->tmux && e->term && strncmp(e->term, "screen", 6) == 0);

    /* Source: no-color.org: any value but the empty one. */
    if (no_color || is_set(e->no_color))
        return COLORS_NONE;
    if (e->clicolor && strcmp(e->clicolor, "0") == 0 && !forced)
        return COLORS_NONE;
    if (c->colors < 8 && !forced)
        return COLORS_NONE;
    if (c->ansi && (c->rgb || c->colors >= 0x1000000 || (is_truecolor(e) && !old_screen)))
        return COLORS_DIRECT;
    return c->colors >= 256 ? COLORS_256 : c->colors >= 16 ? COLORS_16 : COLORS_8;
}

void tty_caps_forget(void)
{
    if (cur_term)
        del_curterm(cur_term);
}

static bool described(const char *name)
{
    int result = 0;

    tty_caps_forget(); /* setupterm() keeps the one before */
    return setupterm(name, STDOUT_FILENO, &result) == OK && result == 1;
}

static const char *known(const char *name)
{
    if (described(name))
        return name;
    if (!is_xterm_like(name))
        return NULL;
    return described("xterm-256color") ? "xterm-256color" : described("xterm") ? "xterm" : NULL;
}

/* A capability without its padding ("$<50>"). */
static void read_cap(struct tty_caps *c, enum cap cap)
{
    const char *s = tigetstr(cap_names[cap]);
    char *to = c->text[cap];
    size_t len = 0;

    if (!s || s == (const char *)-1)
        return;
    while (*s && len < sizeof(c->text[cap]) - 1) {
        const char *end = s[0] == '$' && s[1] == '<' ? strchr(s, '>') : NULL;

        if (end)
            s = end + 1;
        else
            to[len++] = *s++;
    }
    if (*s)
        len = 0; /* cut in two it would be something else */
    to[len] = '\0';
}

static bool says(const char *flag)
{
    const char *s = tigetstr(flag);

    return tigetflag(flag) == 1 || tigetnum(flag) > 0 || (s && s != (const char *)-1);
}

enum err_code tty_caps_load(struct tty_caps *c, const struct tty_env *e, struct err *err)
{
    const char *name;

    *c = (struct tty_caps){.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0};
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return err_set(err, ERR_INPUT, "this is not a terminal: use --plain or --json");
    if (!is_set(e->term))
        return err_set(err, ERR_INPUT, "TERM is not set: set it, or use --plain");
    name = known(e->term);
    if (!name)
        return err_set(
            err, ERR_INPUT,
            "the terminal type \"%s\" is not known here: set TERM (xterm-256color suits most), "
            "or use --plain",
            e->term);
    for (int i = 0; i < CAPS; i++)
        read_cap(c, (enum cap)i);
    if (!*c->text[CAP_CUP] || !*c->text[CAP_CLEAR])
        return err_set(err, ERR_INPUT,
                       "a terminal of type \"%s\" cannot place its cursor: use --plain", name);
    c->colors = tigetnum("colors");
    c->rgb = says("RGB") || says("Tc");
    c->back_erase = tigetflag("bce") == 1;
    c->scroll = says("csr") && says("ri");
    c->corner = tigetflag("am") != 1 || tigetflag("xenl") == 1;
    c->xterm_like = is_xterm_like(e->term);
    c->ansi = strncmp(c->text[CAP_CUP], "\033[", 2) == 0;
    return ERR_OK;
}

void tty_caps_cup(const struct tty_caps *c, int x, int y, struct buf *out)
{
    if (c->ansi)
        buf_addf(out, "\033[%d;%dH", y + 1, x + 1);
    else
        buf_adds(out, tparm(c->text[CAP_CUP], y, x, 0, 0, 0, 0, 0, 0, 0));
}

void tty_caps_color(const struct tty_caps *c, enum cap which, int number, struct buf *out)
{
    const char *s = *c->text[which] ? tparm(c->text[which], number, 0, 0, 0, 0, 0, 0, 0, 0) : NULL;

    if (s)
        buf_adds(out, s);
}
