#include "receive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pagestream.h"

enum { BUFFER_BYTES = 256 << 10, PIPE_BYTES = 1 << 20, THROTTLED_BYTES = 64 << 10 };

static const struct receive_options *options;
static struct received *total;
static int sk, layout_bytes, is_tcp;
static int pages_fd = -1, splice_pipe[2] = {-1, -1};
static uint64_t image_pages, pages_id;
static FILE *pagemap;
static double started;

/* The protocol does not identify the layout: the u64 at 16 is a vaddr of 0 in the first record of 32 bytes, and a dst_id in one of 24. */
static bool read_first_record(struct record *record) {
    unsigned char bytes[32];
    uint64_t word;
    if (!read_all(sk, bytes, 24)) return false;
    memcpy(&word, bytes + 16, 8);
    layout_bytes = word == 0 ? 32 : 24;
    if (layout_bytes == 32 && !read_all(sk, bytes + 24, 8)) die("the first record is cut off");
    record_decode(record, layout_bytes, bytes);
    return true;
}

static void read_record(struct record *record) {
    unsigned char bytes[32];
    ssize_t n = recv(sk, bytes, layout_bytes, MSG_WAITALL);
    if (n != layout_bytes) die("the stream ends without CLOSE, %zd bytes into a record", n);
    record_decode(record, layout_bytes, bytes);
}

static void write_message(const unsigned char *message, uint32_t length) {
    if (fwrite(&length, 4, 1, pagemap) != 1 || fwrite(message, length, 1, pagemap) != 1) die("pagemap: %s", strerror(errno));
}

static size_t put_field(unsigned char *out, int number, uint64_t value) {
    out[0] = number << 3;
    return 1 + varint_encode(value, out + 1);
}

static void close_image(void) {
    if (!pagemap) return;
    if (ftruncate(pages_fd, image_pages * PAGE_BYTES) < 0) die("pages: %s", strerror(errno));
    if (fclose(pagemap) != 0 || close(pages_fd) != 0) die("the image cannot be closed: %s", strerror(errno));
    pagemap = NULL;
    pages_fd = -1;
}

static int create(const char *name, int flags) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", options->folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);
    if (fd < 0) die("%s: %s", path, strerror(errno));
    return fd;
}

/* Overwritten files already have memory. A virtual machine may have to request new pages from its host, at up to four times the cost. */
static int create_pages(const char *name) {
    char spare[4096], path[4096];
    if (!options->spare || !options->write) return create(name, O_TRUNC);
    snprintf(spare, sizeof spare, "%s/%s", options->spare, name);
    snprintf(path, sizeof path, "%s/%s", options->folder, name);
    if (rename(spare, path) < 0 && errno != ENOENT) die("%s: %s", spare, strerror(errno));
    return create(name, 0);
}

static void open_image(uint64_t dst_id) {
    const uint32_t magic[2] = {PAGEMAP_MAGIC_COMMON, PAGEMAP_MAGIC};
    unsigned char head[16];
    char name[64];
    close_image();
    total->images++;
    image_pages = 0;
    if (!options->folder) return;
    bool shared = (dst_id & 0xff) == TYPE_SHARED_MEMORY;
    snprintf(name, sizeof name, "pagemap-%s%llu.img", shared ? "shmem-" : "", (unsigned long long)(dst_id >> 8));
    pagemap = fdopen(create(name, O_TRUNC), "w");
    if (!pagemap || fwrite(magic, sizeof magic, 1, pagemap) != 1) die("%s: %s", name, strerror(errno));
    write_message(head, put_field(head, 1, ++pages_id));
    snprintf(name, sizeof name, "pages-%llu.img", (unsigned long long)pages_id);
    pages_fd = create_pages(name);
}

static void add_entry(const struct record *r) {
    unsigned char entry[64];
    size_t n = put_field(entry, 1, r->vaddr);
    n += put_field(entry + n, 2, r->nr_pages & UINT32_MAX);
    n += put_field(entry + n, 4, r->flags);
    n += put_field(entry + n, 5, r->nr_pages);
    write_message(entry, n);
}

static void throttle(void) {
    if (!options->bytes_per_second) return;
    double ahead = started + (double)total->bytes / options->bytes_per_second - now_seconds();
    if (ahead <= 0) return;
    struct timespec pause = {ahead, (ahead - (int)ahead) * 1e9};
    nanosleep(&pause, NULL);
}

/* TCP discards bytes without copying them; other sockets do not. */
static ssize_t discard(size_t bytes) {
    static unsigned char buffer[BUFFER_BYTES];
    if (!is_tcp && bytes > sizeof buffer) bytes = sizeof buffer;
    return recv(sk, buffer, bytes, is_tcp ? MSG_TRUNC : 0);
}

/* As CRIU does it: socket, pipe, file. */
static ssize_t write_out(size_t bytes) {
    ssize_t in = splice(sk, NULL, splice_pipe[1], NULL, bytes < PIPE_BYTES ? bytes : PIPE_BYTES, SPLICE_F_MOVE);
    for (ssize_t left = in; left > 0;) {
        ssize_t n = splice(splice_pipe[0], NULL, pages_fd, NULL, left, SPLICE_F_MOVE);
        if (n <= 0) die("the pages cannot be written: %s", strerror(errno));
        left -= n;
    }
    return in;
}

static void receive_pages(uint64_t bytes) {
    for (uint64_t left = bytes; left > 0;) {
        uint64_t part = options->bytes_per_second && left > THROTTLED_BYTES ? THROTTLED_BYTES : left;
        if (part > 1 << 30) part = 1 << 30;
        ssize_t n = pages_fd >= 0 && options->write ? write_out(part) : discard(part);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) die("the stream ends inside pages: %s", n < 0 ? strerror(errno) : "end of file");
        left -= n;
        total->bytes += n;
        throttle();
    }
}

static void add_pages(const struct record *r) {
    if (total->images == 0 || r->nr_pages == 0 || r->nr_pages >> 46) die("an ADD_F that cannot be");
    if (pagemap) add_entry(r);
    if (!(r->flags & FLAG_PRESENT)) return;
    receive_pages(r->nr_pages * PAGE_BYTES);
    image_pages += r->nr_pages;
    total->pages += r->nr_pages;
}

/* Returns whether that was the last record. */
static bool serve(const struct record *r) {
    const uint32_t zero = 0;
    total->records++;
    total->bytes += layout_bytes;
    switch (r->command) {
    case OPEN2:
        open_image(r->dst_id);
        write_all(sk, &zero, 1, 0);
        return false;
    case PARENT: /* there is none */
        write_all(sk, &zero, 4, 0);
        return false;
    case ADD_F:
        add_pages(r);
        return false;
    case CLOSE:
    case FORCE_CLOSE:
        close_image();
        write_all(sk, &zero, 4, 0);
        return true;
    default:
        die("command %u is none", r->command);
    }
}

bool receive_stream(int fd, const struct receive_options *wanted, struct received *result) {
    int domain;
    socklen_t length = sizeof domain;
    struct record record;
    options = wanted;
    total = result;
    sk = fd;
    is_tcp = getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 && domain != AF_UNIX;
    if (options->write && pipe2(splice_pipe, O_CLOEXEC) < 0) die("pipe: %s", strerror(errno));
    /* Many sinks of one user may have reached the limit for pipes; the pipe is small then, as CRIU's would be. */
    if (options->write) fcntl(splice_pipe[1], F_SETPIPE_SZ, PIPE_BYTES);
    if (!read_first_record(&record)) return false;
    started = now_seconds();
    while (!serve(&record)) read_record(&record);
    total->seconds = now_seconds() - started;
    return true;
}
