#include "images.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pagestream.h"

static const uint64_t RUN_PAGES = 256; /* of generated images */
static const uint64_t BASE_VADDR = 0x7f0000000000;
static const uint64_t ZERO_FILE_BYTES = 64 << 20;

static struct image *add_image(struct image_set *set, int type, uint64_t id) {
    set->images = realloc(set->images, (set->nr_images + 1) * sizeof *set->images);
    if (!set->images) die("out of memory");
    struct image *image = &set->images[set->nr_images++];
    *image = (struct image){.type = type, .id = id, .pages_fd = -1};
    if (id > set->max_id) set->max_id = id;
    return image;
}

static void add_run(struct image *image, struct run run) {
    if ((image->nr_runs & (image->nr_runs - 1)) == 0) {
        image->runs = realloc(image->runs, (image->nr_runs ? image->nr_runs * 2 : 1) * sizeof run);
        if (!image->runs) die("out of memory");
    }
    image->runs[image->nr_runs++] = run;
    if (run.flags & FLAG_PRESENT) image->present_pages += run.nr_pages;
}

static unsigned char *read_file(const char *path, size_t *bytes) {
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0) die("%s: %s", path, strerror(errno));
    unsigned char *data = malloc(st.st_size + 1);
    if (!data || (st.st_size > 0 && !read_all(fd, data, st.st_size))) die("%s cannot be read", path);
    close(fd);
    *bytes = st.st_size;
    return data;
}

/* The fields of one pagemap_head or pagemap_entry by their numbers; all of them are varints. */
static void read_fields(const unsigned char *in, const unsigned char *end, uint64_t fields[8], const char *path) {
    memset(fields, 0, 8 * sizeof *fields);
    while (in < end) {
        uint64_t tag, value;
        if (!varint_decode(&in, end, &tag) || (tag & 7) != 0 || !varint_decode(&in, end, &value))
            die("%s is no pagemap image", path);
        if (tag >> 3 < 8) fields[tag >> 3] = value;
    }
}

/* Returns the image's pages_id. */
static uint64_t read_pagemap(struct image *image, const char *path) {
    size_t bytes;
    unsigned char *data = read_file(path, &bytes);
    const unsigned char *in = data + 8, *end = data + bytes;
    const uint32_t magic[2] = {PAGEMAP_MAGIC_COMMON, PAGEMAP_MAGIC};
    if (bytes < 8 || memcmp(data, magic, 8) != 0) die("%s is no pagemap image", path);
    uint64_t fields[8], pages_id = 0;
    for (bool head = true; in < end; head = false) {
        uint32_t length;
        if (end - in < 4) die("%s is cut off", path);
        memcpy(&length, in, 4);
        in += 4;
        if (length > end - in) die("%s is cut off", path);
        read_fields(in, in + length, fields, path);
        in += length;
        if (head) {
            pages_id = fields[1];
        } else {
            uint64_t nr_pages = fields[5] ? fields[5] : fields[2];
            add_run(image, (struct run){fields[3] ? FLAG_PARENT : (unsigned)fields[4], fields[1], nr_pages});
        }
    }
    free(data);
    return pages_id;
}

static void load_image(struct image_set *set, const char *folder, const char *path) {
    const char *name = strrchr(path, '/') + 1;
    unsigned long long id;
    bool shared = sscanf(name, "pagemap-shmem-%llu.img", &id) == 1;
    if (!shared && sscanf(name, "pagemap-%llu.img", &id) != 1) die("%s: what image is that?", path);
    struct image *image = add_image(set, shared ? TYPE_SHARED_MEMORY : TYPE_PROCESS, id);
    uint64_t pages_id = read_pagemap(image, path);

    char pages[4096];
    struct stat st;
    snprintf(pages, sizeof pages, "%s/pages-%llu.img", folder, (unsigned long long)pages_id);
    image->pages_fd = open(pages, O_RDONLY | O_CLOEXEC);
    if (image->pages_fd < 0 || fstat(image->pages_fd, &st) < 0) die("%s: %s", pages, strerror(errno));
    if ((uint64_t)st.st_size != image->present_pages * PAGE_BYTES)
        die("%s has %lld bytes, %s needs %llu pages", pages, (long long)st.st_size, name, (unsigned long long)image->present_pages);
}

void images_load(struct image_set *set, const char *folder) {
    char pattern[4096];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/pagemap-*.img", folder);
    if (glob(pattern, 0, NULL, &found) != 0) die("no pagemap-*.img in %s", folder);
    for (size_t i = 0; i < found.gl_pathc; i++) load_image(set, folder, found.gl_pathv[i]);
    globfree(&found);
}

static struct image *generate(struct image_set *set, uint64_t bytes) {
    struct image *image = add_image(set, TYPE_PROCESS, set->max_id + 1);
    uint64_t pages = bytes / PAGE_BYTES;
    for (uint64_t done = 0; done < pages; done += RUN_PAGES) {
        uint64_t n = pages - done < RUN_PAGES ? pages - done : RUN_PAGES;
        add_run(image, (struct run){FLAG_PRESENT, BASE_VADDR + done * PAGE_BYTES, n});
    }
    return image;
}

static int memory_file(const char *name, uint64_t bytes) {
    int fd = memfd_create(name, MFD_CLOEXEC);
    if (fd < 0 || (bytes > 0 && fallocate(fd, 0, 0, bytes) < 0)) die("memfd of %llu bytes: %s", (unsigned long long)bytes, strerror(errno));
    return fd;
}

/* xorshift64*, period 2^64 - 1: no page comes twice. */
void fill_random(uint64_t *words, uint64_t nr_words) {
    static uint64_t state = 0x9e3779b97f4a7c15;
    for (uint64_t i = 0; i < nr_words; i++) {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        words[i] = state * 0x2545f4914f6cdd1d;
    }
}

void images_random(struct image_set *set, uint64_t bytes) {
    bytes -= bytes % PAGE_BYTES;
    struct image *image = generate(set, bytes);
    image->pages_fd = memory_file("random", bytes);
    if (bytes == 0) return;
    uint64_t *words = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, image->pages_fd, 0);
    if (words == MAP_FAILED) die("mmap: %s", strerror(errno));
    fill_random(words, bytes / sizeof *words);
    munmap(words, bytes);
}

void images_zero(struct image_set *set, uint64_t bytes) {
    struct image *image = generate(set, bytes);
    image->pages_fd = memory_file("zero", ZERO_FILE_BYTES);
    image->wrap_bytes = ZERO_FILE_BYTES;
}

void images_fresh(struct image_set *set, uint64_t bytes) { generate(set, bytes); }

void images_preload(const struct image_set *set) {
    static char buffer[1 << 20];
    for (int i = 0; i < set->nr_images; i++) {
        off_t at = 0;
        for (ssize_t n; (n = pread(set->images[i].pages_fd, buffer, sizeof buffer, at)) > 0;) at += n;
    }
}
