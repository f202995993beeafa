package io.pageproxy.source.push;

import io.pageproxy.frame.Frame.Result;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Side;
import io.pageproxy.source.dumper.DumperEnd;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The outcome of a session whose pages have arrived, which depends on the end of the dump. */
final class DumpVerdict {
    private static final Logger LOG = LoggerFactory.getLogger(DumpVerdict.class);

    private final Optional<String> session;
    private final String arrived;
    private Optional<String> lostDestination = Optional.empty();

    /**
     * No verdict yet.
     *
     * @param session its name
     * @param result what the destination says about its images
     */
    DumpVerdict(Optional<String> session, Result result) {
        this.session = session;
        this.arrived =
                result.images() + " images of " + result.pages() + " pages are whole and durable";
    }

    /** The destination cannot be told how the dump ends. */
    void onDestinationLost(String why) {
        if (lostDestination.isEmpty()) {
            lostDestination = Optional.of(why);
            LOG.warn(
                    "session={} the dumper has heard success and completes its dump, but the"
                            + " destination cannot be told whether it succeeds: {}",
                    session.orElse("-"),
                    why);
        }
    }

    /** The outcome if the exit status of the dumper is not known here. */
    Outcome withoutExit() {
        return Outcome.pagesComplete(
                Side.SOURCE,
                "pages complete: "
                        + arrived
                        + "; the exit code of the dump shows whether it has succeeded");
    }

    /** The outcome if the dumper has heard success and then ended like that. */
    Outcome afterExit(DumperEnd end) {
        String unheard =
                lostDestination
                        .map(why -> "; the destination could not be told so (" + why + ")")
                        .orElse("");
        if (end.status().success()) {
            return Outcome.completed(Side.SOURCE, arrived + ", the dump is done" + unheard);
        }
        return end.failedAfterSuccess(
                "; its tasks run on unless it says otherwise"
                        + unheard
                        + (unheard.isEmpty() ? "" : ", so its images are not marked"));
    }
}
