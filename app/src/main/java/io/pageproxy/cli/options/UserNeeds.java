package io.pageproxy.cli.options;

import io.pageproxy.certificate.TlsFiles;
import io.pageproxy.monitor.OrdinaryUser;
import io.pageproxy.monitor.OrdinaryUser.Need;
import io.pageproxy.monitor.OrdinaryUser.Use;
import io.pageproxy.net.Endpoint;
import io.pageproxy.posix.Capabilities;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ExecutablePath;
import io.pageproxy.text.ShellWord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the user of {@code --user} needs so that its process can work, checked before it is started,
 * while root can still say what to do.
 */
public final class UserNeeds {
    private static final int FIRST_ORDINARY_PORT = 1024;

    private final OrdinaryUser user;
    private final List<Need> needs = new ArrayList<>();
    private long capabilities;

    /**
     * No needs yet.
     *
     * @param capabilities that it has in any case
     */
    public UserNeeds(OrdinaryUser user, Capabilities capabilities) {
        this.user = user;
        this.capabilities = capabilities.bits();
    }

    /** The user must be able to make files in this folder. */
    public void writableFolder(String option, Path folder) {
        needs.add(new Need(option, Use.WRITE, folder));
        needs.add(new Need(option, Use.ENTER, folder));
    }

    /** The user must be able to read these. */
    public void files(TlsFiles files) {
        file(TlsFiles.CERT, files.cert());
        file(TlsFiles.KEY, files.key());
        file(TlsFiles.CA, files.ca());
        files.crl().ifPresent(file -> file(TlsFiles.CRL, file));
        files.keyPasswordFile().ifPresent(file -> file(TlsFiles.KEY_PASSWORD_FILE, file));
    }

    /** The user must be able to read this. */
    public void file(String option, Path file) {
        needs.add(new Need(option, Use.READ, file));
    }

    /** The user must be able to run this. */
    public void program(String option, String program) throws IOException {
        needs.add(
                new Need(option, Use.ENTER, Path.of(ExecutablePath.ofThisProcess().find(program))));
    }

    /** The user must be able to listen there. */
    public void listensAt(Endpoint address) {
        if (address instanceof Endpoint.Tcp tcp
                && tcp.address().port() > 0
                && tcp.address().port() < FIRST_ORDINARY_PORT) {
            capabilities |= 1L << Capabilities.NET_BIND_SERVICE;
        } else if (address instanceof Endpoint.UnixSocket socket) {
            Path folder = socket.path().toAbsolutePath().getParent();
            needs.add(new Need("unix:" + socket.path(), Use.WRITE, folder));
        }
    }

    /** The capabilities that its process keeps. */
    public Capabilities capabilities() {
        return new Capabilities(capabilities);
    }

    /**
     * Checks all; blocks.
     *
     * @throws IOException naming the first that is not met, and what to do
     */
    public void requireMet(ChildLauncher launcher) throws IOException {
        Optional<Need> unmet = user.firstUnmet(launcher, needs);
        if (unmet.isPresent()) {
            throw new IOException(describe(unmet.get()));
        }
    }

    private String describe(Need need) {
        String path = ShellWord.of(need.path().toString());
        String remedy =
                switch (need.use()) {
                    case READ -> "chgrp its group and chmod g+r ";
                    case WRITE -> "chown " + ShellWord.of(user.name()) + " ";
                    case ENTER -> "setfacl -m u:" + ShellWord.of(user.name()) + ":x ";
                };
        return "--user "
                + user.name()
                + " cannot "
                + need.use().verb()
                + " "
                + need.path()
                + ", which "
                + need.option()
                + " needs: "
                + remedy
                + path;
    }
}
