/* loop_priv.h - what the files of this folder share. */
#ifndef RUNBOOK_LOOP_LOOP_PRIV_H
#define RUNBOOK_LOOP_LOOP_PRIV_H

struct loop;
struct proc_set; /* the children of one loop: proc.c */

struct proc_set **loop_procs(struct loop *l); /* where the loop keeps them */
void proc_set_free(struct proc_set *set);     /* kills and reaps what is left; NULL is fine */

#endif
