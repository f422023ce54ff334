/* command_parse.c - words of a command line, see command.h. Whatever a shell would do more than
 * splitting is refused, so that what is read is what runs. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "command_priv.h"
#include "runbook/base/text.h"
#include "runbook/base/text_tricks.h"

static const char *const level_names[COMMAND_LEVELS] = {[COMMAND_LOW] = "low",
                                                        [COMMAND_MEDIUM] = "medium",
                                                        [COMMAND_HIGH] = "high",
                                                        [COMMAND_CRITICAL] = "critical"};

const char *command_level_name(enum command_level l)
{
    return level_names[l];
}

bool command_level_from_name(struct str name, enum command_level *ret)
{
    for (int i = 0; i < COMMAND_LEVELS; i++) {
        if (!str_eq_c(name, level_names[i]))
            continue;
        *ret = (enum command_level)i;
        return true;
    }
    return false;
}

bool command_refuse(struct command_problem *p, size_t column, const char *rule, const char *fmt,
                    ...)
{
    va_list ap;

    p->column = column;
    p->rule = rule;
    va_start(ap, fmt);
    vsnprintf(p->reason, sizeof(p->reason), fmt, ap);
    va_end(ap);
    return false;
}

size_t command_column(const struct command *c, size_t word)
{
    return c->columns && word < c->argc ? c->columns[word] : 0;
}

/* ---- characters ---- */

/* What a shell would do with a character outside quotes. */
static const struct {
    char c;
    const char *rule, *what;
} syntax[] = {
    {'|', "pipe", "a pipe runs a second program; run one at a time"},
    {'&', "list", "& starts a second command, or puts this one into the background"},
    {';', "list", "; starts a second command; run one at a time"},
    {'<', "redirection", "< reads from another place"},
    {'>', "redirection", "> writes to a file"},
    {'(', "subshell", "( starts another shell; quote it when the letter is meant"},
    {')', "subshell", ") belongs to another shell; quote it when the letter is meant"},
    {'$', "substitution", "$ puts something else in its place; nothing is substituted here"},
    {'`', "substitution", "` runs another command; nothing is substituted here"},
    {'*', "glob", "* stands for names that are not seen here; write them out, or quote it"},
    {'?', "glob", "? stands for names that are not seen here; write them out, or quote it"},
    {'[', "glob", "[ stands for names that are not seen here; quote it when the letter is meant"},
    {']', "glob", "] belongs to a pattern; quote it when the letter is meant"},
    {'{', "brace", "{ makes several words of one; write them out, or quote it"},
    {'}', "brace", "} belongs to a list of words; quote it when the letter is meant"},
    {'!', "history", "! brings an earlier command back; quote it when the letter is meant"},
    {'^', "history", "^ changes an earlier command; quote it when the letter is meant"},
};

struct parse {
    struct arena *arena;
    struct str line;
    size_t at;     /* bytes */
    size_t column; /* characters, from 1 */
    struct buf word;
    bool in_word, quoted; /* quoted: some of the word was */
    size_t word_column;
    const char *argv[COMMAND_WORDS_MAX + 1];
    size_t columns[COMMAND_WORDS_MAX];
    size_t argc;
    struct command_problem *problem;
};

static bool refuse_syntax(struct parse *p, char c)
{
    for (size_t i = 0; i < sizeof(syntax) / sizeof(syntax[0]); i++) {
        if (syntax[i].c == c)
            return command_refuse(p->problem, p->column, syntax[i].rule, "%s", syntax[i].what);
    }
    return true;
}

struct trick {
    char shown[24];
};

static void note_trick(void *ctx, struct str part, bool trick)
{
    struct trick *t = ctx;

    if (trick && !t->shown[0])
        snprintf(t->shown, sizeof(t->shown), "%.*s", STR_FMT(part));
}

/* Quotes, blanks and signs that look like those of a shell. */
static bool costume(uint32_t cp)
{
    return cp == 0xA0 || cp == 0xAD || (cp >= 0x2000 && cp <= 0x206F) || cp == 0x3000 ||
           (cp >= 0xFE00 && cp <= 0xFE0F) || (cp >= 0xFE10 && cp <= 0xFE6F) ||
           (cp >= 0xFF00 && cp <= 0xFFEF) || cp == 0x37E || cp == 0xB4 || cp == 0x1680 ||
           cp == 0x180E || (cp >= 0x2200 && cp <= 0x22FF) || cp == 0xA6 || cp == 0x2758 ||
           cp == 0x2CB || (cp >= 0xE000 && cp <= 0xF8FF) || cp >= 0xE0000;
}

/* The whole line first: what nobody can see, or reads as something else. */
static bool check_characters(struct parse *p)
{
    struct str rest = p->line;
    size_t column = 1;

    for (; rest.len; column++) {
        uint32_t cp;
        size_t n = text_decode(rest, &cp);

        if (cp == TEXT_BAD)
            return command_refuse(p->problem, column, "encoding", "this is no UTF-8");
        if (cp == '\n' || cp == '\r')
            return command_refuse(p->problem, column, "line", "a second line is a second command");
        if (cp < 0x20 || cp == 0x7F || (cp >= 0x80 && cp < 0xA0))
            return command_refuse(p->problem, column, "control",
                                  "a control character (U+%04X); use blanks between words", cp);
        if (costume(cp))
            return command_refuse(p->problem, column, "look-alike",
                                  "U+%04X looks like something else, or like nothing", cp);
        rest.ptr += n;
        rest.len -= n;
    }
    return true;
}

/* A name in another alphabet is fine, a letter that is dressed up as another is not. Each part of
 * a path for itself: a folder in one alphabet, a file in another. */
static bool has_trick(struct str word, struct trick *t)
{
    for (size_t from = 0, i = 0; word.len && i <= word.len; i++) {
        if (i < word.len && !strchr("/._-=:,+@ ", word.ptr[i]))
            continue;
        if (text_tricks((struct str){word.ptr + from, i - from}, false, note_trick, t))
            return true;
        from = i + 1;
    }
    return false;
}

static bool check_word(struct parse *p)
{
    struct trick t = {""};

    if (has_trick(buf_str(&p->word), &t))
        return command_refuse(p->problem, p->word_column, "look-alike",
                              "this word holds %s, which looks like another letter", t.shown);
    return true;
}

static bool end_word(struct parse *p)
{
    struct str w = buf_str(&p->word);

    if (!p->in_word)
        return true;
    if (p->argc == COMMAND_WORDS_MAX)
        return command_refuse(p->problem, p->word_column, "length", "more than %d words",
                              COMMAND_WORDS_MAX);
    if (!check_word(p))
        return false;
    if (!p->quoted && w.len && w.ptr[0] == '~')
        return command_refuse(p->problem, p->word_column, "tilde",
                              "~ stands for a folder that is not seen here; write it out");
    if (!p->quoted && w.len && w.ptr[0] == '#')
        return command_refuse(p->problem, p->word_column, "comment",
                              "# begins a comment; quote it when the letter is meant");
    p->columns[p->argc] = p->word_column;
    p->argv[p->argc++] = arena_str(p->arena, w);
    buf_clear(&p->word);
    p->in_word = p->quoted = false;
    return true;
}

static void begin_word(struct parse *p)
{
    if (p->in_word)
        return;
    p->in_word = true;
    p->word_column = p->column;
}

static void next(struct parse *p)
{
    uint32_t cp;

    p->at += text_decode((struct str){p->line.ptr + p->at, p->line.len - p->at}, &cp);
    p->column++;
}

static void take(struct parse *p)
{
    size_t from = p->at;

    next(p);
    buf_add(&p->word, p->line.ptr + from, p->at - from);
}

static bool quoted(struct parse *p, char quote)
{
    size_t began = p->column;

    begin_word(p);
    p->quoted = true;
    for (next(p); p->at < p->line.len && p->line.ptr[p->at] != quote; take(p)) {
        char c = p->line.ptr[p->at];

        if (quote == '"' && (c == '$' || c == '`' || c == '!'))
            return refuse_syntax(p, c);
        if (quote == '"' && c == '\\') {
            char after = p->at + 1 < p->line.len ? p->line.ptr[p->at + 1] : '\0';

            if (after != '"' && after != '\\')
                return command_refuse(p->problem, p->column, "escape",
                                      "inside \" only \\\" and \\\\ are known");
            next(p);
        }
    }
    if (p->at >= p->line.len)
        return command_refuse(p->problem, began, "quote", "this %c is not closed", quote);
    next(p);
    return true;
}

static bool step(struct parse *p)
{
    char c = p->line.ptr[p->at];

    if (c == ' ') {
        next(p);
        return end_word(p);
    }
    if (c == '\'' || c == '"')
        return quoted(p, c);
    if (!refuse_syntax(p, c))
        return false;
    begin_word(p);
    if (c == '\\') {
        next(p);
        if (p->at >= p->line.len)
            return command_refuse(p->problem, p->column - 1, "escape",
                                  "a \\ at the end takes nothing");
        p->quoted = true;
    }
    take(p);
    return true;
}

static bool split(struct parse *p)
{
    while (p->at < p->line.len) {
        if (!step(p))
            return false;
    }
    return end_word(p);
}

bool command_parse(struct arena *arena, struct str line, struct command *ret,
                   struct command_problem *ret_problem)
{
    struct parse p = {.arena = arena,
                      .line = line,
                      .column = 1,
                      .word = BUF_INIT(COMMAND_LINE_MAX),
                      .problem = ret_problem};
    struct command c = {0};
    bool ok;

    if (line.len > COMMAND_LINE_MAX)
        return command_refuse(ret_problem, 0, "length", "more than %d bytes", COMMAND_LINE_MAX);
    ok = check_characters(&p) && split(&p);
    buf_release(&p.word);
    if (!ok)
        return false;
    if (!p.argc)
        return command_refuse(ret_problem, 0, "empty", "there is no command");
    c.argv =
        memcpy(arena_array(arena, p.argc + 1, sizeof(*p.argv)), p.argv, p.argc * sizeof(*p.argv));
    c.columns = memcpy(arena_array(arena, p.argc, sizeof(*p.columns)), p.columns,
                       p.argc * sizeof(*p.columns));
    c.argc = p.argc;
    if (!command_unwrap(&c, ret_problem))
        return false;
    *ret = c;
    return true;
}
