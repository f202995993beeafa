package io.pageproxy.source.adaptive;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SharedLinkTest {
    private final SharedLink link = new SharedLink();
    private final FakeLinkMetrics own = new FakeLinkMetrics(20);
    private final LinkMetrics seen = link.seenBy(own);

    private void begin(int sessions) {
        for (int i = 0; i < sessions; i++) {
            link.begin();
        }
    }

    @Test
    void singleSessionHasTheWholeLink() {
        assertThat(seen.nanosPerByte()).isEqualTo(20);
        begin(1);
        assertThat(seen.nanosPerByte()).isEqualTo(20);
    }

    @Test
    void eachOfFourSessionsSeesThePaceOfAllTogether() {
        begin(4);
        assertThat(seen.nanosPerByte()).isEqualTo(5);
        link.end();
        link.end();
        assertThat(seen.nanosPerByte()).isEqualTo(10);
    }

    @Test
    void eachOfFourSessionsExpectsAShareOfTheLinkInTheHistory() {
        begin(4);
        seen.expect(3);
        assertThat(own.expected()).isEqualTo(12);
    }
}
