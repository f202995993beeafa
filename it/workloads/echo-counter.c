/*
 * A server whose connections remember.
 *
 *   echo-counter PORT FILE [WORD]
 *
 * It listens at [::]:PORT, IPv4 included, and answers each line of a client with how many lines that connection has
 * brought so far. It is one process that waits in poll, and keeps in FILE, which it replaces, how many lines there were
 * in all. An answer that cannot be sent, or a connection that is reset, ends it. By
 * WORD others find it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 16, BYTES = 4096 };

static void die(const char *what) {
    fprintf(stderr, "echo-counter: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void publish(const char *path, unsigned long lines) {
    char text[32];
    int length = snprintf(text, sizeof text, "%lu\n", lines);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (file < 0 || write(file, text, length) != length || close(file) < 0)
        die(path);
}

static int listener(int port) {
    int yes = 1, no = 0;
    struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0
        || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no) < 0
        || bind(fd, (struct sockaddr *)&any, sizeof any) < 0 || listen(fd, MOST) < 0)
        die("listen");
    return fd;
}

int main(int count, char **words) {
    if (count < 3)
        return 2;
    struct pollfd fds[MOST] = {{.fd = listener(atoi(words[1])), .events = POLLIN}};
    unsigned long lines[MOST] = {0}, all = 0;
    int used = 1;
    publish(words[2], 0);
    for (;;) {
        if (poll(fds, used, -1) < 0) {
            if (errno != EINTR) /* as after each freeze by CRIU */
                die("poll");
            continue;
        }
        for (int i = 1; i < used; i++) {
            char bytes[BYTES];
            if (!fds[i].revents)
                continue;
            ssize_t got = read(fds[i].fd, bytes, sizeof bytes);
            if (got < 0)
                die("read");
            if (got == 0) {
                close(fds[i].fd);
                fds[i].fd = -1;
            }
            for (ssize_t at = 0; at < got; at++) {
                if (bytes[at] != '\n')
                    continue;
                char answer[32];
                int length = snprintf(answer, sizeof answer, "%lu\n", ++lines[i]);
                if (write(fds[i].fd, answer, length) != length)
                    die("write");
                publish(words[2], ++all);
            }
        }
        if (fds[0].revents && used < MOST) {
            fds[used] = (struct pollfd){.fd = accept(fds[0].fd, NULL, NULL), .events = POLLIN};
            if (fds[used++].fd < 0)
                die("accept");
        }
    }
}
