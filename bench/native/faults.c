/*
 * bench-faults: fills memory, waits to be migrated, then touches its pages at random, measures the time of each first touch, and
 * checks every page. It keeps nothing open, so that CRIU can dump it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "pagestream.h"

#define PAGE_BYTES 4096
#define WORDS (PAGE_BYTES / 8)

static const char USAGE[] =
    "Usage: bench-faults DIR PAGES [whole|gaps|protections]\n"
    "In DIR it makes the file ready, waits for the file go, and makes the file latencies: for each page that was not there yet,\n"
    "in the order of the touches, u32 nanoseconds; or the file failure, where a page is not what it was. Then it waits to be\n"
    "killed. PAGES: a power of two. They are one mapping; or each is a mapping of its own, with a page that is not mapped behind\n"
    "it, or with an access that differs from its neighbours'.\n";

/* The distance between two pages that are used, in pages; 2 with gaps. */
static uint64_t stride = 1;

static uint64_t *page_at(uint64_t *memory, uint64_t page) {
    return memory + page * stride * WORDS;
}

static uint64_t mix(uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

/* Alternately noise, repetitive content, and almost only zeros. */
static uint64_t word_of(uint64_t page, unsigned index) {
    if (index == 0 || page % 3 == 0) return mix(page * WORDS + index + 1);
    return page % 3 == 1 ? mix(page + index % 32) & 0x00ff00ff00ff00ff : 0;
}

static void fill(uint64_t *memory, uint64_t pages) {
    for (uint64_t page = 0; page < pages; page++)
        for (unsigned index = 0; index < WORDS; index++) page_at(memory, page)[index] = word_of(page, index);
}

static bool is_good(uint64_t *memory, uint64_t page) {
    for (unsigned index = 0; index < WORDS; index++)
        if (page_at(memory, page)[index] != word_of(page, index)) return false;
    return true;
}

static void publish(const char *name, const void *content, size_t bytes) {
    int fd = open("new", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, content, bytes) != (ssize_t)bytes || close(fd) < 0 || rename("new", name) < 0) _exit(1);
}

static uint64_t now_nanos(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000ull + now.tv_nsec;
}

static bool is_there(void *page) {
    unsigned char resident;
    return mincore(page, PAGE_BYTES, &resident) == 0 && (resident & 1);
}

/* The generator of page numbers has the full period (Hull and Dobell: modulus 2^n, odd increment, factor 1 modulo 4). */
static void touch_all(uint64_t *memory, uint64_t pages) {
    /* Allocated after the restore, so that no fault in it waits for a page of the source. */
    uint32_t *latencies = mmap(NULL, pages * sizeof *latencies, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    uint64_t count = 0, page = 12345 % pages;
    if (latencies == MAP_FAILED) _exit(1);
    for (uint64_t touched = 0; touched < pages; touched++, page = (page * 5 + 0x9e37) % pages) {
        uint64_t *first = page_at(memory, page);
        bool timed = !is_there(first);
        uint64_t begin = now_nanos();
        (void)*(volatile uint64_t *)first;
        uint64_t nanos = now_nanos() - begin;
        if (timed) latencies[count++] = nanos > UINT32_MAX ? UINT32_MAX : nanos;
        if (!is_good(memory, page)) {
            char text[64];
            publish("failure", text, snprintf(text, sizeof text, "page %llu of %llu is not what it was\n", (unsigned long long)page, (unsigned long long)pages));
            return;
        }
    }
    publish("latencies", latencies, count * sizeof *latencies);
}

/* Mappings next to each other become one if nothing tells them apart. */
static void split(uint64_t *memory, uint64_t pages, bool gaps) {
    for (uint64_t page = 0; page < pages; page++) {
        int failed = gaps ? munmap(page_at(memory, page) + WORDS, PAGE_BYTES)
                          : page % 2 && mprotect(page_at(memory, page), PAGE_BYTES, PROT_READ);
        if (failed) die("%llu mappings: %s (see vm.max_map_count)", (unsigned long long)pages, strerror(errno));
    }
}

int main(int argc, char **argv) {
    char *end;
    const char *shape = argc == 4 ? argv[3] : "whole";
    bool gaps = strcmp(shape, "gaps") == 0;
    bool protections = strcmp(shape, "protections") == 0;
    uint64_t pages = argc == 3 || (argc == 4 && (gaps || protections || strcmp(shape, "whole") == 0)) ? strtoull(argv[2], &end, 10) : 0;
    if (pages < 2 || *end || (pages & (pages - 1))) {
        fputs(USAGE, stderr);
        return 2;
    }
    if (chdir(argv[1]) < 0) die("%s: %s", argv[1], strerror(errno));
    if (gaps) stride = 2;
    uint64_t bytes = pages * stride * PAGE_BYTES;
    uint64_t *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) die("%llu pages: %s", (unsigned long long)pages, strerror(errno));
    madvise(memory, bytes, MADV_NOHUGEPAGE);
    fill(memory, pages);
    if (gaps || protections) split(memory, pages, gaps);
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; fd++) dup2(null, fd);
    for (int fd = 3; fd < 256; fd++) close(fd);
    publish("ready", "", 0);
    while (access("go", F_OK) < 0) usleep(5000);
    touch_all(memory, pages);
    for (;;) pause();
}
