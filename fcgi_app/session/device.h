/* What a browser calls itself, in words. */
#ifndef SESSION_DEVICE_H
#define SESSION_DEVICE_H

/* Names of browser and system in a User-Agent header, for people to recognise
 * what is theirs; NULL where it names none that is known here. Anybody can send
 * any header: it proves nothing. */
struct device {
    const char *browser, *system;
};

struct device device_of(const char *user_agent);

#endif
