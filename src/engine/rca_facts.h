/* rca_facts.h - what the features are computed from, between rca_facts.c (what each service showed,
 * who calls whom), rca_explain.c (what explains what), rca_features.c (the numbers of a service)
 * and rca_global.c (the numbers of the incident). */
#ifndef RUNBOOK_ENGINE_RCA_FACTS_H
#define RUNBOOK_ENGINE_RCA_FACTS_H

#include "rca_features.h"

/* What one service showed, per kind. */
struct rca_seen {
    double kind[RCA_KINDS]; /* log of z */
    size_t best[RCA_KINDS]; /* signal; SIZE_MAX: none */
    double best_fine[RCA_KINDS];
    double symptom, other_symptom; /* of the alert's kind, of another */
    double rise;                   /* log of the part by which it rose, when it did */
    size_t worst;                  /* the signal that `symptom` is told by */
    bool measured;                 /* has symptoms of its own that could have moved */
    double in_flight;              /* log of z: what waits there */
    double traffic_rise;           /* relative */
    double traffic_fall;           /* 0-1: part of the requests that are gone */
    size_t fall;                   /* the signal that tells it */
    double bytes_rise;             /* of network bytes, for want of requests */
    double requests_now;           /* a second, after */
    double requests;               /* a second, before; 0: unknown */
    const char *request_metric;
    bool moved, sees_bytes;
};

struct rca_links { /* neighbours of a service over calls that wait, through nodes without data */
    size_t *items;
    size_t count;
};

struct rca_facts {
    const struct rca_input *in;
    struct rca_seen *seen;
    struct rca_links *callees; /* with symptoms that are measured */
    struct rca_links *silent;  /* callees whose symptoms nobody measures */
    struct rca_links *senders; /* who sends it requests, whether or not it waits */
    size_t *service_of_node;
    int *hops; /* from the alerting service by node; NULL: not known */
    int64_t first_onset;
    double most_requests; /* of one service */
    double most_rise;
    size_t *signals_of;   /* indexes of signals, those of a service together */
    size_t *first_signal; /* of a service, into signals_of; one more at the end */
};

/* Walk the signals of a service: `i` is their index in rca_input.signals. */
#define RCA_SIGNALS_EACH(i, f, service)                                                            \
    for (size_t at_ = (f)->first_signal[service], i;                                               \
         at_ < (f)->first_signal[(service) + 1] && (i = (f)->signals_of[at_], true); at_++)

double rca_strength(double z);                   /* log of z, from 0, bounded */
double rca_weight_z(const struct rca_signal *s); /* less what is seen elsewhere or too small */
/* The same, at most what chance leaves of so many requests. */
double rca_facts_z(const struct rca_facts *f, const struct rca_signal *s);
double rca_facts_control_z(const struct rca_facts *f, const struct rca_signal *s, size_t window);
/* Log of z of the complaint of a service, from `most` (of its kind) and `same` (of its very metric;
 * below 0: not measured), less what few requests leave open. */
double rca_complaint(const struct rca_facts *f, size_t service, double most, double same);
bool rca_is_symptom(enum rca_kind kind);     /* latency, errors, availability */
double rca_ratio(double part, double whole); /* cut to 0-1; 0 of nothing */
int rca_hops_of(const struct rca_facts *f, size_t service);
/* The alerting service does not wait for it, however indirectly. */
bool rca_unreached(const struct rca_facts *f, size_t service);
double rca_seen_total(const struct rca_seen *s);

size_t rca_worst_callee(const struct rca_facts *f, size_t service); /* SIZE_MAX: none */
/* 0-1: part of the caller's change that would be gone if this callee had not changed. */
double rca_part_of(const struct rca_facts *f, size_t caller, size_t callee);
/* 0-1: part of the change of a service that would be gone if its callees had not changed. */
double rca_explained_share(const struct rca_facts *f, size_t service);
/* 0-1: part of the others' symptoms that would be gone if this service had not changed;
 * `ret_alert`: of the alerting service's, 1 for itself. */
double rca_explains(const struct rca_facts *f, size_t service, double *ret_alert);
bool rca_follows_load(const struct rca_facts *f, size_t service);
bool rca_load_is_its_own(const struct rca_facts *f, size_t service);
/* 0-1: part of its requests that are gone, and of no caller's. */
double rca_lost(const struct rca_facts *f, size_t service);
double rca_silent_evidence(const struct rca_facts *f, size_t service);

#endif
