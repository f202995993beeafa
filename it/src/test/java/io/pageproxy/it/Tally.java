package io.pageproxy.it;

import io.pageproxy.it.AttackedSource.End;
import java.util.Map;
import java.util.TreeMap;

/** Counts attacks by kind and outcome. Thread-safe. */
final class Tally {
    private final Map<Attack.Kind, Map<String, Integer>> ends = new TreeMap<>();
    private final Map<String, Integer> places = new TreeMap<>();
    private final int wanted;
    private int drawn;
    private long maxMillis;
    private int ignored;
    private int missed;

    Tally(int wanted) {
        this.wanted = wanted;
    }

    /**
     * Number of the next attack to draw; 0 if enough attacks have been executed or are in progress.
     */
    synchronized int next() {
        return drawn - missed - ignored < wanted ? ++drawn : 0;
    }

    /** Counts an attack that took place in time. */
    synchronized void attacked(End end) {
        ends.computeIfAbsent(end.blow().attack().kind(), kind -> new TreeMap<>())
                .merge(end.summary().get("reason"), 1, Integer::sum);
        places.merge(place(end), 1, Integer::sum);
        maxMillis = Math.max(maxMillis, end.millis());
    }

    private static String place(End end) {
        boolean toDestination = end.blow().attack().toDestination();
        if (end.blow().decisive()) {
            return toDestination ? "END" : "RESULT";
        }
        String direction = toDestination ? "towards the destination" : "towards the source";
        return direction
                + (end.knowsDumperResult() ? ", a dumper being there" : ", before a dumper");
    }

    /** Counts an attack that was not executed, was too late, or changed only what TLS ignores. */
    synchronized void missed(End end) {
        if (end.attackedInTime()) {
            ignored++;
        } else {
            missed++;
        }
    }

    @Override
    public synchronized String toString() {
        StringBuilder text = new StringBuilder();
        int all = 0;
        for (Map.Entry<Attack.Kind, Map<String, Integer>> kind : ends.entrySet()) {
            int count = kind.getValue().values().stream().mapToInt(Integer::intValue).sum();
            all += count;
            text.append(kind.getKey() + " " + count + " " + kind.getValue() + "\n");
        }
        return text
                + (places + "\n")
                + ("all " + all + ", the longest until all was closed " + maxMillis + " ms; beside")
                + (" them " + ignored + " that changed only what TLS ignores, and went well, and ")
                + (missed + " that never came to their place, or when all was decided");
    }
}
