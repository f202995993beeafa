/* The page server's side of one page stream. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct receive_options {
    const char *folder;        /* NULL: no images at all */
    bool write;                /* whether to write the pages; if not, the pages images are holes of the right length */
    const char *spare;         /* folder of pages images that are overwritten instead of creating new ones; or NULL */
    uint64_t bytes_per_second; /* 0: unlimited */
};

struct received {
    uint64_t bytes, pages, records, images; /* bytes of records and pages */
    double seconds;                         /* from the first record to the answer to CLOSE */
};

/* Serves a stream up to its CLOSE; false if the peer left before its first record. Exits if the stream is invalid. */
bool receive_stream(int fd, const struct receive_options *options, struct received *total);
