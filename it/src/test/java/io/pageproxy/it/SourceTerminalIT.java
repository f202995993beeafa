package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A dumper that logs to the terminal on which its source shows progress. */
class SourceTerminalIT {
    private static final int COLUMNS = 80;
    private static final int MEGABYTES = 100;
    private static final int PAGES = 0;
    private static final long PORTION_BYTES = 8 << 20;
    private static final int PORTIONS = 3;

    /** How each line of CRIU's begins. */
    private static final String TIME = "\\(\\d\\d\\.\\d{6}\\) ";

    @RegisterExtension final Lab lab = new Lab();

    @Test
    void linesOfTheDumperAndProgressDoNotMix() {
        Workload workload = lab.memory("work", MEGABYTES);
        Command dest = lab.dest(Criu.BYTES_32);
        Forwarder link = lab.keep(Forwarder.to(Lab.address(dest), 16));
        link.holdToDestinationAfter(PAGES, PORTION_BYTES);
        List<String> words = new ArrayList<>(lab.pki().options("source"));
        words.addAll(List.of("--lanes", "1", "--session", "web", "--", Criu.BYTES_32.program()));
        words.addAll(List.of("dump", "-t", "" + workload.pid(), "-v4", "--leave-running"));
        words.addAll(List.of("-D", lab.folder("dump").toString()));
        PseudoTerminal terminal =
                new PseudoTerminal(
                        lab.folder("terminal"),
                        COLUMNS,
                        String.join(" ", Pageproxy.source(link.address(), words)));
        Command source = lab.proxy("source", terminal.words());
        for (int i = 0; i < PORTIONS; i++) {
            link.awaitHeld(PAGES);
            ProgressDrawings.awaitNext(terminal);
            link.holdToDestinationAfter(PAGES, PORTION_BYTES);
        }
        link.release(PAGES);

        assertThat(source.awaitExit()).as(terminal.written()).isZero();
        String written = terminal.written();
        ProgressDrawings.assertLastRowOnly(written, COLUMNS);
        List<String> lines =
                ProgressDrawings.withoutProgress(written).replace("\r", "").lines().toList();
        assertThat(lines)
                .anyMatch(line -> line.matches(TIME + "Dumping finished successfully"))
                .allMatch(line -> line.split(TIME, -1).length <= 2)
                .filteredOn(line -> line.contains("page-xfer"))
                .isNotEmpty()
                .allMatch(line -> line.matches(TIME + ".*"));
        workload.assertUntouched();
    }
}
