/* approval.h - who may answer an approval, and when. Pure: no clock and no terminal, both are told
 * to it, so a test steps them by hand. The rules:
 * - A key counts only when it was typed after the request had been on the screen: the dialog is
 *   armed when 300 ms have passed since its frame was written and nothing was typed in them. Every
 *   key before that is thrown away and starts the 300 ms again, so that somebody who is in the
 *   middle of a sentence does not answer with it. Whoever arms it throws away first what waits
 *   unread.
 * - Pasted text, the mouse and changes of the focus are no answers.
 * - A key that approves came by itself: what arrives with others at once is a paste without
 *   brackets, or a program. It is thrown away with what was typed before it.
 * - Enter alone never approves. Low and medium: `y`, or `s` for the session; Ctrl-N: never. High:
 * `yes` and Enter. Critical: the name as the dialog shows it and Enter.
 * - All of the request was on the screen before.
 * - The answer carries the fingerprint of what was shown. When the request changes, the dialog
 *   begins anew.
 * - No answer is a refusal: the engine lets a request expire. */
#ifndef RUNBOOK_UI_APPROVAL_H
#define RUNBOOK_UI_APPROVAL_H

#include "runbook/ui/keymap.h"
#include "runbook/view/approval.h"

#define APPROVAL_ARM_MS 300
#define APPROVAL_BURST_MS 8 /* closer together nobody types */

enum approval_answer {
    APPROVAL_NOTHING, /* the key was for the dialog, or did not count: `message` may say why */
    APPROVAL_APPROVE, /* with `id` and `fingerprint` */
    APPROVAL_REJECT,
    APPROVAL_SESSION, /* yes, and it is not asked again in this session */
    APPROVAL_NEVER,   /* no, and never again */
    APPROVAL_LATER,   /* closed; it stays in the queue */
};

struct approval_dialog {
    bool open;
    char id[256], fingerprint[65]; /* of what is shown */
    int64_t key_ms;                /* when the last key came */
    int burst;                     /* how many came at once with it */
    int64_t quiet_ms;              /* since when it was shown and nothing was typed; 0: not shown */
    struct buf typed;
    char message[128];
    struct approval_view view;
};

void approval_init(struct approval_dialog *d);
void approval_release(struct approval_dialog *d);
void approval_open(struct approval_dialog *d, const struct approval *a);
void approval_close(struct approval_dialog *d);
/* After an event, and before drawing: closes when the request was answered, begins anew when it
 * changed, and lends the model's request to the view. False: it is closed. */
bool approval_update(struct approval_dialog *d, const struct model *m, int64_t now_ms);
/* The frame that shows it has been written. Only the first one of a request matters. */
void approval_written(struct approval_dialog *d, int64_t now_ms);
/* When to arm, on the clock of approval_written(); 0: not now. */
int64_t approval_arm_at(const struct approval_dialog *d);
/* All that was typed until now has been thrown away. True when keys count from here on. */
bool approval_arm(struct approval_dialog *d, int64_t now_ms);
/* The terminal was elsewhere for a while (Ctrl-Z, a resize to less than can be drawn). */
void approval_disarm(struct approval_dialog *d);
enum approval_answer approval_key(struct approval_dialog *d, key_code key, int64_t now_ms);
/* Something that is no key: "Pasted text is no answer". It starts the 300 ms again. */
void approval_refuse(struct approval_dialog *d, const char *what, int64_t now_ms);

#endif
