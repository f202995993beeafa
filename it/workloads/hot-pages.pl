#!/usr/bin/perl
# A process that keeps writing to a part of its memory, and can tell whether every page is what it should be. It needs perl-base only.
#
#   hot-pages.pl DIR MEGABYTES PAGES
#
# Like memory-check.pl, but ten times a second it writes to the next 100 of the first PAGES pages.
use strict;
use warnings;
use Cwd            ();
use File::Basename ();
use lib File::Basename::dirname(Cwd::abs_path(__FILE__));
use Workload;

use constant {PAGE_BYTES => Workload::PAGE_BYTES, PAGES_A_TICK => 100, COUNT_BYTES => 8};

my ($dir, $megabytes, $hot) = @ARGV;
die "usage: hot-pages.pl DIR MEGABYTES PAGES\n" unless 3 == grep { defined } $dir, $megabytes, $hot;
my $workload = Workload->start($dir);
my $memory   = Workload::content($megabytes, 1);
my @counts   = (0) x $hot;
my $next     = 0;
write_count($_) for 0 .. $hot - 1;
my $wanted = digest_of_the_rest();
$workload->publish('status', "ready $wanted");

my $checks = 0;
while (1) {
    $workload->tick;
    for (1 .. PAGES_A_TICK) {
        $counts[$next]++;
        write_count($next);
        $next = ($next + 1) % $hot;
    }
    next unless $workload->check_asked;
    $checks++;
    my $wrong  = grep { unpack('Q', substr $$memory, $_ * PAGE_BYTES, COUNT_BYTES) != $counts[$_] } 0 .. $hot - 1;
    my $digest = digest_of_the_rest();
    $workload->publish('status', !$wrong && $digest eq $wanted ? "ok $checks $digest" : "corrupt $checks $digest wanted $wanted, $wrong counts");
}

sub write_count {
    my ($page) = @_;
    substr($$memory, $page * PAGE_BYTES, COUNT_BYTES) = pack 'Q', $counts[$page];
}

sub digest_of_the_rest {
    my $copy = $$memory;
    substr($copy, $_ * PAGE_BYTES, COUNT_BYTES) = "\0" x COUNT_BYTES for 0 .. $hot - 1;
    return Workload::digest(\$copy);
}
