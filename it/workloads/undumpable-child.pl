#!/usr/bin/perl
# Like memory-check.pl, with a child that CRIU cannot dump because it holds a userfaultfd. CRIU notices that after it has sent the
# pages of the parent, so the dump fails late.
#
#   undumpable-child.pl DIR MEGABYTES
use strict;
use warnings;
use Cwd            ();
use File::Basename ();
use POSIX          ();
use lib File::Basename::dirname(Cwd::abs_path(__FILE__));
use Workload;

my %USERFAULTFD = (x86_64 => 323, aarch64 => 282);

my ($dir, $megabytes) = @ARGV;
die "usage: undumpable-child.pl DIR MEGABYTES\n" unless defined $dir && ($megabytes // '') =~ /^[1-9]\d*$/;
my $workload = Workload->start($dir);

my $memory = Workload::content($megabytes, 1);
my $wanted = Workload::digest($memory);

pipe my $from_child, my $to_parent or die "$0: pipe: $!\n";
my $child = fork // die "$0: fork: $!\n";
if (!$child) {
    my $held = syscall $USERFAULTFD{(POSIX::uname())[4]}, 1;
    syswrite $to_parent, $held >= 0 ? 'y' : 'n';
    sleep 1 while getppid != 1;
    POSIX::_exit(0);
}
sysread $from_child, my $held, 1;
die "$0: no userfaultfd\n" if $held ne 'y';
close $from_child;
close $to_parent;
$workload->publish('status', "ready $wanted");

my $checks = 0;
while (1) {
    $workload->tick;
    next unless $workload->check_asked;
    $checks++;
    my $digest = Workload::digest($memory);
    $workload->publish('status', $digest eq $wanted ? "ok $checks $digest" : "corrupt $checks $digest wanted $wanted");
}
