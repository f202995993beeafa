package io.pageproxy.cli.dest;

import io.pageproxy.cli.options.Converters;
import io.pageproxy.dest.session.ImagesKeeping;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Options that say whether there is room for images, and how long they stay. */
final class ImagesOptions {
    @Option(
            names = "--keep-incomplete",
            description =
                    "keep the incomplete images of a failed session and the rounds of a failed"
                            + " migration, and refuse a session of the same name until they are"
                            + " removed; otherwise the same peer's next session of that name"
                            + " replaces them")
    private boolean keepIncomplete;

    @Option(
            names = "--remove-images-after-restore",
            description =
                    "remove the images of a migration, and those of its rounds, once its tree runs"
                            + " here: they hold its memory")
    private boolean removeAfterRestore;

    @Option(
            names = "--images-retention",
            paramLabel = "TIME",
            converter = Converters.ToDuration.class,
            description =
                    "remove complete images this long after they have arrived, also after a restart;"
                            + " only those that a dest with this option has received, and no parent"
                            + " of images that stay (default: they stay)")
    private Duration retention;

    @Option(
            names = "--no-space-check",
            description =
                    "accept a session even if its pages need more than the free space of"
                            + " --images-dir: where the file system compresses, as btrfs and zfs"
                            + " may")
    private boolean noSpaceCheck;

    /**
     * Rejects what has no meaning.
     *
     * @throws ParameterException with the problem and its remedy
     */
    void validate(CommandLine command, boolean restores) {
        if (removeAfterRestore && !restores) {
            throw new ParameterException(
                    command,
                    "--remove-images-after-restore is for --allow-restore: give that too, or leave"
                            + " out both");
        }
    }

    /** Whether a session whose pages may not fit is refused at its start. */
    boolean spaceCheck() {
        return !noSpaceCheck;
    }

    /** How long images are kept. */
    ImagesKeeping keeping() {
        return new ImagesKeeping(
                keepIncomplete, !removeAfterRestore, Optional.ofNullable(retention));
    }
}
