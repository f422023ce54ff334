/* test_golden_sheet.c - the pages on which things are set: accounts, one account with a permission
 * that is missing, the form with a field that is wrong, stages under way, the setup, and none. And
 * that a selection stays with its row while rows come and go.. */
#include "tests/lib/unit.h"

#include "tests/lib/golden.h"

#define ROWS(list) .rows = (list), .count = sizeof(list) / sizeof((list)[0])
#define FACT(l, s, t)                                                                              \
    {                                                                                              \
        .kind = SHEET_FACT, .style = (s), .label = (l), .text = (t)                                \
    }
#define TEXT(s, t)                                                                                 \
    {                                                                                              \
        .kind = SHEET_TEXT, .style = (s), .text = (t)                                              \
    }
#define GO(i, t, n)                                                                                \
    {                                                                                              \
        .kind = SHEET_GO, .id = (i), .text = (t), .note = (n)                                      \
    }
#define CHECK(i, o, t, n)                                                                          \
    {                                                                                              \
        .kind = SHEET_CHECK, .id = (i), .on = (o), .text = (t), .note = (n)                        \
    }
#define FIELD(i, l, t, n, p)                                                                       \
    {                                                                                              \
        .kind = SHEET_FIELD, .id = (i), .label = (l), .text = (t), .note = (n), .problem = (p)     \
    }
#define STAGE(l, st, s, t)                                                                         \
    {                                                                                              \
        .kind = SHEET_STAGE, .state = (st), .style = (s), .label = (l), .text = (t)                \
    }
#define HEADING(t)                                                                                 \
    {                                                                                              \
        .kind = SHEET_HEADING, .text = (t)                                                         \
    }

static const struct sheet_row accounts_rows[] = {
    HEADING("Accounts of AWS"),
    {.kind = SHEET_GO,
     .style = STYLE_WARNING,
     .id = "account:prod",
     .text = "prod",
     .note = "123456789012  eu-west-1, us-east-1  verified 2 h ago, 3 missing  240 resources"},
    {.kind = SHEET_GO,
     .style = STYLE_DANGER,
     .id = "account:stage",
     .text = "stage",
     .note = "number not known  eu-west-1  no keys"},
    GO("account:dev", "dev\033[31m", "210987654321  eu-west-1  never verified"),
    TEXT(STYLE_TEXT, ""),
    GO("add", "Add an account", "a role or a profile"),
    GO("watch", "What is watched", "ec2, rds, lambda"),
    FACT("written in", STYLE_CODE, "/home/me/.config/runbook/services.yaml"),
};
static const struct sheet accounts = {.name = "accounts", .title = "Accounts", ROWS(accounts_rows)};

static const struct sheet_row account_rows[] = {
    HEADING("prod"),
    FACT("account", STYLE_STRONG, "123456789012, the default one"),
    FACT("role", STYLE_TEXT, "arn:aws:iam::123456789012:role/reader"),
    FACT("keys", STYLE_DANGER, "no credentials were found"),
    FIELD("regions", "regions", "eu-west-1, us-east-1", NULL, NULL),
    FACT("verified", STYLE_TEXT, "2026-02-04 12:03:23 UTC, 2 h ago"),
    FACT("permissions", STYLE_WARNING, "509 lists can be read, 2 permissions are missing"),
    FACT("missing", STYLE_WARNING, "dynamodb:ListTables"),
    FACT("", STYLE_WARNING, "iam:ListUsers"),
    TEXT(STYLE_TEXT, ""),
    GO("verify", "Verify", "who it is, and each permission that is missing"),
    GO("remove", "Remove", "asks once"),
};
static const struct sheet account = {
    .name = "account", .title = "Account", .start = "verify", ROWS(account_rows)};

static const struct sheet_row form_rows[] = {
    HEADING("A new account of AWS"),
    FIELD("name", "name", "prod", NULL, NULL),
    FIELD("role", "role ARN", "arn:aws:s3:::x", NULL,
          "'arn:aws:s3:::x' is no ARN of a role; one is arn:aws:iam::123456789012:role/reader"),
    FIELD("external", "external id", "", "what the role wants to be told, or ${VARIABLE}", ""),
    CHECK("default", true, "the default one", "asked when no account is named"),
    CHECK("scan", false, "try it and scan it at once", NULL),
    GO("write", "Only add it", "it is verified later"),
};
static const struct sheet form = {
    .name = "form", .title = "Account", .start = "role", ROWS(form_rows)};

static const struct sheet_row run_rows[] = {
    HEADING("Add prod"),
    STAGE("role", SHEET_OK, STYLE_TEXT, "account 123456789012"),
    STAGE("permissions", SHEET_WARNING, STYLE_TEXT,
          "11 lists can be read; missing: dynamodb:ListTables"),
    STAGE("regions", SHEET_FAILED, STYLE_DANGER, "no; it needs ec2:DescribeRegions"),
    STAGE("scan", SHEET_RUNNING, STYLE_TEXT, ""),
    STAGE("inventory", SHEET_PENDING, STYLE_TEXT, ""),
    TEXT(STYLE_TEXT, ""),
    TEXT(STYLE_ACCENT, "352 of 498 lists, 2 resources, 2 failed"),
    GO("stop", "Stop", NULL),
};
static const struct sheet run = {
    .name = "run", .title = "Accounts", .leave = "stop", ROWS(run_rows)};

/* ---- pictures ---- */

static void show(struct screen *s, const struct sheet *sheet)
{
    screen_open_sheet(s);
    screen_set_sheet(s, sheet);
}

static void show_accounts(struct screen *s, const struct model *m)
{
    (void)m;
    show(s, &accounts);
}

static void show_account(struct screen *s, const struct model *m)
{
    (void)m;
    show(s, &account);
}

static void show_form(struct screen *s, const struct model *m)
{
    (void)m;
    show(s, &form);
}

static void show_run(struct screen *s, const struct model *m)
{
    (void)m;
    show(s, &run);
}

static void show_none(struct screen *s, const struct model *m)
{
    (void)m;
    show(s, NULL);
}

static void test_pages(void **state)
{
    bool same = true;

    (void)state;
    same = golden_shoot("sheet-accounts", 0, show_accounts) && same;
    same = golden_shoot("sheet-account", 0, show_account) && same;
    same = golden_shoot("sheet-form", 0, show_form) && same;
    same = golden_shoot("sheet-run", 0, show_run) && same;
    same = golden_shoot_at("sheet-none", 0, show_none, 80, 24) && same;
    assert_true(same);
}

/* ---- the selection ---- */

/* Rows come above it and behind it; it stays, until its row has gone. */
static void test_stays(void **state)
{
    static const struct sheet_row fewer[] = {HEADING("Accounts of AWS"),
                                             GO("add", "Add an account", NULL)};
    struct sheet then = {.name = "accounts", .title = "Accounts", ROWS(fewer)};
    struct screen s;

    (void)state;
    screen_init(&s);
    s.page_view_h = 20;
    assert_false(screen_on_sheet(&s));
    show(&s, &then);
    assert_string_equal(screen_sheet_row(&s)->id, "add");
    screen_set_sheet(&s, &accounts);
    assert_string_equal(screen_sheet_row(&s)->id, "add");
    screen_move(&s, NULL, 1); /* before anything was drawn: it counts on what is there now */
    assert_string_equal(screen_sheet_row(&s)->id, "watch");
    screen_set_sheet(&s, &then);
    assert_true(!screen_sheet_row(&s) || strcmp(screen_sheet_row(&s)->id, "add") == 0);
    screen_set_sheet(&s, &account); /* another one begins where it says */
    assert_string_equal(screen_sheet_row(&s)->id, "verify");
    assert_true(screen_sheet_select(&s, "remove"));
    assert_false(screen_sheet_select(&s, "nothing"));
    assert_string_equal(screen_sheet_row(&s)->id, "remove");
    assert_int_equal(sheet_choices(&account), 3);
    assert_int_equal(sheet_index(&account, "verify"), 1);
    assert_null(sheet_row_of(&account, "prod"));
    screen_set_sheet(&s, NULL);
    assert_null(screen_sheet_row(&s));
    screen_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
