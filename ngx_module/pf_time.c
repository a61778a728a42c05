#include "pf_time.h"

#include <stdio.h>

/* Days since 1970-01-01 of a civil date (proleptic Gregorian). */
static int64_t
days_of(int64_t year, int month, int day)
{
    int64_t y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year -
           719468;
}

static bool
digits(const unsigned char *s, int n, int *out)
{
    *out = 0;
    for (int i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9') {
            return false;
        }
        *out = *out * 10 + s[i] - '0';
    }
    return true;
}

int
pf_time_month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

/* "Z" or "+01:00" as seconds east of UTC. */
static bool
offset_of(pf_str_t s, int *out)
{
    int hours, minutes;

    *out = 0;
    if (s.len == 1) {
        return s.data[0] == 'Z';
    }
    if (s.len != 6 || (s.data[0] != '+' && s.data[0] != '-') ||
        s.data[3] != ':' || !digits(s.data + 1, 2, &hours) ||
        !digits(s.data + 4, 2, &minutes) || hours > 23 || minutes > 59) {
        return false;
    }
    *out = (hours * 60 + minutes) * (s.data[0] == '-' ? -60 : 60);
    return true;
}

/* RFC 3339 allows any fraction; 20 digits are enough for anybody. */
static size_t
skip_fraction(pf_str_t s, size_t at)
{
    size_t start = at + 1;

    if (at >= s.len || s.data[at] != '.') {
        return at;
    }
    for (at = start; at < s.len && s.data[at] >= '0' && s.data[at] <= '9';
         at++) {
    }
    return at > start && at - start <= 20 ? at : s.len;
}

bool
pf_time_parse(pf_str_t s, int64_t *out)
{
    const unsigned char *p = s.data;
    int year, month, day, hour, minute, second, offset;
    size_t at = 19;

    if (s.len < 20 || s.len > 48 || p[4] != '-' || p[7] != '-' ||
        p[10] != 'T' || p[13] != ':' || p[16] != ':' || !digits(p, 4, &year) ||
        !digits(p + 5, 2, &month) || !digits(p + 8, 2, &day) ||
        !digits(p + 11, 2, &hour) || !digits(p + 14, 2, &minute) ||
        !digits(p + 17, 2, &second)) {
        return false;
    }
    if (month < 1 || month > 12 || day < 1 ||
        day > pf_time_month_days(year, month) || hour > 23 || minute > 59 ||
        second > 60) {
        return false;
    }
    at = skip_fraction(s, at);
    if (!offset_of((pf_str_t){s.len - at, p + at}, &offset)) {
        return false;
    }
    *out = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 +
           second - offset;
    return true;
}

/* What four digits of a year can say. */
static int64_t
clamp(int64_t t)
{
    const int64_t first = INT64_C(-62167219200); /* 0000-01-01T00:00:00Z */
    const int64_t last = INT64_C(253402300799);  /* 9999-12-31T23:59:59Z */

    return t < first ? first : t > last ? last : t;
}

void
pf_time_format(int64_t t, char out[21])
{
    int64_t days = ((t = clamp(t)) >= 0 ? t : t - 86399) / 86400;
    int64_t rest = t - days * 86400, z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097, of_era = z - era * 146097;
    int64_t year_of_era =
        (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year =
        of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t mp = (5 * of_year + 2) / 153;
    unsigned day = (unsigned)(of_year - (153 * mp + 2) / 5 + 1) % 100;
    unsigned month = (unsigned)(mp < 10 ? mp + 3 : mp - 9) % 100;
    unsigned year =
        (unsigned)(year_of_era + era * 400 + (month <= 2 ? 1 : 0)) % 10000;

    snprintf(out, 21, "%04u-%02u-%02uT%02u:%02u:%02uZ", year, month, day,
             (unsigned)(rest / 3600) % 100, (unsigned)(rest / 60 % 60),
             (unsigned)(rest % 60));
}
