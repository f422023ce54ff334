/* aws_play.h - scenes of what changes something in AWS, played against scripted answers. The scenes
 * are aws_scenes.json: what is read changes when the change was asked for and answered well. */
#ifndef RUNBOOK_TESTS_UNIT_ENGINE_AWS_PLAY_H
#define RUNBOOK_TESTS_UNIT_ENGINE_AWS_PLAY_H

#include "tests/lib/act_run.h"
#include "tests/lib/awsfake.h"

#include "runbook/model/approval.h"

#define PLAY_TEXT_MAX ((size_t)4 << 20)

struct scene {
    const char *name, *operation, *args;
    const char *change; /* "ec2:StopInstances": what it sends */
    const char *rules;  /* of awsfake; without those of the change itself; "@ID" is the mutation */
    const char *answer; /* members of the rule that answers the change */
    const char *undo;   /* what its undo sends; "": it cannot be undone */
    const char *undone; /* rules from the start of the undo on, where `rules` do not tell */
    const char *stuck;  /* rules from its start on when it is not reached; "": not played */
    const char *wire;   /* what the change's request holds */
    const char *back;   /* what the request holds that rolls it back */
    bool trial;         /* AWS is asked first whether it would */
    bool slow;          /* what is read of it when its answer got lost comes minutes later */
    bool token;         /* it may be repeated after throttling */
    bool rolls_back;
    const char *stays; /* it is to stay so: time passes when this was asked twice; "": it is not */
    const char *before, *after; /* words of the plan */
};

extern struct scene play_scenes[64];
extern size_t play_scene_count;
#define EACH_SCENE(s)                                                                              \
    for (const struct scene *s = play_scenes; s < play_scenes + play_scene_count; s++)

/* ---- a scene being played ---- */

struct play {
    const struct scene *scene;
    struct awsfake *fake;
    struct world *world;
    bool stuck;            /* what was to be reached is not */
    bool late;             /* when its calls have ended, its time is over at the first look */
    size_t looks;          /* of scene.stays, when its calls had ended */
    const char *meanwhile; /* rules from its start on; NULL: those of the scene */
};

int play_load(void **state); /* of a group of tests; RB_SCENE: only the scene of that name */
int play_free(void **state);
const struct scene *play_scene(const char *operation); /* its first */
const char *play_bare(const char *change); /* "ec2:StopInstances": without the service */
size_t play_once(const struct scene *s); /* requests of one change, AWS's own dry run among them */
bool play_used(const char *use);         /* "aws.ec2.stop ec2:StopInstances": some scene sent it */

/* `more`: members of the rule that answers the change, each with a comma in front. */
void play_begin(struct play *p, const struct scene *s, const char *more);
void play_end(struct play *p);
void play_script(struct play *p, const char *more); /* the rules alone */
void play_open_world(struct play *p);
void play_watch(struct play *p);                                    /* the world's engine */
void play_rules(struct play *p, const char *rules, const char *id); /* before those there are */

const char *play_propose(struct play *p, bool dry);
void play_refused(struct play *p, const char *operation, const char *args, const char *words);
void play_has(const struct scene *s, const char *what, const char *text, const char *words);
void play_is(struct play *p, const char *id, enum mutation_state want);
void play_sent(struct play *p, size_t want); /* how often the change went out, trials among them */
void play_wire_has(struct play *p, const char *words);

#endif
