package io.pageproxy.dest.policy;

import io.pageproxy.dest.credentials.RestoreUser;
import io.pageproxy.dest.policy.YamlNode.Entry;
import io.pageproxy.dest.policy.YamlNode.Mapping;
import io.pageproxy.dest.policy.YamlNode.Scalar;
import io.pageproxy.dest.policy.YamlNode.Sequence;
import io.pageproxy.peer.PeerPolicy;
import io.pageproxy.posix.Posix;
import io.pageproxy.session.ByteSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Parses a {@link Policy}: YAML, then its schema, then the rules that a schema cannot express. */
final class PolicyParser {
    /** Maximum file size in bytes. */
    static final int MAX_BYTES = 1 << 20;

    private static final Schema SCHEMA = Schema.ofPolicies();

    /** Peers named so far, and the positions of their names. */
    private final Map<String, Place> named = new HashMap<>();

    private PolicyParser() {}

    /**
     * Parses a policy.
     *
     * @throws PolicyException at the first problem; no other exception is thrown for any input
     */
    static Policy parse(byte[] bytes) throws PolicyException {
        if (bytes.length > MAX_BYTES) {
            throw new PolicyException(
                    Place.START,
                    "the file has more than " + MAX_BYTES + " bytes: give each group one entry");
        }
        YamlNode root = YamlReader.read(decode(bytes));
        SCHEMA.check(root);
        return new PolicyParser().policy((Mapping) root);
    }

    private static String decode(byte[] bytes) throws PolicyException {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            return decoder.decode(in).toString();
        } catch (CharacterCodingException e) {
            String good = StandardCharsets.UTF_8.decode(in.flip()).toString();
            int lineStart = good.lastIndexOf('\n') + 1;
            throw new PolicyException(
                    new Place(
                            1 + (int) good.chars().filter(c -> c == '\n').count(),
                            1 + good.codePointCount(lineStart, good.length())),
                    "not UTF-8: save the file as UTF-8");
        }
    }

    private Policy policy(Mapping root) throws PolicyException {
        List<PeerRule> rules = new ArrayList<>();
        List<YamlNode> peers = items(root, "peers");
        for (int i = 0; i < peers.size(); i++) {
            rules.add(rule((Mapping) peers.get(i), "peers[" + i + "]"));
        }
        return new Policy(List.copyOf(rules));
    }

    private PeerRule rule(Mapping peer, String path) throws PolicyException {
        List<String> arguments = new ArrayList<>();
        for (YamlNode argument : items(peer, "page-server-args")) {
            arguments.add(argument(argument, path));
        }
        return new PeerRule(
                scalar(peer, "name").map(Scalar::text).orElse(path),
                who(peer, path),
                items(peer, "sessions").stream().map(p -> new SessionPattern(text(p))).toList(),
                size(peer, "max-session-bytes", path),
                number(peer, "max-session-images"),
                size(peer, "max-day-bytes", path),
                number(peer, "max-sessions"),
                List.copyOf(arguments),
                allows(peer, "lazy"),
                allows(peer, "restore"),
                containers(peer, path),
                restoreUser(peer, path),
                syncRoots(peer, path));
    }

    private static List<Path> syncRoots(Mapping peer, String path) throws PolicyException {
        List<Path> roots = new ArrayList<>();
        for (YamlNode root : items(peer, "sync-roots")) {
            try {
                roots.add(Path.of(text(root)));
            } catch (InvalidPathException e) {
                throw new PolicyException(
                        root.at(),
                        "%s.sync-roots: %s is no path in this locale"
                                .formatted(path, Shown.node(root)));
            }
        }
        return List.copyOf(roots);
    }

    /** The tasks of a container run as its images say, which an entry of one user forbids. */
    private static List<String> containers(Mapping peer, String path) throws PolicyException {
        Entry entry = peer.entries().get("containers");
        if (entry != null && peer.entries().containsKey("restore-user")) {
            throw new PolicyException(
                    entry.value().at(),
                    path
                            + ": 'containers' and 'restore-user' exclude each other, since the tasks"
                            + " of a container run as its images say: leave one out");
        }
        return items(peer, "containers").stream().map(PolicyParser::text).toList();
    }

    private static Optional<RestoreUser> restoreUser(Mapping peer, String path)
            throws PolicyException {
        Optional<Scalar> name = scalar(peer, "restore-user");
        if (name.isEmpty()) {
            return Optional.empty();
        }
        String text = name.get().text();
        try {
            OptionalInt user = Posix.userByName(text);
            if (user.isEmpty()) {
                throw new PolicyException(
                        name.get().at(),
                        "%s.restore-user: this host has no user '%s': make one, or name another"
                                .formatted(path, Shown.text(text)));
            }
            return Optional.of(RestoreUser.of(text, user.getAsInt()));
        } catch (IOException e) {
            throw new PolicyException(name.get().at(), e.getMessage());
        }
    }

    private static boolean allows(Mapping peer, String key) {
        return scalar(peer, key).map(word -> Boolean.parseBoolean(word.text())).orElse(false);
    }

    private PeerPolicy who(Mapping peer, String path) throws PolicyException {
        PeerPolicy who = names(peer, path);
        claim("dns", who.dns(), peer, path);
        claim("uri", who.uris(), peer, path);
        claim("cn", who.commonNames(), peer, path);
        claim("fingerprint", who.fingerprints(), peer, path);
        return who;
    }

    /** Parses peer names. DNS names must also be valid, which the schema does not check. */
    private static PeerPolicy names(Mapping peer, String path) throws PolicyException {
        try {
            return new PeerPolicy(
                    texts(peer, "dns"),
                    texts(peer, "uri"),
                    texts(peer, "cn"),
                    texts(peer, "fingerprint"),
                    false);
        } catch (IllegalArgumentException e) {
            throw new PolicyException(
                    peer.at(),
                    "%s: as with %s".formatted(path, Shown.text(String.valueOf(e.getMessage()))));
        }
    }

    /** Rejects a name that occurs in two entries, because only the first would ever apply. */
    private void claim(String kind, Set<String> names, Mapping peer, String path)
            throws PolicyException {
        for (String name : names) {
            Place at = peer.entries().get(kind).value().at();
            Place before = named.putIfAbsent(kind + " " + name, at);
            if (before != null) {
                throw new PolicyException(
                        at,
                        "%s.%s: '%s' stands at line %d too, and the first entry decides: leave one out"
                                .formatted(path, kind, Shown.text(name), before.line()));
            }
        }
    }

    private static String argument(YamlNode node, String path) throws PolicyException {
        Optional<String> fault = PageServerArguments.fault(text(node));
        if (fault.isPresent()) {
            throw new PolicyException(
                    node.at(),
                    "%s.page-server-args: %s: %s".formatted(path, Shown.node(node), fault.get()));
        }
        return text(node);
    }

    private static int number(Mapping peer, String key) {
        return scalar(peer, key)
                .map(number -> Integer.parseInt(number.text()))
                .orElse(Integer.MAX_VALUE);
    }

    private static long size(Mapping peer, String key, String path) throws PolicyException {
        Optional<Scalar> size = scalar(peer, key);
        try {
            return size.isPresent() ? ByteSize.parse(size.get().text()) : Long.MAX_VALUE;
        } catch (IllegalArgumentException e) {
            throw new PolicyException(
                    size.get().at(), "%s.%s: %s".formatted(path, key, Shown.text(e.getMessage())));
        }
    }

    private static Set<String> texts(Mapping peer, String key) {
        Set<String> texts = new HashSet<>();
        items(peer, key).forEach(item -> texts.add(text(item)));
        return texts;
    }

    private static List<YamlNode> items(Mapping mapping, String key) {
        Entry entry = mapping.entries().get(key);
        return entry == null ? List.of() : ((Sequence) entry.value()).items();
    }

    private static Optional<Scalar> scalar(Mapping mapping, String key) {
        return Optional.ofNullable(mapping.entries().get(key)).map(e -> (Scalar) e.value());
    }

    private static String text(YamlNode node) {
        return ((Scalar) node).text();
    }
}
