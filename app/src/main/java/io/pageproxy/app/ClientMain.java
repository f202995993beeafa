package io.pageproxy.app;

import io.pageproxy.cli.client.ResidentClient;

/**
 * Where {@code migrate} and {@code source} start if there may be a resident source: if that takes
 * the command, nothing else of the program is loaded.
 */
public final class ClientMain {
    private ClientMain() {}

    /** Runs the command line {@code args} and exits with its exit code. */
    public static void main(String[] args) throws Exception {
        int exitCode = ResidentClient.run(args, System.getenv());
        if (exitCode == ResidentClient.NOT_TAKEN) {
            Main.main(args);
        } else {
            System.exit(exitCode);
        }
    }
}
