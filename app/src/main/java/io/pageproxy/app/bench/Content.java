package io.pageproxy.app.bench;

import io.pageproxy.simulator.ContentMix;
import java.util.List;
import java.util.Locale;

/** What the pages hold that are sent. */
enum Content {
    /** About what a process's memory is like. */
    MIXED("a fifth zeros, half text-like, the rest noise"),
    /** What no codec shrinks. */
    RANDOM("noise, which no codec shrinks"),
    /** What is sent as references. */
    ZERO("zeros only, which are not sent");

    private final String meaning;

    Content(String meaning) {
        this.meaning = meaning;
    }

    /**
     * The contents that a word of the command line asks for.
     *
     * @throws IllegalArgumentException where it is none
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
                "--content " + word + " is not one of mixed, random, zero, all");
    }

    /** How its pages are made. */
    ContentMix mix() {
        return switch (this) {
            case MIXED -> ContentMix.TYPICAL;
            case RANDOM -> ContentMix.NOISE;
            case ZERO -> ContentMix.ZEROS;
        };
    }

    /** The word for it. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What it is, in a few words. */
    String meaning() {
        return meaning;
    }
}
