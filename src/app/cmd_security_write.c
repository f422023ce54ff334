/* cmd_security_write.c - findings as SARIF and CSV. */
#include <ctype.h>

#include "runbook/base/map.h"
#include "src/app/cmd_security.h"

/* ---- SARIF ---- */

static const char *level(enum security_severity s)
{
    switch (s) {
    case SECURITY_CRITICAL:
    case SECURITY_HIGH:
        return "error";
    case SECURITY_MEDIUM:
        return "warning";
    case SECURITY_LOW:
    case SECURITY_INFO:
        return "note";
    }
    return "none";
}

/* What GitHub and others sort by: 0 to 10. */
static const char *points(enum security_severity s)
{
    static const char *const of[SECURITY_SEVERITIES] = {"0.0", "3.0", "5.5", "8.0", "9.5"};

    return of[s];
}

static void put_text(struct json_writer *w, const char *key, const char *text)
{
    json_key(w, key);
    json_object_begin(w);
    json_put_cstr(w, "text", text);
    json_object_end(w);
}

static void put_rule(struct json_writer *w, const struct security_finding *f)
{
    json_object_begin(w);
    json_put_cstr(w, "id", f->check);
    put_text(w, "shortDescription", f->title);
    put_text(w, "fullDescription", *f->why ? f->why : f->title);
    if (*f->fix)
        put_text(w, "help", f->fix);
    json_key(w, "defaultConfiguration");
    json_object_begin(w);
    json_put_cstr(w, "level", level(f->severity));
    json_object_end(w);
    json_key(w, "properties");
    json_object_begin(w);
    json_put_cstr(w, "security-severity", points(f->severity));
    json_put_cstr(w, "reference", f->reference);
    json_key(w, "tags");
    json_array_begin(w);
    json_cstring(w, "security");
    if (strcmp(f->service, "security") != 0) /* a tag stands once: 3.8.2 */
        json_cstring(w, f->service);
    json_array_end(w);
    json_object_end(w);
    json_object_end(w);
}

/* An ARN is no URI by itself: other bytes than unreserved ones are escaped. RFC 3986, 2.3. */
static void put_uri(struct json_writer *w, const struct security_finding *f)
{
    struct buf uri = BUF_INIT(8192);

    buf_adds(&uri, "aws:");
    for (const char *s = f->resource; *s; s++) {
        if (isalnum((unsigned char)*s) || strchr("-._~/:", *s))
            buf_addc(&uri, *s);
        else
            buf_addf(&uri, "%%%02X", (unsigned char)*s);
    }
    json_put_str(w, "uri", buf_str(&uri));
    buf_release(&uri);
}

static void put_location(struct json_writer *w, const struct security_finding *f)
{
    json_key(w, "locations");
    json_array_begin(w);
    json_object_begin(w);
    json_key(w, "physicalLocation");
    json_object_begin(w);
    json_key(w, "artifactLocation");
    json_object_begin(w);
    put_uri(w, f);
    json_object_end(w);
    json_object_end(w);
    json_key(w, "logicalLocations");
    json_array_begin(w);
    json_object_begin(w);
    json_put_cstr(w, "fullyQualifiedName", f->resource);
    json_put_cstr(w, "kind", "resource");
    json_object_end(w);
    json_array_end(w);
    json_object_end(w);
    json_array_end(w);
}

static void put_suppression(struct json_writer *w, const struct security_finding *f)
{
    json_key(w, "suppressions");
    json_array_begin(w);
    if (*f->suppressed) {
        json_object_begin(w);
        json_put_cstr(w, "kind", "external");
        json_put_cstr(w, "justification", f->suppressed);
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_result(struct json_writer *w, const struct security_finding *f, size_t rule)
{
    json_object_begin(w);
    json_put_cstr(w, "ruleId", f->check);
    json_put_int(w, "ruleIndex", (int64_t)rule);
    json_put_cstr(w, "level", level(f->severity));
    json_put_cstr(w, "kind", "fail");
    put_text(w, "message", *f->evidence ? f->evidence : f->title);
    put_location(w, f);
    json_key(w, "partialFingerprints");
    json_object_begin(w);
    json_put_cstr(w, "runbook/v1", f->id);
    json_object_end(w);
    put_suppression(w, f);
    json_key(w, "properties");
    json_object_begin(w);
    json_put_cstr(w, "severity", security_severity_name(f->severity));
    json_put_cstr(w, "source", security_source_name(f->source));
    json_put_cstr(w, "account", f->account);
    json_put_cstr(w, "region", f->region);
    if (*f->act)
        json_put_cstr(w, "act", f->act);
    if (*f->command)
        json_put_cstr(w, "command", f->command);
    json_put_cstr(w, "rollback", f->rollback);
    json_object_end(w);
    json_object_end(w);
}

/* What could not be read makes the run incomplete; it is said where SARIF has a place for it. */
static void put_invocation(struct json_writer *w, const struct security_report *r)
{
    bool whole = !r->canceled;

    VEC_EACH (c, &r->cells)
        whole = whole && !security_cell_failed(c);
    json_key(w, "invocations");
    json_array_begin(w);
    json_object_begin(w);
    json_put_bool(w, "executionSuccessful", whole);
    json_key(w, "toolExecutionNotifications");
    json_array_begin(w);
    VEC_EACH (c, &r->cells) {
        struct buf text = BUF_INIT(4096);

        if (!security_cell_failed(c))
            continue;
        buf_addf(&text, "%s %s in %s of %s: %s", c->service, c->operation, c->region, c->account,
                 *c->why ? c->why : aws_end_sentence(c->end));
        json_object_begin(w);
        json_put_cstr(w, "level", "warning");
        put_text(w, "message", buf_cstr(&text));
        json_object_end(w);
        buf_release(&text);
    }
    json_array_end(w);
    json_object_end(w);
    json_array_end(w);
}

void security_sarif(const struct security_report *r, struct buf *out)
{
    struct map *rules = map_new();
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "$schema",
                  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
                  "sarif-schema-2.1.0.json");
    json_put_cstr(&w, "version", "2.1.0");
    json_key(&w, "runs");
    json_array_begin(&w);
    json_object_begin(&w);
    json_key(&w, "tool");
    json_object_begin(&w);
    json_key(&w, "driver");
    json_object_begin(&w);
    json_put_cstr(&w, "name", "runbook");
    json_put_cstr(&w, "version", PACKAGE_VERSION);
    json_key(&w, "rules");
    json_array_begin(&w);
    VEC_EACH (f, &r->findings) {
        if (map_get_c(rules, f->check))
            continue;
        map_set_c(rules, f->check, (void *)(uintptr_t)(map_count(rules) + 1));
        put_rule(&w, f);
    }
    json_array_end(&w);
    json_object_end(&w);
    json_object_end(&w);
    put_invocation(&w, r);
    json_key(&w, "results");
    json_array_begin(&w);
    VEC_EACH (f, &r->findings)
        put_result(&w, f, (size_t)(uintptr_t)map_get_c(rules, f->check) - 1);
    json_array_end(&w);
    json_object_end(&w);
    json_array_end(&w);
    json_object_end(&w);
    buf_addc(out, '\n');
    map_free(rules);
}

/* ---- CSV ---- */

static void put_field(struct buf *out, const char *s, bool last)
{
    bool formula = *s && strchr("=+-@", *s) && s[1];

    buf_adds(out, formula ? "\"'" : "\"");
    for (; *s; s++) {
        if (*s == '"')
            buf_addc(out, '"');
        buf_addc(out, *s);
    }
    buf_adds(out, last ? "\"\r\n" : "\",");
}

void security_csv(const struct security_report *r, struct buf *out)
{
    buf_adds(out, "id,severity,service,check,source,resource,account,region,title,evidence,why,fix,"
                  "rollback,reference,also,status,suppressed\r\n");
    VEC_EACH (f, &r->findings) {
        const char *fields[] = {f->id,
                                security_severity_name(f->severity),
                                f->service,
                                f->check,
                                security_source_name(f->source),
                                f->resource,
                                f->account,
                                f->region,
                                f->title,
                                f->evidence,
                                f->why,
                                f->fix,
                                f->rollback,
                                f->reference,
                                f->also,
                                f->status,
                                f->suppressed};
        size_t n = sizeof(fields) / sizeof(fields[0]);

        for (size_t i = 0; i < n; i++)
            put_field(out, fields[i], i + 1 == n);
    }
}
