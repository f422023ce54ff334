/* aws_places.h - which regions of which accounts a command asks, and printing what came. */
#ifndef RUNBOOK_SRC_APP_AWS_PLACES_H
#define RUNBOOK_SRC_APP_AWS_PLACES_H

#include "src/app/aws_open.h"

struct aws_spot {
    struct aws_account *account;
    const char *region;
};
struct aws_places {
    struct aws_run *run;
    VEC(struct aws_spot) list;
    size_t open; /* accounts whose regions are being asked for */
    struct err err;
};

/* --region, "all" among them: those that are switched on; else the account's own. ERR_INPUT: an
 * account has none, or a name is none; turns the loop where regions have to be asked for. Call
 * aws_places_release() in any case. */
enum err_code aws_places_find(struct aws_places *p, struct aws_run *run,
                              const struct cmd_args *args, struct err *err);
void aws_places_release(struct aws_places *p);

/* What is printed of AWS: secrets are masked, and without --json nothing a terminal obeys stays. */
int aws_print(struct app *app, struct str text);
/* The same; `data`: for another program, such as SARIF, whatever --json says. */
int aws_print_as(struct app *app, struct str text, bool data);
/* A field of CSV (RFC 4180); what a spreadsheet would take for a formula gets a quote before it. */
void aws_csv_field(struct buf *out, const char *s, bool last);
/* `s` in `width` cells, cut with an ellipsis, and a blank. */
void aws_put_cell(struct buf *out, const char *s, int width, bool ascii);
void aws_widen(int *width, const char *s, int most);

#endif
