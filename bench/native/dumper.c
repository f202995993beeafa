/*
 * bench-dumper: the dumper's side of CRIU's page stream at almost no cost: pages go from the page cache into
 * the socket by sendfile(), as CRIU's go by splice(). Prints one JSON line.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "images.h"
#include "pagestream.h"

static const char USAGE[] =
    "Usage: bench-dumper (--connect ADDR:PORT | --fd N) [--images DIR]... [--random SIZE] [--zero SIZE] [options]\n"
    "  --images DIR     pagemap-*.img and pages-*.img of a dump by CRIU (repeatable)\n"
    "  --random SIZE    a process of random pages, no two alike; K, M and G are powers of 1024\n"
    "  --zero SIZE      a process of zero pages\n"
    "  --fresh SIZE     like --random, but made while it is sent: takes no memory, costs some CPU\n"
    "  --limit SIZE     of each image only the first so many bytes\n"
    "  --repeat N       everything N times, under other ids (default 1)\n"
    "  --rtt N          no pages: N round trips of OPEN2, timed one by one\n"
    "  --records 24|32  the record layout (default 32)\n"
    "  --wait           begin when standard input ends\n"
    "  --out FILE       the JSON line goes there, not to standard output\n"
    "  --timeout SEC    give up after that (default 900)\n"
    "  --page-server --ps-socket N   the same as --fd N, as pageproxy source says it\n";

static struct {
    const char *connect, *out;
    int fd, records;
    bool wait;
    uint64_t repeat, rtt, limit;
} options = {.fd = -1, .records = 32, .repeat = 1, .limit = UINT64_MAX};

static int sk, is_tcp;
static uint64_t sent_bytes, sent_pages, nr_images;

/* Like CRIU, keeps the socket corked and flushes it when an answer is needed. */
static void send_record(struct record r, int more) {
    unsigned char bytes[32];
    size_t n = record_encode(&r, options.records, bytes);
    write_all(sk, bytes, n, more);
    sent_bytes += n;
}

static void push(void) {
    int on = 1;
    if (is_tcp) setsockopt(sk, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void await(void *answer, size_t bytes) {
    push();
    if (!read_all(sk, answer, bytes)) die("the peer closed instead of answering");
}

static void open_image(uint64_t dst_id) {
    unsigned char has_parent;
    send_record((struct record){.command = OPEN2, .dst_id = dst_id}, 0);
    await(&has_parent, 1);
    if (has_parent != 0) die("OPEN2 was answered with %d", has_parent);
    nr_images++;
}

static void send_fresh(uint64_t bytes) {
    static uint64_t buffer[1 << 14];
    for (uint64_t part; bytes > 0; bytes -= part) {
        part = bytes < sizeof buffer ? bytes : sizeof buffer;
        fill_random(buffer, part / sizeof *buffer);
        write_all(sk, buffer, part, 0);
        sent_bytes += part;
    }
}

static void send_pages(const struct image *image, off_t *at, uint64_t bytes) {
    if (image->pages_fd < 0) {
        send_fresh(bytes);
        return;
    }
    for (; bytes > 0;) {
        uint64_t part = bytes;
        if (image->wrap_bytes && part > image->wrap_bytes - *at) part = image->wrap_bytes - *at;
        ssize_t n = sendfile(sk, image->pages_fd, at, part);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) die("sendfile: %s", n < 0 ? strerror(errno) : "the pages end too early");
        if (image->wrap_bytes) *at %= image->wrap_bytes;
        bytes -= n;
        sent_bytes += n;
    }
}

static void send_image(const struct image *image, uint64_t id) {
    uint64_t dst_id = id << 8 | image->type;
    uint64_t left = options.limit / PAGE_BYTES;
    off_t at = 0;
    open_image(dst_id);
    for (uint64_t i = 0; i < image->nr_runs && left > 0; i++) {
        const struct run *run = &image->runs[i];
        uint64_t nr_pages = run->nr_pages < left ? run->nr_pages : left;
        send_record((struct record){ADD_F, run->flags, nr_pages, run->vaddr, dst_id}, MSG_MORE);
        left -= nr_pages;
        if (!(run->flags & FLAG_PRESENT)) continue;
        send_pages(image, &at, nr_pages * PAGE_BYTES);
        sent_pages += nr_pages;
    }
}

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure_round_trips(FILE *json) {
    double *micros = malloc(options.rtt * sizeof *micros);
    if (!micros) die("out of memory");
    for (uint64_t i = 0; i < options.rtt; i++) {
        double start = now_seconds();
        open_image((i + 1) << 8 | TYPE_PROCESS);
        micros[i] = (now_seconds() - start) * 1e6;
    }
    double first = micros[0]; /* includes connections and handshakes on the way */
    qsort(micros, options.rtt, sizeof *micros, compare_doubles);
    fprintf(json, "\"rtt\": {\"count\": %llu, \"first_us\": %.1f, \"p50_us\": %.1f, \"p99_us\": %.1f, \"max_us\": %.1f}, ",
            (unsigned long long)options.rtt, first, micros[options.rtt / 2], micros[options.rtt * 99 / 100], micros[options.rtt - 1]);
    free(micros);
}

static void connect_peer(void) {
    struct sockaddr_in address;
    int on = 1;
    parse_address(options.connect, &address);
    sk = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(sk, (struct sockaddr *)&address, sizeof address) < 0) die("%s: %s", options.connect, strerror(errno));
    setsockopt(sk, IPPROTO_TCP, TCP_CORK, &on, sizeof on);
    is_tcp = 1;
}

static void parse_options(int argc, char **argv, struct image_set *set) {
    enum { CONNECT = 1, FD, IMAGES, RANDOM, ZERO, FRESH, LIMIT, WAIT, REPEAT, RTT, RECORDS, OUT, TIMEOUT, IGNORED, HELP };
    static const struct option known[] = {
        {"connect", 1, 0, CONNECT}, {"fd", 1, 0, FD}, {"ps-socket", 1, 0, FD}, {"page-server", 0, 0, IGNORED},
        {"images", 1, 0, IMAGES}, {"random", 1, 0, RANDOM}, {"zero", 1, 0, ZERO}, {"fresh", 1, 0, FRESH}, {"limit", 1, 0, LIMIT}, {"wait", 0, 0, WAIT}, {"repeat", 1, 0, REPEAT}, {"rtt", 1, 0, RTT},
        {"records", 1, 0, RECORDS}, {"out", 1, 0, OUT}, {"timeout", 1, 0, TIMEOUT}, {"help", 0, 0, HELP}, {0}};
    alarm(900);
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (c) {
        case CONNECT: options.connect = optarg; break;
        case FD: options.fd = atoi(optarg); break;
        case IMAGES: images_load(set, optarg); break;
        case RANDOM: images_random(set, parse_size(optarg)); break;
        case ZERO: images_zero(set, parse_size(optarg)); break;
        case FRESH: images_fresh(set, parse_size(optarg)); break;
        case LIMIT: options.limit = parse_size(optarg); break;
        case WAIT: options.wait = true; break;
        case REPEAT: options.repeat = parse_size(optarg); break;
        case RTT: options.rtt = parse_size(optarg); break;
        case RECORDS: options.records = atoi(optarg); break;
        case OUT: options.out = optarg; break;
        case TIMEOUT: alarm(atoi(optarg)); break;
        case IGNORED: break;
        case HELP: fputs(USAGE, stdout); exit(0);
        default: fputs(USAGE, stderr); exit(2);
        }
    }
    bool somewhere = (options.connect != NULL) != (options.fd >= 0);
    bool something = set->nr_images > 0 || options.rtt > 0;
    if (optind < argc || !somewhere || !something || (options.records != 24 && options.records != 32)) {
        fputs(USAGE, stderr);
        exit(2);
    }
}

int main(int argc, char **argv) {
    struct image_set set = {0};
    int32_t status = -1;
    parse_options(argc, argv, &set);
    images_preload(&set);
    FILE *json = options.out ? fopen(options.out, "w") : stdout;
    if (!json) die("%s: %s", options.out, strerror(errno));

    for (char c; options.wait && read(STDIN_FILENO, &c, 1) > 0;) continue;

    double cpu_before = cpu_seconds(), start = now_seconds();
    if (options.connect) connect_peer();
    else sk = options.fd;
    fputc('{', json);
    if (options.rtt) measure_round_trips(json);
    else
        for (uint64_t round = 0; round < options.repeat; round++)
            for (int i = 0; i < set.nr_images; i++) send_image(&set.images[i], set.images[i].id + round * set.max_id);
    send_record((struct record){.command = options.connect ? CLOSE : FORCE_CLOSE}, 0);
    await(&status, sizeof status);
    double end = now_seconds(), seconds = end - start;

    fprintf(json, "\"bytes\": %llu, \"pages\": %llu, \"images\": %llu, \"seconds\": %.6f, \"mb_per_s\": %.1f, \"start\": %.6f, \"end\": %.6f, "
            "\"cpu_seconds\": %.6f, \"process_cpu_seconds\": %.6f, \"status\": %d}\n",
            (unsigned long long)sent_bytes, (unsigned long long)sent_pages, (unsigned long long)nr_images, seconds,
            sent_bytes / seconds / 1e6, start, end, cpu_seconds() - cpu_before, cpu_seconds(), status);
    if (fclose(json) != 0) die("the JSON line cannot be written");
    return status != 0;
}
