/* test_aws_security.c - checks of AWS accounts on data from both sides of what they decide,
 * findings of Security Hub and GuardDuty joined with them, the file of what is accepted. A-12,
 * A-13, A-21. */
#include "tests/lib/unit.h"

#include "runbook/base/file.h"
#include "runbook/base/path.h"
#include "runbook/base/timefmt.h"
#include "runbook/service/aws/uses.h"
#include "src/tool/aws_security/security_priv.h"

#define NOW_MS 1795262400000 /* 2026-11-21T12:00:00Z */
#define ACCOUNT "123456789012"

/* ---- checks: tests/unit/tool/security.json ---- */

struct trial {
    struct arena *arena;
    struct sec_facts *facts;
    struct security_report report;
    bool wanted[512];
};

static void trial_begin(struct trial *t)
{
    *t = (struct trial){.arena = arena_new(0), .facts = sec_facts_new()};
    t->report.arena = arena_new(0);
    t->report.left_out = "";
}

static void trial_end(struct trial *t)
{
    security_report_release(&t->report);
    sec_facts_free(t->facts);
    arena_free(t->arena);
}

/* The other form of a list in XML: {"item": [..]} comes as [..]. */
static void collapse(struct arena *a, const struct value *from, struct value *to)
{
    static const char *const names[] = {"item", "member", "entry", "AttributeValue", NULL};
    const struct value *only =
        from->type == VALUE_OBJECT && value_count(from) == 1 ? value_at(from, 0) : NULL;

    for (const char *const *n = names; *n && only; n++)
        if (str_eq_c(only->key, *n) && only->type == VALUE_ARRAY) {
            collapse(a, only, to);
            to->key = from->key;
            return;
        }
    *to = *from;
    if (!value_items(from))
        return;
    to->u.list.items = arena_array(a, value_count(from), sizeof(*to));
    for (size_t i = 0; i < value_count(from); i++)
        collapse(a, value_at(from, i), &to->u.list.items[i]);
}

static void add_facts(struct trial *t, const struct value *facts, const char *region)
{
    VALUE_EACH (source, facts) {
        const char *name = arena_str(t->arena, source->key);

        if (!sec_source_find(name))
            fail_msg("no source %s", name);
        VALUE_EACH (key, source) {
            struct sec_answer *a =
                sec_facts_answer(t->facts, name, region, arena_str(t->arena, key->key));

            a->state = SEC_HAVE;
            VALUE_EACH (it, key)
                *VEC_PUSH(&a->items) = sec_facts_keep(t->facts, it);
        }
    }
}

static void add_states(struct trial *t, const struct value *of, const char *region,
                       enum sec_state state)
{
    VALUE_EACH (source, of)
        VALUE_EACH (key, source)
            sec_facts_answer(t->facts, arena_str(t->arena, source->key), region,
                             arena_str(t->arena, key->u.string))
                ->state = state;
}

static void judge(struct trial *t, const char *check)
{
    struct sec_judge j = {.facts = t->facts,
                          .report = &t->report,
                          .account = ACCOUNT,
                          .account_name = "prod",
                          .home = "eu-west-1",
                          .partition = "aws",
                          .now_ms = NOW_MS,
                          .wanted = t->wanted};
    size_t at = security_check_find(check);

    if (at == SIZE_MAX)
        fail_msg("no check %s", check);
    t->wanted[at] = true;
    sec_judge(&j);
}

/* What is proposed is of this finding: nothing is left to be filled in but what a person chooses.
 */
static void has_fix(const struct security_finding *f)
{
    static const char *const places[] = {"{name}", "{key}",   "{arn}",     "{region}",
                                         "{home}", "{alias}", "{account}", "{bucket}"};

    if (!*f->fix || !*f->command)
        fail_msg("%s proposes no fix", f->check);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        if (strstr(f->command, places[i]) || strstr(f->act, places[i]))
            fail_msg("%s: %s is left in '%s' or '%s'", f->check, places[i], f->command, f->act);
}

static void play(const struct value *c, bool collapsed, bool *ret_found)
{
    struct value other;
    const char *check = value_cstr_or(c, "check", ""), *name = value_cstr_or(c, "name", "");
    const char *region = value_cstr_or(c, "region", "eu-west-1");
    const char *severity = value_cstr_or(c, "severity", NULL);
    const struct value *want = value_get(c, "want");
    struct trial t;

    trial_begin(&t);
    if (value_get(c, "facts"))
        collapse(t.arena, value_get(c, "facts"), &other);
    add_facts(&t, collapsed ? &other : value_get(c, "facts"), region);
    add_states(&t, value_get(c, "none"), region, SEC_NONE);
    add_states(&t, value_get(c, "off"), region, SEC_OFF);
    judge(&t, check);
    *ret_found = t.report.findings.count > 0;
    if (t.report.findings.count != (value_count(want) ? 1 : 0))
        fail_msg("%s, %s: %zu findings%s%s", check, name, t.report.findings.count,
                 *ret_found ? ": " : "", *ret_found ? t.report.findings.items[0].evidence : "");
    VEC_EACH (f, &t.report.findings)
        has_fix(f);
    VALUE_EACH (w, want)
        if (!strstr(t.report.findings.items[0].evidence, w->u.string.ptr))
            fail_msg("%s, %s: \"%s\" is not in \"%s\"", check, name, w->u.string.ptr,
                     t.report.findings.items[0].evidence);
    if (severity && strcmp(security_severity_name(t.report.findings.items[0].severity), severity))
        fail_msg("%s, %s: not %s", check, name, severity);
    if ((t.report.unjudged > 0) != value_bool_or(c, "unjudged", false))
        fail_msg("%s, %s: %zu were not judged", check, name, t.report.unjudged);
    trial_end(&t);
}

/* Every check is shown finding something and finding nothing. */
static void test_cases(void **state)
{
    const char *top = getenv("RB_SRCDIR") ? getenv("RB_SRCDIR") : ".";
    char *path = path_join(top, "tests/unit/tool/security.json");
    struct arena *a = arena_new(0);
    struct buf text = BUF_INIT((size_t)4 << 20);
    bool found[512] = {0}, passed[512] = {0};
    const struct value *v;
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(file_read(path, &text, &err), &err);
    assert_ok(json_parse(a, buf_str(&text), &v, &err), &err);
    VALUE_EACH (c, value_get(v, "cases")) {
        bool any;

        play(c, true, &any);
        play(c, false, &any);
        (any ? found : passed)[security_check_find(value_cstr_or(c, "check", ""))] = true;
    }
    for (size_t i = 0; i < security_check_count(); i++)
        if (!found[i] || !passed[i])
            fail_msg("%s has no case that %s", sec_check_row(i)->is.id,
                     found[i] ? "passes" : "is found");
    buf_release(&text);
    arena_free(a);
    free(path);
}

/* The tables hang together: ids and sources are unique, each source that is named is there, words
 * are there. */
static void test_tables(void **state)
{
    (void)state;
    assert_true(security_check_count() >= 30);
    for (size_t i = 0; i < security_check_count(); i++) {
        const struct sec_check *c = sec_check_row(i);

        assert_int_equal(security_check_find(c->is.id), i);
        if (!c->run == !c->once || !sec_source_find(c->source))
            fail_msg("%s: no source, or not one way to run", c->is.id);
        for (size_t k = 0; k < 5 && c->needs[k]; k++)
            if (!sec_source_find(c->needs[k]))
                fail_msg("%s needs %s", c->is.id, c->needs[k]);
        assert_true(*c->is.title && *c->is.why && *c->is.fix && *c->is.rollback &&
                    *c->is.reference);
    }
    for (size_t i = 0; sec_source_lists[i]; i++)
        for (const struct sec_source *s = sec_source_lists[i]; s->name; s++) {
            assert_ptr_equal(sec_source_find(s->name), s);
            if (s->each && !sec_source_find(s->each))
                fail_msg("%s hangs from %s", s->name, s->each);
        }
}

/* A-21: no check without a fix; a command is one of AWS's client, or says who has to do it. */
static void test_fixes(void **state)
{
    (void)state;
    for (size_t i = 0; i < security_check_count(); i++) {
        struct security_check c;

        security_check_at(i, &c);
        if (!c.command || (strncmp(c.command, "aws ", 4) != 0 &&
                           strncmp(c.command, "signed in as root", 17) != 0))
            fail_msg("%s has no fix: add a row to fix.c", c.id);
    }
}

/* A resource whose name is made to run something in a shell, or to add a parameter, stands quoted.
 */
static void test_hostile_names(void **state)
{
    static const struct value none = {.type = VALUE_OBJECT};
    struct security_report r = {.arena = arena_new(0)};
    struct sec_case c = {.report = &r,
                         .account = ACCOUNT,
                         .account_name = "prod",
                         .region = "eu-west-1",
                         .home = "eu-west-1",
                         .item = &none,
                         .key = "x'; rm -rf / #"};

    (void)state;
    assert_string_equal(sec_fix_fill(&c, "go {key} in {region}", "arn:x"),
                        "go 'x'\\''; rm -rf / #' in eu-west-1");
    assert_string_equal(sec_fix_fill(&c, "go {name}", "arn:aws:iam::1:user/a b=c"), "go 'a b=c'");
    assert_string_equal(sec_fix_fill(&c, "{bucket} {nothing} {", ""), "eu-west-1 {nothing} {");
    assert_string_equal(sec_fix_fill(&c, NULL, ""), "");
    arena_free(r.arena);
}

/* What is asked stands among the uses of AWS, and nothing else does. A-17 */
static void test_uses(void **state)
{
    const struct aws_use *use = aws_uses;
    const char *service, *operation;
    size_t named = 0;

    (void)state;
    while (strcmp(use->feature, "security") != 0)
        use++;
    for (size_t i = 0; security_operation_at(i, &service, &operation); i++) {
        struct buf name = BUF_INIT(256);
        bool found = false;

        buf_addf(&name, "%s:%s", service, operation);
        for (const char *const *o = use->operations; *o; o++)
            found = found || strcmp(*o, buf_cstr(&name)) == 0;
        if (!found)
            fail_msg("%s is not in uses.c", buf_cstr(&name));
        buf_release(&name);
    }
    for (const char *const *o = use->operations; *o; o++) {
        bool found = false;

        for (size_t i = 0; security_operation_at(i, &service, &operation); i++)
            found = found ||
                    (strncmp(*o, service, strlen(service)) == 0 && (*o)[strlen(service)] == ':' &&
                     strcmp(*o + strlen(service) + 1, operation) == 0);
        if (!found)
            fail_msg("%s is in uses.c, and nothing asks it", *o);
        named++;
    }
    assert_true(named > 60);
}

/* ---- others ---- */

static void read_all(struct trial *t, const char *json, bool hub)
{
    const struct value *v;
    struct err err = ERR_INIT;

    assert_ok(json_parse(t->arena, str_from(json), &v, &err), &err);
    VALUE_EACH (it, v) {
        bool open = hub ? sec_hub_read(&t->report, it, ACCOUNT, "eu-west-1")
                        : sec_guardduty_read(&t->report, it, ACCOUNT, "eu-west-1");

        t->report.closed += !open;
    }
}

static void test_hub(void **state)
{
    struct trial t;

    (void)state;
    trial_begin(&t);
    read_all(&t,
             "[{\"Id\":\"f1\",\"GeneratorId\":\"security-control/S3.8\",\"Severity\":{\"Label\":"
             "\"HIGH\"},\"Title\":\"t\",\"Resources\":[{\"Type\":\"AwsS3Bucket\",\"Id\":"
             "\"arn:aws:s3:::b\"}],\"Workflow\":{\"Status\":\"NEW\"}},"
             "{\"Id\":\"f2\",\"Workflow\":{\"Status\":\"RESOLVED\"}},"
             "{\"Id\":\"f3\",\"Compliance\":{\"Status\":\"PASSED\"}},"
             "{\"Id\":\"f4\",\"RecordState\":\"ARCHIVED\"},"
             "{\"Id\":\"f5\",\"Compliance\":{\"SecurityControlId\":\"EC2.19\",\"Status\":"
             "\"FAILED\"},\"Severity\":{\"Normalized\":90},\"Workflow\":{\"Status\":"
             "\"SUPPRESSED\"}},"
             "{\"Id\":\"f6\",\"Severity\":{\"Normalized\":89}},{}]",
             true);
    assert_int_equal(t.report.findings.count, 4);
    assert_int_equal(t.report.closed, 3);
    assert_string_equal(t.report.findings.items[0].check, "S3.8");
    assert_string_equal(t.report.findings.items[0].service, "s3");
    assert_int_equal(t.report.findings.items[0].severity, SECURITY_HIGH);
    assert_string_equal(t.report.findings.items[1].check, "EC2.19");
    assert_int_equal(t.report.findings.items[1].severity, SECURITY_CRITICAL);
    assert_non_null(strstr(t.report.findings.items[1].suppressed, "SUPPRESSED"));
    assert_int_equal(t.report.findings.items[2].severity, SECURITY_HIGH);
    trial_end(&t);
}

/* Source: GuardDuty User Guide: low from 1, medium from 4, high from 7, critical from 9. */
static void test_guardduty(void **state)
{
    static const struct {
        const char *severity;
        enum security_severity is;
    } levels[] = {{"0.9", SECURITY_INFO}, {"1", SECURITY_LOW},      {"3.9", SECURITY_LOW},
                  {"4", SECURITY_MEDIUM}, {"6.9", SECURITY_MEDIUM}, {"7", SECURITY_HIGH},
                  {"8.9", SECURITY_HIGH}, {"9", SECURITY_CRITICAL}};

    (void)state;
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        struct trial t;

        trial_begin(&t);
        read_all(&t,
                 arena_printf(t.arena,
                              "[{\"id\":\"g\",\"type\":\"Recon:EC2/Portscan\",\"severity\":%s,"
                              "\"resource\":{\"resourceType\":\"Instance\",\"instanceDetails\":{"
                              "\"instanceId\":\"i-1\"}},\"title\":\"t\"},"
                              "{\"id\":\"h\",\"service\":{\"archived\":true}}]",
                              levels[i].severity),
                 false);
        assert_int_equal(t.report.findings.count, 1);
        assert_int_equal(t.report.closed, 1);
        assert_int_equal(t.report.findings.items[0].severity, levels[i].is);
        assert_string_equal(t.report.findings.items[0].service, "ec2");
        assert_string_equal(t.report.findings.items[0].resource, "i-1");
        trial_end(&t);
    }
}

static void add_own(struct trial *t, const char *check, const char *reference, const char *resource)
{
    sec_report_add(&t->report, &(struct security_finding){.check = check,
                                                          .service = "s3",
                                                          .severity = SECURITY_MEDIUM,
                                                          .resource = resource,
                                                          .account = ACCOUNT,
                                                          .region = "global",
                                                          .reference = reference});
}

#define HUB(id, control, resource, account, status)                                                \
    "{\"Id\":\"" id "\",\"Compliance\":{\"SecurityControlId\":\"" control                          \
    "\"},\"AwsAccountId\":\"" account "\",\"Severity\":{\"Label\":\"CRITICAL\"},\"Workflow\":{"    \
    "\"Status\":\"" status "\"},\"Resources\":[{\"Id\":\"" resource "\"}]}"

/* The same control of the same resource is one finding: ours, with the worse severity. */
static void test_merge(void **state)
{
    struct trial t;

    (void)state;
    trial_begin(&t);
    add_own(&t, "s3-public-access-block", "FSBP S3.8, CIS 2.1.4", "arn:aws:s3:::b");
    add_own(&t, "s3-account-public-access-block", "FSBP S3.1", "arn:aws:s3:::account/123456789012");
    read_all(
        &t,
        "[" HUB("1", "S3.8", "arn:aws:s3:::b", ACCOUNT, "NOTIFIED") "," HUB(
            "2", "S3.8", "arn:aws:s3:::other", ACCOUNT,
            "NEW") "," HUB("3", "S3.80", "arn:aws:s3:::b", ACCOUNT,
                           "NEW") "," HUB("4", "S3.8", "arn:aws:s3:::b", "210987654321",
                                          "NEW") "," HUB("5", "S3.1", "AWS::::Account:123456789012",
                                                         ACCOUNT,
                                                         "SUPPRESSED") "," HUB("6", "S3.80",
                                                                               "arn:aws:s3:::b",
                                                                               ACCOUNT, "NEW") "]",
        true);
    sec_merge(&t.report);
    sec_report_sort(&t.report);
    assert_int_equal(t.report.findings.count, 5);
    VEC_EACH (f, &t.report.findings) {
        if (strcmp(f->check, "s3-public-access-block") == 0) {
            assert_string_equal(f->also, "securityhub S3.8");
            assert_string_equal(f->status, "NOTIFIED");
            assert_int_equal(f->severity, SECURITY_CRITICAL);
        }
        if (strcmp(f->check, "s3-account-public-access-block") == 0)
            assert_non_null(strstr(f->suppressed, "SUPPRESSED"));
        if (f->source == SECURITY_HUB)
            assert_true(strcmp(f->native, "1") != 0 && strcmp(f->native, "5") != 0 &&
                        strcmp(f->native, "6") != 0);
    }
    trial_end(&t);
}

/* An id stays when days pass, and two keys of one user are two findings. */
static void test_identity(void **state)
{
    struct trial t;

    (void)state;
    trial_begin(&t);
    for (int i = 0; i < 3; i++) {
        static const char *const evidence[] = {"key_1 is 91 days ago", "key_1 is 92 days ago",
                                               "key_2 is 91 days ago"};

        sec_report_add(&t.report, &(struct security_finding){.check = "iam-key-old",
                                                             .resource = "u",
                                                             .native = "",
                                                             .evidence = evidence[i]});
    }
    assert_string_equal(t.report.findings.items[0].id, t.report.findings.items[1].id);
    assert_string_not_equal(t.report.findings.items[0].id, t.report.findings.items[2].id);
    trial_end(&t);
}

/* ---- what is accepted ---- */

#define ROW(check, resource, more)                                                                 \
    "accepted:\n  - check: " check "\n    resource: \"" resource "\"\n    reason: known\n"         \
    "    expires: " more "\n"

static void test_accepted(void **state)
{
    static const struct {
        const char *expires;
        bool counts;
    } days[] = {{"2026-11-21", false}, {"2026-11-20", true}, {"2027-01-01", false}};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct security_baseline b;
        struct buf notes = BUF_INIT(4096);
        struct err err = ERR_INIT;
        struct trial t;

        trial_begin(&t);
        add_own(&t, "s3-logging", "", "arn:aws:s3:::www-a");
        add_own(&t, "s3-logging", "", "arn:aws:s3:::data");
        add_own(&t, "s3-encryption", "", "arn:aws:s3:::www-a");
        assert_ok(security_baseline_parse(
                      str_from(arena_printf(t.arena, ROW("s3-log*", "arn:aws:s3:::www-*", "%s"),
                                            days[i].expires)),
                      "security.yaml", &b, &err),
                  &err);
        security_baseline_apply(&b, &t.report, NOW_MS, &notes);
        assert_int_equal(!*t.report.findings.items[0].suppressed, days[i].counts);
        assert_string_equal(t.report.findings.items[1].suppressed, "");
        assert_string_equal(t.report.findings.items[2].suppressed, "");
        assert_int_equal(strstr(buf_cstr(&notes), "counts again") != NULL, days[i].counts);
        security_baseline_release(&b);
        buf_release(&notes);
        trial_end(&t);
    }
}

static void test_accepted_mistakes(void **state)
{
    static const struct {
        const char *yaml, *says;
    } bad[] = {
        {"accept: []\n", "s.yaml:1:"},
        {"accepted: yes please\n", "a list of rows"},
        {"accepted:\n  - s3-logging\n", "s.yaml:2:5: a row has"},
        {"accepted:\n  - check: s3-logging\n    resource: x\n    expires: 2027-01-01\n",
         "s.yaml:2:5: a row needs a reason"},
        {"accepted:\n  - check: s3-logging\n    resource: x\n    reason: r\n",
         "'expires' must be a day"},
        {ROW("s3-logging", "x", "never"), "s.yaml:5:14: 'expires' must be a day"},
        {ROW("s3-logging", "x", "2027-13-01"), "'expires' must be a day"},
        {ROW("s3-loging", "x", "2027-01-01"), "s.yaml:2:12: no check is called 's3-loging'"},
        {ROW("'*'", "**", "2027-01-01"), "accept everything"},
        {"accepted:\n  - check: s3-logging\n    resource: x\n    reason: r\n    until: x\n",
         "s.yaml:5:12: unknown field 'until'"},
        {"accepted: [\n", "s.yaml"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct security_baseline b;
        struct err err = ERR_INIT;

        assert_int_equal(security_baseline_parse(str_from(bad[i].yaml), "s.yaml", &b, &err),
                         ERR_INPUT);
        if (!strstr(err.msg, bad[i].says))
            fail_msg("\"%s\" does not say \"%s\"", err.msg, bad[i].says);
        security_baseline_release(&b);
    }
}

static void test_pattern(void **state)
{
    (void)state;
    assert_true(sec_pattern("*", ""));
    assert_true(sec_pattern("a*c", "abbc"));
    assert_true(sec_pattern("a*b*c", "axbxbxc"));
    assert_false(sec_pattern("a*c", "abcd"));
    assert_false(sec_pattern("abc", "ab"));
    assert_false(sec_pattern("", "a"));
    assert_true(sec_pattern("**a**", "bab"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases),
                                       cmocka_unit_test(test_tables),
                                       cmocka_unit_test(test_fixes),
                                       cmocka_unit_test(test_hostile_names),
                                       cmocka_unit_test(test_uses),
                                       cmocka_unit_test(test_hub),
                                       cmocka_unit_test(test_guardduty),
                                       cmocka_unit_test(test_merge),
                                       cmocka_unit_test(test_identity),
                                       cmocka_unit_test(test_accepted),
                                       cmocka_unit_test(test_accepted_mistakes),
                                       cmocka_unit_test(test_pattern)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
