package io.pageproxy.cli.check;

import io.netty.channel.EventLoop;
import io.pageproxy.criu.LazyPipes;
import io.pageproxy.dest.pageserver.CriuProbe;
import io.pageproxy.dest.restore.CriuRestores;
import io.pageproxy.posix.Capabilities;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Checks {@code --criu}: its version, the record layout of its page server, and the result of
 * {@code criu check} for this kernel.
 */
final class CriuCheck {
    private static final String KERNEL = "criu check";
    private static final long TIMEOUT_SECONDS = 30;
    private static final int MAX_SHOWN_CHARS = 300;

    private final String program;

    CriuCheck(String program) {
        this.program = program;
    }

    /**
     * Runs the checks; blocks as long as CRIU runs.
     *
     * @param dumpsOrRestores whether more than page servers of this CRIU run on this host
     */
    List<Finding> run(EventLoop loop, boolean dumpsOrRestores) throws InterruptedException {
        List<Finding> findings = new ArrayList<>();
        try {
            PosixChildLauncher launcher =
                    PosixChildLauncher.withoutLowPorts(PosixChildLauncher.PAGE_SOCKET_BYTES);
            CriuProbe.Facts facts = new CriuProbe(launcher, loop, program).ask();
            findings.add(
                    Finding.ok(
                            "criu",
                            facts.version()
                                    + " ("
                                    + program
                                    + "), page server answers, records of "
                                    + facts.layout().bytes()
                                    + " bytes"));
            findings.add(
                    dumpsOrRestores
                            ? ofKernel()
                            : Finding.skipped(
                                    KERNEL,
                                    "not run: page servers need none of it, restores do: give"
                                            + " --allow-restore"));
        } catch (IOException e) {
            findings.add(Finding.failed("criu", e.getMessage()));
        }
        return findings;
    }

    /** Checks what {@code dest --allow-restore} requires at its start. */
    static Finding ofRestores() {
        try {
            CriuRestores.requirePossible(Capabilities.effective());
            return Finding.ok("restores", "possible: root's capabilities are held");
        } catch (IOException e) {
            return Finding.failed("restores", e.getMessage());
        }
    }

    /** Checks what {@code migrate --lazy} requires at its start. */
    static Finding ofLazyDumps() {
        try {
            LazyPipes.requirePossible();
            return Finding.ok("lazy dumps", "possible: pipes may be large enough");
        } catch (IOException e) {
            return Finding.skipped("lazy dumps", "not possible: " + e.getMessage());
        }
    }

    private Finding ofKernel() throws IOException, InterruptedException {
        if (!Capabilities.effective().has(Capabilities.SYS_ADMIN)) {
            return Finding.skipped(
                    KERNEL, "not run: it needs root, as a dump or a restore does; dest does not");
        }
        Path output = Files.createTempFile("pageproxy-check", ".log");
        try {
            Process check =
                    new ProcessBuilder(program, "check")
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile())
                            .start();
            boolean ended = check.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            check.destroyForcibly();
            String said = lastLine(output);
            if (ended && check.exitValue() == 0) {
                return Finding.ok(KERNEL, said);
            }
            return Finding.failed(
                    KERNEL,
                    (ended
                                    ? "exit " + check.exitValue()
                                    : "not done within " + TIMEOUT_SECONDS + "s")
                            + ", it said: "
                            + said
                            + "; use a CRIU made for this kernel, usually a newer one");
        } finally {
            Files.delete(output);
        }
    }

    private static String lastLine(Path output) throws IOException {
        List<String> lines =
                new String(Files.readAllBytes(output), StandardCharsets.UTF_8)
                        .lines()
                        .map(line -> SafeText.line(line).strip())
                        .filter(line -> !line.isEmpty())
                        .toList();
        String last = lines.isEmpty() ? "nothing" : lines.get(lines.size() - 1);
        return SafeText.abridged(last, MAX_SHOWN_CHARS);
    }
}
