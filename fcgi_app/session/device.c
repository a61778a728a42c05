#include "session/device.h"

#include <stddef.h>
#include <string.h>

struct mark {
    const char *text, *name;
};

/* The first that fits: each calls itself by the names of those below as well.
 */
static const struct mark browsers[] = {
    {"Edg", "Edge"},
    {"OPR/", "Opera"},
    {"SamsungBrowser/", "Samsung Internet"},
    {"Vivaldi/", "Vivaldi"},
    {"Firefox/", "Firefox"},
    {"FxiOS/", "Firefox"},
    {"CriOS/", "Chrome"},
    {"Chromium/", "Chromium"},
    {"Chrome/", "Chrome"},
    {"Safari/", "Safari"},
    {"curl/", "curl"},
};

static const struct mark systems[] = {
    {"Windows", "Windows"}, {"Android", "Android"}, {"iPhone", "iPhone"},
    {"iPad", "iPad"},       {"Macintosh", "macOS"}, {"CrOS", "ChromeOS"},
    {"Linux", "Linux"},
};

static const char *
name_in(const struct mark *marks, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++) {
        if (strstr(text, marks[i].text)) {
            return marks[i].name;
        }
    }
    return NULL;
}

struct device
device_of(const char *user_agent)
{
    return (struct device){
        name_in(browsers, sizeof browsers / sizeof *browsers, user_agent),
        name_in(systems, sizeof systems / sizeof *systems, user_agent)};
}
