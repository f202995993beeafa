package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What stands on a terminal while a tree migrates, and afterwards. With {@code -Dit.pictures=DIR}
 * it also draws the pictures of the documents there.
 */
class MigrateTerminalIT extends WholeMigrations {
    private static final int MEGABYTES = 200;

    /** The connection that carries the pages, as {@link Forwarder} counts. */
    private static final int PAGES = 1;

    /** After each such portion the link waits until the progress was drawn again. */
    private static final long PORTION_BYTES = 8 << 20;

    private static final int PORTIONS = 5;

    private static final Pattern PERCENT = Pattern.compile("^ ?(\\d+)%");

    @ParameterizedTest
    @ValueSource(ints = {80, 120})
    void progressHasTheLastRowAndNothingOfItIsLeft(int columns) throws IOException {
        Workload workload = lab.memory("work", MEGABYTES);
        Command dest = dest(lab.images(), "--allow-restore");
        Forwarder link = lab.keep(Forwarder.to(Lab.address(dest), 16));
        link.holdToDestinationAfter(PAGES, PORTION_BYTES);
        PseudoTerminal terminal =
                new PseudoTerminal(
                        lab.folder("terminal"),
                        columns,
                        "pageproxy migrate --pid "
                                + workload.pid()
                                + " --config "
                                + lab.folder("terminal").relativize(config(link.address())));
        Command migrate = lab.proxy("migrate", onPath(terminal.words()));
        for (int i = 0; i < PORTIONS; i++) {
            link.awaitHeld(PAGES);
            ProgressDrawings.awaitNext(terminal);
            link.holdToDestinationAfter(PAGES, PORTION_BYTES);
        }
        link.release(PAGES);

        assertThat(migrate.awaitExit()).as(terminal.written()).isZero();
        workload.assertGood();
        String written = terminal.written();
        List<MatchResult> drawings = ProgressDrawings.of(written);
        assertThat(drawings).hasSizeGreaterThan(PORTIONS);
        ProgressDrawings.assertLastRowOnly(written, columns);
        List<String> end = Screen.rowsAfter(written, columns);
        assertTable(end, workload);
        draw(columns, Screen.rowsAfter(written.substring(0, middle(drawings).end()), columns), end);
    }

    private static void assertTable(List<String> rows, Workload workload) {
        List<String> shapes =
                List.of(
                        "the tree runs at the destination, pid " + workload.pid(),
                        "  pages +[\\d.]+ s   \\d+ pages, [\\d.]+ MiB",
                        "  other images +[\\d.]+ s   \\d+ files, [\\d.]+ MiB",
                        "  restore +[\\d.]+ s",
                        "  commit +[\\d.]+ s",
                        "  down at most +[\\d.]+ s",
                        "  in all +[\\d.]+ s   [\\d.]+ MiB on the wire");
        List<String> table = rows.subList(rows.size() - shapes.size(), rows.size());
        for (int i = 0; i < shapes.size(); i++) {
            assertThat(table.get(i)).matches(shapes.get(i));
        }
    }

    /** The drawing that is nearest to half of the pages. */
    private static MatchResult middle(List<MatchResult> drawings) {
        return Collections.min(
                drawings, Comparator.comparingInt(drawing -> Math.abs(percent(drawing) - 50)));
    }

    private static int percent(MatchResult drawing) {
        Matcher percent = PERCENT.matcher(drawing.group(1));
        return percent.find() ? Integer.parseInt(percent.group(1)) : 100;
    }

    private static void draw(int columns, List<String> during, List<String> end)
            throws IOException {
        String folder = System.getProperty("it.pictures");
        if (folder != null) {
            new TerminalPicture(columns)
                    .add("pageproxy migrate, " + columns + " columns: while it sends", during)
                    .add("at its end", end)
                    .write(Path.of(folder, "terminal-" + columns + ".svg"));
        }
    }

    /** The options but the tree's pid. */
    private Path config(String address) throws IOException {
        List<String> options = new ArrayList<>(lab.pki().options("source"));
        options.addAll(List.of("--connect", address, "--session", SESSION));
        options.addAll(List.of("--criu", CRIU.program()));
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < options.size(); i += 2) {
            lines.append(options.get(i).substring(2)).append(" = ");
            lines.append(options.get(i + 1)).append('\n');
        }
        return Files.writeString(lab.folder("terminal").resolve("migrate.conf"), lines);
    }

    /** Runs a command in the terminal's folder, with our program on PATH. */
    private List<String> onPath(List<String> words) {
        Path programs = Pageproxy.program().getParent();
        List<String> all = new ArrayList<>(List.of("env", "-C"));
        all.add(lab.folder("terminal").toString());
        all.add("PATH=" + programs + ":" + System.getenv("PATH"));
        all.addAll(words);
        return all;
    }
}
