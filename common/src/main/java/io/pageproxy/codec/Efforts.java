package io.pageproxy.codec;

import java.nio.ByteBuffer;

/** Says how hard each block shall be compressed. One instance serves one session, on its thread. */
public interface Efforts {

    /**
     * What was chosen for a block.
     *
     * @param kind of its content, as the chooser tells kinds apart
     */
    record Choice(Effort effort, int kind) {
        /** For what is not worth a thought. */
        static final Choice NONE = new Choice(Effort.NONE, 0);
    }

    /**
     * The choice for the next block.
     *
     * @param plain what shall be coded; position and limit stay
     */
    Choice next(ByteBuffer plain);

    /**
     * How a block came out.
     *
     * @param choice what was chosen for it
     * @param codedBytes its coded length; the plain one where it did not shrink
     * @param nanos how long that took
     */
    void coded(Choice choice, int plainBytes, int codedBytes, long nanos);

    /**
     * Whether bytes on the link are dear just now, so that time spent on sending fewer pays.
     *
     * @return false where the link outruns this host
     */
    boolean linkIsDear();

    /**
     * The stream has arrived, all of it: others may begin with what was learnt. No block follows.
     */
    void passOn();

    /** Always the same effort. */
    static Efforts always(Effort effort) {
        return new Efforts() {
            private final Choice choice = new Choice(effort, 0);

            @Override
            public Choice next(ByteBuffer plain) {
                return choice;
            }

            @Override
            public void coded(Choice ofBlock, int plainBytes, int codedBytes, long nanos) {}

            @Override
            public void passOn() {}

            @Override
            public boolean linkIsDear() {
                return effort != Effort.NONE;
            }
        };
    }
}
