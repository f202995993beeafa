package io.pageproxy.source;

import java.util.PriorityQueue;
import java.util.Queue;

/** Numbers of sessions, from 1 on: one whose session carried nothing is used again. Any thread. */
final class SessionNumbers {
    private final Queue<Integer> unused = new PriorityQueue<>();
    private int last;

    /** The lowest that is free. */
    synchronized int take() {
        return unused.isEmpty() ? ++last : unused.remove();
    }

    synchronized void giveBack(int number) {
        unused.add(number);
    }
}
