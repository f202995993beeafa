package io.pageproxy.app.bench;

import io.pageproxy.simulator.ContentMix;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The content of the transferred pages. */
enum Content {
    /** Similar to the memory of a typical process. */
    MIXED("a fifth zeros, half text-like, the rest noise"),
    /** Incompressible. */
    RANDOM("noise, which no codec shrinks"),
    /** Pages that are only sent as references. */
    ZERO("zeros only, which are not sent");

    private final String meaning;

    Content(String meaning) {
        this.meaning = meaning;
    }

    /**
     * Parses a value of the command line.
     *
     * @throws IllegalArgumentException if it is unknown
     */
    static List<Content> ofWord(String word) {
        if (word.equalsIgnoreCase("all")) {
            return List.of(values());
        }
        for (Content content : values()) {
            if (content.label().equalsIgnoreCase(word)) {
                return List.of(content);
            }
        }
        throw new IllegalArgumentException(
                "--content " + word + " is not one of " + String.join(", ", new Words()));
    }

    /** The values of the command line. */
    static final class Words implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Stream.concat(Stream.of(values()).map(Content::label), Stream.of("all"))
                    .iterator();
        }
    }

    /** How its pages are generated. */
    ContentMix mix() {
        return switch (this) {
            case MIXED -> ContentMix.TYPICAL;
            case RANDOM -> ContentMix.NOISE;
            case ZERO -> ContentMix.ZEROS;
        };
    }

    /** Its label. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** A short description. */
    String meaning() {
        return meaning;
    }
}
