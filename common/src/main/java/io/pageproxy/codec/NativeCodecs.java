package io.pageproxy.codec;

import com.github.luben.zstd.util.Native;
import net.jpountz.lz4.LZ4Factory;

/** The native libraries of the codecs. */
public final class NativeCodecs {
    private NativeCodecs() {}

    /**
     * Loads the libraries before anybody can connect. A class whose native library could not be
     * loaded stays unusable for the life of the process, even if the cause was a short lack of
     * descriptors; so a failure at the first connection would end the service until a restart.
     */
    public static void load() {
        LZ4Factory.nativeInstance();
        Native.load();
    }
}
