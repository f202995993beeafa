package io.pageproxy.app.demo;

import io.pageproxy.app.local.Certificates;
import io.pageproxy.app.local.LocalFailure;
import io.pageproxy.app.local.Stopper;
import io.pageproxy.app.local.Workspace;
import io.pageproxy.session.CloseReason;
import io.pageproxy.simulator.PageServerScript;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Runs the variant of the demo that this machine supports, and always cleans up. */
final class Demo {
    private static final String HOME_PROPERTY = "pageproxy.home";

    private final DemoOptions options;
    private final Screen screen;
    private final Optional<Path> home;
    private final PageServerScript script;
    private final Stopper stopper = new Stopper();

    /**
     * Creates a demo, which must be run on the calling thread.
     *
     * @param home the installation folder of pageproxy, if known
     */
    Demo(DemoOptions options, Screen screen, Optional<Path> home) {
        this(options, screen, home, PageServerScript.HONEST);
    }

    Demo(DemoOptions options, Screen screen, Optional<Path> home, PageServerScript script) {
        this.options = options;
        this.screen = screen;
        this.home = home;
        this.script = script;
    }

    /** The folder that contains the launcher. */
    static Optional<Path> home() {
        return Optional.ofNullable(System.getProperty(HOME_PROPERTY)).map(Path::of);
    }

    /**
     * Runs the demo; blocks.
     *
     * @return the exit code: 0 only if everything has been verified
     */
    int run() {
        Workspace work = null;
        try {
            work = Workspace.create("demo", options.keep());
            try (Workspace closing = work) {
                runIn(closing);
            }
            screen.say("  " + work.leftBehind());
            return 0;
        } catch (LocalFailure | InterruptedException | IOException | RuntimeException e) {
            return fail(e, work == null ? "" : "\n" + work.leftBehind());
        }
    }

    private int fail(Exception e, String left) {
        int exitCode = CloseReason.LOCAL_FAILURE.exitCode();
        String why = e.getMessage();
        if (stopper.stopped()) {
            why = "told to stop"; // whatever came of that
            exitCode = CloseReason.SHUTDOWN.exitCode();
        } else if (e instanceof LocalFailure failure) {
            exitCode = failure.exitCode();
        } else if (!(e instanceof IOException)) {
            why = "this should not happen, please report it: " + e;
        }
        screen.failed(why + left);
        return exitCode;
    }

    private void runIn(Workspace work) throws IOException, InterruptedException, LocalFailure {
        try {
            screen.say("pageproxy demo: memory moves from one side of the pair to the other.");
            work.requireRoom(options.sizeBytes());
            Optional<String> criu = new CriuFinder(options, home, screen).find();
            screen.say(
                    criu.isPresent()
                            ? "A real process, dumped and restored by " + criu.get() + "\n"
                            : "A built-in page stream and a built-in page server instead.\n");
            screen.begin("certificates", "made");
            Certificates certificates = Certificates.create(work.path().resolve("pki"));
            screen.done("a CA, source and dest, for this run only");
            if (criu.isPresent()) {
                Path program = DemoProcess.program(home.orElseThrow());
                new CriuDemo(criu.get(), program, options.mebibytes(), work, screen, stopper)
                        .run(certificates);
            } else {
                new BuiltInDemo(options, work, screen, stopper, script).run(certificates);
            }
        } finally {
            stopper.shield();
        }
    }

    /** Stops the demo; callable on any thread. */
    void stop() {
        stopper.stop();
    }
}
