/* CRIU's page stream: its records, and the small tools that both ends need. DESIGN.md, section 1, has the layouts. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OPEN2 = 4, PARENT = 5, ADD_F = 6, CLOSE = 0x1023, FORCE_CLOSE = 0x1024 };
enum { FLAG_PARENT = 1, FLAG_LAZY = 2, FLAG_PRESENT = 4 };
enum { TYPE_PROCESS = 1, TYPE_SHARED_MEMORY = 2, PAGE_BYTES = 4096 };
enum { PAGEMAP_MAGIC_COMMON = 0x54564319, PAGEMAP_MAGIC = 0x56084025 };

struct record {
    unsigned command, flags;
    uint64_t nr_pages, vaddr, dst_id;
};

/* Both return the record's length; layout_bytes is 24 or 32. */
size_t record_encode(const struct record *r, int layout_bytes, unsigned char *out);
size_t record_decode(struct record *r, int layout_bytes, const unsigned char *in);

/* Protobuf: writes a varint and returns its length; reads a varint, or returns false if it is truncated. */
size_t varint_encode(uint64_t value, unsigned char *out);
bool varint_decode(const unsigned char **in, const unsigned char *end, uint64_t *value);

/* Read or write everything, or exit; read_all returns false at an end of file before the first byte. */
void write_all(int fd, const void *data, size_t bytes, int send_flags);
bool read_all(int fd, void *data, size_t bytes);

/* Parses ADDR:PORT of IPv4, or exits. */
struct sockaddr_in;
void parse_address(const char *text, struct sockaddr_in *address);

/* Parses a number with an optional K, M or G (powers of 1024), or exits. */
uint64_t parse_size(const char *text);

double now_seconds(void);
double cpu_seconds(void); /* of this process */

/* Prints to standard error and exits with 1. */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));
