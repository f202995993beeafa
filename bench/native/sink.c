/*
 * bench-sink: a page server at almost no cost. It listens on TCP, for proxies that do not know CRIU, or it
 * poses as `criu page-server --ps-socket N` for pageproxy dest, and then writes the images that dest checks.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pagestream.h"
#include "receive.h"

static const char USAGE[] =
    "Usage: bench-sink --listen ADDR:PORT [--once] [options]       TCP; a process for each connection\n"
    "       bench-sink page-server --ps-socket N --images-dir DIR   as criu, on an inherited socket\n"
    "       bench-sink --version                                    as criu\n"
    "  --images-dir DIR      write images there (with --listen: into DIR/1, DIR/2, ...); the pages images have the right\n"
    "                        length, but no content\n"
    "  --write               write the pages too\n"
    "  --spare DIR           write over the pages images there, in place of new ones of their names\n"
    "  --bytes-per-second N  be a slow page server; K, M and G are powers of 1024\n"
    "  --out FILE            append a JSON line for each stream (default: with --listen standard output, else none)\n"
    "Also from the environment: BENCH_SINK_WRITE=1, BENCH_SINK_BYTES_PER_SECOND, BENCH_SINK_OUT.\n"
    "What other options of criu page-server come is passed over.\n";

static struct receive_options options;
static const char *listen_address, *images_dir, *out;
static int ps_socket = -1;
static bool once;

static void report(const struct received *r) {
    char line[512];
    int n = snprintf(line, sizeof line,
                     "{\"bytes\": %llu, \"pages\": %llu, \"records\": %llu, \"images\": %llu, \"seconds\": %.6f, \"cpu_seconds\": %.6f}\n",
                     (unsigned long long)r->bytes, (unsigned long long)r->pages, (unsigned long long)r->records,
                     (unsigned long long)r->images, r->seconds, cpu_seconds());
    int fd = out ? open(out, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644) : STDOUT_FILENO;
    if (fd < 0 || write(fd, line, n) != n) die("%s: %s", out ? out : "standard output", strerror(errno));
}

static int serve_connection(int fd, int number) {
    char folder[4096];
    struct received received = {0};
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (images_dir) {
        snprintf(folder, sizeof folder, "%s/%d", images_dir, number);
        if (mkdir(folder, 0700) < 0 && errno != EEXIST) die("%s: %s", folder, strerror(errno));
        options.folder = folder;
    }
    if (receive_stream(fd, &options, &received)) report(&received);
    return 0;
}

static int listen_and_serve(void) {
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    parse_address(listen_address, &address);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 128) < 0)
        die("%s: %s", listen_address, strerror(errno));
    getsockname(listener, (struct sockaddr *)&address, &length);
    fprintf(stderr, "listening %d\n", ntohs(address.sin_port));
    for (int number = 1;; number++) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0) die("accept: %s", strerror(errno));
        if (once) return serve_connection(fd, number);
        pid_t child = fork();
        if (child < 0) die("fork: %s", strerror(errno));
        if (child == 0) {
            close(listener);
            exit(serve_connection(fd, number));
        }
        close(fd);
    }
}

static int pose_as_criu(void) {
    struct received received = {0};
    options.folder = images_dir;
    if (!receive_stream(ps_socket, &options, &received)) return 1;
    if (out) report(&received);
    return 0;
}

/* CRIU's options are only listed so that their values are not mistaken for other arguments. */
static void parse_options(int argc, char **argv) {
    enum { LISTEN = 1, ONCE, DIR, PS_SOCKET, WRITE, SPARE, RATE, OUT, VERSION, PASSED_OVER, HELP };
    static const struct option known[] = {
        {"listen", 1, 0, LISTEN}, {"once", 0, 0, ONCE}, {"images-dir", 1, 0, DIR}, {"ps-socket", 1, 0, PS_SOCKET},
        {"write", 0, 0, WRITE}, {"spare", 1, 0, SPARE}, {"bytes-per-second", 1, 0, RATE}, {"out", 1, 0, OUT}, {"version", 0, 0, VERSION},
        {"prev-images-dir", 1, 0, PASSED_OVER}, {"log-file", 1, 0, PASSED_OVER}, {"auto-dedup", 0, 0, PASSED_OVER},
        {"help", 0, 0, HELP}, {0}};
    for (int c; (c = getopt_long(argc, argv, "D:v::o:", known, NULL)) != -1;) {
        switch (c) {
        case LISTEN: listen_address = optarg; break;
        case ONCE: once = true; break;
        case DIR: case 'D': images_dir = optarg; break;
        case PS_SOCKET: ps_socket = atoi(optarg); break;
        case WRITE: options.write = true; break;
        case SPARE: options.spare = optarg; break;
        case RATE: options.bytes_per_second = parse_size(optarg); break;
        case OUT: out = optarg; break;
        case VERSION: puts("Version: 4.2.1-bench"); exit(0);
        case PASSED_OVER: case 'v': case 'o': break;
        case HELP: fputs(USAGE, stdout); exit(0);
        default: fputs(USAGE, stderr); exit(2);
        }
    }
}

int main(int argc, char **argv) {
    const char *rate = getenv("BENCH_SINK_BYTES_PER_SECOND"), *write = getenv("BENCH_SINK_WRITE");
    if (rate) options.bytes_per_second = parse_size(rate);
    options.write = write && strcmp(write, "1") == 0;
    out = getenv("BENCH_SINK_OUT");
    parse_options(argc, argv);
    signal(SIGCHLD, SIG_IGN); /* no zombies of --listen */
    if (listen_address) return listen_and_serve();
    if (ps_socket >= 0 && images_dir) return pose_as_criu();
    fputs(USAGE, stderr);
    return 2;
}
