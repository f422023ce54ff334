/* command_form.c - the form of a command in the table, and each option and each word of it looked
 * at by that. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "command_priv.h"

static size_t column(const struct command_use *u, size_t word)
{
    return command_column(u->c, word);
}

/* ---- which form ---- */

/* In front of its command git's options are others: -p is a pager there, -c a setting. */
static bool means_other(const struct command_use *u, size_t at)
{
    return strcmp(u->c->program, "git") == 0 && strcmp(u->c->argv[at], "--no-pager") != 0;
}

/* The words of `sub` are the first operands, in order. */
static bool sub_fits(struct command_use *u, const struct command_row *r, size_t *ret_count)
{
    struct str rest = str_from(r->sub), w;
    size_t at = u->c->first + 1;

    *ret_count = 0;
    while (*r->sub && str_split(&rest, ' ', &w)) {
        while (at < u->c->argc && u->c->argv[at][0] == '-' && !means_other(u, at))
            at++;
        if (at >= u->c->argc || !str_eq_c(w, u->c->argv[at]))
            return false;
        u->sub_at[(*ret_count)++] = at++;
    }
    return true;
}

static bool remounts(const struct command_use *u)
{
    for (size_t i = u->c->first + 1; i < u->c->argc; i++) {
        if (strncmp(u->c->argv[i], "-o", 2) == 0)
            return true;
    }
    return false;
}

/* "mount" lists, "mount -o remount,rw /x" changes. */
static bool other_form(const struct command_use *u, const struct command_row *r)
{
    return strcmp(r->program, "mount") == 0 && remounts(u) != (strcmp(r->verb, "remount-rw") == 0);
}

/* "swapon" alone lists. */
static bool fewer_words(const struct command_use *u, const struct command_row *r)
{
    bool any = false;

    if (strcmp(r->program, "swapon") != 0)
        return false;
    for (size_t i = u->c->first + 1; i < u->c->argc; i++)
        any = any || u->c->argv[i][0] != '-';
    return any != (strcmp(r->verb, "on") == 0);
}

bool command_find_form(struct command_use *u, bool *ret_program)
{
    size_t best = 0, count;

    *ret_program = false;
    for (const struct command_row *r = command_rows; r->program; r++) {
        if (strcmp(r->program, u->c->program) != 0)
            continue;
        *ret_program = true;
        if (!sub_fits(u, r, &count) || other_form(u, r) || fewer_words(u, r))
            continue;
        if (!u->row || count > best) {
            u->row = r;
            best = count;
        }
    }
    if (u->row)
        sub_fits(u, u->row, &u->sub_count);
    return u->row != NULL;
}

/* ---- words ---- */

static bool only(const char *word, const char *more)
{
    for (const char *at = word; *at; at++) {
        if (!isalnum((unsigned char)*at) && !strchr(more, *at))
            return false;
    }
    return *word != '\0';
}

static bool number(const char *word)
{
    size_t n;

    word += *word == '-' || *word == '+';
    n = strspn(word, "0123456789.");
    return n && strlen(word) <= 15 && (!word[n] || (strchr("KMGTsmhd%", word[n]) && !word[n + 1]));
}

/* Does a place where nobody may look lie below this folder? */
static bool holds_secrets(const char *clean)
{
    static const char *const tops[] = {"/",        "/etc",     "/proc",      "/home",    "/dev",
                                       "/sys",     "/lib",     "/usr",       "/usr/lib", "/run",
                                       "/var",     "/var/lib", "/var/spool", "/var/run", "/etc/ssl",
                                       "/etc/ssh", "/srv"};

    for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
        if (strcasecmp(clean, tops[i]) == 0)
            return true;
    }
    return strncasecmp(clean, "/home/", 6) == 0 && !strchr(clean + sizeof("/home/") - 1, '/');
}

/* The kernel goes up from where a link led, not from where its name stands. */
static bool goes_up(const char *word)
{
    struct str rest = str_from(word), piece;

    while (str_split(&rest, '/', &piece)) {
        if (str_eq_c(piece, ".."))
            return true;
    }
    return false;
}

bool command_take_path(struct command_use *u, size_t at, const char *word, bool change)
{
    struct buf clean = BUF_INIT(COMMAND_LINE_MAX);
    const char *why = NULL;
    bool ok;

    if (strcmp(word, "-") == 0)
        return command_refuse(u->problem, column(u, at), "path", "there is no standard input");
    if (goes_up(word))
        return command_refuse(
            u->problem, column(u, at), "path",
            "'..' behind a symbolic link leads elsewhere than it reads: write the "
            "path without it");
    ok = command_path_clean(&clean, word, u->cwd);
    if (!ok)
        why = *word == '/' || u->cwd ? "this path climbs above the root"
                                     : "write the whole path, from /";
    else if (command_path_ok(u->limits, buf_cstr(&clean), change, &why) && !change &&
             u->flags & OP_RECURSIVE && holds_secrets(buf_cstr(&clean)))
        why = "what lets somebody in lies below this folder";
    if (!why)
        u->paths[u->path_count++] = arena_str(u->arena, buf_str(&clean));
    buf_release(&clean);
    return !why || command_refuse(u->problem, column(u, at), "path", "%s", why);
}

/* Targets that end the machine, by whatever name. */
static bool power_unit(const char *word)
{
    static const char *const names[] = {"poweroff",
                                        "reboot",
                                        "halt",
                                        "kexec",
                                        "shutdown",
                                        "suspend",
                                        "hibernate",
                                        "hybrid-sleep",
                                        "rescue",
                                        "emergency",
                                        "ctrl-alt-del",
                                        "runlevel0",
                                        "runlevel1",
                                        "runlevel6",
                                        "sleep",
                                        "final",
                                        "umount",
                                        "exit",
                                        "suspend-then-hibernate",
                                        "soft-reboot",
                                        "factory-reset",
                                        "initrd-switch-root",
                                        "default"};
    static const char *const prefixes[] = {"systemd-", "plymouth-"};
    size_t n;

    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        if (strncasecmp(word, prefixes[i], strlen(prefixes[i])) == 0)
            word += strlen(prefixes[i]);
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        n = strlen(names[i]);
        if (strncasecmp(word, names[i], n) == 0 && (!word[n] || word[n] == '.' || word[n] == '@'))
            return true;
    }
    return false;
}

/* What the machine itself or the way into it hangs on. */
static bool vital_unit(const char *word)
{
    static const char *const names[] = {"ssh",        "sshd",    "dbus",           "dbus-broker",
                                        "networking", "network", "NetworkManager", "auditd",
                                        "rsyslog",    "cron",    "docker",         "containerd",
                                        "kubelet",    "polkit",  "getty",          "multi-user",
                                        "graphical",  "basic",   "sysinit",        "init"};

    if (strncasecmp(word, "systemd", 7) == 0)
        return true;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t n = strlen(names[i]);

        if (strncasecmp(word, names[i], n) == 0 && (!word[n] || word[n] == '.' || word[n] == '@'))
            return true;
    }
    return false;
}

static bool take_unit(struct command_use *u, size_t at, const char *word)
{
    bool reads = strcmp(u->row->verb, "status") == 0 || strcmp(u->row->verb, "show") == 0 ||
                 strcmp(u->row->verb, "read") == 0;

    if (*word == '-' || !only(word, ":_.@-\\"))
        return command_refuse(u->problem, column(u, at), "unit", "this is no name of a unit");
    if (!reads && power_unit(word))
        return command_refuse(u->problem, column(u, at), "power",
                              "this unit ends the machine, or what it is for");
    if (!reads && vital_unit(word))
        u->flags |= OP_FORCE;
    if (strcmp(u->c->program, "supervisorctl") == 0 && strcasecmp(word, "all") == 0)
        u->flags |= OP_ALL;
    u->names[u->name_count++] = word;
    return true;
}

static bool take_process(struct command_use *u, size_t at, const char *word)
{
    const char *end = word + strspn(word, "0123456789");

    if (*end || !*word || strlen(word) > 9 || *word == '0' || strcmp(word, "1") == 0 ||
        strcmp(word, "2") == 0)
        return command_refuse(u->problem, column(u, at), "process",
                              "one process by its number, and not 0, 1 or 2");
    u->names[u->name_count++] = word;
    return true;
}

static bool take_kind(struct command_use *u, size_t at, const char *word)
{
    struct buf b = BUF_INIT(BUF_NO_MAX);
    bool secret;

    operation_fold(&b, str_from(word));
    secret = strstr(buf_cstr(&b), "secret") != NULL;
    buf_release(&b);
    if (*word == '-' || !only(word, "/.,_-:"))
        return command_refuse(u->problem, column(u, at), "name", "this is no name of a thing");
    u->secret = u->secret || secret || strcasecmp(word, "all") == 0;
    u->names[u->name_count++] = word;
    return true;
}

static bool refuse_word(struct command_use *u, size_t at, const char *what)
{
    return command_refuse(u->problem, column(u, at), "argument", "this is no %s", what);
}

/* A revision, or a file of the repository: git reads any file by its path where there is none. */
static bool take_of_repository(struct command_use *u, size_t at, const char *word)
{
    struct buf clean = BUF_INIT(COMMAND_LINE_MAX);
    const char *why;
    bool ok = *word != '-' && *word != '/' && !strstr(word, "../") && !strchr(word, ':') &&
              strcmp(word, "..") != 0 &&
              command_path_clean(&clean, word, u->cwd ? u->cwd : "/etc") &&
              command_path_ok(u->limits, buf_cstr(&clean), false, &why);

    buf_release(&clean);
    return ok || refuse_word(u, at, "revision, or file of a repository");
}

static bool take(struct command_use *u, char kind, size_t at, const char *word)
{
    static const char *const one_of[][12] = {
        ['f' - 'a'] = {"json", "yaml", "wide", "name", NULL},
        ['m' - 'a'] = {"remount,rw", "remount,ro", "rw,remount", "ro,remount", NULL},
        ['v' - 'a'] = {"restart", "reload", "status", "start", "stop", NULL},
    };

    switch (kind) {
    case 'p':
        return command_take_path(u, at, word, false);
    case 'c':
        return command_take_path(u, at, word, true);
    case 'u':
        return take_unit(u, at, word);
    case 'n':
        return take_process(u, at, word);
    case 'r':
        return take_kind(u, at, word);
    case 'd':
        return number(word) || refuse_word(u, at, "number");
    case 'k':
        return only(word, "._/-") || refuse_word(u, at, "name of a setting");
    case 'b':
        return strspn(word, "auxfwlj") == strlen(word) || refuse_word(u, at, "letter of ps");
    case 'h':
        if (*word == '-' || *word == '@' || !only(word, ".:_-"))
            return refuse_word(u, at, "name of a host");
        u->names[u->name_count++] = word;
        return true;
    case 'w':
        if (*word == '-' || !only(word, "._/:,=-!"))
            return refuse_word(u, at, "plain name");
        u->names[u->name_count++] = word;
        return true;
    case 'x':
        return take_of_repository(u, at, word);
    case 'f':
    case 'm':
    case 'v':
        for (const char *const *w = one_of[kind - 'a']; *w; w++) {
            if (strcmp(word, *w) == 0)
                return true;
        }
        return refuse_word(u, at, "word that is known here");
    default:
        return true; /* t: any text */
    }
}

/* ---- options ---- */

struct option {
    char kind; /* of its value; 0: none */
    unsigned flags;
};

/* Is `name` (`n` bytes) an option of the row? */
static bool find_option(const char *options, const char *name, size_t n, struct option *ret)
{
    struct str rest = str_from(options), o;

    while (str_split(&rest, ' ', &o)) {
        size_t len = o.len;

        *ret = (struct option){0};
        while (len > 1 && strchr("!^@~", o.ptr[len - 1])) {
            char mark = o.ptr[--len];

            ret->flags |= mark == '!'   ? OP_FORCE
                          : mark == '^' ? OP_RECURSIVE
                          : mark == '@' ? OP_ALL
                                        : OP_NO_CHECKS;
        }
        if (len > 2 && o.ptr[len - 2] == '=') {
            ret->kind = o.ptr[len - 1];
            len -= 2;
        }
        if (len == n && memcmp(o.ptr, name, n) == 0)
            return true;
    }
    return false;
}

static bool refuse_option(struct command_use *u, size_t at)
{
    return command_refuse(u->problem, column(u, at), "option",
                          "%s does not know this option here, so it is not run", "the table");
}

/* The value of an option stands behind = or in the next word. */
static bool option_value(struct command_use *u, const struct option *o, const char *inside,
                         size_t *at)
{
    const char *value = inside;

    u->flags |= o->flags;
    if (!o->kind)
        return !inside || refuse_option(u, *at);
    if (!value) {
        if (*at + 1 >= u->c->argc)
            return command_refuse(u->problem, column(u, *at), "option", "its value is missing");
        value = u->c->argv[++*at];
    }
    return take(u, o->kind, *at, value);
}

static bool short_options(struct command_use *u, size_t *at)
{
    const char *word = u->c->argv[*at];
    size_t here = *at;

    for (const char *letter = word + 1; *letter; letter++) {
        char name[3] = {'-', *letter, '\0'};
        struct option o;

        if (!find_option(u->row->options, name, 2, &o))
            return refuse_option(u, here);
        if (o.kind)
            return option_value(u, &o, letter[1] ? letter + 1 : NULL, at);
        u->flags |= o.flags;
    }
    return true;
}

static bool one_option(struct command_use *u, size_t *at)
{
    const char *word = u->c->argv[*at], *equals = strchr(word, '=');
    size_t n = equals ? (size_t)(equals - word) : strlen(word);
    struct option o;

    if (strcmp(u->c->program, "kill") == 0 && *at != u->c->first + 1)
        return refuse_option(u, *at); /* -1 there is no signal, it is everybody */
    if (word[strspn(word + 1, "0123456789") + 1] == '\0' &&
        find_option(u->row->options, "-#", 2, &o))
        return *at == u->c->first + 1 || u->sub_count || refuse_option(u, *at);
    if (find_option(u->row->options, word, n, &o) && (!equals || strncmp(word, "--", 2) == 0))
        return option_value(u, &o, equals ? equals + 1 : NULL, at);
    if (word[1] == '-' || equals)
        return refuse_option(u, *at);
    return short_options(u, at);
}

static bool is_sub(const struct command_use *u, size_t at)
{
    for (size_t i = 0; i < u->sub_count; i++) {
        if (u->sub_at[i] == at)
            return true;
    }
    return false;
}

static bool read_words(struct command_use *u)
{
    bool options = true;

    for (size_t at = u->c->first + 1; at < u->c->argc; at++) {
        const char *word = u->c->argv[at];
        struct option o;

        if (is_sub(u, at))
            continue;
        if (options && strcmp(word, "--") == 0) {
            options = false;
        } else if (options && word[0] == '-' && word[1]) {
            if (!one_option(u, &at))
                return false;
        } else if (options && word[0] == '+') {
            if (!find_option(u->row->options, word, strlen(word), &o))
                return refuse_option(u, at);
        } else {
            u->words[u->word_count++] = at;
        }
    }
    return true;
}

/* Each operand by the letter that stands for it. */
static bool read_operands(struct command_use *u)
{
    const char *k = u->row->operands;
    size_t taken = 0;

    for (size_t i = 0; i < u->word_count; i++) {
        if (!*k)
            return command_refuse(u->problem, column(u, u->words[i]), "argument",
                                  "nothing more is expected here");
        if (!take(u, *k, u->words[i], u->c->argv[u->words[i]]))
            return false;
        taken++;
        if (k[1] == '*' || k[1] == '+')
            continue;
        k += k[1] == '?' ? 2 : 1;
        taken = 0;
    }
    while (*k && k[1] && strchr("*?", k[1]))
        k += 2;
    if (*k && !(k[1] == '+' && taken))
        return command_refuse(u->problem, 0, "argument", "something is missing at the end");
    return true;
}

bool command_read_form(struct command_use *u)
{
    return read_words(u) && read_operands(u);
}
