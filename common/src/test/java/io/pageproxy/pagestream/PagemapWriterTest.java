package io.pageproxy.pagestream;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class PagemapWriterTest {
    private final ByteArrayOutputStream image = new ByteArrayOutputStream();

    @Test
    void oldAndNewCriuFindTheNumberOfPages() throws IOException {
        try (PagemapWriter writer = new PagemapWriter(image, 300)) {
            writer.add(PageFlags.PRESENT, 0x5000, 2);
        }
        assertThat(hex())
                .isEqualTo(
                        "19435654"
                                + "25400856"
                                + "03000000"
                                + "08ac02"
                                + "0a000000"
                                + "0880a001"
                                + "1002"
                                + "2004"
                                + "2802");
    }

    @Test
    void runThatIsTooLongForAnOldCriuHasItsNumberOnlyWhereNewOnesLook() throws IOException {
        try (PagemapWriter writer = new PagemapWriter(image, 1)) {
            writer.add(PageFlags.PARENT, 0, 1L << 32);
        }
        assertThat(hex()).endsWith("0c000000" + "0800" + "1000" + "2001" + "288080808010");
    }

    private String hex() {
        return HexFormat.of().formatHex(image.toByteArray());
    }
}
