/* composer_priv.h - the state behind the input: vi's mode, pasted texts, history search,
 * completion, palette. Part of struct tui. */
#ifndef RUNBOOK_UI_COMPOSER_PRIV_H
#define RUNBOOK_UI_COMPOSER_PRIV_H

#include "runbook/ui/complete.h"
#include "runbook/ui/tui.h"
#include "runbook/ui/vi.h"
#include "runbook/view/fuzzy.h"
#include "runbook/view/popup.h"

struct slash_def;
struct tty_event;

#define PASTED_MAX 16               /* texts that go with one question */
#define PASTED_LINES 8              /* more lines, or */
#define PASTED_BYTES ((size_t)2048) /* more bytes than this become one */

struct pasted {
    char *text;
    size_t len;
    char label[64]; /* "pasted 120 lines, 8.1 KB" */
    char name[32];  /* what its page is called */
};

struct known_session {
    char *id, *title, *note;
};

struct known_model {
    char *name, *note;
    bool current;
};

/* Names of one folder, read by a worker. */
struct folder {
    struct tui *tui;
    char *path;   /* as it was written: "~/logs/" */
    char **names; /* sorted; a folder's ends in "/" */
    size_t count;
};

enum palette_kind {
    PALETTE_COMMAND,
    PALETTE_SLASH,
    PALETTE_THEME,
    PALETTE_SESSION,
    PALETTE_MODEL,
    PALETTE_RESOURCE
};

struct palette_entry {
    enum palette_kind kind;
    size_t index; /* in its table; of a session or resource in its list */
    const char *text, *note;
    char *keys; /* owned */
};

#define PALETTE_RESOURCES ((size_t)200000) /* that are looked at */

struct palette_resource {
    const char *name, *kind;         /* of the model, to see whether they changed */
    uint32_t at, name_len, kind_len; /* in `lower`, the kind behind the name */
    uint64_t letters;
};

/* palette_resources.c. All zeros at first, but for buf_init(&lower). */
struct palette_resources {
    const struct model *model;
    uint64_t version; /* of its resources */
    VEC(struct palette_resource) items;
    struct buf lower;
    size_t least;          /* bytes of `lower` without old names */
    VEC(uint32_t) matched; /* what was typed last */
    char typed[256];
    size_t typed_len; /* SIZE_MAX: nothing that can be gone on from */
};

typedef void palette_found_fn(void *ctx, size_t resource, enum fuzzy_rank rank);
/* Tell the best of each rank; returns how many resources there are. */
size_t palette_find_resources(struct palette_resources *k, const struct model *m,
                              const struct fuzzy *f, struct str typed, palette_found_fn *found,
                              void *ctx);
void palette_resources_release(struct palette_resources *k);

struct palette {
    struct palette_resources resources;
    bool open, was_typing, models_only;
    struct lineedit line;
    VEC(struct palette_entry) entries; /* all but resources, which are looked at in the model */
    VEC(struct palette_entry) shown;
    VEC(struct palette_row) rows;
    size_t selected;
    char empty[256];
};

struct composer {
    struct vi vi;
    bool history_loaded;
    VEC(struct pasted) pasted;
    VEC(const char *) chips; /* their labels, for the view */
    unsigned pasted_seq;

    struct {
        bool active, failed;
        struct lineedit query;
        size_t at; /* in the history */
        size_t match_at;
    } search;

    struct {
        struct completion found;
        VEC(struct popup_row) rows;
        VEC(struct complete_session) sessions, models;
        int selected;
        bool closed; /* Esc: until the word is another one */
        size_t closed_from;
        loop_id timer;
        struct folder *folder; /* NULL: none read yet */
        struct folder *reading;
        loop_id job;
    } popup;

    VEC(struct known_session) sessions;
    bool sessions_asked, sessions_known;
    char sessions_problem[ERR_MSG_MAX];

    VEC(struct known_model) models; /* as they were when they were last asked for */

    VEC(char *) themes; /* built in and of one's own, sorted */
    struct {
        bool on;
        char name[64];
    } preview;

    struct palette palette;
    const struct slash_def *asked; /* whose arguments a prompt asks for */

    struct {
        char *dir, *file; /* while the editor runs; else NULL */
    } editor;
};

/* tui_paste.c */
bool tui_attach(struct tui *t, struct str text); /* false: small enough to be typed text */
void tui_drop_pasted(struct tui *t, size_t index);
void tui_clear_pasted(struct tui *t);
void tui_open_pasted(struct tui *t, size_t index);
/* The raw text of a page that is a pasted text; false: another page. */
bool tui_pasted_raw(struct tui *t, const char *name, struct str *ret);
/* The question with all that goes with it. The caller frees. */
char *tui_whole_question(struct tui *t);

/* tui_history.c */
void tui_load_history(struct tui *t); /* once, when it is first needed */
void tui_keep_history(struct tui *t, const char *text);
void tui_search_begin(struct tui *t);
bool tui_search_key(struct tui *t, key_code key); /* false: the search is over, the key goes on */
const char *tui_search_found(struct tui *t);      /* NULL: nothing */

/* tui_complete.c */
void tui_complete_update(struct tui *t); /* after the text changed */
void tui_complete_now(struct tui *t);    /* Tab without a list */
void tui_complete_close(struct tui *t);
void tui_complete_release(struct tui *t);
bool tui_complete_key(struct tui *t, key_code key); /* false: not the list's */
bool tui_complete_mouse(struct tui *t, const struct tty_event *ev);
void tui_ask_sessions(struct tui *t);
bool tui_ask_models(struct tui *t); /* false: there are none */
void tui_find_themes(struct tui *t);
void tui_preview(struct tui *t, const char *name); /* NULL: the chosen theme again */
void tui_preview_input(struct tui *t);             /* what "/theme NAME" in the input names */
bool tui_choose_theme(struct tui *t, const char *name);

/* palette.c */
void tui_open_palette(struct tui *t, const char *typed);
void tui_choose_model(struct tui *t); /* the same with nothing but the models */
void tui_close_palette(struct tui *t);
void tui_palette_update(struct tui *t);
bool tui_palette_key(struct tui *t, key_code key);
bool tui_palette_mouse(struct tui *t, const struct tty_event *ev); /* false: it is not open */
void tui_palette_forget(struct tui *t); /* names of a model that is folded anew */
void tui_palette_release(struct tui *t);

/* tui_slash.c */
struct slash_call;
struct slash_def;
void tui_slash(struct tui *t, const struct slash_call *call);
/* In a replay nothing is asked, and what asks has no place. */
bool tui_slash_possible(const struct tui *t, const struct slash_def *def);
/* With its arguments asked for, where there is no input line to write them in. */
void tui_slash_prompt(struct tui *t, const struct slash_def *def);
/* Enter in the input: a command, or a question. */
void tui_submit(struct tui *t);
void tui_resume(struct tui *t, const char *id);

/* tui_editor.c */
void tui_edit_outside(struct tui *t);
void tui_editor_release(struct tui *t);

/* tui_input.c */
bool tui_composer_key(struct tui *t, key_code key); /* false: the key table says what it does */
bool tui_layer_hints(struct tui *t); /* what is possible in what is open; false: nothing is */
void tui_composer_init(struct tui *t);
void tui_composer_release(struct tui *t);
void tui_place_input(struct tui *t); /* into the screen, before drawing */
void tui_input_text(struct tui *t, const char *text);

#endif
