/* test_redact_corpus.c - how much is found, and how much too much: tests/data/redact/corpus.txt.
 * The shares are printed, and held. R-35 D-38 U-15 */
#include "tests/lib/unit.h"

#include <stdio.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/policy/redact.h"

#define OPEN "\xC2\xAB"
#define CLOSE "\xC2\xBB"
#define CASES_MIN 400
#define RECALL_MIN 0.99
#define PRECISION_MIN 0.98

struct score {
    size_t cases, secrets, found, missed, extra;
};

/* The text of a case: without escapes and marks; `wanted` has "[#]" in the place of each secret. */
struct sample {
    bool positive, email;
    struct buf text, wanted;
    struct str secrets[8];
    size_t from[8], to[8], count;
};

static void put(struct sample *s, char c, bool inside)
{
    buf_addc(&s->text, c);
    if (!inside)
        buf_addc(&s->wanted, c);
}

static void decode(struct str line, struct sample *s)
{
    bool inside = false;

    for (size_t i = 0; i < line.len; i++) {
        struct str rest = {line.ptr + i, line.len - i};

        if (str_starts(rest, OPEN)) {
            inside = true;
            s->from[s->count] = s->text.len;
            i += sizeof(OPEN) - 2;
        } else if (str_starts(rest, CLOSE)) {
            inside = false;
            s->to[s->count++] = s->text.len;
            buf_adds(&s->wanted, "[#]");
            i += sizeof(CLOSE) - 2;
        } else if (rest.ptr[0] == '\\' && rest.len > 1) {
            put(s, rest.ptr[1] == 'n' ? '\n' : rest.ptr[1], inside);
            i++;
        } else {
            put(s, rest.ptr[0], inside);
        }
    }
    for (size_t i = 0; i < s->count; i++)
        s->secrets[i] = (struct str){s->text.ptr + s->from[i], s->to[i] - s->from[i]};
}

/* Every placeholder as "[#]". */
static char *normal(struct str text)
{
    struct buf out = BUF_INIT(BUF_NO_MAX);
    ptrdiff_t at;

    while (text.len && (at = str_find(text, STR_LIT("[redacted-"))) >= 0) {
        buf_add(&out, text.ptr, (size_t)at);
        buf_adds(&out, "[#]");
        text = (struct str){text.ptr + at + 19, text.len - (size_t)at - 19};
    }
    buf_add_str(&out, text);
    return buf_detach(&out);
}

static void judge(struct sample *s, const char *group, struct score *sum)
{
    struct redactor *r = redactor_new(STR_LIT("salt"));
    struct buf out = BUF_INIT(BUF_NO_MAX);
    size_t found = 0;
    char *got;

    redactor_set_email(r, s->email);
    redactor_apply(r, &out, buf_str(&s->text));
    got = normal(buf_str(&out));
    for (size_t i = 0; i < s->count; i++)
        found += str_find(buf_str(&out), s->secrets[i]) < 0;
    sum->cases++;
    sum->secrets += s->count;
    sum->found += found;
    sum->missed += s->count - found;
    if (found < s->count)
        print_message("# missed (%s): %s\n#      gives: %s\n", group, buf_cstr(&s->text), got);
    else if (strcmp(got, buf_cstr(&s->wanted)) != 0) {
        sum->extra++;
        print_message("# too much (%s): %s\n#      gives: %s\n", group, buf_cstr(&s->text), got);
    }
    free(got);
    buf_release(&out);
    redactor_free(r);
}

static void read_corpus(struct score *sum)
{
    char *path = xasprintf("%s/tests/data/redact/corpus.txt", getenv("RB_SRCDIR"));
    struct buf text = BUF_INIT((size_t)4 << 20);
    struct str rest, line;
    struct err err = ERR_INIT;

    assert_ok(file_read(path, &text, &err), &err);
    rest = buf_str(&text);
    while (str_line(&rest, &line)) {
        struct sample s = {.text = BUF_INIT(BUF_NO_MAX), .wanted = BUF_INIT(BUF_NO_MAX)};
        char group[16] = "";

        if (line.len < 15 || line.ptr[0] == '#')
            continue;
        assert_true(line.ptr[0] == '+' || line.ptr[0] == '-');
        memcpy(group, line.ptr + 2, 12);
        group[strcspn(group, " ")] = '\0';
        s.positive = line.ptr[0] == '+';
        s.email = strcmp(group, "email") == 0;
        decode((struct str){line.ptr + 15, line.len - 15}, &s);
        assert_true(s.positive == (s.count > 0));
        judge(&s, group, sum);
        buf_release(&s.text);
        buf_release(&s.wanted);
    }
    buf_release(&text);
    free(path);
}

static void test_corpus(void **state)
{
    struct score s = {0};
    double recall, precision;

    read_corpus(&s);
    recall = (double)s.found / (double)s.secrets;
    precision = (double)s.found / (double)(s.found + s.extra);
    print_message("# %zu cases, %zu secrets: recall %.2f %%, precision %.2f %%\n", s.cases,
                  s.secrets, recall * 100, precision * 100);
    assert_true(s.cases >= CASES_MIN);
    assert_true(recall >= RECALL_MIN);
    assert_true(precision >= PRECISION_MIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_corpus)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
