/* command_wrap.c - programs that start another one, unfolded until the one that really runs. Each
 * is a row with the options that are understood; any other option is refused, as it could take the
 * next word with it and hide what is started. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "command_priv.h"

#define WRAPPERS_MAX 8

struct wrapper {
    const char *name;
    /* "-n" takes nothing, "-u=" takes a word, "--user=" takes one behind = or the next. */
    const char *options;
    int operands;   /* words of its own before the program: timeout's duration */
    unsigned flags; /* OP_PRIVILEGED */
    bool assigns;   /* NAME=VALUE words come first */
};

static const struct wrapper wrappers[] = {
    {"sudo", "-n -H -S -u= --user= -g= --group= -- --non-interactive --set-home", 0, OP_PRIVILEGED,
     false},
    {"doas", "-n -u= --", 0, OP_PRIVILEGED, false},
    {"env", "-i - -u= --unset= --ignore-environment --", 0, 0, true},
    {"nice", "-n= --adjustment= --", 0, 0, false},
    {"ionice", "-c= --class= -n= --classdata= -t --", 0, 0, false},
    {"timeout", "-k= --kill-after= -s= --signal= --foreground --preserve-status -v --verbose --", 1,
     0, false},
    {"nohup", "--", 0, 0, false},
    {"setsid", "-w --wait --", 0, 0, false},
    {"stdbuf", "-i= -o= -e= --input= --output= --error= --", 0, 0, false},
    {"chrt", "-b -i -o -r -f --batch --idle --other --", 1, 0, false},
    {"taskset", "-c --cpu-list --", 1, 0, false},
    {"time", "-p --", 0, 0, false},
    {"command", "--", 0, 0, false},
    {"exec", "--", 0, 0, false},
    {"busybox", "", 0, 0, false},
    {"toybox", "", 0, 0, false},
};

static const struct wrapper *wrapper_of(const char *name)
{
    for (size_t i = 0; i < sizeof(wrappers) / sizeof(wrappers[0]); i++) {
        if (strcmp(wrappers[i].name, name) == 0)
            return &wrappers[i];
    }
    return NULL;
}

bool command_starts_others(const char *name)
{
    for (size_t i = 0; i < sizeof(wrappers) / sizeof(wrappers[0]); i++) {
        if (strcasecmp(wrappers[i].name, name) == 0)
            return true;
    }
    return false;
}

bool command_program_name(const struct command *c, size_t word, const char **ret,
                          struct command_problem *p)
{
    const char *w = c->argv[word], *slash = strrchr(w, '/');
    const char *name = slash ? slash + 1 : w;
    static const char *const folders[] = {"/bin/",      "/sbin/",          "/usr/bin/",
                                          "/usr/sbin/", "/usr/local/bin/", "/usr/local/sbin/"};

    for (const char *at = name; *at; at++) {
        if (!isalnum((unsigned char)*at) && !strchr("._+-", *at))
            return command_refuse(p, command_column(c, word), "program",
                                  "this is no name of a program");
    }
    if (!*name || *name == '-' || *name == '.')
        return command_refuse(p, command_column(c, word), "program",
                              "this is no name of a program");
    if (slash) {
        bool known = false;

        for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
            known = known || ((size_t)(name - w) == strlen(folders[i]) &&
                              strncmp(w, folders[i], strlen(folders[i])) == 0);
        if (!known)
            return command_refuse(p, command_column(c, word), "program",
                                  "a program outside the system's folders is not run");
    }
    *ret = name;
    return true;
}

/* Is `word` in the list of options? 0: no; 1: yes, alone; 2: the next word belongs to it. */
static int option(const char *options, const char *word)
{
    struct str rest = str_from(options), o;

    while (str_split(&rest, ' ', &o)) {
        bool takes = o.len && o.ptr[o.len - 1] == '=';
        size_t n = o.len - takes;

        if (!o.len || strncmp(word, o.ptr, n) != 0)
            continue;
        if (!word[n])
            return takes ? 2 : 1;
        if (takes && (word[n] == '=' || (n == 2 && o.ptr[1] != '-')))
            return 1; /* --user=x, -ux */
    }
    return 0;
}

static bool refuse_option(const struct command *c, size_t at, const char *wrapper,
                          struct command_problem *p)
{
    return command_refuse(p, command_column(c, at), "wrapper",
                          "this option of %s is not understood, so what it starts is not known",
                          wrapper);
}

/* A user by name: "#0" and "#-1" are numbers that sudo reads its own way (CVE-2019-14287). */
static bool plain_user(const char *word)
{
    for (const char *at = word; *at; at++) {
        if (!isalnum((unsigned char)*at) && !strchr("._-", *at))
            return false;
    }
    return *word && isalpha((unsigned char)*word);
}

static bool check_user(const struct command *c, size_t at, size_t next, const struct wrapper *w,
                       struct command_problem *p)
{
    const char *word = c->argv[at], *user = NULL;

    if (!(w->flags & OP_PRIVILEGED))
        return true;
    if (strncmp(word, "-u", 2) == 0 || strncmp(word, "-g", 2) == 0)
        user = word[2] ? word + 2 : c->argv[next];
    else if (strncmp(word, "--user", 6) == 0 || strncmp(word, "--group", 7) == 0)
        user = strchr(word, '=') ? strchr(word, '=') + 1 : c->argv[next];
    if (user && !plain_user(user))
        return command_refuse(p, command_column(c, at), "wrapper", "this is no name of a user");
    return true;
}

static bool is_assignment(const char *word)
{
    const char *at = word;

    if (!isalpha((unsigned char)*at) && *at != '_')
        return false;
    while (isalnum((unsigned char)*at) || *at == '_')
        at++;
    return *at == '=' || (at[0] == '+' && at[1] == '=');
}

/* Variables that say nothing about what is run. */
static bool harmless_variable(const char *word)
{
    static const char *const names[] = {
        "LC_ALL=", "LANG=", "TZ=", "COLUMNS=", "LINES=", "NO_COLOR="};
    const char *value = strchr(word, '=');

    for (const char *at = value; at && *at; at++) {
        if (*at == '/' || *at == '(' || *at == '%')
            return strncmp(word, "TZ=", 3) == 0 && *at == '/';
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strncmp(word, names[i], strlen(names[i])) == 0)
            return true;
    }
    return false;
}

/* From the word behind the wrapper's name to the program that it starts. */
static bool skip(const struct command *c, const struct wrapper *w, size_t *at,
                 struct command_problem *p)
{
    bool ended = false;

    while (*at < c->argc && c->argv[*at][0] == '-' && !ended) {
        int takes = option(w->options, c->argv[*at]);

        if (!takes || (takes == 2 && *at + 1 >= c->argc))
            return refuse_option(c, *at, w->name, p);
        if (!check_user(c, *at, *at + 1, w, p))
            return false;
        ended = strcmp(c->argv[*at], "--") == 0;
        *at += (size_t)takes;
    }
    for (; w->assigns && *at < c->argc && is_assignment(c->argv[*at]); ++*at) {
        if (!harmless_variable(c->argv[*at]))
            return command_refuse(p, command_column(c, *at), "assignment",
                                  "this variable can change what the program does");
    }
    *at += (size_t)w->operands;
    if (*at >= c->argc)
        return command_refuse(p, 0, "wrapper", "%s starts nothing here", w->name);
    return true;
}

bool command_unwrap(struct command *c, struct command_problem *p)
{
    size_t at = 0;

    for (int depth = 0;; depth++) {
        const struct wrapper *w;

        if (is_assignment(c->argv[at]))
            return command_refuse(p, command_column(c, at), "assignment",
                                  "a variable is not set in front of a command");
        if (!command_program_name(c, at, &c->program, p))
            return false;
        c->first = at;
        w = wrapper_of(c->program);
        if (!w)
            return true;
        if (depth == WRAPPERS_MAX)
            return command_refuse(p, command_column(c, at), "wrapper",
                                  "too many programs start each other here");
        c->flags |= w->flags;
        at++;
        if (!skip(c, w, &at, p))
            return false;
    }
}
