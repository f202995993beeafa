/*
 * bench-clock: processes with memory whose first one looks at the clock all the time, so that a migration shows as the longest
 * pause between two looks. They keep nothing open, so that CRIU can dump them, but a connection to themselves if asked to.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "pagestream.h"

#define LOOKS_BETWEEN_FILES 16

static const char USAGE[] =
    "Usage: bench-clock DIR BYTES PROCESSES [tcp]\n"
    "BYTES, such as 10M, are in all processes together. In DIR the first process makes the file ready, waits for the file go, and\n"
    "makes the file pause: the nanoseconds of the longest pause since ready. Then it waits to be killed. With tcp it holds both\n"
    "ends of a TCP connection over the loopback interface.\n";

static uint64_t mix(uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

/* Half of it is noise, the other half compresses well. */
static void fill(uint64_t bytes, uint64_t seed) {
    if (bytes == 0) return;
    uint64_t *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) die("%llu bytes: %s", (unsigned long long)bytes, strerror(errno));
    madvise(memory, bytes, MADV_NOHUGEPAGE);
    for (uint64_t i = 0; i < bytes / 8; i++) memory[i] = mix(seed + ((i / 512) % 2 ? i : i % 64 + i / 512));
}

static void publish(const char *name, const void *content, size_t bytes) {
    int fd = open("new", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, content, bytes) != (ssize_t)bytes || close(fd) < 0 || rename("new", name) < 0) _exit(1);
}

static uint64_t now_nanos(void) {
    struct timespec now;
    /* A restore may give a tree a monotonic clock of its own, which stands still meanwhile. */
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * 1000000000ull + now.tv_nsec;
}

static uint64_t longest_pause(void) {
    const struct timespec short_nap = {.tv_nsec = 200000};
    uint64_t longest = 0, last = now_nanos();
    for (unsigned look = 1; look % LOOKS_BETWEEN_FILES || access("go", F_OK) < 0; look++) {
        nanosleep(&short_nap, NULL);
        uint64_t now = now_nanos();
        if (now - last > longest) longest = now - last;
        last = now;
    }
    return longest;
}

static void connect_to_itself(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    if (server < 0 || client < 0 || bind(server, (struct sockaddr *)&address, length) < 0 || listen(server, 1) < 0 ||
        getsockname(server, (struct sockaddr *)&address, &length) < 0 || connect(client, (struct sockaddr *)&address, length) < 0 ||
        accept(server, NULL, NULL) < 0 || close(server) < 0)
        _exit(1);
}

int main(int argc, char **argv) {
    char *end;
    unsigned long processes = argc == 4 || argc == 5 ? strtoul(argv[3], &end, 10) : 0;
    if (processes < 1 || processes > 1000 || *end || (argc == 5 && strcmp(argv[4], "tcp"))) {
        fputs(USAGE, stderr);
        return 2;
    }
    uint64_t share = parse_size(argv[2]) / processes;
    if (chdir(argv[1]) < 0) die("%s: %s", argv[1], strerror(errno));
    int null = open("/dev/null", O_RDWR), full[2];
    if (pipe(full) < 0) die("pipe: %s", strerror(errno));
    for (unsigned long child = 1; child < processes; child++) {
        pid_t pid = fork();
        if (pid < 0) die("fork: %s", strerror(errno));
        if (pid == 0) {
            fill(share, child << 32);
            if (write(full[1], "", 1) != 1) _exit(1);
            for (int fd = 0; fd < 256; fd++) close(fd);
            for (;;) pause();
        }
    }
    fill(share, 0);
    for (unsigned long child = 1; child < processes; child++) {
        char byte;
        if (read(full[0], &byte, 1) != 1) die("a child ended");
    }
    for (int fd = 0; fd < 3; fd++) dup2(null, fd);
    for (int fd = 3; fd < 256; fd++) close(fd);
    if (argc == 5) connect_to_itself();
    publish("ready", "", 0);
    char text[32];
    publish("pause", text, snprintf(text, sizeof text, "%llu\n", (unsigned long long)longest_pause()));
    for (;;) pause();
}
