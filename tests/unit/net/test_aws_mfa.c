/* test_aws_mfa.c - a role that wants the code of a device: asked once, and never kept. C-11 */
#include "tests/lib/envtable.h"
#include "tests/unit/net/aws_place.h"
#include "tests/unit/net/netrun.h"

#include "runbook/net/aws_credentials.h"

struct device {
    int asked;
    const char *shows;
    char serial[64];
    struct buf secrets;
};

static enum err_code on_mfa(void *ctx, const char *serial, char code[7], struct err *err)
{
    struct device *d = ctx;

    d->asked++;
    (void)snprintf(d->serial, sizeof(d->serial), "%s", serial);
    if (!d->shows)
        return err_set(err, ERR_CANCELED, "nobody is there");
    memcpy(code, d->shows, 7);
    return ERR_OK;
}

static void on_secret(void *ctx, struct str secret)
{
    struct device *d = ctx;

    buf_addf(&d->secrets, "%.*s ", STR_FMT(secret));
}

static void use_device(struct place *p, struct device *d, const char *profile, const char *role,
                       const char *serial)
{
    struct aws_credentials_options o = {.profile = profile,
                                        .env = envtable_get,
                                        .machine_file = "/nonexistent/vendor",
                                        .role_arn = role,
                                        .external_id = role ? "outside" : NULL,
                                        .mfa_serial = serial,
                                        .mfa = d ? on_mfa : NULL,
                                        .mfa_ctx = d};

    aws_credentials_free(p->c);
    p->c = aws_credentials_new(p->net.loop, p->net.client, &o);
    if (d)
        aws_credentials_on_secret(p->c, on_secret, d);
}

/* The digits of a device go to STS once, and every secret is told before it is used. */
static void test_mfa(void **state)
{
    struct buf req = BUF_INIT(1 << 20);
    struct device d = {.shows = "123456", .secrets = BUF_INIT(4096)};
    struct place p;
    char url[HTTPD_URL_MAX];

    (void)state;
    place_init(&p);
    place_file(&p, ".aws/config",
               "[profile mfa]\nrole_arn=arn:aws:iam::1:role/x\nsource_profile=base\n"
               "mfa_serial=arn:aws:iam::1:mfa/me\n[profile base]\naws_access_key_id=B\n"
               "aws_secret_access_key=bs\n");
    envtable_set("AWS_ENDPOINT_URL_STS", httpd_url(p.net.server, "", url));
    httpd_text(p.net.server, "/", 200, "", STS_XML);
    use_device(&p, NULL, "mfa", NULL, NULL);
    place_check(&p, "it wants the digits of the device arn:aws:iam::1:mfa/me");
    assert_int_equal(httpd_count(p.net.server), 0);
    use_device(&p, &d, "mfa", NULL, NULL);
    place_check(&p, "profile mfa R/rs/rt\n");
    place_check(&p, "profile mfa R/rs/rt\n"); /* they are known: nobody is asked again */
    assert_int_equal(d.asked, 1);
    assert_string_equal(d.serial, "arn:aws:iam::1:mfa/me");
    assert_true(httpd_request(p.net.server, 0, &req));
    assert_non_null(
        strstr(buf_cstr(&req), "&SerialNumber=arn%3Aaws%3Aiam%3A%3A1%3Amfa%2Fme&TokenCode=123456"));
    assert_string_equal(buf_cstr(&d.secrets), "bs rs rt ");

    buf_clear(&d.secrets); /* a role that is named, as an account of services.yaml has it */
    use_device(&p, &d, "base", "arn:aws:iam::1:role/y", "arn:aws:iam::1:mfa/you");
    place_check(&p, "R/rs/rt\n");
    assert_string_equal(d.serial, "arn:aws:iam::1:mfa/you");
    assert_string_equal(buf_cstr(&d.secrets), "outside bs rs rt ");
    d.shows = "12345x";
    aws_credentials_forget(p.c);
    place_check(&p, "a device shows 6 digits");
    d.shows = NULL;
    aws_credentials_forget(p.c);
    place_check(&p, "nobody is there");
    assert_int_equal(httpd_count(p.net.server), 2);
    buf_release(&req);
    buf_release(&d.secrets);
    place_release(&p);
}

/* Who asks between a refusal and its being told gets the refusal too, and its reason. */
#define MEANWHILE 6

struct late {
    struct place *p;
    int asked, told, without_reason;
};

static void on_late(void *ctx, const struct aws_keys *keys, const struct err *err)
{
    struct late *l = ctx;

    l->told++;
    l->without_reason += !keys && !strstr(err->msg, "nobody is there");
}

/* One more in each turn of the loop, so that one of them comes right between the two. */
static void ask_again(void *ctx)
{
    struct late *l = ctx;

    aws_credentials_get(l->p->c, on_late, l);
    if (++l->asked < MEANWHILE)
        loop_timer(l->p->net.loop, 0, ask_again, l);
}

static void test_asked_meanwhile(void **state)
{
    struct device d = {.secrets = BUF_INIT(4096)};
    struct place p;
    struct late l = {.p = &p};

    (void)state;
    place_init(&p);
    place_file(&p, ".aws/config",
               "[profile mfa]\nrole_arn=arn:aws:iam::1:role/x\nsource_profile=base\n"
               "mfa_serial=arn:aws:iam::1:mfa/me\n[profile base]\naws_access_key_id=B\n"
               "aws_secret_access_key=bs\n");
    use_device(&p, &d, "mfa", NULL, NULL);
    ask_again(&l);
    while (l.told < MEANWHILE && loop_turn(p.net.loop, true))
        ;
    assert_int_equal(l.told, MEANWHILE);
    assert_int_equal(l.without_reason, 0);
    buf_release(&d.secrets);
    place_release(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mfa),
        cmocka_unit_test(test_asked_meanwhile),
    };

    return cmocka_run_group_tests_name("aws mfa", tests, NULL, NULL);
}
