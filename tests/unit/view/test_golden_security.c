/* test_golden_security.c - the page of what is not safe and that of one finding, in all of their
 * states, against tests/golden/security-*.screen.. */
#include "tests/lib/unit.h"

#include "tests/lib/golden.h"

static void apply(struct model *m, struct event ev)
{
    ev.seq = m->seq + 1;
    ev.ts_ms = m->last_ms + 10;
    ev.actor = "builtin";
    event_normalize(&ev);
    model_apply(m, &ev);
}

static void looked(struct model *m, enum security_state state, const char *text, const char *off)
{
    struct event ev = {.type = EV_SECURITY_LOOKED};

    ev.u.security_looked = (struct ev_security_looked){.state = state,
                                                       .text = text,
                                                       .off = off,
                                                       .call = "c50",
                                                       .checks = 77,
                                                       .judged = 179,
                                                       .failed = *text ? 2 : 0};
    apply(m, ev);
}

static void asked(struct model *m)
{
    struct event ev = {.type = EV_TOOL_STARTED};

    ev.u.tool_started = (struct ev_tool_started){
        .call = "c50", .tool = "aws_findings", .title = "what is not safe in AWS"};
    apply(m, ev);
    ev = (struct event){.type = EV_TOOL_ENDED};
    ev.u.tool_ended = (struct ev_tool_ended){.call = "c50", .summary = "6 findings, 2 critical"};
    apply(m, ev);
}

static void found(struct model *m, const char *id, const char *check,
                  enum finding_severity severity, const char *resource, const char *title,
                  const char *suppressed, bool gone)
{
    struct event ev = {.type = EV_FINDING_SEEN};
    bool group = strncmp(check, "ec2-entry", 9) == 0;

    ev.u.finding_seen = (struct ev_finding_seen){
        .id = id,
        .check = check,
        .severity = severity,
        .service = strncmp(check, "ec2", 3) == 0   ? "ec2"
                   : strncmp(check, "iam", 3) == 0 ? "iam"
                   : strncmp(check, "rds", 3) == 0 ? "rds"
                                                   : "s3",
        .source = "runbook",
        .resource = resource,
        .account = "123456789012",
        .region = strncmp(check, "ec2", 3) == 0 ? "eu-west-1" : "global",
        .title = title,
        .evidence =
            group ? "DescribeSecurityGroups: ipPermissions tcp 22-22 from 0.0.0.0/0 reaches 22 "
                    "(SSH) of web \x1b]0;x\x07"
                  : "GetBucketAcl: Grant to AllUsers is READ, and IgnorePublicAcls is off",
        .why = "Ports for logging in and for administration are attacked all the time.",
        .fix = "Take the rule away; use Session Manager, a VPN, or the address it is needed from.",
        .act = group ? "aws.ec2.revoke-rule group=sg-0a1b2c3d direction=ingress protocol=tcp "
                       "from=22 to=22 "
                       "source=0.0.0.0/0 region=eu-west-1 account=123456789012"
                     : "",
        .rollback = "ec2 authorize-security-group-ingress with the same rule.",
        .reference = "FSBP EC2.13, CIS 3.0 5.2",
        .also = group ? "securityhub EC2.13" : "",
        .status = group ? "NEW" : "",
        .suppressed = suppressed,
        .call = "c50",
        .gone = gone};
    apply(m, ev);
}

static void some(struct model *m)
{
    asked(m);
    found(m, "f1", "s3-public-acl", FINDING_CRITICAL, "arn:aws:s3:::acme-site",
          "The bucket's ACL lets everybody in", "", false);
    found(m, "f2", "iam-user-mfa", FINDING_HIGH, "arn:aws:iam::123456789012:user/people/bob",
          "A user has a password and no MFA", "", false);
    found(m, "f3", "ec2-entry-port-open", FINDING_HIGH,
          "arn:aws:ec2:eu-west-1:123456789012:security-group/sg-0a1b2c3d",
          "A security group opens a way in to everybody", "", false);
    found(m, "f4", "ec2-volume-unencrypted", FINDING_MEDIUM,
          "arn:aws:ec2:eu-west-1:123456789012:volume/vol-0c1335187e306139d",
          "A volume is not encrypted", "", false);
    found(m, "f5", "s3-logging", FINDING_LOW, "arn:aws:s3:::acme-logs",
          "Requests to the bucket are not logged", "accepted until 2027-03-31: logs of logs",
          false);
    found(m, "f6", "rds-public", FINDING_CRITICAL, "arn:aws:rds:eu-west-1:123456789012:db:legacy",
          "A database is publicly accessible", "", true);
}

static void whole(struct model *m)
{
    some(m);
    looked(m, SECURITY_READ, "", "");
}

static void partly(struct model *m)
{
    some(m);
    looked(m, SECURITY_PARTLY_READ,
           "s3 GetBucketAcl denied in global, kms ListKeys throttled in eu-west-1",
           "Security Hub in eu-west-1");
}

/* 41 of 60 calls have answered; one region is throttled, one right is missing. */
static void reading_with(struct model *m)
{
    static const char *const places[] = {
        "ec2\teu-west-1\t123456789012\t12\t12\t\t\t",
        "ec2\tus-east-1\t123456789012\t7\t12\t\t\t",
        "iam\tglobal\t123456789012\t9\t9\tdenied\tGenerateCredentialReport\tnot authorized",
        "kms\teu-west-1\t123456789012\t2\t6\tthrottled\tListKeys\tRate exceeded",
        "rds\teu-west-1\t123456789012\t0\t4\t\t\t",
        "s3\tglobal\t123456789012\t10\t15\t\t\t",
        "securityhub\teu-west-1\t123456789012\t1\t1\tnot-enabled\tGetFindings\tnot subscribed",
        "guardduty\teu-west-1\t123456789012\t0\t1\t\t\t",
    };
    struct event ev = {.type = EV_SECURITY_LOOKED};

    ev.u.security_looked.state = SECURITY_READING;
    apply(m, ev);
    ev.u.security_looked =
        (struct ev_security_looked){.state = SECURITY_READING,
                                    .call = "c50",
                                    .done = 41,
                                    .known = 60,
                                    .places = {places, sizeof(places) / sizeof(*places)}};
    apply(m, ev);
}

static void reading_first(struct model *m)
{
    reading_with(m);
}

/* The first findings are there while the rest is asked. */
static void reading_some(struct model *m)
{
    reading_with(m);
    found(m, "f1", "s3-public-acl", FINDING_CRITICAL, "arn:aws:s3:::acme-site",
          "The bucket's ACL lets everybody in", "", false);
    found(m, "f4", "ec2-volume-unencrypted", FINDING_MEDIUM,
          "arn:aws:ec2:eu-west-1:123456789012:volume/vol-0c1335187e306139d",
          "A volume is not encrypted", "", false);
}

static void stopped(struct model *m)
{
    reading_some(m);
    looked(m, SECURITY_PARTLY_READ, "it was stopped after 41 of 60 calls", "");
}

static void nothing(struct model *m)
{
    asked(m);
    looked(m, SECURITY_READ, "", "");
}

static void reading(struct model *m)
{
    looked(m, SECURITY_READING, "", "");
}

static void denied(struct model *m)
{
    looked(m, SECURITY_UNREAD,
           "sts GetCallerIdentity: ExpiredToken: the security token is not valid any more", "");
}

static void unconfigured(struct model *m)
{
    looked(m, SECURITY_NOT_CONFIGURED, "", "");
}

static void never(struct model *m)
{
    (void)m;
}

/* ---- what is shown ---- */

static void at_page(struct screen *s, const struct model *m)
{
    (void)m;
    assert_true(screen_go(s, ROOT_SECURITY));
}

static void at_group(struct screen *s, const struct model *m)
{
    at_page(s, m);
    screen_home(s, m);
}

static void at_finding(struct screen *s, const struct model *m)
{
    at_group(s, m);
    screen_move(s, m, 1); /* from the row of the service to its worst finding */
    assert_true(screen_open(s, m));
    assert_int_equal(s->stack[0].page, PAGE_FINDING);
    assert_string_equal(s->stack[0].id, "f3");
}

static void at_filter(struct screen *s, const struct model *m)
{
    at_page(s, m);
    screen_set_filter(s, m, "critical");
}

/* ec2 is folded, and the selection goes on from its row. */
static void at_folded(struct screen *s, const struct model *m)
{
    at_group(s, m);
    assert_true(security_fold(s, m, SECURITY_FOLD));
    screen_move(s, m, 1);
}

static bool shoot(const char *name, void (*more)(struct model *m), golden_setup_fn *setup, int w,
                  int h, enum glyph_set glyphs)
{
    char file[96];
    struct canvas c;
    struct screen s;
    struct model m;
    bool same;

    snprintf(file, sizeof(file), "security-%s-%dx%d%s", name, w, h,
             glyphs == GLYPHS_ASCII ? "-ascii" : "");
    canvas_init(&c, glyphs);
    canvas_resize(&c, w, h);
    golden_screen(&s);
    demo_model(&m, SIZE_MAX);
    more(&m);
    view_draw(&s, &m, &c);
    setup(&s, &m);
    view_draw(&s, &m, &c);
    same = golden_check(file, &c);
    model_release(&m);
    screen_release(&s);
    canvas_release(&c);
    return same;
}

static bool shoot_all(const char *name, void (*more)(struct model *m), golden_setup_fn *setup)
{
    static const int sizes[][2] = {{200, 50}, {120, 40}, {80, 24}, {60, 20}};
    bool same = true;

    for (size_t i = 0; i < 8; i++)
        same = shoot(name, more, setup, sizes[i / 2][0], sizes[i / 2][1],
                     i % 2 ? GLYPHS_ASCII : GLYPHS_FULL) &&
               same;
    return same;
}

static void test_findings(void **state)
{
    (void)state;
    assert_true(shoot_all("page", partly, at_group));
    assert_true(shoot_all("finding", partly, at_finding));
    assert_true(shoot_all("folded", partly, at_folded));
    assert_true(shoot("whole", whole, at_page, 120, 40, GLYPHS_FULL));
    assert_true(shoot("filter", whole, at_filter, 80, 24, GLYPHS_FULL));
}

/* A look that goes on: who has answered, what came, what failed; and one that was stopped. */
static void test_progress(void **state)
{
    (void)state;
    assert_true(shoot_all("progress", reading_first, at_page));
    assert_true(shoot_all("progress-found", reading_some, at_page));
    assert_true(shoot("stopped", stopped, at_page, 80, 24, GLYPHS_FULL));
}

static void test_states(void **state)
{
    (void)state;
    assert_true(shoot("never", never, at_page, 80, 24, GLYPHS_FULL));
    assert_true(shoot("reading", reading, at_page, 80, 24, GLYPHS_FULL));
    assert_true(shoot("nothing", nothing, at_page, 80, 24, GLYPHS_FULL));
    assert_true(shoot("denied", denied, at_page, 80, 24, GLYPHS_FULL));
    assert_true(shoot("unconfigured", unconfigured, at_page, 80, 24, GLYPHS_FULL));
}

/* The tab is there once somebody looked; the key always leads to the page. */
static void test_tab(void **state)
{
    struct screen s;
    struct model m;
    struct canvas c;

    (void)state;
    canvas_init(&c, GLYPHS_FULL);
    canvas_resize(&c, 120, 40);
    golden_screen(&s);
    demo_model(&m, SIZE_MAX);
    view_draw(&s, &m, &c);
    assert_false(s.has_security);
    assert_null(screen_finding(&s, &m));
    whole(&m);
    view_draw(&s, &m, &c);
    assert_true(s.has_security);
    assert_true(screen_go(&s, ROOT_SECURITY));
    screen_home(&s, &m);
    assert_null(screen_finding(&s, &m)); /* the row of ec2, which comes first */
    screen_move(&s, &m, 1);
    assert_string_equal(screen_finding(&s, &m)->id, "f3"); /* its worst */
    assert_true(screen_open(&s, &m));
    assert_string_equal(screen_finding(&s, &m)->id, "f3");
    view_draw(&s, &m, &c);
    assert_true(screen_open(&s, &m)); /* the answer that it stands in */
    assert_int_equal(s.stack[1].page, PAGE_TOOL);
    assert_string_equal(s.stack[1].id, "c50");
    model_release(&m);
    screen_release(&s);
    canvas_release(&c);
}

static size_t rows_of(struct screen *s, const struct model *m)
{
    screen_move(s, m, 0); /* brings the list up to date */
    return list_shown(&s->security);
}

/* Services have rows of their own, which fold; a filter and any other order list findings alone. */
static void test_groups(void **state)
{
    struct screen s;
    struct model m;
    struct canvas c;

    (void)state;
    canvas_init(&c, GLYPHS_FULL);
    canvas_resize(&c, 120, 40);
    golden_screen(&s);
    demo_model(&m, SIZE_MAX);
    whole(&m);
    view_draw(&s, &m, &c);
    at_group(&s, &m);
    assert_int_equal(rows_of(&s, &m), 6 + 4); /* ec2, iam, rds, s3 */
    assert_true(screen_open(&s, &m));         /* Enter on a service folds it */
    assert_int_equal(s.depth, 0);
    assert_int_equal(rows_of(&s, &m), 4 + 4);
    assert_false(security_fold(&s, &m, SECURITY_FOLD));
    screen_move(&s, &m, 1);
    assert_string_equal(s.security.selected, "group:iam");
    screen_move(&s, &m, 1);
    assert_string_equal(s.security.selected, "f2");
    assert_true(security_fold(&s, &m, SECURITY_FOLD)); /* of the finding that is selected */
    assert_string_equal(s.security.selected, "group:iam");
    assert_int_equal(rows_of(&s, &m), 3 + 4);
    screen_set_filter(&s, &m, "bob"); /* what is folded is found */
    assert_int_equal(rows_of(&s, &m), 1);
    assert_false(security_fold(&s, &m, SECURITY_FOLD_TURN));
    screen_set_filter(&s, &m, "");
    assert_int_equal(rows_of(&s, &m), 3 + 4);
    list_sort_by(&s.security, 1); /* by severity */
    assert_int_equal(rows_of(&s, &m), 6);
    view_draw(&s, &m, &c);
    list_sort_by(&s.security, 0);
    assert_int_equal(rows_of(&s, &m), 3 + 4);
    list_sort_reverse(&s.security);
    assert_int_equal(rows_of(&s, &m), 6);
    list_sort_reverse(&s.security);
    found(&m, "f9", "ec2-new", FINDING_LOW, "arn:aws:ec2:eu-west-1:1:x/y", "New", "", false);
    found(&m, "f10", "kms-new", FINDING_LOW, "arn:aws:kms:eu-west-1:1:key/k", "New", "", false);
    assert_int_equal(rows_of(&s, &m), 3 + 4 + 1); /* into the folded one; s3, as tests name it */
    model_release(&m);
    screen_release(&s);
    canvas_release(&c);
}

/* Counts are of what is open; a finding that comes again replaces. */
static void test_model(void **state)
{
    size_t n[FINDING_SEVERITIES];
    struct model m;

    (void)state;
    demo_model(&m, 0);
    some(&m);
    model_findings_count(&m, n);
    assert_int_equal(n[FINDING_CRITICAL], 1);
    assert_int_equal(n[FINDING_HIGH], 2);
    assert_int_equal(n[FINDING_MEDIUM], 1);
    assert_int_equal(n[FINDING_LOW], 0);
    found(&m, "f6", "rds-public", FINDING_CRITICAL, "arn:aws:rds:eu-west-1:123456789012:db:legacy",
          "A database is publicly accessible", "", false);
    assert_int_equal(m.findings.count, 6);
    model_findings_count(&m, n);
    assert_int_equal(n[FINDING_CRITICAL], 2);
    assert_null(model_finding(&m, "f7"));
    model_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_findings), cmocka_unit_test(test_states),
        cmocka_unit_test(test_tab),      cmocka_unit_test(test_progress),
        cmocka_unit_test(test_groups),   cmocka_unit_test(test_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
