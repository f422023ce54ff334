/* redact_scan.h - the walk of redact.c, for the files that hold its rules. A rule looks at the text
 * from `at` on; when it applies, it hides what is secret and moves `at` behind what it has dealt
 * with. */
#ifndef RUNBOOK_POLICY_REDACT_SCAN_H
#define RUNBOOK_POLICY_REDACT_SCAN_H

#include "redact_priv.h"

#define IDENT_MAX 96
#define BLANKS_MAX 64
#define WEAK_VALUE_MAX 640 /* beyond RANDOM_MAX of redact_rules.c */

/* What goes on at the end of the text, so that more of it may follow. */
enum open { OPEN_NONE, OPEN_LINE, OPEN_PEM, OPEN_BLOCK };

struct scan {
    struct redactor *r;
    struct buf *out;
    struct str text;
    size_t at;         /* looked at up to here */
    size_t copied;     /* written up to here */
    size_t count;      /* secrets hidden */
    size_t line;       /* start of the line that `at` is in */
    unsigned programs; /* bits of program_options, named on this line */
    bool programs_known;
    bool partial;   /* more text follows: stop where something touches the end */
    enum open open; /* that did, in the rule that began at open_from */
    size_t open_from;
    size_t open_indent; /* OPEN_BLOCK: its lines are indented deeper */
};

/* Walk on until `stop` or a little further (to the next place where a rule may apply), and copy up
 * to there. */
void redact_walk(struct scan *s, size_t stop);

/* Put a placeholder for [from, to), with `quote` ("": none) around it. */
void redact_hide(struct scan *s, size_t from, size_t to, const char *quote, enum redact_kind kind);

/* The value of a key: its bytes, and what quotes it. */
struct found {
    size_t from, to, end; /* `end`: after the closing quote */
    bool quoted;
};

/* How far a value without quotes goes. */
enum extent { EXTENT_WORD, EXTENT_SETTING, EXTENT_HEADER };

/* A value in quotes, at its opening one; `escaped` for \" inside a JSON string. Ends with its line
 * when the closing quote is missing. */
void redact_quoted_value(const struct scan *s, size_t at, bool escaped, struct found *f);
/* A value without quotes, of at most `cap` bytes. `outer` is the quote that stands around key and
 * value, or '\0'. */
void redact_bare_value(const struct scan *s, size_t at, size_t cap, enum extent extent, char outer,
                       struct found *f);
/* At an identifier: when it names a secret and a value follows, deal with that. */
bool redact_key_value(struct scan *s);

/* redact_shapes.c. Each at its first byte. */
bool redact_private_key(struct scan *s);   /* "-----BEGIN ... PRIVATE KEY" */
bool redact_password_hash(struct scan *s); /* "$6$salt$hash" */
bool redact_card(struct scan *s);          /* at a digit that starts a word */
bool redact_email(struct scan *s);
bool redact_pgpass_line(struct scan *s); /* "host:5432:db:user:password", at the start of a line */
/* One step through a PEM block, also inside a JSON string ("\n", "\\n"); 0 at what cannot be in it.
 */
size_t redact_pem_step(struct str text, size_t at);

static inline struct str rest_at(const struct scan *s, size_t at)
{
    return (struct str){s->text.ptr + at, s->text.len - at};
}

static inline char char_at(const struct scan *s, size_t at)
{
    return at < s->text.len ? s->text.ptr[at] : '\0';
}

static inline bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static inline bool is_space(char c)
{
    return is_blank(c) || c == '\n' || c == '\r' || c == '\v' || c == '\f' || c == '\0';
}

static inline bool is_quote(char c)
{
    return c == '"' || c == '\'' || c == '`';
}

static inline bool is_ident(char c)
{
    return redact_bytes[(unsigned char)c] & BYTE_IDENT;
}

static inline size_t skip_blanks(const struct scan *s, size_t at)
{
    size_t end = at + BLANKS_MAX;

    while (at < s->text.len && at < end && is_blank(s->text.ptr[at]))
        at++;
    return at;
}

#endif
