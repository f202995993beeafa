package io.pageproxy.frame;

/**
 * Offsets of the fields of a frame. All numbers are big-endian.
 *
 * <pre>
 *   0        1        2                 4                                   8
 *  +--------+--------+-----------------+-----------------------------------+---------
 *  | type   | codec  | references      | payload length, bytes             | payload
 *  +--------+--------+-----------------+-----------------------------------+---------
 *
 *  payload of a BLOCK:
 *   8                                  16                20                24
 *  +-----------------------------------+-----------------+-----------------+---------
 *  | sequence, from 0                  | raw length      | checksum        | content
 *  +-----------------------------------+-----------------+-----------------+---------
 * </pre>
 *
 * The content consists of the coded literals followed by the references, {@value #REFERENCE_BYTES}
 * bytes each. In frames other than blocks, codec and references are 0.
 *
 * <p>The checksum is the CRC-32C of the whole plain stream up to the end of this block. Every other
 * payload is a list of {@link Fields}.
 */
public final class FrameLayout {
    /** Length of a frame header. */
    public static final int HEADER_BYTES = 8;

    /** Length of a block header, including the frame header. */
    public static final int BLOCK_HEADER_BYTES = 24;

    /** Maximum decoded length of a block. */
    public static final int MAX_BLOCK_BYTES = 1 << 20;

    /** Length of a reference, see {@link io.pageproxy.dedup.References}. */
    public static final int REFERENCE_BYTES = 16;

    /** Maximum payload length of other frames. */
    public static final int MAX_CONTROL_BYTES = 16 << 10;

    /** Codec number of a stored (uncompressed) block. */
    public static final int STORED_CODE = 0;

    static final int TYPE_OFFSET = 0;
    static final int CODEC_OFFSET = 1;
    static final int REFERENCES_OFFSET = 2;
    static final int LENGTH_OFFSET = 4;
    static final int SEQUENCE_OFFSET = 8;
    static final int RAW_LENGTH_OFFSET = 16;
    static final int CHECKSUM_OFFSET = 20;
    static final int BLOCK_FIELDS_BYTES = BLOCK_HEADER_BYTES - HEADER_BYTES;

    private FrameLayout() {}
}
