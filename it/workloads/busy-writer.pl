#!/usr/bin/perl
# A process that writes to its memory as fast as it can, what cannot be compressed, and can tell whether every page is what it should
# be. It needs perl-base only.
#
#   busy-writer.pl DIR MEGABYTES
use strict;
use warnings;
use Cwd            ();
use File::Basename ();
use lib File::Basename::dirname(Cwd::abs_path(__FILE__));
use Workload;

use constant {PAGE_BYTES => Workload::PAGE_BYTES, POOL_BYTES => 16 << 20, PAGES_A_LOOK => 1000};

my ($dir, $megabytes) = @ARGV;
die "usage: busy-writer.pl DIR MEGABYTES\n" unless 2 == grep { defined } $dir, $megabytes;
my $workload = Workload->start($dir);
my $pages    = $megabytes * (1 << 20) / PAGE_BYTES;
my $memory   = Workload::content($megabytes, 1);
my $pool     = random_bytes();
my @offsets  = (0) x $pages;
write_page($_) for 0 .. $pages - 1;
$workload->publish('status', "ready");

my $checks = 0;
my $next   = 0;
while (1) {
    for (1 .. PAGES_A_LOOK) {
        write_page($next);
        $next = ($next + 1) % $pages;
    }
    next unless $workload->check_asked;
    $checks++;
    my $wrong = grep { page($_) ne substr $pool, $offsets[$_], PAGE_BYTES } 0 .. $pages - 1;
    $workload->publish('status', $wrong ? "corrupt $checks $wrong pages" : "ok $checks $pages pages");
}

sub page { return substr $$memory, $_[0] * PAGE_BYTES, PAGE_BYTES }

# Each window of the pool is another page, so that none is sent as a reference.
sub write_page {
    my ($page) = @_;
    $offsets[$page] = int rand POOL_BYTES - PAGE_BYTES;
    substr($$memory, $page * PAGE_BYTES, PAGE_BYTES) = substr $pool, $offsets[$page], PAGE_BYTES;
}

sub random_bytes {
    open my $random, '<:raw', '/dev/urandom' or die "/dev/urandom: $!\n";
    read($random, my $bytes, POOL_BYTES) == POOL_BYTES or die "/dev/urandom is short\n";
    return $bytes;
}
