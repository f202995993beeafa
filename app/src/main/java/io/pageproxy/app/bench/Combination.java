package io.pageproxy.app.bench;

import io.pageproxy.codec.CodecChoice;
import java.util.Optional;

/**
 * A combination of parameters to measure; one row of the table.
 *
 * @param codec empty if the dumper is connected directly to the page server
 * @param lanes number of connections between the proxies; 0 without proxies
 */
record Combination(Content content, Optional<CodecChoice> codec, int lanes) {

    /** A direct connection of dumper and page server: the baseline of this machine. */
    static Combination withoutProxy(Content content) {
        return new Combination(content, Optional.empty(), 0);
    }

    /** The codec's label, or a label that there is no proxy. */
    String codecLabel() {
        return codec.map(CodecChoice::toString).orElse("no proxy");
    }

    @Override
    public String toString() {
        String proxies = codec.isEmpty() ? "" : ", " + lanes + (lanes == 1 ? " lane" : " lanes");
        return codecLabel() + proxies + ", " + content.label();
    }
}
