package io.pageproxy.codec;

import com.github.luben.zstd.util.Native;
import net.jpountz.lz4.LZ4Factory;

/** The native libraries of the codecs. */
public final class NativeCodecs {
    private NativeCodecs() {}

    /**
     * Loads them, before anybody can connect. A class whose native library cannot be loaded stays
     * unusable for as long as the process lives, even where only descriptors were short for a
     * moment: loaded at the first connection, that would end the service until a restart.
     */
    public static void load() {
        LZ4Factory.nativeInstance();
        Native.load();
    }
}
