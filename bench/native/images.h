/* The data that a dumper sends: images, each a list of runs of pages in one file. */
#pragma once
#include <stdint.h>

struct run {
    unsigned flags;
    uint64_t vaddr, nr_pages;
};

struct image {
    int type;              /* TYPE_PROCESS or TYPE_SHARED_MEMORY */
    uint64_t id;           /* of the process or the shared memory object */
    int pages_fd;          /* holds the pages with PRESENT, in the order of the runs; -1: send what fill_random() gives */
    uint64_t wrap_bytes;   /* length of the file, which is repeated; 0 if it is not */
    struct run *runs;
    uint64_t nr_runs, present_pages;
};

struct image_set {
    struct image *images;
    int nr_images;
    uint64_t max_id;
};

/* All pagemap-*.img of that folder, in the order of their names, with their pages images; exits if one is invalid. */
void images_load(struct image_set *set, const char *folder);

/* One process of this many bytes. All random pages are different. */
void images_random(struct image_set *set, uint64_t bytes);
void images_zero(struct image_set *set, uint64_t bytes);
void images_fresh(struct image_set *set, uint64_t bytes);

/* Continues where the previous call ended. */
void fill_random(uint64_t *words, uint64_t nr_words);

/* Reads every pages file once, so that it is in the page cache. */
void images_preload(const struct image_set *set);
