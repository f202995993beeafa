/*
 * mapped-writer FILE PAGES STATUS: counts in each page of a file that it maps, and checks before
 * each step that all pages hold the step before. STATUS gets the count, or "corrupt".
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096 };

static void say(const char *file, const char *word, long n) {
    char next[4096];
    snprintf(next, sizeof next, "%s.next", file);
    FILE *out = fopen(next, "w");
    fprintf(out, "%s%ld\n", word, n);
    fclose(out);
    rename(next, file);
}

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    long pages = atol(argv[2]);
    int file = open(argv[1], O_RDWR | O_CREAT, 0600);
    if (file < 0 || ftruncate(file, pages * PAGE) < 0) return 1;
    char *map = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (map == MAP_FAILED) return 1;
    for (long i = 0; i < pages; i++) *(long *)(map + i * PAGE) = 0;
    for (long n = 1;; n++) {
        for (long i = 0; i < pages; i++) {
            volatile long *count = (long *)(map + i * PAGE);
            if (*count != n - 1) {
                say(argv[3], "corrupt ", n);
                return 1;
            }
            *count = n;
        }
        if (n % 10 == 0) say(argv[3], "", n);
        usleep(1000);
    }
}
