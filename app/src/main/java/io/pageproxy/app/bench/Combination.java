package io.pageproxy.app.bench;

import io.pageproxy.codec.CodecChoice;
import java.util.Locale;
import java.util.Optional;

/**
 * One row of the table.
 *
 * @param codec empty: there is no proxy, the dumper talks to the page server itself
 * @param lanes connections between the proxies; 0 where there are none
 */
record Combination(Content content, Optional<CodecChoice> codec, int lanes) {

    /** The dumper straight to the page server: what the machine gives without us. */
    static Combination withoutProxy(Content content) {
        return new Combination(content, Optional.empty(), 0);
    }

    /** The codec's word, or that there is no proxy. */
    String codecLabel() {
        return codec.map(choice -> choice.name().toLowerCase(Locale.ROOT)).orElse("no proxy");
    }

    @Override
    public String toString() {
        String proxies = codec.isEmpty() ? "" : ", " + lanes + (lanes == 1 ? " lane" : " lanes");
        return codecLabel() + proxies + ", " + content.label();
    }
}
