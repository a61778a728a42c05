/*
 * documents SHARE [COUNT [PROCESSES [LINES]]]: how many documents a second are
 * drawn, as PDF and as XML, by so many processes (2) at once, COUNT (500) each;
 * and how many when each is written to the disk, too. SHARE: build/share. As in
 * a run, all are of one day and bill the same things, and each is somebody
 * else's: another number, contract, name, address, quantity and amount. With a
 * directory for COUNT it writes samples there instead, to be looked at.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/text.h"
#include "billing/pdf_document.h"
#include "view/i18n.h"

static const char seller[] =
    "{\"name\":\"Acme Hosting GmbH\",\"brand\":\"Acme\",\"accent\":\"#1b4f8f\","
    "\"address\":\"Acme Hosting GmbH\\nHafenstraße 12\\n20457 Hamburg\","
    "\"street\":\"Hafenstraße 12\",\"postal_code\":\"20457\",\"city\":"
    "\"Hamburg\",\"country\":\"DE\",\"vat_id\":\"DE123456789\","
    "\"tax_number\":\"22/815/08154\",\"contact\":\"Buchhaltung\",\"phone\":"
    "\"+49 40 1234567\",\"email\":\"rechnung@acme.example\",\"iban\":"
    "\"DE89 3704 0044 0532 0130 00\",\"bic\":\"COBADEFFXXX\","
    "\"vat_exemption\":\"\"}";
static const char buyer[] =
    "{\"name\":\"Σωκράτης & Jürgen Größe GmbH\",\"street\":\"Λεωφόρος 7\","
    "\"postal_code\":\"10431\",\"city\":\"Αθήνα\",\"country\":\"GR\","
    "\"vat_id\":\"EL123456789\",\"email\":\"info@example.gr\"}";

static json_t *
lines_of(struct arena *a, int n, int sign, int nth)
{
    json_t *lines = json_in_arena(a, json_array());

    for (int i = 0; i < n; i++) {
        json_array_append_new(
            lines,
            json_pack("{s:i, s:s, s:I, s:I, s:i, s:I, s:s?}", "position", i + 1,
                      "description",
                      i % 4 == 3
                          ? "Donaudampfschifffahrtsgesellschaftskapitänspate"
                            "ntverlängerungsgebührenbescheid, beantragt am "
                            "ersten Werktag des Monats, mit einer Beschreibung"
                            " von so vielen Zeichen, dass sie über mehrere "
                            "Zeilen läuft und trotzdem nichts überdeckt, was "
                            "daneben oder darunter steht. Ende der Zeile Ψ."
                      : i % 4 == 1 ? "Webspace Professional, 250 GB"
                                   : "Supportstunde nach Aufwand",
                      "quantity", (json_int_t)sign * (1500000 + nth * 10000),
                      "unit_price", (json_int_t)129990000, "vat_rate",
                      i % 3 == 2 ? 700 : 1900, "net",
                      (json_int_t)sign * (19499 + nth * 130), "performed",
                      i % 4 == 2 ? "2026-10-12" : NULL));
    }
    return lines;
}

static struct document
sample(struct arena *a, const char *type, const char *lang, int lines, int nth)
{
    int sign = strcmp(type, "invoice") == 0 ? 1 : -1;
    struct document d = {.lines = lines_of(a, lines, sign, nth)};
    int64_t net = 0, vat = 0;
    const json_t *tax;
    size_t i;

    d.taxes = invoice_taxes(a, d.lines);
    json_array_foreach(d.taxes, i, tax)
    {
        net += row_int(tax, "net");
        vat += row_int(tax, "vat");
    }
    d.seller = json_in_arena(a, json_loads(seller, 0, NULL));
    d.buyer = json_in_arena(a, json_loads(buyer, 0, NULL));
    d.row = json_in_arena(
        a,
        json_pack(
            "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I,"
            " s:i, s:s, s:s, s:s?, s:s?}",
            "number", arena_printf(a, "RE%d", 10042 + nth), "type", type,
            "language", lang, "customer_number",
            arena_printf(a, "K%d", 2000 + nth), "recipient",
            arena_printf(a,
                         "Σωκράτης & %d Jürgen Größe GmbH\nΛεωφόρος %d\n"
                         "%d Αθήνα",
                         nth, 7 + nth, 10431 + nth),
            "date", "2026-11-01", "due", "2026-11-15", "period_from",
            "2026-11-01", "period_to", "2026-11-30", "currency", "EUR", "net",
            (json_int_t)net, "vat", (json_int_t)vat, "gross",
            (json_int_t)(net + vat), "created", 1795512600, "note",
            sign < 0 ? "Die Leitung war an drei Tagen gestört." : "",
            "contract_ref", arena_printf(a, "VT-7KQ2-%04d", nth),
            "corrects_number",
            strcmp(type, "correction") == 0 ? "RE10017" : NULL, "corrects_date",
            strcmp(type, "correction") == 0 ? "2026-10-01" : NULL));
    return d;
}

/* ---- samples ---- */

static void
write_sample(const char *dir, const char *type, const char *lang, int lines)
{
    struct arena *a = arena_new();
    struct document d = sample(a, type, lang, lines, 0);
    size_t len;
    const char *pdf = document_pdf(a, &d, &len);
    FILE *f =
        fopen(arena_printf(a, "%s/%s-%s-%d.pdf", dir, type, lang, lines), "wb");

    if (f && pdf) {
        fwrite(pdf, 1, len, f);
    }
    if (f) {
        fclose(f);
    }
    arena_free(a);
}

static int
write_samples(const char *dir)
{
    write_sample(dir, "invoice", "de", 5);
    write_sample(dir, "invoice", "en", 1);
    write_sample(dir, "invoice", "de", 100);
    write_sample(dir, "credit_note", "en", 3);
    write_sample(dir, "correction", "fr", 4);
    return 0;
}

/* ---- time ---- */

enum what { PDF, XML, FILES, WHATS };
static const char *const names[] = {"PDF", "XML", "PDF, written"};

static bool
make_one(struct arena *a, const struct config *config, enum what what, int i,
         int lines)
{
    struct document d = sample(a, "invoice", "de", lines, i);
    struct document_bytes b = {NULL, 0, NULL};

    b.data =
        what == XML ? document_xml(a, &d, &b.len) : document_pdf(a, &d, &b.len);
    return b.data && (what != FILES ||
                      document_write(a, config, "acme", DOCUMENT_PDF, &b));
}

static int
run(const struct config *config, enum what what, int first, int count,
    int lines)
{
    struct arena *a = arena_new();
    bool ok = true;

    for (int i = 0; ok && i < count; i++) {
        ok = make_one(a, config, what, first + i, lines);
        arena_reset(a);
    }
    arena_free(a);
    return ok ? 0 : 1;
}

static double
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* CPU of processes that have ended. */
static double
used(void)
{
    struct rusage u;

    getrusage(RUSAGE_CHILDREN, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static int
measure(const struct config *config, enum what what, int count, int processes,
        int lines)
{
    double start = now(), before = used();
    int status, failed = 0;

    for (int i = 0; i < processes; i++) {
        if (fork() == 0) {
            _exit(run(config, what, i * count, count, lines));
        }
    }
    while (wait(&status) > 0) {
        failed |= status;
    }
    printf(
        "%-14s %d lines, %d processes: %8.0f a second, %6.2f ms of CPU each\n",
        names[what], lines, processes, count * processes / (now() - start),
        (used() - before) * 1000 / (count * processes));
    return failed ? 1 : 0;
}

int
main(int argc, char **argv)
{
    char state[] = "/tmp/pforte-bench-XXXXXX", po[4096], remove[256];
    struct config config = {0};
    int count = argc > 2 ? atoi(argv[2]) : 500, failed = 0;
    int processes = argc > 3 ? atoi(argv[3]) : 2;
    int lines = argc > 4 ? atoi(argv[4]) : 5;

    if (argc < 2 || !mkdtemp(state)) {
        fprintf(stderr, "documents SHARE [COUNT [PROCESSES [LINES]]]\n");
        return 2;
    }
    snprintf(po, sizeof po, "%s/po", argv[1]);
    if (!text_learn(po) ||
        i18n_load(po, text_languages, text_n_languages) != 0) {
        return 2;
    }
    if (argc > 2 && count == 0) {
        rmdir(state);
        return write_samples(argv[2]);
    }
    config.state = state;
    for (enum what what = PDF; what < WHATS; what++) {
        failed |= measure(&config, what, count, processes, lines);
    }
    snprintf(remove, sizeof remove, "rm -rf '%s'", state);
    return system(remove) || failed;
}
