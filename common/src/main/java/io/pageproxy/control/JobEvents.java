package io.pageproxy.control;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a job has said, within a bound: the oldest goes first, whether somebody has read it or not.
 * Readers come with the number of the last event that they have seen, and are woken when there is
 * more; a slow one finds a gap. Of progress only the newest is kept. Thread-safe.
 */
final class JobEvents {
    /** Characters of all events that are kept. */
    static final int MAX_CHARS = 256 << 10;

    /** Characters of one text; a longer one becomes several events. */
    static final int MAX_TEXT_CHARS = 8 << 10;

    /** What an event costs beside its text. */
    private static final int OVERHEAD_CHARS = 64;

    private final Deque<Event> kept = new ArrayDeque<>();
    private final Set<Runnable> readers = ConcurrentHashMap.newKeySet();
    private long lastId;
    private int chars;
    private boolean ended;
    private volatile Progress progress = new Progress(0, "");

    /**
     * One event.
     *
     * @param id from 1 on, without gaps
     * @param data JSON on one line
     */
    record Event(long id, String type, String data) {
        private int cost() {
            return data.length() + OVERHEAD_CHARS;
        }
    }

    /**
     * The newest progress.
     *
     * @param version grows with each
     */
    record Progress(long version, String data) {}

    /** Adds a piece of a text. */
    void addText(String type, String text) {
        for (int from = 0; from < text.length(); ) {
            int until = Math.min(text.length(), from + MAX_TEXT_CHARS);
            if (until < text.length() && Character.isHighSurrogate(text.charAt(until - 1))) {
                until--;
            }
            String piece = text.substring(from, until);
            add(
                    type,
                    JsonText.of(
                            json -> {
                                json.writeStartObject();
                                json.writeStringField("text", piece);
                                json.writeEndObject();
                            }));
            from = until;
        }
    }

    private void add(String type, String data) {
        synchronized (this) {
            if (ended) {
                return;
            }
            append(type, data);
        }
        wakeReaders();
    }

    private void append(String type, String data) {
        Event event = new Event(++lastId, type, data);
        kept.add(event);
        chars += event.cost();
        while (chars > MAX_CHARS) {
            chars -= kept.remove().cost();
        }
    }

    /** Adds the last event. */
    void end(String type, String data) {
        synchronized (this) {
            append(type, data);
            ended = true;
        }
        wakeReaders();
    }

    void setProgress(String data) {
        progress = new Progress(progress.version() + 1, data);
        wakeReaders();
    }

    Progress progress() {
        return progress;
    }

    /** The first event that is kept of those after a number; empty if there is none yet. */
    synchronized Optional<Event> after(long id) {
        if (id >= lastId) {
            return Optional.empty();
        }
        long oldest = kept.getFirst().id();
        // Ids have no gaps, so the distance tells the place from the newer end.
        return id < oldest
                ? Optional.of(kept.getFirst())
                : kept.stream().skip(id + 1 - oldest).findFirst();
    }

    /** Whether there is nothing after an event, and never will be. */
    synchronized boolean endsAt(long id) {
        return ended && id >= lastId;
    }

    /** Runs an action whenever there is something new; on the thread that says it. */
    void addReader(Runnable onNews) {
        readers.add(onNews);
    }

    void removeReader(Runnable onNews) {
        readers.remove(onNews);
    }

    boolean hasReaders() {
        return !readers.isEmpty();
    }

    private void wakeReaders() {
        readers.forEach(Runnable::run);
    }
}
