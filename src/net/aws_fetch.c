/* aws_fetch.c - asking for keys: a program, the container, the machine, SSO, STS. Each of them is
 * one or a few small requests with short deadlines; redirects are not followed, and what is near
 * (link-local) is asked without a proxy. What was answered is in no message. */
#include "src/net/aws_priv.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/words.h"
#include "runbook/net/sigv4.h"

#define PROCESS_TIMEOUT_MS 60000
#define NEAR_CONNECT_MS 1000
#define NEAR_TIMEOUT_MS 3000
#define FAR_TIMEOUT_MS 15000
#define ANSWER_MAX_BYTES ((size_t)256 << 10)
#define MACHINE_URL "http://169.254.169.254"
#define CONTAINER_URL "http://169.254.170.2"
#define ROLES_PATH "/latest/meta-data/iam/security-credentials/"

struct aws_fetch {
    struct aws_credentials *c;
    struct aws_plan plan;
    struct aws_credentials *source; /* of a role */
    aws_ask ask;
    bool asking; /* a person, for the digits of a device */
    loop_id proc, later;
    xfer_id xfer;
    struct secret *token; /* of the machine's metadata */
    struct sigv4 sig;
    struct err err;
};

static void release(struct aws_fetch *f)
{
    aws_credentials_free(f->source);
    secret_free(f->token);
    sigv4_release(&f->sig);
    aws_plan_release(&f->plan);
    free(f);
}

void aws_fetch_drop(struct aws_fetch *f)
{
    if (!f)
        return;
    if (f->proc)
        proc_drop(f->c->loop, f->proc);
    if (f->xfer)
        http_abandon(f->c->http, f->xfer);
    loop_timer_cancel(f->c->loop, f->later);
    if (f->asking)
        f->c->desk->cancel(f->c->desk->ctx, f);
    release(f);
}

/* ---- the end, from the loop ---- */

static void succeed(struct aws_fetch *f, struct aws_own_keys *keys)
{
    aws_fetched(f->c, keys, f->plan.from, NULL);
    release(f);
}

static void fail(struct aws_fetch *f)
{
    aws_fetched(f->c, NULL, f->plan.from, &f->err);
    release(f);
}

static void on_later(void *ctx)
{
    struct aws_fetch *f = ctx;

    f->later = 0;
    fail(f);
}

/* While it is being started: nobody is told from inside of a call. */
static void fail_later(struct aws_fetch *f)
{
    f->later = loop_timer(f->c->loop, 0, on_later, f);
}

/* ---- requests ---- */

typedef void done_fn(void *ctx, const struct http_result *r);

/* Refused, not reached or empty: f->err says so, without the answer. */
static bool went_wrong(struct aws_fetch *f, const struct http_result *r, const char *who)
{
    f->xfer = 0;
    if (r->err.code) {
        f->err = r->err;
        err_wrap(&f->err, "%s", who);
    } else if (r->status < 200 || r->status > 299) {
        err_set(&f->err, ERR_DENIED, "%s answered with HTTP status %ld", who, r->status);
    }
    return f->err.code != ERR_OK;
}

static void take_json(struct aws_fetch *f, const struct http_result *r, const char *who)
{
    struct aws_own_keys keys;

    if (went_wrong(f, r, who) || aws_read_json(r->body, &keys, &f->err))
        fail(f);
    else
        succeed(f, &keys);
}

static void send(struct aws_fetch *f, struct http_request req, done_fn *done)
{
    struct http_callbacks cb = {.on_done = done};

    req.max_body_bytes = ANSWER_MAX_BYTES;
    req.retries = 2;
    f->xfer = http_send(f->c->http, &req, &cb, f);
}

static void send_near(struct aws_fetch *f, struct http_request req, done_fn *done)
{
    req.connect_timeout_ms = NEAR_CONNECT_MS;
    req.timeout_ms = NEAR_TIMEOUT_MS;
    req.direct = true;
    send(f, req, done);
}

/* ---- a program ---- */

static void on_program(void *ctx, const struct proc_result *r)
{
    struct aws_fetch *f = ctx;
    struct aws_own_keys keys;

    f->proc = 0;
    if (r->err.code)
        err_set(&f->err, r->err.code, "credential_process: %s", r->err.msg);
    else if (r->exit_status)
        err_set(&f->err, ERR_DENIED,
                "credential_process ended with status %d; run it by hand to see why",
                r->exit_status);
    else if (aws_read_json(r->out, &keys, &f->err))
        err_wrap(&f->err, "credential_process");
    if (f->err.code)
        fail(f);
    else
        succeed(f, &keys);
}

static void ask_program(struct aws_fetch *f)
{
    const char **argv = words_split(f->plan.arena, f->plan.p.credential_process);
    struct proc_spec spec = {
        .argv = argv, .timeout_ms = PROCESS_TIMEOUT_MS, .max_output_bytes = ANSWER_MAX_BYTES};

    if (argv && argv[0]) {
        f->proc = proc_start(f->c->loop, &spec, on_program, f);
        return;
    }
    err_set(&f->err, ERR_INPUT, "credential_process is no command");
    fail_later(f);
}

/* ---- the container ---- */

static void on_container(void *ctx, const struct http_result *r)
{
    take_json(ctx, r, "the container's credentials");
}

/* Keys travel in the open only where nobody is in between. */
static bool is_safe_address(const char *url)
{
    static const char *const near[] = {
        "http://127.",           "http://localhost:",      "http://localhost/",     "http://[::1]",
        "http://169.254.170.2/", "http://169.254.170.23/", "http://[fd00:ec2::23]", "https://"};

    for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++)
        if (str_starts(str_from(url), near[i]))
            return true;
    return false;
}

static void ask_container(struct aws_fetch *f)
{
    const char *relative = aws_env(f->c, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const char *file = aws_env(f->c, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const char *said = aws_env(f->c, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    struct secret *token = file ? aws_token_file(file) : secret_new(str_from(said));
    struct str text = secret_reveal(token);
    struct http_header h = {"Authorization", text.ptr};
    const char *url =
        relative ? arena_printf(f->plan.arena, "%s%s", CONTAINER_URL, relative)
                 : arena_strdup(f->plan.arena, aws_env(f->c, "AWS_CONTAINER_CREDENTIALS_FULL_URI"));

    if (is_safe_address(url)) {
        send_near(f,
                  (struct http_request){.url = url, .headers = &h, .header_count = token != NULL},
                  on_container);
    } else {
        err_set(&f->err, ERR_DENIED,
                "AWS_CONTAINER_CREDENTIALS_FULL_URI: neither https nor an address of this machine");
        fail_later(f);
    }
    secret_free(token);
}

/* ---- the machine ---- */

static const char *machine_url(struct aws_fetch *f, const char *path, struct str more)
{
    const char *base = aws_env(f->c, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
    struct str at = str_from(base ? base : MACHINE_URL);

    while (at.len && at.ptr[at.len - 1] == '/')
        at.len--;
    return arena_printf(f->plan.arena, "%.*s%s%.*s", STR_FMT(at), path, STR_FMT(more));
}

static void ask_machine_for(struct aws_fetch *f, const char *url, done_fn *done)
{
    struct http_header h = {"X-aws-ec2-metadata-token", secret_reveal(f->token).ptr};

    send_near(f, (struct http_request){.url = url, .headers = &h, .header_count = 1}, done);
}

static void on_machine_keys(void *ctx, const struct http_result *r)
{
    take_json(ctx, r, "the machine's metadata");
}

static void on_machine_role(void *ctx, const struct http_result *r)
{
    struct aws_fetch *f = ctx;
    struct str body = r->body, role;

    if (went_wrong(f, r, "the machine's metadata")) {
        if (r->status == 404)
            err_set(&f->err, ERR_NOT_FOUND, "no role is attached to it");
        fail(f);
        return;
    }
    if (!str_line(&body, &role) || !str_trim(role).len || role.len > 200) {
        err_set(&f->err, ERR_NOT_FOUND, "no role is attached to it");
        fail(f);
        return;
    }
    ask_machine_for(f, machine_url(f, ROLES_PATH, str_trim(role)), on_machine_keys);
}

static void on_machine_token(void *ctx, const struct http_result *r)
{
    struct aws_fetch *f = ctx;

    if (!went_wrong(f, r, "the machine's metadata")) {
        f->token = secret_new(str_trim(r->body));
        if (!f->token)
            err_set(&f->err, ERR_REMOTE, "the machine's metadata gave no token (IMDSv2)");
    }
    if (f->err.code)
        fail(f);
    else
        ask_machine_for(f, machine_url(f, ROLES_PATH, STR_LIT("")), on_machine_role);
}

static void ask_machine(struct aws_fetch *f)
{
    struct http_header h = {"X-aws-ec2-metadata-token-ttl-seconds", "300"};

    send_near(f,
              (struct http_request){.method = "PUT",
                                    .url = machine_url(f, "/latest/api/token", STR_LIT("")),
                                    .headers = &h,
                                    .header_count = 1,
                                    .may_repeat = true},
              on_machine_token);
}

/* ---- SSO ---- */

static void on_sso(void *ctx, const struct http_result *r)
{
    struct aws_fetch *f = ctx;

    if (r->status == 401) {
        f->xfer = 0;
        err_set(&f->err, ERR_DENIED, "the login has ended; run: aws sso login");
        fail(f);
        return;
    }
    take_json(f, r, "SSO");
}

static void ask_sso(struct aws_fetch *f)
{
    const struct aws_profile *p = &f->plan.p;
    const char *base = aws_env(f->c, "AWS_ENDPOINT_URL_SSO");
    struct secret *token = NULL;
    struct buf url = BUF_INIT(8192);
    struct http_header h = {"x-amz-sso_bearer_token", NULL};

    if (aws_sso_token(f->c, &f->plan, &token, &f->err)) {
        fail_later(f);
        return;
    }
    h.value = secret_reveal(token).ptr;
    if (base)
        buf_adds(&url, base);
    else
        buf_addf(&url, "https://portal.sso.%s.amazonaws.com", p->sso_region);
    buf_adds(&url, "/federation/credentials?role_name=");
    url_encode(&url, str_from(p->sso_role_name));
    buf_adds(&url, "&account_id=");
    url_encode(&url, str_from(p->sso_account_id));
    send(f,
         (struct http_request){
             .url = buf_cstr(&url), .headers = &h, .header_count = 1, .timeout_ms = FAR_TIMEOUT_MS},
         on_sso);
    buf_release(&url);
    secret_free(token);
}

/* ---- roles ---- */

static void on_sts(void *ctx, const struct http_result *r)
{
    struct aws_fetch *f = ctx;
    struct aws_own_keys keys;
    char said[256];

    if (went_wrong(f, r, "AWS STS")) {
        aws_read_sts_message(r->body, said, sizeof(said));
        if (*said && !r->err.code)
            err_set(&f->err, ERR_DENIED, "AWS STS: %s", said);
        fail(f);
    } else if (aws_read_sts(r->body, &keys, &f->err)) {
        fail(f);
    } else {
        succeed(f, &keys);
    }
}

static void put_field(struct buf *form, const char *name, const char *value)
{
    if (!value)
        return;
    buf_addf(form, "&%s=", name);
    url_encode(form, str_from(value));
}

static void put_role(const struct aws_fetch *f, const char *action, struct buf *form)
{
    const struct aws_profile *p = &f->plan.p;

    buf_addf(form, "Action=%s&Version=2011-06-15", action);
    put_field(form, "RoleArn", p->role_arn);
    put_field(form, "RoleSessionName", p->role_session_name ? p->role_session_name : "runbook");
    put_field(form, "DurationSeconds", p->duration_seconds);
}

static const char *sts_url(struct aws_fetch *f, const char **ret_region)
{
    const char *base = aws_credentials_endpoint(f->c, "sts");
    const char *region = aws_credentials_region(f->c);
    struct str at = str_from(base);

    *ret_region = region ? region : "us-east-1";
    while (at.len && at.ptr[at.len - 1] == '/')
        at.len--;
    if (at.len)
        return arena_printf(f->plan.arena, "%.*s/", STR_FMT(at));
    return arena_printf(f->plan.arena, "https://sts.%s.amazonaws.com%s/", *ret_region,
                        str_starts(str_from(*ret_region), "cn-") ? ".cn" : "");
}

#define FORM "application/x-www-form-urlencoded; charset=utf-8"

static struct str host_of(const char *url)
{
    struct str rest = str_from(url);
    ptrdiff_t at = str_find(rest, STR_LIT("://"));

    rest = (struct str){rest.ptr + at + 3, rest.len - (size_t)at - 3};
    at = str_find(rest, STR_LIT("/"));
    return at < 0 ? rest : (struct str){rest.ptr, (size_t)at};
}

/* `code`: of a device, or "". */
static void ask_sts(struct aws_fetch *f, const struct aws_keys *keys, const char *code)
{
    struct buf form = BUF_INIT(65536);
    const char *region, *url = sts_url(f, &region);
    struct sigv4_header heads[] = {{STR_LIT("host"), host_of(url)},
                                   {STR_LIT("content-type"), STR_LIT(FORM)}};
    struct sigv4_request r = {
        .method = "POST", .target = STR_LIT("/"), .headers = heads, .header_count = 2};
    struct sigv4_options o = {.access_key = secret_reveal(keys->access_key),
                              .secret_key = secret_reveal(keys->secret_key),
                              .session_token = secret_reveal(keys->session_token),
                              .region = region,
                              .service = "sts",
                              .wall_ms = loop_wall_ms(f->c->loop)};
    struct http_header h[3];
    size_t n = 0;

    put_role(f, "AssumeRole", &form);
    put_field(&form, "ExternalId", f->plan.p.external_id);
    if (*code) {
        put_field(&form, "SerialNumber", f->plan.p.mfa_serial);
        put_field(&form, "TokenCode", code);
    }
    r.body = buf_str(&form);
    sigv4_sign(&o, &r, &f->sig);
    h[n++] = (struct http_header){"X-Amz-Date", f->sig.date};
    h[n++] = (struct http_header){"Authorization", buf_cstr(&f->sig.authorization)};
    if (o.session_token.len)
        h[n++] = (struct http_header){"X-Amz-Security-Token", o.session_token.ptr};
    send(f,
         (struct http_request){.method = "POST",
                               .url = url,
                               .headers = h,
                               .header_count = n,
                               .body = buf_str(&form),
                               .content_type = FORM,
                               .timeout_ms = FAR_TIMEOUT_MS,
                               .may_repeat = !*code},
         on_sts);
    secret_wipe(form.ptr, form.len); /* the digits of a device */
    buf_release(&form);
}

static enum err_code check_digits(struct aws_fetch *f, const char *code)
{
    for (size_t i = 0; i < 6; i++)
        if (code[i] < '0' || code[i] > '9')
            return err_set(&f->err, ERR_INPUT, "a device shows 6 digits");
    return code[6] ? err_set(&f->err, ERR_INPUT, "a device shows 6 digits") : ERR_OK;
}

/* Six digits, from a person who is waited for, for a role that wants them. */
static enum err_code ask_digits(struct aws_fetch *f, char code[7])
{
    const char *serial = f->plan.p.mfa_serial;

    if (!f->c->mfa)
        return err_set(&f->err, ERR_DENIED,
                       "it wants the digits of the device %.150s, and nobody can be asked here",
                       serial);
    if (f->c->mfa(f->c->mfa_ctx, serial, code, &f->err))
        return f->err.code;
    return check_digits(f, code);
}

/* The source's keys are looked at anew: a person may have taken minutes. */
static void on_digits(void *to, const char *digits, const struct err *err)
{
    struct aws_fetch *f = to;
    struct aws_keys keys;

    f->asking = false;
    if (!digits)
        f->err = *err;
    else if (!check_digits(f, digits) &&
             aws_credentials_peek(f->source, &keys, &f->err) == AWS_ASKING)
        err_set(&f->err, ERR_AGAIN, "the keys that lead to the role have ended meanwhile");
    if (f->err.code)
        fail_later(f);
    else
        ask_sts(f, &keys, digits);
}

static bool ask_desk(struct aws_fetch *f)
{
    const struct aws_mfa_desk *desk = f->c->desk;

    f->asking = desk && desk->ask(desk->ctx, f->plan.p.mfa_serial, on_digits, f);
    return f->asking;
}

static void on_source(void *ctx, const struct aws_keys *keys, const struct err *err)
{
    struct aws_fetch *f = ctx;

    char code[7] = "";
    bool wants = f->plan.p.mfa_serial && *f->plan.p.mfa_serial;

    f->ask = 0;
    if (keys && wants && ask_desk(f))
        return;
    if (keys && (!wants || !ask_digits(f, code))) {
        ask_sts(f, keys, code);
        secret_wipe(code, sizeof(code));
        return;
    }
    secret_wipe(code, sizeof(code));
    if (!keys)
        f->err = *err;
    fail_later(f); /* what tells us is freed with us: not from inside of it */
}

static void ask_source(struct aws_fetch *f)
{
    f->source = aws_credentials_source(f->c, &f->plan);
    f->ask = aws_credentials_get(f->source, on_source, f);
}

static void ask_web_identity(struct aws_fetch *f)
{
    struct secret *token = aws_token_file(f->plan.p.web_identity_token_file);
    struct buf form = BUF_INIT(65536);
    const char *region;

    if (!token) {
        err_set(&f->err, ERR_NOT_FOUND, "%.200s cannot be read or is empty",
                f->plan.p.web_identity_token_file);
        fail_later(f);
        return;
    }
    put_role(f, "AssumeRoleWithWebIdentity", &form);
    put_field(&form, "WebIdentityToken", secret_reveal(token).ptr);
    send(f,
         (struct http_request){.method = "POST",
                               .url = sts_url(f, &region),
                               .body = buf_str(&form),
                               .content_type = FORM,
                               .timeout_ms = FAR_TIMEOUT_MS,
                               .may_repeat = true},
         on_sts);
    secret_wipe(form.ptr, form.len);
    buf_release(&form);
    secret_free(token);
}

struct aws_fetch *aws_fetch_start(struct aws_credentials *c)
{
    struct aws_fetch *f = xcalloc(1, sizeof(*f));

    f->c = c;
    sigv4_init(&f->sig);
    aws_plan_make(c, &f->plan);
    switch (f->plan.way) {
    case AWS_BY_PROCESS:
        ask_program(f);
        break;
    case AWS_BY_SSO:
        ask_sso(f);
        break;
    case AWS_BY_ROLE:
        ask_source(f);
        break;
    case AWS_BY_WEB_IDENTITY:
        ask_web_identity(f);
        break;
    case AWS_BY_CONTAINER:
        ask_container(f);
        break;
    case AWS_BY_MACHINE:
        ask_machine(f);
        break;
    case AWS_BY_NOTHING:
    case AWS_BY_KEYS: /* changed in this moment: the next look sees it */
        err_set(&f->err, ERR_AGAIN, "the AWS configuration is being changed");
        fail_later(f);
        break;
    }
    return f;
}
