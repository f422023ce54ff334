/* slash.c - see slash.h. */
#include "runbook/ui/slash.h"

#include "runbook/base/text.h"

#define NEAR_MAX 3 /* changed letters that still count as a slip */

const struct slash_def slash_table[SLASHES] = {
    {SLASH_ACCOUNTS,
     "accounts",
     "",
     "open the page of the accounts of AWS: verify, scan, add, remove, and what is watched",
     {SLASH_ARG_NONE, SLASH_ARG_NONE},
     false},
    {SLASH_ASK,
     "ask",
     "TEXT",
     "answer a question, without an investigation",
     {SLASH_ARG_TEXT, SLASH_ARG_NONE},
     true},
    {SLASH_COMPACT,
     "compact",
     "",
     "let the language model summarise what was said, so that less of it is sent",
     {SLASH_ARG_NONE, SLASH_ARG_NONE},
     false},
    {SLASH_CONTEXT,
     "context",
     "",
     "show what fills the language model's window",
     {SLASH_ARG_NONE, SLASH_ARG_NONE},
     false},
    {SLASH_COST,
     "cost",
     "",
     "show what the language model has cost, and the limits",
     {SLASH_ARG_NONE, SLASH_ARG_NONE},
     false},
    {SLASH_EXPORT,
     "export",
     "[FORMAT] [FILE]",
     "write the investigation as md, html or json; without FILE into this folder",
     {SLASH_ARG_FORMAT, SLASH_ARG_FILE},
     false},
    {SLASH_FORGET,
     "forget",
     "NAME",
     "take back what is remembered of answers, such as R1 or N2",
     {SLASH_ARG_TEXT, SLASH_ARG_NONE},
     true},
    {SLASH_HELP,
     "help",
     "[COMMAND]",
     "say what a command does; without one show all commands and keys",
     {SLASH_ARG_COMMAND, SLASH_ARG_NONE},
     false},
    {SLASH_INVESTIGATE,
     "investigate",
     "TEXT",
     "look for the cause of what TEXT says",
     {SLASH_ARG_TEXT, SLASH_ARG_NONE},
     true},
    {SLASH_KEYS, "keys", "", "show all keys", {SLASH_ARG_NONE, SLASH_ARG_NONE}, false},
    {SLASH_MODEL,
     "model",
     "[NAME]",
     "ask this language model from now on, none: no model; without NAME list them",
     {SLASH_ARG_MODEL, SLASH_ARG_NONE},
     false},
    {SLASH_NEVER,
     "never",
     "OPERATION [PATTERN]",
     "refuse this operation on resources of this name from here on",
     {SLASH_ARG_TEXT, SLASH_ARG_NONE},
     true},
    {SLASH_PLAN,
     "plan",
     "TEXT",
     "make a plan of what is wrong or to be done; run starts the last one, dry-run shows its calls",
     {SLASH_ARG_TEXT, SLASH_ARG_NONE},
     true},
    {SLASH_PROCEDURES,
     "procedures",
     "",
     "show the run of a skill or plan, step by step",
     {SLASH_ARG_NONE, SLASH_ARG_NONE},
     false},
    {SLASH_QUIT, "quit", "", "leave", {SLASH_ARG_NONE, SLASH_ARG_NONE}, false},
    {SLASH_RENAME,
     "rename",
     "TITLE",
     "give the session another title",
     {SLASH_ARG_TEXT, SLASH_ARG_NONE},
     true},
    {SLASH_RESOURCES,
     "resources",
     "[TEXT]",
     "open the page of resources, those with TEXT",
     {SLASH_ARG_RESOURCE, SLASH_ARG_NONE},
     false},
    {SLASH_RESUME,
     "resume",
     "[SESSION]",
     "open an earlier session in place of this one; without SESSION choose one",
     {SLASH_ARG_SESSION, SLASH_ARG_NONE},
     false},
    {SLASH_SECRETS,
     "secrets",
     "",
     "show the secrets that placeholders stand for, on this screen only; again hides them",
     {SLASH_ARG_NONE, SLASH_ARG_NONE},
     false},
    {SLASH_SETUP,
     "setup",
     "",
     "set up step by step: a configuration, a language model, an account of AWS",
     {SLASH_ARG_NONE, SLASH_ARG_NONE},
     false},
    {SLASH_SKILL,
     "skill",
     "run ID [NAME=VALUE ...]",
     "run a skill, step by step; resume, answer WORD and cancel are for the one that runs",
     {SLASH_ARG_TEXT, SLASH_ARG_NONE},
     true},
    {SLASH_SKILLS,
     "skills",
     "[WORDS]",
     "list the skills, those that fit WORDS, or show the one with that id",
     {SLASH_ARG_TEXT, SLASH_ARG_NONE},
     false},
    {SLASH_THEME,
     "theme",
     "[NAME]",
     "change the colours; without NAME choose with a preview",
     {SLASH_ARG_THEME, SLASH_ARG_NONE},
     false},
};

const char *const slash_formats[] = {"html", "json", "md", NULL};

const struct slash_def *slash_find(struct str name)
{
    for (size_t i = 0; i < SLASHES; i++)
        if (str_eq_c(name, slash_table[i].name))
            return &slash_table[i];
    return NULL;
}

/* The word behind the slash. */
static struct str name_of(struct str line)
{
    size_t n = 1;

    while (n < line.len && line.ptr[n] != ' ' && line.ptr[n] != '\n')
        n++;
    return (struct str){line.ptr + 1, n - 1};
}

bool slash_is_command(struct str line)
{
    return line.len > 0 && line.ptr[0] == '/' &&
           (line.len == 1 || !memchr(line.ptr + 1, '/', name_of(line).len));
}

static enum err_code unknown(struct str name, struct err *err)
{
    const char *near = NULL;
    unsigned best = NEAR_MAX + 1;

    for (size_t i = 0; i < SLASHES && name.len > 1; i++) {
        struct str full = str_from(slash_table[i].name);
        unsigned d = full.len > name.len && memcmp(full.ptr, name.ptr, name.len) == 0
                         ? 1 /* its beginning */
                         : text_distance(name, full, best);

        if (d < best && 2 * d <= full.len) {
            best = d;
            near = slash_table[i].name;
        }
    }
    if (near)
        return err_set(err, ERR_INPUT, "no such command /%.*s; did you mean /%s?",
                       (int)(name.len > 40 ? 40 : name.len), name.ptr, near);
    return err_set(err, ERR_INPUT,
                   "no such command /%.*s: /help lists them; a blank before the slash makes it a "
                   "question",
                   (int)(name.len > 40 ? 40 : name.len), name.ptr);
}

static enum err_code check_format(const struct slash_call *call, struct err *err)
{
    struct str given = call->args[0];

    for (size_t i = 0; slash_formats[i]; i++)
        if (str_eq_c(given, slash_formats[i]))
            return ERR_OK;
    return err_set(err, ERR_INPUT, "/export: there is no format \"%.*s\": use md, html or json",
                   (int)(given.len > 40 ? 40 : given.len), given.ptr);
}

enum err_code slash_parse(struct str line, struct slash_call *ret, struct err *err)
{
    struct str name = name_of(line), rest, word;
    struct slash_call call = {.def = slash_find(name)};

    if (!call.def)
        return unknown(name, err);
    rest = str_trim((struct str){name.ptr + name.len, line.len - 1 - name.len});
    if (call.def->args[1] == SLASH_ARG_NONE) {
        call.args[0] = rest;
    } else if (str_split(&rest, ' ', &word)) {
        call.args[0] = word;
        call.args[1] = str_trim(rest);
    }
    if (call.def->args[0] == SLASH_ARG_NONE && call.args[0].len)
        return err_set(err, ERR_INPUT, "/%s takes nothing behind it", call.def->name);
    if (call.def->needs && !call.args[0].len)
        return err_set(err, ERR_INPUT, "/%s needs %s: %s", call.def->name, call.def->usage,
                       call.def->help);
    if (call.def->args[0] == SLASH_ARG_FORMAT && call.args[0].len && check_format(&call, err))
        return err->code;
    *ret = call;
    return ERR_OK;
}

enum slash_arg slash_arg_at(struct str line, size_t at, size_t *ret_begin)
{
    struct str name = name_of(line);
    const struct slash_def *def = slash_find(name);
    size_t begin = name.len + 1, arg = 0;

    if (!def || at <= begin)
        return SLASH_ARG_NONE;
    while (begin < at && line.ptr[begin] == ' ')
        begin++;
    while (arg + 1 < SLASH_ARGS && def->args[arg + 1] != SLASH_ARG_NONE) {
        size_t end = begin;

        while (end < at && line.ptr[end] != ' ')
            end++;
        if (end == at)
            break;
        arg++;
        for (begin = end; begin < at && line.ptr[begin] == ' ';)
            begin++;
    }
    *ret_begin = begin;
    return def->args[arg];
}
