/* completion.c - completion scripts for bash, zsh and fish from the tables.
 * A script holds the tables' words, so that completing costs no start of the program; only what
 * changes (sessions, hosts, keys) is asked from "runbook __complete". All three find the command in
 * the same way: walk the words, skip the values of options, follow the names of sub-commands. */
#include "runbook/app/cmd.h"

#include <stdio.h>

typedef void walk_fn(struct buf *out, const struct cmd_def *c, const char *path,
                     const struct opt_def *globals);

static void walk(const struct cmd_def *c, const char *path, const struct opt_def *globals,
                 walk_fn *fn, struct buf *out)
{
    fn(out, c, path, globals);
    for (const struct cmd_def *const *s = c->subs; s && *s; s++) {
        char sub[160];

        if ((*s)->hidden)
            continue;
        snprintf(sub, sizeof(sub), "%s%s%s", path, *path ? " " : "", (*s)->name);
        walk(*s, sub, globals, fn, out);
    }
}

/* What "runbook __complete" is asked for, or NULL for a kind that the shell knows or nobody does.
 */
static const char *dynamic_kind(enum arg_kind k)
{
    switch (k) {
    case ARG_HOST:
        return "hosts";
    case ARG_SKILL:
        return "skills";
    case ARG_SESSION:
        return "sessions";
    case ARG_KEY:
        return "keys";
    case ARG_COMMAND:
        return "commands";
    case ARG_NONE:
    case ARG_TEXT:
    case ARG_INT:
    case ARG_NUMBER:
    case ARG_CHOICE:
    case ARG_FILE:
    case ARG_DIR:
    case ARG_URL:
    case ARG_DURATION:
    case ARG_TIME:
    case ARG_WHEN:
        return NULL;
    }
    return NULL;
}

static void choice_words(const char *const *choices, struct buf *out)
{
    for (size_t i = 0; choices && choices[i]; i++)
        buf_addf(out, "%s%s", i ? " " : "", choices[i]);
}

/* In single quotes of sh and zsh: ' becomes '\''. In fish \' does. */
static void quoted(const char *s, bool fish, struct buf *out)
{
    buf_addc(out, '\'');
    for (; *s; s++) {
        if (*s == '\'')
            buf_adds(out, fish ? "\\'" : "'\\''");
        else
            buf_addc(out, *s);
    }
    buf_addc(out, '\'');
}

static bool takes_value(const struct opt_def *o)
{
    return o->kind != ARG_NONE;
}

/* "--config|-c|--host": every option with a value, as a case pattern. */
static void value_options(const struct opt_def *opts, bool *first, struct buf *out)
{
    for (const struct opt_def *o = opts; o && o->name; o++) {
        if (!takes_value(o))
            continue;
        buf_addf(out, "%s--%s", *first ? "" : "|", o->name);
        if (o->letter)
            buf_addf(out, "|-%c", o->letter);
        *first = false;
    }
}

static void value_options_of(const struct cmd_def *c, bool *first, struct buf *out)
{
    value_options(c->opts, first, out);
    for (const struct cmd_def *const *s = c->subs; s && *s; s++)
        value_options_of(*s, first, out);
}

static void all_value_options(const struct cmd_def *root, const struct opt_def *globals,
                              struct buf *out)
{
    bool first = true;

    value_options(globals, &first, out);
    value_options_of(root, &first, out);
}

/* "'':config) path=config ;;" for each step downwards. */
static void path_cases(struct buf *out, const struct cmd_def *c, const char *path,
                       const struct opt_def *globals)
{
    (void)globals;
    for (const struct cmd_def *const *s = c->subs; s && *s; s++)
        if (!(*s)->hidden)
            buf_addf(out, "        '%s:%s') path='%s%s%s' ;;\n", path, (*s)->name, path,
                     *path ? " " : "", (*s)->name);
}

/* Case pattern of an option's value: the command's path, a bar, the option. NULL: any command. */
static void value_pattern(const char *path, const struct opt_def *o, struct buf *out)
{
    const char *any = path ? "" : "*";

    path = path ? path : "";
    buf_addf(out, "%s'%s|--%s'", any, path, o->name);
    if (o->letter)
        buf_addf(out, "|%s'%s|-%c'", any, path, o->letter);
    buf_adds(out, ") ");
}

/* ---- bash ---- */

static void bash_reply(enum arg_kind kind, const char *const *choices, struct buf *out)
{
    const char *dynamic = dynamic_kind(kind);

    if (kind == ARG_FILE)
        buf_adds(out, "compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\"))");
    else if (kind == ARG_DIR)
        buf_adds(out, "compopt -o filenames; COMPREPLY=($(compgen -d -- \"$cur\"))");
    else if (dynamic)
        buf_addf(out,
                 "COMPREPLY=($(compgen -W \"$(runbook __complete %s 2>/dev/null)\" -- \"$cur\"))",
                 dynamic);
    else if (choices) {
        buf_adds(out, "COMPREPLY=($(compgen -W '");
        choice_words(choices, out);
        buf_adds(out, "' -- \"$cur\"))");
    } else
        buf_adds(out, ":");
}

static void bash_opt_values(const char *path, const struct opt_def *opts, struct buf *out)
{
    for (const struct opt_def *o = opts; o && o->name; o++) {
        if (!takes_value(o))
            continue;
        buf_adds(out, "    ");
        value_pattern(path, o, out);
        bash_reply(o->kind, o->choices, out);
        buf_adds(out, "; return ;;\n");
    }
}

static void bash_values(struct buf *out, const struct cmd_def *c, const char *path,
                        const struct opt_def *globals)
{
    (void)globals;
    bash_opt_values(path, c->opts, out);
}

static void bash_words(struct buf *out, const struct cmd_def *c, const char *path,
                       const struct opt_def *globals)
{
    const struct opt_def *tables[] = {c->opts, globals};
    const struct pos_def *p = c->pos;

    buf_addf(out, "    '%s')\n        case $cur in\n        -*) COMPREPLY=($(compgen -W '", path);
    for (size_t t = 0; t < 2; t++)
        for (const struct opt_def *o = tables[t]; o && o->name; o++)
            buf_addf(out, "--%s ", o->name);
    buf_adds(out, "' -- \"$cur\")) ;;\n        *) ");
    if (c->subs) {
        buf_adds(out, "COMPREPLY=($(compgen -W '");
        for (const struct cmd_def *const *s = c->subs; *s; s++)
            if (!(*s)->hidden)
                buf_addf(out, "%s ", (*s)->name);
        buf_adds(out, "' -- \"$cur\"))");
    } else if (p && p->name) {
        bash_reply(p->kind, p->choices, out);
    } else {
        buf_adds(out, ":");
    }
    buf_adds(out, " ;;\n        esac ;;\n");
}

static void bash_script(const struct cmd_def *root, const struct opt_def *globals, struct buf *out)
{
    buf_adds(out,
             "# bash completion for runbook, made by 'runbook completion bash'\n"
             "_runbook()\n{\n"
             "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} path= i\n"
             "    COMPREPLY=()\n"
             "    if [[ $cur == '=' ]]; then cur=\n"
             "    elif [[ $prev == '=' ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
             "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
             "        case ${COMP_WORDS[i]} in\n        ");
    all_value_options(root, globals, out);
    buf_adds(out, ") ((i++)); continue ;;\n        esac\n"
                  "        case $path:${COMP_WORDS[i]} in\n");
    walk(root, "", globals, path_cases, out);
    buf_adds(out, "        esac\n    done\n    case \"$path|$prev\" in\n");
    walk(root, "", globals, bash_values, out);
    bash_opt_values(NULL, globals, out);
    buf_adds(out, "    esac\n    case $path in\n");
    walk(root, "", globals, bash_words, out);
    buf_adds(out, "    esac\n}\ncomplete -F _runbook runbook\n");
}

/* ---- zsh ---- */

static void zsh_reply(enum arg_kind kind, const char *const *choices, struct buf *out)
{
    const char *dynamic = dynamic_kind(kind);

    if (kind == ARG_FILE)
        buf_adds(out, "_files");
    else if (kind == ARG_DIR)
        buf_adds(out, "_files -/");
    else if (dynamic)
        buf_addf(out, "compadd -- ${(f)\"$(runbook __complete %s 2>/dev/null)\"}", dynamic);
    else if (choices) {
        buf_adds(out, "compadd -- ");
        choice_words(choices, out);
    } else
        buf_adds(out, "_message value");
}

static void zsh_opt_values(const char *path, const struct opt_def *opts, struct buf *out)
{
    for (const struct opt_def *o = opts; o && o->name; o++) {
        if (!takes_value(o))
            continue;
        buf_adds(out, "    (");
        value_pattern(path, o, out);
        zsh_reply(o->kind, o->choices, out);
        buf_adds(out, "; return ;;\n");
    }
}

static void zsh_values(struct buf *out, const struct cmd_def *c, const char *path,
                       const struct opt_def *globals)
{
    (void)globals;
    zsh_opt_values(path, c->opts, out);
}

/* 'name:help' for _describe: a colon in the name would need a backslash; no name has one. */
static void described(const char *prefix, const char *name, const char *help, struct buf *out)
{
    struct buf both = BUF_INIT(4096);

    buf_addf(&both, "%s%s:%s", prefix, name, help);
    buf_addc(out, ' ');
    quoted(buf_cstr(&both), false, out);
    buf_release(&both);
}

static void zsh_words(struct buf *out, const struct cmd_def *c, const char *path,
                      const struct opt_def *globals)
{
    const struct opt_def *tables[] = {c->opts, globals};
    const struct pos_def *p = c->pos;

    buf_addf(out, "    ('%s')\n        opts=(", path);
    for (size_t t = 0; t < 2; t++)
        for (const struct opt_def *o = tables[t]; o && o->name; o++)
            described("--", o->name, o->help, out);
    buf_adds(out, ")\n");
    if (c->subs) {
        buf_adds(out, "        subs=(");
        for (const struct cmd_def *const *s = c->subs; *s; s++)
            if (!(*s)->hidden)
                described("", (*s)->name, (*s)->help, out);
        buf_adds(out, ")\n        [[ $cur == -* ]] || { _describe command subs; return; }\n");
    } else if (p && p->name) {
        buf_adds(out, "        [[ $cur == -* ]] || { ");
        zsh_reply(p->kind, p->choices, out);
        buf_adds(out, "; return; }\n");
    }
    buf_adds(out, "        _describe option opts ;;\n");
}

static void zsh_script(const struct cmd_def *root, const struct opt_def *globals, struct buf *out)
{
    buf_adds(out,
             "#compdef runbook\n# zsh completion for runbook, made by 'runbook completion zsh'\n"
             "_runbook() {\n"
             "    local cur=$words[CURRENT] prev=$words[CURRENT-1] cmdpath= i\n"
             "    local -a opts subs\n"
             "    for ((i = 2; i < CURRENT; i++)); do\n"
             "        case $words[i] in\n        (");
    all_value_options(root, globals, out);
    buf_adds(out, ") ((i++)); continue ;;\n        esac\n        case $cmdpath:$words[i] in\n");
    {
        /* zsh ties the name "path" to PATH, so the variable has another name there. */
        struct buf cases = BUF_INIT(1 << 20);
        struct str rest, line;

        walk(root, "", globals, path_cases, &cases);
        rest = buf_str(&cases);
        while (str_line(&rest, &line)) {
            ptrdiff_t at = str_find(line, STR_LIT(" path="));

            buf_addf(out, "        (%.*s cmdpath=%.*s\n", (int)at - 8, line.ptr + 8,
                     (int)(line.len - (size_t)at - 6), line.ptr + at + 6);
        }
        buf_release(&cases);
    }
    buf_adds(out, "        esac\n    done\n    case \"$cmdpath|$prev\" in\n");
    walk(root, "", globals, zsh_values, out);
    zsh_opt_values(NULL, globals, out);
    buf_adds(out, "    esac\n    case $cmdpath in\n");
    walk(root, "", globals, zsh_words, out);
    buf_adds(out, "    esac\n}\n_runbook \"$@\"\n");
}

/* ---- fish ---- */

static void fish_source(enum arg_kind kind, const char *const *choices, struct buf *out)
{
    const char *dynamic = dynamic_kind(kind);

    if (kind == ARG_FILE)
        buf_adds(out, " -F");
    else if (kind == ARG_DIR)
        buf_adds(out, " -a '(__fish_complete_directories)'");
    else if (dynamic)
        buf_addf(out, " -a '(runbook __complete %s 2>/dev/null)'", dynamic);
    else if (choices) {
        buf_adds(out, " -a '");
        choice_words(choices, out);
        buf_adds(out, "'");
    }
}

static void fish_option(const char *path, const struct opt_def *o, struct buf *out)
{
    buf_adds(out, "complete -c runbook");
    if (path)
        buf_addf(out, " -n '__runbook_at \"%s\"'", path);
    buf_addf(out, " -l %s", o->name);
    if (o->letter)
        buf_addf(out, " -s %c", o->letter);
    if (takes_value(o)) {
        buf_adds(out, " -r");
        fish_source(o->kind, o->choices, out);
    }
    buf_adds(out, " -d ");
    quoted(o->help, true, out);
    buf_addc(out, '\n');
}

static void fish_command(struct buf *out, const struct cmd_def *c, const char *path,
                         const struct opt_def *globals)
{
    (void)globals;
    for (const struct opt_def *o = c->opts; o && o->name; o++)
        fish_option(path, o, out);
    for (const struct cmd_def *const *s = c->subs; s && *s; s++) {
        if ((*s)->hidden)
            continue;
        buf_addf(out, "complete -c runbook -n '__runbook_at \"%s\"' -a %s -d ", path, (*s)->name);
        quoted((*s)->help, true, out);
        buf_addc(out, '\n');
    }
    if (!c->subs && c->pos && c->pos->name) {
        struct buf source = BUF_INIT(4096);

        fish_source(c->pos->kind, c->pos->choices, &source);
        if (source.len)
            buf_addf(out, "complete -c runbook -n '__runbook_at \"%s\"'%s\n", path,
                     buf_cstr(&source));
        buf_release(&source);
    }
}

static void fish_path_cases(struct buf *out, const struct cmd_def *c, const char *path,
                            const struct opt_def *globals)
{
    (void)globals;
    for (const struct cmd_def *const *s = c->subs; s && *s; s++)
        if (!(*s)->hidden)
            buf_addf(out, "            case '%s:%s'\n                set path '%s%s%s'\n", path,
                     (*s)->name, path, *path ? " " : "", (*s)->name);
}

static void fish_script(const struct cmd_def *root, const struct opt_def *globals, struct buf *out)
{
    struct buf values = BUF_INIT(1 << 16);

    all_value_options(root, globals, &values);
    for (char *p = values.ptr; p && *p; p++)
        if (*p == '|')
            *p = ' ';
    buf_addf(
        out,
        "# fish completion for runbook, made by 'runbook completion fish'\n"
        "function __runbook_at\n"
        "    set -l path ''\n    set -l skip 0\n"
        "    for word in (commandline -opc)[2..-1]\n"
        "        if test $skip = 1\n            set skip 0\n            continue\n        end\n"
        "        if contains -- $word %s\n            set skip 1\n            continue\n"
        "        end\n"
        "        switch \"$path:$word\"\n",
        buf_cstr(&values));
    walk(root, "", globals, fish_path_cases, out);
    buf_adds(out, "        end\n    end\n    test \"$path\" = \"$argv[1]\"\nend\n"
                  "complete -c runbook -f\n");
    for (const struct opt_def *o = globals; o && o->name; o++)
        fish_option(NULL, o, out);
    walk(root, "", globals, fish_command, out);
    buf_release(&values);
}

void cmd_completion(const struct cmd_def *root, const struct opt_def *globals, const char *shell,
                    struct buf *out)
{
    if (strcmp(shell, "zsh") == 0)
        zsh_script(root, globals, out);
    else if (strcmp(shell, "fish") == 0)
        fish_script(root, globals, out);
    else
        bash_script(root, globals, out);
}
