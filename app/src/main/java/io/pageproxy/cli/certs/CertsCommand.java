package io.pageproxy.cli.certs;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** {@code pageproxy certs}: the parent of its subcommands. */
@Command(
        name = "certs",
        description = {
            "Make and keep an example PKI: a small certificate authority in a folder.",
            "For trials, tests, and those who have no PKI of their own."
        },
        synopsisSubcommandLabel = "(init | issue | revoke | show)",
        subcommands = {
            InitCommand.class,
            IssueCommand.class,
            RevokeCommand.class,
            ShowCommand.class
        })
public final class CertsCommand {
    @Option(
            names = {"-h", "--help"},
            scope = ScopeType.INHERIT,
            usageHelp = true,
            description = "Show this help and exit.")
    boolean help;
}
