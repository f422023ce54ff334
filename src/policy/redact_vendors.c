/* redact_vendors.c - keys that their vendors made recognisable, as a table: what they begin with,
 * and how much of which characters follows. Sources: the vendors' own documents on their key
 * formats; the lengths are lower bounds, so that a new, longer form is still found. */
#include "redact_priv.h"

#define TOKEN_MAX 4096
#define JWT_MIN 30

enum charset { UPPER_DIGIT, HEX, ID, ID_DOT, ID_SLASH, BASE64 };

struct vendor {
    const char *prefix;
    size_t min; /* bytes after it */
    enum charset set;
    bool exact; /* no more than `min` may follow */
};

/* Rows of one first byte stand together. */
static const struct vendor vendors[] = {
    {"AGE-SECRET-KEY-1", 40, UPPER_DIGIT, false},
    {"AKIA", 16, UPPER_DIGIT, false},
    {"ASIA", 16, UPPER_DIGIT, false},
    {"ABIA", 16, UPPER_DIGIT, false},
    {"ACCA", 16, UPPER_DIGIT, false},
    {"AIza", 30, ID, false},
    {"ATATT3", 30, ID, false},
    {"ATCTT3", 30, ID, false},
    {"AQVN", 30, ID, false},
    {"CCIPAT_", 20, ID, false},
    {"EAACEdEose0cBA", 20, ID, false},
    {"GOCSPX-", 20, ID, false},
    {"HRKU-", 30, ID, false},
    {"LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVk", 20, BASE64, false}, /* "-----BEGIN RSA PRIVATE KEY" */
    {"LS0tLS1CRUdJTiBQUklWQVRFIEtFW", 20, BASE64, false},
    {"LS0tLS1CRUdJTiBFQyBQUklWQVRFIEtFW", 20, BASE64, false},
    {"LS0tLS1CRUdJTiBPUEVOU1NIIFBSSVZBVEUgS0VZ", 20, BASE64, false},
    {"LS0tLS1CRUdJTiBFTkNSWVBURUQgUFJJVkFURSBLRVkt", 20, BASE64, false},
    {"LTAI", 12, ID, false},
    {"NRAK-", 20, UPPER_DIGIT, false},
    {"NRII-", 20, ID, false},
    {"PMAK-", 30, ID, false},
    {"SG.", 30, ID_DOT, false},
    {"SK", 32, HEX, true},
    {"access_token$production$", 20, ID, false},
    {"bkua_", 30, ID, false},
    {"dapi", 32, HEX, false},
    {"dckr_pat_", 20, ID, false},
    {"doo_v1_", 40, ID, false},
    {"dop_v1_", 40, ID, false},
    {"dor_v1_", 40, ID, false},
    {"dp.pt.", 30, ID, false},
    {"dp.st.", 30, ID_DOT, false},
    {"dt0c01.", 40, ID_DOT, false},
    {"figd_", 30, ID, false},
    {"fm2_", 30, BASE64, false},
    {"ghp_", 30, ID, false},
    {"gho_", 30, ID, false},
    {"ghu_", 30, ID, false},
    {"ghs_", 30, ID, false},
    {"ghr_", 30, ID, false},
    {"github_pat_", 30, ID, false},
    {"glc_", 30, BASE64, false},
    {"gldt-", 16, ID, false},
    {"glpat-", 16, ID, false},
    {"glptt-", 30, ID, false},
    {"glrt-", 16, ID, false},
    {"glsa_", 30, ID, false},
    {"gsk_", 40, ID, false},
    {"hf_", 30, ID, false},
    {"hooks.slack.com/services/", 20, ID_SLASH, false},
    {"hooks.slack.com/workflows/", 20, ID_SLASH, false},
    {"hvb.", 20, ID, false},
    {"hvr.", 20, ID, false},
    {"hvs.", 20, ID, false},
    {"key-", 32, HEX, true},
    {"lin_api_", 30, ID, false},
    {"nfp_", 30, ID, false},
    {"npm_", 30, ID, false},
    {"ntn_", 30, ID, false},
    {"pplx-", 30, ID, false},
    {"pscale_pw_", 20, ID_DOT, false},
    {"pscale_tkn_", 20, ID_DOT, false},
    {"pul-", 40, HEX, false},
    {"pypi-", 40, ID, false},
    {"r8_", 30, ID, false},
    {"rk_live_", 16, ID, false},
    {"rk_test_", 16, ID, false},
    {"rubygems_", 40, HEX, false},
    {"sbp_", 40, HEX, false},
    {"shpat_", 30, HEX, false},
    {"shpca_", 30, HEX, false},
    {"shppa_", 30, HEX, false},
    {"shpss_", 30, HEX, false},
    {"sk-", 20, ID, false},
    {"sk_live_", 16, ID, false},
    {"sk_test_", 16, ID, false},
    {"sntrys_", 40, BASE64, false},
    {"sntryu_", 40, HEX, false},
    {"sq0atp-", 20, ID, false},
    {"sq0csp-", 30, ID, false},
    {"tskey-", 20, ID, false},
    {"whsec_", 20, BASE64, false},
    {"xai-", 40, ID, false},
    {"xapp-", 10, ID, false},
    {"xoxa-", 10, ID, false},
    {"xoxb-", 10, ID, false},
    {"xoxe-", 10, ID, false},
    {"xoxe.", 10, ID_DOT, false},
    {"xoxp-", 10, ID, false},
    {"xoxr-", 10, ID, false},
    {"xoxs-", 10, ID, false},
    {"xoxc-", 10, ID, false},
    {"xoxd-", 10, ID, false},
    {"ya29.", 20, ID_DOT, false},
};
#define VENDORS (sizeof(vendors) / sizeof(vendors[0]))

static bool in_charset(char c, enum charset set)
{
    switch (set) {
    case UPPER_DIGIT:
        return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    case HEX:
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    case ID:
        return redact_is_word(c) || c == '-';
    case ID_DOT:
        return redact_is_word(c) || c == '-' || c == '.';
    case ID_SLASH:
        return redact_is_word(c) || c == '/';
    case BASE64:
        return redact_is_word(c) || (c && strchr("+/=-,", c));
    }
    return false;
}

static size_t run_of(struct str s, size_t from, enum charset set)
{
    size_t i = from;

    while (i < s.len && i < TOKEN_MAX && in_charset(s.ptr[i], set))
        i++;
    while (i > from && (s.ptr[i - 1] == '.' || s.ptr[i - 1] == ',')) /* the end of a sentence */
        i--;
    return i - from;
}

/* Two dots between parts of base64url, the first of which is a JSON object; or one part, as Grafana
 * writes its keys. Source: RFC 7519, 3.1. */
static size_t jwt_length(struct str s)
{
    size_t len = run_of(s, 0, ID_DOT), dots = 0;

    for (size_t i = 0; i < len; i++)
        dots += s.ptr[i] == '.';
    if (dots == 0 && str_starts(s, "eyJrIjoi")) /* {"k":" */
        len = run_of(s, 0, BASE64);
    else if (dots < 2)
        return 0;
    return len >= JWT_MIN ? len : 0;
}

/* "123456789:AAF..." of a Telegram bot: 8 to 10 digits and 35 characters. */
static size_t telegram_length(struct str s)
{
    size_t digits = 0, run;

    while (digits < s.len && digits < 11 && s.ptr[digits] >= '0' && s.ptr[digits] <= '9')
        digits++;
    if (digits < 8 || digits > 10 ||
        !str_starts((struct str){s.ptr + digits, s.len - digits}, ":AA"))
        return 0;
    run = run_of(s, digits + 1, ID);
    return run == 35 ? digits + 1 + run : 0;
}

void redact_vendor_index(struct vendor_index *ret)
{
    *ret = (struct vendor_index){0};
    for (size_t i = VENDORS; i-- > 0;) {
        unsigned char c = (unsigned char)vendors[i].prefix[0];

        ret->first[c] = (unsigned char)(i + 1);
        ret->second[c] |= redact_second_bit(vendors[i].prefix[1]);
    }
    for (int c = '0'; c <= '9'; c++) { /* telegram_length() */
        for (int d = '0'; d <= '9'; d++)
            ret->second[c] |= redact_second_bit((char)d);
        ret->first[c] = VENDORS + 1;
    }
    ret->first['e'] = VENDORS + 1; /* jwt_length() */
    ret->second['e'] = redact_second_bit('y');
}

static size_t vendor_length(const struct vendor *v, struct str s)
{
    size_t len, run;

    if (s.ptr[1] != v->prefix[1] || !str_starts(s, v->prefix))
        return 0;
    len = strlen(v->prefix);
    run = run_of(s, len, v->set);
    if (run < v->min)
        return 0;
    if (v->exact && (run > v->min || (len + run < s.len && redact_is_word(s.ptr[len + run]))))
        return 0;
    return len + run;
}

size_t redact_known_token(struct str s, size_t first, enum redact_kind *ret_kind)
{
    char c = s.len ? s.ptr[0] : '\0';

    if (s.len < 8)
        return 0;
    *ret_kind = REDACT_VENDOR;
    if (c <= '9')
        return telegram_length(s);
    if (c == 'e') {
        *ret_kind = REDACT_JWT;
        return str_starts(s, "eyJ") ? jwt_length(s) : 0;
    }
    for (size_t i = first; i < VENDORS && vendors[i].prefix[0] == c; i++) {
        size_t len = vendor_length(&vendors[i], s);

        if (len) {
            if (str_starts(s, "LS0t"))
                *ret_kind = REDACT_PRIVATE_KEY;
            return len;
        }
    }
    return 0;
}
