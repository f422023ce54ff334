/* security_progress.c - a look for what is not safe while it goes on: how many calls have answered,
 * by service over the list, and by service, region and account where the list is still empty. What
 * was denied, throttled or is not enabled is said as soon as it is known. */
#include <stdio.h>

#include "runbook/base/text.h"
#include "src/view/view_priv.h"

#define SERVICES_MAX 40

struct asked {
    const char *service;
    int64_t done, known;
    const char *end; /* the worst of its places; "" */
};

static bool is_off(const char *end)
{
    return strcmp(end, "absent") == 0 || strcmp(end, "not-enabled") == 0;
}

/* What could not be read is worse than what is switched off. */
static const char *worse(const char *a, const char *b)
{
    if (!*a || (is_off(a) && *b))
        return b;
    return a;
}

static size_t by_service(const struct model *m, struct asked *ret)
{
    size_t n = 0;

    VEC_EACH (p, &m->security.places) {
        size_t i = 0;

        while (i < n && strcmp(ret[i].service, p->service) != 0)
            i++;
        if (i == SERVICES_MAX)
            continue;
        if (i == n)
            ret[n++] = (struct asked){.service = p->service, .end = ""};
        ret[i].done += p->done;
        ret[i].known += p->known;
        ret[i].end = worse(ret[i].end, p->end);
    }
    return n;
}

static enum style style_of(int64_t done, int64_t known, const char *end)
{
    if (*end)
        return is_off(end) ? STYLE_DIM : STYLE_WARNING;
    return done < known ? STYLE_ACCENT : STYLE_OK;
}

void security_progress_words(const struct model *m, int64_t now_ms, char *out, size_t size)
{
    int64_t s = m->security.begun_ms && now_ms > m->security.begun_ms
                    ? (now_ms - m->security.begun_ms) / 1000
                    : 0;
    size_t found = 0;

    VEC_EACH (f, &m->findings)
        found += finding_counts(f);
    if (!m->security.known) {
        (void)snprintf(out, size, "AWS is being asked.");
        return;
    }
    (void)snprintf(out, size, "%lld of %lld calls, %lld s, %zu finding%s; Ctrl-C stops it",
                   (long long)m->security.done, (long long)m->security.known, (long long)s, found,
                   found == 1 ? "" : "s");
}

void security_progress_services(const struct model *m, struct canvas *c, struct rect r)
{
    struct asked all[SERVICES_MAX];
    size_t n = by_service(m, all);
    int x = r.x, end = r.x + r.w;

    for (size_t i = 0; i < n; i++) {
        char text[160];

        (void)snprintf(text, sizeof(text), "%.40s %lld/%lld%s%.20s", all[i].service,
                       (long long)all[i].done, (long long)all[i].known, *all[i].end ? " " : "",
                       all[i].end);
        if (x + text_width(str_from(text)) > end)
            break;
        x +=
            canvas_cstr(c, x, r.y, end - x, style_of(all[i].done, all[i].known, all[i].end), text) +
            2;
    }
}

/* What failed first, then what has not answered, then the rest. */
static int rank(const struct security_place *p)
{
    return *p->end && !is_off(p->end) ? 0 : p->done < p->known ? 1 : *p->end ? 2 : 3;
}

static void draw_place(const struct security_place *p, struct canvas *c, struct rect r)
{
    enum style style = style_of(p->done, p->known, p->end);
    enum glyph glyph = *p->end              ? (is_off(p->end) ? GLYPH_UNKNOWN : GLYPH_WARN)
                       : p->done < p->known ? GLYPH_RUNNING
                                            : GLYPH_OK;
    int x = r.x + 2, service = r.w > 70 ? 18 : 12;

    canvas_glyph(c, r.x, r.y, style, glyph);
    canvas_printf(c, x, r.y, service, STYLE_STRONG, "%s", p->service);
    canvas_printf(c, x + service + 1, r.y, 14, STYLE_TEXT, "%s", p->region);
    x += service + 16;
    if (r.w > 60) {
        canvas_printf(c, x, r.y, 12, STYLE_DIM, "%s", p->account);
        x += 14;
    }
    canvas_printf(c, x, r.y, r.x + r.w - x, style, "%lld/%lld %s%s%s", (long long)p->done,
                  (long long)p->known, p->end, *p->operation ? ": " : "", p->operation);
}

void security_progress_places(const struct model *m, struct canvas *c, struct rect r)
{
    int row = 0;
    size_t n = m->security.places.count, shown = 0;

    for (int at = 0; at < 4; at++)
        for (size_t i = 0; i < n && row < r.h; i++) {
            const struct security_place *p = &m->security.places.items[i];

            if (rank(p) != at)
                continue;
            if (row == r.h - 1 && shown + 1 < n) {
                canvas_printf(c, r.x + 2, r.y + row++, r.w - 2, STYLE_DIM, "and %zu more",
                              n - shown);
                continue;
            }
            draw_place(p, c, (struct rect){r.x, r.y + row++, r.w, 1});
            shown++;
        }
}
