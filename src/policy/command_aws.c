/* command_aws.c - the AWS client as a command: what it asks, never what it changes. A
 * service, a verb that the table of risks knows as reading and nothing else, and options of a form:
 * a value is no file, no address and no other place. What changes something is an operation of its
 * own. */
#include <ctype.h>
#include <string.h>

#include "command_priv.h"
#include "runbook/policy/risk.h"

/* Of every command. "-x=w": takes a plain word, "t" any text. Nothing that leads to another server,
 * reads a file, or shows what is signed. Source: AWS CLI user guide, global options. */
static const char common[] = " --region=w --profile=w --output=w --query=t --color=w --max-items=w "
                             "--page-size=w --starting-token=w --no-paginate --no-cli-pager "
                             "--no-cli-auto-prompt ";
static const char *const refused[] = {
    "--endpoint-url",    "--cli-input-json",  "--cli-input-yaml",        "--no-verify-ssl",
    "--ca-bundle",       "--debug",           "--generate-cli-skeleton", "--no-sign-request",
    "--cli-auto-prompt", "--with-decryption", "--cli-connect-timeout",   "--outfile",
};
/* Their lists and gets show keys. */
static const char *const services[] = {"configure", "sso", "sts", "iam", "history", "login"};

/* They write what they get into a file that is named by a bare word. */
static const char *const writers[] = {"get-object",
                                      "get-object-torrent",
                                      "get-job-output",
                                      "get-export",
                                      "get-sdk",
                                      "get-thing-shadow",
                                      "get-media",
                                      "get-clip",
                                      "get-snapshot-block",
                                      "get-raw-message-content",
                                      "get-media-for-fragment-list"};

static bool among(const char *word, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(word, list[i]) == 0)
            return true;
    }
    return false;
}
#define AMONG(word, list) among(word, list, sizeof(list) / sizeof((list)[0]))

/* As the client writes them: in small letters. */
static bool plain(const char *word)
{
    for (const char *c = word; *c; c++) {
        if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != '-')
            return false;
    }
    return islower((unsigned char)*word);
}

static bool refuse(struct command_use *u, size_t at, const char *rule, const char *why)
{
    return command_refuse(u->problem, command_column(u->c, at), rule, "%s", why);
}

/* file://, fileb://, http://, @file, -: the client would read it. */
static bool take_value(struct command_use *u, size_t at)
{
    const char *word = u->c->argv[at];

    if (strstr(word, "://") || *word == '@' || *word == '-')
        return refuse(u, at, "argument", "the client would read this from somewhere else");
    return true;
}

static bool is_refused(const char *word, size_t n)
{
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        size_t len = strlen(refused[i]);

        /* The client takes beginnings of its options for the whole. */
        if (n > 3 && strncmp(word, refused[i], n < len ? n : len) == 0)
            return true;
    }
    return false;
}

static bool is_flag(const char *word)
{
    const char *at = strstr(common, word);

    return at && at > common && at[-1] == ' ' && at[strlen(word)] == ' ';
}

static bool take_option(struct command_use *u, size_t *at)
{
    const char *word = u->c->argv[*at], *equals = strchr(word, '=');
    size_t n = equals ? (size_t)(equals - word) : strlen(word);

    if (word[1] != '-' || !islower((unsigned char)word[2]) || is_refused(word, n))
        return refuse(u, *at, "option", "this option is not passed on to the client");
    for (size_t i = 2; i < n; i++) {
        if (!islower((unsigned char)word[i]) && !isdigit((unsigned char)word[i]) && word[i] != '-')
            return refuse(u, *at, "option", "this is no option of the client");
    }
    if (equals)
        return strstr(equals, "://") ? take_value(u, *at) : true;
    if (is_flag(word))
        return true;
    for (size_t taken = 0; *at + 1 < u->c->argc && u->c->argv[*at + 1][0] != '-'; taken++) {
        if (!take_value(u, ++*at))
            return false;
        if (taken && strchr(u->c->argv[*at], '/'))
            return refuse(u, *at, "argument", "the client may write to this file");
    }
    return true;
}

static bool read_words(struct command_use *u, const char *words[2])
{
    size_t n = 0;

    for (size_t at = u->c->first + 1; at < u->c->argc; at++) {
        const char *word = u->c->argv[at];

        if (*word == '-') {
            if (n < 2 && !is_flag(word) && !strchr(word, '='))
                return refuse(u, at, "option", "name the service and the verb first");
            if (!take_option(u, &at))
                return false;
        } else if (n == 2 || !plain(word)) {
            return refuse(u, at, "argument", "the client would write or read this");
        } else {
            words[n++] = word;
        }
    }
    return n == 2 || refuse(u, u->c->first, "argument", "a service and a verb are needed");
}

bool command_aws(struct command_use *u, struct operation *ret)
{
    const char *words[2] = {NULL, NULL};
    const struct risk_row *row;

    if (!read_words(u, words))
        return false;
    if (AMONG(words[0], services))
        return refuse(u, u->c->first + 1, "service", "what this service shows lets somebody in");
    if (AMONG(words[1], writers))
        return refuse(u, u->c->first + 1, "verb", "the client would write this into a file");
    ret->provider = "aws";
    ret->service = words[0];
    ret->verb = words[1];
    ret->resource_type = "account";
    ret->resource_name = words[0];
    row = risk_find(ret);
    if (!row || row->kind != OP_READ || row->risk > RISK_READ)
        return refuse(u, u->c->first, "verb",
                      row && row->kind == OP_READ
                          ? "this shows a secret, or more than a reading does"
                          : "only what reads is passed on to the client");
    return true;
}
