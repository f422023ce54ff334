/* export.h - a session as one document, for people and machines elsewhere.
 * Pure: from a folded model and a reader of raw results to bytes. Everything that came from outside
 * is escaped for the format it goes into; a result is put in up to a cap, and what is left out is
 * said. */
#ifndef RUNBOOK_SRC_APP_EXPORT_H
#define RUNBOOK_SRC_APP_EXPORT_H

#include "runbook/model/intent.h"
#include "runbook/model/model.h"
#include "runbook/view/diagram.h"

struct export_options {
    const char *journal;             /* path; NULL: not kept */
    const char *integrity;           /* one line: "chain verified: 42 lines, last hash ..."; NULL */
    const struct blob_source *blobs; /* NULL: no raw results */
    size_t raw_max, raw_total_max;   /* bytes of one result and of all; 0: the default */
};

const char *export_title(const struct model *m); /* never ""; not escaped */
void export_markdown(const struct model *m, const struct export_options *o, struct buf *out);
/* {"schema":"runbook.session/1",...} without a newline. */
void export_json(const struct model *m, const struct export_options *o, struct buf *out);
/* The diagrams of view/diagram.h: as Mermaid source in a Markdown document, and drawn. */
void export_mermaid(const struct model *m, struct buf *out);
void export_diagrams(const struct model *m, enum glyph_set glyphs, struct buf *out);
/* One file: no script, nothing is loaded, light and dark. */
void export_html(const struct model *m, const struct export_options *o, struct buf *out);

/* Into a file, 0600: `format` is md, json or html; "" follows the file's ending, else md. `path` ""
 * names a file after the session, here. A file that is there already is not written over.
 * `ret_said`: "Wrote FILE (md, 12.1 KB)". */
enum err_code export_file(const struct model *m, const struct export_options *o, const char *format,
                          const char *path, struct buf *ret_said, struct err *err);

#endif
