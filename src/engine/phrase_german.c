/* phrase_german.c - see phrase_german.h. */
#include "phrase_german.h"

static const struct {
    const char *german, *english;
    bool both; /* an English word, too */
} words[] = {
    {"warum", "why", false},
    {"wieso", "why", false},
    {"weshalb", "why", false},
    {"was", "what", true},
    {"wer", "who", false},
    {"wie", "how", false},
    {"wieviel", "much", false},
    {"wieviele", "many", false},
    {"viel", "much", false},
    {"viele", "many", false},
    {"welche", "which", false},
    {"welcher", "which", false},
    {"welches", "which", false},
    {"wann", "when", false},
    {"ist", "is", false},
    {"sind", "are", false},
    {"hat", "has", true},
    {"haben", "have", false},
    {"wurde", "was", false},
    {"wurden", "were", false},
    {"gibt", "list", false},
    {"zeig", "show", false},
    {"zeige", "show", false},
    {"liste", "list", false},
    {"der", "the", true},
    {"die", "the", true},
    {"das", "the", true},
    {"den", "the", true},
    {"dem", "the", true},
    {"des", "the", true},
    {"ein", "a", true},
    {"eine", "a", false},
    {"einer", "a", false},
    {"mir", "me", true},
    {"mein", "my", true},
    {"meine", "my", false},
    {"wir", "we", false},
    {"ich", "i", true},
    {"es", "it", true},
    {"sich", "it", false},
    {"noch", "now", false},
    {"alle", "all", false},
    {"und", "and", false},
    {"von", "of", false},
    {"vom", "of", false},
    {"im", "in", true},
    {"auf", "on", false},
    {"seit", "since", false},
    {"vor", "past", false},
    {"letzte", "last", false},
    {"letzten", "last", false},
    {"letzter", "last", false},
    {"stunde", "hour", false},
    {"stunden", "hours", false},
    {"minuten", "minutes", false},
    {"tag", "day", true},
    {"tagen", "days", false},
    {"woche", "week", false},
    {"wochen", "weeks", false},
    {"monat", "month", false},
    {"monats", "month", false},
    {"heute", "today", false},
    {"langsam", "slow", false},
    {"voll", "full", false},
    {"frei", "free", false},
    {"kaputt", "broken", false},
    {"nicht", "cannot", false},
    {"antwortet", "reach", false},
    {"laden", "load", true},
    {"geht", "goes", false},
    {"ausgefallen", "failed", false},
    {"abgest\u00fcrzt", "crashed", false},
    {"h\u00e4ngt", "hangs", false},
    {"haengt", "hangs", false},
    {"fehler", "errors", false},
    {"platte", "disk", false},
    {"platten", "disks", false},
    {"festplatte", "disk", false},
    {"speicher", "memory", false},
    {"arbeitsspeicher", "memory", false},
    {"prozessor", "processor", false},
    {"netzwerk", "network", false},
    {"dienst", "services", false},
    {"dienste", "services", false},
    {"prozess", "process", false},
    {"prozesse", "processes", false},
    {"frisst", "eats", false},
    {"braucht", "uses", false},
    {"verbraucht", "uses", false},
    {"l\u00e4uft", "running", false},
    {"laeuft", "running", false},
    {"laufen", "running", false},
    {"gestoppt", "stopped", false},
    {"instanz", "instance", false},
    {"instanzen", "instances", false},
    {"datenbank", "database", false},
    {"datenbanken", "databases", false},
    {"ge\u00e4ndert", "changed", false},
    {"geaendert", "changed", false},
    {"\u00e4nderungen", "changes", false},
    {"aenderungen", "changes", false},
    {"alarme", "alarms", false},
    {"alarm", "alarm", true},
    {"ursache", "cause", false},
    {"soll", "should", false},
    {"tun", "do", true},
    {"machen", "do", false},
    {"kosten", "costs", false},
    {"kostet", "costs", false},
    {"starte", "restart", false},
    {"neustarten", "restart", false},
    {"starten", "restart", false},
    {"stoppe", "stop", false},
    {"l\u00f6sche", "delete", false},
    /* A terminal without UTF-8 drops the umlaut. */
    {"gendert", "changed", false},
    {"hngt", "hangs", false},
    {"hallo", "hello", false},
    {"hilfe", "help", false},
    {"bitte", "please", false},
};

#define COUNT (sizeof(words) / sizeof(words[0]))

/* Letters of ASCII in either case; the others as they are, or as the capital of an umlaut. */
static bool same(struct str a, const char *b)
{
    struct str w = str_from(b);

    if (a.len != w.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        unsigned char x = (unsigned char)a.ptr[i], y = (unsigned char)w.ptr[i];

        if (x >= 'A' && x <= 'Z')
            x = (unsigned char)(x - 'A' + 'a');
        if (i && (unsigned char)a.ptr[i - 1] == 0xc3 && x >= 0x84 && x <= 0x9c)
            x = (unsigned char)(x + 0x20); /* U+00C4 to U+00E4 */
        if (x != y)
            return false;
    }
    return true;
}

static size_t find(struct str word)
{
    for (size_t i = 0; i < COUNT; i++)
        if (same(word, words[i].german))
            return i;
    return COUNT;
}

void phrase_from_german(struct str *w, size_t count, bool (*known)(void *ctx, struct str word),
                        void *ctx)
{
    bool german = false;

    for (size_t i = 0; i < count; i++) {
        size_t at = find(w[i]);

        german = german || (at < COUNT && !words[at].both && !(known && known(ctx, w[i])));
    }
    for (size_t i = 0; german && i < count; i++) {
        size_t at = find(w[i]);

        if (at < COUNT && !(known && known(ctx, w[i])))
            w[i] = str_from(words[at].english);
    }
}
