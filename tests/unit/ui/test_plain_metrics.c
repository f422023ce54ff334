/* test_plain_metrics.c - pictures in plain mode: the metrics of a resource as curves with their
 * least, most, last and limit, when they have come; a histogram of traces. R-49, A-51 */
#include "tests/lib/unit.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/ui/plain.h"
#include "runbook/view/resource_detail.h"
#include "tests/lib/demo_model.h"

#define KEY "aws:prod/eu-west-1/rds/db-instance/orders"

struct fixture {
    struct test_clock clock;
    struct loop *loop;
    struct model m;
    struct plain *p;
    FILE *out;
    int in[2];
    struct buf said;
    tui_detail_fn *answer; /* of the resource that was opened; NULL: none was */
    void *to;
    bool left;
};

static void on_quit(void *ctx, int signo)
{
    (void)signo;
    ((struct fixture *)ctx)->left = true;
}

static void ask_resource(void *ctx, const char *key, bool again, tui_detail_fn *answer, void *to)
{
    struct fixture *f = ctx;

    (void)again;
    assert_string_equal(key, KEY);
    f->answer = answer;
    f->to = to;
}

static bool read_blob(void *ctx, const char *hash, struct buf *out, struct err *err)
{
    (void)ctx;
    (void)hash;
    (void)err;
    buf_adds(out, "{\"traces\":[{\"response_s\":0.1},{\"response_s\":0.12},{\"response_s\":0.2},"
                  "{\"response_s\":4.2}]}");
    return true;
}

static void see_resource(struct model *m)
{
    struct event ev = {.type = EV_RESOURCE_SEEN, .actor = "aws"};

    ev.u.resource_seen = (struct ev_resource_seen){.key = KEY,
                                                   .kind = "db-instance",
                                                   .name = "orders",
                                                   .value = NAN,
                                                   .limit = NAN,
                                                   .service = "rds",
                                                   .region = "eu-west-1",
                                                   .account = "prod"};
    ev.seq = m->seq + 1;
    ev.ts_ms = m->last_ms + 10;
    event_normalize(&ev);
    model_apply(m, &ev);
}

static void begin(struct fixture *f, struct tui_services *services, bool ascii)
{
    struct plain_options o = {.text = {.width = 100, .ascii = ascii},
                              .services = services,
                              .blobs = {read_blob, NULL},
                              .on_quit = on_quit,
                              .quit_ctx = f};
    char path[64];
    struct err err;

    memset(f, 0, sizeof(*f));
    *services = (struct tui_services){.ctx = f, .resource = ask_resource};
    test_clock_init(&f->clock, 1770213803000);
    f->loop = loop_new(&f->clock.clock);
    demo_model(&f->m, SIZE_MAX);
    see_resource(&f->m);
    f->out = tmpfile();
    assert_non_null(f->out);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, f->in), 0);
    o.in_fd = f->in[1];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fileno(f->out));
    o.out_fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    assert_true(o.out_fd >= 0);
    buf_init(&f->said, 1 << 22);
    assert_ok(plain_new(f->loop, &o, &f->p, &err), &err);
    plain_show(f->p, &f->m);
}

static void end(struct fixture *f)
{
    plain_free(f->p);
    loop_free(f->loop);
    model_release(&f->m);
    buf_release(&f->said);
    fclose(f->out);
    close(f->in[0]);
    close(f->in[1]);
}

static const char *heard(struct fixture *f)
{
    char part[4096];
    size_t n;

    for (int i = 0; i < 20; i++)
        loop_turn(f->loop, false);
    buf_clear(&f->said);
    clearerr(f->out);
    while ((n = fread(part, 1, sizeof(part), f->out)) > 0)
        buf_add(&f->said, part, n);
    return buf_cstr(&f->said);
}

static const char *type(struct fixture *f, const char *text)
{
    assert_int_equal(write(f->in[0], text, strlen(text)), strlen(text));
    return heard(f);
}

static void has(const char *text, const char *needle)
{
    if (!strstr(text, needle))
        fail_msg("no \"%s\" in\n%s", needle, text);
}

static const double cpu[] = {12, NAN, 11, 13, 55, 97};
static const struct detail_metric metrics[] = {
    {"CPUUtilization", "percent", cpu, 6, "", NULL, "> 90 %", HEALTH_CRITICAL},
    {"FreeStorageSpace", "bytes", NULL, 0, "not sent by this resource", NULL, NULL, HEALTH_OK},
};

static void tell(struct fixture *f, enum detail_metrics_step step)
{
    struct arena *a = arena_new(0);
    struct resource_detail *d = arena_alloc(a, sizeof(*d));

    *d = (struct resource_detail){
        .step = DETAIL_KNOWN, .problem = "", .metrics_note = "last 3 h", .metrics_step = step};
    if (step == DETAIL_METRICS_KNOWN) {
        d->metrics = metrics;
        d->metric_count = 2;
    }
    f->answer(f->to, KEY, a, d);
}

/* What a script asks next waits until the metrics have come. */
static void test_curves(void **unused)
{
    struct tui_services services;
    struct fixture f;
    const char *said;

    (void)unused;
    begin(&f, &services, false);
    said = type(&f, "open " KEY "\nopen c2\n");
    has(said, "db-instance orders");
    assert_null(strstr(said, "CPUUtilization"));
    assert_null(strstr(said, "c2 "));
    assert_non_null(f.answer);
    tell(&f, DETAIL_METRICS_ASKING);
    assert_string_equal(heard(&f), "");
    tell(&f, DETAIL_METRICS_KNOWN);
    said = heard(&f);
    has(said, "last 3 h");
    has(said, "CPUUtilization");
    has(said, "\u2581");
    has(said, "min 11 %, max 97 %, last 97 %; PAST ITS LIMIT, > 90 %");
    has(said, "no curve: not sent by this resource");
    has(said, "c2 "); /* and then the next line of the script */
    has(said, "response times of 4 traces: min 100 ms");
    has(said, "\u2588");
    end(&f);
}

/* Without the signs for a curve its numbers remain, and a histogram is made of "#". */
static void test_ascii(void **unused)
{
    struct tui_services services;
    struct fixture f;
    const char *said;

    (void)unused;
    begin(&f, &services, true);
    type(&f, "open " KEY "\n");
    tell(&f, DETAIL_METRICS_KNOWN);
    said = heard(&f);
    has(said, "min 11 %, max 97 %, last 97 %");
    for (const char *c = said; *c; c++)
        assert_true((unsigned char)*c < 0x80);
    has(type(&f, "open c2\n"), "##");
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_curves), cmocka_unit_test(test_ascii)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
