package io.pageproxy.codec;

import io.pageproxy.dedup.References;
import io.pageproxy.session.CodingTotals;
import java.util.LinkedHashMap;
import java.util.Map;

/** Counts the blocks and references of a session. Not thread-safe. */
final class CodingCounter {
    private final long[] blocks = new long[BlockCodec.values().length];
    private long zeroPages;
    private long repeatedPages;
    private long changedPages;

    void block(int codec) {
        blocks[codec]++;
    }

    void references(References references) {
        for (int i = 0; i < references.count(); i++) {
            if (references.isZero(i)) {
                zeroPages += references.pages(i);
            } else if (references.isDifference(i)) {
                changedPages += references.pages(i);
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
        return new CodingTotals(byLabel, zeroPages, repeatedPages, changedPages);
    }
}
