package io.pageproxy.cli.task;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.pageproxy.cli.AppendedFile;
import io.pageproxy.cli.Quantities;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import io.pageproxy.source.migrate.MigrationReport;
import io.pageproxy.source.migrate.MigrationReport.Round;
import io.pageproxy.source.migrate.MigrationReport.Times;
import io.pageproxy.source.migrate.budget.BudgetReport;
import io.pageproxy.source.migrate.sync.SyncReport;
import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Reports a migration: a table for the operator, and a line of JSON for programs. */
public final class MigrationReporter {
    private static final JsonFactory JSON = new JsonFactory();

    private MigrationReporter() {}

    /** Prints the final table; a failure, and where the tree is now, go to the error stream. */
    static void print(MigrationReport report, PrintStream out, PrintStream err) {
        Outcome outcome = report.outcome();
        if (!outcome.good()) {
            err.println(
                    "pageproxy migrate: FAILED at the "
                            + outcome.side()
                            + ", "
                            + outcome.reason().label()
                            + ": "
                            + outcome.message());
            outcome.detail()
                    .ifPresent(
                            log ->
                                    err.println(
                                            "  its log ends:\n" + log.indent(4).stripTrailing()));
            return;
        }
        Times times = report.times();
        out.println(
                outcome.message()
                        + (report.pid().isPresent() ? ", pid " + report.pid().getAsLong() : ""));
        for (Round round : report.rounds()) {
            row(out, "round " + round.number(), round.seconds(), figures(round.pages()));
        }
        for (SyncReport folder : report.synced()) {
            row(out, "files, running", folder.first().seconds(), figures(folder.first(), folder));
        }
        if (report.lazy()) {
            row(out, "dump", times.pages(), "");
        } else {
            report.pages().ifPresent(pages -> row(out, "pages", times.pages(), figures(pages)));
        }
        for (SyncReport folder : report.synced()) {
            row(out, "files, frozen", folder.last().seconds(), figures(folder.last(), folder));
        }
        row(
                out,
                report.lazy() ? "images" : "other images",
                times.files(),
                report.files() + " files, " + Quantities.mebibytes(report.fileBytes()));
        row(out, "restore", times.restore(), "");
        row(out, "commit", times.commit(), "");
        row(out, "down at most", times.downtimeAtMost(), budget(report));
        if (report.lazy()) {
            report.pages().ifPresent(pages -> row(out, "memory", times.memory(), figures(pages)));
        }
        row(out, "in all", times.total(), Quantities.mebibytes(wireBytes(report)) + " on the wire");
        out.flush();
    }

    /** The prediction beside the truth. */
    private static String budget(MigrationReport report) {
        return report.budget()
                .map(
                        budget ->
                                String.format(
                                        Locale.ROOT,
                                        "predicted %.3f s, allowed %.3f s%s%s",
                                        budget.predictedSeconds().orElse(0.0),
                                        budget.maxSeconds(),
                                        report.times().downtimeAtMost() > budget.maxSeconds()
                                                ? ": NOT kept"
                                                : "",
                                        budget.throttlePercents().isEmpty()
                                                ? ""
                                                : ", throttled by "
                                                        + budget.throttlePercents()
                                                        + " %"))
                .orElse("");
    }

    private static String figures(SessionReport pages) {
        return pages.totals().pages() + " pages, " + Quantities.mebibytes(pages.pageBytes());
    }

    private static String figures(SyncReport.Pass pass, SyncReport folder) {
        return Quantities.mebibytes(pass.bytes()) + ", " + SafeText.line(folder.folder());
    }

    private static long wireBytes(MigrationReport report) {
        long roundBytes =
                report.rounds().stream().mapToLong(round -> round.pages().wireBytesSent()).sum();
        return report.fileWireBytes()
                + roundBytes
                + report.pages().map(SessionReport::wireBytesSent).orElse(0L);
    }

    private static void row(PrintStream out, String what, double seconds, String more) {
        out.println(
                String.format(Locale.ROOT, "  %-14s %8.3f s   %s", what, seconds, more)
                        .stripTrailing());
    }

    /**
     * Checks that a file can be appended to before anything is migrated.
     *
     * @throws IOException if it cannot; the message names it
     */
    public static void requireWritable(Path file) throws IOException {
        new AppendedFile("--json", file).append("");
    }

    /** Appends one line of JSON. */
    static void append(MigrationReport report, Path file) throws IOException {
        appendJson(json(report), file);
    }

    /** Appends a report that is JSON already. */
    public static void appendJson(String report, Path file) throws IOException {
        new AppendedFile("--json", file).append(report + "\n");
    }

    public static String json(MigrationReport report) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("migration", report.id().orElse(null));
            json.writeStringField("started", time(report.started()));
            json.writeStringField("ended", time(report.ended()));
            json.writeStringField("result", report.good() ? "ok" : "failed");
            json.writeStringField("reason", report.outcome().reason().label());
            json.writeStringField("message", report.outcome().message());
            json.writeStringField(
                    "failed_side", report.good() ? null : report.outcome().side().toString());
            json.writeNumberField("exit_code", report.exitCode());
            json.writeBooleanField("lazy", report.lazy());
            json.writeStringField("copy", report.copy().name().toLowerCase(Locale.ROOT));
            if (report.pid().isPresent()) {
                json.writeNumberField("pid", report.pid().getAsLong());
            } else {
                json.writeNullField("pid");
            }
            json.writeStringField(
                    "images_folder",
                    report.pages().flatMap(SessionReport::imagesFolder).orElse(null));
            writeRounds(json, report.rounds());
            writeBudget(json, report.budget());
            writeSynced(json, report.synced());
            json.writeNumberField(
                    "pages", report.pages().map(pages -> pages.totals().pages()).orElse(0L));
            json.writeNumberField(
                    "page_bytes", report.pages().map(SessionReport::pageBytes).orElse(0L));
            json.writeNumberField("files", report.files());
            json.writeNumberField("file_bytes", report.fileBytes());
            json.writeNumberField("wire_bytes_sent", wireBytes(report));
            writeTimes(json, report.times());
            json.writeEndObject();
        }
        return text.toString();
    }

    private static String time(Instant time) {
        return time.truncatedTo(ChronoUnit.MILLIS).toString();
    }

    private static void writeRounds(JsonGenerator json, List<Round> rounds) throws IOException {
        json.writeArrayFieldStart("rounds");
        for (Round round : rounds) {
            SessionFigures pages = round.pages().figures();
            json.writeStartObject();
            json.writeStringField("session", pages.session().orElse(null));
            json.writeNumberField("pages", pages.totals().pages());
            json.writeNumberField("page_bytes", pages.pageBytes());
            json.writeNumberField("parent_pages", pages.totals().parentPages());
            json.writeNumberField("repeated_pages", pages.coding().repeatedPages());
            json.writeNumberField("changed_pages", pages.coding().changedPages());
            json.writeNumberField("wire_bytes_sent", pages.wireBytesSent());
            json.writeNumberField("seconds", rounded(round.seconds()));
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeSynced(JsonGenerator json, List<SyncReport> synced)
            throws IOException {
        json.writeArrayFieldStart("synced");
        for (SyncReport folder : synced) {
            json.writeStartObject();
            json.writeStringField("folder", folder.folder());
            json.writeNumberField("first_seconds", rounded(folder.first().seconds()));
            json.writeNumberField("first_bytes", folder.first().bytes());
            json.writeNumberField("last_seconds", rounded(folder.last().seconds()));
            json.writeNumberField("last_bytes", folder.last().bytes());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeBudget(JsonGenerator json, Optional<BudgetReport> budget)
            throws IOException {
        if (budget.isEmpty()) {
            json.writeNullField("downtime_budget");
            return;
        }
        json.writeObjectFieldStart("downtime_budget");
        json.writeNumberField("allowed_seconds", rounded(budget.get().maxSeconds()));
        if (budget.get().predictedSeconds().isPresent()) {
            json.writeNumberField(
                    "predicted_seconds", rounded(budget.get().predictedSeconds().get()));
        } else {
            json.writeNullField("predicted_seconds");
        }
        json.writeArrayFieldStart("throttle_percent");
        for (int percent : budget.get().throttlePercents()) {
            json.writeNumber(percent);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void writeTimes(JsonGenerator json, Times times) throws IOException {
        json.writeObjectFieldStart("seconds");
        json.writeNumberField("pages", rounded(times.pages()));
        json.writeNumberField("sync", rounded(times.sync()));
        json.writeNumberField("files", rounded(times.files()));
        json.writeNumberField("restore", rounded(times.restore()));
        json.writeNumberField("commit", rounded(times.commit()));
        json.writeNumberField("down_at_most", rounded(times.downtimeAtMost()));
        json.writeNumberField("memory", rounded(times.memory()));
        json.writeNumberField("total", rounded(times.total()));
        json.writeEndObject();
    }

    private static double rounded(double seconds) {
        return Math.round(seconds * 1e6) / 1e6;
    }
}
