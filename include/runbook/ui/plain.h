/* plain.h - the interactive frontend without a screen: for dumb terminals, pipes and screen
 * readers. The same events as everywhere, line by line; commands are lines too. No colour unless
 * asked, no control sequence, nothing that moves. What the screen shows in panes and pages is
 * listed with numbers, and a number opens what stands beside it.
 *
 * Where nobody can be asked (stdin is no terminal) there is no prompt and no paging, and a line
 * waits until the investigation before it has ended, so that a script reads answers in order. */
#ifndef RUNBOOK_UI_PLAIN_H
#define RUNBOOK_UI_PLAIN_H

#include "runbook/loop/loop.h"
#include "runbook/ui/text.h"
#include "runbook/ui/tui.h"
#include "runbook/view/theme.h"

struct plain; /* opaque */

/* The commands as rows of documentation: "open, o NUMBER or ID", and what it does. False after
 * the last. `words` holds 128 bytes. */
bool plain_command_doc(size_t index, char words[128], const char **ret_help);

/* What the app does for a command; NULL: not possible here, and the command says so. */
struct plain_host {
    void *ctx;
    bool (*export)(void *ctx, const char *format, const char *path, struct buf *said,
                   struct err *err);
    bool (*sessions)(void *ctx, const char *filter, struct buf *out, struct err *err);
    bool (*resume)(void *ctx, const char *id, struct err *err); /* another session; leaves this */
    bool (*init)(void *ctx, struct err *err);                   /* leaves, and asks its questions */
    const char *(*journal)(void *ctx);                          /* path; NULL: not kept */
};

struct plain_options {
    struct text_options text;
    int in_fd, out_fd;         /* borrowed */
    bool chat;                 /* a line that begins with no slash is a question */
    bool prompt;               /* somebody sits there: ask for a command, stop after a page */
    int page_lines;            /* lines of a page; 0: never stop */
    const char *label;         /* said first: "recording of ..."; NULL: nothing */
    const struct start *start; /* a first run: said before anything else; borrowed; NULL: none */
    struct blob_source blobs;
    const struct tui_services *services; /* what was asked before; NULL: none; borrowed */
    struct chain_source chain;           /* path NULL: there is no journal */
    const char *run_dir;                 /* for what is copied to a file; NULL: nowhere */
    const char *theme_dirs[2];           /* where files of themes are; NULL: none */
    enum color_level colors;             /* that the terminal shows; COLORS_NONE: none are wanted */
    bool in_tmux;
    struct intent_sink intents;          /* submit NULL: nothing can be asked (replay) */
    const struct replay_control *replay; /* NULL: live; borrowed */
    struct plain_host host;
    /* The person leaves, the input has ended, or nobody reads; called once, after INTENT_QUIT. */
    void (*on_quit)(void *ctx, int signo);
    void *quit_ctx;
};

enum err_code plain_new(struct loop *loop, const struct plain_options *opts, struct plain **ret,
                        struct err *err);
void plain_free(struct plain *p); /* NULL is fine */
/* For engine_add_sink(engine, plain_sink(), plain). */
const struct sink_ops *plain_sink(void);
/* Show this model (borrowed); says what there is already, and begins to read. */
void plain_show(struct plain *p, const struct model *m); /* asks for what waits, too */
/* A first run found one thing more: the last row of opts.start. */
void plain_found(struct plain *p);
/* What `accounts` or `setup` shows is another: said when there is something else to choose. */
void plain_sheet_changed(struct plain *p);
/* The replayer moved: say where it is now. */
void plain_moved(struct plain *p);
/* One line, cleaned. */
void plain_say(struct plain *p, const char *text);

#endif
