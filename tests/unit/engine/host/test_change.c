/* test_change.c - which change explains what is off: what it must have to do with it, and when it
 * must have come. R-10. */
#include "tests/lib/unit.h"

#include <string.h>

#include "runbook/codec/json.h"
#include "src/engine/host/change.h"

#define ONSET 1700000000000.0
#define PROCESS                                                                                    \
    "{\"pid\":42,\"command\":\"shopd\",\"exe\":\"/opt/shop/bin/shopd\",\"cmdline\":"               \
    "\"shopd --config /etc/shop/main.conf\",\"cgroup\":\"/system.slice/checkout.service\"}"

static const struct value *doc(struct arena *a, const char *text)
{
    const struct value *v;
    struct err err = ERR_INIT;

    assert_ok(json_parse(a, str_from(text), &v, &err), &err);
    return v;
}

static const char *relates(struct arena *a, const char *change)
{
    struct host_view v = {.arena = a, .host = "web-3"};

    return change_relates(&v, doc(a, change), doc(a, PROCESS), NULL);
}

static void test_relation(void **state)
{
    struct arena *a = arena_new(0);
    struct host_view v = {.arena = a, .host = "web-3"};

    (void)state;
    assert_non_null(relates(a, "{\"what\":\"/opt/shop/bin/shopd\"}"));
    assert_non_null(relates(a, "{\"what\":\"/etc/shop/main.conf\"}"));
    assert_non_null(relates(a, "{\"what\":\"/etc/systemd/system/checkout.service\"}"));
    assert_non_null(relates(a, "{\"what\":\"shopd:amd64\"}"));
    assert_non_null(relates(a, "{\"what\":\"/x/old\",\"pid\":42}"));
    assert_null(relates(a, "{\"what\":\"/x/old\",\"pid\":43}"));
    assert_null(relates(a, "{\"what\":\"/etc/shop/main.conf.bak2\"}"));
    assert_null(relates(a, "{\"what\":\"/etc/shopdoor/a\"}"));
    assert_null(relates(a, "{\"what\":\"tzdata\"}"));
    assert_non_null(relates(a, "{\"what\":\"web\",\"container\":\"checkout.service\"}"));
    assert_null(relates(a, "{\"what\":\"web\",\"container\":\"0123456789abcdef\"}"));
    assert_non_null(
        change_relates(&v, doc(a, "{\"what\":\"nginx:amd64\"}"), NULL, "nginx.service"));
    assert_null(change_relates(&v, doc(a, "{\"what\":\"nginx:amd64\"}"), NULL, NULL));
    assert_null(change_relates(&v, doc(a, "{\"what\":\"nginx\"}"), NULL, "a.service"));
    arena_free(a);
}

static struct change_verdict find(struct arena *a, double ts_ms, const char *what)
{
    struct host_view v = {.arena = a, .host = "web-3"};
    char text[512];

    snprintf(text, sizeof(text),
             "{\"changes\":[{\"ts_ms\":%.0f,\"kind\":\"login\",\"what\":\"shopd\"},"
             "{\"ts_ms\":%.0f,\"kind\":\"package\",\"what\":\"tzdata\"},"
             "{\"ts_ms\":%.0f,\"kind\":\"config\",\"what\":\"%s\"}]}",
             ONSET, ONSET - 1000, ts_ms, what);
    return change_find(&v, doc(a, text), doc(a, PROCESS), NULL, ONSET);
}

/* Its own change is strong, another one of that time weak; both only shortly before the onset. */
static void test_time(void **state)
{
    struct arena *a = arena_new(0);
    const char *own = "/etc/shop/main.conf";
    struct change_verdict c;

    (void)state;
    assert_int_equal(find(a, ONSET - 900000, own).strength, STRENGTH_STRONG);
    assert_int_equal(find(a, ONSET - 901000, own).strength, STRENGTH_WEAK); /* tzdata's */
    assert_int_equal(find(a, ONSET + 60000, own).strength, STRENGTH_STRONG);
    assert_int_equal(find(a, ONSET + 61000, own).strength, STRENGTH_WEAK);
    c = find(a, ONSET - 5000, "/etc/motd");
    assert_int_equal(c.strength, STRENGTH_WEAK);
    assert_null(c.why);
    assert_true(c.before_s == 1);
    c = change_find(&(struct host_view){.arena = a}, doc(a, "{\"changes\":[]}"), NULL, NULL, ONSET);
    assert_null(c.change);
    assert_int_equal(c.strength, STRENGTH_NONE);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_relation),
        cmocka_unit_test(test_time),
    };

    return cmocka_run_group_tests_name("host_change", tests, NULL, NULL);
}
