#include "contract/span.h"

#include <string.h>

#include "base/clock.h"
#include "base/unit.h"
#include "pf_time.h"

enum { YEAR_MAX = 9999, SPANS_MAX = 4000000 };

struct civil {
    int year, month, day;
};

static bool
civil_of(const char *date, int64_t *days, struct civil *out)
{
    if (!clock_parse_date(date, days)) {
        return false;
    }
    out->year = (date[0] - '0') * 1000 + (date[1] - '0') * 100 +
                (date[2] - '0') * 10 + (date[3] - '0');
    out->month = (date[5] - '0') * 10 + (date[6] - '0');
    out->day = (date[8] - '0') * 10 + (date[9] - '0');
    return true;
}

static bool
write_days(int64_t days, char out[11])
{
    if (days < clock_days(1, 1, 1) || days > clock_days(YEAR_MAX, 12, 31)) {
        return false;
    }
    clock_date(days, out);
    return true;
}

bool
span_date(const char *first, int64_t n, int count, const char *unit,
          char out[11])
{
    struct civil c;
    int64_t days, month;

    if (!civil_of(first, &days, &c) || n > SPANS_MAX || n < -SPANS_MAX) {
        return false;
    }
    if (!unit_months(unit)) {
        return unit_days(unit) &&
               write_days(days + n * count * unit_days(unit), out);
    }
    month = c.year * 12 + (c.month - 1) + n * count * unit_months(unit);
    if (month < 12 || month / 12 > YEAR_MAX) {
        return false;
    }
    c.year = (int)(month / 12);
    c.month = (int)(month % 12) + 1;
    if (c.day > pf_time_month_days(c.year, c.month)) {
        c.day = pf_time_month_days(c.year, c.month);
    }
    return write_days(clock_days(c.year, c.month, c.day), out);
}

bool
span_days(const char *date, int64_t days, char out[11])
{
    return span_date(date, days, 1, "day", out);
}

/* No more spans than fit if each were the shortest it can be. */
static int64_t
guess(const struct civil *first, const struct civil *date, int64_t days,
      int count, const char *unit)
{
    int64_t months =
        (date->year - first->year) * 12 + date->month - first->month;

    return unit_months(unit) ? months / (count * unit_months(unit))
                             : days / (count * unit_days(unit));
}

bool
span_index(const char *first, const char *date, int count, const char *unit,
           int64_t *n)
{
    struct civil from, to;
    int64_t from_days, to_days;
    char day[11];

    if (count < 1 || (!unit_months(unit) && !unit_days(unit)) ||
        !civil_of(first, &from_days, &from) || !civil_of(date, &to_days, &to) ||
        to_days < from_days) {
        return false;
    }
    *n = guess(&from, &to, to_days - from_days, count, unit);
    if (!span_date(first, *n, count, unit, day)) {
        return false;
    }
    /* the month is reached, but its day may not be */
    *n -= strcmp(day, date) > 0;
    return true;
}
