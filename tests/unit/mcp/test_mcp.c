/* The MCP client against a server that lies, stalls, cuts and floods, over both transports. U-21 */
#include "tests/lib/unit.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/mcp/mcp.h"
#include "runbook/tool/toolenv.h"

#define DEADLINE_MS 60000

static char fake[4096], base_url[64];

struct run {
    struct loop *loop;
    struct http_client *http;
    struct mcp *mcp;
    struct mcp_client *c;
    struct tool_env env;
    struct tool_runner *runner;
    bool called, over;
    enum tool_status status;
    char body[400], error[ERR_MSG_MAX], summary[256], type[60], progress[400];
    unsigned changes;
    tool_id id;
};

static void on_change(void *ctx, struct mcp_client *c)
{
    (void)c;
    ((struct run *)ctx)->changes++;
}

static void on_deadline(void *ctx)
{
    ((struct run *)ctx)->over = true;
}

/* Turn the loop until *done; fails after the deadline. */
static void wait_for(struct run *r, bool (*done)(struct run *r), const char *what)
{
    loop_id timer = loop_timer(r->loop, DEADLINE_MS, on_deadline, r);

    r->over = false;
    while (!done(r) && !r->over)
        loop_turn(r->loop, true);
    loop_timer_cancel(r->loop, timer);
    if (r->over)
        fail_msg("waited in vain: %s", what);
}

static bool is_settled(struct run *r)
{
    return mcp_settled(r->c);
}

static bool is_called(struct run *r)
{
    return r->called;
}

static const struct mcp_risk risks[] = {{"echo", RISK_READ}};

static const char *const roots[] = {"/srv/a b/#c/", NULL};

static void on_progress(void *ctx, const char *tool, const char *text)
{
    struct run *r = ctx;

    snprintf(r->progress, sizeof(r->progress), "%s: %s", tool, text);
}

static struct run *begin(const char *mode, bool http, int64_t timeout_ms)
{
    struct run *r = xcalloc(1, sizeof(*r));
    const char *argv[] = {fake, mode, NULL};
    char *url = xasprintf("%s/%s", base_url, mode);
    struct mcp_spec spec = {.name = "f", .risks = risks, .risk_count = 1, .timeout_ms = timeout_ms};
    struct err err;

    r->loop = loop_new(clock_system());
    r->http = http_client_new(r->loop, NULL);
    r->mcp = mcp_new(r->loop, r->http, NULL);
    if (http)
        spec.url = url;
    else
        spec.argv = argv;
    spec.roots = strcmp(mode, "roots") == 0 ? roots : NULL;
    assert_ok(mcp_add(r->mcp, &spec, &err), &err);
    mcp_on_progress(r->mcp, on_progress, r);
    r->c = mcp_find(r->mcp, "f");
    r->env = (struct tool_env){.loop = r->loop, .more = mcp_rows(r->mcp)};
    r->runner = tool_runner_new(r->loop, &r->env);
    mcp_on_change(r->mcp, on_change, r);
    mcp_start(r->mcp);
    wait_for(r, is_settled, mode);
    free(url);
    return r;
}

static void end(struct run *r)
{
    tool_runner_free(r->runner);
    mcp_free(r->mcp);
    http_client_free(r->http);
    loop_free(r->loop);
    free(r);
}

static struct mcp_status status(struct run *r)
{
    struct mcp_status s;

    mcp_status(r->c, &s);
    return s;
}

static void on_called(void *ctx, tool_id id, struct tool_result *result, int64_t duration_ms)
{
    struct run *r = ctx;

    (void)id;
    (void)duration_ms;
    r->called = true;
    r->status = result->status;
    snprintf(r->body, sizeof(r->body), "%s", buf_cstr(&result->body));
    snprintf(r->error, sizeof(r->error), "%s", result->err.msg);
    snprintf(r->summary, sizeof(r->summary), "%s", result->summary);
    snprintf(r->type, sizeof(r->type), "%s", result->content_type ? result->content_type : "");
}

static enum err_code start_call(struct run *r, const char *args, struct err *err)
{
    r->called = false;
    return tool_run(r->runner, "mcp_f_echo", str_from(args), on_called, r, &r->id, err);
}

static void call(struct run *r, const char *args)
{
    struct err err;

    assert_ok(start_call(r, args, &err), &err);
    wait_for(r, is_called, "the call");
}

static void call_row(struct run *r, const char *row, const char *args)
{
    struct err err;

    r->called = false;
    assert_ok(tool_run(r->runner, row, str_from(args), on_called, r, &r->id, &err), &err);
    wait_for(r, is_called, row);
}

/* Resources and prompts are rows, too: of high risk until they are classified. */
static void test_resources_and_prompts(void **state)
{
    struct run *r = begin("good", false, 0);
    struct err err;

    (void)state;
    assert_int_equal(status(r).tool_count, 1);
    assert_int_equal(mcp_tool_count(r->c), 5);
    assert_int_equal(tool_env_find(&r->env, "mcp_f_read_resource")->risk, RISK_HIGH);
    call_row(r, "mcp_f_list_resources", "{}");
    assert_int_equal(r->status, TOOL_OK);
    assert_string_equal(r->type, "application/json");
    assert_non_null(strstr(r->body, "\"uri\": \"a:b\""));
    call_row(r, "mcp_f_read_resource", "{\"uri\":\"a:b\"}");
    assert_string_equal(r->body, "the text of a:b");
    call_row(r, "mcp_f_list_prompts", "{}");
    assert_non_null(strstr(r->body, "\"name\": \"advice\""));
    call_row(r, "mcp_f_get_prompt", "{\"name\":\"advice\",\"arguments\":{\"who\":\"me\"}}");
    assert_non_null(strstr(r->body, "advice for me"));
    assert_int_equal(tool_run(r->runner, "mcp_f_get_prompt", str_from("{\"name\":1}"), on_called, r,
                              &r->id, &err),
                     ERR_INPUT);
    end(r);
}

static void expect_echo(const char *mode, bool http)
{
    struct run *r = begin(mode, http, 0);

    assert_int_equal(status(r).state, MCP_READY);
    call(r, "{\"text\":\"hello\"}");
    if (r->status != TOOL_OK || strcmp(r->body, "hello") != 0)
        fail_msg("%s: status %d body '%s' error '%s'", mode, (int)r->status, r->body, r->error);
    end(r);
}

static void test_good(void **state)
{
    static const char *const modes[] = {"good", "noise", "lie",   "badjson",
                                        "old",  "twice", "flood", NULL};

    (void)state;
    for (const char *const *m = modes; *m; m++)
        expect_echo(*m, false);
}

static void test_http_good(void **state)
{
    static const char *const modes[] = {"good", "json", "lie", "twice", NULL};

    (void)state;
    for (const char *const *m = modes; *m; m++)
        expect_echo(*m, true);
}

/* A tool is high until the user says otherwise, whatever the server says of it. */
static void test_risk_and_schema(void **state)
{
    struct run *r = begin("pages", false, 0);
    const struct tool_def *echo = tool_env_find(&r->env, "mcp_f_echo");
    const struct tool_def *second = tool_env_find(&r->env, "mcp_f_second");
    struct buf schema = BUF_INIT(10000);
    struct mcp_tool_info t;
    struct err err;

    (void)state;
    assert_non_null(echo);
    assert_non_null(second);
    assert_int_equal(echo->risk, RISK_READ);
    assert_int_equal(second->risk, RISK_HIGH);
    assert_true(mcp_tool_at(r->c, 0, &t) && t.classified && t.says_read_only);
    tool_schema(echo, &schema);
    assert_non_null(strstr(buf_cstr(&schema), "\"minimum\":1"));
    assert_int_equal(start_call(r, "{}", &err), ERR_INPUT);
    assert_string_equal(err.msg, "mcp_f_echo: 'text' is missing");
    assert_int_equal(start_call(r, "{\"text\":\"x\",\"n\":0}", &err), ERR_INPUT);
    assert_int_equal(start_call(r, "{\"text\":\"x\",\"q\":0}", &err), ERR_INPUT);
    buf_release(&schema);
    end(r);
}

/* Names and descriptions are made safe; nonsense is left out; the same cursor for ever ends. */
static void test_hostile_lists(void **state)
{
    struct run *r = begin("names", false, 0);
    struct mcp_tool_info t;

    (void)state;
    assert_int_equal(status(r).tool_count, 4);
    for (size_t i = 0; mcp_tool_at(r->c, i, &t); i++) {
        assert_true(strlen(t.row->name) <= 64);
        assert_int_equal(
            strspn(t.row->name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"),
            strlen(t.row->name));
        assert_null(strpbrk(t.row->help, "\x1b\x07"));
        assert_null(strstr(t.row->help, "\u202e"));
    }
    assert_null(strchr(status(r).title, 27));
    end(r);
    r = begin("loop", false, 0);
    assert_int_equal(status(r).state, MCP_READY);
    assert_int_equal(status(r).tool_count, 1);
    end(r);
}

/* A server sees what its configuration gives it, not the keys of our environment. */
static void test_environment(void **state)
{
    struct run *r;

    (void)state;
    setenv("MCP_TEST_SECRET", "sk-planted", 1);
    r = begin("env", false, 0);
    call(r, "{\"text\":\"x\"}");
    assert_string_equal(r->body, "it does not know");
    end(r);
    unsetenv("MCP_TEST_SECRET");
}

static void test_hostile_servers(void **state)
{
    struct run *r = begin("protocol", false, 0);

    (void)state;
    assert_int_equal(status(r).state, MCP_FAILED);
    assert_non_null(strstr(status(r).err.msg, "1999-01-01"));
    assert_null(*mcp_rows(r->mcp)->rows);
    end(r);
    r = begin("huge", false, 0);
    assert_int_equal(status(r).state, MCP_WAITING);
    assert_int_equal(status(r).err.code, ERR_LIMIT);
    end(r);
    r = begin("exit", false, 0);
    assert_int_equal(status(r).state, MCP_WAITING);
    assert_non_null(strstr(status(r).err.msg, "status 3"));
    assert_non_null(strstr(status(r).log, "cannot"));
    assert_null(strchr(status(r).log, 27));
    end(r);
    r = begin("flood", false, 0);
    assert_true(strlen(status(r).log) <= 9000);
    end(r);
}

static bool is_ready_again(struct run *r)
{
    return status(r).state == MCP_READY && r->changes >= 4;
}

/* A server that dies is lost, and found again; what it was asked fails at once. */
static void test_cut(void **state)
{
    struct run *r = begin("cut", false, 0);

    (void)state;
    call(r, "{\"text\":\"x\"}");
    assert_int_equal(r->status, TOOL_ERROR);
    assert_non_null(strstr(r->error, "the connection is lost: it ended with status 9"));
    assert_int_equal(status(r).state, MCP_WAITING);
    call(r, "{\"text\":\"x\"}"); /* the row is still there, and says so */
    assert_non_null(strstr(r->error, "not connected (waiting)"));
    r->changes = 2;
    wait_for(r, is_ready_again, "that it is connected again");
    end(r);
}

static bool log_has_cancel(struct run *r)
{
    return strstr(status(r).log, "canceled 3") != NULL;
}

static void test_stall(void **state)
{
    struct run *r = begin("stall", false, 3000);
    struct err err;

    (void)state;
    call(r, "{\"text\":\"x\"}");
    assert_int_equal(r->status, TOOL_TIMEOUT);
    assert_non_null(strstr(r->error, "no answer within"));
    wait_for(r, log_has_cancel, "that the server is told");
    end(r);
    r = begin("stall", false, 0);
    assert_ok(start_call(r, "{\"text\":\"x\"}", &err), &err);
    tool_run_cancel(r->runner, r->id);
    wait_for(r, is_called, "the cancel");
    assert_int_equal(r->status, TOOL_CANCELED);
    wait_for(r, log_has_cancel, "that the server is told");
    assert_int_equal(status(r).state, MCP_READY);
    end(r);
}

/* It may ping; it may not use our model. */
static void test_server_asks(void **state)
{
    struct run *r = begin("asks", false, 0);

    (void)state;
    call(r, "{\"text\":\"x\"}");
    assert_string_equal(r->body, "all answered");
    end(r);
    r = begin("roots", false, 0); /* folders were named for it */
    call(r, "{\"text\":\"x\"}");
    assert_string_equal(r->body, "all answered");
    end(r);
}

static bool has_second(struct run *r)
{
    return tool_env_find(&r->env, "mcp_f_second") && !tool_env_find(&r->env, "mcp_f_echo");
}

static void test_list_changed(void **state)
{
    struct run *r = begin("changed", false, 0);

    (void)state;
    call(r, "{\"text\":\"x\"}");
    wait_for(r, has_second, "the new list");
    end(r);
}

/* Over HTTP it comes on the stream that listens. */
static void test_http_push(void **state)
{
    struct run *r = begin("push", true, 0);

    (void)state;
    wait_for(r, has_second, "the new list");
    end(r);
}

static void test_results(void **state)
{
    struct run *r = begin("refuse", false, 0);

    (void)state;
    call(r, "{\"text\":\"x\"}");
    assert_int_equal(r->status, TOOL_ERROR);
    assert_null(strchr(r->error, 27));
    assert_non_null(strstr(r->error, "f: tools/call: not "));
    end(r);
    r = begin("iserror", false, 0);
    call(r, "{\"text\":\"x\"}");
    assert_int_equal(r->status, TOOL_ERROR);
    assert_string_equal(r->error, "f: it broke");
    assert_string_equal(r->body, "it broke");
    end(r);
    r = begin("image", false, 0);
    call(r, "{\"text\":\"x\"}");
    assert_string_equal(r->type, "image/png");
    assert_string_equal(r->summary, "image/png, 8 bytes");
    end(r);
    r = begin("good", false, 0);
    call(r, "{\"text\":\"a\\u001b[31mb\\u202e\"}");
    assert_null(strchr(r->summary, 27)); /* the body is the server's; what is shown of it is safe */
    end(r);
}

struct steps {
    struct run *r;
    unsigned count;
    double last;
    bool unsafe;
};

static void on_step(void *ctx, double progress, double total, struct str message)
{
    struct steps *s = ctx;

    s->count++;
    s->last = progress / total;
    s->unsafe = s->unsafe || memchr(message.ptr, 27, message.len);
}

static void on_reply(void *ctx, const struct mcp_reply *reply)
{
    struct steps *s = ctx;

    s->r->called = true;
    s->r->status = reply->err.code ? TOOL_ERROR : TOOL_OK;
    snprintf(s->r->error, sizeof(s->r->error), "%s", reply->err.msg);
}

static void test_progress(void **state)
{
    struct run *r = begin("progress", false, 0);
    struct steps s = {.r = r};
    struct err err;

    (void)state;
    assert_ok(mcp_request(r->c, "tools/call",
                          STR_LIT("{\"name\":\"echo\",\"arguments\":{\"text\":\"x\"}}"), on_reply,
                          on_step, &s, NULL, &err),
              &err);
    wait_for(r, is_called, "the call");
    assert_int_equal(s.count, 3);
    assert_true(s.last == 1.0 && !s.unsafe);
    call(r, "{\"text\":\"x\"}");
    assert_non_null(strstr(r->progress, "mcp_f_echo: 3 of 3: step"));
    assert_null(strchr(r->progress, 27));
    r->called = false;
    assert_ok(mcp_list(r->c, "resources/list", on_reply, &s, &err), &err);
    wait_for(r, is_called, "the list");
    assert_int_equal(r->status, TOOL_OK);
    r->called = false;
    assert_ok(mcp_request(r->c, "nonsense", STR_LIT("{}"), on_reply, NULL, &s, NULL, &err), &err);
    wait_for(r, is_called, "the refusal");
    assert_non_null(strstr(r->error, "unknown (code -32601)"));
    end(r);
}

static void test_http_faults(void **state)
{
    struct run *r = begin("denied", true, 0);

    (void)state;
    assert_int_equal(status(r).state, MCP_FAILED);
    assert_int_equal(status(r).err.code, ERR_DENIED);
    end(r);
    r = begin("html", true, 0);
    assert_int_equal(status(r).state, MCP_WAITING);
    assert_non_null(strstr(status(r).err.msg, "text/html"));
    end(r);
    r = begin("broken", true, 0);
    call(r, "{\"text\":\"x\"}");
    assert_non_null(strstr(r->error, "its answer broke off"));
    assert_int_equal(status(r).state, MCP_READY);
    end(r);
    r = begin("stall", true, 3000);
    call(r, "{\"text\":\"x\"}");
    assert_int_equal(r->status, TOOL_TIMEOUT);
    end(r);
}

/* A stream that breaks off goes on where it was; a session that is forgotten is begun anew. */
static void test_http_resume(void **state)
{
    struct run *r = begin("resume", true, 0);

    (void)state;
    call(r, "{\"text\":\"x\"}");
    assert_string_equal(r->body, "resumed");
    end(r);
    r = begin("forget", true, 0);
    call(r, "{\"text\":\"x\"}");
    assert_non_null(strstr(r->error, "forgotten the session"));
    r->changes = 2;
    wait_for(r, is_ready_again, "the new session");
    call(r, "{\"text\":\"again\"}");
    assert_string_equal(r->body, "again");
    end(r);
}

static void test_specs(void **state)
{
    struct loop *l = loop_new(clock_system());
    struct mcp *m = mcp_new(l, NULL, NULL);
    const char *argv[] = {"x", NULL};
    struct err err;

    (void)state;
    assert_int_equal(mcp_add(m, &(struct mcp_spec){.name = "a b", .argv = argv}, &err), ERR_INPUT);
    assert_int_equal(mcp_add(m, &(struct mcp_spec){.name = "", .argv = argv}, &err), ERR_INPUT);
    assert_int_equal(mcp_add(m, &(struct mcp_spec){.name = "a"}, &err), ERR_INPUT);
    assert_int_equal(
        mcp_add(m, &(struct mcp_spec){.name = "a", .argv = argv, .url = "http://x"}, &err),
        ERR_INPUT);
    assert_int_equal(mcp_add(m, &(struct mcp_spec){.name = "a", .argv = argv}, &err), ERR_OK);
    assert_int_equal(mcp_add(m, &(struct mcp_spec){.name = "a", .argv = argv}, &err), ERR_INPUT);
    assert_null(tool_env_find(&(struct tool_env){.more = mcp_rows(m)}, "mcp_a_x"));
    mcp_free(m);
    loop_free(l);
}

static pid_t start_http(void)
{
    char port[16] = "";
    int fds[2];
    pid_t pid;

    assert_int_equal(pipe(fds), 0);
    pid = fork();
    if (pid == 0) {
        dup2(fds[1], STDOUT_FILENO);
        execl(fake, fake, "http", (char *)NULL);
        _exit(127);
    }
    close(fds[1]);
    if (read(fds[0], port, sizeof(port) - 1) <= 0)
        mem_fatal("the fake server does not start");
    close(fds[0]);
    port[strcspn(port, "\n")] = 0;
    snprintf(base_url, sizeof(base_url), "http://127.0.0.1:%s", port);
    return pid;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resources_and_prompts),
        cmocka_unit_test(test_specs),
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_http_good),
        cmocka_unit_test(test_risk_and_schema),
        cmocka_unit_test(test_hostile_lists),
        cmocka_unit_test(test_hostile_servers),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_stall),
        cmocka_unit_test(test_server_asks),
        cmocka_unit_test(test_list_changed),
        cmocka_unit_test(test_results),
        cmocka_unit_test(test_progress),
        cmocka_unit_test(test_http_faults),
        cmocka_unit_test(test_http_resume),
        cmocka_unit_test(test_environment),
        cmocka_unit_test(test_http_push),
    };
    const char *build = getenv("RB_BUILDDIR");
    pid_t pid;
    int rc;

    snprintf(fake, sizeof(fake), "%s/tests/unit/mcp/fake_mcp", build ? build : ".");
    pid = start_http();
    rc = cmocka_run_group_tests(tests, NULL, NULL);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    return rc;
}
