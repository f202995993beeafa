package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/**
 * A user, other than root, who can reach what a destination needs: it is in the lab's folder too.
 */
final class OtherUser {
    private final Path dir;
    private final String user;

    private OtherUser(Path dir, String user) {
        this.dir = dir;
        this.user = user;
    }

    /**
     * Mounts both programs, since copies would not have the class archive of the original, and
     * gives the user the images folder and the destination's key.
     */
    static OtherUser reaching(Lab lab, String user, Criu criu) throws IOException {
        Path dir = lab.images().getParent();
        Path distribution = Path.of(System.getProperty("it.distribution"));
        lab.mount(distribution, "pageproxy");
        lab.mount(Path.of(criu.program()).getParent(), "criu");
        run(lab, "chown", user, dir + "/images", dir + "/pki/dest.pem", dir + "/pki/dest-key.pem");
        run(lab, "chmod", "700", dir + "/images");
        for (Path folder : List.of(dir, lab.pki().dir())) {
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
        }
        return new OtherUser(dir, user);
    }

    /** Gives the user one more key. */
    void ownsKey(Lab lab, String name) {
        String file = dir + "/pki/" + name;
        run(lab, "chown", user, file + ".pem", file + "-key.pem");
    }

    private static void run(Lab lab, String... words) {
        assertThat(Command.run(lab.folder("logs"), words[0], List.of(words)))
                .as(String.join(" ", words))
                .isZero();
    }

    /** The command line of a destination whose program and CRIU the user can reach. */
    List<String> dest(Path images, List<String> options) {
        List<String> words = new ArrayList<>(Pageproxy.dest(images, dir + "/criu/criu", options));
        words.set(0, program());
        return words;
    }

    /** The command line of a source whose program the user can reach. */
    List<String> source(List<String> options) {
        List<String> words = new ArrayList<>(List.of(program(), "source"));
        words.addAll(options);
        return words;
    }

    private String program() {
        return dir + "/pageproxy/bin/pageproxy";
    }
}
