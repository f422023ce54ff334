/* What a first run finds: names in the files of others, however they look, and a Prometheus. */
#include "tests/lib/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "src/app/found.h"
#include "tests/lib/tmpdir.h"

typedef void names_fn(struct str text, struct buf *out);

static void names(names_fn *fn, const char *text, const char *expected)
{
    struct buf out = BUF_INIT(START_TEXT_MAX);

    fn(str_from(text), &out);
    assert_string_equal(buf_cstr(&out), expected);
    buf_release(&out);
}

static void test_ssh_hosts(void **unused)
{
    (void)unused;
    names(found_ssh_hosts, "", "");
    names(found_ssh_hosts, "Host web-1\n  HostName 10.0.0.1\n", "web-1");
    names(found_ssh_hosts, "host a b\tc\nHOST = d\nHostKeyAlias x\nMatch host e\n", "a, b, c, d");
    names(found_ssh_hosts, "Host * !bad web-?\nHost\nHost   \n#Host z\n", "");
    names(found_ssh_hosts, "Host -oProxyCommand=x ok\n", "ok");
    names(found_ssh_hosts, "Host 1 2 3 4 5 6 7 8\n", "1, 2, 3, 4, 5, 6 and 2 more");
    names(found_ssh_hosts, "Host \"a b\" c\n", "a, b, c");
}

static void test_kube_and_aws(void **unused)
{
    (void)unused;
    names(found_kube_contexts, "contexts:\n- name: prod\n  context: {}\n- name: dev\n",
          "prod, dev");
    names(found_kube_contexts, "contexts: {}\n", "");
    names(found_kube_contexts, "contexts: [1, {name: [2]}, {nme: x}]\n", "");
    names(found_kube_contexts, "a: &b [*b]\n", "");
    names(found_kube_contexts, "\x01\x02: [", "");
    names(found_aws_profiles,
          "[default]\nregion=x\n[profile prod]\n[ profile  dev ]\n[sso-session y]\n",
          "default, prod, dev");
    names(found_aws_profiles, "[]\n[\n]\n[profile ]\n[profile", "");
    names(found_aws_credentials, "[default]\naws_access_key_id = x\n[ prod ]\n[]\n[\n",
          "default, prod");
}

static void test_long_names(void **unused)
{
    struct buf text = BUF_INIT(1 << 20);

    (void)unused;
    buf_adds(&text, "[profile ");
    for (int i = 0; i < 5000; i++)
        buf_adds(&text, "x");
    buf_adds(&text, "]\n[default]\n");
    names(found_aws_profiles, buf_cstr(&text), "default and 1 more");
    buf_release(&text);
}

static void test_version(void **unused)
{
    char v[32];

    (void)unused;
    assert_true(found_prometheus_version(
        str_from(
            "HTTP/1.0 200 OK\r\n\r\n{\"status\":\"success\",\"data\":{\"version\":\"2.42.0+ds\"}}"),
        v));
    assert_string_equal(v, "2.42.0");
    assert_false(found_prometheus_version(str_from("HTTP/1.0 200 OK\r\n\r\n<html>"), v));
    assert_false(found_prometheus_version(str_from(""), v));
    assert_false(found_prometheus_version(
        str_from("HTTP/1.1 200\r\n\r\n{\"status\":\"success\",\"data\":{\"version\":\"\033[2J\"}}"),
        v));
    assert_false(
        found_prometheus_version(str_from("SSH-2.0 \"status\":\"success\"\"version\":\"1"), v));
}

static void write_file(const char *dir, const char *name, const char *text)
{
    char *path = xasprintf("%s/%s", dir, name);
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    free(path);
}

/* Keys of the environment are named, and never shown. */
static void test_environment(void **unused)
{
    struct found *f;

    (void)unused;
    setenv("HOME", "/nonexistent", 1);
    setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE", 1);
    unsetenv("AWS_PROFILE");
    unsetenv("AWS_DEFAULT_REGION");
    setenv("AWS_REGION", "eu-west-1", 1);
    f = found_new();
    assert_true(found_read(f));
    assert_int_equal(found_start(f)->count, 2);
    assert_string_equal(found_start(f)->rows[1].text,
                        "keys of the environment, eu-west-1; asked when a question speaks of it");
    assert_ptr_equal(found_start(f)->examples, start_examples_aws);
    found_free(f);
    unsetenv("AWS_REGION");
    setenv("AWS_PROFILE", "prod", 1);
    f = found_new();
    assert_true(found_read(f));
    assert_string_equal(found_start(f)->rows[1].text,
                        "profile prod, no region is set; asked when a question speaks of it");
    found_free(f);
    unsetenv("AWS_PROFILE");
    unsetenv("AWS_ACCESS_KEY_ID");
    f = found_new();
    assert_false(found_read(f));
    assert_ptr_equal(found_start(f)->examples, start_examples);
    found_free(f);
}

static void test_files(void **unused)
{
    char *home = tmpdir_new(), *sub;
    struct found *f;

    (void)unused;
    setenv("HOME", home, 1);
    unsetenv("KUBECONFIG");
    unsetenv("AWS_CONFIG_FILE");
    f = found_new();
    assert_int_equal(found_start(f)->count, 1);
    assert_false(found_read(f)); /* nothing there */
    sub = xasprintf("%s/.ssh", home);
    mkdir(sub, 0700);
    write_file(sub, "config", "Host db-1 \033[31mevil\nHost db-2\n");
    assert_true(found_read(f));
    assert_int_equal(found_start(f)->count, 2);
    assert_non_null(strstr(found_start(f)->rows[1].text, "db-1, db-2"));
    assert_null(strstr(found_start(f)->rows[1].text, "evil")); /* no name that ssh may be given */
    found_free(f);

    /* A pipe, a folder, a file that is too large: nothing, and at once. */
    setenv("KUBECONFIG", sub, 1);
    free(sub);
    sub = xasprintf("%s/fifo", home);
    assert_int_equal(mkfifo(sub, 0600), 0);
    setenv("AWS_CONFIG_FILE", sub, 1);
    f = found_new();
    found_read(f);
    assert_int_equal(found_start(f)->count, 2);
    found_free(f);
    unsetenv("KUBECONFIG");
    unsetenv("AWS_CONFIG_FILE");
    free(sub);
    tmpdir_free(home);
}

/* A server of one answer. Returns its port; the socket in *ret_fd. */
static int listen_here(int *ret_fd)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(a);

    *ret_fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(*ret_fd, (struct sockaddr *)&a, len), 0);
    assert_int_equal(listen(*ret_fd, 64), 0);
    assert_int_equal(getsockname(*ret_fd, (struct sockaddr *)&a, &len), 0);
    return ntohs(a.sin_port);
}

static void count(void *ctx)
{
    ++*(int *)ctx;
}

static void use_port(int port)
{
    char text[16];

    snprintf(text, sizeof(text), "%d", port);
    setenv("RUNBOOK_START_PORT", text, 1);
}

/* The connection that the probe made, and what it sent; -1: its time was over before we looked. An
 * investigation by another test may be here as well, before it or after it. */
static int probed(struct loop *loop, int listener, char *got, size_t room)
{
    do {
        int client = accept(listener, NULL, NULL);
        ssize_t n = 0;

        if (client < 0)
            continue;
        while ((n = recv(client, got, room, MSG_DONTWAIT)) < 0 && errno == EAGAIN)
            if (!loop_turn(loop, true))
                break;
        if (n > 4 && strncmp(got, "GET /api/", 9) == 0)
            return client;
        close(client);
    } while (loop_turn(loop, true));
    return -1;
}

/* Asked and answered; false: the machine was too slow for the probe's time limit. */
static bool probe_once(struct loop *loop, int listener, struct found *f, int *called)
{
    static const char answer[] =
        "HTTP/1.0 200 OK\r\n\r\n{\"status\":\"success\",\"data\":{\"version\":\"2.42.0\"}}";
    char got[4096] = "";
    int client;

    found_probe(f, loop, count, called);
    client = probed(loop, listener, got, sizeof(got));
    if (client < 0)
        return false;
    assert_int_equal(memcmp(got, "GET /api/v1/status/buildinfo HTTP/1.0\r\n", 39), 0);
    send(client, answer, sizeof(answer) - 1, MSG_NOSIGNAL);
    close(client);
    while (loop_turn(loop, true)) /* until nothing is left to wait for */
        ;
    return *called > 0;
}

static void test_probe(void **unused)
{
    struct loop *loop = loop_new(clock_system());
    struct found *f = found_new();
    int listener, called = 0;

    (void)unused;
    use_port(listen_here(&listener));
    fcntl(listener, F_SETFL, O_NONBLOCK);
    for (int tries = 0; tries < 200 && !probe_once(loop, listener, f, &called); tries++) {
        found_free(f);
        f = found_new();
    }
    assert_int_equal(called, 1);
    assert_int_equal(found_start(f)->count, 2);
    assert_non_null(strstr(found_start(f)->rows[1].text, "2.42.0 answers"));
    found_free(f);

    /* Nobody there; somebody who says nothing; and going away meanwhile. */
    close(listener);
    f = found_new();
    found_probe(f, loop, count, &called);
    while (loop_turn(loop, true))
        ;
    found_free(f);
    use_port(listen_here(&listener));
    f = found_new();
    found_probe(f, loop, count, &called);
    while (loop_turn(loop, true)) /* ends by its own time limit */
        ;
    found_free(f);
    f = found_new();
    found_probe(f, loop, count, &called);
    found_free(f);
    assert_false(loop_turn(loop, false));
    assert_int_equal(called, 1);
    close(listener);
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ssh_hosts),   cmocka_unit_test(test_kube_and_aws),
        cmocka_unit_test(test_long_names),  cmocka_unit_test(test_version),
        cmocka_unit_test(test_environment), cmocka_unit_test(test_files),
        cmocka_unit_test(test_probe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
