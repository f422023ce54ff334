/* approval.h - the fingerprint of a request: what was shown is what is approved.
 * SHA-256 over every field that says what would happen, each with its name and its length, in a
 * fixed order, so that no two requests share an encoding. The id and the time of asking are in it;
 * the fingerprint itself and what a person answered are not. */
#ifndef RUNBOOK_MODEL_APPROVAL_H
#define RUNBOOK_MODEL_APPROVAL_H

#include "runbook/codec/hash.h"
#include "runbook/model/event.h"

void approval_fingerprint(const struct ev_approval_requested *r, char ret[SHA256_HEX]);

#endif
