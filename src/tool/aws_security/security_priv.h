/* security_priv.h - how checks are written: sources say what is asked, facts hold what came, a
 * check looks at one item of a source and the answers that belong to it. All but run.c is pure. */
#ifndef RUNBOOK_SRC_TOOL_AWS_SECURITY_PRIV_H
#define RUNBOOK_SRC_TOOL_AWS_SECURITY_PRIV_H

#include "runbook/tool/aws_security.h"

/* ---- sources: a table row is an operation ---- */

struct sec_source {
    const char *name; /* "s3.acl" */
    const char *service, *operation;
    const char *id;           /* path of what names an item: "Name", "." ; NULL: nothing does */
    const char *with;         /* parameters, as JSON; {account} is the account's number */
    const char *each;         /* a source: asked once for each of its items; NULL: asked once */
    const char *param, *from; /* the parameter, and the member of that item; from NULL: its id */
    unsigned batch;           /* ... as a list of up to so many; 0: one, as a plain value */
    const char *carry;        /* a parameter that the call before it had, too */
    bool whole;               /* an item is the whole answer, whatever the definition says */
    bool (*wanted)(const struct value *parent); /* is it asked for this item? NULL: yes */
    const char *none;  /* codes that say "there is none": "A|B"; a 404 says so, too */
    bool anyway;       /* also when the call before it failed */
    bool instead;      /* only when the call before it failed, once */
    const char *until; /* "State=COMPLETE": asked again until it is so, a few times */
    /* The answer as items of another form. */
    const struct value *(*read)(struct arena *a, const struct value *items);
};
extern const struct sec_source *const sec_source_lists[]; /* each ends with a NULL name */
const struct sec_source *sec_source_find(const char *name);

/* ---- facts ---- */

enum sec_state {
    SEC_UNKNOWN, /* not asked, denied, failed */
    SEC_OFF,     /* the service is not here, or switched off */
    SEC_NONE,    /* there is none */
    SEC_HAVE,
};
struct sec_answer {
    enum sec_state state;
    VEC(const struct value *) items;
};
struct sec_facts; /* answers by source, region and key (the id of the item asked about, or "") */
struct sec_facts *sec_facts_new(void);
void sec_facts_free(struct sec_facts *f);
/* Made when it is not there, as SEC_UNKNOWN. */
struct sec_answer *sec_facts_answer(struct sec_facts *f, const char *source, const char *region,
                                    const char *key);
const struct sec_answer *sec_facts_find(const struct sec_facts *f, const char *source,
                                        const char *region, const char *key);
/* A copy in the facts' own memory, at most 64 deep. */
const struct value *sec_facts_keep(struct sec_facts *f, const struct value *v);
struct arena *sec_facts_arena(struct sec_facts *f);
/* Each answer of a source in order of asking. False: no more. */
bool sec_facts_next(const struct sec_facts *f, const char *source, size_t *pos,
                    const char **ret_region, const char **ret_key, const struct sec_answer **ret);

/* ---- checks ---- */

struct sec_case;
typedef void sec_check_fn(struct sec_case *c);
struct sec_check {
    struct security_check is;
    const char *source; /* the check is run for each of its items */
    sec_check_fn *run;
    const char *needs[5];    /* further sources */
    const char *also_source; /* the same from elsewhere, where `source` could not be read */
    sec_check_fn *also_run;
    sec_check_fn *once; /* in place of `run`: for each answer, also one without items */
};
extern const struct sec_check *const sec_check_lists[]; /* each ends with a NULL id */

struct sec_case {
    const struct sec_check *check;
    const struct sec_facts *facts;
    struct security_report *report;
    const char *account, *account_name;    /* the number; what the configuration calls it */
    const char *partition, *region, *home; /* home: a region where the account is asked */
    const struct value *item;              /* of `run` */
    const struct sec_answer *answer;       /* that it stands in */
    const char *key;                       /* its id; of `once` the answer's key */
    int64_t now_ms;
    bool unjudged;   /* something that was needed is not known */
    const char *act; /* of the next finding; "" */
    int severity;    /* of the next finding; -1: the check's */
};
/* The answer of another source for `key`; never NULL. */
const struct sec_answer *sec_ask(struct sec_case *c, const char *source, const char *key);
/* The same for this item; its first item, or NULL. Unknown makes the case unjudged. */
const struct value *sec_first(struct sec_case *c, const char *source);
/* A finding about `resource`: the printed words are its evidence. */
void sec_found(struct sec_case *c, const char *resource, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
const char *sec_arn(struct sec_case *c, const char *service, const char *tail);
const char *sec_arn_global(struct sec_case *c, const char *service, bool account, const char *tail);
const char *sec_printf(struct sec_case *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
const char *sec_text(struct sec_case *c, const struct value *v, const char *path); /* or "" */

/* Answers differ in form: XML says "true", JSON true; a list of one may be a plain value. */
bool sec_is(const struct value *v, const char *path);  /* true, "true", 1 */
bool sec_not(const struct value *v, const char *path); /* there, and not true */
double sec_number(const struct value *v, const char *path, double fallback);
bool sec_says(const struct value *v, const char *path, const char *word); /* without case */
bool sec_time(const struct value *v, const char *path, int64_t *ret_ms);
/* The elements at `path`, lists on the way gone through: items of *pos 0, 1, ... ; NULL: no more.
 */
const struct value *sec_each(const struct value *v, const char *path, size_t *pos);

/* Run every check that `wants` (NULL: all) takes over the facts of one account. */
struct sec_judge {
    struct sec_facts *facts;
    struct security_report *report;
    const char *account, *account_name, *partition, *home;
    int64_t now_ms;
    const bool *wanted; /* by index of security_check_at(); NULL: all */
};
void sec_judge(const struct sec_judge *j);
const struct sec_check *sec_check_row(size_t index); /* as security_check_at() */

/* ---- fixes ---- */

struct sec_fix {
    const char *check;
    const char *act;     /* a line for act_parse_line(), with {placeholders}; NULL */
    const char *command; /* of AWS's own client, or what only a person can do */
};
const struct sec_fix *sec_fix_find(const char *check); /* NULL: none */
const char *sec_fix_fill(struct sec_case *c, const char *text, const char *resource);

/* ---- policy documents ---- */

/* The text of a document, percent-encoded or not; NULL: it is none. */
const struct value *sec_policy_parse(struct arena *a, struct str text);
/* What one allows too widely: the worst statement, in words. */
enum sec_wide { SEC_WIDE_NO, SEC_WIDE_SERVICE, SEC_WIDE_EXCEPT, SEC_WIDE_GUARDED, SEC_WIDE_ALL };
enum sec_wide sec_policy_wide(struct arena *a, const struct value *policy, const char **ret_words);
/* May everybody do something? NULL: no; else in words. */
const char *sec_policy_public(struct arena *a, const struct value *policy);
/* A federation that anybody of an identity provider can use. NULL: no. */
const char *sec_policy_open_federation(struct arena *a, const struct value *policy);

/* ---- findings ---- */

struct security_finding *sec_report_add(struct security_report *r,
                                        const struct security_finding *f);
void sec_report_sort(struct security_report *r);
/* Findings of others. False: it is closed (resolved, archived, passed). */
bool sec_hub_read(struct security_report *r, const struct value *asff, const char *account,
                  const char *region);
bool sec_guardduty_read(struct security_report *r, const struct value *finding, const char *account,
                        const char *region);
/* What says the same of the same resource becomes one: own ones stay. */
void sec_merge(struct security_report *r);
bool sec_pattern(const char *pattern, const char *text);          /* '*' is any text */
const char *sec_clean(struct arena *a, struct str s, size_t max); /* one line, safe anywhere */

#endif
