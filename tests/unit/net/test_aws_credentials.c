/* test_aws_credentials.c - keys of AWS from every place that they can be in, renewed in time, and
 * nothing of them in a message. C-11 */
#include "tests/lib/envtable.h"
#include "tests/unit/net/aws_place.h"
#include "tests/unit/net/netrun.h"
#include "src/net/aws_profile.h"

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/hash.h"
#include "runbook/net/aws_credentials.h"

/* ---- files ---- */

static void test_profile(void **state)
{
    static const char credentials[] = "# c\n[default]\naws_access_key_id = A\r\n"
                                      "aws_secret_access_key=s=1 # not this\n\n[work]\n"
                                      "aws_access_key_id=B\n";
    static const char config[] = "[default]\nregion=eu-1\naws_access_key_id = never\n"
                                 "[profile work]\ns3 =\n  region = nested\nregion = eu-2 ; why\n"
                                 "sso_session = corp\n[sso-session corp]\nsso_region = us-3\n"
                                 "sso_start_url = https://corp/start\n[work]\nrole_arn = not-so\n";
    struct arena *a = arena_new(0);
    struct aws_profile p;

    (void)state;
    aws_profile_read(a, str_from(credentials), str_from(config), "default", &p);
    assert_true(p.found);
    assert_string_equal(p.aws_access_key_id, "A");
    assert_string_equal(p.aws_secret_access_key, "s=1");
    assert_string_equal(p.region, "eu-1");
    aws_profile_read(a, str_from(credentials), str_from(config), "work", &p);
    assert_string_equal(p.aws_access_key_id, "B");
    assert_null(p.aws_secret_access_key);
    assert_string_equal(p.region, "eu-2");
    assert_string_equal(p.sso_start_url, "https://corp/start");
    assert_string_equal(p.sso_region, "us-3");
    assert_null(p.role_arn);
    aws_profile_read(a, str_from(credentials), str_from(config), "none", &p);
    assert_false(p.found);
    aws_profile_read(a, str_from("[\n=\n[x\n ]\n"), STR_LIT("[profile]"), "x", &p);
    assert_false(p.found);
    arena_free(a);
}

static void test_order(void **state)
{
    struct place p;

    (void)state;
    place_init(&p);
    place_use(&p, NULL);
    place_check(&p, "no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
    assert_int_equal(place_peek(&p), AWS_MISSING);
    place_file(&p, ".aws/credentials",
               "[default]\naws_access_key_id=D\naws_secret_access_key=ds\n"
               "[work]\naws_access_key_id=W\naws_secret_access_key=ws\naws_session_token=wt\n");
    place_file(&p, ".aws/config", "[profile work]\nregion = ap-1\n");
    place_check(&p, "profile default D/ds/\n");
    assert_null(aws_credentials_region(p.c));
    envtable_set("AWS_PROFILE", "work");
    place_use(&p, NULL);
    place_check(&p, "profile work W/ws/wt\n");
    assert_string_equal(aws_credentials_region(p.c), "ap-1");
    envtable_set("AWS_ACCESS_KEY_ID", "E");
    envtable_set("AWS_SECRET_ACCESS_KEY", "es");
    place_check(&p, "AWS_ACCESS_KEY_ID E/es/\n");
    place_use(&p, "default"); /* named here, so it is meant */
    place_check(&p, "profile default D/ds/\n");
    place_use(&p, "nope");
    place_check(&p, "the AWS configuration has no profile 'nope'");
    place_release(&p);
}

/* What is written in the files and cannot be used is said. */
static void test_refused(void **state)
{
    struct place p;

    (void)state;
    place_init(&p);
    place_file(&p, ".aws/config",
               "[profile lone]\n"
               "role_arn=r\n[profile sso]\nsso_start_url=u\n[profile a]\nrole_arn=r\n"
               "source_profile=a\n[profile q]\ncredential_process=x 'y\n"
               "[profile half]\naws_access_key_id=AKIAIOSFODNN7EXAMPLE\n"
               "[profile other]\naws_secret_access_key=x\n");
    place_use(&p, "lone");
    place_check(&p, "role_arn needs source_profile or credential_source");
    place_use(&p, "sso");
    place_check(&p, "sso needs start_url, region, account_id and role_name");
    place_use(&p, "a"); /* a circle */
    place_check(&p, "its roles lead over too many profiles");
    place_use(&p, "q");
    place_check(&p, "credential_process is no command");
    place_use(&p, "half"); /* one half of a pair is none */
    place_check(&p, "aws_access_key_id is there without aws_secret_access_key");
    place_use(&p, "other");
    place_check(&p, "aws_secret_access_key is there without aws_access_key_id");
    place_release(&p);
}

/* ---- a program ---- */

static void write_program(struct place *p, int64_t left_ms, const char *extra)
{
    char until[TIME_TEXT_MAX], *text;

    time_format_rfc3339(loop_wall_ms(p->net.loop) + left_ms, until);
    text = xasprintf("#!/bin/sh\necho x >>%s/asked\nn=$(wc -l <%s/asked)\n%s\n"
                     "echo \"{\\\"Version\\\":1,\\\"AccessKeyId\\\":\\\"P$n\\\","
                     "\\\"SecretAccessKey\\\":\\\"s$1\\\",\\\"SessionToken\\\":\\\"t\\\","
                     "\\\"Expiration\\\":\\\"%s\\\"}\"\n",
                     p->dir, p->dir, extra, until);
    place_file(p, "program", text);
    free(text);
}

static void use_program(struct place *p)
{
    char *config = xasprintf("[profile prog]\ncredential_process = %s/program \"a b\"\n", p->dir);

    place_file(p, ".aws/config", config);
    free(config);
    place_use(p, "prog");
}

static void test_program(void **state)
{
    struct place p;

    (void)state;
    place_init(&p);
    use_program(&p);
    write_program(&p, 3600000, ":");
    assert_int_equal(place_peek(&p), AWS_ASKING);
    place_check(&p, "profile prog P1/sa b/t\n");
    assert_int_equal(place_peek(&p), AWS_KNOWN);
    place_check(&p, "profile prog P1/sa b/t\n"); /* kept */
    aws_credentials_forget(p.c);
    place_check(&p, "profile prog P2/sa b/t\n");
    aws_credentials_forget(p.c);
    write_program(&p, 60000, ":"); /* nearly over: asked anew each time */
    place_check(&p, "profile prog P3/sa b/t\n");
    assert_int_equal(place_peek(&p), AWS_ASKING);
    place_check(&p, "profile prog P4/sa b/t\n");
    write_program(&p, 60000, "echo hidden-key; exit 3"); /* the old ones are still good */
    place_check(&p, "profile prog P4/sa b/t\n");
    assert_int_equal(place_peek(&p), AWS_KNOWN); /* not tried again at once */
    aws_credentials_forget(p.c);
    place_check(&p, "profile prog: credential_process ended with status 3; run it by hand");
    assert_null(strstr(buf_cstr(&p.said), "hidden-key"));
    write_program(&p, -1000, ":"); /* over before it came */
    place_check(&p, "profile prog: the keys that came have ended already");
    write_program(&p, 1000, "echo '{\"AccessKeyId\": \"hidden-key\"}'; exit 0");
    place_check(&p, "credential_process: the answer holds no keys");
    assert_null(strstr(buf_cstr(&p.said), "hidden-key"));
    place_release(&p);
}

static void nobody(void *ctx, const struct aws_keys *keys, const struct err *err)
{
    (void)ctx;
    (void)keys;
    (void)err;
    fail_msg("a canceled question was answered");
}

/* One question for all who wait, and who went away is not told. */
static void test_together(void **state)
{
    struct place p;
    struct buf asked = BUF_INIT(1000);
    struct err err = ERR_INIT;
    char *path;
    aws_ask id;

    (void)state;
    place_init(&p);
    use_program(&p);
    write_program(&p, 3600000, ":");
    id = aws_credentials_get(p.c, nobody, NULL);
    aws_credentials_get(p.c, place_on_keys, &p);
    aws_credentials_cancel(p.c, id);
    aws_credentials_cancel(p.c, id);
    aws_credentials_get(p.c, place_on_keys, &p);
    net_wait(&p.net, &p.told);
    assert_int_equal(p.told, 2);
    assert_string_equal(buf_cstr(&p.said), "profile prog P1/sa b/t\nprofile prog P1/sa b/t\n");
    path = path_join(p.dir, "asked");
    assert_ok(file_read(path, &asked, &err), &err);
    assert_string_equal(buf_cstr(&asked), "x\n");
    aws_credentials_forget(p.c);
    aws_credentials_get(p.c, nobody, NULL); /* and it goes away in the middle */
    free(path);
    buf_release(&asked);
    place_release(&p);
}

/* ---- the place ---- */

#define KEYS_JSON(id)                                                                              \
    "{\"Code\":\"Success\",\"AccessKeyId\":\"" id "\",\"SecretAccessKey\":\"ms\",\"Token\":"       \
    "\"mt\",\"Expiration\":\"2099-01-01T00:00:00Z\"}"
#define ROLES "/latest/meta-data/iam/security-credentials/"

static void test_machine(void **state)
{
    struct buf req = BUF_INIT(1 << 20);
    struct place p;
    char url[HTTPD_URL_MAX];

    (void)state;
    place_init(&p);
    envtable_set("AWS_EC2_METADATA_SERVICE_ENDPOINT", httpd_url(p.net.server, "", url));
    httpd_text_times(p.net.server, 1, ROLES, 404, "", "");
    httpd_text(p.net.server, "/latest/api/token", 200, "", "imds-token");
    httpd_text(p.net.server, ROLES, 200, "", "the-role\n");
    httpd_text(p.net.server, ROLES "the-role", 200, "", KEYS_JSON("M"));
    place_use(&p, NULL);
    place_check(&p, "this machine's role: no role is attached to it");
    place_check(&p, "this machine's role M/ms/mt\n");
    assert_int_equal(place_peek(&p), AWS_KNOWN);
    assert_true(httpd_request(p.net.server, 2, &req));
    assert_true(str_starts(buf_str(&req), "PUT /latest/api/token HTTP/1.1\r\n"));
    assert_non_null(strstr(buf_cstr(&req), "X-aws-ec2-metadata-token-ttl-seconds: 300\r\n"));
    buf_clear(&req);
    assert_true(httpd_request(p.net.server, 4, &req));
    assert_true(str_starts(buf_str(&req), "GET " ROLES "the-role HTTP/1.1\r\n"));
    assert_non_null(strstr(buf_cstr(&req), "X-aws-ec2-metadata-token: imds-token\r\n"));
    envtable_set("AWS_EC2_METADATA_DISABLED", "true");
    place_use(&p, NULL);
    assert_int_equal(place_peek(&p), AWS_MISSING);
    buf_release(&req);
    place_release(&p);
}

/* Only a machine that says that it is of AWS is asked: nobody waits for an address that is not
 * there. */
static void test_vendor(void **state)
{
    struct aws_credentials_options o = {.env = envtable_get};
    struct place p;
    char *file;

    (void)state;
    place_init(&p);
    file = path_join(p.dir, "vendor");
    o.machine_file = file;
    place_file(&p, "vendor", "QEMU\n");
    p.c = aws_credentials_new(p.net.loop, p.net.client, &o);
    assert_int_equal(place_peek(&p), AWS_MISSING);
    place_file(&p, "vendor", "Amazon EC2\n");
    assert_int_equal(place_peek(&p), AWS_ASKING);
    free(file);
    place_release(&p);
}

static void test_container(void **state)
{
    struct buf req = BUF_INIT(1 << 20);
    struct place p;
    char url[HTTPD_URL_MAX];
    char *file;

    (void)state;
    place_init(&p);
    httpd_text(p.net.server, "/creds", 200, "", KEYS_JSON("C"));
    envtable_set("AWS_CONTAINER_CREDENTIALS_FULL_URI", httpd_url(p.net.server, "/creds", url));
    envtable_set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "c-token");
    place_use(&p, NULL);
    place_check(&p, "this container's role C/ms/mt\n");
    assert_true(httpd_request(p.net.server, 0, &req));
    assert_non_null(strstr(buf_cstr(&req), "Authorization: c-token\r\n"));
    place_file(&p, "token", "of-a-file\n");
    file = path_join(p.dir, "token");
    envtable_set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file);
    place_use(&p, NULL);
    place_check(&p, "this container's role C/ms/mt\n");
    buf_clear(&req);
    assert_true(httpd_request(p.net.server, 1, &req));
    assert_non_null(strstr(buf_cstr(&req), "Authorization: of-a-file\r\n"));
    envtable_set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com/creds");
    place_use(&p, NULL);
    place_check(&p, "neither https nor an address of this machine");
    free(file);
    buf_release(&req);
    place_release(&p);
}

/* ---- SSO and roles ---- */

static void write_login(struct place *p, const char *until)
{
    char name[SHA1_HEX], *path, *text;

    hash_sha1_hex(STR_LIT("corp"), name);
    assert_string_equal(name, "ee0bfd2552fbd840c02cc48b6e823320543c450f");
    path = xasprintf(".aws/sso/cache/%s.json", name);
    text = xasprintf("{\"accessToken\":\"sso-token\",\"expiresAt\":\"%s\"}", until);
    place_file(p, path, text);
    free(path);
    free(text);
}

static void test_sso(void **state)
{
    struct buf req = BUF_INIT(1 << 20);
    struct place p;
    char url[HTTPD_URL_MAX];

    (void)state;
    place_init(&p);
    place_file(&p, ".aws/config",
               "[profile s]\nsso_session=corp\nsso_account_id=1234\nsso_role_name=Ro le\n"
               "[sso-session corp]\nsso_region=eu-1\nsso_start_url=https://x\n");
    envtable_set("AWS_ENDPOINT_URL_SSO", httpd_url(p.net.server, "", url));
    httpd_text_times(p.net.server, 1, "/federation/credentials", 200, "",
                     "{\"roleCredentials\":{\"accessKeyId\":\"S\",\"secretAccessKey\":\"ss\","
                     "\"sessionToken\":\"st\",\"expiration\":4070908800000}}");
    httpd_text(p.net.server, "/federation/credentials", 401, "", "{}");
    place_use(&p, "s");
    place_check(&p, "profile s: the login has ended; run: aws sso login --profile s");
    write_login(&p, "2020-01-01T00:00:00Z");
    place_check(&p, "profile s: the login has ended; run: aws sso login --profile s");
    write_login(&p, "2099-01-01T00:00:00Z");
    place_check(&p, "profile s S/ss/st\n");
    assert_true(httpd_request(p.net.server, 0, &req));
    assert_true(str_starts(buf_str(&req),
                           "GET /federation/credentials?role_name=Ro%20le&account_id=1234 "));
    assert_non_null(strstr(buf_cstr(&req), "x-amz-sso_bearer_token: sso-token\r\n"));
    aws_credentials_forget(p.c);
    place_check(&p, "profile s: the login has ended");
    buf_release(&req);
    place_release(&p);
}

static void test_role(void **state)
{
    struct buf req = BUF_INIT(1 << 20);
    struct place p;
    char url[HTTPD_URL_MAX];

    (void)state;
    place_init(&p);
    place_file(
        &p, ".aws/config",
        "[profile role]\nrole_arn=arn:aws:iam::1:role/x\nsource_profile=base\n"
        "external_id=e 1\nregion=eu-7\n[profile base]\naws_access_key_id=B\n"
        "aws_secret_access_key=bs\n[profile env]\nrole_arn=r\ncredential_source=Environment\n");
    envtable_set("AWS_ENDPOINT_URL_STS", httpd_url(p.net.server, "", url));
    httpd_text_times(p.net.server, 1, "/", 200, "", STS_XML);
    httpd_text(
        p.net.server, "/", 403, "",
        "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not\x1b[2J for you</Message>"
        "</Error></ErrorResponse>");
    place_use(&p, "role");
    place_check(&p, "profile role R/rs/rt\n");
    assert_true(httpd_request(p.net.server, 0, &req));
    assert_non_null(strstr(buf_cstr(&req), "Credential=B/"));
    assert_non_null(strstr(buf_cstr(&req), "/eu-7/sts/aws4_request"));
    assert_non_null(strstr(buf_cstr(&req), "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws"
                                           "%3Aiam%3A%3A1%3Arole%2Fx&RoleSessionName=runbook"
                                           "&ExternalId=e%201"));
    aws_credentials_forget(p.c);
    place_check(&p, "profile role: AWS STS: not");
    assert_non_null(strstr(buf_cstr(&p.said), "for you"));
    assert_null(strchr(buf_cstr(&p.said), '\x1b'));
    place_use(&p, "env");
    place_check(&p, "profile env: credential_source Environment: there are no keys there");
    buf_release(&req);
    place_release(&p);
}

static void test_web_identity(void **state)
{
    struct buf req = BUF_INIT(1 << 20);
    struct place p;
    char url[HTTPD_URL_MAX], *file;

    (void)state;
    place_init(&p);
    file = path_join(p.dir, "token");
    envtable_set("AWS_ENDPOINT_URL_STS", httpd_url(p.net.server, "", url));
    envtable_set("AWS_WEB_IDENTITY_TOKEN_FILE", file);
    envtable_set("AWS_ROLE_ARN", "arn:x");
    httpd_text(p.net.server, "/", 200, "", STS_XML);
    place_use(&p, NULL);
    place_check(&p, "cannot be read or is empty");
    place_file(&p, "token", "web.token\n");
    place_check(&p, "AWS_WEB_IDENTITY_TOKEN_FILE R/rs/rt\n");
    assert_true(httpd_request(p.net.server, 0, &req));
    assert_non_null(strstr(buf_cstr(&req), "Action=AssumeRoleWithWebIdentity&"));
    assert_non_null(strstr(buf_cstr(&req), "&WebIdentityToken=web.token"));
    assert_null(strstr(buf_cstr(&req), "Authorization:"));
    free(file);
    buf_release(&req);
    place_release(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_profile),      cmocka_unit_test(test_order),
        cmocka_unit_test(test_refused),      cmocka_unit_test(test_program),
        cmocka_unit_test(test_together),     cmocka_unit_test(test_machine),
        cmocka_unit_test(test_vendor),       cmocka_unit_test(test_container),
        cmocka_unit_test(test_sso),          cmocka_unit_test(test_role),
        cmocka_unit_test(test_web_identity),
    };

    return cmocka_run_group_tests_name("aws credentials", tests, NULL, NULL);
}
