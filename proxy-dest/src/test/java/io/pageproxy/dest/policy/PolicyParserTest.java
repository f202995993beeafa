package io.pageproxy.dest.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pageproxy.dest.credentials.RestoreUser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(30)
class PolicyParserTest {
    private static final String GOOD =
            """
            # Who may write what.
            peers:
              - name: web hosts
                dns: [web1.example.org, WEB2.example.org]
                uri: ["spiffe://example.org/web"]
                sessions: ["web/*", shop/**]
                max-session-bytes: 64G
                max-session-images: 5000
                max-day-bytes: 1T
                max-sessions: 4
                page-server-args: [--auto-dedup, "-v4"]
                lazy: true
                restore: true
                restore-user: root
              - fingerprint:
                  - %s
                cn: [old host]
                sessions: [.]
                containers: [web-*, db]
                sync-roots: [/srv/web, "/srv/a b"]
                max-session-bytes: 4096
            """
                    .formatted("AB:".repeat(31) + "ab");

    private static Policy parse(String text) throws PolicyException {
        return PolicyParser.parse(text.getBytes(StandardCharsets.UTF_8));
    }

    private static void assertRejected(String text, String message) {
        assertThatThrownBy(() -> parse(text))
                .isInstanceOf(PolicyException.class)
                .hasMessageContaining(message)
                .message()
                .matches("line \\d+, column \\d+: [ -~]{10,400}");
    }

    /** A policy with one entry that contains the given line as line 4 of the file. */
    private static String policyWithLine(String line) {
        return "peers:\n  - dns: [a]\n    sessions: [b]\n    " + line + "\n";
    }

    @Test
    void allKeysAreRead() throws PolicyException {
        List<PeerRule> peers = parse(GOOD).peers();
        PeerRule web = peers.get(0);
        assertThat(web.name()).isEqualTo("web hosts");
        assertThat(web.who().dns()).containsOnly("web1.example.org", "web2.example.org");
        assertThat(web.who().uris()).containsOnly("spiffe://example.org/web");
        assertThat(web.sessions())
                .extracting(SessionPattern::text)
                .containsExactly("web/*", "shop/**");
        assertThat(web.maxSessionBytes()).isEqualTo(64L << 30);
        assertThat(web.maxSessionImages()).isEqualTo(5000);
        assertThat(web.maxDayBytes()).isEqualTo(1L << 40);
        assertThat(web.maxSessions()).isEqualTo(4);
        assertThat(web.pageServerArguments()).containsExactly("--auto-dedup", "-v4");
        assertThat(web.lazy()).isTrue();
        assertThat(web.restore()).isTrue();
        assertThat(web.containers()).isEmpty();
        assertThat(web.syncRoots()).isEmpty();
        assertThat(web.restoreUser()).map(RestoreUser::user).hasValue(0L);
        PeerRule old = peers.get(1);
        assertThat(old.name()).isEqualTo("peers[1]");
        assertThat(old.lazy()).isFalse();
        assertThat(old.restore()).isFalse();
        assertThat(old.containers()).containsExactly("web-*", "db");
        assertThat(old.syncRoots()).containsExactly(Path.of("/srv/web"), Path.of("/srv/a b"));
        assertThat(old.restoreUser()).isEmpty();
        assertThat(old.who().fingerprints()).isEqualTo(Set.of("ab".repeat(32)));
        assertThat(old.who().commonNames()).containsOnly("old host");
        assertThat(old.maxSessionBytes()).isEqualTo(4096);
        assertThat(old.maxSessionImages()).isEqualTo(Integer.MAX_VALUE);
        assertThat(old.maxDayBytes()).isEqualTo(Long.MAX_VALUE);
        assertThat(old.maxSessions()).isEqualTo(Integer.MAX_VALUE);
        assertThat(old.pageServerArguments()).isEmpty();
    }

    @Test
    void containersAreNotForAnEntryOfOneUser() {
        assertRejected(
                policyWithLine("containers: [db]") + "    restore-user: root\n",
                "line 4, column 17: peers[0]: 'containers' and 'restore-user' exclude each other");
    }

    @Test
    void exampleOfTheHowToGuideIsAPolicy() throws IOException, PolicyException {
        String guide = Files.readString(Path.of("../docs/how-to/policy.md"));
        int start = guide.indexOf("```yaml\n") + "```yaml\n".length();
        Policy policy = parse(guide.substring(start, guide.indexOf("```", start)));
        assertThat(policy.names()).containsExactly("web hosts", "shop", "runc hosts");
    }

    @Test
    void jsonIsAccepted() throws PolicyException {
        assertThat(parse("{\"peers\": [{\"dns\": [\"a\"], \"sessions\": [\"b\"]}]}").peers())
                .hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "sesions: [c]                | line 4, column 5: peers[0]: 'sesions' is not known; known here: name, dns",
                "sessions: [c]               | line 4, column 5: 'sessions' is given twice: leave one out",
                "uri: spiffe://a             | line 4, column 10: peers[0].uri: 'spiffe://a' is of the type string; wanted: URIs",
                "uri: []                     | line 4, column 10: peers[0].uri: the list is empty; wanted: URIs",
                "uri: ['']                   | line 4, column 11: peers[0].uri[0]: '' is not valid; wanted: a name",
                "uri: ['*']                  | line 4, column 11: peers[0].uri[0]: '*' is not valid; wanted: a name",
                "uri: ['a\u2003']            | line 4, column 11: peers[0].uri[0]: 'a ' is not valid; wanted: a name",
                "uri:                        | line 4, column 9: peers[0].uri: nothing is there; wanted: URIs",
                "uri: [1]                    | line 4, column 11: peers[0].uri[0]: '1' is of the type integer, unless it is put in quotes; wanted: a name",
                "fingerprint: [abc]          | line 4, column 19: peers[0].fingerprint[0]: 'abc' is not valid; wanted: 64 hex digits",
                "max-session-bytes: -5       | line 4, column 24: peers[0].max-session-bytes: '-5' is less than 1; wanted: how much",
                "max-session-bytes: 0        | line 4, column 24: peers[0].max-session-bytes: '0' is less than 1; wanted: how much",
                "max-session-bytes: 5X       | line 4, column 24: peers[0].max-session-bytes: '5X' is not valid; wanted: how much",
                "max-session-bytes: 1.5      | line 4, column 24: peers[0].max-session-bytes: '1.5' is of the type number, unless",
                "max-session-bytes: 99999999999G   | line 4, column 24: peers[0].max-session-bytes: '99999999999G' is not a size that can be",
                "max-day-bytes: 9999999999999999999 | line 4, column 20: peers[0].max-day-bytes: '9999999999999999999' is not a size",
                "max-sessions: 0             | line 4, column 19: peers[0].max-sessions: '0' is less than 1; wanted: how many",
                "max-sessions: 1000001       | line 4, column 19: peers[0].max-sessions: '1000001' is more than 1000000",
                "max-sessions: 99999999999999999999999 | line 4, column 19: peers[0].max-sessions: '99999999999999999999999' is more than",
                "max-sessions: many          | line 4, column 19: peers[0].max-sessions: 'many' is of the type string; wanted: how many",
                "page-server-args: [--port=1] | line 4, column 24: peers[0].page-server-args: '--port=1': pageproxy sets --port itself; leave it out",
                "page-server-args: [--por]   | pageproxy sets --port itself",
                "page-server-args: [-D/tmp]  | '-D/tmp': a short option other than -v; write it long",
                "page-server-args: ['']      | line 4, column 24: peers[0].page-server-args[0]: '' is not valid; wanted: one argument",
                "restore-user: no_such.user  | line 4, column 19: peers[0].restore-user: this host has no user 'no_such.user'",
                "containers: []              | line 4, column 17: peers[0].containers: the list is empty; wanted: ids",
                "containers: [a/b]           | line 4, column 18: peers[0].containers[0]: 'a/b' is not valid; wanted: the id",
                "containers: [-a]            | line 4, column 18: peers[0].containers[0]: '-a' is not valid; wanted: the id",
                "restore: yes                | line 4, column 14: peers[0].restore: 'yes' is of the type string; wanted: whether these peers may have trees",
                "lazy: yes                   | line 4, column 11: peers[0].lazy: 'yes' is of the type string; wanted: whether these peers may have lazy",
                "name: &a b                  | line 4, column 11: anchors and aliases are not supported: write it out",
                "name: *a                    | line 4, column 11: anchors and aliases are not supported: write it out",
                "name: !!str b               | line 4, column 11: tags are not supported",
                "name: ''                    | line 4, column 11: peers[0].name: '' is not valid; wanted: what messages call",
                "[a]: b                      | line 4, column 5: a key is one word",
                "name: [[[[[[[[[[[[[[[[[[[    | line 4, column 24: nested deeper than 16",
                "<<: {name: x}               | line 4, column 5: peers[0]: '<<' is not known",
            })
    void errorInEntryIsReportedWithPositionAndRemedy(String line, String message) {
        assertRejected(policyWithLine(line), message);
    }

    @ParameterizedTest
    @CsvSource({
        "'', the list is empty",
        "'''''', '' is not valid; wanted: a pattern",
        "/a, is not valid",
        "a/, is not valid",
        "a//b, is not valid",
        "../a, is not valid",
        "a/../b, is not valid",
        "web**, is not valid",
        "'\"**b\"', is not valid",
        "'\"***\"', is not valid",
        "'\"a\\n\"', 'a ' is not valid",
        "a?, is not valid",
        "'\"[ab]\"', is not valid",
        "./a, is not valid",
    })
    void meaninglessPatternIsRejected(String pattern, String message) {
        assertRejected(
                "peers:\n  - dns: [a]\n    sessions: [" + pattern + "]\n", "peers[0].sessions");
        assertRejected("peers:\n  - dns: [a]\n    sessions: [" + pattern + "]\n", message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "``                          | line 1, column 1: the file is empty",
                "# only words                | line 1, column 1: the file is empty",
                "web                         | line 1, column 1: 'web' is of the type string; wanted: a mapping with peers",
                "{}                          | line 1, column 1: 'peers' is missing; wanted: the peers that may come in",
                "peers: []                   | line 1, column 8: peers: the list is empty",
                "peers: {}                   | line 1, column 8: peers: a mapping is of the type object; wanted: the peers",
                "peers: [{sessions: [a]}]    | line 1, column 9: peers[0]: a required key is missing; wanted: an entry that says who",
                "peers: [{dns: [a]}]         | line 1, column 9: peers[0]: 'sessions' is missing; wanted: the sessions",
                "peers: [                    | not YAML",
                "peers: %a                   | line 1, column 8: not YAML",
            })
    void errorInWholeFileIsReported(String text, String message) {
        assertRejected(text, message);
    }

    @Test
    void secondDocumentIsRejected() {
        assertRejected("---\npeers: []\n---\npeers: []\n", "line 3, column 1: a second document");
    }

    @Test
    void tabIndentationIsReportedWithPosition() {
        assertRejected("peers:\n\t- dns: [a]\n", "line 2, column 1: not YAML");
    }

    @Test
    void trailingEscapeIsReportedWithPosition() {
        assertRejected("peers:\n  \"\\u", "line 2, column 6: not YAML: the file ends in an escape");
    }

    @Test
    void controlCharacterIsReportedWithPosition() {
        assertRejected(
                "peers:\n  - \u0007\n", "line 2, column 5: not YAML: a control character, U+0007");
    }

    @Test
    void invalidUtf8IsReportedWithPosition() {
        byte[] bytes = "peers:\n- \u00e9\n".getBytes(StandardCharsets.ISO_8859_1);
        assertThatThrownBy(() -> PolicyParser.parse(bytes))
                .hasMessage("line 2, column 3: not UTF-8: save the file as UTF-8");
    }

    @Test
    void nameInTwoEntriesIsRejected() {
        assertRejected(
                "peers:\n- dns: [a, b]\n  sessions: [x]\n- dns: [c, B]\n  sessions: [y]\n",
                "line 4, column 8: peers[1].dns: 'b' stands at line 2 too");
    }

    @Test
    void oversizedFileIsNotParsed() {
        byte[] large = new byte[PolicyParser.MAX_BYTES + 1];
        assertThatThrownBy(() -> PolicyParser.parse(large)).hasMessageContaining("1048576 bytes");
    }

    /** An exponential alias expansion is rejected at its first anchor. */
    @Test
    void aliasBombIsRejectedAtFirstAnchor() {
        StringBuilder bomb = new StringBuilder("a: &a [x, x, x, x, x, x, x, x, x]\n");
        for (char c = 'b'; c < 'k'; c++) {
            bomb.append("%c: &%c [%s]\n".formatted(c, c, ("*" + (char) (c - 1) + ", ").repeat(9)));
        }
        assertRejected(bomb.toString(), "line 1, column 4: anchors and aliases are not supported");
    }

    @Test
    void largeFilesOfBracketsKeysOrWordsAreParsedQuickly() {
        int most = PolicyParser.MAX_BYTES / 4;
        assertRejected("[".repeat(most), "nested deeper");
        assertRejected("? ".repeat(most / 2), "nested deeper");
        assertRejected("- ".repeat(most / 2), "nested deeper");
        assertRejected("peers: [" + "a,".repeat(most / 2 - 8) + "]", "peers[0]");
        assertRejected("peers: " + "9".repeat(most - 7), "peers");
        assertRejected(policyWithLine("name: " + "a b ".repeat(most / 4 - 50)), "longer than 100");
        assertRejected(policyWithLine("uri: [" + "x".repeat(most - 50) + "]"), "longer than 2048");
        assertRejected(policyWithLine("max-sessions: " + "9".repeat(most - 60)), "is more than");
    }

    @Test
    void arbitraryBytesThrowOnlyPolicyException() throws PolicyException {
        byte[] good = GOOD.getBytes(StandardCharsets.UTF_8);
        Random random = new Random(14);
        int refusals = 0;
        for (int i = 0; i < 5_000; i++) {
            byte[] bytes = good.clone();
            for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
                bytes[random.nextInt(bytes.length)] = (byte) (random.nextInt(130) - 2);
            }
            try {
                PolicyParser.parse(bytes);
            } catch (PolicyException e) {
                assertThat(e.getMessage()).matches("line \\d+, column \\d+: [ -~]+");
                refusals++;
            }
        }
        assertThat(refusals).isBetween(1_000, 4_990);
    }
}
