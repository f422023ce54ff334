/* cases_second_service.c - a second request to a listener: just above and just below what is asked
 * of it. */
#include "cases.h"

#define LISTENS(members)                                                                           \
    "{\"now_ms\":1700000000000,\"listeners\":[{\"port\":8080,\"pid\":42,\"command\":"              \
    "\"app\"," members "}]}"
#define PAGE(status, ms)                                                                           \
    "\"pages\":[{\"path\":\"/\",\"status\":" status ",\"ms\":" ms "},{\"path\":\"/health\","       \
    "\"status\":" status ",\"ms\":1}]"
#define FAILS WITH(services, LISTENS(PAGE("500", "1")))
#define SLOW WITH(services, LISTENS(PAGE("200", "900")))

const struct second cases_second_service[] = {
    {"error_answer", FAILS, LISTENS(PAGE("500", "1")), YES},
    {"error_answer", FAILS, LISTENS(PAGE("499", "1")), OPEN},
    {"error_answer", FAILS, LISTENS("\"proto\":\"redis\",\"say\":\"-LOADING\""), YES},
    {"error_answer", FAILS, "{\"listeners\":[]}", NO},
    {"slow_answer", SLOW, LISTENS(PAGE("200", "500")), YES},
    {"slow_answer", SLOW, LISTENS(PAGE("200", "499")), OPEN},
    {"slow_answer", SLOW, "{\"listeners\":[]}", NO},
    {.id = NULL},
};
