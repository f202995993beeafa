package io.pageproxy.codec;

import io.pageproxy.dedup.References;
import io.pageproxy.session.CodingTotals;
import java.util.LinkedHashMap;
import java.util.Map;

/** Adds up the blocks of a session. Not thread-safe. */
final class CodingCounter {
    private final long[] blocks = new long[BlockCodec.values().length];
    private long zeroPages;
    private long repeatedPages;

    void block(int codec) {
        blocks[codec]++;
    }

    void references(References references) {
        for (int i = 0; i < references.count(); i++) {
            if (references.firstIndex(i) == References.ZERO) {
                zeroPages += references.pages(i);
            } else {
                repeatedPages += references.pages(i);
            }
        }
    }

    CodingTotals totals() {
        Map<String, Long> byLabel = new LinkedHashMap<>();
        for (BlockCodec codec : BlockCodec.values()) {
            byLabel.put(codec.label(), blocks[codec.code()]);
        }
        return new CodingTotals(byLabel, zeroPages, repeatedPages);
    }
}
