/* rca_weights.h - written by tests/incidents/fit from 320 incidents (120 recorded, 200 simulated);
 * do not edit. In the order of enum rca_feature and enum rca_global. doc/INVESTIGATOR.md says what
 * they mean. */
#ifndef RUNBOOK_ENGINE_RCA_WEIGHTS_H
#define RUNBOOK_ENGINE_RCA_WEIGHTS_H
static const double rca_weights[RCA_FEATURES] = {
    1.337,  /* symptom */
    0.765,  /* other_kind */
    1.531,  /* resource */
    0.313,  /* traffic */
    0.803,  /* level */
    -1.857, /* callee */
    -1.926, /* share */
    -1.398, /* callee_res */
    1.780,  /* explains */
    1.633,  /* to_alert */
    -1.861, /* unreached */
    -2.512, /* observer */
    -0.291, /* late */
    -0.414, /* alerting */
    -0.625, /* by_load */
    -0.034, /* silent */
    -0.350, /* rare */
    1.396,  /* lost */
    -1.006, /* perhaps */
};
/* of scores, when nobody knows who calls whom */
static const double rca_loose = 1.00;
static const double rca_wrong_weights[RCA_GLOBALS] = {
    0.922,  /* peak */
    0.000,  /* alert */
    0.000,  /* second */
    -0.251, /* load */
    0.244,  /* named */
    0.528,  /* mute */
    -0.171, /* series */
    0.458,  /* unusual */
    1.807,  /* news */
    0.000,  /* lead */
    2.051,  /* clear */
    0.706,  /* story */
    -0.727, /* quiet */
};
static const double rca_wrong_bias = -4.215;

#endif
