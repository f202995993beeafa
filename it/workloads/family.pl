#!/usr/bin/perl
# A tree of processes that verifies whether everything the processes share survived a migration. It only needs perl-base.
#
#   family.pl DIR [SHARED_MEGABYTES [PRIVATE_MEGABYTES [INHERITED_MEGABYTES]]]
#
#   parent --- first --- grandchild      Each has private memory; all see one anonymous MAP_SHARED region (default 32 MB).
#          \-- second                    What was filled before the forks they have in common, copy on write (default none).
#                                        A ring of pipes: parent -> first -> grandchild -> second -> parent.
#
# Between checks a message of 32 KiB lies unread in the pipe from parent to first. A check sends it round the ring. Each
# verifies the message, its private memory, the shared region, and the marks that those before it have just made there.
# The files in DIR are those of memory-check.pl; status is "ready DIGEST", "ok N DIGEST" or "corrupt N WHO: WHAT, ...".
# When the parent dies, the others exit, too. kill -9 -- -PID kills all of them.
use strict;
use warnings;
use Cwd            ();
use File::Basename ();
use lib File::Basename::dirname(Cwd::abs_path(__FILE__));
use POSIX ();
use Workload;

use constant MESSAGE_BYTES => 32 * 1024;
use constant MARK_BYTES    => 8;
my @ring = qw(parent first grandchild second);    # index = place in the ring, and of the mark in the shared region

my ($dir, $shared_megabytes, $private_megabytes, $inherited_megabytes) = @ARGV;
die "usage: family.pl DIR [SHARED_MEGABYTES [PRIVATE_MEGABYTES [INHERITED_MEGABYTES]]]\n" unless defined $dir;
$shared_megabytes  //= 32;
$private_megabytes //= 8;
my $inherited        = Workload::content($inherited_megabytes // 0, 98);
my $inherited_wanted = Workload::digest($inherited);

# ---- the shared region: perl has no mmap, so by system call
my %numbers = ('x86_64' => {mmap => 9, read => 0}, 'aarch64' => {mmap => 222, read => 63});
my $machine = (POSIX::uname())[4];
my $syscall = $numbers{$machine} or die "$0: system call numbers of $machine are not known here\n";

sub map_shared {
    my ($bytes) = @_;
    my ($read_write, $shared_anonymous) = (0x3, 0x21);
    my $address = syscall $syscall->{mmap}, 0, $bytes, $read_write, $shared_anonymous, -1, 0;
    die "$0: mmap of $bytes bytes: $!\n" if $address == -1;
    return $address;
}

sub peek {
    my ($address, $bytes) = @_;
    return unpack "P$bytes", pack 'J', $address;
}

# Writes to raw memory: perl has no poke either, but read(2) does.
sub poke {
    my ($address, $bytes) = @_;
    pipe my $from, my $to or die "$0: pipe: $!\n";
    for (my $offset = 0; $offset < length $bytes; $offset += MESSAGE_BYTES) {
        my $chunk = substr $bytes, $offset, MESSAGE_BYTES;
        syswrite($to, $chunk) == length $chunk or die "$0: pipe: $!\n";
        syscall($syscall->{read}, fileno $from, $address + $offset, length $chunk) == length $chunk
            or die "$0: read into shared memory: $!\n";
    }
}

# ---- messages: length, then bytes; an end of file is the death of the one before, and ends us too
sub send_message {
    my ($pipe, $message) = @_;
    my $bytes = pack 'N/a*', $message;
    syswrite($pipe, $bytes) == length $bytes or die "$0: pipe: $!\n";
}

sub receive_exactly {
    my ($pipe, $bytes) = @_;
    my $got = '';
    while (length $got < $bytes) {
        sysread $pipe, $got, $bytes - length $got, length $got or POSIX::_exit(0);
    }
    return $got;
}

sub receive_message {
    my ($pipe) = @_;
    return receive_exactly($pipe, unpack 'N', receive_exactly($pipe, 4));
}

# ---- what the four do
my $workload       = Workload->start($dir);
my $parcel         = substr ${Workload::content(1, 99)}, 0, MESSAGE_BYTES;
my $contents_bytes = $shared_megabytes << 20;
my $marks          = map_shared($contents_bytes + Workload::PAGE_BYTES);    # the first page; the contents follow
my $contents       = $marks + Workload::PAGE_BYTES;
poke($contents, ${Workload::content($shared_megabytes, 50)});
my $shared_wanted = Workload::digest(\peek($contents, $contents_bytes));

my @pipes = map { pipe my $from, my $to or die "$0: pipe: $!\n"; [$from, $to] } @ring;    # pipe i: from place i on
pipe my $go, my $start_first or die "$0: pipe: $!\n";

# Keeps of all pipes only those of place $me, and fills the private memory.
sub settle {
    my ($me) = @_;
    my $before = ($me - 1) % @ring;
    for my $place (0 .. $#ring) {
        close $pipes[$place][0] if $place != $before;
        close $pipes[$place][1] if $place != $me;
    }
    close $go          if $me != 1;
    close $start_first if $me != 0;
    my $private = Workload::content($private_megabytes, $me + 1);
    return {me => $me, in => $pipes[$before][0], out => $pipes[$me][1], private => $private, wanted => Workload::digest($private)};
}

# Verifies all that $self sees, marks the shared region with $check, and returns the findings so far with its own.
sub verify {
    my ($self, $check, $arrived, $findings) = @_;
    my @wrong;
    push @wrong, 'message'        if $arrived ne $parcel;
    push @wrong, 'private memory' if Workload::digest($self->{private}) ne $self->{wanted};
    push @wrong, 'inherited memory' if Workload::digest($inherited) ne $inherited_wanted;
    push @wrong, 'shared memory'  if Workload::digest(\peek($contents, $contents_bytes)) ne $shared_wanted;
    my $earlier = $self->{me} == 0 ? $#ring : $self->{me} - 1;    # the message is back at the parent after all others
    for my $place ($self->{me} == 0 ? 1 : 0 .. $earlier) {
        push @wrong, "mark of $ring[$place]" if peek($marks + $place * MARK_BYTES, MARK_BYTES) ne pack 'Q', $check;
    }
    poke($marks + $self->{me} * MARK_BYTES, pack 'Q', $check);
    return join ', ', $findings || (), @wrong ? "$ring[$self->{me}]: " . join(' and ', @wrong) : ();
}

sub pass_on {
    my ($self) = @_;
    for (my $check = 1;; $check++) {
        receive_exactly($go, 1) if $self->{me} == 1;
        my ($parcel_in, $findings) = unpack 'N/a* N/a*', receive_message($self->{in});
        send_message($self->{out}, pack 'N/a* N/a*', $parcel_in, verify($self, $check, $parcel_in, $findings));
    }
}

sub fork_child {
    my ($body) = @_;
    my $pid = fork // die "$0: fork: $!\n";
    return if $pid;
    $body->();
    POSIX::_exit(0);
}

fork_child(sub { fork_child(sub { pass_on(settle(2)) }); pass_on(settle(1)) });
fork_child(sub { pass_on(settle(3)) });
my $self = settle(0);
send_message($self->{out}, pack 'N/a* N/a*', $parcel, '');
$workload->publish('status', "ready $shared_wanted");

for (my $check = 1;;) {
    $workload->tick;
    next unless $workload->check_asked;
    poke($marks, pack 'Q', $check);
    syswrite $start_first, '!';
    my ($parcel_back, $findings) = unpack 'N/a* N/a*', receive_message($self->{in});
    $findings = verify($self, $check, $parcel_back, $findings);
    send_message($self->{out}, pack 'N/a* N/a*', $parcel, '');
    $workload->publish('status', $findings ? "corrupt $check $findings" : "ok $check $shared_wanted");
    $check++;
}
