#!/usr/bin/perl
# A process that can tell whether its memory survived a migration. It needs perl-base only.
#
#   memory-check.pl DIR MEGABYTES [SEED]
#
# Fills MEGABYTES of private memory from SEED, alternately with noise, text and near-empty pages, then keeps DIR up to date:
#   status  "ready DIGEST" once filled; after each check "ok N DIGEST" or "corrupt N DIGEST wanted DIGEST"
#   beat    a counter, ten times a second
#   pid     its process id
# Creating DIR/check (or SIGUSR1) requests the next check of all memory. SIGTERM ends it.
# Files are replaced by renames and not kept open. It leads its own session, so that CRIU needs no --shell-job.
use strict;
use warnings;
use Cwd            ();
use File::Basename ();
use lib File::Basename::dirname(Cwd::abs_path(__FILE__));
use Workload;

my ($dir, $megabytes, $seed) = @ARGV;
die "usage: memory-check.pl DIR MEGABYTES [SEED]\n" unless defined $dir && ($megabytes // '') =~ /^[1-9]\d*$/;
my $workload = Workload->start($dir);

my $memory = Workload::content($megabytes, $seed // 1);
my $wanted = Workload::digest($memory);
$workload->publish('status', "ready $wanted");

my $checks = 0;
while (1) {
    $workload->tick;
    next unless $workload->check_asked;
    $checks++;
    my $digest = Workload::digest($memory);
    $workload->publish('status', $digest eq $wanted ? "ok $checks $digest" : "corrupt $checks $digest wanted $wanted");
}
