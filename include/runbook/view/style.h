/* style.h - what a cell means, not how it looks: views name roles, themes map roles to colours. */
#ifndef RUNBOOK_VIEW_STYLE_H
#define RUNBOOK_VIEW_STYLE_H

enum style {
    STYLE_TEXT,
    STYLE_DIM,         /* times, hints, what matters less */
    STYLE_STRONG,      /* emphasis inside text */
    STYLE_CODE,        /* queries, code, paths */
    STYLE_HEADING,     /* of a section */
    STYLE_FRAME,       /* borders */
    STYLE_FRAME_FOCUS, /* borders of the pane that has the focus */
    STYLE_TITLE,       /* a pane's title */
    STYLE_TITLE_FOCUS,
    STYLE_STATUS_BAR,    /* laid under the whole status line */
    STYLE_STATUS,        /* its text */
    STYLE_STATUS_STRONG, /* program and title in the status line */
    STYLE_KEY,           /* a key in a hint */
    STYLE_USER,          /* what a person wrote */
    STYLE_TOOL,          /* names of tools */
    STYLE_EVIDENCE,      /* evidence ids */
    STYLE_ACCENT,        /* under way, links, prompts */
    STYLE_OK,
    STYLE_WARNING,
    STYLE_DANGER,
    STYLE_CONFIRMED, /* a confirmed hypothesis, the root cause */
    STYLE_PRUNED,    /* a hypothesis that was given up */
    STYLE_BAR,       /* the filled part of a bar, a sparkline */
    STYLE_BAR_EMPTY,
    STYLE_INPUT,
    STYLE_SELECTED,      /* laid over a row that is selected */
    STYLE_SELECTED_BLUR, /* the same in a pane without the focus */
    STYLE_MATCH,         /* laid over text that a filter or a search found */
    STYLE_MATCH_CURRENT, /* the match that n and N stand on */
    STYLE_EMPHASIS,      /* *stress* in Markdown */
    STYLE_STRIKE,        /* ~~struck~~ out */
    STYLE_LINK,
    STYLE_SYNTAX_COMMENT, /* in code; what is none of these is STYLE_CODE */
    STYLE_SYNTAX_STRING,
    STYLE_SYNTAX_NUMBER,
    STYLE_SYNTAX_KEYWORD, /* keywords, and keys of JSON and YAML */
    STYLE_SHADE,          /* laid under a span of time in a chart */
    STYLES
};

const char *style_name(enum style s); /* "frame-focus": the key in a theme */

#endif
