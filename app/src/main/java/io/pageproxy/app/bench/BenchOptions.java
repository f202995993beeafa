package io.pageproxy.app.bench;

import io.pageproxy.codec.CodecChoice;
import io.pageproxy.frame.LaneGrant;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Options of a benchmark.
 *
 * @param sizeBytes size of each session, 1 MiB to 1 TiB
 * @param runs number of measurements per combination, 1 to 1000
 * @param codecs the codecs, without duplicates
 * @param lanes numbers of connections, 1 to 16, without duplicates
 * @param json output file of the samples, if any
 */
record BenchOptions(
        long sizeBytes,
        int runs,
        List<CodecChoice> codecs,
        List<Integer> lanes,
        List<Content> contents,
        Optional<Path> json) {
    private static final int MAX_RUNS = 1000;

    /** Validates the ranges; messages name the option, the value and the remedy. */
    BenchOptions {
        if (sizeBytes < 1L << 20 || sizeBytes > 1L << 40) {
            throw new IllegalArgumentException(
                    "--size of " + sizeBytes + " bytes is not from 1M to 1T");
        }
        if (runs < 1 || runs > MAX_RUNS) {
            throw new IllegalArgumentException("--runs " + runs + " is not from 1 to " + MAX_RUNS);
        }
        for (int number : lanes) {
            if (number < 1 || number > LaneGrant.MAX_LANES) {
                throw new IllegalArgumentException(
                        "--lanes " + number + " is not from 1 to " + LaneGrant.MAX_LANES);
            }
        }
        json.map(Path::toAbsolutePath).ifPresent(BenchOptions::requireWritable);
        codecs = codecs.stream().distinct().toList();
        lanes = lanes.stream().distinct().toList();
        contents = List.copyOf(contents);
    }

    private static void requireWritable(Path file) {
        if (Files.isDirectory(file)) {
            throw new IllegalArgumentException("--json " + file + " is a folder: name a file");
        }
        Path folder = file.getParent();
        if (!Files.isDirectory(folder)) {
            throw new IllegalArgumentException(
                    "--json " + file + ": there is no folder " + folder + ": make it first");
        }
        if (!Files.isWritable(Files.exists(file) ? file : folder)) {
            throw new IllegalArgumentException(
                    "--json " + file + " cannot be written: name another file");
        }
    }

    /** All combinations to measure, in the order of the table. */
    List<Combination> combinations() {
        List<Combination> all = new ArrayList<>();
        for (Content content : contents) {
            all.add(Combination.withoutProxy(content));
            for (CodecChoice codec : codecs) {
                for (int number : lanes) {
                    all.add(new Combination(content, Optional.of(codec), number));
                }
            }
        }
        return all;
    }
}
