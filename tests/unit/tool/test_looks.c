/* test_looks.c - looks at a machine: what recordings become, what hostile answers do not, and each
 * of them once on this machine; the tar archive of a session's results. R-76 R-10 U-15 */
#include "tests/lib/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/codec/json.h"
#include "runbook/model/intent.h"
#include "runbook/model/model.h"
#include "runbook/tool/tool.h"
#include "runbook/tool/toolenv.h"
#include "src/tool/look.h"
#include "tests/lib/tmpdir.h"

#define NOW_MS INT64_C(1795283652000)

static struct {
    struct arena *arena;
    char summary[256];
    int64_t rows;
    struct err err;
} got;

/* The document of a recording; NULL: refused, got.err says why. */
static const struct value *read_look(const struct look_def *d, const char *args, struct str said)
{
    struct buf body = BUF_INIT((size_t)16 << 20);
    const struct value *doc = NULL, *given = NULL;
    struct err err = ERR_INIT;

    if (got.arena)
        arena_free(got.arena);
    got.arena = arena_new(0);
    got.err = (struct err)ERR_INIT;
    got.rows = 0;
    got.summary[0] = '\0';
    assert_ok(json_parse(got.arena, str_from(args), &given, &err), &err);
    if (!look_document(d, "web-3", given, NOW_MS, said, &body, got.summary, &got.rows, &got.err))
        assert_ok(json_parse(got.arena, str_from(arena_str(got.arena, buf_str(&body))), &doc, &err),
                  &err);
    buf_release(&body);
    return doc;
}

static const struct value *read_text(const struct look_def *d, const char *args, const char *said)
{
    return read_look(d, args, str_from(said));
}

static const char *text_at(const struct value *doc, const char *path)
{
    const struct value *v = value_path(doc, path);

    if (!v || v->type != VALUE_STRING)
        fail_msg("no text at %s", path);
    return arena_str(got.arena, v->u.string);
}

static double num_at(const struct value *doc, const char *path)
{
    const struct value *v = value_path(doc, path);

    if (!v || v->type != VALUE_NUMBER)
        fail_msg("no number at %s", path);
    return v->u.number;
}

static bool bool_at(const struct value *doc, const char *path)
{
    const struct value *v = value_path(doc, path);

    if (!v || v->type != VALUE_BOOL)
        fail_msg("no truth at %s", path);
    return v->u.boolean;
}

static void test_audit(void **state)
{
    const struct value *doc = read_text(&look_audit, "{}",
                                        "checked\tlisten\n"
                                        "fact\told-key\t/root/.ssh/authorized_keys\tunchanged\n"
                                        "fact\tno-password\tguest\tin /etc/shadow\n"
                                        "fact\tno-password\toper\tin /etc/shadow\n"
                                        "fact\tno-such-check\tx\ty\n"
                                        "gap\trules of sudo\tfor root only\tdenied\n"
                                        "end\n");

    (void)state;
    assert_non_null(doc);
    assert_string_equal(text_at(doc, "worst"), "high");
    assert_string_equal(text_at(doc, "findings.0.check"), "no-password");
    assert_int_equal(num_at(doc, "findings.0.count"), 2);
    assert_string_equal(text_at(doc, "findings.0.items.1.what"), "oper");
    assert_string_equal(text_at(doc, "findings.1.severity"), "low");
    assert_null(value_path(doc, "findings.2"));
    assert_int_equal(num_at(doc, "counts.high"), 1);
    assert_string_equal(text_at(doc, "gaps.0.code"), "denied");
    doc = read_text(&look_audit, "{}", "checked\tlisten\nend\n");
    assert_string_equal(text_at(doc, "worst"), "none");
}

static void test_capacity(void **state)
{
    /* Two cores: 10 of 100 ticks busy meanwhile, and 20 of 1000 since the start. */
    const struct value *doc =
        read_text(&look_capacity, "{}",
                  "cpu\t2\t890\t900\t980\t1000\t0.1\t0.1\t0.2\t3600\n"
                  "mem\t1000000\t900000\t0\t0\n"
                  "fs\text4\t1000000\t100000\t900000\t/\n"
                  "group\tsystem.slice/a.service\t1000\t100000\t2000\t100000/100000\t0\t500000\t"
                  "1.0\t2.0\nend\n");

    (void)state;
    assert_non_null(doc);
    assert_float_equal(num_at(doc, "cpu.busy_cores"), 0.2, 1e-6);
    assert_string_equal(text_at(doc, "verdict"), "idle");
    assert_string_equal(text_at(doc, "spare.0.what"), "processors");
    assert_float_equal(num_at(doc, "groups.0.cpu_used"), 0.5, 1e-6);
    assert_float_equal(num_at(doc, "groups.0.memory_used_share"), 0.02, 1e-6);
    assert_non_null(strstr(text_at(doc, "money"), "not known to a machine"));
    doc = read_text(&look_capacity, "{}",
                    "cpu\t2\t0\t1000\t1\t1100\t9\t9\t9\t3600\nmem\t1000000\t50000\t0\t0\nend\n");
    assert_string_equal(text_at(doc, "verdict"), "tight");
    doc = read_text(&look_capacity, "{}",
                    "cpu\t2\t400\t1000\t440\t1100\t1\t1\t1\t3600\nmem\t1000\t600\t0\t0\nend\n");
    assert_string_equal(text_at(doc, "verdict"), "spare"); /* memory: 60 % unused */
    doc = read_text(&look_capacity, "{}",
                    "cpu\t2\t400\t1000\t440\t1100\t1\t1\t1\t3600\nmem\t1000\t400\t0\t0\nend\n");
    assert_string_equal(text_at(doc, "verdict"), "fits");
}

static const char reclaim_said[] =
    "fs\t10000\t9500\t500\ninodes\t100\t50\n"
    "file\t900\t1795283000\t0\t/srv/app/app.log\n"      /* open for writing */
    "file\t800\t1794000000\t0\t/srv/app/app.log.1\n"    /* put aside */
    "file\t790\t1794000000\t0\t/srv/app/app.log.2.gz\n" /* somebody reads it */
    "file\t700\t1794000000\t0\t/srv/app/core.4711\n"    /* a dump */
    "file\t600\t1794000000\t0\t/srv/app/data.db\n"      /* never */
    "file\t500\t1795283000\t0\t/srv/app/new.tar.gz\n"   /* somebody's work of today */
    "file\t400\t1794000000\t0\t/srv/app/dump-may.sql\n" /* old */
    "file\t300\t1794000000\t0\t/tmp/x\n"                /* old and open: not touched */
    "file\t200\t1794000000\t0\t/tmp/y\n"
    "open\t42\tapp\tw\t/srv/app/app.log\n"
    "open\t43\tless\tr\t/srv/app/app.log.2.gz\n"
    "open\t44\tcc\tr\t/tmp/x\n"
    "held\t5000\t77\tjava\t3\t/srv/app/gone.log\n"
    "now\t1795283652\nend\n";

static void test_reclaim(void **state)
{
    const struct value *doc = read_text(&look_reclaim, "{\"path\":\"/srv\"}", reclaim_said);

    (void)state;
    assert_non_null(doc);
    assert_float_equal(num_at(doc, "used"), 0.95, 1e-6);
    assert_string_equal(text_at(doc, "log.path"), "/srv/app/app.log");
    assert_string_equal(text_at(doc, "log.action"), "truncate");
    assert_int_equal(num_at(doc, "log.pid"), 42);
    assert_string_equal(text_at(doc, "old_log.path"), "/srv/app/app.log.1");
    assert_string_equal(text_at(doc, "core.path"), "/srv/app/core.4711");
    assert_string_equal(text_at(doc, "archive.path"), "/srv/app/dump-may.sql");
    assert_string_equal(text_at(doc, "archive.action"), "ask");
    assert_string_equal(text_at(doc, "temp.path"), "/tmp/y");
    assert_int_equal(num_at(doc, "held.pid"), 77);
    assert_null(value_path(doc, "cache"));
    assert_int_equal(num_at(doc, "count"), 6);
    doc = read_text(&look_reclaim, "{\"path\":\"/srv\"}", "fs\t10\t5\t5\nnow\t1\nend\n");
    assert_int_equal(num_at(doc, "count"), 0);
    /* Another user's, and nobody sees whether it is open: left alone. One's own is not. */
    doc = read_text(&look_reclaim, "{\"path\":\"/srv\"}",
                    "fs\t10\t5\t5\nme\t1000\nfile\t200\t1794000000\t0\t/tmp/y\n"
                    "file\t100\t1794000000\t1000\t/tmp/z\nnow\t1795283652\nend\n");
    assert_string_equal(text_at(doc, "temp.path"), "/tmp/z");
    assert_int_equal(num_at(doc, "count"), 1);
    doc = read_text(&look_reclaim, "{\"path\":\"/srv\"}", "fs\t10\t5\t5\nnow\t1\nend\n");
    assert_int_equal(num_at(doc, "count"), 0);
    assert_null(value_path(doc, "log"));
}

static void test_states(void **state)
{
    const struct value *doc =
        read_text(&look_filesystem, "{}",
                  "fs\text4\t1000\t950\t50\t/dev/sda1\t/var\noptions\tro,relatime\nerrors\t3\n"
                  "inodes\t100\t10\nend\n");

    (void)state;
    assert_true(bool_at(doc, "read_only"));
    assert_true(bool_at(doc, "full"));
    assert_int_equal(num_at(doc, "errors"), 3);
    doc = read_text(&look_filesystem, "{}",
                    "fs\text4\t1000\t900\t100\t/dev/sda1\t/var\noptions\trw,errors=remount-ro\n"
                    "end\n");
    assert_false(bool_at(doc, "read_only"));
    assert_false(bool_at(doc, "full"));
    doc = read_text(&look_group, "{\"group\":\"a\"}",
                    "value\tcpu.max\t50000 100000\nvalue\tmemory.max\tmax\nprocs\t2\n"
                    "proc\t5\tapp\ncpu.stat\tnr_throttled\t9\nend\n");
    assert_float_equal(num_at(doc, "cpu_cores"), 0.5, 1e-9);
    assert_int_equal(num_at(doc, "throttled"), 9);
    assert_int_equal(num_at(doc, "members.0.pid"), 5);
    assert_int_equal(value_path(doc, "memory_limit")->type, VALUE_NULL);
    doc = read_text(&look_group, "{\"group\":\"a\"}",
                    "value\tcpu.cfs_quota_us\t200000\nvalue\tcpu.cfs_period_us\t100000\nprocs\t0\n"
                    "end\n");
    assert_float_equal(num_at(doc, "cpu_cores"), 2, 1e-9);
    doc = read_text(&look_unit, "{\"unit\":\"a\"}",
                    "manager\tsystemd\nvalue\tActiveState\tfailed\nvalue\tNRestarts\t7\nend\n");
    assert_false(bool_at(doc, "running"));
    assert_int_equal(num_at(doc, "restarts"), 7);
    doc = read_text(&look_unit, "{\"unit\":\"a\"}",
                    "manager\trunit\nvalue\tActiveState\trun\nvalue\tMainPID\t12\nend\n");
    assert_true(bool_at(doc, "running"));
    assert_null(read_text(&look_unit, "{\"unit\":\"a\"}",
                          "manager\tsystemd\nvalue\tLoadState\tnot-found\nend\n"));
    assert_int_equal(got.err.code, ERR_NOT_FOUND);
    doc = read_text(&look_names, "{\"name\":\"db\"}",
                    "server\t10.0.0.1\nasked\t0\t12\naddress\t10.0.0.9\ncache\tnscd\nend\n");
    assert_true(bool_at(doc, "found"));
    assert_string_equal(text_at(doc, "cache"), "nscd");
    doc = read_text(&look_names, "{\"name\":\"db\"}", "asked\t2\t5000\nend\n");
    assert_false(bool_at(doc, "found"));
}

static void test_git(void **state)
{
#define HASH_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
    const struct value *doc = read_text(&look_git, "{}",
                                        "top\t/srv/app\nhead\t" HASH_A "\tmain\ndirty\t0\n"
                                        "commit\t" HASH_A "\t1795283600\tann\tHEAD\tbreak it\n"
                                        "commit\t" HASH_B "\t1795280000\tann\t\tworks\n"
                                        "ref\tv1\t" HASH_B "\t\t1795280000\n"
                                        "asked\tv1\t" HASH_B "\nend\n");

    (void)state;
    assert_true(bool_at(doc, "clean"));
    assert_string_equal(text_at(doc, "previous.hash"), HASH_B);
    assert_string_equal(text_at(doc, "commits.0.subject"), "break it");
    assert_false(bool_at(doc, "asked.current"));
    doc = read_text(&look_git, "{}", "top\t/srv/app\nhead\t" HASH_A "\tmain\ndirty\t2\nend\n");
    assert_false(bool_at(doc, "clean"));
    assert_null(value_path(doc, "previous"));
    assert_null(value_path(doc, "asked"));
    assert_null(read_text(&look_git, "{}", "error\t/srv is no git repository\n"));
    assert_non_null(strstr(got.err.msg, "no git repository"));
}

static void test_capture(void **state)
{
    const struct value *doc = read_text(&look_capture, "{}",
                                        "section\tuname\tuname -a\n|Linux\tx \033[31m\n|two\n\n"
                                        "section\tempty\tnothing\ngap\tss\tthere is no ss\t"
                                        "not_found\nend\n");

    (void)state;
    assert_string_equal(text_at(doc, "sections.0.name"), "uname");
    assert_null(strchr(text_at(doc, "sections.0.text"), '\033'));
    assert_non_null(strstr(text_at(doc, "sections.0.text"), "\ntwo\n"));
    assert_int_equal(num_at(doc, "sections.1.bytes"), 0);
    assert_string_equal(text_at(doc, "gaps.0.what"), "ss");
}

static const struct look_def *const all_looks[] = {&look_audit,      &look_capacity, &look_reclaim,
                                                   &look_filesystem, &look_group,    &look_git,
                                                   &look_unit,       &look_names,    &look_capture};
#define LOOKS (sizeof(all_looks) / sizeof(*all_looks))

static void test_cut_and_empty(void **state)
{
    const struct value *doc = read_text(&look_audit, "{}", "checked\tlisten\nfact\told-k");

    (void)state;
    assert_non_null(doc);
    assert_string_equal(text_at(doc, "gaps.0.code"), "limit");
    for (size_t i = 0; i < LOOKS; i++) {
        assert_null(read_text(all_looks[i], "{}", ""));
        assert_int_equal(got.err.code, ERR_REMOTE);
        assert_null(read_text(all_looks[i], "{}", "Last login: yesterday\nerror\tgone\n"));
        assert_int_equal(got.err.code, ERR_NOT_FOUND);
    }
}

/* A line that is too long ends at a blank: half a secret would not be known as one. */
static void test_cut_at_word(void **state)
{
    (void)state;
    for (size_t before = 1; before < 28; before++) { /* the limit is on each byte of the secret */
        struct buf line = BUF_INIT(65536);
        const struct value *doc;

        buf_adds(&line, "section\tps\tps\n|");
        for (size_t i = 0; i < 4096 - before; i++)
            buf_addc(&line, i % 5 == 4 ? ' ' : 'w');
        buf_adds(&line, " mysql://a:Plant3dProcDsn@h/x\nend\n");
        doc = read_text(&look_capture, "{}", buf_cstr(&line));
        assert_non_null(doc);
        assert_null(strstr(text_at(doc, "sections.0.text"), "mysql"));
        buf_release(&line);
    }
}

/* Bytes changed, lines doubled and cut: a document or an error, always valid JSON. */
static void test_hostile(void **state)
{
    unsigned seed = 7;

    (void)state;
    for (int round = 0; round < 600; round++) {
        struct buf said = BUF_INIT(1 << 20);

        for (int copies = 0; copies < 3; copies++)
            buf_adds(&said, reclaim_said);
        buf_adds(&said, "cpu\t2\t1\t2\nmem\tnan\tinf\t-1\t1e999\nvalue\tcpu.max\t/\nhead\tx\n");
        for (int i = 0; i < 40; i++) {
            seed = seed * 1103515245U + 12345U;
            said.ptr[(seed >> 8) % said.len] = (char)("\t\n\0|\377\303x9"[(seed >> 4) % 8]);
        }
        read_look(all_looks[round % (int)LOOKS], "{\"path\":\"/\"}", buf_str(&said));
        buf_release(&said);
    }
}

static void test_paths(void **state)
{
    (void)state;
    assert_true(look_path_ok("/var/log"));
    assert_true(look_path_ok("/var/..log"));
    assert_false(look_path_ok("var"));
    assert_false(look_path_ok("/var/../etc"));
    assert_false(look_path_ok("/var/.."));
    assert_false(look_path_ok("/var\n"));
    assert_false(look_path_ok(""));
}

/* ---- on this machine ---- */

struct answer {
    struct loop *loop;
    enum tool_status status;
    struct buf body;
    struct err err;
};

static void done(void *ctx, tool_id id, struct tool_result *result, int64_t duration_ms)
{
    struct answer *a = ctx;

    (void)id;
    (void)duration_ms;
    a->status = result->status;
    a->err = result->err;
    buf_add_str(&a->body, buf_str(&result->body));
    loop_stop(a->loop);
}

/* The document; NULL: it failed, got.err says why. */
static const struct value *run(struct tool_env *env, const char *tool, const char *args,
                               bool cancel)
{
    struct loop *l = loop_new(clock_system());
    struct host_pool *pool = host_pool_new(l, NULL);
    struct answer a = {.loop = l};
    struct tool_runner *r;
    const struct value *doc = NULL;
    struct err err = ERR_INIT;
    tool_id id;

    env->loop = l;
    env->hosts = pool;
    buf_init(&a.body, (size_t)16 << 20);
    r = tool_runner_new(l, env);
    assert_ok(tool_run(r, tool, str_from(args), done, &a, &id, &err), &err);
    if (cancel)
        tool_run_cancel(r, id);
    loop_run(l);
    tool_runner_free(r);
    host_pool_free(pool);
    loop_free(l);
    if (got.arena)
        arena_free(got.arena);
    got.arena = arena_new(0);
    got.err = a.err;
    if (a.status == TOOL_OK || a.status == TOOL_EMPTY)
        assert_ok(
            json_parse(got.arena, str_from(arena_str(got.arena, buf_str(&a.body))), &doc, &err),
            &err);
    buf_release(&a.body);
    return doc;
}

static void test_here(void **state)
{
    struct tool_env env = {0};
    char *dir = tmpdir_new(), *path = xasprintf("%s/app.log", dir), *args;
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    static char block[300000];
    const struct value *doc;

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, block, sizeof(block)), sizeof(block));
    args = xasprintf("{\"path\":\"%s\",\"min_kib\":1}", dir);
    doc = run(&env, "host_reclaim", args, false);
    if (!doc)
        fail_msg("%s", got.err.msg);
    assert_string_equal(text_at(doc, "log.path"), path);
    assert_int_equal(num_at(doc, "log.pid"), getpid());
    free(args);
    args = xasprintf("{\"path\":\"%s\"}", dir);
    doc = run(&env, "host_filesystem", args, false);
    assert_true(num_at(doc, "total") > 0);
    assert_null(run(&env, "host_filesystem", "{\"path\":\"/no/such/place\"}", false));
    assert_int_equal(got.err.code, ERR_NOT_FOUND);
    assert_null(run(&env, "host_filesystem", "{\"path\":\"etc\"}", false));
    assert_int_equal(got.err.code, ERR_INPUT);
    assert_null(run(&env, "host_capture", "{}", true));
    assert_int_equal(got.err.code, ERR_CANCELED);
    doc = run(&env, "host_names", "{\"name\":\"localhost\"}", false);
    assert_true(bool_at(doc, "found"));
    assert_null(run(&env, "host_names", "{\"name\":\"a b\"}", false));
    free(args);
    args = xasprintf("{\"repo\":\"%s\"}", dir);
    assert_null(run(&env, "host_git", args, false));
    assert_int_equal(got.err.code, ERR_NOT_FOUND);
    doc = run(&env, "host_top", "{\"window_ms\":200}", false);
    assert_true(num_at(doc, "cores") >= 1);
    assert_true(num_at(doc, "memory.rss") > 0);
    free(args);
    free(path);
    close(fd);
    tmpdir_free(dir);
}

/* ---- the archive ---- */

static bool read_blob(void *ctx, const char *hash, struct buf *out, struct err *err)
{
    (void)ctx;
    if (strcmp(hash, "aa") != 0) {
        err_set(err, ERR_NOT_FOUND, "no such blob");
        return false;
    }
    return buf_adds(out, "{\"n\":1}");
}

static void test_bundle(void **state)
{
    struct blob_source blobs = {read_blob, NULL};
    struct model m = {.id = "2026-11-21/x"};
    char *dir = tmpdir_new();
    struct tool_env env = {.model = &m, .blobs = &blobs, .bundles = dir};
    struct buf tar = BUF_INIT(1 << 20);
    const struct value *doc;
    struct stat st;

    (void)state;
    assert_null(run(&env, "bundle_write", "{}", false)); /* nothing was kept */
    assert_int_equal(got.err.code, ERR_NOT_FOUND);
    *VEC_PUSH(&m.tools) = (struct tool_run){.call = "c1",
                                            .tool = "host_top",
                                            .query = "q",
                                            .summary = "s",
                                            .ended = true,
                                            .blob = "aa",
                                            .content_type = "application/json"};
    *VEC_PUSH(&m.tools) = (struct tool_run){.call = "c2", .tool = "x", .ended = true, .blob = ""};
    doc = run(&env, "bundle_write", "{}", false);
    if (!doc)
        fail_msg("%s", got.err.msg);
    assert_int_equal(num_at(doc, "members"), 2);
    assert_string_equal(text_at(doc, "results.0.member"), "001-host_top.json");
    assert_int_equal(stat(text_at(doc, "path"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_non_null(strstr(text_at(doc, "path"), "runbook-2026-11-21-x.tar"));
    assert_ok(file_read(text_at(doc, "path"), &tar, &got.err), &got.err);
    assert_int_equal(tar.len % 512, 0);
    assert_memory_equal(tar.ptr + 257, "ustar", 6);
    assert_memory_equal(tar.ptr + 512, "{\"n\":1}", 7);
    assert_non_null(strstr(tar.ptr + 1024, "MANIFEST.json"));
    m.tools.items[0].blob = "bb"; /* a blob that is gone is no half archive */
    assert_null(run(&env, "bundle_write", "{}", false));
    VEC_RELEASE(&m.tools);
    buf_release(&tar);
    tmpdir_free(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_audit),         cmocka_unit_test(test_capacity),
        cmocka_unit_test(test_reclaim),       cmocka_unit_test(test_states),
        cmocka_unit_test(test_git),           cmocka_unit_test(test_capture),
        cmocka_unit_test(test_cut_and_empty), cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_paths),         cmocka_unit_test(test_here),
        cmocka_unit_test(test_bundle),        cmocka_unit_test(test_cut_at_word),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);

    if (got.arena)
        arena_free(got.arena);
    return rc;
}
