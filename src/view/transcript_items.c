/* transcript_items.c - the words of each kind of item of the investigation pane. */
#include "src/view/transcript_priv.h"

#include <stdio.h>

#include "runbook/base/text.h"

#define USER_LINES_MAX 8 /* of a question that is closed */
#define THOUGHT_MAX 2000 /* bytes of a thought whose first line is looked for */

const char *item_words(const struct model *m, const struct item *it, size_t part)
{
    switch (it->kind) {
    case ITEM_TOOL: {
        const struct tool_run *t = &m->tools.items[it->ref];
        const char *words[] = {t->tool, t->title, t->summary, t->error};
        return part < 4 ? words[part] : NULL;
    }
    case ITEM_EVIDENCE: {
        const struct evidence *e = &m->evidence.items[it->ref];
        const char *words[] = {e->id, e->statement, e->service, e->metric, e->resource};
        return part < 5 ? words[part] : NULL;
    }
    case ITEM_HYPOTHESIS: {
        const struct hypothesis *h = &m->hypotheses.items[it->ref];
        const char *words[] = {h->id, h->statement, it->tag, h->reason};
        return part < 4 ? words[part] : NULL;
    }
    case ITEM_GAP: {
        const struct gap *g = &m->gaps.items[it->ref];
        const char *words[] = {g->what, g->why};
        return part < 2 ? words[part] : NULL;
    }
    case ITEM_USER:
    case ITEM_TEXT:
    case ITEM_THINKING:
    case ITEM_NOTICE:
    case ITEM_ERROR:
    case ITEM_CONCLUSION:
        return part < 1 ? it->text : NULL;
    }
    return NULL;
}

/* More of it is to come: what is loose at its end is tied. */
bool item_streams(const struct model *m, size_t index)
{
    const struct item *it = &m->items.items[index];

    return it->kind == ITEM_TEXT && !it->whole && m->turn_running && index + 1 == m->items.count;
}

static size_t count_lines(const char *text)
{
    size_t n = 1;

    while ((text = strchr(text, '\n')) != NULL)
        n += *++text != '\0';
    return n;
}

bool item_can_open(const struct model *m, const struct item *it)
{
    (void)m;
    return it->kind == ITEM_TOOL || it->kind == ITEM_THINKING ||
           (it->kind == ITEM_USER && count_lines(it->text) > USER_LINES_MAX);
}

static void lay_evidence(struct entry *e, const struct evidence *v)
{
    static const char *const words[STRENGTHS] = {
        [STRENGTH_STRONG] = "strong",
        [STRENGTH_WEAK] = "weak",
        [STRENGTH_NONE] = "no support",
        [STRENGTH_CONTRADICTS] = "contradicts",
    };

    rich_para(&e->rich, 0, (int)strlen(v->id) + 1);
    rich_id(&e->rich, STYLE_EVIDENCE, v->id, 0);
    rich_adds(&e->rich, STYLE_TEXT, " ");
    rich_adds(&e->rich, v->strength == STRENGTH_NONE ? STYLE_DIM : STYLE_TEXT, v->statement);
    rich_addf(&e->rich, strength_style(v->strength), "  %s", words[v->strength]);
    if (*v->hypothesis)
        rich_addf(&e->rich, STYLE_DIM, " %s", v->hypothesis);
}

/* Does one of its evidence say the same? Then it stands right above. */
static bool is_evidence(const struct model *m, const struct hypothesis *h, const char *reason)
{
    for (size_t i = 0; i < h->evidence.count; i++)
        if (strcmp(m->evidence.items[h->evidence.items[i]].statement, reason) == 0)
            return true;
    return false;
}

static void lay_hypothesis(struct entry *e, const struct model *m, const struct hypothesis *h,
                           const char *what, const char *why)
{
    static const struct {
        const char *tag;
        enum hyp_status status;
    } tags[] = {{"proposed", HYP_PENDING}, {"branched", HYP_TESTING},
                {"testing", HYP_TESTING},  {"supported", HYP_SUPPORTED},
                {"pruned", HYP_PRUNED},    {"confirmed", HYP_CONFIRMED},
                {"rejected", HYP_PRUNED},  {"taken back", HYP_TESTING},
                {"promoted", HYP_TESTING}, {"one more test", HYP_TESTING}};
    enum hyp_status status = HYP_PENDING;
    bool proposed;

    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
        if (strcmp(tags[i].tag, what) == 0)
            status = tags[i].status;
    proposed = status == HYP_PENDING || status == HYP_TESTING;
    e->has_glyph = true;
    e->glyph = hyp_glyph(status);
    e->glyph_style = hyp_style(status);
    rich_para(&e->rich, 0, (int)strlen(h->id) + 1);
    rich_addf(&e->rich, STYLE_HEADING, "%s ", h->id);
    rich_adds(&e->rich, hyp_style(status), what);
    /* The statement stood where it was proposed, and stands in the tree. */
    if (*why)
        rich_addf(&e->rich, STYLE_TEXT, "  %s", why);
    else if (!proposed && *h->reason && !is_evidence(m, h, h->reason))
        rich_addf(&e->rich, STYLE_TEXT, "  %s", h->reason);
    else
        rich_addf(&e->rich, status == HYP_PRUNED ? STYLE_PRUNED : STYLE_TEXT, "  %s", h->statement);
}

static bool is_last_conclusion(const struct model *m, size_t index)
{
    for (size_t i = index + 1; i < m->items.count; i++)
        if (m->items.items[i].kind == ITEM_CONCLUSION)
            return false;
    return m->conclusion.verdict != VERDICT_NONE;
}

static void lay_root_cause(struct entry *e, const struct model *m)
{
    rich_para(&e->rich, 0, 0);
    rich_adds(&e->rich, STYLE_CONFIRMED, m->conclusion.root_cause.statement);
    rich_para(&e->rich, 0, 0);
    rich_addf(&e->rich, STYLE_DIM, "%s  ", m->conclusion.root_cause.hypothesis);
    VEC_EACH (id, &m->conclusion.root_cause.evidence)
        rich_addf(&e->rich, STYLE_EVIDENCE, "%s ", *id);
}

static void lay_remediation(struct entry *e, const struct model *m)
{
    rich_para(&e->rich, 0, 0);
    rich_adds(&e->rich, STYLE_HEADING, "Proposed (nothing was done)");
    VEC_EACH (r, &m->conclusion.remediation) {
        rich_bullet(&e->rich, STYLE_TEXT, 0, str_from(r->action));
        rich_addf(&e->rich, STYLE_DIM, "  risk %s", approval_risk_name(r->risk));
        if (*r->command) {
            rich_para(&e->rich, 4, 4);
            rich_adds(&e->rich, STYLE_CODE, r->command);
        }
        if (*r->skill) {
            rich_para(&e->rich, 4, 4);
            rich_addf(&e->rich, STYLE_CODE, "runbook skill run %s", r->skill);
        }
        if (*r->rollback) {
            rich_para(&e->rich, 4, 4);
            rich_addf(&e->rich, STYLE_DIM, "undo: %s", r->rollback);
        }
        if (*r->watch) {
            rich_para(&e->rich, 4, 4);
            rich_addf(&e->rich, STYLE_DIM, "watch: %s", r->watch);
        }
    }
}

static void lay_conclusion(struct entry *e, const struct model *m, size_t index, const char *text)
{
    static const char *const words[VERDICTS] = {
        [VERDICT_NONE] = "Conclusion",
        [VERDICT_ROOT_CAUSE] = "Root cause",
        [VERDICT_INCONCLUSIVE] = "Inconclusive",
        [VERDICT_NO_ACTION] = "Nothing wrong found",
        [VERDICT_FAILED] = "The investigation failed",
    };
    bool last = is_last_conclusion(m, index);
    enum verdict v = last ? m->conclusion.verdict : VERDICT_NONE;
    const char *statement = m->conclusion.root_cause.statement;

    e->gap_before = true;
    e->has_glyph = true;
    e->glyph = verdict_glyph(v);
    e->glyph_style = v == VERDICT_NONE ? STYLE_HEADING : verdict_style(v);
    rich_para(&e->rich, 0, 0);
    rich_adds(&e->rich, STYLE_HEADING, words[v]);
    if (v == VERDICT_ROOT_CAUSE)
        rich_addf(&e->rich, STYLE_HEADING, "  %.0f %%", m->conclusion.confidence * 100);
    if (last && m->conclusion.has_root_cause && !strstr(text, statement))
        lay_root_cause(e, m);
    rich_markdown(&e->rich, STYLE_TEXT, 0, str_from(text));
    for (size_t i = 0; last && i < m->conclusion.also.count; i++) {
        rich_para(&e->rich, 0, 2);
        rich_adds(&e->rich, STYLE_HEADING, "Also ");
        rich_adds(&e->rich, STYLE_TEXT, m->conclusion.also.items[i]);
    }
    if (last && m->conclusion.remediation.count)
        lay_remediation(e, m);
    if (last && m->conclusion.next_checks.count) {
        rich_para(&e->rich, 0, 0);
        rich_adds(&e->rich, STYLE_HEADING, "Next checks");
        VEC_EACH (check, &m->conclusion.next_checks)
            rich_bullet(&e->rich, STYLE_TEXT, 0, str_from(*check));
    }
}

static void lay_line(struct entry *e, enum glyph glyph, enum style style, const char *text)
{
    e->has_glyph = true;
    e->glyph = glyph;
    e->glyph_style = style;
    rich_para(&e->rich, 0, 0);
    rich_adds(&e->rich, style, text);
}

/* A thought is one line until it is opened. */
static void lay_thought(struct entry *e, const char *text, bool opened)
{
    struct str line = str_trim((struct str){text, strnlen(text, THOUGHT_MAX)}), rest = line;

    e->has_glyph = true;
    e->glyph = GLYPH_UNKNOWN;
    e->glyph_style = STYLE_DIM;
    if (opened) {
        rich_markdown(&e->rich, STYLE_DIM, 0, str_from(text));
        return;
    }
    rich_para(&e->rich, 0, 0)->whole = true;
    if (str_line(&rest, &line))
        rich_add(&e->rich, STYLE_DIM, line);
    if (rest.len)
        rich_adds(&e->rich, STYLE_DIM, e->ascii ? " ..." : " …");
}

/* What a turn that is folded hides: "23 queries, 9 evidence, 2 errors". */
static void fold_summary(struct screen *s, const struct model *m, struct entry *e)
{
    static const struct {
        enum item_kind kind;
        const char *one, *many;
    } names[] = {{ITEM_TOOL, "query", "queries"},
                 {ITEM_EVIDENCE, "evidence", "evidence"},
                 {ITEM_GAP, "gap", "gaps"},
                 {ITEM_ERROR, "error", "errors"},
                 {ITEM_CONCLUSION, "conclusion", "conclusions"}};
    size_t turn = turn_of(s, m, e->index), end = turn_end(s, m, turn), n = 0, most = e->width / 2;

    for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
        size_t count = 0;
        char word[32];

        for (size_t i = e->index + 1; i < end; i++)
            count += m->items.items[i].kind == names[k].kind;
        if (!count)
            continue;
        snprintf(word, sizeof(word), "%s%zu %s", n ? ", " : "", count,
                 count == 1 ? names[k].one : names[k].many);
        if (n + strlen(word) < sizeof(e->tail) && n + strlen(word) <= most)
            n += (size_t)snprintf(e->tail + n, sizeof(e->tail) - n, "%s", word);
    }
    if (!n)
        snprintf(e->tail, sizeof(e->tail), "%zu hidden", end - e->index - 1);
    e->tail_style = STYLE_DIM;
}

static void lay_folded(struct screen *s, const struct model *m, struct entry *e, const char *text)
{
    struct str rest = str_from(text), line = {NULL, 0};
    struct para *p = rich_para(&e->rich, 0, 0);

    e->glyph = GLYPH_CLOSED;
    p->whole = true;
    fold_summary(s, m, e);
    p->tail = (int)strlen(e->tail) + 2;
    str_line(&rest, &line);
    rich_add(&e->rich, STYLE_USER, line);
}

static void lay_user(struct screen *s, const struct model *m, struct entry *e, const char *text)
{
    struct str rest = str_from(text), line;
    size_t turn = turn_of(s, m, e->index), lines = count_lines(text), drawn = 0;
    bool all = lines <= USER_LINES_MAX || item_opened(s, e->index);

    e->gap_before = true;
    e->has_glyph = true;
    e->glyph = GLYPH_PROMPT;
    e->glyph_style = STYLE_USER;
    if (turn_is_folded(s, turn)) {
        lay_folded(s, m, e, text);
        return;
    }
    while ((all || drawn < USER_LINES_MAX) && str_line(&rest, &line)) {
        rich_para(&e->rich, 0, 0);
        rich_add(&e->rich, STYLE_USER, line);
        drawn++;
    }
    if (!all) {
        rich_para(&e->rich, 0, 0);
        rich_addf(&e->rich, STYLE_DIM, "%zu more lines, o shows them", lines - drawn);
    }
}

static void lay_gap(struct entry *e, const struct gap *g)
{
    e->has_glyph = true;
    e->glyph = GLYPH_UNKNOWN;
    e->glyph_style = STYLE_WARNING;
    rich_para(&e->rich, 0, 0);
    rich_adds(&e->rich, STYLE_WARNING, "not looked at: ");
    rich_adds(&e->rich, STYLE_TEXT, g->what);
    if (*g->why)
        rich_addf(&e->rich, STYLE_DIM, "  %s", g->why);
}

/* An answer of several blocks stands apart from what comes before it, a sentence does not. */
static bool has_blocks(const struct item *it)
{
    return it->text[0] == '#' || strstr(it->text, "\n#") || strstr(it->text, "\n```") ||
           strstr(it->text, "\n|");
}

void item_lay(struct screen *s, const struct model *m, struct entry *e)
{
    const struct item *it = &m->items.items[e->index];

    switch (it->kind) {
    case ITEM_USER:
        lay_user(s, m, e, it->text);
        break;
    case ITEM_TEXT:
        e->gap_before = has_blocks(it);
        md_stream_update(&e->md, &e->rich, (struct str){it->text, it->len},
                         item_streams(m, e->index));
        break;
    case ITEM_THINKING:
        lay_thought(e, it->text, item_opened(s, e->index));
        break;
    case ITEM_TOOL:
        lay_tool(s, m, e, &m->tools.items[it->ref]);
        break;
    case ITEM_EVIDENCE:
        lay_evidence(e, &m->evidence.items[it->ref]);
        break;
    case ITEM_HYPOTHESIS:
        lay_hypothesis(e, m, &m->hypotheses.items[it->ref], it->tag, it->text);
        break;
    case ITEM_GAP:
        lay_gap(e, &m->gaps.items[it->ref]);
        break;
    case ITEM_NOTICE:
        lay_line(e, GLYPH_UNKNOWN, STYLE_DIM, it->text);
        break;
    case ITEM_ERROR:
        lay_line(e, GLYPH_CRIT, STYLE_DANGER, it->text);
        break;
    case ITEM_CONCLUSION:
        lay_conclusion(e, m, e->index, it->text);
        break;
    }
}
