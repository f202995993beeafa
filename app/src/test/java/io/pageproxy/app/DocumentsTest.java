package io.pageproxy.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.session.CloseReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/**
 * Checks that the documents are consistent with each other, and the reference pages with the code.
 */
class DocumentsTest {
    private static final Path ROOT = root();
    private static final Pattern CODE_BLOCK =
            Pattern.compile("^ *```.*?^ *```", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern CODE_SPAN = Pattern.compile("`[^`\n]*`");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("^#+ +(.*)$", Pattern.MULTILINE);

    /** Such as {@code `Tunnel.expectBlocks`} or {@code `dest.push.PushSession`}. */
    private static final Pattern CLASS_NAME =
            Pattern.compile("`(?:[a-z]+\\.)*([A-Z][a-z]+[A-Z][A-Za-z]*)(?:\\.[a-zA-Z]+)?`");

    private static final Pattern OPTION =
            Pattern.compile("(?<![\\w-])--[a-z][a-z-]*|`-[A-Za-z]\\b");

    private static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("SECURITY.md"))) {
            folder = folder.getParent();
        }
        return folder;
    }

    static List<Path> documents() throws IOException {
        List<Path> all = new ArrayList<>();
        for (String folder : List.of("docs", "bench", "packaging")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(folder))) {
                files.filter(file -> file.toString().endsWith(".md"))
                        .filter(file -> !file.toString().contains("/node_modules/"))
                        .forEach(all::add);
            }
        }
        try (Stream<Path> files = Files.list(ROOT)) {
            files.filter(file -> file.toString().endsWith(".md")).forEach(all::add);
        }
        return all.stream().map(ROOT::relativize).sorted().toList();
    }

    @ParameterizedTest
    @MethodSource("documents")
    void linksPointToExistingFilesAndHeadings(Path document) throws IOException {
        List<String> broken = new ArrayList<>();
        Matcher links = LINK.matcher(withoutCode(read(document)));
        while (links.find()) {
            String target = links.group(1);
            if (!target.matches("[a-z]+:.*") && !targetExists(document, target)) {
                broken.add(target);
            }
        }
        assertThat(broken).as("broken links of %s", document).isEmpty();
    }

    /** Decisions and measurements have indexes of their own. */
    @Test
    void indexListsEveryPage() throws IOException {
        String index = read(Path.of("docs/README.md"));
        assertThat(documents())
                .filteredOn(
                        page ->
                                page.toString()
                                        .matches("docs/((how-to|reference|explanation)/)?\\w[^/]*"))
                .filteredOn(page -> !page.equals(Path.of("docs/README.md")))
                .hasSizeGreaterThan(20)
                .allSatisfy(
                        page ->
                                assertThat(index)
                                        .contains("(" + Path.of("docs").relativize(page) + ")"));
    }

    private static boolean targetExists(Path document, String target) throws IOException {
        String[] parts = target.split("#", 2);
        Path file =
                parts[0].isEmpty()
                        ? document
                        : ROOT.relativize(
                                ROOT.resolve(document).resolveSibling(parts[0]).normalize());
        if (!Files.exists(ROOT.resolve(file))) {
            return false;
        }
        return parts.length == 1 || anchors(read(file)).contains(parts[1]);
    }

    /** The anchors that GitHub and most other renderers generate for headings. */
    private static Set<String> anchors(String text) {
        return CODE_BLOCK
                .matcher(text)
                .replaceAll("")
                .transform(HEADING::matcher)
                .results()
                .map(heading -> heading.group(1).toLowerCase(Locale.ROOT))
                .map(heading -> heading.replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-'))
                .collect(Collectors.toSet());
    }

    @ParameterizedTest
    @MethodSource("documents")
    void linesAreShorterThan120CharactersExceptInTables(Path document) throws IOException {
        assertThat(read(document).lines())
                .filteredOn(line -> !line.startsWith("|"))
                .allSatisfy(line -> assertThat(line.length()).as(line).isLessThan(120));
    }

    /** A class that is renamed or goes away must not stay in the documents for contributors. */
    @ParameterizedTest
    @ValueSource(strings = {"DESIGN.md", "SECURITY.md", "CONTRIBUTING.md", "docs/code-tour.md"})
    void classesNamedInDocumentsExist(String document) throws IOException {
        Set<String> named =
                CLASS_NAME
                        .matcher(read(Path.of(document)))
                        .results()
                        .map(name -> name.group(1))
                        .collect(Collectors.toCollection(TreeSet::new));
        assertThat(named).isNotEmpty();
        assertThat(classes()).containsAll(named);
    }

    private static Set<String> classes() throws IOException {
        Set<String> names = new HashSet<>();
        try (Stream<Path> folders = Files.list(ROOT)) {
            for (Path module :
                    Stream.concat(folders, Stream.of(ROOT.resolve("bench/jmh"))).toList()) {
                if (Files.isDirectory(module.resolve("src"))) {
                    addClasses(module.resolve("src"), names);
                }
            }
        }
        return names;
    }

    private static void addClasses(Path folder, Set<String> names) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".java"))
                    .forEach(
                            name -> names.add(name.substring(0, name.length() - ".java".length())));
        }
    }

    @Test
    void optionReferenceListsExactlyTheOptions() throws IOException {
        Set<String> real = new TreeSet<>();
        addOptions(Main.commandLine(), real);
        Set<String> known = new HashSet<>(real);
        // Options of other programs that the reference mentions.
        known.addAll(Set.of("--auto-dedup", "--file-locks", "--page-server", "--ps-socket"));
        known.addAll(Set.of("--lazy-pages", "--allow-", "-v"));
        Set<String> written =
                OPTION.matcher(read(Path.of("docs/reference/options.md")))
                        .results()
                        .map(MatchResult::group)
                        .map(option -> option.replace("`", ""))
                        .collect(Collectors.toCollection(TreeSet::new));
        assertThat(written).containsAll(real);
        assertThat(known).containsAll(written);
    }

    private static void addOptions(CommandLine command, Set<String> names) {
        command.getCommandSpec().options().forEach(option -> names.addAll(List.of(option.names())));
        command.getSubcommands().values().forEach(sub -> addOptions(sub, names));
    }

    @ParameterizedTest
    @MethodSource("reasons")
    void reasonReferenceListsEveryReasonWithExitCode(CloseReason reason) throws IOException {
        assertThat(read(Path.of("docs/reference/exit-codes.md")))
                .contains("| `" + reason.label() + "` | " + reason.exitCode() + " |");
    }

    static Stream<CloseReason> reasons() {
        return Stream.of(CloseReason.values()).filter(reason -> !reason.label().equals("joined"));
    }

    private static String withoutCode(String text) {
        return CODE_SPAN.matcher(CODE_BLOCK.matcher(text).replaceAll("")).replaceAll("");
    }

    private static String read(Path document) throws IOException {
        return Files.readString(ROOT.resolve(document));
    }
}
