package io.pageproxy.frame;

import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.Frame.Answer;
import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.frame.Frame.Attached;
import io.pageproxy.frame.Frame.Commit;
import io.pageproxy.frame.Frame.Committed;
import io.pageproxy.frame.Frame.Delivered;
import io.pageproxy.frame.Frame.Done;
import io.pageproxy.frame.Frame.End;
import io.pageproxy.frame.Frame.File;
import io.pageproxy.frame.Frame.FileEnd;
import io.pageproxy.frame.Frame.FilesEnd;
import io.pageproxy.frame.Frame.Foresee;
import io.pageproxy.frame.Frame.Foreseen;
import io.pageproxy.frame.Frame.Get;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.frame.Frame.Join;
import io.pageproxy.frame.Frame.Joined;
import io.pageproxy.frame.Frame.Keepalive;
import io.pageproxy.frame.Frame.Open;
import io.pageproxy.frame.Frame.Probe;
import io.pageproxy.frame.Frame.Probed;
import io.pageproxy.frame.Frame.Recommit;
import io.pageproxy.frame.Frame.Result;
import io.pageproxy.frame.Frame.Staged;
import io.pageproxy.frame.Frame.Sync;
import io.pageproxy.frame.Frame.SyncEnd;
import io.pageproxy.frame.Frame.SyncReady;
import io.pageproxy.frame.Frame.TurnLazy;
import io.pageproxy.pagestream.PageRequest;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.SessionRole;
import io.pageproxy.text.SafeText;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Converts control frames to and from {@link Fields}; defines the tags of every frame. The file is
 * long because it is one table: whoever adds a tag must see all that are taken.
 */
final class ControlFrames {
    private static final Pattern MIGRATION_ID = Pattern.compile("[0-9a-f]{32}");
    private static final long MAX_U32 = 0xffff_ffffL;
    private static final Pattern TOKEN = Pattern.compile("[0-9a-f]{64}");

    /** Largest number of microseconds that a double holding seconds represents exactly. */
    private static final long MAX_MICROS = 1L << 50;

    private static final long MAX_TIMEOUT_MILLIS = 24L * 3600 * 1000;

    private ControlFrames() {}

    static FrameType typeOf(Frame frame) {
        if (frame instanceof Hello) {
            return FrameType.HELLO;
        } else if (frame instanceof Accept) {
            return FrameType.ACCEPT;
        } else if (frame instanceof Open) {
            return FrameType.OPEN;
        } else if (frame instanceof Answer) {
            return FrameType.ANSWER;
        } else if (frame instanceof Keepalive) {
            return FrameType.KEEPALIVE;
        } else if (frame instanceof End) {
            return FrameType.END;
        } else if (frame instanceof Result) {
            return FrameType.RESULT;
        } else if (frame instanceof Delivered) {
            return FrameType.DELIVERED;
        } else if (frame instanceof Abort) {
            return FrameType.ABORT;
        } else if (frame instanceof Probe) {
            return FrameType.PROBE;
        } else if (frame instanceof Probed) {
            return FrameType.PROBED;
        } else if (frame instanceof Join) {
            return FrameType.JOIN;
        } else if (frame instanceof Joined) {
            return FrameType.JOINED;
        } else if (frame instanceof Get) {
            return FrameType.GET;
        } else if (frame instanceof Done) {
            return FrameType.DONE;
        } else if (frame instanceof Attach) {
            return FrameType.ATTACH;
        } else if (frame instanceof Attached) {
            return FrameType.ATTACHED;
        } else if (frame instanceof File) {
            return FrameType.FILE;
        } else if (frame instanceof FileEnd) {
            return FrameType.FILE_END;
        } else if (frame instanceof FilesEnd) {
            return FrameType.FILES_END;
        } else if (frame instanceof Staged) {
            return FrameType.STAGED;
        } else if (frame instanceof Commit) {
            return FrameType.COMMIT;
        } else if (frame instanceof Committed) {
            return FrameType.COMMITTED;
        } else if (frame instanceof Recommit) {
            return FrameType.RECOMMIT;
        } else if (frame instanceof Foresee) {
            return FrameType.FORESEE;
        } else if (frame instanceof Foreseen) {
            return FrameType.FORESEEN;
        } else if (frame instanceof TurnLazy) {
            return FrameType.TURN_LAZY;
        } else if (frame instanceof Sync) {
            return FrameType.SYNC;
        } else if (frame instanceof SyncReady) {
            return FrameType.SYNC_READY;
        } else if (frame instanceof SyncEnd) {
            return FrameType.SYNC_END;
        }
        throw new IllegalArgumentException("a block is not a control frame");
    }

    static Fields toFields(Frame frame) {
        Fields fields = new Fields();
        if (frame instanceof Hello hello) {
            fields.put(1, hello.agent())
                    .put(2, hello.host().architecture())
                    .put(3, hello.host().pageSizeBytes())
                    .put(4, hello.session())
                    .put(5, hello.parent())
                    .put(6, hello.peerTimeoutMillis());
            if (hello.lanes() > 1) {
                fields.put(7, hello.lanes());
            }
            if (hello.knownPages() > 0) {
                fields.put(8, hello.knownPages());
            }
            if (hello.role() != SessionRole.PUSH) {
                fields.put(9, hello.role().code());
            }
            fields.put(10, hello.migration());
            if (hello.expectedBytes() > 0) {
                fields.put(11, hello.expectedBytes());
            }
        } else if (frame instanceof Accept accept) {
            fields.put(1, accept.agent())
                    .put(2, accept.criuVersion())
                    .put(3, accept.layout().bytes())
                    .put(4, accept.imagesFolder())
                    .put(5, accept.peerTimeoutMillis())
                    .put(10, accept.codecs())
                    .put(11, accept.referenceDistanceBytes());
            if (accept.earlierPages() > 0) {
                fields.put(12, accept.earlierPages());
            }
            if (accept.grant().hasSeveralLanes()) {
                fields.put(6, accept.grant().lanes()).put(7, accept.grant().token());
            }
        } else if (frame instanceof Open open) {
            fields.put(1, open.layout().bytes());
        } else if (frame instanceof Answer answer) {
            fields.put(1, answer.bytes()).put(2, answer.value());
        } else if (frame instanceof End end) {
            StreamTotals totals = end.totals();
            fields.put(1, totals.streamBytes())
                    .put(2, totals.records())
                    .put(3, totals.processes())
                    .put(4, totals.sharedMemories())
                    .put(5, totals.pages())
                    .put(6, totals.parentPages())
                    .put(7, Integer.toUnsignedLong(end.checksum()))
                    .put(8, end.blocks());
        } else if (frame instanceof Result result) {
            fields.put(1, result.pageServerExit())
                    .put(2, result.images())
                    .put(3, result.pages())
                    .put(4, Math.round(result.seconds() * 1e6));
        } else if (frame instanceof Abort abort) {
            boolean idle = abort.reason() == CloseReason.STOPPED_IDLE;
            CloseReason reason = idle ? CloseReason.SHUTDOWN : abort.reason();
            fields.put(1, reason.label()).put(2, abort.message()).put(3, abort.detail());
            if (idle) {
                fields.put(4, 1);
            }
        } else if (frame instanceof Delivered delivered) {
            if (delivered.dumpSucceeded()) {
                fields.put(1, 1);
            }
        } else if (frame instanceof Probe probe) {
            fields.put(1, probe.agent());
        } else if (frame instanceof Probed probed) {
            fields.put(1, probed.agent())
                    .put(2, probed.criuVersion())
                    .put(3, probed.layout().bytes())
                    .put(4, probed.host().architecture())
                    .put(5, probed.host().pageSizeBytes());
        } else if (frame instanceof Join join) {
            fields.put(1, join.token()).put(2, join.lane());
        } else if (frame instanceof Joined joined) {
            fields.put(1, joined.lane());
        } else if (frame instanceof Get get) {
            PageRequest request = get.request();
            fields.put(1, request.nrPages()).put(2, request.vaddr()).put(3, request.dstId());
            if (get.demanded()) {
                fields.put(4, 1);
            }
        } else if (frame instanceof Attach attach) {
            put(fields, attach);
        } else if (frame instanceof Attached attached) {
            fields.put(1, attached.agent())
                    .put(2, attached.peerTimeoutMillis())
                    .put(3, attached.token());
            if (attached.container()) {
                fields.put(4, 1);
            }
            if (attached.connections()) {
                fields.put(12, 1);
            }
            if (attached.turnsLazy()) {
                fields.put(15, 1);
            }
            if (attached.files()) {
                fields.put(13, 1);
            }
        } else if (frame instanceof File file) {
            fields.put(1, file.name()).put(2, file.bytes());
        } else if (frame instanceof FileEnd end) {
            fields.put(1, end.sha256());
        } else if (frame instanceof FilesEnd end) {
            fields.put(1, end.files()).put(2, end.bytes());
        } else if (frame instanceof Staged staged) {
            fields.put(1, Math.round(staged.filesSeconds() * 1e6))
                    .put(2, Math.round(staged.restoreSeconds() * 1e6));
        } else if (frame instanceof Committed committed) {
            fields.put(1, committed.pid()).put(2, Math.round(committed.ranSeconds() * 1e6));
        } else if (frame instanceof Recommit again) {
            fields.put(1, again.token()).put(2, again.peerTimeoutMillis());
        } else if (frame instanceof Foresee foresee) {
            put(fields, foresee.attach());
            fields.put(20, foresee.host().architecture()).put(21, foresee.host().pageSizeBytes());
            foresee.needs().put(fields, 22);
        } else if (frame instanceof TurnLazy turn) {
            fields.put(1, turn.parent());
        } else if (frame instanceof Foreseen foreseen) {
            int tag = 1;
            for (Remark remark : foreseen.remarks()) {
                fields.put(tag++, SafeText.abridged(remark.encode(), Remark.MAX_CHARS));
            }
        } else if (frame instanceof Sync sync) {
            fields.put(1, sync.token()).put(2, sync.path()).put(4, sync.peerTimeoutMillis());
            if (sync.last()) {
                fields.put(3, 1);
            }
        } else if (frame instanceof SyncEnd end) {
            fields.put(1, end.exit()).put(2, end.said());
        }
        return fields;
    }

    private static void put(Fields fields, Attach attach) {
        fields.put(1, attach.agent())
                .put(2, attach.session())
                .put(3, attach.restore() ? 1 : 0)
                .put(4, attach.peerTimeoutMillis());
        if (attach.lazy()) {
            fields.put(5, 1);
        }
        fields.put(6, attach.migration()).put(7, attach.container());
        if (attach.mayTurnLazy()) {
            fields.put(15, 1);
        }
        if (attach.bundle()) {
            fields.put(13, 1);
        }
    }

    static Frame fromFields(FrameType type, Fields fields) {
        return switch (type) {
            case HELLO ->
                    new Hello(
                            fields.name(1, "agent"),
                            hostFacts(fields, 2),
                            fields.text(4),
                            fields.text(5),
                            fields.number(6, "peer timeout", 1, MAX_TIMEOUT_MILLIS),
                            fields.has(7) ? lanes(fields, 7, 1) : 1,
                            fields.has(8) ? fields.count(8, "known pages") : 0,
                            fields.has(9) ? role(fields, 9) : SessionRole.PUSH,
                            migration(fields, 10),
                            fields.has(11) ? fields.count(11, "expected bytes") : 0);
            case ACCEPT ->
                    new Accept(
                            fields.name(1, "agent"),
                            fields.name(2, "CRIU version"),
                            layout(fields, 3),
                            fields.text(4, "images folder"),
                            fields.number(5, "peer timeout", 1, MAX_TIMEOUT_MILLIS),
                            fields.has(10) ? fields.count(10, "codecs") : Accept.STORED_AND_LZ4,
                            fields.optionalCount(11, "reference distance"),
                            fields.has(12) ? fields.count(12, "earlier pages") : 0,
                            fields.has(6)
                                    ? new LaneGrant(lanes(fields, 6, 2), token(fields, 7))
                                    : LaneGrant.ONE);
            case OPEN -> new Open(layout(fields, 1));
            case ANSWER ->
                    new Answer(
                            (int) fields.number(1, "answer length", 1, 4),
                            (int) fields.number(2, "answer", Integer.MIN_VALUE, Integer.MAX_VALUE));
            case KEEPALIVE -> new Keepalive();
            case END ->
                    new End(
                            totals(fields),
                            (int) fields.number(7, "checksum", 0, MAX_U32),
                            fields.optionalCount(8, "blocks"));
            case RESULT ->
                    new Result(
                            (int) fields.number(1, "page server exit", 0, 255),
                            fields.count(2, "images"),
                            fields.count(3, "pages"),
                            seconds(fields, 4));
            case DELIVERED -> new Delivered(fields.has(1) && fields.number(1, "dump", 0, 1) == 1);
            case ABORT -> new Abort(failure(fields), fields.text(2, "message"), fields.lines(3));
            case PROBE -> new Probe(fields.name(1, "agent"));
            case PROBED ->
                    new Probed(
                            fields.name(1, "agent"),
                            fields.name(2, "CRIU version"),
                            layout(fields, 3),
                            hostFacts(fields, 4));
            case JOIN -> new Join(token(fields, 1), lane(fields, 2));
            case JOINED -> new Joined(lane(fields, 1));
            case GET -> new Get(request(fields), fields.has(4));
            case DONE -> new Done();
            case ATTACH -> attach(fields);
            case ATTACHED ->
                    new Attached(
                            fields.name(1, "agent"),
                            fields.number(2, "peer timeout", 1, MAX_TIMEOUT_MILLIS),
                            token(fields, 3),
                            fields.has(4) && fields.number(4, "container", 0, 1) == 1,
                            fields.has(12) && fields.number(12, "connections", 0, 1) == 1,
                            fields.has(15) && fields.number(15, "turns lazy", 0, 1) == 1,
                            fields.has(13) && fields.number(13, "files", 0, 1) == 1);
            case FILE -> new File(fields.text(1, "name"), fields.count(2, "bytes"));
            case FILE_END -> new FileEnd(digest(fields, 1));
            case FILES_END -> new FilesEnd(fields.count(1, "files"), fields.count(2, "bytes"));
            case STAGED -> new Staged(seconds(fields, 1), seconds(fields, 2));
            case COMMIT -> new Commit();
            case COMMITTED ->
                    new Committed(fields.optionalCount(1, "pid"), optionalSeconds(fields, 2));
            case RECOMMIT ->
                    new Recommit(
                            token(fields, 1),
                            fields.number(2, "peer timeout", 1, MAX_TIMEOUT_MILLIS));
            case FORESEE ->
                    new Foresee(attach(fields), hostFacts(fields, 20), TreeNeeds.get(fields, 22));
            case FORESEEN -> new Foreseen(remarks(fields));
            case TURN_LAZY -> new TurnLazy(fields.text(1, "parent"));
            case SYNC ->
                    new Sync(
                            token(fields, 1),
                            fields.text(2),
                            fields.has(3) && fields.number(3, "last", 0, 1) == 1,
                            fields.number(4, "peer timeout", 1, MAX_TIMEOUT_MILLIS));
            case SYNC_READY -> new SyncReady();
            case SYNC_END ->
                    new SyncEnd((int) fields.number(1, "exit code", 0, 255), fields.lines(2));
            case BLOCK -> throw new IllegalArgumentException("a block is not a control frame");
        };
    }

    private static Attach attach(Fields fields) {
        return new Attach(
                fields.name(1, "agent"),
                fields.text(2),
                fields.number(3, "restore", 0, 1) == 1,
                fields.has(5) && fields.number(5, "lazy", 0, 1) == 1,
                fields.number(4, "peer timeout", 1, MAX_TIMEOUT_MILLIS),
                migration(fields, 6),
                fields.text(7),
                fields.has(15) && fields.number(15, "may turn lazy", 0, 1) == 1,
                fields.has(13) && fields.number(13, "bundle", 0, 1) == 1);
    }

    private static List<Remark> remarks(Fields fields) {
        List<Remark> remarks = new ArrayList<>();
        for (int tag = 1; tag <= Remark.MAX_COUNT && fields.has(tag); tag++) {
            remarks.add(Remark.decode(fields.text(tag, "remark")));
        }
        return remarks;
    }

    /** Reads the reason of an Abort, which must be a failure. */
    private static CloseReason failure(Fields fields) {
        String label = fields.text(1, "reason");
        CloseReason reason = CloseReason.ofLabel(label);
        if (reason.exitCode() == 0) {
            throw new FrameException("expected the reason of a failure, but '" + label + "' came");
        }
        boolean idle = fields.has(4) && fields.number(4, "idle", 0, 1) == 1;
        return idle && reason == CloseReason.SHUTDOWN ? CloseReason.STOPPED_IDLE : reason;
    }

    /** Reads the architecture at a tag and the page size at the next tag. */
    private static HostFacts hostFacts(Fields fields, int tag) {
        long pageSizeBytes = fields.number(tag + 1, "page size", 4096, 65536);
        if (Long.bitCount(pageSizeBytes) != 1) {
            throw new FrameException("expected a page size, but " + pageSizeBytes + " came");
        }
        return new HostFacts(fields.name(tag, "architecture"), (int) pageSizeBytes);
    }

    private static SessionRole role(Fields fields, int tag) {
        long code = fields.number(tag, "role");
        if (code != SessionRole.LAZY.code()) {
            throw new FrameException(
                    "expected the role "
                            + SessionRole.LAZY.code()
                            + " or none, but "
                            + code
                            + " came");
        }
        return SessionRole.LAZY;
    }

    private static PageRequest request(Fields fields) {
        return new PageRequest(
                fields.number(1, "pages", 1, PageRequest.MAX_NR_PAGES),
                fields.count(2, "address"),
                fields.count(3, "process"));
    }

    private static int lanes(Fields fields, int tag, int min) {
        return (int) fields.number(tag, "lanes", min, LaneGrant.MAX_LANES);
    }

    /** Reads the number of a further lane. */
    private static int lane(Fields fields, int tag) {
        return (int) fields.number(tag, "lane", 1, LaneGrant.MAX_LANES - 1);
    }

    private static String token(Fields fields, int tag) {
        String token = fields.text(tag, "token");
        if (!TOKEN.matcher(token).matches()) {
            throw new FrameException("expected a token of 64 hex digits, but another text came");
        }
        return token;
    }

    private static String digest(Fields fields, int tag) {
        String digest = fields.text(tag, "SHA-256");
        if (!TOKEN.matcher(digest).matches()) {
            throw new FrameException("expected a SHA-256 of 64 hex digits, but another text came");
        }
        return digest;
    }

    private static double seconds(Fields fields, int tag) {
        return fields.number(tag, "microseconds", 0, MAX_MICROS) / 1e6;
    }

    private static double optionalSeconds(Fields fields, int tag) {
        return fields.has(tag) ? seconds(fields, tag) : 0;
    }

    private static Optional<String> migration(Fields fields, int tag) {
        Optional<String> id = fields.text(tag);
        if (id.isPresent() && !MIGRATION_ID.matcher(id.get()).matches()) {
            throw new FrameException("expected 32 hex digits as the id of a migration");
        }
        return id;
    }

    private static RecordLayout layout(Fields fields, int tag) {
        long bytes = fields.number(tag, "record layout");
        if (bytes != 24 && bytes != 32) {
            throw new FrameException("expected records of 24 or 32 bytes, but " + bytes + " came");
        }
        return RecordLayout.ofBytes((int) bytes);
    }

    private static StreamTotals totals(Fields fields) {
        return new StreamTotals(
                fields.count(1, "stream bytes"),
                fields.count(2, "records"),
                fields.count(3, "processes"),
                fields.count(4, "shared memories"),
                fields.count(5, "pages"),
                fields.count(6, "parent pages"));
    }
}
