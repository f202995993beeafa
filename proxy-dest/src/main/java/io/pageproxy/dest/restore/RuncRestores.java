package io.pageproxy.dest.restore;

import io.pageproxy.process.ChildLauncher;
import io.pageproxy.runc.RuncProgram;
import java.nio.file.Path;
import java.util.List;

/**
 * Restores containers with runc, each from the bundle that the operator has put into a folder.
 *
 * @param launcher starts runc
 * @param runc of this host
 * @param criu the path or name of the program that runc is to use
 * @param bundles the folder; the bundle of a container is the folder of its id in it
 * @param arguments the operator's, of runc restore
 */
public record RuncRestores(
        ChildLauncher launcher,
        RuncProgram runc,
        String criu,
        Path bundles,
        List<String> arguments) {
    /** Copies the arguments. */
    public RuncRestores {
        arguments = List.copyOf(arguments);
    }
}
