/* aws_phrase.h - a sentence about AWS to one typed call, without a model: which tool, with
 * which arguments. Every word has to be understood (a verb, a kind of thing, a place, a tag, a
 * state, an id, one name) or to mean nothing; else it is asked about instead of guessed (C-03).
 * Pure. */
#ifndef RUNBOOK_ENGINE_AWS_PHRASE_H
#define RUNBOOK_ENGINE_AWS_PHRASE_H

#include "runbook/base/arena.h"
#include "runbook/base/str.h"

enum aws_phrase_is {
    AWS_PHRASE_NONE, /* it is about something else */
    AWS_PHRASE_CALL,
    AWS_PHRASE_ACT, /* a change: `act` is the line for `runbook act`; nothing is done */
    AWS_PHRASE_ASK, /* `missing` is the question */
};

struct aws_phrase {
    enum aws_phrase_is is;
    const char *verb;    /* the first word that decided */
    const char *tool;    /* "aws_resources" */
    const char *args;    /* JSON of an object */
    const char *title;   /* "stopped ec2:instance in eu-west-1" */
    const char *act;     /* "aws.ec2.stop instance=i-1 region=eu-west-1" */
    bool unread;         /* `missing` is of a word that was not understood */
    const char *missing; /* "Which clusters: of ecs, eks, ...?" */
};

/* Is it the name or number of an account? */
typedef bool aws_account_fn(void *ctx, struct str word);

/* `configured`: AWS can be asked; without it only words that mean nothing else are AWS's.
 * `is_account` may be NULL. Strings go to `a`. */
void aws_phrase_parse(struct str text, bool configured, aws_account_fn *is_account, void *ctx,
                      struct arena *a, struct aws_phrase *ret);
/* Examples, a line each. */
void aws_phrase_help(struct buf *out);

/* The words for kinds of things; for the parser and a test that walks them. */
struct aws_noun {
    const char *words;   /* "security group|sg": one or more words each, without the plural's s */
    const char *service; /* "ec2:security-group"; NULL: `ask` */
    bool common;         /* also means something without AWS */
    const char *ask;
    const char *category; /* instead of a service */
};
const struct aws_noun *aws_nouns(size_t *ret_count);
/* "ec2:instance" of "i-0123": by the prefix of an id; NULL: it is none. */
const char *aws_id_kind(struct str word);

#endif
