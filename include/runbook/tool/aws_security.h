/* aws_security.h - what is not safe in an AWS account: own checks over what the services say, and
 * the findings of Security Hub and GuardDuty, as findings of one form.
 *
 * A check is a row (security_checks()): pure, from answers to findings. What could not be read is
 * a cell of the report and never taken for good; a service that is not there or switched off is
 * said, not an error. A finding keeps its id from look to look. Findings that a person accepted
 * (struct security_baseline) stay in the report, marked. */
#ifndef RUNBOOK_TOOL_AWS_SECURITY_H
#define RUNBOOK_TOOL_AWS_SECURITY_H

#include "runbook/base/vec.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/estate.h"

enum security_severity {
    SECURITY_INFO,
    SECURITY_LOW,
    SECURITY_MEDIUM,
    SECURITY_HIGH,
    SECURITY_CRITICAL
};
#define SECURITY_SEVERITIES (SECURITY_CRITICAL + 1)
const char *security_severity_name(enum security_severity s); /* "high" */
bool security_severity_from(const char *name, enum security_severity *ret);

/* Who says so. */
enum security_source { SECURITY_OWN, SECURITY_HUB, SECURITY_GUARDDUTY };
const char *security_source_name(enum security_source s); /* "runbook", "securityhub" */

/* Texts are never NULL; "" says that there is none. */
struct security_finding {
    const char *id;      /* 16 hexadecimal digits of what makes it this one */
    const char *check;   /* "s3-public-acl"; of others their own word: "S3.8", a type */
    const char *service; /* "s3" */
    enum security_severity severity;
    enum security_source source;
    const char *native;   /* of others: their own id */
    const char *also;     /* others that say the same: "securityhub S3.8" */
    const char *resource; /* an ARN, else an id */
    const char *account, *region;
    const char *title;
    const char *evidence; /* which field of which call says so */
    const char *why;      /* why it matters */
    const char *fix;      /* in words */
    const char *act;      /* a line for act_parse_line(); "" */
    const char *command;  /* the same, or more, with AWS's own client; "" */
    const char *rollback; /* how the fix is taken back */
    const char *reference;
    const char *status;     /* of the workflow: "NEW", "NOTIFIED" */
    const char *suppressed; /* by whom and why: it does not count */
};

/* An operation in a region of an account, and what it came to. */
struct security_cell {
    const char *service, *operation, *account, *region;
    enum aws_end end;
    const char *code, *why;
    size_t asked, failed; /* calls */
};
/* Not in this region, or switched off: said, and no failure. */
bool security_cell_off(const struct security_cell *c);
bool security_cell_failed(const struct security_cell *c);

struct security_report {
    struct arena *arena;
    VEC(struct security_finding) findings; /* by severity, service, check, account, region */
    VEC(struct security_cell) cells;
    size_t judged;   /* resources that a check looked at, each counted for each check */
    size_t unjudged; /* that it could not, for want of an answer */
    size_t checks;   /* that were asked for */
    size_t closed;   /* findings of others that are resolved, archived or passed */
    size_t requests;
    const char *left_out; /* what a bound cut off; "" */
    int64_t took_ms;
    bool canceled;
};
void security_report_release(struct security_report *r);

/* ---- checks ---- */

struct security_check {
    const char *id, *service;
    enum security_severity severity;
    const char *title, *why, *fix, *rollback;
    const char *reference; /* "FSBP S3.2, CIS 2.1.4"; Source of the numbers: Security Hub User
                              Guide, "Security Hub controls reference" */
    /* What takes it away, with {placeholders}: a line of `runbook act` (NULL: there is none, or it
     * follows from what was found), and AWS's own client. */
    const char *act, *command;
};
/* Sorted by service and id. */
size_t security_check_count(void);
void security_check_at(size_t index, struct security_check *ret);
/* SIZE_MAX: there is none. */
size_t security_check_find(const char *id);
/* "ListUsers", ... of `service`: what the checks and readers ask for, each once. NULL at the end.
 */
bool security_operation_at(size_t index, const char **ret_service, const char **ret_operation);

/* ---- what a person accepted ---- */

struct security_suppression {
    const char *check, *resource; /* patterns: '*' is any text */
    const char *account, *region; /* the same; "*" when not given */
    const char *reason;
    int64_t expires_ms; /* the end of the day that is named */
    unsigned line;
};
struct security_baseline {
    struct arena *arena;
    VEC(struct security_suppression) rows;
};
/* A file that is not there is an empty one. ERR_INPUT: "FILE:LINE:COLUMN: ...". */
enum err_code security_baseline_load(const char *path, struct security_baseline *ret,
                                     struct err *err);
enum err_code security_baseline_parse(struct str text, const char *name,
                                      struct security_baseline *ret, struct err *err);
void security_baseline_release(struct security_baseline *b);
/* Mark what is accepted; `notes` gets a line for each row that has expired. */
void security_baseline_apply(const struct security_baseline *b, struct security_report *r,
                             int64_t now_ms, struct buf *notes);

/* ---- asking ---- */

struct security_ask {
    struct aws_estate *estate;
    const char *const *accounts; /* names or numbers; none: all */
    size_t account_count;
    const char *const *regions; /* "all": those that are switched on; none: as configured */
    size_t region_count;
    const char *const *services; /* none: all */
    size_t service_count;
    const char *const *checks; /* ids; none: all. Then others are not asked */
    size_t check_count;
    bool own_only; /* not Security Hub and GuardDuty */
    int64_t now_ms;
    int64_t timeout_ms;  /* then it ends with what has come; 0: none */
    size_t max_findings; /* of Security Hub and of GuardDuty, a region; 0: 2000 */
    size_t max_each;     /* calls that one list may cause; 0: 2000 */
};
struct security_callbacks {
    void (*on_progress)(void *ctx, size_t done, size_t known); /* calls; or NULL */
    /* Once, from the loop; the report is the run's. Freeing the run in it is fine. */
    void (*on_done)(void *ctx, struct security_report *r);
};
struct security_run; /* opaque */
/* ERR_INPUT: an account, region, service or check that is none; nothing was asked. */
enum err_code security_start(const struct security_ask *ask, const struct security_callbacks *cb,
                             void *ctx, struct security_run **ret, struct err *err);
/* What can be said already, from within on_progress: findings of the checks that have every answer
 * they need. Release it. Joining with Security Hub and accepted ones is for the end. */
void security_so_far(struct security_run *r, struct security_report *ret);
/* One object, schema "runbook.security-progress/1": those findings, and by service, region and
 * account how many calls were answered of those known, and what was denied, throttled, not enabled.
 */
void security_so_far_json(const struct security_run *r, const struct security_report *so_far,
                          size_t max, struct json_writer *w);
void security_cancel(struct security_run *r); /* ends soon, with what has come */
void security_free(struct security_run *r);   /* ends silently; NULL is fine */

/* ---- showing ---- */

/* One object, schema "runbook.security/1"; at most `max` findings (0: all), the worst first. */
void security_json(const struct security_report *r, size_t max, struct json_writer *w);
void security_finding_json(const struct security_finding *f, struct json_writer *w);

#endif
