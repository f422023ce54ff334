/* xml.h - XML bytes to a tree of elements (expat), owned by an arena.
 * For answers of servers: a document type declaration is refused (so there are no entities of its
 * own), depth is at most XML_DEPTH_MAX, and text beside child elements is dropped. Names are local:
 * "xsi:type" is "type", of elements and of attributes; declarations of namespaces are dropped.
 * Source: XML 1.0 (fifth edition); Namespaces in XML 1.0. */
#ifndef RUNBOOK_CODEC_XML_H
#define RUNBOOK_CODEC_XML_H

#include "runbook/base/arena.h"
#include "runbook/base/err.h"
#include "runbook/base/str.h"

#define XML_DEPTH_MAX 128

struct xml_attr {
    struct str name, value;
};

struct xml_node {
    struct str name;
    struct str text; /* of an element without children; never cut or trimmed */
    const struct xml_attr *attrs;
    size_t attr_count;
    const struct xml_node *first, *next; /* child, sibling, in the document's order */
};

/* All of `text`, UTF-8 or what its declaration says of ISO-8859-1, US-ASCII and UTF-16. ERR_INPUT
 * says what and where: "XML line 3 column 14: ...". */
enum err_code xml_parse(struct arena *arena, struct str text, const struct xml_node **ret,
                        struct err *err);

/* The first child of that name, or NULL; `node` may be NULL. */
const struct xml_node *xml_child(const struct xml_node *node, struct str name);
/* The next sibling of the same name, or NULL. */
const struct xml_node *xml_again(const struct xml_node *node);
/* Text of the first child of that name, "" without one. */
struct str xml_text(const struct xml_node *node, const char *child);

/* Append `s` as character data or as the value of an attribute in double quotes; characters that
 * XML cannot hold become U+FFFD. */
void xml_escape(struct buf *out, struct str s);

#endif
