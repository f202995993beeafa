package io.pageproxy.codec;

/**
 * What a byte on the link is worth in processor time: a shadow price in nanoseconds. While the link
 * holds us up it rises, and while it does not it falls, so that link and processors are kept busy
 * alike; where the link outruns us it comes down to what a byte costs in encryption and system
 * calls. Not thread-safe.
 */
final class LinkPrice {
    /** What a byte on the wire costs at least: TLS and the socket's system calls. */
    static final double LEAST = 0.8;

    /**
     * What a byte costs while nothing is known of the link, which is worth LZ4: until a link shows
     * that it is slow, the buffers on the way to it have taken two megabytes.
     */
    private static final double AT_UNKNOWN_LINK = 5;

    /** From here on the link is slower than any processor that feeds it, nanoseconds a byte. */
    static final double SLOW_LINK = 4;

    /** By the link's pace: of a processor's time there is more the more processors there are. */
    private static final double CAP_OF_FAST_LINK_BY_PROCESSOR = 0.75;

    private static final double CAP_OF_SLOW_LINK = 20;
    private static final double STEP = 1.2;

    /** One stretch may have been held up by a peer that was busy; so many in a row are the link. */
    private static final int STRETCHES_TO_PROVE = 2;

    /** Or two, of a slow link, with no more between them than buffers may hold. */
    private static final int MOST_STRETCHES_BETWEEN = 8;

    /** Down from what no more than a stretch here and there has shown. */
    private static final double STEP_FROM_UNPROVEN = 1.5;

    /**
     * The price on a slow link that has been shown to be worth more effort, by its pace: with less
     * effort as soon as it has room it would be full again at once.
     */
    private static final double FLOOR_OF_SLOW_LINK = 1.3;

    /** So many stretches without a word of a slow link, and it may have become a fast one. */
    private static final int STRETCHES_OF_A_SLOW_LINK = 24;

    /** The same where only an earlier session has heard that word. */
    private static final int STRETCHES_OF_A_LINK_SAID_TO_BE_SLOW = 8;

    private final double capOfFastLink;

    /** What holds until the link shows its pace. */
    private final double expected;

    private final boolean expectedToBeKnown;
    private double price;
    private boolean known;
    private int stretchesOutrun;
    private int stretchesHeldUp;
    private boolean shownToHoldUs;
    private boolean everHeldUp;

    private long sentBytes;
    private double logOfPriceByBytes;

    LinkPrice(int processors) {
        this(CAP_OF_FAST_LINK_BY_PROCESSOR * Math.max(2, processors), AT_UNKNOWN_LINK, false);
    }

    private LinkPrice(double capOfFastLink, double expected, boolean expectedToBeKnown) {
        this.capOfFastLink = capOfFastLink;
        this.expected = expected;
        this.expectedToBeKnown = expectedToBeKnown;
        price = expected;
        known = expectedToBeKnown;
    }

    /**
     * For another session over the same link. Not where this one has come to at its end, where
     * there may have been little to send, but what most bytes were sent at.
     */
    LinkPrice forNext() {
        double usual = sentBytes == 0 ? expected : Math.exp(logOfPriceByBytes / sentBytes);
        LinkPrice next = new LinkPrice(capOfFastLink, usual, known);
        next.shownToHoldUs = shownToHoldUs;
        return next;
    }

    /** So many bytes are to be sent at this price, before they are coded. */
    void send(int plainBytes) {
        sentBytes += plainBytes;
        logOfPriceByBytes += plainBytes * Math.log(price);
    }

    /** Nanoseconds of processor time. */
    double nanosPerByte() {
        return price;
    }

    /** Whether the link has lately taken all that there was: coding less for it wins nothing. */
    boolean isLeast() {
        return price <= LEAST;
    }

    /** Whether the link has shown anything of its pace yet. */
    boolean isKnown() {
        return known;
    }

    /**
     * Follows the link.
     *
     * @param pace of the link, nanoseconds a byte
     * @param worthMore whether more effort has been shown to pay while the link is slow
     */
    void update(LinkPace.News news, double pace, boolean worthMore) {
        boolean slow = pace > SLOW_LINK;
        switch (news) {
            case NONE -> {}
            case FILLED -> {
                price = expected;
                known = expectedToBeKnown;
            }
            case OUTRAN_US -> {
                int most =
                        everHeldUp ? STRETCHES_OF_A_SLOW_LINK : STRETCHES_OF_A_LINK_SAID_TO_BE_SLOW;
                shownToHoldUs &= stretchesOutrun < most;
                boolean floored = slow && worthMore && shownToHoldUs;
                double lower = price / (shownToHoldUs ? STEP : STEP_FROM_UNPROVEN);
                price = Math.max(floored ? pace * FLOOR_OF_SLOW_LINK : LEAST, lower);
                stretchesOutrun++;
                stretchesHeldUp = 0;
                known = true;
            }
            case HELD_US_UP -> {
                stretchesHeldUp++;
                boolean again = everHeldUp && stretchesOutrun <= MOST_STRETCHES_BETWEEN;
                everHeldUp = true;
                shownToHoldUs |= stretchesHeldUp >= STRETCHES_TO_PROVE || (slow && again);
                double least = Math.max(pace, LEAST);
                double cap = least * (slow ? CAP_OF_SLOW_LINK : capOfFastLink);
                price = Math.min(cap, Math.max(least, price * STEP));
                stretchesOutrun = 0;
                known = true;
            }
        }
    }
}
