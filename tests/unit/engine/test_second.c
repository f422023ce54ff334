/* test_second.c - what takes two persons, on a real process whose nice value is changed: who asked
 * confirms, another person's token or file says yes, and nothing else does: oneself, a forged, old,
 * used or foreign token, a file of the wrong owner, an answer to another version, what a journal
 * says was confirmed. R-58 R-59 A-29 A-30 C-32 */
#include "tests/lib/tmpdir.h"
#include "tests/lib/unit.h"
#include "tests/lib/victim.h"

#include <dirent.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/engine/mutate.h"
#include "runbook/policy/token.h"
#include "runbook/service/host.h"
#include "runbook/store/pending.h"
#include "runbook/tool/toolenv.h"
#include "src/engine/engine_priv.h"

#define DEADLINE_MS 60000

struct fixture {
    struct loop *loop;
    struct rng rng;
    struct tool_env env;
    struct engine *engine;
    struct policy *policy;
    struct sign_key *key; /* of bob */
    char *dir, *box, *session;
    pid_t victim;
    int base;
    bool senior; /* bob is */
};

static void load_policy(struct fixture *f, const char *more)
{
    struct buf text = BUF_INIT(65536), pem = BUF_INIT(4096);
    struct str rest, line;
    struct err err;

    assert_ok(sign_key_write_public(f->key, &pem, &err), &err);
    buf_addf(&text,
             "rules:\n  - match: {operation: host.process.renice}\n    decide: two_person\n"
             "approvers:\n  folder: %s\n%s  people:\n    - name: daemon\n    - name: bob\n"
             "      senior: %s\n      key: |\n",
             f->box, more, f->senior ? "true" : "false");
    rest = buf_str(&pem);
    while (str_line(&rest, &line))
        buf_addf(&text, "        %.*s\n", STR_FMT(line));
    policy_free(f->policy);
    f->policy = NULL;
    assert_ok(policy_load(buf_str(&text), "policy.yaml", &f->policy, &err), &err);
    buf_release(&text);
    buf_release(&pem);
}

static void start_engine(struct fixture *f)
{
    struct engine_options opts = {.loop = f->loop,
                                  .rng = &f->rng,
                                  .tools = &f->env,
                                  .state_dir = f->dir,
                                  .version = "test",
                                  .environment = "dev",
                                  .policy = f->policy,
                                  .loose = true,
                                  .keep_requests = true};

    f->engine = engine_new(&opts);
}

static void open_session(struct fixture *f)
{
    struct session_spec spec = {.title = "t", .query = "q"};
    struct err err;

    start_engine(f);
    assert_ok(engine_open(f->engine, &spec, &err), &err);
}

static int setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));
    struct err err;

    f->dir = tmpdir_new();
    f->box = tmpdir_new();
    assert_int_equal(chmod(f->box, 01777), 0);
    f->victim = victim_start();
    f->base = victim_nice(f->victim);
    f->loop = loop_new(clock_system());
    rng_seed_system(&f->rng);
    f->env.loop = f->loop;
    f->env.hosts = host_pool_new(f->loop, NULL);
    assert_ok(sign_key_make(&f->key, &err), &err);
    load_policy(f, "");
    open_session(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    engine_free(f->engine);
    host_pool_free(f->env.hosts);
    loop_free(f->loop);
    policy_free(f->policy);
    sign_key_free(f->key);
    victim_end(f->victim);
    tmpdir_free(f->box);
    tmpdir_free(f->dir);
    free(f->session);
    free(f);
    return 0;
}

static bool turn_until(struct fixture *f, bool (*ready)(struct fixture *f, const char *what),
                       const char *what)
{
    int64_t end = clock_system()->now_ms(clock_system()) + DEADLINE_MS;

    while (!ready(f, what) && clock_system()->now_ms(clock_system()) < end)
        loop_turn(f->loop, true);
    return ready(f, what);
}

static bool quiet(struct fixture *f, const char *what)
{
    (void)what;
    return !engine_mutating(f->engine);
}

static bool told(struct fixture *f, const char *what)
{
    VEC_EACH (it, &engine_model(f->engine)->items) {
        if (it->text && strstr(it->text, what))
            return true;
    }
    return false;
}

static bool is_over(struct fixture *f, const char *id)
{
    return mutation_is_over(model_mutation(engine_model(f->engine), id)) && quiet(f, id);
}

static const char *ask(struct fixture *f)
{
    char *args = xasprintf("{\"pid\":\"%d\",\"nice\":\"%d\"}", (int)f->victim, f->base + 3);
    struct mutate_request r = {
        .operation = "host.process.renice", .args = str_from(args), .why = "a test"};
    const char *id = NULL;
    struct err err;

    assert_ok(engine_propose(f->engine, &r, &id, &err), &err);
    free(args);
    assert_true(turn_until(f, quiet, ""));
    return id;
}

static const struct approval *request(struct fixture *f, const char *id)
{
    const struct approval *a = model_approval(engine_model(f->engine), id);

    assert_non_null(a);
    return a;
}

static void confirm(struct fixture *f, const char *id)
{
    struct intent_sink to = engine_intents(f->engine);
    char print[65];
    struct intent in = {.type = INTENT_APPROVE, .approval = id, .fingerprint = print};

    memcpy(print, request(f, id)->fingerprint, sizeof(print));
    to.submit(to.ctx, &in);
}

static int nice_of(const struct fixture *f)
{
    return victim_nice(f->victim) - f->base;
}

static void nothing_done(struct fixture *f, const char *id)
{
    assert_int_equal(nice_of(f), 0);
    assert_false(model_mutation(engine_model(f->engine), id)->started);
    assert_int_not_equal(request(f, id)->state, APPROVAL_GRANTED);
}

static struct token token_for(struct fixture *f, const char *id)
{
    int64_t now = loop_wall_ms(f->loop);

    return (struct token){.id = "00112233445566778899aabb",
                          .mutation = id,
                          .fingerprint = request(f, id)->fingerprint,
                          .approver = "bob",
                          .issued_ms = now,
                          .expires_ms = now + 60000};
}

static void hand_in(struct fixture *f, const struct token *t, const struct sign_key *key,
                    const char *id)
{
    struct buf text = BUF_INIT(TOKEN_MAX * 2);
    char *own = pending_own(f->dir);
    struct err err;

    assert_ok(token_write(t, key, &text, &err), &err);
    assert_ok(pending_answer(own, false, id, "token", buf_str(&text), &err), &err);
    buf_release(&text);
    free(own);
}

static void expect_refused(struct fixture *f, const struct token *t, const struct sign_key *key,
                           const char *id, const char *why)
{
    hand_in(f, t, key, id);
    if (!turn_until(f, told, why))
        fail_msg("not said: %s", why);
    nothing_done(f, id);
}

static void test_token_and_confirmation(void **state)
{
    struct fixture *f = *state;
    const char *id = ask(f);
    struct token t = token_for(f, id);

    assert_int_equal(request(f, id)->persons, 2);
    confirm(f, id);
    nothing_done(f, id);
    assert_true(request(f, id)->yours);
    confirm(f, id); /* once more is not another person */
    assert_true(told(f, "another person is waited for"));
    nothing_done(f, id);
    hand_in(f, &t, f->key, id);
    assert_true(turn_until(f, is_over, id));
    assert_int_equal(nice_of(f), 3);
    assert_int_equal(request(f, id)->state, APPROVAL_GRANTED);
}

static void test_token_first(void **state)
{
    struct fixture *f = *state;
    const char *id = ask(f);
    struct token t = token_for(f, id);

    hand_in(f, &t, f->key, id);
    assert_true(turn_until(f, told, "confirmed by bob by token"));
    nothing_done(f, id);
    confirm(f, id);
    assert_true(turn_until(f, is_over, id));
    assert_int_equal(nice_of(f), 3);
}

static void test_no_such_token(void **state)
{
    struct fixture *f = *state;
    const char *id = ask(f);
    struct sign_key *eve = NULL;
    struct token t;
    struct err err;
    struct identity me;

    confirm(f, id);
    assert_ok(sign_key_make(&eve, &err), &err);
    t = token_for(f, id);
    expect_refused(f, &t, eve, id, "signature is not of this person's key");
    sign_key_free(eve);
    t.approver = "eve";
    expect_refused(f, &t, f->key, id, "does not name this person");
    t = token_for(f, id), t.mutation = "mother";
    expect_refused(f, &t, f->key, id, "for another request");
    t = token_for(f, id);
    t.fingerprint = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    expect_refused(f, &t, f->key, id, "another version");
    t = token_for(f, id), t.issued_ms -= 120000, t.expires_ms = t.issued_ms + 60000;
    expect_refused(f, &t, f->key, id, "has expired");
    t = token_for(f, id), t.expires_ms = t.issued_ms + 86400000;
    expect_refused(f, &t, f->key, id, "live longer");
    t = token_for(f, id), t.issued_ms += 600000, t.expires_ms += 600000;
    expect_refused(f, &t, f->key, id, "from the future");
    identity_read(&me);
    t = token_for(f, id), t.approver = me.user;
    expect_refused(f, &t, f->key, id, "among the approvers");
}

/* Used up on the disk: not once more by this run, nor by another one. */
static void test_used_token(void **state)
{
    struct fixture *f = *state;
    const char *id = ask(f);
    struct token t = token_for(f, id);
    struct err err;

    assert_true(pending_use_token(f->dir, t.id, &err));
    assert_false(pending_use_token(f->dir, t.id, &err));
    confirm(f, id);
    expect_refused(f, &t, f->key, id, "used before");
    t.id = "ffeeddccbbaa998877665544";
    hand_in(f, &t, f->key, id);
    assert_true(turn_until(f, is_over, id));
    assert_int_equal(nice_of(f), 3);
}

/* What a run confirmed is gone with it, however the journal says it. */
static void test_another_run(void **state)
{
    struct fixture *f = *state;
    const char *id = ask(f);
    struct journal_report report;
    struct token t;
    char *mine = xstrdup(id);
    struct err err;

    confirm(f, id);
    f->session = xstrdup(engine_model(f->engine)->id);
    assert_ok(engine_close(f->engine, "done", 4, &err), &err);
    engine_free(f->engine);
    start_engine(f);
    assert_ok(engine_resume(f->engine, f->session, &report, &err), &err);
    assert_false(request(f, mine)->yours);
    t = token_for(f, mine);
    hand_in(f, &t, f->key, mine);
    assert_true(turn_until(f, told, "confirmed by bob by token"));
    nothing_done(f, mine);
    confirm(f, mine);
    assert_true(turn_until(f, is_over, mine));
    assert_int_equal(nice_of(f), 3);
    free(mine);
}

/* ---- files of other users ---- */

static void answer_as(struct fixture *f, const char *id, const char *name, int64_t said_uid,
                      int64_t uid, const char *print, const char *answer, const char *more)
{
    static int number;
    char *path = xasprintf("%s/%s.%s%d.answer", f->box, id, answer, ++number);
    char *text = xasprintf("{\"schema\":\"runbook.answer/1\",\"id\":\"%s\",\"fingerprint\":\"%s\","
                           "\"answer\":\"%s\",\"by\":{\"name\":\"%s\",\"uid\":%lld%s}}",
                           id, print, answer, name, (long long)said_uid, more);
    struct err err;

    assert_ok(file_write_atomic(path, str_from(text), 0644, &err), &err);
    if (uid >= 0)
        assert_int_equal(chown(path, (uid_t)uid, (gid_t)-1), 0);
    free(path);
    free(text);
}

static void test_own_file(void **state)
{
    struct fixture *f = *state;
    const char *id = ask(f);
    struct identity me;

    identity_read(&me);
    confirm(f, id);
    answer_as(f, id, me.user, me.uid, -1, request(f, id)->fingerprint, "approve", "");
    assert_true(turn_until(f, told, "it is the one who asked"));
    nothing_done(f, id);
    answer_as(f, id, "bob", 65533, -1, request(f, id)->fingerprint, "approve", "");
    assert_true(turn_until(f, told, "not of the person that it names"));
    nothing_done(f, id);
    answer_as(f, id, me.user, me.uid, -1, "", "reject", "");
    assert_true(turn_until(f, is_over, id));
    assert_int_equal(request(f, id)->state, APPROVAL_REJECTED);
    nothing_done(f, id);
}

static void test_file_of_another(void **state)
{
    struct fixture *f = *state;
    const struct passwd *pw = getpwnam("daemon");
    const char *id;
    int64_t other;

    if (getuid() != 0 || !pw)
        skip();
    other = (int64_t)pw->pw_uid;
    id = ask(f);
    confirm(f, id);
    answer_as(f, id, "daemon", other, other, "0123", "approve", "");
    assert_true(turn_until(f, told, "another version"));
    answer_as(f, id, "daemon", other, other, request(f, id)->fingerprint, "approve",
              ",\"sudo_user\":\"root\",\"tty\":\"?\"");
    assert_true(turn_until(f, is_over, id));
    assert_int_equal(nice_of(f), 3);
}

/* The one answer that lies in the box. */
static const char *only_answer(struct fixture *f, char path[512])
{
    DIR *d = opendir(f->box);
    struct dirent *e;

    assert_non_null(d);
    while ((e = readdir(d)) && !str_ends(str_from(e->d_name), ".answer"))
        ;
    assert_non_null(e);
    snprintf(path, 512, "%s/%s", f->box, e->d_name);
    closedir(d);
    return path;
}

/* Writable by others, a link, a second name: none of them is looked at. */
static void test_odd_files(void **state)
{
    struct fixture *f = *state;
    const struct passwd *pw = getpwnam("daemon");
    const char *id;
    char path[512], link_name[600], other[600];

    if (getuid() != 0 || !pw)
        skip();
    id = ask(f);
    confirm(f, id);
    answer_as(f, id, "daemon", pw->pw_uid, pw->pw_uid, request(f, id)->fingerprint, "approve", "");
    assert_int_equal(chmod(only_answer(f, path), 0666), 0); /* before it was looked at */
    snprintf(link_name, sizeof(link_name), "%s/x", f->box);
    assert_int_equal(link(path, link_name), 0);
    snprintf(other, sizeof(other), "%s/%s.a.answer", f->box, id);
    assert_int_equal(symlink(link_name, other), 0);
    snprintf(other, sizeof(other), "%s/%s.b.answer", f->box, id);
    assert_int_equal(mkfifo(other, 0644), 0);
    for (int64_t end = clock_system()->now_ms(clock_system()) + 1500;
         clock_system()->now_ms(clock_system()) < end;)
        loop_turn(f->loop, true);
    nothing_done(f, id);
}

/* A-30, T2: where the tiers hold, a file is not enough; a token is. */
static void test_tiers_want_tokens(void **state)
{
    struct fixture *f = *state;
    const struct passwd *pw = getpwnam("daemon");
    const char *id;
    struct token t;

    if (getuid() != 0 || !pw)
        skip();
    engine_free(f->engine);
    load_policy(f, "  tiers: true\n");
    open_session(f);
    id = ask(f);
    confirm(f, id);
    answer_as(f, id, "daemon", pw->pw_uid, pw->pw_uid, request(f, id)->fingerprint, "approve", "");
    assert_true(turn_until(f, told, "wants a signed token"));
    nothing_done(f, id);
    t = token_for(f, id);
    hand_in(f, &t, f->key, id);
    assert_true(turn_until(f, is_over, id));
    assert_int_equal(nice_of(f), 3);
}

/* A-29, L3: where there are senior persons, one of them has to be among those who approve. */
static void test_senior(void **state)
{
    struct fixture *f = *state;
    const struct passwd *pw = getpwnam("daemon");
    const char *id;
    struct token t;

    if (getuid() != 0 || !pw)
        skip();
    engine_free(f->engine);
    f->senior = true;
    load_policy(f, "");
    open_session(f);
    id = ask(f);
    confirm(f, id);
    answer_as(f, id, "daemon", pw->pw_uid, pw->pw_uid, request(f, id)->fingerprint, "approve", "");
    assert_true(turn_until(f, told, "wants a senior person"));
    nothing_done(f, id);
    t = token_for(f, id);
    hand_in(f, &t, f->key, id);
    assert_true(turn_until(f, is_over, id));
    assert_int_equal(nice_of(f), 3);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_token_and_confirmation),
        TEST(test_token_first),
        TEST(test_no_such_token),
        TEST(test_used_token),
        TEST(test_another_run),
        TEST(test_own_file),
        TEST(test_file_of_another),
        TEST(test_odd_files),
        TEST(test_tiers_want_tokens),
        TEST(test_senior),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
