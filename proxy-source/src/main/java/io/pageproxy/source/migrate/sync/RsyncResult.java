package io.pageproxy.source.migrate.sync;

import io.pageproxy.frame.Frame.SyncEnd;
import io.pageproxy.process.ExitStatus;

/**
 * How both rsyncs of a pass have ended.
 *
 * @param here ours
 * @param there the destination's
 * @param said the last lines that ours has printed
 */
record RsyncResult(ExitStatus here, SyncEnd there, String said) {
    /** Of rsync: some files were not copied. */
    private static final int PARTIAL = 23;

    /** Of rsync: some files vanished before they were copied. */
    private static final int VANISHED = 24;

    /** 0 if both have succeeded. */
    int code() {
        return here.success() ? there.exit() : here.shellCode();
    }

    /** Whether files have vanished, as it is normal while their tree runs. */
    boolean onlyVanished() {
        return code() == VANISHED;
    }

    /** Whether files have changed while they were copied, so that another pass may succeed. */
    boolean mayBeRepeated() {
        return code() == VANISHED || code() == PARTIAL;
    }

    /** For operators. */
    String describe() {
        String text = "exit code " + code() + ", it said: " + said;
        if (there.exit() != 0) {
            text += "; exit code " + there.exit() + " at the destination";
            text += there.said().map(log -> ": " + log).orElse("");
        }
        return text.replace('\n', '|');
    }
}
