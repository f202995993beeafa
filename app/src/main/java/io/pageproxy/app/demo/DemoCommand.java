package io.pageproxy.app.demo;

import io.pageproxy.cli.ProxyCommand;
import io.pageproxy.cli.Termination;
import io.pageproxy.cli.options.Converters;
import io.pageproxy.posix.Posix;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code pageproxy demo}. */
@Command(
        name = "demo",
        description = {
            "The main job on this machine, start to end: throw-away certificates, a real"
                    + " process dumped by real CRIU through the pair, restored, and proved to go on.",
            "Without root, or where no CRIU works, the same pair runs between a built-in page"
                    + " stream and a built-in page server, and every byte is compared.",
            "It leaves nothing behind and ends with 0 only when all is proven."
        },
        footer = "  pageproxy demo --size 1G")
public final class DemoCommand extends ProxyCommand {
    @Option(
            names = "--size",
            paramLabel = "SIZE",
            converter = Converters.ToBytes.class,
            defaultValue = "256M",
            description =
                    "how much memory the process has (default: ${DEFAULT-VALUE}); as much is needed"
                            + " in the temporary folder")
    private long sizeBytes;

    @Option(
            names = "--criu",
            paramLabel = "PATH",
            description =
                    "the criu program (default: criu on PATH where it works, else one that is"
                            + " fetched into a private folder)")
    private String criu;

    @Option(names = "--built-in", description = "do not use CRIU even if it works")
    private boolean builtIn;

    @Option(
            names = "--keep",
            paramLabel = "DIR",
            description =
                    "work in this folder, new or empty, and leave certificates and images there")
    private Path keep;

    @Override
    public Integer call() throws Exception {
        Demo demo = new Demo(options(), Screen.ofThisProcess(), Demo.home());
        Posix.makeNewFilesPrivate();
        return Termination.run(demo::run, demo::stop);
    }

    private DemoOptions options() {
        if (builtIn && criu != null) {
            throw wrong("--built-in and --criu " + criu + " exclude each other: leave one out");
        }
        try {
            return new DemoOptions(
                    sizeBytes, Optional.ofNullable(criu), builtIn, Optional.ofNullable(keep));
        } catch (IllegalArgumentException e) {
            throw wrong(e.getMessage());
        }
    }
}
