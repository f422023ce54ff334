/* test_diagram.c - an investigation as text diagrams, golden at 80 and 200 columns; what stands in
 * Mermaid source cannot leave its place. R-49 */
#include "tests/lib/unit.h"

#include <stdio.h>

#include "runbook/view/diagram.h"
#include "tests/lib/golden.h"

static const char *const names[DIAGRAMS] = {"hypotheses", "sequence", "architecture"};

static void test_text(void **state)
{
    static const struct {
        const char *name;
        int width;
        enum glyph_set glyphs;
    } forms[] = {{"80", 80, GLYPHS_FULL},
                 {"80-ascii", 80, GLYPHS_ASCII},
                 {"200", 200, GLYPHS_FULL},
                 {"200-ascii", 200, GLYPHS_ASCII}};
    bool good = true;
    struct model m;

    (void)state;
    demo_model(&m, SIZE_MAX);
    for (int d = 0; d < DIAGRAMS; d++)
        for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
            struct buf out = BUF_INIT(1 << 20);
            char file[80];

            diagram_text(&m, (enum diagram)d, forms[i].width, forms[i].glyphs, &out);
            snprintf(file, sizeof(file), "diagram-%s-%s.txt", names[d], forms[i].name);
            good = golden_check_text(file, buf_str(&out)) && good;
            buf_release(&out);
        }
    model_release(&m);
    assert_true(good);
}

static void test_mermaid(void **state)
{
    bool good = true;
    struct model m;

    (void)state;
    demo_model(&m, SIZE_MAX);
    for (int d = 0; d < DIAGRAMS; d++) {
        struct buf out = BUF_INIT(1 << 20);
        char file[80];

        diagram_mermaid(&m, (enum diagram)d, &out);
        snprintf(file, sizeof(file), "diagram-%s.mmd", names[d]);
        good = golden_check_text(file, buf_str(&out)) && good;
        buf_release(&out);
    }
    model_release(&m);
    assert_true(good);
}

static void propose(struct model *m, const char *id, const char *parent, const char *text)
{
    struct event ev = {.type = EV_HYPOTHESIS_PROPOSED, .seq = m->seq + 1, .actor = "builtin"};

    ev.u.hypothesis_proposed.id = id;
    ev.u.hypothesis_proposed.parent = parent;
    ev.u.hypothesis_proposed.statement = text;
    event_normalize(&ev);
    model_apply(m, &ev);
}

static void see(struct model *m, const char *key, const char *parent)
{
    struct event ev = {.type = EV_RESOURCE_SEEN, .seq = m->seq + 1, .actor = "host"};

    ev.u.resource_seen = (struct ev_resource_seen){.key = key, .name = key, .parent = parent};
    event_normalize(&ev);
    model_apply(m, &ev);
}

/* Text that would end a label, circles of parents, an empty model, thousands of nodes. */
static void test_hostile(void **state)
{
    struct buf out = BUF_INIT(1 << 20);
    struct model m;
    char id[32];

    (void)state;
    model_init(&m);
    for (int d = 0; d < DIAGRAMS; d++) {
        diagram_text(&m, (enum diagram)d, 0, GLYPHS_ASCII, &out);
        diagram_mermaid(&m, (enum diagram)d, &out);
    }
    buf_clear(&out);
    propose(&m, "H1", "", "x\"]; click n0 href \"javascript:alert(1)\"\nend\x1b[31m");
    see(&m, "a", "b");
    see(&m, "b", "a");
    see(&m, "c", "c");
    diagram_mermaid(&m, DIAGRAM_HYPOTHESES, &out);
    assert_null(strstr(buf_cstr(&out), "x\"]"));
    assert_null(strstr(buf_cstr(&out), "\"javascript"));
    assert_null(strchr(buf_cstr(&out), 0x1b));
    diagram_text(&m, DIAGRAM_ARCHITECTURE, 80, GLYPHS_FULL, &out);
    for (int i = 2; i < 3000; i++) {
        snprintf(id, sizeof(id), "H%d", i);
        propose(&m, id, "", "one more");
        see(&m, id, "host:x");
    }
    for (int d = 0; d < DIAGRAMS; d++) {
        buf_clear(&out);
        diagram_text(&m, (enum diagram)d, 80, GLYPHS_FULL, &out);
        diagram_mermaid(&m, (enum diagram)d, &out);
        assert_true(out.len < 200000 && !out.full);
    }
    buf_release(&out);
    model_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_mermaid),
        cmocka_unit_test(test_hostile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
