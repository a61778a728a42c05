#include "base/clock.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pf_time.h"

static char *followed; /* NULL: the time is the machine's */

static int64_t
read_ms(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void
clock_follow(const char *path)
{
    free(followed);
    followed = path ? strdup(path) : NULL;
}

/* Seconds that a test has moved the time by. */
static int64_t
moved(void)
{
    char text[32];
    ssize_t n = 0;
    int fd = followed ? open(followed, O_RDONLY | O_CLOEXEC) : -1;

    if (fd >= 0) {
        n = read(fd, text, sizeof text - 1);
        close(fd);
    }
    text[n > 0 ? n : 0] = '\0';
    return strtoll(text, NULL, 10);
}

int64_t
clock_now(void)
{
    return (int64_t)time(NULL) + moved();
}

int64_t
clock_now_ms(void)
{
    return clock_real_ms() + moved() * 1000;
}

int64_t
clock_real_ms(void)
{
    return read_ms(CLOCK_REALTIME);
}

int64_t
clock_monotonic_ms(void)
{
    return read_ms(CLOCK_MONOTONIC);
}

/* The year begins in March here, so that the leap day is its last; 400 years
 * are an era of 146097 days. */
int64_t
clock_days(int year, int month, int day)
{
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year =
        (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

/* A page shows a score of dates: not by printf. */
static void
put_digits(char *out, int n, int64_t value)
{
    while (n-- > 0) {
        out[n] = (char)('0' + value % 10);
        value /= 10;
    }
}

void
clock_date(int64_t days, char out[11])
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    int64_t month = mp < 10 ? mp + 3 : mp - 9;
    int64_t year = yoe + era * 400 + (month <= 2);

    memcpy(out, "0000-00-00", 11);
    /* Outside of the years of four digits there is no such text. */
    if (year >= 0 && year <= 9999) {
        put_digits(out, 4, year);
        put_digits(out + 5, 2, month);
        put_digits(out + 8, 2, doy - (153 * mp + 2) / 5 + 1);
    }
}

static int
digits(const char *s, int n)
{
    int value = 0;

    for (int i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9') {
            return -1;
        }
        value = value * 10 + (s[i] - '0');
    }
    return value;
}

int
clock_parse_date(const char *s, int64_t *days)
{
    if (s == NULL || strlen(s) != 10 || s[4] != '-' || s[7] != '-') {
        return 0;
    }
    int year = digits(s, 4), month = digits(s + 5, 2), day = digits(s + 8, 2);
    if (year < 1 || month < 1 || month > 12 || day < 1 ||
        day > pf_time_month_days(year, month)) {
        return 0;
    }
    *days = clock_days(year, month, day);
    return 1;
}
