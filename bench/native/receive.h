/* The page server's side of one page stream. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct receive_options {
    const char *folder;        /* NULL: no images at all */
    bool write;                /* the pages too; else the pages images are holes of the right length */
    const char *spare;         /* NULL, or a folder of pages images to write over, each in place of a new one of its name */
    uint64_t bytes_per_second; /* 0: as fast as it goes */
};

struct received {
    uint64_t bytes, pages, records, images; /* bytes of records and pages */
    double seconds;                         /* from the first record to the answer to CLOSE */
};

/* Serves it to its CLOSE; false where the peer went away before its first record. Dies where the stream is broken. */
bool receive_stream(int fd, const struct receive_options *options, struct received *total);
