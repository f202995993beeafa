#include "pagestream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the page stream is in host order; this code takes it as little-endian"
#endif

static void put64(unsigned char *out, uint64_t value) { memcpy(out, &value, 8); }

static uint64_t get64(const unsigned char *in) {
    uint64_t value;
    memcpy(&value, in, 8);
    return value;
}

static uint32_t get32(const unsigned char *in) {
    uint32_t value;
    memcpy(&value, in, 4);
    return value;
}

size_t record_encode(const struct record *r, int layout_bytes, unsigned char *out) {
    memset(out, 0, layout_bytes);
    put64(out, (uint64_t)r->flags << 16 | r->command);
    if (layout_bytes == 24) {
        if (r->nr_pages > UINT32_MAX) die("a run of %llu pages does not fit 24 bytes", (unsigned long long)r->nr_pages);
        uint32_t nr_pages = r->nr_pages;
        memcpy(out + 4, &nr_pages, 4);
        put64(out + 8, r->vaddr);
        put64(out + 16, r->dst_id);
    } else {
        put64(out + 8, r->nr_pages);
        put64(out + 16, r->vaddr);
        put64(out + 24, r->dst_id);
    }
    return layout_bytes;
}

size_t record_decode(struct record *r, int layout_bytes, const unsigned char *in) {
    bool old = layout_bytes == 24;
    r->command = get32(in) & 0xffff;
    r->flags = get32(in) >> 16;
    r->nr_pages = old ? get32(in + 4) : get64(in + 8);
    r->vaddr = get64(in + (old ? 8 : 16));
    r->dst_id = get64(in + (old ? 16 : 24));
    return layout_bytes;
}

size_t varint_encode(uint64_t value, unsigned char *out) {
    size_t length = 0;
    for (; value >= 0x80; value >>= 7) out[length++] = value | 0x80;
    out[length++] = value;
    return length;
}

bool varint_decode(const unsigned char **in, const unsigned char *end, uint64_t *value) {
    *value = 0;
    for (int shift = 0; shift < 64 && *in < end; shift += 7) {
        unsigned char byte = *(*in)++;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) return true;
    }
    return false;
}

void write_all(int fd, const void *data, size_t bytes, int send_flags) {
    while (bytes > 0) {
        ssize_t n = send(fd, data, bytes, send_flags | MSG_NOSIGNAL);
        if (n < 0 && errno == ENOTSOCK) n = write(fd, data, bytes);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) die("write: %s", strerror(errno));
        data = (const char *)data + n;
        bytes -= n;
    }
}

bool read_all(int fd, void *data, size_t bytes) {
    for (size_t done = 0; done < bytes;) {
        ssize_t n = read(fd, (char *)data + done, bytes - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) die("read: %s", strerror(errno));
        if (n == 0 && done == 0) return false;
        if (n == 0) die("the peer ended in the middle, after %zu of %zu bytes", done, bytes);
        done += n;
    }
    return true;
}

void parse_address(const char *text, struct sockaddr_in *address) {
    char host[64];
    const char *colon = strrchr(text, ':');
    if (!colon || (size_t)(colon - text) >= sizeof host) die("'%s' is not ADDR:PORT", text);
    memcpy(host, text, colon - text);
    host[colon - text] = 0;
    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(atoi(colon + 1))};
    if (inet_pton(AF_INET, host, &address->sin_addr) != 1) die("'%s' is no IPv4 address", host);
}

uint64_t parse_size(const char *text) {
    char *end;
    uint64_t value = strtoull(text, &end, 10);
    int shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
    if (end == text || end[shift ? 1 : 0] != 0) die("'%s' is no size", text);
    return value << shift;
}

double now_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

double cpu_seconds(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e-6;
}

void die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("bench: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    exit(1);
}
