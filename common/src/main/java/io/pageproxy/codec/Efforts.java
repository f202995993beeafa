package io.pageproxy.codec;

import java.nio.ByteBuffer;

/** Says how hard each block shall be compressed. One instance serves one session, on its thread. */
public interface Efforts {

    /**
     * The effort for the next block.
     *
     * @param plain what shall be coded; position and limit stay
     */
    Effort next(ByteBuffer plain);

    /**
     * How the last block that {@link #next} was asked for came out.
     *
     * @param codedBytes its coded length; the plain one where it did not shrink
     * @param nanos how long that took
     */
    void coded(int plainBytes, int codedBytes, long nanos);

    /**
     * Whether bytes on the link are dear just now, so that time spent on sending fewer pays.
     *
     * @return false where the link outruns this host
     */
    boolean linkIsDear();

    /** Always the same effort. */
    static Efforts always(Effort effort) {
        return new Efforts() {
            @Override
            public Effort next(ByteBuffer plain) {
                return effort;
            }

            @Override
            public void coded(int plainBytes, int codedBytes, long nanos) {}

            @Override
            public boolean linkIsDear() {
                return effort != Effort.NONE;
            }
        };
    }
}
