package io.pageproxy.dest.accept;

import io.pageproxy.dest.session.ConnectionHandler;
import io.pageproxy.dest.session.IncomingConnection;
import io.pageproxy.dest.session.ServedSession;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.frame.Frame.Foresee;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.frame.Frame.Join;
import io.pageproxy.frame.Frame.Recommit;
import io.pageproxy.frame.Frame.Sync;
import io.pageproxy.session.SessionRole;
import io.pageproxy.session.Side;
import java.util.Optional;

/**
 * Which handler takes over a connection, by its first frame.
 *
 * @param push serves a HELLO for a push session
 * @param lazy serves a HELLO for a lazy session
 * @param lanes serves JOIN: the connection becomes a lane of a push session
 * @param migrations serves ATTACH: the connection carries the files and the commit of a migration
 * @param commits serves RECOMMIT: the source repeats the commit of a migration whose connection
 *     broke
 * @param questions serves FORESEE: the source asks whether a migration would succeed
 * @param files serves SYNC: the connection copies files of a migration
 */
public record Routes(
        ConnectionHandler<Hello> push,
        ConnectionHandler<Hello> lazy,
        ConnectionHandler<Join> lanes,
        ConnectionHandler<Attach> migrations,
        ConnectionHandler<Recommit> commits,
        ConnectionHandler<Foresee> questions,
        ConnectionHandler<Sync> files) {

    /**
     * Hands a connection over, as {@link ConnectionHandler#take} does.
     *
     * @throws io.pageproxy.session.SessionException if the peer may not do that, or the frame
     *     cannot be the first one
     */
    Optional<ServedSession> take(IncomingConnection connection, Frame first) {
        if (first instanceof Hello hello) {
            return (hello.role() == SessionRole.LAZY ? lazy : push).take(connection, hello);
        } else if (first instanceof Join join) {
            return lanes.take(connection, join);
        } else if (first instanceof Attach attach) {
            return migrations.take(connection, attach);
        } else if (first instanceof Recommit recommit) {
            return commits.take(connection, recommit);
        } else if (first instanceof Foresee question) {
            return questions.take(connection, question);
        } else if (first instanceof Sync sync) {
            return files.take(connection, sync);
        }
        throw first.unexpectedFrom(Side.SOURCE, "as the first frame of a connection");
    }
}
