/* test_service.c - patterns of services and logs: each fires on what it is for, is quiet on what it
 * is not, and turns exactly at its thresholds.. */
#include "tests/lib/unit.h"

#include <math.h>

#include "runbook/codec/json.h"
#include "src/engine/host/patterns.h"
#include "src/engine/host/said.h"

#define NOW "1795248000000"

struct look {
    struct arena *arena;
    struct host_view view;
    struct host_finding f;
    unsigned words;
};

static const struct value *parse(struct look *l, const char *json)
{
    const struct value *v = NULL;
    struct err err = ERR_INIT;

    if (json && json_parse(l->arena, str_from(json), &v, &err))
        fail_msg("%s: %s", json, err.msg);
    return v;
}

/* A document may be NULL: then it was not read. */
static struct host_finding *look(struct look *l, const struct host_pattern *p, const char *snapshot,
                                 const char *logs, const char *services)
{
    if (!l->arena)
        l->arena = arena_new(0);
    l->view = (struct host_view){.arena = l->arena, .host = "h", .words = l->words};
    l->view.snapshot = parse(l, snapshot ? snapshot : "{\"taken_ms\":" NOW "}");
    l->view.logs = parse(l, logs);
    l->view.services = parse(l, services);
    host_pattern_run(p, &l->view, &l->f);
    assert_non_null(l->f.evidence);
    return &l->f;
}

static void done(struct look *l)
{
    arena_free(l->arena);
}

static const char *text(struct look *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static const char *text(struct look *l, const char *fmt, ...)
{
    struct buf b = BUF_INIT(65536);
    const char *copy;
    va_list ap;

    if (!l->arena)
        l->arena = arena_new(0);
    va_start(ap, fmt);
    buf_addv(&b, fmt, ap);
    va_end(ap);
    copy = arena_strdup(l->arena, buf_cstr(&b));
    buf_release(&b);
    return copy;
}

#define FIRES(f, strength_, resource_)                                                             \
    do {                                                                                           \
        if ((f)->strength != (strength_))                                                          \
            fail_msg("%d: %s", (f)->strength, (f)->evidence);                                      \
        assert_string_equal((f)->resource, resource_);                                             \
    } while (0)
#define QUIET(f)                                                                                   \
    do {                                                                                           \
        if ((f)->strength <= STRENGTH_WEAK)                                                        \
            fail_msg("fired: %s", (f)->evidence);                                                  \
    } while (0)

/* ---- units ---- */

static const char *unit(struct look *l, const char *members)
{
    return text(l,
                "{\"taken_ms\":" NOW ",\"uptime_s\":90000,\"units\":{\"systemd\":true,\"list\":["
                "{\"name\":\"shop.service\",%s}]}}",
                members);
}

static void units_that_failed(void **state)
{
    static const char *const fires[] = {
        "\"active\":\"failed\",\"sub\":\"failed\",\"result\":\"exit-code\",\"exit_status\":1,"
        "\"changed_ms\":1795247990000",
        /* exactly an hour ago */
        "\"active\":\"failed\",\"sub\":\"failed\",\"result\":\"signal\",\"changed_ms\":"
        "1795244400000",
    };
    static const char *const quiet[] = {
        "\"active\":\"active\",\"sub\":\"running\"",
        "\"active\":\"failed\",\"changed_ms\":1795244399000", /* longer ago */
        "\"active\":\"failed\",\"result\":\"start-limit-hit\",\"changed_ms\":1795247990000",
    };
    struct look l = {NULL};

    for (size_t i = 0; i < 2; i++)
        FIRES(look(&l, &host_pattern_failed_unit, unit(&l, fires[i]), NULL, NULL), STRENGTH_STRONG,
              "host:h/unit:shop.service");
    for (size_t i = 0; i < 3; i++)
        QUIET(look(&l, &host_pattern_failed_unit, unit(&l, quiet[i]), NULL, NULL));
    QUIET(look(&l, &host_pattern_failed_unit, NULL, NULL, NULL));
    assert_non_null(strstr(l.f.evidence, "no systemd"));
    done(&l);
}

static void units_that_flap(void **state)
{
    static const char *const fires[] = {
        "\"active\":\"activating\",\"sub\":\"auto-restart\",\"restarts\":1",
        ("\"active\":\"failed\",\"sub\":\"failed\",\"result\":\"start-limit-hit\",\"changed_ms\":"
         "1795247990000"),
        "\"active\":\"active\",\"sub\":\"running\",\"restarts\":3,\"changed_ms\":1795247990000",
    };
    static const char *const quiet[] = {
        "\"active\":\"active\",\"sub\":\"running\",\"restarts\":2,\"changed_ms\":1795247990000",
        "\"active\":\"active\",\"sub\":\"running\",\"restarts\":9,\"changed_ms\":1795240000000",
    };
    struct look l = {NULL};

    for (size_t i = 0; i < 3; i++)
        FIRES(look(&l, &host_pattern_flapping_unit, unit(&l, fires[i]), NULL, NULL),
              STRENGTH_STRONG, "host:h/unit:shop.service");
    for (size_t i = 0; i < 2; i++)
        QUIET(look(&l, &host_pattern_flapping_unit, unit(&l, quiet[i]), NULL, NULL));
    done(&l);
}

static void units_that_never_start(void **state)
{
    struct look l = {NULL};

#define STARTING(type, since)                                                                      \
    unit(&l, "\"active\":\"activating\",\"sub\":\"start\",\"type\":\"" type                        \
             "\",\"started_ms\":" since)
    FIRES(look(&l, &host_pattern_activating_unit, STARTING("notify", "1795247940000"), NULL, NULL),
          STRENGTH_STRONG, "host:h/unit:shop.service");
    QUIET(look(&l, &host_pattern_activating_unit, STARTING("notify", "1795247940001"), NULL, NULL));
    QUIET(
        look(&l, &host_pattern_activating_unit, STARTING("oneshot", "1795240000000"), NULL, NULL));
    QUIET(look(&l, &host_pattern_activating_unit, STARTING("notify", "0"), NULL, NULL));
    done(&l);
}

static void units_that_were_stopped(void **state)
{
    static const char *const quiet[] = {
        "\"file_state\":\"enabled\",\"type\":\"oneshot\"",
        "\"file_state\":\"enabled\",\"triggered_by\":\"shop.timer\"",
        "\"file_state\":\"enabled\",\"unwanted\":true",
        "\"file_state\":\"disabled\"",
    };
    struct look l = {NULL};

#define INACTIVE(more)                                                                             \
    unit(&l, text(&l,                                                                              \
                  "\"active\":\"inactive\",\"sub\":\"dead\",\"wanted_by\":\"multi-user.target\","  \
                  "\"changed_ms\":1795247000000,%s",                                               \
                  more))
    FIRES(look(&l, &host_pattern_stopped_unit, INACTIVE("\"file_state\":\"enabled\""), NULL, NULL),
          STRENGTH_STRONG, "host:h/unit:shop.service");
    FIRES(look(&l, &host_pattern_stopped_unit,
               INACTIVE("\"file_state\":\"masked\",\"load\":\"masked\""), NULL, NULL),
          STRENGTH_STRONG, "host:h/unit:shop.service");
    for (size_t i = 0; i < sizeof(quiet) / sizeof(*quiet); i++)
        QUIET(look(&l, &host_pattern_stopped_unit, INACTIVE(quiet[i]), NULL, NULL));
    QUIET(
        look(&l, &host_pattern_stopped_unit,
             text(&l, "{\"taken_ms\":" NOW ",\"uptime_s\":599,\"units\":{\"list\":[{\"name\":\"a\","
                      "\"active\":\"inactive\",\"wanted_by\":\"x\",\"file_state\":\"enabled\","
                      "\"changed_ms\":1795247000000}]}}"),
             NULL, NULL));
    done(&l);
}

/* ---- answers ---- */

static const char *listener(struct look *l, const char *members)
{
    return text(
        l, "{\"now_ms\":" NOW ",\"listeners\":[{\"port\":8080,\"pid\":7,\"command\":\"shop\",%s}]}",
        members);
}

#define PAGES(a, b, c)                                                                             \
    listener(&l, "\"proto\":\"http\",\"pages\":[{\"path\":\"/\",\"status\":" a                     \
                 ",\"ms\":1},{\"path\":\"/healthz\",\"status\":" b                                 \
                 ",\"ms\":1},{\"path\":\"/health\",\"status\":" c ",\"ms\":1}]")

static void answers_with_errors(void **state)
{
    struct look l = {NULL};
    struct host_reading r = {.strength = STRENGTH_NONE};
    const struct host_pattern *p = &host_pattern_error_answer;

    FIRES(look(&l, p, NULL, NULL, PAGES("500", "500", "500")), STRENGTH_STRONG,
          "host:h/process:7(shop)");
    assert_int_equal(l.f.culprit_count, 1);
    p->read(&l.view, &l.f.culprits[0], parse(&l, PAGES("503", "200", "200")), &r);
    assert_int_equal(r.strength, STRENGTH_STRONG);
    p->read(&l.view, &l.f.culprits[0], parse(&l, PAGES("200", "200", "200")), &r);
    assert_int_equal(r.strength, STRENGTH_NONE);
    p->read(&l.view, &l.f.culprits[0], parse(&l, "{\"listeners\":[]}"), &r);
    assert_int_equal(r.strength, STRENGTH_CONTRADICTS);
    FIRES(look(&l, p, NULL, NULL, PAGES("200", "503", "404")), STRENGTH_STRONG,
          "host:h/process:7(shop)");
    /* A service may have nothing but an error at "/". */
    FIRES(look(&l, p, NULL, NULL, PAGES("500", "200", "404")), STRENGTH_WEAK,
          "host:h/process:7(shop)");
    QUIET(look(&l, p, NULL, NULL, PAGES("404", "404", "404")));
    QUIET(look(&l, p, NULL, NULL, PAGES("401", "403", "429")));
    QUIET(look(&l, p, NULL, NULL, PAGES("499", "501", "505")));
    QUIET(look(&l, p, NULL, NULL, PAGES("0", "0", "0")));
    FIRES(look(&l, p, NULL, NULL,
               listener(&l, "\"proto\":\"redis\",\"say\":\"-LOADING Redis is loading\"")),
          STRENGTH_STRONG, "host:h/process:7(shop)");
    QUIET(look(&l, p, NULL, NULL, listener(&l, "\"proto\":\"redis\",\"say\":\"+PONG\"")));
    QUIET(look(&l, p, NULL, NULL, NULL));
    done(&l);
}

static void answers_late_or_never(void **state)
{
    struct look l = {NULL};
    struct host_reading r = {.strength = STRENGTH_NONE};
    const struct host_pattern *p = &host_pattern_slow_answer;

#define STUCK(more) listener(&l, "\"stuck_ms\":1000," more)
    FIRES(look(&l, p, NULL, NULL, STUCK("\"stuck\":\"read\",\"unread\":60,\"expects_http\":true")),
          STRENGTH_STRONG, "host:h/process:7(shop)");
    assert_true(l.f.tentative);
    p->read(&l.view, &l.f.culprits[0],
            parse(&l, STUCK("\"stuck\":\"read\",\"unread\":60,\"expects_http\":true")), &r);
    assert_int_equal(r.strength, STRENGTH_STRONG);
    p->read(&l.view, &l.f.culprits[0], parse(&l, listener(&l, "\"stuck\":\"\"")), &r);
    assert_int_equal(r.strength, STRENGTH_NONE);
    FIRES(look(&l, p, NULL, NULL,
               STUCK("\"stuck\":\"answer\",\"expects_http\":true,\"proto\":\"silent\"")),
          STRENGTH_STRONG, "host:h/process:7(shop)");
    /* A protocol that we do not speak waits for more. */
    QUIET(look(&l, p, NULL, NULL,
               STUCK("\"stuck\":\"answer\",\"expects_http\":false,\"proto\":\"silent\"")));
    l.words = WORDS_LATENCY; /* a hint for somebody who says that it hangs, where others wait */
#define CLIENTS(owed)                                                                              \
    "{\"taken_ms\":" NOW ",\"connections\":[{\"direction\":\"in\",\"port\":8080,\"owed\":" owed    \
    "}]}"
    FIRES(look(&l, p, CLIENTS("1"), NULL,
               STUCK("\"stuck\":\"answer\",\"expects_http\":false,\"proto\":\"silent\"")),
          STRENGTH_WEAK, "host:h/process:7(shop)");
    QUIET(look(&l, p, CLIENTS("0"), NULL,
               STUCK("\"stuck\":\"answer\",\"expects_http\":false,\"proto\":\"silent\"")));
    l.words = 0;
    /* One that serves a single client at a time leaves the next one unread. */
    QUIET(look(&l, p, NULL, NULL, STUCK("\"stuck\":\"read\",\"unread\":60,\"proto\":\"silent\"")));
#define TOOK(ms)                                                                                   \
    listener(&l, "\"stuck\":\"\",\"pages\":[{\"path\":\"/\",\"status\":200,\"ms\":" ms "}]")
    FIRES(look(&l, p, NULL, NULL, TOOK("500")), STRENGTH_STRONG, "host:h/process:7(shop)");
    QUIET(look(&l, p, NULL, NULL, TOOK("499.9")));
    done(&l);
}

/* ---- certificates ---- */

static const char *shown(struct look *l, const char *from, const char *until)
{
    return text(
        l,
        "{\"now_ms\":" NOW ",\"listeners\":[{\"port\":443,\"pid\":7,\"command\":\"web\","
        "\"certs\":[{\"index\":0,\"not_before_ms\":%s,\"not_after_ms\":%s,\"subject\":\"CN=a\","
        "\"issuer\":\"CN=b\",\"names\":\"a.example\"}]}]}",
        from, until);
}

static void certificates(void **state)
{
    const struct host_pattern *p = &host_pattern_certificate;
    struct look l = {NULL};

    FIRES(look(&l, p, NULL, NULL, shown(&l, "1", "1795247999999")), STRENGTH_STRONG,
          "host:h/process:7(web)");
    assert_non_null(strstr(l.f.second, "a.example"));
    FIRES(look(&l, p, NULL, NULL, shown(&l, "1795248000001", "1895248000000")), STRENGTH_STRONG,
          "host:h/process:7(web)");
    assert_non_null(strstr(l.f.evidence, "not valid for another"));
    /* A week is 604,800,000 ms. */
    FIRES(look(&l, p, NULL, NULL, shown(&l, "1", "1795852799999")), STRENGTH_WEAK,
          "host:h/process:7(web)");
    QUIET(look(&l, p, NULL, NULL, shown(&l, "1", "1795852800000")));
    QUIET(look(&l, p, NULL, NULL, "{\"listeners\":[]}"));
    /* A file of a program: it may not be in use. */
#define FILE_CERT(more)                                                                            \
    "{\"now_ms\":" NOW ",\"listeners\":[],\"files\":[{\"path\":\"/x.pem\",\"index\":0,\"pid\":0,"  \
    "\"not_before_ms\":1,\"not_after_ms\":1795247000000" more "}]}"
    FIRES(look(&l, p, NULL, NULL, FILE_CERT(",\"names\":\"a\"")), STRENGTH_WEAK,
          "host:h/file:/x.pem");
    QUIET(look(&l, p, NULL, NULL, FILE_CERT(",\"self_signed\":true,\"names\":\"\"")));
    done(&l);
}

/* ---- logs ---- */

#define RISE(after, rate, was, score)                                                              \
    "\"rise\":{\"onset_ms\":1795247900000,\"after\":" after ",\"after_rate\":" rate                \
    ",\"before_rate\":" was ",\"score\":" score "},"
#define LINE "\"samples\":[\"it broke\"],\"text\":\"it broke\",\"source\":\"/srv/a.log\""

static const char *said(struct look *l, const char *members)
{
    return text(l,
                "{\"to_ms\":" NOW ",\"mined\":[{\"pid\":7,\"command\":\"shop\",\"service\":true,"
                "\"timed\":true,\"current\":true,\"count\":100,\"source_lines\":1000,%s," LINE
                "}]}",
                members);
}

static void errors_that_are_new_or_many(void **state)
{
    const struct host_pattern *p = &host_pattern_log_errors;
    struct look l = {NULL};
    struct {
        bool fires;
        const char *members;
    } rows[] = {
        {true, "\"level\":\"error\",\"new\":true," RISE("5", "1", "0", "50") "\"cause\":\"\""},
        {false, "\"level\":\"error\",\"new\":true," RISE("4", "1", "0", "50") "\"cause\":\"\""},
        {false, "\"level\":\"warning\",\"new\":true," RISE("50", "1", "0", "50") "\"cause\":\"\""},
        {false, "\"level\":\"info\",\"new\":true,\"kind\":\"crash\"," RISE("50", "1", "0",
                                                                           "50") "\"cause\":\"\""},
        {true, "\"level\":\"\",\"kind\":\"crash\",\"new\":true," RISE("50", "1", "0",
                                                                      "50") "\"cause\":\"\""},
        {true, "\"level\":\"error\",\"new\":false," RISE("20", "3", "1", "10") "\"cause\":\"\""},
        {false, "\"level\":\"error\",\"new\":false," RISE("19", "3", "1", "10") "\"cause\":\"\""},
        {false, "\"level\":\"error\",\"new\":false," RISE("20", "2.9", "1", "10") "\"cause\":\"\""},
        {false, "\"level\":\"error\",\"new\":false," RISE("20", "3", "1", "9.9") "\"cause\":\"\""},
        {false, "\"level\":\"error\",\"new\":true,\"rise\":null,\"cause\":\"\""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        look(&l, p, NULL, said(&l, rows[i].members), NULL);
        if ((l.f.strength == STRENGTH_STRONG) != rows[i].fires)
            fail_msg("row %zu: %s", i, l.f.evidence);
        if (rows[i].fires)
            assert_string_equal(l.f.resource, "host:h/process:7(shop)");
    }
    assert_int_equal(l.f.doc, HOST_DOC_LOGS);
    QUIET(look(&l, p, NULL,
               "{\"mined\":[{\"level\":\"error\",\"new\":true,\"current\":false,"
               "\"rise\":{\"after\":99}}]}",
               NULL));
    QUIET(look(&l, p, NULL, NULL, NULL));
    /* Half of the lines of a young log, from ten on. */
#define SHARE(count, lines)                                                                        \
    "{\"mined\":[{\"level\":\"error\",\"current\":true,\"service\":true,\"pid\":7,\"command\":"    \
    "\"a\","                                                                                       \
    "\"rise\":null,\"count\":" count ",\"source_lines\":" lines "," LINE "}]}"
    FIRES(look(&l, p, NULL, SHARE("10", "20"), NULL), STRENGTH_STRONG, "host:h/process:7(a)");
    QUIET(look(&l, p, NULL, SHARE("10", "21"), NULL));
    QUIET(look(&l, p, NULL, SHARE("9", "9"), NULL));
    done(&l);
}

#define BY(command, service)                                                                       \
    "{\"mined\":[{\"pid\":7,\"command\":\"" command "\",\"service\":" service                      \
    ",\"source\":\"/tmp/out\",\"level\":\"error\",\"current\":true,\"new\":true,"                  \
    "\"cause\":\"missing\",\"rise\":{\"after\":9},\"samples\":[\"x: not found\"]}]}"

/* What a build or a person's command prints says nothing about a service. */
static void writers_that_are_no_services(void **state)
{
    const char *doc =
        "{\"mined\":[{\"pid\":7,\"command\":\"cc\",\"service\":false,\"level\":\"error\","
        "\"current\":true,\"new\":true,\"rise\":{\"after\":99}," LINE "}]}";
    struct look l = {NULL};

    FIRES(look(&l, &host_pattern_log_errors, NULL, doc, NULL), STRENGTH_WEAK,
          "host:h/process:7(cc)");
    /* A shell's is what somebody typed, and no finding at all. */
    QUIET(look(&l, &host_pattern_log_missing, NULL, BY("bash", "false"), NULL));
    assert_non_null(strstr(l.f.evidence, "only a shell: process 7 (bash) logs x: not found"));
    QUIET(look(&l, &host_pattern_log_errors, NULL, BY("bash", "false"), NULL));
    FIRES(look(&l, &host_pattern_log_missing, NULL, BY("job", "false"), NULL), STRENGTH_WEAK,
          "host:h/process:7(job)");
    FIRES(look(&l, &host_pattern_log_missing, NULL, BY("bash", "true"), NULL), STRENGTH_STRONG,
          "host:h/process:7(bash)");
    /* Unless it listens. */
    FIRES(
        look(&l, &host_pattern_log_errors, "{\"listeners\":[{\"pid\":7,\"port\":80}]}", doc, NULL),
        STRENGTH_STRONG, "host:h/process:7(cc)");
    done(&l);
}

static void what_logs_name_as_cause(void **state)
{
    const struct {
        const struct host_pattern *p;
        const char *cause;
    } rows[] = {
        {&host_pattern_log_permission, "permission"},
        {&host_pattern_log_missing, "missing"},
        {&host_pattern_log_pool, "pool"},
        {&host_pattern_log_config, "config"},
    };
    struct look l = {NULL};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const char *doc =
            text(&l,
                 "{\"mined\":[{\"source\":\"unit:a.service\",\"service\":true,\"level\":\"error\","
                 "\"current\":true,\"new\":true,\"cause\":\"%s\",\"rise\":{\"after\":9},"
                 "\"samples\":[\"x\"]}]}",
                 rows[i].cause);

        FIRES(look(&l, rows[i].p, NULL, doc, NULL), STRENGTH_STRONG, "host:h/unit:a.service");
        QUIET(look(&l, &host_pattern_log_errors, NULL, doc, NULL)); /* it has its own */
        for (size_t k = 0; k < sizeof(rows) / sizeof(*rows); k++) {
            if (k != i)
                QUIET(look(&l, rows[k].p, NULL, doc, NULL));
        }
    }
    done(&l);
}

#define REFUSED(host, cause)                                                                       \
    said(&l, "\"level\":\"error\",\"new\":true,\"cause\":\"" cause                                 \
             "\"," RISE("9", "1", "0", "50") "\"peer\":{\"host\":\"" host "\",\"port\":5432}")

static void what_stands_behind_a_refusal(void **state)
{
    const struct host_pattern *p = &host_pattern_log_dependency;
    struct look l = {NULL};

    FIRES(look(&l, p, "{\"listeners\":[]}", REFUSED("127.0.0.1", "refused"), NULL), STRENGTH_STRONG,
          "host:h/port:5432");
    assert_int_equal(l.f.second_doc, HOST_DOC_SNAPSHOT);
    assert_non_null(strstr(l.f.claim, "nothing listens"));
    FIRES(look(&l, p, "{\"listeners\":[]}", REFUSED("10.0.0.3", "refused"), NULL), STRENGTH_STRONG,
          "host:h/peer:10.0.0.3:5432");
    FIRES(look(&l, p, "{\"listeners\":[{\"port\":5432,\"pid\":9,\"command\":\"postgres\"}]}",
               REFUSED("localhost", "timeout"),
               "{\"listeners\":[{\"port\":5432,\"pid\":9,\"stuck\":\"answer\"}]}"),
          STRENGTH_STRONG, "host:h/process:9(postgres)");
    assert_int_equal(l.f.second_doc, HOST_DOC_SERVICES);
    QUIET(look(&l, p, NULL, REFUSED("127.0.0.1", "permission"), NULL));
    done(&l);
}

static void who_holds_a_port(void **state)
{
    const struct host_pattern *p = &host_pattern_log_port_taken;
    struct look l = {NULL};
#define TAKEN                                                                                      \
    said(&l, "\"level\":\"error\",\"new\":true,\"cause\":\"port_taken\",\"port\":80,\"rise\":{"    \
             "\"after\":1}")

    FIRES(look(&l, p, "{\"listeners\":[{\"port\":80,\"pid\":9,\"command\":\"old\"}]}", TAKEN, NULL),
          STRENGTH_STRONG, "host:h/process:9(old)");
    FIRES(look(&l, p, "{\"listeners\":[]}", TAKEN, NULL), STRENGTH_STRONG,
          "host:h/process:7(shop)");
    QUIET(look(&l, p, NULL, "{\"mined\":[]}", NULL));
    done(&l);
}

static void certificates_that_clients_refuse(void **state)
{
    struct look l = {NULL};
    const char *logs =
        said(&l, "\"level\":\"error\",\"new\":true,\"cause\":\"certificate\","
                 "\"rise\":{\"after\":9},\"peer\":{\"host\":\"127.0.0.1\",\"port\":443}");

    FIRES(look(&l, &host_pattern_certificate, NULL, logs, shown(&l, "1", "1895248000000")),
          STRENGTH_STRONG, "host:h/process:7(web)");
    assert_non_null(strstr(l.f.second, "a.example"));
    FIRES(look(&l, &host_pattern_certificate, NULL, logs, NULL), STRENGTH_STRONG,
          "host:h/process:7(shop)");
    done(&l);
}

static void ports_that_were_promised(void **state)
{
    const struct host_pattern *p = &host_pattern_not_listening;
    struct look l = {NULL};
#define WANTS(listening)                                                                           \
    "{\"listeners\":[],\"wants\":[{\"port\":5432,\"pid\":9,\"command\":\"db\",\"where\":\"its "    \
    "command line\",\"listening\":" listening "}]}"

    FIRES(look(&l, p, "{\"listeners\":[]}", NULL, WANTS("false")), STRENGTH_WEAK,
          "host:h/process:9(db)");
    FIRES(look(&l, p, "{\"listeners\":[]}", REFUSED("127.0.0.1", "refused"), WANTS("false")),
          STRENGTH_STRONG, "host:h/process:9(db)");
    QUIET(look(&l, p, "{\"listeners\":[]}", NULL, WANTS("true")));
    /* It listens elsewhere; it is young; whose the listeners are is not known. */
    QUIET(look(&l, p, "{\"listeners\":[{\"port\":1,\"pid\":9}]}", NULL, WANTS("false")));
    QUIET(look(&l, p, "{\"listeners\":[],\"processes\":[{\"pid\":9,\"age_s\":19.9}]}", NULL,
               WANTS("false")));
    FIRES(look(&l, p, "{\"listeners\":[],\"processes\":[{\"pid\":9,\"age_s\":20}]}", NULL,
               WANTS("false")),
          STRENGTH_WEAK, "host:h/process:9(db)");
    QUIET(look(&l, p, "{\"listeners\":[{\"port\":1,\"pid\":0}]}", NULL, WANTS("false")));
    done(&l);
}

/* Lines that many programs write into one file name their writer. */
static void writers_in_a_syslog(void **state)
{
    struct look l = {NULL};

    FIRES(look(&l, &host_pattern_log_errors, NULL,
               "{\"mined\":[{\"source\":\"/var/log/syslog\",\"pid\":3,\"command\":\"rsyslogd\","
               "\"level\":\"error\",\"current\":true,\"new\":true,\"rise\":{\"after\":9},"
               "\"samples\":[\"Nov 21 08:00:00 web-3 shopd[42]: error: it broke\"]}]}",
               NULL),
          STRENGTH_STRONG, "host:h/process:42(shopd)");
    done(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_that_failed),
        cmocka_unit_test(units_that_flap),
        cmocka_unit_test(units_that_never_start),
        cmocka_unit_test(units_that_were_stopped),
        cmocka_unit_test(answers_with_errors),
        cmocka_unit_test(answers_late_or_never),
        cmocka_unit_test(certificates),
        cmocka_unit_test(errors_that_are_new_or_many),
        cmocka_unit_test(writers_that_are_no_services),
        cmocka_unit_test(what_logs_name_as_cause),
        cmocka_unit_test(what_stands_behind_a_refusal),
        cmocka_unit_test(who_holds_a_port),
        cmocka_unit_test(certificates_that_clients_refuse),
        cmocka_unit_test(ports_that_were_promised),
        cmocka_unit_test(writers_in_a_syslog),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
