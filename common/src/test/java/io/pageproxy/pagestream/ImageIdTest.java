package io.pageproxy.pagestream;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.pagestream.ImageId.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageIdTest {
    private static final long LARGEST = (1L << 56) - 1;

    @ParameterizedTest
    @ValueSource(ints = {1, 10, 11, 16, 17})
    void processTypesOfAllCriuVersionsAreKnown(int type) {
        assertThat(ImageId.ofDstId(42L << 8 | type)).isEqualTo(new ImageId(Kind.PROCESS, 42));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 27, 28, 29, 32, 33, 34})
    void sharedMemoryTypesOfAllCriuVersionsAreKnown(int type) {
        assertThat(ImageId.ofDstId(42L << 8 | type)).isEqualTo(new ImageId(Kind.SHARED_MEMORY, 42));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 9, 12, 15, 18, 26, 30, 31, 35, 255})
    void otherTypesAreUnknown(int type) {
        assertThat(ImageId.ofDstId(42L << 8 | type)).isNull();
    }

    @Test
    void idsRoundTrip() {
        for (Kind kind : Kind.values()) {
            for (long id : new long[] {1, 42, LARGEST}) {
                ImageId image = new ImageId(kind, id);
                assertThat(ImageId.ofDstId(image.toDstId())).isEqualTo(image);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 27, 28, 29, 32, 33, 34})
    void sharedMemoryMayHaveId0(int type) {
        assertThat(ImageId.ofDstId(type)).isEqualTo(new ImageId(Kind.SHARED_MEMORY, 0));
        assertThat(new ImageId(Kind.SHARED_MEMORY, 0).toDstId()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 10, 11, 16, 17})
    void processWithId0IsUnknown(int type) {
        assertThat(ImageId.ofDstId(type)).isNull();
    }

    @Test
    void imageNamesMatchCriu() {
        assertThat(new ImageId(Kind.PROCESS, 5).pagemapFileName()).isEqualTo("pagemap-5.img");
        assertThat(new ImageId(Kind.SHARED_MEMORY, 5).pagemapFileName())
                .isEqualTo("pagemap-shmem-5.img");
        assertThat(new ImageId(Kind.SHARED_MEMORY, 0).pagemapFileName())
                .isEqualTo("pagemap-shmem-0.img");
    }
}
