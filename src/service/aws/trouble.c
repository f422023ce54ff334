/* trouble.c - what a refusal's code and status mean to us: pure.
 * Source: AWS SDKs and Tools Reference Guide, "Retry behavior"; "Common Errors" of the services'
 * API references. */
#include "client_priv.h"

static const struct {
    const char *code;
    enum trouble trouble;
} codes[] = {
    {"Throttling", TROUBLE_THROTTLED},
    {"ThrottlingException", TROUBLE_THROTTLED},
    {"ThrottledException", TROUBLE_THROTTLED},
    {"RequestThrottledException", TROUBLE_THROTTLED},
    {"RequestThrottled", TROUBLE_THROTTLED},
    {"TooManyRequestsException", TROUBLE_THROTTLED},
    {"ProvisionedThroughputExceededException", TROUBLE_THROTTLED},
    {"TransactionInProgressException", TROUBLE_THROTTLED},
    {"RequestLimitExceeded", TROUBLE_THROTTLED},
    {"BandwidthLimitExceeded", TROUBLE_THROTTLED},
    {"LimitExceededException", TROUBLE_THROTTLED},
    {"SlowDown", TROUBLE_THROTTLED},
    {"PriorRequestNotComplete", TROUBLE_THROTTLED},
    {"EC2ThrottledException", TROUBLE_THROTTLED},
    {"RequestTimeout", TROUBLE_TRANSIENT},
    {"RequestTimeoutException", TROUBLE_TRANSIENT},
    {"InternalError", TROUBLE_TRANSIENT},
    {"InternalFailure", TROUBLE_TRANSIENT},
    {"InternalServerError", TROUBLE_TRANSIENT},
    {"InternalServerException", TROUBLE_TRANSIENT},
    {"ServiceUnavailable", TROUBLE_TRANSIENT},
    {"ServiceUnavailableException", TROUBLE_TRANSIENT},
    {"Unavailable", TROUBLE_TRANSIENT},
    {"RequestTimeTooSkewed", TROUBLE_CLOCK},
    {"RequestInTheFuture", TROUBLE_CLOCK},
    {"ExpiredToken", TROUBLE_ENDED_KEYS},
    {"ExpiredTokenException", TROUBLE_ENDED_KEYS},
    {"TokenRefreshRequired", TROUBLE_ENDED_KEYS},
    {"InvalidClientTokenId", TROUBLE_KEYS},
    {"UnrecognizedClientException", TROUBLE_KEYS},
    {"InvalidAccessKeyId", TROUBLE_KEYS},
    {"InvalidToken", TROUBLE_KEYS},
    {"InvalidSecurity", TROUBLE_KEYS},
    {"AuthFailure", TROUBLE_KEYS},
    {"IncompleteSignature", TROUBLE_KEYS},
    {"IncompleteSignatureException", TROUBLE_KEYS},
    {"SignatureDoesNotMatch", TROUBLE_KEYS},
    {"InvalidSignatureException", TROUBLE_KEYS},
    {"MissingAuthenticationToken", TROUBLE_KEYS},
    {"MissingAuthenticationTokenException", TROUBLE_KEYS},
    {"NotSignedUp", TROUBLE_NOT_ENABLED},
    {"OptInRequired", TROUBLE_NOT_ENABLED},
    {"OptInRequiredException", TROUBLE_NOT_ENABLED},
    {"SubscriptionRequiredException", TROUBLE_NOT_ENABLED},
    {"InvalidAccessException", TROUBLE_NOT_ENABLED}, /* of Security Hub */
    {"AWSOrganizationsNotInUseException", TROUBLE_NOT_ENABLED},
    {"RegionDisabledException", TROUBLE_NOT_ENABLED},
    {"AccountNotRegisteredException", TROUBLE_NOT_ENABLED},
    {"AccessDenied", TROUBLE_DENIED},
    {"AccessDeniedException", TROUBLE_DENIED},
    {"AccessDeniedFault", TROUBLE_DENIED},
    {"UnauthorizedOperation", TROUBLE_DENIED},
    {"UnauthorizedException", TROUBLE_DENIED},
    {"AuthorizationError", TROUBLE_DENIED},
    {"AuthorizationErrorException", TROUBLE_DENIED},
    {"NotAuthorized", TROUBLE_DENIED},
    {"NotAuthorizedException", TROUBLE_DENIED},
    {"ForbiddenException", TROUBLE_DENIED},
    {"Forbidden", TROUBLE_DENIED},
};

static bool says(struct str message, const char *what)
{
    return str_ifind(message, str_from(what)) >= 0;
}

static bool is_missing(struct str code)
{
    return str_find(code, STR_LIT("NotFound")) >= 0 || str_find(code, STR_LIT("NoSuch")) >= 0 ||
           str_find(code, STR_LIT("NonExistent")) >= 0;
}

/* A signature that is refused for its time has several codes; only the message says so. */
static bool is_clock(struct str message)
{
    return says(message, "signature expired") || says(message, "signature not yet current") ||
           says(message, "request has expired") || says(message, "too skewed");
}

enum trouble aws_trouble_of(int status, struct str code, struct str message)
{
    enum trouble found = TROUBLE_OTHER;

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (str_eq_c(code, codes[i].code))
            found = codes[i].trouble;
    if (str_eq_c(code, "RequestExpired")) /* of EC2: the keys', or the clock's */
        return TROUBLE_CLOCK;
    if (found == TROUBLE_KEYS && is_clock(message))
        return TROUBLE_CLOCK;
    if (found == TROUBLE_DENIED &&
        (says(message, "is not enabled") || says(message, "not subscribed")))
        return TROUBLE_NOT_ENABLED;
    if (found == TROUBLE_DENIED && says(message, "token included in the request is expired"))
        return TROUBLE_ENDED_KEYS;
    if (found != TROUBLE_OTHER)
        return found;
    if (status == 429)
        return TROUBLE_THROTTLED;
    if (status >= 500)
        return status == 501 || status == 505 ? TROUBLE_OTHER : TROUBLE_TRANSIENT;
    if (status == 404 || is_missing(code))
        return TROUBLE_NOT_FOUND;
    return status == 401 || status == 403 ? TROUBLE_DENIED : TROUBLE_OTHER;
}
