package io.pageproxy.source;

import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.LaneGrant;
import io.pageproxy.pagestream.RecordLayout;
import java.util.OptionalLong;

/** Answers of a destination that decodes stored blocks and LZ4 only. */
public final class Accepts {
    private Accepts() {}

    /** An answer that grants one lane. */
    public static Accept of(RecordLayout layout, String imagesFolder, long peerTimeoutMillis) {
        return of(layout, imagesFolder, peerTimeoutMillis, LaneGrant.ONE);
    }

    /** An answer that grants these lanes. */
    public static Accept of(
            RecordLayout layout, String imagesFolder, long peerTimeoutMillis, LaneGrant grant) {
        return new Accept(
                "dest",
                "4.2",
                layout,
                imagesFolder,
                peerTimeoutMillis,
                Accept.STORED_AND_LZ4,
                OptionalLong.empty(),
                0,
                grant);
    }
}
