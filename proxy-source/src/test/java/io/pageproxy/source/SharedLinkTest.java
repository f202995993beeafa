package io.pageproxy.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.codec.LinkPace;
import org.junit.jupiter.api.Test;

class SharedLinkTest {
    private final SharedLink link = new SharedLink();
    private final FakePace own = new FakePace(20);
    private final LinkPace seen = link.seenBy(own);

    private void begin(int sessions) {
        for (int i = 0; i < sessions; i++) {
            link.begin();
        }
    }

    @Test
    void aSessionOfItsOwnHasTheWholeLink() {
        assertThat(seen.nanosPerByte()).isEqualTo(20);
        begin(1);
        assertThat(seen.nanosPerByte()).isEqualTo(20);
    }

    @Test
    void ofFourSessionsEachSeesWhatAllFourHaveTogether() {
        begin(4);
        assertThat(seen.nanosPerByte()).isEqualTo(5);
        link.end();
        link.end();
        assertThat(seen.nanosPerByte()).isEqualTo(10);
    }

    @Test
    void ofTheLinkThatAnEarlierSessionKnewEachMayExpectItsShare() {
        begin(4);
        seen.expect(3);
        assertThat(own.expected).isEqualTo(12);
    }
}
