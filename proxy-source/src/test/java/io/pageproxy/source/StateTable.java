package io.pageproxy.source;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** A table of states by events: the events in the first line, a state in the first column. */
public final class StateTable {
    private StateTable() {}

    /** Each cell as state, event and content. */
    public static Stream<Arguments> cells(String table) {
        List<String[]> lines = table.lines().map(line -> line.split(" +")).toList();
        return lines.stream()
                .skip(1)
                .flatMap(
                        row ->
                                IntStream.range(1, row.length)
                                        .mapToObj(
                                                column ->
                                                        Arguments.of(
                                                                row[0],
                                                                lines.get(0)[column],
                                                                row[column])));
    }
}
