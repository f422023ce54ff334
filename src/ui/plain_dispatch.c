/* plain_dispatch.c - a line of plain mode is taken as a command, a number or an id; `help`, and the
 * list in the man page. */
#include "src/ui/plain_priv.h"
#include "src/ui/plain_table.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/num.h"
#include "runbook/base/text.h"

static bool possible(const struct plain *p, const struct plain_command *c)
{
    return c->when == PLAIN_ALWAYS || (c->when == PLAIN_REPLAY) == (p->opts.replay != NULL);
}

static const struct plain_command *find(struct str word)
{
    if (word.len > 1 && word.ptr[0] == '/')
        word = (struct str){word.ptr + 1, word.len - 1}; /* as on the screen */
    for (size_t i = 0; i < plain_command_count(); i++) {
        const struct plain_command *c = &plain_commands[i];

        if (str_eq_c(word, c->name) || (*c->alias && str_eq_c(word, c->alias)))
            return c;
    }
    return NULL;
}

bool plain_command_doc(size_t index, char words[128], const char **ret_help)
{
    const struct plain_command *c = &plain_commands[index];

    if (index >= plain_command_count())
        return false;
    snprintf(words, 128, "%s%s%s%s%s", c->name, *c->alias ? ", " : "", c->alias,
             *c->args ? " " : "", c->args);
    *ret_help = c->help;
    return true;
}

static void help_line(struct plain *p, size_t index)
{
    const char *does;
    char words[128];

    plain_command_doc(index, words, &does);
    buf_addf(&p->out, "  %-28s ", words);
    text_add_wrapped(&p->opts.text, &p->out, 31, TONE_PLAIN, does);
}

void plain_help(struct plain *p, struct str args)
{
    const struct plain_command *one = find(args);

    if (args.len && !one) {
        plain_errorf(p, "There is no command '%.*s'.", STR_FMT(args));
        return;
    }
    if (one) {
        help_line(p, (size_t)(one - plain_commands));
        return;
    }
    for (size_t i = 0; i < plain_command_count(); i++)
        if (possible(p, &plain_commands[i]))
            help_line(p, i);
}

static void unknown(struct plain *p, struct str word)
{
    const char *near = NULL;
    unsigned best = 3;

    for (size_t i = 0; i < plain_command_count(); i++) {
        unsigned d = text_distance(word, str_from(plain_commands[i].name), best);

        if (d < best && possible(p, &plain_commands[i])) {
            best = d;
            near = plain_commands[i].name;
        }
    }
    plain_errorf(p,
                 "There is no command '%.*s'%s%s%s To ask, write: ask and the question. help lists "
                 "the commands.",
                 (int)(word.len > 40 ? 40 : word.len), word.ptr, near ? "; did you mean " : "",
                 near ? near : "", near ? "?" : ".");
}

/* An id alone opens what it names. */
static bool open_word(struct plain *p, struct str word)
{
    char *id = plain_keep_word(word);
    bool opened = plain_open_id(p, id);

    free(id);
    return opened;
}

void plain_command(struct plain *p, struct str line)
{
    struct str rest = line, word = plain_first_word(&rest);
    const struct plain_command *c;
    uint64_t number;

    if (!word.len) { /* Enter alone in a replay */
        if (p->opts.replay && !p->opts.replay->playing(p->opts.replay->ctx))
            plain_step(p, rest);
        return;
    }
    if (num_u64(word, &number) && !rest.len) {
        plain_open(p, word);
        return;
    }
    c = find(word);
    if (c && c->run != plain_leave)
        p->armed_quit = false;
    if (c && !possible(p, c))
        plain_errorf(p,
                     c->when == PLAIN_REPLAY ? "'%s' is for a replay."
                                             : "'%s' is not possible in a recording.",
                     c->name);
    else if (c)
        c->run(p, rest);
    else if (rest.len || !open_word(p, word))
        unknown(p, word);
}
