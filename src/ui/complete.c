/* complete.c - see complete.h. */
#include "runbook/ui/complete.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/text.h"
#include "runbook/view/fuzzy.h"

void completion_clear(struct completion *c)
{
    VEC_EACH (i, &c->items) {
        free(i->text);
        free(i->note);
    }
    c->items.count = 0;
    c->more = 0;
    c->from = c->to = 0;
    c->add_blank = true;
}

void completion_release(struct completion *c)
{
    completion_clear(c);
    VEC_RELEASE(&c->items);
}

/* ---- gathering ---- */

static bool known(const struct completion *c, struct str text)
{
    VEC_EACH (i, &c->items)
        if (str_eq_c(text, i->text))
            return true;
    return false;
}

static void add(struct completion *c, struct str text, const char *note)
{
    size_t bad;

    if (!text.len || text.len > COMPLETE_NAME_MAX || !text_valid(text, &bad) || known(c, text))
        return;
    if (c->items.count == COMPLETE_MAX) {
        c->more++;
        return;
    }
    *VEC_PUSH(&c->items) = (struct completion_item){xasprintf("%.*s", STR_FMT(text)),
                                                    note && *note ? xstrdup(note) : NULL};
}

static char lower(char ch)
{
    return ch >= 'A' && ch <= 'Z' ? (char)(ch + 32) : ch;
}

static bool begins(const char *text, struct str with)
{
    for (size_t i = 0; i < with.len; i++)
        if (lower(text[i]) != lower(with.ptr[i])) /* a NUL is no letter of `with` */
            return false;
    return true;
}

/* `with` begins the text, or one of its words: "db" finds "payments-db". */
static bool fits(const char *text, struct str with, bool words)
{
    if (begins(text, with))
        return true;
    for (const char *p = text; words && *p; p++)
        if (strchr("/.:-_ ", p[0]) && p[1] && begins(p + 1, with))
            return true;
    return false;
}

/* How loosely a name may fit: it begins so, has a word that does, or has the letters in order. The
 * last counts only when nothing fits better. */
enum fit { FIT_BEGIN, FIT_WORD, FIT_LETTERS };
#define FITS (FIT_LETTERS + 1)

static bool fits_as(enum fit how, const char *text, struct str word)
{
    struct fuzzy f;

    if (how != FIT_LETTERS)
        return how == FIT_BEGIN ? begins(text, word) : fits(text, word, true);
    fuzzy_parse(&f, word);
    return f.count == 1 && fuzzy_match(&f.terms[0], str_from(text), true) != FUZZY_NO;
}

typedef const char *name_fn(const struct model *m, size_t i, const char **ret_note);

static void add_names(struct completion *c, const struct model *m, size_t count, name_fn *name,
                      struct str word, bool loose)
{
    for (int how = FIT_BEGIN; how < FITS && (how < FIT_LETTERS || (loose && !c->items.count));
         how++) {
        for (size_t i = 0; i < count && c->items.count < COMPLETE_MAX; i++) {
            const char *note = NULL, *text = name(m, i, &note);

            if (fits_as((enum fit)how, text, word))
                add(c, str_from(text), note);
        }
    }
}

static const char *resource_name(const struct model *m, size_t i, const char **ret_note)
{
    *ret_note = m->resources.items[i].kind;
    return m->resources.items[i].name;
}

static const char *candidate_service(const struct model *m, size_t i, const char **ret_note)
{
    *ret_note = "service";
    return m->candidates.items[i].service;
}

static const char *candidate_metric(const struct model *m, size_t i, const char **ret_note)
{
    *ret_note = "metric";
    return m->candidates.items[i].metric;
}

static const char *evidence_service(const struct model *m, size_t i, const char **ret_note)
{
    *ret_note = "service";
    return m->evidence.items[i].service;
}

static const char *evidence_metric(const struct model *m, size_t i, const char **ret_note)
{
    *ret_note = "metric";
    return m->evidence.items[i].metric;
}

static const char *hypothesis_id(const struct model *m, size_t i, const char **ret_note)
{
    *ret_note = m->hypotheses.items[i].statement;
    return m->hypotheses.items[i].id;
}

static const char *evidence_id(const struct model *m, size_t i, const char **ret_note)
{
    *ret_note = m->evidence.items[i].statement;
    return m->evidence.items[i].id;
}

static void add_resources(struct completion *c, const struct model *m, struct str word, bool loose)
{
    if (m)
        add_names(c, m, m->resources.count, resource_name, word, loose);
}

/* In a sentence nearly every word has the letters of some name: loosely only when it is asked for.
 */
static void add_words(struct completion *c, const struct model *m, struct str word, bool loose)
{
    bool id =
        word.len > 1 && strchr("HhEe", word.ptr[0]) && word.ptr[1] >= '0' && word.ptr[1] <= '9';

    if (!m)
        return;
    if (id || (word.len == 1 && (*word.ptr == 'H' || *word.ptr == 'E'))) {
        add_names(c, m, m->hypotheses.count, hypothesis_id, word, false);
        add_names(c, m, m->evidence.count, evidence_id, word, false);
    }
    add_names(c, m, m->candidates.count, candidate_service, word, false);
    add_names(c, m, m->evidence.count, evidence_service, word, false);
    add_names(c, m, m->candidates.count, candidate_metric, word, false);
    add_names(c, m, m->evidence.count, evidence_metric, word, false);
    add_resources(c, m, word, loose);
}

/* ---- files ---- */

static size_t word_begin(struct str text, size_t cursor)
{
    while (cursor > 0 && !strchr(" \n\"'`(),;", text.ptr[cursor - 1]))
        cursor--;
    return cursor;
}

/* "./x", "../x", "~/x", "/x" behind a blank, and "folder/x". */
static bool is_path(struct str word)
{
    return word.len > 0 && memchr(word.ptr, '/', word.len) && !str_starts(word, "//") &&
           str_find(word, STR_LIT("://")) < 0;
}

static bool path_at(struct str text, size_t cursor, size_t *ret_from, struct str *ret_folder)
{
    size_t from = word_begin(text, cursor), slash;
    size_t begin = 0;
    struct str word;
    bool file = slash_is_command(text) && slash_arg_at(text, cursor, &begin) == SLASH_ARG_FILE;

    if (file && from < begin)
        from = begin;
    word = (struct str){text.ptr + from, cursor - from};
    if ((from == 0 && slash_is_command(text)) || !(file || is_path(word)))
        return false;
    for (slash = word.len; slash > 0 && word.ptr[slash - 1] != '/';)
        slash--;
    *ret_from = from + slash;
    *ret_folder = (struct str){word.ptr, slash};
    return true;
}

bool complete_wants_folder(struct str text, size_t cursor, struct str *ret)
{
    size_t from;

    return path_at(text, cursor, &from, ret);
}

static void add_files(struct completion *c, const struct complete_sources *s, struct str word)
{
    for (size_t i = 0; i < s->file_count; i++) {
        bool hidden = s->files[i][0] == '.' && !(word.len && word.ptr[0] == '.');

        if (!hidden && begins(s->files[i], word))
            add(c, str_from(s->files[i]), NULL);
    }
    c->add_blank = false;
}

/* ---- commands ---- */

static void add_commands(struct completion *c, struct str word, const char *prefix)
{
    for (int how = FIT_BEGIN; how < FITS && (how < FIT_LETTERS || !c->items.count); how++)
        for (size_t i = 0; i < SLASHES; i++) {
            char text[64];

            snprintf(text, sizeof(text), "%s%s", prefix, slash_table[i].name);
            if (fits_as((enum fit)how, text, word))
                add(c, str_from(text), slash_table[i].help);
        }
}

static void add_argument(struct completion *c, const struct complete_sources *s, enum slash_arg arg,
                         struct str word)
{
    switch (arg) {
    case SLASH_ARG_RESOURCE:
        add_resources(c, s->model, word, true);
        break;
    case SLASH_ARG_FORMAT:
        for (size_t i = 0; slash_formats[i]; i++)
            if (begins(slash_formats[i], word))
                add(c, str_from(slash_formats[i]), NULL);
        break;
    case SLASH_ARG_THEME:
        for (int how = FIT_BEGIN; how < FITS && (how < FIT_LETTERS || !c->items.count); how++)
            for (size_t i = 0; i < s->theme_count; i++)
                if (fits_as((enum fit)how, s->themes[i], word))
                    add(c, str_from(s->themes[i]), NULL);
        break;
    case SLASH_ARG_SESSION:
        for (int how = FIT_BEGIN; how < FITS && (how < FIT_LETTERS || !c->items.count); how++)
            for (size_t i = 0; i < s->session_count; i++)
                if (begins(s->sessions[i].id, word) ||
                    (how > FIT_BEGIN && fits_as((enum fit)how, s->sessions[i].title, word)))
                    add(c, str_from(s->sessions[i].id), s->sessions[i].title);
        break;
    case SLASH_ARG_COMMAND:
        add_commands(c, word, "");
        break;
    case SLASH_ARG_MODEL:
        for (int how = FIT_BEGIN; how < FITS && (how < FIT_LETTERS || !c->items.count); how++)
            for (size_t i = 0; i < s->model_count; i++)
                if (fits_as((enum fit)how, s->models[i].id, word))
                    add(c, str_from(s->models[i].id), s->models[i].title);
        break;
    case SLASH_ARG_NONE:
    case SLASH_ARG_TEXT:
    case SLASH_ARG_FILE:
        break;
    }
}

/* A single candidate that is there already helps nobody. */
static void drop_complete(struct completion *c, struct str word)
{
    if (c->items.count == 1 && str_eq_c(word, c->items.items[0].text))
        completion_clear(c);
}

void complete_find(struct completion *c, const struct complete_sources *s, struct str text,
                   size_t cursor)
{
    bool command = slash_is_command(text);
    struct str word = {text.ptr, cursor}, folder;
    enum slash_arg arg;

    completion_clear(c);
    c->to = cursor;
    if (command && !memchr(text.ptr, ' ', cursor)) {
        add_commands(c, word, "/");
    } else if (path_at(text, cursor, &c->from, &folder)) {
        word = (struct str){text.ptr + c->from, cursor - c->from};
        add_files(c, s, word);
    } else {
        arg = command ? slash_arg_at(text, cursor, &c->from) : SLASH_ARG_TEXT;
        if (arg == SLASH_ARG_TEXT)
            c->from = word_begin(text, cursor);
        word = (struct str){text.ptr + c->from, cursor - c->from};
        if (arg == SLASH_ARG_TEXT && word.len + s->asked >= 2)
            add_words(c, s->model, word, s->asked);
        else if (arg != SLASH_ARG_TEXT)
            add_argument(c, s, arg, word);
    }
    drop_complete(c, word);
}
