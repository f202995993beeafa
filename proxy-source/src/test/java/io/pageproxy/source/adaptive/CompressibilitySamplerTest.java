package io.pageproxy.source.adaptive;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CompressibilitySamplerTest {
    private static final int BLOCK_BYTES = 64 << 10;

    private final CompressibilitySampler sampler = new CompressibilitySampler();

    /** A block in which this share of each 100 bytes is noise. */
    private static ByteBuffer block(int noisePercent) {
        Random random = new Random(5);
        ByteBuffer block = ByteBuffer.allocateDirect(BLOCK_BYTES);
        for (int i = 0; i < BLOCK_BYTES; i++) {
            block.put((byte) (i % 100 < noisePercent ? random.nextInt() : 0));
        }
        return block.flip();
    }

    @Test
    void kindIsHigherTheLessABlockShrinks() {
        assertThat(sampler.kindOf(block(0))).isZero();
        assertThat(sampler.kindOf(block(50))).isBetween(4, 5);
        assertThat(sampler.kindOf(block(100))).isEqualTo(Tuning.CONTENT_KINDS - 1);
    }

    @Test
    void shortBlockIsSampledCompletely() {
        ByteBuffer shorter = block(100).position(BLOCK_BYTES - 1024);
        assertThat(sampler.kindOf(shorter)).isEqualTo(Tuning.CONTENT_KINDS - 1);
        assertThat(shorter.remaining()).isEqualTo(1024);
    }
}
