package io.pageproxy.it;

import io.pageproxy.it.AttackedSource.End;
import java.util.Map;
import java.util.TreeMap;

/** How many attacks of each kind there were, and how they ended. Any thread. */
final class Tally {
    private final Map<Attack.Kind, Map<String, Integer>> ends = new TreeMap<>();
    private final Map<String, Integer> places = new TreeMap<>();
    private final int wanted;
    private int drawn;
    private long mostMillis;
    private int ignored;
    private int missed;

    Tally(int wanted) {
        this.wanted = wanted;
    }

    /** The number of the next attack to draw; 0 where enough have fallen or are under way. */
    synchronized int next() {
        return drawn - missed - ignored < wanted ? ++drawn : 0;
    }

    /** Counts an attack that fell in time. */
    synchronized void attacked(End end) {
        ends.computeIfAbsent(end.blow().attack().kind(), kind -> new TreeMap<>())
                .merge(end.summary().get("reason"), 1, Integer::sum);
        places.merge(place(end), 1, Integer::sum);
        mostMillis = Math.max(mostMillis, end.millis());
    }

    private static String place(End end) {
        boolean toDestination = end.blow().attack().toDestination();
        if (end.blow().decisive()) {
            return toDestination ? "END" : "RESULT";
        }
        String direction = toDestination ? "towards the destination" : "towards the source";
        return direction + (end.heardOfDumper() ? ", a dumper being there" : ", before a dumper");
    }

    /** Counts one that never came to its place, or too late, or changed what TLS ignores. */
    synchronized void missed(End end) {
        if (end.fellInTime()) {
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
                + ("all "
                        + all
                        + ", the longest until all was closed "
                        + mostMillis
                        + " ms; beside")
                + (" them " + ignored + " that changed only what TLS ignores, and went well, and ")
                + (missed + " that never came to their place, or when all was decided");
    }
}
