package io.pageproxy.source.migrate.sync;

/**
 * What the copying of one folder took.
 *
 * @param folder here
 * @param first the pass while the tree ran
 * @param last the pass while it was frozen; {@link Pass#NONE} if that was not reached
 */
public record SyncReport(String folder, Pass first, Pass last) {
    /**
     * One pass.
     *
     * @param seconds its duration, connecting not included
     * @param bytes relayed between the two rsyncs, both ways
     */
    public record Pass(double seconds, long bytes) {
        /** Has not taken place. */
        public static final Pass NONE = new Pass(0, 0);

        /** Both passes, one after the other. */
        Pass and(Pass next) {
            return new Pass(seconds + next.seconds, bytes + next.bytes);
        }
    }
}
