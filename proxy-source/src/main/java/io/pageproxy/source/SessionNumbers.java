package io.pageproxy.source;

import java.util.PriorityQueue;
import java.util.Queue;

/** Numbers of sessions, from 1; a number whose session carried nothing is reused. Thread-safe. */
final class SessionNumbers {
    private final Queue<Integer> unused = new PriorityQueue<>();
    private int last;

    /** The lowest free number. */
    synchronized int take() {
        return unused.isEmpty() ? ++last : unused.remove();
    }

    synchronized void giveBack(int number) {
        unused.add(number);
    }
}
