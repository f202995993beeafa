package io.pageproxy.source.monitor;

import io.pageproxy.control.ForeignJson;
import io.pageproxy.control.JobOutput;
import io.pageproxy.monitor.ViolationException;
import io.pageproxy.source.monitor.MonitorMessage.Kind;
import io.pageproxy.text.FailureText;
import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The monitor's side of one job. The thread that receives takes what the network process says of
 * it; the thread that calls {@link #run} answers its calls, one after the other, by the job's
 * {@link JobWork}.
 */
final class MonitoredJob {
    private static final Logger LOG = LoggerFactory.getLogger(MonitoredJob.class);

    /** Characters of a report. */
    static final int MAX_REPORT_CHARS = 256 << 10;

    private final int id;
    private final JobPeer peer;
    private final JobOutput output;
    private final BlockingQueue<Optional<MonitorMessage>> queue = new LinkedBlockingQueue<>();
    private final AtomicBoolean busy = new AtomicBoolean();

    /** Set by the thread that receives. */
    private volatile boolean over;

    private volatile OptionalInt exitCode = OptionalInt.empty();

    /** Of the thread that receives. */
    private final StringBuilder reported = new StringBuilder();

    private volatile Optional<String> report = Optional.empty();

    /** Of the job's thread. */
    private final JobWork work;

    MonitoredJob(int id, JobPermit permit, JobPeer peer, JobOutput output) {
        this.id = id;
        this.peer = peer;
        this.output = output;
        this.work = new JobWork(id, permit, peer, () -> over);
    }

    // ---- on the thread that receives

    /**
     * Takes a message of the network process; does not block.
     *
     * @throws IOException if it is to be ended
     */
    void accept(MonitorMessage message) throws IOException {
        if (over) {
            throw new ViolationException(message.kind() + " for a job that is over");
        }
        switch (message.kind()) {
            case STDOUT -> output.stdout(SafeText.lines(message.text()));
            case STDERR -> output.stderr(SafeText.lines(message.text()));
            case LINE -> output.log(SafeText.lines(message.text()));
            case PROGRESS -> ForeignJson.progress(message.text(), output);
            case REPORT -> addReport(message);
            case OVER -> {
                if (busy.get()) {
                    throw new ViolationException("the end of a job before an answer");
                }
                exitCode = OptionalInt.of((int) Math.max(0, Math.min(255, message.number())));
                end();
            }
            default -> call(message);
        }
    }

    private void addReport(MonitorMessage piece) throws IOException {
        if (reported.length() + piece.text().length() > MAX_REPORT_CHARS) {
            throw new ViolationException("a report that is too long");
        }
        reported.append(piece.text());
        if (piece.number() == 1) {
            String json = ForeignJson.object(reported.toString());
            reported.setLength(0);
            report = Optional.of(json);
            output.report(json);
        }
    }

    private void call(MonitorMessage message) throws ViolationException {
        if (!message.kind().isCall()) {
            throw new ViolationException("an event of the monitor: " + message.kind());
        }
        if (!busy.compareAndSet(false, true)) {
            throw new ViolationException(message.kind() + " before an answer");
        }
        queue.add(Optional.of(message));
    }

    /** There will be no more calls. */
    void end() {
        over = true;
        queue.add(Optional.empty());
    }

    // ---- on the job's thread

    /** Answers calls until the job is over, and leaves nothing of it behind; blocks. */
    JobEnd run() throws InterruptedException {
        try {
            for (var next = queue.take(); next.isPresent(); next = queue.take()) {
                answer(next.get());
            }
        } catch (ViolationException e) {
            peer.end(e.getMessage());
        } finally {
            over = true;
            work.clear(exitCode.isPresent());
        }
        return new JobEnd(exitCode, work.wentOn(), work.treeLives(), report);
    }

    private void answer(MonitorMessage call) throws ViolationException, InterruptedException {
        try {
            CallAnswer answer = work.perform(call);
            busy.set(false); // The next call may come before the answer is sent.
            answer.send(peer, id);
        } catch (ViolationException e) {
            throw e;
        } catch (IOException e) {
            fail(FailureText.of(e));
        } catch (RuntimeException | Error e) {
            LOG.error("internal error, please report it", e);
            fail("internal error of pageproxy: " + e);
        }
    }

    private void fail(String why) {
        busy.set(false);
        peer.send(new MonitorMessage(Kind.FAILED, id, SafeText.line(why)), OptionalInt.empty());
    }
}
