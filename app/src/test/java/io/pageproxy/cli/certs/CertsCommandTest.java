package io.pageproxy.cli.certs;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.certs.CertificateInfo;
import io.pageproxy.certs.PkiInspection;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class CertsCommandTest {
    @TempDir Path temp;

    private record Run(int exit, String out, String err) {}

    private static Run run(Object... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exit =
                new CommandLine(new CertsCommand())
                        .setOut(new PrintWriter(out))
                        .setErr(new PrintWriter(err))
                        .execute(Stream.of(arguments).map(Object::toString).toArray(String[]::new));
        return new Run(exit, out.toString(), err.toString());
    }

    private Path dir() {
        return temp.resolve("pki");
    }

    private static CertificateInfo only(Path file) throws Exception {
        return PkiInspection.ofFiles(List.of(file)).certificates().get(0);
    }

    @Test
    void initPrintsEachFileAndNextSteps() throws Exception {
        Run init =
                run("init", "--dir", dir(), "--dns", "t.example", "--ip", "192.0.2.7", "--days", 7);
        assertThat(init.exit()).isZero();
        assertThat(init.err()).isEmpty();
        try (Stream<Path> files = Files.list(dir())) {
            assertThat(files)
                    .hasSize(7)
                    .allMatch(file -> init.out().contains("wrote " + file + " "));
        }
        assertThat(init.out()).contains("Next, on the destination: pageproxy dest --cert " + dir());
        assertThat(only(dir().resolve("dest.pem")).names())
                .contains("DNS:t.example", "IP:192.0.2.7");
    }

    @Test
    void secondInitFailsWithOneLineNamingTheFiles() {
        run("init", "--dir", dir());
        Run again = run("init", "--dir", dir());
        assertThat(again.exit()).isEqualTo(1);
        assertThat(again.out()).isEmpty();
        assertThat(again.err().lines()).hasSize(1);
        assertThat(again.err())
                .startsWith("pageproxy certs init: " + dir().resolve("ca.pem"))
                .contains("dest-key.pem: already exists, so nothing was written");
    }

    @Test
    void issueDefaultsToBothRolesAndAcceptsARole() throws Exception {
        run("init", "--dir", dir());
        assertThat(run("issue", "--dir", dir(), "--name", "a").exit()).isZero();
        assertThat(only(dir().resolve("a.pem")).purposes())
                .containsExactly("source (clientAuth)", "dest (serverAuth)");
        Run source =
                run(
                        "issue",
                        "--dir",
                        dir(),
                        "--name",
                        "b_1",
                        "--role",
                        "source",
                        "--uri",
                        "spiffe://x/b",
                        "--uri",
                        "spiffe://x/c");
        assertThat(source.out()).contains("wrote " + dir().resolve("b_1-key.pem"));
        CertificateInfo issued = only(dir().resolve("b_1.pem"));
        assertThat(issued.purposes()).containsExactly("source (clientAuth)");
        assertThat(issued.names()).containsExactly("URI:spiffe://x/b", "URI:spiffe://x/c");
    }

    @Test
    void revocationIsShownAndCanBeRepeated() {
        run("init", "--dir", dir());
        Run first = run("revoke", "--dir", dir(), "--name", "source");
        assertThat(first.exit()).isZero();
        assertThat(first.out())
                .contains("revoked source")
                .contains("wrote " + dir().resolve("crl.pem"));
        Run second = run("revoke", "--dir", dir(), "--name", "source");
        assertThat(second.exit()).isZero();
        assertThat(second.out()).contains("source was revoked already, on ").contains("unchanged");
        assertThat(run("revoke", "--dir", dir(), "--renew").exit()).isZero();
        assertThat(run("show", "--dir", dir()).out())
                .containsPattern("number +3\n")
                .containsPattern("revoked +REVOKED\n")
                .containsPattern("revoked +no\n")
                .containsPattern("revoked +[0-9-]{10}  [0-9a-f]{33}  CN=source\n");
    }

    @Test
    void showPrintsEveryPropertyOfFolder() throws Exception {
        run("init", "--dir", dir());
        Files.delete(dir().resolve("source-key.pem"));
        Run show = run("show", "--dir", dir());
        assertThat(show.exit()).isZero();
        assertThat(show.out())
                .startsWith(dir().resolve("ca.pem") + "\n")
                .containsPattern("subject +CN=dest\n")
                .containsPattern("names +DNS:dest, DNS:localhost, IP:127.0.0.1, IP:::1\n")
                .containsPattern("purpose +certificate authority\n")
                .containsPattern("purpose +dest \\(serverAuth\\)\n")
                .containsPattern("valid +[0-9-]{10} to [0-9-]{10} \\(364 days left\\)\n")
                .containsPattern("fingerprint +" + only(dir().resolve("dest.pem")).fingerprint())
                .containsPattern("next update +[0-9-]{10} \\(364 days left\\)\n")
                .containsPattern("revoked +none\n")
                .containsPattern("key +matches\n")
                .containsPattern("key +not here\n");
    }

    @Test
    void showOfFilesReportsWrongKeyAndMissingCrl() throws Exception {
        run("init", "--dir", dir());
        Path alone = Files.createDirectory(temp.resolve("alone"));
        Files.copy(dir().resolve("dest.pem"), alone.resolve("dest.pem"));
        Files.copy(dir().resolve("source-key.pem"), alone.resolve("dest-key.pem"));
        assertThat(run("show", alone.resolve("dest.pem")).out())
                .containsPattern("key +DOES NOT MATCH\n")
                .containsPattern("revoked +unknown");
        Files.writeString(alone.resolve("dest-key.pem"), "nonsense");
        assertThat(run("show", alone.resolve("dest.pem"), dir().resolve("crl.pem")).out())
                .containsPattern("key +unreadable or encrypted\n")
                .containsPattern("revoked +no\n");
    }

    @Test
    void showOfKeyShowsCertificateBesideItOnce() throws Exception {
        run("init", "--dir", dir());
        Path certificate = dir().resolve("dest.pem");
        Path key = dir().resolve("dest-key.pem");

        assertThat(run("show", key).out())
                .startsWith(certificate + "\n")
                .containsPattern("key +matches");
        assertThat(run("show", certificate, key).out()).isEqualTo(run("show", certificate).out());

        Path alone = temp.resolve("alone-key.pem");
        Files.copy(key, alone);
        assertFails(run("show", alone), "show: " + alone + ": holds neither");
    }

    @Test
    void failureExitsWith1AndNamesFile() throws Exception {
        Path key = temp.resolve("x.pem");
        Files.writeString(key, "no PEM at all");
        assertFails(run("show", key), "show: " + key + ": holds neither");
        assertFails(run("show", "--dir", dir()), "show: " + dir() + ": no such file or folder");
        assertFails(run("show", temp.resolve("gone")), "show: " + temp.resolve("gone"));
        assertFails(
                run("issue", "--dir", dir(), "--name", "a"), "issue: " + dir().resolve("ca.pem"));
        assertFails(run("revoke", "--dir", dir(), "--name", "a"), "make a PKI first");
    }

    private static void assertFails(Run run, String message) {
        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.err()).startsWith("pageproxy certs ").contains(message);
        assertThat(run.err().lines()).hasSize(1);
    }

    static Stream<Arguments> usageErrors() {
        return Stream.of(
                usageError("init", "Missing required option: '--dir=DIR'"),
                usageError("init --dir EMPTY", "'--dir': '': give a folder"),
                usageError("init --dir D --days 0", "'--days': '0': give a number of days from 1"),
                usageError(
                        "init --dir D --days 3651", "'3651': give a number of days from 1 to 3650"),
                usageError("init --dir D --days x", "'x': give a number of days from 1 to 3650"),
                usageError("init --dir D --dns a --dns *.b", "'--dns' (NAME): '*.b': wildcards"),
                usageError("init --dir D --ip localhost", "'--ip' (ADDR): 'localhost': no address"),
                usageError("init --dir D --uri spiffe://a/b", "--uri"),
                usageError("issue --dir D", "Missing required option: '--name=NAME'"),
                usageError("issue --dir D --name ca", "'--name': 'ca': ca, crl and names"),
                usageError("issue --dir D --name a/b", "'--name': 'a/b': give 1 to 64"),
                usageError("issue --dir D --name a_b", "'--name': 'a_b' needs a DNS name"),
                usageError(
                        "issue --dir D --name a --uri b", "'--uri' (URI): 'b': give an absolute"),
                usageError(
                        "issue --dir D --name a --role peer", "'peer': give source, dest or both"),
                usageError("revoke --dir D", "--name=NAME | --renew"),
                usageError("revoke --dir D --name a --renew", "mutually exclusive"),
                usageError("show", "--dir=DIR | FILE"),
                usageError("show --dir D F", "'F'"),
                usageError("", "Missing required subcommand"),
                usageError("renew", "renew"));
    }

    private static Arguments usageError(String line, String message) {
        return Arguments.of(line, message);
    }

    @ParameterizedTest
    @MethodSource("usageErrors")
    void usageErrorExitsWith2AndWritesNothing(String line, String message) throws Exception {
        Path target = temp.resolve("D");
        Object[] arguments =
                Stream.of(line.split(" "))
                        .filter(word -> !word.isEmpty())
                        .map(word -> word.equals("D") ? target.toString() : word)
                        .map(word -> word.equals("EMPTY") ? "" : word)
                        .toArray();
        Run run = run(arguments);
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains(message);
        assertThat(target).doesNotExist();
    }

    @Test
    void everyCommandHasHelp() {
        for (String name : List.of("init", "issue", "revoke", "show")) {
            Run help = run(name, "--help");
            assertThat(help.exit()).isZero();
            assertThat(help.out()).contains("certs " + name).contains("--dir").doesNotContain("${");
        }
    }
}
