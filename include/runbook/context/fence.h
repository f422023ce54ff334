/* fence.h - text that is data: what tools, logs, files and other machines say.
 * A fence is a pair of lines with a nonce of the session around such text. Whoever writes the text
 * does not know the nonce, so that nothing inside can end the fence; what resembles one is broken
 * up, as are the role marks of model families. Control, bidi and invisible characters and terminal
 * sequences are taken out, bad UTF-8 becomes U+FFFD. A fenced text never causes an action by
 * itself: provenance_of() tells whether something that a model proposes has any other source. Pure.
 */
#ifndef RUNBOOK_CONTEXT_FENCE_H
#define RUNBOOK_CONTEXT_FENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "runbook/base/rng.h"
#include "runbook/base/str.h"

#define FENCE_NONCE_LEN 16

struct fence {
    char nonce[FENCE_NONCE_LEN + 1];
};

void fence_init(struct fence *f, struct rng *rng); /* once a session, from a seeded generator */

struct fence_source {
    const char *tool; /* "prometheus_range"; cleaned to letters, digits and "_.:/-" */
    const char *id;   /* what it can be asked for again by: "c12"; NULL: nothing */
};

struct fence_report {
    size_t removed;   /* characters taken out */
    size_t escaped;   /* places that resembled a fence or a role mark */
    size_t cut_bytes; /* left out of the middle */
    bool forged;      /* the text held this session's nonce: worth a warning */
};

/* Append `text` in a fence. Of a text longer than `max_bytes` the head and the tail are kept, cut
 * at lines where there are any, and what is missing is said between them. `ret` may be NULL. */
void fence_wrap(const struct fence *f, struct buf *out, const struct fence_source *source,
                struct str text, size_t max_bytes, struct fence_report *ret);
/* The cleaning alone, for one line that stands outside a fence: newlines become blanks. */
void fence_clean_line(const struct fence *f, struct buf *out, struct str text, size_t max_bytes);
/* What a system prompt says of fences, with the nonce in it. */
void fence_rule(const struct fence *f, struct buf *out);

/* Two thirds of `max_bytes` from the start and one third from the end, at lines where possible. */
void fence_head_tail(struct str text, size_t max_bytes, struct str *ret_head, struct str *ret_tail);

/* Where words come from. */
enum provenance {
    PROVENANCE_NOWHERE, /* the model's own */
    PROVENANCE_TRUSTED, /* a person, the configuration or the program said them */
    PROVENANCE_FENCED,  /* only data says them: show that to whoever has to decide */
};

struct provenance_text {
    struct str text;
    bool fenced;
};

/* Does `words` (a command, a resource's name) stand in one of the texts? Compared word by word:
 * case, quotes, markup and the width of blanks do not matter. When it stands nowhere as a whole,
 * but one fenced text holds all its words close together and no trusted one does, that is
 * PROVENANCE_FENCED too. `*ret_text` (may be NULL) is the text that decided. */
enum provenance provenance_of(struct str words, const struct provenance_text *texts, size_t count,
                              size_t *ret_text);

#endif
