/* text_priv.h - between the files of text. */
#ifndef RUNBOOK_BASE_TEXT_PRIV_H
#define RUNBOOK_BASE_TEXT_PRIV_H

#include <stdbool.h>
#include <stdint.h>

bool text_is_wide_ambiguous(uint32_t cp); /* and two cells wide here */

#endif
